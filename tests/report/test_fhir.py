"""FHIR R4: valid resources, honest status, reasons where there is no answer, codes that exist."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from known_analysis import FINDINGS, measurements

from einthoven.analysis_result import Analysis, Finding
from einthoven.recording import STANDARD_LEADS, Patient, Recording
from einthoven.report import fhir_codes, save
from einthoven.report.fhir import to_bundle
from einthoven.signal.simulator import simulate

R4B = pytest.importorskip("fhir.resources.R4B.bundle", reason="fhir.resources is not installed")


@pytest.fixture(scope="module")
def twelve(make_analysis) -> Analysis:
    recording = simulate(duration=10.0, fs=250.0, leads=STANDARD_LEADS, seed=2)
    made = make_analysis(recording, warnings=("Lead V1: it is noisy",))
    return replace(made, findings=FINDINGS + made.findings, measurements=measurements(recording.leads))


def valid(bundle: dict) -> dict[str, list[dict]]:
    """Check a bundle with the reference models; return its resources by type."""
    R4B.Bundle.model_validate(json.loads(json.dumps(bundle, allow_nan=False)))
    addresses = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(addresses)) == len(addresses)
    text = json.dumps(bundle)
    references = [part.split('"')[0] for part in text.split('"reference": "')[1:]]
    assert set(references) <= set(addresses)
    found: dict[str, list[dict]] = {}
    for entry in bundle["entry"]:
        resource = entry["resource"]
        found.setdefault(resource["resourceType"], []).append(resource)
    for resource in [*found.get("Observation", []), *found["DiagnosticReport"]]:
        assert resource["status"] == "preliminary"
    assert text.count("not a medical device") == 2  # the conclusion, and the same in the narrative
    return found


def by_own_code(observations: list[dict]) -> dict[str, dict]:
    return {
        coding["code"]: observation
        for observation in observations
        for coding in observation["code"]["coding"]
        if coding["system"] == fhir_codes.OWN
    }


def test_a_twelve_lead_record_is_valid_and_complete(twelve: Analysis) -> None:
    found = valid(to_bundle(twelve))
    (report,) = found["DiagnosticReport"]
    assert len(report["result"]) == len(found["Observation"])
    assert "Present: Myocardial infarction, Ventricular ectopic beats." in report["conclusion"]
    assert "Borderline: ST/T change." in report["conclusion"]
    assert "Lead V1: it is noisy." in report["conclusion"]
    of = by_own_code(found["Observation"])
    assert {"pr", "qrs", "qt", "qtc_bazett", "axis_qrs", "mi", "superclass_HYP", "beats"} <= of.keys()
    assert of["pr"]["valueQuantity"] == {
        "value": 168.0, "unit": "ms", "system": "http://unitsofmeasure.org", "code": "ms",
    }  # fmt: skip
    assert of["pr"]["code"]["coding"][0]["code"] == "8625-6"
    assert of["axis_qrs"]["valueQuantity"]["value"] == -38.0
    lead = next(o for o in found["Observation"] if o["code"]["text"] == "Amplitudes of lead V2")
    st = next(c for c in lead["component"] if "ST" in c["code"]["text"] or "st_j60" in c["code"]["text"])
    assert st["valueQuantity"]["value"] == 0.25
    assert st["code"]["coding"][0]["code"] == str(2 * 65536 + 14336 + 4)


def test_answers_carry_their_probability(twelve: Analysis) -> None:
    of = by_own_code(valid(to_bundle(twelve))["Observation"])
    infarction = of["mi"]
    assert infarction["valueCodeableConcept"]["text"] == "present"
    assert infarction["component"][0]["valueQuantity"]["value"] == 0.87
    assert of["superclass_STTC"]["valueCodeableConcept"]["coding"][0]["code"] == "42425007"
    assert of["superclass_NORM"]["valueCodeableConcept"]["text"] == "absent"


def test_what_is_refused_or_not_measurable_has_a_reason_and_no_value(twelve: Analysis) -> None:
    of = by_own_code(valid(to_bundle(twelve))["Observation"])
    for code, reason in (("superclass_HYP", "V1 to V6 are missing."), ("p_duration", "No P waves")):
        assert not [key for key in of[code] if key.startswith("value")]
        assert of[code]["dataAbsentReason"]["coding"][0]["code"] == "unknown"
        assert reason in of[code]["dataAbsentReason"]["text"]


def test_devices_say_what_computed_what(twelve: Analysis) -> None:
    other = twelve.model.model_copy(update={"name": "mi", "version": "2.0"})
    bundle = to_bundle(replace(twelve, further_models=(other,)))
    found = valid(bundle)
    assert [device["deviceName"][0]["name"] for device in found["Device"]] == ["Einthoven", "known", "mi"]
    address = {e["resource"]["deviceName"][0]["name"]: e["fullUrl"] for e in bundle["entry"]
               if e["resource"]["resourceType"] == "Device"}  # fmt: skip
    of = by_own_code(found["Observation"])
    assert of["mi"]["device"]["reference"] == address["mi"]
    assert of["ectopy_V"]["device"]["reference"] == address["known"]
    assert of["pr"]["device"]["reference"] == address["Einthoven"]


def test_a_refused_recording_is_a_valid_report_of_that(make_analysis) -> None:
    recording = Recording(np.zeros((2, 2500), np.float32), 250.0, ("MLII", "V1"), "flat")
    made = make_analysis(recording, refusal="No lead is usable.")
    refused = Finding("ectopy_V", "Ventricular ectopic beats", None, 0.5, "refused", "No lead is usable.")
    found = valid(to_bundle(replace(made, findings=(refused,))))
    assert "No answer is given. No lead is usable." in found["DiagnosticReport"][0]["conclusion"]
    of = by_own_code(found["Observation"])
    assert "beats" not in of
    assert of["ectopy_V"]["dataAbsentReason"]["text"] == "No answer: No lead is usable."


def test_a_long_recording_tells_beats_and_rhythm(make_analysis) -> None:
    recording = simulate(duration=720.0, fs=128.0, leads=("II",), v_probability=0.08, seed=4)
    found = valid(to_bundle(make_analysis(recording)))
    of = by_own_code(found["Observation"])
    assert recording.beats is not None
    counts = {c["code"]["coding"][0]["code"]: c.get("valueInteger") for c in of["beats"]["component"]}
    assert counts["beats_V"] == int((recording.beats.classes == "V").sum())
    assert of["beats"]["valueInteger"] == len(recording.beats)
    assert of["couplet_V"]["valueInteger"] >= 1
    assert of["couplet_V"]["code"]["coding"][0]["code"] == "251182009"
    assert of["heart_rate"]["code"]["coding"][0]["code"] == "8867-4"
    assert of["sdnn"]["valueQuantity"]["code"] == "ms"


def test_patient_and_time_are_told_as_far_as_they_are_known(twelve: Analysis) -> None:
    assert "Patient" not in valid(to_bundle(twelve))
    patient = Patient(id="17\x00", name=" Müller <b>", age=63.0, sex="female")
    naive = replace(twelve.recording, patient=patient, start=datetime(2024, 5, 1, 12, 30))
    found = valid(to_bundle(replace(twelve, recording=naive)))
    (person,) = found["Patient"]
    assert person["identifier"] == [{"value": "17"}]
    assert person["name"] == [{"text": "Müller <b>"}]
    assert person["gender"] == "female"
    assert found["DiagnosticReport"][0]["effectiveDateTime"] == "2024-05-01"  # a time without zone is no time
    assert any(o["code"]["text"] == "Age" for o in found["Observation"])
    aware = replace(twelve.recording, start=datetime(2024, 5, 1, 12, 30, tzinfo=UTC))
    period = valid(to_bundle(replace(twelve, recording=aware)))["DiagnosticReport"][0]["effectivePeriod"]
    assert period == {"start": "2024-05-01T12:30:00+00:00", "end": "2024-05-01T12:30:10+00:00"}


def test_what_comes_from_the_file_stays_text(make_analysis) -> None:
    hostile = "</div><script>\x01 "
    recording = replace(simulate(duration=10.0, fs=250.0), name=hostile, source=hostile)
    (report,) = valid(to_bundle(make_analysis(recording, warnings=(hostile,))))["DiagnosticReport"]
    assert "<script>" not in report["text"]["div"]


def test_the_same_analysis_gives_the_same_bundle_and_a_file(twelve: Analysis, tmp_path: Path) -> None:
    assert to_bundle(twelve) == to_bundle(twelve)
    path = save(twelve, tmp_path / "a.fhir.json")
    assert json.loads(path.read_text(encoding="utf-8")) == to_bundle(twelve)
    assert json.loads(save(twelve, tmp_path / "a.json").read_text())["schema"] == "einthoven.analysis/1"


def test_codes_have_valid_check_digits() -> None:
    """LOINC ends with a Luhn digit, SNOMED CT with a Verhoeff digit: a slip of the pen shows."""
    loinc = [c for system, c, _ in fhir_codes.MEASUREMENTS.values() if system == fhir_codes.LOINC]
    loinc += [fhir_codes.EKG_STUDY[1], fhir_codes.AGE[1]]
    for code in loinc:
        number, check = code.split("-")
        doubled = [int(d) * (2 - i % 2) for i, d in enumerate(reversed(number))]
        assert (-sum(d // 10 + d % 10 for d in doubled)) % 10 == int(check), code
    snomed = [*fhir_codes.FINDINGS.values(), *(code for _, code, _ in fhir_codes.DECISIONS.values())]
    for code in snomed:
        assert verhoeff(code) == 0, code


def verhoeff(number: str) -> int:
    """Return the checksum in the dihedral group of order 10; 0 is valid."""

    def multiply(a: int, b: int) -> int:
        if a < 5:
            return (a + b) % 5 if b < 5 else 5 + (a + b) % 5
        return 5 + (a - b) % 5 if b < 5 else (a - b) % 5

    table = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
    check = 0
    for i, digit in enumerate(reversed(number)):
        value = int(digit)
        for _ in range(i % 8):
            value = table[value]
        check = multiply(check, value)
    return check
