"""Where a network of digitised pages looked: parts of the beat of single leads are wiped out in turn.

Occlusion (Zeiler & Fergus 2014, arXiv 1311.2901) on what the network sees: the typical beat of each lead.
The map is laid back over every beat that the page shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from einthoven.explain.cells import PARTS, parts_of_beats
from einthoven.models.bundle import Bundle
from einthoven.models.report_page import check_contract, network_inputs
from einthoven.models.report_page_input import BEFORE, N_LEADS, RATE, SAMPLES, page_input
from einthoven.recording import STANDARD_LEADS, Float32, Recording

_EDGE = 6  # samples over which what is wiped out fades


@dataclass(frozen=True, eq=False, slots=True)
class PageEvidence:
    """How much of the answer hangs on what.

    Attributes:
        relevance: of each moment of each lead of the recording, 0 to 1, shape of its signals; 0 for leads
            that are no standard ones.
        parts: relevance by lead and part of the beat (``einthoven.explain.cells.PARTS``), shape ``(12, 5)``,
            not
            scaled: what is lost in log odds.
        rhythm: the same for the figures of the rhythm, all at once.
    """

    relevance: Float32
    parts: Float32
    rhythm: float


def explain_page(recording: Recording, bundle: Bundle, label: str) -> PageEvidence:
    """Return what speaks for a class on a digitised page.

    What is wiped out of a beat becomes the straight line between its ends; the rhythm becomes that of an even
    75 a minute. What speaks against the class counts 0.

    Args:
        recording: the digitised page.
        bundle: a model of signals.
        label: the class.

    Raises:
        BundleError: the bundle does not take signals.
        SignalError: the page shows too little.
    """
    check_contract(bundle, "signals")
    page = page_input(recording)
    part = parts_of_beats(np.array([BEFORE]), SAMPLES, RATE)
    jobs = [(lead, code) for lead in range(N_LEADS) if page.known[lead] for code in range(len(PARTS))]
    beats = np.repeat(page.beats[np.newaxis], len(jobs) + 2, axis=0)
    for row, (lead, code) in enumerate(jobs):
        beats[row + 1, lead] = _flattened(page.beats[lead], part == code)
    inputs = network_inputs(beats, np.repeat(page.known[np.newaxis], len(beats), axis=0), page.rhythm)
    inputs["rhythm"][-1] = _even_rhythm()
    column = bundle.card.classes.index(label)
    odds = _log_odds(bundle.run(inputs, 64)["logits"], column)
    lost = np.maximum(odds[0] - odds[1:], 0.0)
    parts = np.zeros((N_LEADS, len(PARTS)), np.float32)
    for (lead, code), value in zip(jobs, lost[:-1].tolist(), strict=True):
        parts[lead, code] = value
    return PageEvidence(_on_recording(parts, recording, page.r_peaks / RATE), parts, float(lost[-1]))


def _flattened(beat: Float32, mask: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Float32:
    """Return the beat with each stretch of ``mask`` replaced by the line between its ends, faded in."""
    at = np.flatnonzero(~mask)
    if not at.size or at.size == mask.size:
        return np.zeros_like(beat) if not at.size else beat.copy()
    line = np.interp(np.arange(len(beat)), at, beat[at])
    kernel = np.hanning(_EDGE + 2)[1:-1]
    weight = np.maximum(np.convolve(mask, kernel / kernel.sum(), mode="same"), mask)
    return np.asarray(beat + weight * (line - beat), dtype=np.float32)


def _even_rhythm() -> Float32:
    from einthoven.models.report_page_input import rhythm_figures

    return rhythm_figures(np.arange(10, 1000, 80), np.zeros(1000, np.float32))


def _log_odds(logits: Float32, column: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    values = logits.astype(np.float64)
    others = np.delete(values, column, axis=1)
    highest = others.max(axis=1, keepdims=True)
    rest = highest[:, 0] + np.log(np.exp(others - highest).sum(axis=1))
    return np.asarray(values[:, column] - rest)


def _on_recording(
    parts: Float32, recording: Recording, r_peaks_s: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> Float32:
    """Lay the relevance of the parts of the beat over all beats, scaled to a highest value of 1."""
    peaks = np.rint(r_peaks_s * recording.fs).astype(np.int64)
    part = parts_of_beats(peaks, recording.n_samples, recording.fs)
    shown = np.zeros(recording.signals.shape, np.float32)
    for row, name in enumerate(recording.leads):
        if name in STANDARD_LEADS:
            shown[row] = parts[STANDARD_LEADS.index(name)][part]
    shown[~np.isfinite(recording.signals)] = 0.0
    highest = float(shown.max(initial=0.0))
    return shown / np.float32(highest) if highest > 0 else shown
