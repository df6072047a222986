"""Whole WFDB records: segments, unequal rates, damage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from einthoven.errors import FormatError, MissingInformationError
from einthoven.formats import read
from einthoven.formats.wfdb.annotations import encode_annotations
from einthoven.formats.wfdb.record import read_record

Build = Callable[..., Path]


def test_millivolt_from_gain_and_baseline(record: Build) -> None:
    recording = read_record(record(gain="100(50)/mV"))
    np.testing.assert_allclose(recording.signals, [[-0.5, 1.5, 3.5], [-0.5, -2.5, -4.5]])
    assert (recording.fs, recording.leads, recording.name) == (360.0, ("MLII", "V1"), "rec")


@pytest.mark.parametrize(("unit", "factor"), [("uV", 1e-3), ("V", 1e3), ("mV", 1.0), ("MV", 1.0)])
def test_units_become_millivolt(record: Build, unit: str, factor: float) -> None:
    np.testing.assert_allclose(
        read_record(record(gain=f"1/{unit}")).signals[0], np.array([0, 200, 400]) * factor, rtol=1e-6
    )


def test_lead_names_become_standard(record: Build) -> None:
    assert read_record(record(labels=("avr", "ECG lead II"))).leads == ("aVR", "II")


def test_unknown_lead_names_stay(record: Build) -> None:
    assert read_record(record(labels=("ECG1", "chan 7"))).leads == ("ECG1", "chan 7")


def test_beats_and_rhythm_come_along(record: Build, tmp_path: Path) -> None:
    path = record(samples=np.zeros((1, 1000), dtype=int))
    (tmp_path / "rec.atr").write_bytes(
        encode_annotations([0, 100, 400, 720], ["+", "N", "V", "|"], ["(N", "", "", ""])
    )
    recording = read_record(path)
    assert recording.beats is not None
    assert recording.beats.symbols is not None
    assert (recording.beats.samples.tolist(), recording.beats.classes.tolist()) == ([100, 400], ["N", "V"])
    assert [(e.onset, e.text) for e in recording.events] == [(0.0, "(N")]
    assert read_record(path, annotator=None).beats is None
    assert read_record(path, annotator="qrs").beats is None


def test_damaged_annotations_cost_a_warning_only(record: Build, tmp_path: Path) -> None:
    path = record()
    (tmp_path / "rec.atr").write_bytes(b"")
    recording = read_record(path)
    assert recording.beats is None
    assert "empty (0 bytes)" in recording.warnings[0]


@pytest.mark.parametrize(
    ("comments", "age", "sex"),
    [
        ("# 69 M 1085 1629 x1\n# Aldomet, Inderal\n", 69, "male"),
        ("#Age: 74\n#Sex: Female\n", 74, "female"),
        ("#<age>: 51\n#<sex>: F\n", 51, "female"),
        ("# -1 F\n", None, "female"),
        ("#Age: NaN\n#Sex: Unknown\n", None, ""),
        ("# Agent orange 5\n# sextant 3\n", None, ""),
    ],
)
def test_age_and_sex_from_comments(record: Build, comments: str, age: float | None, sex: str) -> None:
    path = record()
    path.write_text(path.read_text() + comments)
    patient = read_record(path).patient
    assert (patient.age, patient.sex) == (age, sex)


# --- several files, frames, skew, .mat ---------------------------------------------------------------


def test_signals_in_several_files(tmp_path: Path) -> None:
    (tmp_path / "r.hea").write_text(
        "r 3 250 3\na.dat 16 1 0 0 0 6 0 I\nb.dat 61 1 0 0 0 60 0 II\nb.dat 61 1 0 0 0 9 0 III\n"
    )
    (tmp_path / "a.dat").write_bytes(np.array([1, 2, 3], dtype="<i2").tobytes())
    (tmp_path / "b.dat").write_bytes(np.array([10, 2, 20, 3, 30, 4], dtype=">i2").tobytes())
    recording = read_record(tmp_path / "r.hea")
    assert recording.signals.tolist() == [[1, 2, 3], [10, 20, 30], [2, 3, 4]]
    assert recording.warnings == ()


def test_matlab_container_is_format_16_with_an_offset(tmp_path: Path) -> None:
    (tmp_path / "A1.hea").write_text(
        "A1 2 500 2\nA1.mat 16+24 1000/mV 16 0 5 0 0 I\nA1.mat 16+24 1000.0(0)/mV 16 0 7 0 0 II\n"
    )
    (tmp_path / "A1.mat").write_bytes(bytes(24) + np.array([5, 7, -5, -7], dtype="<i2").tobytes())
    for name in ("A1", "A1.hea", "A1.mat"):
        np.testing.assert_allclose(
            read(tmp_path / name).signals, [[0.005, -0.005], [0.007, -0.007]], rtol=1e-6
        )


def test_equal_oversampling_multiplies_the_rate(tmp_path: Path) -> None:
    (tmp_path / "r.hea").write_text("r 2 100 2\nr.dat 16x2 1 0 0 0 0 0 I\nr.dat 16x2 1 0 0 0 0 0 II\n")
    (tmp_path / "r.dat").write_bytes(np.array([1, 2, -1, -2, 3, 4, -3, -4], dtype="<i2").tobytes())
    (tmp_path / "r.atr").write_bytes(encode_annotations([1], ["N"], [""]))
    recording = read_record(tmp_path / "r.hea")
    assert recording.fs == 200
    assert recording.signals.tolist() == [[1, 2, 3, 4], [-1, -2, -3, -4]]
    assert recording.beats is not None
    assert recording.beats.samples.tolist() == [2]  # annotations count frames


def test_leads_of_unequal_rate_are_brought_to_the_highest(tmp_path: Path) -> None:
    n_frames = 500
    slow = np.round(1000 * np.sin(2 * np.pi * np.arange(n_frames) / 100))
    fast = np.round(1000 * np.sin(2 * np.pi * np.arange(2 * n_frames) / 200)).reshape(-1, 2)
    frames = np.column_stack([slow, fast]).astype("<i2")
    (tmp_path / "r.hea").write_text(
        f"r 2 100 {n_frames}\nr.dat 16 1000/mV 16 0 0\nr.dat 16x2 1000/mV 16 0 0\n"
    )
    (tmp_path / "r.dat").write_bytes(frames.tobytes())
    recording = read_record(tmp_path / "r.hea")
    assert recording.fs == 200
    assert recording.signals.shape == (2, 2 * n_frames)
    inner = slice(50, -50)
    np.testing.assert_allclose(recording.signals[0, inner], recording.signals[1, inner], atol=0.01)
    assert "unequal rates" in recording.warnings[0]


def test_a_skewed_signal_is_moved_back(tmp_path: Path) -> None:
    (tmp_path / "r.hea").write_text("r 2 100 4\nr.dat 16 1\nr.dat 16:1 1\n")
    (tmp_path / "r.dat").write_bytes(np.array([1, 9, 2, 1, 3, 2, 4, 3], dtype="<i2").tobytes())
    signals = read_record(tmp_path / "r.hea").signals
    assert signals[0].tolist() == [1, 2, 3, 4]
    assert signals[1, :3].tolist() == [1, 2, 3]
    assert np.isnan(signals[1, 3])


def test_other_signals_are_left_out_by_name(tmp_path: Path) -> None:
    (tmp_path / "r.hea").write_text(
        "r 4 100 1\nr.dat 16 1/mV 0 0 0 5 0 II\nr.dat 16 1/mmHg 0 0 0 6 0 ABP\nr.dat 16 1/NU 0 0 0 7 0 X9\n"
        "r.dat 16 1/uV 0 0 0 8 0 EEG C4-A1\n"
    )
    (tmp_path / "r.dat").write_bytes(np.array([5, 6, 7, 8], dtype="<i2").tobytes())
    recording = read_record(tmp_path / "r.hea")
    assert recording.leads == ("II",)
    assert recording.signals.tolist() == [[5]]
    assert "ABP (mmHg), X9 (NU), EEG C4-A1 (no ECG)" in recording.warnings[0]


def test_nothing_but_other_signals(tmp_path: Path) -> None:
    (tmp_path / "r.hea").write_text("r 1 100 1\nr.dat 16 1/mmHg 0 0 0 6 0 ABP\n")
    (tmp_path / "r.dat").write_bytes(b"\5\0")
    with pytest.raises(FormatError, match=r"no ECG lead.*ABP \(mmHg\)"):
        read_record(tmp_path / "r.hea")


# --- multi-segment -----------------------------------------------------------------------------------


def test_fixed_layout_joins_segments_and_gaps(record: Build, tmp_path: Path) -> None:
    record("s1", [[200, 400]], gain="200/mV", labels=("II",))
    record("s2", [[600]], gain="100/mV", labels=("II",))
    (tmp_path / "m.hea").write_text("m/3 1 360 5\ns1 2\n~ 2\ns2 1\n")
    recording = read(tmp_path / "m")
    np.testing.assert_array_equal(recording.signals, [[1, 2, np.nan, np.nan, 6]])
    assert recording.leads == ("II",)
    assert recording.warnings == ()


def test_variable_layout_matches_signals_by_description(record: Build, tmp_path: Path) -> None:
    record("s1", [[200, 400], [-200, -400]], gain="200/mV", labels=("V5", "II"))
    record("s2", [[600]], gain="200/mV", labels=("V5",))
    (tmp_path / "m_layout.hea").write_text("m_layout 3 360 0\n~ 0 200/mV 0 0 0 0 0 II\n"
                                           "~ 0 200/mV 0 0 0 0 0 V5\n"
                                           "~ 0 1/mmHg 0 0 0 0 0 ABP\n")  # fmt: skip
    (tmp_path / "m.hea").write_text("m/4 3 360 4\nm_layout 0\ns1 2\n~ 1\ns2 1\n")
    recording = read(tmp_path / "m.hea")
    assert recording.leads == ("II", "V5")
    np.testing.assert_array_equal(recording.signals, [[-1, -2, np.nan, np.nan], [1, 2, np.nan, 3]])


def test_the_reference_package_joins_the_same(record: Build, tmp_path: Path) -> None:
    wfdb = pytest.importorskip("wfdb")
    record("s1", [[200, 400], [-200, -400]], gain="200/mV", labels=("V5", "II"))
    record("s2", [[600, 1], [5, 6]], gain="200/mV", labels=("V5", "II"))
    (tmp_path / "m.hea").write_text("m/2 2 360 4\ns1 2\ns2 2\n")
    theirs = wfdb.rdrecord(str(tmp_path / "m")).p_signal.T
    np.testing.assert_allclose(read(tmp_path / "m").signals, theirs, rtol=1e-6)


def test_a_lead_missing_from_the_layout_is_named(record: Build, tmp_path: Path) -> None:
    record("s1", [[200], [400]], labels=("II", "V9"))
    (tmp_path / "lay.hea").write_text("lay 1 360 0\n~ 0 200/mV 0 0 0 0 0 II\n")
    (tmp_path / "m.hea").write_text("m/2 1 360 1\nlay 0\ns1 1\n")
    assert "V9 is not among the record's leads" in read(tmp_path / "m.hea").warnings[0]


def test_segments_of_another_rate_are_refused(record: Build, tmp_path: Path) -> None:
    record("s1", fs="250")
    (tmp_path / "m.hea").write_text("m/1 2 360 3\ns1 3\n")
    with pytest.raises(FormatError, match=r"360 Hz, but its segment s1 250 Hz"):
        read(tmp_path / "m.hea")


def test_a_missing_segment_is_named(tmp_path: Path) -> None:
    (tmp_path / "m.hea").write_text("m/1 2 360 3\ns1 3\n")
    with pytest.raises(FormatError, match=r"'s1\.hea', which is not there"):
        read(tmp_path / "m.hea")


def test_a_segment_outside_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.hea").write_text("m/1 2 360 3\n../s1 3\n")
    with pytest.raises(FormatError, match=r"line 1|outside its own folder"):
        read(tmp_path / "m.hea")


def test_nothing_but_gaps(tmp_path: Path) -> None:
    (tmp_path / "m.hea").write_text("m/1 2 360 3\n~ 3\n")
    with pytest.raises(FormatError, match="every segment is a gap"):
        read(tmp_path / "m.hea")


# --- bad input ---------------------------------------------------------------------------------------


def test_truncated_signal_file_says_both_numbers(record: Build, tmp_path: Path) -> None:
    path = record(samples=[[1, 2, 3, 4], [5, 6, 7, 8]], gain="1")
    (tmp_path / "rec.dat").write_bytes((tmp_path / "rec.dat").read_bytes()[:10])
    recording = read_record(path)
    assert recording.signals.tolist() == [[1, 2], [5, 6]]
    assert recording.warnings == ("rec.hea says 4 samples, but rec.dat holds 2; the rest is missing.",)


def test_one_of_two_files_truncated_is_missing_samples(tmp_path: Path) -> None:
    (tmp_path / "r.hea").write_text("r 2 100 3\na.dat 16 1\nb.dat 16 1\n")
    (tmp_path / "a.dat").write_bytes(np.array([1, 2, 3], dtype="<i2").tobytes())
    (tmp_path / "b.dat").write_bytes(np.array([4], dtype="<i2").tobytes())
    recording = read_record(tmp_path / "r.hea")
    np.testing.assert_array_equal(recording.signals, [[1, 2, 3], [4, np.nan, np.nan]])
    assert "b.dat holds 1" in recording.warnings[0]


def test_more_samples_than_announced_are_a_warning(record: Build) -> None:
    path = record(samples=np.zeros((2, 100), dtype=int))
    path.write_text(path.read_text().replace("360 100", "360 50"))
    recording = read_record(path)
    assert recording.n_samples == 50
    assert "says 50 samples, but rec.dat holds 100" in recording.warnings[0]


def test_missing_sample_count_comes_from_the_file_size(record: Build) -> None:
    path = record(header="rec 2 360\nrec.dat 16 1\nrec.dat 16 1\n")
    assert read_record(path).n_samples == 3


def test_wrong_checksum_is_a_warning(record: Build) -> None:
    path = record(header="rec 2 360 3\nrec.dat 16 1 0 0 0 999 0 II\nrec.dat 16 1 0 0 0 -600 0 V1\n")
    warnings = read_record(path).warnings
    assert warnings == ("rec.dat: the checksum of II does not match; the file may be damaged.",)


@pytest.mark.parametrize("gain", ["0", "0/mV", "0(0)/mV"])
def test_zero_gain_is_uncalibrated_and_never_silent(record: Build, gain: str) -> None:
    recording = read_record(record(gain=gain))
    np.testing.assert_allclose(recording.signals[0], [0, 1, 2])
    assert "no gain for MLII, V1 (uncalibrated); 200 adu/mV" in recording.warnings[0]


def test_zero_leads(record: Build) -> None:
    with pytest.raises(FormatError, match="0 signals"):
        read_record(record(header="rec 0 360 0\n"))


def test_one_sample(record: Build) -> None:
    assert read_record(record(samples=[[200]], labels=("II",))).signals.tolist() == [[1.0]]


def test_no_samples(record: Build, tmp_path: Path) -> None:
    path = record()
    (tmp_path / "rec.dat").write_bytes(b"")
    with pytest.raises(FormatError, match="no samples"):
        read_record(path)


def test_missing_signal_file_is_named(record: Build, tmp_path: Path) -> None:
    path = record()
    (tmp_path / "rec.dat").unlink()
    with pytest.raises(FormatError, match=r"'rec\.dat', which is not there"):
        read_record(path)


@pytest.mark.parametrize("name", ["/etc/passwd", "../rec.dat"])
def test_signal_file_outside_is_refused(record: Build, name: str) -> None:
    with pytest.raises(FormatError, match="outside its own folder"):
        read_record(record(header=f"rec 1 360 3\n{name} 16 200\n"))


@pytest.mark.parametrize("fmt", ["508", "516", "524"])
def test_flac_is_refused_by_name(record: Build, fmt: str) -> None:
    with pytest.raises(FormatError, match="FLAC"):
        read_record(record(header=f"rec 1 360 3\nrec.dat {fmt} 200\n"))


def test_unknown_format_lists_the_known(record: Build) -> None:
    with pytest.raises(FormatError, match=r"format 17, .*212"):
        read_record(record(header="rec 1 360 3\nrec.dat 17 200\n"))


def test_a_web_page_in_place_of_samples(record: Build, tmp_path: Path) -> None:
    path = record()
    (tmp_path / "rec.dat").write_text("<!DOCTYPE html>\n<html><body>404 not found</body></html>\n")
    with pytest.raises(FormatError, match=r"rec\.dat is a text file.*DOCTYPE"):
        read_record(path)


def test_no_rate_is_never_guessed(record: Build) -> None:
    path = record(header="rec 2\nrec.dat 16 200\nrec.dat 16 200\n")
    with pytest.raises(MissingInformationError, match="fs=360"):
        read_record(path)
    assert read_record(path, fs=360).fs == 360


def test_contradictions_name_both_values(record: Build) -> None:
    path = record(gain="200/mV")
    with pytest.raises(FormatError, match="states 360 Hz, but 250 Hz was given"):
        read_record(path, fs=250)
    with pytest.raises(FormatError, match="states the unit mV for lead MLII, but uV was given"):
        read_record(path, unit="uV")


def test_unit_fills_in_where_the_header_states_none(record: Build) -> None:
    np.testing.assert_allclose(read_record(record(gain="1"), unit="uV").signals[0], [0, 0.2, 0.4])
