"""Which training rows an epoch shows, by the name a recipe gives."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from einthoven.recording import Int64
from einthoven.training.parts import Part, Share


class Shuffle(Part):
    """Each row once, in random order."""

    name: Literal["shuffle"] = "shuffle"


class WeightedDraw(Part):
    """As many rows as there are, drawn with replacement; ``power`` 1 draws each class equally often."""

    name: Literal["weighted"]
    power: Share = 1.0


class Repeat(Part):
    """Each row once, and those of rare classes again until each class has ``smallest_share`` of the epoch."""

    name: Literal["repeat"]
    smallest_share: Annotated[float, Field(gt=0, lt=0.2)] = 0.05


Sampler = Annotated[Shuffle | WeightedDraw | Repeat, Field(discriminator="name")]


def draw_epoch(options: Sampler, classes: Int64, chance: np.random.Generator) -> Int64:
    """Return the rows of one epoch, int64 indices into ``classes``, in the order they are shown."""
    counts = np.bincount(classes)
    match options:
        case Shuffle():
            return chance.permutation(len(classes))
        case WeightedDraw():
            chances = (np.maximum(counts, 1) / len(classes))[classes] ** -options.power
            return chance.choice(len(classes), len(classes), p=chances / chances.sum())
        case Repeat():
            return chance.permutation(_repeated(classes, counts, options.smallest_share, chance))


def _repeated(classes: Int64, counts: Int64, share: float, chance: np.random.Generator) -> Int64:
    present = np.flatnonzero(counts)
    rare = [c for c in present if counts[c] < share * len(classes)]
    # What rare classes grow by makes the epoch longer: solve for the length at which their share is right.
    common = sum(int(counts[c]) for c in present if c not in rare)
    wanted = int(np.ceil(share * common / (1 - share * len(rare)))) if rare else 0
    parts = [np.arange(len(classes))]
    for c in rare:
        members = np.flatnonzero(classes == c)
        missing = max(0, wanted - len(members))
        whole, rest = divmod(missing, len(members))
        parts += [np.tile(members, whole), chance.choice(members, rest, replace=False)]
    return np.concatenate(parts).astype(np.int64)
