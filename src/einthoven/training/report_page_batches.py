"""Batches of digitised pages and of beats with statements, changed at random as recipes say."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from einthoven.recording import Int64
from einthoven.training.report_page_data import Pages, StatementBeats
from einthoven.training.report_page_recipe import BeatChanges, PageRecipe


class PageBatch(NamedTuple):
    """Pages and, beside them, beats with statements; of either there may be none."""

    beats: Tensor
    known: Tensor
    rhythm: Tensor
    targets: Tensor
    beside: Tensor
    beside_known: Tensor
    statements: Tensor


class PageBatches(Dataset[PageBatch]):
    """The batches of one epoch; all chance comes from ``(seed, epoch, step)``.

    Args:
        pages: to learn from; None: beats with statements alone.
        rows: of the pages, those that are learnt from.
        statements: beats of PTB-XL, or None.
        recipe: sizes of batches and how beats are changed.
        seed: of this network.
        epoch: its number.
    """

    def __init__(
        self,
        pages: Pages | None,
        rows: Int64,
        statements: StatementBeats | None,
        recipe: PageRecipe,
        *,
        seed: int,
        epoch: int,
    ) -> None:
        self.pages, self.rows, self.statements, self.recipe = pages, rows, statements, recipe
        self.seed = (seed, epoch)
        options = recipe.statements
        if pages is not None:
            self.steps = recipe.training.steps or max(1, len(rows) // recipe.training.batch)
            times = -(-self.steps * recipe.training.batch // len(rows))
        else:
            assert statements is not None and options is not None
            self.steps, times = max(1, len(statements) // options.batch), 1
        chance = np.random.default_rng((*self.seed, 0))
        n = len(rows) if pages is not None else len(statements or ())
        self.order = np.concatenate([chance.permutation(n) for _ in range(times)])

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, step: int) -> PageBatch:
        if step >= len(self):
            raise IndexError(step)
        seed = np.random.SeedSequence((*self.seed, 1, step))
        chance = np.random.default_rng(seed)
        generator = torch.Generator().manual_seed(int(seed.generate_state(1)[0]))
        options, changes = self.recipe.statements, self.recipe.changes
        n_statements = self.statements.targets.shape[1] if self.statements is not None else 0
        pages = (torch.zeros(0, 12, 96), torch.zeros(0, 12), torch.zeros(0, 11), torch.zeros(0, 4))
        beside = (torch.zeros(0, 12, 96), torch.zeros(0, 12), torch.zeros(0, n_statements))
        if self.pages is not None:
            size = self.recipe.training.batch
            chosen = self.rows[self.order[step * size : (step + 1) * size]]
            beats, known = changed(
                torch.from_numpy(self.pages.beats[chosen]),
                torch.from_numpy(self.pages.known[chosen]),
                changes,
                generator,
            )
            rhythm = torch.from_numpy(self.pages.rhythm[chosen])
            rhythm = rhythm + changes.rhythm * torch.randn(rhythm.shape, generator=generator)
            pages = (beats, known, rhythm, torch.eye(4)[torch.from_numpy(self.pages.classes[chosen])])
        if self.statements is not None and options is not None:
            if self.pages is None:
                rows = self.order[step * options.batch : (step + 1) * options.batch]
            else:
                rows = chance.integers(0, len(self.statements), options.beside)
            values = torch.from_numpy(self.statements.beats[rows])
            found, there = changed(values, torch.ones(len(rows), 12), changes, generator)
            beside = (found, there, torch.from_numpy(self.statements.targets[rows]))
        return PageBatch(*pages, *beside)


def changed(
    beats: Tensor, known: Tensor, options: BeatChanges, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return changed copies of typical beats ``(n, 12, 96)`` and of which leads are there ``(n, 12)``."""
    n = len(beats)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator)

    beats = beats * torch.exp(options.gain * normal(n, 1, 1) + options.lead_gain * normal(n, 12, 1))
    if options.shift:
        by = int(torch.randint(-options.shift, options.shift + 1, (1,), generator=generator))
        beats = torch.roll(beats, by, dims=2)
    beats = beats + options.level * normal(n, 12, 1) + options.noise * normal(*beats.shape)
    picked = torch.rand(n, generator=generator) < options.left_out
    gone = torch.rand(n, 12, generator=generator) < 0.95 * torch.rand(n, 1, generator=generator)
    kept = torch.where(picked[:, None] & gone, 0.0, known)
    kept = torch.where(kept.sum(dim=1, keepdim=True) > 0, kept, known)
    return beats * kept[..., None], kept
