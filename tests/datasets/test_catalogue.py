"""The catalogue agrees with itself and with what the publishers say."""

from __future__ import annotations

from pathlib import Path

import pytest

from einthoven.datasets.catalogue import (
    CATALOGUE,
    HEARTBEAT,
    INCARTDB,
    LUDB,
    MITDB,
    NSTDB,
    PTB_XL,
    SVDB,
    DataSet,
    find,
)
from einthoven.errors import DataError
from tiny_ptb_xl import write_metadata as write_metadata_of_ptb_xl

DATA_SETS = pytest.mark.parametrize("data_set", CATALOGUE.values(), ids=list(CATALOGUE))


def test_published_numbers_of_records() -> None:
    counts = {name: len(data_set.records) for name, data_set in CATALOGUE.items()}
    rows, twelve_leads = {"heartbeat": 0}, {"ptb-xl": 2 * 21_837, "ludb": 200}
    assert counts == {"mitdb": 48, "svdb": 78, "incartdb": 75, "nstdb": 15} | rows | twelve_leads
    assert HEARTBEAT.n_rows == 109_446 + 14_552


@DATA_SETS
def test_every_set_says_what_a_user_must_know(data_set: DataSet) -> None:
    assert len(set(data_set.records)) == len(data_set.records)
    assert data_set.unannotated <= set(data_set.records)
    assert bool(data_set.records) != bool(data_set.files)
    assert any("doi:10." in citation for citation in data_set.citations)
    assert data_set.licence and data_set.title and data_set.remark and data_set.page.startswith("https://")
    assert bool(data_set.address) != bool(data_set.by_hand)
    assert not data_set.leads or len(data_set.leads) == data_set.n_leads
    assert set(data_set.patients) <= set(data_set.records)
    if data_set.address:
        assert data_set.address == f"https://physionet.org/files/{data_set.name}/{data_set.version}/"


@pytest.mark.parametrize(
    ("data_set", "samples", "bytes_per_sample"),
    [
        (MITDB, 650_000, 1.5),
        (SVDB, 230_400, 1.5),
        (INCARTDB, 462_600, 2.0),
        (NSTDB, 650_000, 1.63),
        (PTB_XL, 3_000, 2.03),
        (LUDB, 5_000, 2.05),
    ],
)
def test_download_size_is_that_of_the_signals_and_little_more(
    data_set: DataSet, samples: int, bytes_per_sample: float
) -> None:
    signals = len(data_set.records) * data_set.n_leads * samples * bytes_per_sample
    assert data_set.download_bytes == pytest.approx(signals, rel=0.01)


def test_the_inter_patient_split_of_mitdb() -> None:
    ds1, ds2, paced = (set(MITDB.part(name)) for name in ("DS1", "DS2", "paced"))
    assert (len(ds1), len(ds2), len(paced)) == (22, 22, 4)
    assert ds1 | ds2 | paced == set(MITDB.records)
    shared = {MITDB.patient(record) for record in ds1} & {MITDB.patient(record) for record in ds2}
    assert shared == {"mitdb/201"}  # as the publication has it; Split.remark says so


def test_patients() -> None:
    assert len({MITDB.patient(record) for record in MITDB.records}) == 47
    assert len({SVDB.patient(record) for record in SVDB.records}) == 78
    assert NSTDB.patient("119e_6") == MITDB.patient("119")


def test_patients_of_incartdb_come_from_the_headers(tmp_path: Path) -> None:
    folder = INCARTDB.folder(tmp_path)
    folder.mkdir()
    header = "I08 1 257 462600\nI08.dat 16 612 16 0 0 0 0 I\n#<age>: 51 <sex>: F \n# patient 4\n# bigeminy\n"
    (folder / "I08.hea").write_text(header)
    assert INCARTDB.patient("I08", tmp_path) == "incartdb/4"
    (folder / "I08.hea").write_text(header.replace("patient 4", "nobody"))
    with pytest.raises(DataError, match="names no patient"):
        INCARTDB.patient("I08", tmp_path)
    with pytest.raises(DataError, match=r"I09\.hea is not there"):
        INCARTDB.patient("I09", tmp_path)


def test_a_record_is_here_when_all_its_files_are(tmp_path: Path) -> None:
    folder = NSTDB.folder(tmp_path)
    assert NSTDB.present(tmp_path) == ()
    folder.mkdir()
    for name in ("118e24.dat", "118e24.hea", "118e24.atr.part", "bw.dat", "bw.hea"):
        (folder / name).touch()
    assert NSTDB.present(tmp_path) == ("bw",)
    (folder / "118e24.atr.part").rename(folder / "118e24.atr")
    assert NSTDB.present(tmp_path) == ("118e24", "bw")


def test_a_record_of_ptb_xl_is_here_at_either_rate(tmp_path: Path) -> None:
    assert PTB_XL.present(tmp_path) == ()
    for name in ("records100/00000/00001_lr.hea", "records500/21000/21837_hr.dat"):
        path = PTB_XL.folder(tmp_path) / name
        path.parent.mkdir(parents=True)
        path.touch()
    assert PTB_XL.present(tmp_path) == ()
    (PTB_XL.folder(tmp_path) / "records100/00000/00001_lr.dat").touch()
    (PTB_XL.folder(tmp_path) / "records500/21000/21837_hr.hea").touch()
    assert PTB_XL.present(tmp_path) == ("records100/00000/00001_lr", "records500/21000/21837_hr")


def test_patients_of_ptb_xl_come_from_its_table(tmp_path: Path) -> None:
    record = "records500/00000/00004_hr"
    with pytest.raises(DataError, match="ptb-xl is not a folder"):
        PTB_XL.patient(record, tmp_path)
    write_metadata_of_ptb_xl(PTB_XL.folder(tmp_path))
    assert PTB_XL.patient(record, tmp_path) == PTB_XL.patient("records100/00000/00001_lr", tmp_path)
    assert PTB_XL.patient(record, tmp_path) == "ptb-xl/15"
    with pytest.raises(DataError, match="no usable row for records500/00000/00005_hr"):
        PTB_XL.patient("records500/00000/00005_hr", tmp_path)


def test_what_a_record_of_ludb_is_made_of() -> None:
    files = LUDB.files_of("data/7")
    assert len(files) == 14
    assert {"data/7.hea", "data/7.dat", "data/7.i", "data/7.avr", "data/7.v6"} <= set(files)
    assert not LUDB.has_beats and not PTB_XL.has_beats and not HEARTBEAT.has_beats and NSTDB.has_beats


def test_names_that_are_not() -> None:
    with pytest.raises(DataError, match=r"no data set 'mitdv'; .* Did you mean 'mitdb'"):
        find("mitdv")
    with pytest.raises(DataError, match=r"no part 'DS3'; it has DS1, DS2, paced"):
        MITDB.part("DS3")
    with pytest.raises(DataError, match="svdb has no official split"):
        SVDB.part("DS1")


def test_the_folder_is_under_the_data_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EINTHOVEN_DATA", str(tmp_path))
    assert SVDB.folder() == tmp_path / "svdb"
    assert find("svdb") is SVDB
