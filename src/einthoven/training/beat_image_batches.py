"""Drawings in memory, dealt out in batches that depend on seed, epoch and step alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import Dataset

from einthoven.recording import Int64
from einthoven.training.beat_image_recipe import (
    CurveClip,
    CurveCrop,
    CurveNoise,
    DrawingAugmentation,
    MixedPairs,
    ShearZoomFlip,
)
from einthoven.training.samplers import Sampler, draw_epoch


@dataclass(frozen=True, eq=False)
class Drawings:
    """Labelled drawings as a network takes them.

    Attributes:
        values: curves float16 ``(n, 3, 128)``, or pixels uint8 ``(n, channels, size, size)``.
        classes: int64, shape ``(n,)``, indices into the recipe's classes.
        n_classes: classes there are, whether they occur or not.
        owners: patient of each, ``""`` where not known.
        sources: of each: the database, or the folder of pictures.
    """

    values: npt.NDArray[Any]
    classes: Int64
    n_classes: int
    owners: npt.NDArray[np.str_]
    sources: npt.NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def counts(self) -> Int64:
        """Drawings of each class, shape ``(n_classes,)``."""
        return np.bincount(self.classes, minlength=self.n_classes)

    def take(self, index: npt.NDArray[Any]) -> Drawings:
        """Return the drawings at ``index``, in that order."""
        return Drawings(
            self.values[index], self.classes[index], self.n_classes, self.owners[index], self.sources[index]
        )


def joined(parts: Sequence[Drawings]) -> Drawings:
    """Return the drawings of all parts, one after the other."""
    return Drawings(
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.classes for part in parts]),
        parts[0].n_classes,
        np.concatenate([part.owners for part in parts]),
        np.concatenate([part.sources for part in parts]),
    )


def as_floats(values: npt.NDArray[Any]) -> Tensor:
    """Return values as networks take them: pixels from 0 to 1, curves as they are, float32."""
    tensor = torch.from_numpy(np.ascontiguousarray(values))
    return tensor.float() / 255 if tensor.dtype == torch.uint8 else tensor.float()


class DrawingBatches(Dataset[tuple[Tensor, Tensor]]):
    """The batches of one epoch; item ``i`` is step ``i``: inputs and soft targets ``(rows, n_classes)``.

    All chance comes from ``(seed, epoch, step)``, so that an epoch that was cut off can be taken up again.
    Several processes share each batch: process ``rank`` of ``world`` has every ``world``-th row.
    """

    def __init__(
        self,
        drawings: Drawings,
        sampler: Sampler,
        augmentations: Sequence[DrawingAugmentation],
        *,
        batch: int,
        seed: int,
        epoch: int,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self.drawings = drawings
        self.augmentations = augmentations
        self.batch = batch
        self.seed = (seed, epoch)
        self.rank, self.world = rank, world
        self.order = draw_epoch(sampler, drawings.classes, np.random.default_rng((*self.seed, 0)))

    def __len__(self) -> int:
        """Steps of the epoch; rows left over by the last whole batch wait for another epoch."""
        return max(1, len(self.order) // self.batch)

    def __getitem__(self, step: int) -> tuple[Tensor, Tensor]:
        if step >= len(self):
            raise IndexError(step)
        chosen = self.order[step * self.batch : (step + 1) * self.batch]
        seed = np.random.SeedSequence((*self.seed, 1, step)).generate_state(1)[0]
        generator = torch.Generator().manual_seed(int(seed))
        targets = torch.eye(self.drawings.n_classes)[torch.from_numpy(self.drawings.classes[chosen])]
        values = as_floats(self.drawings.values[chosen])
        for options in self.augmentations:
            values, targets = changed(values, targets, options, generator)
        return values[self.rank :: self.world], targets[self.rank :: self.world]


def changed(
    values: Tensor, targets: Tensor, options: DrawingAugmentation, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return changed copies of a batch.

    Args:
        values: inputs, see `Drawings.values`, float32.
        targets: shape ``(batch, n_classes)``, each row sums to 1.
        options: what is changed.
        generator: of all chance.
    """
    if isinstance(options, ShearZoomFlip):
        return _sheared(values, options, generator), targets
    picked = torch.rand(len(values), generator=generator) < options.probability
    if not picked.any():
        return values, targets
    values, targets = values.clone(), targets.clone()
    match options:
        case CurveCrop():
            values[picked] = _cropped(values[picked], options.share, generator)
        case CurveClip():
            values[picked] = _clipped(values[picked], options.share, generator)
        case CurveNoise():
            values[picked] = _noisy(values[picked], options, generator)
        case MixedPairs():
            n = int(picked.sum())
            alpha = torch.full((n,), options.alpha)
            first = torch._standard_gamma(alpha, generator=generator)
            second = torch._standard_gamma(alpha, generator=generator)
            share = torch.maximum(first, second) / (first + second).clamp(min=1e-6)
            other = torch.randperm(n, generator=generator)
            rows, wanted = values[picked], targets[picked]
            wide = share.view(-1, *([1] * (values.ndim - 1)))
            values[picked] = wide * rows + (1 - wide) * rows[other]
            targets[picked] = share[:, None] * wanted + (1 - share[:, None]) * wanted[other]
    return values, targets


