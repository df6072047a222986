"""What a second look at the network's answers brings, on patients whom the model has not seen.

    python bench/second_look.py --model beats-ds1 --data ROOT/svdb

Classifies every record at its annotated R peaks, with and without each part of `second_look`, and prints
Markdown: F1 of each class, and how many beats are found and wrongly named in records that have one to twenty
of the class. Calibration and decision weights are the model's, of the whole, throughout.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import numpy as np

from einthoven.datasets.database import load_reference, record_names
from einthoven.evaluation.metrics import count_matrix, score
from einthoven.models.beats import classify_beats
from einthoven.models.bundle import load_bundle
from einthoven.recording import AAMI_CLASSES

FEW = 20


def counts(model: str, root: Path) -> Iterator[np.ndarray]:
    """Confusion matrix of each record, true classes in rows."""
    bundle = load_bundle(model)
    for name in record_names(root, None):
        reference = load_reference(root, name)
        found = classify_beats(reference.recording, reference.beats.samples, bundle)
        yield count_matrix(reference.beats.classes.tolist(), found.classes.tolist(), AAMI_CLASSES)


def row(what: str, matrices: list[np.ndarray]) -> str:
    """Return a line of the table."""
    total = score(np.sum(matrices, axis=0), AAMI_CLASSES)
    cells = [f"{total.f1[i]:.3f}" for i in range(4)]
    for i in (1, 2):
        few = np.sum([m for m in matrices if 0 < m[i].sum() <= FEW] or [np.zeros_like(matrices[0])], axis=0)
        cells.append(f"{few[i, i]} of {few[i].sum()}, {few[:, i].sum() - few[i, i]} wrongly")
    return f"| {what} | {' | '.join(cells)} |"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", default="beats-ds1")
    parser.add_argument("--data", type=Path, required=True, help="folder of a beat database")
    options = parser.parse_args()
    print(f"| `{options.model}` on {options.data.name} | N F1 | S F1 | V F1 | F F1 | rare S | rare V |")
    print("|---" * 7 + "|")
    print(row("second look", list(counts(options.model, options.data))))
    with patch("einthoven.models.beats.find_fusion_beats", lambda logits, _: np.zeros(len(logits), bool)):
        print(row("without fusion beats", list(counts(options.model, options.data))))
    with patch("einthoven.models.beats.averaged_over_like_beats", lambda logits, inputs: logits):
        print(row("without like beats", list(counts(options.model, options.data))))


if __name__ == "__main__":
    main()
