"""``einthoven demo``: the main job on a real recording, or on a simulated one where none can be had."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App

from einthoven.cli.summary import Summaries
from einthoven.recording import STANDARD_LEADS, Recording

if TYPE_CHECKING:
    from einthoven.datasets.catalogue import DataSet

HOLTER = ("mitdb", "208")
RESTING = ("ludb", "data/82")
CONNECT_SECONDS = 10.0
LONGEST_SECONDS = 120.0

app = App(name="demo", help_epilogue="Example:\n\n    einthoven demo --out out/demo\n")


@app.default
def demo(*, out: Path = Path("out/demo"), model: str = "beats") -> int:
    """Analyse half an hour of MIT-BIH (record 208) and a 12-lead ECG of LUDB, and write their reports.

    The records are taken from EINTHOVEN_DATA (or the user's cache folder), else downloaded from PhysioNet
    (2 MB), else, offline, recordings are simulated.

    Parameters
    ----------
    out
        Folder for the reports.
    model
        Name of the model that classifies beats, or the folder of a bundle.
    """
    from einthoven.analysis import TWELVE_LEAD_MODELS, analyze_recording
    from einthoven.models.bundle import load_bundle

    bundle, readers = load_bundle(model), [load_bundle(name) for name in TWELVE_LEAD_MODELS]
    out.mkdir(parents=True, exist_ok=True)
    for source, record in (HOLTER, RESTING):
        recording = _recording(source, record)
        began = time.perf_counter()
        analysis = analyze_recording(recording, bundle, readers)
        seconds = time.perf_counter() - began
        summaries = Summaries(single=True)
        summaries.add(analysis)
        summaries.show()
        stem = recording.name if source == HOLTER[0] else f"12-lead-{recording.name}"
        path = analysis.save(out / f"{stem}.html")
        lasting = recording.duration
        told = f"{lasting / 60:.0f} min" if lasting >= 60 else f"{lasting:.0f} s"
        print(f"Analysed {told} in {seconds:.1f} s. Report: {path.resolve()}")
    return 0


def _recording(source: str, record: str) -> Recording:
    from einthoven.datasets.catalogue import find
    from einthoven.formats import read

    data_set = find(source)
    if record not in data_set.present() and not _download(data_set, record):
        return _simulated(source)
    return read(data_set.folder() / f"{record}.hea")


def _download(data_set: DataSet, record: str) -> bool:
    """Fetch a record's files; return whether all are there. A file is whole or not there at all."""
    from einthoven.datasets.download import download
    from einthoven.datasets.transfer import DownloadError

    _say(f"Record {record} is not under {data_set.folder()}; downloading it from PhysioNet …")
    late = threading.Event()
    clock = threading.Timer(LONGEST_SECONDS, late.set)
    clock.daemon = True
    clock.start()
    try:
        download(data_set, records=[record], attempts=2, timeout=CONNECT_SECONDS, stop=late)
    except DownloadError as error:
        if late.is_set():
            _say(f"PhysioNet is too slow: not done after {LONGEST_SECONDS:g} s.")
        elif error.problem == "network":
            _say(f"PhysioNet cannot be reached. {error}")
        else:
            _say(f"The record cannot be downloaded. {error}")
        return False
    finally:
        clock.cancel()
    return True


def _simulated(source: str) -> Recording:
    from einthoven.signal.simulator import simulate

    if source == RESTING[0]:
        _say("Using a simulated 12-lead recording of 10 seconds instead.")
        return simulate(duration=10.0, fs=500.0, leads=STANDARD_LEADS, seed=1)
    _say("Using a simulated recording of 5 minutes instead.")
    return simulate(duration=300.0, fs=360.0, s_probability=0.02, v_probability=0.04, seed=208)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
