"""Pages that several tests read: twelve simulated leads in a plain look."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from einthoven.paper.specimen import PageStyle, Specimen, draw_specimen
from einthoven.recording import STANDARD_LEADS, Recording
from einthoven.signal.simulator import simulate


def twelve_leads(seconds: float = 10.0, fs: float = 500.0) -> Recording:
    """Limb leads that obey Einthoven's law, and chest leads between them."""
    source = simulate(seconds, fs=fs, leads=("I", "II"), seed=3)
    one, two = source.signals.astype(np.float64)
    rows = [one, two, two - one, -(one + two) / 2, one - two / 2, two - one / 2]
    rows += [-0.8 * two, -0.5 * two + 0.2 * one, 0.3 * two, 0.8 * two, 1.0 * two, 0.7 * two + 0.1 * one]
    return Recording(np.array(rows, dtype=np.float32), fs, STANDARD_LEADS, name="twelve")


def page(**changes: object) -> Specimen:
    style = replace(PageStyle(), footer=("25 mm/s   10 mm/mV",), **changes)  # type: ignore[arg-type]
    return draw_specimen(twelve_leads(), style, np.random.default_rng(0))
