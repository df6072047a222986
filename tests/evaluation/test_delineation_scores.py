"""Measuring delineation: what counts, what does not, and what is written."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from einthoven.datasets.ludb import load_ludb_record
from einthoven.evaluation.delineation import evaluate_delineation, score_records
from einthoven.evaluation.delineation_matching import BOUNDARIES, compare
from einthoven.signal.delineation import POINTS, Delineation
from tiny_ludb import WAVES, simulated, write_ludb


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return write_ludb(tmp_path_factory.mktemp("ludb"), 3)


def perfect(recording, shift_ms: float = 0.0) -> Delineation:
    """What the simulator knows, of all beats, the first and last included."""
    beats = simulated(int(recording.name)).beats.samples
    points = {}
    for name, (_, *moments) in zip(("p", "qrs", "t"), WAVES, strict=True):
        for point, moment in zip(("onset", "peak", "offset"), moments, strict=True):
            at = np.rint(beats + moment * recording.fs) + shift_ms * recording.fs / 1000
            points[f"{name}_{point}"] = np.tile(at, (recording.n_leads, 1))
    sure = {point: np.ones_like(points[point], dtype=np.float32) for point in POINTS}
    return Delineation(beats, (0, recording.n_samples), **points, confidence=sure)


def test_the_truth_is_perfect(root):
    metrics = evaluate_delineation(root, delineator=perfect)
    for name in BOUNDARIES:
        row = metrics["boundaries"][name]
        assert (row["mean_ms"], row["sd_ms"], row["sensitivity"], row["ppv"]) == (0, 0, 1, 1), name
        assert row["found"] == 3 * 12 * 8  # first and last of ten beats are not annotated


def test_a_shift_is_a_mean_without_spread(root):
    row = evaluate_delineation(root, delineator=lambda r: perfect(r, shift_ms=5.0))["boundaries"]["T_end"]
    assert row["mean_ms"] == pytest.approx(5)
    assert row["sd_ms"] == pytest.approx(0, abs=1e-6)
    assert row["ci95"]["mean_ms"] == pytest.approx((5, 5))


def test_further_than_the_tolerance_is_missed_and_extra(root):
    record = load_ludb_record(root, "1")
    late = compare(record, perfect(record.recording, shift_ms=160.0))[0]["P_onset"]
    assert len(late.missed) == 8
    assert len(late.error_ms) == 0
    assert len(late.extra) >= 7


def test_waves_that_are_not_there_count_as_missed(root):
    def without_p(recording):
        found = perfect(recording)
        for point in ("p_onset", "p_peak", "p_offset"):
            getattr(found, point)[:] = np.nan
        return found

    boundaries = evaluate_delineation(root, delineator=without_p)["boundaries"]
    assert boundaries["P_onset"]["sensitivity"] == 0
    assert boundaries["P_onset"]["ppv"] is None
    assert boundaries["P_onset"]["sd_ms"] is None
    assert boundaries["T_end"]["sensitivity"] == 1


def test_spread_within_and_over_records(root):
    def by_record(recording):
        return perfect(recording, shift_ms=10.0 * int(recording.name))

    row = evaluate_delineation(root, delineator=by_record)["boundaries"]["QRS_onset"]
    assert row["sd_ms"] == pytest.approx(np.std([10, 20, 30]))
    assert row["sd_within_records_ms"] == pytest.approx(0, abs=1e-6)


def test_files_hold_every_boundary(root, tmp_path):
    metrics = evaluate_delineation(root, records=["1", "3"], out=tmp_path, delineator=perfect)
    assert json.loads((tmp_path / "metrics.json").read_text())["boundaries"].keys() == set(BOUNDARIES)
    assert metrics["leads"].keys() == {
        *("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
    }
    assert list(metrics["records"]) == ["1", "3"]
    with (tmp_path / "predictions.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 2 * 12 * 8 * 9
    assert {row["kind"] for row in rows} == {"tp"}


def test_one_record_has_no_spread_over_records(root):
    record = load_ludb_record(root, "2")
    metrics = score_records([(record, perfect(record.recording))], "one")
    assert metrics["n_records"] == 1
    assert metrics["boundaries"]["P_end"]["sensitivity"] == 1
