"""Mixtures of a patient's own beats are found where they can be, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.models.beat_inputs import AFTER, BEFORE, RHYTHM_FEATURES, BeatInputs
from einthoven.models.fusion_beats import BELIEF, DESCRIPTION, find_fusion_beats, with_belief

N, S, V = (np.eye(5, dtype=np.float32)[i] * 6 for i in range(3))
N_BEATS, FUSED = 100, 50
TIME = np.arange(BEFORE + AFTER) - BEFORE
NARROW = np.exp(-0.5 * (TIME / 3) ** 2) - 0.3 * np.exp(-0.5 * ((TIME - 30) / 8) ** 2)
WIDE = -0.8 * np.exp(-0.5 * ((TIME - 4) / 9) ** 2) + 0.5 * np.exp(-0.5 * ((TIME - 32) / 9) ** 2)


def recording(
    share: float = 0.5, early: float = 0.0, n_ventricular: int = 20, called: np.ndarray = V
) -> tuple[np.ndarray, BeatInputs]:
    """Every beat normal but for some early ventricular ones and one mixture, beat 50; both leads alike."""
    chance = np.random.default_rng(0)
    ventricular = np.linspace(2, N_BEATS - 2, n_ventricular).astype(int) // 2 * 2 + 1
    waves = np.tile(NARROW, (N_BEATS, 1))
    waves[ventricular] = WIDE
    waves[FUSED] = (1 - share) * NARROW + share * WIDE
    waves = waves + 0.01 * chance.standard_normal(waves.shape)
    logits = np.tile(N, (N_BEATS, 1))
    logits[ventricular] = V
    logits[FUSED] = called
    rhythm = np.zeros((N_BEATS, len(RHYTHM_FEATURES)), np.float32)
    coming = rhythm[:, RHYTHM_FEATURES.index("log_rr_before_over_p50_of_30")]
    coming[ventricular] = -0.3
    coming[FUSED] = early
    both = np.zeros((N_BEATS, 2, 3, BEFORE + AFTER), np.float16)
    both[:, :, 0] = waves[:, np.newaxis]
    present = np.ones((N_BEATS, 2), np.float32)
    return logits, BeatInputs(both, np.zeros((N_BEATS, 2, 1), np.float32), rhythm, present)


@pytest.mark.parametrize("called", [N, V], ids=["called N", "called V"])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_a_mixture_that_comes_when_due_is_found_and_nothing_else(share: float, called: np.ndarray) -> None:
    found = find_fusion_beats(*recording(share, called=called))
    assert np.flatnonzero(found).tolist() == [FUSED]


@pytest.mark.parametrize(
    "changes",
    [
        {"share": 0.0},
        {"share": 0.1},
        {"share": 0.95},
        {"early": -0.2},
        {"early": 0.2},
        {"n_ventricular": 4},
        {"called": S},
    ],
    ids=str,
)
def test_what_does_not_fit_the_definition_is_left_alone(changes: dict) -> None:
    assert not find_fusion_beats(*recording(**changes)).any()


def test_a_third_shape_is_no_mixture() -> None:
    logits, inputs = recording()
    inputs.waves[FUSED, :, 0] = np.sin(TIME / 5)
    assert not find_fusion_beats(logits, inputs).any()


def test_a_lead_without_signal_does_not_count() -> None:
    logits, inputs = recording()
    inputs.present[:, 1] = 0
    inputs.waves[FUSED, 1, 0] = 6.0  # whatever stands there
    assert np.flatnonzero(find_fusion_beats(logits, inputs)).tolist() == [FUSED]


def test_of_two_ventricular_shapes_either_may_fuse() -> None:
    logits, inputs = recording(n_ventricular=40)
    second = np.flatnonzero(logits[:, 2] > 0)
    second = second[second != FUSED][::2]
    inputs.waves[second, :, 0] = -WIDE
    inputs.waves[FUSED, :, 0] = 0.5 * NARROW - 0.5 * WIDE
    assert np.flatnonzero(find_fusion_beats(logits, inputs)).tolist() == [FUSED]


def test_no_beats_are_no_fusion_beats() -> None:
    logits, inputs = recording()
    assert find_fusion_beats(logits[:0], inputs[:0]).shape == (0,)


@given(st.lists(st.floats(0.01, 1), min_size=5, max_size=5), st.sampled_from([np.float32, np.float64]))
def test_probabilities_still_add_up(row: list[float], kind: type) -> None:
    before = np.tile(np.array(row, kind) / np.sum(row), (3, 1)).astype(kind)
    after = with_belief(before, np.array([False, True, False]))
    assert after.dtype == kind
    np.testing.assert_allclose(after.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(after[[0, 2]], before[[0, 2]])
    assert after[1].argmax() == 3
    np.testing.assert_allclose(after[1, :3], (1 - BELIEF) * before[1, :3], rtol=1e-5)


def test_the_description_for_cards_names_the_numbers_in_use() -> None:
    assert f"{BELIEF:g} more for F" in DESCRIPTION
