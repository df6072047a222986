"""Any source: recordings are read, pages are digitised."""

from __future__ import annotations

import pytest
from PIL import Image

import einthoven as ecg
from einthoven.errors import MissingInformationError, PageError
from einthoven.sources import APPROXIMATE, is_page, open_source
from simple_pages import page


@pytest.fixture(scope="module")
def scan(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "scan.png"
    Image.fromarray(page().pixels).save(path)
    return path


def test_a_picture_is_analysed_as_a_recording_is(scan) -> None:
    result = ecg.analyze(scan)
    assert result.decision == "analysed"
    assert APPROXIMATE in result.warnings
    assert 8 <= len(result.beats) <= 15
    assert result.page is not None
    document = result.to_dict()
    assert document["page"]["layout"] == "3x4+1"
    assert document["page"]["exact"] is False
    assert {lead["name"] for lead in document["page"]["leads"]} == set(result.recording.leads)
    assert any(finding.code.startswith("superclass") for finding in result.findings)
    assert all(lead.usable for lead in result.quality)
    of_page = {f.code: f for f in result.findings if f.code.startswith("page_")}
    assert len(of_page) == 4
    assert sum(f.probability for f in of_page.values()) == pytest.approx(1.0, abs=0.01)
    assert sum(f.decision == "present" for f in of_page.values()) <= 1
    assert "report-page" in {card.name for card in result.further_models}


def test_read_gives_the_signals(scan) -> None:
    recording = ecg.read(scan, fs=250.0)
    assert recording.fs == 250.0
    assert recording.n_leads == 12
    assert recording.source == str(scan)


def test_a_page_needs_no_unit_and_no_lead_names(scan) -> None:
    with pytest.raises(MissingInformationError, match="unit"):
        ecg.read(scan, unit="mV")


def test_what_is_no_ecg_is_refused_with_the_reason(tmp_path) -> None:
    path = tmp_path / "blank.png"
    Image.new("RGB", (800, 600), "white").save(path)
    with pytest.raises(PageError, match=r"blank"):
        ecg.read(path)


def test_a_recording_has_no_page(tmp_path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("time_s,II_mV\n" + "".join(f"{i / 250},{(i % 200) / 100}\n" for i in range(2500)))
    assert open_source(path).page is None
    assert not is_page(path)
    assert not is_page(tmp_path / "gone.png")
