"""Changes to a batch that leave its classes true: polarity, gain, noise, hidden features, missing leads."""

from __future__ import annotations

import torch
from torch import Tensor

from einthoven.models.beat_inputs import SHAPE_FEATURES

_MAXIMUM = SHAPE_FEATURES.index("qrs_maximum")
_MINIMUM = SHAPE_FEATURES.index("qrs_minimum")

IGNORED = -100  # class of a place that no loss is taken of

Batch = dict[str, Tensor]


def augment(
    batch: Batch, generator: torch.Generator, lead_dropout: float, feature_dropout: float = 0.0
) -> Batch:
    """Return a changed copy of a batch of sequences.

    A lead of a sequence keeps one polarity and one gain; now and then one of two leads is taken away, and
    beats at the ends are, as at the ends of a recording.

    Args:
        batch: the network's inputs by name, and ``classes``; see `BeatCnnLstm.forward`.
        generator: source of chance.
        lead_dropout: probability that a lead is taken away.
        feature_dropout: probability that one shape or rhythm feature is 0 throughout a sequence, so that no
            feature is relied on alone: the few training patients make many of them look decisive.
    """
    shape = batch["present"].shape
    rows, beats, leads = shape

    def uniform(*size: int) -> Tensor:
        return torch.rand(size, generator=generator)

    def normal(*size: int) -> Tensor:
        return torch.randn(size, generator=generator)

    flipped = uniform(rows, 1, leads) < 0.5
    gain = torch.exp(0.15 * normal(rows, 1, leads)) * torch.where(flipped, -1.0, 1.0)
    level = torch.tensor([0.0, 0.02, 0.05])[torch.randint(0, 3, (rows, 1, leads), generator=generator)]
    waves = batch["waves"] * gain[..., None, None]
    waves = waves + level[..., None, None] * normal(*waves.shape)
    waves = torch.roll(waves, int(torch.randint(-2, 3, (1,), generator=generator)), dims=-1)

    shapes = batch["shapes"].clone()
    high, low = batch["shapes"][..., _MAXIMUM], batch["shapes"][..., _MINIMUM]
    shapes[..., _MAXIMUM] = torch.where(flipped, -low, high)
    shapes[..., _MINIMUM] = torch.where(flipped, -high, low)
    shapes = shapes + 0.1 * normal(*shapes.shape)

    rhythm = batch["rhythm"] + 0.03 * normal(*batch["rhythm"].shape)
    shapes = shapes * (uniform(rows, 1, 1, shapes.shape[-1]) >= feature_dropout)
    rhythm = rhythm * (uniform(rows, 1, rhythm.shape[-1]) >= feature_dropout)

    keep = (uniform(rows, 1, leads) >= lead_dropout).float()
    keep[keep.sum(2, keepdim=True).expand_as(keep) == 0] = 1.0
    valid, classes = batch["valid"].clone(), batch["classes"].clone()
    for row in torch.nonzero(uniform(rows) < 0.15).flatten().tolist():
        cut = int(torch.randint(1, max(2, beats // 3), (1,), generator=generator))
        end = slice(0, cut) if uniform(1).item() < 0.5 else slice(beats - cut, beats)
        valid[row, end] = 0.0
        classes[row, end] = IGNORED
    return {
        "waves": waves,
        "shapes": shapes,
        "rhythm": rhythm,
        "present": batch["present"] * keep,
        "valid": valid,
        "classes": classes,
    }
