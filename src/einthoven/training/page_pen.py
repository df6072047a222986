"""Training of the network behind ``einthoven.paper.pen``: what a line was that a pen drew.

    python -m einthoven.training.page_pen --out pen_network.onnx

Records of the prepared ``ptb-xl`` store (folds 1 to 8) are drawn with pens of many widths, speeds and gains,
as the edges of their ink alone (see ``einthoven.paper.pen``), with the faults that edges read from pictures
have.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from einthoven.datasets.ptb_xl_store import open_store
from einthoven.paper.drawing import Float64
from einthoven.paper.ink import PX_PER_MM
from einthoven.paper.pen import FEATURES, PER_COLUMN, features, fit_line
from einthoven.recording import Float32

COLUMNS = 400  # 2 s at 25 mm/s
FINE = 8  # points a column when drawing
EXAMPLES, STEPS, BATCH, RATE = 9000, 6000, 48, 3e-3
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


def make_examples(count: int, seed: int) -> tuple[Float32, Float32]:
    """Return features ``(count, FEATURES, COLUMNS)``, and what the fit misses, px, at `PER_COLUMN` points."""
    store = open_store(500)
    rng = np.random.default_rng(seed)
    rows = np.flatnonzero(store.folds != 9)
    records = store.read(np.sort(rng.choice(rows, min(400, len(rows)), replace=False)))
    x = np.zeros((count, FEATURES, COLUMNS), np.float32)
    missed = np.zeros((count, PER_COLUMN, COLUMNS), np.float32)
    for i in range(count):
        lead = np.nan_to_num(records[int(rng.integers(len(records))), int(rng.integers(12))])
        upper, lower, radius, line = draw_edges(lead, store.rate, rng)
        fitted = fit_line(upper, lower, radius)
        x[i] = features(upper, lower, radius, fitted)
        rest = np.append(line - fitted, 0.0)
        missed[i] = rest.reshape(COLUMNS, PER_COLUMN).T
    return x, missed


def train(x: Float32, missed: Float32, steps: int, seed: int) -> PenNetwork:
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = PenNetwork()
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps, pct_start=0.1)
    running, begun = 0.0, time.monotonic()
    for step in range(steps):
        chosen = rng.integers(len(x), size=BATCH)
        loss = nn.functional.smooth_l1_loss(
            network(torch.from_numpy(x[chosen])), torch.from_numpy(missed[chosen]), beta=0.5
        )
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        running = 0.98 * running + 0.02 * loss.item() if step else loss.item()
        if (step + 1) % 250 == 0:
            print(f"{step + 1}/{steps}: loss {running:.4f}, {time.monotonic() - begun:.0f} s", flush=True)
    return network.eval()


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
    new, of_new = make_examples(300, options.seed + 1)
    with torch.inference_mode():
        left = of_new - network(torch.from_numpy(new)).numpy()
    before, after = (float(np.sqrt(np.mean(each**2))) for each in (of_new, left))
    print(f"rms of what is missed: fitted {before:.3f} px, with the network {after:.3f} px")
    torch.onnx.export(
        network, (torch.zeros(1, FEATURES, 64),), options.out, input_names=["x"], output_names=["added"],
        dynamic_shapes=({2: torch.export.Dim("columns", min=8, max=20000)},), dynamo=True,
        external_data=False, verbose=False,
    )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
