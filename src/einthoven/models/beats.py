"""Beat classes: R peaks of a recording in, AAMI classes with calibrated probabilities out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from einthoven.errors import BundleError, SignalError
from einthoven.models.beat_inputs import (
    AFTER,
    BEFORE,
    INPUTS_VERSION,
    LEADS,
    MARGIN,
    RATE,
    RHYTHM_FEATURES,
    SEQUENCE,
    SHAPE_FEATURES,
    BeatInputs,
    beat_inputs,
    prepare,
)
from einthoven.models.bundle import Bundle
from einthoven.models.fusion_beats import find_fusion_beats, with_belief
from einthoven.models.like_beats import averaged_over_like_beats, pieces
from einthoven.recording import AAMI_CLASSES, Beats, Float32, Int64, Recording

CORE = SEQUENCE - 2 * MARGIN  # beats of a sequence that are answered

# Leads of the training data and their nearest relatives; the first two that are usable are used.
PREFERRED_LEADS = (
    "MLII",
    "II",
    "V1",
    "ECG1",
    "ECG2",
    "V5",
    "V2",
    "V4",
    "I",
    "aVF",
    "V3",
    "V6",
    "III",
    "aVL",
    "aVR",
)


def classify_beats(
    recording: Recording, r_peaks: npt.ArrayLike, bundle: Bundle, usable: Sequence[bool] | None = None
) -> Beats:
    """Classify beats at given R peaks.

    Args:
        recording: any rate, one lead or more; two are used where two are usable.
        r_peaks: sample numbers in the recording's rate, increasing.
        bundle: a bundle of task ``beats``.
        usable: for each lead whether to use it; default: all that hold signal.

    Returns:
        beats at exactly ``r_peaks``, with probabilities in the order of ``AAMI_CLASSES``. The class is the
        one with the largest probability after the card's decision weights, which were chosen, like the
        calibration, on patients outside the training folds.

    Raises:
        BundleError: the bundle is for another task, or for inputs that this version does not make.
        SignalError: no lead is usable, or R peaks are not increasing sample numbers within the recording.
    """
    check_contract(bundle)
    peaks = _checked(r_peaks)
    if len(peaks) == 0:
        return Beats(peaks, np.zeros(0, "<U1"), probabilities=np.zeros((0, len(AAMI_CLASSES)), np.float32))
    if peaks.min() < 0 or peaks.max() >= recording.n_samples:
        raise SignalError(
            f"R peaks reach from {peaks.min()} to {peaks.max()}, but {recording.name or 'the recording'} has "
            f"samples 0 to {recording.n_samples - 1}. Give positions in the recording's own rate."
        )
    leads = choose_leads(recording, usable)
    logits, fused = _logits(recording.signals[leads], recording.fs, peaks, bundle)
    probabilities = with_belief(calibrated(logits, bundle), fused)
    weights = np.asarray(bundle.card.input.settings.get("decision_weights", [1.0] * len(AAMI_CLASSES)))
    classes = np.array(AAMI_CLASSES)[np.argmax(probabilities * weights, axis=1)]
    return Beats(peaks, classes, probabilities=probabilities)


def choose_leads(recording: Recording, usable: Sequence[bool] | None = None) -> list[int]:
    """Return the indices of the one or two leads to classify on: usable ones, preferred names first.

    Raises:
        SignalError: no lead is usable, or ``usable`` does not have one verdict a lead.
    """
    if usable is None:
        finite = [lead[np.isfinite(lead)] for lead in recording.signals]
        usable = [bool(lead.size and np.ptp(lead) > 0) for lead in finite]
    if len(usable) != recording.n_leads:
        raise SignalError(f"{len(usable)} verdicts for {recording.n_leads} leads; give one for each lead.")
    candidates = [i for i, good in enumerate(usable) if good]
    if not candidates:
        raise SignalError(
            f"None of the leads {', '.join(recording.leads) or '(there are none)'} is usable. "
            "One lead that is neither flat, missing nor pure noise is needed."
        )
    ranks = {name: rank for rank, name in enumerate(PREFERRED_LEADS)}
    chosen = sorted(candidates, key=lambda i: (ranks.get(recording.leads[i], len(ranks)), i))[:LEADS]
    return sorted(chosen)


def _checked(r_peaks: npt.ArrayLike) -> Int64:
    peaks = np.asarray(r_peaks)
    if peaks.ndim != 1 or (len(peaks) and peaks.dtype.kind not in "iu"):
        raise SignalError(
            f"R peaks have shape {peaks.shape} and type {peaks.dtype}; allowed: one list of whole "
            "sample numbers. "
            "Seconds become sample numbers when multiplied by the sampling rate and rounded."
        )
    if np.any(np.diff(peaks) < 0):
        raise SignalError("R peaks are not in increasing order; sort them first.")
    return peaks.astype(np.int64)


def calibrated(logits: Float32, bundle: Bundle) -> Float32:
    """Turn logits into probabilities: softmax of ``logits / temperature + bias``, as the card says."""
    parameters = bundle.card.calibration.parameters
    scaled = logits / parameters.get("temperature", 1.0) + np.asarray(parameters.get("bias", 0.0))
    scaled = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    probabilities: Float32 = (scaled / scaled.sum(axis=-1, keepdims=True)).astype(np.float32)
    return probabilities


def check_contract(bundle: Bundle) -> None:
    """Refuse a bundle whose inputs are not the ones this version computes.

    Raises:
        BundleError: says what differs.
    """
    card = bundle.card
    if card.task != "beats" or tuple(card.classes) != AAMI_CLASSES:
        raise BundleError(
            f"{card.name} is a model for {card.task!r} with classes {' '.join(card.classes)}; "
            f"classifying beats takes task 'beats' with {' '.join(AAMI_CLASSES)}."
        )
    made = {
        "waves": ["beats", LEADS, 3, BEFORE + AFTER],
        "shapes": ["beats", LEADS, len(SHAPE_FEATURES)],
        "rhythm": ["beats", len(RHYTHM_FEATURES)],
        "present": ["beats", LEADS],
        "valid": ["beats"],
    }
    asked = {tensor.name: tensor.shape[1:] for tensor in card.input.inputs}
    version = card.input.settings.get("inputs_version")
    if asked != made or card.input.rate_hz != RATE or version != INPUTS_VERSION:
        raise BundleError(
            f"{card.name} {card.version} asks for inputs {asked} at {card.input.rate_hz:g} Hz, this version "
            f"of einthoven makes {made} at {RATE} Hz "
            f"(inputs version {version}, made: {INPUTS_VERSION}). Install the version the model was made for."
        )


def _logits(
    signals: Float32, fs: float, peaks: Int64, bundle: Bundle
) -> tuple[Float32, npt.NDArray[np.bool_]]:
    """Run the network over overlapping sequences, a bounded number at a time, and look at it again."""
    prepared = prepare(signals, fs, peaks)
    n = len(prepared)
    logits, fused = np.empty((n, len(AAMI_CLASSES)), np.float32), np.empty(n, dtype=np.bool_)
    for begin, stop in pieces(n):
        low, high = max(0, begin - MARGIN), min(n, stop + MARGIN)
        inputs = beat_inputs(prepared, low, high)
        answers = bundle.run(sequences(inputs, begin - low, stop - low), batch=4)["logits"]
        answers = answers[:, MARGIN : MARGIN + CORE].reshape(-1, len(AAMI_CLASSES))[: stop - begin]
        logits[begin:stop], fused[begin:stop] = second_look(answers, inputs[begin - low : stop - low])
    return logits, fused


def second_look(logits: Float32, inputs: BeatInputs) -> tuple[Float32, npt.NDArray[np.bool_]]:
    """Look at a network's answers again in the light of the whole recording.

    Returns:
        logits averaged over like beats, shape ``(n_beats, n_classes)``, and which beats are fusion beats by
        the patient's own normal and ventricular ones, shape ``(n_beats,)``.
    """
    averaged = averaged_over_like_beats(logits, inputs)
    return averaged, find_fusion_beats(averaged, inputs)


def sequences(inputs: BeatInputs, begin: int, stop: int, core: int = CORE) -> dict[str, Float32]:
    """Lay beats ``begin`` … ``stop`` out as rows: ``MARGIN`` beats of context, ``core``, ``MARGIN`` again.

    Places before the first beat and after the last are zero and not ``valid``.
    """
    n_rows = -(-(stop - begin) // core)
    places = begin - MARGIN + np.arange(n_rows)[:, np.newaxis] * core + np.arange(core + 2 * MARGIN)
    valid = (places >= 0) & (places < len(inputs))
    index = np.clip(places, 0, len(inputs) - 1)
    rows = {"valid": valid.astype(np.float32)}
    for name in ("waves", "shapes", "rhythm", "present"):
        values = getattr(inputs, name)[index].astype(np.float32)
        values[~valid] = 0.0
        rows[name] = values
    return rows
