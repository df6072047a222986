"""Training of the network behind ``einthoven.paper.lettering``.

    python -m einthoven.training.page_text --out text_network.onnx [--fonts FOLDER …]

Half of the words are those that the ink network finds on pages of records of the prepared ``ptb-xl`` store
(folds 1 to 8; fold 9 to compare). The others, as devices print them (lead names, speed, gain, filters,
numbers), are drawn with the fonts that are there and damaged as the map of printed ink is.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from einthoven.datasets.ptb_xl_store import open_store
from einthoven.paper.lettering import HEIGHT, LETTERS, best_text, word_picture
from einthoven.paper.specimen_fonts import find_fonts
from einthoven.recording import STANDARD_LEADS, Float32
from einthoven.training.export import write_any_size
from einthoven.training.page_course import take_steps
from einthoven.training.page_text_examples import printed_words

PAGES, COMPARED = 300, 40
STEPS, BATCH, RATE = 4000, 48, 3e-3
Words = Sequence[tuple[Float32, str]]
Rng = np.random.Generator

_SPEEDS = (
    "25 mm/s",
    "25mm/s",
    "50 mm/s",
    "50mm/s",
    "25 mm/sec",
    "25.0 mm/s",
    "Speed: 25 mm/s",
    "Speed:25mm/sec",
    "12.5mm/s",
)
_GAINS = (
    "10 mm/mV", "10mm/mV", "5 mm/mV", "20 mm/mV", "20mm/mV", "10.0 mm/mV", "5mm/mV", "Limb: 10 mm/mV",
    "Chest: 10 mm/mV", "Chest: 10.0 mm/mV", "2.5 mm/mV",
)  # fmt: skip
_OTHERS = (
    "0.05-150 Hz", "0.5-40 Hz", "40Hz", "Vent. rate", "BPM", "PR interval", "QRS duration", "QT/QTc",
    "P-R-T axes", "ms", "Normal sinus rhythm", "Abnormal ECG", "Sinus rhythm", "Unconfirmed", "ID:",
    "Male", "Female",
    "Name", "years", "100Hz", "F~", "W", "HR", "AC", "MLII", "V3R", "V7", "VR", "VL", "VF", "Lead",
    "rhythm", "x1.0",
)  # fmt: skip


class TextNetwork(nn.Module):
    """``(n, 1, HEIGHT, width)`` to log probabilities of letters ``(n, width / 2, 1 + len(LETTERS))``."""

    def __init__(self) -> None:
        super().__init__()

        def block(n_in: int, n_out: int) -> nn.Sequential:
            return nn.Sequential(
                nn.Conv2d(n_in, n_out, 3, padding=1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU(inplace=True)
            )

        self.look = nn.Sequential(
            block(1, 16), nn.MaxPool2d(2), block(16, 32), block(32, 32), nn.MaxPool2d((2, 1)), block(32, 64),
            nn.MaxPool2d((2, 1)), block(64, 64),
        )  # fmt: skip
        self.along = nn.Sequential(
            nn.Conv1d(64 * (HEIGHT // 8), 96, 1, bias=False), nn.BatchNorm1d(96), nn.ReLU(inplace=True),
            nn.Conv1d(96, 96, 5, padding=2, bias=False), nn.BatchNorm1d(96), nn.ReLU(inplace=True),
            nn.Conv1d(96, 1 + len(LETTERS), 3, padding=1),
        )  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        seen = self.look(x)
        steps: torch.Tensor = self.along(seen.flatten(1, 2)).transpose(1, 2)
        return torch.log_softmax(steps, dim=2)


def random_text(rng: Rng) -> str:
    """Return a word or short line as it may stand on a page."""
    kind = rng.random()
    if kind < 0.5:
        name = STANDARD_LEADS[int(rng.integers(12))]
        name = rng.choice([name, name, name, name.upper()]) if name.startswith("aV") else name
        return str(name)
    if kind < 0.7:
        return str(rng.choice(_SPEEDS if rng.random() < 0.5 else _GAINS))
    if kind < 0.85:
        return str(rng.choice(_OTHERS))
    count = int(rng.integers(1, 9))
    drawn = "".join(LETTERS[i] for i in rng.integers(len(LETTERS) - 1, size=count))
    return f"{rng.integers(1000)}" if rng.random() < 0.4 else drawn


def draw_word(text: str, fonts: tuple[str, ...], rng: Rng) -> Float32:
    """Return the ink of a word, damaged and cut to its box as by ``lettering.word_boxes``, 0 to 1."""
    import cv2
    from PIL import Image, ImageDraw, ImageFont

    size = float(rng.uniform(14, 44))
    path = fonts[int(rng.integers(len(fonts) + 1)) - 1] if fonts else ""
    font = ImageFont.truetype(path, size) if path else ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(text)
    picture = Image.new("L", (int(right - left) + 40, int(bottom - top) + 40))
    ImageDraw.Draw(picture).text((20 - left, 20 - top), text, 255, font)
    ink: Any = np.asarray(picture, dtype=np.float32) / 255
    if rng.random() < 0.5:
        angle, shear = rng.uniform(-3, 3), rng.uniform(-0.15, 0.15)
        turn = cv2.getRotationMatrix2D((ink.shape[1] / 2, ink.shape[0] / 2), angle, 1.0)
        turn[0, 1] += shear
        ink = np.asarray(cv2.warpAffine(ink, turn, ink.shape[::-1]), dtype=np.float32)
    if rng.random() < 0.25:
        kernel = np.ones((2, 2), np.uint8)
        ink = np.asarray(
            cv2.dilate(ink, kernel) if rng.random() < 0.5 else cv2.erode(ink, kernel), np.float32
        )
    ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), float(rng.uniform(0.3, 1.6))), dtype=np.float32)
    if rng.random() < 0.4:  # a trace runs over it, and its ink was taken away, or was not
        y = int(rng.integers(14, max(15, ink.shape[0] - 14)))
        thick = int(rng.integers(1, 4))
        end = (ink.shape[1], y + int(rng.integers(-12, 13)))
        ink = np.ascontiguousarray(ink)
        cv2.line(ink, (0, y), end, float(rng.choice([0.0, 0.0, 0.4, 0.8])), thick)
    if rng.random() < 0.4:
        spots = np.asarray(cv2.GaussianBlur(rng.random(ink.shape, np.float32), (0, 0), 2.0), np.float32)
        ink = ink * (1 - np.float32(0.7) * spots)
    rough = ink * rng.uniform(0.7, 1.3) + rng.normal(0, 0.03, ink.shape)
    ink = np.clip(rough, 0, 1).astype(np.float32)
    rows, columns = np.flatnonzero((ink >= 0.4).any(1)), np.flatnonzero((ink >= 0.4).any(0))
    if not rows.size:
        return np.zeros((20, 10), dtype=np.float32)
    rim = rng.integers(0, 3, 4)
    cut: Float32 = ink[
        max(0, rows[0] - rim[0]) : rows[-1] + 1 + rim[1],
        max(0, columns[0] - rim[2]) : columns[-1] + 1 + rim[3],
    ]
    return cut


def batch(fonts: tuple[str, ...], printed: Words, rng: Rng, count: int) -> tuple[torch.Tensor, list[str]]:
    """Return pictures ``(count, 1, HEIGHT, width)`` and their texts, half of them of ``printed`` words."""
    words: list[tuple[Float32, str]] = []
    for number in range(count):
        if printed and number % 2:
            words.append(printed[int(rng.integers(len(printed)))])
        else:
            text = random_text(rng)
            words.append((draw_word(text, fonts, rng), text))
    pictures = [word_picture(ink) for ink, _ in words]
    width = max(picture.shape[1] for picture in pictures)
    padded = np.stack([np.pad(p, ((0, 0), (0, width - p.shape[1]))) for p in pictures])
    return torch.from_numpy(padded[:, None]), [text for _, text in words]


def train(fonts: tuple[str, ...], printed: Words, steps: int, seed: int) -> TextNetwork:
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = TextNetwork()

    def loss_of(rng: Rng) -> torch.Tensor:
        pictures, texts = batch(fonts, printed, rng, BATCH)
        scores = network(pictures)
        codes = torch.tensor([LETTERS.index(letter) + 1 for text in texts for letter in text])
        lengths = torch.full((len(texts),), scores.shape[1])
        spelt = torch.tensor([len(text) for text in texts])
        return nn.functional.ctc_loss(scores.transpose(0, 1), codes, lengths, spelt, zero_infinity=True)

    take_steps(network, loss_of, rng, steps=steps, rate=RATE, clip=2.0)
    return network


def score(network: TextNetwork, words: Words) -> str:
    """Return which share of words is read without a fault, by kind."""
    right: dict[str, list[bool]] = {"lead names": [], "others": []}
    with torch.inference_mode():
        for ink, text in words:
            found = network(torch.from_numpy(word_picture(ink))[None, None])[0]
            kind = "lead names" if text.upper() in {name.upper() for name in STANDARD_LEADS} else "others"
            right[kind].append(best_text(found.numpy().astype(np.float64)) == text)
    return ", ".join(f"{kind} {np.mean(each):.3f} of {len(each)}" for kind, each in right.items())


def export(network: TextNetwork, out: Path) -> None:
    """Write ONNX, input ``x (1, 1, HEIGHT, width)``, output ``scores``."""
    width = torch.export.Dim("pairs", min=4, max=400) * 2
    write_any_size(network, torch.zeros(1, 1, HEIGHT, 64), out, "scores", {3: width})


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--fonts", nargs="*", default=[])
    parser.add_argument("--pages", type=int, default=PAGES)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    fonts = find_fonts(tuple(options.fonts))
    printed = _printed(False, options.pages, options.seed)
    network = train(fonts, printed, options.steps, options.seed)
    print(f"pages of fold 9: {score(network, _printed(True, COMPARED, options.seed))}")
    export(network, options.out)
    return 0


def _printed(compare: bool, pages: int, seed: int) -> Words:
    """Words on pages of records of folds 1 to 8, or of fold 9 to compare."""
    store = open_store(500)
    rng = np.random.default_rng((seed, compare))
    rows = np.flatnonzero((store.folds == 9) == compare)
    records = store.read(np.sort(rng.choice(rows, min(400, len(rows)), replace=False)))
    return printed_words(records, store.rate, rng, pages)


if __name__ == "__main__":
    sys.exit(main())
