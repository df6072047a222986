"""The card of a model of beat drawings: its contract, where it comes from, what it gives on test drawings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from einthoven.evaluation.metrics import (
    expected_calibration_error,
    interval95,
    resample,
    resample_rows,
    score,
)
from einthoven.evaluation.pictures import specificity
from einthoven.models.beat_image_classes import TITLES
from einthoven.models.beat_image_curve import CHANNELS, N_COLUMNS
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
from einthoven.training.beat_image_batches import Drawings
from einthoven.training.beat_image_data import Parts
from einthoven.training.beat_image_export import input_name, settings_of
from einthoven.training.beat_image_recipe import BeatImageRecipe, CurveInput
from einthoven.training.calibration import VectorScaling

Floats = npt.NDArray[np.float64]
_SPLITS = {
    "beats": "At random over beats: each patient's beats are on both sides. The figures say nothing about a "
    "patient the model has not seen.",
    "patients": "Over patients: no patient has beats on both sides.",
}
_CURVE = (
    "The curve is read off the picture (einthoven.models.beat_image_curve): ground, frame, axes, grid and "
    f"text are taken away; from its left to its right end, in {N_COLUMNS} columns, {', '.join(CHANNELS)} of "
    "the line, heights from 0 at its lowest to 1 at its highest point."
)
_PIXELS = "The picture resized to the size in the settings, pixel values from 0 (black) to 1 (white)."


def beat_image_card(
    recipe: BeatImageRecipe,
    *,
    recipe_file: str,
    recipe_hash: str,
    overrides: Mapping[str, str],
    parts: Parts,
    records: list[str],
    probabilities: Floats,
    calibration: VectorScaling,
    onnx_sha256: str,
    parameters: int,
) -> Card:
    """Write the card; its figures are computed here, from the exported network's answers to test drawings.

    Args:
        recipe: what was trained.
        recipe_file: where it is.
        recipe_hash: SHA-256 of that file.
        overrides: what was put in place of its values.
        parts: the drawings.
        records: of the database.
        probabilities: of the test drawings, shape ``(n, n_classes)``.
        calibration: fitted on the validation drawings.
        onnx_sha256: of the exported network.
        parameters: weights of it.
    """
    classes = list(recipe.data.classes)
    shape = recipe.input.shape
    curve = isinstance(recipe.input, CurveInput)
    options = [f"--set {key}={value}" for key, value in overrides.items()]
    command = " ".join(["einthoven train", recipe_file, *options])
    test = parts.test
    metrics: list[Metric] = []
    for source in dict.fromkeys(test.sources.tolist()):
        of_it = test.sources == source
        metrics += _metrics(recipe, test.take(of_it), probabilities[of_it], source, command)
    correct = probabilities.argmax(axis=1) == test.classes
    ece = round(expected_calibration_error(probabilities.astype(np.float32), correct), 4)
    unread = f"; {parts.unread} pictures had no curve and were left out" if parts.unread else ""
    return Card(
        name=recipe.name,
        version=recipe.version,
        task="beat-image",
        classes=classes,
        input=InputContract(
            rate_hz=float(shape[-1]),
            window=Window(
                samples=shape[-1],
                anchor=shape[-1] // 2,
                description="columns of one drawing, whatever time it shows; the R peak is near the middle"
                + unread,
            ),
            leads=Leads(minimum=1, maximum=1, description="one lead is drawn; MLII mostly"),
            unit="0-1",
            normalisation=_CURVE if curve else _PIXELS,
            inputs=[Tensor(name=input_name(recipe.input), shape=["batch", *shape])],
            outputs=[Output(name="logits", shape=["batch", len(classes)], kind="logits")],
            settings=settings_of(recipe.input, recipe.network),
        ),
        recipe=Recipe(name=Path(recipe_file).name, sha256=recipe_hash),
        data=_sources(recipe, parts, records),
        patient_split=_SPLITS[recipe.data.split],
        metrics=metrics,
        calibration=Calibration(
            method="vector scaling",
            parameters={"temperature": calibration.temperature, "bias": list(calibration.bias)},
            ece=ece,
            description=f"fitted on {len(parts.validation):,} validation drawings; error on {len(test):,} "
            "test drawings",
        ),
        intended_use=recipe.intended_use,
        limits=[*recipe.limits, _told(classes)],
        licence=recipe.licence,
        onnx_sha256=onnx_sha256,
        parameters=parameters,
    )


def _told(classes: list[str]) -> str:
    return (
        "Answers with one of: " + ", ".join(f"{name} ({TITLES.get(name, 'AAMI')})" for name in classes) + "."
    )


def _sources(recipe: BeatImageRecipe, parts: Parts, records: list[str]) -> list[DataSource]:
    roles = {
        "training": parts.training,
        "validation and calibration": parts.validation,
        "test": parts.test,
    }
    found = []
    for role, drawings in roles.items():
        for source in dict.fromkeys(drawings.sources.tolist()):
            n = int(np.count_nonzero(drawings.sources == source))
            ours = source == recipe.data.source
            found.append(
                DataSource(
                    name=source,
                    version=f"{n:,} drawings" + ("" if ours else ", patients not known"),
                    records=records if ours else [],
                    role=role,
                    licence=recipe.data.licence if ours else "",
                )
            )
    return found


def _metrics(
    recipe: BeatImageRecipe, test: Drawings, probabilities: Floats, source: str, command: str
) -> list[Metric]:
    labels = recipe.data.classes
    known = bool(np.all(test.owners != ""))
    # Of a folder of pictures some classes alone are asked for, as in `evaluate_beat_images`.
    asked = np.arange(len(labels)) if known else np.unique(test.classes)
    predicted = asked[probabilities[:, asked].argmax(axis=1)]
    size = len(labels) + 1

    def counted(at: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        cells = np.bincount(test.classes[at] * size + predicted[at], minlength=size * size)
        return cells.reshape(size, size)

    whole = counted(np.arange(len(test)))
    if known:
        _, whose = np.unique(test.owners, return_inverse=True)
        each = np.stack([counted(np.flatnonzero(whose == i)) for i in range(whose.max() + 1)])
        boot = resample(each)
        protocol = f"{len(test):,} test drawings, split over {recipe.data.split}; intervals over patients"
    else:
        boot = resample_rows(whole)
        protocol = (
            f"{len(test):,} pictures held out at random, answers among {' '.join(labels[i] for i in asked)}; "
            "patients not known: the same may be on both sides; intervals over pictures"
        )
    scores, spread = score(whole, labels), score(boot, labels)
    figures = {
        "accuracy": (scores.accuracy, spread.accuracy),
        "macro F1": (scores.macro_f1, spread.macro_f1),
        "mean sensitivity": (np.nanmean(scores.sensitivity), _mean(spread.sensitivity)),
        "mean specificity": (np.nanmean(specificity(whole)), _mean(specificity(boot))),
        **{f"{name} F1": (scores.f1[i], spread.f1[:, i]) for i, name in enumerate(labels)},
    }
    metrics = []
    for name, (value, values) in figures.items():
        if not np.isfinite(value):
            continue  # of a class that is not there
        interval = interval95(values)
        metrics.append(
            Metric(
                name=name,
                data=source,
                protocol=protocol,
                value=round(float(value), 4),
                ci95=None if interval is None else (round(interval[0], 4), round(interval[1], 4)),
                command=command,
            )
        )
    return metrics


def _mean(values: Floats) -> Floats:
    there = np.isfinite(values)
    mean: Floats = np.where(there, values, 0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return mean
