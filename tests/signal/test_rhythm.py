"""Rhythm facts: hand-made beat lists for every fact, few beats, gaps, real annotations."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.errors import SignalError
from einthoven.recording import Beats
from einthoven.signal.rhythm import Rhythm, RhythmFact, describe_rhythm

FS = 1000


def rhythm(classes: str, rr_ms: int | list[int] = 800, **options: object) -> Rhythm:
    n = len(classes)
    rr = [rr_ms] * (n - 1) if isinstance(rr_ms, int) else rr_ms
    samples = np.concatenate(([500], 500 + np.cumsum(rr))).astype(np.int64)[:n]
    duration = (samples[-1] + 500) / FS if n else 10.0
    return describe_rhythm(Beats(samples, np.array(list(classes), dtype="<U1")), FS, duration, **options)  # type: ignore[arg-type]


def codes(result: Rhythm) -> list[str]:
    return [fact.code for fact in result.facts]


def only(result: Rhythm, code: str) -> RhythmFact:
    (fact,) = result.of(code)
    return fact


def test_a_steady_heart() -> None:
    result = rhythm("N" * 30, 750)
    assert result.heart_rate is not None
    assert result.rr is not None
    for rate in (
        result.heart_rate.mean,
        result.heart_rate.median,
        result.heart_rate.minimum,
        result.heart_rate.maximum,
    ):
        assert rate == pytest.approx(80)
    assert (result.rr.n, result.rr.mean_ms, result.rr.min_ms, result.rr.max_ms) == (
        29,
        *([pytest.approx(750)] * 3),
    )
    assert result.rr.sd_ms == pytest.approx(0)
    assert result.burden == {"N": 100, "S": 0, "V": 0, "F": 0, "Q": 0}
    assert codes(result) == []


def test_no_beats_one_beat_two_beats_are_results() -> None:
    none, one, two = rhythm(""), rhythm("N"), rhythm("NN")
    assert codes(none) == ["no_beats"]
    assert none.heart_rate is none.rr is one.heart_rate is one.rr is None
    assert none.burden == {}
    assert two.heart_rate is not None
    assert two.heart_rate.mean == pytest.approx(75)
    assert two.rr is not None
    assert two.rr.sd_ms is None
    for result in (none, one, two):
        json.dumps(result.to_dict())


def test_pauses_at_two_seconds_and_more() -> None:
    result = rhythm("N" * 6, [800, 2000, 800, 1999, 800])
    pause = only(result, "pause")
    assert (pause.onset_s, pause.duration_s) == (pytest.approx(1.3), pytest.approx(2.0))
    assert len(rhythm("N" * 6, [800, 2000, 800, 1999, 800], pause_s=1.5).of("pause")) == 2
    with pytest.raises(SignalError, match="pause"):
        rhythm("NN", pause_s=0)


def test_pauses_at_the_ends() -> None:
    beats = Beats(np.array([3000, 3800]), np.array(["N", "N"]))
    got = describe_rhythm(beats, FS, 10.0).of("pause")
    assert [(p.onset_s, p.duration_s) for p in got] == [(0, 3.0), (3.8, pytest.approx(6.2))]
    assert describe_rhythm(beats, FS, 10.0, gaps=[(0, 2), (5, 10)]).of("pause") == ()


def test_bradycardia_and_tachycardia_episodes() -> None:
    rr = [800] * 20 + [1500] * 20 + [800] * 20 + [500] * 40 + [800] * 20
    result = rhythm("N" * 121, rr)
    slow, fast = only(result, "bradycardia"), only(result, "tachycardia")
    assert slow.onset_s == pytest.approx(0.5 + 16.0, abs=4)
    assert slow.duration_s == pytest.approx(30, abs=8)
    assert slow.rate_bpm == pytest.approx(43, abs=4)
    assert fast.rate_bpm == pytest.approx(112, abs=8)
    assert result.heart_rate is not None
    assert result.heart_rate.minimum == pytest.approx(40)
    assert result.heart_rate.maximum == pytest.approx(120)


def test_one_long_or_short_interval_is_no_episode() -> None:
    assert codes(rhythm("N" * 31, [800] * 15 + [1700] + [800] * 7 + [400] + [800] * 6)) == ["irregularity"]


def test_a_rate_around_the_limit_is_one_episode() -> None:
    rr = ([590] * 10 + [606] * 10) * 10
    assert len(rhythm("N" * 201, rr).of("tachycardia")) == 1


def test_isolated_couplet_run() -> None:
    result = rhythm("NNVNNVVNNVVVVNNSNNSSNNSSSNN", 600)
    assert only(result, "isolated_V").n_beats == 1
    assert only(result, "isolated_S").n_beats == 1
    couplet, run = only(result, "couplet_V"), only(result, "run_V")
    assert (couplet.onset_s, couplet.n_beats) == (pytest.approx(3.5), 2)
    assert couplet.duration_s == pytest.approx(0.6)
    assert (run.onset_s, run.n_beats) == (pytest.approx(5.9), 4)
    assert run.rate_bpm == pytest.approx(100)
    assert "4 ventricular beats in a row at 100/min" in run.detail
    assert only(result, "couplet_S").n_beats == 2
    assert only(result, "run_S").n_beats == 3
    assert only(result, "burden_V").n_beats == 7
    assert result.burden["V"] == pytest.approx(100 * 7 / 27)


def test_groups_do_not_reach_across_gaps() -> None:
    whole = rhythm("NNVVVNN", 800)
    assert only(whole, "run_V").n_beats == 3
    parted = rhythm("NNVVVNN", 800, gaps=[(2.2, 2.5)])  # between the first and second V
    assert parted.of("run_V") == ()
    assert only(parted, "couplet_V").onset_s == pytest.approx(2.9)
    assert only(parted, "isolated_V").n_beats == 1


def test_bigeminy_and_trigeminy() -> None:
    result = rhythm("NNN" + "NV" * 4 + "NNN" + "NNV" * 3 + "NN", 700)
    two, three = only(result, "bigeminy_V"), only(result, "trigeminy_V")
    assert two.n_beats == 8
    assert two.onset_s == pytest.approx(0.5 + 3 * 0.7)
    assert two.duration_s == pytest.approx(7 * 0.7)
    assert three.n_beats == 9
    assert "every third" in three.detail
    assert only(rhythm("NSNSNSN"), "bigeminy_S").n_beats == 6


@pytest.mark.parametrize("classes", ["NNVNVNN", "NNVSVNVNN", "NVNNVNVVN", "NSNVNSNVN"])
def test_what_is_no_bigeminy(classes: str) -> None:
    result = rhythm(classes)
    assert result.of("bigeminy_V") == ()
    assert result.of("bigeminy_S") == ()


def test_bigeminy_stops_at_a_gap() -> None:
    assert rhythm("NVNVNVN", 800).of("bigeminy_V")
    assert rhythm("NVNVNVN", 800, gaps=[(3.0, 3.1)]).of("bigeminy_V") == ()


def test_irregularity_tells_a_steady_from_an_erratic_heart() -> None:
    rng = np.random.default_rng(0)
    steady = rhythm("N" * 200, (800 + rng.normal(0, 12, 199)).astype(int).tolist())
    erratic = rhythm("N" * 200, rng.integers(450, 1100, 199).tolist())
    assert steady.irregularity is not None
    assert erratic.irregularity is not None
    assert steady.sample_entropy is not None
    assert erratic.sample_entropy is not None
    assert steady.irregularity < 0.05 < 0.2 < erratic.irregularity
    assert steady.sample_entropy < -1.8 < -1.4 < erratic.sample_entropy
    assert f"sample entropy −{-steady.sample_entropy:.2f}." in steady.facts[-1].detail
    assert "Irregularity" in [fact.label for fact in erratic.facts]


def test_sample_entropy_by_hand() -> None:
    # All 12 intervals alike: all pairs match, entropy is 0 + ln(2 · 0.03) − ln(0.8).
    got = rhythm("N" * 13, 800).sample_entropy
    assert got == pytest.approx(np.log(0.06) - np.log(0.8), abs=1e-6)
    assert rhythm("N" * 12, 800).sample_entropy is None


def test_facts_are_in_time_order_and_the_overall_ones_last() -> None:
    result = rhythm("NNVVNNNVNVNVNNSSSNN" + "N" * 20)
    onsets = [fact.onset_s for fact in result.facts]
    timed = [onset for onset in onsets if onset is not None]
    assert timed == sorted(timed)
    assert onsets[: len(timed)] == timed


def test_beats_beyond_the_recording_are_refused() -> None:
    with pytest.raises(SignalError, match=r"recording of 2\.000 s"):
        describe_rhythm(Beats(np.array([1, 5000]), np.array(["N", "N"])), FS, 2.0)


@given(st.text(alphabet="NSVFQ", max_size=60), st.integers(1, 5))
def test_every_ectopic_beat_is_in_just_one_group(classes: str, tenths: int) -> None:
    result = rhythm(classes, 100 * tenths)
    for letter in "SV":
        grouped = sum(
            fact.n_beats for kind in ("isolated", "couplet", "run") for fact in result.of(f"{kind}_{letter}")
        )
        assert grouped == classes.count(letter) == result.counts[letter]
    json.dumps(result.to_dict())


def test_a_day_of_beats_takes_less_than_a_second() -> None:
    rng = np.random.default_rng(1)
    samples = np.cumsum(rng.integers(250, 350, 100_000))
    classes = rng.choice(list("NSV"), 100_000, p=[0.8, 0.05, 0.15])
    begin = time.perf_counter()
    describe_rhythm(Beats(samples, classes), 360, samples[-1] / 360 + 1)
    assert time.perf_counter() - begin < 1


def test_annotated_records(data_root) -> None:  # type: ignore[no-untyped-def]
    wfdb = pytest.importorskip("wfdb")

    def described(name: str) -> Rhythm:
        path = data_root / "mitdb" / name
        if not path.with_suffix(".atr").exists():
            pytest.skip(f"{path} is not there")
        notes, header = wfdb.rdann(str(path), "atr"), wfdb.rdheader(str(path))
        return describe_rhythm(
            Beats.from_symbols(notes.sample, notes.symbol), header.fs, header.sig_len / header.fs
        )

    # The directory of the database: 119 has bigeminy and trigeminy, 203 atrial fibrillation, 208 is full of
    # ventricular couplets, 209 has supraventricular runs.
    bigeminy = described("119")
    assert bigeminy.counts["V"] == 444
    assert bigeminy.of("bigeminy_V")
    assert bigeminy.of("trigeminy_V")
    fibrillation, regular = described("203"), described("101")
    assert fibrillation.sample_entropy is not None
    assert regular.sample_entropy is not None
    assert fibrillation.sample_entropy > -1.4 > regular.sample_entropy
    assert described("208").of("couplet_V")
    assert described("209").of("run_S")
