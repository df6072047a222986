"""Comparing digitised leads with the truth."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from einthoven.errors import DataError
from einthoven.evaluation.digitizer import compare_lead, evaluate_digitizer, find_pairs, read_truth
from simple_pages import page

FS = 500.0


def wave(n: int = 2500) -> np.ndarray:
    t = np.arange(n) / FS
    return np.sin(2 * np.pi * 1.3 * t) + 0.3 * np.sin(2 * np.pi * 7 * t)


def test_shift_and_offset_do_not_count() -> None:
    true = wave()
    found = np.roll(true, 40) + 0.7
    found[:40] = np.nan
    compared = compare_lead(true, found, FS)
    assert compared is not None
    assert compared["shift_s"] == pytest.approx(-0.08)
    assert compared["pcc"] > 0.99
    assert compared["rmse_mv"] < 0.15  # the last 40 samples are missing


def test_an_error_of_known_size_gives_its_figures() -> None:
    true = wave()
    noise = np.random.default_rng(0).normal(0, 0.05, true.size)
    compared = compare_lead(true, true + noise, FS)
    assert compared is not None
    assert compared["snr_db"] == pytest.approx(20 * np.log10(true.std() / 0.05), abs=0.3)
    assert compared["rmse_mv"] == pytest.approx(0.05, rel=0.05)


def test_what_is_missing_counts_as_flat() -> None:
    true, found = wave(), wave()
    found[1250:] = np.nan
    compared = compare_lead(true, found, FS)
    assert compared is not None
    assert compared["snr_db"] == pytest.approx(3.0, abs=0.4)
    assert compare_lead(true, np.full(true.size, np.nan), FS) is None


def test_a_flat_answer_has_no_likeness() -> None:
    compared = compare_lead(wave(), np.zeros(2500), FS)
    assert compared is not None
    assert compared["snr_db"] == pytest.approx(0.0, abs=0.3)
    assert compared["pcc"] == 0.0


def test_the_truth_is_read_by_lead(tmp_path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("time_s,I,AVR\n0.0,0.5,\n0.002,,-0.25\n")
    truth = read_truth(path)
    assert set(truth) == {"I", "aVR"}
    assert truth["I"].tolist()[0] == 0.5
    assert np.isnan(truth["aVR"][0])


@pytest.mark.parametrize("text", ["I,II\n", "I,II\n1,x\n", "I,II\n1\n2,3\n", "time\n1\n"])
def test_a_damaged_truth_is_named(tmp_path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=r"a\.csv"):
        read_truth(path)


def test_a_folder_without_pairs_is_refused(tmp_path) -> None:
    with pytest.raises(DataError, match="not a folder"):
        find_pairs(tmp_path / "gone")
    Image.new("RGB", (20, 20)).save(tmp_path / "a.png")
    with pytest.raises(DataError, match="1 pages, none with its truth"):
        find_pairs(tmp_path)


def test_pages_are_measured_and_failures_counted(tmp_path) -> None:
    drawn = page()
    Image.fromarray(drawn.pixels).save(tmp_path / "good.png")
    Image.new("RGB", (600, 400), "white").save(tmp_path / "blank.png")
    lines = [",".join(drawn.signals.leads)]
    lines += [",".join("" if np.isnan(v) else f"{v:.4f}" for v in row) for row in drawn.signals.signals.T]
    for name in ("good", "blank"):
        (tmp_path / f"{name}.csv").write_text("\n".join(lines))
    metrics = evaluate_digitizer(tmp_path, out=tmp_path / "out")
    assert metrics["failures"] == 1
    assert metrics["pages"]["blank"]["failure"]
    assert metrics["pages"]["good"]["leads_found"] == 12
    assert metrics["snr_db"] > 15
    assert metrics["leads_shown"] == 24
    written = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert written["pcc"] == metrics["pcc"]
    assert (tmp_path / "out" / "predictions.csv").read_text().count("\n") == 25
