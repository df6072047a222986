"""Measurements: known answers from waves that are given, and what cannot be measured says why."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.errors import SignalError
from einthoven.recording import STANDARD_LEADS, Recording
from einthoven.signal.delineation import POINTS, Delineation, delineate
from einthoven.signal.measurements import OVERALL, Measurements, measure
from einthoven.signal.rpeaks import detect_r_peaks
from einthoven.signal.simulator import simulate
from einthoven.signal.typical_beat import ruling_beats

# Milliseconds from the R peak.
MOMENTS = {
    "p_onset": -220, "p_peak": -165, "p_offset": -110, "qrs_onset": -45, "qrs_peak": 0, "qrs_offset": 50,
    "t_onset": 130, "t_peak": 270, "t_offset": 355,
}  # fmt: skip
LEAD_CODES = ["p_amplitude", "q_amplitude", "r_amplitude", "s_amplitude", "t_amplitude", "st_j60"]


def quiet(
    fs: float = 500.0, leads=STANDARD_LEADS, rate: float = 60.0, duration: float = 10.0, **options
) -> Recording:
    still = {"hrv_ms": 0.0, "baseline_mv": 0.0, "muscle_mv": 0.0}
    return simulate(duration, fs, leads, heart_rate=rate, **(still | options))


def given(recording: Recording, **moments: float | None) -> Delineation:
    """A delineation with these moments in every lead; None: no such point."""
    beats = recording.beats.samples
    points = {}
    for point, moment in (MOMENTS | moments).items():
        at = np.full(beats.size, np.nan) if moment is None else beats + moment * recording.fs / 1000
        points[point] = np.tile(at, (recording.n_leads, 1))
    sure = {point: np.isfinite(points[point]).astype(np.float32) for point in POINTS}
    return Delineation(beats, (0, recording.n_samples), **points, confidence=sure)


def overall(measured: Measurements) -> dict[str, float | None]:
    return {value.code: value.value for value in measured.overall}


def lead(measured: Measurements, name: str) -> dict[str, float | None]:
    return {value.code: value.value for value in measured.leads[name]}


def whole(recording: Recording) -> Measurements:
    r_peaks = detect_r_peaks(recording.signals, recording.fs)
    return measure(recording, r_peaks, delineate(recording.signals, recording.fs, r_peaks))


@pytest.mark.parametrize("fs", [128.0, 250.0, 360.0, 500.0, 1000.0])
def test_intervals_are_what_the_waves_say(fs):
    recording = quiet(fs)
    values = overall(measure(recording, recording.beats.samples, given(recording)))
    assert list(values) == list(OVERALL)
    assert values["heart_rate"] == pytest.approx(60, abs=0.5)
    assert values["p_duration"] == pytest.approx(110)
    assert values["pr"] == pytest.approx(175)
    assert values["qrs"] == pytest.approx(95)
    assert values["qt"] == pytest.approx(400)
    for code in ("qtc_bazett", "qtc_fridericia", "qtc_framingham"):
        assert values[code] == pytest.approx(400, abs=2)


def test_corrected_qt_at_another_rate():
    recording = quiet(rate=100.0)
    values = overall(measure(recording, recording.beats.samples, given(recording)))
    assert values["heart_rate"] == pytest.approx(100, abs=0.5)
    assert values["qtc_bazett"] == pytest.approx(400 / 0.6**0.5, rel=0.01)
    assert values["qtc_fridericia"] == pytest.approx(400 / 0.6 ** (1 / 3), rel=0.01)
    assert values["qtc_framingham"] == pytest.approx(400 + 154 * 0.4, rel=0.01)


def test_earliest_and_latest_without_the_lead_that_errs():
    recording = quiet()
    found = given(recording)
    found.qrs_onset[0] -= 60  # 120 ms too early: not believed
    found.qrs_onset[1] -= 5  # 10 ms
    found.qrs_onset[2] -= 3  # 6 ms: the second earliest
    values = overall(measure(recording, recording.beats.samples, found))
    assert values["qrs"] == pytest.approx(95 + 6)


def test_axis_is_that_of_the_dipole():
    # Areas of the simulator's bells: height times width, summed; x to the left, y down.
    x = -0.14 * 8 + 0.85 * 11 - 0.16 * 10
    y = -0.04 * 8 + 1.05 * 11 - 0.20 * 10
    expected = np.rad2deg(np.arctan2(0.87 * y * 2 / 3**0.5, x))
    for leads in (STANDARD_LEADS, ("I", "aVF"), ("II", "III"), ("V1", "aVL", "I", "V2")):
        recording = quiet(leads=leads)
        values = overall(measure(recording, recording.beats.samples, given(recording)))
        assert values["axis_qrs"] == pytest.approx(expected, abs=3), leads
    turned = Recording(-recording.signals, recording.fs, recording.leads)
    values = overall(measure(turned, recording.beats.samples, given(recording)))
    assert values["axis_qrs"] == pytest.approx(expected - 180, abs=3)


def test_amplitudes_and_st_level():
    recording = quiet(500.0, ("II", "V1"))
    raised = recording.signals.copy()
    at = recording.beats.samples[:, None] + np.arange(25, 70)
    raised[0, at[at[:, -1] < recording.n_samples]] += 0.2
    measured = measure(Recording(raised, 500.0, ("II", "V1")), recording.beats.samples, given(recording))
    second, first = lead(measured, "II"), lead(measured, "V1")
    assert list(second) == LEAD_CODES
    beat = recording.signals[:, recording.beats.samples[3] - 150 : recording.beats.samples[3] + 250]
    assert second["r_amplitude"] == pytest.approx(beat[0, 120:180].max(), abs=0.05)
    assert first["s_amplitude"] == pytest.approx(beat[1, 120:180].min(), abs=0.05)
    assert second["t_amplitude"] == pytest.approx(beat[0, 230:].max(), abs=0.05)
    assert second["p_amplitude"] == pytest.approx(beat[0, 40:90].max(), abs=0.03)
    assert second["st_j60"] == pytest.approx(0.2, abs=0.04)
    assert first["st_j60"] == pytest.approx(0.0, abs=0.04)


def test_without_p_waves_there_is_no_pr():
    recording = quiet()
    found = given(recording, p_onset=None, p_peak=None, p_offset=None)
    measured = measure(recording, recording.beats.samples, found)
    by_code = {value.code: value for value in measured.overall}
    for code in ("p_duration", "pr", "axis_p"):
        assert by_code[code].value is None
        assert by_code[code].confidence is None
        assert by_code[code].reason == "No P waves were found."
    assert by_code["qt"].value == pytest.approx(400)


def test_p_waves_of_few_beats_do_not_count():
    recording = quiet()
    found = given(recording)
    found.p_onset[:, 3:] = np.nan
    by_code = {value.code: value for value in measure(recording, recording.beats.samples, found).overall}
    assert by_code["pr"].reason == f"P waves were found in 3 of {len(recording.beats)} beats only."


def test_one_limb_lead_has_no_axis():
    recording = quiet(leads=("II", "V1"))
    by_code = {
        value.code: value for value in measure(recording, recording.beats.samples, given(recording)).overall
    }
    assert "two limb leads" in by_code["axis_qrs"].reason
    assert by_code["qrs"].value == pytest.approx(95)


def test_nothing_usable_is_all_empty_with_a_reason():
    recording = quiet()
    beats = recording.beats.samples
    measured = measure(recording, beats, given(recording), [False] * 12)
    assert {value.reason for value in measured.overall} == {"No lead is usable."}
    assert {value.value for values in measured.leads.values() for value in values} == {None}
    none = np.zeros(0, dtype=np.int64)
    flat = Recording(np.zeros((2, 5000), np.float32), 500.0, ("I", "II"))
    measured = measure(flat, none, delineate(flat.signals, 500.0, none))
    assert {value.reason for value in measured.overall} == {"No beats were found."}


def test_a_lead_that_is_not_usable_is_left_out():
    recording = quiet()
    usable = [name != "V4" for name in recording.leads]
    measured = measure(recording, recording.beats.samples, given(recording), usable)
    assert {value.reason for value in measured.leads["V4"]} == {"The lead is not usable."}
    assert lead(measured, "V5")["r_amplitude"] is not None


def test_missing_samples_are_said_not_counted():
    recording = quiet()
    signals = recording.signals.copy()
    signals[1] = np.nan
    gap = Recording(signals, recording.fs, recording.leads)
    measured = measure(gap, recording.beats.samples, given(recording))
    assert {value.value for value in measured.leads["II"]} == {None}
    assert all(value.reason for value in measured.leads["II"])


def test_premature_ventricular_beats_do_not_rule():
    recording = quiet(pattern="NNNNV", duration=20.0)
    rules = ruling_beats(recording.signals, recording.fs, recording.beats.samples)
    assert rules.tolist() == (recording.beats.symbols == "N").tolist()


def test_confidence_is_a_share():
    measured = whole(quiet(hrv_ms=20.0, muscle_mv=0.02))
    values = [*measured.overall, *(value for values in measured.leads.values() for value in values)]
    assert all((value.value is None) == (value.confidence is None) == bool(value.reason) for value in values)
    assert all(0 <= value.confidence <= 1 for value in values if value.confidence is not None)


@pytest.mark.parametrize("fs", [100.0, 250.0, 360.0, 500.0, 1000.0])
def test_simulated_intervals_end_to_end(fs):
    values = overall(whole(quiet(fs, muscle_mv=0.01, baseline_mv=0.05)))
    assert values["heart_rate"] == pytest.approx(60, abs=1)
    assert values["pr"] == pytest.approx(175, abs=30)
    assert values["qrs"] == pytest.approx(95, abs=20)
    assert values["qt"] == pytest.approx(400, abs=35)
    assert values["axis_qrs"] == pytest.approx(54, abs=6)


def test_real_records(data_root):
    from einthoven.formats import read

    # Sinus bradycardia; left axis deviation; atrial fibrillation.
    bradycardia, left, fibrillation = (
        overall(whole(read(data_root / "ludb" / "data" / f"{name}.hea"))) for name in (1, 11, 8)
    )
    assert 45 <= bradycardia["heart_rate"] < 60
    assert 120 < bradycardia["pr"] < 200
    assert 70 < bradycardia["qrs"] < 120
    assert 420 < bradycardia["qt"] < 520
    assert -90 < left["axis_qrs"] < -15
    assert fibrillation["pr"] is None
    assert fibrillation["qrs"] is not None


def test_contradictions_are_named():
    recording = quiet()
    with pytest.raises(SignalError, match="3 verdicts for 12 leads"):
        measure(recording, recording.beats.samples, given(recording), [True] * 3)
    with pytest.raises(SignalError, match="of 12 leads, the recording has 2"):
        measure(quiet(leads=("I", "II")), recording.beats.samples, given(recording))
