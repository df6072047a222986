"""From a recipe of beat drawings to a bundle, batches and their changes, networks, cross-validation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lightning")

import torch

from drawn_beats import write_pictures, write_records
from einthoven.datasets.beat_images import open_store, store_folder
from einthoven.datasets.beat_images_prepare import prepare_beat_images
from einthoven.errors import DataError, RecipeError
from einthoven.evaluation.beat_images import evaluate_beat_images
from einthoven.models.beat_image_classes import JUN_CLASSES
from einthoven.models.verify import verify_bundle
from einthoven.training.beat_image_batches import DrawingBatches, Drawings, changed
from einthoven.training.beat_image_data import class_numbers, load_parts, load_test, split_beats
from einthoven.training.beat_image_drawings import drawings_of_classes, redrawn, trace_varied, traced
from einthoven.training.beat_image_export import make_network
from einthoven.training.beat_image_folds import cross_validate, figures
from einthoven.training.beat_image_recipe import (
    BeatImageRecipe,
    CurveClip,
    CurveCrop,
    CurveNoise,
    MixedPairs,
    ShearZoomFlip,
)
from einthoven.training.recipe import load_recipe
from einthoven.training.run import train
from einthoven.training.samplers import Shuffle

RECIPES = Path(__file__).parents[2] / "recipes"
RECIPE = """
name: tiny
version: "0"
task: beat-image
data: {validation: 0.2, test: 0.2, looks: varied, drawn: 0.3, times: 3, folders: [drawings], redrawn: 1}
network: {name: resnet, channels: [8, 16], blocks: 1, stride: 4, dropout: 0.0}
augmentations: [{name: curve_noise}, {name: curve_crop}, {name: curve_clip}, {name: mixup}]
training: {epochs: 8, batch: 32, monitor: accuracy}
optimiser: {learning_rate: 0.01}
intended_use: tests
limits: [all]
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Records, prepared beats and a folder of pictures."""
    root = tmp_path_factory.mktemp("root")
    write_records(root)
    write_pictures(root / "drawings", {"normal": "N", "PVC": "V"}, n=10)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EINTHOVEN_DATA", str(root))
        patch.setenv("XDG_CACHE_HOME", str(root / "cache"))
        prepare_beat_images("mitdb")
    (root / "tiny.yaml").write_text(RECIPE)
    return root


@pytest.fixture(autouse=True)
def use_root(root, monkeypatch):
    monkeypatch.setenv("EINTHOVEN_DATA", str(root))
    monkeypatch.setenv("XDG_CACHE_HOME", str(root / "cache"))


@pytest.fixture(scope="module")
def trained(root):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EINTHOVEN_DATA", str(root))
        patch.setenv("XDG_CACHE_HOME", str(root / "cache"))
        return train(root / "tiny.yaml", out=root / "tiny")


def test_a_bundle_that_verifies_and_has_learnt(trained) -> None:
    assert [check for check in verify_bundle(trained) if check.outcome != "passed"] == []
    metrics = {(metric.data, metric.name): metric for metric in trained.card.metrics}
    assert metrics["mitdb", "accuracy"].value > 0.6
    assert "patients" in metrics["mitdb", "accuracy"].protocol
    assert "patients not known" in metrics["drawings", "accuracy"].protocol
    assert trained.card.classes == list(JUN_CLASSES)
    assert {source.name for source in trained.card.data} == {"mitdb", "drawings"}


def test_it_answers_pictures_in_folders(trained, root) -> None:
    metrics = evaluate_beat_images(root / "drawings", trained)
    assert metrics["accuracy"] > 0.8
    assert metrics["seen_in_training"]


def test_another_recipe_in_the_same_folder_is_refused(trained, root) -> None:
    with pytest.raises(Exception, match="is of another run"):
        train(root / "tiny.yaml", {"seed": "5"}, out=root / "tiny")


@pytest.mark.parametrize("name", ["beat-image-r3", "beat-image-alexnet", "beat-image-vgg"])
def test_networks_of_pixels_train_and_export(name: str, root, tmp_path) -> None:
    recipe = tmp_path / f"{name}.yaml"
    recipe.write_bytes((RECIPES / f"{name}.yaml").read_bytes())
    small = {"training.epochs": "1", "data.least": "0", "data.most": "12"}
    if name == "beat-image-r3":
        small |= {"network.units": "[16, 8]", "data.classes": "[N, Q, S, V]"}
    bundle = train(recipe, small, out=tmp_path / name)
    assert [check for check in verify_bundle(bundle) if check.outcome != "passed"] == []
    metrics = evaluate_beat_images(root / "drawings", bundle)
    assert metrics["n_refused"] == 0
    assert 0 <= metrics["accuracy"] <= 1


def test_the_reference_network_is_as_described() -> None:
    recipe, _ = load_recipe(RECIPES / "beat-image-r3.yaml")
    network = make_network(recipe.network, recipe.input, 5)
    shapes = [tuple(weights.shape) for weights in network.parameters() if weights.ndim > 1]
    assert shapes == [(32, 3, 3, 3), (300, 31 * 31 * 32), (100, 300), (60, 100), (5, 60)]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"data.classes": "[NOR, XYZ]"}, "allowed: some of NOR PVC"),
        ({"data.classes": "[NOR, S]"}, "AAMI letters"),
        ({"input": "{name: pixels}"}, "network resnet takes curves"),
        ({"augmentations": "[{name: shear_zoom_flip}]"}, "not for input curve"),
        ({"augmentations": "[{name: curve_crap}]"}, "Did you mean 'curve_crop'"),
        ({"data.lokks": "jun"}, "Did you mean 'looks'"),
    ],
)
def test_a_recipe_that_cannot_be_is_refused(root, overrides: dict[str, str], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        load_recipe(root / "tiny.yaml", overrides)


def test_parts_share_no_beat_and_patients_no_part(root) -> None:
    recipe, _ = load_recipe(root / "tiny.yaml")
    assert isinstance(recipe, BeatImageRecipe)
    store = open_store(store_folder())
    classes = class_numbers(store, recipe.data)
    part = split_beats(store, classes, recipe.data, 0)
    assert set(part.tolist()) == {0, 1, 2}
    whole = split_beats(store, classes, recipe.data.model_copy(update={"split": "patients"}), 0)
    for patient in np.unique(store.patients):
        assert len(set(whole[store.patients == patient].tolist())) == 1


def test_test_drawings_alone_are_those_that_training_left_out(root) -> None:
    recipe, _ = load_recipe(root / "tiny.yaml")
    assert isinstance(recipe, BeatImageRecipe)
    parts, alone = load_parts(recipe), load_test(recipe)
    assert set(alone.sources) == {recipe.data.source, "drawings"}
    for name in ("values", "classes", "owners", "sources"):
        np.testing.assert_array_equal(getattr(alone, name), getattr(parts.test, name))


def test_a_class_that_is_not_there_is_named(root) -> None:
    recipe, _ = load_recipe(root / "tiny.yaml", {"data.classes": "[NOR, FUS]", "data.folders": "[]"})
    with pytest.raises(DataError, match="none of class FUS"):
        load_parts(recipe)


def test_rare_classes_are_drawn_again_and_common_ones_left_out() -> None:
    classes = np.repeat([0, 1, 2], [100, 10, 3])
    beats = drawings_of_classes(classes, np.arange(113), times=2, least=12, most=50, seed=0)
    assert np.bincount(classes[beats]).tolist() == [50, 20, 12]
    assert sorted(np.bincount(beats[classes[beats] == 2] - 110).tolist()) == [4, 4, 4]
    assert len(np.unique(beats[classes[beats] == 0])) == 50


def test_tracing_gives_what_drawing_and_reading_give(root) -> None:
    store = open_store(store_folder())
    chance = np.random.default_rng(0)
    for _ in range(30):
        features = trace_varied(store, int(chance.integers(len(store))), chance)
        assert features.shape == (3, 128)
        assert np.isfinite(features).all()
        assert features.min() >= 0
        assert features[0].max() <= 1.001
    wave = np.sin(np.linspace(0, 6, 200)).astype(np.float32)
    plain = traced(wave, chance, clip=False)
    expected = (np.interp(np.linspace(0, 199, 128), np.arange(200), wave) - wave.min()) / np.ptp(wave)
    assert np.abs(plain[0] - expected).max() < 0.06
    again = redrawn(plain, np.random.default_rng(3))
    assert again.shape == (3, 128)


@pytest.mark.parametrize(
    "options",
    [
        CurveCrop(name="curve_crop", probability=1),
        CurveClip(name="curve_clip", probability=1),
        CurveNoise(name="curve_noise", probability=1),
        MixedPairs(name="mixup", probability=1),
    ],
    ids=lambda options: options.name,
)
def test_changes_keep_shapes_sums_and_the_original(options) -> None:
    curves = torch.rand(8, 3, 128)
    curves[:, 1] *= 0.1
    curves[:, 2] = 1
    before = curves.clone()
    targets = torch.eye(4)[torch.arange(8) % 4]
    values, mixed = changed(curves, targets, options, torch.Generator().manual_seed(0))
    assert values.shape == curves.shape
    assert torch.isfinite(values).all()
    assert torch.allclose(mixed.sum(1), torch.ones(8))
    assert torch.equal(curves, before)
    assert not torch.equal(values, before)


def test_pictures_are_sheared_enlarged_and_mirrored() -> None:
    pictures = torch.zeros(16, 1, 32, 32)
    pictures[:, :, 12:20, 4:8] = 1
    options = ShearZoomFlip(name="shear_zoom_flip")
    values, _ = changed(pictures, torch.eye(16), options, torch.Generator().manual_seed(0))
    left, right = values[..., :16].sum((1, 2, 3)), values[..., 16:].sum((1, 2, 3))
    assert 3 <= int((right > left).sum()) <= 13  # about half are mirrored
    assert values.min() >= 0
    assert values.max() <= 1


def test_batches_depend_on_seed_and_epoch_alone_and_are_shared() -> None:
    drawings = Drawings(
        np.random.default_rng(0).random((40, 3, 128)).astype(np.float16),
        np.arange(40) % 4,
        4,
        np.full(40, ""),
        np.full(40, "x"),
    )
    augmentations = (CurveNoise(name="curve_noise"),)

    def batches(epoch: int, rank: int = 0, world: int = 1) -> DrawingBatches:
        return DrawingBatches(
            drawings, Shuffle(), augmentations, batch=16, seed=1, epoch=epoch, rank=rank, world=world
        )

    whole = batches(0)[1][0]
    assert torch.equal(whole, batches(0)[1][0])
    assert not torch.equal(whole, batches(1)[1][0])
    assert torch.equal(whole[1::2], batches(0, 1, 2)[1][0])
    assert len(batches(0)) == 2
    with pytest.raises(IndexError):
        batches(0)[2]


def test_cross_validation_goes_on_where_it_was(root, tmp_path, monkeypatch) -> None:
    overrides = {"data.looks": "jun", "data.folders": "[]", "training.epochs": "6", "augmentations": "[]"}
    recipe, _ = load_recipe(root / "tiny.yaml", overrides)
    assert isinstance(recipe, BeatImageRecipe)
    store = open_store(store_folder())
    first = cross_validate(store, recipe, tmp_path, n_folds=3, only=[0])
    assert set(first.folds.tolist()) == {0}
    done: list[int] = []
    answers = cross_validate(store, recipe, tmp_path, n_folds=3, on_fold=lambda fold, _: done.append(fold))
    assert done == [0, 1, 2]
    assert len(answers.classes) == len(store)
    metrics = figures(answers, recipe)
    assert metrics["accuracy"] > 0.6
    assert metrics["ci95"]["accuracy"] is not None

    def never(*_: object, **__: object) -> None:
        raise AssertionError("a fold that was done is trained again")

    monkeypatch.setattr("einthoven.training.beat_image_folds.fit", never)
    again = cross_validate(store, recipe, tmp_path, n_folds=3)
    assert np.array_equal(again.probabilities, answers.probabilities)
    other, _ = load_recipe(root / "tiny.yaml", {**overrides, "seed": "1"})
    with pytest.raises(DataError, match="of another recipe"):
        cross_validate(store, other, tmp_path, n_folds=3)  # type: ignore[arg-type]
    with pytest.raises(RecipeError, match="cross-validation takes"):
        cross_validate(store, load_recipe(root / "tiny.yaml")[0], tmp_path)  # type: ignore[arg-type]
