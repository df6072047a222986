"""The networks of a beat recipe: of each fold and of the bundle, each trained once and kept.

Folds are answered by as many networks as ship, so that what is measured and calibrated is what ships.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from einthoven.errors import EinthovenError
from einthoven.models.beat_inputs import MARGIN
from einthoven.models.beats import CORE, sequences
from einthoven.models.runtime import available_cores
from einthoven.recording import AAMI_CLASSES, Float32
from einthoven.training.beat_data import example, load_records, patient, silent, training_examples
from einthoven.training.beat_module import Example, fit, predict
from einthoven.training.beat_recipe import BeatRecipe
from einthoven.training.cross_validation import patient_folds
from einthoven.training.networks.beat_cnn_lstm import BeatCnnLstm, new_network


@dataclass(frozen=True)
class Job:
    """One network to train.

    Attributes:
        member: of the ensemble.
        fold: the patients it must not see; None for a network that ships.
    """

    member: int
    fold: int | None = None

    @property
    def file(self) -> str:
        """Name of what is kept of it: logits of the fold's records, or the weights."""
        return f"member-{self.member}.pt" if self.fold is None else f"fold-{self.fold}-{self.member}.npz"

    @property
    def seed(self) -> int:
        """What its chance begins with, besides the recipe's seed; networks of one data set differ in it."""
        return 100 + self.member if self.fold is None else self.fold + 1000 * self.member

    def __str__(self) -> str:
        what = "all patients" if self.fold is None else f"without fold {self.fold + 1}"
        return f"network {self.member + 1}, {what}"


def jobs_of(recipe: BeatRecipe) -> list[Job]:
    """Return all networks of a recipe: of the folds, member by member, then those that ship."""
    folds = [Job(member, fold) for member in range(recipe.members) for fold in range(recipe.folds)]
    return folds + [Job(member) for member in range(recipe.members)]


def train_networks(
    jobs: Sequence[Job], recipe: BeatRecipe, root: Path, log: Path, processes: int | None = None
) -> None:
    """Train those of ``jobs`` that ``log`` does not hold yet.

    Args:
        jobs: of the recipe.
        recipe: what they learn.
        root: folder of the databases.
        log: folder for what is kept of them.
        processes: at once; default: one a GPU, else one.

    Raises:
        DataError: data are missing.
        EinthovenError: the system ended a process.
    """
    missing = [job for job in jobs if not (log / job.file).is_file()]
    if len(missing) < len(jobs):
        print(f"{len(jobs) - len(missing)} of {len(jobs)} networks are taken from {log}", flush=True)
    gpus = torch.cuda.device_count()
    processes = min(processes or max(1, gpus), max(1, len(missing)))
    if processes == 1:
        for job in missing:
            print(f"training {job}", flush=True)
            _train(job, recipe, root, log, progress=True)
        return
    # Processes start anew rather than as copies: PyTorch's threads do not survive being copied.
    context = multiprocessing.get_context("spawn")
    numbers = context.Queue()
    for number in range(processes):
        numbers.put(number)
    started = time.monotonic()
    with ProcessPoolExecutor(processes, context, _begin, (numbers, processes, gpus)) as pool:
        futures = {pool.submit(_train, job, recipe, root, log): job for job in missing}
        try:
            for done, future in enumerate(as_completed(futures), 1):
                future.result()
                minutes = (time.monotonic() - started) / 60
                print(f"{futures[future]}: {done} of {len(missing)} after {minutes:.0f} min", flush=True)
        except BrokenProcessPool as error:
            raise EinthovenError(
                "The system ended a process that trained networks, most likely for want of memory. What they "
                f"gave is kept in {log}: start the command again with fewer --devices (not {processes})."
            ) from error
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _begin(numbers: Any, processes: int, gpus: int) -> None:
    """Give a process its share of the machine."""
    if gpus:
        os.environ["CUDA_VISIBLE_DEVICES"] = str(numbers.get() % gpus)
    torch.set_num_threads(max(1, available_cores() // processes))


@lru_cache(maxsize=1)
def _examples(recipe_json: str, root: Path, aloud: bool) -> tuple[list[Example], dict[str, Example]]:
    """Return what is learnt from, and each record as it is."""
    recipe = BeatRecipe.model_validate_json(recipe_json)
    tell = _tell if aloud else silent
    records = load_records(recipe, root, tell)
    examples = training_examples(records, recipe, root, tell)
    return examples, {record.name: example(record) for record in records}


def _tell(what: str, done: int, total: int) -> None:
    if done % max(1, total // 4) == 0:
        print(f"{what}: {done} of {total}", flush=True)


def _train(job: Job, recipe: BeatRecipe, root: Path, log: Path, *, progress: bool = False) -> None:
    """Train one network and keep what is needed of it."""
    examples, truths = _examples(recipe.model_dump_json(), root, progress)
    out = [] if job.fold is None else patient_folds(list(truths), recipe.folds)[job.fold]
    unseen = {patient(name) for name in out}
    network = fit(
        [each for each in examples if not unseen & {patient(name) for name in each.records}],
        recipe.network,
        recipe.optimisation,
        share=recipe.recomposition.share,
        seed=recipe.seed + job.seed,
        progress=progress,
    )
    with _written_whole(log / job.file) as beside:
        if job.fold is None:
            torch.save(network.state_dict(), beside)
        else:
            answers = {name: _logits(network, truths[name]) for name in out}
            with beside.open("wb") as file:  # given a path, NumPy would add .npz
                np.savez_compressed(file, allow_pickle=False, **answers)


def _logits(network: BeatCnnLstm, truth: Example) -> npt.NDArray[np.generic]:
    """Return the answers to all beats of a record."""
    answers = predict(network, sequences(truth.inputs, 0, len(truth)))
    return answers[:, MARGIN : MARGIN + CORE].reshape(-1, len(AAMI_CLASSES))[: len(truth)]


@contextmanager
def _written_whole(path: Path) -> Iterator[Path]:
    beside = path.with_name(f"{path.name}.new")
    yield beside
    beside.replace(path)


def kept_logits(log: Path, fold: int, members: int) -> dict[str, Float32]:
    """Return the mean logits of the networks of a fold for its records, shape ``(n_beats, n_classes)``."""
    total: dict[str, Float32] = {}
    for member in range(members):
        with np.load(log / Job(member, fold).file) as arrays:
            for name in arrays:
                share = (arrays[name] / members).astype(np.float32)
                total[name] = total[name] + share if name in total else share
    return total


def kept_members(log: Path, recipe: BeatRecipe) -> list[BeatCnnLstm]:
    """Return the networks that ship."""
    networks = []
    for member in range(recipe.members):
        network = new_network(recipe.network)
        network.load_state_dict(torch.load(log / Job(member).file, map_location="cpu", weights_only=True))
        networks.append(network.eval())
    return networks
