"""``einthoven demo``: the main job on a real recording, or on a simulated one where none can be had."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App

from einthoven.cli.summary import Summaries
from einthoven.recording import Recording

if TYPE_CHECKING:
    from einthoven.datasets.catalogue import DataSet

RECORD = "208"
CONNECT_SECONDS = 10.0
LONGEST_SECONDS = 120.0

app = App(name="demo", help_epilogue="Example:\n\n    einthoven demo --out out/demo\n")


@app.default
def demo(*, out: Path = Path("out/demo"), model: str = "beats") -> int:
    """Analyse MIT-BIH record 208 and write its report.

    The record is taken from EINTHOVEN_DATA (or the user's cache folder), else downloaded from PhysioNet
    (2 MB), else, offline, a recording is simulated.

    Parameters
    ----------
    out
        Folder for the report.
    model
        Name of a model, or the folder of a bundle.
    """
    from einthoven.analysis import analyze_recording
    from einthoven.models.bundle import load_bundle

    bundle = load_bundle(model)
    recording = _recording()
    began = time.perf_counter()
    analysis = analyze_recording(recording, bundle)
    seconds = time.perf_counter() - began
    summaries = Summaries(single=True)
    summaries.add(analysis)
    summaries.show()
    out.mkdir(parents=True, exist_ok=True)
    path = analysis.save(out / f"{recording.name}.html")
    print(f"Analysed {recording.duration / 60:.0f} min in {seconds:.1f} s. Report: {path.resolve()}")
    return 0


def _recording() -> Recording:
    from einthoven.datasets.catalogue import find
    from einthoven.formats import read

    data_set = find("mitdb")
    if RECORD not in data_set.present() and not _download(data_set):
        return _simulated()
    return read(data_set.folder() / f"{RECORD}.hea")


def _download(data_set: DataSet) -> bool:
    """Fetch the record's files; return whether all are there. A file is whole or not there at all."""
    from einthoven.datasets.download import download
    from einthoven.datasets.transfer import DownloadError

    _say(f"Record {RECORD} is not under {data_set.folder()}; downloading it from PhysioNet (2 MB) …")
    late = threading.Event()
    clock = threading.Timer(LONGEST_SECONDS, late.set)
    clock.daemon = True
    clock.start()
    try:
        download(data_set, records=[RECORD], attempts=2, timeout=CONNECT_SECONDS, stop=late)
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


def _simulated() -> Recording:
    from einthoven.signal.simulator import simulate

    _say("Using a simulated recording of 5 minutes instead.")
    return simulate(duration=300.0, fs=360.0, s_probability=0.02, v_probability=0.04, seed=208)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
