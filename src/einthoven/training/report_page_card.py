"""The card of a model of report pages: its contract, where it comes from, what it gives on pages held out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.datasets.report_pages import ALIKE_BELOW
from einthoven.evaluation.metrics import resample_rows
from einthoven.evaluation.pictures import count, picture_figures
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
from einthoven.models.report_page import SHAPES
from einthoven.models.report_page_classes import CLASSES, TITLES
from einthoven.models.report_page_input import BEFORE, RATE, RHYTHM, SAMPLES
from einthoven.paper.report_page_stages import LEAD_SIZE
from einthoven.recording import STANDARD_LEADS, Int64
from einthoven.training.calibration import VectorScaling
from einthoven.training.report_page_export import settings_of
from einthoven.training.report_page_recipe import PageRecipe

Floats = npt.NDArray[np.float64]
_SIGNALS = (
    "The ECG area of the page is digitised (einthoven.paper.digitize). Millivolt at 100 Hz in the order I "
    "II III aVR aVL aVF "
    "V1-V6; of each lead the median beat from 0.36 s before the R peak to 0.6 s after, R peaks from the "
    "lead that "
    "is shown longest; the level before the QRS complex is taken off; 0 where missing. Rhythm: "
    + ", ".join(RHYTHM)
    + " (einthoven.models.report_page_input)."
)
_PICTURES = (
    "The boxes of the twelve leads and the strip are found on the page (einthoven.paper.report_page_stages), "
    "smoothed (Gaussian, sigma 1 pixel), thresholded (Otsu), resized to 150 x 150; 1: ink. Logits are "
    "averaged over "
    "the thirteen pictures."
)
_SPLIT = (
    "Patients are not known. Pages whose typical beats differ by less than "
    f"{ALIKE_BELOW:g} of their mean power are kept together; no page is on both sides."
)


def report_page_card(
    recipe: PageRecipe,
    *,
    recipe_file: str,
    recipe_hash: str,
    overrides: Mapping[str, str],
    sources: Sequence[DataSource],
    true: Int64,
    probabilities: Floats,
    protocol: str,
    calibration: VectorScaling,
    calibrated_on: str,
    members: int,
    onnx_sha256: str,
    parameters: int,
) -> Card:
    """Write the card.

    Args:
        recipe: what was trained.
        recipe_file: its path.
        recipe_hash: SHA-256 of that.
        overrides: what was put in place of the file's own values.
        sources: the data, by role.
        true: class numbers of pages that the network that answered had not learnt from.
        probabilities: its answers, calibrated on others, shape ``(n, 4)``.
        protocol: which pages those are.
        calibration: that ships.
        calibrated_on: what it was fitted on.
        members: networks in the bundle.
        onnx_sha256: of the exported network.
        parameters: its number of weights.
    """
    options = [f"--set {key}={value}" for key, value in overrides.items()]
    command = " ".join(["einthoven train", recipe_file, *options])
    signals = recipe.input == "signals"
    figures = page_figures(true, probabilities)
    return Card(
        name=recipe.name,
        version=recipe.version,
        task="report-page",
        classes=list(CLASSES),
        input=InputContract(
            rate_hz=RATE if signals else LEAD_SIZE / 2.5,
            window=Window(
                samples=SAMPLES if signals else LEAD_SIZE,
                anchor=BEFORE if signals else 0,
                description="one typical beat"
                if signals
                else "columns of a picture of 2.5 s (the strip: 10 s)",
            ),
            leads=Leads(
                minimum=1 if signals else 12,
                maximum=12,
                preferred=list(STANDARD_LEADS),
                description="" if signals else "three rows of four, and a rhythm strip",
            ),
            unit="mV" if signals else "0-1",
            normalisation=_SIGNALS if signals else _PICTURES,
            inputs=[Tensor(name=name, shape=shape) for name, shape in SHAPES[recipe.input].items()],
            outputs=[Output(name="logits", shape=["batch", len(CLASSES)], kind="logits")],
            settings=settings_of(recipe.input, members, recipe.network),
        ),
        recipe=Recipe(name=Path(recipe_file).name, sha256=recipe_hash),
        data=list(sources),
        patient_split=_SPLIT,
        metrics=_metrics(recipe, figures, protocol, command),
        calibration=Calibration(
            method="vector scaling",
            parameters={"temperature": calibration.temperature, "bias": list(calibration.bias)},
            ece=None if figures["ece"] is None else round(figures["ece"], 4),
            description=f"fitted on {calibrated_on}; the error is that of the figures",
        ),
        intended_use=recipe.intended_use,
        limits=[
            *recipe.limits,
            "Answers with one of: " + ", ".join(f"{c} ({TITLES[c]})" for c in CLASSES) + ".",
        ],
        licence=recipe.licence,
        onnx_sha256=onnx_sha256,
        parameters=parameters,
    )


def page_figures(true: Int64, probabilities: Floats) -> dict[str, Any]:
    """Return the figures of pages, with intervals over pages."""
    predicted = probabilities.argmax(axis=1).astype(np.int64)
    resampled = resample_rows(count(true, predicted, len(CLASSES)))
    return picture_figures(CLASSES, true, predicted, probabilities.astype(np.float32), resampled)


def _metrics(recipe: PageRecipe, figures: dict[str, Any], protocol: str, command: str) -> list[Metric]:
    found = []

    def add(name: str, value: float | None, interval: Any = None) -> None:
        if value is not None:
            ends = None if interval is None else (round(interval[0], 4), round(interval[1], 4))
            found.append(
                Metric(
                    name=name,
                    data=Path(recipe.data.folder).name,
                    protocol=protocol,
                    value=round(value, 4),
                    ci95=ends,
                    command=command,
                )
            )

    for name, title in (("accuracy", "accuracy"), ("macro_f1", "macro F1")):
        add(title, figures[name], figures["ci95"][name])
    add("mean AUROC", figures["macro_auroc"])
    for label, row in figures["per_class"].items():
        for name in ("sensitivity", "specificity", "ppv", "f1"):
            add(f"{label} {name.replace('f1', 'F1')}", row[name], row["ci95"][name])
        add(f"{label} AUROC", row["auroc"])
    add("ECE", figures["ece"])
    return found
