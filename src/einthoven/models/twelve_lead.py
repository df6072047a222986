"""Twelve-lead models: a resting ECG of any rate, length and set of leads in, calibrated probabilities out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from einthoven.errors import BundleError, SignalError
from einthoven.models.bundle import Bundle
from einthoven.models.card import Card
from einthoven.recording import STANDARD_LEADS, Float32, Recording
from einthoven.wording import number

RATE = 100.0
SAMPLES = 1000  # 10 s
N_LEADS = len(STANDARD_LEADS)
SHORTEST_S = 2.0
LONGEST_S = 120.0  # beyond this it is no resting ECG, and an answer for the whole of it says nothing
DEFAULT_BAND = (0.4, 0.6)  # of a card without bands

# Sets of leads that a model's AUROC on held-out patients is measured with, by what its card calls them.
MEASURED_LEADS = {
    "12 leads, or the 8 that the others follow from": STANDARD_LEADS,
    "6 limb leads, or I and II": STANDARD_LEADS[:6],
    "lead I": ("I",),
    "lead II": ("II",),
    "lead V1": ("V1",),
}
LEAST_AUROC = 0.8

_HOP = SAMPLES // 2
_PLAUSIBLE_MV = (0.03, 40.0)  # height of the median lead, wander included; beyond, the unit must be wrong
_LARGEST_GAP = 0.8  # share of a window beyond which a lead counts as missing in it: a page shows a quarter
_BATCH = 8  # records: what passes the layers stays in the cache of the processor, and threads end together
# Each limb lead from leads I and II (Einthoven 1913, Goldberger 1942).
_FROM_I_AND_II = {"III": (-1.0, 1.0), "aVR": (-0.5, -0.5), "aVL": (1.0, -0.5), "aVF": (-0.5, 1.0)}

Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class TwelveLeadInput:
    """What a twelve-lead network sees.

    Attributes:
        ecg: millivolt at 100 Hz in the order of ``STANDARD_LEADS``, the mean of each lead and window taken
            off, 0 where missing; float32, shape ``(n_windows, 12, 1000)``.
        known: 1 where a lead is there, else 0; float32, shape ``(n_windows, 12)``.
    """

    ecg: Float32
    known: Float32

    @property
    def leads(self) -> tuple[str, ...]:
        """Names of the leads that are known in any window."""
        return tuple(name for i, name in enumerate(STANDARD_LEADS) if self.known[:, i].any())


def prepare(recording: Recording, usable: Sequence[bool] | None = None) -> TwelveLeadInput:
    """Bring a recording to what the networks take: 100 Hz, twelve leads, windows of 10 s.

    Limb leads that are missing are computed from two of I, II and III where these are there. A recording
    shorter than 10 s is followed by zeros; a longer one gives windows that overlap by half, the last of which
    ends with the recording.

    Args:
        recording: any rate and leads.
        usable: for each lead whether to use it; default: all.

    Raises:
        SignalError: it is too short or too long, none of the twelve leads is there, or its heights are those
            of another unit.
    """
    if not SHORTEST_S <= recording.duration <= LONGEST_S:
        raise SignalError(
            f"{recording.name or 'The recording'} lasts {recording.duration:.1f} s; twelve-lead models read "
            f"resting ECGs of {SHORTEST_S:g} to {LONGEST_S:g} s."
        )
    signals, names = _standard_leads(recording, usable)
    _require_plausible(signals)
    from einthoven.signal.resample import resample

    at_rate = resample(signals, recording.fs, RATE)
    n = at_rate.shape[1]
    starts = [0] if n <= SAMPLES else sorted({*range(0, n - SAMPLES + 1, _HOP), n - SAMPLES})
    ecg = np.zeros((len(starts), N_LEADS, SAMPLES), np.float32)
    known = np.zeros((len(starts), N_LEADS), np.float32)
    rows = [STANDARD_LEADS.index(name) for name in names]
    for window, start in enumerate(starts):
        piece = at_rate[:, start : start + SAMPLES]
        there = np.isfinite(piece)
        enough = there.mean(axis=1) > 1 - _LARGEST_GAP
        total = np.where(there, piece, 0).sum(axis=1, keepdims=True, dtype=np.float64)
        mean = total / np.maximum(1, there.sum(axis=1, keepdims=True))
        centred = np.where(there & enough[:, None], piece - mean, 0)
        ecg[window, rows, : piece.shape[1]] = centred
        known[window, rows] = enough
    if not known.any():
        raise SignalError("Each lead is missing for more than half of the time: there is nothing to read.")
    return TwelveLeadInput(ecg, known)


def window_probabilities(ecg: Float32, known: Float32, bundle: Bundle) -> Float32:
    """Return the calibrated probabilities of windows, shape ``(n_windows, n_classes)``; see `prepare`."""
    check_contract(bundle)
    return calibrated(_logits(ecg, known, bundle), bundle.card)


def classify(inputs: TwelveLeadInput, bundle: Bundle) -> Float32:
    """Return the calibrated probability of each class for a recording, float32, shape ``(n_classes,)``.

    Classes are answered one by one: a recording can have several. Over windows in which any lead is known,
    logits are averaged.

    Raises:
        BundleError: the bundle is for another task or takes other inputs.
    """
    check_contract(bundle)
    there = inputs.known.any(axis=1)
    logits = _logits(inputs.ecg[there], inputs.known[there], bundle).mean(axis=0, keepdims=True)
    probabilities: Float32 = calibrated(logits, bundle.card)[0]
    return probabilities


def too_few_leads(leads: Sequence[str], card: Card) -> str:
    """Return why a model should not answer from these leads, or an empty string.

    It should where one of the sets of leads it was measured with is among them and AUROC on held-out patients
    was 0.8 or more with that, or as much as with twelve leads. The limit is ours.

    Args:
        leads: names of those that are there or can be computed (`TwelveLeadInput.leads`).
        card: of the model; one without such figures answers from any leads.
    """
    measured = {
        name: metric.value
        for metric in card.metrics
        for name in MEASURED_LEADS
        if metric.name.endswith(f"AUROC, {name}")
    }
    if not measured:
        return ""
    there = {name: auroc for name, auroc in measured.items() if set(MEASURED_LEADS[name]) <= set(leads)}
    least = min(LEAST_AUROC, max(measured.values()))
    if max(there.values(), default=0.0) >= least:
        return ""
    why = (
        f"AUROC {max(there.values()):.2f} for held-out patients, {least:.2f} is asked"
        if there
        else "it was not measured with such leads"
    )
    return f"{', '.join(leads)}: too few leads for this model, {why}"


def calibrated(logits: Float32, card: Card) -> Float32:
    """Return probabilities, one by one: the sigmoid of the card's scale and offset of each class."""
    scale = np.asarray(card.calibration.parameters.get("scale", 1.0))
    offset = np.asarray(card.calibration.parameters.get("offset", 0.0))
    values = logits.astype(np.float64) * scale + offset
    probabilities: Float32 = (0.5 * (1 + np.tanh(values / 2))).astype(np.float32)
    return probabilities


