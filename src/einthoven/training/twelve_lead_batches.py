"""Batches of 12-lead records: augmented, cut, with leads masked; a matter of seed, epoch and step alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from einthoven.training.augmentation import augment
from einthoven.training.twelve_lead_data import Records
from einthoven.training.twelve_lead_recipe import LeadMasks, Printed, Shortened, TwelveLeadRecipe

N_LIMB = 6


class Batch(NamedTuple):
    """One step.

    Attributes:
        ecg: millivolt, 0 where missing, shape ``(rows, 12, 1000)``.
        known: 1 where a lead is there, else 0, shape ``(rows, 12)``.
        targets: shape ``(rows, n_classes)``, NaN where not known.
        auxiliary: shape ``(rows, n_auxiliary)``, NaN where not known.
    """

    ecg: Tensor
    known: Tensor
    targets: Tensor
    auxiliary: Tensor


class RecordBatches(Dataset[Batch]):
    """The batches of one epoch; item ``i`` is step ``i``.

    Several processes share each batch: process ``rank`` of ``world`` has every ``world``-th record.
    """

    def __init__(
        self,
        records: Records,
        recipe: TwelveLeadRecipe,
        *,
        seed: int,
        epoch: int,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self.records = records
        self.recipe = recipe
        self.seed = (seed, epoch)
        self.rank, self.world = rank, world
        self.order = np.random.default_rng((*self.seed, 0)).permutation(len(records))

    def __len__(self) -> int:
        """Steps of the epoch; records left over by the last whole batch wait for another epoch."""
        return max(1, len(self.order) // self.recipe.training.batch)

    def __getitem__(self, step: int) -> Batch:
        if step >= len(self):
            raise IndexError(step)
        size = self.recipe.training.batch
        rows = self.order[step * size : (step + 1) * size]
        seed = np.random.SeedSequence((*self.seed, 1, step))
        chance = np.random.default_rng(seed)
        generator = torch.Generator().manual_seed(int(seed.generate_state(1)[0]))
        choice = chance.integers(0, len(self.records.signals), len(rows))
        ecg = torch.from_numpy(self.records.version(choice, rows))
        targets = torch.from_numpy(self.records.targets[rows])
        ecg, _ = augment(ecg, targets, self.recipe.augmentations, generator)
        ecg = ecg - ecg.mean(2, keepdim=True)
        if self.recipe.shortened is not None:
            ecg = shortened(ecg, self.recipe.shortened, generator)
        if self.recipe.printed is not None:
            ecg = printed(ecg, self.recipe.printed, generator)
        known = torch.ones(ecg.shape[:2])
        if self.recipe.masks is not None:
            known = draw_masks(len(rows), self.recipe.masks, generator)
        batch = Batch(ecg * known[..., None], known, targets, torch.from_numpy(self.records.auxiliary[rows]))
        return Batch(*(values[self.rank :: self.world] for values in batch))


def draw_masks(n: int, options: LeadMasks, generator: torch.Generator) -> Tensor:
    """Return which leads are kept, shape ``(n, 12)``, at least one of each row."""
    known = torch.ones(n, 12)
    masked = torch.rand(n, generator=generator) < options.probability
    kind = torch.rand(n, generator=generator)
    order = torch.rand(n, 12, generator=generator).argsort(1).argsort(1)
    n_kept = torch.randint(1, 12, (n, 1), generator=generator)
    limb, lead_i, lead_ii = (
        torch.zeros(12).index_fill(0, torch.tensor(kept), 1.0) for kept in ([*range(N_LIMB)], [0], [1])
    )
    masks = (order < n_kept).float()
    masks[kind < options.limb + options.lead_i + options.lead_ii] = lead_ii
    masks[kind < options.limb + options.lead_i] = lead_i
    masks[kind < options.limb] = limb
    known[masked] = masks[masked]
    return known


def printed(ecg: Tensor, options: Printed, generator: torch.Generator) -> Tensor:
    """Return records some of which are there as on a page: 3 x 4 or 6 x 2 columns one after the other."""
    n_times = ecg.shape[2]
    picked = torch.rand(len(ecg), generator=generator) < options.probability
    columns = torch.where(torch.rand(len(ecg), generator=generator) < 0.75, 4, 2)
    strip = torch.rand(len(ecg), generator=generator) < 0.6
    ecg = ecg.clone()
    for row in picked.nonzero()[:, 0].tolist():
        there = on_page(int(columns[row]), bool(strip[row]), n_times)
        mean = (ecg[row] * there).sum(1, keepdim=True) / there.sum(1, keepdim=True)
        ecg[row] = (ecg[row] - mean) * there
    return ecg


def on_page(columns: int, strip: bool, n_times: int) -> Tensor:
    """Return 1 where a page of so many columns shows leads, float32 ``(12, n_times)``; or all of II."""
    column = torch.arange(12) // (12 // columns)
    there = (torch.arange(n_times) * columns // n_times == column[:, None]).float()
    if strip:
        there[1] = 1.0
    return there


def shortened(ecg: Tensor, options: Shortened, generator: torch.Generator) -> Tensor:
    """Return records some of which are cut to a random stretch, moved to the start and followed by zeros."""
    n_times = ecg.shape[2]
    picked = torch.rand(len(ecg), generator=generator) < options.probability
    length, start = torch.rand(2, len(ecg), generator=generator)
    ecg = ecg.clone()
    for row in picked.nonzero()[:, 0].tolist():
        n = round(n_times * (options.shortest + (1 - options.shortest) * float(length[row])))
        first = int(float(start[row]) * (n_times - n + 1))
        piece = ecg[row, :, first : first + n].clone()
        ecg[row, :, n:] = 0
        ecg[row, :, :n] = piece - piece.mean(1, keepdim=True)
    return ecg
