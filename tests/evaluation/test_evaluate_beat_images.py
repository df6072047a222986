"""Measuring models of drawings on class folders."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from drawn_beats import SYMBOLS, write_pictures
from einthoven.cli import run
from einthoven.errors import BundleError, DataError
from einthoven.evaluation.beat_images import evaluate_beat_images
from einthoven.evaluation.pictures import count, picture_figures, specificity
from einthoven.models.bundle import load_bundle
from tiny_beat_image import CLASSES, make_beat_image_bundle


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return make_beat_image_bundle(tmp_path_factory.mktemp("tiny"))


def test_figures_by_hand() -> None:
    true, predicted = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 3, 2])  # 3: refused
    counts = count(true, predicted, 3)
    assert specificity(counts).tolist() == [1.0, 0.75, 1.0]
    scores = np.eye(4, dtype=np.float32)[predicted][:, :3]
    figures = picture_figures(["A", "B", "C"], true, predicted, scores, None)
    assert figures["accuracy"] == pytest.approx(4 / 6)
    assert figures["per_class"]["A"]["sensitivity"] == pytest.approx(2 / 3)
    assert figures["per_class"]["B"]["refused"] == 1
    assert figures["per_class"]["B"]["specificity"] == 0.75
    assert figures["per_class"]["C"]["auroc"] == 1.0
    assert figures["macro_specificity"] == pytest.approx((1 + 0.75 + 1) / 3)
    assert figures["ci95"]["accuracy"] is None


def test_a_folder_of_some_classes_is_measured_on_these(model, tmp_path) -> None:
    folders = {"normal": "N", "PVC": "V", "left bundle branch block": "L"}
    root = write_pictures(tmp_path / "drawings", folders, n=6)
    (root / "normal" / "blank.png").write_bytes((root / "PVC" / "fig_0.png").read_bytes()[:60])
    metrics = evaluate_beat_images(root, model, out=tmp_path / "out")
    assert metrics["labels"] == metrics["answers_among"] == ["NOR", "PVC", "LBB"]
    assert metrics["n_pictures"] == 19
    assert metrics["n_refused"] == 1
    assert metrics["accuracy"] == pytest.approx(18 / 19)
    assert metrics["accuracy_all_classes"] == pytest.approx(18 / 19)
    assert "over pictures" in metrics["intervals"]
    assert metrics["per_class"]["NOR"]["ci95"]["specificity"] is not None
    assert json.loads((tmp_path / "out" / "metrics.json").read_text()) == json.loads(json.dumps(metrics))
    with (tmp_path / "out" / "predictions.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 19
    assert {row["true"] for row in rows} == {"NOR", "PVC", "LBB"}
    (refused,) = [row for row in rows if row["refused"]]
    assert refused["picture"] == "normal/blank.png"
    assert refused["predicted"] == refused["p_NOR"] == ""
    assert any(path.suffix == ".svg" for path in (tmp_path / "out").iterdir())


def test_folders_of_aami_letters_are_answered_by_sums(model, tmp_path) -> None:
    root = write_pictures(tmp_path, {"N": "R", "V": "E", "S": "A", "Q": "/"}, n=3)
    metrics = evaluate_beat_images(root, model)
    assert metrics["labels"] == ["N", "S", "V", "Q"]
    assert metrics["accuracy"] == 1.0


def test_a_model_of_letters_answers_folders_of_classes(tmp_path) -> None:
    changes = {"classes": ["N", "V", "Q", "S", "F"]}
    bundle = load_bundle(make_beat_image_bundle(tmp_path / "tiny", n_classes=5, **changes))
    root = write_pictures(tmp_path / "drawings", {"normal": "N", "PVC": "V", "paced": "/"}, n=2)
    metrics = evaluate_beat_images(root, bundle)
    assert metrics["labels"] == ["N", "V", "Q"]
    assert metrics["folders"] == {"PVC": "V", "normal": "N", "paced": "Q"}
    assert metrics["accuracy"] == 1.0


def test_classes_that_the_model_does_not_know_are_named(model, tmp_path) -> None:
    root = write_pictures(tmp_path, {"F": "N", "PVC": "V"}, n=1)
    with pytest.raises(DataError, match="does not know the classes of folder F"):
        evaluate_beat_images(root, model)


def test_a_model_for_another_task_is_refused(tmp_path) -> None:
    with pytest.raises(BundleError, match="drawings of beats"):
        evaluate_beat_images(tmp_path, "heartbeat")


def test_it_says_that_a_folder_was_learnt_from(tmp_path) -> None:
    data = [{"name": "drawings", "records": [], "role": "training"}]
    bundle = load_bundle(make_beat_image_bundle(tmp_path / "tiny", data=data))
    root = write_pictures(tmp_path / "drawings", {"normal": "N", "PVC": "V"}, n=1)
    metrics = evaluate_beat_images(root, bundle)
    assert metrics["seen_in_training"]
    assert "has learnt from a folder of this name" in metrics["remarks"][0]


def test_the_command_prints_tables_and_remarks(model, tmp_path, capsys) -> None:
    names = dict(zip(CLASSES, SYMBOLS, strict=True))
    root = write_pictures(tmp_path / "drawings", names, n=2)
    out = tmp_path / "out"
    arguments = ["evaluate", "beat-images", "--model", str(model), "--data", str(root), "--out", str(out)]
    assert run([*arguments, "--no-figures"]) == 0
    printed = capsys.readouterr()
    assert "16 pictures, 0 refused" in printed.out
    assert "specificity" in printed.out
    assert "accuracy 100.00" in printed.out
    assert "new patients" in printed.err.replace("\n", " ")
    assert sorted(path.name for path in out.iterdir()) == ["metrics.json", "predictions.csv"]


def test_the_command_names_a_folder_it_does_not_know(model, tmp_path, capsys) -> None:
    root = write_pictures(tmp_path, {"normla": "N"}, n=1)
    assert run(["evaluate", "beat-images", "--model", str(model), "--data", str(root)]) == 1
    assert "Did you mean 'normal'" in capsys.readouterr().err
