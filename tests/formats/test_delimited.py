"""Tables of numbers in text."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from einthoven.errors import FormatError, MissingInformationError
from einthoven.formats import read, read_heartbeat_rows
from einthoven.formats.columns import split_label


def _csv(folder: Path, text: str, name: str = "x.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        "time_s,II_mV,V1_mV\n0,0.5,1\n0.004,-0.5,2\n0.008,0.25,3\n",
        "time (ms),II (mV),V1 [uV]\n0,0.5,1000\n4,-0.5,2000\n8,0.25,3000\n",
        "time [s];II [mV];V1 [mV]\n0;0,5;1\n0,004;-0,5;2\n0,008;0,25;3\n",
        "time_s\tII_uV\tV1_mV\n0\t500\t1\n0.004\t-500\t2\n0.008\t250\t3\n",
        "time_s  II_mV  V1_mV\n  0.000  0.5   1\n  0.004  -0.5  2\n  0.008  0.25  3\n",
        "# fs: 250 Hz\n# unit: mV\nII,V1\n0.5,1\n-0.5,2\n0.25,3\n",
        "'Elapsed time','II','V1'\n'seconds','mV','mV'\n0.000,0.5,1\n0.004,-0.5,2\n0.008,0.25,3\n",
        "'Elapsed "
        "time','II','V1'\n'hh:mm:ss.mmm','mV','mV'\n'0:00.000',0.5,1\n'0:00.004',-0.5,2\n'0:00.008',0.25,3\n",
        "      Elapsed time      II      V1\n    hh:mm:ss.mmm    (mV)    (mV)\n"
        "        0:00.000   0.5   1\n        0:00.004   -0.5   2\n        0:00.008   0.25   3\n",
        '"time_s","II (mV)","V1 (mV)"\r\n"0","0.5","1"\r\n"0.004","-0.5","2"\r\n"0.008","0.25","3"\r\n',
        "\ufefftime_s,II_mV,V1_mV\n0,5e-1,1.\n4e-3,-.5,2\n8e-3,+.25,3",
    ],
)
def test_the_same_samples_in_many_tables(tmp_path: Path, text: str) -> None:
    recording = read(_csv(tmp_path, text))
    assert recording.fs == 250
    assert recording.leads == ("II", "V1")
    np.testing.assert_allclose(recording.signals, [[0.5, -0.5, 0.25], [1, 2, 3]], rtol=1e-6)
    assert recording.warnings == ()


@pytest.mark.parametrize("cell", ["", "nan", "NaN", "-", "NA", " "])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_missing_cells(tmp_path: Path, cell: str, delimiter: str) -> None:
    rows = [
        ["time_s", "II_mV", "V1_mV"],
        ["0", cell, "1"],
        ["0.5", "2", cell],
        ["1", cell, cell],
        ["1.5", "3", "4"],
    ]
    recording = read(_csv(tmp_path, "\n".join(delimiter.join(row) for row in rows)))
    nan = np.nan
    np.testing.assert_array_equal(recording.signals, [[nan, 2, nan, 3], [1, nan, nan, 4]])


def test_microvolt(tmp_path: Path) -> None:
    path = _csv(tmp_path, "time_s,II\n0,1000\n0.1,2000\n")
    np.testing.assert_allclose(read(path, unit="uV").signals, [[1, 2]])
    np.testing.assert_allclose(read(_csv(tmp_path, "time_s,II (µV)\n0,1000\n0.1,2000\n")).signals, [[1, 2]])


def test_no_rate(tmp_path: Path) -> None:
    path = _csv(tmp_path, "II_mV,V1_mV\n1,2\n3,4\n")
    with pytest.raises(MissingInformationError, match="fs=360"):
        read(path)
    assert read(path, fs=360).fs == 360


def test_no_unit(tmp_path: Path) -> None:
    path = _csv(tmp_path, "time_s,II,V1\n0,1,2\n1,3,4\n")
    with pytest.raises(MissingInformationError, match=r"unit of II, V1.*unit='mV'"):
        read(path)
    assert read(path, unit="mV").signals.tolist() == [[1, 3], [2, 4]]


def test_a_time_column_without_unit_is_not_guessed(tmp_path: Path) -> None:
    path = _csv(tmp_path, "time,II_mV\n0,1\n4,2\n8,3\n")
    with pytest.raises(MissingInformationError, match="'time' states no unit"):
        read(path)
    assert read(path, fs=250).signals.tolist() == [[1, 2, 3]]


def test_a_sample_number_gives_no_rate(tmp_path: Path) -> None:
    path = _csv(tmp_path, "'sample #','MLII','V5'\n0,995,1011\n1,995,1011\n2,995,1011\n")
    with pytest.raises(MissingInformationError):
        read(path, unit="mV")
    recording = read(path, fs=360, unit="mV")
    assert (recording.leads, recording.n_samples) == (("MLII", "V5"), 3)


def test_a_table_that_says_neither_rate_nor_unit_says_so_at_once(tmp_path: Path) -> None:
    path = _csv(tmp_path, "II\n1\n2\n")
    with pytest.raises(MissingInformationError, match=r"unit of II\. It states no sampling rate"):
        read(path)
    with pytest.raises(MissingInformationError) as caught:
        read(path, fs=250)
    assert "rate" not in caught.value.message


def test_a_stated_rate_may_not_be_contradicted(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="says 250 Hz, but 500 Hz"):
        read(_csv(tmp_path, "time_s,II_mV\n0,1\n0.004,2\n0.008,3\n"), fs=500)
    with pytest.raises(FormatError, match="states 250 Hz, but 500 Hz"):
        read(_csv(tmp_path, "# fs: 250\nII_mV\n1\n2\n"), fs=500)


def test_a_stated_unit_may_not_be_contradicted(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="unit mV for lead II, but uV"):
        read(_csv(tmp_path, "time_s,II_mV\n0,1\n0.1,2\n"), unit="uV")


@pytest.mark.parametrize("fs", [50, 128, 250, 257, 360, 500, 1000, 2000])
def test_the_rate_of_a_rounded_time_column(tmp_path: Path, fs: int) -> None:
    rows = "\n".join(f"{k / fs:.4f},{k % 7}" for k in range(5 * fs))
    assert read(_csv(tmp_path, f"time_s,II_mV\n{rows}\n")).fs == fs


def test_missing_rows_become_gaps(tmp_path: Path) -> None:
    recording = read(_csv(tmp_path, "time_s,II_mV\n0,1\n0.1,2\n0.2,3\n0.5,6\n0.6,7\n"))
    np.testing.assert_array_equal(recording.signals, [[1, 2, 3, np.nan, np.nan, 6, 7]])
    assert recording.fs == 10
    assert "2 samples are missing" in recording.warnings[0]


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("0\n0.1\n0.1\n0.3", "does not increase at row 3"),
        ("0\n0.1\n0.24\n0.38\n0.52\n0.58\n0.64\n0.7", "evenly"),
    ],
)
def test_time_that_cannot_be(tmp_path: Path, column: str, said: str) -> None:
    rows = "\n".join(f"{value},1" for value in column.split())
    with pytest.raises(FormatError, match=said):
        read(_csv(tmp_path, f"time_s,II_mV\n{rows}\n"))


def test_without_header_the_user_names_all(tmp_path: Path) -> None:
    path = _csv(tmp_path, "".join(f"{np.sin(k):.3f},{np.cos(k):.3f}\n" for k in range(30)))
    recording = read(path, fs=100, unit="mV")
    assert (recording.leads, recording.n_samples) == (("ECG1", "ECG2"), 30)
    assert read(path, fs=100, unit="mV", leads=("I", "II")).leads == ("I", "II")
    with pytest.raises(FormatError, match="2 signal columns"):
        read(path, fs=100, unit="mV", leads=("I",))


def test_without_header_an_even_first_column_is_time(tmp_path: Path) -> None:
    path = _csv(tmp_path, "".join(f"{k},{np.sin(k):.3f}\n" for k in range(30)))
    recording = read(path, fs=100, unit="mV")
    assert recording.leads == ("ECG1",)
    assert "first column increases evenly" in recording.warnings[0]


def test_other_columns_are_left_out(tmp_path: Path) -> None:
    recording = read(_csv(tmp_path, "index,time_s,II (mV),Resp (NU)\n0,0,1,5\n1,0.1,2,6\n"))
    assert (recording.leads, recording.fs) == (("II",), 10)
    assert any("Resp (NU)" in text for text in recording.warnings)
    assert any("index" in text for text in recording.warnings)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time_s,II_mV\n0,1\n0.1,oops\n0.2,3\n", r"x\.csv, line 3, column 2: 'oops' is not a number"),
        ("# note\ntime_s,II_mV\n0,1\n0.1,2\n0.2,12mV\n", r"line 5, column 2: '12mV'"),
        ("time_s,II_mV\n0,1\n0.1,2,9\n", r"line 3: 3 columns, but the lines before have 2"),
        ("time_s,II_mV\n0,1\n0.1\n", r"line 3: 1 columns"),
        ("time_s,II_mV,V1_mV\n0,1\n0.1,2\n", r"header names 3 columns.*line 2 has 2"),
        ("time_s,II_mV\n", r"text file|no row of numbers"),
    ],
)
def test_bad_cells_and_rows_are_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        read(_csv(tmp_path, text))


def test_bad_cell_far_down_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("einthoven.formats.table._BLOCK", 64)
    rows = [f"{k / 10:g},{k}" for k in range(200)]
    rows[150] = "15,bad"
    with pytest.raises(FormatError, match=r"line 152, column 2: 'bad'"):
        read(_csv(tmp_path, "time_s,II_mV\n" + "\n".join(rows) + "\n"))


def test_leads_in_rows_are_refused(tmp_path: Path) -> None:
    row = ",".join(f"{k / 100:.2f}" for k in np.random.default_rng(0).integers(-99, 99, 100))
    with pytest.raises(FormatError, match="transpose"):
        read(_csv(tmp_path, f"{row}\n{row}\n"), fs=100, unit="mV")


def test_one_sample(tmp_path: Path) -> None:
    assert read(_csv(tmp_path, "II_mV,V1_mV\n1,2\n"), fs=100).signals.tolist() == [[1], [2]]


@pytest.mark.parametrize(
    ("label", "name", "unit"),
    [
        ("II (mV)", "II", "mV"), ("II_uV", "II", "uV"), ("II [µV]", "II", "µV"), ("aVR", "aVR", None),
        ("V5 mV", "V5", "mV"),
        ("ecg_v", "ecg_v", None), ("ECG (left)", "ECG (left)", None), ("II_V", "II", "V"), ("V", "V", None),
        ("ABP (mmHg)", "ABP", "mmHg"), ("lead_v1", "lead_v1", None),
    ],
)  # fmt: skip
def test_units_in_labels(label: str, name: str, unit: str | None) -> None:
    assert split_label(label) == (name, unit)


# --- rows of the heartbeat set -----------------------------------------------------------------------


def _beats(n_columns: int) -> str:
    values = np.random.default_rng(0).random((4, n_columns))
    if n_columns == 188:
        values[:, -1] = [0, 1, 2, 4]
    return "\n".join(",".join(f"{v:.6f}" for v in row) for row in values) + "\n"


@pytest.mark.parametrize("n_columns", [187, 188])
def test_heartbeat_rows_are_recognised(tmp_path: Path, n_columns: int) -> None:
    path = _csv(tmp_path, _beats(n_columns))
    with pytest.raises(FormatError, match=r"187-sample heartbeat set.*read_heartbeat_rows"):
        read(path, fs=125, unit="mV")
    rows, classes = read_heartbeat_rows(path)
    assert (rows.shape, rows.dtype) == ((4, 187), np.float32)
    assert (classes is None) == (n_columns == 187)
    if classes is not None:
        assert classes.tolist() == [0, 1, 2, 4]


def test_heartbeat_rows_of_another_kind(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="2 columns"):
        read_heartbeat_rows(_csv(tmp_path, "1,2\n3,4\n"))
    text = _beats(188).replace("4.000000\n", "4.500000\n")
    with pytest.raises(FormatError, match="row 4: class"):
        read_heartbeat_rows(_csv(tmp_path, text))


def test_real_heartbeat_rows(data_root: Path) -> None:
    path = data_root / "heartbeat" / "mitbih_test_sample.csv"
    if not path.is_file():
        pytest.skip(f"{path} is not in EINTHOVEN_DATA")
    rows, classes = read_heartbeat_rows(path)
    assert rows.shape == (500, 187)
    assert classes is not None
    assert np.bincount(classes).tolist() == [100] * 5


def test_half_an_hour_of_two_leads_is_quick(tmp_path: Path) -> None:
    from einthoven.formats import write
    from einthoven.recording import Recording

    signals = np.random.default_rng(0).normal(size=(2, 360 * 1800)).astype(np.float32)
    write(Recording(signals, 360, ("II", "V1")), tmp_path / "x.csv")
    began = time.process_time()
    recording = read(tmp_path / "x.csv")
    assert time.process_time() - began < 5  # about 1 s on an idle machine
    np.testing.assert_allclose(recording.signals, signals, rtol=1e-6)
