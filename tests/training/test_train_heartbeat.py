"""From a heartbeat recipe to a bundle: trained, calibrated, exported, measured; killed; by two processes."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lightning")

from einthoven.datasets.heartbeat import HeartbeatRows, joined, prepared_folder, read_rows, write_rows
from einthoven.errors import BundleError, DataError, EinthovenError, RecipeError
from einthoven.models.bundle import load_bundle
from einthoven.models.heartbeat import classify_rows
from einthoven.models.verify import verify_bundle
from einthoven.training.heartbeat_data import load_parts
from einthoven.training.heartbeat_recipe import Fold, RowsPart
from einthoven.training.recipe import load_recipe
from einthoven.training.run import train

RECIPES = Path(__file__).parents[2] / "recipes"
RECIPE = """
name: tiny
version: "0"
task: heartbeat
network: {name: resnet, channels: [8, 16], blocks: 1, stride: 2}
augmentations: [{name: jitter}, {name: mixup}]
training: {epochs: 6, batch: 32, monitor: accuracy, averaging: 0.5}
optimiser: {learning_rate: 0.01}
intended_use: tests
limits: [all]
"""


def rows(n: int, seed: int) -> HeartbeatRows:
    """Beats of ten patients; classes are told apart by where a bump lies."""
    chance = np.random.default_rng(seed)
    classes = np.arange(n) % 5
    bumps = np.exp(-0.5 * ((np.arange(187) - 20 - 30 * classes[:, None]) / 6) ** 2)
    values = np.clip(bumps + 0.1 * chance.random(bumps.shape), 0, 1).astype(np.float32)
    records = np.char.add("r", (np.arange(n) // 5 % 10).astype(str))
    return HeartbeatRows(values, classes, records, np.char.add("mitdb/", records), np.arange(n))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache folder with prepared rows, and a recipe for them."""
    root = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(root))
        folder = prepared_folder("mitdb")
        folder.mkdir(parents=True)
        write_rows(rows(600, 0), folder / "train.csv")
        write_rows(rows(150, 1), folder / "test.csv")
    (root / "tiny.yaml").write_text(RECIPE)
    return root


@pytest.fixture(autouse=True)
def use_cache(cache, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))


@pytest.fixture(scope="module")
def trained(cache, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "tiny"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache))
        train(cache / "tiny.yaml", out=out)
    return out


@pytest.mark.parametrize("path", sorted(RECIPES.glob("heartbeat*.yaml")), ids=lambda path: path.stem)
def test_recipes_of_the_repository_are_valid_and_named_like_their_file(path):
    recipe, digest = load_recipe(path)
    assert recipe.name == path.stem
    assert len(digest) == 64


def test_the_bundle_verifies_with_parity(trained):
    checks = verify_bundle(load_bundle(trained))
    assert {check.name: check.outcome for check in checks} == {check.name: "passed" for check in checks}


def test_what_is_on_the_card_is_what_the_bundle_answers(trained):
    bundle = load_bundle(trained)
    test = rows(150, 1)
    accuracy = np.mean(classify_rows(test.values, bundle).argmax(axis=1) == test.classes)
    card = {metric.name: metric for metric in bundle.card.metrics}
    assert card["accuracy"].value == pytest.approx(accuracy, abs=1e-4)
    assert accuracy > 0.6
    assert "split over beats; intervals over patients" in card["accuracy"].protocol
    assert "say nothing about a patient" in bundle.card.patient_split
    assert {source.role for source in bundle.card.data} == {"training", "validation and calibration"}


def test_a_run_says_what_it_rests_on(cache, trained):
    log = trained.with_name("tiny-log")
    origin = json.loads((log / "environment.json").read_text())
    assert set(origin["data_sha256"]) == {"training rows", "validation rows"}
    assert origin["libraries"]["torch"] != "not installed"
    resolved, _ = load_recipe(log / "recipe.yaml")
    assert resolved == load_recipe(cache / "tiny.yaml")[0]
    assert (log / "curves.csv").is_file()


