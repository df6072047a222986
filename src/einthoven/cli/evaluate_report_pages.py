"""``einthoven evaluate report-pages``: 12-lead report pages in class folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from einthoven.cli.console import stdout
from einthoven.cli.evaluate_beat_images import print_pictures
from einthoven.cli.evaluate_tables import rows_done, say_where

# So that tables fit a terminal.
_BRIEF = {
    "normal": "normal",
    "abnormal_heartbeat": "abnormal",
    "myocardial_infarction": "infarction",
    "history_of_mi": "history",
}


def report_pages(
    *,
    data: Path,
    model: str = "report-page",
    out: Path | None = None,
    repainted: int = 0,
    figures: bool = True,
) -> int:
    """Measure the classes of 12-lead report pages, one folder a class.

    Folders may be called by class (normal, abnormal_heartbeat, myocardial_infarction,
    history_of_mi) or as the publisher calls them.

    Parameters
    ----------
    data
        Folder that holds a folder of pages for each class.
    model
        Name of a model, or the folder of a bundle.
    out
        Folder for metrics.json, predictions.csv and figures (PNG, SVG).
    repainted
        Paint the surroundings of the ECG anew on so many pages, and tell how far answers move.
    figures
        Draw the figures, where Matplotlib is installed.
    """
    from einthoven.evaluation.report_pages import evaluate_report_pages

    with rows_done() as show:
        metrics = evaluate_report_pages(data, model, out=out, draw=figures, repainted=repainted, on_page=show)
    print_pages(metrics)
    say_where(out, figures)
    return 0


def print_pages(metrics: dict[str, Any]) -> None:
    """Print the figures of report pages."""
    print_pictures(
        metrics
        | {
            "n_pictures": metrics["n_pages"],
            "accuracy_all_classes": metrics["accuracy"],
            "labels": [_BRIEF[name] for name in metrics["labels"]],
            "per_class": {_BRIEF[name]: row for name, row in metrics["per_class"].items()},
            "missed": {_BRIEF[name]: n for name, n in metrics["missed"].items()},
        }
    )
    painted = metrics.get("repainted")
    if painted:
        change = painted["largest_change"]
        told = "none was answered" if change is None else f"probabilities moved by at most {change:.2g}"
        others = sum(way["other_class"] for way in painted["ways"].values())
        lost = sum(way["refused"] for way in painted["ways"].values())
        stdout().print(
            f"surroundings painted anew on {painted['pages']} pages in {len(painted['ways'])} ways: {told}; "
            f"{others} other classes, {lost} refused"
        )
