"""Leads that are not what their names say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.formats import read
from einthoven.recording import STANDARD_LEADS, Recording
from einthoven.signal.lead_checks import (
    check_amplitude,
    check_arm_leads,
    check_identical,
    check_leads,
    check_limb_leads,
)
from einthoven.signal.quality import assess_quality
from einthoven.signal.simulator import simulate


@pytest.fixture(scope="module")
def normal() -> Recording:
    recording = simulate(duration=20.0, fs=500.0, leads=STANDARD_LEADS, seed=2)
    rows = dict(zip(recording.leads, recording.signals.copy(), strict=True))
    one, two = 1.6 * rows["I"], rows["II"]  # an axis of about 30 degrees: aVL points up
    rows["I"] = one
    rows |= {"III": two - one, "aVR": -(one + two) / 2, "aVL": one - two / 2, "aVF": two - one / 2}
    return replace(recording, signals=np.stack([rows[name] for name in recording.leads]))


def peaks(recording: Recording) -> np.ndarray:
    assert recording.beats is not None
    return recording.beats.samples


def changed(recording: Recording, **rows: np.ndarray) -> Recording:
    signals = recording.signals.copy()
    for name, values in rows.items():
        signals[recording.leads.index(name)] = values
    return replace(recording, signals=signals)


def arms_swapped(recording: Recording) -> Recording:
    row = dict(zip(recording.leads, recording.signals, strict=True))
    return changed(recording, I=-row["I"], II=row["III"], III=row["II"], aVR=row["aVL"], aVL=row["aVR"])


def test_nothing_is_said_where_nothing_is_wrong(normal: Recording) -> None:
    assert check_leads(normal, peaks(normal)) == ()


def test_swapped_arms_are_told_with_the_other_explanation(normal: Recording) -> None:
    (sentence,) = check_leads(arms_swapped(normal), peaks(normal))
    assert "arm leads seem to be swapped" in sentence
    assert "lead I is upside down, aVR is upright" in sentence
    assert "dextrocardia" in sentence


def test_swapped_arms_are_told_from_two_limb_leads_and_v6(normal: Recording) -> None:
    swapped = arms_swapped(normal)
    keep = [swapped.leads.index(name) for name in ("I", "II", "V6")]
    few = replace(swapped, signals=swapped.signals[keep], leads=("I", "II", "V6"))
    assert "arm leads seem to be swapped" in check_leads(few, peaks(normal))[0]


def test_without_a_witness_or_with_a_heart_on_the_right_it_stays_open(normal: Recording) -> None:
    swapped = arms_swapped(normal)
    limb = replace(swapped, signals=swapped.signals[:6], leads=swapped.leads[:6])
    right = changed(swapped, V6=-swapped.signals[11], V5=-swapped.signals[10], V4=-swapped.signals[9])
    for recording in (limb, right):
        (sentence,) = check_arm_leads(recording, peaks(normal))
        assert "dextrocardia or an extreme axis, or swapped arm leads" in sentence


def test_arm_leads_need_beats(normal: Recording) -> None:
    swapped = arms_swapped(normal)
    assert check_arm_leads(swapped, ()) == ()
    assert check_arm_leads(swapped, peaks(normal)[:2]) == ()


def test_a_broken_law_is_told_with_its_size_and_the_remedy(normal: Recording) -> None:
    row = dict(zip(normal.leads, normal.signals, strict=True))
    (sentence,) = check_limb_leads(changed(normal, aVF=-row["aVF"]))
    assert "aVF differs from II \u2212 I / 2 by" in sentence
    assert "With aVF turned upside down they would." in sentence
    (sentence,) = check_limb_leads(changed(normal, II=-row["II"]))
    assert "With II turned upside down" in sentence
    (sentence,) = check_limb_leads(changed(normal, III=row["V1"], aVR=row["V3"]))
    assert "misnamed, inverted, or were not recorded at the same time" in sentence


def test_leads_scaled_one_by_one_are_told_as_such(normal: Recording) -> None:
    row = dict(zip(normal.leads, normal.signals, strict=True))
    (sentence,) = check_limb_leads(changed(normal, I=1.5 * row["I"], III=1.9 * row["III"]))
    assert "scaled one by one (III = 1.90 II \u2212 1.27 I)" in sentence
    assert "axis are not to be trusted" in sentence


def test_offsets_noise_and_small_errors_do_not_break_the_law(normal: Recording) -> None:
    noise = np.random.default_rng(1).normal(0, 0.02, normal.signals.shape).astype(np.float32)
    offset = np.arange(12, dtype=np.float32)[:, np.newaxis]
    assert check_limb_leads(replace(normal, signals=normal.signals * 1.02 + noise + offset)) == ()


def test_leads_that_follow_one_another_cannot_be_compared(normal: Recording) -> None:
    signals = np.full_like(normal.signals, np.nan)
    for i in range(12):
        column = slice(i // 3 * 2500, i // 3 * 2500 + 2500)
        signals[i, column] = normal.signals[i, column] + (i // 3)
    assert check_limb_leads(replace(normal, signals=signals)) == ()


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        (1000, "about 1\u202f000 times too large. The numbers look like microvolt declared as millivolt"),
        (50, "times too large. The numbers look like raw converter values or a wrong gain"),
        (1e-3, "about 1\u202f000 times too small. The numbers look like millivolt declared as microvolt"),
    ],
)
def test_an_implausible_amplitude_is_told_with_its_factor(
    normal: Recording, factor: float, said: str
) -> None:
    (sentence,) = check_amplitude(replace(normal, signals=normal.signals * np.float32(factor)))
    assert said in sentence


@pytest.mark.parametrize("factor", [0.2, 1, 3])
def test_small_and_large_hearts_are_plausible(normal: Recording, factor: float) -> None:
    assert check_amplitude(replace(normal, signals=normal.signals * np.float32(factor))) == ()


def test_identical_leads_are_named(normal: Recording) -> None:
    row = dict(zip(normal.leads, normal.signals, strict=True))
    twice = changed(normal, V5=row["V6"], V2=row["V1"])
    assert check_identical(twice) == (
        "Leads V1 and V2 are identical: one was copied or connected twice.",
        "Leads V5 and V6 are identical: one was copied or connected twice.",
    )


def test_flat_leads_are_the_business_of_the_quality(normal: Recording) -> None:
    flat = changed(normal, V2=np.zeros(normal.n_samples), V3=np.zeros(normal.n_samples))
    assert check_leads(flat, peaks(normal)) == ()
    verdict = {lead.lead: lead for lead in assess_quality(flat)}
    assert not verdict["V2"].usable
    assert verdict["V2"].reasons == ("it is flat throughout",)


@pytest.mark.parametrize("shape", [(0, 0), (12, 0), (12, 1), (1, 5000), (12, 300)])
def test_whatever_was_recorded_nothing_breaks(shape: tuple[int, int]) -> None:
    for fill in (0.0, np.nan):
        recording = Recording(np.full(shape, fill, np.float32), 500.0, STANDARD_LEADS[: shape[0]])
        assert check_leads(recording, [0, 100]) == ()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.lists(st.integers(0, 4999), max_size=30), st.floats(50, 1000))
def test_noise_gives_sentences_or_none(seed: int, beats: list[int], fs: float) -> None:
    signals = np.random.default_rng(seed).normal(size=(12, 5000)).astype(np.float32)
    signals[seed % 12, :: 1 + seed % 7] = np.nan
    for sentence in check_leads(Recording(signals, fs, STANDARD_LEADS), sorted(beats)):
        assert sentence.endswith(".")


def test_a_real_record_with_its_arms_swapped(data_root: Path) -> None:
    from einthoven.signal.rpeaks import detect_r_peaks

    recording = read(data_root / "ludb" / "data" / "1.hea")
    found = detect_r_peaks(recording.signals, recording.fs)
    assert check_arm_leads(recording, found) == ()
    assert "arm leads seem to be swapped" in check_arm_leads(arms_swapped(recording), found)[0]
    assert "scaled one by one" in check_limb_leads(recording)[0]
