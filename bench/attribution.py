"""How far maps of where 12-lead models looked are those of shuffled weights, over several shufflings.

    python bench/attribution.py RECORDS --models mi superclass --shufflings 8

Prints Markdown: for each finding the rank correlation (Spearman) of the maps of the trained and of the
shuffled networks, averaged over the records: its mean over the shufflings and its range. A test asks the
first shuffling to stay below 0.5; maps that show the signal alone would have 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

import einthoven
from einthoven.evaluation.attribution import check_twelve_lead_maps
from einthoven.formats.discovery import discover
from einthoven.models.bundle import load_bundle


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("records", nargs="+", help="12-lead recordings: files, folders, globs")
    parser.add_argument(
        "--models", nargs="+", default=["mi", "superclass"], help="names or folders of bundles"
    )
    parser.add_argument("--shufflings", type=int, default=8)
    options = parser.parse_args(arguments)
    recordings = [einthoven.read(path) for record in options.records for path in discover(record)]
    print("| finding | version | mean | lowest | highest |")
    print("|---|---|---|---|---|")
    for name in options.models:
        bundle = load_bundle(name)
        found: dict[str, list[float]] = {}
        for seed in range(options.shufflings):
            with tempfile.TemporaryDirectory() as folder:
                checks = check_twelve_lead_maps(bundle, recordings, Path(folder) / "shuffled", seed)
            for code, check in checks.items():
                found.setdefault(code, []).append(check.correlation)
        for code, each in found.items():
            numbers = f"{np.mean(each):.2f} | {min(each):.2f} | {max(each):.2f}"
            print(f"| `{code}` | {bundle.card.version} | {numbers} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
