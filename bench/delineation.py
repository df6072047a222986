"""Delineation beside NeuroKit2's, on LUDB: every lead against its own annotation, the same matching for all.

    python bench/delineation.py --data ROOT --folds DIR [--records 1,2,3]

DIR holds the networks of ``bench/delineation_cross_validation.py``, so that Einthoven answers with one that
has not seen the record. All get the same R peaks (Einthoven's, of all leads together), which is more than
NeuroKit2 would find in a lead of its own. Seconds are of delineating twelve leads of ten seconds, after
reading, R peaks and one call to warm up; for NeuroKit2 they include ``ecg_clean``, which its delineator
needs.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from einthoven.datasets.ludb import load_ludb_record, ludb_records
from einthoven.evaluation.delineation import score_records
from einthoven.recording import Int64, Recording
from einthoven.signal.delineation import POINTS, Delineation, delineate
from einthoven.signal.rpeaks import detect_r_peaks

HEADER = ("delineator", "boundary", "mean ms", "SD ms", "sensitivity %", "ppv %", "CPU s a record")
SHOWN = ("P_onset", "P_end", "QRS_onset", "QRS_end", "T_onset", "T_end")
_NEUROKIT = {
    "p_onset": "ECG_P_Onsets", "p_peak": "ECG_P_Peaks", "p_offset": "ECG_P_Offsets",
    "qrs_onset": "ECG_R_Onsets", "qrs_offset": "ECG_R_Offsets",
    "t_onset": "ECG_T_Onsets", "t_peak": "ECG_T_Peaks", "t_offset": "ECG_T_Offsets",
}  # fmt: skip

Delineator = Callable[[Recording, Int64, int], Delineation]


def neurokit2(method: str) -> Delineator:
    """neurokit2.ecg_delineate on neurokit2.ecg_clean, lead by lead; a lead that it fails on has no waves."""
    import neurokit2 as nk

    def run(recording: Recording, r_peaks: Int64, index: int) -> Delineation:
        fs = round(recording.fs)
        shape = (recording.n_leads, len(r_peaks))
        points = {point: np.full(shape, np.nan) for point in POINTS}
        for row, lead in enumerate(recording.signals):
            clean = nk.ecg_clean(lead.astype(np.float64), sampling_rate=fs)
            try:
                _, waves = nk.ecg_delineate(clean, r_peaks, sampling_rate=fs, method=method)
            except (ValueError, IndexError, ZeroDivisionError, KeyError, TypeError):
                continue
            for point, name in _NEUROKIT.items():
                found = np.asarray(waves.get(name, []), dtype=np.float64)
                points[point][row, : found.size] = found[: shape[1]]
            points["qrs_peak"][row] = np.where(np.isfinite(points["qrs_onset"][row]), r_peaks, np.nan)
        sure = {point: np.isfinite(values).astype(np.float32) for point, values in points.items()}
        return Delineation(r_peaks, (0, recording.n_samples), **points, confidence=sure)

    return run


def ours(folds: Path) -> Delineator:
    """Einthoven with the network that has not seen the record."""

    def run(recording: Recording, r_peaks: Int64, index: int) -> Delineation:
        return delineate(recording.signals, recording.fs, r_peaks, weights=folds / f"fold{index % 5}.onnx")

    return run


def measure(root: Path, names: list[str], delineator: Delineator) -> tuple[dict[str, Any], float]:
    """Return the metrics and the mean CPU seconds a record."""
    order = {name: i for i, name in enumerate(ludb_records(root))}
    scored, seconds = [], 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peer's own
        for k, name in enumerate(names):
            record = load_ludb_record(root, name)
            r_peaks = detect_r_peaks(record.recording.signals, record.recording.fs)
            if k == 0:
                delineator(record.recording, r_peaks, order[name])
            started = time.process_time()
            found = delineator(record.recording, r_peaks, order[name])
            seconds += time.process_time() - started
            scored.append((record, found))
    return score_records(scored, "ludb"), seconds / len(names)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of ludb")
    parser.add_argument("--folds", type=Path, required=True, help="folder of fold0.onnx to fold4.onnx")
    parser.add_argument("--records", help="record names separated by commas; default: all")
    options = parser.parse_args()
    root = options.data / "ludb"
    names = ludb_records(root, options.records.split(",") if options.records else None)
    rows: list[tuple[str, ...]] = [HEADER, ("---",) * 2 + ("---:",) * 5]
    delineators: dict[str, Callable[[], Delineator]] = {
        "einthoven, all leads together": lambda: ours(options.folds),
        "NeuroKit2 dwt": lambda: neurokit2("dwt"),
        "NeuroKit2 prominence": lambda: neurokit2("prominence"),
    }
    for title, make in delineators.items():
        try:
            metrics, seconds = measure(root, names, make())
        except ImportError as error:
            rows.append((title, f"not installed ({error.name})", "", "", "", "", ""))
            continue
        for name in SHOWN:
            row = metrics["boundaries"][name]
            cells = [
                f"{row[figure]:+.1f}" if row[figure] is not None else "" for figure in ("mean_ms", "sd_ms")
            ]
            cells += [
                f"{100 * row[figure]:.2f}" if row[figure] is not None else ""
                for figure in ("sensitivity", "ppv")
            ]
            rows.append(
                (title, name.replace("_", " "), cells[0], cells[1].lstrip("+"), *cells[2:], f"{seconds:.2f}")
            )
    print("\n".join("| " + " | ".join(row) + " |" for row in rows))


if __name__ == "__main__":
    main()
