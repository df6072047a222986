"""Laying pages flat: lattices known to every point, real pages, and pictures that have none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from lattices import Float64, draw, off_mm, tilted_map, turned_map
from PIL import Image

from einthoven.errors import PageError
from einthoven.paper import render
from einthoven.paper.rectify import PX_PER_MM, rectify
from einthoven.recording import STANDARD_LEADS
from einthoven.signal.simulator import simulate

SIZE = (1000, 640)


@pytest.mark.parametrize("px_per_mm", [3.6, 4.7, 8.0])
@pytest.mark.parametrize("degrees", [0.0, -14.5])
def test_paper_seen_straight_on_is_exact(px_per_mm: float, degrees: float) -> None:
    where = turned_map(px_per_mm, degrees, (3.3, 1.7))
    flat = rectify(draw(SIZE, where))
    assert flat.grid_found
    assert flat.scale_known
    assert flat.px_per_mm == PX_PER_MM
    assert flat.minor_seen
    assert flat.major_seen
    assert flat.rotation_deg == pytest.approx(degrees, abs=0.1)
    assert flat.period_px == pytest.approx(5 * px_per_mm, rel=0.01)
    assert off_mm(flat, where, SIZE).max() < 0.12
    assert flat.confidence > 0.7


def test_a_drawing_is_kept_whole_where_its_lattice_covers_a_part() -> None:
    drawn = draw((1600, 640), turned_map(5.0, 0.0), trace=False)
    drawn[:, 700:] = 250  # 180 mm of paper without lines: more than a margin
    flat = rectify(drawn)
    assert flat.grid_found
    shown = flat.to_page([[0.0, 0.0], [flat.pixels.shape[1] - 1.0, flat.pixels.shape[0] - 1.0]])
    assert shown[0].max() < 8
    assert shown[1][0] > 1590


def test_lines_as_far_apart_as_rows_of_traces_are_no_lattice() -> None:
    far = draw((2000, 1600), turned_map(34.0, 0.0), minor=0.0, trace=False)
    assert not rectify(far).grid_found
    assert rectify(draw((2000, 1600), turned_map(34.0, 0.0), trace=False)).grid_found


def test_the_lattice_runs_along_every_fortieth_pixel() -> None:
    where = turned_map(5.0, 4.0, (3.3, 1.7))
    flat = rectify(draw(SIZE, where, trace=False))
    dark = 255 - flat.pixels.min(axis=2).astype(float)
    left, top, right, low = (int(v) for v in flat.grid_box)
    inside = dark[max(top, 0) + 40 : low - 40, max(left, 0) + 40 : right - 40]
    inside = inside[: inside.shape[0] // 40 * 40, : inside.shape[1] // 40 * 40]
    for axis, start in ((1, max(top, 0) + 40), (0, max(left, 0) + 40)):
        folded = inside.mean(axis=axis).reshape(-1, 40).mean(axis=0)
        line = (start + int(np.argmax(folded))) % 40
        assert min(line, 40 - line) <= 1


@pytest.mark.parametrize("seed", range(3))
def test_a_photo_from_aslant_is_laid_flat(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tilt = (float(rng.uniform(-0.3, 0.3)), float(rng.uniform(-0.3, 0.3)))
    where = tilted_map(SIZE, float(rng.uniform(130, 240)), float(rng.uniform(-15, 15)), tilt)
    flat = rectify(draw(SIZE, where, noise=6.0, seed=seed))
    assert flat.grid_found
    assert np.percentile(off_mm(flat, where, SIZE), 95) < 0.3


def test_bent_paper_is_laid_flat() -> None:
    base = tilted_map(SIZE, 180, 4.0, (0.1, 0.05))

    def where(pixels: Float64) -> Float64:
        mm = base(pixels)
        return mm + np.stack([2 * np.sin(mm[:, 1] / 40), 2 * np.cos(mm[:, 0] / 50)], axis=1)

    flat = rectify(draw(SIZE, where))
    assert flat.bend_mm > 0.5
    assert np.percentile(off_mm(flat, where, SIZE), 95) < 0.25


def test_folded_paper_is_laid_flat() -> None:
    base = turned_map(5.2, 3.0)

    def where(pixels: Float64) -> Float64:
        mm = base(pixels)
        crease = np.maximum(0, 1 - np.abs(mm[:, 0] - 90) / 30)
        return mm + np.stack([0 * crease, 1.5 * crease], axis=1)

    off = off_mm(rectify(draw(SIZE, where)), where, SIZE)
    assert np.percentile(off, 90) < 0.25
    assert off.max() < 0.8


def test_paper_is_followed_beyond_a_fold_that_hides_its_lines() -> None:
    size, flat_map = (1900, 640), tilted_map((1900, 640), 290, 6.0, (0.12, 0.05))

    def folded(pixels: Float64) -> Float64:
        mm = flat_map(pixels)
        away = (mm[:, 0] - mm[:, 0].min() * 0.4 - mm[:, 0].max() * 0.6) / 3.0
        mm[:, 0] += 1.2 * away * np.exp(0.5 - 0.5 * away**2)
        return mm

    picture = draw(size, folded, trace=False)
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    mm = flat_map(np.stack([x.ravel(), y.ravel()], axis=1).astype(float))[:, 0].reshape(x.shape)
    hidden = np.abs(mm - mm.min() * 0.4 - mm.max() * 0.6) < 6  # a shadow along the fold, without lines
    picture[hidden] = np.random.default_rng(0).normal(190, 3, (int(hidden.sum()), 3)).clip(0, 255)
    flat = rectify(picture)
    off = off_mm(flat, folded, size)
    assert np.percentile(off, 80) < 0.3  # but for the fold itself
    left, _, right, _ = flat.grid_box
    assert right - left > 230 * PX_PER_MM


def test_of_a_photograph_the_paper_is_kept_where_its_lattice_was_not_followed() -> None:
    size, where = (1700, 900), tilted_map((1700, 900), 300, 5.0, (0.2, 0.1))
    picture = draw(size, where, trace=False)
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    mm = where(np.stack([x.ravel(), y.ravel()], axis=1).astype(float)).reshape(size[1], size[0], 2)
    first, last = mm[..., 0].min() + 20, mm[..., 0].max() - 20
    rng = np.random.default_rng(0)

    def paint(part: np.ndarray, level: float) -> None:
        picture[part] = rng.normal(level, 3, (int(part.sum()), 3)).clip(0, 255)

    paint(mm[..., 0] > 10, 248)  # faded: 130 mm of paper without lines
    paint((mm[..., 0] < first) | (mm[..., 0] > last), 70)  # a desk at both sides
    flat = rectify(picture)
    shown = flat.from_page(np.array([[size[0] / 2, size[1] / 2]]))[0, 0] / PX_PER_MM
    middle = where(np.array([[size[0] / 2, size[1] / 2]]))[0, 0]
    assert flat.pixels.shape[1] / PX_PER_MM - shown == pytest.approx(last - middle, abs=8)


@pytest.mark.parametrize(
    ("minor", "dots", "line", "paper"),
    [
        (0.0, False, (235, 160, 160), (255, 255, 255)),
        (0.9, True, (120, 120, 120), (250, 250, 240)),
        (0.6, False, (150, 200, 150), (235, 245, 235)),
        (0.6, False, (60, 90, 200), (255, 255, 255)),
        (0.5, False, (225, 225, 225), (255, 255, 255)),
        (0.6, False, (190, 120, 60), (225, 190, 140)),
    ],
)
def test_any_colour_lines_or_dots(
    minor: float, dots: bool, line: tuple[int, int, int], paper: tuple[int, int, int]
) -> None:
    where = turned_map(5.2, -3.0)
    flat = rectify(draw(SIZE, where, minor=minor, dots=dots, line=line, paper=paper))
    assert flat.grid_found
    assert flat.minor_seen == (minor > 0)
    assert off_mm(flat, where, SIZE).max() < 0.15


def test_one_spacing_is_taken_by_the_size_of_the_page_and_said_with_less_confidence() -> None:
    five = rectify(draw(SIZE, turned_map(4.5), minor=0.0))
    assert five.period_px == pytest.approx(22.5, rel=0.01)
    one = rectify(draw(SIZE, turned_map(5.0), minor=1.0))
    assert one.period_px == pytest.approx(25.0, rel=0.01)
    assert max(five.confidence, one.confidence) < 0.85
    assert "size" in five.reason


def test_a_stated_scale_decides_which_lines_are_which() -> None:
    page = draw(SIZE, turned_map(10.0), minor=1.0, width_mm=0.2)  # lines every 10 px
    assert rectify(page, mm_per_px=0.5).period_px == pytest.approx(10, rel=0.01)
    page = draw(SIZE, turned_map(4.5), minor=0.0)
    assert rectify(page, mm_per_px=1 / 22.5).period_px == pytest.approx(112.5, rel=0.01)


def test_lines_that_a_stated_scale_contradicts_are_no_lattice() -> None:
    page = draw((1600, 1200), turned_map(9.0), minor=0.0)  # lines every 45 px
    assert not rectify(page, mm_per_px=20.0 / 45).grid_found
    assert rectify(page, mm_per_px=20.0 / 45).px_per_mm == PX_PER_MM
    assert rectify(page, mm_per_px=6.0 / 45).grid_found


def test_light_is_evened() -> None:
    page = draw(SIZE, turned_map(5.0), trace=False)
    shade = np.linspace(1.0, 0.35, SIZE[0])[None, :, None]
    flat = rectify((page * shade).astype(np.uint8))
    inner = flat.pixels[100:-100, 100:-100].astype(float)
    columns = np.percentile(inner.max(axis=2), 80, axis=0)
    assert columns.min() > 0.88 * columns.max()


def test_positions_go_back_to_the_page() -> None:
    where = tilted_map(SIZE, 200, 5.0, (0.15, -0.1))
    flat = rectify(draw(SIZE, where))
    points = np.array([[200.0, 150.0], [700.0, 400.0], [480.5, 320.25]])
    assert flat.to_page(flat.from_page(points)) == pytest.approx(points, abs=0.02)
    homogeneous = np.column_stack([flat.from_page(points), np.ones(3)]) @ flat.to_page_matrix.T
    assert homogeneous[:, :2] / homogeneous[:, 2:] == pytest.approx(points, abs=1.5)


@pytest.mark.parametrize("turns", [0, 1, 2, 3, -1])
def test_a_page_laid_flat_can_be_turned(turns: int) -> None:
    page = draw(SIZE, turned_map(5.0, 2.0))
    flat = rectify(page)
    turned = flat.quarter_turned(turns)
    np.testing.assert_array_equal(turned.pixels, np.rot90(flat.pixels, -turns))
    x, y = 300, 200
    height, width = flat.pixels.shape[:2]
    there = {0: (x, y), 1: (height - 1 - y, x), 2: (width - 1 - x, height - 1 - y), 3: (y, width - 1 - x)}
    point = np.array([there[turns % 4]], dtype=float)
    assert turned.to_page(point) == pytest.approx(flat.to_page(np.array([[x, y]])))
    assert turned.from_page(turned.to_page(point)) == pytest.approx(point, abs=0.02)
    left, top, right, low = turned.grid_box
    across, down = right - left, low - top
    was = flat.grid_box[2] - flat.grid_box[0], flat.grid_box[3] - flat.grid_box[1]
    assert (across, down) == pytest.approx(was if turns % 2 == 0 else was[::-1])


def test_our_own_drawings_at_every_resolution() -> None:
    recording = simulate(10.0, 250.0, STANDARD_LEADS, seed=1)
    for paper, dpi in (("pink", 96.0), ("grey", 150.0), ("blue", 220.0)):
        page = np.asarray(render(recording, format="png", paper=paper, dpi=dpi).convert("RGB"))
        flat = rectify(page)
        assert flat.period_px == pytest.approx(5 * dpi / 25.4, rel=0.003)
        assert abs(flat.rotation_deg) < 0.1


def test_a_page_without_lattice_is_turned_upright_and_its_scale_left_open() -> None:
    flat_page = np.full((600, 900, 3), 255, np.uint8)
    for y in (120, 260, 400, 520):
        flat_page[y : y + 3, 60:840] = 20
    page = np.asarray(Image.fromarray(flat_page).rotate(-5, fillcolor=(255, 255, 255)))
    flat = rectify(page)
    assert not flat.grid_found
    assert not flat.scale_known
    assert np.isnan(flat.px_per_mm)
    assert flat.rotation_deg == pytest.approx(5, abs=0.3)
    assert flat.factor == pytest.approx(1.0)
    rows = (flat.pixels.min(axis=2) < 128).sum(axis=1)
    assert rows.max() > 700
    scaled = rectify(page, mm_per_px=0.25)
    assert scaled.scale_known
    assert scaled.px_per_mm == PX_PER_MM
    assert scaled.factor == pytest.approx(2.0)


def test_pictures_without_lattice_are_said_to_have_none() -> None:
    rng = np.random.default_rng(0)
    pictures = {
        "blank": np.full((500, 700, 3), 240, np.uint8),
        "black": np.zeros((500, 700, 3), np.uint8),
        "noise": rng.integers(0, 256, (500, 700, 3), dtype=np.uint8),
        "one pixel": np.zeros((1, 1, 3), np.uint8),
        "one row": np.zeros((1, 900, 3), np.uint8),
        "small": rng.integers(0, 256, (40, 30, 3), dtype=np.uint8),
        "grey": rng.integers(0, 256, (200, 300), dtype=np.uint8),
    }
    letters = np.full((700, 600, 3), 255, np.uint8)
    for y in range(40, 660, 18):
        for x in np.flatnonzero(rng.random(130) < 0.7) * 4 + 30:
            letters[y : y + rng.integers(4, 9), x : x + 2] = 0
    pictures["text"] = letters
    for name, picture in pictures.items():
        flat = rectify(picture)
        assert not flat.grid_found, name
        assert flat.confidence == 0.0
        assert flat.pixels.dtype == np.uint8


@pytest.mark.parametrize(
    ("picture", "mm_per_px"),
    [
        (np.zeros((10, 10, 4), np.uint8), None),
        (np.zeros((10, 10, 3), np.float32), None),
        (np.zeros((0, 10, 3), np.uint8), None),
        (np.zeros((10, 10, 3), np.uint8), 0.0),
        (np.zeros((10, 10, 3), np.uint8), float("nan")),
    ],
)
def test_what_is_no_picture_is_refused(picture: np.ndarray, mm_per_px: float | None) -> None:
    with pytest.raises(PageError, match="allowed"):
        rectify(picture, mm_per_px)


# 5 mm in pixels, measured by hand on the pictures.
PHOTOS = {
    "ecg00008.jpg": 32.0,
    "ecg00014.png": 14.2,
    "ecg00019.bmp": 13.5,
    "ecg00028.jpg": 22.0,
    "ecg00043.jpg": 21.2,
}


@pytest.mark.parametrize("name", PHOTOS)
def test_real_photos(name: str, data_root: Path) -> None:
    path = data_root / "photos" / name
    if not path.exists():
        pytest.skip(f"{path} is not here")
    flat = rectify(np.asarray(Image.open(path).convert("RGB")))
    assert flat.grid_found
    assert flat.period_px == pytest.approx(PHOTOS[name], rel=0.04)
    assert flat.confidence > 0.5


def test_real_report_pages(data_root: Path) -> None:
    pages = sorted((data_root / "report_images").glob("*/*.jpg"))[::170]
    if not pages:
        pytest.skip(f"no report_images in {data_root}")
    for path in pages:
        flat = rectify(np.asarray(Image.open(path).convert("RGB")))
        assert flat.grid_found
        assert flat.minor_seen
        assert flat.period_px == pytest.approx(19.97, rel=0.01)
