"""PDFs with vector traces: what went in comes out, whatever way the page was drawn."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import numpy as np
import pytest

from einthoven.errors import PageError
from einthoven.paper.pages import load_pages
from einthoven.paper.render import render
from einthoven.paper.vector_pdf import read_vector_page
from einthoven.recording import STANDARD_LEADS
from einthoven.signal.simulator import simulate

ORDER = ("I", "aVR", "V1", "V4", "II", "aVL", "V2", "V5", "III", "aVF", "V3", "V6")
FS = 500


def twelve_leads(seconds: float = 10.0) -> dict[str, np.ndarray]:
    """Beats whose limb leads obey Einthoven and Goldberger."""
    t = np.arange(round(seconds * FS)) / FS
    phase = t % 0.8

    def wave(at: float, width: float, height: float) -> np.ndarray:
        return height * np.exp(-0.5 * ((phase - at) / width) ** 2)

    one = wave(0.2, 0.02, 0.1) + wave(0.35, 0.01, 0.9) + wave(0.6, 0.04, 0.2)
    two = wave(0.2, 0.02, 0.15) + wave(0.36, 0.011, 1.2) - wave(0.39, 0.01, 0.2) + wave(0.6, 0.04, 0.3)
    leads = {"I": one, "II": two, "III": two - one}
    leads |= {"aVR": -(one + two) / 2, "aVL": one - two / 2, "aVF": two - one / 2}
    chest = {f"V{n}": wave(0.35, 0.01, -1.0 + 0.35 * n) + wave(0.6, 0.04, 0.3) for n in range(1, 7)}
    return leads | chest


def page_of(
    *,
    style: str = "paths",
    shrink: float = 1.0,
    speed: float = 25.0,
    gain: float = 10.0,
    grid: str = "both",
    pulse: bool = True,
    labels: bool = True,
    scale_text: bool = True,
    rows: int = 3,
    rhythm: bool = True,
) -> bytes:
    """Draw twelve leads in three rows (or twelve) with fpdf2, ``shrink`` times as large as they should be."""
    import fpdf

    leads = twelve_leads()
    width, height = 10.0 * speed + 30.0, 40.0 + 25.0 * (rows + rhythm)
    document = fpdf.FPDF(unit="mm", format=(width, height))
    document.set_auto_page_break(False)
    document.add_page()
    document.set_font("Helvetica", size=9 * shrink)

    def at(x: float, y: float) -> tuple[float, float]:
        return shrink * x, shrink * y

    for step, line in ((1, 0.05), (5, 0.2)):
        if grid == "none" or (grid == "major" and step == 1):
            continue
        document.set_draw_color(250, 160, 170)
        document.set_line_width(line)
        for x in np.arange(5, width - 4, step):
            document.line(*at(x, 20), *at(x, height - 10))
        for y in np.arange(20, height - 9, step):
            document.line(*at(5, y), *at(width - 5, y))
    document.set_draw_color(0, 0, 0)
    document.set_line_width(0.15)

    def draw(values: np.ndarray, x0: float, zero: float) -> None:
        xs = x0 + np.arange(len(values)) * speed / FS
        points = [at(x, zero - gain * value) for x, value in zip(xs, values, strict=True)]
        if style == "steps":
            for first, second in itertools.pairwise(points):
                document.line(*first, *second)
        else:
            document.polyline(points)

    columns = 12 // rows
    order = ORDER if rows == 3 else STANDARD_LEADS
    n = 10 * FS // columns
    for row in range(rows):
        zero = 40.0 + 25.0 * row
        names = order[columns * row : columns * (row + 1)]
        parts = [leads[name][n * at : n * (at + 1)] for at, name in enumerate(names)]
        if style == "rows":
            draw(np.concatenate(parts), 20.0, zero)
        for column, (name, part) in enumerate(zip(names, parts, strict=True)):
            x0 = 20.0 + column * n * speed / FS
            if style != "rows":
                draw(part, x0, zero)
            if labels:
                document.text(*at(x0 + 1.0, zero - 9.0), name)
    if rhythm:
        zero = 40.0 + 25.0 * rows
        draw(leads["II"], 20.0, zero)
        if labels:
            document.text(*at(21.0, zero - 9.0), "II")
    for row in range(rows + rhythm if pulse else 0):
        zero, wide = 40.0 + 25.0 * row, 0.2 * speed
        corners = [(4, 0), (6, 0), (6, gain), (6 + wide, gain), (6 + wide, 0), (8 + wide, 0)]
        document.polyline([at(x, zero - up) for x, up in corners])
    if scale_text:
        document.text(*at(10, 12), f"{speed:g} mm/s   {gain:g} mm/mV   0.05-150 Hz")
    document.text(*at(10, 6), "Anterior V2 and III without change; lead II normal")
    return bytes(document.output())


def expect(
    page: object, *, columns: int = 4, order: tuple[str, ...] = ORDER, tolerance: float = 0.002
) -> None:
    leads = twelve_leads()
    recording = page.recording  # type: ignore[attr-defined]
    assert recording.fs == FS
    assert set(recording.leads) == set(STANDARD_LEADS)
    n = 10 * FS // columns
    for at, name in enumerate(order):
        row = recording.signals[recording.leads.index(name)]
        column = at % columns
        shown = slice(n * column + 3, n * (column + 1) - 3)
        np.testing.assert_allclose(row[shown], leads[name][shown], atol=tolerance)
        if name != "II" and columns > 1:
            hidden = np.ones(len(row), dtype=bool)
            hidden[max(0, n * column - 3) : n * (column + 1) + 3] = False
            assert np.isnan(row[hidden]).all()


@pytest.mark.parametrize("style", ["paths", "rows", "steps"])
def test_a_page_comes_back_as_it_was_drawn(style: str) -> None:
    page = read_vector_page(page_of(style=style))
    assert page is not None
    assert (page.layout, page.speed, page.gain) == ("3x4+1", 25.0, 10.0)
    assert page.mm == pytest.approx((1.0, 1.0), abs=0.002)
    assert page.checks["pulse_mv"] == pytest.approx(1.0, abs=0.005)
    assert page.checks["einthoven_rms_mv"] < 0.003
    assert page.notes == ()
    expect(page)
    two = page.recording.signals[page.recording.leads.index("II")]
    np.testing.assert_allclose(two[5:-5], twelve_leads()["II"][5:-5], atol=0.002)


@pytest.mark.parametrize(("speed", "gain"), [(50.0, 10.0), (25.0, 5.0), (25.0, 20.0)])
def test_speed_and_gain_come_from_the_print(speed: float, gain: float) -> None:
    page = read_vector_page(page_of(speed=speed, gain=gain))
    assert page is not None
    assert (page.speed, page.gain) == (speed, gain)
    expect(page, tolerance=0.004)


@pytest.mark.parametrize("shrink", [0.4, 0.9])
@pytest.mark.parametrize("grid", ["both", "major"])
def test_a_shrunken_page_is_measured_by_its_grid(shrink: float, grid: str) -> None:
    page = read_vector_page(page_of(shrink=shrink, grid=grid))
    assert page is not None
    assert page.mm == pytest.approx((shrink, shrink), rel=0.003)
    expect(page, tolerance=0.01)


def test_without_a_grid_pulse_and_print_give_the_scale() -> None:
    page = read_vector_page(page_of(grid="none", shrink=0.8))
    assert page is not None
    assert "No grid" in page.notes[0]
    expect(page, tolerance=0.01)


def test_without_print_the_pulse_gives_the_gain() -> None:
    page = read_vector_page(page_of(scale_text=False, gain=5.0))
    assert page is not None
    assert page.gain == 5.0
    assert any("5 mm/mV" in note for note in page.notes)
    assert any("25 mm/s was assumed" in note for note in page.notes)
    assert page.recording.warnings == page.notes
    expect(page, tolerance=0.004)


def test_without_a_pulse_the_median_is_zero() -> None:
    page = read_vector_page(page_of(pulse=False, rows=12, rhythm=False))
    assert page is not None
    assert page.layout == "12x1"
    assert any("median" in note for note in page.notes)
    expect(page, columns=1, order=STANDARD_LEADS, tolerance=0.02)


def test_without_names_the_usual_order_is_stated() -> None:
    page = read_vector_page(page_of(labels=False, rhythm=False))
    assert page is not None
    assert any("usual order" in note for note in page.notes)
    expect(page)


def test_a_page_of_matplotlib_is_read() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("pdf")
    import matplotlib.pyplot as plt

    leads = twelve_leads()
    millimetres = 1 / 25.4
    figure = plt.figure(figsize=(290 * millimetres, 220 * millimetres))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0), xlim=(-20, 270), ylim=(0, 220))
    for x in range(-20, 271):
        axes.plot([x, x], [0, 220], color="pink", lw=0.6 if x % 5 == 0 else 0.2)
    for y in range(0, 221):
        axes.plot([-20, 270], [y, y], color="pink", lw=0.6 if y % 5 == 0 else 0.2)
    x = np.arange(10 * FS) * 25 / FS
    for row, name in enumerate(STANDARD_LEADS):
        axes.plot(x, 200 - 16 * row + 10 * leads[name], "k", lw=0.5)
        axes.text(-15, 201 - 16 * row, name)
    axes.text(0, 5, "25 mm/s, 10 mm/mV")
    axes.axis("off")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="pdf")
    plt.close(figure)
    page = read_vector_page(buffer.getvalue())
    assert page is not None
    assert page.layout == "12x1"
    for name, row in zip(page.recording.leads, page.recording.signals, strict=True):
        drawn = leads[name][5:-5] - np.median(leads[name])
        # matplotlib leaves out corners that change little
        assert np.sqrt(np.mean((row[5 : len(drawn) + 5] - np.median(row) - drawn) ** 2)) < 0.025


@pytest.mark.parametrize(
    ("layout", "scale"),
    [("3x4+1", (25.0, 10.0)), ("6x2", (25.0, 20.0)), ("12x1", (25.0, 10.0)), ("strip", (50.0, 5.0))],
)
def test_pages_of_the_renderer_come_back(layout: str, scale: tuple[float, float]) -> None:
    recording = simulate(10.0, 500.0, STANDARD_LEADS, seed=3)
    pdf = render(recording, layout=layout, speed=scale[0], gain=scale[1], format="pdf")
    page = read_vector_page(bytes(pdf))
    assert page is not None
    assert page.layout == layout or (layout == "strip" and page.layout == "12x1")
    assert (page.speed, page.gain, page.recording.fs) == (*scale, 500.0)
    assert page.notes == ()
    for name, row in zip(page.recording.leads, page.recording.signals, strict=True):
        truth = recording.signals[recording.leads.index(name)]
        shown = np.isfinite(row)
        assert shown.mean() > (0.45 if layout == "6x2" else 0.24)
        # The renderer draws each row about its own median: constants are lost, steps are not.
        steps = np.diff(row - truth)
        assert np.percentile(np.abs(steps[np.isfinite(steps)]), 99) < 0.005


def test_two_gains_on_a_page_are_not_mixed() -> None:
    import fpdf

    document = fpdf.FPDF()
    document.add_page()
    document.set_font("Helvetica", size=9)
    values = twelve_leads()["I"]
    document.polyline([(20 + at * 0.05, 50 - 10 * value) for at, value in enumerate(values[:3000])])
    document.text(15, 50, "I")
    document.text(15, 100, "25 mm/s limb 10 mm/mV chest 5 mm/mV")
    with pytest.raises(PageError, match="gains \\(10, 5\\)"):
        read_vector_page(bytes(document.output()))


@pytest.mark.parametrize("what", ["text", "chart", "scan", "empty"])
def test_a_page_without_vector_traces_is_left_to_the_eye(what: str) -> None:
    import fpdf
    from PIL import Image

    document = fpdf.FPDF()
    document.add_page()
    document.set_font("Helvetica", size=9)
    if what == "text":
        for line in range(40):
            document.text(20, 20 + 5 * line, "I II III aVR: paper speed 25 mm/s, 10 mm/mV")
    elif what == "chart":
        rng = np.random.default_rng(0)
        walk = np.cumsum(rng.normal(size=400))
        document.polyline([(20 + 0.4 * at, 100 - value) for at, value in enumerate(walk)])
        document.text(20, 150, "Share price in 2024")
    elif what == "scan":
        document.image(Image.new("RGB", (200, 100), "white"), 0, 0, 210)
    assert read_vector_page(bytes(document.output())) is None


def test_a_picture_has_no_vectors(tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "page.png"
    Image.new("RGB", (10, 10)).save(path)
    with pytest.raises(PageError, match="no PDF"):
        read_vector_page(path)
    assert load_pages(path)


def test_a_page_that_is_not_there_is_named() -> None:
    with pytest.raises(PageError, match="allowed: 1 to 1"):
        read_vector_page(page_of(), 2)


def test_an_export_of_a_device_is_read_exactly(data_root: Path) -> None:
    page = read_vector_page(data_root / "formats" / "muse" / "FICTITIOUS_EKG.pdf")
    assert page is not None
    assert (page.layout, page.speed, page.gain) == ("3x4+3", 25.0, 10.0)
    recording = page.recording
    assert recording.fs == 500
    assert recording.n_samples == 5000
    assert set(recording.leads) == set(STANDARD_LEADS)
    shown = dict(zip(recording.leads, np.isfinite(recording.signals).sum(axis=1), strict=True))
    assert shown["V1"] == shown["II"] == shown["V5"] == 5000
    assert shown["V6"] == 1238
    assert page.checks["pulse_mv"] == pytest.approx(1.0, abs=0.001)
    # Heights are drawn in steps of 4.88 µV; Einthoven's law holds within them.
    assert page.checks["einthoven_rms_mv"] < 0.006