def test_split_over_patients(cache, tmp_path):
    bundle = train(cache / "tiny.yaml", {"data.split": "patients", "training.epochs": "1"}, tmp_path / "p")
    seen = {role: set(source.records) for source in bundle.card.data for role in [source.role]}
    held_out = read_rows(tmp_path / "p-log" / "test.csv")
    assert not seen["training"] & (seen["validation and calibration"] | set(held_out.records.tolist()))
    assert "no patient has beats on both sides" in bundle.card.patient_split


@pytest.mark.parametrize("split", ["beats", "patients"])
def test_folds_share_no_row_and_are_all_of_the_training_file(cache, split):
    whole = read_rows(prepared_folder("mitdb") / "train.csv")

    def kept(rows):
        return sorted(zip(rows.classes.tolist(), rows.values.sum(axis=1).tolist(), strict=True))

    seen = []
    for number in range(3):
        parts = load_parts(RowsPart(split=split, fold=Fold(number=number, of=3)), seed=0)
        together = joined([parts.training, parts.validation, parts.test])
        assert kept(together) == kept(whole)
        if split == "patients":
            assert not set(parts.test.patients) & set(joined([parts.training, parts.validation]).patients)
        seen.append(parts.test)
    assert kept(joined(seen)) == kept(whole)


def test_a_fold_is_what_the_card_is_of(cache, tmp_path):
    overrides = {"data.fold": "{number: 1, of: 3}", "training.epochs": "1"}
    bundle = train(cache / "tiny.yaml", overrides, tmp_path / "fold")
    assert "200 rows of fold 1 of 3" in bundle.card.metrics[0].protocol
    assert len(read_rows(tmp_path / "fold-log" / "test.csv")) == 200
    with pytest.raises(RecipeError, match="numbered from 0 to 2"):
        train(cache / "tiny.yaml", {"data.fold": "{number: 3, of: 3}"}, tmp_path / "none")


def test_nearest_neighbours_need_no_epochs(cache, tmp_path):
    recipe = tmp_path / "knn.yaml"
    recipe.write_text(
        RECIPE.replace("name: resnet, channels: [8, 16], blocks: 1, stride: 2", "name: nearest_neighbours")
    )
    bundle = train(recipe, out=tmp_path / "knn")
    assert {check.outcome for check in verify_bundle(bundle)} == {"passed"}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # MLflow's own, of its database
