"""Whether genuine rows are found in the records, and matched by rebuilt rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from heartbeat_records import write_patients

from einthoven.datasets.database import Database, open_database
from einthoven.datasets.heartbeat import HeartbeatRows, build_rows, digital_signals, write_rows
from einthoven.datasets.heartbeat_match import Place, find_places, genuine_rows, match, nearest_rows


@pytest.fixture
def database(tmp_path: Path) -> Database:
    write_patients(tmp_path, ["100", "101", "103"])
    return open_database("mitdb", tmp_path)


@pytest.fixture
def rows(database: Database) -> HeartbeatRows:
    return build_rows(database)


def test_rebuilt_rows_match_themselves(database: Database, rows: HeartbeatRows) -> None:
    report = match(rows, rows, database)
    assert report["n_genuine"] == report["n_found"] == report["n_matched"] == len(rows)
    assert report["n_same_place"] == report["n_same_class"] == report["n_identical"] == len(rows)
    assert report["share_matched"] == report["least_correlation"] == 1.0
    assert report["largest_absolute_difference"] == 0


def test_rows_of_others_are_not_found(tmp_path: Path, database: Database, rows: HeartbeatRows) -> None:
    others = replace_records(tmp_path / "others")
    report = match(others, rows, database)
    assert report["n_found"] == report["n_matched"] == 0
    assert report["share_matched"] is report["median_correlation"] is None


def replace_records(root: Path) -> HeartbeatRows:
    write_patients(root, ["105", "106", "107", "108"])
    return build_rows(open_database("mitdb", root)).take(np.arange(117, 156))


def test_rows_cut_elsewhere_are_found_but_not_matched(database: Database, rows: HeartbeatRows) -> None:
    signals, _ = digital_signals(database, "101")
    begin = int(rows.samples[rows.records == "101"][5]) + 80
    stretch = signals[1, begin : begin + 300 : 3]
    values = rows.values[:1].copy()
    values[0] = 0
    values[0, :100] = (stretch - stretch.min()) / (stretch.max() - stretch.min())
    assert find_places(values, database) == [Place("101", 1, begin)]
    report = match(replace(rows.take([0]), values=values), rows, database)
    assert (report["n_found"], report["n_matched"], report["share_matched"]) == (1, 0, 0.0)


def test_another_class_at_the_same_place_is_told(database: Database, rows: HeartbeatRows) -> None:
    other = replace(rows, classes=(rows.classes + 1) % 5)
    report = match(other, rows, database)
    assert report["n_matched"] == len(rows)
    assert report["n_same_class"] == 0


def test_short_and_unchanging_rows_are_not_looked_for(database: Database, rows: HeartbeatRows) -> None:
    values = np.zeros_like(rows.values[:3])
    values[1, :9] = rows.values[0, :9]
    values[2, 50:60] = 1
    assert find_places(values, database) == [None, None, None]


def test_nearest_rows(rows: HeartbeatRows) -> None:
    order = np.random.default_rng(0).permutation(len(rows))
    correlation, nearest = nearest_rows(rows.values[order] * 0.5 + 0.1, rows.values)
    np.testing.assert_allclose(correlation, 1, atol=1e-6)
    assert np.array_equal(nearest, order)


def test_many_genuine_rows_are_thinned(tmp_path: Path, rows: HeartbeatRows) -> None:
    folder = tmp_path / "heartbeat"
    folder.mkdir()
    write_rows(rows.take(np.arange(2100) % len(rows)), folder / "mitbih_test.csv")
    write_rows(rows, folder / "ptbdb_normal.csv")
    files, genuine = genuine_rows(tmp_path)
    assert [path.name for path in files] == ["mitbih_test.csv"]
    assert len(genuine) == 2000
    assert len(genuine_rows(tmp_path / "elsewhere")[1]) == 0


def test_published_rows_are_rebuilt_value_for_value(data_root: Path) -> None:
    database = open_database("mitdb", data_root)
    database = replace(
        database, records=tuple(name for name in ("207", "208", "217") if name in database.records)
    )
    files, genuine = genuine_rows(data_root)
    if not files or not database.records:
        pytest.skip("no genuine heartbeat rows, or none of the records 207, 208, 217, in EINTHOVEN_DATA")
    report = match(genuine, build_rows(database), database)
    assert report["n_found"] > 0.03 * report["n_genuine"]
    assert report["n_found"] == pytest.approx(report["n_found_expected"], rel=0.2)
    for figure in ("n_matched", "n_same_place", "n_same_class", "n_identical"):
        assert report[figure] == report["n_found"]
