"""From databases to training examples: real recordings, noisy copies, recomposed ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from einthoven.datasets.database import load_reference, record_names
from einthoven.errors import DataError
from einthoven.models.beat_inputs import RATE, beat_inputs, prepare
from einthoven.models.beats import choose_leads
from einthoven.recording import AAMI_CLASSES, Beats, Float32, Recording
from einthoven.signal.resample import resample
from einthoven.training.beat_module import Example
from einthoven.training.beat_recipe import BeatRecipe, Noise
from einthoven.training.recompose import Source, recompose, take_apart

Progress = Callable[[str, int, int], None]  # what, done, of how many


@dataclass(frozen=True, eq=False)
class LabelledRecord:
    """One annotated recording brought to the network's leads and rate.

    Attributes:
        name: ``database/record``; one patient each, but for the pairs in ``SAME_PATIENT``.
        signals: millivolt at ``RATE``, shape ``(1 or 2, n_samples)``, NaN where missing.
        beats: annotated beats at ``RATE``.
    """

    name: str
    signals: Float32
    beats: Beats


# MIT-BIH 201 and 202 are one patient (Moody & Mark 2001, doi 10.1109/51.932724). 202 is not in DS1.
SAME_PATIENT = {"mitdb/202": "mitdb/201"}


def patient(record: str) -> str:
    """Return who was recorded: the first record of the same patient."""
    return SAME_PATIENT.get(record, record)


def silent(what: str, done: int, total: int) -> None:
    """Tell nobody."""


def load_records(recipe: BeatRecipe, root: Path, progress: Progress = silent) -> list[LabelledRecord]:
    """Read the records a recipe names.

    Raises:
        DataError: a database or a record is not there.
    """
    records = []
    for part in recipe.data:
        folder = root / part.name
        if not folder.is_dir():
            raise DataError(
                f"{folder} is not there. Put the data set {part.name!r} into {root}, "
                "or name the folder that holds it in EINTHOVEN_DATA."
            )
        names = record_names(folder, part.records or None)
        for i, name in enumerate(names):
            progress(f"reading {part.name}", i, len(names))
            reference = load_reference(folder, name)
            records.append(labelled(f"{part.name}/{name}", reference.recording, reference.beats))
    return records


def labelled(name: str, recording: Recording, beats: Beats) -> LabelledRecord:
    """Bring a recording to the network's leads and rate."""
    leads = recording.signals[choose_leads(recording)]
    signals = resample(leads, recording.fs, RATE) if recording.fs != RATE else leads
    samples = np.round(beats.samples * (RATE / recording.fs)).astype(np.int64)
    return LabelledRecord(name, signals, Beats(samples, beats.classes))


def example(record: LabelledRecord, made_of: frozenset[str] | None = None) -> Example:
    """Compute the network's inputs for all beats of a record."""
    inputs = beat_inputs(prepare(record.signals, RATE, record.beats.samples))
    order = {letter: i for i, letter in enumerate(AAMI_CLASSES)}
    classes = np.array([order[letter] for letter in record.beats.classes.tolist()], dtype=np.int64)
    return Example(inputs, classes, made_of or frozenset({record.name}), recomposed=made_of is not None)


def training_examples(
    records: Sequence[LabelledRecord], recipe: BeatRecipe, root: Path, progress: Progress = silent
) -> list[Example]:
    """Return all examples a recipe trains on: the records, noisy copies of them, recomposed ones."""
    chance = np.random.default_rng(recipe.seed)
    examples = []
    noise = _noise(recipe.noise, root) if recipe.noise.probability else None
    for i, record in enumerate(records):
        progress("computing inputs", i, len(records))
        examples.append(example(record))
        if noise is not None and chance.random() < recipe.noise.probability:
            noisy = LabelledRecord(record.name, with_noise(record.signals, noise, chance), record.beats)
            examples.append(example(noisy))
    examples += _recomposed(records, recipe, chance, progress)
    return examples


def _recomposed(
    records: Sequence[LabelledRecord], recipe: BeatRecipe, chance: np.random.Generator, progress: Progress
) -> Iterator[Example]:
    sources: Mapping[str, Source] = {
        record.name: source
        for record in records
        if (source := take_apart(np.nan_to_num(record.signals), record.beats.samples, record.beats.classes))
    }
    names = list(sources)
    for i, name in enumerate(names):
        progress("recomposing", i, len(names))
        for _ in range(recipe.recomposition.per_record):
            # Ventricular beats come from one other patient and this one; both names stay with the example, so
            # that a fold that holds out either leaves it out.
            other = names[int(chance.integers(len(names)))]
            banks = [
                source.ventricular
                for source in (sources[name], sources[other])
                if source.ventricular.shape[1:2] == sources[name].ventricular.shape[1:2]
            ]
            duration = float(chance.choice(recipe.recomposition.durations_s))
            made = recompose(sources[name], banks, chance, duration)
            assert made.beats is not None  # recompose always sets them
            yield example(LabelledRecord(name, made.signals, made.beats), frozenset({name, other}))


def _noise(noise: Noise, root: Path) -> list[Float32]:
    from einthoven.formats import read

    folder = root / noise.name
    found = []
    for name in noise.records:
        recording = read(folder / f"{name}.hea")
        found.append(resample(np.nan_to_num(recording.signals), recording.fs, RATE))
    return found


def with_noise(signals: Float32, noise: Sequence[Float32], chance: np.random.Generator) -> Float32:
    """Add stretches of real noise to each lead at 6 to 24 dB below the ECG's own power, in episodes.

    Args:
        signals: millivolt at ``RATE``, shape ``(n_leads, n_samples)``.
        noise: noise recordings at ``RATE``.
        chance: source of chance.
    """
    noisy = signals.copy()
    n = signals.shape[1]
    for lead in noisy:
        source = noise[int(chance.integers(len(noise)))]
        row = source[int(chance.integers(len(source)))]
        begin = int(chance.integers(len(row)))
        stretch = np.resize(np.roll(row, -begin), n)
        power = float(np.nanstd(lead)) / max(float(stretch.std()), 1e-6)
        gain = power * 10 ** (-chance.uniform(6, 24) / 20)
        episode = np.repeat(chance.random(n // (30 * RATE) + 1) < 0.5, 30 * RATE)[:n]
        lead += (gain * stretch * episode).astype(np.float32)
    return noisy
