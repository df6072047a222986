"""Batches depend on seed, epoch and step alone, and processes share them out."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from einthoven.training.augmentation import Jitter  # noqa: E402
from einthoven.training.batches import EpochBatches, Rows  # noqa: E402
from einthoven.training.samplers import Shuffle  # noqa: E402

ROWS = Rows(np.arange(50 * 187, dtype=np.float32).reshape(50, 1, 187) + 1, np.arange(50) % 5, n_classes=5)


def epoch(augmentations=(), **changes):
    settings = {"batch": 8, "seed": 3, "epoch": 0} | changes
    return EpochBatches(ROWS, Shuffle(), augmentations, **settings)


def test_an_epoch_shows_rows_once_and_leaves_out_the_last_odd_ones():
    data = epoch()
    firsts = torch.cat([waves[:, 0, 0] for waves, _ in data])
    assert len(data) == 6
    assert len(firsts) == len(firsts.unique()) == 48


def test_rows_keep_their_class():
    for waves, targets in epoch():
        rows = ((waves[:, 0, 0] - 1) / 187).round().long()
        assert torch.equal(targets.argmax(1), rows % 5)


def test_any_step_can_be_had_alone():
    changed = [Jitter(name="jitter", probability=1.0)]
    one, other = epoch(changed), epoch(changed)
    expected = [waves for waves, _ in one]
    assert torch.equal(other[4][0], expected[4])
    assert not torch.equal(epoch(changed, epoch=1)[4][0], expected[4])


def test_processes_share_out_each_batch():
    whole = epoch()
    parts = [epoch(rank=rank, world=2) for rank in range(2)]
    for step in range(len(whole)):
        together = torch.cat([part[step][0] for part in parts]).flatten(1)
        assert sorted(together[:, 0].tolist()) == sorted(whole[step][0].flatten(1)[:, 0].tolist())
