"""``einthoven evaluate``: figures on any data set in its publisher's layout, and models side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from cyclopts import App

from einthoven.cli.console import UsageError, split_names
from einthoven.cli.evaluate_beat_images import beat_images
from einthoven.cli.evaluate_digitizer import digitizer
from einthoven.cli.evaluate_report_pages import report_pages
from einthoven.cli.evaluate_tables import (
    each_record,
    print_beats,
    print_comparison,
    print_delineation,
    print_heartbeat,
    print_r_peaks,
    print_twelve_lead,
    rows_done,
    say_where,
    warn_of_seen_records,
)

app = App(
    name="evaluate",
    help_epilogue="""\
Examples:

    einthoven evaluate beats --model beats-ds1 --data mitdb --out results
    einthoven evaluate beats --data svdb --r-peaks detected
    einthoven evaluate heartbeat --data mitbih_test.csv --out results/ours
    einthoven evaluate compare results/r4 results/ours
    einthoven evaluate r-peaks --data mitdb --out results
    einthoven evaluate delineation --data ludb --out results
    einthoven evaluate twelve-lead --data ptb-xl --folds 10 --out results
    einthoven evaluate digitizer --data pages --fs 500 --out results
    einthoven evaluate beat-images --data beat_images --out results
    einthoven evaluate report-pages --data report_images --out results
""",
)
app.command(beat_images, name="beat-images")
app.command(digitizer)
app.command(report_pages, name="report-pages")


@app.command
def beats(
    *,
    data: Path,
    model: str = "beats",
    r_peaks: Literal["annotated", "detected"] = "annotated",
    records: str | None = None,
    out: Path | None = None,
    figures: bool = True,
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
        Folder for metrics.json, predictions.csv and figures (PNG, SVG).
    figures
        Draw the figures, where Matplotlib is installed.
    """
    from einthoven.evaluation.beats import evaluate_beats

    names = split_names(records)
    with each_record() as show:
        metrics = evaluate_beats(
            data, model, records=names, r_peaks=r_peaks, out=out, draw=figures, on_record=show
        )
    print_beats(metrics)
    warn_of_seen_records(metrics, f"model {metrics['model']['name']}")
    say_where(out, figures)
    return 0


@app.command(
    help_epilogue="""\
Examples:

    einthoven evaluate heartbeat --data mitbih_test.csv --out results
    einthoven evaluate heartbeat --model heartbeat-r4 --data test.csv
"""
)
def heartbeat(*, data: Path, model: str = "heartbeat", out: Path | None = None, figures: bool = True) -> int:
    """Measure the classes of heartbeat rows: 187 values and a class 0-4 = N S V F Q.

    Where NAME.origin.csv lies beside NAME.csv, intervals are over patients, each patient has figures, and
    patients that the model has seen are reported.

    Parameters
    ----------
    data
        CSV file without a header: 187 values and the class.
    model
        Name of a model, or the folder of a bundle.
    out
        Folder for metrics.json, predictions.csv and figures (PNG, SVG).
    figures
        Draw the figures, where Matplotlib is installed.
    """
    from einthoven.evaluation.heartbeat import evaluate_heartbeat

    with rows_done() as show:
        metrics = evaluate_heartbeat(data, model, out=out, draw=figures, on_rows=show)
    print_heartbeat(metrics)
    say_where(out, figures)
    return 0


