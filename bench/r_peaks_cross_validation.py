"""Cross-validation of the R-peak detector over patients, and its resistance to noise.

    python bench/r_peaks_cross_validation.py --data ROOT --out DIR

trains four networks, each without a quarter of the records of ``mitdb``, ``svdb`` and ``ludb``, and
scores each on the quarter it has not seen. Networks already in DIR are used again. Prints Markdown.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from einthoven.datasets.database import Reference, load_reference
from einthoven.evaluation.r_peaks import compare
from einthoven.formats import read
from einthoven.signal.rpeaks import detect_r_peaks

FOLDS = 4
SNR_DB = (24, 18, 12, 6, 0)

Signals = npt.NDArray[np.float32]


def fold_of(names: list[str]) -> dict[str, int]:
    """Deal the records of each database to the folds in turn; no patient has two records here."""
    seen: dict[str, int] = {}
    folds = {}
    for name in names:
        database = name.split("/")[0]
        folds[name] = seen.get(database, 0) % FOLDS
        seen[database] = seen.get(database, 0) + 1
    return folds


def networks(data: Path, out: Path, steps: int, wanted: set[int]) -> dict[str, Path]:
    """Train what is not there yet; return, of the folds wanted, the network that has not seen each record."""
    from einthoven.training.r_peaks import load_noise, load_records, train
    from einthoven.training.r_peaks_network import export

    records = load_records(data)
    folds = fold_of([record.name for record in records])
    out.mkdir(parents=True, exist_ok=True)
    for fold in sorted(wanted):
        path = out / f"fold{fold}.onnx"
        if path.is_file():
            continue
        seen = [record for record in records if folds[record.name] != fold]

        def report(step: int, loss: float, fold: int = fold) -> None:
            if step % 200 == 0:
                print(f"fold {fold} step {step}/{steps} loss {loss:.4f}", flush=True)

        network = train(seen, load_noise(data), steps=steps, seed=fold, on_step=report)
        export(network, path, trained_on=[record.name for record in seen])
    return {name: out / f"fold{fold}.onnx" for name, fold in folds.items() if fold in wanted}


def with_noise(reference: Reference, noise: Signals, snr_db: float) -> Signals:
    """Add noise to every second two minutes from the fifth minute on, as the Noise Stress Test Database does.

    The signal's power is that of its QRS complexes: the mean square of their peak-to-peak heights over 8, one
    lead at a time (Moody, Muldrow & Mark, Computers in Cardiology 1984).
    """
    signals, fs = reference.recording.signals, reference.recording.fs
    beats = reference.beats.samples
    half = round(0.05 * fs)
    at = np.clip(beats[:, np.newaxis] + np.arange(-half, half + 1), 0, signals.shape[1] - 1)
    noisy = signals.copy()
    on = (np.arange(signals.shape[1]) / fs >= 300) & ((np.arange(signals.shape[1]) / fs // 120) % 2 == 1)
    for i in range(len(signals)):
        power = np.median(np.ptp(signals[i][at], axis=1)) ** 2 / 8
        piece = noise[i % len(noise), : signals.shape[1]]
        noisy[i, on] += piece[on] * np.float32(np.sqrt(power / piece.var() / 10 ** (snr_db / 10)))
    return noisy


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1400)
    parser.add_argument("--folds", default="0,1,2,3", help="of four, separated by commas; default: all")
    options = parser.parse_args()
    wanted = {int(fold) for fold in options.folds.split(",")}
    unseen_by = networks(options.data, options.out, options.steps, wanted)
    names = [name for name in unseen_by if not name.startswith("ludb")]

    def references(database: str) -> Iterator[tuple[str, Reference]]:
        for name in names:
            if name.startswith(database):
                yield name, load_reference(options.data / database, name.split("/")[1])

    def row(database: str, title: str, change: Callable[[Reference], Signals]) -> None:
        counts = np.zeros(3, dtype=int)
        worst: list[tuple[int, str]] = []
        for name, reference in references(database):
            found = detect_r_peaks(change(reference), reference.recording.fs, weights=unseen_by[name])
            tp, fn, fp = compare(reference, found).counts
            counts += (tp, fn, fp)
            worst.append((fn + fp, f"{name.split('/')[1]} (-{fn} +{fp})"))
        tp, fn, fp = counts.tolist()
        hard = ", ".join(text for n, text in sorted(worst, reverse=True)[:4] if n)
        print(
            f"| {database} | {title} | {100 * tp / (tp + fn):.2f} | {100 * tp / (tp + fp):.2f} | {hard} |",
            flush=True,
        )

    print(
        "| database | leads | sensitivity % | ppv % | most errors (-missed +extra) |\n|---|---|---|---|---|"
    )
    for database in ("mitdb", "svdb"):
        row(database, "both", lambda reference: reference.recording.signals)
        row(database, "first", lambda reference: reference.recording.signals[:1])
        row(database, "second", lambda reference: reference.recording.signals[1:])
    for kind in ("ma", "bw"):
        noise = read(options.data / "nstdb" / f"{kind}.hea").signals
        for snr in SNR_DB:
            row("mitdb", f"both, {kind} at {snr} dB", lambda r, n=noise, s=snr: with_noise(r, n, s))


if __name__ == "__main__":
    main()
