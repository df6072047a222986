"""From samples to points: no peak is lost, nothing is drawn where nothing was measured."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from einthoven.paper.canvas_svg import UNITS_PER_MM, path_data
from einthoven.paper.trace import trace_runs

finite = st.floats(-20, 20, width=32)


def draw(values: np.ndarray, fs: float = 360.0, **change: float) -> tuple[np.ndarray, ...]:
    scale = {"x": 0.0, "baseline": 0.0, "speed": 25.0, "gain": 10.0, "top": -1e6, "bottom": 1e6} | change
    return trace_runs(values, fs, **scale)


@given(arrays(np.float32, st.integers(1, 3000), elements=finite), st.sampled_from([0.5, 4.0, 25.0]))
def test_thinning_keeps_extremes_and_bounds_the_points(values: np.ndarray, speed: float) -> None:
    (run,) = draw(values, fs=1000.0, speed=speed, resolution=0.1)
    assert run[:, 1].min() == pytest.approx(-10 * values.max(), abs=1e-4)
    assert run[:, 1].max() == pytest.approx(-10 * values.min(), abs=1e-4)
    columns = int(len(values) * speed / 1000 / 0.1) + 1
    assert len(run) <= max(2 * columns, 2 * len(values) * (speed / 1000 * 2 < 0.1), len(values))
    assert np.all(np.diff(run[:, 0]) >= 0)


@given(st.integers(5, 1995))
def test_every_r_peak_survives_a_minute_a_row(at: int) -> None:
    """One sample of 1 mV among 60 s at 360 Hz, at 4 mm/s, keeps its height and moves by at most 0.1 mm."""
    values = np.zeros(21600, np.float32)
    values[at * 10] = 1.0
    (run,) = draw(values, speed=4.0, resolution=0.1)
    top = run[run[:, 1].argmin()]
    assert top[1] == -10.0
    assert top[0] == pytest.approx(at * 10 / 360 * 4.0, abs=0.1)


@given(arrays(np.float32, st.integers(1, 400), elements=st.one_of(finite, st.just(np.nan))))
def test_missing_samples_leave_no_ink(values: np.ndarray) -> None:
    runs = draw(values)
    assert sum(len(run) for run in runs) == np.isfinite(values).sum()
    present = np.flatnonzero(np.isfinite(values))
    drawn = np.concatenate([run[:, 0] for run in runs]) if runs else np.zeros(0)
    assert np.allclose(drawn, present * 25 / 360)


@given(arrays(np.float32, st.integers(2, 400), elements=finite))
def test_clipping_ends_at_the_border(values: np.ndarray) -> None:
    runs = draw(values, top=-30.0, bottom=20.0)
    for run in runs:
        assert run[:, 1].min() >= -30.0 - 1e-9
        assert run[:, 1].max() <= 20.0 + 1e-9
    inside = (values * -10 >= -30) & (values * -10 <= 20)
    drawn = sum(len(run) for run in runs)
    assert drawn >= inside.sum()


def test_a_line_across_the_border_is_cut_where_it_crosses() -> None:
    (run,) = draw(np.array([0.0, 2.0]), fs=1.0, speed=10.0, top=-10.0)
    assert run.tolist() == [[0.0, 0.0], [5.0, -10.0]]


def test_a_line_through_the_whole_strip_is_cut_twice() -> None:
    (run,) = draw(np.array([-2.0, 2.0]), fs=1.0, speed=10.0, top=-10.0, bottom=10.0)
    assert run.tolist() == [[2.5, 10.0], [7.5, -10.0]]


def test_nothing_is_drawn_from_nothing() -> None:
    assert draw(np.zeros(0)) == ()
    assert draw(np.full(10, np.nan)) == ()


def test_a_lone_sample_is_a_dot() -> None:
    (run,) = draw(np.array([np.nan, 1.0, np.nan]))
    assert path_data(run) == f"M{round(25 / 360 * UNITS_PER_MM)} -200h0"


@given(arrays(np.float64, st.tuples(st.integers(2, 60), st.just(2)), elements=st.floats(-40, 40)))
def test_path_data_keeps_the_polyline(points: np.ndarray) -> None:
    """Merged steps of one direction still pass through every rounded point, and end where they ended."""
    data = path_data(points)
    numbers = [
        int(text)
        for text in data.replace("M", "").replace("h0", "").replace("l", " ").replace("-", " -").split()
    ]
    drawn = np.cumsum(np.array(numbers).reshape(-1, 2), axis=0)
    wanted = np.rint(points * UNITS_PER_MM)
    assert drawn[-1].tolist() == wanted[-1].tolist()
    for axis in (0, 1):
        assert drawn[:, axis].min() == wanted[:, axis].min()
        assert drawn[:, axis].max() == wanted[:, axis].max()
