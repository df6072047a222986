"""Evidence for the findings of twelve-lead models."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from einthoven.errors import SignalError
from einthoven.explain.occlusion import occlusion, on_recording
from einthoven.models.bundle import Bundle
from einthoven.models.twelve_lead import RATE, SAMPLES, prepare, window_probabilities
from einthoven.recording import Float32, Recording

NOT_EXPLAINED = ("NORM",)  # nothing in particular makes a record normal


def explain_findings(
    codes: Sequence[str],
    recording: Recording,
    bundles: Sequence[Bundle],
    r_peaks: npt.ArrayLike,
    usable: Sequence[bool] | None = None,
) -> dict[str, Float32]:
    """Return where the networks looked, for each finding that one of them has answered.

    Args:
        codes: of findings: a bundle's name (one class), or ``NAME_CLASS``; others are left out, and so is
            the finding that a record is normal.
        recording: the record.
        bundles: twelve-lead models.
        r_peaks: sample numbers in the recording's own rate; they cut the beat into its parts.
        usable: one verdict a lead; None takes all.

    Returns:
        code → float32, shape ``(recording.n_leads, recording.n_samples)``, 0 to 1. Limb leads that were
        computed for the network have no row to be shown in.
    """
    found: dict[str, Float32] = {}
    try:
        inputs = prepare(recording, usable)
    except SignalError:  # the finding itself is refused, with the reason
        return found
    # Windows overlap by half, the last one ends with the recording.
    last = max(0, round(recording.duration * RATE) - SAMPLES)
    starts = [min(i * (SAMPLES // 2), last) for i in range(len(inputs.ecg))]
    at = np.rint(np.asarray(r_peaks, dtype=np.float64) / recording.fs * RATE).astype(np.int64)
    peaks = [np.unique(at[(at >= start) & (at < start + SAMPLES)]) - start for start in starts]
    for bundle in bundles:
        classes = bundle.card.classes
        names = {bundle.card.name if len(classes) == 1 else f"{bundle.card.name}_{c}": c for c in classes}
        wanted = [code for code in codes if code in names and names[code] not in NOT_EXPLAINED]
        if not wanted:
            continue

        def probabilities(windows: Float32, known: Float32, bundle: Bundle = bundle) -> Float32:
            return window_probabilities(windows, known, bundle)

        columns = [classes.index(names[code]) for code in wanted]
        maps = occlusion(probabilities, inputs.ecg, inputs.known, columns, fs=RATE, r_peaks=peaks)
        seconds = [start / RATE for start in starts]
        found |= {
            code: on_recording(map_, seconds, RATE, recording)
            for code, map_ in zip(wanted, maps, strict=True)
        }
    return found
