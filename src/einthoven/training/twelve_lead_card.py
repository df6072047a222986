"""The card of a model of 12-lead records: its contract, where it comes from, what it gives on validation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.evaluation.multilabel import chance_calibration_error, multilabel_figures
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
from einthoven.models.twelve_lead import MEASURED_LEADS, N_LEADS, RATE, SAMPLES
from einthoven.recording import STANDARD_LEADS, Float32
from einthoven.training.twelve_lead_batches import on_page
from einthoven.training.twelve_lead_data import Records
from einthoven.training.twelve_lead_decisions import ALPHA, FOLDS, crossed, decide
from einthoven.training.twelve_lead_export import settings_of
from einthoven.training.twelve_lead_recipe import TwelveLeadRecipe

_NORMALISATION = (
    "Millivolt at 100 Hz in the order I II III aVR aVL aVF V1-V6; of each lead and window the mean is taken "
    "off; 0 where missing. Limb leads that follow from two others are computed."
)


def kept_leads(kept: Iterable[int]) -> Float32:
    """Return 1 where a lead is kept, float32, shape ``(12, SAMPLES)``."""
    there = np.zeros((N_LEADS, SAMPLES), np.float32)
    there[list(kept)] = 1
    return there


# What a record keeps, by what the card calls it. With I and II the other limb leads are computed.
SUBSETS: dict[str, Float32] = {
    **{
        name: kept_leads(STANDARD_LEADS.index(lead) for lead in leads)
        for name, leads in MEASURED_LEADS.items()
    },
    "a page of 3 x 4 columns and lead II": on_page(4, True, SAMPLES).numpy(),
    "a page of 3 x 4 columns": on_page(4, False, SAMPLES).numpy(),
}


def twelve_lead_card(
    recipe: TwelveLeadRecipe,
    *,
    recipe_file: str,
    recipe_hash: str,
    overrides: Mapping[str, str],
    training: Records,
    validation: Records,
    answers: Mapping[str, Float32],
    onnx_sha256: str,
    parameters: int,
) -> Card:
    """Write the card.

    Args:
        recipe: what was trained.
        recipe_file: its path.
        recipe_hash: SHA-256 of that.
        overrides: what was put in place of the file's own values.
        training: records learnt from.
        validation: records measured on, none of whose patients is in ``training``.
        answers: the exported network's logits of ``validation`` for each of `SUBSETS`.
        onnx_sha256: of the exported network.
        parameters: its number of weights.
    """
    logits = next(iter(answers.values()))
    targets = validation.targets > 0.5
    decisions = decide(logits, targets)
    probabilities, called, sides = crossed(logits, targets, validation.patients)
    options = [f"--set {key}={value}" for key, value in overrides.items()]
    figures = _figures(recipe, validation, targets, probabilities, answers)
    errors = [figures["per_class"][name]["ece"] for name in validation.classes]
    return Card(
        name=recipe.name,
        version=recipe.version,
        task="twelve-lead",
        classes=list(validation.classes),
        input=InputContract(
            rate_hz=RATE,
            window=Window(samples=SAMPLES, anchor=0, description="10 s; longer records are averaged"),
            leads=Leads(
                minimum=1,
                maximum=N_LEADS,
                preferred=list(STANDARD_LEADS),
                description="any of the twelve; what fewer cost is among the metrics",
            ),
            normalisation=_NORMALISATION,
            inputs=[
                Tensor(name="ecg", shape=["batch", N_LEADS, SAMPLES], description="millivolt, 0: missing"),
                Tensor(name="known", shape=["batch", N_LEADS], description="1: the lead is there; 0: not"),
            ],
            outputs=[Output(name="logits", shape=["batch", len(validation.classes)], kind="logits")],
            settings=settings_of(recipe.data.labels, recipe.members, recipe.network, recipe.few_leads),
        ),
        recipe=Recipe(name=Path(recipe_file).name, sha256=recipe_hash),
        data=[
            DataSource(
                name=recipe.data.source,
                version=f"{len(records):,} records of {len(np.unique(records.patients)):,} patients, "
                f"official fold{'s' if len(folds) > 1 else ''} {', '.join(map(str, folds))}",
                records=[],
                role=role,
                licence=recipe.data.licence,
            )
            for role, records, folds in (
                ("training", training, recipe.data.training),
                ("choice of epoch, calibration, thresholds", validation, recipe.data.validation),
            )
        ],
        patient_split="Over patients, the official folds of PTB-XL: no patient is in two of them.",
        metrics=_metrics(
            recipe,
            figures,
            probabilities,
            called,
            sides,
            targets,
            " ".join(["einthoven train", recipe_file, *options]),
        ),
        calibration=Calibration(
            method="Platt scaling of each class",
            parameters={
                "scale": list(decisions.calibration.scale),
                "offset": list(decisions.calibration.offset),
            },
            ece=round(float(np.mean(errors)), 4),
            description=f"fitted on {len(validation):,} validation records with all leads; the error, a mean "
            f"over classes, is that of {FOLDS}-fold cross-validation over their patients",
        ),
        thresholds=dict(zip(validation.classes, decisions.thresholds, strict=True)),
        bands=dict(zip(validation.classes, decisions.bands, strict=True)),
        intended_use=recipe.intended_use,
        limits=recipe.limits,
        licence=recipe.licence,
        onnx_sha256=onnx_sha256,
        parameters=parameters,
    )


def _figures(
    recipe: TwelveLeadRecipe,
    validation: Records,
    targets: npt.NDArray[np.bool_],
    probabilities: npt.NDArray[np.float64],
    answers: Mapping[str, Float32],
) -> dict[str, Any]:
    """Return the figures of the whole, and under ``subsets`` the areas that fewer leads give."""
    halves = dict.fromkeys(validation.classes, 0.5)
    figures = multilabel_figures(
        targets, probabilities.astype(np.float32), validation.classes, halves, validation.patients
    )
    # Areas do not depend on calibration, so those of the logits are free of what was fitted on these records.
    areas = {
        name: multilabel_figures(targets, logits, validation.classes, halves, validation.patients)
        for name, logits in answers.items()
    }
    return figures | {"subsets": areas}


def _metrics(
    recipe: TwelveLeadRecipe,
    figures: dict[str, Any],
    probabilities: npt.NDArray[np.float64],
    called: npt.NDArray[np.bool_],
    sides: npt.NDArray[np.float64],
    targets: npt.NDArray[np.bool_],
    command: str,
) -> list[Metric]:
    classes = list(figures["per_class"])
    data = f"{recipe.data.source}, fold{'s' if len(recipe.data.validation) > 1 else ''} " + ", ".join(
        map(str, recipe.data.validation)
    )
    areas_protocol = (
        f"{len(targets):,} records of patients not learnt from, by whom the epoch was chosen; intervals over "
        "patients"
    )
    fitted_protocol = (
        f"as AUROC; calibration, thresholds and bands fitted on other patients of them ({FOLDS}-fold)"
    )

    def metric(name: str, value: float, interval: Any = None, protocol: str = areas_protocol) -> Metric:
        ends = None if interval is None else (round(interval[0], 4), round(interval[1], 4))
        return Metric(
            name=name, data=data, protocol=protocol, value=round(value, 4), ci95=ends, command=command
        )

    metrics = []
    for subset, of_subset in figures["subsets"].items():
        if len(classes) > 1:
            metrics.append(
                metric(f"macro AUROC, {subset}", of_subset["macro_auroc"], of_subset["ci95"]["macro_auroc"])
            )
        else:
            only = of_subset["per_class"][classes[0]]
            metrics.append(metric(f"AUROC, {subset}", only["auroc"], only["ci95"]["auroc"]))
    whole = next(iter(figures["subsets"].values()))["per_class"]
    for column, name in enumerate(classes):
        of_class, positive = whole[name], targets[:, column]
        if len(classes) > 1:
            metrics.append(metric(f"{name} AUROC", of_class["auroc"], of_class["ci95"]["auroc"]))
        at_95 = "sensitivity_at_95_specificity"
        metrics += [
            metric(f"{name} sensitivity at 95 % specificity", of_class[at_95], of_class["ci95"][at_95]),
            metric(f"{name} sensitivity", float(called[positive, column].mean()), protocol=fitted_protocol),
            metric(
                f"{name} specificity", float((~called[~positive, column]).mean()), protocol=fitted_protocol
            ),
            metric(f"{name} not sure", float((sides[:, column] == 0).mean()), protocol=fitted_protocol),
            metric(
                f"{name} told absent of those with it",
                float((sides[positive, column] < 0).mean()),
                protocol=fitted_protocol + f"; aim: at most {ALPHA:g}",
            ),
            metric(
                f"{name} told present of those without",
                float((sides[~positive, column] > 0).mean()),
                protocol=fitted_protocol + f"; aim: at most {ALPHA:g}",
            ),
            metric(f"{name} ECE", figures["per_class"][name]["ece"], protocol=fitted_protocol),
            metric(
                f"{name} ECE by chance alone",
                chance_calibration_error(probabilities[:, column]),
                protocol="the same records and probabilities, were each of these exactly right",
            ),
        ]
    return metrics
