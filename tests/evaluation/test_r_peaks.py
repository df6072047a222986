"""The R-peak evaluation: known counts, flutter left out, files written, incomplete folders named."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from einthoven.datasets.database import Reference
from einthoven.errors import DataError
from einthoven.evaluation.r_peaks import compare, evaluate_r_peaks
from einthoven.formats import write
from einthoven.recording import Beats, Recording

FS = 360.0


def reference(samples: list[int], flutter: list[tuple[int, int]] = ()) -> Reference:
    recording = Recording(np.zeros((1, 20_000), dtype=np.float32), FS, ("I",))
    return Reference(
        recording,
        Beats.from_symbols(samples, ["N"] * len(samples)),
        np.array(flutter, dtype=np.int64).reshape(-1, 2),
    )


def save(root: Path, name: str, samples: list[int]) -> None:
    beats = Beats.from_symbols(samples, ["N"] * len(samples))
    signal = 0.1 * np.sin(np.arange(20_000, dtype=np.float32) / 50)
    write(Recording(signal[np.newaxis], FS, ("I",), name=name, beats=beats), root / f"{name}.hea")


def test_known_counts():
    detection = compare(reference([1000, 2000, 3000]), np.array([1010, 1500, 3054, 4000]))
    assert detection.counts == (2, 1, 2)
    assert detection.found.tolist() == [1000, 3000]
    assert detection.missed.tolist() == [2000]
    assert detection.extra.tolist() == [1500, 4000]
    np.testing.assert_allclose(detection.offset_ms, [10 / 0.36, 150])


def test_the_tolerance_is_150_ms():
    assert compare(reference([1000]), np.array([1054])).counts == (1, 0, 0)
    assert compare(reference([1000]), np.array([1055])).counts == (0, 1, 1)


def test_flutter_is_not_scored():
    detection = compare(
        reference([1000, 5000, 9000], [(4000, 8000)]), np.array([1000, 4100, 6000, 7999, 9000, 9500])
    )
    assert detection.counts == (2, 0, 1)


def test_figures_of_a_database(tmp_path):
    save(tmp_path, "a", [1000, 2000, 3000])
    save(tmp_path, "b", [1000])
    found = {"a": np.array([1000, 2000]), "b": np.array([1000, 5000])}
    seen = []
    metrics = evaluate_r_peaks(
        tmp_path,
        out=tmp_path / "out",
        detector=lambda recording: found[recording.name],
        on_record=lambda name, n: seen.append((name, n)),
    )
    assert seen == [("a", 2), ("b", 2)]
    assert (metrics["tp"], metrics["fn"], metrics["fp"]) == (3, 1, 1)
    assert metrics["sensitivity"] == metrics["ppv"] == metrics["f1"] == 0.75
    assert metrics["records"]["a"]["sensitivity"] == pytest.approx(2 / 3)
    assert metrics["records"]["b"]["ppv"] == 0.5
    low, high = metrics["ci95"]["sensitivity"]
    assert low <= 0.75 <= high
    assert "flutter" in metrics["scored"]
    assert json.loads((tmp_path / "out" / "metrics.json").read_text()) == json.loads(json.dumps(metrics))
    with (tmp_path / "out" / "predictions.csv").open() as stream:
        table = list(csv.reader(stream))
    assert table == [
        ["record", "sample", "kind"],
        ["a", "1000", "tp"],
        ["a", "2000", "tp"],
        ["a", "3000", "fn"],
        ["b", "1000", "tp"],
        ["b", "5000", "fp"],
    ]


def test_nothing_found_is_a_result(tmp_path):
    save(tmp_path, "a", [1000, 2000])
    metrics = evaluate_r_peaks(tmp_path, detector=lambda recording: np.empty(0, dtype=np.int64))
    assert metrics["sensitivity"] == 0
    assert metrics["ppv"] is None
    assert metrics["ci95"]["ppv"] is None
    assert metrics["offset_ms"] is None


def test_an_incomplete_folder_is_named(tmp_path):
    with pytest.raises(DataError, match="no records"):
        evaluate_r_peaks(tmp_path)
    save(tmp_path, "a", [1000])
    (tmp_path / "a.atr").unlink()
    with pytest.raises(DataError, match=r"a\.atr"):
        evaluate_r_peaks(tmp_path)
    with pytest.raises(DataError, match="no record"):
        evaluate_r_peaks(tmp_path, records=["b"])


def test_an_output_folder_that_cannot_be_is_named(tmp_path):
    save(tmp_path, "a", [1000])
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        evaluate_r_peaks(tmp_path, out=tmp_path / "file", detector=lambda recording: np.array([1000]))


def test_real_records_say_whether_they_were_trained_on(data_root):
    metrics = evaluate_r_peaks(data_root / "mitdb", records=["207", "208"])
    assert metrics["seen_in_training"] == ["207", "208"]
    assert metrics["sensitivity"] > 0.99
    assert metrics["ppv"] > 0.99
