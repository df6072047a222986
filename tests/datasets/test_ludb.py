"""LUDB: waves from annotations, what is missing or damaged, roots that are not LUDB."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.datasets.ludb import MISSING, lead_waves, load_ludb_record, ludb_records
from einthoven.errors import DataError
from tiny_ludb import write_ludb


def waves(text: str):
    """Symbols ten samples apart."""
    return lead_waves(list(text), 10 * np.arange(len(text), dtype=np.int64))


def test_a_wave_is_a_peak_between_brackets():
    lead = waves("(p)(N)(t)(N)")
    assert lead.waves["P"].tolist() == [[0, 10, 20]]
    assert lead.waves["QRS"].tolist() == [[30, 40, 50], [90, 100, 110]]
    assert lead.waves["T"].tolist() == [[60, 70, 80]]
    assert lead.stretch == (0, 110)
    assert len(lead.unclear) == 0


def test_a_missing_bracket_is_missing_not_guessed():
    lead = waves("(t)N)(t)")
    assert lead.waves["QRS"].tolist() == [[MISSING, 30, 40]]
    assert lead.unclear.tolist() == [[20, 30]]


def test_brackets_around_nothing_are_unclear():
    lead = waves("(N)()(N)")
    assert len(lead.waves["QRS"]) == 2
    assert lead.unclear.tolist() == [[30, 40]]


def test_other_symbols_are_passed_over():
    assert waves("(N+)").waves["QRS"].tolist() == [[0, 10, 30]]


def test_a_lead_without_annotations_has_an_empty_stretch():
    lead = lead_waves([], np.zeros(0, dtype=np.int64))
    assert lead.stretch[0] > lead.stretch[1]


def test_a_root_is_read_as_published(tmp_path):
    root = write_ludb(tmp_path)
    assert ludb_records(root) == ["1", "2"]
    assert ludb_records(root, ["2"]) == ["2"]
    record = load_ludb_record(root, "1")
    assert record.recording.leads[3] == "aVR"
    assert len(record.leads) == 12
    assert len(record.leads[0].waves["P"]) == len(record.leads[0].waves["QRS"]) > 5


def test_without_a_list_the_folder_counts(tmp_path):
    root = write_ludb(tmp_path, 11)
    (root / "RECORDS").unlink()
    assert ludb_records(root)[-2:] == ["10", "11"]


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match="no folder data"):
        ludb_records(tmp_path)
    root = write_ludb(tmp_path)
    with pytest.raises(DataError, match="no record '7'"):
        ludb_records(root, ["7"])
    (root / "data" / "1.v3").unlink()
    with pytest.raises(DataError, match=r"1\.v3 is not there"):
        load_ludb_record(root, "1")
    (root / "data" / "2.hea").unlink()
    with pytest.raises(DataError, match="lacks 1 of 2"):
        ludb_records(root)


def test_real_records(data_root):
    root = data_root / "ludb"
    names = ludb_records(root)
    assert names[:3] == ["1", "2", "3"]
    record = load_ludb_record(root, "95")  # onsets of QRS are missing in most leads
    lead = record.leads[record.recording.leads.index("II")]
    assert np.count_nonzero(lead.waves["QRS"][:, 0] == MISSING) == 4
    assert len(lead.unclear) == 4
