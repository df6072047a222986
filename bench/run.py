"""``make bench``: all that is claimed about speed and R peaks, side by side, into ``bench/results.md``."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import machine
from day import write_day
from einthoven.formats import write
from einthoven.recording import STANDARD_LEADS
from einthoven.signal.simulator import simulate
from processes import best, measure

RESULTS = Path(__file__).parent / "results.md"
_SEEN = (
    "Einthoven's detector was trained on records of this database, so its rows say nothing about new "
    "patients; figures from cross-validation over patients are in `docs/models/r-peaks.md`."
)
EINTHOVEN = [sys.executable, "-m", "einthoven"]


def startup() -> Iterator[tuple[str, ...]]:
    """Time of an import and of the help text, and size on disk."""
    imported = best([sys.executable, "-c", "import einthoven"], 5)
    helped = best([*EINTHOVEN, "--help"], 5)
    yield "`import einthoven`, whole process", f"{imported.wall:.2f} s", "0.3 s"
    yield "`einthoven --help`, whole process", f"{helped.wall:.2f} s", "0.4 s"
    yield "runtime install", f"{machine.install_size_mb():.0f} MB", "400 MB"
    yield "the same with `einthoven[paper]`", f"{machine.install_size_mb('paper'):.0f} MB", ""


def half_hour(record: Path) -> Iterator[tuple[str, ...]]:
    """One 30-minute record, file to JSON, whole process, both packages on the same file."""
    ours = best([*EINTHOVEN, "analyze", str(record), "--json"], 3)
    theirs = best([sys.executable, str(Path(__file__).parent / "neurokit_process.py"), str(record)], 2)
    name = f"record {record.stem}"
    yield f"{name}: `einthoven analyze --json`, 2 leads", f"{ours.wall:.1f} s", f"{ours.peak_mib:.0f} MiB"
    yield f"{name}: NeuroKit2 `ecg_process`, 1 lead", f"{theirs.wall:.1f} s", f"{theirs.peak_mib:.0f} MiB"
    yield "ratio", f"{theirs.wall / ours.wall:.1f} ×", ""


def resting(record: Path) -> Iterator[tuple[str, ...]]:
    """One 12-lead record of 10 s, file to JSON, whole process."""
    run = best([*EINTHOVEN, "analyze", str(record), "--json"], 5)
    yield "10 s, 12 leads, 500 Hz: `einthoven analyze --json`", f"{run.wall:.2f} s", "1.5 s"


def whole_day(record: Path) -> Iterator[tuple[str, ...]]:
    """24 hours, two leads, 360 Hz, file to JSON, whole process."""
    run = measure([*EINTHOVEN, "analyze", str(record), "--json"])
    yield "24 h, 2 leads, 360 Hz: `einthoven analyze --json`", f"{run.wall:.1f} s", f"{run.peak_mib:.0f} MiB"


def table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    """Return a Markdown table; each row is also shown at once."""
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for row in rows:
        sys.stderr.write(f"{'  '.join(row)}\n")
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines)


def main() -> None:
    root = os.environ.get("EINTHOVEN_DATA")
    database = Path(root) / "mitdb" if root and (Path(root) / "mitdb").is_dir() else None
    source = "MIT-BIH records" if database else "simulated records (EINTHOVEN_DATA is not set)"
    sections = [
        "# Benchmark",
        f"Measured {date.today().isoformat()} by `make bench` on: {machine.describe()}.",
        f"Input: {source}. Each time is that of a whole process, the best of several (the day: of one); "
        "peak memory is that process's own.",
        "## Start and size",
        table(("what", "measured", "at most"), startup()),
    ]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        record = database / "208.hea" if database else folder / "simulated.hea"
        if not database:
            write(simulate(duration=1800.0, seed=208), record)
        twelve_leads = Path(root) / "ludb" / "data" / "1.hea" if root else folder
        if not twelve_leads.is_file():
            twelve_leads = folder / "resting.hea"
            write(simulate(10.0, 500.0, STANDARD_LEADS, seed=1), twelve_leads)
        sections += ["## A 12-lead record", table(("what", "time", "at most"), resting(twelve_leads))]
        sections += ["## A 30-minute record", table(("what", "time", "peak memory"), half_hour(record))]
        day = write_day(folder, database)
        sections += ["## A day", table(("what", "time", "peak memory"), whole_day(day))]
    if database:
        from r_peaks import HEADER, rows

        sections += ["## R peaks, MIT-BIH records", _SEEN, table(HEADER, iter(rows(database)))]
    import rows as heartbeat_rows  # after the whole processes above: torch takes memory

    sections += [
        "## Heartbeat rows: training, a step of 128 rows",
        table(("recipe", "making the batch", "network", "share of the batch"), heartbeat_rows.training()),
        "## Heartbeat rows: answers, one core",
        table(("model", "one row", "1,000 rows"), heartbeat_rows.answers()),
    ]
    RESULTS.write_text("\n\n".join(sections) + "\n", encoding="utf-8")
    sys.stdout.write(f"wrote {RESULTS}\n")


if __name__ == "__main__":
    main()
