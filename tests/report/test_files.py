"""Picture, JSON, CSV and WFDB annotations; and how files are named and chosen."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import wfdb
from PIL import Image

from einthoven.errors import FormatError
from einthoven.formats.wfdb.annotations import read_annotations
from einthoven.recording import Beats, Recording
from einthoven.report import EXTENSIONS, file_stem, save, save_all
from einthoven.report.csv import COLUMNS
from einthoven.signal.simulator import simulate


@pytest.fixture(scope="module")
def recording() -> Recording:
    return simulate(duration=60.0, fs=360.0, pattern="NNSV", seed=5)


def test_csv_has_one_row_a_beat(make_analysis, recording: Recording, tmp_path: Path) -> None:
    analysis = make_analysis(recording)
    with save(analysis, tmp_path / "beats.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == COLUMNS == (
        "sample", "time_s", "class", "probability_N", "probability_S", "probability_V", "probability_F",
        "probability_Q", "rr_before_s", "rr_after_s",
    )  # fmt: skip
    beats = analysis.beats
    assert [int(row["sample"]) for row in rows] == beats.samples.tolist()
    assert [row["class"] for row in rows] == beats.classes.tolist()
    assert float(rows[3]["time_s"]) == pytest.approx(beats.samples[3] / 360.0, abs=1e-4)
    assert float(rows[3]["probability_V"]) == pytest.approx(0.95)
    assert rows[0]["rr_before_s"] == rows[-1]["rr_after_s"] == ""
    assert rows[0]["rr_after_s"] == rows[1]["rr_before_s"]
    assert float(rows[1]["rr_before_s"]) == pytest.approx(np.diff(beats.samples)[0] / 360.0, abs=1e-4)


def test_csv_of_no_beats_or_of_annotations_leaves_empty_what_is_not_there(
    make_analysis, recording: Recording, tmp_path: Path
) -> None:
    analysis = make_analysis(recording, Beats(np.zeros(0, np.int64), []))
    assert save(analysis, tmp_path / "none.csv").read_text() == ",".join(COLUMNS) + "\n"
    analysis = make_analysis(recording, Beats([10], ["V"]))
    assert save(analysis, tmp_path / "one.csv").read_text().splitlines()[1] == "10,0.0278,V,,,,,,,"


def test_json_is_the_document(make_analysis, recording: Recording, tmp_path: Path) -> None:
    analysis = make_analysis(recording)
    document = json.loads(save(analysis, tmp_path / "a.json").read_text(encoding="utf-8"))
    assert document == json.loads(analysis.to_json())
    assert document["schema"] == "einthoven.analysis/1"


def test_wfdb_annotations_read_back_with_the_reference_package(
    make_analysis, recording: Recording, tmp_path: Path
) -> None:
    analysis = make_analysis(recording)
    path = save(analysis, tmp_path / "rec.atr")
    # The reference package takes notes at time 0 for definitions and leaves them out; our reader keeps them.
    read = wfdb.rdann(str(tmp_path / "rec"), "atr")
    assert read.sample.tolist() == analysis.beats.samples.tolist()
    assert read.symbol == analysis.beats.classes.tolist()
    assert "known 1.2" in read_annotations(path).aux[0]


def test_reference_annotations_are_never_overwritten(
    make_analysis, recording: Recording, tmp_path: Path
) -> None:
    path = tmp_path / "208.atr"
    path.write_bytes(b"\x12\x70reference")
    with pytest.raises(FormatError, match="may hold reference annotations and is kept"):
        save(make_analysis(recording), path)
    assert path.read_bytes() == b"\x12\x70reference"
    own = save(make_analysis(recording), tmp_path / "own.atr")
    assert save(make_analysis(recording), own) == own


def test_png_is_one_page_with_its_scale(make_analysis, recording: Recording, tmp_path: Path) -> None:
    path = save(make_analysis(recording, warnings=("Mind the gap",)), tmp_path / "a.png")
    with Image.open(path) as image:
        assert image.size[0] == round(265 / 25.4 * 150)
        assert image.info["dpi"] == pytest.approx((150, 150), abs=0.1)


@pytest.mark.parametrize("shape", [(0, 0), (2, 0), (2, 1), (12, 700), (1, 30000)])
def test_png_of_whatever_was_recorded(make_analysis, shape: tuple[int, int], tmp_path: Path) -> None:
    leads = tuple(f"lead <{i}>" for i in range(shape[0]))
    analysis = make_analysis(
        Recording(np.zeros(shape, np.float32), 250.0, leads, ""), refusal="Nothing. " * 40
    )
    assert save(analysis, tmp_path / "a.png").stat().st_size > 1000


def test_save_all_names_files_after_the_record(make_analysis, recording: Recording, tmp_path: Path) -> None:
    paths = save_all(make_analysis(recording), tmp_path / "deep" / "folder", EXTENSIONS)
    assert [path.name for path in paths] == [
        f"simulated{e}" for e in (".html", ".pdf", ".png", ".json", ".csv", ".atr", ".fhir.json")
    ]
    assert all(path.is_file() for path in paths)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "..", "", "\x00", "C:\\x", "né 1", "x" * 400])
def test_names_never_leave_the_folder(name: str) -> None:
    stem = file_stem(name)
    assert stem
    assert Path(stem).name == stem
    assert not stem.startswith(".")
    assert len(stem) <= 120


def test_an_unknown_format_is_named_with_those_allowed(
    make_analysis, recording: Recording, tmp_path: Path
) -> None:
    with pytest.raises(
        FormatError,
        match=r"'\.htlm'.*\.html \.pdf \.png \.json \.csv \.atr \.fhir\.json.*Did you mean '\.html'",
    ):
        save(make_analysis(recording), tmp_path / "a.htlm")
    with pytest.raises(FormatError, match="Report format 'docx'"):
        save_all(make_analysis(recording), tmp_path / "new", ["html", "docx"])
    assert not (tmp_path / "new").exists()
