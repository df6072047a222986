"""Models of heartbeat rows compared by cross-validation over the training rows; the test rows are not read.

    einthoven data prepare heartbeat --from mitdb
    python bench/heartbeat_cross_validation.py --out runs/heartbeat-folds

trains each candidate without each fold, its teachers too, and measures it on the fold. Folds divide beats at
random, as the published set does: a patient's beats are on both sides (docs/leakage.md). What is trained in
``--out`` is used as it is, and a run that was cut off goes on when the same command is given again. Prints
Markdown: figures of all folds together, and how far each candidate is from the first, paired over patients.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from einthoven.errors import EinthovenError
from einthoven.evaluation.compare import compare_models
from einthoven.evaluation.heartbeat import evaluate_heartbeat
from einthoven.training.run import train

RECIPES = Path(__file__).parent.parent / "recipes"
_SHORT = {"network.channels": "[16, 48, 96]", "training.epochs": "45"}  # as version 1.1
# Name: its recipe, what is put in place of the recipe's values, and which candidates teach it.
CANDIDATES: dict[str, tuple[str, dict[str, str], tuple[str, ...]]] = {
    "r2": ("heartbeat-r2", {}, ()),
    "teacher": ("heartbeat-teacher", {}, ()),
    "untaught": ("heartbeat", {**_SHORT, "distillation": "null"}, ()),
    "two-teachers": ("heartbeat", {**_SHORT, "distillation.share": "0.7"}, ("teacher", "r2")),
    "heartbeat": ("heartbeat", {}, ("teacher",)),
}
COLUMNS = ("accuracy", "macro F1", "F1 S", "F1 V", "F1 F")


def evaluated(name: str, fold: int, of: int, out: Path) -> Path:
    """Train a candidate without a fold, where that was not done yet; return its evaluation on the fold."""
    recipe, overrides, teachers = CANDIDATES[name]
    bundle = out / f"{name}-{fold}"
    if not (bundle / "card.json").is_file():
        settings = {**overrides, "data.fold": f"{{number: {fold}, of: {of}}}"}
        if teachers:
            folders = ", ".join(str((out / f"{teacher}-{fold}").resolve()) for teacher in teachers)
            settings["distillation.teachers"] = f"[{folders}]"
        train(RECIPES / f"{recipe}.yaml", settings, bundle)
    answers = out / f"{name}-{fold}-evaluation"
    evaluate_heartbeat(out / f"{name}-{fold}-log" / "test.csv", bundle, out=answers, draw=False)
    return answers


def together(evaluations: Sequence[Path], folder: Path) -> Path:
    """Put the predictions of several folds into one folder, their rows numbered on."""
    folder.mkdir(exist_ok=True)
    (folder / "metrics.json").write_bytes((evaluations[0] / "metrics.json").read_bytes())
    rows: list[list[str]] = []
    for evaluation in evaluations:
        with (evaluation / "predictions.csv").open(newline="", encoding="utf-8") as file:
            header, *found = csv.reader(file)
            rows += [[str(len(rows) + i), *row[1:]] for i, row in enumerate(found)]
    with (folder / "predictions.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return folder


def table(names: Iterable[str], comparison: dict[str, Any]) -> str:
    """Return the figures of `compare_models` as a Markdown table, in percent."""

    def told(figures: dict[str, Any], key: str) -> str:
        value, interval = figures[key]["value"], figures[key]["ci95"]
        if value is None or interval is None:
            return "–"
        return f"{100 * value:.2f} ({100 * interval[0]:.2f} to {100 * interval[1]:.2f})"

    lines = [f"| candidate | {' | '.join(COLUMNS)} |", "|---" * (1 + len(COLUMNS)) + "|"]
    for name, model in zip(names, comparison["models"], strict=True):
        lines.append(f"| {name} | {' | '.join(told(model['figures'], key) for key in COLUMNS)} |")
        if "differences" in model:
            cells = (told(model["differences"], key) for key in COLUMNS)
            lines.append(f"| {name}, difference | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for bundles and answers")
    parser.add_argument("--folds", type=int, default=3, help="how many; default: 3")
    parser.add_argument("--only", help="folds separated by commas, from 0; default: all")
    parser.add_argument("candidates", nargs="*", help=f"default: {' '.join(CANDIDATES)}")
    options = parser.parse_args()
    names = options.candidates or list(CANDIDATES)
    if unknown := set(names) - set(CANDIDATES):
        parser.error(f"no candidate {', '.join(sorted(unknown))}; there are {', '.join(CANDIDATES)}")
    kept = options.out
    folds = range(options.folds) if options.only is None else [int(fold) for fold in options.only.split(",")]
    kept.mkdir(parents=True, exist_ok=True)
    try:
        found = [[evaluated(name, fold, options.folds, kept) for name in names] for fold in folds]
        pooled = [
            together(of_folds, kept / f"{name}-evaluation")
            for name, of_folds in zip(names, zip(*found, strict=True), strict=True)
        ]
        comparison = compare_models(pooled)
    except EinthovenError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{comparison['n_rows']:,} rows, {len(folds)} of {options.folds} folds\n")
    print(table(names, comparison))
    return 0


if __name__ == "__main__":
    sys.exit(main())
