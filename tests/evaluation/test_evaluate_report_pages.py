"""Evaluation of models of report pages: metrics, refusals, what was seen, surroundings painted anew."""

from __future__ import annotations

import csv
import json

import cv2
import numpy as np
import pytest

from drawn_pages import page, recording, write_pages
from einthoven.cli import run
from einthoven.errors import DataError
from einthoven.evaluation.report_page_repaint import WAYS, repaint
from einthoven.evaluation.report_pages import evaluate_report_pages
from einthoven.models.bundle import load_bundle
from einthoven.paper.report_page_stages import ecg_area, page_stages
from tiny_report_page import make_page_bundle


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Pages of two classes, and one picture that is no page."""
    root = write_pages(tmp_path_factory.mktemp("pages"), {"normal": 60.0, "HB": 120.0})
    cv2.imwrite(str(root / "HB" / "blank.png"), np.full((500, 700, 3), 255, np.uint8))
    return root


@pytest.fixture
def bundle(tmp_path):
    """A bundle that takes pictures, so that nothing needs to be digitised."""
    return load_bundle(make_page_bundle(tmp_path / "tiny", takes="lead_pictures", records=("no_0",)))


def test_figures_predictions_and_refusals_are_written(root, bundle, tmp_path) -> None:
    metrics = evaluate_report_pages(root, bundle, out=tmp_path / "out", draw=False)
    stored = json.loads((tmp_path / "out" / "metrics.json").read_text(encoding="utf-8"))
    assert stored["accuracy"] == metrics["accuracy"]
    assert stored["labels"] == list(bundle.card.classes)
    assert stored["n_refused"] == 1
    assert stored["missed"]["abnormal_heartbeat"] == 1
    for row in stored["per_class"].values():
        assert {"sensitivity", "specificity", "ppv", "f1", "support", "auroc", "ci95"} <= set(row)
    assert sum(map(sum, stored["confusion_matrix"])) == 4
    with (tmp_path / "out" / "predictions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["page"] for row in rows][:2] == ["HB/HB_0.png", "HB/HB_1.png"]
    assert sum(bool(row["refused"]) for row in rows) == 1
    assert rows[0]["leads"].startswith("I:")


def test_pages_that_were_learnt_from_are_told_and_left_out_beside(root, bundle) -> None:
    metrics = evaluate_report_pages(root, bundle)
    assert metrics["n_seen_in_training"] == 1
    assert metrics["not_seen_in_training"]["per_class"]["normal"]["support"] == 1
    assert "1 of 5 pages have names" in metrics["remarks"][0]


@pytest.mark.parametrize("way", WAYS)
def test_the_ecg_stays_whatever_is_painted_around_it(way: str) -> None:
    pixels = page(recording(), 3.5)
    painted = repaint(pixels, way, np.random.default_rng(3))
    x0, y0, x1, y1 = ecg_area(pixels)
    inside = pixels[y0:y1, x0:x1]
    found = any(
        np.array_equal(painted[y : y + inside.shape[0], x : x + inside.shape[1]], inside)
        for y in range(painted.shape[0] - inside.shape[0] + 1)
        for x in (x0, 0, *range(painted.shape[1] - inside.shape[1] + 1))
        if painted[y, x : x + inside.shape[1]].shape == inside[0].shape
        and np.array_equal(painted[y, x : x + inside.shape[1]], inside[0])
    )
    assert found
    assert np.abs(page_stages(painted).leads.astype(int) - page_stages(pixels).leads).mean() < 2.0


def test_how_far_answers_move_when_surroundings_change_is_measured(root, bundle) -> None:
    painted = evaluate_report_pages(root, bundle, repainted=2)["repainted"]
    assert painted["pages"] == 2
    assert set(painted["ways"]) == set(WAYS)
    assert painted["largest_change"] < 0.05
    assert all(way["refused"] == 0 and way["other_class"] == 0 for way in painted["ways"].values())


def test_the_command_prints_the_table(root, tmp_path, capsys) -> None:
    folder = make_page_bundle(tmp_path / "tiny", takes="lead_pictures")
    assert (
        run(["evaluate", "report-pages", "--data", str(root), "--model", str(folder), "--repainted", "1"])
        == 0
    )
    printed = capsys.readouterr().out
    assert all(word in printed for word in ("infarction", "specificity", "AUROC"))
    assert "surroundings painted anew on 1 pages in 6 ways" in printed


def test_folders_of_other_things_are_refused(bundle, tmp_path) -> None:
    (tmp_path / "cats").mkdir()
    with pytest.raises(DataError, match="'cats' is no class"):
        evaluate_report_pages(tmp_path, bundle)
