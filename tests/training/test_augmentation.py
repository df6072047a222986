"""Augmentations of signals: what they change, what they leave, and that chance is the generator's alone."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from pydantic import TypeAdapter  # noqa: E402

from einthoven.training.augmentation import AnyAugmentation, augment  # noqa: E402

NAMES = ["time_warp", "jitter", "scale", "roll", "baseline_wander", "muscle_noise", "mixup", "lead_drop"]
ADAPTER = TypeAdapter(AnyAugmentation)


def options(name: str, **settings):
    return ADAPTER.validate_python({"name": name, "probability": 1.0, **settings})


def batch(rows: int = 30, leads: int = 2):
    at = torch.arange(187)
    waves = torch.stack([torch.sin(at / (5 + lead)) + 1.5 for lead in range(leads)]).repeat(rows, 1, 1)
    waves = waves * torch.linspace(0.5, 1, rows)[:, None, None]
    waves[..., 150:] = 0  # padding
    targets = torch.eye(5)[torch.arange(rows) % 5]
    return waves, targets


def changed(*chosen, seed: int = 0, leads: int = 2):
    waves, targets = batch(leads=leads)
    return augment(waves, targets, chosen, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", NAMES)
def test_it_changes_rows_the_same_way_for_the_same_seed(name):
    waves, _ = batch()
    one, other, third = changed(options(name)), changed(options(name)), changed(options(name), seed=1)
    assert torch.equal(one[0], other[0])
    assert not torch.equal(one[0], third[0])
    assert not torch.equal(one[0], waves)
    assert one[0].shape == waves.shape
    assert torch.isfinite(one[0]).all()


@pytest.mark.parametrize("name", NAMES)
def test_what_was_given_stays_as_it_was_and_padding_stays_0(name):
    waves, targets = batch()
    before = waves.clone(), targets.clone()
    after, soft = augment(waves, targets, [options(name)], torch.Generator().manual_seed(0))
    assert torch.equal(waves, before[0])
    assert torch.equal(targets, before[1])
    assert not after[..., 150:].any()
    torch.testing.assert_close(soft.sum(1), torch.ones(len(soft)))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "mixup"])
def test_only_rows_of_the_classes_named(name):
    waves, targets = batch()
    after, soft = changed(options(name, classes=["S", "F"]))
    same = (after == waves).flatten(1).all(1)
    rare = torch.isin(targets.argmax(1), torch.tensor([1, 3]))
    assert same[~rare].all()
    assert not same[rare].all()
    assert torch.equal(soft, targets)


def test_probability():
    waves, _ = batch()
    after, _ = changed(options("jitter", probability=0.3))
    share = (after != waves).flatten(1).any(1).float().mean()
    assert 0.05 < share < 0.6
    assert torch.equal(changed(options("jitter", probability=0.0))[0], waves)


def test_mixup_mixes_rows_as_targets():
    waves, _ = batch()
    after, soft = changed(options("mixup", alpha=1.0))
    assert (soft.max(1).values < 0.99).any()
    # All rows are one curve times a gain: a mixture is that curve again, its gain the mixture of gains.
    ratio = after[:, 0, :150] / waves[0, 0, :150]
    torch.testing.assert_close(ratio, ratio[:, :1].expand_as(ratio))


def test_roll_moves_by_at_most_what_was_said():
    waves = torch.zeros(50, 1, 187)
    waves[..., 100] = 1
    waves[..., 186] = 1e-6  # no padding
    after, _ = augment(
        waves, torch.eye(5)[torch.zeros(50).long()], [options("roll", samples=3)],
        torch.Generator().manual_seed(0),
    )  # fmt: skip
    places = after[:, 0].argmax(1)
    assert set(places.tolist()) == {97, 98, 99, 100, 101, 102, 103}


def test_lead_drop_leaves_a_lead():
    after, _ = changed(options("lead_drop", share=0.95), leads=3)
    alive = after.flatten(2).abs().sum(2) > 0
    assert alive.any(1).all()
    assert not alive.all()


def test_time_warp_keeps_the_order_of_what_is_seen():
    waves = torch.linspace(0.1, 1, 187).repeat(40, 1, 1)
    after, _ = augment(
        waves, torch.eye(5)[torch.zeros(40).long()], [options("time_warp", share=0.05)],
        torch.Generator().manual_seed(0),
    )  # fmt: skip
    assert (after.diff() >= -1e-6).all()
