"""``einthoven analyze``: the main job."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from einthoven.cli.console import (
    EXIT_FAILED,
    UsageError,
    choose,
    progress,
    report_error,
    require_rate_is_positive,
    split_names,
    stderr,
)
from einthoven.errors import EinthovenError

if TYPE_CHECKING:
    from einthoven.analysis import Analysis

FORMATS = ("html", "pdf", "png", "json", "csv", "wfdb", "fhir")

app = App(
    name="analyze",
    help_epilogue="""\
Examples:

    einthoven analyze 208.hea
    einthoven analyze holter.edf --out reports --format html,json,wfdb
    einthoven analyze recordings/ 'other/*.dcm' --json > analyses.jsonl
    einthoven analyze samples.csv --fs 250 --unit uV --leads I,II

Exit status 1 if a source failed; the others are still done.
""",
)


@app.default
def analyze(
    *sources: str,
    out: Path | None = None,
    format: str | None = None,
    model: str = "beats",
    twelve_lead: str = "superclass,mi",
    fs: float | None = None,
    unit: str | None = None,
    leads: str | None = None,
    json: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
) -> int:
    """Find and classify every beat of recordings.

    Parameters
    ----------
    sources
        Files, folders, globs or URLs.
    out
        Folder for reports (made if it does not exist; default: the current folder).
    format
        Reports to write, separated by commas: html, pdf, png, json, csv, wfdb, fhir. With --out alone: html.
    model
        What classifies beats: name of a model (see: einthoven models list) or the folder of a bundle.
    twelve_lead
        What reads recordings of up to two minutes as a whole: names or folders separated by commas, or none.
    fs
        Sampling rate in Hz, where the file does not state it.
    unit
        Unit of the samples, where the file does not state it: mV, uV, V, nV.
    leads
        Lead names separated by commas, where the file does not state them.
    json
        Print one JSON document a source (schema einthoven.analysis/1) and nothing else.
    """
    from einthoven.analysis import analyze_many, expand
    from einthoven.cli.summary import Summaries
    from einthoven.models.bundle import load_bundle
    from einthoven.paper.packages import require_paper_packages

    if not sources:
        raise UsageError("Name at least one file, folder, glob or URL.")
    require_rate_is_positive(fs)
    kinds = choose(split_names(format) or (["html"] if out else []), FORMATS, "report format")
    if "pdf" in kinds:
        require_paper_packages("Writing PDF")
    bundle = load_bundle(model)
    readers = [] if twelve_lead == "none" else [load_bundle(name) for name in split_names(twelve_lead) or ()]
    targets, failed = [], 0
    for source, error in expand(sources):
        if error is None:
            targets.append(source)
        else:
            report_error(source, error)
            failed += 1
    reports = _Reports(out or Path.cwd(), kinds)
    summaries = Summaries(single=len(targets) + failed == 1)
    try:
        with progress(len(targets), hidden=json and sys.stdout.isatty()) as bar:
            task = bar.add_task("starting", total=len(targets))

            def show(source: object, stage: str) -> None:
                bar.update(task, description=f"{Path(str(source)).name}: {stage}")

            names = split_names(leads)
            for source, result in analyze_many(
                targets,
                model=bundle,
                twelve_lead=readers,
                fs=fs,
                unit=unit,
                leads=names,
                on_stage=show,
            ):
                bar.advance(task)
                try:
                    if isinstance(result, EinthovenError):
                        raise result
                    reports.write(result)
                except EinthovenError as error:
                    report_error(source, error)
                    failed += 1
                    continue
                if json:
                    sys.stdout.write(result.to_json() + "\n")
                    sys.stdout.flush()
                else:
                    summaries.add(result)
    finally:  # what is done is shown, also after Ctrl-C
        summaries.show()
        for path in reports.written:
            stderr().print(f"wrote {path}", markup=False, soft_wrap=True)
    return EXIT_FAILED if failed else 0


class _Reports:
    """Writes the reports of many analyses into one folder, never two under one name."""

    def __init__(self, folder: Path, kinds: list[str]) -> None:
        self.folder = folder
        self.kinds = kinds
        self.written: list[Path] = []
        self._stems: Counter[str] = Counter()

    def write(self, analysis: Analysis) -> None:
        """Write each kind of report.

        Raises:
            EinthovenError: a report cannot be written; the message names the file.
        """
        from einthoven.report import EXTENSIONS, file_stem

        if not self.kinds:
            return
        stem = file_stem(analysis.recording.name)
        self._stems[stem] += 1
        if self._stems[stem] > 1:
            stem = f"{stem}-{self._stems[stem]}"
        try:
            for kind in self.kinds:
                self.written.append(analysis.save(self.folder / f"{stem}{EXTENSIONS[kind]}"))
        except OSError as error:
            raise EinthovenError(
                f"{error.filename or self.folder}: cannot be written ({error.strerror}). "
                "Choose another folder with --out."
            ) from error
