"""The report as PDF: its words, its pages, and bad input."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from known_analysis import FINDINGS, measurements

from einthoven.analysis_result import Analysis
from einthoven.recording import STANDARD_LEADS, Beats, Event, Patient, Recording
from einthoven.report import save
from einthoven.report.pdf import to_pdf
from einthoven.report.pdf_blocks import Cards, Heading, Item, Paragraph, Table, read_blocks
from einthoven.signal.simulator import simulate


def words(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


@pytest.fixture(scope="module")
def twelve() -> Recording:
    return simulate(duration=10.0, fs=250.0, leads=STANDARD_LEADS, seed=3)


def test_a_12_lead_record_has_its_page_measurements_and_findings(
    make_analysis, twelve: Recording, tmp_path: Path
) -> None:
    analysis: Analysis = make_analysis(replace(twelve, name="07"), warnings=("Lead V2 is noisy.",))
    analysis = replace(analysis, measurements=measurements(STANDARD_LEADS), findings=FINDINGS)
    path = save(analysis, tmp_path / "07.pdf")
    said = words(path.read_bytes())
    for text in (
        "ECG report", "not a medical device", "Lead V2 is noisy.", "12 leads", "QTc (Bazett)", "471 ms",
        "Myocardial infarction", "0.87", "Signal quality", "Ectopic beats", "Intended use", "aVF",
    ):  # fmt: skip
        assert text in said, text


def test_every_page_is_a4_or_taller_and_numbered(make_analysis, twelve: Recording) -> None:
    document = pypdfium2.PdfDocument(to_pdf(make_analysis(twelve)))
    assert len(document) >= 3
    for number, page in enumerate(document, start=1):
        width, height = page.get_size()
        assert width * 25.4 / 72 == pytest.approx(297.0, abs=0.1)
        assert height * 25.4 / 72 >= 209.9
        assert f"ECG report {number}" in " ".join(page.get_textpage().get_text_range().split())


def test_a_long_recording_shows_chosen_stretches_and_ends_long_tables(make_analysis) -> None:
    recording = simulate(duration=700.0, fs=100.0, pattern="NNV", seed=2)
    said = words(to_pdf(make_analysis(recording)))
    assert "chosen for what they show" in said
    assert "more rows are left out" in said


def test_an_empty_recording_and_a_refusal_are_told(make_analysis) -> None:
    nothing = Recording(np.zeros((0, 0), np.float32), 250.0, ())
    said = words(to_pdf(make_analysis(nothing, refusal="There is no lead.")))
    assert "No answer is given. There is no lead." in said
    assert "nothing to draw" in said


def test_words_of_a_file_cannot_upset_it(make_analysis) -> None:
    signals = simulate(duration=20.0, fs=250.0, seed=1)
    odd = "名前 \U0001f600 <script>alert(1)</script> " + "x" * 400
    recording = replace(
        signals,
        name=odd,
        patient=Patient(id="Ω≈ç", name="Łukasz & Söhne", age=50),
        events=tuple(Event(float(i), 0.0, odd) for i in range(60)),
    )
    said = words(to_pdf(make_analysis(recording, warnings=(odd * 30,))))
    assert "Lukasz & Söhne" in said
    assert "<script>" in said  # as letters, not as markup


def test_no_beats_at_all(make_analysis, twelve: Recording) -> None:
    analysis = make_analysis(twelve, Beats(np.zeros(0, np.int64), []))
    assert "No beats were found." in words(to_pdf(analysis))


def test_blocks_are_read_from_the_html() -> None:
    html = (
        '<h2>A &amp; B</h2><p class="lead">one <b>two</b></p><ul><li>three</li></ul><svg>'
        "<text>no</text>"
        "</svg>"
        '<dl><div><dt>Length</dt><dd>10 s</dd></div></dl><div class="cards"><div class="card none">'
        '<p class="name">Rate</p><p class="value">60 <span>/min</span></p><p class="note">x</p></div></div>'
        '<div class="scroll"><table><caption>C</caption><thead><tr><th scope="col">n</th>'
        '<th scope="col" class=num>v</th></tr></thead><tbody><tr><th scope="row">r</th><td>1<br>2</td></tr>'
        "</tbody></table></div>"
    )
    assert read_blocks(html) == [
        Heading("A & B", 2),
        Paragraph("one two", "lead"),
        Item("three"),
        Item("Length: 10 s"),
        Cards([("Rate", "60 /min", "x")]),
        Table("C", [["n", "v"], ["r", "1; 2"]], [False, True], True),
    ]
