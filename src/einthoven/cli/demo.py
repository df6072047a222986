"""``einthoven demo``: the main job on a real recording, or on a simulated one where none can be had."""

from __future__ import annotations

import http.client
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from cyclopts import App

from einthoven.cli.summary import Summaries
from einthoven.datasets.roots import data_root
from einthoven.recording import Recording

RECORD = "208"
DATABASE = "https://physionet.org/files/mitdb/1.0.0"
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
    from einthoven.formats import read

    folder = data_root() / "mitdb"
    header = folder / f"{RECORD}.hea"
    if not header.is_file() and not _download(folder):
        return _simulated()
    return read(header)


def _download(folder: Path) -> bool:
    """Fetch the record's files; return whether all are there. A file is whole or not there at all."""
    _say(f"Record {RECORD} is not under {folder}; downloading it from PhysioNet (2 MB) …")
    deadline = time.monotonic() + LONGEST_SECONDS
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for extension in ("dat", "atr", "hea"):  # the header last: with it, the record is complete
            target = folder / f"{RECORD}.{extension}"
            part = target.with_suffix(f".{extension}.part")
            with (
                urllib.request.urlopen(f"{DATABASE}/{target.name}", timeout=CONNECT_SECONDS) as answer,
                part.open("wb") as stream,
            ):
                while block := answer.read(1 << 16):
                    stream.write(block)
                    if time.monotonic() > deadline:
                        raise TimeoutError(f"not done after {LONGEST_SECONDS:g} s")
            part.replace(target)
    except (OSError, urllib.error.URLError, http.client.HTTPException) as error:
        _say(f"PhysioNet cannot be reached ({getattr(error, 'reason', error)}).")
        return False
    return True


def _simulated() -> Recording:
    from einthoven.signal.simulator import simulate

    _say("Using a simulated recording of 5 minutes instead.")
    return simulate(duration=300.0, fs=360.0, s_probability=0.02, v_probability=0.04, seed=208)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
