"""From recipe to bundle on a simulated database: trained, exported, verified, run."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import numpy as np
import pytest

pytest.importorskip("lightning")

from einthoven.errors import DataError, EinthovenError, RecipeError
from einthoven.formats import write
from einthoven.models.beats import classify_beats
from einthoven.models.bundle import load_bundle
from einthoven.models.verify import verify_bundle
from einthoven.signal.simulator import simulate
from einthoven.training import beat_networks
from einthoven.training.beat_networks import kept_logits
from einthoven.training.cross_validation import kept_held_out
from einthoven.training.fitting import Machines
from einthoven.training.run import train

RECIPE = """
name: tiny
version: "0"
data: [{name: simulated}]
network: {channels: 4, embedding: 8, hidden: 8, layers: 1}
recomposition: {per_record: 1, durations_s: [60.0]}
optimisation: {steps: 30, beats: 32, batch: 4}
members: 2
folds: 2
intended_use: tests
limits: [all]
"""


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    (root / "simulated").mkdir()
    for i in range(4):
        recording = simulate(
            120, 128, ("MLII", "V1"), v_probability=0.15, s_probability=0.1, seed=i, name=f"s{i}"
        )
        write(recording, root / "simulated" / f"s{i}.hea")
    recipe = root / "tiny.yaml"
    recipe.write_text(RECIPE)
    return root, recipe


@pytest.fixture(scope="module")
def trained(laboratory, tmp_path_factory):
    root, recipe = laboratory
    out = tmp_path_factory.mktemp("runs") / "tiny"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EINTHOVEN_DATA", str(root))
        train(recipe, out=out)
        again = train(recipe, out=out.with_name("tiny-again"))
    return out, again


def test_the_bundle_verifies_with_parity(trained):
    checks = verify_bundle(load_bundle(trained[0]))
    assert {check.name: check.outcome for check in checks} == {check.name: "passed" for check in checks}
    assert "PyTorch parity" in {check.name for check in checks}


def test_same_recipe_same_weights(trained):
    out, again = trained
    one, other = (json.loads((path / "card.json").read_text()) for path in (out, again.path))
    assert one["metrics"] == other["metrics"]
    assert one["onnx_sha256"] == other["onnx_sha256"]


def test_the_card_tells_what_was_seen_and_how_it_did(trained):
    card = load_bundle(trained[0]).card
    assert card.data[0].records == ["s0", "s1", "s2", "s3"]
    assert {"V F1", "S F1", "accuracy", "ECE"} <= {metric.name for metric in card.metrics}
    assert card.input.settings["members"] == 2


def test_folds_are_answered_by_as_many_networks_as_ship(trained):
    log = trained[0].with_name("tiny-log")
    kept = {path.name for path in log.glob("*-*.*")}
    folds = {f"fold-{fold}-{member}.npz" for fold in range(2) for member in range(2)}
    assert kept == folds | {"member-0.pt", "member-1.pt"}
    (held,) = (each for each in kept_held_out(log / "held_out.npz") if each.record == "simulated/s0")
    means = kept_logits(log, 0, 2)["simulated/s0"]
    each = [np.load(log / f"fold-0-{member}.npz")["simulated/s0"] for member in range(2)]
    assert not np.allclose(*each)
    np.testing.assert_allclose(means, np.mean(each, axis=0), atol=1e-5)
    # Looked at again in the light of like beats, hardly moved where few are alike.
    assert held.logits.shape == means.shape
    assert np.corrcoef(held.logits.ravel(), means.ravel())[0, 1] > 0.9


def test_a_run_that_was_cut_off_goes_on_with_what_is_missing(laboratory, trained, monkeypatch, capsys):
    root, recipe = laboratory
    monkeypatch.setenv("EINTHOVEN_DATA", str(root))
    before = (trained[0] / "card.json").read_text()
    (trained[0].with_name("tiny-log") / "fold-1-0.npz").unlink()
    train(recipe, out=trained[0])
    said = capsys.readouterr().out
    assert "5 of 6 networks are taken" in said
    assert said.count("training network") == 1
    assert (trained[0] / "card.json").read_text() == before


def test_networks_of_another_recipe_are_not_taken(laboratory, trained, monkeypatch, tmp_path, capsys):
    root, recipe = laboratory
    monkeypatch.setenv("EINTHOVEN_DATA", str(root))
    shutil.copytree(trained[0].with_name("tiny-log"), tmp_path / "tiny-log")
    train(recipe, {"description": "the same networks"}, out=tmp_path / "tiny")
    assert "6 of 6 networks are taken" in capsys.readouterr().out
    train(recipe, {"optimisation.steps": "10"}, out=tmp_path / "tiny")
    said = capsys.readouterr().out
    assert "are taken" not in said
    assert said.count("training network") == 6


def test_several_processes_train_the_same_networks(laboratory, trained, monkeypatch, tmp_path, capsys):
    root, recipe = laboratory
    monkeypatch.setenv("EINTHOVEN_DATA", str(root))
    train(recipe, out=tmp_path / "tiny", machines=Machines(2))
    assert "6 of 6 after" in capsys.readouterr().out
    for fold in range(2):
        ours = kept_logits(tmp_path / "tiny-log", fold, 2)
        theirs = kept_logits(trained[0].with_name("tiny-log"), fold, 2)
        assert ours.keys() == theirs.keys()
        for name, logits in ours.items():  # threads share the sums out otherwise
            np.testing.assert_allclose(logits, theirs[name], atol=0.05)


def test_beats_are_answered_at_their_places_however_many(trained):
    bundle = load_bundle(trained[0])
    for seconds in (3, 60, 400):
        recording = simulate(seconds, 360, ("MLII", "V1"), v_probability=0.1, seed=9)
        beats = classify_beats(recording, recording.beats.samples, bundle)
        np.testing.assert_array_equal(beats.samples, recording.beats.samples)
        np.testing.assert_allclose(beats.probabilities.sum(axis=1), 1, atol=1e-5)


def test_a_process_that_the_system_ended_is_told_of(laboratory, tmp_path, monkeypatch):
    class Ended(ThreadPoolExecutor):
        def __init__(self, *anything):
            super().__init__(1)

        def submit(self, *anything):
            future = Future()
            future.set_exception(BrokenProcessPool())
            return future

    monkeypatch.setenv("EINTHOVEN_DATA", str(laboratory[0]))
    monkeypatch.setattr(beat_networks, "ProcessPoolExecutor", Ended)
    with pytest.raises(EinthovenError, match="fewer --devices"):
        train(laboratory[1], out=tmp_path / "out", machines=Machines(2))


@pytest.mark.parametrize("asked", [{"machines": Machines(1, 2)}, {"mlflow": True}], ids=["nodes", "mlflow"])
def test_what_beat_networks_cannot_do_is_said(laboratory, tmp_path, monkeypatch, asked):
    monkeypatch.setenv("EINTHOVEN_DATA", str(laboratory[0]))
    with pytest.raises(RecipeError, match="--nodes and --mlflow"):
        train(laboratory[1], out=tmp_path / "out", **asked)


def test_a_missing_database_is_named(laboratory, tmp_path, monkeypatch):
    monkeypatch.setenv("EINTHOVEN_DATA", str(tmp_path))
    with pytest.raises(DataError, match="simulated"):
        train(laboratory[1], out=tmp_path / "out")
