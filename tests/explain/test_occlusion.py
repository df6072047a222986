"""Occlusion against networks of known taste: it must find where they look, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.errors import SignalError
from einthoven.explain.cells import PARTS, parts_of_beats
from einthoven.explain.occlusion import MOST_ROWS, occlusion, on_recording
from einthoven.recording import STANDARD_LEADS, Recording
from einthoven.signal.simulator import simulate

FS = 100.0
V2 = STANDARD_LEADS.index("V2")
ALL = np.ones((1, 12), np.float32)


def sigmoid(score: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-score))


def looks_at(lead: int, first: int, last: int, scale: float = 4.0):
    """Return a network of two classes that sees how much one stretch of one lead moves, and nothing else."""

    def probabilities(windows: np.ndarray, known: np.ndarray) -> np.ndarray:
        p = sigmoid(scale * (np.abs(windows[:, lead, first:last]).mean(axis=1) * 10 - 1))
        return np.column_stack((1 - p, p)).astype(np.float32)

    return probabilities


@pytest.fixture(scope="module")
def record() -> Recording:
    return simulate(duration=10.0, fs=FS, leads=STANDARD_LEADS, seed=3, heart_rate=70)


@pytest.fixture(scope="module")
def peaks(record: Recording) -> np.ndarray:
    assert record.beats is not None
    return record.beats.samples


def test_a_network_that_looks_at_v2_from_3_to_4_seconds_is_explained_so(record: Recording) -> None:
    maps = occlusion(looks_at(V2, 300, 400), record.signals[np.newaxis], ALL, [1], fs=FS)
    shown = on_recording(maps[0], [0.0], FS, record)
    assert shown.shape == record.signals.shape
    assert shown.dtype == np.float32
    assert shown.max() == 1 and shown.min() == 0
    others = np.delete(shown, V2, axis=0)
    assert others.max() == 0
    inside = shown[V2, 300:400]
    assert inside.max() == 1
    assert max(shown[V2, :295].max(), shown[V2, 405:].max()) < 0.02  # stretches fade into their neighbours


def test_what_speaks_for_one_class_does_not_speak_for_its_opposite(record: Recording) -> None:
    maps = occlusion(looks_at(V2, 300, 400), record.signals[np.newaxis], ALL, [0, 1], fs=FS)
    assert maps.shape == (2, 1, 12, 1000)
    best = int(maps[1, 0, V2].argmax())
    assert maps[0, 0, V2, best] == 0  # wiping it out makes class 0 likelier
    assert 300 <= best < 400


def test_a_network_that_looks_at_the_st_segment_of_v2_is_explained_so(
    record: Recording, peaks: np.ndarray
) -> None:
    parts = parts_of_beats(peaks, 1000, FS)
    lifted = record.signals.copy()
    lifted[V2, parts == PARTS.index("ST")] += 0.3

    def probabilities(windows: np.ndarray, known: np.ndarray) -> np.ndarray:
        level = windows[:, V2][:, parts == PARTS.index("ST")].mean(axis=1)
        return sigmoid(20 * (level - 0.2))[:, np.newaxis]

    maps = occlusion(probabilities, lifted[np.newaxis], ALL, [0], fs=FS, r_peaks=[peaks])
    shown = on_recording(maps[0], [0.0], FS, record)
    assert np.delete(shown, V2, axis=0).max() == 0
    of_part = [float(shown[V2, parts == code].mean()) for code in range(len(PARTS))]
    assert int(np.argmax(of_part)) == PARTS.index("ST")
    assert of_part[PARTS.index("ST")] > 3 * sorted(of_part)[-2]


def test_one_odd_beat_gets_the_relevance(record: Recording, peaks: np.ndarray) -> None:
    odd = int(peaks[5])
    maps = occlusion(
        looks_at(V2, odd - 5, odd + 6), record.signals[np.newaxis], ALL, [1], fs=FS, r_peaks=[peaks]
    )
    shown = on_recording(maps[0], [0.0], FS, record)[V2]
    assert shown[odd] == 1
    assert shown[np.delete(peaks, 5)].max() < 0.05


@pytest.mark.parametrize("n", [1, 2, 3, 6])
@pytest.mark.parametrize("with_peaks", [False, True])
def test_the_network_is_asked_a_bounded_number_of_rows(
    record: Recording, peaks: np.ndarray, n: int, with_peaks: bool
) -> None:
    asked = []

    def probabilities(windows: np.ndarray, known: np.ndarray) -> np.ndarray:
        assert windows.shape[1:] == (12, 1000) and known.shape == (len(windows), 12)
        asked.append(len(windows))
        return np.full((len(windows), 2), 0.5, np.float32)

    windows = np.repeat(record.signals[np.newaxis], n, axis=0)
    peaks_ = [peaks] * n if with_peaks else None
    maps = occlusion(probabilities, windows, np.repeat(ALL, n, axis=0), [1], fs=FS, r_peaks=peaks_)
    assert sum(asked) <= max(MOST_ROWS, n * (12 * 6 + 1))
    assert max(asked) <= 100
    assert maps.max() == 0


def test_leads_that_are_not_there_have_no_relevance_and_cost_no_rows(record: Recording) -> None:
    known = np.zeros((1, 12), np.float32)
    known[0, :2] = 1
    asked = []

    def probabilities(windows: np.ndarray, there: np.ndarray) -> np.ndarray:
        assert (there == known).all()
        asked.append(len(windows))
        return sigmoid(np.abs(windows).mean(axis=(1, 2)))[:, np.newaxis]

    maps = occlusion(probabilities, record.signals[np.newaxis], known, [0], fs=FS)
    assert sum(asked) == 1 + 2 * 20
    assert maps[0, 0, :2].max() > 0
    assert maps[0, 0, 2:].max() == 0


def test_two_windows_land_where_they_were_cut_and_at_the_recordings_rate() -> None:
    long = simulate(duration=20.0, fs=500.0, leads=("V2", "II", "MLII"), seed=3)
    windows = np.zeros((2, 12, 1000), np.float32)
    for i in range(2):
        windows[i, V2] = long.signals[0, ::5][1000 * i : 1000 * i + 1000]
    known = np.zeros((2, 12), np.float32)
    known[:, V2] = 1
    windows[1, V2] *= 0.2
    maps = occlusion(looks_at(V2, 300, 400), windows, known, [1], fs=FS)
    shown = on_recording(maps[0], [0.0, 10.0], FS, long)
    assert shown.shape == (3, 10000)
    assert shown[1:].max() == 0
    assert shown[0, 1500:2000].max() == 1
    assert shown[0, 6500:7000].max() < 0.5  # the window that hardly shows it adds little


def test_shapes_that_do_not_fit_are_named() -> None:
    with pytest.raises(SignalError, match=r"\(1, 12, 10\) and known \(1, 2\)"):
        occlusion(lambda w, k: w, np.zeros((1, 12, 10)), np.zeros((1, 2)), [0], fs=FS)
    with pytest.raises(SignalError, match="2 lists of R peaks for 1 windows"):
        occlusion(lambda w, k: w, np.zeros((1, 12, 10)), ALL, [0], fs=FS, r_peaks=[np.zeros(0, np.int64)] * 2)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 999), max_size=40, unique=True).map(sorted),
    st.integers(1, 1000),
    st.integers(0, 2**31),
)
def test_whatever_the_beats_and_lengths_maps_are_finite_and_not_negative(
    beats: list[int], n_samples: int, seed: int
) -> None:
    window = np.random.default_rng(seed).normal(size=(1, 2, n_samples)).astype(np.float32)
    peaks = np.array([beat for beat in beats if beat < n_samples], np.int64)

    def probabilities(windows: np.ndarray, known: np.ndarray) -> np.ndarray:
        assert np.isfinite(windows).all()
        return sigmoid(np.abs(windows).mean(axis=(1, 2)))[:, np.newaxis]

    for r_peaks in (None, [peaks]):
        maps = occlusion(probabilities, window, np.ones((1, 2)), [0], fs=FS, r_peaks=r_peaks)
        assert maps.shape == (1, 1, 2, n_samples)
        assert np.isfinite(maps).all() and maps.min() >= 0


def test_missing_samples_of_a_window_do_not_spread(record: Recording) -> None:
    shown = on_recording(np.zeros((1, 12, 1000), np.float32), [0.0], FS, record)
    assert shown.max() == 0
