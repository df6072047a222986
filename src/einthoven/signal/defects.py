"""Plant known defects in a recording (flat, clipped, inverted, hum, gap) for tests and demonstrations.

Each function takes a recording and returns a new one; beats and everything else stay as they were. ``lead``
names one lead, None means all; ``start`` and ``stop`` are seconds, ``stop=None`` the end.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from einthoven.errors import SignalError, did_you_mean
from einthoven.recording import Float32, Recording


def with_flat(
    recording: Recording,
    lead: str | None = None,
    start: float = 0.0,
    stop: float | None = None,
    level: float = 0.0,
) -> Recording:
    """Hold a lead at ``level`` mV, as a loose electrode does."""
    signals, rows, columns = _part(recording, lead, start, stop)
    signals[rows, columns] = level
    return replace(recording, signals=signals)


def with_clipping(recording: Recording, limit: float, lead: str | None = None) -> Recording:
    """Cut a lead off at plus and minus ``limit`` mV, as an amplifier at its rails does."""
    if not limit > 0:
        raise SignalError(f"Clipping limit {limit!r} mV; allowed: above 0.")
    signals, rows, columns = _part(recording, lead, 0.0, None)
    signals[rows, columns] = np.clip(signals[rows, columns], -limit, limit)
    return replace(recording, signals=signals)


def with_inversion(recording: Recording, lead: str | None = None) -> Recording:
    """Turn a lead upside down, as swapped electrodes do."""
    signals, rows, columns = _part(recording, lead, 0.0, None)
    signals[rows, columns] *= -1
    return replace(recording, signals=signals)


def with_hum(
    recording: Recording, amplitude: float, frequency: float = 50.0, lead: str | None = None
) -> Recording:
    """Add a tone of ``amplitude`` mV at ``frequency`` Hz (below half the sampling rate)."""
    if not 0 < frequency < recording.fs / 2:
        raise SignalError(
            f"Hum at {frequency!r} Hz in a recording at {recording.fs:g} Hz; allowed: above 0, below "
            f"{recording.fs / 2:g} Hz."
        )
    signals, rows, columns = _part(recording, lead, 0.0, None)
    seconds = np.arange(recording.n_samples) / recording.fs
    signals[rows, columns] += (amplitude * np.sin(2 * np.pi * frequency * seconds)).astype(np.float32)
    return replace(recording, signals=signals)


def with_gap(
    recording: Recording, start: float, stop: float | None = None, lead: str | None = None
) -> Recording:
    """Take samples out (NaN), as lost radio packets do."""
    signals, rows, columns = _part(recording, lead, start, stop)
    signals[rows, columns] = np.nan
    return replace(recording, signals=signals)


def _part(
    recording: Recording, lead: str | None, start: float, stop: float | None
) -> tuple[Float32, slice, slice]:
    """Return a copy of the signals and the rows and columns meant."""
    rows = slice(None)
    if lead is not None:
        if lead not in recording.leads:
            raise SignalError(
                f"No lead {lead!r} in this recording; it has {' '.join(recording.leads)}."
                f"{did_you_mean(lead, recording.leads)}"
            )
        index = recording.leads.index(lead)
        rows = slice(index, index + 1)
    end = recording.duration if stop is None else stop
    if not 0 <= start <= end:
        raise SignalError(f"Stretch from {start!r} to {end!r} s; allowed: 0 or later, and not backwards.")
    columns = slice(round(start * recording.fs), round(end * recording.fs))
    return recording.signals.copy(), rows, columns
