"""What is written reads the same, for any recording."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from einthoven.errors import FormatError, SignalError
from einthoven.formats import read, write
from einthoven.recording import Beats, Event, Patient, Recording

SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _samples(largest: float) -> st.SearchStrategy[npt.NDArray[np.float32]]:
    values = st.floats(-largest, largest, width=32) | st.sampled_from([0.0, np.nan, 0.005, -1.25])
    return hnp.arrays(np.float32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12), elements=values)


def _recording(signals: npt.NDArray[np.float32], fs: float = 360.0) -> Recording:
    return Recording(signals, fs, tuple(f"V{k + 1}" for k in range(len(signals))))


@SETTINGS
@given(signals=_samples(1e4), fs=st.sampled_from([50.0, 128.0, 257.5, 360.0, 977.5171065493646, 2000.0]))
def test_wfdb(tmp_path: Path, signals: npt.NDArray[np.float32], fs: float) -> None:
    write(_recording(signals, fs), tmp_path / "x.hea")
    back = read(tmp_path / "x.hea")
    assert back.fs == fs
    assert back.warnings == ()
    _same_within_quantisation(signals, back.signals)


def _same_within_quantisation(signals: npt.NDArray[np.float32], back: npt.NDArray[np.float32]) -> None:
    """16 bits over the lead's range, in steps of 1-2-5, hold every sample within 1/10,000 of the range."""
    np.testing.assert_array_equal(np.isnan(back), np.isnan(signals))
    for lead, other in zip(signals, back, strict=True):
        extent = np.nanmax(np.abs(lead)) if np.isfinite(lead).any() else 0.0
        np.testing.assert_allclose(other, lead, atol=max(1e-5, extent * 1e-4), rtol=0)


@SETTINGS
@given(
    signals=hnp.arrays(
        np.int16, hnp.array_shapes(min_dims=2, max_dims=2, max_side=20), elements=st.integers(-2048, 2047)
    )
)
def test_samples_of_a_common_gain_stay_exact_in_wfdb(tmp_path: Path, signals: npt.NDArray[np.int16]) -> None:
    original = _recording((signals / np.float32(200)).astype(np.float32))
    write(original, tmp_path / "x")
    np.testing.assert_allclose(read(tmp_path / "x").signals, original.signals, rtol=3e-7, atol=0)


@SETTINGS
@given(signals=_samples(1e4), fs=st.sampled_from([50.0, 128.0, 360.0, 1000.0]))
def test_csv(tmp_path: Path, signals: npt.NDArray[np.float32], fs: float) -> None:
    write(_recording(signals, fs), tmp_path / "x.csv")
    # One row has no time step, so the rate must be given there.
    back = read(tmp_path / "x.csv", fs=fs if signals.shape[1] < 2 else None)
    assert back.fs == fs
    np.testing.assert_allclose(back.signals, signals, rtol=1e-6)
    assert back.leads == tuple(f"V{k + 1}" for k in range(len(signals)))


@SETTINGS
@given(signals=_samples(1e3), fs=st.sampled_from([1.0, 12.5, 128.0, 360.0]))
def test_edf(tmp_path: Path, signals: npt.NDArray[np.float32], fs: float) -> None:
    write(_recording(signals, fs), tmp_path / "x.edf")
    back = read(tmp_path / "x.edf")
    assert back.fs == fs
    assert back.warnings == ()
    assert back.events == ()
    _same_within_quantisation(signals, back.signals)


BEATS = Beats.from_symbols([10, 100, 1400, 1500], ["N", "V", "/", "a"])
FULL = Recording(
    np.sin(np.arange(3600, dtype=np.float32) / 30).reshape(2, 1800),
    360,
    ("MLII", "V1"),
    start=datetime(2024, 2, 3, 4, 5, 6, 500000),
    patient=Patient(age=61, sex="male"),
    beats=BEATS,
    events=(Event(0.0, 2.5, "(N"), Event(2.5, 2.5, "(AFIB"), Event(3.0, 0.0, "cough")),
)


@pytest.mark.parametrize("name", ["x.hea", "x.edf"])
def test_beats_events_start_and_sex_come_back(tmp_path: Path, name: str) -> None:
    write(FULL, tmp_path / name)
    back = read(tmp_path / name)
    assert back.beats is not None
    assert back.beats.symbols is not None
    assert BEATS.symbols is not None
    assert back.beats.samples.tolist() == BEATS.samples.tolist()
    assert back.beats.symbols.tolist() == BEATS.symbols.tolist()
    assert [(e.onset, e.duration, e.text) for e in back.events] == [
        (e.onset, e.duration, e.text) for e in FULL.events
    ]
    assert (back.start, back.patient.sex, back.leads) == (FULL.start, "male", FULL.leads)
    assert back.n_samples == FULL.n_samples
    if name == "x.hea":
        assert back.patient.age == 61


def test_beats_of_a_model_are_written_by_class(tmp_path: Path) -> None:
    beats = Beats(np.array([5, 9]), np.array(["S", "Q"]))
    write(replace(FULL, beats=beats), tmp_path / "x")
    back = read(tmp_path / "x").beats
    assert back is not None
    assert back.classes.tolist() == ["S", "Q"]


