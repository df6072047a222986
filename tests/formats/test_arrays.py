"""Arrays and data frames."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.errors import FormatError, MissingInformationError
from einthoven.formats import read
from einthoven.recording import STANDARD_LEADS

pandas = pytest.importorskip("pandas")


def test_leads_by_samples() -> None:
    recording = read(np.array([[0, 1000, 2000], [1, 2, 3]]), fs=250, unit="uV", leads=["ii", "V1"])
    np.testing.assert_allclose(recording.signals, [[0, 1, 2], [0.001, 0.002, 0.003]], rtol=1e-6)
    assert (recording.fs, recording.leads, recording.signals.dtype) == (250, ("II", "V1"), np.float32)


def test_one_lead() -> None:
    recording = read(np.arange(5.0), fs=100, unit="mV")
    assert (recording.signals.shape, recording.leads) == ((1, 5), ("ECG1",))


def test_lists_are_arrays() -> None:
    assert read([[1.0, 2.0, 3.0]], fs=10, unit="V").signals.tolist() == [[1000, 2000, 3000]]


@pytest.mark.parametrize("names", [None, STANDARD_LEADS])
def test_leads_in_rows_or_columns_where_it_is_evident(names: tuple[str, ...] | None) -> None:
    array = np.random.default_rng(0).normal(size=(12, 5000)).astype(np.float32)
    in_rows = read(array, fs=500, unit="mV", leads=names)
    in_columns = read(array.T, fs=500, unit="mV", leads=names)
    assert np.array_equal(in_rows.signals, array)
    assert np.array_equal(in_columns.signals, array)
    assert in_rows.leads == in_columns.leads == (names or tuple(f"ECG{k}" for k in range(1, 13)))
    assert in_rows.warnings == ()
    told = ("The array of shape (5000, 12) is read as 12 leads in columns of 5000 samples.",)
    assert in_columns.warnings == (() if names else told)


def test_one_lead_in_a_row_or_a_column() -> None:
    assert read(np.zeros((1, 9)), fs=100, unit="mV").signals.shape == (1, 9)
    assert read(np.zeros((9, 1)), fs=100, unit="mV").signals.shape == (1, 9)
    assert read(np.zeros((1, 1)), fs=100, unit="mV").signals.shape == (1, 1)


@pytest.mark.parametrize("shape", [(12, 12), (12, 20), (20, 12), (33, 33), (300, 400), (5000, 33)])
def test_orientation_is_asked_for_where_it_is_not_evident(shape: tuple[int, int]) -> None:
    with pytest.raises(FormatError, match="not evident which axis holds the leads"):
        read(np.zeros(shape), fs=100, unit="mV")


def test_orientation_is_never_guessed() -> None:
    with pytest.raises(FormatError, match="match both axes"):
        read(np.zeros((2, 2)), fs=100, unit="mV", leads=("I", "II"))
    with pytest.raises(FormatError, match="one axis must have that length"):
        read(np.zeros((2, 9)), fs=100, unit="mV", leads=("I", "II", "III"))


@pytest.mark.parametrize(("arguments", "said"), [({"unit": "mV"}, "fs=360"), ({"fs": 100}, "unit='mV'")])
def test_rate_and_unit_are_required(arguments: dict[str, object], said: str) -> None:
    with pytest.raises(MissingInformationError, match=said):
        read(np.zeros(9), **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros((1, 2, 3)), "shape"),
        (np.array(["a", "b"]), "real numbers"),
        (np.zeros(3, dtype=complex), "real numbers"),
        (np.zeros((0, 5)), "no samples"),
        (np.zeros((2, 0)), "reads as|no samples"),
        (object(), "type object"),
    ],
)
def test_what_is_no_recording(array: object, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        read(array, fs=100, unit="mV")


def test_an_unknown_unit_lists_the_known() -> None:
    with pytest.raises(MissingInformationError, match="mV"):
        read(np.zeros(9), fs=100, unit="adu")


def test_infinite_samples_are_missing() -> None:
    recording = read(np.array([1.0, np.inf, 2.0]), fs=100, unit="mV")
    assert np.isnan(recording.signals[0, 1])
    assert "1 infinite" in recording.warnings[0]


def test_the_array_is_copied() -> None:
    array = np.ones((1, 5), dtype=np.float32)
    read(array, fs=100, unit="mV").signals[0, 0] = 7
    assert array[0, 0] == 1


def test_frame_with_units_and_time() -> None:
    frame = pandas.DataFrame(
        {"time_ms": [0, 4, 8, 12], "II (uV)": [0, 1000, 2000, 3000], "V1_mV": [0.0, 1, 2, 3]}
    )
    recording = read(frame)
    assert (recording.fs, recording.leads) == (250, ("II", "V1"))
    np.testing.assert_allclose(recording.signals[0], recording.signals[1], rtol=1e-6)


def test_frame_without_units() -> None:
    frame = pandas.DataFrame({"II": [0.0, 1, 2]})
    with pytest.raises(MissingInformationError, match="fs=360"):
        read(frame, unit="mV")
    with pytest.raises(MissingInformationError, match="unit of II"):
        read(frame, fs=100)
    assert read(frame, fs=100, unit="mV").signals.tolist() == [[0, 1, 2]]


def test_frame_with_a_datetime_column() -> None:
    frame = pandas.DataFrame(
        {"time": pandas.date_range("2024-01-01", periods=4, freq="10ms"), "II_mV": [1.0, 2, 3, 4]}
    )
    assert read(frame).fs == 100


def test_frame_with_text_cells() -> None:
    with pytest.raises(FormatError, match="Column 'II_mV'"):
        read(pandas.DataFrame({"time_s": [0, 1], "II_mV": ["a", "b"]}))


@pytest.mark.parametrize("given", [None, STANDARD_LEADS])
def test_frame_of_an_array(given: tuple[str, ...] | None) -> None:
    array = np.random.default_rng(0).normal(size=(12, 5000)).astype(np.float32)
    in_columns = read(pandas.DataFrame(array.T), fs=500, unit="mV", leads=given)
    in_rows = read(pandas.DataFrame(array), fs=500, unit="mV", leads=given)
    assert np.array_equal(in_columns.signals, array)
    assert np.array_equal(in_rows.signals, array)
    assert in_rows.leads == (given or tuple(str(k) for k in range(12)))
    assert in_columns.warnings == ()
    told = ("The DataFrame of shape (12, 5000) is read as 12 leads in rows of 5000 samples.",)
    assert in_rows.warnings == (() if given else told)


def test_frame_with_leads_as_names_of_rows_or_columns() -> None:
    array = np.arange(24.0).reshape(12, 2)
    in_rows = read(pandas.DataFrame(array, index=list(STANDARD_LEADS)), fs=500, unit="mV")
    in_columns = read(pandas.DataFrame(array.T, columns=list(STANDARD_LEADS)), fs=500, unit="mV")
    assert in_rows.leads == in_columns.leads == STANDARD_LEADS
    assert np.array_equal(in_rows.signals, in_columns.signals)


@pytest.mark.parametrize("shape", [(12, 20), (12, 12), (300, 400)])
def test_frame_whose_orientation_is_not_evident(shape: tuple[int, int]) -> None:
    with pytest.raises(FormatError, match=r"not evident whether its leads are in rows or columns.*name the"):
        read(pandas.DataFrame(np.zeros(shape)), fs=100, unit="mV")


def test_empty_frame() -> None:
    with pytest.raises(FormatError, match="no samples"):
        read(pandas.DataFrame({"II_mV": []}), fs=100)
