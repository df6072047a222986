"""New recordings from a real one: its own beats, laid out under a made-up rhythm.

A patient's P waves and QRS-T complexes are cut from regular normal beats and set down where the rhythm wants
them. The T wave is stretched with the rate; the P wave of an atrial ectopic beat takes another shape,
another distance or is lost, now and then its QRS is conducted aberrantly; ventricular beats come from
patients who have them; in fibrillation P waves give way to fibrillatory waves; conduction may change for
stretches of normal beats. Leads are rotated and noise is added. The truth is known for every beat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.models.beat_inputs import BAND, RATE
from einthoven.recording import Float32, Int64, Recording
from einthoven.signal.filters import bandpass
from einthoven.training.rhythms import Plan, draw_rhythm

Array = npt.NDArray[np.float64]

_PRE_QRS = 8  # samples before the R peak where the QRS piece begins
_QRS_END = 12  # samples after the R peak where the ST segment begins
_P_LENGTH = 34  # samples of the P piece
_V_BEFORE, _V_AFTER = 16, 74  # samples of a ventricular piece
_FEWEST = 50  # regular beats a recording must have to be a source


@dataclass(frozen=True, eq=False)
class Source:
    """A real recording ready to be taken apart.

    Attributes:
        signals: in units of the median QRS height of each lead, at ``RATE``, shape ``(n_leads, n_samples)``.
        positions: R peaks, int64, shape ``(n_beats,)``.
        rr_after: seconds to the next beat, shape ``(n_beats,)``.
        regular: indices of normal beats between normal beats, neither early nor late.
        ventricular: windows of ventricular beats, shape ``(n, n_leads, _V_BEFORE + _V_AFTER)``.
    """

    signals: Array
    positions: Int64
    rr_after: Array
    regular: Int64
    ventricular: Array


def take_apart(signals: Float32, positions: Int64, classes: npt.NDArray[np.str_]) -> Source | None:
    """Prepare a recording as a source; None if it has too few regular beats.

    Args:
        signals: millivolt at ``RATE``, shape ``(n_leads, n_samples)``, finite.
        positions: R peaks at ``RATE``, shape ``(n_beats,)``.
        classes: AAMI letters, shape ``(n_beats,)``.
    """
    x = bandpass(signals, RATE, *BAND).astype(np.float64)
    rr = np.diff(positions) / RATE
    if len(rr) < _FEWEST:
        return None
    usual = np.median(rr)
    inner = np.arange(1, len(positions) - 1)
    normal = classes == "N"
    before, after = rr[inner - 1], rr[inner]
    good = normal[inner] & normal[inner - 1] & normal[inner + 1]
    good &= (before > 0.8 * usual) & (after > 0.8 * usual) & (np.abs(np.log(after / before)) < 0.12)
    regular = inner[good]
    regular = regular[(positions[regular] > 60) & (positions[regular] < x.shape[1] - 100)]
    height = _height(x, positions)
    if len(regular) < _FEWEST or (height < 1e-2).any():
        return None
    x /= height[:, np.newaxis]
    rr_after = np.append(rr, usual)
    late_enough = (classes == "V") & (rr_after > 0.5) & (positions > _V_BEFORE)
    late_enough &= positions < x.shape[1] - _V_AFTER
    return Source(x, positions, rr_after, regular, _windows(x, positions[late_enough]))


def recompose(
    source: Source, ventricular: Sequence[Array], chance: np.random.Generator, duration: float, name: str = ""
) -> Recording:
    """Make a recording of ``source``'s beats under a new rhythm.

    Args:
        source: the patient whose normal beats are used.
        ventricular: ventricular windows to draw from, one array a patient; empty: no ventricular beats.
        chance: source of chance.
        duration: length in seconds.
        name: name of the recording.

    Returns:
        a recording at ``RATE`` with the true beats; samples are in units of the QRS height.
    """
    from einthoven.recording import Beats

    banks = [bank for bank in ventricular if len(bank) >= 5]
    rr = float(np.exp(chance.uniform(np.log(0.5), np.log(1.25))))
    plan = draw_rhythm(chance, duration, rr, bool(banks))
    times = 1 + np.cumsum([interval for interval, _ in plan])
    x = np.zeros((len(source.signals), int((times[-1] + 2) * RATE)))
    _lay_out(x, np.round(times * RATE).astype(np.int64), plan, source, banks, chance)
    x += _fibrillatory_waves(x.shape, times, plan, chance)
    x += _noise(x.shape, chance)
    if len(x) == 2 and chance.random() < 0.6:
        x = _rotation(chance) @ x
    classes = ["N" if kind == "fibrillation" else kind for _, kind in plan]
    beats = Beats(np.round(times * RATE).astype(np.int64), np.array(classes))
    leads = tuple(f"ECG{i + 1}" for i in range(len(x)))
    return Recording(x.astype(np.float32), RATE, leads, name=name, source="recomposed", beats=beats)


@dataclass(frozen=True, eq=False)
class _Focus:
    """An ectopic focus: what its P wave and, if it is conducted aberrantly, its QRS look like."""

    p_gain: Array
    p_shift: int
    p_stretch: float
    aberrant: bool
    mixing: Array
    widening: float


def _draw_focus(chance: np.random.Generator, n_leads: int) -> _Focus:
    look = chance.choice(["other", "same", "lost", "smaller"], p=[0.5, 0.12, 0.2, 0.18])
    gain = {
        "other": chance.uniform(-1.6, 1.6, n_leads),
        "same": np.ones(n_leads),
        "lost": np.zeros(n_leads),
        "smaller": chance.uniform(0.3, 0.9, n_leads),
    }[str(look)]
    return _Focus(
        gain,
        int(chance.normal(0, 3)),
        float(np.exp(chance.normal(0, 0.2))),
        bool(chance.random() < 0.12),
        chance.normal(0, 0.35, (n_leads, n_leads)),
        float(chance.uniform(1.1, 1.5)),
    )


class _Conduction:
    """Changes in the conduction of normal beats, as in intermittent bundle-branch block."""

    def __init__(self, chance: np.random.Generator, n_leads: int, usual_rr: float) -> None:
        self.chance = chance
        self.possible = chance.random() < 0.25
        self.mixing = chance.normal(0, 0.4, (n_leads, n_leads))
        self.widening = float(chance.uniform(1.0, 1.5))
        self.mode = str(chance.choice(["stretches", "rate", "single beats"]))
        self.limit = usual_rr * float(np.exp(chance.normal(0, 0.15)))
        self.changed = False

    def changes(self, rr: float) -> bool:
        """Tell whether the next normal beat, ``rr`` seconds after the last, is conducted differently."""
        if not self.possible:
            return False
        if self.mode == "stretches":
            self.changed ^= bool(self.chance.random() < 0.01)
        elif self.mode == "rate":
            self.changed = rr < self.limit
        else:
            self.changed = bool(self.chance.random() < 0.1)
        return self.changed


def _lay_out(
    x: Array, at: Int64, plan: Plan, source: Source, banks: Sequence[Array], chance: np.random.Generator
) -> None:
    n_leads = len(x)
    foci = [_draw_focus(chance, n_leads) for _ in range(int(chance.integers(1, 4)))]
    conduction = _Conduction(chance, n_leads, float(np.median([rr for rr, _ in plan])))
    ventricular = [
        (
            banks[int(chance.integers(len(banks)))],
            chance.uniform(0.8, 1.25) * chance.choice([-1, 1]),
            chance.random() < 0.3,
        )
        for _ in range(int(chance.integers(1, 3)) if banks else 0)
    ]
    focus = foci[0]
    place = int(chance.integers(len(source.regular)))
    for i, (rr, kind) in enumerate(plan):
        rr_next = plan[i + 1][0] if i + 1 < len(plan) else rr
        place = (place + 1 + int(chance.integers(0, 3))) % len(source.regular)
        share = 1.0
        if kind in ("V", "F"):
            share = 1.0 if kind == "V" else float(chance.uniform(0.3, 0.75))
            bank, gain, swapped = ventricular[int(chance.integers(len(ventricular)))]
            piece = bank[int(chance.integers(len(bank)))][:, : _V_BEFORE + int(rr_next * RATE * 0.95)]
            if swapped:
                piece = piece[::-1]
            _add(x, piece * gain * share * _taper(piece.shape[1], 6, 12), int(at[i]) - _V_BEFORE)
            if kind == "V":
                continue
        beat = source.regular[place]
        origin, rr_origin = int(source.positions[beat]), float(source.rr_after[beat])
        widening, mixing = 1.0, None
        if kind == "S" and focus.aberrant:
            widening, mixing = focus.widening, focus.mixing
        elif kind in ("N", "fibrillation") and conduction.changes(rr):
            widening, mixing = conduction.widening, conduction.mixing
        qrst = _qrst(source.signals, origin, rr_origin, rr_next, widening)
        if mixing is not None:
            qrst = qrst + mixing @ qrst
        before = int(_PRE_QRS * widening)
        qrst = qrst[:, : before + int(rr_next * RATE)]
        ramp = min(14, (qrst.shape[1] - before) // 3)
        weight = 1 - share if kind == "F" else 1.0
        _add(x, weight * qrst * _taper(qrst.shape[1], 3, ramp), int(at[i]) - before)
        if kind == "fibrillation":
            continue
        gain, shift, stretch = np.ones(n_leads), 0, 1.0
        if kind == "S":
            gain, shift, stretch = focus.p_gain, focus.p_shift, focus.p_stretch
            if i and plan[i - 1][1] != "S":
                focus = foci[int(chance.integers(len(foci)))]
        if gain.any():
            p = _p_wave(source.signals, origin, rr_origin, stretch) * gain[:, np.newaxis]
            _add(x, p, int(at[i]) - _PRE_QRS + 2 + shift - p.shape[1])


def _qrst(signals: Array, origin: int, rr_origin: float, rr_next: float, widening: float) -> Array:
    """A QRS-T piece whose QRS is widened and whose ST-T follows the next RR interval."""
    after = int(np.clip(int(rr_origin * RATE) - 24, 30, 70))
    piece = signals[:, origin - _PRE_QRS : origin + after]
    stretch = float(np.clip((rr_next / rr_origin) ** 0.4, 0.6, 1.25))
    edge = _PRE_QRS + _QRS_END
    qrs = np.linspace(0, edge - 1, int(edge * widening))
    st = edge + np.arange(round((after - _QRS_END) * stretch)) / stretch
    return _at(piece, np.concatenate([qrs, st]))


def _p_wave(signals: Array, origin: int, rr_origin: float, stretch: float) -> Array:
    length = int(min(_P_LENGTH, rr_origin * RATE * 0.4)) + 2
    end = origin - _PRE_QRS + 2
    piece = signals[:, end - length : end] * _taper(length, 8, 3)
    if abs(stretch - 1) <= 0.05:
        return piece
    return _at(piece, np.linspace(0, length - 1, max(6, int(length * stretch))))


def _at(piece: Array, places: Array) -> Array:
    index = np.arange(piece.shape[1])
    return np.stack([np.interp(places, index, lead) for lead in piece])


def _add(x: Array, piece: Array, begin: int) -> None:
    if begin >= 0 and begin + piece.shape[1] <= x.shape[1]:
        x[:, begin : begin + piece.shape[1]] += piece


def _taper(length: int, rise: int, fall: int) -> Array:
    """Return ones with half-cosine ramps at both ends, shape ``(length,)``."""
    weights = np.ones(length)
    for n, part in ((min(rise, length // 2), weights), (min(fall, length // 2), weights[::-1])):
        if n > 0:
            part[:n] = 0.5 - 0.5 * np.cos(np.pi * (np.arange(n) + 0.5) / n)
    return weights


def _fibrillatory_waves(
    shape: tuple[int, ...], times: Array, plan: Plan, chance: np.random.Generator
) -> Array:
    waves = np.zeros(shape)
    there = np.zeros(shape[1])
    for time, (rr, kind) in zip(times, plan, strict=True):
        if kind == "fibrillation":
            there[int((time - rr) * RATE) : int(time * RATE)] = 1
    if there.any():
        waves = bandpass(chance.normal(size=shape).astype(np.float32), RATE, 4.0, 8.5).astype(np.float64)
        waves *= chance.uniform(0.01, 0.09, (shape[0], 1)) / waves.std(axis=1, keepdims=True)
        waves *= np.convolve(there, np.ones(64) / 64, "same")
    return waves


def _noise(shape: tuple[int, ...], chance: np.random.Generator) -> Array:
    noise = bandpass(chance.normal(size=shape).astype(np.float32), RATE, 1.0, 30.0).astype(np.float64)
    return noise * np.exp(chance.uniform(np.log(0.005), np.log(0.06), (shape[0], 1)))


def _rotation(chance: np.random.Generator) -> Array:
    a, b = chance.normal(0, 0.5, 2)
    return np.array([[np.cos(a), np.sin(a)], [np.sin(b), np.cos(b)]])


def _height(x: Array, positions: Int64) -> Array:
    index = np.clip(positions[:, np.newaxis] + np.arange(-9, 10), 0, x.shape[1] - 1)
    windows = x[:, index]
    height: Array = np.median(windows.max(axis=2) - windows.min(axis=2), axis=1)
    return height


def _windows(x: Array, positions: Int64) -> Array:
    index = positions[:, np.newaxis] + np.arange(-_V_BEFORE, _V_AFTER)
    return np.ascontiguousarray(x[:, index].transpose(1, 0, 2))
