"""What was read on a page of which the gate was not certain: does it speak for an ECG?"""

from __future__ import annotations

import numpy as np

from einthoven.paper.digitize import DigitizedPage

_NAMES = 4  # of leads, where they stand in columns as on a page of twelve
_RATE = (25.0, 230.0)  # beats a minute
_LEAST_BEATS = 2
_MUCH_PRINT = 40  # words for each row of a strip


def why_no_ecg(page: DigitizedPage, *, strict: bool) -> str | None:
    """Return in words why what was read is not taken for an ECG, None where it is.

    Args:
        page: as read.
        strict: the gate was against it: more is asked for.
    """
    reading = page.reading
    names, pulses = reading.arrangement.names_read, len(reading.pulses)
    if page.layout != "strip" and names >= _NAMES:
        return None
    if strict and not (names and pulses):
        return "lines were found, but neither names of leads nor a calibration pulse beside them"
    if page.layout == "strip" and len(reading.words) > _MUCH_PRINT * len(reading.rows):
        return "it is full of print, and hardly a line runs like an ECG"
    beats, seconds = _beats(page)
    if beats < _LEAST_BEATS or not _RATE[0] <= 60.0 * beats / seconds <= _RATE[1]:
        return f"{beats} beats were found in {seconds:.1f} s of what may be traces: not like an ECG"
    return None


def _beats(page: DigitizedPage) -> tuple[int, float]:
    """Return how many beats all leads together show, and in how many seconds."""
    from einthoven.signal.quality import assess_quality
    from einthoven.signal.rpeaks import detect_r_peaks

    recording = page.recording
    shown = float(np.isfinite(recording.signals).any(axis=0).sum()) / recording.fs
    usable = [lead.usable for lead in assess_quality(recording)]
    if not any(usable):
        return 0, shown
    return len(detect_r_peaks(recording.signals, recording.fs, usable)), max(shown, 1.0)
