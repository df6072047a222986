"""Cross-validation on drawings of beats as Jun et al. 2018 (arXiv 1804.06812) made them, and over patients.

    einthoven data prepare beat-images --from mitdb
    python bench/beat_images_cross_validation.py --out runs/beat-image-folds
    python bench/beat_images_cross_validation.py --out runs/beat-image-folds --over patients

draws each beat of their eight classes once and trains a network for each fold on the others. The answer is
the class whose probability is largest, each divided by the square root of the class's share of the beats. A
run that was cut off goes on when the same command is given again. Prints Markdown.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from einthoven.errors import EinthovenError
from einthoven.models.beat_image_classes import TITLES
from einthoven.training.beat_image_data import load_store
from einthoven.training.beat_image_folds import FoldAnswers, cross_validate, figures
from einthoven.training.beat_image_recipe import BeatImageRecipe
from einthoven.training.recipe import load_recipe

RECIPE = Path(__file__).parent.parent / "recipes" / "beat-image-jun.yaml"
PUBLISHED = {"accuracy": 99.05, "sensitivity": 97.85, "specificity": 99.57, "ppv": 98.55, "AUC": 98.9}


def table(metrics: dict[str, Any], over: str) -> str:
    """Return the figures as a Markdown table."""

    def cell(value: float | None) -> str:
        return "–" if value is None else f"{100 * value:.2f}"

    lines = [
        f"| split over {over} | beats | sensitivity % | 95 % | specificity % | ppv % | AUROC |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in metrics["per_class"].items():
        interval = row["ci95"]["sensitivity"]
        told = "" if interval is None else f"{100 * interval[0]:.1f}-{100 * interval[1]:.1f}"
        area = "–" if row["auroc"] is None else f"{row['auroc']:.4f}"
        lines.append(
            f"| {name} {TITLES[name]} | {row['support']:,} | {cell(row['sensitivity'])} | {told} | "
            f"{cell(row['specificity'])} | {cell(row['ppv'])} | {area} |"
        )
    n = sum(row["support"] for row in metrics["per_class"].values())
    area = metrics["macro_auroc"]
    lines.append(
        f"| mean | {n:,} | {cell(metrics['macro_sensitivity'])} | | {cell(metrics['macro_specificity'])} | "
        f"{cell(metrics['macro_ppv'])} | {'–' if area is None else f'{area:.4f}'} |"
    )
    low, high = metrics["ci95"]["accuracy"] or (float("nan"), float("nan"))
    lines.append(
        f"\nAccuracy {cell(metrics['accuracy'])} % (95 % over patients {100 * low:.1f}-{100 * high:.1f}), "
        f"macro F1 {cell(metrics['macro_f1'])} %, ECE {metrics['ece']:.4f}."
    )
    return "\n".join(lines)


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for drawings, checkpoints and answers"
    )
    parser.add_argument("--folds", type=int, default=10, help="how many; default: 10")
    parser.add_argument("--over", choices=("beats", "patients"), default="beats")
    parser.add_argument("--only", help="folds separated by commas, from 0; default: all")
    parser.add_argument("--recipe", type=Path, default=RECIPE)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args()
    overrides = dict(setting.split("=", 1) for setting in options.set)
    only = None if options.only is None else [int(fold) for fold in options.only.split(",")]
    try:
        recipe, _ = load_recipe(options.recipe, overrides)
        if not isinstance(recipe, BeatImageRecipe):
            parser.error(f"{options.recipe} is no recipe of task beat-image")

        def report(fold: int, answers: FoldAnswers) -> None:
            metrics = figures(answers, recipe)
            print(
                f"fold {fold}: of {len(answers.classes):,} beats so far accuracy "
                f"{100 * metrics['accuracy']:.2f} %, mean sensitivity "
                f"{100 * metrics['macro_sensitivity']:.2f} %",
                file=sys.stderr,
                flush=True,
            )

        answers = cross_validate(
            load_store(recipe.data),
            recipe,
            options.out,
            n_folds=options.folds,
            over=options.over,
            only=only,
            on_fold=report,
        )
    except EinthovenError as error:
        print(error, file=sys.stderr)
        return 1
    print(table(figures(answers, recipe), options.over))
    published = ", ".join(f"{name} {value:g} %" for name, value in PUBLISHED.items())
    print(f"\nJun et al. over beats, all 48 records: {published}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
