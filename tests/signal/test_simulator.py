"""Simulator and defects: ground truth, lead laws, beat timing, noise, limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.errors import SignalError
from einthoven.recording import STANDARD_LEADS, Beats, Recording
from einthoven.signal.defects import with_clipping, with_flat, with_gap, with_hum, with_inversion
from einthoven.signal.simulator import simulate

CLEAN = {"baseline_mv": 0.0, "muscle_mv": 0.0}


def beats_of(recording: Recording) -> Beats:
    assert recording.beats is not None
    return recording.beats


@settings(max_examples=25, deadline=None)
@given(
    fs=st.floats(50, 2000),
    duration=st.floats(0.1, 20),
    rate=st.floats(20, 250),
    seed=st.integers(0, 1000),
    s=st.floats(0, 0.5),
    v=st.floats(0, 0.5),
)
def test_any_rate_length_and_mixture(
    fs: float, duration: float, rate: float, seed: int, s: float, v: float
) -> None:
    got = simulate(duration, fs, heart_rate=rate, s_probability=s, v_probability=v, seed=seed)
    assert got.signals.shape == (2, max(round(duration * fs), 1))
    assert np.isfinite(got.signals).all()
    assert np.abs(got.signals).max() < 5
    beats = beats_of(got)
    assert ((beats.samples >= 0) & (beats.samples < got.n_samples)).all()
    assert (np.diff(beats.samples) > 0).all()


@pytest.mark.parametrize("fs", [128, 250, 360, 500, 1000])
def test_r_peaks_are_where_the_ground_truth_says(fs: float) -> None:
    got = simulate(60, fs, ("II", "V1", "I"), pattern="NNNNVNNS", **CLEAN)
    for sample, symbol in zip(beats_of(got).samples, beats_of(got).symbols, strict=True):
        reach = round(0.08 * fs)
        if not reach <= sample < got.n_samples - reach:
            continue
        around = got.signals[0, sample - reach : sample + reach + 1]
        # Q and S pull the top by a fraction of a millisecond; V is wide and ends in a second wave.
        assert abs(int(np.argmax(around)) - reach) <= max(1, round((0.005 if symbol == "V" else 0.001) * fs))


def test_the_laws_of_the_leads_hold_with_noise() -> None:
    got = simulate(20, 360, STANDARD_LEADS, muscle_mv=0.05, mains_mv=0.1, v_probability=0.2)
    lead = dict(zip(got.leads, got.signals.astype(float), strict=True))
    for one, other in (
        (lead["III"], lead["II"] - lead["I"]),
        (lead["aVR"], -(lead["I"] + lead["II"]) / 2),
        (lead["aVL"], (lead["I"] - lead["III"]) / 2),
        (lead["aVF"], (lead["II"] + lead["III"]) / 2),
    ):
        np.testing.assert_allclose(one, other, atol=2e-6)
    np.testing.assert_array_equal(simulate(5, 360, ("MLII",)).signals, simulate(5, 360, ("II",)).signals)


def test_shapes_look_like_an_ecg() -> None:
    got = simulate(30, 500, (*STANDARD_LEADS,), hrv_ms=0, heart_rate=60, **CLEAN)
    at = beats_of(got).samples[3]
    lead = dict(zip(got.leads, got.signals, strict=True))
    qrs, p, t = slice(at - 30, at + 30), slice(at - 110, at - 55), slice(at + 80, at + 220)
    assert 1.0 < np.ptp(lead["II"][qrs]) < 2.5
    assert 0.05 < lead["II"][p].max() < 0.25
    assert 0.1 < lead["II"][t].max() < 0.6
    assert lead["aVR"][qrs].min() < -0.7
    progression = [lead[f"V{k}"][qrs].max() / -lead[f"V{k}"][qrs].min() for k in range(1, 7)]
    assert progression[0] < 0.6
    assert progression[4] > 2
    assert (np.diff(progression[1:]) > 0).all()


def test_premature_beats_are_early_wide_and_followed_by_their_pause() -> None:
    got = simulate(60, 360, ("II",), pattern="NNNNNVNNNNNS", hrv_ms=0, heart_rate=60, **CLEAN)
    beats = beats_of(got)
    assert set(beats.symbols) == {"N", "A", "V"}
    rr = np.diff(beats.samples) / 360
    for i, symbol in enumerate(beats.symbols[1:-1], start=1):
        if symbol == "V":
            assert rr[i - 1] == pytest.approx(0.6, abs=0.06)
            assert rr[i - 1] + rr[i] == pytest.approx(2.0, abs=0.06)  # fully compensated
        if symbol == "A":
            assert rr[i - 1] == pytest.approx(0.65, abs=0.06)
            assert rr[i - 1] + rr[i] < 1.85  # not compensated: the sinus node was reset

    def width(sample: int) -> int:
        around = got.signals[0, sample - 40 : sample + 40]
        return int((around > around.max() / 2).sum())

    v = beats.samples[beats.symbols == "V"][0]
    n = beats.samples[beats.symbols == "N"][2]
    assert width(v) > 2 * width(n)
    before = slice(v - 80, v - 50)
    assert np.abs(got.signals[0, before]).max() < 0.6 * got.signals[0, n - 80 : n - 40].max()  # no P wave


def test_heart_rate_and_variability_are_as_asked() -> None:
    rr = np.diff(beats_of(simulate(600, 500, heart_rate=80, hrv_ms=50)).samples) / 500
    assert rr.mean() == pytest.approx(0.75, rel=0.02)
    assert rr.std() == pytest.approx(0.05, rel=0.1)


def test_the_seed_decides() -> None:
    one, two, three = (simulate(10, v_probability=0.2, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.signals, two.signals)
    assert not np.array_equal(one.signals, three.signals)


def test_noise_has_the_size_asked_for() -> None:
    clean = simulate(60, 500, ("II",), **CLEAN)
    muscle = simulate(60, 500, ("II",), baseline_mv=0, muscle_mv=0.1).signals - clean.signals
    assert muscle.std() == pytest.approx(0.1, rel=0.03)
    hum = simulate(60, 500, ("II",), **CLEAN, mains_mv=0.2, mains_hz=60).signals - clean.signals
    assert np.abs(hum).max() == pytest.approx(0.2, rel=0.02)
    noisy = simulate(60, 500, ("II",), baseline_mv=0, snr_db=6).signals - clean.signals
    assert 10 * np.log10(clean.signals.var() / noisy.var()) == pytest.approx(6, abs=0.3)


def test_chunks_leave_no_joints() -> None:
    long = simulate(1210, 100, ("II",), **CLEAN)
    short = simulate(1210, 100, ("II",), **CLEAN)
    step = np.abs(np.diff(long.signals[0]))
    assert step[59990:60010].max() <= step.max()
    np.testing.assert_array_equal(long.signals, short.signals)
    # A beat's waves lie on both sides of the joint at 600 s.
    near = beats_of(long).samples[np.argmin(np.abs(beats_of(long).samples - 60000))]
    assert long.signals[0, near] > 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"duration": 0}, "Duration 0"),
        ({"fs": 20}, "50 to 2000"),
        ({"leads": ("V7",)}, "Lead 'V7'"),
        ({"leads": ("MLI",)}, "Did you mean 'MLII'"),
        ({"leads": ()}, "one or more"),
        ({"heart_rate": 400}, "20 to 250"),
        ({"fs": 100, "mains_mv": 0.1, "mains_hz": 60}, "below 50 Hz"),
        ({"s_probability": 0.7, "v_probability": 0.7}, "sum"),
        ({"pattern": "NX"}, "N S V"),
        ({"pattern": ""}, "at least one"),
    ],
)
def test_what_cannot_be_simulated_is_said(options: dict[str, object], words: str) -> None:
    with pytest.raises(SignalError, match=words):
        simulate(**options)  # type: ignore[arg-type]


def test_defects_change_what_they_name_and_nothing_else() -> None:
    clean = simulate(10, 250, ("I", "II"))
    flat = with_flat(clean, "II", 2, 4)
    assert (flat.signals[1, 500:1000] == 0).all()
    np.testing.assert_array_equal(flat.signals[0], clean.signals[0])
    np.testing.assert_array_equal(flat.signals[1, 1000:], clean.signals[1, 1000:])
    assert flat.beats is clean.beats
    assert np.abs(with_clipping(clean, 0.4).signals).max() == pytest.approx(0.4)
    np.testing.assert_array_equal(with_inversion(clean, "I").signals[0], -clean.signals[0])
    gap = with_gap(clean, 3, 5)
    assert np.isnan(gap.signals[:, 750:1250]).all()
    assert np.isfinite(gap.signals[:, :750]).all()
    hum = with_hum(clean, 0.3, 60).signals - clean.signals
    assert np.abs(hum).max() == pytest.approx(0.3, rel=0.01)
    assert np.isfinite(clean.signals).all()


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (lambda r: with_flat(r, "V9"), "No lead 'V9'"),
        (lambda r: with_gap(r, 5, 2), "backwards"),
        (lambda r: with_clipping(r, 0), "above 0"),
        (lambda r: with_hum(r, 1, 400), "below 180 Hz"),
    ],
)
def test_impossible_defects_are_refused(plant, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SignalError, match=words):
        plant(simulate(5))
