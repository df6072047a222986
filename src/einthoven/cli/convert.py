"""``einthoven convert``: from one format to another."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App

from einthoven.cli.console import require_rate_is_positive, split_names, stderr

app = App(
    name="convert",
    help_epilogue="""\
Examples:

    einthoven convert holter.edf holter.hea
    einthoven convert samples.csv samples.edf --fs 250 --unit uV
""",
)


@app.default
def convert(
    source: str,
    target: Path,
    /,
    *,
    fs: float | None = None,
    unit: str | None = None,
    leads: str | None = None,
) -> int:
    """Convert a recording; the target's extension picks the format.

    Parameters
    ----------
    source
        A file or URL of any format that can be read.
    target
        Where to write: NAME.hea (WFDB), NAME.csv or NAME.edf.
    fs
        Sampling rate in Hz, where the file does not state it.
    unit
        Unit of the samples, where the file does not state it: mV, uV, V, nV.
    leads
        Lead names separated by commas, where the file does not state them.
    """
    from einthoven.formats import read, write

    require_rate_is_positive(fs)
    recording = read(source, fs=fs, unit=unit, leads=split_names(leads))
    for warning in recording.warnings:
        stderr().print(f"! {warning}", markup=False)
    write(recording, target)
    stderr().print(f"wrote {target}", markup=False, soft_wrap=True)
    return 0
