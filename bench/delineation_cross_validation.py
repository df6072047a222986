"""Cross-validation of the delineator over patients, on LUDB.

    python bench/delineation_cross_validation.py --data ROOT --out DIR

trains five networks, each without a fifth of the records of ``ludb``, and scores each on the fifth it has not
seen. Networks already in DIR are used again. With ``--leads I`` or ``I,II,V2`` the others are left out.
Prints Markdown.

R peaks are detected, by a network that has seen LUDB; a beat of LUDB is missed so rarely that this moves no
figure (``docs/models/r-peaks.md``).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from einthoven.datasets.ludb import DelineatedRecord, load_ludb_record, ludb_records
from einthoven.evaluation.delineation import score_records
from einthoven.recording import Recording
from einthoven.signal.delineation import Delineation, delineate
from einthoven.signal.quality import assess_quality
from einthoven.signal.rpeaks import detect_r_peaks

HEADER = ("boundary", "n", "mean ms", "SD ms", "95 %", "SD in records ms", "sensitivity %", "ppv %")


def only(record: DelineatedRecord, leads: list[str]) -> DelineatedRecord:
    """The record with some of its leads."""
    rows = [record.recording.leads.index(lead) for lead in leads]
    whole = record.recording
    part = Recording(whole.signals[rows], whole.fs, tuple(leads), name=whole.name, source=whole.source)
    return DelineatedRecord(record.name, part, tuple(record.leads[row] for row in rows))


def delineated(recording: Recording, weights: Path) -> Delineation:
    """As the analysis does it, with other weights."""
    usable = [lead.usable for lead in assess_quality(recording)]
    r_peaks = detect_r_peaks(recording.signals, recording.fs, usable)
    return delineate(recording.signals, recording.fs, r_peaks, recording.leads, weights=weights)


def markdown(metrics: dict[str, Any]) -> str:
    """Return the table of boundaries as Markdown."""
    lines = ["| " + " | ".join(HEADER) + " |", "|---|" + "---:|" * (len(HEADER) - 1)]
    for name, row in metrics["boundaries"].items():
        low, high = row["ci95"]["sd_ms"]
        cells = (
            name.replace("_", " "),
            str(row["found"] + row["missed"]),
            f"{row['mean_ms']:+.1f}",
            f"{row['sd_ms']:.1f}",
            f"{low:.1f}-{high:.1f}",
            f"{row['sd_within_records_ms']:.1f}",
            f"{100 * row['sensitivity']:.2f}",
            f"{100 * row['ppv']:.2f}",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of ludb and nstdb")
    parser.add_argument("--out", type=Path, required=True, help="folder for networks and metrics.json")
    parser.add_argument("--leads", help="lead names separated by commas; default: all")
    options = parser.parse_args()
    from einthoven.training.delineation import FOLDS, train_folds

    train_folds(options.data, options.out)
    root = options.data / "ludb"
    scored = []
    for i, name in enumerate(ludb_records(root)):
        record = load_ludb_record(root, name)
        if options.leads:
            record = only(record, options.leads.split(","))
        scored.append((record, delineated(record.recording, options.out / f"fold{i % FOLDS}.onnx")))
    metrics = score_records(scored, "ludb")
    (options.out / "metrics.json").write_text(json.dumps(metrics, indent=1), encoding="utf-8")
    print(markdown(metrics))


if __name__ == "__main__":
    main()