def test_mlflow_has_the_figures_of_each_epoch(cache, tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow", reason="needs MLflow: pip install mlflow-skinny")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    train(cache / "tiny.yaml", {"training.epochs": "2"}, tmp_path / "logged", mlflow=True)
    client = mlflow.MlflowClient(f"sqlite:///{tmp_path / 'logged-log' / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("einthoven")
    (run,) = client.search_runs([experiment.experiment_id])
    assert (run.info.run_name, run.info.status) == ("tiny", "FINISHED")
    with (tmp_path / "logged-log" / "curves.csv").open(newline="") as file:
        epochs = list(csv.DictReader(file))
    for name in ("train_loss", "val_loss", "val_accuracy"):
        logged = [point.value for point in client.get_metric_history(run.info.run_id, name)]
        assert logged == pytest.approx([float(epoch[name]) for epoch in epochs], abs=1e-4)


def test_without_mlflow_it_says_what_to_install(cache, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(EinthovenError, match="pip install mlflow"):
        train(cache / "tiny.yaml", {"training.epochs": "1"}, tmp_path / "none", mlflow=True)


def test_a_model_learns_from_another(cache, trained, tmp_path):
    teacher = {"distillation": f"{{teachers: [{trained}, {trained}], share: 1.0}}", "training.epochs": "2"}
    bundle = train(cache / "tiny.yaml", teacher, tmp_path / "taught")
    assert {check.outcome for check in verify_bundle(bundle)} == {"passed"}
    values = rows(150, 1).values
    # Nothing but the teacher's answers was shown, mistakes included.
    agree = classify_rows(values, bundle).argmax(axis=1) == classify_rows(
        values, load_bundle(trained)
    ).argmax(axis=1)
    assert agree.mean() > 0.6
    with pytest.raises(EinthovenError, match=r"its .*teacher .*differ"):
        train(cache / "tiny.yaml", {"training.epochs": "2"}, tmp_path / "taught")


def test_a_teacher_for_another_task_is_refused(cache, tmp_path):
    with pytest.raises(BundleError, match="beats cannot teach"):
        train(cache / "tiny.yaml", {"distillation": "{teachers: [beats]}"}, tmp_path / "taught")


def test_rows_that_were_not_prepared(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(DataError, match="einthoven data prepare heartbeat --from mitdb"):
        train(cache / "tiny.yaml", out=tmp_path / "out")


def test_a_class_missing_from_the_training_rows(cache, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = prepared_folder("mitdb")
    folder.mkdir(parents=True)
    few = rows(100, 0)
    write_rows(few.take(np.flatnonzero(few.classes != 3)), folder / "train.csv")
    write_rows(few, folder / "test.csv")
    with pytest.raises(DataError, match=r"none of class F \(N .*F 0"):
        train(cache / "tiny.yaml", out=tmp_path / "out")


def test_another_recipe_does_not_take_up_the_checkpoint(cache, trained):
    with pytest.raises(EinthovenError, match=r"its recipe differ.*--fresh"):
        train(cache / "tiny.yaml", {"optimiser.learning_rate": "0.02"}, trained)
    origin, _ = load_recipe(trained.with_name("tiny-log") / "recipe.yaml")
    assert origin.optimiser.learning_rate == 0.01  # what belongs to the other run is as it was


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"loss": "{name: focl}"}, "Did you mean 'focal'?"),
        ({"loss": "{name: focal, gama: 1}"}, "Did you mean 'gamma'?"),
        ({"network": "{name: resnett}"}, "Did you mean 'resnet'?"),
        ({"sampler": "{name: wheighted}"}, "Did you mean 'weighted'?"),
        ({"schedule": "{name: cosin}"}, "Did you mean 'cosine'?"),
        ({"augmentations": "[{name: jiter}]"}, "Did you mean 'jitter'?"),
        ({"augmentations": "[{name: lead_drop}]"}, "heartbeat rows have one"),
        ({"optimiser.name": "adamww"}, "Did you mean 'adamw'?"),
        ({"loss": "{gamma: 1}"}, "loss lacks a name"),
        ({"training.epocs": "3"}, "Did you mean 'epochs'?"),
        ({"task": "hartbeat"}, "Did you mean 'heartbeat'?"),
    ],
)
def test_mistakes_in_a_recipe_are_named(cache, change, message):
    with pytest.raises(RecipeError, match=message.replace("?", r"\?")):
        load_recipe(cache / "tiny.yaml", change)


def command(cache: Path, out: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "einthoven", "train", str(cache / "tiny.yaml"), "--out", str(out), *more]


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_killed_it_goes_on_and_ends_with_the_same_weights(cache, trained, tmp_path):
    out = tmp_path / "tiny"
    log = tmp_path / "tiny-log"
    with subprocess.Popen(command(cache, out), stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as child:
        began = time.monotonic()
        while not (log / "last.ckpt").is_file() and child.poll() is None:
            assert time.monotonic() - began < 120
            time.sleep(0.02)
        child.send_signal(signal.SIGKILL)
        child.communicate()
    assert child.returncode == -signal.SIGKILL
    assert not (out / "card.json").exists()
    done = subprocess.run(command(cache, out), capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert "epoch 1/6" not in done.stdout
    assert "epoch 6/6" in done.stdout
    one, other = (json.loads((path / "card.json").read_text()) for path in (out, trained))
    assert one["onnx_sha256"] == other["onnx_sha256"]


@pytest.mark.parametrize("launcher", ["--devices", "torchrun"])
def test_two_processes_train_together(cache, trained, tmp_path, launcher):
    out = tmp_path / "tiny"
    run = command(cache, out, "--devices", "2")
    if launcher == "torchrun":
        run = [
            sys.executable,
            "-m",
            "torch.distributed.run",
            "--standalone",
            "--nproc-per-node",
            "2",
            *run[1:],
        ]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(run, capture_output=True, text=True, timeout=300, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("epoch 6/6") == 1  # told once
    assert done.stdout.count("wrote ") == 1
    accuracy = {m.name: m.value for m in load_bundle(out).card.metrics}["accuracy"]
    expected = {m.name: m.value for m in load_bundle(trained).card.metrics}["accuracy"]
    assert accuracy == pytest.approx(expected, abs=0.1)  # batch statistics are each process's own
