"""Heartbeat rows: how fast batches are made and networks learn from them, and latency of answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from einthoven.evaluation.heartbeat import measure_latency
from einthoven.models.bundle import list_bundles, load_bundle
from einthoven.training.batches import EpochBatches, Rows
from einthoven.training.heartbeat_recipe import HeartbeatRecipe
from einthoven.training.networks.heartbeat import HeartbeatNetwork
from einthoven.training.recipe import load_recipe

RECIPES = Path(__file__).parent.parent / "recipes"
TRAINED = ("heartbeat-r2", "heartbeat-r4", "heartbeat")
N_ROWS = 40_000  # about as many as 26 records give
N_STEPS = 12


def training() -> Iterator[tuple[str, ...]]:
    """Milliseconds a step of 128 rows: making the batch, and the network's pass forward and back."""
    chance = np.random.default_rng(0)
    values = chance.random((N_ROWS, 1, 187), dtype=np.float32)
    rows = Rows(values, chance.choice(5, N_ROWS, p=[0.78, 0.02, 0.06, 0.01, 0.13]), 5)
    for name in TRAINED:
        recipe, _ = load_recipe(RECIPES / f"{name}.yaml")
        assert isinstance(recipe, HeartbeatRecipe)
        made, learnt = _step(recipe, rows)
        share = f"{100 * made / (made + learnt):.1f} %"
        yield f"`{name}`", f"{1e3 * made:.1f} ms", f"{1e3 * learnt:.0f} ms", share


def _step(recipe: HeartbeatRecipe, rows: Rows) -> tuple[float, float]:
    """Return the median seconds of making a batch, and of learning from it, with all cores."""
    data = EpochBatches(
        rows, recipe.sampler, recipe.augmentations, batch=recipe.training.batch, seed=0, epoch=0
    )
    network = HeartbeatNetwork(recipe.normalisation, recipe.network).train()
    optimiser = torch.optim.AdamW(network.parameters())
    made, learnt = [], []
    for step in range(N_STEPS):
        began = time.perf_counter()
        waves, targets = data[step]
        has_batch = time.perf_counter()
        optimiser.zero_grad()
        (-(targets * network(waves).log_softmax(1)).sum()).backward()
        optimiser.step()
        made.append(has_batch - began)
        learnt.append(time.perf_counter() - has_batch)
    return float(np.median(made[2:])), float(np.median(learnt[2:]))


def answers() -> Iterator[tuple[str, ...]]:
    """Latency of each heartbeat model that ships, on one core."""
    values = np.random.default_rng(0).random((1000, 187), dtype=np.float32)
    for name in list_bundles():
        bundle = load_bundle(name)
        if bundle.card.task == "heartbeat":
            timing = measure_latency(bundle, values)
            alone, many = (1e3 * timing[f"{key}_s"] for key in ("one_row", "batch_of_1000"))
            yield f"`{name}`", f"{alone:.2f} ms", f"{many:.0f} ms"
