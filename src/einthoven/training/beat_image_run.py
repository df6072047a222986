"""A recipe of beat drawings to a bundle: draw, train, calibrate, export, measure what was exported."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import torch
from lightning.pytorch.utilities import rank_zero_only

from einthoven.models.bundle import ONNX_FILE, Bundle, file_sha256, load_bundle
from einthoven.models.runtime import available_cores, make_session, run_in_batches
from einthoven.recording import Float32
from einthoven.training.beat_image_batches import Drawings, as_floats
from einthoven.training.beat_image_card import beat_image_card
from einthoven.training.beat_image_course import DrawingCourse
from einthoven.training.beat_image_data import load_parts, load_store
from einthoven.training.beat_image_export import export_beat_image, input_name, make_network
from einthoven.training.beat_image_recipe import BeatImageRecipe
from einthoven.training.calibration import fit_vector_scaling
from einthoven.training.checkpoints import CHECKPOINT, checkpoint_to_go_on_from
from einthoven.training.export import rounded_to_half, write_card
from einthoven.training.fitting import Machines, fit, mlflow_logger
from einthoven.training.networks.layers import without_batch_norm
from einthoven.training.provenance import write_origin

_SAID_EVERY = 30.0  # s


def train_beat_image(
    recipe: BeatImageRecipe,
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
        DataError: beats were not prepared or lack a class, or something cannot be written.
        EinthovenError: ``NAME-log`` has the checkpoint of another run.
    """
    first = getattr(rank_zero_only, "rank", 0) in (None, 0)
    log = folder.with_name(folder.name + "-log")
    log.mkdir(exist_ok=True)
    parts = load_parts(recipe, told() if first else lambda what, done, n: None)
    fingerprint = {
        "recipe": recipe.weights_rest_on(),
        "training drawings": drawings_sha256(parts.training),
        "validation drawings": drawings_sha256(parts.validation),
    }
    if first:
        if fresh:
            (log / CHECKPOINT).unlink(missing_ok=True)
        checkpoint_to_go_on_from(log, fingerprint)  # refuses before anything of the other run is overwritten
        write_origin(log, recipe, overrides, fingerprint)
        print(
            f"{len(parts.training):,} drawings to learn from, {len(parts.validation):,} to compare epochs "
            f"by, {len(parts.test):,} to measure on",
            flush=True,
        )
    torch.manual_seed(recipe.seed)
    network = make_network(recipe.network, recipe.input, len(recipe.data.classes))
    loggers = [mlflow_logger(recipe.name, log)] if mlflow else []
    course = DrawingCourse(network, recipe, parts.training, parts.validation)
    fit(course, log, fingerprint, machines=machines, loggers=loggers)
    if not first:
        return None
    network = without_batch_norm(network)
    rounded_to_half(network)
    parameters = export_beat_image(network, recipe.input, folder / ONNX_FILE)
    # From here on the exported file answers: what is on the card is what ships.
    calibration = fit_vector_scaling(_answers(folder, recipe, parts.validation), parts.validation.classes)
    card = beat_image_card(
        recipe,
        recipe_file=recipe_path.as_posix(),
        recipe_hash=recipe_hash,
        overrides=overrides,
        parts=parts,
        records=list(load_store(recipe.data).document["records"]),
        probabilities=calibration(_answers(folder, recipe, parts.test)),
        calibration=calibration,
        onnx_sha256=file_sha256(folder / ONNX_FILE),
        parameters=parameters,
    )
    write_card(card, folder)
    return load_bundle(folder)


def told() -> Callable[[str, int, int], None]:
    """Return what says now and then how much of a long work is done."""
    last = [time.monotonic()]

    def say(what: str, done: int, of: int) -> None:
        if time.monotonic() - last[0] > _SAID_EVERY:
            last[0] = time.monotonic()
            print(f"{what}: {done:,} of {of:,}", flush=True)

    return say


def drawings_sha256(drawings: Drawings) -> str:
    """Return a SHA-256 over the values and classes of drawings."""
    digest = hashlib.sha256(np.ascontiguousarray(drawings.values).tobytes())
    digest.update(np.ascontiguousarray(drawings.classes).tobytes())
    return digest.hexdigest()


def _answers(folder: Path, recipe: BeatImageRecipe, drawings: Drawings) -> Float32:
    session = make_session(folder / ONNX_FILE)
    parts = [
        run_in_batches(
            session,
            {input_name(recipe.input): as_floats(drawings.values[i : i + 4096]).numpy()},
            256,
            available_cores(),
        )["logits"]
        for i in range(0, len(drawings), 4096)
    ]
    logits: Float32 = np.concatenate(parts)
    return logits
