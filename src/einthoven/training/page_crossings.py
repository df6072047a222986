"""Training of the network behind ``einthoven.paper.crossings``: whose ink is it where traces meet.

    python -m einthoven.training.page_crossings --out crossing_network.onnx

Leads of records of the prepared ``ptb-xl`` store (folds 1 to 8) are drawn below each other, so tight that
they meet, with the faults that maps of ink from pictures have, and followed as on a page.

The weights that ship went on from those of a network that saw 28 mm of a row: 700 steps at a rate of 6e-4
on 3,000 examples (``--seed 7``), then 4,500 at 2e-3 on 14,000 (``--start``, ``--seed 11``); only in the last
run were leads as tight as they are drawn here.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from einthoven.datasets.ptb_xl_store import open_store
from einthoven.paper.column_runs import column_runs
from einthoven.paper.crossings import CHANNELS, REACH, SEEN, meetings, view, windows
from einthoven.paper.ink import PX_PER_MM
from einthoven.paper.specimen_ink import cover_trace
from einthoven.paper.tracing import find_base_lines, follow
from einthoven.recording import STANDARD_LEADS, Float32
from einthoven.training.export import write_any_size
from einthoven.training.page_course import take_steps
from einthoven.training.page_ink_network import InkNetwork

COLUMNS = 960  # px of a drawn page
PER_PAGE = 10  # examples
EXAMPLES, STEPS, BATCH, RATE = 8000, 5000, 8, 3e-3
WIDTHS = (12, 24, 40, 56, 72)  # at strides 2 to 32
_STACKS = (
    ("I", "II", "III"), ("aVR", "aVL", "aVF"), ("V1", "V2", "V3"), ("V4", "V5", "V6"),
    ("V1", "V2", "V3", "V4", "V5", "V6"), ("I", "II", "III", "aVR", "aVL", "aVF"), STANDARD_LEADS,
)  # fmt: skip
Rng = np.random.Generator
UInt8 = npt.NDArray[np.uint8]


def draw(record: Float32, fs: float, rng: Rng) -> tuple[list[Float32], list[float]]:
    """Draw some leads below each other; return the coverage by each, 0 to 1, and their base lines, px."""
    stack = list(_STACKS[rng.choice(len(_STACKS), p=(0.08, 0.07, 0.25, 0.22, 0.26, 0.04, 0.08))])
    if rng.random() < 0.4:
        stack.append(str(rng.choice(["II", "V1", "V5"])))
    signals = np.nan_to_num(record[[STANDARD_LEADS.index(name) for name in stack]].astype(np.float64))
    speed = float(rng.choice([25.0, 25.0, 25.0, 50.0])) * PX_PER_MM
    start = rng.uniform(0, max(1e-6, signals.shape[1] / fs - COLUMNS / speed))
    t = start + np.arange(int(COLUMNS / speed * fs)) / fs
    part = np.array([np.interp(t, np.arange(signals.shape[1]) / fs, lead) for lead in signals])
    part -= np.median(part, axis=1, keepdims=True)
    if rng.random() < 0.3:  # leads that are nearly flat
        part *= rng.choice([1.0, 1.0, 0.5, 0.0], (len(part), 1))
    if rng.random() < 0.2:  # leads of different times
        part = np.array([np.roll(lead, int(rng.integers(lead.size))) for lead in part])
    gain = 10.0 * PX_PER_MM * rng.uniform(0.7, 1.6)
    # So tight that neighbours meet now and then.
    tall = float(np.median([np.ptp(lead) for lead in part])) * gain
    spacing = float(np.clip(tall * rng.uniform(0.35, 1.2), 8.0 * PX_PER_MM, 40.0 * PX_PER_MM))
    zeros = [REACH + spacing * (k + rng.uniform(-0.08, 0.08)) for k in range(len(stack))]
    height, pen = int(2 * REACH + spacing * (len(stack) - 1)), rng.uniform(0.12, 0.5) * PX_PER_MM
    layers = []
    for lead, zero in zip(part, zeros, strict=True):
        layer = np.zeros((height, COLUMNS), dtype=np.float32)
        cover_trace(layer, (t - start) * speed, zero - gain * lead, pen, 0.0, float(height))
        layers.append(layer)
    return layers, zeros


def seen_ink(layers: list[Float32], rng: Rng) -> Float32:
    """Return the coverage by all, as uncertain as a picture leaves it."""
    import cv2

    ink: Float32 = np.max(layers, axis=0)
    if rng.random() < 0.7:
        ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), rng.uniform(0.3, 0.9)), dtype=np.float32)
    if rng.random() < 0.5:  # thin and steep strokes are faint
        ink = np.power(ink, np.float32(rng.uniform(0.8, 1.6)))
    height, width = ink.shape
    if rng.random() < 0.4:  # lines of a grid that were taken away with what crossed them
        step = int(rng.choice([8, 40]))
        ink[int(rng.integers(step)) :: step] *= rng.uniform(0.5, 1.0)
        ink[:, int(rng.integers(step)) :: step] *= rng.uniform(0.5, 1.0)
    for _ in range(int(rng.integers(0, 12))):  # remains of print, and holes
        y, x = int(rng.integers(height)), int(rng.integers(width))
        tall, wide = rng.integers(3, 16, 2)
        ink[y : y + tall, x : x + wide] *= rng.uniform(0, 0.8)
        y, x = int(rng.integers(height)), int(rng.integers(width))
        ink[y : y + 2, x : x + wide] = rng.uniform(0.3, 0.9)
    ink = ink + rng.normal(0, rng.uniform(0, 0.06), ink.shape).astype(np.float32)
    return np.clip(ink, 0.0, 1.0).astype(np.float32)


def make_examples(count: int, seed: int, compare: bool = False) -> tuple[UInt8, UInt8]:
    """Return what the network sees ``(n, CHANNELS, 2 REACH, SEEN)`` and the row's own ink, both 0 to 255."""
    store = open_store(500)
    rng = np.random.default_rng(seed)
    rows = np.flatnonzero((store.folds == 9) == compare)
    records = store.read(np.sort(rng.choice(rows, min(600, len(rows)), replace=False)))
    x = np.zeros((count, CHANNELS, 2 * REACH, SEEN), np.uint8)
    own = np.zeros((count, 1, 2 * REACH, SEEN), np.uint8)
    done = 0
    while done < count:
        layers, zeros = draw(records[int(rng.integers(len(records)))], store.rate, rng)
        ink = seen_ink(layers, rng)
        found = column_runs(ink)
        bases = find_base_lines(found, ink.shape[0], PX_PER_MM)
        # Rows are matched with what was drawn; where one was not found, its true base line serves.
        bases = [min(bases, key=lambda b, z=z: abs(b - z), default=z) for z in zeros]  # type: ignore[misc]
        bases = [b if abs(b - z) < 5 * PX_PER_MM else z for b, z in zip(bases, zeros, strict=True)]
        traces = follow(found, bases)
        places = [(k, first, last) for k, met in enumerate(meetings(traces)) for first, last in windows(met)]
        rng.shuffle(places)
        for k, first, last in places[:PER_PAGE]:
            middle = int(rng.integers(first, last))
            left = int(np.clip(middle - SEEN // 2, 0, COLUMNS - SEEN))
            top = round(bases[k]) - REACH
            truth = np.zeros((2 * REACH, SEEN), np.float32)
            begin, end = max(0, top), min(ink.shape[0], top + 2 * REACH)
            truth[begin - top : end - top] = layers[k][begin:end, left : left + SEEN]
            x[done] = view(ink, traces, k, left, left + SEEN) * 255
            own[done, 0] = truth * 255
            done += 1
            if done == count:
                break
    return x, own


def train(
    x: UInt8,
    own: UInt8,
    compare: tuple[UInt8, UInt8],
    *,
    steps: int,
    rate: float,
    seed: int,
    out: Path,
    start: Path | None = None,
) -> InkNetwork:
    """Train, from the weights of checkpoint ``start`` if given; go on from the checkpoint beside ``out``."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = InkNetwork(CHANNELS, 1, WIDTHS)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def loss_of(rng: Rng) -> torch.Tensor:
        chosen = rng.integers(len(x), size=BATCH)
        flip = slice(None, None, -1) if rng.random() < 0.5 else slice(None)
        seen, target = (
            torch.from_numpy(np.ascontiguousarray(each[chosen][:, :, flip], dtype=np.float32) / 255)
            for each in (x, own)
        )
        return _loss(network(seen.contiguous(memory_format=torch.channels_last)), target, seen[:, :1])

    take_steps(
        network, loss_of, rng, steps=steps, rate=rate, start=start, checkpoint=out.with_suffix(".ckpt")
    )
    both = either = 0
    with torch.inference_mode():
        for seen_one, own_one in zip(*compare, strict=True):
            found = network(torch.from_numpy(seen_one[None].astype(np.float32) / 255))[0].numpy() > 0
            true = own_one >= 128
            both += 2 * int((found & true).sum())
            either += int(found.sum() + true.sum())
    print(f"fold 9: own ink found (Dice) {both / max(1, either):.4f}")
    return network


def _loss(logits: torch.Tensor, target: torch.Tensor, ink: torch.Tensor) -> torch.Tensor:
    """Cross-entropy where there is ink; paper counts little."""
    each = nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    weight = 0.05 + torch.maximum(ink, target)
    return (each * weight).sum() / weight.sum()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--examples", type=int, default=EXAMPLES)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--start", type=Path, help="a checkpoint to begin with")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    compare = make_examples(200, options.seed + 1, compare=True)
    x, own = make_examples(options.examples, options.seed)
    print(f"{len(x)} places where rows meet", flush=True)
    network = train(
        x,
        own,
        compare,
        steps=options.steps,
        rate=options.rate,
        seed=options.seed,
        out=options.out,
        start=options.start,
    )
    model = nn.Sequential(network.to(memory_format=torch.contiguous_format), nn.Sigmoid()).eval()  # type: ignore[call-overload]
    sides = {3: torch.export.Dim("blocks", min=1, max=256) * 32}
    write_any_size(model, torch.zeros(1, CHANNELS, 2 * REACH, 64), options.out, "own", sides)
    return 0


if __name__ == "__main__":
    sys.exit(main())
