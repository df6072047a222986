"""The learning rate at each step, by the name a recipe gives.

Each is a function of the step and of the validation figures so far, without memory of its own: a run that was
cut off and goes on gets the same rates as one that was not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from einthoven.training.parts import Part, Positive, Share

Factor = Annotated[float, Field(gt=0, lt=1)]


class Constant(Part):
    """Always the same."""

    name: Literal["constant"] = "constant"


class Cosine(Part):
    """Up in a straight line over the first ``warmup`` of all steps, then down half a cosine to ``final``."""

    name: Literal["cosine"]
    warmup: Share = 0.05
    final: Share = 0.01  # of the recipe's rate


class OneCycle(Part):
    """Up half a cosine from a 25th, then down to nearly 0 (Smith and Topin 2017, arXiv 1708.07120)."""

    name: Literal["one_cycle"]
    warmup: Share = 0.3


class Step(Part):
    """Times ``factor`` every ``epochs`` epochs."""

    name: Literal["step"]
    epochs: Positive = 10
    factor: Factor = 0.1


class ReduceOnPlateau(Part):
    """Times ``factor`` when what the recipe monitors has not got better for more than ``patience`` epochs."""

    name: Literal["reduce_on_plateau"]
    patience: Positive = 5
    factor: Factor = 0.1
    threshold: Share = 1e-4  # less than this share of the loss, or of what lacks to 1, is no improvement
    minimum: Share = 0.0  # of the recipe's rate


Schedule = Annotated[Constant | Cosine | OneCycle | Step | ReduceOnPlateau, Field(discriminator="name")]


def rate(options: Schedule, step: int, steps: int, epochs: int, errors: Sequence[float]) -> float:
    """Return the learning rate as a share of the recipe's.

    Args:
        options: what the recipe says.
        step: steps taken so far.
        steps: of one epoch.
        epochs: the recipe's largest number of epochs.
        errors: of each epoch that is over, what the recipe monitors: the loss, or 1 minus a share.
    """
    done = step / max(1, steps * epochs)
    match options:
        case Constant():
            return 1.0
        case Cosine():
            if done < options.warmup:
                return (step + 1) / (options.warmup * steps * epochs + 1)
            rest = min(1.0, (done - options.warmup) / max(1e-9, 1 - options.warmup))
            return _cosine(1.0, options.final, rest)
        case OneCycle():
            if done < options.warmup:
                return _cosine(1 / 25, 1.0, done / options.warmup)
            return _cosine(1.0, 1e-4 / 25, min(1.0, (done - options.warmup) / max(1e-9, 1 - options.warmup)))
        case Step():
            return float(options.factor ** (step // max(1, steps) // options.epochs))
        case ReduceOnPlateau():
            return _plateau(options, errors)


def _cosine(begin: float, end: float, done: float) -> float:
    return end + (begin - end) * (1 + math.cos(math.pi * done)) / 2


def _plateau(options: ReduceOnPlateau, errors: Sequence[float]) -> float:
    share, best, waiting = 1.0, math.inf, 0
    for error in errors:
        if error < best * (1 - options.threshold):
            best, waiting = error, 0
        else:
            waiting += 1
        if waiting > options.patience:
            share, waiting = max(options.minimum, share * options.factor), 0
    return share
