"""``einthoven evaluate beat-images``: drawings of beats in class folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from einthoven.cli.console import stderr, stdout
from einthoven.cli.evaluate_tables import between, percent, rows_done, say_where


def beat_images(
    *, data: Path, model: str = "beat-image", out: Path | None = None, figures: bool = True
) -> int:
    """Measure the classes of drawings of single beats, one folder a class.

    Folders may be called by class (normal, LBBB, premature_ventricular_contractions),
    symbol (N L R A V E ! /) or AAMI letter (N S V F Q).
    The answer is the likeliest of the classes that have a folder.

    Parameters
    ----------
    data
        Folder that holds a folder of pictures for each class.
    model
        Name of a model, or the folder of a bundle.
    out
        Folder for metrics.json, predictions.csv and figures (PNG, SVG).
    figures
        Draw the figures, where Matplotlib is installed.
    """
    from einthoven.evaluation.beat_images import evaluate_beat_images

    with rows_done() as show:
        metrics = evaluate_beat_images(data, model, out=out, draw=figures, on_pictures=show)
    print_pictures(metrics)
    say_where(out, figures)
    return 0


def print_pictures(metrics: dict[str, Any]) -> None:
    """Print the figures of pictures in class folders."""
    from rich import box
    from rich.table import Table

    console = stdout()
    model = metrics["model"]
    console.print(
        f"{metrics['data']}: {metrics['n_pictures']:,} pictures, {metrics['n_refused']:,} refused, model "
        f"{model['name']} {model['version']}"
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for i, name in enumerate(("class", "n", "sensitivity", "specificity", "ppv", "F1", "95 %", "AUROC")):
        table.add_column(name, justify="left" if i == 0 else "right")
    for label, row in metrics["per_class"].items():
        figures = (percent(row[name]) for name in ("sensitivity", "specificity", "ppv", "f1"))
        area = "–" if row["auroc"] is None else f"{row['auroc']:.4f}"
        table.add_row(label, str(row["support"]), *figures, between(row["ci95"]["f1"]), area)
    console.print(table)
    confusion = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for i, name in enumerate(("true \\ predicted", *metrics["labels"], "refused")):
        confusion.add_column(name, justify="left" if i == 0 else "right")
    for label, row in zip(metrics["labels"], metrics["confusion_matrix"], strict=True):
        confusion.add_row(label, *map(str, row), str(metrics["missed"][label]))
    console.print(confusion)
    for name, key in {
        "accuracy": "accuracy",
        "macro F1": "macro_f1",
        "mean sensitivity": "macro_sensitivity",
        "mean specificity": "macro_specificity",
    }.items():
        interval = metrics["ci95"][key]
        told = "" if interval is None else f" ({between(interval)})"
        console.print(f"{name} {percent(metrics[key])}{told}", end="   ")
    area = metrics["macro_auroc"]
    ece = "–" if metrics["ece"] is None else f"{metrics['ece']:.4f}"
    console.print(
        f"\nmean AUROC {'–' if area is None else f'{area:.4f}'}   ECE {ece}   accuracy among all classes of "
        f"the model {percent(metrics['accuracy_all_classes'])}"
    )
    console.print(f"intervals: {metrics['intervals']}")
    for reason, n in list(metrics["refused"].items())[:5]:
        stderr().print(f"! {n:,} refused: {reason}", markup=False)
    for remark in metrics["remarks"]:
        stderr().print(f"! {remark}", markup=False)
