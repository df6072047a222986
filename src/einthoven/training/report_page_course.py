"""The courses of training of the network of digitised pages: statements first, then pages beside them."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from einthoven.evaluation.metrics import count_matrix, score
from einthoven.models.report_page_classes import CLASSES
from einthoven.recording import Float32, Int64
from einthoven.training.course import Course, make_optimiser
from einthoven.training.losses import make_loss
from einthoven.training.networks.page_net import PageNet
from einthoven.training.optimisation import Optimiser
from einthoven.training.report_page_batches import PageBatch, PageBatches
from einthoven.training.report_page_data import Pages, StatementBeats
from einthoven.training.report_page_recipe import PageRecipe
from einthoven.training.schedules import Cosine
from einthoven.training.twelve_lead_course import known_cross_entropy


class StatementCourse(Course):
    """A network that learns to tell the statements of PTB-XL from typical beats.

    Args:
        network: what is trained.
        recipe: its ``statements`` say how.
        training: beats to learn from.
        validation: beats to tell the best epoch by.
    """

    recipe: PageRecipe
    network: PageNet

    def __init__(
        self, network: PageNet, recipe: PageRecipe, training: StatementBeats, validation: StatementBeats
    ) -> None:
        assert recipe.statements is not None
        options = recipe.statements
        super().__init__(
            network,
            recipe.model_copy(
                update={
                    "optimiser": Optimiser(learning_rate=options.learning_rate),
                    "schedule": Cosine(name="cosine"),
                    "training": recipe.training.model_copy(
                        update={
                            "epochs": options.epochs,
                            "patience": None,
                            "monitor": "loss",
                            "averaging": 0.0,
                        }
                    ),
                }
            ),
        )
        self.training_beats, self.validation_beats = training, validation

    def batches(self) -> PageBatches:
        """Return this epoch's batches."""
        rows = np.zeros(0, dtype=np.int64)
        return PageBatches(
            None, rows, self.training_beats, self.recipe, seed=self.recipe.seed, epoch=self.current_epoch
        )

    def loss_of(self, batch: PageBatch) -> Tensor:
        """Return the binary cross-entropy of the statements."""
        return known_cross_entropy(
            self.network.statements(batch.beside, batch.beside_known), batch.statements
        )

    @torch.inference_mode()
    def validate(self) -> dict[str, float]:
        """Return the binary cross-entropy of the validation beats."""
        self.network.eval()
        beats = torch.from_numpy(self.validation_beats.beats).to(self.device)
        logits = self.network.statements(beats, torch.ones(beats.shape[:2], device=self.device)).cpu()
        self.network.train()
        loss = known_cross_entropy(logits, torch.from_numpy(self.validation_beats.targets)).item()
        return {"loss": loss if math.isfinite(loss) else math.inf}


class PageCourse(Course):
    """A network that learns the classes of pages, and statements beside.

    The pages that it is judged by are held out for its figures: no epoch is chosen by them, the last counts.

    Args:
        network: what is trained.
        recipe: how.
        pages: all of them.
        learnt: rows to learn from.
        held_out: rows to judge by.
        statements: beats of PTB-XL, or None.
        seed: of this network.
    """

    recipe: PageRecipe
    network: PageNet

    def __init__(
        self,
        network: PageNet,
        recipe: PageRecipe,
        pages: Pages,
        learnt: Int64,
        held_out: Int64,
        statements: StatementBeats | None,
        seed: int,
    ) -> None:
        super().__init__(network, recipe.model_copy(update={"seed": seed}))
        self.pages, self.learnt, self.held_out, self.statements = pages, learnt, held_out, statements
        counts = np.bincount(pages.classes[learnt], minlength=len(CLASSES))
        self.train_criterion = make_loss(recipe.loss, counts)

    def best_epoch(self) -> int:
        """Return the place of the last epoch."""
        return len(self.history) - 1

    def is_over(self) -> bool:
        """All epochs are run."""
        return False

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return the optimiser that the recipe names, the new weights in a group of their own."""
        optimiser = make_optimiser(self.network, self.recipe.optimiser)
        new = {id(weight) for weight in self.network.answer.parameters()}
        (group,) = optimiser.param_groups
        every = group["params"]
        group["params"] = [weight for weight in every if id(weight) in new]
        optimiser.add_param_group({"params": [weight for weight in every if id(weight) not in new]})
        return optimiser

    def on_train_batch_start(self, batch: PageBatch, batch_idx: int) -> None:
        """Set the rates of this step: what was learnt before moves on more slowly."""
        super().on_train_batch_start(batch, batch_idx)
        if self.recipe.statements is not None:
            self.trainer.optimizers[0].param_groups[1]["lr"] *= self.recipe.statements.slower

    def batches(self) -> PageBatches:
        """Return this epoch's batches."""
        return PageBatches(
            self.pages,
            self.learnt,
            self.statements,
            self.recipe,
            seed=self.recipe.seed,
            epoch=self.current_epoch,
        )

    def loss_of(self, batch: PageBatch) -> Tensor:
        """Return the loss of the classes, and of the statements beside."""
        logits = self.network(batch.beats, batch.known, batch.rhythm)
        loss: Tensor = self.train_criterion(logits, batch.targets)
        if self.recipe.statements is not None and len(batch.beside):
            told = self.network.statements(batch.beside, batch.beside_known)
            loss = loss + self.recipe.statements.share * known_cross_entropy(told, batch.statements)
        return loss

    def validate(self) -> dict[str, float]:
        """Return cross-entropy, accuracy and macro F1 of the pages held out."""
        logits = answer(self.judged, self.pages, self.held_out)
        true = self.pages.classes[self.held_out]
        logarithms = torch.from_numpy(logits).log_softmax(1).numpy()
        loss = -float(logarithms[np.arange(len(true)), true].mean())
        names = np.array(CLASSES)
        counts = count_matrix(names[true].tolist(), names[logits.argmax(axis=1)].tolist(), CLASSES)
        scores = score(counts, CLASSES)
        return {
            "loss": loss if math.isfinite(loss) else math.inf,
            "accuracy": float(scores.accuracy),
            "macro_f1": float(scores.macro_f1),
        }


@torch.inference_mode()
def answer(network: torch.nn.Module, pages: Pages, rows: Int64) -> Float32:
    """Return the logits of pages, shape ``(len(rows), n_classes)``."""
    was_training = network.training
    network.eval()
    device = next(network.parameters()).device
    logits: Float32 = (
        network(
            *(
                torch.from_numpy(values[rows]).to(device)
                for values in (pages.beats, pages.known, pages.rhythm)
            )
        )
        .float()
        .cpu()
        .numpy()
    )
    network.train(was_training)
    return logits
