"""``einthoven data prepare``: make from the files of a data set what training takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from einthoven.cli.console import UsageError, progress, stdout
from einthoven.errors import DataError, did_you_mean

PREPARED_SETS = ("heartbeat", "beat-images", "ptb-xl")


def prepare_data(
    name: str,
    /,
    *,
    source: Annotated[str | None, Parameter(name="--from")] = None,
    rate: int | None = None,
    root: Path | None = None,
    out: Path | None = None,
    jobs: int | None = None,
    compare: bool = True,
) -> int:
    """Prepare a data set for training. All is written, or nothing.

    heartbeat: rows cut from raw records. Writes train.csv and test.csv:
    187 values and a class 0-4 = N S V F Q.
    They are split at random over beats, as on Kaggle.
    Beside each, NAME.origin.csv says whose rows they are; prepared.json holds
    sources, counts and checksums.

    beat-images: beats to draw, for models of drawings. Writes signals.npy
    (int16 microvolt, first leads) and index.csv (record, patient, class and
    neighbours of each beat), from which training draws them in any look.

    ptb-xl: every record that is here at one rate. Writes signals.npy
    (int16 microvolt, records x 12 x samples) and index.csv.
    What is broken or missing is left out and listed in prepared.json.

    Parameters
    ----------
    name
        What to prepare: heartbeat, beat-images or ptb-xl.
    source
        Of heartbeat and beat-images: the data set whose records the beats are from. Default: mitdb.
    rate
        Of ptb-xl: 100 or 500 Hz. Default: 100.
    root
        Of ptb-xl: its folder. Default: ptb-xl among the data sets.
    out
        Folder to write. Default: prepared/heartbeat-SOURCE, prepared/beat-images-SOURCE or
        prepared/ptb-xl-RATE in the user's cache folder.
    jobs
        Of ptb-xl: processes. Default: one a core.
    compare
        Of heartbeat: say how closely the rows agree with genuine ones, where those (mitbih_*.csv) are in
        the folder heartbeat among the data sets. Of mitdb alone.
    """
    _require_can_be_prepared(name)
    others = {"--from": source} if name == "ptb-xl" else {"--rate": rate, "--root": root, "--jobs": jobs}
    for option, value in others.items():
        if value is not None:
            raise UsageError(f"{option} is not for {name}. See: einthoven data prepare --help")
    if name == "ptb-xl":
        from einthoven.cli import data_ptb_xl

        return data_ptb_xl.prepare(100 if rate is None else rate, root, out, jobs)
    if name == "beat-images":
        return _prepare_beat_images(source or "mitdb", out)
    return _prepare_heartbeat(source or "mitdb", out, compare)


def _prepare_beat_images(source: str, out: Path | None) -> int:
    from einthoven.datasets.beat_images_prepare import prepare_beat_images

    with progress(total=2) as bar:
        task = bar.add_task("beat-images", total=1)

        def show(what: str, n_done: int, of: int) -> None:
            bar.update(task, description=what, completed=n_done, total=of)

        folder, document = prepare_beat_images(source, out, show)
    told = ", ".join(f"{name} {count:,}" for name, count in document["counts"].items() if count)
    lines = [
        f"{document['n_beats']:,} beats of {len(document['records'])} records, {document['n_patients']} "
        f"patients: {told}",
        str(folder),
    ]
    stdout().print("\n".join(lines), markup=False, soft_wrap=True)
    return 0


def _prepare_heartbeat(source: str, out: Path | None, compare: bool) -> int:
    from einthoven.datasets.heartbeat_prepare import prepare_heartbeat

    with progress(total=2) as bar:
        task = bar.add_task("heartbeat", total=1)

        def show(what: str, n_done: int, of: int) -> None:
            bar.update(task, description=what, completed=n_done, total=of)

        folder, document = prepare_heartbeat(source, out, show, compare=compare)
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
    lines = _match_lines(document["match"]) if document["match"] is not None else []
    lines += [
        f"From {n_records} records of {document['source']}, {document['n_patients']} patients"
        + (f"; {n_absent} records are not here." if n_absent else ", all there are."),
        f"{folder}",
        "train.csv and test.csv hold beats of the same patients: scores on test.csv say nothing of new ones.",
    ]
    console.print("\n".join(lines), markup=False, soft_wrap=True)


def _match_lines(match: dict[str, Any]) -> list[str]:
    n_found, n_matched = match["n_found"], match["n_matched"]
    lines = [
        f"Of {match['n_genuine']:,} genuine rows, {n_found:,} occur in these records sample for sample "
        f"(expected by class: {match['n_found_expected']:,.0f})."
    ]
    if n_found:
        lines.append(
            f"Of those, {n_matched:,} ({n_matched / n_found:.1%}) are matched by a rebuilt row with a "
            f"correlation of 0.99 or more, {match['n_identical']:,} of them to 1e-6; "
            f"{match['n_same_place']:,} are cut at the same place, {match['n_same_class']:,} have the same "
            "class."
        )
    if n_matched:
        lines.append(
            f"Of the matched: median correlation {match['median_correlation']:.6f}, least "
            f"{match['least_correlation']:.6f}; median difference "
            f"{match['median_absolute_difference']:.2g}, largest {match['largest_absolute_difference']:.2g}."
        )
    if match["n_alike_only"]:
        lines.append(
            f"{match['n_alike_only']:,} more resemble a rebuilt row (up to "
            f"{match['largest_correlation_not_found']:.4f}), but do not occur in these records."
        )
    return lines
