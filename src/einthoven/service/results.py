"""What an analysis leaves in its folder, written by the analyst and read by the routes."""

from __future__ import annotations

import json
import os
from functools import cached_property, lru_cache
from pathlib import Path
from threading import get_ident
from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.analysis_document import FindingPart
from einthoven.analysis_result import Analysis, Answers, Finding
from einthoven.recording import AAMI_CLASSES, Beats, Float32, Int64
from einthoven.service.archive import write_archive
from einthoven.service.files import sync_folder
from einthoven.service.pictures import write_pictures
from einthoven.service.pyramid import Pyramid, write_pyramid
from einthoven.signal.lead_checks import USUAL_MV, implausible_height

DOCUMENT = "document.json"
SHORT_DOCUMENT = "document_short.json"  # without the lists of beats
WAVES = "waves.json"
_BEATS = ("beat_samples.npy", "beat_classes.npy", "beat_probabilities.npy")
EXPORTS = "exports"
LEAD_ANSWERS = "lead_answers.json"


def write_results(analysis: Analysis, folder: Path) -> dict[str, Any]:
    """Write everything about an analysis into an empty folder, safely on the disk.

    Returns:
        facts for the list of analyses: what it is, how long, what was found.
    """
    (folder / DOCUMENT).write_text(analysis.to_json(), encoding="utf-8")
    short_document(folder)
    beats = analysis.beats
    np.save(folder / _BEATS[0], beats.samples)
    np.save(folder / _BEATS[1], classes_of(beats))
    if beats.probabilities is not None:
        np.save(folder / _BEATS[2], beats.probabilities)
    write_pyramid(analysis.recording, folder)
    write_archive(analysis, folder)
    if analysis.page is not None:
        write_pictures(analysis.page, folder)
    for path in folder.rglob("*"):
        if path.is_dir():
            sync_folder(path)
            continue
        with path.open("rb") as file:
            os.fsync(file.fileno())
    sync_folder(folder)
    return facts_of(analysis)


def classes_of(beats: Beats) -> npt.NDArray[np.uint8]:
    """Return each beat's class as its place in ``AAMI_CLASSES``."""
    letters = np.searchsorted(np.array(sorted(AAMI_CLASSES)), beats.classes)
    order = np.array([AAMI_CLASSES.index(letter) for letter in sorted(AAMI_CLASSES)], np.uint8)
    return order[letters]


def short_document(folder: Path) -> Path:
    """Return where the document without its lists of beats is; of a day, making it takes a quarter second."""
    path = folder / SHORT_DOCUMENT
    if not path.exists():
        document = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
        document["beats"] |= {"samples": [], "times_s": [], "classes": [], "probabilities": None}
        part = folder / f"{SHORT_DOCUMENT}.{get_ident()}.part"
        part.write_text(json.dumps(document), encoding="utf-8")
        part.replace(path)
    return path


def facts_of(analysis: Analysis) -> dict[str, Any]:
    """Return what the list of analyses shows of each."""
    height = implausible_height(analysis.recording)
    return {
        "decision": analysis.decision,
        "has_pictures": analysis.page is not None,
        "refusal": analysis.refusal,
        "duration_s": round(analysis.recording.duration, 4),
        "fs": analysis.recording.fs,
        "leads": list(analysis.recording.leads),
        **answer_facts(Answers(analysis.beats, analysis.rhythm, analysis.findings)),
        "n_warnings": len(analysis.warnings),
        "usable_leads": [lead.lead for lead in analysis.quality if lead.usable],
        "height_ratio": None if height is None else height / USUAL_MV,
    }


def answer_facts(answers: Answers) -> dict[str, Any]:
    """Return that part of it which review may change."""
    rhythm, rate = answers.rhythm, answers.rhythm.heart_rate
    return {
        "n_beats": len(answers.beats),
        "counts": dict(rhythm.counts),
        "burden": {letter: round(share, 3) for letter, share in rhythm.burden.items()},
        "heart_rate": None if rate is None else round(rate.mean, 3),
        "findings": [
            {
                "code": finding.code,
                "label": finding.label,
                "decision": finding.decision,
                "probability": finding.probability,
            }
            for finding in answers.findings
        ],
        "facts": [fact.label for fact in rhythm.facts[:50] if fact.onset_s is not None],
    }


class Results:
    """The results of one analysis, opened when asked for.

    Args:
        folder: as `write_results` left it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.signals = Pyramid(folder)
        self.samples: Int64 = np.load(folder / _BEATS[0])
        self.classes: npt.NDArray[np.uint8] = np.load(folder / _BEATS[1])
        chances = folder / _BEATS[2]
        self.probabilities: Float32 | None = np.load(chances, mmap_mode="r") if chances.exists() else None

    @property
    def seconds(self) -> npt.NDArray[np.float64]:
        """R peaks in seconds from the start."""
        times: npt.NDArray[np.float64] = self.samples / self.signals.fs
        return times

    @cached_property
    def gaps(self) -> list[tuple[float, float]]:
        """Return begin and end, seconds, of stretches in which no lead is usable."""
        return _without_any(self.document()["quality"], self.signals.n_samples / self.signals.fs)

    @cached_property
    def answers(self) -> Answers:
        """Return the model's own beats, rhythm and findings."""
        from einthoven.signal.rhythm import describe_rhythm

        chances = None if self.probabilities is None else np.asarray(self.probabilities)
        beats = Beats(self.samples, np.array(AAMI_CLASSES)[self.classes], probabilities=chances)
        fs = self.signals.fs
        rhythm = describe_rhythm(beats, fs, self.signals.n_samples / fs, gaps=self.gaps)
        findings = (FindingPart.model_validate(each) for each in self.document()["findings"])
        return Answers(beats, rhythm, tuple(Finding(**dict(each)) for each in findings))

    def document(self) -> dict[str, Any]:
        """Return the ``einthoven.analysis/1`` document with its lists of beats left empty."""
        found: dict[str, Any] = json.loads(short_document(self.folder).read_text(encoding="utf-8"))
        return found


def _without_any(quality: list[dict[str, Any]], duration: float) -> list[tuple[float, float]]:
    """Stretches that are unusable in all leads; a lead that is not usable at all is so from end to end."""
    if not quality:
        return []
    common = [(0.0, duration)]
    for lead in quality:
        own = [(0.0, duration)]
        if lead["usable"]:
            own = [(s["onset_s"], s["onset_s"] + s["duration_s"]) for s in lead["stretches"]]
        common = [(max(a, c), min(b, d)) for a, b in common for c, d in own if min(b, d) - max(a, c) > 1e-6]
    return common


@lru_cache(maxsize=16)
def open_results(folder: Path) -> Results:
    """Open results; the last few stay open, for they never change."""
    return Results(folder)
