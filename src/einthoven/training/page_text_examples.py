"""Examples for the network that reads words: what the ink network leaves of the print on pages.

Words that were drawn alone look better than any that stands on a page, where traces run through them and
small letters blur.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from einthoven.paper.drawing import Float64
from einthoven.paper.ink import PX_PER_MM, ink_maps
from einthoven.paper.lettering import word_boxes
from einthoven.paper.specimen import Specimen
from einthoven.paper.specimen_fonts import load_font
from einthoven.paper.specimen_layout import PrintedText
from einthoven.recording import Float32
from einthoven.training.page_ink_examples import sample, specimens

SEVERITIES = (None, None, "light", "medium", "hard")
COVERED = 0.6  # of a printed word by a box that is it
BEARINGS = 0.7  # mm at most of a printed word's width that are beside its ink
AROUND = 1.5  # mm that a box may be larger on each side
NOTHING = 0.15  # of the boxes without print that are kept: shreds of traces, of the emblem, of stains

Rng = np.random.Generator


def printed_words(signals: Any, fs: float, rng: Rng, pages: int) -> list[tuple[Float32, str]]:
    """Return words as they are found on pages of many looks: ink 0 to 1 at ``PX_PER_MM``, and letters.

    Args:
        signals: float millivolt, shape ``(n_records, 12, n_samples)``, leads in standard order.
        fs: Hz.
        rng: chooses records, looks and damage.
        pages: how many are drawn and read.
    """
    drawn = specimens(signals, fs, rng, SEVERITIES)
    words: list[tuple[Float32, str]] = []
    for number in range(1, pages + 1):
        words += words_on(next(drawn), rng)
        if number % 20 == 0:
            print(f"{number} of {pages} pages read, {len(words)} words", flush=True)
    return words


def words_on(page: Specimen, rng: Rng) -> Iterator[tuple[Float32, str]]:
    """Yield the ink of each box that may be a word, and what is printed there: "" where nothing is.

    Boxes that hold a part of a word, or of two, are left out.
    """
    truth = [word for text in page.texts for word in split(text, page.style.font)]
    boxes = np.array([(w.x_mm, w.y_mm, w.x_mm + w.w_mm, w.y_mm + w.h_mm) for w in truth]).reshape(-1, 4)
    corner, far = _extent(page)
    x_mm = np.arange(corner[0] + rng.uniform(0, 0.2), far[0], 1 / PX_PER_MM)
    y_mm = np.arange(corner[1] + rng.uniform(0, 0.2), far[1], 1 / PX_PER_MM)
    grid = np.stack(np.meshgrid(x_mm, y_mm), axis=-1)
    at = np.asarray(page.mm_to_px(grid.reshape(-1, 2)), dtype=np.float32).reshape(grid.shape)
    ratio = float(np.median(np.hypot(*np.moveaxis(np.diff(at, axis=1), -1, 0))))
    print_ = ink_maps(sample(page.pixels, at, ratio, page.pixels[0, 0].tolist())).text
    for x, y, wide, tall in word_boxes(print_):
        box = np.array([x_mm[x], y_mm[y], x_mm[x + wide - 1], y_mm[y + tall - 1]])
        text = _text_in(box, boxes, [word.text for word in truth])
        if text is None or (not text and rng.random() > NOTHING):
            continue
        yield print_[y : y + tall, x : x + wide].copy(), text


def split(text: PrintedText, font: str) -> list[PrintedText]:
    """Return the words of a printed line with their boxes, as wide as their letters are in its font."""
    face = load_font(font, 100)
    whole = max(1e-6, float(face.getlength(text.text)))
    words, begin = [], 0
    for part in text.text.split(" "):
        if part:
            before = float(face.getlength(text.text[:begin])) / whole
            share = float(face.getlength(part)) / whole
            words.append(
                PrintedText(part, text.x_mm + before * text.w_mm, text.y_mm, share * text.w_mm, text.h_mm)
            )
        begin += len(part) + 1
    return words


def _text_in(box: Float64, boxes: Float64, texts: Sequence[str]) -> str | None:
    """What a box holds: one word, "" for no part of any, None where it is neither."""
    if not len(boxes):
        return ""
    wide = np.minimum(box[2], boxes[:, 2]) - np.maximum(box[0], boxes[:, 0])
    tall = np.minimum(box[3], boxes[:, 3]) - np.maximum(box[1], boxes[:, 1])
    inked = np.maximum(boxes[:, 2] - boxes[:, 0] - BEARINGS, 0.2)
    covered = np.clip(wide / inked, 0, 1) * (tall > 0)
    if covered.max() == 0:
        return ""
    held = int(covered.argmax())
    sides = np.abs(box - boxes[held])
    # Boxes of lines are as tall as their tallest letter: a word of low letters may fill a part of the height.
    fits = max(sides[0], sides[2]) <= AROUND and sides.max() <= 2 * AROUND
    alone = (covered > 0.1).sum() == 1
    return texts[held] if covered[held] >= COVERED and fits and alone else None


def _extent(page: Specimen) -> tuple[Float64, Float64]:
    """Corners of what is printed and drawn, mm."""
    xs = [t.x_mm for t in page.texts] + [t.x_mm + t.w_mm for t in page.texts]
    ys = [t.y_mm for t in page.texts] + [t.y_mm + t.h_mm for t in page.texts]
    for lead in page.leads:
        xs += [lead.x_mm, lead.x_mm + lead.seconds * page.speed]
        ys += [lead.zero_mm]
    return np.array([min(xs) - 5.0, min(ys) - 5.0]), np.array([max(xs) + 5.0, max(ys) + 5.0])
