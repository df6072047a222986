"""Drawings as PDF: true to scale, vectors, searchable, and any name survives."""

from __future__ import annotations

import io

import numpy as np
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.paper import draw, render
from einthoven.paper.canvas_pdf import latin, to_pdf
from einthoven.paper.canvas_png import to_image
from einthoven.recording import STANDARD_LEADS, Beats, Recording
from einthoven.signal.simulator import simulate


@pytest.fixture(scope="module")
def twelve() -> Recording:
    return simulate(duration=10.0, fs=250.0, leads=STANDARD_LEADS, seed=3)


@pytest.mark.parametrize("layout", ["strip", "3x4", "3x4+1", "3x4+3", "6x2", "12x1"])
def test_the_page_has_the_drawings_size_in_mm_and_its_letters(twelve: Recording, layout: str) -> None:
    drawing = draw(twelve, layout=layout)
    document = pypdfium2.PdfDocument(render(twelve, layout=layout, format="pdf"))
    assert len(document) == 1
    width, height = document[0].get_size()
    assert width * 25.4 / 72 == pytest.approx(drawing.width, abs=0.01)
    assert height * 25.4 / 72 == pytest.approx(drawing.height, abs=0.01)
    words = document[0].get_textpage().get_text_range()
    assert {"aVR", "V6"} <= set(words.split())
    assert "25 mm/s" in words and "not a medical device" in words
    kinds = {item.type for item in document[0].get_objects()}
    assert pypdfium2.raw.FPDF_PAGEOBJ_IMAGE not in kinds


def test_it_looks_as_the_picture_does(twelve: Recording) -> None:
    drawing = draw(twelve, layout="3x4+1", beats=Beats([250, 500], ["N", "V"]))
    document = pypdfium2.PdfDocument(to_pdf(drawing))
    page = document[0].render(scale=127.0 / 72).to_pil().convert("L")
    picture = to_image(drawing, 127.0).convert("L").resize(page.size)
    dark, dark_too = np.asarray(page) < 120, np.asarray(picture) < 120
    grown = np.zeros_like(dark)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            grown |= np.roll(dark_too, (down, right), (0, 1))
    y = round(15 * 5.0)  # below the header, whose letters are of another font
    assert dark[y:].sum() > 2000
    assert (dark & grown)[y:].sum() / dark[y:].sum() > 0.93


def test_any_name_is_drawn(twelve: Recording) -> None:
    name = "Łukasz “Ω” 名前 \U0001f600 <b>\x00\n(x)\\ é ✓"
    recording = Recording(twelve.signals[:2], twelve.fs, ("II", "胸"), name=name)
    document = pypdfium2.PdfDocument(io.BytesIO(render(recording, format="pdf")))
    assert 'Lukasz "' in document[0].get_textpage().get_text_range()


@given(st.text(max_size=40))
def test_latin_letters_can_always_be_printed(text: str) -> None:
    found = latin(text)
    found.encode("latin-1")
    assert all(char.isprintable() for char in found)


def test_latin_keeps_what_it_can() -> None:
    assert latin("25 mm/s · 0.5–40 Hz ± µ° é Ä") == "25 mm/s · 0.5-40 Hz ± µ° é Ä"
    assert latin("ż Ł ≥ …") == "z L >= ..."
    assert latin("心") == "?"
    assert latin("e\u0301") == "e"


def test_gaps_and_single_samples_are_drawn() -> None:
    signals = np.full((1, 500), np.nan, np.float32)
    signals[0, 100:200] = 0.1
    signals[0, 300] = 0.5
    recording = Recording(signals, 250.0, ("II",))
    assert render(recording, format="pdf").startswith(b"%PDF")
