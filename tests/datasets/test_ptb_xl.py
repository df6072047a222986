"""PTB-XL: metadata good and bad, label sets against the published counts, signals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from einthoven.datasets.ptb_xl import (
    TASKS,
    PtbXl,
    labels,
    load_signals,
    read_ptb_xl,
    read_statements,
)
from einthoven.errors import DataError, FormatError
from einthoven.recording import STANDARD_LEADS
from tiny_ptb_xl import ROWS, make_ptb_xl, name_of, samples_of, write_metadata, write_record


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_ptb_xl(tmp_path / "ptb-xl", rates=(100,))


@pytest.fixture(scope="module")
def published(data_root: Path) -> PtbXl:
    if not (data_root / "ptb-xl" / "ptbxl_database.csv").is_file():
        pytest.skip("no metadata of PTB-XL in EINTHOVEN_DATA")
    ptb_xl = read_ptb_xl(data_root / "ptb-xl")
    if len(ptb_xl.records) != 21_837:
        pytest.skip("the counts are those of version 1.0.1")
    return ptb_xl


def test_metadata(root: Path) -> None:
    ptb_xl = read_ptb_xl(root)
    assert ptb_xl.faults == ()
    assert [record.ecg_id for record in ptb_xl.records] == [1, 2, 3, 4, 1005]
    first, second, third = ptb_xl.records[:3]
    assert (first.patient, first.age, first.sex, first.fold) == (15, 56.0, "female", 1)
    assert first.scp_codes == {"NORM": 100.0, "SR": 0.0}
    assert (first.file_100, first.file_500) == (name_of(1, 100), name_of(1, 500))
    assert (second.age, second.sex) == (None, "male")
    assert (third.age, third.sex) == (300.0, None)
    assert ptb_xl.by_id[1005].fold == 10
    assert len(ptb_xl.here(100)) == 5
    assert ptb_xl.here(500) == ()


def test_statements(root: Path) -> None:
    statements = read_statements(root / "scp_statements.csv")
    ndt, sinus = statements["NDT"], statements["SR"]
    assert (ndt.diagnostic, ndt.form, ndt.rhythm) == (True, True, False)
    assert (ndt.superclass, ndt.subclass) == ("STTC", "STTC")
    assert (sinus.diagnostic, sinus.rhythm, sinus.superclass) == (False, True, "")


def test_superclasses_count_whatever_the_likelihood(root: Path) -> None:
    found = labels(read_ptb_xl(root), "superclass")
    assert found.classes == ("NORM", "MI", "STTC", "CD", "HYP")
    assert found.ecg_ids.tolist() == [1, 2, 3, 4]
    assert found.targets.astype(int).tolist() == [
        [1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [1, 0, 0, 1, 0], [0, 1, 0, 0, 1],
    ]  # fmt: skip
    assert found.dropped == {"no superclass statement": 1}


def test_infarction_against_normal_alone(root: Path) -> None:
    found = labels(read_ptb_xl(root), "mi")
    assert found.ecg_ids.tolist() == [1, 2, 4]
    assert found.targets[:, 0].tolist() == [False, True, True]
    assert found.dropped == {"NORM together with other diagnoses": 1, "no diagnostic statement": 1}


@pytest.mark.parametrize("task", TASKS)
def test_folds(root: Path, task: str) -> None:
    ptb_xl = read_ptb_xl(root)
    everything, some = labels(ptb_xl, task), labels(ptb_xl, task, folds=[1, 2, 9])
    keep = np.isin(everything.ecg_ids, [1, 2, 4])
    assert some.ecg_ids.tolist() == everything.ecg_ids[keep].tolist()
    assert np.array_equal(some.targets, everything.targets[keep])
    assert some.classes == everything.classes


def test_unknown_task_and_fold(root: Path) -> None:
    ptb_xl = read_ptb_xl(root)
    with pytest.raises(DataError, match=r"no labels 'superclas'; allowed: .*Did you mean 'superclass'"):
        labels(ptb_xl, "superclas")
    with pytest.raises(DataError, match="no fold 11"):
        labels(ptb_xl, "all", folds=[11])


@pytest.mark.parametrize(
    ("task", "n_records", "n_classes"),
    [
        ("superclass", 21_430, 5),
        ("subclass", 21_430, 23),
        ("diagnostic", 21_430, 44),
        ("form", 8_988, 19),
        ("rhythm", 21_066, 12),
        ("all", 21_837, 71),
    ],
)
def test_counts_of_the_benchmark(published: PtbXl, task: str, n_records: int, n_classes: int) -> None:
    found = labels(published, task)
    assert found.targets.shape == (n_records, n_classes)
    assert sum(found.dropped.values()) == 21_837 - n_records


def test_counts_of_the_superclasses(published: PtbXl) -> None:
    counts = labels(published, "superclass").counts()
    assert counts == {"NORM": 9_528, "MI": 5_486, "STTC": 5_250, "CD": 4_907, "HYP": 2_655}
    infarction = labels(published, "mi")
    assert infarction.targets.sum() == 5_486
    assert len(infarction.ecg_ids) + sum(infarction.dropped.values()) == 21_837


def test_no_patient_is_in_two_folds(published: PtbXl) -> None:
    fold_of: dict[int, int] = {}
    for record in published.records:
        assert fold_of.setdefault(record.patient, record.fold) == record.fold


def test_signals(root: Path) -> None:
    ptb_xl = read_ptb_xl(root)
    recording = load_signals(ptb_xl, ptb_xl.by_id[4], 100)
    assert recording.leads == STANDARD_LEADS
    assert recording.fs == 100
    np.testing.assert_allclose(recording.signals, samples_of(4, 100) / 1000, rtol=1e-6)


def test_signals_that_cannot_be_used(root: Path) -> None:
    ptb_xl = read_ptb_xl(root)
    first = ptb_xl.by_id[1]
    with pytest.raises(DataError, match=r"00001_hr.hea is not there\. Get it: einthoven data get ptb-xl"):
        load_signals(ptb_xl, first, 500)
    with pytest.raises(DataError, match="no files of 250 Hz"):
        load_signals(ptb_xl, first, 250)
    path = root / f"{name_of(1, 100)}.hea"
    samples = samples_of(1, 100)

    write_record(path, samples[:, :900], changes={" 90 900": " 100 900"})
    with pytest.raises(DataError, match="has 900 samples, not 1000"):
        load_signals(ptb_xl, first, 100)
    write_record(path, samples, leads=("X", *STANDARD_LEADS[1:]))
    with pytest.raises(DataError, match="needed are the standard 12"):
        load_signals(ptb_xl, first, 100)
    write_record(path, samples, changes={" 100 1000": " 50 1000"})
    with pytest.raises(DataError, match="has 50 Hz, not 100 Hz"):
        load_signals(ptb_xl, first, 100)
    write_record(path, samples)
    path.with_suffix(".dat").write_bytes(path.with_suffix(".dat").read_bytes()[:12_000])
    with pytest.raises(DataError, match="holds 500; the rest is missing"):
        load_signals(ptb_xl, first, 100)
    path.with_suffix(".dat").write_bytes(b"")
    with pytest.raises((DataError, FormatError)):
        load_signals(ptb_xl, first, 100)
    path.with_suffix(".dat").unlink()
    with pytest.raises(DataError, match=r"00001_lr.dat is not there"):
        load_signals(ptb_xl, first, 100)


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ((9, 1, "5", "1", "", "NORM 100", 1), r"scp_codes 'NORM 100' cannot be read"),
        ((9, 1, "5", "1", "", "", 1), r"scp_codes '' cannot be read"),
        ((9, 1, "5", "1", "", "{'NORM': 100.0", 1), r"cannot be read"),
        ((9, 1, "5", "1", "", "{'NORM': nan}", 1), r"cannot be read"),
        ((9, 1, "5", "1", "", "__import__('os').getcwd()", 1), r"cannot be read"),
        ((9, 1, "5", "1", "", "{'NORM': 1.0, 'NORM': 2.0}", 1), r"one twice"),
        ((9, 1, "5", "1", "", "{'NORM': 101.0}", 1), r"NORM 101 is not within 0 to 100"),
        ((9, 1, "old", "1", "", "{'NORM': 1.0}", 1), r"age is 'old', which is no number"),
        ((9, 1, "nan", "1", "", "{'NORM': 1.0}", 1), r"age is 'nan', which is no number"),
        ((9, 1, "-3", "1", "", "{'NORM': 1.0}", 1), r"age is -3"),
        ((9, 1, "5", "2", "", "{'NORM': 1.0}", 1), r"sex is 2"),
        ((9, 1, "5", "1", "", "{'NORM': 1.0}", 11), r"strat_fold is 11; allowed are 1 to 10"),
        ((9, "", "5", "1", "", "{'NORM': 1.0}", 1), r"patient_id is ''"),
        (("9.5", 1, "5", "1", "", "{'NORM': 1.0}", 1), r"ecg_id is '9.5'; a whole number"),
        ((1, 1, "5", "1", "", "{'NORM': 1.0}", 1), r"ecg_id 1 was there before"),
        ((9, 1, "5", "1", "", "{'NORM': 1.0}", 1, "../../passwd", "x"), r"filename_lr is '../../passwd'"),
        ((9, 1, "5", "1", "", "{'NORM': 1.0}", 1, "/etc/passwd", "x"), r"filename_lr is '/etc/passwd'"),
        (
            (9, 1, "5", "1", "", "{'NORM': 1.0}", 1, name_of(4, 100), "x"),
            "_lr was named before",
        ),
        ((9, 1), r"strat_fold is '', which is no number"),
    ],
)
def test_a_faulty_row_is_listed_and_the_others_are_used(
    tmp_path: Path, row: tuple[object, ...], what: str
) -> None:
    write_metadata(tmp_path, [*ROWS, row])
    ptb_xl = read_ptb_xl(tmp_path)
    assert len(ptb_xl.records) == 5
    (fault,) = ptb_xl.faults
    assert what.replace("\\", "") in str(fault)
    assert str(fault).startswith(f"line 8, ecg_id {row[0]}: ")  # one row of the five takes two lines


def test_numbers_as_later_versions_write_them(tmp_path: Path) -> None:
    write_metadata(tmp_path, [(9, "15709.0", "300.0", "1", "", '{"NORM": 100, "SR": 0}', "3")])
    (record,) = read_ptb_xl(tmp_path).records
    assert (record.patient, record.age, record.scp_codes) == (15709, 300.0, {"NORM": 100.0, "SR": 0.0})


def test_a_record_without_statements(tmp_path: Path) -> None:
    write_metadata(tmp_path, [*ROWS, (9, 1, "5", "1", "", "{}", 1)])
    found = labels(read_ptb_xl(tmp_path), "all")
    assert found.ecg_ids.tolist() == [1, 2, 3, 4, 1005]
    assert found.dropped == {"no statement": 1}


def test_a_statement_nobody_knows_is_listed_and_its_record_kept(tmp_path: Path) -> None:
    write_metadata(tmp_path, [(9, 1, "5", "1", "", "{'NORM': 100.0, 'NEW': 50.0}", 1)])
    ptb_xl = read_ptb_xl(tmp_path)
    assert [fault.kept for fault in ptb_xl.faults] == [True]
    assert "does not have NEW" in str(ptb_xl.faults[0])
    assert labels(ptb_xl, "superclass").targets[0].tolist() == [True, False, False, False, False]


def test_absent_and_foreign_files(root: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere is not a folder\. Give the root of PTB-XL"):
        read_ptb_xl(tmp_path / "nowhere")
    database, statements = root / "ptbxl_database.csv", root / "scp_statements.csv"
    good, good_statements = database.read_bytes(), statements.read_bytes()
    statements.unlink()
    with pytest.raises(DataError, match=r"scp_statements.csv is not there\. Get it"):
        read_ptb_xl(root)
    statements.write_bytes(good_statements)
    for text, what in (
        (b"", "line 1 lacks the columns"),
        (b"a,b\n1,2\n", "line 1 lacks the columns ecg_id, .*it has a, b"),
        (b"\xff\xfe" + good, "no table of text in UTF-8"),
        (good.split(b"\r\n")[0] + b"\r\n", "has no usable row"),
        (
            good.split(b"\r\n")[0] + b"\r\n1,1,1,1,1,1,1,1,1\r\n",
            "The first fault: line 2, ecg_id 1: scp_codes",
        ),
    ):
        database.write_bytes(text)
        with pytest.raises(DataError, match=what):
            read_ptb_xl(root)
    database.write_bytes(good)
    for old, new, what in (
        (b"SR,sinus", b"NORM,sinus", "line 9: NORM was there before"),
        (b"MI,IMI,", b"MII,IMI,", "IMI is diagnostic, of class 'MII'"),
        (b"1.0,,,NORM", b"yes,,,NORM", "diagnostic is 'yes'; allowed are 1.0 and nothing"),
    ):
        statements.write_bytes(good_statements.replace(old, new))
        with pytest.raises(DataError, match=what):
            read_ptb_xl(root)
