"""Beats and trends of a window, with a person's corrections laid over the model's answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.analysis_result import Decision
from einthoven.analysis_review import Statements
from einthoven.recording import AAMI_CLASSES, Int64
from einthoven.service.results import Results
from einthoven.service.security import LOCAL
from einthoven.service.store.tables import CorrectionRow

NOT_OF_THE_MODEL = 255
NAMELESS = "a local user"  # who corrected without tokens and without a name


@dataclass(frozen=True, eq=False, slots=True)
class ReviewedBeats:
    """Beats as they stand after review; shapes ``(n_beats,)``.

    Attributes:
        samples: R peaks.
        classes: index into ``AAMI_CLASSES``, corrections applied.
        model_classes: the model's; ``NOT_OF_THE_MODEL`` where a person added the beat.
        rows: place among the model's beats, -1 where a person added it.
        corrected: whether a person said something about it.
    """

    samples: Int64
    classes: npt.NDArray[np.uint8]
    model_classes: npt.NDArray[np.uint8]
    rows: Int64
    corrected: npt.NDArray[np.bool_]


def reviewed_beats(results: Results, corrections: Sequence[CorrectionRow]) -> ReviewedBeats:
    """Lay corrections that were not undone over the model's beats, in the order in which they were made."""
    return lay_corrections(results.samples, results.classes, corrections)


def lay_corrections(
    samples: Int64, classes: npt.NDArray[np.uint8], corrections: Sequence[CorrectionRow]
) -> ReviewedBeats:
    """Lay corrections over beats: R peaks, and classes as places in ``AAMI_CLASSES``."""
    whole = ReviewedBeats(
        samples, classes, classes, np.arange(len(samples)), np.zeros(len(samples), np.bool_)
    )
    said = [c for c in corrections if c.subject == "beat" and c.undone_at is None and c.sample is not None]
    if not said:
        return whole
    place = {int(sample): i for i, sample in enumerate(samples.tolist())}
    changed = classes.copy()
    corrected = whole.corrected.copy()
    gone = np.zeros(len(samples), np.bool_)
    added: dict[int, int] = {}
    for correction in said:
        sample = int(correction.sample or 0)
        i = place.get(sample)
        letter = AAMI_CLASSES.index(correction.after) if correction.after in AAMI_CLASSES else None
        if i is None:
            if correction.action == "remove":
                added.pop(sample, None)
            elif letter is not None:
                added[sample] = letter
            continue
        corrected[i] = True
        gone[i] = correction.action == "remove"
        if letter is not None:
            changed[i] = letter
    new = np.array(sorted(added), np.int64)
    kept = ~gone
    all_samples = np.concatenate([samples[kept], new])
    order = np.argsort(all_samples, kind="stable")
    none = np.full(len(new), NOT_OF_THE_MODEL, np.uint8)
    return ReviewedBeats(
        all_samples[order],
        np.concatenate([changed[kept], np.array([added[int(s)] for s in new], np.uint8)])[order],
        np.concatenate([classes[kept], none])[order],
        np.concatenate([whole.rows[kept], np.full(len(new), -1)])[order],
        np.concatenate([corrected[kept], np.ones(len(new), np.bool_)])[order],
    )


def statements(beats: ReviewedBeats, corrections: Sequence[CorrectionRow]) -> Statements | None:
    """Return what stands of what people said, or None where nothing does."""
    standing = [each for each in corrections if each.undone_at is None]
    names = {each.author: NAMELESS if each.author == LOCAL.name else each.author for each in standing}
    if not standing:
        return None
    decisions: dict[str, tuple[Decision, str]] = {
        each.code: ("present" if each.after == "present" else "absent", names[each.author])
        for each in standing
        if each.subject == "finding" and each.code is not None
    }
    return Statements(
        beats.samples,
        np.array(AAMI_CLASSES)[beats.classes],
        beats.rows,
        beats.corrected,
        decisions,
        tuple(dict.fromkeys(names.values())),
        max(each.created_at for each in standing),
    )


@dataclass(frozen=True, eq=False, slots=True)
class Bins:
    """Figures of equal bins; heart rates a minute, NaN without an interval; ``counts`` ``(5, n)``."""

    rate: npt.NDArray[np.float64]
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]
    counts: Int64
    unusable: npt.NDArray[np.float64]


_LONGEST_RR_S = 6.0  # across more than this beats were missed, or a lead was off


def bin_beats(
    beats: ReviewedBeats, fs: float, start: float, end: float, n: int, gaps: list[tuple[float, float]]
) -> Bins:
    """Return heart rate and beats of each class in ``n`` equal bins between two moments, seconds.

    An interval belongs to the bin of its second beat. Intervals of more than 6 s or across a gap count for
    nothing.
    """
    seconds = beats.samples / fs
    width = (end - start) / n
    rr = np.diff(seconds)
    good = (rr > 0) & (rr <= _LONGEST_RR_S)
    for begin, stop in gaps:
        good &= ~((seconds[:-1] < stop) & (seconds[1:] > begin))
    index = np.floor((seconds - start) / width).astype(np.int64)
    inside = (index >= 0) & (index < n)
    counts = np.zeros((len(AAMI_CLASSES), n), np.int64)
    np.add.at(counts, (beats.classes[inside], index[inside]), 1)
    of_interval = index[1:]
    good &= (of_interval >= 0) & (of_interval < n)
    where, length = of_interval[good], rr[good]
    number = np.bincount(where, minlength=n)
    total = np.bincount(where, weights=length, minlength=n)
    shortest, longest = np.full(n, np.inf), np.zeros(n)
    np.minimum.at(shortest, where, length)
    np.maximum.at(longest, where, length)
    empty = number == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(empty, np.nan, 60 * number / total)
        low, high = np.where(empty, np.nan, 60 / longest), np.where(empty, np.nan, 60 / shortest)
    return Bins(rate, low, high, counts, _share(gaps, start, width, n))


def _share(gaps: list[tuple[float, float]], start: float, width: float, n: int) -> npt.NDArray[np.float64]:
    edges = start + width * np.arange(n + 1)
    covered = np.zeros(n)
    for begin, stop in gaps:
        covered += np.clip(np.minimum(edges[1:], stop) - np.maximum(edges[:-1], begin), 0, None)
    return np.minimum(covered / width, 1.0)
