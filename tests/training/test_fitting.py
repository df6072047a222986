"""Training: same seed same weights, cut off and gone on with, refused checkpoints, the best epoch kept."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lightning")

import torch

from einthoven.errors import DataError, EinthovenError
from einthoven.training import checkpoints
from einthoven.training.batches import Rows
from einthoven.training.classifier import Classifier
from einthoven.training.course import Epoch
from einthoven.training.fitting import fit
from einthoven.training.heartbeat_recipe import HeartbeatRecipe
from einthoven.training.networks.heartbeat import HeartbeatNetwork

RECIPE = {
    "name": "tiny",
    "version": "0",
    "task": "heartbeat",
    "network": {"name": "resnet", "channels": [8, 16], "blocks": 1},
    "normalisation": "row_z_score",
    "augmentations": [{"name": "jitter"}, {"name": "mixup"}],
    "schedule": {"name": "reduce_on_plateau", "patience": 1, "factor": 0.5},
    "training": {"epochs": 4, "batch": 16, "averaging": 0.9, "gradient_clip": 1.0},
    "intended_use": "tests",
    "limits": ["all"],
}
FINGERPRINT = {"recipe": "tiny"}


def recipe(**changes) -> HeartbeatRecipe:
    return HeartbeatRecipe.model_validate(RECIPE | changes)


def rows(n: int, seed: int) -> Rows:
    """Five classes, told apart by where a bump lies."""
    chance = np.random.default_rng(seed)
    classes = np.arange(n) % 5
    at = np.arange(187)
    bumps = np.exp(-0.5 * ((at - 20 - 30 * classes[:, None]) / 6) ** 2)
    waves = np.clip(bumps + 0.15 * chance.normal(size=bumps.shape), 0, 1)
    return Rows(waves[:, None].astype(np.float32), classes, 5)


def new_network(chosen: HeartbeatRecipe) -> HeartbeatNetwork:
    torch.manual_seed(chosen.seed)
    return HeartbeatNetwork(chosen.normalisation, chosen.network)


def run(folder: Path, chosen: HeartbeatRecipe | None = None):
    chosen = chosen or recipe()
    folder.mkdir(exist_ok=True)
    network = new_network(chosen)
    history = fit(Classifier(network, chosen, rows(100, 0), rows(50, 1)), folder, FINGERPRINT)
    return network, history


def assert_same_weights(one: torch.nn.Module, other: torch.nn.Module) -> None:
    for (name, values), (_, others) in zip(one.state_dict().items(), other.state_dict().items(), strict=True):
        assert torch.equal(values, others), name


class Cut(Exception):
    """Stands for the end of the process."""


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    return run(tmp_path_factory.mktemp("unbroken"))


def test_it_learns_and_tells_how(unbroken, tmp_path):
    network, history = run(tmp_path)
    assert [epoch.epoch for epoch in history] == [1, 2, 3, 4]
    assert history[-1].figures["accuracy"] > 0.5  # by chance 0.2
    lines = (tmp_path / "curves.csv").read_text().splitlines()
    assert lines[0] == "epoch,train_loss,val_loss,val_accuracy,val_macro_f1,learning_rate"
    assert len(lines) == 5
    assert list((tmp_path / "tensorboard").glob("events*"))
    assert_same_weights(network, unbroken[0])
    assert history == unbroken[1]


@pytest.mark.parametrize(("epoch", "step"), [(0, 3), (1, 0), (2, 5), (3, 4)])
def test_cut_off_anywhere_it_ends_as_if_it_had_not_been(unbroken, tmp_path, monkeypatch, epoch, step):
    original = Classifier.training_step

    def cut(self, batch, index):
        if (self.current_epoch, index) == (epoch, step):
            raise Cut
        return original(self, batch, index)

    monkeypatch.setattr(Classifier, "training_step", cut)
    with pytest.raises(Cut):
        run(tmp_path)
    monkeypatch.undo()
    network, history = run(tmp_path)
    assert history == unbroken[1]
    assert_same_weights(network, unbroken[0])


def test_cut_off_while_the_checkpoint_is_written(unbroken, tmp_path, monkeypatch):
    original, n_written = torch.save, 0

    def cut(content, file):
        nonlocal n_written
        n_written += 1
        if n_written == 3:
            file.write(b"PK")
            raise Cut
        original(content, file)

    monkeypatch.setattr(checkpoints.torch, "save", cut)
    with pytest.raises(Cut):
        run(tmp_path)
    monkeypatch.undo()
    network, history = run(tmp_path)
    assert history == unbroken[1]
    assert_same_weights(network, unbroken[0])


def test_a_finished_run_is_not_trained_further(unbroken, tmp_path, monkeypatch):
    run(tmp_path)
    monkeypatch.setattr(Classifier, "training_step", lambda *args: pytest.fail("trained again"))
    network, history = run(tmp_path)
    assert_same_weights(network, unbroken[0])
    assert history == unbroken[1]


def test_a_full_disk_is_said_and_nothing_lost(unbroken, tmp_path, monkeypatch):
    original, n_written = torch.save, 0

    def full(content, file):
        nonlocal n_written
        n_written += 1
        if n_written == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        original(content, file)

    monkeypatch.setattr(checkpoints.torch, "save", full)
    with pytest.raises(DataError, match=r"No space left.*epoch before is kept.*Make room"):
        run(tmp_path)
    monkeypatch.undo()
    assert [path.name for path in tmp_path.glob("last.ckpt*")] == ["last.ckpt"]
    assert_same_weights(run(tmp_path)[0], unbroken[0])


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    run(tmp_path)
    with pytest.raises(EinthovenError, match=r"of another run: its recipe differ.*--fresh"):
        fit(
            Classifier(new_network(recipe()), recipe(), rows(100, 0), rows(50, 1)),
            tmp_path,
            {"recipe": "other"},
        )


def test_a_damaged_checkpoint_is_refused(tmp_path):
    run(tmp_path)
    path = tmp_path / "last.ckpt"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(EinthovenError, match=r"last.ckpt is damaged"):
        run(tmp_path)


def test_patience_stops_and_the_best_epoch_is_kept(tmp_path, monkeypatch):
    losses = iter([0.5, 0.3, 0.4, 0.35, 0.1])
    monkeypatch.setattr(Classifier, "validate", lambda self: {"loss": next(losses)})
    chosen = recipe(training={"epochs": 9, "batch": 16, "patience": 2})
    kept = {}
    original = Classifier.on_train_epoch_end

    def note(self):
        kept[self.current_epoch] = {name: v.clone() for name, v in self.network.state_dict().items()}
        original(self)

    monkeypatch.setattr(Classifier, "on_train_epoch_end", note)
    network, history = run(tmp_path, chosen)
    assert len(history) == 4  # best is the second, then two without improvement
    for name, values in network.state_dict().items():
        assert torch.equal(values, kept[1][name])


@pytest.mark.parametrize(("monitor", "best"), [("loss", 1), ("accuracy", 2), ("macro_f1", 0)])
def test_the_best_epoch_is_told_by_the_recipes_figure(monitor, best):
    module = Classifier(
        new_network(recipe()), recipe(training={"monitor": monitor}), rows(10, 0), rows(10, 0)
    )
    module.history = [
        Epoch(1, 1.0, {"loss": 0.5, "accuracy": 0.8, "macro_f1": 0.9}, 1e-3),
        Epoch(2, 1.0, {"loss": 0.4, "accuracy": 0.85, "macro_f1": 0.9}, 1e-3),
        Epoch(3, 1.0, {"loss": 0.6, "accuracy": 0.9, "macro_f1": 0.8}, 1e-3),
    ]
    assert module.best_epoch() == best
