"""Signal quality of each lead: what is wrong with it, where, and whether it can be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.recording import Float32, Recording
from einthoven.signal.gaps import runs
from einthoven.signal.quality_windows import FLAT_MV, WindowMeasures, measure, rails_of
from einthoven.wording import number

WINDOW_S = 10.0
USABLE_FROM = 0.3  # share of windows that makes a lead worth using
SHOWN_S = 2.0  # a lead of a short recording that is there for so long is judged by what is there

_REASONS = ("", "missing", "flat", "clipped", "noise")
_MISSING, _FLAT, _CLIPPED, _NOISE = 1, 2, 3, 4

_SMALLEST_QRS_MV = 0.03  # in the QRS band
_LARGEST_QRS_MV = 20.0
_SMALLEST_HUM_MV = 0.01
_WINDOWS_AT_ONCE = 256

Float64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of one lead that cannot be used.

    ``onset_s`` and ``duration_s`` are seconds from the start of the recording; ``reason`` is one of
    ``missing``, ``flat``, ``clipped``, ``noise``.
    """

    onset_s: float
    duration_s: float
    reason: str

    def to_dict(self) -> dict[str, Any]:
        return {"onset_s": self.onset_s, "duration_s": self.duration_s, "reason": self.reason}


@dataclass(frozen=True, eq=False, slots=True)
class LeadQuality:
    """What one lead is worth.

    Attributes:
        lead: its name.
        usable: whether 30 % of its windows or more are usable.
        reasons: sentences for people: why it is unusable, and what else is worth knowing (hum, unit).
            flat_fraction: share of seconds in which it moves by less than 5 microvolt, 0 to 1 (missing ones
            aside).
        missing_fraction: share of samples that are NaN, 0 to 1.
        clipped_fraction: share of samples that sit on a rail, 0 to 1.
        snr_db: height of the QRS complexes over the background between them, both at 8 to 30 Hz, median over
            windows, dB. Clean leads have 15 to 30 at rest and less when fast (10 to 15 at 200 a minute),
            noise alone about 10. None if not measurable.
        baseline_wander_mv: typical peak-to-peak movement of the base line within a window, millivolt.
        mains_hz: 50 or 60 where mains hum stands out of the spectrum, else None.
        mains_mv: amplitude of that hum, millivolt (0 without hum).
        amplitude_mv: typical peak-to-peak height within a second (as a rule that of the QRS complex),
            millivolt; None if not measurable.
        suspected_unit: a unit that would explain an implausible amplitude (``uV``: the numbers look like
            microvolt declared as millivolt; ``V``: like volt), else None.
        window_s: length of one window in seconds (the last one may be shorter).
        windows: bool, shape ``(n_windows,)``: whether each window is usable.
        stretches: runs of unusable windows with their reason, in time order.
    """

    lead: str
    usable: bool
    reasons: tuple[str, ...]
    flat_fraction: float
    missing_fraction: float
    clipped_fraction: float
    snr_db: float | None
    baseline_wander_mv: float | None
    mains_hz: int | None
    mains_mv: float
    amplitude_mv: float | None
    suspected_unit: str | None
    window_s: float
    windows: npt.NDArray[np.bool_]
    stretches: tuple[Stretch, ...]

    @property
    def usable_fraction(self) -> float:
        """Share of windows that are usable, 0 to 1."""
        return float(self.windows.mean()) if self.windows.size else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return plain types; ``windows`` is left out, ``stretches`` says the same in fewer words."""
        return {
            "lead": self.lead,
            "usable": self.usable,
            "usable_fraction": self.usable_fraction,
            "reasons": list(self.reasons),
            "flat_fraction": self.flat_fraction,
            "missing_fraction": self.missing_fraction,
            "clipped_fraction": self.clipped_fraction,
            "snr_db": self.snr_db,
            "baseline_wander_mv": self.baseline_wander_mv,
            "mains_hz": self.mains_hz,
            "mains_mv": self.mains_mv,
            "amplitude_mv": self.amplitude_mv,
            "suspected_unit": self.suspected_unit,
            "stretches": [stretch.to_dict() for stretch in self.stretches],
        }


def assess_quality(recording: Recording) -> tuple[LeadQuality, ...]:
    """Look at each lead in windows of 10 s and say what it is worth.

    A window is unusable if half of it is missing, if 80 % of its seconds are flat, if a quarter of it sits
    on a rail, or if it is noise. Noise is one of two things: no QRS stands out (less than 0.03 mV at 8 to 30
    Hz and less than 15 dB over the background), or muscle artefact covers it (power at 30 to 45 Hz above 27
    % of that at 5 to 30 Hz, and QRS less than 20 dB over the background). The measures are relatives of the
    spectral and kurtosis indices of Li, Mark & Clifford 2008 (doi 10.1088/0967-3334/29/1/002); the limits
    were set on MIT-BIH and MIT-BIH Supraventricular records against the pure noise of the Noise Stress Test
    Database. Ventricular fibrillation and flutter are no noise here: nothing is hidden from a reader for
    being chaotic.

    A lead that is there for one unbroken part of a recording of a single window, as on a page where leads
    follow each other in columns, is judged by that part if it lasts 2 s.

    Every sample is looked at; below 95 Hz the muscle band cannot be seen and only the first rule remains.

    Returns:
        One entry a lead, in the order of ``recording.leads``.
    """
    return tuple(
        _assess_shown(lead, recording.fs, name)
        for lead, name in zip(recording.signals, recording.leads, strict=True)
    )


def unusable_stretches(quality: Sequence[LeadQuality]) -> tuple[tuple[float, float], ...]:
    """Return (start, stop) in seconds where not one lead is usable; no beat can be seen there."""
    if not quality or not quality[0].windows.size:
        return ()
    seen = np.zeros(quality[0].windows.size, dtype=bool)
    for lead in quality:
        if lead.usable:
            seen |= lead.windows
    window_s = quality[0].window_s
    return tuple(
        (start * window_s, stop * window_s)
        for start, stop in zip(*(edge.tolist() for edge in runs(~seen)), strict=True)
    )


def _assess_shown(lead: Float32, fs: float, name: str) -> LeadQuality:
    """Judge a lead, one that is shown for a part of a short recording by that part."""
    there = np.isfinite(lead)
    if lead.size > 1.5 * WINDOW_S * fs or not SHOWN_S * fs <= there.sum() <= 0.7 * lead.size:
        return _assess(lead, fs, name)
    first, last = int(there.argmax()), lead.size - int(there[::-1].argmax())
    if there[first:last].mean() < 0.95:
        return _assess(lead, fs, name)
    part = _assess(lead[first:last], fs, name)
    around = [(0, first), (last, lead.size)]
    hidden = [Stretch(a / fs, (b - a) / fs, _REASONS[_MISSING]) for a, b in around if b > a]
    shifted = [replace(stretch, onset_s=stretch.onset_s + first / fs) for stretch in part.stretches]
    n_windows = -(-lead.size // max(round(WINDOW_S * fs), 1))
    return replace(
        part,
        missing_fraction=float(1 - there.mean()),
        window_s=max(round(WINDOW_S * fs), 1) / fs,
        windows=np.full(n_windows, part.usable),
        stretches=tuple(sorted([*hidden, *shifted], key=lambda stretch: stretch.onset_s)),
    )


def _assess(lead: Float32, fs: float, name: str) -> LeadQuality:
    window = max(round(WINDOW_S * fs), 1)
    whole = lead.size // window
    rails = rails_of(lead)
    parts = []
    for begin in range(0, whole, _WINDOWS_AT_ONCE):
        stop = min(begin + _WINDOWS_AT_ONCE, whole)
        parts.append(measure(lead[begin * window : stop * window], window, fs, rails))
    rest = lead[whole * window :]
    if rest.size:
        parts.append(measure(rest, rest.size, fs, rails))
    if not parts:
        reason = "it has no samples"
        return LeadQuality(
            name, False, (reason,), 0, 0, 0, None, None, None, 0, None, None, window / fs,
            np.zeros(0, dtype=bool), (),
        )  # fmt: skip
    measures = WindowMeasures.joined(parts)
    verdict = _verdict(measures)
    seen = ~np.isin(verdict, (_MISSING, _FLAT))
    # A last window of a second or two says little about noise and height; it counts where there is no other.
    if whole and rest.size:
        seen[-1] = seen[-1] and rest.size > window // 2
    weight = np.full(verdict.size, window / lead.size)
    if rest.size:
        weight[-1] = rest.size / lead.size
    present = weight * (1 - measures.missing)
    mains = _mains(measures, seen)
    height = _typical(measures.height_mv, seen)
    moves = float(np.nanmedian(measures.height_mv)) if np.isfinite(measures.height_mv).any() else 0.0
    quality = LeadQuality(
        lead=name,
        usable=bool((verdict == 0).mean() >= USABLE_FROM),
        reasons=(),
        flat_fraction=float((measures.flat * present).sum() / present.sum()) if present.sum() > 0 else 0.0,
        missing_fraction=min(float((measures.missing * weight).sum()), 1.0),
        clipped_fraction=float((measures.clipped * weight).sum()),
        snr_db=_typical(measures.over_background_db, seen),
        baseline_wander_mv=_typical(measures.wander_mv, seen),
        mains_hz=mains[0],
        mains_mv=mains[1],
        amplitude_mv=height,
        suspected_unit=_suspected_unit(height, moves),
        window_s=window / fs,
        windows=verdict == 0,
        stretches=_stretches(verdict, window / fs, lead.size / fs),
    )
    return replace(quality, reasons=_sentences(quality, verdict, moves, lead.size / fs))


def _verdict(measures: WindowMeasures) -> npt.NDArray[np.int8]:
    """Return for each window 0 (usable) or the number of its reason."""
    tiny = (measures.qrs_mv < _SMALLEST_QRS_MV) & (measures.over_background_db < 15)
    with np.errstate(invalid="ignore"):  # NaN: a rate too low to see the muscle band
        muscle = (measures.muscle > 0.27) & (measures.over_background_db < 20)
    verdict = np.where(tiny | muscle, _NOISE, 0)
    verdict[measures.clipped > 0.25] = _CLIPPED
    verdict[measures.flat >= 0.8] = _FLAT
    verdict[measures.missing > 0.5] = _MISSING
    return np.asarray(verdict, dtype=np.int8)


def _typical(values: Float64, seen: npt.NDArray[np.bool_]) -> float | None:
    known = values[seen & np.isfinite(values)]
    return float(np.median(known)) if known.size else None


def _mains(measures: WindowMeasures, seen: npt.NDArray[np.bool_]) -> tuple[int | None, float]:
    best: tuple[int | None, float] = (None, 0.0)
    for hum, amplitude in measures.hum_mv.items():
        size, ratio = _typical(amplitude, seen) or 0.0, _typical(measures.hum_ratio[hum], seen) or 0.0
        if ratio > 10 and size > max(best[1], _SMALLEST_HUM_MV):
            best = (hum, size)
    return best


def _suspected_unit(height: float | None, moves: float) -> str | None:
    if height is not None and height > _LARGEST_QRS_MV:
        return "uV" if height < 1000 * _LARGEST_QRS_MV else None
    return "V" if 1e-4 < moves < FLAT_MV else None


def _stretches(verdict: npt.NDArray[np.int8], window_s: float, duration_s: float) -> tuple[Stretch, ...]:
    found = []
    for code in range(1, len(_REASONS)):
        for start, stop in zip(*(edge.tolist() for edge in runs(verdict == code)), strict=True):
            end = min(stop * window_s, duration_s)
            found.append(Stretch(start * window_s, end - start * window_s, _REASONS[code]))
    return tuple(sorted(found, key=lambda stretch: stretch.onset_s))


def _sentences(
    quality: LeadQuality, verdict: npt.NDArray[np.int8], moves: float, duration_s: float
) -> tuple[str, ...]:
    """Say in words what a reader of the recording should know about this lead."""
    said = []
    words = {"missing": "missing", "flat": "flat", "clipped": "clipped", "noise": "covered by noise"}
    for code in np.flatnonzero(np.bincount(verdict, minlength=5)[1:]) + 1:
        reason = _REASONS[code]
        share = float((verdict == code).mean())
        if share >= 0.999:
            said.append(f"it is {words[reason]} throughout")
            continue
        places = sorted((s for s in quality.stretches if s.reason == reason), key=lambda s: -s.duration_s)
        named = ", ".join(
            f"{_clock(s.onset_s)} to {_clock(s.onset_s + s.duration_s)}"
            for s in sorted(places[:3], key=lambda s: s.onset_s)
        )
        more = f" and in {len(places) - 3} shorter stretches" if len(places) > 3 else ""
        said.append(f"it is {words[reason]} from {named}{more} ({100 * share:.2g} % of the time)")
    # A tenth of a second in all: a coarse scale may hold one wave at its top for a few samples.
    if quality.clipped_fraction > max(0.001, 0.1 / duration_s):
        said.append(f"{100 * quality.clipped_fraction:.2g} % of its samples sit on a rail (clipped)")
    if quality.suspected_unit == "uV":
        said.append(
            f"its height of {number(quality.amplitude_mv or 0.0)} mV is no heart's; the numbers look like "
            "microvolt declared as millivolt: state the unit, uV"
        )
    elif quality.suspected_unit == "V":
        said.append(
            f"it moves by {1000 * moves:.1f} microvolt only; the numbers look like volt declared as "
            "millivolt: state the unit, V"
        )
    if quality.mains_hz is not None and quality.mains_mv >= 2 * _SMALLEST_HUM_MV:
        said.append(
            f"{quality.mains_hz} Hz mains hum of {quality.mains_mv:.2f} mV (a notch filter takes it out)"
        )
    if (quality.baseline_wander_mv or 0) > 1.5:
        said.append(f"its base line wanders by {quality.baseline_wander_mv:.1f} mV")
    return tuple(said)


def _clock(seconds: float) -> str:
    """Write a time from the start as h:mm:ss or mm:ss."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute:02}:{second:02}"
