"""The card of a model of heartbeat rows: its contract, where it comes from, what it gives on test rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from einthoven.datasets.heartbeat import LENGTH, HeartbeatRows
from einthoven.evaluation.metrics import (
    bootstrap_scores,
    count_matrix,
    expected_calibration_error,
    interval95,
    score,
)
from einthoven.models.card import (
    Calibration,
    Card,
    DataSource,
    InputContract,
    Leads,
    Metric,
    Output,
    Recipe,
    Tensor,
    Window,
)
from einthoven.recording import AAMI_CLASSES, Float32
from einthoven.training.calibration import VectorScaling
from einthoven.training.heartbeat_data import Parts
from einthoven.training.heartbeat_export import settings_of
from einthoven.training.heartbeat_recipe import HeartbeatRecipe

RATE_HZ = 120.0
_SPLITS = {
    "beats": "At random over beats: each patient's beats are on both sides. The figures say nothing about a "
    "patient the model has not seen.",
    "patients": "Over patients: no patient has beats on both sides.",
}
_NORMALISATION = (
    "First lead in converter steps, unfiltered, every third sample of 360 Hz (120 Hz, though the set is "
    "described as 125 Hz), from the annotated position to 0.2 of an interval beyond the next annotation; "
    "scaled to 0-1 by its own extremes, padded with zeros or cut to 187 values: docs/datasets/heartbeat.md. "
    "Whatever else is done to rows is part of the network."
)


def heartbeat_card(
    recipe: HeartbeatRecipe,
    *,
    recipe_file: str,
    recipe_hash: str,
    overrides: Mapping[str, str],
    parts: Parts,
    test_logits: Float32,
    calibration: VectorScaling,
    onnx_sha256: str,
    parameters: int,
) -> Card:
    """Write the card; its figures are computed here, from the exported network's answers to the test rows."""
    options = [f"--set {key}={value}" for key, value in overrides.items()]
    command = " ".join(["einthoven train", recipe_file, *options])
    probabilities = calibration(test_logits)
    return Card(
        name=recipe.name,
        version=recipe.version,
        task="heartbeat",
        classes=list(AAMI_CLASSES),
        input=InputContract(
            rate_hz=RATE_HZ,
            window=Window(samples=LENGTH, anchor=0, description="from the R peak on, padded with zeros"),
            leads=Leads(minimum=1, maximum=1, description="MLII mostly"),
            unit="0-1",
            normalisation=_NORMALISATION,
            inputs=[Tensor(name="rows", shape=["batch", LENGTH], description="values as in the CSV files")],
            outputs=[Output(name="logits", shape=["batch", len(AAMI_CLASSES)], kind="logits")],
            settings=settings_of(recipe.normalisation, recipe.network),
        ),
        recipe=Recipe(name=Path(recipe_file).name, sha256=recipe_hash),
        data=_sources(recipe, parts),
        patient_split=_SPLITS[recipe.data.split],
        metrics=_metrics(recipe, parts.test, probabilities, command),
        calibration=Calibration(
            method="vector scaling",
            parameters={"temperature": calibration.temperature, "bias": list(calibration.bias)},
            ece=_ece(probabilities, parts.test),
            description=f"fitted on {len(parts.validation):,} validation rows; error on {len(parts.test):,} "
            "test rows",
        ),
        intended_use=recipe.intended_use,
        limits=recipe.limits,
        licence=recipe.licence,
        onnx_sha256=onnx_sha256,
        parameters=parameters,
    )


def _sources(recipe: HeartbeatRecipe, parts: Parts) -> list[DataSource]:
    licence = recipe.data.licence
    roles = {"training": parts.training, "validation and calibration": parts.validation}
    return [
        DataSource(
            name=recipe.data.source,
            version=f"{len(rows):,} heartbeat rows",
            records=sorted(set(rows.records.tolist()) - {""}),
            role=role,
            licence=licence,
        )
        for role, rows in roles.items()
    ]


def _metrics(
    recipe: HeartbeatRecipe,
    test: HeartbeatRows,
    probabilities: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    command: str,
) -> list[Metric]:
    letters = np.array(AAMI_CLASSES)
    true, predicted = letters[test.classes], letters[probabilities.argmax(axis=1)]
    groups = test.patients if test.patients_known else np.arange(len(test)).astype(str)
    counts = np.stack(
        [
            count_matrix(true[index].tolist(), predicted[index].tolist(), AAMI_CLASSES)
            for index in _by_group(groups)
        ]
    )
    scores, boot = score(counts.sum(axis=0), AAMI_CLASSES), bootstrap_scores(counts, AAMI_CLASSES)
    over = "patients" if test.patients_known else "rows"
    fold = recipe.data.fold
    held_out = "test rows" if fold is None else f"rows of fold {fold.number} of {fold.of}"
    protocol = f"{len(test):,} {held_out}, split over {recipe.data.split}; intervals over {over}"

    def metric(name: str, value: float, interval: tuple[float, float] | None) -> Metric:
        return Metric(
            name=name,
            data=recipe.data.source,
            protocol=protocol,
            value=round(value, 4),
            ci95=None if interval is None else (round(interval[0], 4), round(interval[1], 4)),
            command=command,
        )

    metrics = [
        metric(title, float(getattr(scores, name)), interval95(getattr(boot, name)))
        for name, title in (("accuracy", "accuracy"), ("macro_f1", "macro F1"))
        if np.isfinite(getattr(scores, name))
    ]
    metrics += [
        metric(f"{letter} F1", float(scores.f1[i]), interval95(boot.f1[:, i]))
        for i, letter in enumerate(AAMI_CLASSES)
        if np.isfinite(scores.f1[i])
    ]
    return [*metrics, metric("ECE", _ece(probabilities, test), None)]


def _ece(probabilities: np.ndarray[tuple[int, int], np.dtype[np.float64]], rows: HeartbeatRows) -> float:
    correct = probabilities.argmax(axis=1) == rows.classes
    return round(expected_calibration_error(probabilities.astype(np.float32), correct), 4)


def _by_group(
    groups: np.ndarray[tuple[int], np.dtype[np.str_]],
) -> list[np.ndarray[tuple[int], np.dtype[np.int64]]]:
    _, which = np.unique(groups, return_inverse=True)
    order = np.argsort(which, kind="stable")
    return np.split(order, np.cumsum(np.bincount(which))[:-1])
