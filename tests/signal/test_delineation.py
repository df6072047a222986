"""Delineation: what it must find whatever the rate, leads and polarity, and what must not disturb it."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.errors import MissingInformationError, SignalError
from einthoven.recording import STANDARD_LEADS
from einthoven.signal.delineation import POINTS, Delineation, delineate, typical_stretch
from einthoven.signal.delineation_input import network_input
from einthoven.signal.delineation_network import training_records, wave_probabilities
from einthoven.signal.delineation_waves import find_waves
from einthoven.signal.simulator import simulate


def simulated(fs: float = 500.0, leads=STANDARD_LEADS, duration: float = 10.0, **options):
    return simulate(duration, fs, leads, heart_rate=60.0, hrv_ms=10.0, **options)


def run(recording, **options) -> Delineation:
    return delineate(recording.signals, recording.fs, recording.beats.samples, **options)


def after_r(found: Delineation, point: str, fs: float) -> np.ndarray:
    """Milliseconds after the R peak, of the inner beats."""
    return ((getattr(found, point) - found.r_peaks) * 1000 / fs)[:, 1:-1]


@pytest.mark.parametrize("fs", [100.0, 128.0, 250.0, 360.0, 500.0, 977.0, 1000.0])
def test_any_rate_gives_the_same_waves(fs):
    recording = simulated(fs)
    found = run(recording)
    assert found.qrs_onset.shape == (12, len(recording.beats))
    assert np.nanmedian(after_r(found, "qrs_onset", fs)) == pytest.approx(-48, abs=14)
    assert np.nanmedian(after_r(found, "qrs_offset", fs)) == pytest.approx(46, abs=14)
    assert np.nanmedian(after_r(found, "t_offset", fs)) == pytest.approx(350, abs=30)
    assert np.nanmedian(after_r(found, "p_onset", fs)) == pytest.approx(-220, abs=25)


@pytest.mark.parametrize("leads", [("II",), ("V2",), ("I", "II", "V5"), STANDARD_LEADS[:6]])
def test_any_leads(leads):
    found = run(simulated(leads=leads))
    assert np.isfinite(found.qrs_onset[:, 1:-1]).all()
    assert np.nanmedian(after_r(found, "qrs_onset", 500.0)) == pytest.approx(-48, abs=14)


def test_waves_are_in_order_and_in_their_beat():
    found = run(simulated(seed=3, muscle_mv=0.03))
    for before, after in (("p_onset", "p_offset"), ("p_offset", "qrs_onset"), ("qrs_onset", "qrs_offset"),
                          ("qrs_offset", "t_onset"), ("t_onset", "t_offset")):  # fmt: skip
        gap = getattr(found, after) - getattr(found, before)
        assert np.nanmin(gap) >= 0, (before, after)
    overlap = found.p_onset[:, 1:] - found.t_offset[:, :-1]
    assert np.nanmin(overlap) >= 0
    for wave in ("p", "qrs", "t"):
        peak = getattr(found, f"{wave}_peak")
        there = np.isfinite(peak)
        assert (peak[there] >= getattr(found, f"{wave}_onset")[there] - 1).all()
        assert (peak[there] <= getattr(found, f"{wave}_offset")[there] + 1).all()


def test_gain_and_polarity_hardly_matter():
    recording = simulated()
    found, turned = run(recording), delineate(-3 * recording.signals, 500.0, recording.beats.samples)
    for point in ("qrs_onset", "qrs_offset", "t_offset"):
        away = np.abs(getattr(found, point) - getattr(turned, point)) * 2
        assert np.nanmedian(away) < 12, point


def test_confidence_is_zero_where_nothing_is():
    found = run(simulated())
    assert tuple(found.confidence) == POINTS
    for point in POINTS:
        there = np.isfinite(getattr(found, point))
        sure = found.confidence[point]
        assert ((sure > 0) == there).all()
        assert sure.max() <= 1


def test_a_lead_left_out_is_empty_and_harms_nothing():
    recording = simulated()
    usable = [lead != "V3" for lead in recording.leads]
    signals = recording.signals.copy()
    signals[8] = 50 * np.random.default_rng(0).normal(size=recording.n_samples)
    found = delineate(signals, 500.0, recording.beats.samples, recording.leads, usable)
    assert np.isnan(found.qrs_onset[8]).all()
    assert np.isfinite(found.qrs_onset[0, 1:-1]).all()


@pytest.mark.parametrize("lost", ["flat", "missing", "gap"])
def test_a_lead_in_trouble(lost):
    recording = simulated()
    signals = recording.signals.copy()
    if lost == "flat":
        signals[4] = 0
    elif lost == "missing":
        signals[4] = np.nan
    else:
        signals[4, 2000:2500] = np.nan
    found = delineate(signals, 500.0, recording.beats.samples)
    others = [row for row in range(12) if row != 4]
    assert np.isfinite(found.qrs_onset[others, 1:-1]).all()


def test_no_beats_no_leads_no_samples():
    none = np.zeros(0, dtype=np.int64)
    assert delineate(np.zeros((3, 5000)), 500.0, none).t_peak.shape == (3, 0)
    assert delineate(np.zeros((0, 5000)), 500.0, [100]).t_peak.shape == (0, 1)
    assert delineate(np.full((2, 500), np.nan), 500.0, [100]).n_beats == 1
    assert np.isnan(delineate(np.full((2, 500), np.nan), 500.0, [100]).qrs_onset).all()


def test_short_signals_do_not_break_it():
    for n in (1, 5, 40, 300):
        found = delineate(np.random.default_rng(n).normal(size=(2, n)), 500.0, [n // 2])
        assert found.qrs_onset.shape == (2, 1)


def test_of_a_long_recording_a_typical_stretch():
    recording = simulated(250.0, ("II", "V1"), duration=300.0)
    found = run(recording)
    start, stop = found.stretch
    assert stop - start == 60 * 250
    assert found.n_beats == pytest.approx(60, abs=3)
    assert found.r_peaks.min() >= start
    assert found.r_peaks.max() < stop
    assert np.nanmedian(after_r(found, "qrs_onset", 250.0)) == pytest.approx(-48, abs=14)


def test_the_typical_stretch_is_typical():
    fast, slow = np.arange(0, 60_000, 250), np.arange(60_000, 200_000, 500)
    start, stop = typical_stretch(np.concatenate((fast, slow)), 500.0, 200_000)
    assert start >= 60_000 - 15_000
    assert stop - start == 30_000
    assert typical_stretch(np.array([3]), 500.0, 100_000) == (0, 30_000)


def test_what_is_wrong_is_named():
    signals = np.zeros((2, 1000), np.float32)
    with pytest.raises(SignalError, match="shape"):
        delineate(signals[0], 500.0, [100])
    with pytest.raises(MissingInformationError, match="Sampling rate"):
        delineate(signals, 0.0, [100])
    with pytest.raises(SignalError, match="1 verdicts for 2 leads"):
        delineate(signals, 500.0, [100], usable=[True])
    with pytest.raises(SignalError, match="strictly increasing"):
        delineate(signals, 500.0, [200, 100])
    with pytest.raises(SignalError, match="within the recording"):
        delineate(signals, 500.0, [5000])


def test_chunks_do_not_show():
    x = network_input(np.random.default_rng(0).normal(size=(2, 12_000)).astype(np.float32))
    whole, part = wave_probabilities(x), wave_probabilities(x[:, 4000:6400])
    np.testing.assert_allclose(whole[:, :, 4900:5100], part[:, :, 900:1100], atol=0.02)


def test_given_certainty_the_boundaries_are_exact():
    p = np.zeros((3, 3, 1000), np.float32)
    p[:, 0, 380:405], p[:, 1, 430:455], p[:, 2, 500:560] = 1, 1, 1
    pwave, qrs, twave = find_waves(p, np.array([440.0]), 250.0)
    assert pwave.onset[:, 0] == pytest.approx(379.5)
    assert qrs.end[:, 0] == pytest.approx(454.5)
    assert (twave.onset[0, 0], twave.end[0, 0]) == pytest.approx((499.5, 559.5))


def test_the_weights_say_what_they_have_seen():
    assert {"2", "100"} <= set(training_records()) <= {str(number) for number in range(1, 101)}
