"""What stands on the sheet: leads, letters, times, scale; and what is refused."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from einthoven.errors import SignalError
from einthoven.paper import render
from einthoven.paper.canvas_png import printable
from einthoven.paper.drawing import CLASS_COLOUR, CLASS_INK, PAPERS, QUIET
from einthoven.recording import STANDARD_LEADS, Beats, Recording
from einthoven.signal.simulator import simulate

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def recording() -> Recording:
    return simulate(duration=30.0, fs=250.0, seed=3)


@pytest.fixture(scope="module")
def twelve() -> Recording:
    return simulate(duration=10.0, fs=250.0, leads=STANDARD_LEADS, seed=3)


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def marked(letters: str, probability: float | None = None) -> Beats:
    samples = np.arange(len(letters)) * 250 + 125
    probabilities = None
    if probability is not None:
        probabilities = np.full((len(letters), 5), (1 - probability) / 4, np.float32)
        for row, letter in enumerate(letters):
            probabilities[row, "NSVFQ".index(letter)] = probability
    return Beats(samples, list(letters), probabilities=probabilities)


def test_every_class_letter_appears(recording: Recording) -> None:
    found = texts(render(recording, beats=marked("NSVFQ")))
    assert all(letter in found for letter in "NSVFQ")


def test_letters_stand_above_their_beats(recording: Recording) -> None:
    root = ET.fromstring(render(recording, beats=marked("NV")))
    chip = next(text for text in root.iter(f"{SVG}text") if text.text == "V")
    assert int(chip.get("x", "")) / 20 == pytest.approx(15 + 1.5 * 25, abs=0.06)


def test_unsure_beats_carry_a_question_mark(recording: Recording) -> None:
    assert {"N?", "V?"} <= set(texts(render(recording, beats=marked("NV", 0.5))))
    assert not {"N?", "V?"} & set(texts(render(recording, beats=marked("NV", 0.7))))


def test_letters_never_overlap_even_in_a_fast_run(recording: Recording) -> None:
    beats = Beats(np.arange(60) * 25, list("VS" * 15 + "V" * 30))  # 600 a minute
    root = ET.fromstring(render(recording, beats=beats, seconds=10.0))
    chips = [r for r in root.iter(f"{SVG}rect") if r.get("rx")]
    spans = sorted((int(r.get("x", "")), int(r.get("x", "")) + int(r.get("width", ""))) for r in chips)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))
    assert "V×30" in texts(render(recording, beats=beats, seconds=10.0))


def test_twelve_leads_are_drawn_as_a_page(twelve: Recording) -> None:
    found = texts(render(twelve))
    assert [found.count(lead) for lead in STANDARD_LEADS] == [
        1,
        2,
        *[1] * 10,
    ]  # II is the rhythm strip as well


@pytest.mark.parametrize("layout", ["3x4", "3x4+1", "3x4+3", "6x2", "12x1", "strip"])
def test_layouts_show_every_lead(twelve: Recording, layout: str) -> None:
    assert set(STANDARD_LEADS) <= set(texts(render(twelve, layout=layout)))


def test_the_rhythm_strip_is_a_lead_that_is_there(twelve: Recording) -> None:
    """As on a page whose strip is III: of II no more was read than its column."""
    third = STANDARD_LEADS.index("III")
    signals = twelve.signals.copy()
    signals[[i for i in range(12) if i != third], round(2.5 * twelve.fs) :] = np.nan
    found = texts(render(replace(twelve, signals=signals), layout="3x4+1"))
    assert (found.count("II"), found.count("III")) == (1, 2)


def test_a_page_leaves_cells_of_missing_leads_empty() -> None:
    recording = simulate(duration=10.0, fs=250.0, leads=("I", "II", "V1"))
    found = texts(render(recording, layout="3x4"))
    assert {"I", "II", "V1"} <= set(found)
    assert "V6" not in found


def test_scale_and_filter_are_printed_as_they_apply(recording: Recording) -> None:
    assert "25 mm/s · 10 mm/mV · no filter" in texts(render(recording))
    assert "50 mm/s · 5 mm/mV · 0.5–40 Hz" in texts(render(recording, speed=50, gain=5, band=(0.5, 40)))
    slow = simulate(duration=5.0, fs=50.0)
    assert "25 mm/s · 10 mm/mV · from 0.5 Hz" in texts(render(slow, band=(0.5, 40)))


def test_filtering_takes_the_baseline_away_and_keeps_gaps() -> None:
    wander = 2 * np.sin(2 * np.pi * 0.1 * np.arange(7500) / 250).astype(np.float32)
    wander[2000:3000] = np.nan
    recording = Recording(wander[np.newaxis], 250.0, ("II",), "")
    dark = [
        (np.asarray(render(recording, band=band, format="png", dpi=150)).sum(axis=2) < 250)
        for band in (None, (0.5, 40.0))
    ]
    gap = slice(round((15 + 8.1 * 25) * 150 / 25.4), round((15 + 9.9 * 25) * 150 / 25.4))
    first_row = slice(round(15.5 * 150 / 25.4), round(38 * 150 / 25.4))
    for picture in dark:
        assert not picture[first_row, gap].any()
    heights = [np.ptp(np.flatnonzero(picture[first_row, 100:900].any(axis=1))) for picture in dark]
    assert heights[1] < heights[0]


def test_times_and_name_are_printed(recording: Recording) -> None:
    found = texts(render(recording, start=12.0, seconds=15.0))
    assert {"simulated", "0:12", "0:22", "0:12 – 0:27"} <= set(found)


def test_hostile_names_stay_text() -> None:
    hostile = '<script>alert("1")</script>\x00\x1b'
    recording = Recording(np.zeros((1, 500), np.float32), 100.0, (hostile,), hostile)
    svg = render(recording)
    assert "<script" not in svg
    assert '<script>alert("1")</script>' in texts(svg)
    render(recording, format="png", dpi=50)


def test_svg_refers_to_nothing_outside(recording: Recording) -> None:
    svg = render(recording, beats=marked("NSVFQ"))
    assert re.findall(r"https?://[^\"' ]+", svg) == ["http://www.w3.org/2000/svg"]
    assert "href" not in svg


def test_a_drawing_tells_what_it_shows(recording: Recording) -> None:
    label = ET.fromstring(render(recording, beats=marked("NNV"), seconds=10.0)).get("aria-label")
    assert label == "ECG of MLII, V1 from 0:00 to 0:10; 3 beats: 2 N, 1 V"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": 30.0}, "outside the recording"),
        ({"start": -1.0}, "outside the recording"),
        ({"seconds": 0.0}, "above 0 to 3600"),
        ({"seconds": float("nan")}, "above 0 to 3600"),
        ({"speed": 0.0}, "Speed"),
        ({"gain": float("nan")}, "Gain"),
        ({"paper": "pnik"}, "Did you mean 'pink'"),
        ({"layout": "4x3"}, "strip, 3x4, 6x2, 12x1"),
        ({"layout": "3x4"}, None),
        ({"format": "pgn"}, "Did you mean 'png'"),
        ({"format": "png", "dpi": 0.0}, "dots per inch"),
        ({"format": "png", "dpi": 1200.0, "seconds": 3000.0}, "million"),
        ({"leads": ["V2"]}, "Lead 'V2' is not in the recording"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_what_is_allowed(
    recording: Recording, change: dict[str, Any], message: str | None
) -> None:
    if message is None:  # V1 is a standard lead, so a page of one cell is drawn
        assert "V1" in render(recording, **change)
        return
    with pytest.raises(SignalError, match=re.escape(message)):
        render(recording, **change)


def test_a_page_needs_a_standard_lead() -> None:
    recording = Recording(np.zeros((1, 500), np.float32), 100.0, ("ECG1",), "")
    with pytest.raises(SignalError, match="needs standard leads"):
        render(recording, layout="3x4")


@pytest.mark.parametrize("shape", [(0, 0), (0, 100), (2, 0)])
def test_nothing_to_draw_is_said(shape: tuple[int, int]) -> None:
    recording = Recording(np.zeros(shape, np.float32), 100.0, tuple("ab"[: shape[0]]), "")
    with pytest.raises(SignalError, match="nothing to draw"):
        render(recording)


def test_half_an_hour_of_two_leads_stays_small() -> None:
    recording = simulate(duration=1800.0, fs=360.0)
    svg = render(recording, seconds=1800.0, speed=4.0, gain=5.0, beats=recording.beats)
    assert len(svg) < 6e6


def contrast(colour: str, ground: str) -> float:
    """WCAG 2 contrast ratio."""

    def luminance(text: str) -> float:
        parts = [int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(colour), luminance(ground)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_letters_are_readable_on_their_colours() -> None:
    for letter, colour in CLASS_COLOUR.items():
        assert contrast(CLASS_INK[letter], colour) >= 4.5
    for paper in PAPERS.values():
        assert contrast(QUIET, paper.ground) >= 4.5


def test_png_text_falls_back_to_letters_that_the_font_has() -> None:
    assert printable("Frédéric – 10 µV × 3 №日") == "Frederic - 10 uV x 3 No?"


def test_the_function_is_not_hidden_by_the_module_of_its_name() -> None:
    import importlib

    importlib.import_module("einthoven.paper.render")
    from einthoven import paper

    assert callable(paper.render)
