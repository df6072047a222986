"""What people said, laid over an analysis: beats, rhythm and findings anew, the model's kept beside."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from einthoven.analysis_document import to_document
from einthoven.analysis_findings import ectopy_findings
from einthoven.analysis_result import Analysis, Provenance
from einthoven.analysis_review import ADDED, Statements, lay_over
from einthoven.models.bundle import load_bundle
from einthoven.recording import AAMI_CLASSES, Beats, Recording
from einthoven.report import save
from einthoven.signal.quality import assess_quality
from einthoven.signal.rhythm import describe_rhythm
from einthoven.signal.simulator import simulate

SAID_AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def recording() -> Recording:
    return simulate(30.0, 250.0, ("II", "V1"), pattern="NV", seed=3)


@pytest.fixture
def bigeminy(recording: Recording) -> Analysis:
    """A bigeminy as a model would have told it, every beat with 0.9."""
    assert recording.beats is not None
    beats = recording.beats
    chances = np.full((len(beats), 5), 0.025, np.float32)
    for column, letter in enumerate(AAMI_CLASSES):
        chances[beats.classes == letter, column] = 0.9
    beats = Beats(beats.samples, beats.classes, probabilities=chances)
    card = load_bundle("beats").card
    return Analysis(
        recording=recording,
        quality=assess_quality(recording),
        beats=beats,
        rhythm=describe_rhythm(beats, recording.fs, recording.duration),
        findings=ectopy_findings(beats, {}, ""),
        model=card,
        warnings=(),
        refusal="",
        provenance=Provenance("0", card.name, card.version, card.onnx_sha256, "a", SAID_AT, {}),
    )


def said(analysis: Analysis, classes: dict[int, str], *, without: int | None = None) -> Statements:
    """Give some beats another class (or confirm theirs), take one away."""
    beats = analysis.beats
    letters, settled = beats.classes.copy(), np.zeros(len(beats), bool)
    for row, letter in classes.items():
        letters[row], settled[row] = letter, True
    kept = np.arange(len(beats)) != (-1 if without is None else without)
    rows = np.arange(len(beats))
    return Statements(beats.samples[kept], letters[kept], rows[kept], settled[kept], {}, ("Dr. A",), SAID_AT)


def finding(analysis: Analysis, code: str) -> tuple[str, float | None, str]:
    found = next(each for each in analysis.findings if each.code == code)
    return found.decision, found.probability, found.detail


def test_rhythm_and_ectopy_follow_the_reviewed_beats(bigeminy: Analysis) -> None:
    ventricular = np.flatnonzero(bigeminy.beats.classes == "V").tolist()
    assert bigeminy.rhythm.of("bigeminy_V")
    assert finding(bigeminy, "ectopy_V")[0] == "present"
    after = lay_over(bigeminy, said(bigeminy, dict.fromkeys(ventricular, "N")))
    assert after.rhythm.counts["V"] == 0
    assert not [fact for fact in after.rhythm.facts if fact.code.endswith("_V")]
    decision, probability, detail = finding(after, "ectopy_V")
    assert (decision, detail) == ("absent", f"0 of {len(bigeminy.beats)} beats")
    assert probability == pytest.approx(0.025)
    assert after.review is not None
    assert after.review.model.rhythm is bigeminy.rhythm
    assert after.review.model.findings is bigeminy.findings
    assert after.review.count("relabelled") == len(ventricular)


def test_a_run_that_a_person_sees_is_a_run_and_no_probability_is_invented(bigeminy: Analysis) -> None:
    after = lay_over(bigeminy, said(bigeminy, {4: "V", 5: "V", 6: "V"}))
    (run,) = after.rhythm.of("run_V")
    assert run.n_beats >= 3
    decision, probability, detail = finding(after, "ectopy_V")
    assert (decision, probability) == ("present", None)
    assert "3 of them as a person says" in detail
    assert finding(after, "ectopy_S") == finding(bigeminy, "ectopy_S")


def test_nothing_said_of_beats_changes_nothing_in_them(bigeminy: Analysis) -> None:
    decided = replace(said(bigeminy, {}), decisions={"ectopy_V": ("absent", "Dr. A")})
    after = lay_over(bigeminy, decided)
    assert after.rhythm == bigeminy.rhythm
    assert finding(after, "ectopy_V") == (
        "absent", pytest.approx(0.9), "As Dr. A says; the model: present.",
    )  # fmt: skip
    assert finding(after, "ectopy_F") == finding(bigeminy, "ectopy_F")


def test_beats_come_and_go(bigeminy: Analysis) -> None:
    base = said(bigeminy, {}, without=7)
    new = int(base.samples[2] + base.samples[3]) // 2
    stand = Statements(
        np.insert(base.samples, 3, new), np.insert(base.classes, 3, "S"), np.insert(base.rows, 3, ADDED),
        np.insert(base.settled, 3, True), {}, ("Dr. A", "Dr. B"), SAID_AT,
    )  # fmt: skip
    after = lay_over(bigeminy, stand)
    assert len(after.beats) == len(bigeminy.beats)
    assert after.review is not None
    kinds = {change.kind: change for change in after.review.changes}
    assert kinds["added"].sample == new
    assert kinds["removed"].sample == bigeminy.beats.samples[7]
    assert after.beats.probabilities is not None
    assert after.beats.probabilities[3].tolist() == [0, 1, 0, 0, 0]


def test_documents_say_which_answer_they_show(bigeminy: Analysis) -> None:
    assert to_document(bigeminy).review is None
    document = lay_over(bigeminy, said(bigeminy, {1: "N", 2: "N"})).to_dict()
    review = document["review"]
    assert review["authors"] == ["Dr. A"]
    assert review["n_relabelled"] + review["n_confirmed"] == 2
    assert review["model"]["rhythm"] == bigeminy.to_dict()["rhythm"]
    assert review["model"]["rhythm"] != document["rhythm"]
    assert document["beats"]["classes"][1] == "N"


def test_reports_say_which_answer_they_show(bigeminy: Analysis, tmp_path) -> None:  # type: ignore[no-untyped-def]
    pdfium = pytest.importorskip("pypdfium2")

    def words(analysis: Analysis, name: str) -> tuple[str, str]:
        html = save(analysis, tmp_path / f"{name}.html").read_text("utf-8")
        pages = pdfium.PdfDocument(save(analysis, tmp_path / f"{name}.pdf").read_bytes())
        return html, " ".join(page.get_textpage().get_text_range() for page in pages)

    ventricular = np.flatnonzero(bigeminy.beats.classes == "V").tolist()
    after = lay_over(bigeminy, said(bigeminy, dict.fromkeys(ventricular, "N")))
    for text in words(bigeminy, "model"):
        assert "no person has reviewed it" in text
        assert "Ventricular bigeminy" in text
    for text in words(after, "after"):
        assert f"After review by Dr. A, 2026-03-01 09:30 UTC: {len(ventricular)} beats relabelled." in text
        assert "What the model alone had said" in text
        assert "All beats are of class N." in text
    table = save(after, tmp_path / "after.csv").read_text().splitlines()
    assert table[0].endswith("model_class,reviewed")
    assert table[1 + ventricular[0]].split(",")[2] == "N"
    assert table[1 + ventricular[0]].endswith(",V,1")
    assert "After review by Dr. A" in save(after, tmp_path / "after.fhir.json").read_text()
