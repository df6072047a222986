"""Pages with truth: where the ink is, is what the truth says."""

from __future__ import annotations

import json
import pickle
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from einthoven.errors import SignalError
from einthoven.paper import specimen_fonts, specimen_looks
from einthoven.paper.specimen import LAYOUTS, LeadOnPage, PageStyle, Specimen, draw_specimen, random_style
from einthoven.paper.specimen_files import truth_at, write_specimen
from einthoven.recording import STANDARD_LEADS, Recording
from einthoven.signal.simulator import simulate

PLAIN = PageStyle(layout="12x1", row_mm=40.0, pulse="none", px_per_mm=4.0)


@pytest.fixture(scope="module")
def twelve() -> Recording:
    return simulate(duration=10.0, fs=500.0, leads=STANDARD_LEADS, muscle_mv=0.0, seed=4)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def ink_against_truth(page: Specimen, lead: LeadOnPage) -> np.ndarray:
    """Return middle of the ink minus truth, pixels, in columns where the trace is level."""
    at = page.trace_px(lead)
    zero = page.mm_to_px([(0.0, lead.zero_mm)])[0, 1]
    reach = int(19 * page.px_per_mm)
    columns = np.arange(int(at[0, 0]) + 4, int(at[-1, 0]) - 4)
    top = max(0, int(zero) - reach)
    ink = page.masks["trace"][top : int(zero) + reach, columns[0] : columns[-1] + 1].astype(float)
    middle = (ink * np.arange(top, top + len(ink))[:, None]).sum(axis=0) / ink.sum(axis=0)
    truth = np.interp(columns, at[:, 0], at[:, 1])
    pen = page.style.trace_width * page.px_per_mm
    near = [np.interp(columns + share * pen, at[:, 0], at[:, 1]) - truth for share in np.linspace(-1, 1, 9)]
    level = np.max(np.abs(near), axis=0) < 0.35
    assert level.mean() > 0.15
    return (middle - truth)[level]


@pytest.mark.parametrize(("px_per_mm", "trace_width"), [(3.5, 0.3), (6.37, 0.15), (8.0, 0.4), (12.0, 0.25)])
def test_ink_lies_where_the_truth_says(twelve: Recording, px_per_mm: float, trace_width: float) -> None:
    page = draw_specimen(twelve, replace(PLAIN, px_per_mm=px_per_mm, trace_width=trace_width), rng())
    for lead in page.leads[:4]:
        off = ink_against_truth(page, lead)
        assert abs(off.mean()) < 0.02
        assert np.sqrt(np.mean(off**2)) < 0.05
        assert np.sqrt(np.mean(off**2)) / px_per_mm / page.gain < 0.003  # mV


def test_columns_follow_each_other_and_the_rest_is_nan(twelve: Recording) -> None:
    page = draw_specimen(twelve, PageStyle(layout="3x4+1"), rng())
    signals = page.signals
    assert signals.leads == STANDARD_LEADS
    shown = np.isfinite(signals.signals)
    assert shown[signals.leads.index("II")].all()
    v1 = shown[signals.leads.index("V1")]
    assert v1[2500:3750].all() and v1.sum() == 1250
    of_v1 = next(lead for lead in page.leads if lead.name == "V1")
    assert (of_v1.start_s, of_v1.seconds) == (5.0, 2.5)
    at_zero = page.mm_to_px([(of_v1.x_mm, of_v1.zero_mm)])[0]
    assert page.trace_px(of_v1)[0, 0] == pytest.approx(at_zero[0])


def test_columns_of_the_same_time(twelve: Recording) -> None:
    page = draw_specimen(twelve, PageStyle(layout="6x2", sequential=False), rng())
    assert {lead.start_s for lead in page.leads} == {0.0}
    assert np.isfinite(page.signals.signals[:, :2500]).all()
    assert np.isnan(page.signals.signals[:, 2500:]).all()


def test_truth_is_the_recording_about_its_median(twelve: Recording) -> None:
    page = draw_specimen(twelve, PLAIN, rng())
    expected = twelve.signals - np.median(twelve.signals, axis=1, keepdims=True)
    np.testing.assert_allclose(page.signals.signals, expected, atol=1e-6)


def test_what_is_cut_off_is_nan(twelve: Recording) -> None:
    style = PageStyle(layout="12x1", row_mm=15.0, margins=(-25.0, -7.0, -12.5, 5.0), pulse="none")
    page = draw_specimen(twelve, style, rng())
    shown = np.isfinite(page.signals.signals)
    assert not shown[:, :499].any() and not shown[:, 4760:].any()
    assert shown[5, 505:4740].all()
    assert not shown[0].all()  # R waves of the first row reach beyond the upper edge
    at = page.trace_px(page.leads[0])
    at = at[np.isfinite(at[:, 0])]
    assert at.min() >= -0.5 and at[:, 0].max() <= page.pixels.shape[1] - 0.5


