"""Heartbeat rows cut from records: where they begin and end, whose they are, how they are divided."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from heartbeat_records import write_patients, write_record
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.datasets.database import open_database
from einthoven.datasets.heartbeat import (
    LENGTH,
    HeartbeatRows,
    build_rows,
    cut,
    prepared_folder,
    row_rate,
    row_step,
    split_rows,
)
from einthoven.errors import DataError


def rows_of(classes: np.ndarray, patients: np.ndarray) -> HeartbeatRows:
    n_rows = len(classes)
    values = np.zeros((n_rows, LENGTH), dtype=np.float32)
    return HeartbeatRows(values, classes.astype(np.int64), patients, patients, np.arange(n_rows))


def test_a_row_takes_every_third_sample_up_to_a_fifth_of_the_following_interval() -> None:
    signal = np.arange(2000, dtype=np.float32)
    row = cut(signal, np.array([100, 400, 700]), 0, 3)
    assert row is not None
    n_values = (300 + 60) // 3
    assert row[0] == 0
    assert row[n_values - 1] == 1
    np.testing.assert_allclose(row[:n_values], np.linspace(0, 1, n_values), atol=1e-6)
    assert not row[n_values:].any()


def test_a_long_row_is_scaled_before_it_is_cut_off() -> None:
    signal = np.arange(3000, dtype=np.float32)
    row = cut(signal, np.array([0, 900, 1800]), 0, 3)  # 1080 samples, 360 values
    assert row is not None
    assert len(row) == LENGTH
    assert row[-1] == pytest.approx(186 / 359)


def test_without_a_second_interval_the_first_stands_in() -> None:
    signal = np.arange(3000, dtype=np.float32)
    row = cut(signal, np.array([0, 300]), 0, 3)
    assert row is not None
    assert np.count_nonzero(row) + 1 == 120


@pytest.mark.parametrize("fill", [5.0, np.nan])
def test_no_row_where_nothing_changes_or_samples_are_missing(fill: float) -> None:
    signal = np.arange(1000, dtype=np.float32)
    signal[100:500] = fill
    assert cut(signal, np.array([100, 400, 700]), 0, 3) is None


def test_annotations_that_are_no_beats_end_a_row_but_begin_none(tmp_path: Path) -> None:
    leads = np.tile(np.arange(1500), (2, 1))
    marks = [(10, "+"), (100, "N"), (200, "~"), (300, "V"), (500, "A"), (800, "/"), (1000, "F"), (1200, "L")]
    write_record(tmp_path / "mitdb", "100", leads, marks)
    rows = build_rows(open_database("mitdb", tmp_path))
    assert rows.samples.tolist() == [100, 300, 500, 800, 1000]  # the last beat has no end
    assert rows.classes.tolist() == [0, 2, 1, 4, 3]
    assert np.count_nonzero(rows.values[0]) + 1 == (100 + 20) // 3
    assert set(rows.records.tolist()) == {"100"}
    assert set(rows.patients.tolist()) == {"mitdb/100"}
    assert rows.values.dtype == np.float32
    assert rows.patients_known


def test_lead_ii_of_twelve_else_the_first(tmp_path: Path) -> None:
    leads = np.stack([np.arange(1500), 1500 - np.arange(1500)])
    marks = [(100, "N"), (400, "N"), (700, "N")]
    write_record(tmp_path / "mitdb", "100", leads, marks, "V5 MLII")
    write_record(tmp_path / "mitdb", "101", leads, marks, "I II")
    rows = build_rows(open_database("mitdb", tmp_path))
    assert rows.values[:, 0].tolist() == [0, 0, 1, 1]


def test_patients_are_those_of_the_catalogue(tmp_path: Path) -> None:
    write_patients(tmp_path, ["201", "202"])
    told: list[str] = []
    rows = build_rows(open_database("mitdb", tmp_path), told.append)
    assert told == ["201", "202"]
    assert set(rows.patients.tolist()) == {"mitdb/201"}


def test_no_annotated_beats(tmp_path: Path) -> None:
    write_record(tmp_path / "mitdb", "100", np.zeros((2, 999)), [(10, "+")])
    with pytest.raises(DataError, match=r"no annotated beats .*einthoven data get mitdb"):
        build_rows(open_database("mitdb", tmp_path))


@pytest.mark.parametrize(("fs", "step", "rate"), [(360, 3, 120), (128, 1, 128), (257, 2, 128.5)])
def test_rate_of_rows(fs: float, step: int, rate: float) -> None:
    assert (row_step(fs), row_rate(fs)) == (step, rate)


def test_prepared_folder_is_in_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("EINTHOVEN_DATA", "/elsewhere")
    assert prepared_folder("svdb") == tmp_path / "einthoven" / "prepared" / "heartbeat-svdb"


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 60), min_size=5, max_size=5).filter(any),
    share=st.floats(0.05, 0.9),
    seed=st.integers(0, 9),
)
def test_split_over_beats_keeps_each_class_in_proportion(sizes: list[int], share: float, seed: int) -> None:
    classes = np.repeat(np.arange(5), sizes)
    rows = rows_of(classes, np.full(len(classes), ""))
    training, test = split_rows(rows, "beats", share, seed)
    assert sorted([*training, *test]) == list(range(len(rows)))
    assert np.bincount(classes[test], minlength=5).tolist() == [round(share * size) for size in sizes]
    again = split_rows(rows, "beats", share, seed)
    assert np.array_equal(again[1], test)


def test_split_over_patients_keeps_patients_whole_and_classes_even() -> None:
    random = np.random.default_rng(1)
    patients = np.array([f"mitdb/{number}" for number in random.integers(0, 20, 5000)])
    classes = random.choice(5, size=5000, p=[0.7, 0.05, 0.1, 0.05, 0.1])
    rows = rows_of(classes, patients)
    training, test = split_rows(rows, "patients", 0.2, 3)
    assert sorted([*training, *test]) == list(range(5000))
    assert not set(patients[training]) & set(patients[test])
    shares = np.bincount(classes[test]) / np.bincount(classes)
    assert np.all(abs(shares - 0.2) < 0.06)
    assert not np.array_equal(split_rows(rows, "patients", 0.2, 4)[1], test)


def test_splits_that_cannot_be() -> None:
    unknown = rows_of(np.zeros(9), np.full(9, ""))
    with pytest.raises(DataError, match=r"9 of 9 rows .*data prepare heartbeat"):
        split_rows(unknown, "patients")
    with pytest.raises(DataError, match="1 patient"):
        split_rows(rows_of(np.zeros(9), np.full(9, "mitdb/100")), "patients")
    with pytest.raises(DataError, match="share of 1 test"):
        split_rows(unknown, "beats", 1.0)
    with pytest.raises(DataError, match="'days'"):
        split_rows(unknown, "days")  # type: ignore[arg-type]


def test_take_by_position_and_by_mask() -> None:
    rows = rows_of(np.arange(4), np.array(list("abcd")))
    assert rows.take([2, 0]).patients.tolist() == ["c", "a"]
    assert rows.take(rows.classes > 1).samples.tolist() == [2, 3]
    assert len(rows.take([])) == 0
