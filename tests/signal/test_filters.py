"""Filters: known answers for tones and pulses, agreement with scipy, gaps, short and long signals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.errors import SignalError
from einthoven.signal.filters import bandpass, highpass, lowpass, notch, remove_baseline
from einthoven.signal.gaps import bridge_gaps, runs


def tone(frequency: float, fs: float, seconds: float = 20.0) -> np.ndarray:
    return np.sin(2 * np.pi * frequency * np.arange(round(seconds * fs)) / fs)[np.newaxis, :].astype(
        np.float32
    )


def gain(before: np.ndarray, after: np.ndarray) -> float:
    middle = slice(before.shape[1] // 4, 3 * before.shape[1] // 4)
    return float(np.std(after[:, middle]) / np.std(before[:, middle]))


@pytest.mark.parametrize("fs", [50, 128, 360, 500, 2000])
def test_a_tone_in_the_band_passes_and_one_outside_does_not(fs: float) -> None:
    assert gain(tone(7, fs), bandpass(tone(7, fs), fs, 0.5, 20)) == pytest.approx(1, abs=0.03)
    assert gain(tone(0.1, fs, 60), bandpass(tone(0.1, fs, 60), fs, 0.5, 20)) < 0.01
    assert gain(tone(0.1, fs, 60), remove_baseline(tone(0.1, fs, 60), fs)) < 0.01
    assert gain(tone(1, fs), lowpass(tone(1, fs), fs, 20)) == pytest.approx(1, abs=0.001)
    if fs > 50:
        assert gain(tone(60, fs), lowpass(tone(60, fs), fs, 10)) < 0.001


def test_the_cut_off_is_6_db_down() -> None:
    assert gain(tone(10, 360), lowpass(tone(10, 360), 360, 10)) == pytest.approx(0.5, abs=0.002)
    assert gain(tone(10, 360), highpass(tone(10, 360), 360, 10)) == pytest.approx(0.5, abs=0.002)


@pytest.mark.parametrize("mains", [50, 60])
def test_the_notch_takes_the_hum_and_leaves_its_neighbours(mains: float) -> None:
    assert gain(tone(mains, 360), notch(tone(mains, 360), 360, mains)) < 0.001
    for near in (mains - 10, mains + 10):
        assert gain(tone(near, 360), notch(tone(near, 360), 360, mains)) == pytest.approx(1, abs=0.02)
    assert gain(tone(mains - 1, 360), notch(tone(mains - 1, 360), 360, mains)) == pytest.approx(0.5, abs=0.02)


def test_filters_equal_scipy_run_forwards_and_backwards() -> None:
    from scipy.signal import butter, filtfilt, iirnotch, sosfiltfilt

    fs = 250
    noise = np.random.default_rng(1).standard_normal((2, 200_000)).astype(np.float32)
    inner = slice(5000, -5000)  # the two differ in how they start and end, not in between
    for ours, theirs in (
        (lowpass(noise, fs, 40), sosfiltfilt(butter(2, 40, "low", fs=fs, output="sos"), noise)),
        (highpass(noise, fs, 0.5), sosfiltfilt(butter(2, 0.5, "high", fs=fs, output="sos"), noise)),
        (notch(noise, fs, 50), filtfilt(*iirnotch(50, 25, fs=fs), noise)),
    ):
        np.testing.assert_allclose(ours[:, inner], theirs[:, inner], atol=2e-5)


def test_an_impulse_stays_where_it_is_and_spreads_evenly() -> None:
    pulse = np.zeros((1, 2001), dtype=np.float32)
    pulse[0, 1000] = 1
    for filtered in (lowpass(pulse, 360, 30), bandpass(pulse, 360, 1, 30), notch(pulse, 360, 60)):
        assert np.argmax(filtered) == 1000
        np.testing.assert_allclose(filtered, filtered[:, ::-1], atol=1e-6)


def test_blocks_leave_no_joints() -> None:
    from scipy.signal import butter, sosfiltfilt

    walk = np.cumsum(np.random.default_rng(2).standard_normal((1, 400_000)), axis=1).astype(np.float32) / 50
    whole = sosfiltfilt(butter(2, 0.5, "high", fs=360, output="sos"), walk.astype(np.float64))
    difference = np.abs(highpass(walk, 360, 0.5) - whole)[:, 5000:-5000]
    assert difference.max() < 1e-4 * np.abs(walk).max()


def test_gaps_stay_and_do_not_ring() -> None:
    signal = tone(5, 360) + 3
    signal[0, 1000:1500] = np.nan
    signal[0, :10] = np.nan
    signal[0, -5:] = np.inf
    filtered = bandpass(signal, 360, 0.5, 40)
    np.testing.assert_array_equal(np.isnan(filtered), ~np.isfinite(signal))
    assert np.nanmax(np.abs(filtered)) < 1.6


def test_an_offset_leaves_no_transient_at_the_ends() -> None:
    level = np.full((1, 3000), 250, dtype=np.float32)
    assert np.abs(highpass(level, 360, 0.5)).max() < 1e-3
    np.testing.assert_allclose(lowpass(level, 360, 40), level, rtol=1e-6)


@pytest.mark.parametrize("n_samples", [0, 1, 2, 7, 50])
def test_short_signals_work(n_samples: int) -> None:
    short = np.ones((2, n_samples), dtype=np.float32)
    for filtered in (lowpass(short, 360, 40), bandpass(short, 360, 0.5, 40), notch(short, 360, 60)):
        assert filtered.shape == short.shape
        assert filtered.dtype == np.float32
        assert np.isfinite(filtered).all()


def test_all_nan_stays_all_nan() -> None:
    assert np.isnan(bandpass(np.full((2, 500), np.nan), 360, 0.5, 40)).all()


def test_the_input_is_not_changed() -> None:
    signal = tone(5, 360)
    signal[0, 5] = np.nan
    before = signal.copy()
    lowpass(signal, 360, 40)
    np.testing.assert_array_equal(signal, before)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda s: lowpass(s, 50, 25), "25 Hz"),
        (lambda s: highpass(s, 360, 0), "low=0"),
        (lambda s: bandpass(s, 360, 20, 10), "empty"),
        (lambda s: notch(s, 100, 60), "mains=60"),
        (lambda s: notch(s, 360, 60, width=0), "width"),
        (lambda s: lowpass(s, 0, 10), "fs=0"),
        (lambda s: lowpass(s[0], 360, 10), "n_leads, n_samples"),
    ],
)
def test_what_cannot_be_done_is_said(call, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SignalError, match=words):
        call(np.zeros((1, 100), dtype=np.float32))


@settings(max_examples=30, deadline=None)
@given(
    fs=st.floats(50, 2000),
    share=st.floats(0.01, 0.95),
    n=st.integers(1, 3000),
    seed=st.integers(0, 2**31),
)
def test_low_and_high_pass_add_up_to_the_signal(fs: float, share: float, n: int, seed: int) -> None:
    signal = np.random.default_rng(seed).standard_normal((1, n)).astype(np.float32)
    cutoff = share * fs / 2
    both = lowpass(signal, fs, cutoff) + highpass(signal, fs, cutoff)
    np.testing.assert_allclose(both, signal, atol=1e-4)


def test_a_day_in_blocks_is_finite_at_the_slowest_cut_off() -> None:
    signal = np.random.default_rng(3).standard_normal((1, 3_000_000)).astype(np.float32)
    assert np.isfinite(highpass(signal, 2000, 0.05)).all()


@given(st.lists(st.booleans(), max_size=40))
def test_runs_rebuild_the_mask(values: list[bool]) -> None:
    mask = np.array(values, dtype=bool)
    rebuilt = np.zeros_like(mask)
    for start, stop in zip(*runs(mask), strict=True):
        assert stop > start
        rebuilt[start:stop] = True
    np.testing.assert_array_equal(rebuilt, mask)


def test_bridges_are_straight() -> None:
    filled, missing = bridge_gaps(np.array([np.nan, 1, np.nan, np.nan, np.nan, 5, np.nan], dtype=np.float32))
    np.testing.assert_allclose(filled, [1, 1, 2, 3, 4, 5, 5])
    assert missing is not None
    assert missing.sum() == 5
