"""The card of a beat model: its contract, where it comes from, what it gives on patients it has not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from einthoven.evaluation.metrics import (
    bootstrap_scores,
    count_matrix,
    expected_calibration_error,
    interval95,
    score,
)
from einthoven.models import fusion_beats, like_beats
from einthoven.models.beat_inputs import (
    AFTER,
    BAND,
    BEFORE,
    INPUTS_VERSION,
    LEADS,
    MARGIN,
    RATE,
    RHYTHM_FEATURES,
    SHAPE_FEATURES,
)
from einthoven.models.beats import PREFERRED_LEADS
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
from einthoven.recording import AAMI_CLASSES
from einthoven.training.beat_data import LabelledRecord
from einthoven.training.beat_export import INPUTS
from einthoven.training.beat_recipe import BeatRecipe
from einthoven.training.calibration import VectorScaling
from einthoven.training.cross_validation import Answers, HeldOut, nested_answers

_NORMALISATION = (
    f"Each lead is resampled to {RATE} Hz and band-passed {BAND[0]:g}-{BAND[1]:g} Hz without phase. R peaks "
    "are moved to the steepest stretch within 62.5 ms over both leads. Windows are divided by the median QRS "
    "height (18 samples) of 100 beats on both sides, and held to ±6."
)
_DESCRIPTIONS = {
    "waves": "for each beat and lead: the beat; the median of 60 nearby regular beats; the median of 30 "
    "nearby beats with the longest RR intervals",
    "shapes": "for each beat and lead, in this order: " + ", ".join(SHAPE_FEATURES),
    "rhythm": "for each beat, held to ±3; RR intervals as natural logarithms, alone over 0.8 s; changes "
    "between log RR intervals times 4 (p50) or 2 (p80); in this order: " + ", ".join(RHYTHM_FEATURES),
    "present": "1 where the lead has signal at the beat, else 0; a missing second lead is all 0",
    "valid": "1 for a beat, 0 for padding before the first and after the last beat of the recording",
}


def beat_card(
    recipe: BeatRecipe,
    *,
    recipe_file: str,
    recipe_hash: str,
    overrides: Mapping[str, str],
    records: Sequence[LabelledRecord],
    held_out: Sequence[HeldOut],
    calibration: VectorScaling,
    decision_weights: Sequence[float],
    onnx_sha256: str,
    parameters: int,
) -> Card:
    """Write the card of a model trained from ``recipe``; every figure on it is computed here."""
    command = " ".join(
        ["einthoven train", recipe_file, *(f"--set {key}={value}" for key, value in overrides.items())]
    )
    metrics, ece = held_out_metrics(recipe, command, held_out)
    network = recipe.network.model_dump()
    return Card(
        name=recipe.name,
        version=recipe.version,
        task="beats",
        classes=list(AAMI_CLASSES),
        input=InputContract(
            rate_hz=RATE,
            window=Window(
                samples=BEFORE + AFTER,
                anchor=BEFORE,
                description="around the middle of the QRS complex of each beat",
            ),
            leads=Leads(
                minimum=1,
                maximum=LEADS,
                preferred=list(PREFERRED_LEADS),
                description="the first usable ones of these, else any; their order does not matter",
            ),
            normalisation=_NORMALISATION,
            inputs=[
                Tensor(name=name, shape=["batch", "beats", *shape], description=_DESCRIPTIONS[name])
                for name, shape in INPUTS.items()
            ],
            outputs=[
                Output(
                    name="logits",
                    shape=["batch", "beats", len(AAMI_CLASSES)],
                    kind="logits",
                    description=f"the {MARGIN} beats at each end only give context; calibration is of logits "
                    f"{like_beats.DESCRIPTION}. Then {fusion_beats.DESCRIPTION}",
                )
            ],
            settings={
                **network,
                "members": recipe.members,
                "inputs_version": INPUTS_VERSION,
                "decision_weights": [float(weight) for weight in decision_weights],
            },
        ),
        recipe=Recipe(name=Path(recipe_file).name, sha256=recipe_hash),
        data=[
            DataSource(
                name=part.name,
                records=[r.name.split("/")[1] for r in records if r.name.startswith(f"{part.name}/")],
                role="training",
                licence=part.licence,
            )
            for part in recipe.data
        ]
        + [
            DataSource(
                name=recipe.noise.name,
                records=list(recipe.noise.records),
                role="noise",
                licence=recipe.noise.licence,
            )
        ]
        * bool(recipe.noise.probability),
        patient_split=(
            f"{recipe.folds} folds over patients for calibration, decision weights and the figures below; "
            "the network that ships has seen all of these patients"
        ),
        metrics=metrics,
        calibration=Calibration(
            method="vector scaling: softmax(logits / temperature + bias), fitted on held-out patients",
            parameters={"temperature": calibration.temperature, "bias": list(calibration.bias)},
            ece=ece,
            description=(
                f"fitted on the mean answers of {recipe.members} networks a fold, as many as ship. The error "
                "is of patients outside the folds that the six numbers came from"
            ),
        ),
        intended_use=recipe.intended_use,
        limits=recipe.limits,
        licence=recipe.licence,
        onnx_sha256=onnx_sha256,
        parameters=parameters,
    )


def held_out_metrics(
    recipe: BeatRecipe, command: str, held_out: Sequence[HeldOut]
) -> tuple[list[Metric], float]:
    """Return the cross-validated figures of each database, and the calibration error over all of them.

    Paced records are left out, as AAMI EC57 does, and counted in a row of their own where there are any.
    """
    answers = nested_answers(held_out, recipe.folds)
    databases = list(dict.fromkeys(answer.record.split("/")[0] for answer in answers))
    groups = {
        name: [a for a in answers if a.record.startswith(f"{name}/") and not a.paced] for name in databases
    }
    groups["paced records"] = [answer for answer in answers if answer.paced]
    protocol = (
        f"{recipe.folds}-fold cross-validation over patients, {recipe.members} networks a fold, as many as "
        "ship, calibrated and decided by the other folds, annotated R peaks"
    )
    metrics = []
    for data, group in groups.items():
        if group:
            metrics += _group_metrics(data, group, protocol, command)
    return metrics, _ece([answer for answer in answers if not answer.paced])


def _group_metrics(data: str, group: Sequence[Answers], protocol: str, command: str) -> list[Metric]:
    letters = np.array(AAMI_CLASSES)
    counts = [
        count_matrix(letters[a.classes].tolist(), letters[a.predicted].tolist(), AAMI_CLASSES) for a in group
    ]
    total = score(np.sum(counts, axis=0), AAMI_CLASSES)
    spread = bootstrap_scores(np.stack(counts), AAMI_CLASSES)
    figures = {f"{letter} F1": (total.f1[i], spread.f1[..., i]) for i, letter in enumerate("NSVFQ")}
    figures |= {
        f"{letter} {name}": (getattr(total, name)[i], getattr(spread, name)[..., i])
        for name in ("sensitivity", "ppv")
        for i, letter in enumerate("NSV")
    }
    figures["macro F1 (N S V F)"] = (total.macro_f1_4, spread.macro_f1_4)
    figures["accuracy"] = (total.accuracy, spread.accuracy)
    metrics = [
        Metric(
            name=name,
            data=data,
            protocol=protocol,
            value=round(float(value), 4),
            ci95=_rounded(interval95(draws)),
            command=command,
        )
        for name, (value, draws) in figures.items()
        if np.isfinite(value)
    ]
    error = Metric(name="ECE", data=data, protocol=protocol, value=round(_ece(group), 4), command=command)
    return [*metrics, error]


def _rounded(interval: tuple[float, float] | None) -> tuple[float, float] | None:
    return None if interval is None else (round(interval[0], 4), round(interval[1], 4))


def _ece(answers: Sequence[Answers]) -> float:
    probabilities = np.concatenate([answer.probabilities for answer in answers]).astype(np.float32)
    classes = np.concatenate([answer.classes for answer in answers])
    return float(expected_calibration_error(probabilities, np.argmax(probabilities, axis=1) == classes))
