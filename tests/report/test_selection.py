"""What a long report shows: the telling stretches, each once, with reasons."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from einthoven.recording import Beats, Recording
from einthoven.report.selection import MOST_STRIPS, STRIP_S, choose_highlights
from einthoven.report.strips import draw_strips
from einthoven.report.trend import rate_trend

FS = 100.0


def beats_at_60(n: int, **letters: list[int]) -> Beats:
    """One beat a second from 0.5 s on; ``letters`` name those that are not N by index."""
    classes = np.full(n, "N")
    for letter, indices in letters.items():
        classes[indices] = letter
    probabilities = np.full((n, 5), 0.02, np.float32)
    for column, letter in enumerate("NSVFQ"):
        probabilities[classes == letter, column] = 0.92
    return Beats(np.arange(n) * 100 + 50, classes, probabilities=probabilities)


def silence(seconds: int) -> Recording:
    signals = np.random.default_rng(0).normal(0, 0.05, (1, seconds * 100)).astype(np.float32)
    return Recording(signals, FS, ("II",), "made")


def test_each_kind_of_event_is_shown(make_analysis) -> None:
    beats = beats_at_60(900, V=[100, 101, 102, 103, 300, 301, 700], S=[400], F=[500])
    beats.probabilities[600] = (0.4, 0.3, 0.3, 0.0, 0.0)
    keep = np.ones(900, bool)
    keep[[200, 201]] = False  # a pause of 3 s
    beats = Beats(beats.samples[keep], beats.classes[keep], probabilities=beats.probabilities[keep])
    chosen = choose_highlights(make_analysis(silence(900), beats))
    shown = {reason: h.start for h in chosen for reason in h.reasons}

    def start(words: str) -> float:
        return next(at for reason, at in shown.items() if reason.startswith(words))

    for words, time in (
        ("Ventricular run", 100.5), ("Ventricular couplet", 300.5), ("Pause", 199.5), ("First S beat", 400.5),
        ("First F beat", 500.5), ("Uncertain beat at 10:00.5", 600.5),
    ):  # fmt: skip
        assert start(words) <= time <= start(words) + STRIP_S


def test_strips_are_few_distinct_and_in_time_order(make_analysis) -> None:
    rng = np.random.default_rng(1)
    beats = beats_at_60(3000, V=rng.choice(3000, 400, replace=False).tolist())
    chosen = choose_highlights(make_analysis(silence(3000), beats))
    assert 3 <= len(chosen) <= MOST_STRIPS
    assert all(a.start < b.start for a, b in pairwise(chosen))
    assert all(0 <= h.start <= 3000 - STRIP_S for h in chosen)


def test_without_beats_the_beginning_is_shown(make_analysis) -> None:
    strips = draw_strips(make_analysis(silence(900)))
    assert strips.places == [(0.0, 10.0, "s0")]
    assert "The beginning" in "".join(strips.html)


def test_every_second_of_a_short_recording_has_its_strip(make_analysis) -> None:
    strips = draw_strips(make_analysis(silence(95), beats_at_60(95)))
    assert all(strips.link(t) == f"s{int(t // 10) * 100}" for t in (0.0, 9.99, 10.0, 94.9))
    assert strips.link(100.0) == ""


def test_rate_trend_knows_its_answer() -> None:
    samples = np.concatenate([np.arange(0, 6000, 100), np.arange(6000, 12000, 50)])
    trend = rate_trend(samples, FS, 1200.0)
    assert trend.bin_s == 10.0
    assert np.allclose(trend.median[:6], 60.0)
    assert np.allclose(trend.median[7:12], 120.0)
    assert np.isnan(trend.median[12:]).all()
