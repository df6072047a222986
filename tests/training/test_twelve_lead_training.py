"""Models of 12-lead records: what a batch holds, what is learnt, exported, decided and told."""

from __future__ import annotations

import csv

import numpy as np
import onnx
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("lightning")

import torch

from einthoven.datasets.ptb_xl_prepare import prepare_ptb_xl
from einthoven.datasets.ptb_xl_store import store_folder
from einthoven.errors import DataError, RecipeError
from einthoven.models.runtime import make_session
from einthoven.models.twelve_lead import classify
from einthoven.models.twelve_lead import prepare as prepare_recording
from einthoven.models.verify import verify_bundle
from einthoven.signal.simulator import simulate
from einthoven.training.export import rounded_to_bytes
from einthoven.training.networks.layers import without_batch_norm
from einthoven.training.networks.lead_trunk import LeadTrunk, LeadTrunkOptions
from einthoven.training.networks.lead_zoo import Ensemble, make_lead_network
from einthoven.training.recipe import load_recipe
from einthoven.training.run import train
from einthoven.training.twelve_lead_batches import RecordBatches, draw_masks, shortened
from einthoven.training.twelve_lead_course import known_cross_entropy
from einthoven.training.twelve_lead_data import load_records
from einthoven.training.twelve_lead_decisions import best_threshold, conformal_border, crossed, decide
from einthoven.training.twelve_lead_export import export_twelve_lead
from einthoven.training.twelve_lead_recipe import LeadMasks, Shortened
from tiny_ptb_xl import make_ptb_xl

