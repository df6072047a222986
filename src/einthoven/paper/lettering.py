"""Reading what is printed on a page: lead names, speed and gain.

Words are found in the map of printed ink and read letter by letter by a small network with connectionist
temporal classification (Graves et al. 2006, doi:10.1145/1143844.1143891); lead names are weighed against
each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from einthoven.paper.drawing import Float64
from einthoven.paper.ink import PX_PER_MM
from einthoven.recording import STANDARD_LEADS, Float32

if TYPE_CHECKING:
    import onnxruntime

WEIGHTS = Path(__file__).with_name("text_network.onnx")
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz/.:-+,()~% "
HEIGHT = 24  # px of a word as it is read
STRIDE = 2  # px of a word for each answer
_LONGEST = 480

_LETTER_GAP = 4  # px between boxes of letters of one word, at most
_WORD_GAP = 2.0  # heights between words of one line, at most
_SPEED = re.compile(r"(?<![\d.])(12[.,]5|25|50|100)(?:[.,]0+)?\s*mm\s*/\s*s", re.IGNORECASE)
_GAIN = re.compile(r"(?<![\d.])(2[.,]5|5|10|20)(?:[.,]0+)?\s*mm\s*/\s*m\s*v", re.IGNORECASE)
_SPELLINGS = {name: (name, name.upper()) if name.startswith("aV") else (name,) for name in STANDARD_LEADS}


@dataclass(frozen=True, eq=False)
class Word:
    """A word on a page.

    Attributes:
        x, y, width, height: its box, px.
        text: as read.
        leads: probability that it is the name of each of the twelve leads, in their standard order; the rest
            to one is that it is something else.
    """

    x: float
    y: float
    width: float
    height: float
    text: str
    leads: Float64

    @property
    def lead(self) -> str | None:
        """The lead that it names, if that is more likely than not."""
        best = int(self.leads.argmax())
        return STANDARD_LEADS[best] if self.leads[best] > 0.5 else None


def read_words(print_: Float32) -> list[Word]:
    """Find and read the words in a map of printed ink, coverage 0 to 1 at `PX_PER_MM`."""
    return [_read(print_, box) for box in word_boxes(print_)]


def word_boxes(print_: Float32) -> list[tuple[int, int, int, int]]:
    """Return ``x, y, width, height`` of what may be words: letters that stand close together."""
    import cv2

    ink = (print_ >= 0.4).astype(np.uint8)
    reach = round(0.9 * PX_PER_MM)
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, reach), np.uint8), borderValue=0)
    _, _, boxes, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    letters = [
        (int(x), int(y), int(wide), int(tall))
        for x, y, wide, tall, area in boxes[1:]
        if 1.1 <= tall / PX_PER_MM <= 9.0 and wide >= 2 and area >= 12
    ]
    return _beside_each_other(letters, lambda tall: _LETTER_GAP)


def lines_of_text(words: Sequence[Word]) -> list[str]:
    """Return what is printed in lines: words that follow each other at the same height, by blanks."""
    boxes = {(round(w.x), round(w.y), round(w.width), round(w.height)): w for w in words}
    lines = _beside_each_other(list(boxes), lambda tall: _WORD_GAP * tall)
    texts = []
    for x, y, wide, tall in lines:
        within = [box for box in boxes if x <= box[0] < x + wide and y <= box[1] + box[3] / 2 < y + tall]
        texts.append(" ".join(boxes[box].text for box in sorted(within)))
    return texts


def _beside_each_other(
    boxes: list[tuple[int, int, int, int]], gap: Callable[[float], float]
) -> list[tuple[int, int, int, int]]:
    """Join boxes that stand at the same height, each at most ``gap(height)`` behind the one before."""
    joined: list[tuple[int, int, int, int]] = []
    for x, y, wide, tall in sorted(boxes):
        for k, (x0, y0, wide0, tall0) in enumerate(joined):
            overlap = min(y + tall, y0 + tall0) - max(y, y0)
            if x - (x0 + wide0) <= gap(min(tall, tall0)) and overlap >= 0.6 * min(tall, tall0):
                top, bottom = min(y, y0), max(y + tall, y0 + tall0)
                joined[k] = (x0, top, max(x + wide, x0 + wide0) - x0, bottom - top)
                break
        else:
            joined.append((x, y, wide, tall))
    return joined


def speed_in(text: str) -> float | None:
    """Return the paper speed in mm/s that a text states."""
    found = _SPEED.search(text)
    return float(found[1].replace(",", ".")) if found else None


def gain_in(text: str) -> float | None:
    """Return the gain in mm/mV that a text states."""
    found = _GAIN.search(text)
    return float(found[1].replace(",", ".")) if found else None


def _read(print_: Float32, box: tuple[int, int, int, int]) -> Word:
    x, y, wide, tall = box
    (scores,) = _session(WEIGHTS).run(
        None, {"x": word_picture(print_[y : y + tall, x : x + wide])[None, None]}
    )
    scores = scores[0].astype(np.float64)
    logs = np.array([np.logaddexp.reduce([spelt(scores, s) for s in _SPELLINGS[n]]) for n in STANDARD_LEADS])
    return Word(
        float(x), float(y), float(wide), float(tall), best_text(scores), np.exp(np.minimum(logs, 0.0))
    )


def word_picture(word: Float32) -> Float32:
    """Return a word at the size in which it is read, float32 ``(HEIGHT, n)``, ``n`` even."""
    import cv2

    tall, wide = word.shape
    inner = HEIGHT - 4
    width = min(_LONGEST, max(4, round(wide * inner / tall)))
    how = cv2.INTER_AREA if tall > inner else cv2.INTER_LINEAR
    scaled = cv2.resize(np.ascontiguousarray(word, dtype=np.float32), (width, inner), interpolation=how)
    right = 4 + (-width) % STRIDE
    picture: Float32 = np.pad(scaled, ((2, 2), (4, right)))
    return picture


def best_text(scores: Float64) -> str:
    """Return the text of the best answer of each step; ``scores`` are log probabilities, blank first."""
    steps = scores.argmax(axis=1)
    kept = steps[np.append(True, steps[1:] != steps[:-1])]
    return "".join(LETTERS[k - 1] for k in kept if k)


def spelt(scores: Float64, text: str) -> float:
    """Return the log probability of ``text`` over all alignments (the forward variable of CTC)."""
    codes = [0]
    for letter in text:
        codes += [LETTERS.index(letter) + 1, 0]
    labels = np.array(codes)
    skip = np.concatenate(([False, False], (labels[2:] != 0) & (labels[2:] != labels[:-2])))
    alpha = np.full(len(labels), -np.inf)
    alpha[:2] = scores[0, labels[:2]]
    for step in scores[1:]:
        one = np.append(-np.inf, alpha[:-1])
        two = np.where(skip, np.append([-np.inf, -np.inf], alpha[:-2]), -np.inf)
        alpha = np.logaddexp(np.logaddexp(alpha, one), two) + step[labels]
    return float(np.logaddexp(alpha[-1], alpha[-2]))


@lru_cache(maxsize=2)
def _session(path: Path) -> onnxruntime.InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
