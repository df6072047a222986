"""Answers about a whole recording: ectopy from its beats, and what 12-lead models read in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from einthoven.analysis_result import Decision, Finding
from einthoven.errors import SignalError
from einthoven.recording import AAMI_CLASSES, STANDARD_LEADS, Beats, Recording
from einthoven.wording import number

if TYPE_CHECKING:
    from einthoven.models.bundle import Bundle
    from einthoven.models.card import Card

ECTOPY = {"S": "Supraventricular ectopic beats", "V": "Ventricular ectopic beats", "F": "Fusion beats"}
DEFAULT_THRESHOLD = 0.5
_LABELS = {
    "NORM": "Normal ECG",
    "MI": "Myocardial infarction",
    "STTC": "ST/T change",
    "CD": "Conduction disturbance",
    "HYP": "Hypertrophy",
}
# What a reader must know of an answer, by the labels that the model learnt.
_REMARKS: dict[object, str] = {"mi": "told apart from normal ECGs alone"}
_PAGE_REMARK = "one of four classes, as the pages of one hospital are sorted"
_ONE_CLASS_LABELS = {"mi": "Myocardial infarction rather than normal", "mi_code": "Myocardial infarction"}


def ectopy_findings(
    beats: Beats,
    thresholds: Mapping[str, float],
    refusal: str,
    settled: npt.NDArray[np.bool_] | None = None,
) -> tuple[Finding, ...]:
    """Ectopy of each kind: present where a beat of it passes the threshold, or a person says so.

    Args:
        beats: what was found, with probabilities.
        thresholds: class letter → where ``present`` begins; default ``DEFAULT_THRESHOLD``.
        refusal: why the model gives no answer, or "".
        settled: beats that a person settled, shape ``(n_beats,)``; None: nobody looked. A finding that rests
            on one of them is present without a probability, which is the model's alone to give.

    They have no ``interval``: the probability is that of one beat, the surest of its kind. Held-out beats say
    how often such a beat came true (``figures.json``), but those of one patient are right or wrong together
    and most are normal; an interval from their number would be far too narrow. It takes one surest beat of
    each of many held-out patients, which was not measured.
    """
    findings = []
    refusal = refusal or ("" if len(beats) else "No beats were found.")
    for letter, label in ECTOPY.items():
        code, threshold = f"ectopy_{letter}", thresholds.get(letter, DEFAULT_THRESHOLD)
        of_kind = beats.classes == letter
        n = int(np.count_nonzero(of_kind))
        detail = f"{number(n)} of {number(len(beats))} beats"
        by_people = 0 if settled is None else int(np.count_nonzero(of_kind & settled))
        if by_people:
            detail += (
                ", as a person says" if by_people == n else f", {number(by_people)} of them as a person says"
            )
            findings.append(Finding(code, label, None, threshold, "present", detail))
            continue
        if refusal or beats.probabilities is None:
            findings.append(Finding(code, label, None, threshold, "refused", refusal))
            continue
        surest = float(beats.probabilities[of_kind if n else slice(None), AAMI_CLASSES.index(letter)].max())
        decision: Decision = "absent"
        if n and surest >= threshold:
            decision = "present"
        elif n or surest >= threshold / 2:
            decision = "borderline"
        findings.append(Finding(code, label, surest, threshold, decision, detail))
    return tuple(findings)


def twelve_lead_findings(
    recording: Recording, bundles: Sequence[Bundle], usable: Sequence[bool], refusal: str
) -> tuple[Finding, ...]:
    """One finding a class of each model; refused, with the reason, where there is nothing to read.

    A recording too long for a resting ECG has none at all: nobody expects them of a Holter.
    """
    from einthoven.models.figures import interval_of, read_figures
    from einthoven.models.twelve_lead import LONGEST_S, classify, prepare, too_few_leads

    if not bundles or recording.duration > LONGEST_S:
        return ()
    inputs = None
    if not refusal:
        try:
            inputs = prepare(recording, usable)
        except SignalError as error:
            refusal = str(error)
    findings = []
    for bundle in bundles:
        card = bundle.card
        reason = refusal if inputs is None else too_few_leads(inputs.leads, card)
        if inputs is None or reason:
            findings += [_finding(card, name, None, reason) for name in card.classes]
            continue
        figures = read_figures(bundle.path, card.onnx_sha256) if _is_whole(recording, inputs.leads) else []
        detail = _detail(card, inputs.leads)
        for name, probability in zip(card.classes, classify(inputs, bundle).tolist(), strict=True):
            findings.append(_finding(card, name, probability, detail, interval_of(figures, probability)))
    return tuple(findings)


def _is_whole(recording: Recording, leads: tuple[str, ...]) -> bool:
    """Twelve leads, none missing for most of the time: as those that calibration was measured with."""
    missing = np.isnan(recording.signals).mean(axis=1)
    return len(leads) == len(STANDARD_LEADS) and bool(missing.max() <= 0.5)


def page_findings(recording: Recording, bundle: Bundle, refusal: str) -> tuple[Finding, ...]:
    """One finding a class of report pages, for a page on which all twelve leads were read; else none."""
    from einthoven.models.report_page import classify_recording
    from einthoven.models.report_page_classes import TITLES

    if refusal or not set(STANDARD_LEADS) <= set(recording.leads):
        return ()
    answer = classify_recording(recording, bundle)
    findings = []
    for name in bundle.card.classes:
        code, label = f"page_{name}", f"Report page: {TITLES[name].removesuffix(' person')}"
        if answer.decision == "refused":
            findings.append(Finding(code, label, None, DEFAULT_THRESHOLD, "refused", answer.reason))
            continue
        probability = answer.probabilities[name]
        decision: Decision = "present" if probability >= DEFAULT_THRESHOLD else "absent"
        if decision == "absent" and (name == answer.label or probability >= DEFAULT_THRESHOLD / 2):
            decision = "borderline"
        findings.append(Finding(code, label, probability, DEFAULT_THRESHOLD, decision, _PAGE_REMARK))
    return tuple(findings)


def _detail(card: Card, leads: tuple[str, ...]) -> str:
    told = [_REMARKS[labels]] if (labels := card.input.settings.get("labels")) in _REMARKS else []
    if len(leads) < len(STANDARD_LEADS):
        told.append(f"from {len(leads)} of 12 leads, which is less certain: {', '.join(leads)}")
    return "; ".join(told)


def _finding(
    card: Card,
    name: str,
    probability: float | None,
    detail: str,
    interval: tuple[float, float] | None = None,
) -> Finding:
    from einthoven.models.twelve_lead import DEFAULT_BAND, decide

    band = card.bands.get(name, DEFAULT_BAND)
    alone = len(card.classes) == 1
    label = _LABELS.get(name, name)
    return Finding(
        code=card.name if alone else f"{card.name}_{name}",
        label=_ONE_CLASS_LABELS.get(str(card.input.settings.get("labels")), label) if alone else label,
        probability=probability,
        threshold=band[1],
        decision="refused" if probability is None else decide(probability, band),
        detail=detail,
        interval=interval,
    )
