"""Pairing detected beats with reference beats, one to one within a tolerance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.errors import SignalError

Int64 = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Matches:
    """The outcome of matching, as indices into the two lists given.

    Attributes:
        pairs: int64, shape ``(n_pairs, 2)``: index of the reference beat, index of the detected beat;
            increasing.
        missed: int64: indices of reference beats without a partner (false negatives).
        extra: int64: indices of detected beats without a partner (false positives).
    """

    pairs: Int64
    missed: Int64
    extra: Int64


def match_beats(reference: npt.ArrayLike, detected: npt.ArrayLike, tolerance_samples: float) -> Matches:
    """Pair beats one to one: as many pairs as possible and, among those ways, the least total distance.

    ANSI/AAMI EC57 (and PhysioNet's ``bxb``) pairs each beat with its nearest within 150 ms. Where every
    beat has at most one candidate that is the answer here as well. Where beats compete, ``bxb`` walks
    from left to right; this solves the competition exactly, so the result does not depend on the
    direction of time.

    Args:
        reference: positions in samples, not decreasing, shape ``(n_reference,)``.
        detected: positions in samples, not decreasing, shape ``(n_detected,)``.
        tolerance_samples: largest distance of a pair, inclusive.

    Raises:
        SignalError: a list is not one-dimensional or decreases, or the tolerance is negative.
    """
    ref, det = _positions(reference, "Reference"), _positions(detected, "Detected")
    if not tolerance_samples >= 0:
        raise SignalError(f"Matching tolerance {tolerance_samples!r} samples; allowed: 0 or more.")
    first = np.searchsorted(det, ref - tolerance_samples, side="left")
    stop = np.searchsorted(det, ref + tolerance_samples, side="right")

    # Two beats of one list compete only if they share a candidate; a chain of such beats is a cluster of
    # its own.
    has = np.flatnonzero(stop > first)
    starts_cluster = np.ones(has.size, dtype=bool)
    starts_cluster[1:] = first[has[1:]] >= stop[has[:-1]]
    cluster_start = np.flatnonzero(starts_cluster)
    cluster_stop = np.append(cluster_start, has.size)[1:]

    one_reference = cluster_stop - cluster_start == 1
    one_candidate = stop[has] - first[has] == 1
    simple = cluster_start[one_reference]
    simple = simple[one_candidate[simple]]
    pairs = [np.stack([has[simple], first[has[simple]]], axis=1)]
    is_simple = np.zeros(has.size, dtype=bool)
    is_simple[simple] = True
    for low, high in zip(cluster_start.tolist(), cluster_stop.tolist(), strict=True):
        if is_simple[low]:
            continue
        members = has[low:high]
        pairs.append(_match_cluster(ref, det, members, first, stop))
    all_pairs = np.concatenate(pairs).astype(np.int64)
    all_pairs = all_pairs[np.argsort(all_pairs[:, 0], kind="stable")]
    missed, extra = np.ones(ref.size, dtype=bool), np.ones(det.size, dtype=bool)
    missed[all_pairs[:, 0]] = False
    extra[all_pairs[:, 1]] = False
    return Matches(all_pairs, np.flatnonzero(missed), np.flatnonzero(extra))


def _positions(values: npt.ArrayLike, name: str) -> Int64:
    positions = np.asarray(values)
    if positions.size == 0:
        return np.empty(0, dtype=np.int64)
    if positions.ndim != 1 or np.any(np.diff(positions) < 0):
        raise SignalError(f"{name} beat positions must be one list of sample numbers that does not decrease.")
    return positions.astype(np.int64)


def _match_cluster(ref: Int64, det: Int64, members: Int64, first: Int64, stop: Int64) -> Int64:
    """Solve one cluster exactly by dynamic programming; an optimal matching of sorted lists never crosses.

    Clusters are a handful of beats in any real comparison, so quadratic cost inside one does not matter.
    """
    low, high = int(first[members[0]]), int(stop[members[-1]])
    candidates = det[low:high]
    n, m = members.size, candidates.size
    # best[i][j]: (pairs, -distance) of the first i references and the first j candidates, compared in
    # that order.
    best = [[(0, 0)] * (m + 1)]
    taken = np.zeros((n + 1, m + 1), dtype=np.int8)  # 0: skip the reference, 1: skip the candidate, 2: pair
    taken[0, 1:] = 1
    for i in range(1, n + 1):
        beat = members[i - 1]
        row, above = [(0, 0)], best[-1]
        for j in range(1, m + 1):
            choice, value = 0, above[j]
            if row[j - 1] > value:
                choice, value = 1, row[j - 1]
            if first[beat] <= low + j - 1 < stop[beat]:
                pairs, closeness = above[j - 1]
                paired = (pairs + 1, closeness - abs(int(ref[beat]) - int(candidates[j - 1])))
                if paired > value:
                    choice, value = 2, paired
            taken[i, j] = choice
            row.append(value)
        best.append(row)
    found = []
    i, j = n, m
    while i and j:
        if taken[i, j] == 2:
            i, j = i - 1, j - 1
            found.append((int(members[i]), low + j))
        elif taken[i, j] == 1:
            j -= 1
        else:
            i -= 1
    return np.array(found[::-1], dtype=np.int64).reshape(-1, 2)
