"""Changes to training signals, by the name a recipe gives: what differs between devices, patients and days.

Each works on a whole batch at once, so that the input pipeline keeps up with any network.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from einthoven.recording import AAMI_CLASSES
from einthoven.training.parts import Part, Share

Size = Annotated[float, Field(ge=0)]
Letter = Literal["N", "S", "V", "F", "Q"]
assert set(Letter.__args__) == set(AAMI_CLASSES)  # type: ignore[attr-defined]


class Augmentation(Part):
    """What all have in common.

    Attributes:
        probability: that a row is changed.
        classes: only rows of these are; empty: all.
    """

    probability: Share = 0.5
    classes: tuple[Letter, ...] = ()


class TimeWarp(Augmentation):
    """Faster and slower by turns: positions move by up to ``share`` of the length along a smooth curve."""

    name: Literal["time_warp"]
    share: Share = 0.03


class Jitter(Augmentation):
    """White noise of standard deviation ``size``, in units of the row."""

    name: Literal["jitter"]
    size: Size = 0.01


class Scale(Augmentation):
    """Gain, log-normal with standard deviation ``size``."""

    name: Literal["scale"]
    size: Size = 0.1


class Roll(Augmentation):
    """A shift by up to ``samples`` samples; the end that is left over keeps its outermost value."""

    name: Literal["roll"]
    samples: Annotated[int, Field(ge=0)] = 4


class BaselineWander(Augmentation):
    """One slow sine, at most ``cycles`` over the row, of amplitude up to ``size``."""

    name: Literal["baseline_wander"]
    size: Size = 0.05
    cycles: Size = 1.5


class MuscleNoise(Augmentation):
    """Noise that rises with frequency and swells and fades, of standard deviation up to ``size``."""

    name: Literal["muscle_noise"]
    size: Size = 0.02


class Mixup(Augmentation):
    """Pairs of rows and targets mixed, by Beta(alpha, alpha) (Zhang et al. 2017, arXiv 1710.09412)."""

    name: Literal["mixup"]
    alpha: Annotated[float, Field(gt=0)] = 0.2


class LeadDrop(Augmentation):
    """Each lead set to 0 with ``share``, never all of a row; for signals of several leads."""

    name: Literal["lead_drop"]
    share: Share = 0.2


AnyAugmentation = Annotated[
    TimeWarp | Jitter | Scale | Roll | BaselineWander | MuscleNoise | Mixup | LeadDrop,
    Field(discriminator="name"),
]


def augment(
    waves: Tensor, targets: Tensor, chosen: Sequence[AnyAugmentation], generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return changed copies, one augmentation after the other. Zeros at a row's end are padding and stay 0.

    Args:
        waves: shape ``(batch, n_leads, n_samples)``.
        targets: shape ``(batch, n_classes)``, each row sums to 1.
        chosen: the recipe's augmentations.
        generator: of all chance.
    """
    signal = (waves != 0).flip(-1).cumsum(-1).flip(-1) > 0
    for options in chosen:
        picked = torch.rand(len(waves), generator=generator) < options.probability
        if options.classes:
            allowed = torch.tensor([AAMI_CLASSES.index(letter) for letter in options.classes])
            picked &= torch.isin(targets.argmax(dim=1), allowed)
        if not picked.any():
            continue
        waves, targets = waves.clone(), targets.clone()
        if isinstance(options, Mixup):
            waves[picked], targets[picked] = _mixed(waves[picked], targets[picked], options, generator)
        else:
            changed = _CHANGES[type(options)](waves[picked], options, generator)
            waves[picked] = changed * signal[picked]
    return waves, targets


def _mixed(
    waves: Tensor, targets: Tensor, options: Mixup, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    order = torch.randperm(len(waves), generator=generator)
    # Beta(a, a) = G1 / (G1 + G2); torch.distributions takes no generator.
    gammas = torch._standard_gamma(torch.full((2, len(waves)), options.alpha), generator).clamp(min=1e-20)
    share = (gammas[0] / gammas.sum(0))[:, None]
    return (
        share[..., None] * waves + (1 - share[..., None]) * waves[order],
        share * targets + (1 - share) * targets[order],
    )


def _resampled(waves: Tensor, positions: Tensor) -> Tensor:
    """Return ``waves`` read at fractional ``positions`` ``(batch, n_samples)``, linearly, ends held."""
    last = waves.shape[-1] - 1
    positions = positions.clamp(0, last)
    below = positions.floor().long().clamp(max=last - 1)
    part = (positions - below)[:, None]
    index = below[:, None].expand(-1, waves.shape[1], -1)
    return waves.gather(2, index) * (1 - part) + waves.gather(2, index + 1) * part


def _time_warp(waves: Tensor, options: TimeWarp, generator: torch.Generator) -> Tensor:
    batch, _, n = waves.shape
    at = torch.linspace(0, 1, n)
    amplitudes = (2 * torch.rand(batch, 2, 1, generator=generator) - 1) * options.share * n / 2
    waved = amplitudes * torch.sin(math.pi * torch.tensor([1.0, 2.0])[:, None] * at)
    return _resampled(waves, torch.arange(n) + waved.sum(1))


def _jitter(waves: Tensor, options: Jitter, generator: torch.Generator) -> Tensor:
    return waves + options.size * torch.randn(waves.shape, generator=generator)


def _scale(waves: Tensor, options: Scale, generator: torch.Generator) -> Tensor:
    return waves * torch.exp(options.size * torch.randn(len(waves), 1, 1, generator=generator))


def _roll(waves: Tensor, options: Roll, generator: torch.Generator) -> Tensor:
    shift = torch.randint(-options.samples, options.samples + 1, (len(waves), 1), generator=generator)
    return _resampled(waves, (torch.arange(waves.shape[-1]) - shift).float())


def _baseline_wander(waves: Tensor, options: BaselineWander, generator: torch.Generator) -> Tensor:
    size, cycles, phase = torch.rand(3, len(waves), 1, 1, generator=generator)
    at = torch.linspace(0, 1, waves.shape[-1])
    changed: Tensor = waves + options.size * size * torch.sin(
        2 * math.pi * (options.cycles * cycles * at + phase)
    )
    return changed


def _muscle_noise(waves: Tensor, options: MuscleNoise, generator: torch.Generator) -> Tensor:
    batch, leads, n = waves.shape
    noise = torch.randn(batch, leads, n + 1, generator=generator).diff() / math.sqrt(2)
    centre, width, size = torch.rand(3, batch, 1, 1, generator=generator)
    at = torch.linspace(0, 1, n)
    envelope = torch.exp(-0.5 * ((at - centre) / (0.1 + 0.5 * width)) ** 2)
    changed: Tensor = waves + options.size * size * envelope * noise
    return changed


def _lead_drop(waves: Tensor, options: LeadDrop, generator: torch.Generator) -> Tensor:
    keep = torch.rand(waves.shape[:2], generator=generator) >= options.share
    spared = torch.randint(waves.shape[1], (len(waves),), generator=generator)
    keep[torch.arange(len(waves)), spared] |= ~keep.any(dim=1)
    return waves * keep[..., None]


_CHANGES: dict[type[Augmentation], Callable[..., Tensor]] = {
    TimeWarp: _time_warp,
    Jitter: _jitter,
    Scale: _scale,
    Roll: _roll,
    BaselineWander: _baseline_wander,
    MuscleNoise: _muscle_noise,
    LeadDrop: _lead_drop,
}
