"""Training of the QRS network behind ``einthoven.signal.rpeaks``.

    python -m einthoven.training.r_peaks --data ROOT --out qrs_network.onnx

trains on all records of ``mitdb``, ``svdb`` and ``ludb`` below ROOT with noise of ``nstdb``: a few
minutes on one core. ``bench/r_peaks_cross_validation.py`` repeats it without each quarter of the patients
in turn.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from einthoven.datasets.database import load_reference
from einthoven.errors import DataError, EinthovenError
from einthoven.formats import read, read_annotations
from einthoven.recording import Recording
from einthoven.signal.qrs_input import remove_baseline, resampling_ratio, to_network_rate
from einthoven.signal.qrs_refine import refine_r_peaks
from einthoven.training.r_peaks_examples import AnnotatedLeads, Noise, make_example
from einthoven.training.r_peaks_network import QRSNetwork, export

Float32 = npt.NDArray[np.float32]

STEPS = 1400
BATCH = 16
LEARNING_RATE = 4e-3
LENGTH = 2048  # 20 s
SHORT_LENGTH = 1000  # LUDB recordings last 10 s
SHORT_EVERY = 8
WEIGHT_OF = {"mitdb": 1.5, "svdb": 1.0}
_FLUTTER_MARGIN = 50  # network samples
_MARGIN = 40  # network samples around the first and last annotated beat of a partly annotated recording


def load_records(root: Path) -> list[AnnotatedLeads]:
    """Read all records of ``mitdb``, ``svdb`` and ``ludb``, annotations moved onto R peaks.

    Annotations of different databases sit on different points of the complex (in ``svdb`` typically 16 ms
    early); refined, they all mean the same.

    Raises:
        DataError: a database is missing.
    """
    records = []
    for database in ("mitdb", "svdb"):
        for header in _headers(root / database):
            reference = load_reference(root / database, header.stem)
            name, beats = f"{database}/{header.stem}", reference.beats.samples
            record = _prepare(name, reference.recording, beats, refine_on=slice(None))
            ratio = float(resampling_ratio(reference.recording.fs))
            for start, stop in (reference.flutter * ratio).astype(np.int64).tolist():
                record.scored[max(start - _FLUTTER_MARGIN, 0) : stop + _FLUTTER_MARGIN] = 0
            records.append(record)
    for header in _headers(root / "ludb" / "data"):
        notes = read_annotations(header.with_suffix(".ii"))
        beats = notes.samples[notes.symbols == "N"]
        if not beats.size:
            continue
        record = _prepare(f"ludb/{header.stem}", read(header), beats, refine_on=slice(1, 2))
        # Beats near either end are not annotated.
        record.scored[: max(int(record.peaks[0]) - _MARGIN, 0)] = 0
        record.scored[int(record.peaks[-1]) + _MARGIN :] = 0
        records.append(record)
    return records


def _headers(folder: Path) -> list[Path]:
    headers = sorted(folder.glob("*.hea"))
    if not headers:
        raise DataError(
            f"{folder} holds no records (*.hea). Give the folder above mitdb, svdb, ludb and nstdb."
        )
    return headers


def _at_network_rate(recording: Recording) -> Float32:
    return np.stack([remove_baseline(*to_network_rate(lead, recording.fs)) for lead in recording.signals])


def _prepare(
    name: str, recording: Recording, beats: npt.NDArray[np.int64], refine_on: slice
) -> AnnotatedLeads:
    peaks = np.unique(refine_r_peaks(recording.signals[refine_on], recording.fs, beats))
    x = _at_network_rate(recording)
    scored = np.ones(x.shape[1], dtype=np.float32)
    at = peaks.astype(np.float64) * float(resampling_ratio(recording.fs))
    return AnnotatedLeads(name, x, at, scored)


def load_noise(root: Path) -> Noise:
    """Read muscle artefact and baseline wander of ``nstdb``."""

    def unit(name: str) -> Float32:
        leads = _at_network_rate(read(root / "nstdb" / f"{name}.hea"))
        scaled: Float32 = leads / leads.std(axis=1, keepdims=True)
        return scaled

    return Noise(muscle=unit("ma"), wander=unit("bw"))


def train(
    records: Sequence[AnnotatedLeads],
    noise: Noise,
    *,
    steps: int = STEPS,
    batch: int = BATCH,
    seed: int = 0,
    on_step: Callable[[int, float], None] = lambda step, loss: None,
) -> QRSNetwork:
    """Train a network; the same seed gives the same network on the same machine.

    Args:
        records: of two leads and half an hour, and LUDB's (twelve leads, ten seconds).
        noise: added to every other lead at -2 to 26 dB.
        steps: number of batches; one cycle of the learning rate in all.
        batch: stretches a batch.
        seed: of weights and examples.
        on_step: told the step and a running mean of the loss.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    long = [record for record in records if record.x.shape[1] > LENGTH]
    short = [record for record in records if record.x.shape[1] <= LENGTH]
    share = np.array([WEIGHT_OF[record.name.split("/")[0]] for record in long])
    share /= share.sum()
    network = QRSNetwork()
    optimiser = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps, pct_start=0.1)
    running = 0.0
    network.train()
    for step in range(steps):
        if short and step % SHORT_EVERY == SHORT_EVERY - 1:
            chosen = [short[i] for i in rng.integers(len(short), size=batch)]
            length = min(SHORT_LENGTH, *(record.x.shape[1] for record in chosen)) // 4 * 4
        else:
            chosen = [long[i] for i in rng.choice(len(long), size=batch, p=share)]
            length = LENGTH
        examples = [make_example(rng, record, noise, length) for record in chosen]
        x, target, weight = (torch.from_numpy(np.stack(parts)) for parts in zip(*examples, strict=True))
        loss = nn.functional.binary_cross_entropy_with_logits(network(x), target, reduction="none")
        loss = (loss * weight).sum() / weight.sum()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        running = 0.98 * running + 0.02 * loss.item() if step else loss.item()
        on_step(step + 1, running)
    return network.eval()


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line: train on everything, write the ONNX file."""
    parser = argparse.ArgumentParser(description="Train the QRS network.")
    parser.add_argument("--data", type=Path, required=True, help="folder of mitdb, svdb, ludb, nstdb")
    parser.add_argument("--out", type=Path, required=True, help="ONNX file to write")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        records = load_records(options.data)
        noise = load_noise(options.data)
    except EinthovenError as error:
        print(error, file=sys.stderr)
        return 1
    started = time.monotonic()

    def report(step: int, loss: float) -> None:
        if step % 100 == 0:
            print(
                f"step {step}/{options.steps} loss {loss:.4f} {time.monotonic() - started:.0f} s", flush=True
            )

    network = train(records, noise, steps=options.steps, seed=options.seed, on_step=report)
    export(network, options.out, trained_on=[record.name for record in records])
    print(f"wrote {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
