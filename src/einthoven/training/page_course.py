"""The course of training that small networks of pages share: steps of one cycle, kept and gone on with."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

Rng = np.random.Generator

_KEPT_EVERY = 100  # steps


def take_steps(
    network: nn.Module,
    loss_of: Callable[[Rng], Tensor],
    rng: Rng,
    *,
    steps: int,
    rate: float,
    weight_decay: float = 1e-3,
    clip: float = 1.0,
    start: Path | None = None,
    checkpoint: Path | None = None,
) -> None:
    """Train ``network`` in place with AdamW and one cycle of the rate; left in evaluation mode.

    Args:
        network: what is trained.
        loss_of: draws a batch and returns the network's loss on it.
        rng: draws the batches. Its state is kept, so that a run that goes on draws what an unbroken one does.
        steps: how many.
        rate: highest of the cycle.
        weight_decay: of AdamW.
        clip: longest gradient.
        start: a checkpoint whose weights to begin with.
        checkpoint: where the run is kept; one that is there is gone on with. None keeps nothing.
    """
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.1)
    if start is not None:
        network.load_state_dict(torch.load(start, weights_only=False)["network"])
    first = 0
    if checkpoint is not None and checkpoint.exists():
        state = torch.load(checkpoint, weights_only=False)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        rng.bit_generator.state, first = state["rng"], state["step"]
    running, begun = 0.0, time.monotonic()
    network.train()
    for step in range(first, steps):
        loss = loss_of(rng)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), clip)
        optimiser.step()
        schedule.step()
        running = 0.98 * running + 0.02 * loss.item() if step > first else loss.item()
        if (step + 1) % _KEPT_EVERY == 0 or step + 1 == steps:
            print(f"{step + 1}/{steps}: loss {running:.4f}, {time.monotonic() - begun:.0f} s", flush=True)
            if checkpoint is not None:
                kept = {
                    "network": network.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "schedule": schedule.state_dict(),
                    "rng": rng.bit_generator.state,
                    "step": step + 1,
                }
                torch.save(kept, checkpoint)
    network.eval()
