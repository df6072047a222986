"""Made-up rhythms for training: when beats come and of which class, over minutes to half an hour.

Data sets hold few patients, so a network learns their rhythms by heart. Here rhythms are drawn at random
from what cardiology describes: sinus rhythm at any rate, with respiratory arrhythmia and slow drift; atrial
premature beats alone, in bigeminy, trigeminy, couplets, short and long runs; an ectopic atrial rhythm broken
by long pauses, where ectopic beats are the majority; fibrillation and flutter, whose irregular beats are
normal by AAMI; pauses and blocked beats; ventricular premature beats, runs, escape rhythms and fusion beats.
The ranges are ours, chosen wide; no patient's rhythm is copied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

Kind = Literal["N", "S", "V", "F", "fibrillation"]  # the last is N without a P wave
Plan = list[tuple[float, Kind]]  # RR interval before the beat in seconds, and its kind

SHORTEST, LONGEST = 0.26, 5.0  # s, of any RR interval


@dataclass
class Sinus:
    """A sinus node: mean interval, respiratory arrhythmia, beat-to-beat jitter, slow drift."""

    chance: np.random.Generator
    usual: float  # s
    interval: float  # s, of now

    def __post_init__(self) -> None:
        choice, uniform = self.chance.choice, self.chance.uniform
        self.respiration = float(choice([0, 0.01, 0.03, 0.08, 0.15], p=[0.25, 0.25, 0.25, 0.15, 0.1]))
        self.breath = float(uniform(3, 6))  # s
        self.jitter = float(choice([0.004, 0.01, 0.02, 0.04]))
        self.drift, self.direction = 0.0, 1.0
        self.phase = self.wander = 0.0

    def settle(self) -> None:
        """Take up another rate and another drift, as between episodes."""
        self.interval = self.usual * float(np.exp(self.chance.normal(0, 0.12)))
        self.drift = float(self.chance.choice([0, 0.0005, 0.002, 0.004]))
        self.direction = float(self.chance.choice([-1, 1]))

    def next(self) -> float:
        """Return the next RR interval in seconds."""
        if self.chance.random() < 0.02:
            self.direction = -self.direction
        step = self.direction * self.drift * self.chance.random() * 2
        self.interval = float(np.clip(self.interval * np.exp(step), 0.6 * self.usual, 1.5 * self.usual))
        self.phase += 2 * np.pi * self.interval / self.breath
        self.wander = 0.9 * self.wander + self.chance.normal(0, self.jitter)
        return self.interval * float(np.exp(self.respiration * np.sin(self.phase) + self.wander))


Regime = Callable[[np.random.Generator, Sinus], Iterator[Plan]]


def _about(chance: np.random.Generator, value: float, spread: float) -> float:
    return value * float(np.exp(chance.normal(0, spread)))


def _rarely(chance: np.random.Generator) -> float:
    return float(chance.choice([0.02, 0.05, 0.1, 0.2]))


def regular(chance: np.random.Generator, sinus: Sinus) -> Iterator[Plan]:
    """Yield sinus beats only."""
    while True:
        yield [(sinus.next(), "N")]


def drifting(chance: np.random.Generator, sinus: Sinus) -> Iterator[Plan]:
    """Yield sinus beats whose rate wanders far, as with exercise: fast is not premature."""
    while True:
        sinus.interval = float(np.clip(_about(chance, sinus.interval, 0.012), 0.4, 1.5))
        yield [(sinus.next(), "N")]


def _premature(longest: int) -> Regime:
    def regime(chance: np.random.Generator, sinus: Sinus) -> Iterator[Plan]:
        """Yield sinus beats with groups of atrial premature beats and a resetting pause after each."""
        coupling, often, later = chance.uniform(0.45, 0.85), _rarely(chance), chance.uniform(0.5, 0.9)
        while True:
            rr = sinus.next()
            if chance.random() >= often:
                yield [(rr, "N")]
                continue
            more = longest - 1 if longest < 3 else int(chance.integers(2, longest))
            plan: Plan = [(rr * min(_about(chance, coupling, 0.05), 0.9), "S")]
            within = rr * min(0.95, _about(chance, later, 0.05))
            plan += [(_about(chance, within, 0.03), "S") for _ in range(more)]
            yield [*plan, (rr * chance.uniform(0.95, 1.35), "N")]

    return regime


def _alternating(normal: int) -> Regime:
    def regime(chance: np.random.Generator, sinus: Sinus) -> Iterator[Plan]:
        """Yield atrial bigeminy (one normal beat each) or trigeminy (two)."""
        coupling = chance.uniform(0.45, 0.85)
        while True:
            rr = sinus.next()
            early: Plan = [(rr * _about(chance, coupling, 0.03), "S"), (rr * chance.uniform(0.97, 1.25), "N")]
            broken = normal == 1 and chance.random() >= 0.93
            before: Plan = [(rr, "N")] * (normal - 1)
            yield [(rr, "N")] if broken else before + early

    return regime


def tachycardia(chance: np.random.Generator, sinus: Sinus) -> Iterator[Plan]:
    """Yield long runs of supraventricular tachycardia that begin and end at once."""
    coupling = chance.uniform(0.45, 0.85)
    while True:
        n = int(np.exp(chance.uniform(np.log(20), np.log(1500))))
        rr = max(sinus.interval * chance.uniform(0.4, 0.8), 0.28)
        plan: Plan = [(sinus.next() * coupling, "S")]
        for _ in range(n):
            rr = _about(chance, rr, 0.006)
            plan.append((_about(chance, rr, 0.01), "S"))
        plan.append((sinus.next() * chance.uniform(1, 1.8), "N"))
        yield plan + [(sinus.next(), "N") for _ in range(int(chance.integers(10, 80)))]


def ectopic_majority(chance: np.random.Generator, sinus: Sinus) -> Iterator[Plan]:
    """Yield an ectopic atrial rhythm broken by pauses that a few sinus beats end."""
    typical, later = chance.integers(2, 9), chance.uniform(0.5, 0.9)
    pause = chance.uniform(1.3, 3.0)
    while True:
        rr = sinus.next()
        n = max(1, int(chance.poisson(typical)))
        plan: Plan = [(_about(chance, rr * later, 0.05), "S") for _ in range(n)]
        plan.append((_about(chance, rr * pause, 0.12), "N"))
        if chance.random() < 0.3:
            plan.append((rr * chance.uniform(0.95, 1.4), "N"))
        yield plan


def fibrillation(chance: np.random.Generator, sinus: Sinus) -> Iterator[Plan]:
    """Yield atrial fibrillation: no order from one interval to the next; some ventricular beats."""
    mean = max(0.42, sinus.interval * chance.uniform(0.45, 1.1))
    spread, skew = chance.uniform(0.12, 0.3), 0.8 * chance.choice([1.0, 2.0])
    ectopic, coupling = float(chance.choice([0, 0, 0.03, 0.15])), chance.uniform(0.45, 0.8)
    level = 0.0
    while True:
        level = 0.8 * level + chance.normal(0, 0.05)
        deviation = chance.normal(0, spread)
        deviation *= 1.0 if deviation < 0 else skew
        plan: Plan = [(max(0.32, mean * float(np.exp(level + deviation))), "fibrillation")]
        if chance.random() < ectopic:
            plan = [(max(0.3, _about(chance, mean * coupling, 0.05)), "V")]
            plan.append((mean * chance.uniform(0.8, 1.6), "fibrillation"))
        yield plan


def flutter(chance: np.random.Generator, sinus: Sinus) -> Iterator[Plan]:
    """Yield atrial flutter: intervals are whole numbers of flutter waves, mostly in a repeating order."""
    wave, order, place = chance.uniform(0.18, 0.3), chance.choice([2, 3, 4], int(chance.integers(3, 8))), 0
    while True:
        place += 1
        waves = order[place % len(order)] if chance.random() < 0.8 else chance.choice([2, 3, 4])
        yield [(max(0.3, _about(chance, wave * float(waves), 0.01)), "fibrillation")]


def blocked(chance: np.random.Generator, sinus: Sinus) -> Iterator[Plan]:
    """Yield second-degree block: every few beats one is missing."""
    every, place = int(chance.integers(2, 6)), 0
    while True:
        place += 1
        yield [(sinus.next() * (1.9 if place % every == 0 else 1.0), "N")]


def pausing(chance: np.random.Generator, sinus: Sinus) -> Iterator[Plan]:
    """Yield sinus beats with pauses now and then."""
    while True:
        pause = chance.uniform(1.4, 2.6) if chance.random() < 0.08 else 1.0
        yield [(sinus.next() * pause, "N")]


def _ventricular(bigeminy: bool = False, runs: bool = False, atrial: bool = False) -> Regime:
    def regime(chance: np.random.Generator, sinus: Sinus) -> Iterator[Plan]:
        """Yield ventricular premature beats with a compensatory pause or none."""
        often, atrial_coupling = _rarely(chance), chance.uniform(0.45, 0.85)
        while True:
            rr, drawn = sinus.next(), chance.random()
            if bigeminy or drawn < often:
                coupling = rr * chance.uniform(0.4, 0.8)
                plan: Plan = [(coupling, "V")]
                if runs:
                    n = int(chance.integers(1, 6))
                    plan += [(coupling * chance.uniform(0.8, 1.1), "V") for _ in range(n)]
                compensated = chance.random() < 0.8
                after = max(0.4, 2 * rr - coupling) if compensated else max(0.35, rr - coupling + 0.1)
                yield [*plan, (after, "N")]
            elif atrial and drawn < 2 * often:
                yield [
                    (rr * _about(chance, atrial_coupling, 0.05), "S"),
                    (rr * chance.uniform(0.95, 1.3), "N"),
                ]
            else:
                yield [(rr, "N")]

    return regime


def ventricular_escape(chance: np.random.Generator, sinus: Sinus) -> Iterator[Plan]:
    """Yield stretches of ventricular rhythm at about the sinus rate: ectopic beats need not be early."""
    while True:
        rr = sinus.next()
        if chance.random() >= 0.06:
            yield [(rr, "N")]
            continue
        within = rr * chance.uniform(0.85, 1.3)
        plan: Plan = [(rr * chance.uniform(0.8, 1.4), "V")]
        plan += [(_about(chance, within, 0.02), "V") for _ in range(int(chance.integers(1, 15)))]
        yield [*plan, (rr * chance.uniform(0.7, 1.2), "N")]


def fusing(chance: np.random.Generator, sinus: Sinus) -> Iterator[Plan]:
    """Yield ventricular premature beats, some so late that they fuse with the normal beat."""
    often = _rarely(chance)
    while True:
        rr, drawn = sinus.next(), chance.random()
        if drawn < often:
            coupling = rr * chance.uniform(0.5, 0.85)
            yield [(coupling, "V"), (2 * rr - coupling, "N")]
        elif drawn < 2.5 * often:
            yield [(rr * chance.uniform(0.88, 1.0), "F")]
        else:
            yield [(rr, "N")]


# How often an episode of each rhythm is drawn, and whether it needs ventricular beats.
REGIMES: dict[str, tuple[Regime, float, bool]] = {
    "regular": (regular, 2.0, False),
    "drifting": (drifting, 2.0, False),
    "atrial premature beats": (_premature(1), 4.0, False),
    "atrial couplets": (_premature(2), 1.0, False),
    "atrial runs": (_premature(15), 2.0, False),
    "atrial bigeminy": (_alternating(1), 1.5, False),
    "atrial trigeminy": (_alternating(2), 1.0, False),
    "supraventricular tachycardia": (tachycardia, 0.8, False),
    "ectopic majority": (ectopic_majority, 2.2, False),
    "atrial fibrillation": (fibrillation, 2.5, False),
    "atrial flutter": (flutter, 0.7, False),
    "second-degree block": (blocked, 0.5, False),
    "pauses": (pausing, 0.8, False),
    "ventricular premature beats": (_ventricular(), 2.0, True),
    "ventricular bigeminy": (_ventricular(bigeminy=True), 0.7, True),
    "ventricular runs": (_ventricular(runs=True), 0.5, True),
    "atrial and ventricular beats": (_ventricular(atrial=True), 1.0, True),
    "ventricular escape": (ventricular_escape, 0.3, True),
    "fusion": (fusing, 0.8, True),
}


def draw_rhythm(chance: np.random.Generator, duration: float, rr: float, ventricular: bool) -> Plan:
    """Draw a rhythm of one episode after another.

    Args:
        chance: source of chance.
        duration: length in seconds.
        rr: usual sinus interval in seconds.
        ventricular: whether ventricular beats may come.

    Returns:
        RR interval before each beat, in seconds, and its kind. One rhythm in five is fibrillation or flutter
        throughout.
    """
    sinus = Sinus(chance, rr, rr)
    names = [name for name, (_, _, needs) in REGIMES.items() if ventricular or not needs]
    odds = np.array([REGIMES[name][1] for name in names])
    drawn = chance.random()
    only = "atrial fibrillation" if drawn < 0.15 else "atrial flutter" if drawn < 0.2 else None
    plan: Plan = []
    now = 0.0
    while now < duration:
        sinus.settle()
        end = now + chance.uniform(20, 150)
        episode = REGIMES[only or str(chance.choice(names, p=odds / odds.sum()))][0](chance, sinus)
        while now < end:
            for interval, kind in next(episode):
                held = float(np.clip(interval, SHORTEST, LONGEST))
                if kind in "VF" and not ventricular:
                    kind = "fibrillation"
                plan.append((held, kind))
                now += held
    return plan
