"""What ``einthoven evaluate`` prints: tables of figures on stdout, remarks on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from einthoven.cli.console import progress, stderr, stdout

if TYPE_CHECKING:
    from rich.table import Table

Show = Callable[[str, int], None]

DELINEATION_BY_LEAD = ("P_onset", "P_end", "QRS_onset", "QRS_end", "T_end")


@contextmanager
def each_record() -> Iterator[Show]:
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


@contextmanager
def rows_done() -> Iterator[Callable[[int, int], None]]:
    """Show how many rows are done; yields what to call with that, and with how many there are."""
    with progress(2) as bar:
        task = bar.add_task("rows", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def print_beats(metrics: dict[str, Any]) -> None:
    """Print the figures of ``evaluate beats``."""
    console = stdout()
    console.print(
        f"{metrics['data']}: {metrics['n_records']} records, {metrics['r_peaks']} R peaks, "
        f"model {metrics['model']['name']} {metrics['model']['version']}"
    )
    table = _table("class", "beats", "sensitivity", "ppv", "F1", "95 %", "missed", "extra")
    for label, row in metrics["per_class"].items():
        missed, extra = str(metrics["missed"][label]), str(metrics["extra"][label])
        table.add_row(label, *_class_cells(row), missed, extra)
    console.print(table)
    _print_confusion(metrics)
    four, interval = percent(metrics["macro_f1_4"]), between(metrics["ci95"]["macro_f1_4"])
    console.print(
        f"accuracy {percent(metrics['accuracy'])}   macro F1 {percent(metrics['macro_f1'])}   "
        f"macro F1 (N S V F) {four} ({interval})   ECE {_fraction(metrics['ece'])}"
    )


def print_heartbeat(metrics: dict[str, Any]) -> None:
    """Print the figures of ``evaluate heartbeat``."""
    console = stdout()
    n, model = metrics["n_patients"], metrics["model"]
    whose = f"{n} patient{'s' if n > 1 else ''}" if n else "patients not known"
    console.print(
        f"{metrics['data']}: {metrics['n_rows']:,} rows, {whose}, model {model['name']} {model['version']}"
    )
    table = _table("class", "beats", "sensitivity", "ppv", "F1", "95 %", "AUROC", "AP")
    for label, row in metrics["per_class"].items():
        areas = (_fraction(row["auroc"]), _fraction(row["average_precision"]))
        table.add_row(label, *_class_cells(row), *areas)
    console.print(table)
    _print_confusion(metrics)
    overall = {"accuracy": "accuracy", "macro F1": "macro_f1", "weighted F1": "weighted_f1"}
    for name, key in overall.items():
        console.print(f"{name} {percent(metrics[key])}{_in_parentheses(metrics['ci95'][key])}", end="   ")
    console.print(f"\nECE {_fraction(metrics['ece'])}")
    two = metrics["normal_against_abnormal"]
    console.print(
        f"abnormal against normal: sensitivity {percent(two['sensitivity'])}   "
        f"specificity {percent(two['specificity'])}"
    )
    console.print(
        f"    ppv {percent(two['ppv'])}   npv {percent(two['npv'])}   MCC {_fraction(two['mcc'])}   "
        f"AUROC {_fraction(two['auroc'])}"
    )
    _print_spread(metrics["patient_spread"])
    console.print(f"intervals: {metrics['intervals']}")
    one, thousand = (1000 * metrics["timing"][name] for name in ("one_row_s", "batch_of_1000_s"))
    console.print(f"one beat {one:.2f} ms, 1,000 at once {thousand:.1f} ms (one core)")
    for remark in metrics["remarks"]:
        stderr().print(f"! {remark}", markup=False)


def print_r_peaks(metrics: dict[str, Any]) -> None:
    """Print the figures of ``evaluate r-peaks``."""
    console = stdout()
    console.print(f"{metrics['data']}: {metrics['n_records']} records")
    table = _table("record", "beats", "sensitivity", "ppv", "F1", "missed", "extra")
    for name, row in [*metrics["records"].items(), ("all", metrics)]:
        figures = (percent(row[figure]) for figure in ("sensitivity", "ppv", "f1"))
        table.add_row(name, str(row["tp"] + row["fn"]), *figures, str(row["fn"]), str(row["fp"]))
    console.print(table)
    spread = {name: between(interval) for name, interval in metrics["ci95"].items()}
    console.print(f"95 % over records: sensitivity {spread['sensitivity']}, ppv {spread['ppv']}")


def print_delineation(metrics: dict[str, Any]) -> None:
    """Print the figures of ``evaluate delineation``."""
    console = stdout()
    console.print(f"{metrics['data']}: {metrics['n_records']} records, all leads; detected - annotated, ms")
    table = _table("boundary", "n", "mean", "SD", "SD 95 %", "SD in records", "sensitivity", "ppv")
    for name, row in metrics["boundaries"].items():
        interval = row["ci95"]["sd_ms"]
        table.add_row(
            name.replace("_", " "),
            str(row["found"] + row["missed"]),
            _one_decimal(row["mean_ms"]),
            _one_decimal(row["sd_ms"]),
            "" if interval is None else "-".join(f"{end:.1f}" for end in interval),
            _one_decimal(row["sd_within_records_ms"]),
            percent(row["sensitivity"]),
            percent(row["ppv"]),
        )
    console.print(table)
    table = _table("lead", *(f"SD {name.replace('_', ' ')}" for name in DELINEATION_BY_LEAD))
    for lead, row in metrics["leads"].items():
        table.add_row(lead, *(_one_decimal(row[name]["sd_ms"]) for name in DELINEATION_BY_LEAD))
    console.print(table)


def print_twelve_lead(metrics: dict[str, Any]) -> None:
    """Print the figures of ``evaluate twelve-lead``."""
    console = stdout()
    folds = ", ".join(map(str, metrics["folds"]))
    console.print(
        f"{metrics['data']}: {metrics['n_records']:,} records of {metrics['n_patients']:,} patients, folds "
        f"{folds} at {metrics['rate']} Hz, {len(metrics['leads'])} leads, model {metrics['model']['name']} "
        f"{metrics['model']['version']}"
    )
    table = _table("class", "n", "AUROC", "95 %", "se/sp", "at", "se 95", "ECE", "unsure")
    for label, row in metrics["per_class"].items():
        interval = row["ci95"]["auroc"]
        table.add_row(
            label,
            f"{row['support']:,}",
            "-" if row["auroc"] is None else f"{row['auroc']:.3f}",
            "" if interval is None else "-".join(f"{end:.2f}" for end in interval),
            f"{_whole_percent(row['sensitivity'])}/{_whole_percent(row['specificity'])}",
            f"{row['threshold']:.2f}",
            _whole_percent(row["sensitivity_at_95_specificity"]),
            "-" if row["ece"] is None else f"{row['ece']:.3f}",
            _whole_percent(row["not_sure"]),
        )
    console.print(table)
    console.print(
        "se/sp: sensitivity and specificity at the threshold, se 95: sensitivity where 95 % of the records "
        "without the class are told so; in percent"
    )
    interval = metrics["ci95"]["macro_auroc"]
    told = "" if interval is None else f" ({interval[0]:.4f}-{interval[1]:.4f})"
    console.print(f"macro AUROC {_fraction(metrics['macro_auroc'])}{told}   ECE {_fraction(metrics['ece'])}")
    for reason, n in metrics["without_label"].items():
        stderr().print(f"! {n:,} records left out: {reason}", markup=False)
    if metrics["without_files"]:
        stderr().print(f"! {metrics['without_files']:,} labelled records have no files at this rate")
    for ecg_id, reason in list(metrics["left_out"].items())[:5]:
        stderr().print(f"! record {ecg_id} not answered: {reason}", markup=False)
    if len(metrics["left_out"]) > 5:
        stderr().print(f"! {len(metrics['left_out']) - 5} more were not answered; metrics.json lists them")
    if metrics["folds_seen_in_training"]:
        seen = ", ".join(map(str, metrics["folds_seen_in_training"]))
        stderr().print(
            f"! {metrics['model']['name']} was trained or chosen on fold {seen}: these figures do not hold "
            "for new patients."
        )


def print_comparison(comparison: dict[str, Any]) -> None:
    """Print the figures of several models and their differences to the first."""
    from einthoven.evaluation.comparison_files import p_text

    console = stdout()
    models, first = comparison["models"], comparison["compared_with"]
    console.print(f"{comparison['data']}: {comparison['n_rows']:,} rows")
    table = _table("", *(model["name"] for model in models))
    for name in models[0]["figures"]:
        table.add_row(name, *(percent(model["figures"][name]["value"]) for model in models))
    console.print(table)
    for model in models[1:]:
        table = _table(f"{model['name']} - {first}", "points", "95 %", "ahead in")
        for name, row in model["differences"].items():
            if row["value"] is None:
                continue
            interval = "" if row["ci95"] is None else " to ".join(f"{100 * end:+.2f}" for end in row["ci95"])
            ahead = "" if row["better"] is None else f"{100 * row['better']:.0f} %"
            table.add_row(name, f"{100 * row['value']:+.2f}", interval, ahead)
        console.print(table)
        test = model["mcnemar"]
        here, there = test["right_only_here"], test["right_only_in_first"]
        console.print(f"right here alone {here:,}, in {first} alone {there:,}")
        console.print(f"McNemar's test: p {p_text(test['p'])} (assumes {test['assumes']})")
    console.print(f"intervals: {comparison['intervals']}")


def warn_of_seen_records(metrics: dict[str, Any], who: str) -> None:
    """Say if the records were in training."""
    if metrics["seen_in_training"]:
        stderr().print(
            f"! {who} was trained on {len(metrics['seen_in_training'])} of these {metrics['n_records']} "
            "records: these figures do not hold for new patients."
        )


def say_where(out: Path | None, figures: bool) -> None:
    """Say where the files are, and if there are no figures among them, why."""
    if out is None:
        return
    from einthoven.evaluation.figures import HOW_TO_INSTALL, can_draw

    if figures and not can_draw():
        remark = f"Figures are left out, Matplotlib is not installed: {HOW_TO_INSTALL}"
        stderr().print(remark, markup=False, soft_wrap=True)
    stderr().print(f"wrote {out}", markup=False, soft_wrap=True)


def percent(value: float | None) -> str:
    """Return a figure in percent."""
    return "–" if value is None else f"{100 * value:.2f}"


def between(value: list[float] | tuple[float, float] | None) -> str:
    """Return an interval in percent, or nothing."""
    return "" if value is None else f"{100 * value[0]:.1f}-{100 * value[1]:.1f}"


def _in_parentheses(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f" ({between(interval)})"


def _whole_percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f}"


def _fraction(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _one_decimal(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _class_cells(row: dict[str, Any]) -> list[str]:
    figures = (percent(row[name]) for name in ("sensitivity", "ppv", "f1"))
    return [str(row["support"]), *figures, between(row["ci95"]["f1"])]


def _print_confusion(metrics: dict[str, Any]) -> None:
    confusion = _table("true \\ predicted", *metrics["labels"])
    for label, row in zip(metrics["labels"], metrics["confusion_matrix"], strict=True):
        confusion.add_row(label, *map(str, row))
    stdout().print(confusion)


def _print_spread(spread: dict[str, Any] | None) -> None:
    if spread is None:
        return
    accuracy = spread["accuracy"]
    stdout().print(
        f"accuracy of patients: median {percent(accuracy['median'])}, quartiles "
        f"{percent(accuracy['quartile_1'])} and {percent(accuracy['quartile_3'])}"
    )
    worst = (
        f"{row['patient']} {percent(row['accuracy'])} ({row['rows']:,} beats)" for row in spread["worst"]
    )
    stdout().print(f"    worst: {', '.join(worst)}", soft_wrap=True)


def _table(*columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for i, name in enumerate(columns):
        table.add_column(name, justify="left" if i == 0 else "right")
    return table
