"""Augmentation changes what must not matter and nothing else."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from einthoven.models.beat_inputs import AFTER, BEFORE, RHYTHM_FEATURES, SHAPE_FEATURES  # noqa: E402
from einthoven.training.beat_augmentation import IGNORED, augment  # noqa: E402


def batch(rows: int = 16, beats: int = 30):
    return {
        "waves": torch.randn(rows, beats, 2, 3, BEFORE + AFTER),
        "shapes": torch.randn(rows, beats, 2, len(SHAPE_FEATURES)),
        "rhythm": torch.randn(rows, beats, len(RHYTHM_FEATURES)),
        "present": torch.ones(rows, beats, 2),
        "valid": torch.ones(rows, beats),
        "classes": torch.randint(0, 5, (rows, beats)),
    }


def changed(lead_dropout: float = 0.2, seed: int = 0):
    before = batch()
    return before, augment(before, torch.Generator().manual_seed(seed), lead_dropout)


def test_classes_change_only_where_the_sequence_is_cut():
    before, after = changed()
    cut = after["valid"] == 0
    assert cut.any() and (after["classes"][cut] == IGNORED).all()
    assert torch.equal(after["classes"][~cut], before["classes"][~cut])


def test_some_lead_always_stays():
    _, after = changed(lead_dropout=1.0)
    assert (after["present"].sum(2) >= 1).all()


def test_leads_go_with_the_given_probability():
    _, none = changed(lead_dropout=0.0)
    assert none["present"].all()


def test_the_original_is_untouched():
    before = batch()
    copies = {name: values.clone() for name, values in before.items()}
    augment(before, torch.Generator().manual_seed(1), 0.5)
    assert all(torch.equal(before[name], copies[name]) for name in before)


def test_same_generator_same_batch():
    before = batch()
    one = augment(before, torch.Generator().manual_seed(3), 0.2)
    other = augment(before, torch.Generator().manual_seed(3), 0.2)
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_flipped_lead_swaps_its_extremes():
    before, after = changed()
    high, low = SHAPE_FEATURES.index("qrs_maximum"), SHAPE_FEATURES.index("qrs_minimum")
    same = (after["shapes"][..., high] - before["shapes"][..., high]).abs().mean((1,)) < 0.2
    swapped = (after["shapes"][..., high] + before["shapes"][..., low]).abs().mean((1,)) < 0.2
    assert (same ^ swapped).all() and same.any() and swapped.any()


def test_a_hidden_feature_is_hidden_throughout_its_sequence():
    before = batch(rows=32)
    after = augment(before, torch.Generator().manual_seed(0), 0.0, feature_dropout=0.3)
    for name in ("shapes", "rhythm"):
        hidden = (after[name] == 0).flatten(1, -2)
        assert torch.equal(hidden.any(1), hidden.all(1))
        assert 0.2 < hidden.all(1).float().mean() < 0.4
