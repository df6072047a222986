"""Pages to signals, against the truth of pages that were drawn."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from einthoven.errors import PageError
from einthoven.evaluation.digitizer import compare_lead
from einthoven.paper.arrangement import Arrangement, Cell
from einthoven.paper.digitize import DigitizedPage, _leads, digitize, einthoven_checks
from einthoven.paper.files import as_table, page_files
from einthoven.paper.overlay import overlay
from einthoven.paper.page_reading import PageReading
from einthoven.paper.pages import load_pages
from einthoven.paper.specimen import Specimen
from einthoven.paper.tracing import RowTrace
from einthoven.recording import STANDARD_LEADS, Recording
from simple_pages import page, twelve_leads


@pytest.fixture(scope="module")
def specimen() -> Specimen:
    return page()


@pytest.fixture(scope="module")
def read(specimen: Specimen) -> DigitizedPage:
    return digitize(specimen.pixels)


def snr(found: DigitizedPage, truth: Recording) -> dict[str, float]:
    out = {}
    for i, name in enumerate(truth.leads):
        lead = found.recording.signals[found.recording.leads.index(name)].astype(np.float64)
        compared = compare_lead(truth.signals[i].astype(np.float64), lead, truth.fs)
        out[name] = -99.0 if compared is None else compared["snr_db"]
    return out


def test_a_plain_page_is_read(specimen: Specimen, read: DigitizedPage) -> None:
    assert (read.layout, read.speed, read.gain, read.turned) == ("3x4+1", 25.0, 10.0, 0)
    assert read.recording.leads == STANDARD_LEADS
    assert read.recording.duration == pytest.approx(10.0, abs=0.05)
    figures = snr(read, specimen.signals)
    assert np.mean(list(figures.values())) > 17
    assert min(figures.values()) > 8
    assert all(lead.confidence > 0.7 for lead in read.leads)
    assert all(rms < 0.1 for rms in read.checks.values())


def test_a_line_that_is_no_row_is_left_out_and_said() -> None:
    drawn = page(layout="6x2", pulse="none")  # pulses tell which lines are rows
    places = {lead.name: lead for lead in drawn.leads}
    zero, below = (round(places[name].zero_mm * drawn.px_per_mm) for name in ("II", "III"))
    high = round(2 * drawn.px_per_mm)
    part = slice(round(0.3 * drawn.pixels.shape[1]), round(0.75 * drawn.pixels.shape[1]))
    pixels = drawn.pixels.copy()
    middle = (zero + below) // 2
    between = pixels[middle - high : middle + high, part]
    np.minimum(between, drawn.pixels[zero - high : zero + high, part], out=between)
    found = digitize(pixels)
    assert found.layout == "6x2"
    assert found.recording.leads == STANDARD_LEADS
    assert any("fits no layout and was left out" in warning for warning in found.warnings)
    assert np.mean(list(snr(found, drawn.signals).values())) > 12


def test_what_the_page_does_not_show_is_nan(read: DigitizedPage) -> None:
    shown = np.isfinite(read.recording.signals).mean(axis=1)
    of = dict(zip(read.recording.leads, shown, strict=True))
    assert of["II"] > 0.98
    assert 0.22 < of["V5"] < 0.28


def test_the_overlay_shows_the_page(read: DigitizedPage) -> None:
    picture = overlay(read)
    height, width = read.reading.rectified.pixels.shape[:2]
    assert picture.shape[1] == width
    assert picture.shape[0] > height
    assert picture.dtype == np.uint8
    assert picture.std() > 5


def test_a_page_upside_down_is_turned(specimen: Specimen) -> None:
    found = digitize(np.ascontiguousarray(specimen.pixels[::-1, ::-1]))
    assert found.turned == 2
    assert any("turned" in warning for warning in found.warnings)
    assert np.mean(list(snr(found, specimen.signals).values())) > 15


def test_a_page_of_which_hardly_a_name_is_legible_stays_as_it_is(specimen: Specimen) -> None:
    """I, II and III look the same upside down and speak for no way to hold the page."""
    drawn = specimen.pixels.copy()
    for text in specimen.texts:
        if text.text in STANDARD_LEADS and text.text not in ("I", "II", "III"):
            box = ((text.x_mm, text.y_mm), (text.x_mm + text.w_mm, text.y_mm + text.h_mm))
            (x0, y0), (x1, y1) = np.rint(specimen.mm_to_px(box)).astype(int)
            drawn[y0 - 1 : y1 + 2, x0 - 1 : x1 + 2] = specimen.pixels[0, 0]
    assert digitize(drawn).turned == 0


def test_without_grid_the_pulse_or_the_caller_gives_the_scale() -> None:
    bare = page(grid="none")
    by_pulse = digitize(bare.pixels)
    assert by_pulse.layout == "3x4+1"
    stated = digitize(bare.pixels, mm_per_px=1 / bare.px_per_mm)
    assert stated.recording.duration == pytest.approx(10.0, abs=0.1)


def test_without_grid_and_pulse_the_scale_is_asked_for() -> None:
    with pytest.raises(PageError, match="--mm-per-px"):
        digitize(page(grid="none", pulse="none").pixels)


def test_a_lead_cut_off_by_the_edge_is_named(specimen: Specimen) -> None:
    zero = min(lead.zero_mm for lead in specimen.leads)
    top = round((zero - 3.0) * specimen.px_per_mm)
    found = digitize(np.ascontiguousarray(specimen.pixels[top:]))
    assert any("cut off" in lead.remark for lead in found.leads)


def test_speed_and_gain_may_be_stated() -> None:
    slow = page(pulse="none")
    found = digitize(slow.pixels, gain=20.0)
    plain = digitize(slow.pixels, gain=10.0)
    assert np.nanstd(found.recording.signals) == pytest.approx(
        np.nanstd(plain.recording.signals) / 2, rel=1e-3
    )


def test_einthovens_law_is_checked() -> None:
    source = twelve_leads()
    assert max(einthoven_checks(source).values()) < 1e-3
    wrong = source.signals.copy()
    wrong[2] = -wrong[2]
    broken = einthoven_checks(Recording(wrong, source.fs, source.leads))
    assert broken["II = I + III"] > 0.05


def test_signals_as_a_table() -> None:
    recording = Recording(np.array([[0.5, np.nan], [-0.25, 1.0]], np.float32), 500.0, ("I", "II"))
    assert as_table(recording) == "I,II\n0.5000,-0.2500\n,1.0000\n"


def test_pages_are_found_by_content(tmp_path) -> None:
    (tmp_path / "notes.png").write_text("no picture")
    with pytest.raises(PageError, match="no picture"):
        page_files(tmp_path)
    with pytest.raises(PageError, match="no such file"):
        page_files(tmp_path / "gone.png")


def test_what_lies_outside_the_picture_is_missing_and_lowers_the_confidence() -> None:
    """A picture may cut the first column, whose time begins outside it."""
    upper = np.full(400, 99.0)
    row = RowTrace(100.0, upper, upper + 2, np.zeros(400, dtype=bool))
    cells = (Cell("I", 0, -200.0, 300.0, True), Cell("II", 0, -600.0, -100.0, True))
    reading = SimpleNamespace(
        arrangement=Arrangement("1x2", cells, -600.0, 300.0, 2, ()),
        rows=(row,),
        lines=(np.full(799, 92.0),),
        speed=25.0,
        gain=10.0,
        rectified=SimpleNamespace(confidence=1.0, factor=1.0, to_page=lambda points: points + 50.0),
    )
    recording, leads = _leads(cast(PageReading, reading), 500.0, "page", (1000, 1000))
    first = recording.signals[recording.leads.index("I")]
    shown = np.flatnonzero(np.isfinite(first)) / 500 * 200 - 600
    assert shown.min() == pytest.approx(0.0, abs=0.5)
    assert shown.max() < 300
    assert np.nanmax(np.abs(first - 0.1)) < 1e-6
    assert [round(lead.confidence, 1) for lead in leads] == [0.6, 0.0]
    assert "0%" in leads[1].remark


def test_narrow_waves_of_a_small_scan_keep_their_height(data_root: Path) -> None:
    """Of 3.5 px/mm; the R waves of V2 and V3 are 14 to 18 mm high in its pixels."""
    path = data_root / "photos" / "ecg00018.jpg"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    recording = digitize(load_pages(path)[0]).recording
    for name in ("V2", "V3"):
        lead = recording.signals[recording.leads.index(name)]
        lead = lead[np.isfinite(lead)] - np.nanmedian(lead)
        each = [part.max() for part in np.split(lead, [len(lead) // 3, 2 * len(lead) // 3])]
        assert 1.3 < min(each) <= max(each) < 1.9, (name, each)