def test_rows_may_be_clipped_between_their_neighbours(twelve: Recording) -> None:
    tall = Recording(twelve.signals * 6, twelve.fs, twelve.leads)
    free = draw_specimen(tall, replace(PLAIN, row_mm=12.0), rng())
    clipped = draw_specimen(tall, replace(PLAIN, row_mm=12.0, clip=True), rng())
    assert np.isnan(clipped.signals.signals).sum() > np.isnan(free.signals.signals).sum()


def test_the_pulse_is_one_millivolt_and_no_trace(twelve: Recording) -> None:
    style = PageStyle(layout="strip", rhythm=("II",), px_per_mm=10.0, gain=10.0, pulse_s=0.2, pulse_feet=1.0)
    page = draw_specimen(twelve, style, rng())
    rows, columns = np.nonzero(page.masks["pulse"] > 127)
    assert (rows.max() - rows.min() + 1) == pytest.approx(100 + 3, abs=1)
    assert (columns.max() - columns.min() + 1) == pytest.approx(70, abs=3)
    assert not page.masks["trace"][:, : columns.max() - 5].any()


def test_grid_lines_are_five_millimetres_apart() -> None:
    flat = Recording(np.zeros((1, 5000), np.float32), 500.0, ("II",))
    style = PageStyle(layout="strip", rhythm=("II",), px_per_mm=7.3, minor_lines=False, grid_shift=(2.0, 1.0))
    page = draw_specimen(flat, style, rng())
    profile = page.masks["grid"].astype(float).min(axis=0)
    at = np.flatnonzero(profile)
    lines = np.split(at, np.flatnonzero(np.diff(at) > 1) + 1)
    middles = np.array([np.average(line, weights=profile[line]) for line in lines])[1:-1]
    # Shares of pixels say where a thin line is to a tenth of a pixel.
    np.testing.assert_allclose(np.diff(middles), 36.5, atol=0.2)
    assert np.diff(middles).mean() == pytest.approx(36.5, abs=0.01)
    mm = (middles + 0.5) / 7.3
    np.testing.assert_allclose((mm - 2.0) % 5.0 - 5.0 * ((mm - 2.0) % 5.0 > 2.5), 0.0, atol=0.02)


def test_lead_names_are_within_their_boxes(twelve: Recording) -> None:
    page = draw_specimen(twelve, PageStyle(header=("Name", "Rate 60"), margins=(10, 30, 10, 10)), rng())
    text = page.masks["text"]
    covered = np.zeros_like(text)
    for box in page.texts:
        corners = page.mm_to_px([(box.x_mm, box.y_mm), (box.x_mm + box.w_mm, box.y_mm + box.h_mm)])
        (x0, y0), (x1, y1) = np.rint(corners).astype(int)
        assert text[y0 : y1 + 1, x0 : x1 + 1].max() > 200
        covered[y0 - 2 : y1 + 3, x0 - 2 : x1 + 3] = 1
    assert not text[covered == 0].any()
    assert {"I", "aVR", "V6", "Name", "Rate 60"} <= {box.text for box in page.texts}


def test_layers_share_the_size_of_the_page(twelve: Recording) -> None:
    for seed in range(6):
        style = replace(random_style(rng(seed)), px_per_mm=3.6)
        page = draw_specimen(twelve, style, rng(seed))
        assert page.pixels.dtype == np.uint8 and page.pixels.shape[2] == 3
        assert set(page.masks) == {"trace", "text", "pulse", "separator", "grid"}
        assert all(mask.shape == page.pixels.shape[:2] for mask in page.masks.values())
        ink = page.masks["trace"] == 255
        ink &= page.masks["text"] == 0
        assert np.abs(page.pixels[ink].astype(int) - style.ink).max() <= 1


