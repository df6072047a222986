"""Training examples for the QRS network: stretches of annotated recordings, made harder in many ways.

Everything happens at the network's rate on baseline-free millivolt, which is exact for whatever is
linear: noise added here is noise added to the recording.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.signal.qrs_input import local_scale, normalise
from einthoven.signal.rpeaks import BUMP_SIGMA

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class AnnotatedLeads:
    """One recording at the network's rate.

    Attributes:
        name: ``database/record``.
        x: millivolt without baseline, float32, shape ``(n_leads, n)``.
        peaks: R peaks in network samples, float64, increasing.
        scored: 1 where the annotations can be relied on, else 0, float32, shape ``(n,)``.
    """

    name: str
    x: Float32
    peaks: Float64
    scored: Float32


@dataclass(frozen=True, eq=False, slots=True)
class Noise:
    """Recorded noise at the network's rate, each of unit variance, shape ``(n_leads, n)``."""

    muscle: Float32
    wander: Float32


def make_example(
    rng: np.random.Generator, source: AnnotatedLeads, noise: Noise, length: int
) -> tuple[Float32, Float32, Float32]:
    """Return network input ``(2, length)``, target ``(length,)`` and weight ``(length,)``."""
    x, peaks, scored = _stretch(rng, source, length)
    if rng.random() < 0.25 and peaks.size > 3:
        x = _vary_beats(rng, x, peaks)
    if rng.random() < 0.2 and peaks.size > 4:
        x, peaks, scored = _insert_pause(rng, x, peaks, scored)
    if rng.random() < 0.4:
        x = _mix_leads(rng, x)
    for lead in x:
        lead[:] = _other_hardware(rng, lead)
    height = np.median(local_scale(x), axis=1)
    for lead, scale in zip(x, height, strict=True):
        if rng.random() < 0.45:
            decibel = rng.uniform(-2, 26)
            lead += (0.35 * scale * 10 ** (-decibel / 20)) * _noise(rng, noise, length)
        if rng.random() < 0.5:
            lead *= -1
    choice = rng.random()
    if choice < 0.3:
        x[1] = x[0]  # two equal leads are one lead
    elif choice < 0.42:
        _fail(rng, x, height)
    if rng.random() < 0.1:
        peaks, scored = _silence(rng, x, peaks, scored, noise)
    return normalise(x), _target(peaks, length), scored


def _stretch(
    rng: np.random.Generator, source: AnnotatedLeads, length: int
) -> tuple[Float32, Float64, Float32]:
    """Cut a stretch of two leads and change its speed: other heart rates, wider and narrower complexes."""
    n = source.x.shape[1]
    speed = 1.0
    if n > 2 * length and rng.random() < 0.6:
        speed = float(np.exp(rng.uniform(-0.45, 0.35)))
    needed = min(int(length * speed) + 4, n)
    start = int(rng.integers(0, n - needed + 1))
    leads = rng.permutation(len(source.x))[:2]
    x, scored = source.x[leads, start : start + needed], source.scored[start : start + needed]
    peaks = source.peaks[(source.peaks >= start) & (source.peaks < start + needed)] - start
    if speed != 1.0:
        at, grid = np.arange(length) * speed, np.arange(needed)
        x = np.stack([np.interp(at, grid, lead) for lead in x])
        scored = (np.interp(at, grid, scored) > 0.99).astype(np.float32)
        peaks = peaks / speed
    x = x[:, :length].astype(np.float32, copy=True)
    return x, peaks[peaks < length], scored[:length]


