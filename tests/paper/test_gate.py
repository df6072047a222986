"""The gate: ECGs of every kind pass, everything else is turned away with a reason in words."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from einthoven.paper.gate import GateVerdict, judge
from einthoven.paper.gate_features import gate_features
from einthoven.paper.pages import load_pages
from einthoven.paper.render import render
from einthoven.recording import STANDARD_LEADS, Recording
from einthoven.signal.simulator import simulate
from einthoven.training.gate_negatives import NEGATIVES
from einthoven.training.gate_positives import draw_beat, draw_monitor, draw_page, draw_strip, photographed


@pytest.fixture(scope="module")
def recording() -> Recording:
    return simulate(10.0, 250.0, STANDARD_LEADS, seed=3)


def said(verdict: GateVerdict) -> str:
    return "; ".join(verdict.reasons)


@pytest.mark.parametrize("layout", ["3x4+1", "6x2", "12x1"])
@pytest.mark.parametrize("paper", ["pink", "grey"])
def test_a_rendered_page_is_accepted(recording: Recording, layout: str, paper: str) -> None:
    page = np.asarray(render(recording, layout=layout, paper=paper, format="png", dpi=100).convert("RGB"))
    verdict = judge(page)
    assert verdict.accepted, verdict
    assert verdict.kind == "page12"
    assert verdict.quality["probability"] > 0.5


def test_pages_strips_beats_and_screens_are_told_apart(recording: Recording) -> None:
    right, count = 0, 0
    for draw, seed in ((draw_page, 0), (draw_strip, 40), (draw_beat, 80), (draw_monitor, 120)):
        for number in range(3):
            kind, pixels = draw(recording, np.random.default_rng(seed + number))
            verdict = judge(pixels)
            count += 1
            right += verdict.accepted and verdict.kind == kind
    assert right >= 0.75 * count


def test_drawn_pictures_of_other_things_are_refused() -> None:
    wrong = []
    for number, (name, draw) in enumerate(NEGATIVES.items()):
        rng = np.random.default_rng(1000 + number)
        pixels = draw(rng)
        verdict = judge(photographed(pixels, rng) if number % 2 else pixels)
        assert verdict.accepted or verdict.reasons
        if verdict.accepted:
            wrong.append(f"{name}: {verdict}")
    assert len(wrong) <= 1, wrong


def test_reasons_are_words() -> None:
    blank = np.full((700, 900, 3), 250, dtype=np.uint8)
    assert "blank" in said(judge(blank))
    text = NEGATIVES["text"](np.random.default_rng(5))
    assert "text" in said(judge(text))
    noise = np.random.default_rng(0).integers(0, 256, (500, 700, 3), dtype=np.uint8)
    assert not judge(noise).accepted
    assert "photograph" in said(judge(NEGATIVES["texture"](np.random.default_rng(2))))
    dark = np.full((500, 700, 3), 12, dtype=np.uint8)
    assert "dark" in said(judge(dark))


def test_what_is_too_small_is_refused_with_its_size() -> None:
    assert "1 x 1 pixels" in said(judge(np.zeros((1, 1, 3), dtype=np.uint8)))
    assert "at least 32" in said(judge(np.zeros((20, 900, 3), dtype=np.uint8)))


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((0, 0, 3), dtype=np.uint8),
        np.zeros((10,), dtype=np.uint8),
        np.zeros((2, 3, 4, 5), dtype=np.uint8),
        np.zeros((50, 60, 2), dtype=np.uint8),
        np.array("page"),
        np.zeros((50, 60, 3), dtype=complex),
        [[1, 2], [3]],
        None,
    ],
    ids=str,
)
def test_what_is_no_picture_is_refused_in_words(array: object) -> None:
    verdict = judge(array)  # type: ignore[arg-type]
    assert (verdict.kind, verdict.accepted) == ("none", False)
    assert "not a picture" in said(verdict)


@settings(max_examples=25, deadline=None)
@given(
    arrays.arrays(
        st.sampled_from([np.uint8, np.uint16, np.float32, np.bool_, np.int64]),
        st.tuples(st.integers(0, 90), st.integers(0, 90))
        | st.tuples(st.integers(0, 90), st.integers(0, 90), st.sampled_from([1, 3, 4])),
        fill=st.just(1),
    )
)
def test_no_array_crashes_the_gate(array: np.ndarray) -> None:
    assert isinstance(judge(array), GateVerdict)


@pytest.mark.parametrize("shape", [(33, 3000), (3000, 33), (32, 32), (64, 70)])
def test_odd_shapes_are_measured(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    for pixels in (
        np.zeros((*shape, 3), dtype=np.uint8),
        np.full((*shape, 3), 255, dtype=np.uint8),
        rng.integers(0, 256, (*shape, 3), dtype=np.uint8),
    ):
        assert all(np.isfinite(value) for value in gate_features(pixels).values())
        assert not judge(pixels).accepted


def test_grey_and_real_pictures_are_judged_like_colour(recording: Recording) -> None:
    page = np.asarray(render(recording, layout="3x4+1", paper="grey", format="png", dpi=100).convert("L"))
    verdict = judge(page)
    assert verdict.accepted
    assert judge(page / 255.0).accepted
    assert judge(page.astype(np.uint16) * 257).accepted


def test_a_large_page_is_judged_quickly(recording: Recording) -> None:
    page = np.asarray(render(recording, layout="3x4+1", format="png", dpi=300).convert("RGB"))
    assert page.shape[0] * page.shape[1] > 3e6
    judge(page)
    spent = []
    for _ in range(3):
        begin = time.process_time()
        judge(page)
        spent.append(time.process_time() - begin)
    assert min(spent) < 0.7


def test_real_photos_and_scans_are_accepted(data_root: Path) -> None:
    verdicts = {
        path.name: judge(load_pages(path)[0].pixels) for path in sorted((data_root / "photos").iterdir())
    }
    refused = {name: said(verdict) for name, verdict in verdicts.items() if not verdict.accepted}
    assert refused == {}


def test_real_report_pages_and_beats_are_accepted(data_root: Path) -> None:
    for folder, kind, most in (("report_images", "page12", 0), ("beat_images", "beat", 1)):
        files = sorted((data_root / folder).glob("*/*"))[:: 30 if folder == "report_images" else 160]
        refused = [str(path) for path in files if not judge(load_pages(path)[0].pixels).accepted]
        assert len(refused) <= most, (kind, refused)
