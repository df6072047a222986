"""The commands of the README on real recordings with the models that ship, each as a process of its own."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from einthoven import read
from einthoven.analysis_document import json_schema
from einthoven.models.bundle import list_bundles

pytestmark = pytest.mark.skipif("beats" not in list_bundles(), reason="the default model is not here")


def einthoven(*words: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "einthoven", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_208_is_analysed_as_its_annotations_say(data_root: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = einthoven("analyze", data_root / "mitdb" / "208.hea", "--json")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    document = json.loads(done.stdout)
    jsonschema.validate(document, json_schema())
    truth = read(data_root / "mitdb" / "208.hea").beats
    found = np.array(document["beats"]["samples"])
    nearest = np.abs(truth.samples[:, np.newaxis] - found).argmin(axis=1)
    matched = np.abs(found[nearest] - truth.samples) <= 54
    assert matched.mean() >= 0.99
    agreed = np.array(document["beats"]["classes"])[nearest] == truth.classes
    for letter in "NV":
        assert agreed[truth.classes == letter].mean() >= 0.9
    assert document["findings"][1]["decision"] == "present"
    assert seconds <= 8, "processor time on two cores; on a machine at rest that is 4 s"


def test_reports_of_a_record(data_root: Path, tmp_path: Path) -> None:
    done = einthoven(
        "analyze", data_root / "svdb" / "800.hea", "--out", tmp_path, "--format", "html,png,json,csv,wfdb"
    )
    assert done.returncode == 0, done.stderr
    assert {path.suffix for path in tmp_path.iterdir()} >= {".html", ".png", ".json", ".csv", ".atr"}
    page = (tmp_path / "800.html").read_text(encoding="utf-8")
    assert "not a medical device" in page
    assert 'src="http' not in page
    assert 'href="http' not in page


@pytest.mark.parametrize("r_peaks", ["annotated", "detected"])
@pytest.mark.parametrize("model", ["beats", "beats-ds1"])
def test_evaluate_beats_writes_the_contract(
    data_root: Path, tmp_path: Path, model: str, r_peaks: str
) -> None:
    done = einthoven(
        "evaluate", "beats", "--model", model, "--data", data_root / "svdb", "--records", "800,802",
        "--r-peaks", r_peaks, "--out", tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    for figures in (metrics, *metrics["records"].values()):
        assert {
            "labels",
            "confusion_matrix",
            "accuracy",
            "macro_f1",
            "macro_f1_4",
            "per_class",
            "ece",
        } <= set(figures)
        assert {"sensitivity", "ppv", "f1", "support", "ci95"} <= set(figures["per_class"]["V"])
    assert metrics["per_class"]["N"]["f1"] > 0.8
    lines = (tmp_path / "predictions.csv").read_text().splitlines()
    assert lines[0] == "record,sample,true,predicted,p_N,p_S,p_V,p_F,p_Q"


def test_evaluate_r_peaks_keeps_the_contract(data_root: Path, tmp_path: Path) -> None:
    done = einthoven(
        "evaluate", "r-peaks", "--data", data_root / "mitdb", "--records", "101", "--out", tmp_path
    )
    assert done.returncode == 0, done.stderr
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["sensitivity"] >= 0.99
    assert metrics["records"]["101"]["ppv"] >= 0.99


def test_a_reader_that_goes_away_is_no_error(data_root: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "einthoven", "analyze", str(data_root / "mitdb" / "101.hea"), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()  # before anything is written, so that no pipe is large enough to hide it
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 141
    assert said == b""


def test_five_files_one_broken(data_root: Path, tmp_path: Path) -> None:
    for name in ("800", "802", "804", "806"):
        for extension in ("hea", "dat"):
            shutil.copy(data_root / "svdb" / f"{name}.{extension}", tmp_path)
    (tmp_path / "cut.hea").write_text("cut 1 250 5000\ncut.dat 16 200 16 0 0 0 0 II\n")
    (tmp_path / "cut.dat").write_bytes(b"")
    done = einthoven("analyze", tmp_path, "--json")
    assert done.returncode == 1
    assert "cut" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stdout.splitlines()) == 4


def test_verify_passes_for_what_ships() -> None:
    done = einthoven("models", "verify")
    assert done.returncode == 0, done.stdout


def test_a_report_page_shows_the_beats_of_all_its_columns(data_root: Path) -> None:
    """T waves are higher than R waves in its lead II; columns of 2.5 s once hid half the beats."""
    page = data_root / "report_images" / "myocardial_infarction" / "MI_2.jpg"
    if not page.is_file():
        pytest.skip(f"no {page}")
    done = einthoven("analyze", page, "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert 17 <= document["beats"]["n"] <= 20
    assert document["intervals"]["heart_rate"]["mean"] == pytest.approx(111, abs=3)
    assert not [fact for fact in document["rhythm"]["facts"] if fact["code"] == "pause"]
