"""Made-up rhythms: each regime is what its name says."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.training.rhythms import LONGEST, REGIMES, SHORTEST, Sinus, draw_rhythm


def episode(name: str, beats: int = 400, seed: int = 0) -> list[tuple[float, str]]:
    chance = np.random.default_rng(seed)
    sinus = Sinus(chance, 0.8, 0.8)
    plan = []
    for part in islice(REGIMES[name][0](chance, sinus), beats):
        plan += part
    return plan


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), ventricular=st.booleans())
def test_a_rhythm_fills_its_duration_within_bounds(seed, ventricular):
    plan = draw_rhythm(np.random.default_rng(seed), 120, 0.8, ventricular)
    intervals = [rr for rr, _ in plan]
    assert sum(intervals) >= 120
    assert min(intervals) >= SHORTEST and max(intervals) <= LONGEST
    if not ventricular:
        assert not {"V", "F"} & {kind for _, kind in plan}


def test_same_seed_same_rhythm():
    one, other = (draw_rhythm(np.random.default_rng(7), 300, 0.9, True) for _ in range(2))
    assert one == other


@pytest.mark.parametrize("name", ["regular", "drifting", "pauses", "second-degree block"])
def test_sinus_regimes_hold_normal_beats_only(name):
    assert {kind for _, kind in episode(name)} == {"N"}


@pytest.mark.parametrize("name", ["atrial fibrillation", "atrial flutter"])
def test_beats_without_p_waves_are_not_called_supraventricular(name):
    assert "S" not in {kind for _, kind in episode(name)}


def test_bigeminy_alternates_early_and_late():
    plan = episode("atrial bigeminy")
    early = [rr for rr, kind in plan if kind == "S"]
    late = [rr for rr, kind in plan if kind == "N"]
    assert 0.4 < len(early) / len(plan) <= 0.5
    assert np.median(early) < 0.9 * np.median(late)


@pytest.mark.parametrize("seed", range(5))
def test_an_ectopic_majority_is_a_majority_broken_by_pauses(seed):
    plan = episode("ectopic majority", seed=seed)
    assert sum(kind == "S" for _, kind in plan) > len(plan) / 2
    assert np.median([rr for rr, k in plan if k == "S"]) < np.median([rr for rr, k in plan if k == "N"])


def test_fibrillation_is_irregular_and_sinus_rhythm_is_not():
    def irregularity(name: str) -> float:
        rr = np.array([rr for rr, _ in episode(name)])
        return float(np.median(np.abs(np.diff(np.log(rr)))))

    assert irregularity("atrial fibrillation") > 3 * irregularity("regular")