def decide(probability: float, band: tuple[float, float]) -> Literal["absent", "borderline", "present"]:
    """Return ``absent`` below a band, ``present`` above, ``borderline`` within."""
    if probability < band[0]:
        return "absent"
    return "present" if probability > band[1] else "borderline"


def check_contract(bundle: Bundle) -> None:
    """Refuse a bundle that does not take twelve-lead windows.

    Raises:
        BundleError: says what differs.
    """
    card = bundle.card
    if card.task != "twelve-lead":
        raise BundleError(f"{card.name} is a model for {card.task!r}; reading 12-lead records takes another.")
    asked = {tensor.name: tensor.shape for tensor in card.input.inputs}
    given = {tensor.name: tensor.shape for tensor in card.input.outputs}
    takes = {"ecg": ["batch", N_LEADS, SAMPLES], "known": ["batch", N_LEADS]}
    if asked != takes or given != {"logits": ["batch", len(card.classes)]}:
        raise BundleError(
            f"{card.name} {card.version} turns {asked} into {given}; twelve-lead models turn {takes} into "
            f"{{'logits': ['batch', {len(card.classes)}]}}. Install the version of einthoven that the model "
            "was made for."
        )


def _standard_leads(recording: Recording, usable: Sequence[bool] | None) -> tuple[Float32, list[str]]:
    """Return those of the twelve leads that are there or can be computed, and their names."""
    there = {
        name: recording.signals[i]
        for i, name in enumerate(recording.leads)
        if name in STANDARD_LEADS
        and (usable is None or usable[i])
        and np.isfinite(recording.signals[i]).any()
    }
    if not there:
        raise SignalError(
            f"None of the twelve standard leads is usable (leads: {', '.join(recording.leads)}). Name them "
            "where the file does not."
        )
    if "III" in there and "I" in there and "II" not in there:
        there["II"] = there["I"] + there["III"]
    elif "III" in there and "II" in there and "I" not in there:
        there["I"] = there["II"] - there["III"]
    if "I" in there and "II" in there:
        for name, (of_i, of_ii) in _FROM_I_AND_II.items():
            if name not in there:
                there[name] = of_i * there["I"] + of_ii * there["II"]
    names = [name for name in STANDARD_LEADS if name in there]
    return np.stack([there[name] for name in names]).astype(np.float32), names


def _require_plausible(signals: Float32) -> None:
    low, high = np.nanpercentile(signals, (1, 99), axis=1)
    height = float(np.median(high - low))
    if not _PLAUSIBLE_MV[0] <= height <= _PLAUSIBLE_MV[1]:
        seen = f"{number(height)} mV high or more" if height > 1 else f"{number(height, 4)} mV high or less"
        raise SignalError(
            f"Half of the leads are {seen}, which no heart brings about: the unit must be another one. State "
            "the right one."
        )


def _logits(ecg: Float32, known: Float32, bundle: Bundle) -> Float32:
    logits: Float32 = bundle.run({"ecg": ecg, "known": known}, batch=_BATCH)["logits"]
    return logits