def test_the_same_state_gives_the_same_page(twelve: Recording) -> None:
    assert random_style(rng(3)) == random_style(rng(3))
    long = simulate(duration=60.0, fs=250.0, leads=STANDARD_LEADS, seed=1)
    one, two, other = (draw_specimen(long, PLAIN, rng(seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one.pixels, two.pixels)
    assert np.any(one.signals.signals != other.signals.signals)
    assert pickle.loads(pickle.dumps(one)).mm_to_px([(1.0, 1.0)]).shape == (1, 2)


def test_looks_vary_widely() -> None:
    styles = [random_style(rng(seed)) for seed in range(400)]
    assert {style.layout for style in styles} == set(LAYOUTS)
    assert {style.gain for style in styles} == {5.0, 10.0, 20.0}
    assert {style.speed for style in styles} == {25.0, 50.0}
    for name, least in (("grid", 3), ("label_place", 3), ("pulse", 3), ("separator", 5), ("ground", 100)):
        assert len({getattr(style, name) for style in styles}) >= least
    assert Counter(style.sequential for style in styles)[True] > 350
    assert 3.5 <= min(s.px_per_mm for s in styles) < 4 and 11 < max(s.px_per_mm for s in styles) <= 12


def test_without_any_fonts_letters_are_still_drawn(
    twelve: Recording, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(specimen_fonts, "SYSTEM_FOLDERS", ())
    assert specimen_fonts.find_fonts((str(tmp_path),)) == ()
    (tmp_path / "LiberationSans-Broken.ttf").write_bytes(b"no font")
    specimen_fonts.find_fonts.cache_clear()
    assert len(specimen_fonts.find_fonts((str(tmp_path),))) == 1
    monkeypatch.setattr(specimen_looks, "find_fonts", specimen_fonts.find_fonts)
    for font in ("", str(tmp_path / "LiberationSans-Broken.ttf"), str(tmp_path / "gone.ttf")):
        page = draw_specimen(twelve, PageStyle(px_per_mm=4.0, font=font), rng())
        assert page.masks["text"].any()
    specimen_fonts.find_fonts.cache_clear()


def test_leads_that_are_missing_leave_their_place_empty(twelve: Recording) -> None:
    some = Recording(twelve.signals[:4], twelve.fs, twelve.leads[:4])
    page = draw_specimen(some, PageStyle(layout="3x4+1"), rng())
    assert [lead.name for lead in page.leads] == ["I", "II", "III", "aVR", "II"]
    other = Recording(twelve.signals[:1], twelve.fs, ("MLIII",))
    with pytest.raises(SignalError, match="Choose the layout 'strip'"):
        draw_specimen(other, PageStyle(layout="3x4"), rng())
    assert draw_specimen(other, PageStyle(layout="strip"), rng()).signals.leads == ("MLIII",)


def test_missing_samples_leave_no_ink(twelve: Recording) -> None:
    signals = twelve.signals.copy()
    signals[:, 1000:2000] = np.nan
    page = draw_specimen(Recording(signals, twelve.fs, twelve.leads), PLAIN, rng())
    assert np.isnan(page.signals.signals[:, 1000:2000]).all()
    first, last = page.mm_to_px([(page.leads[0].x_mm + s * 25.0, 0.0) for s in (2.1, 3.9)])[:, 0].astype(int)
    assert not page.masks["trace"][:, first:last].any()
    short = Recording(twelve.signals[:, :1500], twelve.fs, twelve.leads)
    assert np.isnan(draw_specimen(short, PLAIN, rng()).signals.signals[:, 1500:]).all()


def test_what_cannot_be_drawn_is_refused(twelve: Recording) -> None:
    with pytest.raises(SignalError, match="'4x3' is not known; allowed: 3x4"):
        PageStyle(layout="4x3")
    with pytest.raises(SignalError, match="gain is 0"):
        PageStyle(gain=0)
    with pytest.raises(SignalError, match="nothing to draw"):
        draw_specimen(Recording(np.zeros((0, 0), np.float32), 500.0, ()), PLAIN, rng())
    with pytest.raises(SignalError, match="60 million"):
        draw_specimen(twelve, replace(PLAIN, px_per_mm=60.0), rng())


def test_files_hold_what_the_page_shows(twelve: Recording, tmp_path: Path) -> None:
    page = draw_specimen(twelve, PageStyle(layout="3x4", px_per_mm=4.0), rng())
    png, csv, facts = write_specimen(page, tmp_path, "a", 250.0)
    assert png.stat().st_size > 1000
    rows = csv.read_text(encoding="utf-8").splitlines()
    assert rows[0].split(",") == list(STANDARD_LEADS)
    assert len(rows) == 1 + 2500
    assert rows[1].split(",")[6] == "" and rows[1 + 1300].split(",")[6] != ""
    told = json.loads(facts.read_text(encoding="utf-8"))
    assert told["layout"] == "3x4" and len(told["leads"]) == 12
    np.testing.assert_allclose(truth_at(page.signals, 250.0)[0, 5], page.signals.signals[0, 10], atol=1e-6)
    with pytest.raises(SignalError, match="not a positive number"):
        truth_at(page.signals, 0.0)
