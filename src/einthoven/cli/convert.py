"""``einthoven convert``: from one format to another, a file or a folder."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App

from einthoven.cli.console import (
    EXIT_FAILED,
    UsageError,
    choose,
    progress,
    require_rate_is_positive,
    split_names,
    stderr,
    stdout,
)

if TYPE_CHECKING:
    from einthoven.datasets.conversion import Converted

_SHOWN = 3
_KINDS = {
    "no file": "in the metadata, but no file",
    "no row": "not in the metadata",
    "faulty row": "faulty in the metadata",
    "broken": "not readable",
}

app = App(
    name="convert",
    help_epilogue="""\
Examples:

    einthoven convert holter.edf holter.hea
    einthoven convert samples.csv samples.edf --fs 250 --unit uV
    einthoven convert recordings/ out/ --to csv
    einthoven convert ptb-xl/ out/ --to csv --metadata ptbxl_database.csv --jobs 8
""",
)


@app.default
def convert(
    source: str,
    target: Path,
    /,
    *,
    to: str | None = None,
    metadata: Path | None = None,
    rate: int | None = None,
    jobs: int | None = None,
    overwrite: bool = False,
    fs: float | None = None,
    unit: str | None = None,
    leads: str | None = None,
) -> int:
    """Convert a recording, or all recordings of a folder.

    A file: the target's extension picks the format.

    A folder: every recording in it, at any depth, becomes a file below the target,
    written whole or not at all. What is there already is kept, so that the same
    command goes on with what was broken off. index.csv lists what was converted,
    index-report.csv what was left out and why; exit status 1 if anything was.

    With the metadata of PTB-XL the index has path, age, sex and label:
    1 where a code of myocardial infarction is present (a statement of superclass MI,
    whatever its likelihood), else 0; then ecg_id, patient and fold.

    Parameters
    ----------
    source
        A file or URL of any format that can be read, or a folder.
    target
        Where to write: NAME.hea (WFDB), NAME.csv or NAME.edf; for a folder, a folder.
    to
        Format to write: csv, edf or wfdb. A folder needs it.
    metadata
        Of a folder: ptbxl_database.csv, with scp_statements.csv beside it. Its records alone are converted.
    rate
        With --metadata: the files at 100 or at 500 Hz. Default: 100, or what the folder holds alone.
    jobs
        Of a folder: processes. Default: one a core.
    overwrite
        Of a folder: convert again what is there already.
    fs
        Sampling rate in Hz, where the file does not state it.
    unit
        Unit of the samples, where the file does not state it: mV, uV, V, nV.
    leads
        Lead names separated by commas, where the file does not state them.
    """
    from einthoven.formats.writing import FORMATS

    require_rate_is_positive(fs)
    if to is not None:
        choose([to], FORMATS, "format to write")
    names = split_names(leads)
    if Path(source).expanduser().is_dir() and not Path(f"{source.rstrip('/')}.hea").is_file():
        return _convert_folder(source, target, to, metadata, rate, jobs, overwrite, fs, unit, names)
    of_folders = {"--metadata": metadata, "--rate": rate, "--jobs": jobs, "--overwrite": overwrite or None}
    for option, value in of_folders.items():
        if value is not None:
            raise UsageError(f"{option} is for a folder; {source} is none.")
    return _convert_file(source, target, to, fs, unit, names)


def _convert_file(
    source: str, target: Path, to: str | None, fs: float | None, unit: str | None, leads: list[str] | None
) -> int:
    from einthoven.formats import read, write

    recording = read(source, fs=fs, unit=unit, leads=leads)
    for warning in recording.warnings:
        stderr().print(f"! {warning}", markup=False)
    write(recording, target, format=to)
    stderr().print(f"wrote {target}", markup=False, soft_wrap=True)
    return 0


def _convert_folder(
    source: str,
    target: Path,
    to: str | None,
    metadata: Path | None,
    rate: int | None,
    jobs: int | None,
    overwrite: bool,
    fs: float | None,
    unit: str | None,
    leads: list[str] | None,
) -> int:
    from einthoven.datasets.conversion import Statements, convert_folder

    if to is None:
        raise UsageError(f"{source} is a folder: state the format to write, such as --to csv.")
    if rate is not None and metadata is None:
        raise UsageError("--rate chooses between the files that --metadata names; give --metadata too.")
    stated = Statements(fs, unit, tuple(leads) if leads else None)
    try:
        with progress(total=2) as bar:
            task = bar.add_task(Path(source).name, total=1)
            done = convert_folder(
                Path(source),
                target,
                to,
                metadata=metadata,
                rate=rate,
                stated=stated,
                jobs=jobs,
                overwrite=overwrite,
                on_state=lambda n_done, of: bar.update(task, completed=n_done, total=of),
            )
    except KeyboardInterrupt:
        sys.stderr.write("What is converted is kept; the same command goes on with the rest.\n")
        raise
    return _report(done)


def _report(done: Converted) -> int:
    from einthoven.datasets.conversion import INDEX, REPORT

    counts = Counter(entry.why for entry in done.report)
    for why, told in _KINDS.items():
        entries = [entry for entry in done.report if entry.why == why]
        if not entries:
            continue
        stderr().print(f"! {len(entries):,} {told}:", markup=False)
        for entry in entries[:_SHOWN]:
            what = entry.what.removeprefix(f"{entry.file}: ")
            stderr().print(f"    {entry.file}: {what}", markup=False, soft_wrap=True)
        if len(entries) > _SHOWN:
            stderr().print(f"    and {len(entries) - _SHOWN:,} more, see {REPORT}", markup=False)
    lines = [f"{done.n_written:,} recordings converted, {done.n_kept:,} were there from before."]
    if counts["remark"]:
        lines.append(f"The reader had remarks on {counts['remark']:,} of them.")
    if done.skipped:
        lines.append(f"{len(done.skipped):,} left out; why is in {done.out / REPORT}")
    lines.append(str(done.out / INDEX))
    stdout().print("\n".join(lines), markup=False, soft_wrap=True)
    return EXIT_FAILED if done.skipped else 0
