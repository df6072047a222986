"""The store of PTB-XL: what goes in comes out, what is broken is listed, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from einthoven.datasets import ptb_xl_prepare
from einthoven.datasets.ptb_xl import labels, read_ptb_xl
from einthoven.datasets.ptb_xl_prepare import as_ranges, prepare_ptb_xl
from einthoven.datasets.ptb_xl_store import Store, open_store, store_folder
from einthoven.errors import DataError
from einthoven.recording import STANDARD_LEADS
from tiny_ptb_xl import ROWS, make_ptb_xl, name_of, samples_of, write_metadata, write_record


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_ptb_xl(tmp_path / "ptb-xl")


def prepare(root: Path, rate: int = 100, **options: Any) -> tuple[Store, dict[str, Any]]:
    out = root.parent / f"store-{rate}"
    folder, document = prepare_ptb_xl(rate, root, out, **({"jobs": 1} | options))
    assert folder == out
    assert json.loads((out / "prepared.json").read_text()) == document
    return open_store(out), document


@pytest.mark.parametrize("rate", [100, 500])
def test_samples_are_the_publishers(root: Path, rate: int) -> None:
    store, document = prepare(root, rate)
    assert (store.rate, len(store), store.leads) == (rate, 5, STANDARD_LEADS)
    assert isinstance(store.signals, np.memmap)
    assert store.signals.dtype == np.int16
    for row, ecg_id in enumerate(store.ecg_ids.tolist()):
        assert np.array_equal(store.signals[row], samples_of(ecg_id, rate))
    assert document["folds"] == {"1": 1, "2": 1, "3": 1, "9": 1, "10": 1}
    assert (document["n_records"], document["n_patients"]) == (5, 4)
    assert document["labels"]["superclass"] == {
        "n_records": 4,
        "classes": {"NORM": 2, "MI": 2, "STTC": 0, "CD": 1, "HYP": 1},
        "dropped": {"no superclass statement": 1},
    }


def test_metadata_come_along(root: Path) -> None:
    store, _ = prepare(root)
    ptb_xl = read_ptb_xl(root)
    assert store.records == ptb_xl.records
    assert store.ecg_ids.tolist() == [1, 2, 3, 4, 1005]
    assert store.patients.tolist() == [15, 16, 17, 15, 18]
    assert store.folds.tolist() == [1, 2, 3, 9, 10]
    ours, theirs = labels(store.ptb_xl, "superclass"), labels(ptb_xl, "superclass")
    assert np.array_equal(ours.targets, theirs.targets)
    assert store.rows_of(ours.ecg_ids).tolist() == [0, 1, 2, 3]
    with pytest.raises(DataError, match=r"lacks 2 of 3 records asked for \(ecg_id 5, 2000\)"):
        store.rows_of([4, 5, 2000])


def test_reading_into_memory(root: Path) -> None:
    store, _ = prepare(root)
    everything = store.read()
    assert (everything.shape, everything.dtype) == ((5, 12, 1000), np.float32)
    np.testing.assert_allclose(everything[3], samples_of(4, 100) / 1000, rtol=1e-6)
    for rows in ([4, 0], [2, 2], np.array([1, 2, 3]), slice(1, 3), store.folds < 9, np.int64(3)):
        assert np.array_equal(store.read(rows), np.atleast_3d(everything[rows]).reshape(-1, 12, 1000))
    assert store.read([]).shape == (0, 12, 1000)


def test_several_processes_give_the_same(root: Path) -> None:
    rows = [(number, 1, "5", "1", "", "{'NORM': 1.0}", 1) for number in range(1, 80)]
    make_ptb_xl(root, rows, rates=(100,))
    states: list[tuple[int, int]] = []
    one, _ = prepare(root)
    signals = np.array(one.signals)
    two, _ = prepare(root, jobs=2, on_state=lambda what, n_done, of: states.append((n_done, of)))
    assert np.array_equal(two.signals, signals)
    assert states == [(0, 79), (32, 79), (64, 79), (79, 79)]


def test_missing_samples_stay_missing(root: Path) -> None:
    samples = samples_of(2, 100)
    samples[5, 10:20] = -32768
    write_record(root / f"{name_of(2, 100)}.hea", samples)
    store, document = prepare(root)
    assert document["n_missing_samples"] == 10
    assert np.array_equal(store.signals[1], samples)
    signals = store.read([1])[0]
    assert np.isnan(signals[5, 10:20]).all()
    assert np.isnan(signals).sum() == 10


def test_leads_in_another_order_are_put_in_place(root: Path) -> None:
    samples = samples_of(3, 100)
    write_record(root / f"{name_of(3, 100)}.hea", samples[::-1], leads=STANDARD_LEADS[::-1])
    store, _ = prepare(root)
    assert np.array_equal(store.signals[2], samples)


def test_what_is_broken_is_listed_and_the_rest_is_used(root: Path) -> None:
    def at(ecg_id: int) -> Path:
        return root / f"{name_of(ecg_id, 100)}.hea"

    rows = [(number, 1, "5", "1", "", "{'NORM': 1.0}", 1) for number in range(1, 12)]
    make_ptb_xl(root, [*rows, (1005, 1, "5", "1", "", "NORM", 1)], rates=(100,))
    cut = at(1).with_suffix(".dat")
    cut.write_bytes(cut.read_bytes()[:5000])
    at(2).with_suffix(".dat").unlink()
    at(3).write_text("rubbish\n")
    write_record(at(4), samples_of(4, 100)[:, :990], changes={" 99 990": " 100 990"})
    write_record(at(5), samples_of(5, 100)[:8], leads=STANDARD_LEADS[:8])
    write_record(at(6), samples_of(6, 100), changes={"1000.0(0)/mV": "10.0(0)/mV"})
    for suffix in (".hea", ".dat"):
        at(7).with_suffix(suffix).unlink()
    at(8).unlink()
    at(9).with_suffix(".dat").write_bytes(b"")
    write_record(root / "records100/21000/21836_lr.hea", samples_of(1, 100))
    store, document = prepare(root)
    assert store.ecg_ids.tolist() == [10, 11]
    assert np.array_equal(store.signals[0], samples_of(10, 100))
    problems = {entry["ecg_id"]: entry["problem"] for entry in document["broken"]}
    for ecg_id, what in {
        1: "the rest is missing",
        2: "00002_lr.dat is not there",
        3: "00003_lr.hea",
        4: "has 990 samples, not 1000",
        5: "needed are the standard 12",
        6: "the store holds up to 32.767 mV",
        8: "00008_lr.hea is not there",
        9: "00009_lr",
    }.items():
        assert what in problems.pop(ecg_id)
    assert problems == {}
    assert document["rows_without_files"] == {"n": 1, "ecg_ids": "7"}
    assert document["files_without_rows"] == [name_of(1005, 100), "records100/21000/21836_lr"]
    assert "ecg_id 1005: scp_codes 'NORM' cannot be read" in document["rows_with_faults"][0]


def test_the_same_samples_twice_are_named(root: Path) -> None:
    write_record(root / f"{name_of(4, 100)}.hea", samples_of(2, 100))
    store, document = prepare(root)
    assert document["duplicates"] == {"4": 2}
    assert store.duplicates == {4: 2}
    assert len(store) == 5  # published figures are on all of them: whoever trains decides


def test_a_warning_of_the_reader_is_kept(root: Path) -> None:
    write_record(root / f"{name_of(1, 100)}.hea", samples_of(1, 100), changes={" 0 V6": "7 0 V6"})
    _, document = prepare(root)
    assert document["n_records"] == 5
    (remark,) = document["remarks"]
    assert remark["ecg_id"] == 1
    assert "checksum" in remark["remarks"][0]


def test_nothing_to_prepare(root: Path) -> None:
    with pytest.raises(DataError, match="no files of 250 Hz"):
        prepare(root, 250)
    for path in root.rglob("*.dat"):
        path.write_bytes(b"")
    with pytest.raises(DataError, match=r"None of the 5 records at 500 Hz can be read. The first: "):
        prepare(root, 500)
    for path in (*root.rglob("*.dat"), *root.rglob("*.hea")):
        path.unlink()
    with pytest.raises(DataError, match=r"no record at 100 Hz.*data get ptb-xl --records 'records100/\*'"):
        prepare(root)
    assert sorted(path.name for path in root.parent.iterdir()) == ["ptb-xl"]


def test_a_run_that_fails_leaves_the_earlier_store(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, _ = prepare(root)
    signals = np.array(before.signals)
    write_metadata(root, ROWS[:2])

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ptb_xl_prepare, "_write_index", full)
    with pytest.raises(DataError, match="The disk is full"):
        prepare(root)
    after = open_store(root.parent / "store-100")
    assert np.array_equal(after.signals, signals)
    assert sorted(path.name for path in root.parent.iterdir()) == ["ptb-xl", "store-100"]


def test_other_files_are_not_replaced(root: Path) -> None:
    (root.parent / "store-100").mkdir()
    (root.parent / "store-100" / "thesis.txt").write_text("years of work")
    with pytest.raises(DataError, match=r"holds other files \(thesis.txt\)"):
        prepare(root)


def test_stores_that_cannot_be_opened(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(root.parent))
    with pytest.raises(DataError, match=r"ptb-xl-500 is no store .*Make one: einthoven data prepare ptb-xl"):
        open_store(500)
    folder, _ = prepare_ptb_xl(500, root, jobs=1)
    assert folder == store_folder(500)
    assert len(open_store(500)) == 5
    for name, old, new, what in (
        ("signals.npy", None, 100_000, "is damaged or cut short"),
        ("index.csv", b"\n1,2,16", b"\n1,x,16", r"damaged at row 1 \(.*'x'"),
        ("index.csv", b"\n1,2,16", b"\n1,1,16", "not in order of ecg_id"),
        ("index.csv", b"{'NORM': 100.0, 'SR': 0.0}", b"NORM", "damaged at row 0"),
        ("prepared.json", b'"rate_hz": 500', b'"rate_hz": 100', "say int16 of shape"),
        (
            "prepared.json",
            b"ptb-xl-store/1",
            b"ptb-xl-store/9",
            "reads einthoven.ptb-xl-store/1",
        ),
        ("prepared.json", b"{", b"[", "cannot be read"),
    ):
        path = folder / name
        good = path.read_bytes()
        path.write_bytes(good[:new] if isinstance(new, int) else good.replace(old or b"", new, 1))
        with pytest.raises(DataError, match=what):
            open_store(500)
        path.write_bytes(good)


def test_ranges() -> None:
    assert as_ranges([]) == ""
    assert as_ranges([1]) == "1"
    assert as_ranges([1, 2, 3, 7, 9, 10]) == "1-3,7,9-10"


def test_genuine_records(data_root: Path, tmp_path: Path) -> None:
    root = data_root / "ptb-xl"
    if not (root / "records100").is_dir():
        pytest.skip("no unpacked records of PTB-XL in EINTHOVEN_DATA")
    ptb_xl = read_ptb_xl(root)
    few = tmp_path / "few"
    for record in ptb_xl.here(100)[:40]:
        for suffix in (".hea", ".dat"):
            target = few / f"{record.file_100}{suffix}"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((root / f"{record.file_100}{suffix}").read_bytes())
    for name in ("ptbxl_database.csv", "scp_statements.csv"):
        (few / name).write_bytes((root / name).read_bytes())
    store, document = prepare(few)
    assert (len(store), document["broken"], document["remarks"]) == (40, [], [])
    raw = np.fromfile(few / f"{store.records[7].file_100}.dat", "<i2").reshape(-1, 12).T
    assert np.array_equal(store.signals[7], raw)
