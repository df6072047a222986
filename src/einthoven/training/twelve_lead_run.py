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
from einthoven.training.export import rounded_to_bytes, write_card
from einthoven.training.fitting import Machines, fit, mlflow_logger
from einthoven.training.networks.layers import without_batch_norm
from einthoven.training.networks.lead_zoo import Ensemble, Network, make_lead_network
from einthoven.training.provenance import write_origin
from einthoven.training.twelve_lead_card import SUBSETS, twelve_lead_card
from einthoven.training.twelve_lead_course import TwelveLeadCourse, answer
from einthoven.training.twelve_lead_data import Records, load_records
from einthoven.training.twelve_lead_export import export_twelve_lead
from einthoven.training.twelve_lead_recipe import TwelveLeadRecipe

_BATCH = 64
_LEAD_I = np.eye(1, 12, dtype=np.float32)[0]  # what the epoch of networks for few leads is told by

Kept = Float32 | None


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
    """Train the members and write their bundle; logs and checkpoints lie in ``NAME-log/member-1`` and
    so on, those of networks for few leads in ``NAME-log/few-leads-1``.

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

    def trained(name: str, of: TwelveLeadRecipe, number: int, learnt: Records, kept: Kept) -> Network:
        log = folder.with_name(folder.name + "-log") / name
        log.mkdir(parents=True, exist_ok=True)
        # What members teach is in the targets: networks that were taught by others are not gone on with.
        of_it = fingerprint | {"training records": learnt.sha256()}
        if first:
            if fresh:
                (log / CHECKPOINT).unlink(missing_ok=True)
            checkpoint_to_go_on_from(log, of_it)
            write_origin(log, recipe, overrides, of_it)
            tell(name)
        seed = recipe.seed + number
        torch.manual_seed(seed)
        network = make_lead_network(of.network, learnt.targets.shape[1] + learnt.auxiliary.shape[1])
        course = TwelveLeadCourse(network, of, learnt, validation, seed, kept=kept)
        loggers = [mlflow_logger(f"{recipe.name}-{name}", log)] if mlflow else []
        fit(course, log, of_it, machines=machines, loggers=loggers)
        return network

    n_classes = len(validation.classes)
    members = [trained(f"member-{i + 1}", recipe, i, training, None) for i in range(recipe.members)]
    few: list[Network] = []
    if recipe.few_leads is not None:
        options = recipe.few_leads
        teachers = np.mean([answer(member, training)[:, :n_classes] for member in members], axis=0)
        learnt = training.taught(1 / (1 + np.exp(-teachers)), options.taught)
        of_few = recipe.model_copy(update={"network": options.network, "masks": options.masks})
        few = [
            trained(f"few-leads-{i + 1}", of_few, recipe.members + i, learnt, _LEAD_I)
            for i in range(options.members)
        ]
    if not first:
        return None
    if recipe.few_leads is None:
        ensemble = Ensemble(members, n_classes)
    else:
        ensemble = Ensemble(members, n_classes, few, recipe.few_leads.up_to, recipe.few_leads.share)
    without_batch_norm(ensemble.eval())
    rounded_to_bytes(ensemble)
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
