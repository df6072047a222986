"""From recipe to bundle on a simulated database: trained, exported, verified, run."""

from __future__ import annotations

import json

import numpy as np
import pytest

pytest.importorskip("lightning")

from einthoven.errors import DataError
from einthoven.formats import write
from einthoven.models.beats import classify_beats
from einthoven.models.bundle import load_bundle
from einthoven.models.verify import verify_bundle
from einthoven.signal.simulator import simulate
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


def test_held_out_answers_are_taken_up_again(laboratory, trained, monkeypatch, capsys):
    root, recipe = laboratory
    monkeypatch.setenv("EINTHOVEN_DATA", str(root))
    before = (trained[0] / "card.json").read_text()
    train(recipe, out=trained[0])
    assert "held-out answers of 4 records" in capsys.readouterr().out
    assert (trained[0] / "card.json").read_text() == before


def test_beats_are_answered_at_their_places_however_many(trained):
    bundle = load_bundle(trained[0])
    for seconds in (3, 60, 400):
        recording = simulate(seconds, 360, ("MLII", "V1"), v_probability=0.1, seed=9)
        beats = classify_beats(recording, recording.beats.samples, bundle)
        np.testing.assert_array_equal(beats.samples, recording.beats.samples)
        np.testing.assert_allclose(beats.probabilities.sum(axis=1), 1, atol=1e-5)


def test_a_missing_database_is_named(laboratory, tmp_path, monkeypatch):
    monkeypatch.setenv("EINTHOVEN_DATA", str(tmp_path))
    with pytest.raises(DataError, match="simulated"):
        train(laboratory[1], out=tmp_path / "out")
