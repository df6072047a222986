"""The card of a beat model: its contract, where it comes from, what it gives on patients it has not seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from einthoven.evaluation.metrics import (
    bootstrap_scores,
    count_matrix,
    expected_calibration_error,
    interval95,
    score,
)
from einthoven.models.beat_inputs import (
    AFTER,
    BAND,
    BEFORE,
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
from einthoven.training.cross_validation import HeldOut, VectorScaling
from einthoven.training.export import INPUTS
from einthoven.training.recipe import BeatRecipe

_NORMALISATION = (
    f"Each lead is resampled to {RATE} Hz and band-passed {BAND[0]:g}-{BAND[1]:g} Hz without phase. R peaks "
    "are moved to the steepest stretch within 62.5 ms over both leads. Windows are divided by the median QRS "
    "height (18 samples) of 100 beats on both sides, and held to ±6."
)
_DESCRIPTIONS = {
    "waves": "for each beat and lead: the beat; the median of 60 nearby regular beats; the median of 30 "
    "nearby beats with the longest RR intervals",
    "shapes": "for each beat and lead, in this order: " + ", ".join(SHAPE_FEATURES),
    "rhythm": "for each beat, natural logarithms, in this order: " + ", ".join(RHYTHM_FEATURES),
    "present": "1 where the lead has signal at the beat, else 0; a missing second lead is all 0",
    "valid": "1 for a beat, 0 for padding before the first and after the last beat of the recording",
}


def beat_card(
    recipe: BeatRecipe,
    *,
    recipe_file: str,
    recipe_hash: str,
    records: Sequence[LabelledRecord],
    held_out: Sequence[HeldOut],
    calibration: VectorScaling,
    decision_weights: Sequence[float],
    onnx_sha256: str,
    parameters: int,
) -> Card:
    """Write the card of a model trained from ``recipe``; every figure on it is computed here."""
    metrics, ece = held_out_metrics(recipe, recipe_file, held_out, calibration, decision_weights)
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
                Tensor(name=name, shape=["batch", *shape], description=_DESCRIPTIONS[name])
                for name, shape in INPUTS.items()
            ],
            outputs=[
                Output(
                    name="logits",
                    shape=["batch", INPUTS["valid"][0], len(AAMI_CLASSES)],
                    kind="logits",
                    description=f"the {MARGIN} beats at each end only give context",
                )
            ],
            settings={
                **network,
                "members": recipe.members,
                "decision_weights": [float(weight) for weight in decision_weights],
            },
        ),
        recipe=Recipe(name=recipe_file, sha256=recipe_hash),
        data=[
            DataSource(
                name=part.name,
                records=[r.name.split("/")[1] for r in records if r.name.startswith(f"{part.name}/")],
                role="training",
                licence=part.licence,
            )
            for part in recipe.data
        ],
        patient_split=(
            f"{recipe.folds} folds over patients for calibration, decision weights and the figures below; "
            "the network that ships has seen all of these patients"
        ),
        metrics=metrics,
        calibration=Calibration(
            method="vector scaling: softmax(logits / temperature + bias), fitted on held-out patients",
            parameters={"temperature": calibration.temperature, "bias": list(calibration.bias)},
            ece=ece,
            description="the error is of the held-out patients that the six numbers were fitted on",
        ),
        intended_use=recipe.intended_use,
        limits=recipe.limits,
        licence=recipe.licence,
        onnx_sha256=onnx_sha256,
        parameters=parameters,
    )


def held_out_metrics(
    recipe: BeatRecipe,
    recipe_file: str,
    held_out: Sequence[HeldOut],
    calibration: VectorScaling,
    decision_weights: Sequence[float],
) -> tuple[list[Metric], float]:
    """Return the cross-validated figures, in all and for each database, and the calibration error in all."""
    databases = list(dict.fromkeys(answer.record.split("/")[0] for answer in held_out))
    groups = {" and ".join(databases): list(held_out)}
    if len(databases) > 1:
        groups |= {name: [a for a in held_out if a.record.startswith(f"{name}/")] for name in databases}
    protocol = f"{recipe.folds}-fold cross-validation over patients, one network a fold, annotated R peaks"
    metrics, errors = [], []
    for data, answers in groups.items():
        counts, sure, right = [], [], []
        for answer in answers:
            probabilities = calibration(answer.logits)
            predicted = np.argmax(probabilities * np.asarray(decision_weights), axis=1)
            letters = np.array(AAMI_CLASSES)
            counts.append(
                count_matrix(letters[answer.classes].tolist(), letters[predicted].tolist(), AAMI_CLASSES)
            )
            sure.append(probabilities)
            right.append(np.argmax(probabilities, axis=1) == answer.classes)
        total = score(np.sum(counts, axis=0), AAMI_CLASSES)
        spread = bootstrap_scores(np.stack(counts), AAMI_CLASSES)
        error = expected_calibration_error(
            np.concatenate(sure).astype(np.float32), np.concatenate(right).astype(bool)
        )
        errors.append(error)
        figures = {f"{letter} F1": (total.f1[i], spread.f1[..., i]) for i, letter in enumerate("NSVF")}
        figures |= {
            f"{letter} {name}": (getattr(total, name)[i], getattr(spread, name)[..., i])
            for name in ("sensitivity", "ppv")
            for i, letter in enumerate("NSV")
        }
        figures["macro F1 (N S V F)"] = (total.macro_f1_4, spread.macro_f1_4)
        figures["accuracy"] = (total.accuracy, spread.accuracy)
        metrics += [
            Metric(
                name=name,
                data=data,
                protocol=protocol,
                value=round(float(value), 4),
                ci95=interval95(draws),
                command=f"einthoven train recipes/{recipe_file}",
            )
            for name, (value, draws) in figures.items()
            if np.isfinite(value)
        ]
        metrics.append(
            Metric(name="ECE", data=data, protocol=protocol, value=round(float(error), 4), command="as above")
        )
    return metrics, float(errors[0])
