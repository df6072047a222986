"""A recipe of pictures of leads to a bundle: split, train, calibrate, export, measure what was exported."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor, nn

from einthoven.evaluation.metrics import count_matrix, score
from einthoven.models.bundle import ONNX_FILE, Bundle, file_sha256, load_bundle
from einthoven.models.card import DataSource
from einthoven.models.report_page_classes import CLASSES
from einthoven.models.runtime import available_cores, make_session, run_in_batches
from einthoven.recording import Float32, Int64
from einthoven.training.beat_image_batches import DrawingBatches, Drawings
from einthoven.training.beat_image_course import answer
from einthoven.training.calibration import fit_vector_scaling
from einthoven.training.checkpoints import CHECKPOINT, checkpoint_to_go_on_from
from einthoven.training.course import Course
from einthoven.training.export import rounded_to_half, write_card
from einthoven.training.fitting import Machines, fit, mlflow_logger
from einthoven.training.losses import make_loss
from einthoven.training.networks.page_net import PageNetOptions
from einthoven.training.provenance import write_origin
from einthoven.training.report_page_card import report_page_card
from einthoven.training.report_page_data import LeadPictures, folds_of, load_lead_pictures
from einthoven.training.report_page_export import export_pictures, make_picture_network
from einthoven.training.report_page_recipe import PageRecipe

_PARTS = 20  # of which validation and test are made up


class PictureCourse(Course):
    """A network of pictures of single leads, each with the class of its page.

    Args:
        network: ``(batch, 1, 150, 150)`` in, logits out.
        recipe: how.
        training: pages to learn from.
        validation: pages to tell the best epoch by, each by the mean of its pictures' logits.
    """

    recipe: PageRecipe

    def __init__(
        self, network: nn.Module, recipe: PageRecipe, training: LeadPictures, validation: LeadPictures
    ) -> None:
        super().__init__(network, recipe)
        self.validation_pictures = validation
        n = training.values.shape[1]
        names = np.full(len(training) * n, "")
        self.drawings = Drawings(
            training.values.reshape(-1, 1, *training.values.shape[2:]),
            np.repeat(training.classes, n),
            len(CLASSES),
            names,
            names,
        )
        self.train_criterion = make_loss(recipe.loss, self.drawings.counts)

    def batches(self) -> DrawingBatches:
        """Return this epoch's batches."""
        return DrawingBatches(
            self.drawings,
            self.recipe.sampler,
            (),
            batch=self.recipe.training.batch,
            seed=self.recipe.seed,
            epoch=self.current_epoch,
            rank=self.global_rank,
            world=self.trainer.world_size,
        )

    def loss_of(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Return the loss of one batch."""
        values, targets = batch
        loss: Tensor = self.train_criterion(self.network(values), targets)
        return loss

    def validate(self) -> dict[str, float]:
        """Return cross-entropy, accuracy and macro F1 of pages."""
        pictures = self.validation_pictures
        flat = pictures.values.reshape(-1, 1, *pictures.values.shape[2:])
        logits = answer(self.judged, flat, self.device, 64)
        logits = logits.reshape(len(pictures), -1, len(CLASSES)).mean(axis=1)
        logarithms = torch.from_numpy(logits).log_softmax(1).numpy()
        names = np.array(CLASSES)
        counts = count_matrix(
            names[pictures.classes].tolist(), names[logits.argmax(axis=1)].tolist(), CLASSES
        )
        scores = score(counts, CLASSES)
        return {
            "loss": -float(logarithms[np.arange(len(pictures)), pictures.classes].mean()),
            "accuracy": float(scores.accuracy),
            "macro_f1": float(scores.macro_f1),
        }


def train_lead_pictures(
    recipe: PageRecipe,
    recipe_path: Path,
    recipe_hash: str,
    overrides: Mapping[str, str],
    folder: Path,
    machines: Machines,
    *,
    fresh: bool = False,
    mlflow: bool = False,
) -> Bundle | None:
    """Train one network and write its bundle; see `report_page_run.train_report_page`."""
    first = getattr(rank_zero_only, "rank", 0) in (None, 0)
    log = folder.with_name(folder.name + "-log")
    log.mkdir(parents=True, exist_ok=True)
    pictures = load_lead_pictures(recipe.data, lambda what: print(what, flush=True) if first else None)
    training, validation, test = parts_of(pictures, recipe)
    fingerprint = {
        "recipe": recipe.weights_rest_on(),
        "pages": " ".join(page.sha256 for page in pictures.pages),
    }
    if first:
        if fresh:
            (log / CHECKPOINT).unlink(missing_ok=True)
        checkpoint_to_go_on_from(log, fingerprint)
        write_origin(log, recipe, overrides, fingerprint)
        print(
            f"{len(training)} pages to learn from, {len(validation)} to compare epochs by, {len(test)} to "
            "measure on; "
            f"{len(pictures.unread)} unread",
            flush=True,
        )
    torch.manual_seed(recipe.seed)
    assert not isinstance(recipe.network, PageNetOptions)
    network = make_picture_network(recipe.network)
    loggers = [mlflow_logger(recipe.name, log)] if mlflow else []
    fit(
        PictureCourse(network, recipe, training, validation),
        log,
        fingerprint,
        machines=machines,
        loggers=loggers,
    )
    if not first:
        return None
    rounded_to_half(network)
    parameters = export_pictures(network, folder / ONNX_FILE)
    # From here on the exported file answers: what is on the card is what ships.
    calibration = fit_vector_scaling(_answers(folder, validation), validation.classes)
    card = report_page_card(
        recipe,
        recipe_file=recipe_path.as_posix(),
        recipe_hash=recipe_hash,
        overrides=overrides,
        sources=[
            DataSource(
                name=Path(recipe.data.folder).name,
                version=f"{len(part)} pages",
                records=sorted(page.path.stem for page in part.pages),
                role=role,
                licence=recipe.data.licence,
            )
            for role, part in (
                ("training", training),
                ("validation and calibration", validation),
                ("test", test),
            )
        ],
        true=test.classes,
        probabilities=calibration(_answers(folder, test)),
        protocol=f"{len(test)} pages held out, split over groups of pages that look alike; intervals over "
        "pages",
        calibration=calibration,
        calibrated_on=f"{len(validation)} validation pages",
        members=1,
        onnx_sha256=file_sha256(folder / ONNX_FILE),
        parameters=parameters,
    )
    write_card(card, folder)
    return load_bundle(folder)


def parts_of(pictures: LeadPictures, recipe: PageRecipe) -> tuple[LeadPictures, LeadPictures, LeadPictures]:
    """Return pages to learn from, to compare epochs by, and to measure on; groups stay together."""
    fold = folds_of(pictures.classes, pictures.groups, _PARTS, recipe.seed)
    n_test, n_validation = (
        max(1, round(_PARTS * share)) for share in (recipe.data.test, recipe.data.validation)
    )
    test, validation = fold < n_test, (fold >= n_test) & (fold < n_test + n_validation)
    return (
        _take(pictures, np.flatnonzero(~test & ~validation)),
        _take(pictures, np.flatnonzero(validation)),
        _take(pictures, np.flatnonzero(test)),
    )


def _take(pictures: LeadPictures, rows: Int64) -> LeadPictures:
    return LeadPictures(
        pictures.values[rows],
        pictures.classes[rows],
        pictures.groups[rows],
        tuple(pictures.pages[row] for row in rows.tolist()),
        {},
    )


def _answers(folder: Path, pictures: LeadPictures) -> Float32:
    session = make_session(folder / ONNX_FILE)
    values = pictures.values.reshape(-1, 1, *pictures.values.shape[2:]).astype(np.float32) / np.float32(255)
    logits = run_in_batches(session, {"pictures": values}, 64, available_cores())["logits"]
    mean: Float32 = logits.reshape(len(pictures), -1, len(CLASSES)).mean(axis=1)
    return mean
