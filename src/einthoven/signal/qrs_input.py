"""From a raw lead to what the QRS network sees: 100 Hz, no baseline, height relative to its surroundings."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

NETWORK_RATE = 100.0  # Hz; the true internal rate is within 1 % of it, see resampling_ratio
_HALF_KERNEL_S = 0.05
_CUTOFF_HZ = 32.0  # QRS energy lies below; 50 and 60 Hz hum fall on the stop band
_BASELINE_WINDOW_S = 0.8
_SCALE_BLOCK_S = 2.0
_SCALE_BLOCKS = 11
_SMALLEST_SCALE_MV = 0.02
_LARGEST_MV = 1e12
_CHUNK = 1 << 20


def missing(x: Float32) -> Bools:
    """Which samples are none: NaN, infinite, or so large that arithmetic on them would overflow."""
    out: Bools = np.logical_not(np.abs(x) < _LARGEST_MV)
    return out


@lru_cache(maxsize=32)
def resampling_ratio(fs: float) -> Fraction:
    """Return the simplest ratio that brings ``fs`` (Hz) to within 1 % of 100 Hz.

    Network time is exact, not assumed: internal sample k lies at input sample ``k / ratio``. 360 Hz gives
    5/18 (100 Hz), 128 Hz gives 7/9 (99.6 Hz).
    """
    low, high = 0.99 * NETWORK_RATE / fs, 1.01 * NETWORK_RATE / fs
    down = 1
    while True:
        up = int(np.ceil(low * down))
        if up >= 1 and up <= high * down:
            return Fraction(up, down)
        down += 1


@lru_cache(maxsize=32)
def _polyphase_kernels(fs: float, ratio: Fraction) -> tuple[int, Float32]:
    """Windowed-sinc low-pass, one phase an output, cut into blocks of ``ratio.denominator`` input samples.

    Returns the (non-positive) number of the first block and kernels of shape ``(n_blocks, down, up)``, which
    callers share and must not change.
    """
    up, down = ratio.numerator, ratio.denominator
    half = max(_HALF_KERNEL_S * fs, 2.0)
    cutoff = min(_CUTOFF_HZ, 0.42 * fs) / fs
    first = int(np.floor(-half / down))
    last = int(np.floor((half + (up - 1) * down / up) / down))
    taps = np.arange(first * down, (last + 1) * down, dtype=np.float64)
    distance = taps[:, np.newaxis] - np.arange(up) * down / up
    window = np.where(np.abs(distance) < half, 0.5 + 0.5 * np.cos(np.pi * distance / half), 0.0)
    kernel = np.sinc(2 * cutoff * distance) * window
    kernel /= kernel.sum(axis=0)
    return first, kernel.reshape(last - first + 1, down, up).astype(np.float32)


def to_network_rate(lead: Float32, fs: float) -> tuple[Float32, Bools]:
    """Low-pass one lead at 32 Hz and resample it to the network's rate.

    Args:
        lead: millivolt, float32, shape ``(n_samples,)``; samples that are not finite are gaps.
        fs: sampling rate in Hz.

    Returns:
        Millivolt, float32, shape ``(ceil(n_samples * ratio),)``, gaps bridged by straight lines; and which of
        these samples stand on recorded samples alone.

    A polyphase filter as a product of matrices over blocks of input samples: its cost does not depend on the
    ratio, and chunks keep the working memory at a few megabytes for a recording of any length.
    """
    ratio = resampling_ratio(fs)
    up, down = ratio.numerator, ratio.denominator
    first, kernels = _polyphase_kernels(fs, ratio)
    n_kernels = len(kernels)
    n = lead.size
    n_out_blocks = -(-n // down)
    out = np.empty((n_out_blocks, up), dtype=np.float32)
    valid = np.ones((n_out_blocks, up), dtype=bool)
    blocks_a_chunk = max(_CHUNK // down, n_kernels)
    finite_at = np.flatnonzero(~missing(lead[:_CHUNK]))
    before = float(lead[finite_at[0]]) if finite_at.size else 0.0
    for start in range(0, n_out_blocks, blocks_a_chunk):
        stop = min(start + blocks_a_chunk, n_out_blocks)
        low, high = (start + first) * down, (stop + first + n_kernels - 1) * down
        piece = lead[max(low, 0) : min(high, n)]
        piece = np.pad(piece, (max(-low, 0), max(high - n, 0)), mode="edge")
        gap = missing(piece)
        if gap.any():
            piece = _bridge(piece, gap, before)
            gap_blocks: Bools = np.logical_or.reduce(gap.reshape(-1, down), axis=1)
            near_gap = np.lib.stride_tricks.sliding_window_view(gap_blocks, n_kernels)
            valid[start:stop] = ~np.logical_or.reduce(near_gap, axis=1, keepdims=True)
        before = float(piece[-1])
        blocks = piece.reshape(-1, down)
        part = blocks[: stop - start] @ kernels[0]
        for i in range(1, n_kernels):
            part += blocks[i : i + stop - start] @ kernels[i]
        out[start:stop] = part
    length = -(-n * up // down)
    return out.reshape(-1)[:length], valid.reshape(-1)[:length]


def _bridge(piece: Float32, gap: Bools, before: float) -> Float32:
    """Straight lines over gaps; a piece without any sample continues at the last level seen."""
    good = np.flatnonzero(~gap)
    if not good.size:
        return np.full_like(piece, before)
    piece = piece.copy()
    bad = np.flatnonzero(gap)
    piece[bad] = np.interp(bad, good, piece[good])
    return piece


def remove_baseline(x: Float32, valid: Bools) -> Float32:
    """Subtract the baseline: a moving average of 0.8 s taken twice (about 0.6 Hz). Gaps come out as 0.

    Shapes ``(n,)``; ``x`` in millivolt at the network's rate.
    """
    width = round(_BASELINE_WINDOW_S * NETWORK_RATE) | 1
    baseline = _moving_average(_moving_average(x, width), width)
    out: Float32 = np.where(valid, x - baseline, np.float32(0.0))
    return out


def _moving_average(x: Float32, width: int) -> Float32:
    """Centred moving average over an odd ``width``; the window shrinks at both ends."""
    n, side = x.size, width // 2
    total = np.cumsum(x, dtype=np.float64)
    if n <= width:
        at = np.arange(n)
        low, high = np.maximum(at - side, 0), np.minimum(at + side + 1, n)
        total = np.concatenate(([0.0], total))
        few: Float32 = ((total[high] - total[low]) / (high - low)).astype(np.float32)
        return few
    # Written with slices, which a day of signal needs: indexing costs three times as much.
    out = np.empty(n, dtype=np.float32)
    inner = out[side + 1 : n - side]
    np.subtract(total[width:], total[:-width], out=inner, casting="same_kind")
    inner /= width
    out[: side + 1] = total[side:width] / np.arange(side + 1, width + 1)
    out[n - side :] = (total[-1] - total[n - width : n - side - 1]) / np.arange(width - 1, side, -1)
    return out


def local_scale(x: Float32, recorded: Bools | None = None) -> Float32:
    """The height of a typical steep deflection around each sample, in millivolt.

    The largest change within 40 ms in each block of 2 s, and of these the median over 11 blocks: a huge
    premature beat, a pause or a burst of noise does not move it. Never below 0.02 mV nor below a tenth of the
    median over the recording, so that a lead that fell silent is not blown up into noise.

    Args:
        x: baseline-free millivolt at the network's rate, shape ``(..., n)``.
        recorded: of a single lead, shape ``(n,)``: blocks of which less than half is recorded say nothing
            about the scale. None: all is.

    Returns:
        float32, shape ``(..., n)``.
    """
    n = x.shape[-1]
    block = round(_SCALE_BLOCK_S * NETWORK_RATE)
    change = np.zeros_like(x)
    if n > 4:
        np.abs(x[..., 4:] - x[..., :-4], out=change[..., 2:-2])
    n_blocks = max(n // block, 1)
    edges = np.arange(n_blocks) * block
    height = np.maximum.reduceat(change, edges, axis=-1)
    if recorded is not None and not recorded.all():
        seen = np.flatnonzero(np.add.reduceat(recorded, edges) >= min(block, n) / 2)
        if seen.size:
            height = np.interp(np.arange(n_blocks), seen, height[seen])
    side = _SCALE_BLOCKS // 2
    padded = np.pad(
        height, [(0, 0)] * (x.ndim - 1) + [(side, side)], mode="reflect" if n_blocks > side else "edge"
    )
    typical = np.median(np.lib.stride_tricks.sliding_window_view(padded, _SCALE_BLOCKS, axis=-1), axis=-1)
    floor = np.maximum(0.1 * np.median(height, axis=-1, keepdims=True), _SMALLEST_SCALE_MV)
    typical = np.maximum(typical, floor).astype(np.float32)
    repeats = np.full(n_blocks, block)
    repeats[-1] += n - n_blocks * block
    scale: Float32 = np.repeat(typical, repeats, axis=-1)
    return scale


def normalise(x: Float32, recorded: Bools | None = None) -> Float32:
    """Divide by the local scale and compress: ``asinh(2 x / scale)``, so that QRS complexes come near 1.4."""
    relative = np.divide(x, local_scale(x, recorded), dtype=np.float32)
    relative *= 2.0
    out: Float32 = np.arcsinh(relative, out=relative)
    return out
