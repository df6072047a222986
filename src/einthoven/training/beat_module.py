"""Training one beat network with Lightning: weighted cross-entropy, one-cycle schedule, averaged weights."""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import lightning
import numpy as np
import numpy.typing as npt
import torch
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

from einthoven.models.beat_inputs import BeatInputs
from einthoven.recording import AAMI_CLASSES, Float32, Int64
from einthoven.training.beat_augmentation import IGNORED, Batch, augment
from einthoven.training.beat_recipe import Network, Optimisation
from einthoven.training.networks.beat_cnn_lstm import BeatCnnLstm, new_network

AVERAGING = 0.995  # per step; of the weights that are kept


@dataclass(frozen=True, eq=False)
class Example:
    """One recording to learn from.

    Attributes:
        inputs: what the network sees.
        classes: int64, shape ``(n_beats,)``, indices into ``AAMI_CLASSES``.
        records: where its waves come from, ``database/record``; a fold leaves it out if any is held out.
        recomposed: whether its rhythm is made up.
    """

    inputs: BeatInputs
    classes: Int64
    records: frozenset[str]
    recomposed: bool = False

    def __len__(self) -> int:
        return len(self.classes)


class Sequences(IterableDataset[Batch]):
    """Endless random batches of sequences of neighbouring beats.

    Args:
        examples: the recordings.
        options: sizes, augmentation.
        share: beats of recomposed recordings seen for each beat of a real one.
        seed: of all chance.
    """

    def __init__(self, examples: Sequence[Example], options: Optimisation, share: float, seed: int) -> None:
        self.examples = list(examples)
        self.options = options
        self.seed = seed
        lengths = np.array([len(example) for example in self.examples], dtype=float)
        made = np.array([example.recomposed for example in self.examples])
        if made.any():
            lengths[made] *= share * lengths[~made].sum() / lengths[made].sum()
        self.chances = lengths / lengths.sum()

    def class_weights(self) -> Tensor:
        """Weight of each class in the loss, shape ``(n_classes,)``; 1 on average over what is seen."""
        counts = [np.bincount(e.classes, minlength=len(AAMI_CLASSES)) / len(e) for e in self.examples]
        seen = np.average(counts, axis=0, weights=self.chances)
        weights = (seen + 1e-3) ** -self.options.class_weight_power
        weights /= (weights * seen).sum()
        return torch.tensor(np.minimum(weights, self.options.largest_class_weight), dtype=torch.float32)

    def __iter__(self) -> Iterator[Batch]:
        choice = np.random.default_rng(self.seed)
        generator = torch.Generator().manual_seed(self.seed)
        while True:
            chosen = choice.choice(len(self.examples), self.options.batch, p=self.chances)
            rows = [self._row(self.examples[i], choice) for i in chosen]
            batch = {name: torch.from_numpy(np.stack([row[name] for row in rows])) for name in rows[0]}
            yield augment(batch, generator, self.options.lead_dropout, self.options.feature_dropout)

    def _row(self, example: Example, choice: np.random.Generator) -> dict[str, npt.NDArray[np.generic]]:
        length = self.options.beats
        begin = int(choice.integers(0, max(1, len(example) - length + 1)))
        index = np.arange(begin, begin + length)
        valid = index < len(example)
        index = np.minimum(index, len(example) - 1)
        row: dict[str, npt.NDArray[np.generic]] = {"valid": valid.astype(np.float32)}
        for name in ("waves", "shapes", "rhythm", "present"):
            row[name] = getattr(example.inputs, name)[index].astype(np.float32)
        row["classes"] = np.where(valid, example.classes[index], IGNORED)
        return row


class BeatModule(lightning.LightningModule):
    """The network, its loss and its optimiser; ``averaged`` holds the running mean of its weights."""

    def __init__(self, network: BeatCnnLstm, options: Optimisation, class_weights: Tensor) -> None:
        super().__init__()
        self.network = network
        self.averaged = copy.deepcopy(network).requires_grad_(False)
        self.options = options
        self.loss = nn.CrossEntropyLoss(
            class_weights, ignore_index=IGNORED, label_smoothing=options.label_smoothing
        )

    def training_step(self, batch: Batch, index: int) -> Tensor:
        """Return the loss of one batch."""
        classes = batch.pop("classes")
        logits = self.network(**batch)
        loss: Tensor = self.loss(logits.flatten(0, 1), classes.flatten())
        self.log("loss", loss, prog_bar=True)
        return loss

    def on_train_batch_end(self, outputs: object, batch: Batch, batch_idx: int) -> None:
        """Move the averaged weights towards the present ones; quickly at first."""
        keep = min(AVERAGING, (1 + self.global_step) / (10 + self.global_step))
        state = self.network.state_dict()
        for name, mean in self.averaged.state_dict().items():
            if mean.dtype.is_floating_point:
                mean.lerp_(state[name], 1 - keep)
            else:
                mean.copy_(state[name])

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """AdamW with a one-cycle schedule over all steps."""
        optimiser = torch.optim.AdamW(
            self.network.parameters(), self.options.learning_rate, weight_decay=self.options.weight_decay
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, self.options.learning_rate, total_steps=self.options.steps, pct_start=0.15
        )
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def fit(
    examples: Sequence[Example],
    network: Network,
    options: Optimisation,
    *,
    share: float,
    seed: int,
    progress: bool = True,
) -> BeatCnnLstm:
    """Train one network; return the one with averaged weights, for evaluation. Same seed, same weights."""
    torch.manual_seed(seed)
    data = Sequences(examples, options, share, seed)
    lit = BeatModule(new_network(network), options, data.class_weights())
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)  # tips and lists of absent hardware
    trainer = lightning.Trainer(
        max_epochs=1,
        limit_train_batches=options.steps,
        accelerator="auto",
        devices=1,
        gradient_clip_val=1.0,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=progress,
        enable_model_summary=False,
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="lightning")
        warnings.filterwarnings("ignore", message=".*LeafSpec", category=FutureWarning)
        trainer.fit(lit, DataLoader(data, batch_size=None))
    return lit.averaged.cpu().eval()


@torch.inference_mode()
def predict(network: nn.Module, rows: dict[str, Float32]) -> Float32:
    """Return the logits of rows laid out by `einthoven.models.beats.sequences`, one row at a time."""
    answers = [
        network(**{name: torch.from_numpy(values[i : i + 1]) for name, values in rows.items()}).numpy()
        for i in range(len(rows["valid"]))
    ]
    logits: Float32 = np.concatenate(answers)
    return logits
