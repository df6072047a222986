"""Following traces row by row."""

from __future__ import annotations

import cv2
import numpy as np

from einthoven.paper.column_runs import column_runs
from einthoven.paper.tracing import find_base_lines, find_peaks, follow

HEIGHT, WIDTH, SCALE = 400, 600, 8.0


def drawn(*lines: np.ndarray) -> np.ndarray:
    picture = np.zeros((HEIGHT, WIDTH), np.uint8)
    for y in lines:
        points = np.column_stack((np.arange(WIDTH), y)) * 16
        cv2.polylines(picture, [np.round(points).astype(np.int32)], False, 255, 2, cv2.LINE_AA, 4)
    return picture.astype(np.float32) / 255


def spikes(zero: float, height: float, *at: int) -> np.ndarray:
    x = np.arange(WIDTH)
    return zero - height * sum(np.exp(-(((x - a) / 4.0) ** 2)) for a in at)


def test_base_lines_are_found_and_followed() -> None:
    rows = [spikes(100, 60, 80, 280, 480), spikes(220, 40, 90, 290, 490), np.full(WIDTH, 320.0)]
    ink = column_runs(drawn(*rows))
    zeros = find_base_lines(ink, HEIGHT, SCALE)
    assert np.allclose(zeros, [100, 220, 320], atol=2)
    for trace, y in zip(follow(ink, zeros), rows, strict=True):
        middle = (trace.upper + trace.lower) / 2
        level = y > y.max() - 2
        assert trace.present.all()
        assert np.abs(middle - y)[level].max() < 2.5


def test_a_lead_begins_at_any_height_at_a_border() -> None:
    """It begins within a wave: its ink is far from where the lead before ends, and costs no jump there."""
    border, zero = 300, 100.0
    x = np.arange(WIDTH)
    y = np.where(x < border, zero, zero + 200.0 * np.exp(-(x - border) / 4.0))
    picture = drawn(y)
    picture[round(zero) + 4 : round(zero) + 180, border - 3 : border + 2] = 0  # no ink leads there
    ink = column_runs(picture)
    (alone,), (bordered,) = (follow(ink, [zero], borders) for borders in (None, [[float(border)]]))
    first = slice(border + 2, border + 8)
    assert not alone.present[first].all()
    assert bordered.present[first].all()
    middle = (bordered.upper + bordered.lower) / 2
    assert np.abs(middle - y)[first].max() < 20
    assert np.array_equal(middle[:border], ((alone.upper + alone.lower) / 2)[:border])


def test_nothing_drawn_gives_nothing() -> None:
    ink = column_runs(np.zeros((HEIGHT, WIDTH), np.float32))
    assert find_base_lines(ink, HEIGHT, SCALE) == []
    assert follow(ink, []) == []


def test_peaks_are_those_of_scipy() -> None:
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import find_peaks as reference

    rng = np.random.default_rng(0)
    for _ in range(50):
        values = gaussian_filter1d(rng.random(400), rng.uniform(1, 6))
        distance, prominence = int(rng.integers(1, 60)), float(rng.uniform(0, 0.2))
        expected, _ = reference(values, distance=distance, prominence=prominence)
        assert find_peaks(values, distance, prominence) == expected.tolist()
    assert find_peaks(np.zeros(50), 3, 0.1) == []
