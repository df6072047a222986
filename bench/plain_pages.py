"""Pages as a plain plotting script draws them, with what they show: another renderer than the project's own.

    python bench/plain_pages.py RECORDS --out pages --count 40 --seed 9
    python bench/plain_pages.py RECORDS --out photographs --count 40 --seed 9 --severity hard
    einthoven evaluate digitizer --data pages --fs 500 --out results

Matplotlib draws each lead as a line over grid lines, 100 to 300 dots an inch; names stand on the paper, some
of them on the trace, and high waves may leave the picture. With ``--severity`` the same pages are printed and
photographed by the project's degrader.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np

import einthoven
from einthoven.formats.discovery import discover
from einthoven.paper.degrade import SEVERITIES, degrade
from einthoven.paper.specimen import FlatMap, LeadOnPage, Specimen
from einthoven.paper.specimen_files import write_specimen
from einthoven.paper.specimen_style import PageStyle
from einthoven.recording import STANDARD_LEADS, Recording

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.ticker import MultipleLocator

SECONDS = 10
LAYOUTS, SHARES = ("3x4+1", "3x4", "6x2", "12x1", "3x4+3"), (0.6, 0.1, 0.12, 0.08, 0.1)
STRIPS = {"3x4+1": ("II",), "3x4+3": ("II", "V1", "V5")}
DOTS, DOT_SHARES = (100, 150, 200, 300), (0.1, 0.2, 0.5, 0.2)
GRIDS = (
    ("#f5c6c6", "#e88a8a"), ("#ffb3b3", "#ff6666"), ("#c8dcc8", "#8fb88f"), ("#d8d8d8", "#aaaaaa"),
    ("#f3d9b0", "#dca860"),
)  # fmt: skip
Rng = np.random.Generator
Stretch = tuple[str, float, float]  # lead, from, to in seconds


def rows_of(layout: str) -> list[list[Stretch]]:
    """Return what each row shows, from above."""
    high, columns = (int(n) for n in layout.split("+")[0].split("x"))
    width = SECONDS / columns
    rows = [
        [(STANDARD_LEADS[k * high + row], k * width, (k + 1) * width) for k in range(columns)]
        for row in range(high)
    ]
    return rows + [[(lead, 0.0, float(SECONDS))] for lead in STRIPS.get(layout, ())]


def draw(recording: Recording, rng: Rng) -> Specimen:
    """Draw a recording; no masks, and no more of the look in ``style`` than the degrader asks for."""
    fs = int(recording.fs)
    layout, dots = str(rng.choice(LAYOUTS, p=SHARES)), int(rng.choice(DOTS, p=DOT_SHARES))
    rows = rows_of(layout)
    pen, ink = rng.uniform(0.5, 1.1), str(rng.choice(["k", "#202060", "#101010"]))
    fine, bold = GRIDS[int(rng.integers(len(GRIDS)))]
    pulse, above, marked = rng.random() < 0.6, rng.random() < 0.5, rng.random() < 0.4
    high = rng.uniform(2.2, 3.2) if len(rows) <= 6 else rng.uniform(1.4, 2.0)  # mV a row
    left, top = 0.5 if pulse else 0.2, high / 2 + 0.6
    wide, tall = left + SECONDS + 0.3, high * len(rows) + 0.8
    figure = plt.figure(figsize=(wide * 25 / 25.4, tall * 10 / 25.4), dpi=dots)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(-left, SECONDS + 0.3)
    axes.set_ylim(top - tall, top)
    for axis, step in ((axes.xaxis, 0.2), (axes.yaxis, 0.5)):
        axis.set_major_locator(MultipleLocator(step))
        axis.set_minor_locator(MultipleLocator(step / 5))
    axes.grid(which="major", color=bold, lw=0.5 * rng.uniform(0.8, 1.6))
    axes.grid(which="minor", color=fine, lw=0.3 * rng.uniform(0.8, 1.6))
    axes.set_axisbelow(True)
    shown: dict[str, np.ndarray] = {}
    places: list[LeadOnPage] = []
    for number, row in enumerate(rows):
        zero, is_strip = -number * high, number >= int(layout.partition("x")[0])
        if pulse:
            x = np.array([0.0, 0.08, 0.08, 0.28, 0.28, 0.36]) + 0.08 - left
            axes.plot(x, zero + np.array([0, 0, 1, 1, 0, 0]), color=ink, lw=pen)
        for lead, begin, end in row:
            part = slice(round(begin * fs), round(end * fs))
            values = np.nan_to_num(recording.signals[recording.leads.index(lead)].astype(np.float64))[part]
            axes.plot(begin + np.arange(len(values)) / fs, zero + values, color=ink, lw=pen)
            near = 0.55 if above else -0.75
            axes.text(begin + 0.05, zero + near * min(1.0, high / 2.6), lead, fontsize=10)
            if marked and begin > 0:
                axes.plot([begin, begin], [zero - 0.3, zero + 0.3], color=ink, lw=pen)
            shown.setdefault(lead, np.full(SECONDS * fs, np.nan))[part] = values
            at = (left + begin) * 25, (top - zero) * 10
            places.append(LeadOnPage(lead, begin, end - begin, *at, is_strip, None))
    if rng.random() < 0.6:
        axes.text(0.2 - left, axes.get_ylim()[0] + 0.08, "25 mm/s   10 mm/mV   0.05-150 Hz", fontsize=8)
    for spine in axes.spines.values():
        spine.set_visible(False)
    figure.canvas.draw()
    pixels = np.array(figure.canvas.buffer_rgba())[:, :, :3]
    plt.close(figure)
    px_per_mm = dots / 25.4
    signals = Recording(np.array(list(shown.values()), dtype=np.float32), recording.fs, tuple(shown))
    return Specimen(
        pixels, {}, px_per_mm, FlatMap(px_per_mm), tuple(places), layout, 25.0, 10.0, (), signals,
        PageStyle(layout=layout, px_per_mm=px_per_mm, ground=(255, 255, 255)),
    )  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("records", nargs="+", help="12-lead recordings of 10 s: files, folders, globs")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--severity", choices=SEVERITIES, help="print and photograph the pages so")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(options.seed)
    paths = [path for record in options.records for path in discover(record)]
    for number, path in enumerate(paths[: options.count]):
        page = draw(einthoven.read(path), rng)
        if options.severity:
            page = degrade(page, options.severity, np.random.default_rng([options.seed, number]))
        write_specimen(page, options.out, Path(path).stem)
    print(f"{min(options.count, len(paths))} pages are in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
