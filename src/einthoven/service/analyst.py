"""The process that opens what people send: one task at a time, in bounded memory.

Reads tasks from standard input and writes messages to standard output, a JSON object a line:
``{"stage": …}`` as it goes, then ``{"done": …}`` or ``{"failed": …}``. Started by `sandbox.Sandbox`.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from copy import copy
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from einthoven.errors import EinthovenError, FormatError
from einthoven.service.files import FileStore, sync_folder
from einthoven.service.intake import is_zip, main_file, unpack_zip
from einthoven.service.problems import kind_of, missing_of
from einthoven.service.settings import MIB, Settings, parent_of

if TYPE_CHECKING:
    from einthoven.analysis_result import Analysis
    from einthoven.models.bundle import Bundle
    from einthoven.recording import Recording
    from einthoven.sources import Opened

Tell = Callable[[str], None]
Task = dict[str, Any]

_BEHIND = 5  # of the worker's analysts: uploads, tiles and live beats come before what runs anyway
_STALE_SECONDS = 600.0
_NUMPY = b"\x93NUMPY"


def analyse(task: Task, settings: Settings, tell: Tell) -> dict[str, Any]:
    """Analyse a task's files, leave the results in its folder, whole or not at all, and return the facts."""
    from einthoven.analysis import analyze_recording
    from einthoven.service.results import write_results

    target = Path(task["folder"])
    part = target.with_name(f"{target.name}.part")
    for old in (target, part):
        shutil.rmtree(old, ignore_errors=True)
    part.mkdir(parents=True)
    tell("reading")
    opened = open_upload(task, settings)
    bundle = _bundle(task["options"].get("model") or settings.model)
    analysis = analyze_recording(opened.recording, bundle, _readers(task), tell, page=opened.page)
    tell("writing")
    facts = write_results(analysis, part)
    part.replace(target)
    sync_folder(target.parent)
    return facts


def export(task: Task, settings: Settings, tell: Tell) -> dict[str, Any]:
    """Write a report of a finished analysis, ``said`` laid over it: ``format``, to the path ``out``.

    Reports of what was said before are removed once nobody can be reading them any more.
    """
    from einthoven.report import EXTENSIONS, save
    from einthoven.service.reviewed import analysis_after

    kind, out = task["format"], Path(task["out"])
    if kind not in EXTENSIONS:
        raise FormatError(f"Report format {kind!r} is not known; allowed: {', '.join(EXTENSIONS)}.")
    part = out.with_name(f"{os.getpid()}.part{EXTENSIONS[kind]}")
    part.parent.mkdir(parents=True, exist_ok=True)
    if task["said"]:
        for old in out.parent.glob(f"reviewed-*{EXTENSIONS[kind]}"):
            with suppress(FileNotFoundError):
                if old.stat().st_mtime < time.time() - _STALE_SECONDS:
                    old.unlink()
    try:
        save(analysis_after(_finished(task, settings), task["said"]), part)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return {}


