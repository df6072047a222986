"""Zero-phase filters that keep gaps, take any length and any rate, and need memory for one lead at most.

A filter run forwards and backwards multiplies the spectrum by ``|H(f)|²`` and leaves the phase alone. That
product is applied here directly, block by block with overlap, instead of running the recursion twice: the
result is that of ``scipy.signal.sosfiltfilt`` with the same design (tests hold the two together), without
its start-up cost, and there is no recursion that could become unstable at 0.05 Hz and 2000 samples a second.

Designs: digital Butterworth of order 2 by bilinear transform (Oppenheim & Schafer, Discrete-Time Signal
Processing, chapter 7), which forwards and backwards is 6 dB down at the cut-off and falls by 24 dB an
octave; for mains a second-order notch (Orfanidis, Introduction to Signal Processing, section 11.3).

Everywhere: ``signals`` is ``(n_leads, n_samples)``, NaN where missing; the answer is a new float32 array of
that shape, NaN in the same places. Gaps are bridged by straight lines while filtering.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from einthoven.errors import SignalError
from einthoven.recording import Float32
from einthoven.signal.gaps import as_signals, bridge_gaps, check_fs

Float64 = npt.NDArray[np.float64]

ORDER = 2
_BLOCK = 1 << 16


def bandpass(signals: npt.ArrayLike, fs: float, low: float, high: float) -> Float32:
    """Keep what lies between ``low`` and ``high`` Hz (each 6 dB down).

    Raises:
        SignalError: unless 0 < low < high < fs / 2, or for a wrong shape.
    """
    fs = check_fs(fs)
    _check_cutoff(low, fs, "low")
    _check_cutoff(high, fs, "high")
    if low >= high:
        raise SignalError(
            f"Band {low:g}-{high:g} Hz is empty; the lower cut-off must be below the upper one."
        )
    return _filter(signals, fs, lambda f: _above(f, fs, low) * _below(f, fs, high), settle_s=_settle(low))


def highpass(signals: npt.ArrayLike, fs: float, low: float) -> Float32:
    """Keep what lies above ``low`` Hz (6 dB down there).

    Raises:
        SignalError: unless 0 < low < fs / 2, or for a wrong shape.
    """
    fs = check_fs(fs)
    _check_cutoff(low, fs, "low")
    return _filter(signals, fs, lambda f: _above(f, fs, low), settle_s=_settle(low))


def lowpass(signals: npt.ArrayLike, fs: float, high: float) -> Float32:
    """Keep what lies below ``high`` Hz (6 dB down there).

    Raises:
        SignalError: unless 0 < high < fs / 2, or for a wrong shape.
    """
    fs = check_fs(fs)
    _check_cutoff(high, fs, "high")
    return _filter(signals, fs, lambda f: _below(f, fs, high), settle_s=_settle(high))


def notch(signals: npt.ArrayLike, fs: float, mains: float, *, width: float = 2.0) -> Float32:
    """Take out mains hum at ``mains`` Hz (50 or 60); ``width`` is the band in Hz that loses 3 dB or more a
    pass.

    Raises:
        SignalError: unless 0 < mains < fs / 2 and width > 0, or for a wrong shape. At fs = 100 there is no
            50 Hz to take out: leave the filter away.
    """
    fs = check_fs(fs)
    _check_cutoff(mains, fs, "mains")
    if not 0 < width < fs / 2:
        raise SignalError(f"Notch width {width!r} Hz; allowed: above 0 and below {fs / 2:g} Hz.")

    def response(f: Float64) -> Float64:
        w, centre = 2 * np.pi * f / fs, 2 * np.pi * mains / fs
        distance = (np.cos(w) - np.cos(centre)) ** 2
        return np.asarray(distance / (distance + (np.tan(np.pi * width / fs) * np.sin(w)) ** 2 + 1e-30))

    return _filter(signals, fs, response, settle_s=5.5 / width)


def remove_baseline(signals: npt.ArrayLike, fs: float, *, cutoff: float = 0.5) -> Float32:
    """Take out baseline wander: a high-pass at ``cutoff`` Hz.

    Zero-phase filters may cut as high as 0.67 Hz without bending the ST segment (Kligfield et al.,
    Recommendations for the standardization and interpretation of the electrocardiogram I, 2007, doi
    10.1161/CIRCULATIONAHA.106.180200); 0.5 Hz stays below that.
    """
    return highpass(signals, fs, cutoff)


def _check_cutoff(frequency: float, fs: float, name: str) -> None:
    if not (np.isfinite(frequency) and 0 < frequency < fs / 2):
        raise SignalError(
            f"Cut-off {name}={frequency!r} Hz at a sampling rate of {fs:g} Hz; allowed: above 0 and below "
            f"half the rate, {fs / 2:g} Hz. Lower the cut-off, or leave this filter away: a recording at "
            f"this rate holds nothing above {fs / 2:g} Hz."
        )


def _settle(cutoff: float) -> float:
    """Seconds after which a transient has died out to 1e-6: 17 time constants of √2 / (2π · cutoff)."""
    return 4.0 / cutoff


def _warped(f: Float64, fs: float) -> Float64:
    return np.asarray(np.tan(np.minimum(np.pi * f / fs, np.pi / 2 - 1e-9)))


def _below(f: Float64, fs: float, cutoff: float) -> Float64:
    return np.asarray(1.0 / (1.0 + (_warped(f, fs) / np.tan(np.pi * cutoff / fs)) ** (2 * ORDER)))


def _above(f: Float64, fs: float, cutoff: float) -> Float64:
    return 1.0 - _below(f, fs, cutoff)


def _filter(
    signals: npt.ArrayLike, fs: float, response: Callable[[Float64], Float64], settle_s: float
) -> Float32:
    """Multiply the spectrum of each lead by a real ``response`` (of frequency in Hz), block by block."""
    array = as_signals(signals)
    out = np.empty(array.shape, dtype=np.float32)
    if array.size == 0:
        return out
    # Blocks overlap by the time a transient takes to die out, so that joints cannot be seen (1e-6 of the
    # step).
    settle = int(np.ceil(settle_s * fs)) + 16
    length = 1 << int(np.ceil(np.log2(min(max(_BLOCK, 4 * settle), array.shape[1] + 2 * settle))))
    frequencies = np.asarray(np.fft.rfftfreq(length, 1 / fs), dtype=np.float64)
    gain = response(frequencies).astype(np.float32)
    for lead, target in zip(array, out, strict=True):
        filled, missing = bridge_gaps(lead)
        step = length - 2 * settle
        for begin in range(0, lead.size, step):
            stop = min(begin + step, lead.size)
            block = _with_margins(filled, begin - settle, stop + settle)
            level = float(block.mean(dtype=np.float64))  # out before, back after: float32 keeps its digits
            spectrum = np.fft.rfft(block - np.float32(level), length)
            spectrum *= gain
            kept = np.fft.irfft(spectrum, length)[settle : settle + stop - begin]
            target[begin:stop] = kept + np.float32(level * float(gain[0]))
        if missing is not None:
            target[missing] = np.nan
    return out


def _with_margins(lead: Float32, begin: int, stop: int) -> Float32:
    """Return ``lead[begin:stop]``; beyond its ends the lead goes on point-mirrored, then level.

    The point mirror is scipy's ``odd`` padding: it carries level and slope on, so the ends do not ring.
    """
    n = lead.size
    inside = lead[max(begin, 0) : min(stop, n)]
    before, after = max(-begin, 0), max(stop - n, 0)
    parts: list[Float32] = []
    if before:
        mirrored = 2 * lead[0] - lead[1 : before + 1][::-1]
        first = mirrored[:1] if mirrored.size else lead[:1]
        parts += [np.repeat(first, before - mirrored.size), mirrored]
    parts.append(inside)
    if after:
        mirrored = 2 * lead[-1] - lead[max(n - 1 - after, 0) : n - 1][::-1]
        last = mirrored[-1:] if mirrored.size else lead[-1:]
        parts += [mirrored, np.repeat(last, after - mirrored.size)]
    return np.concatenate(parts) if len(parts) > 1 else inside
