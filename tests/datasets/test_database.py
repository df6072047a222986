"""Records with labels, patients and official splits, from folders whole and in part."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from einthoven import write
from einthoven.datasets.database import open_database
from einthoven.errors import DataError
from einthoven.signal.simulator import simulate


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two records of mitdb, one of them half here, and the noise of nstdb."""
    for name in ("mitdb/100", "mitdb/201", "nstdb/bw"):
        path = tmp_path / f"{name}.hea"
        path.parent.mkdir(exist_ok=True)
        write(simulate(duration=10.0, fs=360.0, seed=1, name=path.stem), path)
    (tmp_path / "mitdb" / "202.hea").write_text("202 1 360 10\n202.dat 16 200\n")
    return tmp_path


def test_records_with_labels(root: Path) -> None:
    database = open_database("mitdb", root)
    assert database.records == ("100", "201")
    references = dict(database)
    assert list(references) == ["100", "201"]
    for name, reference in references.items():
        assert reference.recording.name == name
        assert len(reference.beats.samples) > 5
        assert set(reference.beats.classes.tolist()) <= set("NSVFQ")


def test_patients_and_parts(root: Path) -> None:
    database = open_database("mitdb", root)
    assert database.patient("201") == database.patient("202") == "mitdb/201"
    assert database.part("DS1", complete=False) == ("201",)
    with pytest.raises(DataError, match=r"lacks 21 of 22 records asked for .*einthoven data get mitdb"):
        database.part("DS1")


def test_noise_has_no_beats(root: Path) -> None:
    database = open_database("nstdb", root)
    assert database.records == ("bw",)
    assert list(database) == []
    with pytest.raises(DataError, match="noise alone"):
        database.load("bw")


def test_what_is_not_here(root: Path) -> None:
    database = open_database("mitdb", root)
    with pytest.raises(DataError, match="lacks 1 of 1 records"):
        database.load("202")
    with pytest.raises(DataError, match=r"no record '110'\. Did you mean"):
        database.load("110")
    with pytest.raises(DataError, match="einthoven data get svdb"):
        open_database("svdb", root)
    with pytest.raises(DataError, match="a set of rows"):
        open_database("heartbeat", root)


def test_real_records(data_root: Path) -> None:
    database = open_database("mitdb", data_root)
    reference = database.load("208")
    assert reference.recording.fs == database.data_set.fs
    assert len(reference.recording.leads) == database.data_set.n_leads
    classes, counts = np.unique(reference.beats.classes, return_counts=True)
    assert dict(zip(classes.tolist(), counts.tolist(), strict=True))["V"] == 992
