"""Pictures for docs/paper.md: simulated pages, photographed, and what was read on them.

python bench/page_gallery.py --out docs/images
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from einthoven.errors import PageError
from einthoven.paper.degrade import degrade
from einthoven.paper.digitize import digitize
from einthoven.paper.overlay import overlay
from einthoven.paper.specimen import PageStyle, draw_specimen
from einthoven.recording import STANDARD_LEADS
from einthoven.signal.simulator import simulate

# Name, layout, damage, seed, mm between rows, px a mm
PAGES = (
    ("page-scan", "3x4+1", "light", 1, 30.0, 8.0),
    ("page-photo", "3x4+1", "hard", 5, 30.0, 8.0),
    ("page-crowded", "12x1", "medium", 2, 15.0, 8.0),
    ("page-failure", "6x2", "hard", 13, 14.0, 4.5),
)
WIDTH = 1100  # px of the pictures


def small(pixels: np.ndarray) -> Image.Image:
    picture = Image.fromarray(pixels)
    return picture.resize((WIDTH, round(picture.height * WIDTH / picture.width)), Image.Resampling.LANCZOS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    folder = parser.parse_args().out
    for name, layout, severity, seed, row_mm, px_per_mm in PAGES:
        rng = np.random.default_rng(seed)
        recording = simulate(10.0, 500.0, STANDARD_LEADS, pattern="NNVNNSNNN", seed=seed)
        style = replace(
            PageStyle(), layout=layout, footer=("25 mm/s   10 mm/mV",), row_mm=row_mm, px_per_mm=px_per_mm
        )
        photo = degrade(draw_specimen(recording, style, rng), severity, rng)
        small(photo.pixels).save(folder / f"{name}.jpg", quality=82)
        try:
            read = digitize(photo.pixels)
        except PageError as error:
            print(f"{name}: {error}")
            continue
        small(overlay(read)).save(folder / f"{name}-read.jpg", quality=82)
        print(f"{name}: {read.layout}, {len(read.leads)} leads", *read.warnings, sep="\n  ")


if __name__ == "__main__":
    main()
