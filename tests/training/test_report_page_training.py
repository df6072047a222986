"""From a recipe of report pages to a bundle; folds, batches, networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lightning")

import torch

from drawn_pages import recording, shown, write_pages
from einthoven.datasets import report_page_store
from einthoven.errors import DataError, RecipeError
from einthoven.models.report_page import classify_recording
from einthoven.models.verify import verify_bundle
from einthoven.training.networks.lead_picture_cnn import LeadPictureCnn, LeadPictureCnnOptions
from einthoven.training.networks.lead_picture_crnn import LeadPictureCrnn, LeadPictureCrnnOptions
from einthoven.training.networks.page_net import PageNet, PageNetOptions
from einthoven.training.recipe import load_recipe
from einthoven.training.report_page_batches import changed
from einthoven.training.report_page_data import folds_of
from einthoven.training.report_page_recipe import BeatChanges
from einthoven.training.run import train

RECIPES = Path(__file__).parents[2] / "recipes"
RATES = {"normal": 60.0, "abnormal_heartbeat": 110.0, "myocardial_infarction": 150.0, "history_of_mi": 85.0}
RECIPE = """
name: tiny
version: "0"
task: report-page
data: {folder: pages}
network: {name: page_net, channels: [4, 4, 4], features: 4, hidden: 16, dropout: 0.0}
folds: 2
changes: {left_out: 0.2}
training: {epochs: 6, steps: 20, batch: 16}
optimiser: {learning_rate: 0.02}
intended_use: tests
limits: [all]
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Class folders of pages, whose digitised signals are those of simulated records."""
    root = tmp_path / "root"
    for folder in RATES:
        (root / "pages" / folder).mkdir(parents=True)
        for i in range(6):
            (root / "pages" / folder / f"{folder}_{i}.png").write_bytes(f"{folder} {i}".encode())

    def write(path, page) -> None:
        number = int(page.path.stem[-1])
        record = recording(RATES[page.label] + number, seed=number)
        report_page_store.keep(path, shown(record))

    monkeypatch.setattr(report_page_store, "_write", write)
    monkeypatch.setenv("EINTHOVEN_DATA", str(root))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    # Simulated hearts differ in rate alone: each page its own group, whatever its beats look like.
    monkeypatch.setattr(
        "einthoven.training.report_page_data.group_alike", lambda beats: np.arange(len(beats), dtype=np.int64)
    )
    return root


def test_a_recipe_becomes_a_bundle_that_verifies_and_answers(root, tmp_path) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    bundle = train(path, out=tmp_path / "bundle")
    assert bundle is not None
    failed = [check for check in verify_bundle(bundle) if check.outcome != "passed"]
    assert failed == []
    card = bundle.card
    assert card.input.settings["members"] == 2
    assert len(card.data[0].records) == 24
    accuracy = next(metric for metric in card.metrics if metric.name == "accuracy")
    assert accuracy.value > 0.7
    assert "single network that had not learnt from it" in accuracy.protocol
    answer = classify_recording(shown(recording(151.0, seed=9)), bundle)
    assert answer.label == "myocardial_infarction"
    assert len(answer.leads) == 12


def test_pictures_of_leads_become_a_bundle(tmp_path, monkeypatch) -> None:
    write_pages(tmp_path / "pages", RATES, n=4)
    monkeypatch.setenv("EINTHOVEN_DATA", str(tmp_path))
    overrides = {
        "data.folder": "pages", "network.channels": "[4, 4, 4, 4]", "network.units": "8",
        "training.epochs": "1", "training.batch": "26", "data.test": "0.3", "data.validation": "0.3",
    }  # fmt: skip
    bundle = train(RECIPES / "report-page-cnn.yaml", overrides, tmp_path / "bundle")
    assert bundle is not None
    assert [check.name for check in verify_bundle(bundle) if check.outcome != "passed"] == []
    assert {source.role for source in bundle.card.data} == {"training", "validation and calibration", "test"}


def test_a_class_without_pages_is_refused(root, tmp_path) -> None:
    for path in (root / "pages" / "history_of_mi").iterdir():
        path.unlink()
    recipe = tmp_path / "tiny.yaml"
    recipe.write_text(RECIPE, encoding="utf-8")
    with pytest.raises(DataError, match="No page of history_of_mi"):
        train(recipe, out=tmp_path / "bundle")


def test_folds_keep_groups_together_and_classes_even() -> None:
    chance = np.random.default_rng(0)
    classes = np.repeat([0, 1, 2, 3], (80, 50, 30, 20))
    groups = np.arange(180)
    groups[10:14] = 10
    groups[95] = 90
    fold = folds_of(classes, groups, 5, seed=1)
    assert len(set(fold[10:14].tolist())) == 1
    assert fold[95] == fold[90]
    counts = np.array([np.bincount(classes[fold == f], minlength=4) for f in range(5)])
    assert (counts.max(axis=0) - counts.min(axis=0)).max() <= 2
    assert np.array_equal(fold, folds_of(classes, groups, 5, seed=1))
    assert not np.array_equal(fold, folds_of(classes, groups, 5, seed=int(chance.integers(2, 99))))


def test_changed_beats_keep_at_least_one_lead_and_zeros_where_none_is() -> None:
    beats, known = torch.ones(64, 12, 96), torch.ones(64, 12)
    known[:, 3] = 0
    found, kept = changed(beats, known, BeatChanges(left_out=1.0), torch.Generator().manual_seed(0))
    assert (kept.sum(1) > 0).all()
    assert not kept[:, 3].any()
    assert not found[kept == 0].any()
    assert kept.mean() < 0.8


def test_networks_are_as_described() -> None:
    cnn = LeadPictureCnn(150, 4, LeadPictureCnnOptions(name="lead_picture_cnn"))
    assert sum(p.numel() for p in cnn.parameters()) == 19_035_140
    pictures = torch.rand(2, 1, 150, 150)
    assert cnn(pictures).shape == (2, 4)
    crnn = LeadPictureCrnn(150, 4, LeadPictureCrnnOptions(name="lead_picture_crnn"))
    assert crnn(pictures).shape == (2, 4)
    net = PageNet(4, 7, PageNetOptions(name="page_net"))
    beats, known = torch.rand(3, 12, 96), torch.ones(3, 12)
    assert net(beats, known, torch.rand(3, 11)).shape == (3, 4)
    assert net.statements(beats, known).shape == (3, 7)


@pytest.mark.parametrize("name", ["report-page", "report-page-cnn", "report-page-crnn"])
def test_recipes_are_valid(name: str) -> None:
    recipe, _ = load_recipe(RECIPES / f"{name}.yaml")
    assert recipe.name == name


def test_a_network_for_other_input_is_refused(tmp_path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(RECIPE + "input: lead_pictures\n", encoding="utf-8")
    with pytest.raises(RecipeError, match="network page_net takes signals"):
        load_recipe(path)
