"""The shared vocabulary."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.errors import MissingInformationError, SignalError
from einthoven.recording import (
    AAMI_OF_SYMBOL,
    STANDARD_LEADS,
    Beats,
    Recording,
    millivolt_factor,
    normalise_lead,
)


@pytest.mark.parametrize(
    ("label", "lead"),
    [
        ("AVR", "aVR"), ("avr", "aVR"), ("Lead aVR", "aVR"), ("MDC_ECG_LEAD_AVR", "aVR"), ("ECG II", "II"),
        ("EKG V5", "V5"),
        ("lead_v1", "V1"), (" ii ", "II"), ("Lead 2", "II"), ("d1", "I"), ("MLII", "MLII"), ("ml II", "MLII"),
        ("Lead I (Einthoven)", "I"), ("v3r", "V3R"), ("Channel V2", "V2"), ("ECG Lead II", "II"), ("vx", "X"),
    ],
)  # fmt: skip
def test_known_leads(label: str, lead: str) -> None:
    assert normalise_lead(label) == lead


@pytest.mark.parametrize(
    "label", ["ECG1", "ECG2", "2", "Resp", "noise1", "chan 7", "V10", "", "lead", "ECG", "aVRx", "ABP"]
)
def test_unknown_labels_stay(label: str) -> None:
    assert normalise_lead(label) == label


@given(st.text(max_size=30))
def test_normalising_twice_changes_nothing(label: str) -> None:
    once = normalise_lead(label)
    assert normalise_lead(once) == once


@given(
    lead=st.sampled_from(STANDARD_LEADS),
    prefix=st.sampled_from(["", "Lead ", "ECG ", "MDC_ECG_LEAD_", "ekg-", "ECG lead "]),
    change=st.sampled_from([str, str.upper, str.lower]),
)
def test_every_standard_lead_in_every_dress(lead: str, prefix: str, change: type) -> None:
    assert normalise_lead(change(prefix + lead)) == lead


@pytest.mark.parametrize(
    ("unit", "factor"), [("mV", 1), ("uV", 1e-3), ("µV", 1e-3), ("μV", 1e-3), ("V", 1e3), ("nV", 1e-6)]
)
def test_units(unit: str, factor: float) -> None:
    assert millivolt_factor(unit) == factor
    assert millivolt_factor(f" {unit.upper()} ") == factor


def test_unknown_unit() -> None:
    with pytest.raises(MissingInformationError, match=r"'mVV' is not known.*Did you mean 'mV'"):
        millivolt_factor("mVV")


def test_beats_keep_only_beats() -> None:
    beats = Beats.from_symbols([1, 2, 3, 4], ["+", "N", "~", "/"])
    assert beats.symbols is not None
    assert (beats.samples.tolist(), beats.classes.tolist(), beats.symbols.tolist()) == (
        [2, 4],
        ["N", "Q"],
        ["N", "/"],
    )


def test_members_of_the_aami_classes() -> None:
    assert {s: AAMI_OF_SYMBOL[s] for s in "NLRejAaJSVEF/fQ"} == dict(
        zip("NLRejAaJSVEF/fQ", "NNNNNSSSSVVFQQQ", strict=True)
    )


def test_beats_that_cannot_be() -> None:
    with pytest.raises(SignalError, match="2 beat positions but 1 classes"):
        Beats(np.array([1, 2]), np.array(["N"]))
    with pytest.raises(SignalError, match="increasing"):
        Beats(np.array([2, 1]), np.array(["N", "N"]))
    with pytest.raises(SignalError, match="'X'"):
        Beats(np.array([1]), np.array(["X"]))


def test_recordings_that_cannot_be() -> None:
    with pytest.raises(SignalError, match="n_leads, n_samples"):
        Recording(np.zeros(5), 100, ("II",))
    with pytest.raises(SignalError, match="1 lead names for 2 signals"):
        Recording(np.zeros((2, 5)), 100, ("II",))
    for fs in (0, -1, float("nan"), float("inf")):
        with pytest.raises(MissingInformationError, match="positive"):
            Recording(np.zeros((1, 5)), fs, ("II",))


def test_recording_facts() -> None:
    recording = Recording(np.zeros((2, 500)), 250, ("I", "II"))
    assert (recording.n_leads, recording.n_samples, recording.duration, recording.signals.dtype) == (
        2,
        500,
        2.0,
        np.float32,
    )
