"""Measures of one lead, window by window: missing, flat, clipped, QRS height, noise, wander, hum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.recording import Float32
from einthoven.signal.gaps import bridge_gaps

FLAT_MV = 0.005
MAINS = (50, 60)

_QRS_BAND = (8.0, 30.0)  # Hz
_MUSCLE_BAND = (30.0, 45.0)
_REFERENCE_BAND = (5.0, 30.0)

Float64 = npt.NDArray[np.float64]
Spectrum = npt.NDArray[np.complexfloating]


@dataclass(eq=False, slots=True)
class WindowMeasures:
    """Measures of each window of one lead, float64 ``(n_windows,)``; the spectrum is a mean over windows."""

    missing: Float64  # share of samples
    flat: Float64  # share of seconds
    clipped: Float64  # share of samples
    qrs_mv: Float64  # height in the QRS band
    over_background_db: Float64
    muscle: Float64  # power ratio, NaN where the rate is too low
    wander_mv: Float64
    height_mv: Float64
    hum_mv: dict[int, Float64]
    hum_ratio: dict[int, Float64]

    @staticmethod
    def joined(parts: list[WindowMeasures]) -> WindowMeasures:
        def together(name: str) -> Float64:
            return np.concatenate([getattr(part, name) for part in parts])

        return WindowMeasures(
            missing=together("missing"),
            flat=together("flat"),
            clipped=together("clipped"),
            qrs_mv=together("qrs_mv"),
            over_background_db=together("over_background_db"),
            muscle=together("muscle"),
            wander_mv=together("wander_mv"),
            height_mv=together("height_mv"),
            hum_mv={hum: np.concatenate([part.hum_mv[hum] for part in parts]) for hum in MAINS},
            hum_ratio={hum: np.concatenate([part.hum_ratio[hum] for part in parts]) for hum in MAINS},
        )


def rails_of(lead: Float32) -> tuple[float, float]:
    """Return the lowest and highest finite value of a lead (NaN without one)."""
    if not lead.size:
        return np.nan, np.nan
    return float(np.fmin.reduce(lead)), float(np.fmax.reduce(lead))


def measure(samples: Float32, window: int, fs: float, rails: tuple[float, float]) -> WindowMeasures:
    """Measure ``samples``, a whole number of windows of ``window`` samples."""
    filled, missing = bridge_gaps(samples)
    x = filled.reshape(-1, window)
    n = x.shape[0]
    missing_share = np.zeros(n) if missing is None else missing.reshape(n, window).mean(axis=1)
    second = max(min(round(fs), window), 1)
    blocks = x[:, : window // second * second].reshape(n, -1, second)
    height = np.asarray(blocks.max(axis=2) - blocks.min(axis=2), dtype=np.float64)
    level = blocks.mean(axis=2, dtype=np.float32)
    spectrum = np.fft.rfft(x - x.mean(axis=1, keepdims=True), axis=1)
    qrs, background = _qrs_band(spectrum, window, fs)
    power = _Power(spectrum, window, fs)
    return WindowMeasures(
        missing=np.asarray(missing_share, dtype=np.float64),
        flat=(height < FLAT_MV).mean(axis=1),
        clipped=_on_rail(x, rails),
        qrs_mv=qrs,
        over_background_db=20 * np.log10(np.maximum(qrs, 1e-9) / np.maximum(background, 1e-9)),
        muscle=power.between(*_MUSCLE_BAND) / np.maximum(power.between(*_REFERENCE_BAND), 1e-12),
        wander_mv=np.asarray(level.max(axis=1) - level.min(axis=1), dtype=np.float64),
        height_mv=_upper_quarter(height),
        hum_mv={hum: power.tone(hum)[0] for hum in MAINS},
        hum_ratio={hum: power.tone(hum)[1] for hum in MAINS},
    )


def _upper_quarter(values: Float64) -> Float64:
    """Return for each row what a quarter exceeds: at 30 a minute half of the seconds hold no beat."""
    rank = min(3 * values.shape[1] // 4, values.shape[1] - 1)
    return np.asarray(np.partition(values, rank, axis=1)[:, rank], dtype=np.float64)


def _on_rail(x: Float32, rails: tuple[float, float]) -> Float64:
    """Share of samples in runs of 3 or more at the lowest or highest value of the whole lead."""
    share = np.zeros(x.shape[0])
    if not rails[1] - rails[0] > FLAT_MV:
        return share
    for rail in rails:
        reached = np.flatnonzero((x == np.float32(rail)).sum(axis=1) >= 3)
        at = x[reached] == np.float32(rail)
        inner = at[:, 1:-1] & at[:, :-2] & at[:, 2:]
        first = inner.copy()
        first[:, 1:] &= ~inner[:, :-1]
        share[reached] += (inner.sum(axis=1) + 2 * first.sum(axis=1)) / x.shape[1]
    return share


def _qrs_band(spectrum: Spectrum, window: int, fs: float) -> tuple[Float64, Float64]:
    """Return height of the QRS (upper quarter of each second's extreme) and background, mV.

    The band ends at 30 Hz, so 100 samples a second show all of it: the spectrum is cut there before going
    back.
    """
    low, high = (int(np.ceil(edge * window / fs)) for edge in (_QRS_BAND[0], min(_QRS_BAND[1], 0.48 * fs)))
    n_out = min(window, max(round(100 * window / fs), 1))
    bins = np.zeros((spectrum.shape[0], n_out // 2 + 1), dtype=np.complex64)
    bins[:, low : high + 1] = spectrum[:, low : high + 1][:, : max(bins.shape[1] - low, 0)]
    band = np.abs(np.fft.irfft(bins, n_out, axis=1)) * (n_out / window)
    second = max(min(round(n_out * fs / window), n_out), 1)
    extremes = band[:, : n_out // second * second].reshape(band.shape[0], -1, second).max(axis=2)
    # The lower third lies between QRS complexes even at 200 a minute; 0.431 SD in a normal law.
    calm = np.partition(band, n_out // 3, axis=1)[:, n_out // 3]
    return _upper_quarter(extremes), np.asarray(calm / 0.431, dtype=np.float64)


class _Power:
    """Power of each window in bands and at single tones."""

    def __init__(self, spectrum: Spectrum, window: int, fs: float) -> None:
        self.per_hz, self.window, self.nyquist = window / fs, window, fs / 2
        part = spectrum[:, : int(70 * self.per_hz) + 1]
        self.power = part.real**2 + part.imag**2

    def between(self, low: float, high: float) -> Float64:
        """Sum of power from ``low`` to ``high`` Hz; NaN if the rate does not reach that far."""
        if high > 0.95 * self.nyquist and low >= _MUSCLE_BAND[0]:
            return np.full(self.power.shape[0], np.nan)
        bins = self.power[:, int(np.ceil(low * self.per_hz)) : int(np.ceil(high * self.per_hz))]
        return np.asarray(bins.sum(axis=1), dtype=np.float64)

    def tone(self, frequency: float) -> tuple[Float64, Float64]:
        """Amplitude (mV) of a tone within 1 Hz of ``frequency``, and its power over its neighbours'."""
        if frequency + 1 >= self.nyquist or self.per_hz < 2:  # shorter than 2 s: no resolution
            return np.zeros(self.power.shape[0]), np.zeros(self.power.shape[0])
        inside = self.between(frequency - 1, frequency + 1)
        around = [self.between(frequency - 6, frequency - 2)]
        if frequency + 6 < self.nyquist:
            around.append(self.between(frequency + 2, frequency + 6))
        beside = np.nanmean(np.array(around), axis=0) / 2  # 4 Hz there, 2 Hz here
        amplitude = 2 * np.sqrt(np.maximum(inside - beside, 0)) / self.window
        return amplitude, inside / np.maximum(beside, 1e-12)
