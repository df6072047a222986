"""What is on a page: which base lines are rows."""

from __future__ import annotations

from einthoven.paper.page_reading import rows_by_pulses
from einthoven.paper.pulses import Pulse

SCALE = 8.0


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
