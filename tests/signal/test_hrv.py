"""Heart rate variability: the Task Force's formulas by hand, which intervals count, minima."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.recording import Beats
from einthoven.signal.hrv import heart_rate_variability, spans_gap

FS = 1000


def beats(rr_ms: list[int] | np.ndarray, classes: str | None = None) -> Beats:
    samples = np.concatenate(([100], 100 + np.cumsum(rr_ms))).astype(np.int64)
    return Beats(samples, np.array(list(classes or "N" * len(samples))))


def test_formulas_by_hand() -> None:
    rr = [800, 810, 790, 900, 840, 780, 800, 860, 800, 810, 750, 801]
    got = heart_rate_variability(beats(rr), FS)
    differences = np.diff(rr)
    assert got.n_nn == 12
    assert got.n_differences == 11
    assert got.mean_nn_ms == pytest.approx(np.mean(rr))
    assert got.sdnn_ms == pytest.approx(np.std(rr, ddof=1))
    assert got.rmssd_ms == pytest.approx(np.sqrt(np.mean(differences**2)))
    # differences 10 20 110 60 60 20 60 60 10 60 51
    assert got.pnn50 == pytest.approx(100 * 7 / 11)


def test_a_difference_of_exactly_50_ms_does_not_count() -> None:
    assert heart_rate_variability(beats([800, 850] * 10), FS).pnn50 == 0
    assert heart_rate_variability(beats([800, 851] * 10), FS).pnn50 == 100


def test_only_intervals_between_adjacent_normal_beats_count() -> None:
    rr = [800] * 5 + [400, 1200] + [800] * 13
    got = heart_rate_variability(beats(rr, "NNNNNNVNNNNNNNNNNNNNN"), FS)
    assert got.n_nn == 18
    assert got.n_differences == 16
    assert got.sdnn_ms == pytest.approx(0, abs=1e-6)
    assert got.rmssd_ms == pytest.approx(0, abs=1e-6)


def test_intervals_across_a_gap_or_out_of_range_do_not_count() -> None:
    rr = [800] * 10 + [4000] + [800] * 10 + [100] + [800] * 5
    assert heart_rate_variability(beats(rr), FS).n_nn == 25
    assert heart_rate_variability(beats(rr), FS, gaps=[(2.0, 2.1)]).n_nn == 24
    assert heart_rate_variability(beats(rr), FS, gaps=[(2.0, 4.0), (2.5, 3.0)]).n_nn == 22


def test_segments_of_five_minutes() -> None:
    rr = [1000] * 300 + [800] * 375 + [600] * 500
    got = heart_rate_variability(Beats(np.concatenate(([0], np.cumsum(rr))), np.array(["N"] * 1176)), FS)
    assert got.n_segments == 3
    assert got.sdann_ms == pytest.approx(np.std([1000, 800, 600], ddof=1))
    assert got.sdnn_index_ms == pytest.approx(0, abs=1e-6)


def test_the_triangular_index_is_count_over_mode() -> None:
    rr = [800] * 600 + [900] * 300 + [1000] * 300
    assert heart_rate_variability(beats(rr), FS).triangular_index == pytest.approx(1200 / 600)
    assert heart_rate_variability(beats(rr[:900]), FS).triangular_index is None


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_too_few_beats_give_none_and_say_how_many(n: int) -> None:
    got = heart_rate_variability(Beats(800 * np.arange(n), np.array(["N"] * n, dtype="<U1")), FS)
    assert got.n_nn == max(n - 1, 0)
    assert got.sdnn_ms is got.rmssd_ms is got.sdann_ms is got.triangular_index is None
    assert (got.mean_nn_ms is None) == (n < 3)
    json.dumps(got.to_dict())


@given(st.lists(st.integers(250, 3000), min_size=12, max_size=200), st.sampled_from([250, 360, 1000]))
def test_measures_do_not_depend_on_the_start(rr: list[int], fs: int) -> None:
    one, two = beats(rr), beats(rr)
    later = Beats(two.samples + 12345, two.classes)
    first, second = heart_rate_variability(one, fs), heart_rate_variability(later, fs)
    assert first.n_nn == second.n_nn
    if first.sdnn_ms is not None:
        assert first.sdnn_ms == pytest.approx(second.sdnn_ms, abs=1e-6)


@given(
    st.lists(st.floats(0, 100), min_size=2, max_size=20),
    st.lists(st.tuples(st.floats(0, 100), st.floats(0.01, 10)), max_size=6),
)
def test_gaps_are_found_as_by_the_plain_definition(
    times: list[float], gaps: list[tuple[float, float]]
) -> None:
    seconds = np.sort(np.array(times))
    stretches = [(start, start + length) for start, length in gaps]
    want = [
        any(start < right and stop > left for start, stop in stretches) for left, right in pairwise(seconds)
    ]
    assert spans_gap(seconds, stretches).tolist() == want
