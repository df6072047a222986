"""Training rows in memory, dealt out in batches that depend on seed, epoch and step alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from einthoven.recording import Float32, Int64
from einthoven.training.augmentation import AnyAugmentation, augment
from einthoven.training.samplers import Sampler, draw_epoch


@dataclass(frozen=True, eq=False)
class Rows:
    """Labelled signals.

    Attributes:
        waves: float32, shape ``(n, n_leads, n_samples)``.
        classes: int64, shape ``(n,)``.
        n_classes: classes there are, whether they occur or not.
    """

    waves: Float32
    classes: Int64
    n_classes: int

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def counts(self) -> Int64:
        """Rows of each class, shape ``(n_classes,)``."""
        return np.bincount(self.classes, minlength=self.n_classes)


class EpochBatches(Dataset[tuple[Tensor, Tensor]]):
    """The batches of one epoch; item ``i`` is step ``i``: waves and soft targets ``(rows, n_classes)``.

    A batch is made at once, by indexing and vectorised augmentation: row by row it would take longer than the
    network. All chance comes from ``(seed, epoch, step)``, so that an epoch that was cut off can be taken up
    again. Several processes share each batch: process ``rank`` of ``world`` has every ``world``-th row.
    """

    def __init__(
        self,
        rows: Rows,
        sampler: Sampler,
        augmentations: Sequence[AnyAugmentation],
        *,
        batch: int,
        seed: int,
        epoch: int,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self.waves = torch.from_numpy(rows.waves)
        self.targets = torch.eye(rows.n_classes)[torch.from_numpy(rows.classes)]
        self.augmentations = augmentations
        self.batch = batch
        self.seed = (seed, epoch)
        self.rank, self.world = rank, world
        self.order = draw_epoch(sampler, rows.classes, np.random.default_rng((*self.seed, 0)))

    def __len__(self) -> int:
        """Steps of the epoch; rows left over by the last whole batch wait for another epoch."""
        return max(1, len(self.order) // self.batch)

    def __getitem__(self, step: int) -> tuple[Tensor, Tensor]:
        if step >= len(self):
            raise IndexError(step)
        chosen = torch.from_numpy(self.order[step * self.batch : (step + 1) * self.batch])
        seed = np.random.SeedSequence((*self.seed, 1, step)).generate_state(1)[0]
        generator = torch.Generator().manual_seed(int(seed))
        waves, targets = augment(self.waves[chosen], self.targets[chosen], self.augmentations, generator)
        return waves[self.rank :: self.world], targets[self.rank :: self.world]
