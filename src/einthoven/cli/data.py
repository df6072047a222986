"""``einthoven data``: the public data sets: which there are, what is here of them, get and prepare them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App

from einthoven.cli.console import UsageError, split_names, stderr, stdout
from einthoven.cli.data_pages import make_pages
from einthoven.cli.data_prepare import prepare_data
from einthoven.cli.data_ptb_xl import label_data
from einthoven.datasets.roots import data_root

if TYPE_CHECKING:
    from einthoven.datasets.catalogue import DataSet
    from einthoven.datasets.download import Downloaded, State

app = App(
    name="data",
    help_epilogue="Examples:\n\n    einthoven data list\n    einthoven data get mitdb\n"
    "    EINTHOVEN_DATA=~/ecg einthoven data get svdb --jobs 8\n"
    "    einthoven data prepare heartbeat --from mitdb\n"
    "    einthoven data get ptb-xl --records 'records100/*' --jobs 16\n"
    "    einthoven data prepare ptb-xl --rate 100\n"
    "    einthoven data pages records500/ --out pages --count 200 --severity hard\n",
)
app.command(prepare_data, name="prepare")
app.command(label_data, name="labels")
app.command(make_pages, name="pages")


@app.command(name="list")
def list_data(*, citations: bool = False) -> int:
    """List the data sets there are, and what is here of them.

    They lie under EINTHOVEN_DATA (default: the user's cache folder). Other folders there that hold WFDB
    records are listed too.

    Parameters
    ----------
    citations
        Show how to cite each, and where it comes from.
    """
    from rich import box
    from rich.table import Table

    from einthoven.datasets.catalogue import CATALOGUE

    root = data_root()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("data set", no_wrap=True)
    for heading in ("here", "of", "MB", "Hz", "leads"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("licence")
    for data_set in CATALOGUE.values():
        n_here, n_all = len(data_set.present(root)), len(data_set.records or data_set.files)
        what = "records" if data_set.records else "files"
        size, rate = f"{data_set.download_bytes / 1e6:,.0f}", f"{data_set.fs:g}"
        cells = (f"{n_here:,}", f"{n_all:,} {what}", size, rate, str(data_set.n_leads))
        table.add_row(data_set.name, *cells, data_set.licence)
    for name, n_records in _others(root, tuple(CATALOGUE)):
        table.add_row(name, str(n_records), "? records", "", "", "", "not in the catalogue")
    stderr().print(f"{root}" + ("" if root.is_dir() else " (not there yet)"), markup=False, soft_wrap=True)
    stdout().print(table)
    if citations:
        for data_set in CATALOGUE.values():
            _show_citations(data_set)
    return 0


@app.command(name="get")
def get_data(name: str, /, *, records: str | None = None, jobs: int = 4) -> int:
    """Download a data set, or go on with a download that was broken off.

    Files that are here and agree with the publisher's checksums are not loaded again. Needs no account.

    Parameters
    ----------
    name
        Name of a data set (see einthoven data list).
    records
        Only these records, such as 100,208 or 'records100/*'. Default: all.
    jobs
        Connections at a time, 1 to 16.
    """
    from einthoven.datasets.catalogue import find
    from einthoven.datasets.download import MOST_JOBS, choose_records, download

    data_set = find(name)
    if not 1 <= jobs <= MOST_JOBS:
        raise UsageError(f"--jobs {jobs}: allowed are 1 to {MOST_JOBS} connections at a time.")
    chosen = split_names(records)
    if chosen == []:
        raise UsageError(f"--records {records!r} names no record; an example: --records 100,208")
    share = 1.0
    if chosen and data_set.records:
        share = len(choose_records(data_set, chosen)) / len(data_set.records)
    sys.stderr.write(f"{data_set.title} to {data_set.folder()}\n")
    try:
        with _Bar(data_set, share) as bar:
            done = download(data_set, records=chosen, jobs=jobs, on_state=bar.show)
    except KeyboardInterrupt:
        sys.stderr.write(f"What came is kept; go on with: einthoven data get {name}\n")
        raise
    _report(data_set, done)
    return 0


class _Bar:
    """A progress bar on stderr where that is a terminal, else nothing."""

    def __init__(self, data_set: DataSet, share: float) -> None:
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        console = stderr()
        self.name = data_set.name
        self.progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            redirect_stdout=False,
            disable=not console.is_terminal,
        )
        # The size is known only about, until all is here; the number of files is exact.
        self.task = self.progress.add_task(self.name, total=data_set.download_bytes * share)

    def __enter__(self) -> _Bar:
        self.progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.progress.stop()

    def show(self, state: State) -> None:
        told = f"{self.name} {state.n_files}/{state.of_files} files"
        self.progress.update(self.task, completed=state.n_bytes, description=told)


def _report(data_set: DataSet, done: Downloaded) -> None:
    lines = [f"{data_set.name}: all {done.n_files} files are in {done.folder}"]
    if done.loaded:
        n_megabytes = f"{done.n_bytes / 1e6:,.1f} MB"
        lines.append(f"Loaded {len(done.loaded)} of them ({n_megabytes}), went on with {len(done.resumed)}.")
    if done.replaced:
        lines.append(f"Replaced, since they were not as published: {', '.join(done.replaced[:8])}")
    if done.range_ignored:
        lines.append("The server does not continue files (it ignores Range); those cut short began anew.")
    if done.unchecked:
        lines.append("The publisher gives no checksums; only lengths were checked.")
    lines.append(f"Licence: {data_set.licence}. To cite: einthoven data list --citations")
    stdout().print("\n".join(lines), markup=False, soft_wrap=True)


def _show_citations(data_set: DataSet) -> None:
    lines = [f"{data_set.name}: {data_set.title}, version {data_set.version}", data_set.page, data_set.remark]
    lines += data_set.citations
    if data_set.split is not None:
        parts = ", ".join(data_set.split.parts)
        lines.append(f"Split {parts}: {data_set.split.source}. {data_set.split.remark}")
    stdout().print("\n  ".join(line for line in lines if line) + "\n", markup=False, soft_wrap=True)


def _others(root: Path, known: tuple[str, ...]) -> list[tuple[str, int]]:
    if not root.is_dir():
        return []
    folders = sorted(path for path in root.iterdir() if path.is_dir() and path.name not in known)
    counts = [(path.name, len({header.stem for header in path.rglob("*.hea")})) for path in folders]
    return [(name, n_records) for name, n_records in counts if n_records]
