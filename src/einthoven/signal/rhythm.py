"""Rhythm as facts, from beat positions and classes: rates, pauses, ectopic beats and how they are grouped.

Facts only: "bigeminy from 12:03, 14 beats" is counted; what it means for the patient is for a physician.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.errors import SignalError
from einthoven.recording import AAMI_CLASSES, Beats, Int64
from einthoven.signal.gaps import runs
from einthoven.signal.hrv import HRV, Gaps, heart_rate_variability, nn_intervals, spans_gap
from einthoven.wording import number

PAUSE_S = 2.0
BRADYCARDIA_BPM = 50.0
TACHYCARDIA_BPM = 100.0
AVERAGED = 8  # RR intervals to a rate
FEWEST_CYCLES = 3  # of bigeminy and trigeminy

_HYSTERESIS = 0.1
_SHORTEST_EPISODE_S = 15.0
_ECTOPIC = {"S": "supraventricular", "V": "ventricular"}
_ENTROPY_LENGTH = 12
_ENTROPY_MATCHES = 5
_ENTROPY_TOLERANCE_S = 0.03

Float64 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RhythmFact:
    """One thing that can be counted or pointed at.

    Attributes:
        code: for machines: ``no_beats``, ``pause``, ``bradycardia``, ``tachycardia``, ``couplet_V``,
            ``couplet_S``, ``run_V``, ``run_S``, ``bigeminy_V``, ``bigeminy_S``, ``trigeminy_V``,
            ``trigeminy_S``, ``isolated_V``, ``isolated_S``, ``burden_S``, ``burden_V``, ``irregularity``.
        label: for people: "Ventricular run".
        onset_s: seconds from the start of the recording; None where the fact is about the whole of it.
        duration_s: seconds; None where the fact is about the whole recording.
        detail: a sentence with the figures.
        n_beats: beats that it covers or counts.
        rate_bpm: heart rate within, beats per minute, or None.
    """

    code: str
    label: str
    onset_s: float | None
    duration_s: float | None
    detail: str
    n_beats: int = 0
    rate_bpm: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class HeartRate:
    """Beats per minute. ``minimum`` and ``maximum`` are means over 8 successive RR (over all, if fewer)."""

    mean: float
    median: float
    minimum: float
    maximum: float


@dataclass(frozen=True, slots=True)
class RRIntervals:
    """Intervals between neighbouring beats of any class, ms; ``sd`` is None for a single interval."""

    n: int
    mean_ms: float
    median_ms: float
    sd_ms: float | None
    min_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class Rhythm:
    """All that beat positions and classes say.

    Attributes:
        n_beats: number of beats.
        duration_s: length of the recording, seconds.
        counts: beats of each AAMI class ``N S V F Q``.
        burden: the same in percent of all beats; empty without beats.
        heart_rate: None with fewer than 2 beats.
        rr: None with fewer than 2 beats.
        hrv: heart rate variability on NN intervals.
        irregularity: RMSSD over mean of NN intervals (dimensionless); None with fewer than 10 differences.
        sample_entropy: coefficient of sample entropy of NN intervals, median over stretches of 12 in a row;
            None without such a stretch.
        facts: findings in time order; those about the whole recording stand last.
    """

    n_beats: int
    duration_s: float
    counts: dict[str, int]
    burden: dict[str, float]
    heart_rate: HeartRate | None
    rr: RRIntervals | None
    hrv: HRV
    irregularity: float | None
    sample_entropy: float | None
    facts: tuple[RhythmFact, ...]

    def of(self, code: str) -> tuple[RhythmFact, ...]:
        """Return the facts with this code, in time order."""
        return tuple(fact for fact in self.facts if fact.code == code)

    def to_dict(self) -> dict[str, Any]:
        """Return plain types only, ready for JSON."""
        return asdict(self) | {"facts": [fact.to_dict() for fact in self.facts]}


def describe_rhythm(
    beats: Beats, fs: float, duration_s: float, *, gaps: Gaps = (), pause_s: float = PAUSE_S
) -> Rhythm:
    """Return rates, intervals, ectopic beats and their grouping as facts.

    Definitions (each with the interval between all neighbouring beats of any class, unless it spans a gap):

    - pause: ``pause_s`` or more without a beat, also before the first and after the last one.
    - bradycardia, tachycardia: the rate over 8 intervals is below 50 (Kusumoto et al. 2018,
      doi 10.1161/CIR.0000000000000628) or above 100 a minute (Page et al. 2016,
      doi 10.1161/CIR.0000000000000311). Episodes are one unless the rate is back by
      10 % between them; one counts if it lasts 15 s or more and its mean rate is beyond the limit as well.
    - isolated, couplet, run: 1, 2, or 3 and more ectopic beats of one class in a row.
    - bigeminy, trigeminy: at least 3 single ectopic beats with just one, or just two, N beats between them.
    - irregularity: RMSSD over mean NN; coefficient of sample entropy after Lake & Moorman 2011
      (doi 10.1152/ajpheart.00561.2010) with m = 1 and r = 30 ms, widened until 5 pairs match.

    Args:
        beats: positions and AAMI classes; none, one or two beats are results as well.
        fs: sampling rate of the positions, Hz.
        duration_s: length of the recording, seconds.
        gaps: (start, stop) in seconds where beats could not be seen (``quality.unusable_stretches``); no
            interval, pause or group of beats is read across them.
        pause_s: shortest pause, seconds.

    Raises:
        SignalError: ``pause_s`` is not positive, or a beat lies beyond the recording.
    """
    if not pause_s > 0:
        raise SignalError(f"Shortest pause {pause_s!r} s; allowed: above 0.")
    seconds = beats.samples / fs
    if len(beats) and (seconds[0] < 0 or seconds[-1] > duration_s + 1 / fs):
        raise SignalError(
            f"Beats from {seconds[0]:.3f} to {seconds[-1]:.3f} s in a recording of {duration_s:.3f} s; "
            "give positions in samples of the same rate and the whole length."
        )
    hrv = heart_rate_variability(beats, fs, gaps=gaps)
    rr = np.diff(beats.samples) / fs
    joined = ~spans_gap(seconds, gaps)
    counts = {letter: int(np.count_nonzero(beats.classes == letter)) for letter in AAMI_CLASSES}
    burden = {letter: 100 * n / len(beats) for letter, n in counts.items()} if len(beats) else {}
    rate = _averaged_rate(rr, joined)
    irregularity = hrv.rmssd_ms / hrv.mean_nn_ms if hrv.rmssd_ms and hrv.mean_nn_ms else None
    entropy = _sample_entropy(*nn_intervals(beats, fs, gaps)[:2])
    facts = _pauses(seconds, duration_s, pause_s, gaps) + _rate_episodes(seconds, rate)
    for letter in _ECTOPIC:
        facts += _groups(seconds, beats.classes, joined, letter)
        for name, between in (("bigeminy", 1), ("trigeminy", 2)):
            facts += _alternations(seconds, beats.classes, joined, letter, name, between)
    facts.sort(key=lambda fact: (fact.onset_s or 0.0, fact.code))
    facts += _overall(beats.classes, joined, counts, burden, hrv, irregularity, entropy)
    return Rhythm(
        n_beats=len(beats),
        duration_s=float(duration_s),
        counts=counts,
        burden=burden,
        heart_rate=_heart_rate(rr[joined], rate),
        rr=_rr_intervals(rr[joined]),
        hrv=hrv,
        irregularity=irregularity,
        sample_entropy=entropy,
        facts=tuple(facts),
    )


def _averaged_rate(rr: Float64, joined: Bools) -> Float64:
    """Beats per minute over each 8 successive intervals, NaN across a gap; shape ``(max(n_rr - 7, 0),)``."""
    if rr.size < AVERAGED:
        return np.zeros(0)
    time = np.concatenate(([0.0], np.cumsum(rr)))
    broken = np.concatenate(([0], np.cumsum(~joined)))
    span = time[AVERAGED:] - time[:-AVERAGED]
    whole = (broken[AVERAGED:] == broken[:-AVERAGED]) & (span > 0)
    return np.where(whole, 60 * AVERAGED / np.where(whole, span, 1), np.nan)


def _heart_rate(rr: Float64, rate: Float64) -> HeartRate | None:
    rr = rr[rr > 0]
    if not rr.size:
        return None
    mean = 60 / float(rr.mean())
    known = rate[np.isfinite(rate)]
    low, high = (float(known.min()), float(known.max())) if known.size else (mean, mean)
    return HeartRate(mean, 60 / float(np.median(rr)), low, high)


def _rr_intervals(rr: Float64) -> RRIntervals | None:
    if not rr.size:
        return None
    ms = 1000 * rr
    deviation = float(ms.std(ddof=1)) if ms.size > 1 else None
    return RRIntervals(
        int(ms.size), float(ms.mean()), float(np.median(ms)), deviation, float(ms.min()), float(ms.max())
    )


def _pauses(seconds: Float64, duration_s: float, pause_s: float, gaps: Gaps) -> list[RhythmFact]:
    if not seconds.size:
        return []
    edges = np.concatenate(([0.0], seconds, [max(duration_s, seconds[-1])]))
    length = np.diff(edges)
    # Half a microsecond: 2.0 s between two whole samples must not fail by rounding of the last bit.
    found = np.flatnonzero((length >= pause_s - 5e-7) & ~spans_gap(edges, gaps))
    facts = []
    for i in found.tolist():
        where = "between two beats"
        if i == 0:
            where = "before the first beat"
        elif i == seconds.size:
            where = "after the last beat"
        detail = f"{length[i]:.2f} s {where}."
        facts.append(RhythmFact("pause", "Pause", float(edges[i]), float(length[i]), detail))
    return facts


def _rate_episodes(seconds: Float64, rate: Float64) -> list[RhythmFact]:
    facts = []
    with np.errstate(invalid="ignore"):  # NaN is neither slow nor fast
        kinds = (
            (
                "bradycardia",
                "Bradycardia",
                rate < BRADYCARDIA_BPM,
                rate < BRADYCARDIA_BPM * (1 + _HYSTERESIS),
            ),
            (
                "tachycardia",
                "Tachycardia",
                rate > TACHYCARDIA_BPM,
                rate > TACHYCARDIA_BPM * (1 - _HYSTERESIS),
            ),
        )
    for code, label, inside, near in kinds:
        reached = np.concatenate(([0], np.cumsum(inside)))
        for start, stop in zip(*(edge.tolist() for edge in runs(near)), strict=True):
            if reached[stop] == reached[start]:
                continue
            beyond_limit = np.flatnonzero(inside[start:stop]).tolist()
            start, stop = start + beyond_limit[0], start + beyond_limit[-1] + 1
            last = stop - 1 + AVERAGED  # the last window's last beat
            length = float(seconds[last] - seconds[start])
            mean = 60 * (last - start) / length
            beyond = mean < BRADYCARDIA_BPM if code == "bradycardia" else mean > TACHYCARDIA_BPM
            if length < _SHORTEST_EPISODE_S or not beyond:
                continue
            extreme = rate[start:stop].min() if code == "bradycardia" else rate[start:stop].max()
            word = "lowest" if code == "bradycardia" else "highest"
            detail = f"{mean:.0f}/min over {number(length)} s, {word} {extreme:.0f}/min."
            facts.append(
                RhythmFact(code, label, float(seconds[start]), length, detail, last - start + 1, mean)
            )
    return facts


def _ectopic_runs(classes: npt.NDArray[np.str_], joined: Bools, letter: str) -> tuple[Int64, Int64]:
    """Return first beat and number of beats of each unbroken row of beats of one class."""
    of_class = classes == letter
    begins = of_class.copy()
    begins[1:] &= ~(of_class[:-1] & joined)
    first = np.flatnonzero(begins).astype(np.int64)
    members = np.flatnonzero(of_class)
    last = np.append(np.searchsorted(members, first)[1:], members.size)
    return first, (last - np.searchsorted(members, first)).astype(np.int64)


def _groups(seconds: Float64, classes: npt.NDArray[np.str_], joined: Bools, letter: str) -> list[RhythmFact]:
    """Couplets and runs."""
    facts = []
    word = _ECTOPIC[letter]
    first, size = _ectopic_runs(classes, joined, letter)
    for begin, n in zip(first[size >= 2].tolist(), size[size >= 2].tolist(), strict=True):
        length = float(seconds[begin + n - 1] - seconds[begin])
        rate = 60 * (n - 1) / length if length > 0 else None
        kind, label = ("couplet", f"{word.capitalize()} couplet")
        if n >= 3:
            kind, label = "run", f"{word.capitalize()} run"
        detail = f"{number(n)} {word} beats in a row" + (f" at {rate:.0f}/min." if rate else ".")
        facts.append(RhythmFact(f"{kind}_{letter}", label, float(seconds[begin]), length, detail, n, rate))
    return facts


def _alternations(
    seconds: Float64, classes: npt.NDArray[np.str_], joined: Bools, letter: str, name: str, between: int
) -> list[RhythmFact]:
    """Bigeminy (one N between ectopic beats) and trigeminy (two)."""
    ectopic = np.flatnonzero(classes == letter)
    if ectopic.size < FEWEST_CYCLES:
        return []
    foreign = np.concatenate(([0], np.cumsum(classes != "N")))
    broken = np.concatenate(([0], np.cumsum(~joined)))
    left, right = ectopic[:-1], ectopic[1:]
    linked = (
        (right - left == between + 1)
        & (foreign[right] == foreign[left + 1])
        & (broken[right] == broken[left])
    )
    facts = []
    for start, stop in zip(*(edge.tolist() for edge in runs(linked)), strict=True):
        n_ectopic = stop - start + 1
        if n_ectopic < FEWEST_CYCLES:
            continue
        begin, end = int(ectopic[start]), int(ectopic[stop])
        lead_in = max(begin - between, 0)  # the N beats that open the first cycle
        if foreign[begin] == foreign[lead_in] and broken[begin] == broken[lead_in]:
            begin = lead_in
        length = float(seconds[end] - seconds[begin])
        every = "second" if between == 1 else "third"
        detail = f"{number(n_ectopic)} {_ECTOPIC[letter]} beats, every {every} beat."
        label = f"{_ECTOPIC[letter].capitalize()} {name}"
        rate = 60 * (end - begin) / length if length > 0 else None
        onset = float(seconds[begin])
        facts.append(RhythmFact(f"{name}_{letter}", label, onset, length, detail, end - begin + 1, rate))
    return facts


def _overall(
    classes: npt.NDArray[np.str_],
    joined: Bools,
    counts: dict[str, int],
    burden: dict[str, float],
    hrv: HRV,
    irregularity: float | None,
    entropy: float | None,
) -> list[RhythmFact]:
    """Facts about the whole recording."""
    if not classes.size:
        return [RhythmFact("no_beats", "No beats", None, None, "No beats were found.")]
    facts = []
    for letter, word in _ECTOPIC.items():
        single = int(np.count_nonzero(_ectopic_runs(classes, joined, letter)[1] == 1))
        if single:
            detail = f"{number(single)} {word} beat{'s' if single > 1 else ''} alone between others."
            label = f"Isolated {word} beats"
            facts.append(RhythmFact(f"isolated_{letter}", label, None, None, detail, single))
        if counts[letter]:
            detail = f"{number(counts[letter])} of {number(classes.size)} beats, {burden[letter]:.2g} %."
            label = f"{word.capitalize()} burden"
            facts.append(RhythmFact(f"burden_{letter}", label, None, None, detail, counts[letter]))
    if irregularity is not None:
        detail = (
            f"Neighbouring normal intervals differ by {100 * irregularity:.1f} % of their mean (RMSSD "
            f"{hrv.rmssd_ms:.0f} ms, mean {hrv.mean_nn_ms:.0f} ms)"
        )
        detail += f"; coefficient of sample entropy {number(entropy, 2)}." if entropy is not None else "."
        facts.append(RhythmFact("irregularity", "Irregularity", None, None, detail, hrv.n_nn))
    return facts


def _sample_entropy(rr: Float64, is_nn: Bools) -> float | None:
    """Median coefficient of sample entropy over stretches of 12 NN intervals in a row, m = 1."""
    begins = [
        np.arange(start, stop - _ENTROPY_LENGTH + 1, _ENTROPY_LENGTH)
        for start, stop in zip(*(edge.tolist() for edge in runs(is_nn)), strict=True)
        if stop - start >= _ENTROPY_LENGTH
    ]
    if not begins:
        return None
    stretches = rr[np.concatenate(begins)[:, None] + np.arange(_ENTROPY_LENGTH)]
    one, two = np.triu_indices(_ENTROPY_LENGTH - 1, k=1)
    short = np.abs(stretches[:, one] - stretches[:, two])
    long = np.maximum(short, np.abs(stretches[:, one + 1] - stretches[:, two + 1]))
    # Equal up to rounding counts as a match, whatever the rate the positions were taken at.
    fifth = np.partition(long, _ENTROPY_MATCHES - 1, axis=1)[:, _ENTROPY_MATCHES - 1]
    r = np.maximum(fifth, _ENTROPY_TOLERANCE_S)[:, None] + 1e-9
    entropy = np.log((short <= r).sum(axis=1) / (long <= r).sum(axis=1))
    return float(np.median(entropy + np.log(2 * r[:, 0]) - np.log(stretches.mean(axis=1))))