def test_the_reference_package_reads_what_is_written(tmp_path: Path) -> None:
    wfdb = pytest.importorskip("wfdb")
    write(replace(FULL, events=()), tmp_path / "x")
    theirs = wfdb.rdrecord(str(tmp_path / "x"))
    np.testing.assert_allclose(theirs.p_signal.T, FULL.signals, atol=1e-4)
    assert (theirs.fs, theirs.sig_name, theirs.units) == (360, ["MLII", "V1"], ["mV", "mV"])
    assert theirs.comments == ["Age: 61", "Sex: Male"]
    assert wfdb.rdann(str(tmp_path / "x"), "atr").symbol == ["N", "V", "/", "a"]


def test_edfio_reads_what_is_written(tmp_path: Path) -> None:
    edfio = pytest.importorskip("edfio")
    write(FULL, tmp_path / "x.edf")
    theirs = edfio.read_edf(tmp_path / "x.edf")
    assert theirs.is_continuous
    np.testing.assert_allclose([s.data for s in theirs.signals], FULL.signals, atol=1e-4)
    assert {"beat N", "beat V", "beat /", "(AFIB", "cough"} <= {a.text for a in theirs.annotations}


def test_gaps_are_noted_for_other_readers_of_edf(tmp_path: Path) -> None:
    edfio = pytest.importorskip("edfio")
    signals = FULL.signals.copy()
    signals[0, 360:720] = np.nan
    write(replace(FULL, signals=signals), tmp_path / "x.edf")
    notes = [a for a in edfio.read_edf(tmp_path / "x.edf").annotations if a.text == "missing samples"]
    assert [(a.onset, a.duration) for a in notes] == [(1.0, 1.0)]
    np.testing.assert_array_equal(np.isnan(read(tmp_path / "x.edf").signals), np.isnan(signals))


def test_csv_looks_as_documented(tmp_path: Path) -> None:
    write(Recording(np.array([[0.5, np.nan], [-1, 2]]), 4, ("II", "V1")), tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text() == "time_s,II_mV,V1_mV\n0.000000000,0.5,-1\n0.250000000,,2\n"


def test_a_day_of_missing_samples_and_flat_leads(tmp_path: Path) -> None:
    signals = np.full((3, 50), np.nan, dtype=np.float32)
    signals[1] = 0
    signals[2] = 1e4
    for name in ("x.hea", "x.edf", "x.csv"):
        write(_recording(signals / 100), tmp_path / name)
        np.testing.assert_allclose(read(tmp_path / name).signals, signals / 100, rtol=1e-4)


# --- writing itself ----------------------------------------------------------------------------------


def test_the_suffix_or_the_argument_names_the_format(tmp_path: Path) -> None:
    assert [p.name for p in write(FULL, tmp_path / "a")] == ["a.dat", "a.atr", "a.hea"]
    assert [p.name for p in write(FULL, tmp_path / "b.csv")] == ["b.csv"]
    assert [p.name for p in write(FULL, tmp_path / "c.txt", format="csv")] == ["c.txt"]
    with pytest.raises(FormatError, match=r"'\.xyz'.*allowed: wfdb, csv, edf"):
        write(FULL, tmp_path / "d.xyz")
    with pytest.raises(FormatError, match="Did you mean 'wfdb'"):
        write(FULL, tmp_path / "d", format="wfbd")


def test_refusals(tmp_path: Path) -> None:
    write(FULL, tmp_path / "a.csv")
    with pytest.raises(FormatError, match="exists already"):
        write(FULL, tmp_path / "a.csv", overwrite=False)
    with pytest.raises(FormatError, match="record name"):
        write(FULL, tmp_path / "a b.hea")
    with pytest.raises(FormatError, match="does not exist"):
        write(FULL, tmp_path / "no" / "a.csv")
    with pytest.raises(SignalError, match="nothing to write"):
        write(Recording(np.zeros((1, 0)), 1, ("II",)), tmp_path / "a.csv")
    with pytest.raises(FormatError, match="whole number"):
        write(_recording(np.zeros((1, 9), dtype=np.float32), 977.5171065493646), tmp_path / "a.edf")


def test_the_source_is_never_replaced(tmp_path: Path) -> None:
    write(FULL, tmp_path / "a")
    write(FULL, tmp_path / "b.csv")
    for name in ("a.hea", "b.csv"):
        before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
        with pytest.raises(FormatError, match="never replaced"):
            write(read(tmp_path / name), tmp_path / name)
        assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
    assert write(read(tmp_path / "a.hea"), tmp_path / "a.csv")


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(FULL, tmp_path / "a.csv")
    before = (tmp_path / "a.csv").read_bytes()

    def broken(recording: Recording) -> Callable[..., None]:
        def chunks() -> object:
            yield b"half"
            raise OSError("disk full")

        return chunks()  # type: ignore[return-value]

    monkeypatch.setattr("einthoven.formats.delimited_writer.encode_csv", broken)
    with pytest.raises(OSError, match="disk full"):
        write(FULL, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize("name", ["mitdb/208", "svdb/802", "ludb/data/1"])
def test_real_records_stay_exact(data_root: Path, tmp_path: Path, name: str) -> None:
    path = data_root / f"{name}.hea"
    if not path.is_file():
        pytest.skip(f"{path} is not in EINTHOVEN_DATA")
    original = read(path)
    write(original, tmp_path / "x")
    back = read(tmp_path / "x")
    np.testing.assert_allclose(back.signals, original.signals, atol=3e-5 if "ludb" in name else 3e-7)
    assert back.events == original.events
    if original.beats is not None:
        assert back.beats is not None
        np.testing.assert_array_equal(back.beats.samples, original.beats.samples)
        np.testing.assert_array_equal(back.beats.classes, original.beats.classes)
