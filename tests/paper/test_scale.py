"""True to scale: millimetres in SVG units and PNG pixels, for samples with known answers."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np
import pytest

from einthoven.paper import render
from einthoven.paper.canvas_svg import UNITS_PER_MM
from einthoven.paper.drawing import INK
from einthoven.paper.geometry import GUTTER
from einthoven.recording import Recording

FS = 500.0
SVG = "{http://www.w3.org/2000/svg}"


def square_wave(millivolt: float = 1.0) -> Recording:
    """One pulse from 2.0 s to 3.0 s in 10 s of silence."""
    signals = np.zeros((1, 5000), np.float32)
    signals[0, 1000:1500] = millivolt
    return Recording(signals, FS, ("II",), "square")


def points(data: str) -> np.ndarray:
    """Return the absolute points of a path made of M, l and h commands, in mm."""
    at, found = np.zeros(2), []
    for command, numbers in re.findall(r"([MlhvHV])([^MlhvHV]*)", data):
        values = np.array([int(text) for text in re.findall(r"-?\d+", numbers)], dtype=float)
        if command == "M":
            at = values
            found.append(at)
        elif command == "l":
            for step in values.reshape(-1, 2):
                at = at + step
                found.append(at)
    return np.array(found) / UNITS_PER_MM


def traces(svg: str) -> list[np.ndarray]:
    """Return the points of all traces: calibration pulse and leads."""
    root = ET.fromstring(svg)
    return [points(path.get("d", "")) for path in root.iter(f"{SVG}path") if path.get("stroke") == INK]


def lead_trace(svg: str) -> np.ndarray:
    return max(traces(svg), key=lambda trace: np.ptp(trace[:, 0]))


def ink(image: object) -> np.ndarray:
    """Return which pixels are dark."""
    return np.asarray(image).sum(axis=2) < 250


@pytest.mark.parametrize(("speed", "gain"), [(25.0, 10.0), (50.0, 10.0), (25.0, 5.0), (25.0, 20.0)])
def test_svg_draws_one_millivolt_and_one_second_to_scale(speed: float, gain: float) -> None:
    trace = lead_trace(render(square_wave(), speed=speed, gain=gain, seconds=5.0))
    assert np.ptp(trace[:, 1]) == pytest.approx(gain, abs=0.05)
    upper = trace[trace[:, 1] < trace[:, 1].min() + 0.01, 0]
    assert np.ptp(upper) == pytest.approx(speed, abs=0.11)  # 499 of 500 sample steps, and rounding
    assert upper.min() == pytest.approx(GUTTER + 2.0 * speed, abs=0.06)


def test_svg_calibration_pulse_is_one_millivolt_for_200_ms() -> None:
    svg = render(square_wave())
    pulse = min(traces(svg), key=lambda trace: np.ptp(trace[:, 0]))
    assert np.ptp(pulse[:, 1]) == 10.0
    assert pulse[3, 0] - pulse[2, 0] == 5.0


def test_svg_states_its_size_in_millimetres_and_a_matching_view_box() -> None:
    root = ET.fromstring(render(square_wave()))
    width, height = (float(root.get(key, "").removesuffix("mm")) for key in ("width", "height"))
    box = [float(text) for text in root.get("viewBox", "").split()]
    assert width == GUTTER + 250.0
    assert box == [0, 0, width * UNITS_PER_MM, height * UNITS_PER_MM]


def test_grid_lines_stand_every_millimetre_and_heavier_every_five() -> None:
    root = ET.fromstring(render(square_wave()))
    grids = [
        path.get("d", "") for path in root.iter(f"{SVG}path") if path.get("stroke") in ("#f9dddb", "#eeaeab")
    ]
    for data, step in zip(grids, (1.0, 5.0), strict=True):
        lines = np.array([int(x) for x in re.findall(r"M(\d+) \d+v", data)]) / UNITS_PER_MM
        assert set(np.diff(lines)) == {step}
        assert lines[0] == 0.0


@pytest.mark.parametrize("dpi", [100.0, 150.0, 254.0])
def test_png_draws_one_millivolt_and_one_second_to_scale(dpi: float) -> None:
    image = render(square_wave(), format="png", dpi=dpi)
    per_mm = dpi / 25.4
    assert image.size[0] == round(265 * per_mm)
    assert image.info["dpi"] == (dpi, dpi)
    dark = ink(image)
    # The flank at 2 s is a vertical line from the base line to 1 mV.
    column = round((GUTTER + 50.0) * per_mm)
    rows = np.flatnonzero(dark[:, column - 2 : column + 3].any(axis=1))
    assert np.ptp(rows) == pytest.approx(10.0 * per_mm, abs=0.35 * per_mm + 2)
    upper = np.flatnonzero(
        dark[rows[0] : rows[0] + max(2, round(0.2 * per_mm)), round(20 * per_mm) :].any(axis=0)
    )
    assert np.ptp(upper) == pytest.approx(25.0 * per_mm, abs=0.35 * per_mm + 2)


@pytest.mark.parametrize("dpi", [150.0, 254.0])
def test_png_grid_has_the_spacing_of_its_dpi(dpi: float) -> None:
    recording = Recording(np.full((1, 1000), np.nan, np.float32), 100.0, ("II",), "")
    image = np.asarray(render(recording, format="png", dpi=dpi)).astype(int)
    per_mm = dpi / 25.4
    row = image[round(25.5 * per_mm), round(100 * per_mm) : round(200 * per_mm)].sum(axis=1)
    lines = [
        i for i in range(1, len(row) - 1) if row[i] < 735 and row[i] <= row[i - 1] and row[i] < row[i + 1]
    ]
    assert len(lines) == pytest.approx(100, abs=2)
    assert np.mean(np.diff(lines)) == pytest.approx(per_mm, rel=0.01)


def test_rows_follow_each_other_in_time() -> None:
    recording = Recording(np.sin(np.arange(15000) / 50, dtype=np.float32)[np.newaxis], FS, ("II",), "")
    widths = [np.ptp(trace[:, 0]) for trace in traces(render(recording, seconds=25.0)) if len(trace) > 6]
    assert widths == [pytest.approx(w, abs=0.1) for w in (250.0, 250.0, 125.0)]


def test_traces_stay_within_their_strip() -> None:
    """Two leads with spikes of 30 mV: neither draws over the other or the letters above."""
    signals = np.zeros((2, 5000), np.float32)
    signals[:, 2500], signals[:, 2600] = 30.0, -30.0
    svg = render(Recording(signals, FS, ("I", "II"), ""))
    leads = sorted((t for t in traces(svg) if np.ptp(t[:, 0]) > 100), key=lambda t: t[0, 1])
    assert len(leads) == 2
    for above, below in pairwise(leads):
        assert above[:, 1].max() <= below[:, 1].min() + 0.051
    assert leads[0][:, 1].min() >= 10.0 + 5.0  # heading and letters