def _cropped(curves: Tensor, share: float, generator: torch.Generator) -> Tensor:
    n, _, columns = curves.shape
    ends = share * torch.rand(n, 2, generator=generator)
    place = torch.linspace(0, 1, columns)
    at = (ends[:, :1] + place * (1 - ends.sum(1, keepdim=True))) * (columns - 1)
    before = at.floor().clamp(max=columns - 2).long()
    part = (at - before)[:, None]
    index = before[:, None].expand(-1, 3, -1)
    return _stretched((1 - part) * curves.gather(2, index) + part * curves.gather(2, index + 1))


def _clipped(curves: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Return curves without what lies above and below two levels; columns wholly outside are not there."""
    ends = share * torch.rand(len(curves), 2, generator=generator)
    ends = ends * (torch.rand(len(curves), 2, generator=generator) < 0.6)
    scale = (1 / ends.sum(1, keepdim=True).clamp(min=0.8)).clamp(max=1.0)
    low, high = (ends * scale)[:, :1], 1 - (ends * scale)[:, 1:]
    centre, extent, present = curves.unbind(1)
    bottom, top = centre - extent / 2, centre + extent / 2
    outside = (bottom > high) | (top < low)
    bottom, top = (torch.minimum(torch.maximum(edge, low), high) for edge in (bottom, top))
    present = torch.where(outside, torch.zeros_like(present), present)
    return _stretched(torch.stack([(bottom + top) / 2, top - bottom, present], 1))


def _stretched(curves: Tensor) -> Tensor:
    """Return curves from 0 at the lowest to 1 at the highest point again."""
    centre, extent, present = curves.unbind(1)
    low = (centre - extent / 2).amin(1, keepdim=True)
    span = ((centre + extent / 2).amax(1, keepdim=True) - low).clamp(min=1e-3)
    return torch.stack([(centre - low) / span, extent / span, present], 1)


def _noisy(curves: Tensor, options: CurveNoise, generator: torch.Generator) -> Tensor:
    n, _, columns = curves.shape
    size = options.size * torch.rand(n, 1, generator=generator)
    centre, extent, present = curves.unbind(1)
    centre = centre + size * torch.randn(n, columns, generator=generator)
    extent = (extent + size * torch.randn(n, columns, generator=generator)).clamp(min=0)
    lost = torch.rand(n, columns, generator=generator) < options.lost * torch.rand(n, 1, generator=generator)
    return torch.stack([centre, extent, torch.where(lost, torch.zeros_like(present), present)], 1)


def _sheared(pictures: Tensor, options: ShearZoomFlip, generator: torch.Generator) -> Tensor:
    n = len(pictures)
    draw = 2 * torch.rand(n, 3, generator=generator) - 1
    shear, zoom = options.shear * draw[:, 0], 1 + options.zoom * draw[:, 1:]
    mirror = torch.where(torch.rand(n, generator=generator) < 0.5 * options.flip, -1.0, 1.0)
    turn = torch.zeros(n, 2, 3)
    turn[:, 0, 0] = mirror * zoom[:, 0]
    turn[:, 0, 1] = -torch.sin(shear)
    turn[:, 1, 1] = zoom[:, 1] * torch.cos(shear)
    grid = torch.nn.functional.affine_grid(turn, list(pictures.shape), align_corners=False)
    return torch.nn.functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)
