"""The line under a pen, from the edges of its ink."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import grey_dilation, grey_erosion

from einthoven.paper.pen import PER_COLUMN, led_to_tips, pen_line, runs

FINE = 20


def edges(line: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray]:
    """Edges in each column of a line given at FINE points a column."""
    reach = int(radius * FINE)
    disc = np.sqrt(np.maximum(radius**2 - (np.arange(-reach, reach + 1) / FINE) ** 2, 0.0))  # not -1e-16
    return tuple(f(line, structure=disc)[FINE // 2 :: FINE] for f in (grey_erosion, grey_dilation))


@settings(max_examples=20, deadline=None)
@given(radius=st.floats(0.6, 1.8), slope=st.floats(-3.0, 3.0))
def test_a_straight_line_lies_between_its_edges(radius: float, slope: float) -> None:
    y = 100 + slope * np.arange(60 * FINE) / FINE
    upper, lower = edges(y, radius)
    found = pen_line(upper, lower, radius)[::PER_COLUMN]
    assert np.abs(found - y[FINE // 2 :: FINE])[6:-6].max() < 0.5


def test_the_tip_of_a_narrow_wave_is_not_cut_off() -> None:
    x = np.arange(80 * FINE) / FINE
    y = 100 - 60 * np.exp(-(((x - 40) / 2.0) ** 2))
    upper, lower = edges(y, 1.2)
    found = pen_line(upper, lower, 1.2)
    middle = (upper + lower) / 2
    assert found.min() == pytest.approx(40.0, abs=4.0)
    assert abs(found.min() - 40.0) < abs(middle.min() - 40.0) / 3


@pytest.mark.parametrize("sign", [1, -1])
def test_a_line_is_led_to_the_tip_of_a_wave_of_which_two_columns_are_left(sign: int) -> None:
    """As on small scans, where the flanks of a wave are too faint."""
    radius = 1.4
    upper, lower = np.full(80, 100 - radius), np.full(80, 100 + radius)
    (upper if sign > 0 else lower)[40:42] = 100 - sign * 90
    fitted = pen_line(upper, lower, radius)
    led = led_to_tips(fitted, upper, lower, radius)
    at = PER_COLUMN * 40 + 1
    assert np.abs(fitted - 100).max() < 70
    assert np.abs(led - 100).max() == pytest.approx(90 - radius, abs=0.1)
    far = np.r_[: at - 16, at + 16 : len(led)]
    assert np.array_equal(led[far], fitted[far])


def test_a_piece_too_short_for_a_tip_stays_as_it_is() -> None:
    edge, line = np.arange(13.0), np.arange(25.0) / 2
    assert np.array_equal(led_to_tips(line, edge - 4.8, edge + 4.8, 4.8), line)


@settings(max_examples=20, deadline=None)
@given(wide=st.floats(3.0, 20.0), high=st.floats(-80.0, 80.0), radius=st.floats(0.8, 1.8))
def test_a_line_that_reaches_its_tips_stays_as_it_is(wide: float, high: float, radius: float) -> None:
    y = 100 + high * np.exp(-(((np.arange(80 * FINE) / FINE - 40) / wide) ** 2))
    upper, lower = edges(y, radius)
    true = y[FINE // 2 :: FINE // PER_COLUMN][: PER_COLUMN * 79 + 1]
    assert np.array_equal(led_to_tips(true, upper, lower, radius), true)


def test_where_no_ink_is_there_is_no_line() -> None:
    upper, lower = np.full(40, 10.0), np.full(40, 12.0)
    upper[15:20] = lower[15:20] = np.nan
    found = pen_line(upper, lower, 1.0)
    assert len(found) == PER_COLUMN * 39 + 1
    assert np.isnan(found[PER_COLUMN * 15 : PER_COLUMN * 19 + 1]).all()
    assert np.isfinite(found[: PER_COLUMN * 14]).all()
    assert np.isnan(pen_line(np.full(9, np.nan), np.full(9, np.nan), 1.0)).all()


@given(st.lists(st.booleans(), max_size=60))
def test_runs_cover_what_is_true_and_nothing_else(mask: list[bool]) -> None:
    covered = np.zeros(len(mask), dtype=bool)
    for first, last in runs(np.array(mask, dtype=bool)):
        assert first < last
        assert not covered[first:last].any()
        covered[first:last] = True
    assert covered.tolist() == mask