@app.command(
    name="twelve-lead",
    help_epilogue="""\
Examples:

    einthoven evaluate twelve-lead --model superclass --data ptb-xl --folds 10 --rate 500 --out results
    einthoven evaluate twelve-lead --model mi --data ptb-xl --folds 9,10 --rate 100
    einthoven evaluate twelve-lead --data ptb-xl --folds 10 --leads I
""",
)
def twelve_lead(
    *,
    data: Path,
    model: str = "superclass",
    folds: str = "10",
    rate: Literal["100", "500"] = "500",
    leads: str | None = None,
    out: Path | None = None,
    jobs: int | None = None,
    figures: bool = True,
) -> int:
    """Measure a 12-lead model against the statements of PTB-XL.

    Parameters
    ----------
    data
        Folder of PTB-XL as PhysioNet lays it out (ptbxl_database.csv, records500/ ...).
    model
        Name of a model, or the folder of a bundle.
    folds
        Official folds separated by commas; 10 is the test fold.
    rate
        Which of the published files: 100 or 500 Hz.
    leads
        Leads that are kept, separated by commas; default: all twelve.
    out
        Folder for metrics.json, predictions.csv and figures (PNG, SVG).
    jobs
        Processes that read records; default: one a core.
    figures
        Draw the figures, where Matplotlib is installed.
    """
    try:
        chosen = [int(fold) for fold in folds.split(",")]
    except ValueError as error:
        raise UsageError(f"--folds {folds!r}: give numbers from 1 to 10 separated by commas.") from error
    from einthoven.evaluation.twelve_lead import evaluate_twelve_lead

    with each_record() as show:
        metrics = evaluate_twelve_lead(
            data,
            model,
            folds=chosen,
            rate=int(rate),
            leads=split_names(leads),
            out=out,
            jobs=jobs,
            draw=figures,
            on_record=show,
        )
    print_twelve_lead(metrics)
    say_where(out, figures)
    return 0


@app.command(
    help_epilogue="""\
Examples:

    einthoven evaluate heartbeat --model heartbeat-r4 --data t.csv --out r4
    einthoven evaluate heartbeat --model heartbeat --data t.csv --out ours
    einthoven evaluate compare r4 ours --out comparison
"""
)
def compare(*folders: Path, out: Path | None = None, figures: bool = True) -> int:
    """Compare models on the same rows with the first of them: differences, intervals, McNemar's test.

    Resamplings are paired, over patients or records where these are known, else over rows.

    Parameters
    ----------
    folders
        Two or more that evaluate heartbeat (or evaluate beats) wrote with --out, of the same data.
    out
        Folder for comparison.json, .csv, .md and the figure (PNG, SVG).
    figures
        Draw the figure, where Matplotlib is installed.
    """
    if len(folders) < 2:
        raise UsageError(
            f"{len(folders)} folder{'s' if len(folders) != 1 else ''} to compare; name two or more that "
            "einthoven evaluate heartbeat (or beats) wrote with --out."
        )
    from einthoven.evaluation.compare import compare_models
    from einthoven.evaluation.comparison_files import write_comparison

    comparison = compare_models(folders)
    if out is not None:
        write_comparison(out, comparison, draw=figures)
    print_comparison(comparison)
    say_where(out, figures)
    return 0


@app.command(name="r-peaks")
def r_peaks(*, data: Path, records: str | None = None, out: Path | None = None, figures: bool = True) -> int:
    """Measure R-peak detection against reference annotations, within 150 ms (ANSI/AAMI EC57).

    Parameters
    ----------
    data
        Folder of a PhysioNet beat database (RECORDS or *.hea, with .atr).
    records
        Record names separated by commas; default: all.
    out
        Folder for metrics.json, predictions.csv and, of two records or more, a figure (PNG, SVG).
    figures
        Draw the figure, where Matplotlib is installed.
    """
    from einthoven.evaluation.r_peaks import evaluate_r_peaks

    with each_record() as show:
        metrics = evaluate_r_peaks(data, records=split_names(records), out=out, draw=figures, on_record=show)
    print_r_peaks(metrics)
    warn_of_seen_records(metrics, "the detector")
    say_where(out, figures)
    return 0


@app.command
def delineation(*, data: Path, records: str | None = None, out: Path | None = None) -> int:
    """Measure delineation in each lead against LUDB's annotations, boundaries paired within 150 ms.

    Parameters
    ----------
    data
        Folder of LUDB as PhysioNet lays it out (RECORDS, data/1.hea, data/1.i ...).
    records
        Record names separated by commas; default: all.
    out
        Folder for metrics.json and predictions.csv.
    """
    from einthoven.evaluation.delineation import evaluate_delineation

    with each_record() as show:
        metrics = evaluate_delineation(data, records=split_names(records), out=out, on_record=show)
    print_delineation(metrics)
    warn_of_seen_records(metrics, "the delineator")
    say_where(out, figures=False)
    return 0
