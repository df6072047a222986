"""P, QRS and T of a window, for the marks on the screen."""

from __future__ import annotations

from typing import Any

import numpy as np

from einthoven.analysis_result import Analysis

_CONTEXT_S = 4.0


def waves_of(analysis: Analysis, begin: int, stop: int) -> dict[str, Any]:
    """Return onset, peak and end of each wave around each beat between two samples.

    Returns:
        ``begin`` and ``stop`` as used (a window of more than 60 s is cut), ``beats`` (samples of the R peaks)
        and for each lead and point (``p_onset`` …) a list of samples, one a beat, None where there is none.
    """
    from einthoven.signal.delineation import LONGEST_S, POINTS, delineate

    recording, fs = analysis.recording, analysis.recording.fs
    context = round(_CONTEXT_S * fs)
    stop = min(stop, begin + round((LONGEST_S - 2 * _CONTEXT_S) * fs), recording.n_samples)
    low, high = max(0, begin - context), min(recording.n_samples, stop + context)
    usable = [lead.usable for lead in analysis.quality]
    peaks = analysis.beats.samples
    peaks = peaks[(peaks >= low) & (peaks < high)]
    found = delineate(recording.signals[:, low:high], fs, np.unique(peaks) - low, recording.leads, usable)
    shown = (found.r_peaks + low >= begin) & (found.r_peaks + low < stop)
    leads = {}
    for i, lead in enumerate(recording.leads):
        points = {}
        for point in POINTS:
            values = getattr(found, point)[i, shown] + low
            points[point] = [None if np.isnan(v) else round(float(v), 1) for v in values]
        leads[lead] = points
    return {
        "begin": begin,
        "stop": stop,
        "beats": (found.r_peaks[shown] + low).tolist(),
        "leads": leads,
    }
