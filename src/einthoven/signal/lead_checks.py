"""Whether leads are what their names say: swapped arms, limb leads that contradict one another, wrong units.

Each check returns sentences for people, none where there is nothing to say. `check_leads` runs all.
``python bench/lead_checks.py`` prints how often they are wrong and what they find.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from einthoven.recording import STANDARD_LEADS, Float32, Recording
from einthoven.wording import MINUS, number

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

MOST_BEATS = 40
MOST_SAMPLES = 60_000
FEWEST_BEATS = 3
_BEFORE_S, _AFTER_S = 0.30, 0.46  # of the median beat about the R peak
_P, _QRS, _ST_T, _T = (-0.26, -0.05), (-0.06, 0.09), (-0.06, 0.45), (0.16, 0.42)

# Each limb lead from the others; Einthoven 1912, Goldberger 1942.
_LAWS: tuple[tuple[str, str, dict[str, float]], ...] = (
    ("III", f"II {MINUS} I", {"II": 1.0, "I": -1.0}),
    ("aVR", f"{MINUS}(I + II) / 2", {"I": -0.5, "II": -0.5}),
    ("aVL", f"I {MINUS} II / 2", {"I": 1.0, "II": -0.5}),
    ("aVF", f"II {MINUS} I / 2", {"II": 1.0, "I": -0.5}),
)
_LAW_MV, _LAW_SHARE = 0.1, 0.15  # a deviation counts above both: this much, and this share of the height

_PLAUSIBLE_MV = (0.03, 20.0)  # typical height of the tallest lead
USUAL_MV = 1.0
_SAME_MV = 0.0015
_MOST_LEADS = 32


def check_leads(
    recording: Recording, r_peaks: npt.ArrayLike = (), usable: Sequence[bool] | None = None
) -> tuple[str, ...]:
    """Run all checks.

    Args:
        recording: any leads, any length; long ones are looked at in samples spread over their length.
        r_peaks: R peaks as sample numbers; without them the arm leads are not looked at.
        usable: one verdict a lead; leads that are not usable are left out. None takes all.
    """
    leads = [i for i in range(recording.n_leads) if usable is None or usable[i]]
    return (
        *check_amplitude(recording),
        *check_identical(recording, leads),
        *check_limb_leads(recording, leads),
        *check_arm_leads(recording, r_peaks, leads),
    )


def check_arm_leads(
    recording: Recording, r_peaks: npt.ArrayLike, leads: Sequence[int] | None = None
) -> tuple[str, ...]:
    """Tell swapped arm leads by lead I upside down and aVR upright, with V4 to V6 as witness.

    With the arms swapped I is inverted while V6, which looks from the same side, is not: P, QRS and T of the
    two contradict each other (Hedén et al. 1995, doi 10.1016/S0002-9149(99)80178-1, use the same leads). In
    dextrocardia and with an extreme axis V6 turns with I. Polarities of the median beat vote with bounded
    weights, so that atrial fibrillation (no P), a lateral infarction (Q in I) or bundle branch block alone
    decide nothing; the weights are those of a logistic regression on PTB-XL records, as they are and with
    the arms swapped, rounded. Without a lead of V4 to V6, or where V6 agrees with I, all four of P and QRS in
    I and aVR must be upside down.
    """
    beat = _median_beat(recording, r_peaks, range(recording.n_leads) if leads is None else leads)
    lead_i = beat.get("I")
    lead_r = beat.get("aVR")
    if lead_r is None and lead_i is not None and "II" in beat:
        lead_r = -(lead_i + beat["II"]) / 2
    if lead_i is None or lead_r is None:
        return ()
    p_i, p_r = _p_height(lead_i, recording.fs), _p_height(lead_r, recording.fs)
    qrs_i, qrs_r = _net(lead_i, _QRS, recording.fs), _net(lead_r, _QRS, recording.fs)
    inverted = qrs_i < -0.05 and qrs_r > 0.05 and p_i < -0.01 and p_r > 0.01
    witness = next((name for name in ("V6", "V5", "V4") if name in beat), None)
    others = "dextrocardia or an extreme axis"
    if witness is not None:
        left = beat[witness]
        votes = (
            2.5 * np.tanh(qrs_i / 0.3) - 0.9 * np.tanh(qrs_r / 0.3)
            - 0.3 * np.tanh(_net(left, _QRS, recording.fs) / 0.3)
            + 1.0 * np.tanh(p_i / 0.04) - 0.9 * np.tanh(p_r / 0.04)
            + 0.3 * np.tanh(_net(lead_i, _T, recording.fs) / 0.1)
            - 0.4 * np.tanh(_net(lead_r, _T, recording.fs) / 0.1)
            + 0.8 * np.tanh(_agreement(lead_i, left, _ST_T, recording.fs) / 0.3)
            + 0.6 * np.tanh(_agreement(lead_i, left, _QRS, recording.fs) / 0.3)
            + 2.1 * np.tanh(_agreement(lead_i, left, _P, recording.fs) / 0.3)
        )  # fmt: skip
        if votes < _SWAPPED_BELOW:
            return (
                "The arm leads seem to be swapped (left and right): lead I is upside down, aVR is upright, "
                f"and {witness} contradicts lead I. If not, {others} would be the other explanation. "
                "Findings and axis are those of the leads as they are named.",
            )
    if inverted:
        seen = f" and {witness} does not contradict them" if witness else ""
        return (f"P and QRS point down in lead I and up in aVR{seen}: {others}, or swapped arm leads.",)
    return ()


def check_limb_leads(recording: Recording, leads: Sequence[int] | None = None) -> tuple[str, ...]:
    """Compare each limb lead with what I and II say it must be (III = II - I, aVR = -(I + II) / 2 …).

    The deviation is the 98th percentile of the absolute difference, constant offsets aside, over samples
    where all three leads are there; leads that were not recorded at the same time cannot be compared. It
    counts above 0.1 mV and above 15 % of the lead's height: filters that differ from lead to lead stay below.
    Where each lead is a sum of I and II with the signs of the law but other factors, the leads were scaled
    one by one (as in the Lobachevsky University Database), and that is said instead.
    """
    values = _limb_samples(recording, leads)
    if not {"I", "II"} <= values.keys():
        return ()
    broken = _broken_laws(values)
    if not broken:
        return ()
    said = ", ".join(f"{name} differs from {law} by {size:.2f} mV" for name, law, size in broken)
    said = f"The limb leads do not obey Einthoven's law: {said}. "
    scaled = _scaled_one_by_one(values, [name for name, _, _ in broken])
    if scaled:
        return (
            f"{said}The leads were scaled one by one ({scaled}): amplitudes, ST levels and axis are not to "
            "be trusted.",
        )
    remedy = _single_remedy(values)
    return (
        said
        + (
            f"With {remedy} turned upside down they would."
            if remedy
            else "Leads are misnamed, inverted, or were not recorded at the same time."
        ),
    )


def check_amplitude(recording: Recording) -> tuple[str, ...]:
    """Say where the height of the recording is no heart's, and by what factor it would become one.

    See `implausible_height`.
    """
    tallest = implausible_height(recording)
    if tallest is None:
        return ()
    factor = tallest / USUAL_MV
    if factor > 1:
        seen, ratio, word = f"{number(tallest)} mV", factor, "large"
        thousand = 200 <= factor <= 10_000
        guess = "microvolt declared as millivolt" if thousand else "raw converter values or a wrong gain"
    else:
        seen, ratio, word = f"{1000 * tallest:.2g} microvolt", 1 / factor, "small"
        thousand = 100 <= ratio <= 10_000
        guess = "millivolt declared as microvolt, or volt as millivolt" if thousand else "a wrong gain"
    about = number(1000 if thousand else float(f"{ratio:.1g}"))
    return (
        f"The tallest lead is {seen} high, where 0.5 to 4 mV are usual: about {about} times too {word}. "
        f"The numbers look like {guess}; state the right unit.",
    )


def implausible_height(recording: Recording) -> float | None:
    """Return the height of the tallest lead in mV where no heart is that high or low, else None.

    The height is the median over seconds of the peak-to-peak movement.
    """
    heights = [height for lead in recording.signals if (height := _height(lead, recording.fs)) > 0]
    low, high = _PLAUSIBLE_MV
    return None if not heights or low <= max(heights) <= high else max(heights)


def check_identical(recording: Recording, leads: Sequence[int] | None = None) -> tuple[str, ...]:
    """Name leads that carry the same samples (to 1.5 microvolt) though their names differ."""
    chosen = list(range(recording.n_leads) if leads is None else leads)[:_MOST_LEADS]
    samples = recording.signals[:, _spread(recording.n_samples)][chosen]
    found: list[list[str]] = []
    left = list(range(len(chosen)))
    while left:
        first = left.pop(0)
        twins = [i for i in left if _same(samples[first], samples[i])]
        if twins:
            found.append([recording.leads[chosen[i]] for i in (first, *twins)])
            left = [i for i in left if i not in twins]
    return tuple(
        f"Leads {', '.join(names[:-1])} and {names[-1]} are identical: one was copied or connected twice."
        for names in found
    )


_SWAPPED_BELOW = -2.2  # probability 0.9


def _same(a: Float32, b: Float32) -> bool:
    both = np.isfinite(a) & np.isfinite(b)
    if both.sum() < 100 or float(np.ptp(a[both])) < 20 * _SAME_MV:
        return False
    return bool(np.abs(a[both] - b[both]).max() <= _SAME_MV)


def _spread(n_samples: int) -> slice:
    """Return at most about ``MOST_SAMPLES`` sample numbers spread over a recording."""
    return slice(None, None, max(1, n_samples // MOST_SAMPLES))


def _height(lead: Float32, fs: float) -> float:
    block = max(2, round(fs))
    count = lead.size // block
    if not count:
        return 0.0
    step = max(1, count // 600)
    blocks = lead[: count * block].reshape(count, block)[::step]
    present = blocks[np.isfinite(blocks).all(axis=1)]
    return float(np.median(np.ptp(present, axis=1))) if len(present) else 0.0


def _limb_samples(recording: Recording, leads: Sequence[int] | None) -> dict[str, Float64]:
    chosen = range(recording.n_leads) if leads is None else leads
    spread = _spread(recording.n_samples)
    return {
        recording.leads[i]: recording.signals[i, spread].astype(np.float64)
        for i in chosen
        if recording.leads[i] in STANDARD_LEADS[:6]
    }


def _broken_laws(values: dict[str, Float64]) -> list[tuple[str, str, float]]:
    broken = []
    for name, law, terms in _LAWS:
        if name not in values:
            continue
        wrong = values[name] - sum(factor * values[lead] for lead, factor in terms.items())
        wrong = wrong[np.isfinite(wrong)]
        if wrong.size < 200:
            continue
        size = float(np.percentile(np.abs(wrong - np.median(wrong)), 98))
        low, high = np.nanpercentile(values[name], (0.5, 99.5))
        if size > max(_LAW_MV, _LAW_SHARE * float(high - low)):
            broken.append((name, law, size))
    return broken


def _scaled_one_by_one(values: dict[str, Float64], broken: list[str]) -> str:
    """Return the equation of a broken lead if all broken ones differ from the law by factors alone."""
    told = ""
    for name, _, terms in _LAWS:
        if name not in broken:
            continue
        columns = np.column_stack([values["I"], values["II"], np.ones(len(values["I"]))])
        there = np.isfinite(columns).all(axis=1) & np.isfinite(values[name])
        target = values[name][there]
        factors, *_ = np.linalg.lstsq(columns[there], target, rcond=None)
        left = float(np.mean((columns[there] @ factors - target) ** 2))
        expected = np.array([terms["I"], terms["II"]])
        if left > 0.01 * float(np.var(target)) or np.any(factors[:2] * expected <= 0.1 * expected**2):
            return ""
        sign = MINUS if factors[0] < 0 else "+"
        told = told or f"{name} = {number(factors[1], 2)} II {sign} {number(abs(factors[0]), 2)} I"
    return told


def _single_remedy(values: dict[str, Float64]) -> str:
    """Return the one lead whose inversion would make all laws hold, or an empty string."""
    if len(values) < 4:  # with three leads there is always more than one
        return ""
    cures = [name for name in values if not _broken_laws(values | {name: -values[name]})]
    return cures[0] if len(cures) == 1 else ""


def _median_beat(recording: Recording, r_peaks: npt.ArrayLike, leads: Sequence[int]) -> dict[str, Float64]:
    """Return each standard lead's median beat about its isoelectric level, mV; nothing with too few beats."""
    fs, n = recording.fs, recording.n_samples
    before, after = round(_BEFORE_S * fs), round(_AFTER_S * fs)
    peaks = np.asarray(r_peaks, dtype=np.int64)
    peaks = peaks[(peaks >= before) & (peaks < n - after)]
    if len(peaks) < FEWEST_BEATS:
        return {}
    peaks = peaks[:: max(1, len(peaks) // MOST_BEATS)]
    where = peaks[:, np.newaxis] + np.arange(-before, after)
    level = slice(before - round(0.1 * fs), before - round(0.06 * fs) + 1)
    found = {}
    for i in leads:
        beats = recording.signals[i][where].astype(np.float64)
        beats = beats[np.isfinite(beats).all(axis=1)]
        if recording.leads[i] in STANDARD_LEADS and len(beats) >= FEWEST_BEATS:
            beats -= np.median(beats[:, level], axis=1, keepdims=True)
            found[recording.leads[i]] = np.median(beats, axis=0)
    return found


def _part(beat: Float64, span: tuple[float, float], fs: float) -> Float64:
    start = round(_BEFORE_S * fs)
    return beat[start + round(span[0] * fs) : start + round(span[1] * fs)]


def _net(beat: Float64, span: tuple[float, float], fs: float) -> float:
    """Return the algebraic sum of highest and lowest deflection: above 0 where a wave points up."""
    part = _part(beat, span, fs)
    return float(part.max() + part.min())


def _p_height(beat: Float64, fs: float) -> float:
    """Return the largest deflection, with its sign, from the line between the ends of the P window."""
    part = _part(beat, _P, fs)
    ends = max(1, round(0.02 * fs))
    part = part - np.linspace(part[:ends].mean(), part[-ends:].mean(), len(part))
    return float(part[int(np.abs(part).argmax())])


def _agreement(a: Float64, b: Float64, span: tuple[float, float], fs: float) -> float:
    """Return the cosine between two leads over a part of the beat, -1 to 1."""
    first, second = _part(a, span, fs), _part(b, span, fs)
    scale = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum() / scale) if scale > 0 else 0.0
