"""Like beats agree, a beat unlike all others keeps its own answer, nothing is lost or moved."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.models.beat_inputs import AFTER, BEFORE, RHYTHM_FEATURES, BeatInputs
from einthoven.models.bundle import load_bundle
from einthoven.models.like_beats import DESCRIPTION, MOST_BEATS, averaged_over_like_beats, pieces

N, S, V = (np.eye(5, dtype=np.float32)[i] * 6 for i in range(3))


def beats(shapes: list[int], early: list[float] | None = None) -> BeatInputs:
    """Beats of a few shapes, one lead; ``early`` is the logarithm of how early each comes."""
    n = len(shapes)
    waves = np.zeros((n, 2, 3, BEFORE + AFTER), np.float16)
    time = np.arange(BEFORE + AFTER)
    for beat, shape in enumerate(shapes):
        waves[beat, 0, 0] = np.exp(-0.5 * ((time - BEFORE) / (3 + 4 * shape)) ** 2) * (1, -1)[shape % 2]
    rhythm = np.zeros((n, len(RHYTHM_FEATURES)), np.float32)
    rhythm[:, RHYTHM_FEATURES.index("log_rr_before_over_p50_of_30")] = early or 0.0
    present = np.tile(np.array([1, 0], np.float32), (n, 1))
    return BeatInputs(waves, np.zeros((n, 2, 1), np.float32), rhythm, present)


def test_one_doubt_among_many_like_beats_is_overruled() -> None:
    logits = np.stack([N] * 100)
    logits[40] = V - 3
    averaged = averaged_over_like_beats(logits, beats([0] * 100))
    assert (averaged.argmax(axis=1) == 0).all()


def test_a_beat_unlike_all_others_keeps_its_answer() -> None:
    shapes = [0] * 100
    shapes[40] = 1
    logits = np.stack([N] * 100)
    logits[40] = V
    averaged = averaged_over_like_beats(logits, beats(shapes))
    assert averaged.argmax(axis=1).tolist() == [0] * 40 + [2] + [0] * 59
    np.testing.assert_allclose(averaged[40], V, atol=0.1)


def test_a_beat_that_looks_the_same_but_comes_early_is_another() -> None:
    early = [0.0] * 100
    early[40] = -0.5
    logits = np.stack([N] * 100)
    logits[40] = S
    assert averaged_over_like_beats(logits, beats([0] * 100, early)).argmax(axis=1)[40] == 1


def test_a_lead_without_signal_does_not_count() -> None:
    inputs = beats([0] * 40)
    inputs.waves[20, 1, 0] = 6.0  # whatever stands there
    logits = np.stack([N] * 40)
    logits[20] = V - 3
    assert averaged_over_like_beats(logits, inputs)[20].argmax() == 0


@given(n=st.integers(0, 40), seed=st.integers(0, 9))
def test_averages_stay_within_what_was_said(n: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    logits = chance.normal(0, 5, (n, 5)).astype(np.float32)
    averaged = averaged_over_like_beats(logits, beats(chance.integers(0, 3, n).tolist()))
    assert averaged.shape == (n, 5)
    if n:
        assert (averaged <= logits.max(axis=0) + 1e-4).all() and (averaged >= logits.min(axis=0) - 1e-4).all()


@pytest.mark.parametrize("n", [0, 1, MOST_BEATS, MOST_BEATS + 1, 100_000])
def test_pieces_are_the_whole_in_order_and_of_like_size(n: int) -> None:
    parts = list(pieces(n))
    assert [at for begin, stop in parts for at in range(begin, stop)] == list(range(n))
    sizes = [stop - begin for begin, stop in parts]
    assert all(0 < size <= MOST_BEATS for size in sizes)
    assert not sizes or max(sizes) - min(sizes) <= 1


def test_a_long_recording_is_answered_piece_by_piece() -> None:
    n = MOST_BEATS + 2
    chance = np.random.default_rng(0)
    inputs, logits = beats([0] * n), chance.normal(0, 3, (n, 5)).astype(np.float32)
    half = n // 2
    parts = [averaged_over_like_beats(logits[part], inputs[part]) for part in (slice(half), slice(half, n))]
    np.testing.assert_array_equal(averaged_over_like_beats(logits, inputs), np.concatenate(parts))


def test_the_cards_that_ship_describe_what_is_done() -> None:
    for name in ("beats", "beats-ds1"):
        assert DESCRIPTION in load_bundle(name).card.input.outputs[0].description
