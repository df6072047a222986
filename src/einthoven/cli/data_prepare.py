"""``einthoven data prepare``: make from the files of a data set what training takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from einthoven.cli.console import progress, stdout
from einthoven.errors import DataError, did_you_mean

PREPARED_SETS = ("heartbeat",)


def prepare_data(
    name: str,
    /,
    *,
    source: Annotated[str, Parameter(name="--from")] = "mitdb",
    out: Path | None = None,
) -> int:
    """Prepare a data set for training: heartbeat rows, cut from the raw records of another set.

    Writes train.csv and test.csv (187 values and a class 0-4 = N S V F Q, split at random over beats), beside
    each whose rows they are (NAME.origin.csv), and prepared.json. All of it, or nothing.

    Parameters
    ----------
    name
        What to prepare: heartbeat.
    source
        The data set whose records to cut the rows from.
    out
        Folder to write. Default: prepared/heartbeat-SOURCE in the user's cache folder.
    """
    _require_can_be_prepared(name)
    from einthoven.datasets.heartbeat_prepare import prepare_heartbeat

    with progress(total=2) as bar:
        task = bar.add_task(name, total=None)

        def show(what: str, n_done: int, of: int) -> None:
            bar.update(task, description=what, completed=n_done, total=of)

        folder, document = prepare_heartbeat(source, out, show)
    _report(folder, document)
    return 0


def _require_can_be_prepared(name: str) -> None:
    from einthoven.datasets.catalogue import CATALOGUE

    if name in PREPARED_SETS:
        return
    if name in CATALOGUE:
        raise DataError(
            f"{name} needs no preparation: its records are used as they are (einthoven data get {name}). "
            f"What can be prepared: {', '.join(PREPARED_SETS)}."
        )
    known = (*PREPARED_SETS, *CATALOGUE)
    raise DataError(
        f"There is no data set {name!r}; what can be prepared: {', '.join(PREPARED_SETS)}."
        f"{did_you_mean(name, known)}"
    )


def _report(folder: Path, document: dict[str, Any]) -> None:
    from rich import box
    from rich.table import Table

    n_absent = len(document["records_absent"])
    n_records = len(document["records"])
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("rows", no_wrap=True)
    letters = list(document["counts"]["all"])
    for heading in ("all", *letters):
        table.add_column(heading, justify="right", no_wrap=True)
    for part, counts in document["counts"].items():
        table.add_row(part, f"{sum(counts.values()):,}", *(f"{counts[letter]:,}" for letter in letters))
    console = stdout()
    console.print(table)
    lines = [
        f"From {n_records} records of {document['source']}, {document['n_patients']} patients"
        + (f"; {n_absent} records are not here." if n_absent else ", all there are."),
        f"{folder}",
        "train.csv and test.csv hold beats of the same patients: scores on test.csv say nothing of new ones.",
    ]
    console.print("\n".join(lines), markup=False, soft_wrap=True)
