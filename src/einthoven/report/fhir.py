"""An analysis as FHIR R4: a Bundle with a DiagnosticReport, its Observations, and the devices behind them.

https://hl7.org/fhir/R4. Everything is ``preliminary``: nobody has confirmed it. What the source does not say
(patient, time) is left out; what could not be measured or answered has a reason in place of its value. The
resources are checked against R4B, in which these resources have the elements of R4.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from einthoven.analysis_document import DISCLAIMER
from einthoven.analysis_result import Analysis, Finding
from einthoven.paper.canvas_svg import escape
from einthoven.recording import AAMI_CLASSES
from einthoven.report import fhir_codes as codes
from einthoven.report.review import whose_answer

if TYPE_CHECKING:
    from einthoven.models.card import Card
    from einthoven.signal.measurements import Measurement
    from einthoven.signal.rhythm import RhythmFact

Json = dict[str, Any]
Coding = tuple[str, str, str]

_NAMESPACE = UUID("8f0d8a3e-6d0c-5b8f-9d0f-3c1f0b1f5f0a")
_MOST_WARNINGS = 20
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def to_bundle(analysis: Analysis) -> Json:
    """Return the Bundle (type ``collection``) as plain types.

    The same analysis gives the same identifiers.
    """
    return _Builder(analysis).bundle()


def to_fhir(analysis: Analysis) -> str:
    """Return the Bundle as JSON."""
    return json.dumps(to_bundle(analysis), ensure_ascii=False, allow_nan=False, indent=1)


def write(analysis: Analysis, path: Path) -> Path:
    """Write the Bundle and return its path."""
    path.write_text(to_fhir(analysis), encoding="utf-8")
    return path


class _Builder:
    """Collects resources; each gets an address that the others refer to."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.made = analysis.provenance
        self.entries: list[Json] = []
        self.results: list[str] = []
        self.subject = self._patient()
        self.software = self._software()
        self.models = {card.name: self._model(card) for card in (analysis.model, *analysis.further_models)}

    def bundle(self) -> Json:
        self._age()
        self._rate_and_variability()
        self._measurements()
        for finding in self.analysis.findings:
            self._finding(finding)
        self._beats()
        self._rhythm()
        report = self._report()
        return {
            "resourceType": "Bundle",
            "type": "collection",
            "timestamp": _instant(self.made.analysed_at),
            "entry": [report, *self.entries],
        }

    def _add(self, key: str, resource: Json) -> str:
        """Put a resource into the bundle and return its address."""
        address = self._address(key)
        self.entries.append({"fullUrl": address, "resource": resource})
        return address

    def _address(self, key: str) -> str:
        made, name = self.made, self.analysis.recording.name
        parts = [made.source, name, made.analysed_at.isoformat(), made.model_sha256, key]
        if self.analysis.review is not None:  # other values, another resource
            parts.append(whose_answer(self.analysis))
        return f"urn:uuid:{uuid5(_NAMESPACE, '|'.join(parts))}"

    def _patient(self) -> Json:
        patient = self.analysis.recording.patient
        resource: Json = {"resourceType": "Patient"}
        if text := _text(patient.id):
            resource["identifier"] = [{"value": text}]
        if text := _text(patient.name):
            resource["name"] = [{"text": text}]
        if patient.sex in ("female", "male"):
            resource["gender"] = patient.sex
        if len(resource) == 1 and patient.age is None:
            return {}
        return {"subject": {"reference": self._add("patient", resource)}}

    def _software(self) -> str:
        return self._add(
            "software",
            {
                "resourceType": "Device",
                "deviceName": [{"name": "Einthoven", "type": "user-friendly-name"}],
                "type": {"text": "ECG analysis software"},
                "version": [{"value": self.made.einthoven}],
            },
        )

    def _model(self, card: Card) -> str:
        return self._add(
            f"model {card.name}",
            {
                "resourceType": "Device",
                "identifier": [{"system": "urn:einthoven:model-sha256", "value": card.onnx_sha256}],
                "deviceName": [{"name": card.name, "type": "model-name"}],
                "type": {"text": "ECG classification model"},
                "version": [{"value": card.version}],
                "parent": {"reference": self.software},
            },
        )

    def _observation(self, key: str, code: Json, device: str, **content: Any) -> None:
        resource: Json = {
            "resourceType": "Observation",
            "status": "preliminary",
            "category": [{"coding": [_coding((codes.CATEGORY, "procedure", "Procedure"))]}],
            "code": code,
            **self.subject,
            **self._effective(),
            "issued": _instant(self.made.analysed_at),
            **content,
            "device": {"reference": device},
        }
        self.results.append(self._add(key, resource))

    def _effective(self) -> Json:
        """Return when it was recorded; a time without its zone is no FHIR time, the day alone is."""
        recording = self.analysis.recording
        start = recording.start
        if start is None:
            return {}
        if start.tzinfo is None:
            return {"effectiveDateTime": start.date().isoformat()}
        end = start + timedelta(seconds=recording.duration)
        return {"effectivePeriod": {"start": _instant(start), "end": _instant(end)}}

    def _age(self) -> None:
        age = self.analysis.recording.patient.age
        if age is not None:
            code = _concept("Age", codes.AGE)
            self._observation("age", code, self.software, valueQuantity=_quantity(age, "years", "a"))

    def _rate_and_variability(self) -> None:
        rhythm = self.analysis.rhythm
        if rhythm.heart_rate is not None:
            rate = rhythm.heart_rate
            sides = [
                _component("heart_rate_minimum", "Lowest over 8 intervals", _measure(rate.minimum, "/min")),
                _component("heart_rate_maximum", "Highest over 8 intervals", _measure(rate.maximum, "/min")),
            ]
            code = _concept("Heart rate, mean", codes.MEASUREMENTS["heart_rate"], "heart_rate")
            value = _measure(rate.mean, "/min")
            self._observation("heart_rate", code, self.software, valueQuantity=value, component=sides)
        if rhythm.hrv.sdnn_ms is not None:
            code = _concept("SDNN", codes.MEASUREMENTS["sdnn"], "sdnn")
            self._observation("sdnn", code, self.software, valueQuantity=_measure(rhythm.hrv.sdnn_ms, "ms"))

    def _measurements(self) -> None:
        measurements = self.analysis.measurements
        if measurements is None:
            return
        for m in measurements.overall:
            if m.code == "heart_rate" and self.analysis.rhythm.heart_rate is not None:
                continue  # told already, of the whole recording
            code = _concept(m.label, codes.MEASUREMENTS.get(m.code), m.code)
            method = codes.METHODS.get(m.code)
            content: Json = {"method": {"text": method}} if method else {}
            content |= _value(m)
            if m.value is not None and m.confidence is not None:
                content["component"] = [_component("confidence", "Confidence", _measure(m.confidence, ""))]
            self._observation(m.code, code, self.software, **content)
        for lead, of_lead in measurements.leads.items():
            parts = []
            for m in of_lead:
                known = codes.of_lead(m.code, lead)
                parts.append({"code": _concept(f"{m.label}, lead {lead}", known, m.code), **_value(m)})
            if parts:
                code = _concept(f"Amplitudes of lead {_text(lead)}", None, "lead_amplitudes")
                self._observation(f"lead {lead}", code, self.software, component=parts)

    def _finding(self, finding: Finding) -> None:
        snomed = codes.FINDINGS.get(finding.code)
        code = _concept(finding.label, (codes.SNOMED, snomed, "") if snomed else None, finding.code)
        content: Json = {}
        parts = [_component("threshold", "Threshold of present", _measure(finding.threshold, "", 4))]
        if finding.decision == "refused":
            reason = finding.detail or self.analysis.refusal
            content["dataAbsentReason"] = _absent(f"No answer: {reason}" if reason else "No answer is given.")
        else:
            decision = codes.DECISIONS[finding.decision]
            content["valueCodeableConcept"] = {"coding": [_coding(decision)], "text": finding.decision}
            if text := _text(finding.detail):
                content["note"] = [{"text": text}]
        chance: Json = {"dataAbsentReason": _absent("No probability is given.")}
        if finding.probability is not None:
            chance = {"valueQuantity": _measure(finding.probability, "", 4)}
        parts.insert(0, {"code": _concept("Probability", None, "probability"), **chance})
        device = next(
            (
                self.models[name]
                for name in sorted(self.models, key=len, reverse=True)
                if finding.code == name or finding.code.startswith(f"{name}_")
            ),
            self.models[self.analysis.model.name],
        )
        self._observation(f"finding {finding.code}", code, device, **content, component=parts)

    def _beats(self) -> None:
        rhythm = self.analysis.rhythm
        if self.analysis.refusal:
            return
        parts = []
        for letter in AAMI_CLASSES:
            count = rhythm.counts.get(letter, 0)
            parts.append(
                {
                    "code": _concept(f"Beats of AAMI class {letter}", None, f"beats_{letter}"),
                    "valueInteger": count,
                }
            )
            if letter in rhythm.burden:
                share = _measure(rhythm.burden[letter], "%", 3)
                parts.append(_component(f"burden_{letter}", f"Share of AAMI class {letter}", share))
        code = _concept("Beats", None, "beats")
        device = self.models[self.analysis.model.name]
        self._observation("beats", code, device, valueInteger=rhythm.n_beats, component=parts)

    def _rhythm(self) -> None:
        kinds: dict[str, list[RhythmFact]] = {}
        for fact in self.analysis.rhythm.facts:
            kinds.setdefault(fact.code, []).append(fact)
        for kind, facts in kinds.items():
            snomed = codes.FINDINGS.get(kind)
            code = _concept(facts[0].label, (codes.SNOMED, snomed, "") if snomed else None, kind)
            longest = max(facts, key=lambda fact: (fact.n_beats, fact.duration_s or 0.0))
            parts = []
            if facts[0].onset_s is not None:
                onset = _measure(facts[0].onset_s, "s", 3)
                parts.append(_component("first_onset", "First, from the start of the recording", onset))
            if longest.duration_s is not None and longest.onset_s is not None:
                parts.append(_component("longest", "Longest", _measure(longest.duration_s, "s", 3)))
            content: Json = {"valueInteger": len(facts)} if facts[0].onset_s is not None else {}
            if not content:
                content["valueString"] = _text(longest.detail) or facts[0].label
            elif text := _text(longest.detail):
                content["note"] = [{"text": text}]
            if parts:
                content["component"] = parts
            self._observation(f"rhythm {kind}", code, self.models[self.analysis.model.name], **content)

    def _report(self) -> Json:
        analysis = self.analysis
        said = [f"No answer is given. {analysis.refusal}"] if analysis.refusal else []
        for decision in ("present", "borderline"):
            labels = [f.label for f in analysis.findings if f.decision == decision]
            if labels:
                said.append(f"{decision.capitalize()}: {', '.join(labels)}.")
        said.append(whose_answer(analysis))
        warnings = [w for w in analysis.warnings if w != analysis.refusal]
        said += [warning if warning.endswith(".") else f"{warning}." for warning in warnings[:_MOST_WARNINGS]]
        said.append(DISCLAIMER)
        conclusion = " ".join(_text(part) for part in said)
        title = f"ECG analysis of {_text(analysis.recording.name) or 'a recording'}"
        narrative = f"<p>{escape(title)}</p><p>{escape(conclusion)}</p>"
        resource: Json = {
            "resourceType": "DiagnosticReport",
            "text": {
                "status": "generated",
                "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{narrative}</div>',
            },
            "status": "preliminary",
            "category": [
                {"coding": [_coding((codes.SECTION, "EC", "Electrocardiac (e.g., EKG, EEC, Holter)"))]}
            ],
            "code": _concept(title, codes.EKG_STUDY),
            **self.subject,
            **self._effective(),
            "issued": _instant(self.made.analysed_at),
            "result": [{"reference": address} for address in self.results],
            "conclusion": conclusion,
        }
        if not self.results:
            del resource["result"]
        return {"fullUrl": self._address("report"), "resource": resource}


