"""From samples to beats: filters, resampling, quality, R peaks, rhythm, heart rate variability, simulator.

Names are loaded on first use (PEP 562), so that ``import einthoven.signal`` costs nothing. One function is
reached through its module alone, because the two share a name: ``from einthoven.signal.resample import
resample``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOME = {
    "bandpass": "filters",
    "highpass": "filters",
    "lowpass": "filters",
    "notch": "filters",
    "remove_baseline": "filters",
    "LeadQuality": "quality",
    "Stretch": "quality",
    "assess_quality": "quality",
    "unusable_stretches": "quality",
    "detect_r_peaks": "rpeaks",
    "Rhythm": "rhythm",
    "RhythmFact": "rhythm",
    "describe_rhythm": "rhythm",
    "HRV": "hrv",
    "heart_rate_variability": "hrv",
    "simulate": "simulator",
}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value  # later look-ups never come back here
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
