"""Training of the ink network behind ``einthoven.paper.ink``.

    python -m einthoven.training.page_ink examples --out FOLDER
    python -m einthoven.training.page_ink train --examples FOLDER --out ink_network.onnx

``examples`` draws records of the prepared ``ptb-xl`` store (folds 1 to 8; the last part: fold 9, to compare)
on pages of many looks, photographs most of them, and cuts squares. ``train`` goes on where it stopped.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

from einthoven.datasets.ptb_xl_store import open_store
from einthoven.paper.ink import ink_strength
from einthoven.training.export import write_any_size
from einthoven.training.page_course import take_steps
from einthoven.training.page_ink_examples import cut, specimens, weather
from einthoven.training.page_ink_network import KINDS, InkNetwork

PAGES, PER_PAGE, PER_PART = 600, 14, 40
SEVERITIES = (None, "light", "medium", "hard")
STEPS, BATCH, RATE = 5000, 8, 3e-3
PRESENT_WEIGHT = 3.0  # ink is rare


def make_examples(folder: Path, pages: int, seed: int, severities: tuple[str | None, ...]) -> None:
    """Write parts ``train-0000.npz`` … and ``compare.npz`` into ``folder``; parts that are there are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    store = open_store(500)
    parts = [(f"train-{i:04d}", i) for i in range(-(-pages // PER_PART))]
    for name, number in [("compare", 999_983), *parts]:
        path = folder / f"{name}.npz"
        if path.exists():
            continue
        rng = np.random.default_rng((seed, number))
        rows = np.flatnonzero((store.folds == 9) == (name == "compare"))
        rows = np.sort(rng.choice(rows, min(len(rows), 3 * PER_PART), replace=False))
        drawn = specimens(store.read(rows), float(store.rate), rng, severities)
        pairs = [cut(next(drawn), rng, PER_PAGE) for _ in range(PER_PART)]
        pixels, cover = (np.concatenate(each) for each in zip(*pairs, strict=True))
        unfinished = path.with_suffix(".part")
        with unfinished.open("wb") as file:
            np.savez(file, pixels=pixels, cover=cover)
        unfinished.rename(path)
        print(f"{path.name}: {len(pixels)} squares", flush=True)


def train(folder: Path, out: Path, *, steps: int, rate: float, seed: int, start: Path | None = None) -> None:
    """Train on the parts in ``folder``, from the weights of checkpoint ``start`` if given; write ``out``."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    parts = [dict(np.load(path)) for path in sorted(folder.glob("train-*.npz"))]
    pixels, cover = (np.concatenate([part[name] for part in parts]) for name in ("pixels", "cover"))
    network = InkNetwork().to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def loss_of(rng: np.random.Generator) -> torch.Tensor:
        chosen = rng.integers(len(pixels), size=BATCH)
        x = np.stack([ink_strength(weather(pixels[i], rng)) for i in chosen]).transpose(0, 3, 1, 2)
        target = torch.from_numpy(cover[chosen].transpose(0, 3, 1, 2).astype(np.float32) / 255)
        return _loss(network(torch.from_numpy(x).contiguous(memory_format=torch.channels_last)), target)

    take_steps(
        network, loss_of, rng, steps=steps, rate=rate, start=start, checkpoint=out.with_suffix(".ckpt")
    )
    print(compare(network, dict(np.load(folder / "compare.npz"))))
    export(network, out)


def compare(network: InkNetwork, squares: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]) -> str:
    """Return for each kind how well pixels of at least half coverage are found (Dice), fold 9."""
    both, either = np.zeros(len(KINDS)), np.zeros(len(KINDS))
    with torch.inference_mode():
        for pixels, cover in zip(squares["pixels"], squares["cover"], strict=True):
            x = torch.from_numpy(ink_strength(pixels).transpose(2, 0, 1)[None])
            found = torch.sigmoid(network(x))[0].numpy() >= 0.5
            true = cover.transpose(2, 0, 1) >= 128
            both += 2 * (found & true).sum(axis=(1, 2))
            either += found.sum(axis=(1, 2)) + true.sum(axis=(1, 2))
    return ", ".join(f"{kind} {b / max(e, 1):.3f}" for kind, b, e in zip(KINDS, both, either, strict=True))


def export(network: InkNetwork, out: Path) -> None:
    """Write ``network`` and a sigmoid as ONNX, input ``x (1, 3, height, width)``, output ``cover``."""
    model = nn.Sequential(network.to(memory_format=torch.contiguous_format), nn.Sigmoid()).eval()  # type: ignore[call-overload]
    sides = {
        2: torch.export.Dim("blocks_y", min=2, max=512) * 16,
        3: torch.export.Dim("blocks_x", min=2, max=512) * 16,
    }
    write_any_size(model, torch.zeros(1, 3, 64, 96), out, "cover", sides)


def _loss(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    each = nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    weight = 1 + (PRESENT_WEIGHT - 1) * target
    return (each * weight).sum() / weight.sum()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("task", choices=("examples", "train"))
    parser.add_argument("--examples", type=Path, default=Path("ink-examples"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=PAGES)
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--start", type=Path, help="a checkpoint to begin with")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    if options.task == "examples":
        make_examples(options.out, options.pages, options.seed, SEVERITIES)
    else:
        train(
            options.examples,
            options.out,
            steps=options.steps,
            rate=options.rate,
            seed=options.seed,
            start=options.start,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
