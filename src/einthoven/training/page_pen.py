"""Training of the network behind ``einthoven.paper.pen``: what a line was that a pen drew.

    python -m einthoven.training.page_pen --out pen_network.onnx

Records of the prepared ``ptb-xl`` store (folds 1 to 8) are drawn on pages of many looks, and what the other
networks read there as edges of ink is compared with the line that was drawn. As many are drawn with pens of
many widths, speeds and gains as the edges of their ink alone (see ``einthoven.paper.pen``).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import count as count_from
from pathlib import Path

import numpy as np
import torch
from torch import nn

from einthoven.datasets.ptb_xl_store import open_store
from einthoven.paper.column_runs import column_runs
from einthoven.paper.crossings import separate
from einthoven.paper.drawing import Float64
from einthoven.paper.ink import PX_PER_MM, ink_maps
from einthoven.paper.page_reading import pen_radius
from einthoven.paper.pen import FEATURES, LEAST_COLUMNS, PER_COLUMN, features, fit_line, runs
from einthoven.paper.specimen import Specimen
from einthoven.paper.tracing import find_base_lines, follow
from einthoven.recording import Float32
from einthoven.training.export import write_any_size
from einthoven.training.page_course import take_steps
from einthoven.training.page_ink_examples import sample, specimens

COLUMNS = 400  # 2 s at 25 mm/s
FINE = 8  # points a column when drawing
EXAMPLES, STEPS, BATCH, RATE = 9000, 6000, 48, 3e-3
BETA = 1.0  # px: errors beyond count linearly
MISREAD = 20.0  # px
SEVERITIES = (None, None, None, "light", "medium")
WIDTH, DILATIONS = 40, (1, 2, 4, 1, 2, 4, 1, 1)
Rng = np.random.Generator


class PenNetwork(nn.Module):
    """``(n, FEATURES, columns)`` to what is added to the fitted line, ``(n, PER_COLUMN, columns)``, px."""

    def __init__(self) -> None:
        super().__init__()
        self.entrance = nn.Conv1d(FEATURES, WIDTH, 5, padding=2)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.ReLU(), nn.Conv1d(WIDTH, WIDTH, 3, padding=d, dilation=d)) for d in DILATIONS
        )
        self.exit = nn.Sequential(nn.ReLU(), nn.Conv1d(WIDTH, PER_COLUMN, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        deep = self.entrance(x)
        for block in self.blocks:
            deep = deep + block(deep)
        added: torch.Tensor = self.exit(deep)
        return added


def draw_edges(lead: Float32, fs: float, rng: Rng) -> tuple[Float64, Float64, float, Float64]:
    """Draw a piece of a lead with a random pen.

    Returns:
        upper and lower edge in each column, px; radius of the pen as it would be measured; the line at
        columns 0, 0.5, 1 …, px.
    """
    from scipy.ndimage import gaussian_filter1d, grey_dilation, grey_erosion

    speed = float(rng.choice([25.0, 25.0, 25.0, 50.0])) * PX_PER_MM
    gain = float(rng.choice([5.0, 10.0, 10.0, 10.0, 10.0, 20.0])) * PX_PER_MM * rng.uniform(0.8, 1.3)
    radius = rng.uniform(0.5, 2.0)
    margin = 8
    x = np.arange((COLUMNS + 2 * margin) * FINE) / FINE / speed
    start = rng.uniform(0, max(1e-6, len(lead) / fs - x[-1]))
    y = -gain * np.interp(start + x, np.arange(len(lead)) / fs, lead.astype(np.float64))
    reach = int(radius * FINE)
    disc = np.sqrt(radius**2 - (np.arange(-reach, reach + 1) / FINE) ** 2)
    blur = rng.uniform(0.1, 0.6) * FINE
    edges = [
        gaussian_filter1d(grey_erosion(y, structure=disc), blur),
        gaussian_filter1d(grey_dilation(y, structure=disc), blur),
    ]
    columns = np.arange(margin, margin + COLUMNS)
    upper, lower = (edge.reshape(-1, FINE).mean(axis=1)[columns] for edge in edges)
    rough = rng.uniform(0.0, 0.2)
    upper = upper + rng.normal(0, rough, COLUMNS)
    lower = np.maximum(lower + rng.normal(0, rough, COLUMNS), upper + 0.3)
    middle = (columns[:, None] * FINE + np.arange(PER_COLUMN) * FINE // PER_COLUMN).ravel()
    line = y[middle[: PER_COLUMN * (COLUMNS - 1) + 1] + FINE // 2]
    return upper, lower, radius * rng.uniform(0.95, 1.05) + rng.uniform(0.0, 0.12), line


def read_edges(page: Specimen, rng: Rng) -> Iterator[tuple[Float64, Float64, float, Float64]]:
    """Read the edges of the traces of a page as the digitiser does; yield as `draw_edges` for each run."""
    left = min(lead.x_mm for lead in page.leads) - 8.0
    right = max(lead.x_mm + lead.seconds * page.speed for lead in page.leads) + 8.0
    top = min(lead.zero_mm for lead in page.leads) - 28.0
    bottom = max(lead.zero_mm for lead in page.leads) + 28.0
    x_mm = np.arange(left + rng.uniform(0, 0.2), right, 1 / PX_PER_MM)
    y_mm = np.arange(top + rng.uniform(0, 0.2), bottom, 1 / PX_PER_MM)
    grid = np.stack(np.meshgrid(x_mm, y_mm), axis=-1)
    at = np.asarray(page.mm_to_px(grid.reshape(-1, 2)), dtype=np.float32).reshape(grid.shape)
    ratio = float(np.median(np.hypot(*np.moveaxis(np.diff(at, axis=1), -1, 0))))
    trace = ink_maps(sample(page.pixels, at, ratio, page.pixels[0, 0].tolist())).trace
    ink = column_runs(trace)
    zeros = find_base_lines(ink, trace.shape[0], PX_PER_MM)
    rows = separate(trace, follow(ink, zeros)) if zeros else []
    if not rows:
        return
    radius = pen_radius(rows, PX_PER_MM)
    for row in rows:
        line = np.full(PER_COLUMN * (len(row.upper) - 1) + 1, np.nan)
        for lead in page.leads:
            if abs((lead.zero_mm - y_mm[0]) * PX_PER_MM - row.zero) > 3 * PX_PER_MM:
                continue
            points = page.lead_mm(lead)
            points = points[np.isfinite(points[:, 1])]
            if len(points) < 2:
                continue
            x = (points[:, 0] - x_mm[0]) * PX_PER_MM * PER_COLUMN
            inside = slice(max(0, int(np.ceil(x[0]))), min(len(line), int(x[-1]) + 1))
            line[inside] = np.interp(
                np.arange(inside.start, inside.stop), x, (points[:, 1] - y_mm[0]) * PX_PER_MM
            )
        for first, last in runs(np.isfinite(row.upper)):
            if last - first >= LEAST_COLUMNS:
                part = line[PER_COLUMN * first : PER_COLUMN * (last - 1) + 1]
                yield row.upper[first:last], row.lower[first:last], radius, part


def make_examples(count: int, seed: int, compare: bool = False) -> tuple[Float32, Float32]:
    """Return features ``(n, FEATURES, COLUMNS)``, and what the fit misses, px, at `PER_COLUMN` points.

    Half of them are read from pages. NaN where it is not known, or so far off that other ink was read.
    """
    store = open_store(500)
    rng = np.random.default_rng(seed)
    rows = np.flatnonzero((store.folds == 9) == compare)
    records = store.read(np.sort(rng.choice(rows, min(400, len(rows)), replace=False)))
    pages = specimens(records, store.rate, rng, SEVERITIES)
    x: list[Float32] = []
    missed: list[Float32] = []
    for number in count_from(1):
        if len(x) >= count // 2:
            break
        for upper, lower, radius, line in read_edges(next(pages), rng):
            fitted = fit_line(upper, lower, radius)
            seen, rest = features(upper, lower, radius, fitted), line - fitted
            rest[~(np.abs(rest) < MISREAD)] = np.nan
            for first in range(0, len(upper) - LEAST_COLUMNS, COLUMNS):
                n = min(COLUMNS, len(upper) - first)
                x.append(np.zeros((FEATURES, COLUMNS), np.float32))
                missed.append(np.full(COLUMNS * PER_COLUMN, np.nan, np.float32))
                x[-1][:, :n] = seen[:, first : first + n]
                part = rest[PER_COLUMN * first : PER_COLUMN * (first + n)]
                missed[-1][: len(part)] = part
        if number % 20 == 0:
            print(f"{number} pages read, {len(x)} of {count // 2} pieces", flush=True)
    while len(x) < count:
        lead = np.nan_to_num(records[int(rng.integers(len(records))), int(rng.integers(12))])
        upper, lower, radius, line = draw_edges(lead, store.rate, rng)
        fitted = fit_line(upper, lower, radius)
        x.append(features(upper, lower, radius, fitted))
        missed.append(np.append(line - fitted, np.nan).astype(np.float32))
    return np.stack(x), np.stack(missed).reshape(-1, COLUMNS, PER_COLUMN).transpose(0, 2, 1)


def train(x: Float32, missed: Float32, steps: int, seed: int) -> PenNetwork:
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = PenNetwork()

    def loss_of(rng: Rng) -> torch.Tensor:
        chosen = rng.integers(len(x), size=BATCH)
        target = torch.from_numpy(missed[chosen])
        known = torch.isfinite(target)
        added = network(torch.from_numpy(x[chosen]))
        return nn.functional.smooth_l1_loss(added[known], target[known], beta=BETA)

    take_steps(network, loss_of, rng, steps=steps, rate=RATE, weight_decay=1e-4)
    return network


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--examples", type=int, default=EXAMPLES)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    x, missed = make_examples(options.examples, options.seed)
    network = train(x, missed, options.steps, options.seed)
    new, of_new = make_examples(600, options.seed + 1, compare=True)
    with torch.inference_mode():
        left = of_new - network(torch.from_numpy(new)).numpy()
    before, after = (float(np.sqrt(np.nanmean(each**2))) for each in (of_new, left))
    print(f"fold 9, rms of what is missed: fitted {before:.3f} px, with the network {after:.3f} px")
    sides = {2: torch.export.Dim("columns", min=LEAST_COLUMNS, max=20000)}
    write_any_size(network, torch.zeros(1, FEATURES, 64), options.out, "added", sides)
    return 0


if __name__ == "__main__":
    sys.exit(main())
