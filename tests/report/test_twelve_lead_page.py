"""The 12-lead report: page, measurements, findings and where the networks looked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from known_analysis import FINDINGS, explainer, measurements
from PIL import Image
from test_html import check

from einthoven.analysis_document import json_schema
from einthoven.analysis_result import Analysis
from einthoven.paper.drawing import Bar, Trace
from einthoven.paper.marks import RELEVANCE_LINE
from einthoven.recording import STANDARD_LEADS, Patient, Recording
from einthoven.report import evidence, save
from einthoven.report.html import to_html
from einthoven.report.measured import Usual, usual
from einthoven.report.twelve_lead import is_twelve_lead
from einthoven.signal.simulator import simulate


@pytest.fixture(scope="module")
def recording() -> Recording:
    return simulate(duration=10.0, fs=250.0, leads=STANDARD_LEADS, seed=2)


@pytest.fixture(scope="module")
def analysis(make_analysis, recording: Recording) -> Analysis:
    made = make_analysis(recording)
    return replace(
        made,
        findings=FINDINGS + made.findings,
        measurements=measurements(recording.leads),
        explainer=explainer(recording, "V2"),
    )


def test_the_report_has_page_measurements_and_evidence(analysis: Analysis) -> None:
    text = check(to_html(analysis)).text
    order = [
        "Myocardial infarction",
        "12-lead page",
        "PR interval",
        "Where the networks looked",
        "Signal quality",
    ]
    places = [text.index(word) for word in order]
    assert places == sorted(places)
    assert "168\u00a0ms" in text
    assert "−38°" in text
    assert "No P waves in most beats." in text
    assert "+0.25" in text
    assert "Leads: V2 100 %." in text


def test_what_is_present_comes_first_and_what_is_refused_says_why(analysis: Analysis) -> None:
    text = check(to_html(analysis)).text
    places = [text.index(f.label) for f in sorted(FINDINGS, key=lambda f: "pbra".index(f.decision[0]))]
    assert places == sorted(places)
    assert "V1 to V6 are missing." in text


def test_only_present_and_borderline_findings_have_evidence(analysis: Analysis) -> None:
    found = evidence.gather(analysis)
    assert [each.finding.code for each in found] == ["mi", "superclass_STTC", "ectopy_V"]
    assert found[0].leads == (("V2", 1.0),)
    assert sum(share for _, share in found[0].parts) == pytest.approx(1)


def test_the_tint_is_where_the_evidence_is(analysis: Analysis, recording: Recording) -> None:
    found = evidence.gather(analysis)[0]
    lines = [
        i for i in evidence.page(analysis, found).items if isinstance(i, Bar) and i.colour == RELEVANCE_LINE
    ]
    # V2 is shown from 5 to 7.5 s; relevance is from 6 to 7 s, which begins 6 s x 25 mm/s right of the gutter.
    shown = [bar for bar in lines if bar.y > 20 and bar.width > 20]
    assert [(round(bar.x, 0), round(bar.width, 0)) for bar in shown] == [(15 + 150, 25)]
    plain = [i for i in evidence.page(analysis).items if isinstance(i, Bar) and i.colour == RELEVANCE_LINE]
    assert plain == []


def test_evidence_is_asked_for_once_and_only_by_reports(analysis: Analysis, recording: Recording) -> None:
    calls: list[list[str]] = []

    def explain(codes):
        calls.append(list(codes))
        return {}

    asked = replace(analysis, explainer=explain)
    asked.to_json()
    assert calls == []
    to_html(asked)
    to_html(asked)
    assert calls == [["mi", "superclass_STTC", "ectopy_V"]]


def test_a_network_that_nothing_can_sway_is_told_so(analysis: Analysis, recording: Recording) -> None:
    zero = np.zeros(recording.signals.shape, np.float32)
    text = check(to_html(replace(analysis, explainer=lambda codes: {"mi": zero}))).text
    assert "No single stretch of a lead mattered" in text


def test_without_measurements_or_models_it_is_still_a_page(make_analysis, recording: Recording) -> None:
    text = check(to_html(make_analysis(recording))).text
    assert "12-lead page" in text
    assert "PR interval" not in text
    assert "Where the networks looked" not in text


@pytest.mark.parametrize(
    ("leads", "seconds", "is_page"),
    [
        (STANDARD_LEADS, 30.0, True),
        (STANDARD_LEADS, 31.0, False),
        (("I", "II", *STANDARD_LEADS[6:]), 10.0, True),
        (STANDARD_LEADS[:7], 10.0, False),
    ],
)
def test_eight_leads_and_thirty_seconds_make_a_twelve_lead_record(
    make_analysis, leads: tuple[str, ...], seconds: float, is_page: bool
) -> None:
    recording = simulate(duration=seconds, fs=125.0, leads=leads, seed=2)
    made = make_analysis(recording)
    assert is_twelve_lead(made) == is_page
    text = check(to_html(made)).text
    assert ("columns one after the other" in text) == (len(leads) >= 8)
    assert text.count("was not recorded") == (4 if len(leads) == 8 else 0)


def test_usual_values_are_for_adults_and_by_sex() -> None:
    assert usual("qtc_bazett", Patient(sex="male")) == Usual(390.0, 450.0)
    assert usual("qtc_fridericia", Patient()) == Usual(390.0, 460.0)
    assert usual("pr", Patient(age=9.0)) is None
    assert usual("axis_t", Patient()) is None
    assert Usual(120.0, 200.0).side(200.4) == ""
    assert Usual(120.0, 200.0).side(201.0) == "above"
    assert Usual(120.0, 200.0).side(119.0) == "below"


def test_a_child_gets_no_usual_values(analysis: Analysis, recording: Recording) -> None:
    child = replace(analysis, recording=replace(recording, patient=Patient(age=9.0)))
    text = check(to_html(child)).text
    assert "usual values are left out" in text
    assert "120 to 200" not in text


def test_the_picture_grows_with_the_evidence(analysis: Analysis, tmp_path: Path) -> None:
    heights = []
    for name, made in (("plain", replace(analysis, explainer=None)), ("with", analysis)):
        with Image.open(save(made, tmp_path / f"{name}.png")) as image:
            assert image.size[0] == round(265 / 25.4 * 150)
            heights.append(image.size[1])
    assert heights[1] > 1.5 * heights[0]


def test_the_document_holds_measurements_and_stays_valid(analysis: Analysis) -> None:
    document = json.loads(analysis.to_json())
    jsonschema.validate(document, json_schema())
    values = {m["code"]: m["value"] for m in document["measurements"]["overall"]}
    assert values["pr"] == 168.0
    assert values["p_duration"] is None
    assert document["measurements"]["stretch_s"] == [0.0, 10.0]
    assert len(document["measurements"]["leads"]["V2"]) == 6
    assert json.loads(replace(analysis, measurements=None).to_json())["measurements"] is None


@pytest.mark.parametrize(("seconds", "columns"), [(10.0, 4), (8.0, 4), (5.0, 2)])
def test_a_short_record_leaves_no_lead_empty(make_analysis, seconds: float, columns: int) -> None:
    made = make_analysis(simulate(duration=seconds, fs=250.0, leads=STANDARD_LEADS, seed=2))
    drawing = evidence.page(made)
    starts = [
        float(trace.runs[0][0, 0]) for trace in drawing.items if isinstance(trace, Trace) and trace.runs
    ]
    widths = [np.ptp(np.concatenate(t.runs)[:, 0]) for t in drawing.items if isinstance(t, Trace) and t.runs]
    cells = [x for x, width in zip(starts, widths, strict=True) if width > 20 * seconds / columns]
    assert len(cells) == 13  # twelve leads and the rhythm strip
    assert drawing.width == 265
