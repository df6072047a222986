"""The stretches that are wiped out one after the other: equal ones, or the parts of the heart beat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.recording import Float32

Float64 = npt.NDArray[np.float64]
Masks = npt.NDArray[np.bool_]

STRETCH_S = 0.5
ENDS_S = 0.04  # the ends of a stretch are means over this much beside it
PARTS = ("P and PR", "QRS", "ST", "T", "between beats")
# Seconds about the R peak. ST begins late enough for a QRS of 160 ms; T ends at the latest where P begins.
P_FROM, QRS_FROM, ST_FROM, T_FROM, T_TO = -0.24, -0.06, 0.09, 0.2, 0.45
LEVEL_FROM, LEVEL_TO = -0.10, -0.06  # the isoelectric level before each QRS


@dataclass(frozen=True, eq=False)
class Cells:
    """What is wiped out, what takes its place, and how what is lost becomes a map.

    Attributes:
        masks: bool, shape ``(n_masks, n_samples)``; each is wiped out in each lead.
        replacement: from the leads ``(n_leads, n_samples)`` to what takes their place, shape
            ``(n_masks or 1, n_leads, n_samples)``.
        spread: from losses ``(n_classes, n_leads, n_masks)`` to maps ``(n_classes, n_leads, n_samples)``.
    """

    masks: Masks
    replacement: Callable[[Float32], Float32]
    spread: Callable[[Float64], Float32]


def time_cells(n_samples: int, fs: float, most: int) -> Cells:
    """Return equal stretches of about half a second, at most ``most``, each replaced by a line."""
    count = int(np.clip(round(n_samples / fs / STRETCH_S), 1, max(1, most)))
    edges = np.rint(np.linspace(0, n_samples, count + 1)).astype(np.int64)
    owner = np.repeat(np.arange(count), np.diff(edges))
    beside = max(1, round(ENDS_S * fs))

    def replacement(leads: Float32) -> Float32:
        lines = np.repeat(leads[np.newaxis], count, axis=0)
        for i, (first, last) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
            before = leads[:, max(0, first - beside) : first]
            after = leads[:, last : last + beside]
            left = before.mean(axis=1) if before.size else after.mean(axis=1) if after.size else leads[:, 0]
            right = after.mean(axis=1) if after.size else left
            # The line goes on a little beyond the ends, where the mask fades out.
            reach = slice(max(0, first - beside), min(n_samples, last + beside))
            share = np.clip((np.arange(n_samples)[reach] - first) / max(1, last - first), 0, 1)
            lines[i, :, reach] = left[:, np.newaxis] + share * (right - left)[:, np.newaxis]
        return lines

    def spread(lost: Float64) -> Float32:
        return np.asarray(lost[..., owner], dtype=np.float32)

    return Cells(owner == np.arange(count)[:, np.newaxis], replacement, spread)


def parts_of_beats(r_peaks: npt.NDArray[np.int64], n_samples: int, fs: float) -> npt.NDArray[np.int8]:
    """Return for each sample which of ``PARTS`` it belongs to."""
    part = np.full(n_samples, len(PARTS) - 1, dtype=np.int8)
    borders = (P_FROM, QRS_FROM, ST_FROM, T_FROM, T_TO)
    for i, peak in enumerate(r_peaks.tolist()):
        # In a fast rhythm T gives way to the P that follows, and P to the T before it.
        after = (r_peaks[i + 1] - peak) / fs if i + 1 < len(r_peaks) else np.inf
        before = (peak - r_peaks[i - 1]) / fs if i else np.inf
        ends = list(borders)
        ends[0] = max(P_FROM, -0.4 * before)
        ends[4] = max(T_FROM, min(T_TO, after + max(P_FROM, -0.4 * after)))
        marks = [min(n_samples, max(0, round(peak + end * fs))) for end in ends]
        for code in range(len(PARTS) - 1):
            part[marks[code] : marks[code + 1]] = code
    return part


def beat_cells(r_peaks: npt.NDArray[np.int64], n_samples: int, fs: float, most: int) -> Cells:
    """Return the parts of all beats at once, then groups of whole beats, at most ``most`` masks in all."""
    part = parts_of_beats(r_peaks, n_samples, fs)
    parts = np.arange(len(PARTS))[:, np.newaxis]
    groups = int(np.clip(most - len(PARTS), 0, len(r_peaks)))
    middles = np.rint((r_peaks[1:] + r_peaks[:-1]) / 2).astype(np.int64)
    beat = np.searchsorted(middles, np.arange(n_samples), side="right")
    owner = beat * groups // len(r_peaks) if groups else np.zeros(n_samples, dtype=np.int64)
    masks = part == parts
    if groups > 1:
        masks = np.concatenate((masks, owner == np.arange(groups)[:, np.newaxis]))

    def replacement(leads: Float32) -> Float32:
        line = np.empty_like(leads)
        places, levels = [], []
        for peak in r_peaks.tolist():
            first, last = round(peak + LEVEL_FROM * fs), round(peak + LEVEL_TO * fs) + 1
            if first >= 0 and last <= n_samples:
                places.append((first + last - 1) / 2)
                levels.append(np.median(leads[:, first:last], axis=1))
        if not places:
            line[:] = np.median(leads, axis=1, keepdims=True)
            return line[np.newaxis]
        for row, level in zip(line, np.array(levels).T, strict=True):
            row[:] = np.interp(np.arange(n_samples), places, level)
        return line[np.newaxis]

    def spread(lost: Float64) -> Float32:
        maps = lost[..., : len(PARTS)][..., part]
        if groups > 1:
            whole = lost[..., len(PARTS) :]
            mean = whole.mean(axis=-1, keepdims=True)
            share = np.divide(whole, mean, out=np.ones_like(whole), where=mean > 0)
            # Where single beats are hardly missed, since the others show the same, what little is lost with
            # each says nothing about which counts: all do.
            together = lost[..., : len(PARTS)].sum(axis=-1, keepdims=True)
            each = whole.sum(axis=-1, keepdims=True)
            told = np.divide(each, together, out=np.ones_like(each), where=together > each)
            share = told * share + (1 - told)
            maps = maps * share[..., owner]
        return np.asarray(maps, dtype=np.float32)

    return Cells(masks, replacement, spread)