CODES = ("NORM", "IMI", "NDT", "CRBBB", "LVH")
TRAINING = {"epochs": 2, "batch": 8, "averaging": 0.9}
RECIPE = {
    "name": "tiny-records",
    "version": "0",
    "task": "twelve-lead",
    "data": {"labels": "superclass", "rates": [100, 500], "training": [1, 2], "validation": [9]},
    "network": {"name": "lead_resnet", "channels": [4, 8]},
    "members": 2,
    "auxiliary": {"least": 1},
    "masks": {},
    "shortened": {},
    "augmentations": [{"name": "scale"}, {"name": "time_warp"}],
    "training": TRAINING,
    "intended_use": "tests",
    "limits": ["all"],
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A miniature of PTB-XL, each superclass six times in folds 1, 2 and 9, prepared at both rates."""
    folder = tmp_path_factory.mktemp("ptb-xl")
    rows = [
        (
            1 + i,
            100 + i,
            "60",
            str(i % 2),
            "",
            f"{{'{CODES[i % 5]}': 100.0, 'SR': 0.0}}",
            (1, 2, 9)[i // 5 % 3],
        )
        for i in range(90)
    ]
    make_ptb_xl(folder / "root", rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        for rate in (100, 500):
            prepare_ptb_xl(rate, folder / "root", store_folder(rate), jobs=1)
    return folder


@pytest.fixture
def cache(prepared, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(prepared / "cache"))


def recipe_file(folder, **changes):
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(RECIPE | changes), encoding="utf-8")
    return path


def test_records_come_in_both_versions_and_folds_are_apart(cache, tmp_path):
    recipe, _ = load_recipe(recipe_file(tmp_path))
    training, validation = load_records(recipe.data, recipe.auxiliary)
    assert (len(training), len(validation)) == (60, 30)
    assert not set(training.patients) & set(validation.patients)
    assert training.signals.shape == (2, 60, 12, 1000)
    assert training.present.all()
    assert training.targets.sum(axis=0).tolist() == [12] * 5
    rows = np.arange(3)
    official, reduced = (training.version(np.full(3, i), rows) for i in (0, 1))
    assert np.abs(official.mean(axis=2)).max() < 1e-4
    assert not np.allclose(official, reduced, atol=0.1)  # noise of their own, in the miniature


def test_what_was_not_prepared_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    recipe, _ = load_recipe(recipe_file(tmp_path))
    with pytest.raises(DataError, match=r"einthoven data prepare ptb-xl --rate 100"):
        load_records(recipe.data, recipe.auxiliary)


def test_a_class_without_example_is_said(cache, tmp_path):
    recipe, _ = load_recipe(recipe_file(tmp_path, data=RECIPE["data"] | {"labels": "mi", "validation": [3]}))
    with pytest.raises(DataError, match=r"Of 0 validation records"):
        load_records(recipe.data, recipe.auxiliary)


def test_batches_depend_on_seed_epoch_and_step_alone(cache, tmp_path):
    recipe, _ = load_recipe(recipe_file(tmp_path))
    training, _ = load_records(recipe.data, recipe.auxiliary)
    one, same, other = (RecordBatches(training, recipe, seed=1, epoch=epoch) for epoch in (4, 4, 5))
    assert all(torch.equal(a, b) for a, b in zip(one[3], same[3], strict=True))
    assert not torch.equal(one[3].ecg, other[3].ecg)
    halves = [RecordBatches(training, recipe, seed=1, epoch=4, rank=rank, world=2)[3] for rank in (0, 1)]
    assert torch.equal(torch.stack([half.ecg for half in halves], 1).flatten(0, 1), one[3].ecg)
    assert not one[3].ecg[one[3].known == 0].any()


@given(n=st.integers(1, 40), seed=st.integers(0, 1000))
def test_masks_leave_at_least_one_lead(n, seed):
    known = draw_masks(n, LeadMasks(probability=1.0), torch.Generator().manual_seed(seed))
    assert known.shape == (n, 12)
    assert set(known.unique().tolist()) <= {0.0, 1.0}
    assert (known.sum(1) >= 1).all()


def test_masks_are_of_the_kinds_that_are_asked_for():
    known = draw_masks(400, LeadMasks(probability=0.5, limb=1.0, lead_i=0, lead_ii=0), torch.Generator())
    sums = known.sum(1)
    assert set(sums.tolist()) == {6.0, 12.0}
    assert known[sums == 6][:, :6].all()


def test_shortened_records_begin_at_the_start_and_end_in_zeros():
    ecg = torch.randn(50, 12, 1000)
    cut = shortened(ecg, Shortened(probability=1.0, shortest=0.3), torch.Generator().manual_seed(0))
    lengths = (cut != 0).any(1).sum(1)
    assert 300 <= lengths.min() < lengths.max() <= 1000
    for row, n in zip(cut, lengths.tolist(), strict=True):
        assert not row[:, n:].any()
        assert row[:, :n].mean(1).abs().max() < 1e-5


def test_the_loss_counts_what_is_known():
    logits = torch.tensor([[0.0, 50.0], [3.0, 0.0]])
    targets = torch.tensor([[1.0, torch.nan], [torch.nan, 0.0]])
    assert known_cross_entropy(logits, targets).item() == pytest.approx(np.log(2))
    assert known_cross_entropy(logits, torch.full((2, 2), torch.nan)).item() == 0


@pytest.mark.parametrize(
    "network",
    [
        {"name": "lead_trunk", "first": 4, "own": [4], "mixed": 6, "fused": [8]},
        {"name": "lead_resnet", "channels": [4, 8]},
        {"name": "conv_lstm", "channels": 4, "hidden": 6},
        {"name": "conv_lstm", "channels": 4, "hidden": 6, "average_leads": True},
    ],
)
def test_an_ensemble_is_the_mean_of_the_first_outputs(network, tmp_path):
    recipe, _ = load_recipe(recipe_file(tmp_path, network=network))
    members = [make_lead_network(recipe.network, 9).eval() for _ in range(2)]
    ecg, known = torch.randn(3, 12, 1000), torch.ones(3, 12)
    expected = torch.stack([member(ecg, known)[:, :5] for member in members]).mean(0)
    assert torch.allclose(Ensemble(members, 5).eval()(ecg, known), expected, atol=1e-6)


def test_a_trunk_answers_the_same_whether_it_computes_missing_leads_or_leaves_them_out():
    torch.manual_seed(0)
    options = LeadTrunkOptions(name="lead_trunk", first=4, own=(4, 6), mixed=6, fused=(8,))
    network = LeadTrunk(12, 5, options)
    ecg, known = torch.randn(4, 12, 1000), torch.ones(4, 12)
    known[1, 1:], known[2, 5] = 0, 0
    with torch.no_grad():
        network.place.normal_()
        network(ecg, known)  # statistics other than 0 and 1
        shown = network.eval()(ecg, known)
        network.training = True  # itself alone: its layers go on as in use
        torch.testing.assert_close(network(ecg, known), shown, atol=1e-5, rtol=1e-5)
        assert not torch.allclose(network(ecg.flip(1), known)[0], shown[0])  # leads have their places


def test_training_in_half_the_bits_learns_the_same(cache, tmp_path):
    whole, half = (
        train(recipe_file(tmp_path, members=1, training=TRAINING | {"precision": bits}), out=tmp_path / bits)
        for bits in ("32", "bf16")
    )
    losses = []
    for bits in ("32", "bf16"):
        curves = tmp_path / f"{bits}-log" / "member-1" / "curves.csv"
        rows = csv.DictReader(curves.read_text(encoding="utf-8").splitlines())
        losses.append([float(row["train_loss"]) for row in rows])
    assert losses[0] == pytest.approx(losses[1], rel=0.03)
    assert losses[0] != losses[1]
    assert whole.card.onnx_sha256 != half.card.onnx_sha256


def test_where_few_leads_are_known_the_networks_for_those_answer(tmp_path):
    recipe, _ = load_recipe(recipe_file(tmp_path))
    whole, few = (make_lead_network(recipe.network, 9).eval() for _ in range(2))
    ecg, known = torch.randn(3, 12, 1000), torch.ones(3, 12)
    known[1, 3:], known[2, 4:] = 0, 0
    ecg *= known[..., None]
    of_whole, of_few = whole(ecg, known)[:, :5], few(ecg, known)[:, :5]
    answers = Ensemble([whole], 5, [few], 3, 0.75).eval()(ecg, known)
    both = 0.25 * of_whole[1] + 0.75 * of_few[1]
    assert torch.allclose(answers, torch.stack([of_whole[0], both, of_whole[2]]), atol=1e-6)


def test_networks_for_few_leads_are_computed_for_few_leads_alone(tmp_path):
    torch.manual_seed(0)
    options = LeadTrunkOptions(name="lead_trunk", first=4, own=(4,), mixed=6, fused=(8,))
    whole, few = (make_lead_network(options, 5) for _ in range(2))
    network = without_batch_norm(Ensemble([whole], 5, [few], 3, 0.75).eval())
    with torch.no_grad():
        for weights in network.parameters():  # as after training, no two alike: those are stored once
            weights += 0.01 * torch.randn_like(weights)
    rounded_to_bytes(network)
    export_twelve_lead(network, tmp_path / "network.onnx")
    graph = onnx.load(str(tmp_path / "network.onnx")).graph
    (branch,) = (node for node in graph.node if node.op_type == "If")
    inside = {name for part in branch.attribute for node in part.g.node for name in node.input}
    outside = {name for node in graph.node for name in node.input}
    assert {name.split(".")[0] for name in inside if name.endswith(".bias")} == {"few"}
    assert {name.split(".")[0] for name in outside if name.endswith(".bias")} == {"members"}
    session = make_session(tmp_path / "network.onnx")
    ecg, known = torch.randn(4, 12, 1000), torch.ones(4, 12)
    for n_leads in (12, 4, 3, 1):  # of the last record
        known[3, n_leads:] = 0
        shown = {"ecg": (ecg * known[..., None]).numpy(), "known": known.numpy()}
        answers = session.run(None, shown)[0]
        with torch.inference_mode():
            expected = network(*(torch.from_numpy(values) for values in shown.values())).numpy()
        np.testing.assert_allclose(answers, expected, atol=1e-4)


def test_networks_for_few_leads_learn_from_the_others_and_ship_with_them(cache, tmp_path):
    few = {"members": 1, "network": {"name": "lead_trunk", "first": 4, "own": [4], "mixed": 6, "fused": [8]}}
    path = recipe_file(tmp_path, few_leads=few, members=1)
    bundle = train(path, out=tmp_path / "tiny")
    assert all(check.outcome == "passed" for check in verify_bundle(bundle))
    assert (tmp_path / "tiny-log" / "few-leads-1" / "curves.csv").is_file()
    card = bundle.card
    assert card.input.settings["few_members"] == 1 and card.input.settings["few_fused"] == [8]
    again = train(path, out=tmp_path / "tiny")
    assert again.card.onnx_sha256 == bundle.card.onnx_sha256


def test_records_that_are_taught_keep_part_of_their_labels(cache, tmp_path):
    recipe, _ = load_recipe(recipe_file(tmp_path))
    records, _ = load_records(recipe.data, recipe.auxiliary)
    records.targets[0] = np.nan
    taught = records.taught(np.full_like(records.targets, 0.2), 0.75)
    assert np.isnan(taught.targets[0]).all()
    assert np.allclose(taught.targets[1:], 0.25 * records.targets[1:] + 0.15)
    assert taught.sha256() != records.sha256()


def test_a_recipe_becomes_a_bundle_that_goes_on_and_verifies(cache, tmp_path):
    path = recipe_file(tmp_path)
    bundle = train(path, out=tmp_path / "tiny")
    assert {check.name: check.outcome for check in verify_bundle(bundle)} == {
        check.name: "passed" for check in verify_bundle(bundle)
    }
    card = bundle.card
    assert card.classes == ["NORM", "MI", "STTC", "CD", "HYP"]
    assert set(card.bands) == set(card.thresholds) == set(card.classes)
    names = {metric.name for metric in card.metrics}
    assert {"macro AUROC, lead I", "MI AUROC", "MI not sure", "HYP ECE"} <= names
    assert "60 records" in card.data[0].version
    again = train(path, out=tmp_path / "tiny")  # nothing is trained: both members are done
    assert again.card.onnx_sha256 == card.onnx_sha256
    probabilities = classify(prepare_recording(simulate(10, 500, ("I", "II", "V1"), seed=1)), bundle)
    assert probabilities.shape == (5,)


def test_infarction_against_normal_has_one_class(cache, tmp_path):
    data = RECIPE["data"] | {"labels": "mi", "rates": [100]}
    bundle = train(recipe_file(tmp_path, data=data, members=1), out=tmp_path / "mi")
    assert bundle.card.classes == ["MI"]
    assert "AUROC, lead I" in {metric.name for metric in bundle.card.metrics}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"data": RECIPE["data"] | {"validation": [2]}}, r"folds \[2\] are both"),
        ({"augmentations": [{"name": "mixup"}]}, r"mixup does not suit"),
        ({"augmentations": [{"name": "scale", "classes": ["S"]}]}, r"names classes of beats"),
        ({"masks": {"limb": 0.9, "lead_i": 0.2}}, r"limb \+ lead_i"),
        ({"network": {"name": "lead_resnt"}}, r"lead_resnet"),
    ],
)
def test_recipes_that_make_no_sense_are_refused(tmp_path, changes, said):
    with pytest.raises(RecipeError, match=said):
        load_recipe(recipe_file(tmp_path, **changes))


def test_bands_hold_what_they_promise():
    chance = np.random.default_rng(0)
    targets = chance.random((4000, 1)) < 0.3
    logits = (chance.normal(size=(4000, 1)) + 2 * targets - 1).astype(np.float32)
    fitted = decide(logits[:2000], targets[:2000])
    probabilities = fitted.calibration(logits[2000:])[:, 0]
    positive = targets[2000:, 0]
    low, high = fitted.bands[0]
    assert np.mean(probabilities[positive] < low) == pytest.approx(0.1, abs=0.03)
    assert np.mean(probabilities[~positive] > high) == pytest.approx(0.1, abs=0.03)
    assert low <= fitted.thresholds[0] <= high


def test_borders_and_thresholds():
    values = np.arange(1, 101) / 101
    assert conformal_border(values, 0.1) == pytest.approx(10 / 101)
    assert conformal_border(np.array([0.5]), 0.1) == 0.0  # too few to exclude anything
    positive = np.r_[np.zeros(50, bool), np.ones(50, bool)]
    assert 0.4 < best_threshold(positive, np.r_[np.full(50, 0.3), np.full(50, 0.6)]) < 0.6


def test_crossed_answers_are_fitted_on_other_patients():
    chance = np.random.default_rng(1)
    targets = chance.random((300, 2)) < 0.4
    logits = (3 * chance.normal(size=(300, 2)) + 4 * targets).astype(np.float32)
    patients = np.repeat(np.arange(100), 3)
    probabilities, called, sides = crossed(logits, targets, patients)
    assert probabilities.shape == called.shape == sides.shape == (300, 2)
    assert set(np.unique(sides)) <= {-1.0, 0.0, 1.0}
    assert np.mean(called == targets) > 0.6
