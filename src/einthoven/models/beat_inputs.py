"""What the beat network sees: each beat's shape, the patient's own reference beats, and the rhythm around it.

Everything is relative to the patient: amplitudes to the local QRS height, RR intervals to the intervals of
seconds and of many minutes around, shapes to two reference beats. The first reference is the median of
nearby beats that come neither early nor just before an early one; the second the median of the beats with
the longest RR intervals nearby, which are sinus beats even where ectopic beats are the majority (atrial
bigeminy, runs broken by pauses). Rates that drift slowly move both along.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.recording import Float32, Int64
from einthoven.signal.windows import align_to_qrs, cut_windows

Bools = npt.NDArray[np.bool_]

INPUTS_VERSION = 3  # raised whenever the network is given other numbers, or its answers are used otherwise
RATE = 128  # Hz, SVDB's own; keeps everything up to 38 Hz
BAND = (0.5, 38.0)  # Hz
BEFORE, AFTER = 44, 60  # samples: 344 ms for the P wave, 469 ms for the T wave
LEADS = 2
SEQUENCE = 256  # beats the network sees at once
MARGIN = 32  # of these, beats at each end that only give context

# Stretches of the window: P wave, QRS complex, T wave, all.
_SEGMENTS = {
    "P": slice(BEFORE - 34, BEFORE - 7),
    "QRS": slice(BEFORE - 7, BEFORE + 9),
    "T": slice(BEFORE + 9, BEFORE + 56),
    "beat": slice(0, BEFORE + AFTER),
}
_REFERENCE_STEP = 20  # beats that share a reference
_AROUND = 200  # beats on each side that references and scales are taken from
_NO_SIGNAL = 0.02  # mV: nothing that could be told from noise
_LARGEST_WAVE = 6.0  # in units of the local QRS height
_FEW_BEATS = 100  # up to here, running percentiles are quicker without SciPy: importing it takes 0.2 s

# Half-widths, in beats, of the neighbourhoods an RR interval is compared with, and the percentile taken.
_PREVIOUS_RR = (
    (3, 50), (8, 50), (30, 50), (150, 50), (600, 50), (2000, 50), (30, 25),
    (8, 80), (30, 75), (30, 90), (150, 75), (150, 90), (600, 90), (2000, 90),
)  # fmt: skip
_NEXT_RR = ((8, 50), (30, 50))
_SPREAD = (8, 30, 150)

RHYTHM_FEATURES = (
    "log_rr_before",
    "log_rr_after",
    *(f"log_rr_before_over_p{percentile}_of_{half}" for half, percentile in _PREVIOUS_RR),
    *(f"log_rr_after_over_p{percentile}_of_{half}" for half, percentile in _NEXT_RR),
    "log_rr_after_over_before",
    *(f"rr_change_p{percentile}_of_{half}" for half in _SPREAD for percentile in (50, 80)),
    *(f"log_rr_p75_over_p25_of_{half}" for half in _SPREAD),
    *(f"rr_change_over_two_beats_p50_of_{half}" for half in (8, 30)),
)
SHAPE_FEATURES = (
    *(
        f"{what}_{segment}_to_{reference}"
        for reference in ("regular", "long_rr")
        for segment in _SEGMENTS
        for what in ("correlation", "log_distance", "log_energy_ratio")
    ),
    *(
        f"{what}_{segment}_to_{neighbour}"
        for segment in ("P", "QRS")
        for neighbour in ("previous", "next")
        for what in ("correlation", "log_distance")
    ),
    "qrs_maximum",
    "qrs_minimum",
    "log_qrs_area",
    "log_p_height_regular",
    "log_p_height_long_rr",
)


@dataclass(frozen=True, eq=False)
class BeatInputs:
    """Inputs for ``n`` beats of one recording.

    Attributes:
        waves: float16, shape ``(n, LEADS, 3, BEFORE + AFTER)``: the beat, the regular reference and the
            long-RR reference, in units of the local QRS height.
        shapes: float32, shape ``(n, LEADS, len(SHAPE_FEATURES))``.
        rhythm: float32, shape ``(n, len(RHYTHM_FEATURES))``.
        present: float32, shape ``(n, LEADS)``: 1 where the lead has signal at that beat, else 0.
    """

    waves: npt.NDArray[np.float16]
    shapes: Float32
    rhythm: Float32
    present: Float32

    def __len__(self) -> int:
        return len(self.rhythm)

    def __getitem__(self, beats: slice) -> BeatInputs:
        return BeatInputs(self.waves[beats], self.shapes[beats], self.rhythm[beats], self.present[beats])


@dataclass(frozen=True, eq=False)
class PreparedBeats:
    """A recording ready to be cut into `BeatInputs`: all that needs every beat at once.

    Attributes:
        filtered: leads at ``RATE`` within ``BAND``, 0 where nothing was recorded, ``(n_leads, n_samples)``.
        missing: where nothing was recorded, same shape.
        positions: middles of the QRS complexes, sample numbers at ``RATE``, ``(n_beats,)``.
        rhythm: ``RHYTHM_FEATURES``, ``(n_beats, len(RHYTHM_FEATURES))``.
        regular: beats that come neither early nor just before an early one, ``(n_beats,)``.
        long_rr: beats with the longest RR intervals nearby, ``(n_beats,)``.
    """

    filtered: Float32
    missing: Bools
    positions: Int64
    rhythm: Float32
    regular: Bools
    long_rr: Bools

    def __len__(self) -> int:
        return len(self.positions)


def prepare(signals: Float32, fs: float, r_peaks: Int64) -> PreparedBeats:
    """Bring leads to ``RATE`` and ``BAND``, put R peaks on the middle of their QRS, measure the rhythm.

    Args:
        signals: millivolt, shape ``(n_leads, n_samples)``, at most ``LEADS`` leads, NaN where missing.
        fs: rate of ``signals`` in Hz.
        r_peaks: sample numbers in ``signals``, increasing.
    """
    from einthoven.signal.filters import bandpass
    from einthoven.signal.resample import resample

    slow = resample(signals, fs, RATE) if fs != RATE else signals
    missing = np.isnan(slow)
    filtered = bandpass(slow, RATE, BAND[0], min(BAND[1], 0.45 * fs))
    filtered[missing] = 0.0
    positions = np.round(np.asarray(r_peaks, dtype=np.float64) * (RATE / fs)).astype(np.int64)
    positions = align_to_qrs(filtered, RATE, np.clip(positions, 0, max(0, slow.shape[1] - 1)))
    return prepare_filtered(filtered, missing, positions)


def prepare_filtered(
    filtered: Float32, missing: Bools, positions: Int64, next_rr: float | None = None
) -> PreparedBeats:
    """Measure the rhythm of beats in leads that are at ``RATE`` and within ``BAND`` already.

    ``next_rr`` is what is expected to follow the last beat, in seconds; None repeats the interval before it.
    """
    before, after = rr_intervals(positions)
    if next_rr is not None and len(after):
        after[-1] = next_rr
    usual = _percentile(before, 100, 50)
    return PreparedBeats(
        filtered,
        missing,
        positions,
        rhythm_features(before, after),
        regular=(before > 0.9 * usual) & (after > 0.8 * usual),
        long_rr=before >= 0.97 * _percentile(before, 60, 80),
    )


def beat_inputs(prepared: PreparedBeats, begin: int = 0, stop: int | None = None) -> BeatInputs:
    """Compute the inputs of beats ``begin`` … ``stop`` of a prepared recording (default: of all).

    Neighbours and references come from the 200 beats on both sides, so that pieces of a long recording
    give what the whole would, in bounded memory.
    """
    n = len(prepared)
    stop = n if stop is None else min(stop, n)
    wanted, begin = (
        begin,
        begin - begin % _REFERENCE_STEP,
    )  # beats share references in groups from the first on
    around = slice(max(0, begin - _AROUND), min(n, stop + _AROUND))
    waves, present = _scaled_windows(prepared, around)
    first, last = begin - around.start, stop - around.start
    references = [
        _references(waves, present, mask[around], depth, first, last)
        for mask, depth in ((prepared.regular, 30), (prepared.long_rr, 15))
    ]
    n_leads = waves.shape[1]
    inputs = BeatInputs(
        np.zeros((stop - begin, LEADS, 3, BEFORE + AFTER), np.float16),
        np.zeros((stop - begin, LEADS, len(SHAPE_FEATURES)), np.float32),
        prepared.rhythm[begin:stop],
        np.zeros((stop - begin, LEADS), np.float32),
    )
    inputs.waves[:, :n_leads] = np.stack([waves[first:last], *references], axis=2)
    inputs.shapes[:, :n_leads] = _shape_features(waves, references, first, last)
    inputs.present[:, :n_leads] = present[first:last]
    return inputs[wanted - begin :]


def rr_intervals(positions: Int64) -> tuple[Float32, Float32]:
    """Return the RR interval before and after each beat in seconds, held to 0.2 … 4 s.

    The first beat has no interval before it and takes the one after it, the last the other way round.
    """
    if len(positions) < 2:
        alone = np.full(len(positions), 0.8, np.float32)
        return alone, alone
    rr = np.clip(np.diff(positions) / RATE, 0.2, 4.0).astype(np.float32)
    return np.concatenate([rr[:1], rr]), np.concatenate([rr, rr[-1:]])


def rhythm_features(before: Float32, after: Float32) -> Float32:
    """Return ``RHYTHM_FEATURES`` for each beat, held to ±3, shape ``(n_beats, len(RHYTHM_FEATURES))``."""
    log = np.log(before)
    change = np.abs(np.diff(log, prepend=log[:1]))
    over_two = np.abs(log - np.concatenate([log[:2], log[:-2]])[: len(log)])
    columns: list[Float32] = [np.log(before / 0.8), np.log(after / 0.8)]
    columns += [np.log(before / _percentile(before, half, percentile)) for half, percentile in _PREVIOUS_RR]
    columns += [np.log(after / _percentile(before, half, percentile)) for half, percentile in _NEXT_RR]
    columns.append(np.log(after / before))
    for half in _SPREAD:
        columns += [4 * _percentile(change, half, 50), 2 * _percentile(change, half, 80)]
    columns += [np.log(_percentile(before, half, 75) / _percentile(before, half, 25)) for half in _SPREAD]
    columns += [4 * _percentile(over_two, half, 50) for half in (8, 30)]
    features: Float32 = np.clip(np.stack(columns, axis=1), -3, 3).astype(np.float32)
    return features


def _percentile(values: Float32, half: int, percentile: int) -> Float32:
    """Running percentile over ``2 · half + 1`` beats; the end values are repeated beyond the ends."""
    half = min(half, max(1, len(values) - 1))
    size = 2 * half + 1
    if 0 < len(values) <= _FEW_BEATS:
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(values, half, mode="edge"), size)
        rank = size * percentile // 100
        return np.asarray(np.partition(windows, rank, axis=1)[:, rank], np.float32)
    from scipy.ndimage import percentile_filter

    return np.asarray(percentile_filter(values, percentile, size=size, mode="nearest"), np.float32)


def _scaled_windows(prepared: PreparedBeats, beats: slice) -> tuple[Float32, Float32]:
    """Windows in units of the median QRS height of 200 beats around, and where a lead has signal at all.

    Beats at which a lead has no signal do not enter its height.
    """
    waves = cut_windows(prepared.filtered, prepared.positions[beats], BEFORE, AFTER)
    gap = cut_windows(prepared.missing, prepared.positions[beats], BEFORE, AFTER).mean(axis=2)
    qrs = waves[:, :, BEFORE - 9 : BEFORE + 9]
    height = qrs.max(axis=2) - qrs.min(axis=2)
    swing = waves.max(axis=2) - waves.min(axis=2)
    usual = np.median(swing, axis=0)
    present = (gap < 0.25) & (swing > _NO_SIGNAL) & (swing > 0.03 * usual)  # flat: an electrode came off
    scale = np.empty_like(height)
    for lead, (heights, there) in enumerate(zip(height.T, present.T, strict=True)):
        seen = heights[there] if there.any() else heights
        nearest = np.clip(np.searchsorted(np.flatnonzero(there), np.arange(len(heights))), 0, len(seen) - 1)
        scale[:, lead] = _percentile(seen, 100, 50)[nearest if there.any() else np.arange(len(heights))]
    waves /= np.maximum(scale, 1e-3)[:, :, np.newaxis]
    np.clip(waves, -_LARGEST_WAVE, _LARGEST_WAVE, out=waves)
    return waves, (present & (scale > _NO_SIGNAL)).astype(np.float32)


def _references(waves: Float32, present: Float32, mask: Bools, depth: int, first: int, last: int) -> Float32:
    """Median window of the ``depth`` masked beats before and after, for beats ``first`` … ``last``.

    A lead's reference comes from beats at which that lead has signal; without three masked ones from any.
    """
    references = np.empty((last - first, *waves.shape[1:]), np.float32)
    for lead in range(waves.shape[1]):
        there = present[:, lead] > 0
        candidates = np.flatnonzero(mask & there)
        if len(candidates) < 3:
            candidates = np.flatnonzero(there) if there.any() else np.arange(len(waves))
        for begin in range(first, last, _REFERENCE_STEP):
            middle = int(np.searchsorted(candidates, begin + _REFERENCE_STEP // 2))
            low = max(0, min(middle - depth, len(candidates) - 2 * depth))
            chosen = waves[candidates[low : low + 2 * depth], lead]
            references[begin - first : begin - first + _REFERENCE_STEP, lead] = np.median(chosen, axis=0)
    return references


def _compare(a: Float32, b: Float32) -> tuple[Float32, Float32, Float32]:
    """Correlation, log distance and log energy ratio of windows, each about centred on 0."""
    a = a - a.mean(axis=2, keepdims=True)
    b = b - b.mean(axis=2, keepdims=True)
    aa, bb, ab = (a * a).mean(axis=2), (b * b).mean(axis=2), (a * b).mean(axis=2)
    correlation = ab / np.sqrt((aa + 1e-4) * (bb + 1e-4))
    distance = np.sqrt(np.maximum(aa + bb - 2 * ab, 0) + 1e-6)
    return correlation, np.log(distance + 0.02) + 2, 0.5 * np.log((aa + 4e-4) / (bb + 4e-4))


def _shape_features(waves: Float32, references: list[Float32], first: int, last: int) -> Float32:
    """Return ``SHAPE_FEATURES``, held to ±4, shape ``(last - first, n_leads, len(SHAPE_FEATURES))``."""
    here = waves[first:last]
    columns: list[Float32] = []
    for reference in references:
        for segment in _SEGMENTS.values():
            columns += _compare(here[:, :, segment], reference[:, :, segment])
    index = np.arange(first, last)
    neighbours = [waves[np.maximum(index - 1, 0)], waves[np.minimum(index + 1, len(waves) - 1)]]
    for name in ("P", "QRS"):
        for neighbour in neighbours:
            columns += _compare(here[:, :, _SEGMENTS[name]], neighbour[:, :, _SEGMENTS[name]])[:2]
    qrs = here[:, :, BEFORE - 10 : BEFORE + 11]
    high, low = qrs.max(axis=2), qrs.min(axis=2)
    columns += [high - 1, low + 1, np.log((np.abs(qrs).mean(axis=2) + 0.005) / (high - low + 0.05)) + 1.5]
    for reference in references:
        p = reference[:, :, _SEGMENTS["P"]]
        columns.append(np.log(p.max(axis=2) - p.min(axis=2) + 0.02) + 1)
    features: Float32 = np.clip(np.stack(columns, axis=2), -4, 4).astype(np.float32)
    return features
