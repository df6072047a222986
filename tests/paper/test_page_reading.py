"""What is on a page: which base lines are rows, and where one lead's line becomes another's."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.paper.arrangement import Arrangement, Cell
from einthoven.paper.column_runs import column_runs
from einthoven.paper.page_reading import borders_of, row_line, rows_by_pulses
from einthoven.paper.pulses import Pulse
from einthoven.paper.specimen_ink import cover_trace
from einthoven.paper.tracing import RowTrace, follow

SCALE = 8.0
RADIUS = 1.5
BORDER = 200.3


def pulse(foot: float, x: float = 120.0) -> Pulse:
    return Pulse(x, foot - 80.0, 16.0, 80.0, foot, 10.0, 2.0)


def test_a_row_that_wanders_has_one_base_line() -> None:
    pulses = [pulse(foot) for foot in (250.0, 426.0, 590.0, 754.0)]
    assert rows_by_pulses([256.0, 321.0, 427.0, 593.0, 755.0], pulses, SCALE) == [256.0, 427.0, 593.0, 755.0]


def test_rows_without_a_pulse_stay() -> None:
    pulses = [pulse(foot) for foot in (250.0, 426.0, 590.0)]
    zeros = [256.0, 427.0, 593.0, 755.0]  # a rhythm strip below
    assert rows_by_pulses(zeros, pulses, SCALE) == zeros


def test_few_pulses_or_pulses_elsewhere_say_nothing() -> None:
    zeros = [256.0, 321.0, 427.0, 593.0]
    for pulses in (
        [],
        [pulse(250.0), pulse(426.0)],
        [pulse(250.0), pulse(426.0, 900.0), pulse(590.0, 500.0)],
    ):
        assert rows_by_pulses(zeros, pulses, SCALE) == zeros
    far = [pulse(foot) for foot in (100.0, 320.0, 540.0)]
    assert rows_by_pulses(zeros, far, SCALE) == zeros
    assert rows_by_pulses([], far, SCALE) == []


def drawn_leads(jump: float, slope: float) -> tuple[RowTrace, np.ndarray]:
    """Two leads side by side, drawn with a round pen, and the true y at each half column."""
    page = np.zeros((240, 420), np.float32)
    left, right = np.arange(20.0, BORDER, 0.1), np.arange(BORDER, 400.0, 0.1)
    one = 120 + slope * (left - BORDER)
    cover_trace(page, left, one, 2 * RADIUS, 0.0, 240.0)
    other = np.zeros_like(page)
    cover_trace(other, right, np.full(len(right), 120.0 - jump), 2 * RADIUS, 0.0, 240.0)
    (row,) = follow(column_runs(np.maximum(page, other)), [120.0], [[BORDER]])
    at = np.arange(2 * 419 + 1) / 2
    return row, np.where(at < BORDER, 120 + slope * (at - BORDER), 120.0 - jump)


@pytest.mark.parametrize(("jump", "slope"), [(40.0, 0.0), (-30.0, 0.0), (40.0, 3.0), (0.0, 0.0)])
def test_each_lead_goes_on_to_the_border_as_it_was(jump: float, slope: float) -> None:
    row, truth = drawn_leads(jump, slope)
    near = slice(2 * round(BORDER) - 24, 2 * round(BORDER) + 24)
    off = np.abs(row_line(row, [BORDER], RADIUS) - truth)[near]
    assert off.max() < 0.5 + abs(slope)
    if jump:
        assert np.abs(row_line(row, [], RADIUS) - truth)[near].max() > 5.0


def test_a_steep_wave_at_the_border_does_not_carry_the_line_away() -> None:
    page = np.zeros((240, 420), np.float32)
    cover_trace(page, np.array([20.0, BORDER]), np.array([120.0, 120.0]), 2 * RADIUS, 0.0, 240.0)
    x = np.array([BORDER, BORDER + 0.2, BORDER + 8, 400.0])
    wave = np.zeros_like(page)
    cover_trace(wave, x, np.array([150.0, 40.0, 150.0, 150.0]), 2 * RADIUS, 0.0, 240.0)
    (row,) = follow(column_runs(np.maximum(page, wave)), [120.0], [[BORDER]])
    line = row_line(row, [BORDER], RADIUS)
    around = line[2 * round(BORDER) - 24 : 2 * round(BORDER) + 24]
    assert np.isfinite(around).all()
    assert around.min() > 40.0 - 2 * RADIUS


def test_a_lead_that_begins_within_a_wave_is_read_from_its_first_sample() -> None:
    page = np.zeros((240, 420), np.float32)
    cover_trace(page, np.array([20.0, BORDER]), np.array([80.0, 80.0]), 2 * RADIUS, 0.0, 240.0)
    x = np.arange(BORDER, 400.0, 0.1)
    y = 100 + 100 * np.exp(-(x - BORDER) / 8)  # what is left of a deep S wave
    wave = np.zeros_like(page)
    cover_trace(wave, x, y, 2 * RADIUS, 0.0, 240.0)
    (row,) = follow(column_runs(np.maximum(page, wave)), [100.0], [[BORDER]])
    at = np.arange(np.ceil(2 * BORDER), 2 * BORDER + 60) / 2
    line = row_line(row, [BORDER], RADIUS)[(2 * at).astype(int)]
    slope = 12.5 * np.exp(-(at - BORDER) / 8)
    assert (np.abs(line - np.interp(at, x, y)) < 0.5 + 1.2 * slope).all()


def test_leads_with_paper_between_them_and_strips_have_no_border() -> None:
    cells = (
        Cell("I", 0, 100.0, 600.0, True),
        Cell("aVR", 0, 600.0, 1100.0, True),
        Cell("V1", 0, 1120.0, 1620.0, True, 20.0),
        Cell("II", 1, 100.0, 1620.0, True),
    )
    arrangement = Arrangement("1x3+1", cells, 100.0, 1620.0, 4, ())
    assert borders_of(arrangement, 0) == [600.0]
    assert borders_of(arrangement, 1) == []
