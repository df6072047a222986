"""Calibration pulses by their ink."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from einthoven.paper.pulses import ends_taken_for_pulses, find_pulses, nearest


def ink(width_mm: float, height_mm: float, feet_mm: float = 1.5, scale: float = 8.0) -> np.ndarray:
    picture = np.zeros((500, 400), np.uint8)
    x0, y0 = 100.0, 450.0
    x1, y1 = x0 + width_mm * scale, y0 - height_mm * scale
    feet = feet_mm * scale
    points = [(x0 - feet, y0), (x0, y0), (x0, y1), (x1, y1), (x1, y0), (x1 + feet, y0)]
    cv2.polylines(picture, [np.round(np.array(points) * 16).astype(np.int32)], False, 255, 2, cv2.LINE_AA, 4)
    return picture.astype(np.float32) / 255


@pytest.mark.parametrize(("speed", "gain"), [(25.0, 10.0), (25.0, 5.0), (50.0, 10.0), (25.0, 20.0)])
@pytest.mark.parametrize("feet", [0.0, 1.5])
def test_speed_and_gain_are_read_from_it(speed: float, gain: float, feet: float) -> None:
    (pulse,) = find_pulses(ink(0.2 * speed, gain, feet), 8.0)
    assert pulse.height_mm == pytest.approx(gain, abs=0.25)
    assert pulse.width_mm == pytest.approx(0.2 * speed, abs=0.2)
    assert (pulse.speed, pulse.gain) == (speed, gain)
    assert pulse.foot == pytest.approx(450, abs=1.5)


@pytest.mark.parametrize("gain", [5.0, 10.0])
@pytest.mark.parametrize("too_large", [0.8, 1.3])
def test_its_shape_gives_the_scale(gain: float, too_large: float) -> None:
    (pulse,) = find_pulses(ink(5.0 * too_large, gain * too_large), 8.0)
    assert pulse.scale == pytest.approx(too_large, rel=0.03)


def test_a_narrow_pulse_gives_no_scale() -> None:
    (pulse,) = find_pulses(ink(2.5, 10.0), 8.0)  # 100 ms, or 20 mm/mV
    assert pulse.scale is None


def test_other_shapes_are_no_pulses() -> None:
    letter = np.zeros((200, 200), np.uint8)
    cv2.putText(letter, "V3", (50, 120), cv2.FONT_HERSHEY_SIMPLEX, 2.0, 255, 3)
    assert find_pulses(letter.astype(np.float32) / 255, 8.0) == []
    line = np.zeros((200, 200), np.float32)
    line[20:180, 99:101] = 1
    assert find_pulses(line, 8.0) == []
    assert find_pulses(np.zeros((50, 50), np.float32), 8.0) == []


def test_only_values_in_use_are_taken() -> None:
    assert nearest(10.6, (5.0, 10.0, 20.0)) == 10.0
    assert nearest(14.0, (5.0, 10.0, 20.0)) is None
    assert nearest(0.0, (5.0, 10.0)) is None


@pytest.mark.parametrize(
    ("run_up", "wide", "beyond", "is_end"),
    [(220, 26, 0, True), (40, 26, 0, False), (220, 74, 0, False), (220, 26, 220, False)],
    ids=["a step at the end of a trace", "in front of the traces", "as long as a pulse", "the trace goes on"],
)
def test_a_step_at_the_end_of_a_trace_is_no_pulse(run_up: int, wide: int, beyond: int, is_end: bool) -> None:
    cover, trace = np.zeros((2, 240, 600), np.float32)
    x = 300
    trace[150:153, x - run_up : x] = 1.0
    trace[80:153, x - 3 : x] = 0.6  # its flank
    trace[150:153, x + wide : x + wide + beyond] = 1.0
    cover[80:83, x : x + wide] = 0.8
    given = ends_taken_for_pulses(cover, trace, find_pulses(cover, 8.0), 8.0)
    assert given.sum() == pytest.approx(cover.sum() if is_end else 0.0)


def test_a_pulse_at_the_end_of_a_trace_stays_one() -> None:
    cover, trace = np.zeros((2, 240, 600), np.float32)
    trace[150:153, 60:300] = 1.0
    cover[150:153, 300:312] = cover[150:153, 332:344] = 1.0
    cover[70:153, 310:313] = cover[70:153, 331:334] = 1.0  # 100 mm/s would be as narrow
    cover[70:73, 310:334] = 1.0
    pulses = find_pulses(cover, 8.0)
    assert len(pulses) == 1
    assert not ends_taken_for_pulses(cover, trace, pulses, 8.0).any()
