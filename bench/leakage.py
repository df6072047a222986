"""What a split over beats hides: the same recipe trained twice, split over beats and split over patients.

    python bench/leakage.py heartbeat-r2 heartbeat --runs runs/leakage

Models that are already trained in ``--runs`` are used as they are. Writes the table of ``docs/leakage.md``,
between its marks, and ``docs/images/leakage-RECIPE.svg`` and ``.png``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from einthoven.datasets.heartbeat import prepared_folder
from einthoven.evaluation.figures import confusion_matrices, save
from einthoven.evaluation.heartbeat import evaluate_heartbeat
from einthoven.models.bundle import Bundle, load_bundle
from einthoven.training.run import train

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "leakage.md"
BEGIN, END = "<!-- figures:begin -->", "<!-- figures:end -->"
# A third of the patients: of fewer, chance decides.
SPLITS: dict[str, dict[str, str]] = {"beats": {}, "patients": {"data.split": "patients", "data.test": "0.33"}}
COLUMNS = ("accuracy", "macro_f1", "S", "V", "F")


def measured(recipe: str, runs: Path) -> dict[str, dict[str, Any]]:
    """Train a recipe by each split, if that was not done yet, and return the figures on its test rows."""
    found = {}
    for split, overrides in SPLITS.items():
        out = runs / f"{recipe}-{split}"
        if not (out / "card.json").is_file():
            train(ROOT / "recipes" / f"{recipe}.yaml", overrides, out)
        rows = (
            prepared_folder() / "test.csv"
            if split == "beats"
            else out.with_name(f"{out.name}-log") / "test.csv"
        )
        found[split] = evaluate_heartbeat(rows, uncalibrated(load_bundle(out)), draw=False)
    return found


def uncalibrated(bundle: Bundle) -> Bundle:
    """Return a bundle that answers what its network says.

    Calibration knows how little the network is worth for new patients, and would hide behind the commonest
    class what it gets wrong.
    """
    plain = {"temperature": 1.0, "bias": [0.0] * len(bundle.card.classes)}
    calibration = bundle.card.calibration.model_copy(update={"parameters": plain})
    return Bundle(bundle.card.model_copy(update={"calibration": calibration}), bundle.path)


def row(recipe: str, split: str, metrics: dict[str, Any]) -> str:
    """Return a line of the table."""
    cells = []
    for name in COLUMNS:
        figures = metrics["per_class"].get(name, metrics)
        key = "f1" if name in metrics["per_class"] else name
        value, interval = figures[key], figures["ci95"][key]
        told = "" if interval is None else f" ({100 * interval[0]:.0f} to {100 * interval[1]:.0f})"
        cells.append("–" if value is None else f"{100 * value:.1f}{told}")
    n_patients = len(metrics["patients"])
    return f"| `{recipe}` | {split} | {n_patients} | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("recipes", nargs="+")
    parser.add_argument("--runs", type=Path, default=Path("runs/leakage"))
    options = parser.parse_args()
    lines = [
        "| recipe | split over | patients measured on | accuracy | macro F1 | S F1 | V F1 | F F1 |",
        "|---" * 8 + "|",
    ]
    for recipe in options.recipes:
        found = measured(recipe, options.runs)
        lines += [row(recipe, split, metrics) for split, metrics in found.items()]
        titles = {f"Split over {split}": metrics["confusion_matrix"] for split, metrics in found.items()}
        save(confusion_matrices(titles), ROOT / "docs" / "images", f"leakage-{recipe}")
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{tail}", encoding="utf-8")
    sys.stdout.write("\n".join(lines) + f"\nwrote {PAGE}\n")


if __name__ == "__main__":
    main()
