"""Which channels of a file are ECG leads, and the factor that turns each into millivolt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from einthoven.errors import FormatError, MissingInformationError
from einthoven.recording import millivolt_factor

# Voltages that are recorded beside an ECG and must never be searched for heart beats.
_OTHER_VOLTAGE = re.compile(
    r"^(eeg|emg|eog|eng|egg|gsr|chin|leg"
    r"|resp|breath|thor|abdo|snor|flow|airflow|pleth|ppg|spo2|sao2"
    r"|abp|art\b|pap\b|cvp|icp|nibp|bp\b"
    r"|temp|accel|acc[ _]|position|light|marker|trigger|event|status|dc\d"
    # electrodes of the 10-20 system
    r"|(fp[12z]|f[3478z]|c[34z]|p[34z]|o[12z]|t[3-6]|a[12]|m[12])(?=$|[-:]))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel that is kept: its place in the file and its factor to millivolt."""

    index: int
    factor: float


def is_millivolt(unit: str) -> bool:
    """Whether ``unit`` is a voltage this package knows."""
    try:
        millivolt_factor(unit)
    except MissingInformationError:
        return False
    return True


def choose_channels(
    labels: Sequence[str],
    units: Sequence[str | None],
    *,
    unit: str | None,
    what: str,
    default_unit: str | None = None,
    overrule: bool = False,
) -> tuple[list[Channel], list[str]]:
    """Keep the channels that can be an ECG.

    Args:
        labels: the file's own label of each channel.
        units: what the file states for each, None where it states nothing.
        unit: what the user stated, or None.
        what: the file, for messages.
        default_unit: what the format's specification says where the file states nothing, or None.
        overrule: the user's unit goes before the file's where they contradict each other.

    Returns:
        The channels kept, and warnings of those left out or read against the file, if any.

    Raises:
        FormatError: no channel is left, or the user's unit contradicts the file's and may not overrule it.
        MissingInformationError: voltage channels are there but nobody states their unit.
    """
    kept: list[Channel] = []
    dropped: list[str] = []
    unstated: list[str] = []
    overruled: list[str] = []
    for index, (label, stated) in enumerate(zip(labels, units, strict=True)):
        if stated is not None and not is_millivolt(stated):
            dropped.append(f"{label} ({stated})")
        elif _OTHER_VOLTAGE.match(label.strip()):
            dropped.append(f"{label} (no ECG)")
        elif stated is None and unit is None and default_unit is None:
            unstated.append(label)
        else:
            if stated is not None and unit is not None and millivolt_factor(stated) != millivolt_factor(unit):
                if not overrule:
                    raise FormatError(
                        f"{what} states the unit {stated} for lead {label}, but {unit} was given. "
                        "Leave the unit out, or correct the file."
                    )
                overruled.append(f"{stated} for {label}")
                stated = None
            kept.append(Channel(index, millivolt_factor(stated or unit or default_unit or "")))
    if unstated and not kept:
        raise MissingInformationError(
            f"{what} does not state the unit of {', '.join(unstated)}.", "unit", "mV"
        )
    if not kept:
        seen = ", ".join(dropped) or "none"
        raise FormatError(
            f"{what} has no ECG lead; its channels are: {seen}. Allowed are channels in V, mV, uV or nV."
        )
    warnings = []
    if overruled:
        warnings.append(f"Read in {unit} as asked, against the file, which states {', '.join(overruled)}.")
    if dropped:
        warnings.append(f"Left out, not an ECG lead: {', '.join(dropped)}.")
    if unstated:
        warnings.append(f"Left out, no unit stated: {', '.join(unstated)}. State it, and they are read.")
    return kept, warnings


def check_rate(stated: float, given: float | None, what: str) -> None:
    """Refuse a rate from the user that contradicts the file's.

    Raises:
        FormatError: both are named in the message.
    """
    if given is not None and abs(given - stated) > 1e-3 * stated:
        raise FormatError(
            f"{what} states {stated:g} Hz, but {given:g} Hz was given. Leave the rate out, or correct the "
            "file."
        )
