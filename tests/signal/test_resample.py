"""Resampling: length, phase, gain, aliases, gaps, any ratio."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.errors import SignalError
from einthoven.signal.resample import resample

RATES = [(360, 100), (257, 128), (128, 360), (360, 128), (500, 360), (250, 1000 / 3), (360, 127.31415926)]


def tone(frequency: float, fs: float, seconds: float) -> np.ndarray:
    return np.sin(2 * np.pi * frequency * np.arange(round(seconds * fs)) / fs)[np.newaxis, :].astype(
        np.float32
    )


@pytest.mark.parametrize(("fs_in", "fs_out"), RATES)
@pytest.mark.parametrize("frequency", [1.0, 15.0, 35.0])
def test_a_tone_keeps_phase_and_height(fs_in: float, fs_out: float, frequency: float) -> None:
    got = resample(tone(frequency, fs_in, 60), fs_in, fs_out)
    want = tone(frequency, fs_out, 60)
    assert got.shape[1] == round(60 * fs_in) * fs_out // fs_in or got.shape == want.shape
    inner = slice(round(fs_out), -round(fs_out))
    count = min(got.shape[1], want.shape[1])
    np.testing.assert_allclose(got[:, :count][:, inner], want[:, :count][:, inner], atol=3e-3)


def test_phase_does_not_drift_over_a_long_recording() -> None:
    fs_in, fs_out = 360, 127.31415926
    got = resample(tone(10, fs_in, 3000), fs_in, fs_out)
    want = tone(10, fs_out, 3000)[:, : got.shape[1]]
    np.testing.assert_allclose(got[:, -2000:-500], want[:, -2000:-500], atol=3e-3)


def test_what_lies_above_the_new_nyquist_frequency_is_gone() -> None:
    for frequency in (58, 70, 100, 150):
        got = resample(tone(frequency, 360, 30), 360, 100)
        assert np.abs(got[:, 100:-100]).max() < 2e-3


@settings(max_examples=40, deadline=None)
@given(fs_in=st.floats(50, 2000), fs_out=st.floats(50, 2000), n=st.integers(1, 2000), level=st.floats(-5, 5))
def test_length_and_constants_hold_for_any_ratio(fs_in: float, fs_out: float, n: int, level: float) -> None:
    got = resample(np.full((2, n), level, dtype=np.float32), fs_in, fs_out)
    assert got.shape == (2, max(round(n * fs_out / fs_in), 1))
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, level, atol=1e-4)


def test_it_agrees_with_scipy_on_ecg_like_noise() -> None:
    from scipy.signal import butter, resample_poly, sosfiltfilt

    noise = np.random.default_rng(0).standard_normal((1, 20_000))
    smooth = sosfiltfilt(butter(6, 30, fs=360, output="sos"), noise).astype(np.float32)
    ours = resample(smooth, 360, 128)
    theirs = resample_poly(smooth, 16, 45, axis=1)
    inner = slice(200, -200)
    assert np.abs(ours - theirs[:, : ours.shape[1]])[:, inner].max() < 0.01 * np.abs(smooth).max()


def test_there_and_back_gives_the_signal() -> None:
    signal = tone(5, 360, 20) + tone(20, 360, 20)
    back = resample(resample(signal, 360, 500), 500, 360)
    np.testing.assert_allclose(back[:, 360:-360], signal[:, 360:-360], atol=2e-3)


@pytest.mark.parametrize(("fs_in", "fs_out"), [(360, 100), (100, 360), (360, 99.12345)])
def test_gaps_stay_where_they_were(fs_in: float, fs_out: float) -> None:
    signal = tone(2, fs_in, 20)
    start, stop = round(5 * fs_in), round(8 * fs_in)
    signal[0, start:stop] = np.nan
    got = resample(signal, fs_in, fs_out)
    seconds = np.arange(got.shape[1]) / fs_out
    inside = (seconds > 5 + 1 / fs_in) & (seconds < 8 - 1 / fs_in)
    outside = (seconds < 5 - 1 / fs_in) | (seconds > 8 + 1 / fs_in)
    assert np.isnan(got[0, inside]).all()
    assert np.isfinite(got[0, outside]).all()
    far = outside & ((seconds < 4.5) | (seconds > 8.5)) & (seconds > 0.5) & (seconds < 19.5)
    np.testing.assert_allclose(got[0, far], np.sin(2 * np.pi * 2 * seconds[far]), atol=3e-3)


def test_blocks_leave_no_joints() -> None:
    signal = tone(7, 360, 4000)
    got = resample(signal, 360, 128)
    want = tone(7, 128, 4000)
    np.testing.assert_allclose(got[:, 200:-200], want[:, 200:-200], atol=3e-3)


def test_edges_rates_and_shapes() -> None:
    signal = np.arange(10, dtype=np.float32)[np.newaxis, :]
    same = resample(signal, 360, 360)
    np.testing.assert_array_equal(same, signal)
    assert same is not signal
    assert resample(np.zeros((3, 0)), 360, 100).shape == (3, 0)
    assert np.isnan(resample(np.full((1, 50), np.nan), 360, 100)).all()
    for bad in (0, -1, float("nan")):
        with pytest.raises(SignalError, match="fs_out"):
            resample(signal, 360, bad)
    with pytest.raises(SignalError, match="n_leads, n_samples"):
        resample(signal[0], 360, 100)
