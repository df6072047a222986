"""The classic chain for report pages: area and boxes found on pages of any size, pictures of each stage."""

from __future__ import annotations

import numpy as np
import pytest

from drawn_pages import page, recording
from einthoven.errors import PageError
from einthoven.paper.pages import load_pages
from einthoven.paper.report_page_stages import BOXES, STRIP, cut_to_ecg, ecg_area, page_stages

RECORD = recording()
# Of a page of 1572 rows and 2213 columns, as published with the method: rows and columns of the leads.
PUBLISHED = {"I": (150, 300, 643, 600), "aVR": (646, 300, 1135, 600), "V3": (1140, 900, 1625, 1200)}


@pytest.mark.parametrize("scale", [3.0, 4.0, 8.0])
def test_boxes_follow_the_size_of_the_page(scale: float) -> None:
    stages = page_stages(page(RECORD, scale))
    for name, column in (("I", 0), ("aVF", 1), ("V2", 2), ("V6", 3)):
        x0, _, x1, _ = (value / scale for value in stages.boxes[name])
        assert x0 == pytest.approx(19.5 + 62.5 * column, abs=1.5)
        assert x1 == pytest.approx(19.5 + 62.5 * (column + 1), abs=1.5)
    tops = [stages.boxes[name][1] / scale for name in ("I", "II", "III", STRIP)]
    assert np.diff(tops) == pytest.approx(38.0, abs=1.5)
    assert stages.leads.shape == (13, 150, 150)
    assert set(np.unique(stages.binary)) == {0, 255}


@pytest.mark.parametrize("frame", [(247, 162, 170), (60, 90, 200), (30, 160, 60), (255, 240, 90)])
def test_the_area_does_not_depend_on_the_colour_around(frame: tuple[int, int, int]) -> None:
    assert ecg_area(page(RECORD, 4.0, frame)) == ecg_area(page(RECORD, 4.0))


def test_what_is_around_the_ecg_does_not_reach_the_pictures() -> None:
    one, other = page(RECORD, 4.0), page(RECORD, 4.0, (40, 60, 200))
    other[5:90, 40:700] = np.random.default_rng(0).integers(0, 255, (85, 660, 3))
    assert np.array_equal(page_stages(one).leads, page_stages(other).leads)
    assert np.array_equal(cut_to_ecg(one), cut_to_ecg(other))


def test_a_page_without_any_frame_is_read() -> None:
    x0, y0, x1, y1 = ecg_area(page(RECORD, 4.0))
    cut = page_stages(page(RECORD, 4.0)[y0:y1, x0:x1])
    whole = page_stages(page(RECORD, 4.0))
    assert cut.boxes["V1"] == pytest.approx(tuple(np.array(whole.boxes["V1"]) - (x0, y0, x0, y0)), abs=3)


def test_each_stage_is_a_picture() -> None:
    pictures = page_stages(page(RECORD, 4.0)).pictures()
    assert [name for name in pictures if not name.startswith("5_")] == [
        "1_boxes", "2_grey", "3_smooth", "4_binary",
    ]  # fmt: skip
    assert {f"5_lead_{name}" for name in BOXES} <= set(pictures)
    assert all(picture.dtype == np.uint8 for picture in pictures.values())


def test_blank_noise_and_small_pictures_are_refused() -> None:
    blank = np.full((700, 1000, 3), 255, np.uint8)
    noise = np.random.default_rng(1).integers(0, 255, (700, 1000, 3)).astype(np.uint8)
    for pixels, words in ((blank, "0 rows"), (noise, "rows"), (blank[:60, :90], "90 x 60 pixels")):
        with pytest.raises(PageError, match=words):
            page_stages(pixels)
    with pytest.raises(PageError, match="allowed: uint8"):
        page_stages(np.zeros((10, 10), np.uint8))


def test_published_boxes_are_found_again(data_root) -> None:
    path = data_root / "report_images_fullsize" / "normal" / "Normal_127.jpg"
    stages = page_stages(load_pages(path)[0].pixels)
    for name, (x0, y0, x1, y1) in PUBLISHED.items():
        assert stages.boxes[name] == pytest.approx((x0, y0, x1, y1), abs=25)