def evidence(task: Task, settings: Settings, tell: Tell) -> dict[str, Any]:
    """Write where the networks looked for the finding ``code``, 0 … 1, as a pyramid in the folder ``out``."""
    from einthoven.service.pyramid import write_pyramid

    analysis, out = _finished(task, settings), Path(task["out"])
    code = task["code"]
    asked = [f for f in analysis.findings if f.code == code and f.decision in ("present", "borderline")]
    found = analysis.explainer([code]).get(code) if asked and analysis.explainer is not None else None
    if found is None:
        raise EinthovenError(
            f"There is no evidence for {code!r}: only present and borderline findings of networks "
            "that can be asked have one."
        )
    part = out.with_name(f"{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    write_pyramid(replace(analysis.recording, signals=found), part)
    part.replace(out)
    return {}


def waves(task: Task, settings: Settings, tell: Tell) -> dict[str, Any]:
    """Return onsets, peaks and ends of P, QRS and T between the samples ``begin`` and ``stop``."""
    from einthoven.service.waves import waves_of

    analysis = _finished(task, settings)
    return waves_of(analysis, task["begin"], task["stop"])


def leads(task: Task, settings: Settings, tell: Tell) -> dict[str, Any]:
    """Return what the networks say of each lead alone."""
    from einthoven.service.lead_answers import lead_answers

    return lead_answers(_finished(task, settings), _readers(task))


TASKS: dict[str, Callable[[Task, Settings, Tell], dict[str, Any]]] = {
    "analyse": analyse,
    "export": export,
    "evidence": evidence,
    "waves": waves,
    "leads": leads,
}


def open_upload(task: Task, settings: Settings) -> Opened:
    """Read the recording that a task's files hold, or the page that they show.

    Raises:
        EinthovenError: they hold none, it is too large, or something that is never guessed is not stated.
    """
    from einthoven.sources import open_source

    options = task["options"]
    stated = {name: options.get(name) for name in ("fs", "unit", "leads")}
    files = [(file["name"], file["sha256"]) for file in task["files"]]
    with FileStore(settings.data / "files").folder_with(files, settings.data / "scratch") as folder:
        first = folder / files[0][0]
        if len(files) == 1 and is_zip(_head(first)):
            folder = folder / "unpacked"
            folder.mkdir()
            unpack_zip(first, folder, settings)
        try:
            path = main_file(folder)
            source = _array(path) if _head(path).startswith(_NUMPY) else path
            opened = open_source(source, **stated, overrule=options.get("overrule", False))
        except EinthovenError as error:
            # Where the files lie for the moment is nobody's business.
            told = copy(error)
            told.args = (error.message.replace(f"{folder}{os.sep}", "").replace(str(folder), "the upload"),)
            raise told from error
    recording = opened.recording
    if recording.n_leads * recording.n_samples > settings.max_samples:
        raise FormatError(
            f"The recording has {recording.n_leads} leads of {recording.n_samples} samples; allowed are "
            f"{settings.max_samples} samples in all. Send a part of it."
        )
    name = task["name"] or recording.name
    return replace(opened, recording=replace(recording, name=name, source=path.name))


def _finished(task: Task, settings: Settings) -> Analysis:
    from einthoven.service.archive import read_archive

    def read() -> Recording:
        return open_upload(task, settings).recording

    found = read_archive(Path(task["folder"]), read, _readers(task))
    # It may have been renamed since.
    return replace(found, recording=replace(found.recording, name=task["name"] or found.recording.name))


def _readers(task: Task) -> list[Bundle]:
    from einthoven.analysis import TWELVE_LEAD_MODELS

    names = task["options"].get("twelve_lead")
    return [_bundle(name) for name in (TWELVE_LEAD_MODELS if names is None else names)]


@lru_cache(maxsize=8)
def _bundle(name: str) -> Bundle:
    from einthoven.models.bundle import load_bundle

    return load_bundle(name, threads=1)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(8)


def _array(path: Path) -> Any:
    import numpy as np

    try:
        return np.load(path, allow_pickle=False)
    except ValueError as error:
        raise FormatError(f"{path.name} is no NumPy array of numbers ({error}).") from error


def warm_up(settings: Settings) -> None:
    """Load what every analysis needs, so that the first one need not wait for it."""
    from einthoven.analysis import analyze_recording
    from einthoven.recording import STANDARD_LEADS
    from einthoven.signal.simulator import simulate

    rest = simulate(10.0, 100.0, STANDARD_LEADS, seed=1)
    analyze_recording(rest, _bundle(settings.model), _readers({"options": {}}))


def _limit_memory(mib: int) -> None:
    try:
        import resource
    except ImportError:  # Windows: the time limit alone holds there
        return
    resource.setrlimit(resource.RLIMIT_AS, (mib * MIB, mib * MIB))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _die_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def run(task: Task, settings: Settings, say: Callable[[dict[str, Any]], None]) -> None:
    """Do one task and say how it ended."""
    try:
        done = TASKS[task["task"]](task, settings, lambda stage: say({"stage": stage}))
    except EinthovenError as error:
        kind, title = kind_of(error)
        say(
            {
                "failed": {
                    "kind": kind,
                    "title": title,
                    "detail": error.message,
                    "missing": missing_of(error),
                }
            }
        )
    except MemoryError:
        say(
            {
                "failed": {
                    "kind": "too-much-memory",
                    "title": "Too large",
                    "detail": f"It takes more than the {settings.memory_mib} MiB allowed for one analysis. "
                    "Send a part of the recording.",
                },
                "exhausted": True,
            }
        )
    except Exception as error:  # noqa: BLE001 - the process must live on
        # Told without the message, which may hold what the file says about its patient.
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
        sys.stderr.write(f"analyst: unexpected {type(error).__name__} at {place}\n")
        say(
            {
                "failed": {
                    "kind": "fault",
                    "title": "A fault in the analysis",
                    "detail": f"The analysis ended unexpectedly ({type(error).__name__} at {place}). This "
                    "is a fault in Einthoven; please report it.",
                },
                "exhausted": True,
            }
        )
    else:
        say({"done": done})


def main() -> None:
    """Serve tasks until standard input ends."""
    if (parent := parent_of(sys.argv)) is not None:
        threading.Thread(target=_die_with, args=(parent,), daemon=True).start()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints must not get between the messages
    settings = Settings()
    _limit_memory(settings.memory_mib)

    def say(message: dict[str, Any]) -> None:
        out.write(json.dumps(message) + "\n")
        out.flush()

    if "--warm" in sys.argv:
        os.nice(_BEHIND)
        warm_up(settings)
    say({"ready": os.getpid()})
    for line in sys.stdin:
        run(json.loads(line), settings, say)


if __name__ == "__main__":
    main()
