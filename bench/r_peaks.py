"""R-peak detection side by side: ours, sleepecg, wfdb XQRS and NeuroKit2 on the same records in one run.

    python bench/r_peaks.py --data ROOT/mitdb

Each peer is used as its documentation shows, on the first lead, for which it was designed; ours is shown
on the first lead as well as on all. Times are those of detection alone, after reading and after one call
to warm up.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from einthoven.datasets.database import Reference, load_reference, record_names
from einthoven.evaluation.r_peaks import compare
from einthoven.recording import Recording
from einthoven.signal.rpeaks import detect_r_peaks

Int64 = npt.NDArray[np.int64]


def ours(recording: Recording) -> Int64:
    """All leads together."""
    return detect_r_peaks(recording.signals, recording.fs)


def ours_first_lead(recording: Recording) -> Int64:
    """The first lead alone."""
    return detect_r_peaks(recording.signals[:1], recording.fs)


def sleepecg(recording: Recording) -> Int64:
    """sleepecg.detect_heartbeats."""
    import sleepecg

    return np.asarray(sleepecg.detect_heartbeats(recording.signals[0].astype(np.float64), recording.fs))


def wfdb_xqrs(recording: Recording) -> Int64:
    """wfdb.processing.xqrs_detect."""
    from wfdb.processing import xqrs_detect

    found = xqrs_detect(recording.signals[0].astype(np.float64), recording.fs, verbose=False)
    return np.asarray(found, dtype=np.int64)


def neurokit2(recording: Recording) -> Int64:
    """neurokit2.ecg_peaks on neurokit2.ecg_clean, default method, without artefact correction."""
    import neurokit2

    fs = round(recording.fs)
    clean = neurokit2.ecg_clean(recording.signals[0].astype(np.float64), sampling_rate=fs)
    _, info = neurokit2.ecg_peaks(clean, sampling_rate=fs)
    return np.asarray(info["ECG_R_Peaks"], dtype=np.int64)


DETECTORS: dict[str, Callable[[Recording], Int64]] = {
    "einthoven, all leads": ours,
    "einthoven, first lead": ours_first_lead,
    "sleepecg, first lead": sleepecg,
    "wfdb XQRS, first lead": wfdb_xqrs,
    "NeuroKit2, first lead": neurokit2,
}
HEADER = ("detector", "sensitivity %", "ppv %", "missed", "extra", "seconds a record")


def measure(references: Sequence[Reference], detector: Callable[[Recording], Int64]) -> tuple[Int64, float]:
    """Return the counts (found, missed, extra) and the mean seconds a record."""
    counts, seconds = np.zeros(3, dtype=np.int64), 0.0
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")  # the peers' own, about their dependencies
        detector(references[0].recording)
        for reference in references:
            started = time.perf_counter()
            found = detector(reference.recording)
            seconds += time.perf_counter() - started
            counts += compare(reference, np.sort(found)).counts
    return counts, seconds / len(references)


def rows(root: Path, records: Sequence[str] | None = None) -> list[tuple[str, ...]]:
    """Measure every detector that is installed; one row each, as in ``HEADER``.

    Args:
        root: folder of a PhysioNet beat database.
        records: the records to use; default: all.
    """
    references = [load_reference(root, name) for name in record_names(root, records)]
    table = []
    for name, detector in DETECTORS.items():
        try:
            (tp, fn, fp), seconds = measure(references, detector)
        except ImportError as error:
            table.append((name, f"not installed ({error.name})", "", "", "", ""))
            continue
        table.append(
            (
                name,
                f"{100 * tp / (tp + fn):.2f}",
                f"{100 * tp / (tp + fp):.2f}",
                str(fn),
                str(fp),
                f"{seconds:.2f}",
            )
        )
    return table


def markdown(table: Sequence[Sequence[str]]) -> str:
    """Return rows as a Markdown table."""
    lines = ["| " + " | ".join(cells) + " |" for cells in (HEADER, *table)]
    lines.insert(1, "|---|" + "---:|" * (len(HEADER) - 1))
    return "\n".join(lines)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of a PhysioNet beat database")
    parser.add_argument("--records", help="record names separated by commas; default: all")
    options = parser.parse_args()
    print(markdown(rows(options.data, options.records.split(",") if options.records else None)))


if __name__ == "__main__":
    main()
