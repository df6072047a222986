"""Training of the delineation network behind ``einthoven.signal.delineation``.

    python -m einthoven.training.delineation --data ROOT --folds DIR --out delineation_network.onnx

trains five networks on ``ludb`` below ROOT with noise of ``nstdb``, each without a fifth of the patients, and
writes them as one file that averages their answers. Networks already in DIR are used again.
``bench/delineation_cross_validation.py`` scores each of them on the fifth it has not seen.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from einthoven.datasets.ludb import load_ludb_record, ludb_records
from einthoven.errors import EinthovenError
from einthoven.formats import read
from einthoven.recording import Float32
from einthoven.signal.delineation_input import to_rate
from einthoven.training.delineation_examples import AnnotatedLeads, Noise, make_example, prepare
from einthoven.training.delineation_export import export
from einthoven.training.delineation_network import DelineationNetwork

FOLDS = 5
CYCLES = ((6000, 3e-3),)  # batches and highest learning rate
ROWS = 36  # leads a batch: 3 records of 12 leads, 36 of one
LENGTH = 1024  # 4.1 s
LEADS = (12, 6, 3, 2, 1)
SHARE = (0.6, 0.16, 0.1, 0.07, 0.07)


def load_records(root: Path) -> list[AnnotatedLeads]:
    """Read all records of ``ludb`` below ``root``; each is another patient's.

    Raises:
        DataError: it is not there.
    """
    folder = root / "ludb"
    return [prepare(load_ludb_record(folder, name)) for name in ludb_records(folder)]


def load_noise(root: Path) -> Noise:
    """Read muscle artefact and baseline wander of ``nstdb``."""

    def unit(name: str) -> Float32:
        recording = read(root / "nstdb" / f"{name}.hea")
        leads = to_rate(recording.signals, recording.fs)
        leads -= leads.mean(axis=1, keepdims=True)
        scaled: Float32 = leads / leads.std(axis=1, keepdims=True)
        return scaled

    return Noise(muscle=unit("ma"), wander=unit("bw"))


def train(
    records: Sequence[AnnotatedLeads],
    noise: Noise,
    *,
    steps: int = CYCLES[0][0],
    learning_rate: float = CYCLES[0][1],
    seed: int = 0,
    network: DelineationNetwork | None = None,
    on_step: Callable[[int, float], None] = lambda step, loss: None,
) -> DelineationNetwork:
    """Train a network for one cycle of the learning rate; the same seed gives the same network.

    Args:
        records: of LUDB.
        noise: added to most examples.
        steps: number of batches.
        learning_rate: the highest.
        seed: of weights and examples.
        network: to go on with; default: a new one.
        on_step: told the step and a running mean of the loss.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = DelineationNetwork() if network is None else network
    optimiser = torch.optim.AdamW(network.parameters(), lr=learning_rate, weight_decay=2e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, learning_rate, total_steps=steps, pct_start=0.15
    )
    running = 0.0
    network.train()
    for step in range(steps):
        n_leads = int(rng.choice(LEADS, p=SHARE))
        examples = []
        for i in rng.integers(len(records), size=ROWS // n_leads).tolist():
            leads = rng.permutation(records[i].layers.shape[0])[:n_leads]
            examples.append(make_example(rng, records[i], noise, leads, LENGTH))
        x, target, weight = (torch.from_numpy(np.stack(parts)) for parts in zip(*examples, strict=True))
        loss = -(target * torch.log_softmax(network(x), dim=2)).sum(dim=2)
        loss = (loss * weight).sum() / weight.sum()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        running = 0.98 * running + 0.02 * loss.item() if step else loss.item()
        on_step(step + 1, running)
    return network.eval()


def train_folds(root: Path, folder: Path) -> list[DelineationNetwork]:
    """Train the networks of a cross-validation; record i of ``RECORDS`` is unseen by network i mod 5.

    Writes ``fold0.pt`` and ``fold0.onnx`` to ``fold4…`` into ``folder``; those that are there are not trained
    again.

    Args:
        root: folder of ``ludb`` and ``nstdb``.
        folder: where to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = ludb_records(root / "ludb")
    networks = []
    records: list[AnnotatedLeads] = []
    for fold in range(FOLDS):
        weights = folder / f"fold{fold}.pt"
        network = DelineationNetwork()
        if weights.is_file():
            network.load_state_dict(torch.load(weights, weights_only=True))
        else:
            records = records or load_records(root)
            noise = load_noise(root)
            seen = [record for i, record in enumerate(records) if i % FOLDS != fold]
            for cycle, (steps, learning_rate) in enumerate(CYCLES):
                network = train(
                    seen,
                    noise,
                    steps=steps,
                    learning_rate=learning_rate,
                    seed=fold + 100 * cycle,
                    network=network if cycle else None,
                    on_step=_reporter(fold, steps),
                )
            torch.save(network.state_dict(), weights)
        seen_names = [name for i, name in enumerate(names) if i % FOLDS != fold]
        export([network], folder / f"fold{fold}.onnx", seen_names)
        networks.append(network.eval())
    return networks


def _reporter(fold: int, steps: int) -> Callable[[int, float], None]:
    started = time.monotonic()

    def report(step: int, loss: float) -> None:
        if step % 100 == 0:
            print(
                f"fold {fold} step {step}/{steps} loss {loss:.4f} {time.monotonic() - started:.0f} s",
                flush=True,
            )

    return report


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line: train what is not there, write the ONNX file."""
    parser = argparse.ArgumentParser(description="Train the delineation network.")
    parser.add_argument("--data", type=Path, required=True, help="folder of ludb and nstdb")
    parser.add_argument("--folds", type=Path, required=True, help="folder for the five networks")
    parser.add_argument("--out", type=Path, required=True, help="ONNX file to write")
    options = parser.parse_args(arguments)
    try:
        networks = train_folds(options.data, options.folds)
        export(networks, options.out, ludb_records(options.data / "ludb"))
    except EinthovenError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"wrote {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
