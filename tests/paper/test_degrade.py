"""Photographed pages: the truth follows the picture, and the same state gives the same picture."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from einthoven.errors import SignalError
from einthoven.paper.degrade import SEVERITIES, degrade
from einthoven.paper.degrade_warp import Bend, Warp, look_at, random_bend
from einthoven.paper.specimen import PageStyle, Specimen, draw_specimen
from einthoven.recording import STANDARD_LEADS
from einthoven.signal.simulator import simulate


@pytest.fixture(scope="module")
def page() -> Specimen:
    recording = simulate(duration=10.0, fs=250.0, leads=STANDARD_LEADS, muscle_mv=0.0, seed=4)
    style = PageStyle(layout="3x4+1", px_per_mm=6.0, trace_width=0.4, header=("Name",), separator="line")
    return draw_specimen(recording, style, np.random.default_rng(0))


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_truth_lies_in_the_middle_of_the_warped_ink(page: Specimen, severity: str, seed: int) -> None:
    photo = degrade(page, severity, np.random.default_rng(seed))  # type: ignore[arg-type]
    ink = photo.masks["trace"].astype(float)
    height, width = ink.shape
    off = []
    for lead in photo.leads:
        at = photo.trace_px(lead)
        slope = np.abs(np.gradient(at[:, 1], at[:, 0]))
        reach = 5
        inside = np.all((at > reach) & (at < (width - reach - 1, height - reach - 1)), axis=1)
        for x, y in at[inside & (slope < 0.3)][::7].tolist():
            # The four pixels' columns beside x, and within them the middle of the ink.
            left, share = int(x), x - int(x)
            rows = np.arange(int(y) - reach, int(y) + reach + 1)
            column = (1 - share) * ink[rows, left] + share * ink[rows, left + 1]
            if column.sum() > 100:
                off.append((column * rows).sum() / column.sum() - y)
    assert len(off) > 100
    assert abs(np.median(off)) < 0.05
    assert np.median(np.abs(off)) < 0.15


@pytest.mark.parametrize("severity", SEVERITIES)
def test_what_is_beyond_the_picture_is_nan(page: Specimen, severity: str) -> None:
    for seed in range(2):
        photo = degrade(page, severity, np.random.default_rng(seed))  # type: ignore[arg-type]
        height, width = photo.pixels.shape[:2]
        assert photo.pixels.dtype == np.uint8 and photo.pixels.shape[2] == 3
        assert all(mask.shape == (height, width) for mask in photo.masks.values())
        assert photo.pixels.std() > 3
        shown = np.isfinite(photo.signals.signals)
        assert not np.any(shown & ~np.isfinite(page.signals.signals))
        assert shown.sum() > 0.8 * np.isfinite(page.signals.signals).sum()


def test_the_same_state_gives_the_same_picture(page: Specimen) -> None:
    one, two, other = (degrade(page, "hard", np.random.default_rng(seed)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one.pixels, two.pixels)
    assert one.pixels.shape != other.pixels.shape or np.any(one.pixels != other.pixels)
    again = pickle.loads(pickle.dumps(one))
    np.testing.assert_allclose(again.mm_to_px([(50.0, 60.0)]), two.mm_to_px([(50.0, 60.0)]))


def test_the_page_given_stays_as_it_was(page: Specimen) -> None:
    before = page.pixels.copy(), {name: mask.copy() for name, mask in page.masks.items()}
    degrade(page, "hard", np.random.default_rng(8))
    np.testing.assert_array_equal(page.pixels, before[0])
    for name, mask in before[1].items():
        np.testing.assert_array_equal(page.masks[name], mask)


def test_a_photograph_can_be_photographed(page: Specimen) -> None:
    once = degrade(page, "medium", np.random.default_rng(1))
    twice = degrade(once, "light", np.random.default_rng(2))
    lead = twice.leads[0]
    at = twice.trace_px(lead)
    at = np.rint(at[np.isfinite(at[:, 0])]).astype(int)
    height, width = twice.masks["trace"].shape
    at = at[(at[:, 0] >= 0) & (at[:, 0] < width) & (at[:, 1] >= 0) & (at[:, 1] < height)]
    assert np.mean(twice.masks["trace"][at[:, 1], at[:, 0]] > 60) > 0.9


def test_harder_means_further_from_the_page() -> None:
    recording = simulate(duration=10.0, fs=100.0, leads=("II",), seed=1)
    style = PageStyle(layout="strip", rhythm=("II",), px_per_mm=3.5, row_mm=100.0)
    small = draw_specimen(recording, style, np.random.default_rng(0))

    def turned(severity: str) -> float:
        angles = []
        for seed in range(6):
            photo = degrade(small, severity, np.random.default_rng(seed))  # type: ignore[arg-type]
            (x0, y0), (x1, y1) = photo.mm_to_px([(20.0, 60.0), (250.0, 60.0)])
            angles.append(abs(np.degrees(np.arctan2(y1 - y0, x1 - x0))))
        return max(angles)

    light, hard = turned("light"), turned("hard")
    assert light < 4.0
    assert 4.0 < hard < 25.0


def test_the_way_back_is_the_inverse_of_the_way() -> None:
    rng = np.random.default_rng(3)
    bend = random_bend(rng, 1500, 1000, 0.06, 4, 8.0)
    assert len(bend.creases) == 4
    warp = Warp(bend, look_at(rng, 1500, 1000, 12.0, 24.0))
    points = rng.uniform((0, 0), (1500, 1000), (500, 2))
    np.testing.assert_allclose(warp.backward(warp.forward(points)), points, atol=0.01)
    flat = Warp(Bend.none(), np.eye(3))
    map_x, map_y = flat.back_map(37, 23)
    np.testing.assert_allclose(map_x[5], np.arange(37), atol=1e-3)
    np.testing.assert_allclose(map_y[:, 9], np.arange(23), atol=1e-3)


def test_an_unknown_severity_is_refused(page: Specimen) -> None:
    with pytest.raises(SignalError, match=r"allowed: light, medium, hard\. Did you mean 'hard'"):
        degrade(page, "hrd", np.random.default_rng(0))  # type: ignore[arg-type]
