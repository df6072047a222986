"""A 12-lead recipe to a bundle: train the members, export them as one, measure and calibrate what ships."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from lightning.pytorch.utilities import rank_zero_only

from einthoven.models.bundle import ONNX_FILE, Bundle, file_sha256, load_bundle
from einthoven.models.runtime import available_cores, make_session, run_in_batches
from einthoven.recording import Float32
from einthoven.training.checkpoints import CHECKPOINT, checkpoint_to_go_on_from
from einthoven.training.export import rounded_to_half, write_card
from einthoven.training.fitting import Machines, fit, mlflow_logger
from einthoven.training.networks.layers import without_batch_norm
from einthoven.training.networks.lead_zoo import Ensemble, make_lead_network
from einthoven.training.provenance import write_origin
from einthoven.training.twelve_lead_card import SUBSETS, twelve_lead_card
from einthoven.training.twelve_lead_course import TwelveLeadCourse
from einthoven.training.twelve_lead_data import Records, load_records
from einthoven.training.twelve_lead_export import export_twelve_lead
from einthoven.training.twelve_lead_recipe import TwelveLeadRecipe

_BATCH = 64


def train_twelve_lead(
    recipe: TwelveLeadRecipe,
    recipe_path: Path,
    recipe_hash: str,
    overrides: Mapping[str, str],
    folder: Path,
    machines: Machines,
    *,
    fresh: bool = False,
    mlflow: bool = False,
) -> Bundle | None:
    """Train the members and write their bundle; logs and checkpoints lie in ``NAME-log/member-1`` and so on.

    Args:
        recipe: what to train.
        recipe_path: its file.
        recipe_hash: SHA-256 of that.
        overrides: what was put in place of the file's own values.
        folder: for the bundle; must exist.
        machines: processes to train in.
        fresh: begin anew where an earlier run could be gone on with.
        mlflow: log to MLflow too.

    Returns:
        the bundle; None in processes other than the first.

    Raises:
        DataError: a store was not prepared or lacks a class, or something cannot be written.
        EinthovenError: ``NAME-log`` has the checkpoint of another run.
    """
    first = getattr(rank_zero_only, "rank", 0) in (None, 0)

    def tell(what: str) -> None:
        if first:
            print(what, flush=True)

    training, validation = load_records(recipe.data, recipe.auxiliary, tell)
    tell(
        f"{len(training):,} records to learn from, {len(validation):,} to choose and calibrate by; "
        f"{', '.join(validation.classes)}"
    )
    fingerprint = {
        "recipe": recipe.weights_rest_on(),
        "training records": training.sha256(),
        "validation records": validation.sha256(),
    }
    members = []
    for member in range(recipe.members):
        log = folder.with_name(folder.name + "-log") / f"member-{member + 1}"
        log.mkdir(parents=True, exist_ok=True)
        if first:
            if fresh:
                (log / CHECKPOINT).unlink(missing_ok=True)
            checkpoint_to_go_on_from(log, fingerprint)
            write_origin(log, recipe, overrides, fingerprint)
            tell(f"member {member + 1} of {recipe.members}")
        torch.manual_seed(recipe.seed + member)
        n_outputs = training.targets.shape[1] + training.auxiliary.shape[1]
        network = make_lead_network(recipe.network, n_outputs)
        course = TwelveLeadCourse(network, recipe, training, validation, recipe.seed + member)
        loggers = [mlflow_logger(f"{recipe.name}-{member + 1}", log)] if mlflow else []
        fit(course, log, fingerprint, machines=machines, loggers=loggers)
        members.append(network)
    if not first:
        return None
    ensemble = without_batch_norm(Ensemble(members, len(validation.classes)).eval())
    rounded_to_half(ensemble)
    parameters = export_twelve_lead(ensemble, folder / ONNX_FILE)
    # From here on the exported file answers: what is on the card is what ships.
    card = twelve_lead_card(
        recipe,
        recipe_file=recipe_path.as_posix(),
        recipe_hash=recipe_hash,
        overrides=overrides,
        training=training,
        validation=validation,
        answers={name: _answers(folder, validation, there) for name, there in SUBSETS.items()},
        onnx_sha256=file_sha256(folder / ONNX_FILE),
        parameters=parameters,
    )
    write_card(card, folder)
    return load_bundle(folder)


def _answers(folder: Path, records: Records, there: Float32) -> Float32:
    """Return the exported network's logits of records in their first version, of what is there alone."""
    session = make_session(folder / ONNX_FILE)
    rows = np.arange(len(records))
    ecg = records.version(np.zeros(len(rows), np.int64), rows) * there
    shown = np.maximum(there.sum(axis=1, keepdims=True), 1)
    ecg = (ecg - ecg.sum(axis=2, keepdims=True) / shown) * there
    inputs = {"ecg": ecg, "known": np.tile(there.max(axis=1), (len(rows), 1))}
    logits: Float32 = run_in_batches(session, inputs, _BATCH, available_cores())["logits"]
    return logits
