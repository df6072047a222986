"""A heartbeat recipe to a bundle: split, train, calibrate, export, measure what was exported."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from lightning.pytorch.utilities import rank_zero_only

from einthoven.datasets.heartbeat import HeartbeatRows, write_rows
from einthoven.errors import BundleError
from einthoven.models.bundle import ONNX_FILE, Bundle, file_sha256, load_bundle
from einthoven.models.runtime import available_cores, make_session, run_in_batches
from einthoven.recording import Float32
from einthoven.training.calibration import fit_vector_scaling
from einthoven.training.checkpoints import CHECKPOINT, checkpoint_to_go_on_from
from einthoven.training.classifier import Classifier
from einthoven.training.export import read_weights, rounded_to_half, write_card
from einthoven.training.fitting import Machines, fit, mlflow_logger
from einthoven.training.heartbeat_card import heartbeat_card
from einthoven.training.heartbeat_data import as_training_rows, load_parts
from einthoven.training.heartbeat_export import export_heartbeat, rebuild
from einthoven.training.heartbeat_recipe import HeartbeatRecipe
from einthoven.training.networks.heartbeat import HeartbeatNetwork
from einthoven.training.networks.layers import without_batch_norm
from einthoven.training.networks.nearest_neighbours import NearestNeighbours
from einthoven.training.provenance import rows_sha256, write_origin


def train_heartbeat(
    recipe: HeartbeatRecipe,
    recipe_path: Path,
    recipe_hash: str,
    overrides: Mapping[str, str],
    folder: Path,
    machines: Machines,
    *,
    fresh: bool = False,
    mlflow: bool = False,
) -> Bundle | None:
    """Train one network and write its bundle; logs and checkpoint lie beside it, in ``NAME-log``.

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
        DataError: rows were not prepared or lack a class, or something cannot be written.
        EinthovenError: ``NAME-log`` has the checkpoint of another run.
    """
    first = getattr(rank_zero_only, "rank", 0) in (None, 0)
    log = folder.with_name(folder.name + "-log")
    log.mkdir(exist_ok=True)
    parts = load_parts(recipe.data, recipe.seed)
    training, validation = as_training_rows(parts.training), as_training_rows(parts.validation)
    named = () if recipe.distillation is None else recipe.distillation.teachers
    teachers = [load_teacher(name) for name in named]
    fingerprint = {
        "recipe": recipe.weights_rest_on(),
        "training rows": rows_sha256(training),
        "validation rows": rows_sha256(validation),
        **{
            f"teacher {name}": bundle.card.onnx_sha256
            for name, (bundle, _) in zip(named, teachers, strict=True)
        },
    }
    if first:
        if fresh:
            (log / CHECKPOINT).unlink(missing_ok=True)
        checkpoint_to_go_on_from(log, fingerprint)  # refuses before anything of the other run is overwritten
        write_origin(log, recipe, overrides, fingerprint)
        print(
            f"{len(training):,} rows to learn from, {len(validation):,} to compare epochs by, "
            f"{len(parts.test):,} to measure on",
            flush=True,
        )
    torch.manual_seed(recipe.seed)
    network = HeartbeatNetwork(recipe.normalisation, recipe.network)
    waves = torch.from_numpy(training.waves)
    network.normalise.fit(waves)
    if isinstance(network.network, NearestNeighbours):
        network.network.fit(network.normalise(waves), torch.from_numpy(training.classes))
        network.eval()
    else:
        loggers = [mlflow_logger(recipe.name, log)] if mlflow else []
        course = Classifier(network, recipe, training, validation, [taught for _, taught in teachers])
        fit(course, log, fingerprint, machines=machines, loggers=loggers)
    if not first:
        return None
    network = without_batch_norm(network)
    rounded_to_half(network)
    parameters = export_heartbeat(network, folder / ONNX_FILE)
    # From here on the exported file answers: what is on the card is what ships.
    calibration = fit_vector_scaling(_answers(folder, parts.validation), parts.validation.classes)
    card = heartbeat_card(
        recipe,
        recipe_file=recipe_path.as_posix(),
        recipe_hash=recipe_hash,
        overrides=overrides,
        parts=parts,
        test_logits=_answers(folder, parts.test),
        calibration=calibration,
        onnx_sha256=file_sha256(folder / ONNX_FILE),
        parameters=parameters,
    )
    if recipe.data.split == "patients" or recipe.data.fold is not None:  # in no file of their own
        write_rows(parts.test, log / "test.csv")
    write_card(card, folder)
    return load_bundle(folder)


def load_teacher(name: str) -> tuple[Bundle, HeartbeatNetwork]:
    """Return a heartbeat bundle and its PyTorch network.

    Raises:
        BundleError: there is none of that name, or it is for another task.
    """
    bundle = load_bundle(name)
    if bundle.card.task != "heartbeat":
        raise BundleError(
            f"{name} cannot teach: it is a model for {bundle.card.task!r}. Name a heartbeat bundle in "
            "distillation.teachers."
        )
    return bundle, rebuild(bundle.card, read_weights(bundle.onnx_path))


def _answers(folder: Path, rows: HeartbeatRows) -> Float32:
    session = make_session(folder / ONNX_FILE)
    logits: Float32 = run_in_batches(session, {"rows": rows.values}, 512, available_cores())["logits"]
    return logits
