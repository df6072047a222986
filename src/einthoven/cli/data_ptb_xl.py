"""What ``einthoven data prepare ptb-xl`` and ``einthoven data labels ptb-xl`` print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from einthoven.cli.console import UsageError, progress, split_names, stderr, stdout

_SHOWN = 5


def prepare(rate: int, root: Path | None, out: Path | None, jobs: int | None) -> int:
    """Write the store, say what is in it and what is not."""
    from einthoven.datasets.ptb_xl_prepare import prepare_ptb_xl

    with progress(total=2) as bar:
        task = bar.add_task("ptb-xl", total=1)

        def show(what: str, n_done: int, of: int) -> None:
            bar.update(task, description=what, completed=n_done, total=of)

        folder, document = prepare_ptb_xl(rate, root, out, jobs=jobs, on_state=show)
    _print_counts(document["labels"])
    _print_superclasses(document["labels"]["superclass"]["classes"])
    n_bytes = sum(path.stat().st_size for path in folder.iterdir())
    folds = ", ".join(f"{fold}: {count:,}" for fold, count in document["folds"].items())
    lines = [
        f"{_n(document['n_records'], 'record')} of {_n(document['n_patients'], 'patient')} at {rate} Hz, "
        f"{n_bytes / 1e6:,.1f} MB; folds {folds}",
        str(folder),
    ]
    stdout().print("\n".join(lines), markup=False, soft_wrap=True)
    for line in _left_out(document):
        stderr().print(line, markup=False, soft_wrap=True)
    return 0


def _left_out(document: Mapping[str, Any]) -> list[str]:
    lines = []
    n_absent = document["rows_without_files"]["n"]
    if n_absent:
        lines.append(
            f"! {_n(n_absent, 'row')} without files at {document['rate_hz']} Hz, ecg_id "
            f"{_shortened(document['rows_without_files']['ecg_ids'].split(','))}"
        )
    for name, word, what in (
        ("files_without_rows", "file", " without a row that can be used"),
        ("rows_with_faults", "row", " with faults"),
    ):
        if document[name]:
            lines.append(f"! {_n(len(document[name]), word)}{what}: {_shortened(document[name], '; ')}")
    for entry in document["broken"][:_SHOWN]:
        lines.append(f"! left out: {entry['problem']}")
    if len(document["broken"]) > _SHOWN:
        lines.append(f"! {len(document['broken']) - _SHOWN:,} more left out")
    if document["remarks"]:
        n_remarks = _n(len(document["remarks"]), "record")
        lines.append(f"! {n_remarks} with remarks: {document['remarks'][0]['remarks'][0]}")
    if document["duplicates"]:
        pairs = [f"{ecg_id} = {earlier}" for ecg_id, earlier in document["duplicates"].items()]
        lines.append(f"! {_n(len(pairs), 'record')} with the samples of an earlier one: {_shortened(pairs)}")
    if lines:
        lines.append("All of it is listed in prepared.json.")
    return lines


def _n(count: int, word: str) -> str:
    return f"{count:,} {word}{'s' if count != 1 else ''}"


def _shortened(words: Sequence[str], between: str = ", ") -> str:
    return between.join(words[:_SHOWN]) + (f"{between}…" if len(words) > _SHOWN else "")


def label_data(
    name: str, /, *, root: Path | None = None, task: str | None = None, folds: str | None = None
) -> int:
    """Count the labels of ptb-xl, and the records that have none and why.

    Needs its metadata alone, no signals. A statement counts whatever its likelihood, as in the published
    benchmark.

    Parameters
    ----------
    name
        Name of the data set: ptb-xl.
    root
        Its folder. Default: ptb-xl among the data sets.
    task
        Show the classes of one set of labels: superclass, subclass, diagnostic, form, rhythm, all, mi,
        mi_code.
    folds
        Only these of the official folds, such as 9,10 or 1-8. Default: all.
    """
    from einthoven.datasets.catalogue import PTB_XL, find
    from einthoven.datasets.ptb_xl import TASKS, labels, read_ptb_xl

    if find(name) is not PTB_XL:
        raise UsageError(f"{name} has no such labels; {PTB_XL.name} has.")
    chosen = _folds(folds)
    ptb_xl = read_ptb_xl((root or PTB_XL.folder()).expanduser())
    counted = [labels(ptb_xl, one, chosen) for one in ((task,) if task else TASKS)]
    _print_counts(
        {
            one.task: {"n_records": len(one.ecg_ids), "classes": one.counts(), "dropped": one.dropped}
            for one in counted
        }
    )
    if task:
        _print_classes(counted[0].counts())
    else:
        _print_superclasses(counted[0].counts())
    for fault in ptb_xl.faults[:_SHOWN]:
        stderr().print(f"! {fault}", markup=False, soft_wrap=True)
    if len(ptb_xl.faults) > _SHOWN:
        stderr().print(f"! {len(ptb_xl.faults) - _SHOWN:,} more rows with faults", markup=False)
    return 0


def _folds(text: str | None) -> list[int] | None:
    """Read ``1-8,10``."""
    if text is None:
        return None
    folds: list[int] = []
    for word in split_names(text) or []:
        first, dash, last = word.partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise UsageError(f"--folds {text!r}: {word!r} is no fold; examples: --folds 10, --folds 1-8")
        folds += range(int(first), int(last) + 1 if dash else int(first) + 1)
    if not folds:
        raise UsageError(f"--folds {text!r} names no fold; examples: --folds 10, --folds 1-8")
    return folds


def _print_counts(counts: Mapping[str, Any]) -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("labels", no_wrap=True)
    table.add_column("classes", justify="right")
    table.add_column("records", justify="right")
    table.add_column("left out")
    for task, entry in counts.items():
        why = [f"{count:,} {reason}" for reason, count in entry["dropped"].items()]
        table.add_row(task, str(len(entry["classes"])), f"{entry['n_records']:,}", "\n".join(why))
    stdout().print(table)


def _print_superclasses(counts: Mapping[str, int]) -> None:
    told = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    stdout().print(f"superclass: {told}", markup=False, soft_wrap=True)


def _print_classes(counts: Mapping[str, int]) -> None:
    width = max(len(name) for name in counts)
    lines = [f"{name:{width}} {count:>7,}" for name, count in counts.items()]
    stdout().print("\n".join(lines), markup=False)
