"""``einthoven data``: which data sets are here."""

from __future__ import annotations

from cyclopts import App

from einthoven.cli.console import stderr, stdout
from einthoven.datasets.roots import data_root
from einthoven.errors import DataError

app = App(name="data", help_epilogue="Example:\n\n    EINTHOVEN_DATA=~/ecg einthoven data list\n")


@app.command(name="list")
def list_data() -> int:
    """List the data sets under EINTHOVEN_DATA (default: the user's cache folder)."""
    from rich import box
    from rich.table import Table

    root = data_root()
    if not root.is_dir():
        raise DataError(
            f"{root} is not there. Put data sets into it, or name another folder in EINTHOVEN_DATA."
        )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("data set")
    table.add_column("records", justify="right")
    table.add_column("annotated", justify="right")
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        headers = {path.stem for path in folder.rglob("*.hea")}
        annotated = {path.stem for path in folder.rglob("*.atr")}
        if headers:
            table.add_row(folder.name, str(len(headers)), str(len(headers & annotated)))
    stderr().print(f"{root}", markup=False, soft_wrap=True)
    stdout().print(table)
    return 0
