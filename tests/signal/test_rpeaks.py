"""R-peak detection: what it must find, and what must not disturb it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.errors import MissingInformationError, SignalError
from einthoven.evaluation.matching import match_beats
from einthoven.signal.qrs_input import local_scale, remove_baseline, resampling_ratio, to_network_rate
from einthoven.signal.qrs_network import qrs_probability, training_records
from einthoven.signal.qrs_refine import refine_r_peaks
from einthoven.signal.rpeaks import detect_r_peaks, pick_peaks

RATES = (50.0, 100.0, 128.0, 180.0, 250.0, 257.0, 359.88, 360.0, 500.0, 1000.0, 2000.0)

# P, Q, R, S, T: seconds from the R peak, width in seconds, millivolt.
WAVES = (
    (-0.17, 0.025, 0.12),
    (-0.03, 0.008, -0.1),
    (0.0, 0.011, 1.0),
    (0.03, 0.01, -0.25),
    (0.28, 0.05, 0.3),
)


def ecg(times: np.ndarray, fs: float, seconds: float, gain: float = 1.0) -> np.ndarray:
    """One lead with a beat at each time, float32 millivolt."""
    t = np.arange(round(seconds * fs)) / fs
    x = np.zeros(t.size)
    for beat in times:
        for at, width, height in WAVES:
            x += gain * height * np.exp(-0.5 * ((t - beat - at) / width) ** 2)
    return x.astype(np.float32)


def beat_times(seconds: float, rate: float = 72.0, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    times = 0.6 + np.cumsum(60 / rate * (1 + 0.04 * rng.standard_normal(int(seconds * rate / 60) + 5)))
    return times[times < seconds - 0.4]


def assert_found(found: np.ndarray, times: np.ndarray, fs: float, tolerance: float = 0.15) -> None:
    matches = match_beats(np.rint(times * fs).astype(np.int64), found, tolerance * fs)
    assert not matches.missed.size, f"missed at {times[matches.missed]} s"
    assert not matches.extra.size, f"extra at {found[matches.extra] / fs} s"


@pytest.mark.parametrize("fs", RATES)
def test_finds_every_beat_on_its_peak_at_any_rate(fs):
    times = beat_times(30)
    found = detect_r_peaks(ecg(times, fs, 30)[np.newaxis], fs)
    assert found.dtype == np.int64
    assert_found(found, times, fs, tolerance=1.01 / fs)


@pytest.mark.parametrize("rate", [30.0, 45.0, 72.0, 120.0, 180.0])
def test_finds_every_beat_at_any_heart_rate(rate):
    times = beat_times(40, rate)
    t_waves = 1.0 if rate < 150 else 0.0  # at 180 a minute this T wave would sit on the next beat
    x = ecg(times, 250.0, 40) if t_waves else np.clip(ecg(times, 250.0, 40), -1, 2)
    assert_found(detect_r_peaks(x[np.newaxis], 250.0), times, 250.0)


def test_polarity_and_gain_do_not_matter():
    times = beat_times(30)
    x = ecg(times, 360.0, 30)[np.newaxis]
    expected = detect_r_peaks(x, 360.0)
    for factor in (-1.0, 0.25, 8.0):
        np.testing.assert_array_equal(detect_r_peaks(factor * x, 360.0), expected)


def test_twelve_leads():
    times = beat_times(10)
    leads = np.stack([ecg(times, 500.0, 10, gain) for gain in np.linspace(-1.2, 1.4, 12)])
    assert_found(detect_r_peaks(leads, 500.0), times, 500.0)


@pytest.mark.parametrize("hum", [50.0, 60.0])
def test_hum_as_high_as_the_r_peak(hum):
    times = beat_times(30)
    x = ecg(times, 500.0, 30) + np.sin(2 * np.pi * hum * np.arange(15000) / 500.0).astype(np.float32)
    assert_found(detect_r_peaks(x[np.newaxis], 500.0), times, 500.0)


def test_baseline_wander_five_times_the_r_peak():
    times = beat_times(30)
    x = ecg(times, 360.0, 30) + 5 * np.sin(2 * np.pi * 0.2 * np.arange(10800) / 360.0).astype(np.float32)
    assert_found(detect_r_peaks(x[np.newaxis], 360.0), times, 360.0)


def test_a_pause_of_six_seconds_stays_empty():
    times = beat_times(40)
    times = times[(times < 15) | (times > 21)]
    noise = 0.01 * np.random.default_rng(0).standard_normal(40 * 360).astype(np.float32)
    assert_found(detect_r_peaks((ecg(times, 360.0, 40) + noise)[np.newaxis], 360.0), times, 360.0)


def test_small_beats_after_a_huge_one():
    times = beat_times(30)
    x = ecg(times, 360.0, 30, 0.3) + ecg(times[10:11], 360.0, 30, 4.0)
    assert_found(detect_r_peaks(x[np.newaxis], 360.0), times, 360.0)


@pytest.mark.parametrize("trouble", ["flat", "noise", "missing", "clipped"])
def test_a_lead_in_trouble_does_not_spoil_the_other(trouble):
    times = beat_times(60)
    good = ecg(times, 360.0, 60)
    bad = ecg(times, 360.0, 60, 0.8)
    stretch = slice(20 * 360, 40 * 360)
    if trouble == "noise":
        bad[stretch] += np.random.default_rng(1).standard_normal(20 * 360).astype(np.float32)
    else:
        bad[stretch] = {"flat": 0.0, "missing": np.nan, "clipped": 5.0}[trouble]
    assert_found(detect_r_peaks(np.stack([bad, good]), 360.0), times, 360.0)
    assert_found(detect_r_peaks(np.stack([good, bad]), 360.0), times, 360.0)


def test_leads_that_take_turns():
    times = beat_times(60)
    leads = np.stack([ecg(times, 360.0, 60), ecg(times, 360.0, 60)])
    leads[0, : 29 * 360] = np.nan
    leads[1, 31 * 360 :] = np.nan
    assert_found(detect_r_peaks(leads, 360.0), times, 360.0)


def test_gaps_hold_no_beats_and_cost_none_elsewhere():
    times = beat_times(60)
    x = ecg(times, 360.0, 60) + np.float32(3.0)  # an offset, so that a gap filled with 0 would show
    x[20 * 360 : 30 * 360] = np.nan
    present = times[(times < 19.8) | (times > 30.2)]
    found = detect_r_peaks(x[np.newaxis], 360.0)
    assert not np.any((found > 20.2 * 360) & (found < 29.8 * 360))
    assert not match_beats(np.rint(present * 360).astype(int), found, 54).missed.size


def test_leads_marked_unusable_are_not_looked_at():
    times = beat_times(30)
    x = np.stack([ecg(times, 360.0, 30), 20 * ecg(times + 0.31, 360.0, 30)])
    assert_found(detect_r_peaks(x, 360.0, [True, False]), times, 360.0)
    assert detect_r_peaks(x, 360.0, [False, False]).size == 0


@pytest.mark.parametrize("fs", [50.0, 360.0, 2000.0])
@pytest.mark.parametrize(
    "signals",
    [
        np.zeros((0, 0)),
        np.zeros((2, 0)),
        np.zeros((1, 1)),
        np.ones((1, 5)),
        np.zeros((2, 1000)),
        np.full((2, 1000), 7.5),
        np.full((2, 1000), np.nan),
        np.full((1, 1), np.nan),
        np.full((1, 1000), np.inf),
        np.where(np.arange(4000) % 2, 3e38, -3e38)[np.newaxis],
        np.where(np.arange(4000) == 2000, 1.0, np.nan)[np.newaxis],
        np.where(np.arange(4000) < 2000, 1.0, np.nan)[np.newaxis],
    ],
    ids=["none", "empty", "one", "five", "zero", "flat", "nan", "one-nan", "inf", "huge", "lone", "half"],
)
def test_signals_without_beats_give_none(signals, fs):
    assert detect_r_peaks(signals.astype(np.float32), fs).shape == (0,)


def test_three_seconds_are_enough():
    times = np.array([0.5, 1.3, 2.1])
    assert_found(detect_r_peaks(ecg(times, 360.0, 3)[np.newaxis], 360.0), times, 360.0)


def test_the_end_of_a_steep_beat_at_either_edge_does_no_harm():
    times = np.array([0.0, 0.8, 1.6, 2.4, 3.2, 4.0])
    assert set(np.rint(times[1:-1] * 360)) <= set(detect_r_peaks(ecg(times, 360.0, 4.0)[np.newaxis], 360.0))


@given(
    n=st.integers(1, 3000),
    n_leads=st.integers(1, 3),
    fs=st.floats(50, 2000),
    seed=st.integers(0, 10_000),
    gaps=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_any_noise_gives_increasing_positions_within_the_recording(n, n_leads, fs, seed, gaps):
    rng = np.random.default_rng(seed)
    x = (rng.standard_normal((n_leads, n)) * 10 ** rng.uniform(-4, 3)).astype(np.float32)
    if gaps:
        x[rng.random(x.shape) < 0.1] = np.nan
    found = detect_r_peaks(x, fs)
    assert np.all(np.diff(found) > 0)
    assert not found.size or (found[0] >= 0 and found[-1] < n)


@pytest.mark.parametrize(
    ("signals", "fs", "usable", "error"),
    [
        (np.zeros(100), 360.0, None, SignalError),
        (np.zeros((2, 100)), 360.0, [True], SignalError),
        (np.zeros((2, 100)), 0.0, None, MissingInformationError),
        (np.zeros((2, 100)), float("nan"), None, MissingInformationError),
    ],
)
def test_contradictions_are_named(signals, fs, usable, error):
    with pytest.raises(error, match=r"allowed|State it|give one"):
        detect_r_peaks(signals, fs, usable)


@given(fs=st.floats(20, 5000))
def test_the_network_rate_is_within_one_percent(fs):
    assert 99 <= fs * resampling_ratio(fs) <= 101


@pytest.mark.parametrize("fs", RATES)
def test_resampling_keeps_time_and_height(fs):
    n = round(20 * fs)
    wave = np.sin(2 * np.pi * 7 * np.arange(n) / fs).astype(np.float32)
    x, valid = to_network_rate(wave, fs)
    t = np.arange(x.size) / float(resampling_ratio(fs)) / fs
    assert valid.all()
    np.testing.assert_allclose(x[20:-20], np.sin(2 * np.pi * 7 * t)[20:-20], atol=0.05)


def test_resampling_in_chunks_leaves_no_seam():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(2_300_000).astype(np.float32)
    whole, _ = to_network_rate(x, 360.0)
    part, _ = to_network_rate(x[900_000:1_500_012], 360.0)
    np.testing.assert_allclose(whole[250_000 + 50 : 250_000 + part.size - 50], part[50:-50], atol=1e-5)


@pytest.mark.parametrize("n", [1, 2, 40, 81, 82, 162, 1000])
def test_a_constant_has_no_baseline_left(n):
    x = np.full(n, 3.5, dtype=np.float32)
    np.testing.assert_allclose(remove_baseline(x, np.ones(n, dtype=bool)), 0, atol=1e-5)


def test_the_scale_ignores_one_huge_beat_and_follows_a_lasting_change():
    x = np.zeros(6000, dtype=np.float32)
    x[50::100] = 1.0
    x[3000:] *= 0.2
    x[1050] = 30.0
    scale = local_scale(x)
    assert scale[1050] == pytest.approx(1.0)
    assert scale[5000] == pytest.approx(0.2)


def test_the_network_answers_the_same_in_chunks():
    x = np.random.default_rng(0).standard_normal((2, 50_003)).astype(np.float32)
    whole = qrs_probability(x)
    assert whole.shape == (50_003,)
    np.testing.assert_allclose(
        qrs_probability(x[:, 12_000:22_000])[600:-600], whole[12_600:21_400], atol=1e-5
    )


def test_leads_shown_for_a_while_are_read_while_they_are_shown():
    fs, times = 500.0, beat_times(10, rate=110)
    leads = np.stack([ecg(times, fs, 10, gain) for gain in (0.4, 0.5, 1.0, -1.0, 0.7, 0.3, 1.2, 2.0, 1.5)])
    for first, last, column in ((0.0, 2.5, 0), (2.5, 5.0, 2), (5.0, 7.5, 4), (7.5, 10.0, 6)):
        shown = slice(round(first * fs), round(last * fs))
        for lead in (1 + column, 2 + column):
            kept = leads[lead, shown].copy()
            leads[lead] = np.nan
            leads[lead, shown] = kept
    assert_found(detect_r_peaks(leads, fs), times, fs)  # a strip below four columns
    columns = leads[1:]
    whole = np.abs(times[:, np.newaxis] - (2.5, 5.0, 7.5)).min(axis=1) > 0.1  # not cut by the end of a column
    assert_found(detect_r_peaks(columns, fs), times[whole], fs)
    columns[:, 2000:4000] = np.nan  # nothing is shown for 4 s
    assert_found(detect_r_peaks(columns, fs), times[whole & ((times < 3.9) | (times > 8.1))], fs)


def test_a_wide_low_bump_counts_as_a_sharp_one():
    at = np.arange(200)
    sharp = np.exp(-0.5 * ((at - 100) / 2.0) ** 2)
    wide = 0.4 * np.exp(-0.5 * ((at - 100) / 5.0) ** 2)
    for bump in (sharp, wide):
        assert pick_peaks(bump.astype(np.float32)).tolist() == [100]
    assert pick_peaks((0.1 * sharp).astype(np.float32)).size == 0


def test_refining_stays_on_one_deflection_of_an_rs_complex():
    fs, rng = 500.0, np.random.default_rng(0)
    t = np.arange(60 * 500) / fs
    times = np.arange(1, 59)
    x = np.zeros(t.size)
    for beat in times:  # R and S differ by less than they vary
        x += (1 + 0.1 * rng.standard_normal()) * np.exp(-0.5 * ((t - beat) / 0.01) ** 2)
        x -= (1 + 0.1 * rng.standard_normal() - 0.05) * np.exp(-0.5 * ((t - beat - 0.04) / 0.01) ** 2)
    near = times * fs + rng.integers(-5, 6, times.size)
    offset = refine_r_peaks(x[np.newaxis].astype(np.float32), fs, near) - times * fs
    assert np.all(np.abs(offset - np.median(offset)) < 0.01 * fs)


def test_real_records(data_root):
    from einthoven.evaluation.r_peaks import evaluate_r_peaks

    metrics = evaluate_r_peaks(data_root / "mitdb", records=["108", "203", "207", "208"])
    assert metrics["sensitivity"] > 0.995
    assert metrics["ppv"] > 0.995
    assert metrics["offset_ms"]["median_deviation"] < 10


def test_the_weights_state_what_they_were_trained_on():
    assert {"mitdb/208", "svdb/802"} <= set(training_records())