def _vary_beats(rng: np.random.Generator, x: Float32, peaks: Float64) -> Float32:
    """Another height for every beat."""
    gains = np.exp(rng.normal(0, 0.35, peaks.size))
    owner = np.searchsorted((peaks[1:] + peaks[:-1]) / 2, np.arange(x.shape[1]))
    width = 15
    gain = np.convolve(np.pad(gains[owner], width // 2, mode="edge"), np.ones(width) / width, "valid")
    return (x * gain).astype(np.float32)


def _insert_pause(
    rng: np.random.Generator, x: Float32, peaks: Float64, scored: Float32
) -> tuple[Float32, Float64, Float32]:
    """Stop the heart for half a second to 5.5 s, after a T wave."""
    n = x.shape[1]
    i = int(rng.integers(1, peaks.size - 2))
    at = int(peaks[i] + rng.uniform(0.55, 0.7) * (peaks[i + 1] - peaks[i]))
    duration = int(rng.integers(50, 550))
    drift = 0.001 * np.exp(rng.normal()) * rng.normal(size=(len(x), duration)).cumsum(axis=1)
    drift -= np.linspace(0, 1, duration) * drift[:, -1:]
    pause = x[:, at : at + 1] + drift
    x = np.concatenate([x[:, :at], pause, x[:, at:]], axis=1)[:, :n].astype(np.float32)
    scored = np.concatenate([scored[:at], np.ones(duration, dtype=np.float32), scored[at:]])[:n]
    peaks = np.where(peaks > at, peaks + duration, peaks)
    return x, peaks[peaks < n], scored


def _mix_leads(rng: np.random.Generator, x: Float32) -> Float32:
    """Electrodes elsewhere: two other combinations of the two leads."""
    height = np.median(local_scale(x), axis=1)[:, np.newaxis]
    mix = rng.normal(size=(2, 2))
    mix /= np.linalg.norm(mix, axis=1, keepdims=True)
    return ((mix @ (x / height)) * height).astype(np.float32)


def _other_hardware(rng: np.random.Generator, lead: Float32) -> Float32:
    """Complexes of another shape: differentiated or smeared to one side."""
    choice = rng.random()
    if choice < 0.12:
        return (lead + rng.uniform(0.5, 4) * np.gradient(lead)).astype(np.float32)
    if choice < 0.24:
        width = int(rng.integers(3, 10))
        kernel = np.exp(-np.arange(width) / rng.uniform(1, 6))
        kernel /= kernel.sum()
        if rng.random() < 0.5:
            kernel = kernel[::-1]
        padded = np.pad(lead, (width // 2, width - 1 - width // 2), mode="edge")
        return np.convolve(padded, kernel, "valid").astype(np.float32)
    return lead


def _noise(rng: np.random.Generator, noise: Noise, n: int) -> Float32:
    """Muscle, baseline, electrode or amplifier noise of unit variance, sometimes in bursts."""

    def recorded(leads: Float32) -> Float32:
        start = int(rng.integers(leads.shape[1] - n))
        return leads[int(rng.integers(len(leads))), start : start + n]

    choice = rng.random()
    out: npt.NDArray[np.floating]
    if choice < 0.3:
        out = recorded(noise.muscle)
    elif choice < 0.45:
        out = recorded(noise.wander)
    elif choice < 0.6:
        out = recorded(noise.muscle) + 2 * rng.random() * recorded(noise.wander)
    elif choice < 0.8:
        out = _electrode_motion(rng, n)
    else:
        width = int(rng.integers(1, 4))
        out = np.convolve(rng.normal(size=n + width - 1), np.ones(width) / np.sqrt(width), "valid")
    result: Float32 = np.asarray(out, dtype=np.float32)
    if rng.random() < 0.4:
        burst = np.zeros(n, dtype=np.float32)
        for _ in range(int(rng.integers(1, 4))):
            start = int(rng.integers(n))
            burst[start : start + int(rng.integers(100, 1500))] = 1
        result = result * burst
    return result


def _electrode_motion(rng: np.random.Generator, n: int) -> Float64:
    """Bumps and steps of 30 to 350 ms, which resemble beats more than any other noise does."""
    out = np.zeros(n)
    for _ in range(int(rng.integers(5, 60))):
        centre, width, height = int(rng.integers(n)), rng.uniform(3, 35), rng.normal()
        at = np.arange(max(0, int(centre - 4 * width)), min(n, int(centre + 4 * width)))
        u = (at - centre) / width
        out[at] += height * (np.exp(-u * u / 2) if rng.random() < 0.6 else np.exp(-np.abs(u)) * np.sign(u))
    unit: Float64 = out / (out.std() + 1e-6)
    return unit


def _fail(rng: np.random.Generator, x: Float32, height: npt.NDArray[np.floating]) -> None:
    """One lead falls off for a while: silence, or noise of any height."""
    lead, start = int(rng.integers(2)), int(rng.integers(x.shape[1]))
    lost = x[lead, start : start + int(rng.integers(200, x.shape[1]))]
    silent = rng.random() < 0.5
    lost[:] = 0.0 if silent else rng.normal(0, height[lead] * np.exp(rng.normal()), size=lost.size)


def _silence(
    rng: np.random.Generator, x: Float32, peaks: Float64, scored: Float32, noise: Noise
) -> tuple[Float64, Float32]:
    """Noise and no heart, in all leads, for 3 s or for all of the stretch: nothing is to be found there."""
    n = x.shape[1]
    duration = int(n * rng.uniform(0.07, 1.2))
    start = int(rng.integers(-duration // 2, n - duration // 2))
    low, high = max(start, 0), min(start + duration, n)
    for lead in x:
        lead[low:high] = 0.05 * np.exp(rng.normal(0, 1.5)) * _noise(rng, noise, n)[low:high]
    scored = scored.copy()
    for edge in (low, high):  # half a complex may be left there
        scored[max(edge - 20, 0) : edge + 20] = 0
    scored[low + 20 : high - 20] = 1
    return peaks[(peaks < low) | (peaks >= high)], scored


def _target(peaks: Float64, n: int) -> Float32:
    """A bell of height 1 on every R peak."""
    target = np.zeros(n + 16, dtype=np.float32)  # room for bells that reach over either end
    at = np.floor(peaks).astype(np.int64)[:, np.newaxis] + np.arange(-7, 9)
    bells = np.exp(-0.5 * ((at - peaks[:, np.newaxis]) / BUMP_SIGMA) ** 2)
    np.maximum.at(target, at + 8, bells.astype(np.float32))
    return target[8 : n + 8]
