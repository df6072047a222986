"""A page with truth as files, as those who measure digitisers read them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from einthoven.errors import SignalError
from einthoven.paper.drawing import Float64
from einthoven.paper.specimen import Specimen
from einthoven.recording import Recording


def write_specimen(specimen: Specimen, folder: Path, name: str, fs: float = 500.0) -> list[Path]:
    """Write ``NAME.png``, ``NAME.csv`` and ``NAME.json`` into a folder that exists.

    The CSV has one column a lead, headed by its name, in mV, ``fs`` rows a second from the page's first
    moment; empty where the page shows nothing. The JSON says how the page is laid out.

    Raises:
        SignalError: the rate is not positive.
        OSError: a file cannot be written.
    """
    from PIL import Image

    paths = [folder / f"{name}{ending}" for ending in (".png", ".csv", ".json")]
    values = truth_at(specimen.signals, fs)
    Image.fromarray(specimen.pixels).save(paths[0])
    lines = [",".join(specimen.signals.leads)]
    lines += [",".join("" if v != v else f"{v:.4f}" for v in row) for row in values.T.tolist()]
    paths[1].write_text("\n".join(lines) + "\n", encoding="utf-8")
    height, width = specimen.pixels.shape[:2]
    facts = {
        "layout": specimen.layout,
        "speed_mm_per_s": specimen.speed,
        "gain_mm_per_mv": specimen.gain,
        "fs": fs,
        "width": width,
        "height": height,
        "leads": [
            {
                "name": lead.name,
                "start_s": lead.start_s,
                "seconds": lead.seconds,
                "rhythm": lead.is_rhythm,
                "from_px": _round(specimen.mm_to_px([(lead.x_mm, lead.zero_mm)])[0]),
                "to_px": _round(
                    specimen.mm_to_px([(lead.x_mm + lead.seconds * specimen.speed, lead.zero_mm)])[0]
                ),
            }
            for lead in specimen.leads
        ],
    }
    paths[2].write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    return paths


def truth_at(signals: Recording, fs: float) -> Float64:
    """Return the signals at another rate, ``(n_leads, n)``: straight between samples, as on the page."""
    if not (np.isfinite(fs) and fs > 0):
        raise SignalError(f"Sampling rate {fs!r} Hz is not a positive number; an example: 500.")
    if fs == signals.fs:
        return signals.signals.astype(np.float64)
    times = np.arange(round(signals.duration * fs)) / fs
    at = np.arange(signals.n_samples) / signals.fs
    return np.array([np.interp(times, at, lead) for lead in signals.signals.astype(np.float64)])


def _round(point: Float64) -> list[float]:
    return [round(float(value), 2) for value in point]