def _coding(coding: Coding) -> Json:
    system, code, display = coding
    return {"system": system, "code": code} | ({"display": display} if display else {})


def _concept(text: str, known: Coding | None, own: str = "") -> Json:
    """Return a concept: the public code where there is one, our own, and the words."""
    codings = [_coding(known)] if known else []
    if own:
        codings.append(_coding((codes.OWN, own, "")))
    return {"coding": codings, "text": _text(text) or own}


def _quantity(value: float, unit: str, ucum: str) -> Json:
    return {"value": value, "unit": unit, "system": codes.UCUM, "code": ucum}


def _measure(value: float, unit: str, digits: int = 2) -> Json:
    return _quantity(round(float(value), digits), unit or "1", codes.UNITS.get(unit, unit))


def _component(code: str, text: str, quantity: Json) -> Json:
    return {"code": _concept(text, None, code), "valueQuantity": quantity}


def _value(measurement: Measurement) -> Json:
    if measurement.value is None:
        return {"dataAbsentReason": _absent(measurement.reason or "It could not be measured.")}
    return {
        "valueQuantity": _measure(measurement.value, measurement.unit, 3 if measurement.unit == "mV" else 1)
    }


def _absent(reason: str) -> Json:
    return {"coding": [_coding((codes.ABSENT_REASON, "unknown", "Unknown"))], "text": _text(reason)}


def _text(text: str) -> str:
    """Return text that FHIR takes: no control characters, no blanks around it."""
    return _UNPRINTABLE.sub("", text).strip()


def _instant(moment: datetime) -> str:
    """Return a time with its zone; ``analysed_at`` is UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.isoformat(timespec="seconds")
