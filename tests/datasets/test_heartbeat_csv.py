"""Heartbeat rows as CSV: round trip, sidecar, and what is refused with file and line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from einthoven.datasets.heartbeat import LENGTH, HeartbeatRows, read_rows, write_rows
from einthoven.errors import DataError

GOOD = ",".join(["0.5"] * LENGTH + ["1"])


def some_rows(n_rows: int, patient: str = "mitdb/100") -> HeartbeatRows:
    random = np.random.default_rng(0)
    values = random.random((n_rows, LENGTH), dtype=np.float32)
    values[:, 100:] = 0
    records = np.array(["100"] * n_rows)
    return HeartbeatRows(
        values, np.arange(n_rows) % 5, records, np.array([patient] * n_rows), np.arange(n_rows)
    )


def test_round_trip(tmp_path: Path) -> None:
    rows, told = some_rows(5000), []
    write_rows(rows, tmp_path / "a.csv", told.append)
    assert told == [2048, 4096, 5000]
    back = read_rows(tmp_path / "a.csv")
    assert back.values.dtype == np.float32
    np.testing.assert_allclose(back.values, rows.values, atol=6e-7)
    for name in ("classes", "records", "patients", "samples"):
        assert np.array_equal(getattr(back, name), getattr(rows, name))
    assert back.patients_known


def test_without_sidecar_nobody_is_known(tmp_path: Path) -> None:
    write_rows(some_rows(3, patient=""), tmp_path / "a.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    rows = read_rows(tmp_path / "a.csv")
    assert not rows.patients_known
    assert rows.samples.tolist() == [-1, -1, -1]
    assert rows.records.tolist() == ["", "", ""]


def test_as_on_kaggle(data_root: Path) -> None:
    rows = read_rows(data_root / "heartbeat" / "mitbih_train_sample.csv")
    assert np.bincount(rows.classes).tolist() == [100] * 5
    assert rows.values.shape == (500, LENGTH)


def test_byte_order_mark_line_ends_and_blank_last_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode() + b"\r\n" + GOOD.encode() + b"\r\n\r\n")
    assert len(read_rows(path)) == 2


def changed(cell: str, column: int = 3) -> str:
    cells = GOOD.split(",")
    cells[column] = cell
    return ",".join(cells)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (GOOD[4:], "187 columns"),
        (GOOD[8:], "186 columns"),
        ("0.5," + GOOD, "189 columns"),
        (GOOD.replace(",", ";"), "1 columns .*separated by ';'"),
        (",".join(f"v{number}" for number in range(188)), "header"),
        (changed("high"), "'high' in column 4 is not a number"),
        (changed(""), "'' in column 4 is not a number"),
        (changed("nan"), "value nan in column 4"),
        (changed("inf"), "value inf in column 4"),
        (changed("-1.5"), "value -1.5 in column 4"),
        (changed("5", -1), "class '5'"),
        (changed("-1", -1), "class '-1'"),
        (changed("2.5", -1), "class '2.5'"),
        (changed("nan", -1), "class 'nan'"),
    ],
)
@pytest.mark.parametrize("before", [0, 2])
def test_a_wrong_line_is_named(tmp_path: Path, line: str, told: str, before: int) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("\n".join([GOOD] * before + [line, GOOD]) + "\n")
    with pytest.raises(DataError, match=rf"rows\.csv, line {before + 1}: .*{told}.*allowed are 187 values"):
        read_rows(path)


def test_files_that_hold_no_rows(tmp_path: Path) -> None:
    empty, binary = tmp_path / "empty.csv", tmp_path / "binary.csv"
    empty.write_text("")
    binary.write_bytes(bytes(range(128, 256)) * 9)
    with pytest.raises(DataError, match="empty line or holds none"):
        read_rows(empty)
    with pytest.raises(DataError, match="not text"):
        read_rows(binary)
    with pytest.raises(DataError, match="is not there"):
        read_rows(tmp_path / "absent.csv")
    with pytest.raises(DataError, match="is a folder"):
        read_rows(tmp_path)


@pytest.mark.parametrize(
    ("sidecar", "told"),
    [
        ("row,record,patient,sample\n0,100,mitdb/100,7\n", "tells of 1 rows, but a.csv has 2"),
        ("row,record\n0,100\n1,100\n", "columns row, record; allowed"),
        ("", r"columns \(none\)"),
        ("row,record,patient,sample\n0,100,mitdb/100,7\n2,100,mitdb/100,9\n", "line 3"),
        ("row,record,patient,sample\n0,100,mitdb/100,7\n1,100,mitdb/100,soon\n", "line 3"),
    ],
)
def test_a_sidecar_of_another_file(tmp_path: Path, sidecar: str, told: str) -> None:
    (tmp_path / "a.csv").write_text(f"{GOOD}\n{GOOD}\n")
    (tmp_path / "a.origin.csv").write_text(sidecar)
    with pytest.raises(DataError, match=told):
        read_rows(tmp_path / "a.csv")
