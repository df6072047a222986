"""Training examples for the delineation network: stretches of LUDB, made harder and more varied.

All of it at 250 Hz in millivolt, before the network's input is made of it, as the trouble would arise in
life.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.datasets.ludb import MISSING, WAVES, DelineatedRecord
from einthoven.recording import Float32
from einthoven.signal.delineation_input import RATE, network_input, to_rate

Float64 = npt.NDArray[np.float64]

N_LAYERS = 8
_LONGEST_MOTION = 60


@dataclass(frozen=True, eq=False, slots=True)
class AnnotatedLeads:
    """One record at the network's rate.

    Attributes:
        name: the record's.
        layers: float32, shape ``(n_leads, 8, n)``: the signal in millivolt; the share of each sample that is
            part of a P wave, QRS complex, T wave; their heights over the straight line between their ends,
            mV; 1 where the annotations can be relied on, else 0.
    """

    name: str
    layers: Float32


@dataclass(frozen=True, eq=False, slots=True)
class Noise:
    """Recorded noise at the network's rate, each of unit variance, shape ``(n_leads, n)``."""

    muscle: Float32
    wander: Float32


def prepare(record: DelineatedRecord) -> AnnotatedLeads:
    """Bring a record to the network's rate."""
    ratio = RATE / record.recording.fs
    x = to_rate(record.recording.signals, record.recording.fs)
    layers = np.zeros((x.shape[0], N_LAYERS, x.shape[1]), dtype=np.float32)
    layers[:, 0] = x
    for layer, lead in zip(layers, record.leads, strict=True):
        for number, wave in enumerate(WAVES):
            for onset, peak, end in lead.waves[wave].tolist():
                first, last = (ratio * (peak if at == MISSING else at) for at in (onset, end))
                _mark(layer[1 + number], first, last)
                low, high = round(first), round(last) + 1
                part = layer[0, low:high]
                layer[4 + number, low:high] = part - np.linspace(part[0], part[-1], part.size)
        low, high = (ratio * at for at in lead.stretch)
        layer[7, int(np.ceil(low)) : int(high) + 1] = 1
        for begin, stop in (lead.unclear * ratio).tolist():
            layer[7, int(begin) : int(stop) + 2] = 0
    return AnnotatedLeads(record.name, layers)


def _mark(share: Float32, onset: float, end: float) -> None:
    """Write the share of each sample that lies within a wave."""
    k = np.arange(max(int(onset) - 1, 0), min(int(end) + 3, share.size))
    within = np.minimum(k + 0.5, end) - np.maximum(k - 0.5, onset)
    share[k] = np.maximum(share[k], np.clip(within, 0, 1))


def make_example(
    rng: np.random.Generator, source: AnnotatedLeads, noise: Noise, leads: npt.NDArray[np.int64], length: int
) -> tuple[Float32, Float32, Float32]:
    """Return network input ``(n, length)``, class targets ``(n, 4, length)`` and weights ``(n, length)``."""
    at = _walk(rng, source, length)
    first = np.minimum(at.astype(np.int64), source.layers.shape[2] - 2)
    share = (at - first).astype(np.float32)
    chosen = source.layers[leads]
    layers = chosen[:, :, first] * (1 - share)
    layers += chosen[:, :, first + 1] * share
    x = layers[:, 0].copy()
    if rng.random() < 0.4:
        gains = np.exp(rng.normal(0, 0.35, 3) + rng.normal(0, 0.15, (len(leads), 3))) - 1
        x += np.einsum("lw,lwn->ln", gains.astype(np.float32), layers[:, 4:7])
    target = np.empty((len(leads), 4, length), dtype=np.float32)
    target[:, 1:] = layers[:, 1:4]
    target[:, 0] = np.clip(1 - layers[:, 1:4].sum(axis=1), 0, 1)
    weight = (layers[:, 7] > 0.99).astype(np.float32)
    _trouble(rng, x, noise)
    return network_input(x), target, weight


def _walk(rng: np.random.Generator, source: AnnotatedLeads, length: int) -> Float64:
    """Positions in the record of each sample of the example: a stretch at a pace that changes a little."""
    n = source.layers.shape[2]
    pace = np.full(length, np.exp(rng.uniform(-0.25, 0.3)) if rng.random() < 0.6 else 1.0)
    if rng.random() < 0.5:
        knots = np.linspace(0, length, int(rng.integers(6, 16)))
        pace *= np.exp(np.interp(np.arange(length), knots, rng.normal(0, 0.07, knots.size)))
    way = np.concatenate(([0.0], np.cumsum(pace[:-1])))
    if way[-1] > n - 1:
        way *= (n - 1) / way[-1]
    scored = np.flatnonzero(source.layers[:, 7].any(axis=0))
    low, high = int(scored[0]), int(scored[-1])
    first = max(min(low - 25, n - 1 - way[-1]), 0)
    last = min(max(high + 25 - way[-1], first), n - 1 - way[-1])
    start = rng.uniform(first, last) if last > first else first
    return np.asarray(start + way)


def _trouble(rng: np.random.Generator, x: Float32, noise: Noise) -> None:
    """Noise, wander, hum, another frequency response, other polarity; now and then a lead that is lost."""
    n_leads, length = x.shape
    span = np.ptp(x, axis=1) + 0.02
    level = np.exp(rng.uniform(np.log(0.002), np.log(0.12)))
    noisy = rng.random() < 0.6
    soft = rng.random() < 0.25
    width = int(rng.integers(2, 5))
    for lead, height in zip(x, span.tolist(), strict=True):
        if soft:
            kernel = np.bartlett(width + 2)
            lead[:] = np.convolve(np.pad(lead, width, mode="edge"), kernel / kernel.sum(), "same")[
                width:-width
            ]
        if noisy and rng.random() < 0.7:
            own = level * height * np.exp(rng.normal(0, 0.4))
            kind = rng.random()
            if kind < 0.45:
                lead += own * _recorded(rng, noise.muscle, length)
            elif kind < 0.75:
                lead += own * rng.standard_normal(length, dtype=np.float32)
            elif kind < 0.9:
                hum = rng.choice((50.0, 60.0)) + rng.normal(0, 0.1)
                lead += own * np.sin(
                    2 * np.pi * hum / RATE * np.arange(length) + rng.uniform(0, 6.3), dtype=np.float64
                )
            else:
                centre = rng.integers(length)
                lead += (
                    3
                    * own
                    * np.exp(-0.5 * ((np.arange(length) - centre) / rng.uniform(3, _LONGEST_MOTION)) ** 2)
                )
        if rng.random() < 0.5:
            lead += height * np.exp(rng.uniform(-4, -0.5)) * _recorded(rng, noise.wander, length)
        if rng.random() < 0.2:
            lead *= -1
    if n_leads > 2 and rng.random() < 0.15:
        lost = int(rng.integers(n_leads))
        begin = int(rng.integers(-length // 2, length // 2))
        part = x[lost, max(begin, 0) : begin + length]
        part[:] = rng.random() * span[lost] * _recorded(rng, noise.muscle, part.size)


def _recorded(rng: np.random.Generator, noise: Float32, n: int) -> Float32:
    start = int(rng.integers(noise.shape[1] - n))
    return noise[int(rng.integers(len(noise))), start : start + n]
