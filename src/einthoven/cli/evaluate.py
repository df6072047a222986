"""``einthoven evaluate``: figures on any data set in its publisher's layout."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cyclopts import App

from einthoven.cli.console import progress, split_names, stderr, stdout

if TYPE_CHECKING:
    from rich.table import Table

app = App(
    name="evaluate",
    help_epilogue="""\
Examples:

    einthoven evaluate beats --model beats-ds1 --data mitdb --r-peaks annotated --out results
    einthoven evaluate beats --data svdb --r-peaks detected --records 800,801
    einthoven evaluate r-peaks --data mitdb --out results
""",
)


@app.command
def beats(
    *,
    data: Path,
    model: str = "beats",
    r_peaks: Literal["annotated", "detected"] = "annotated",
    records: str | None = None,
    out: Path | None = None,
) -> int:
    """Measure beat classes against reference annotations.

    Parameters
    ----------
    data
        Folder of a PhysioNet beat database (RECORDS or *.hea, with .atr).
    model
        Name of a model, or the folder of a bundle.
    r_peaks
        Classify at the annotated R peaks, or detect them first.
    records
        Record names separated by commas; default: all.
    out
        Folder for metrics.json and predictions.csv.
    """
    from einthoven.evaluation.beats import evaluate_beats

    with _each_record() as show:
        metrics = evaluate_beats(
            data, model, records=split_names(records), r_peaks=r_peaks, out=out, on_record=show
        )
    _print_beats(metrics)
    _warn_of_seen_records(metrics, f"model {metrics['model']['name']}")
    _say_where(out)
    return 0


@app.command(name="r-peaks")
def r_peaks(*, data: Path, records: str | None = None, out: Path | None = None) -> int:
    """Measure R-peak detection against reference annotations, within 150 ms (ANSI/AAMI EC57).

    Parameters
    ----------
    data
        Folder of a PhysioNet beat database (RECORDS or *.hea, with .atr).
    records
        Record names separated by commas; default: all.
    out
        Folder for metrics.json and predictions.csv.
    """
    from einthoven.evaluation.r_peaks import evaluate_r_peaks

    with _each_record() as show:
        metrics = evaluate_r_peaks(data, records=split_names(records), out=out, on_record=show)
    console = stdout()
    console.print(f"{metrics['data']}: {metrics['n_records']} records")
    table = _table("record", "beats", "sensitivity", "ppv", "F1", "missed", "extra")
    for name, row in [*metrics["records"].items(), ("all", metrics)]:
        figures = (_percent(row[figure]) for figure in ("sensitivity", "ppv", "f1"))
        table.add_row(name, str(row["tp"] + row["fn"]), *figures, str(row["fn"]), str(row["fp"]))
    console.print(table)
    spread = {name: _range(interval) for name, interval in metrics["ci95"].items()}
    console.print(f"95 % over records: sensitivity {spread['sensitivity']}, ppv {spread['ppv']}")
    _warn_of_seen_records(metrics, "the detector")
    _say_where(out)
    return 0


@contextmanager
def _each_record() -> Iterator[Callable[[str, int], None]]:
    """Show which record is being worked on; yields what to call before each."""
    with progress(2) as bar:
        task = bar.add_task("", total=None)

        def show(name: str, total: int) -> None:
            if bar.tasks[task].total is None:
                bar.update(task, total=total)
            else:
                bar.advance(task)
            bar.update(task, description=name)

        yield show


def _warn_of_seen_records(metrics: dict[str, Any], who: str) -> None:
    if metrics["seen_in_training"]:
        stderr().print(
            f"! {who} was trained on {len(metrics['seen_in_training'])} of these {metrics['n_records']} "
            "records: these figures do not hold for new patients."
        )


def _print_beats(metrics: dict[str, Any]) -> None:
    console = stdout()
    console.print(
        f"{metrics['data']}: {metrics['n_records']} records, {metrics['r_peaks']} R peaks, "
        f"model {metrics['model']['name']} {metrics['model']['version']}"
    )
    table = _table("class", "beats", "sensitivity", "ppv", "F1", "95 %", "missed", "extra")
    for label, row in metrics["per_class"].items():
        table.add_row(
            label,
            str(row["support"]),
            *(_percent(row[name]) for name in ("sensitivity", "ppv", "f1")),
            _range(row["ci95"]["f1"]),
            str(metrics["missed"][label]),
            str(metrics["extra"][label]),
        )
    console.print(table)
    confusion = _table("true \\ predicted", *metrics["labels"])
    for label, row in zip(metrics["labels"], metrics["confusion_matrix"], strict=True):
        confusion.add_row(label, *map(str, row))
    console.print(confusion)
    ece = "–" if metrics["ece"] is None else f"{metrics['ece']:.4f}"
    four, interval = _percent(metrics["macro_f1_4"]), _range(metrics["ci95"]["macro_f1_4"])
    console.print(
        f"accuracy {_percent(metrics['accuracy'])}   macro F1 {_percent(metrics['macro_f1'])}   "
        f"macro F1 (N S V F) {four} ({interval})   ECE {ece}"
    )


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2f}"


def _range(value: list[float] | tuple[float, float] | None) -> str:
    return "" if value is None else f"{100 * value[0]:.1f}-{100 * value[1]:.1f}"


def _say_where(out: Path | None) -> None:
    if out is not None:
        stderr().print(f"wrote {out}", markup=False, soft_wrap=True)


def _table(*columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for i, name in enumerate(columns):
        table.add_column(name, justify="left" if i == 0 else "right")
    return table
