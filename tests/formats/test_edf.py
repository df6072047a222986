"""EDF and EDF+, with files built field by field after the specification."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest

from einthoven.errors import FormatError, MissingInformationError
from einthoven.formats import read
from einthoven.recording import Event

edfio = pytest.importorskip("edfio")


def _edf(
    folder: Path,
    signals: list[tuple[str, str, int, np.ndarray]],  # type: ignore[type-arg]
    *,
    onsets: list[bytes] | None = None,
    reserved: str = "",
    patient: str = "X X X X",
    header_bytes: int | None = None,
    n_records: int | None = None,
    date_time: str = "02.03.2115.16.17",
    digital: tuple[int, int] = (-32768, 32767),
) -> Path:
    """Write label, dimension, samples a record, digital samples; annotation lists a record; 1 s a record."""
    n = len(signals[0][3]) // signals[0][2]
    blocks = [
        (label, unit, spr, np.asarray(x, dtype="<i2").reshape(n, spr).view(np.uint8))
        for label, unit, spr, x in signals
    ]
    if onsets is not None:
        width = max(len(tal) for tal in onsets) // 2 * 2 + 2
        raw = np.frombuffer(b"".join(tal.ljust(width, b"\0") for tal in onsets), dtype=np.uint8).reshape(
            n, width
        )
        blocks.append(("EDF Annotations", "", width // 2, raw))
    ns = len(blocks)
    size = 256 * (ns + 1) if header_bytes is None else header_bytes
    head = (
        f"{'0':8}{patient:80}{'Startdate 02-MAR-2021 X X X':80}{date_time}{size:<8}{reserved:44}"
        f"{n if n_records is None else n_records:<8}{1:<8}{ns:<4}"
    )
    columns = [
        (16, [b[0] for b in blocks]), (80, [""] * ns), (8, [b[1] for b in blocks]),
        (8, ["-3.2768"] * ns),
        (8, ["3.2767"] * ns), (8, [str(digital[0])] * ns), (8, [str(digital[1])] * ns), (80, [""] * ns),
        (8, [str(b[2]) for b in blocks]), (32, [""] * ns),
    ]  # fmt: skip
    head += "".join(f"{value:{width}}" for width, values in columns for value in values)
    path = folder / "x.edf"
    path.write_bytes(head.encode("latin-1") + np.concatenate([b[3] for b in blocks], axis=1).tobytes())
    return path


RAMP = np.arange(300)


def test_millivolt_labels_and_start(tmp_path: Path) -> None:
    recording = read(_edf(tmp_path, [("ECG II", "mV", 100, RAMP), ("EKG V1", "uV", 100, -RAMP)]))
    np.testing.assert_allclose(recording.signals[0], RAMP / 1e4, atol=1e-6)
    np.testing.assert_allclose(recording.signals[1], -RAMP / 1e7, atol=1e-9)
    assert (recording.fs, recording.leads) == (100, ("II", "V1"))
    assert recording.start == datetime(2021, 3, 2, 15, 16, 17)
    assert recording.warnings == ()


def test_patient(tmp_path: Path) -> None:
    patient = read(
        _edf(tmp_path, [("II", "mV", 100, RAMP)], patient="MCH-02 F 02-MAY-1951 Haagse_Harry")
    ).patient
    assert (patient.id, patient.sex, patient.name, patient.age) == ("MCH-02", "female", "Haagse Harry", 69)
    free = read(_edf(tmp_path, [("II", "mV", 100, RAMP)], patient="somebody 51y")).patient
    assert (free.id, free.sex, free.age) == ("somebody 51y", "", None)


def test_an_impossible_start_is_none(tmp_path: Path) -> None:
    assert read(_edf(tmp_path, [("II", "mV", 100, RAMP)], date_time="31.02.2199.00.00")).start is None


def test_other_signals_are_left_out(tmp_path: Path) -> None:
    signals = [
        ("ECG II", "mV", 100, RAMP),
        ("Resp", "uV", 10, RAMP[:30]),
        ("SaO2", "%", 1, RAMP[:3]),
        ("EEG Fpz-Cz", "uV", 100, RAMP),
    ]
    recording = read(_edf(tmp_path, signals))
    assert (recording.leads, recording.fs) == (("II",), 100)
    assert "Resp (no ECG), SaO2 (%), EEG Fpz-Cz (no ECG)" in recording.warnings[0]


def test_no_ecg(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"no ECG lead.*SaO2 \(%\)"):
        read(_edf(tmp_path, [("SaO2", "%", 100, RAMP)]))


def test_a_blank_dimension_needs_a_unit(tmp_path: Path) -> None:
    path = _edf(tmp_path, [("ECG", "", 100, RAMP)])
    with pytest.raises(MissingInformationError, match="unit of ECG"):
        read(path)
    np.testing.assert_allclose(read(path, unit="mV").signals[0], RAMP / 1e4, atol=1e-6)


def test_micro_sign_in_latin1(tmp_path: Path) -> None:
    assert read(_edf(tmp_path, [("II", "µV", 100, RAMP)])).n_samples == 300


def test_leads_of_unequal_rate(tmp_path: Path) -> None:
    def wave(fs: int) -> np.ndarray:  # type: ignore[type-arg]
        return np.round(10000 * np.sin(2 * np.pi * np.arange(3 * fs) / fs))

    recording = read(_edf(tmp_path, [("I", "mV", 100, wave(100)), ("II", "mV", 250, wave(250))]))
    assert (recording.fs, recording.signals.shape) == (250, (2, 750))
    np.testing.assert_allclose(recording.signals[0, 50:-50], recording.signals[1, 50:-50], atol=0.01)
    assert "I (100 Hz) resampled to 250 Hz" in recording.warnings[0]


def test_annotations(tmp_path: Path) -> None:
    tals = [
        b"+0\x14\x14\0+0.5\x152\x14apnoea\x14arousal\x14\0",
        b"+1\x14\x14\0",
        "+2\x14\x14\0+2.25\x14größer\x14\0".encode(),
    ]
    recording = read(_edf(tmp_path, [("II", "mV", 100, RAMP)], onsets=tals, reserved="EDF+C"))
    assert recording.events == (
        Event(0.5, 2.0, "apnoea"),
        Event(0.5, 2.0, "arousal"),
        Event(2.25, 0.0, "größer"),
    )
    assert recording.n_samples == 300


def test_time_zero_is_the_first_sample(tmp_path: Path) -> None:
    tals = [b"+0.75\x14\x14\0+1.75\x14now\x14\0", b"+1.75\x14\x14\0", b"+2.75\x14\x14\0"]
    recording = read(_edf(tmp_path, [("II", "mV", 100, RAMP)], onsets=tals, reserved="EDF+C"))
    assert recording.events == (Event(1.0, 0.0, "now"),)
    assert recording.n_samples == 300


def test_gaps_of_a_discontinuous_file_are_missing_samples(tmp_path: Path) -> None:
    tals = [b"+0\x14\x14\0", b"+1\x14\x14\0", b"+4.5\x14\x14\0+4.6\x14back\x14\0"]
    recording = read(
        _edf(tmp_path, [("II", "mV", 100, RAMP), ("V1", "mV", 50, RAMP[:150])], onsets=tals, reserved="EDF+D")
    )
    assert recording.signals.shape == (2, 550)
    np.testing.assert_allclose(recording.signals[0, :200], RAMP[:200] / 1e4, atol=1e-6)
    assert np.isnan(recording.signals[0, 200:450]).all()
    np.testing.assert_allclose(recording.signals[0, 450:], RAMP[200:] / 1e4, atol=1e-6)
    assert np.isnan(recording.signals[1, 205:445]).all()
    assert recording.events == (Event(4.6, 0.0, "back"),)
    assert any("1 gaps, 2.5 s in all" in text for text in recording.warnings)


def test_absurd_gaps_are_refused(tmp_path: Path) -> None:
    tals = [b"+0\x14\x14\0", b"+1\x14\x14\0", b"+900000000\x14\x14\0"]
    with pytest.raises(FormatError, match="split the file"):
        read(_edf(tmp_path, [("II", "mV", 100, RAMP)], onsets=tals, reserved="EDF+D"))


def test_overlapping_records_are_joined_with_a_warning(tmp_path: Path) -> None:
    tals = [b"+0\x14\x14\0", b"+0.5\x14\x14\0", b"+2\x14\x14\0"]
    recording = read(_edf(tmp_path, [("II", "mV", 100, RAMP)], onsets=tals, reserved="EDF+D"))
    assert recording.n_samples == 300
    assert "overlap" in recording.warnings[0]


@pytest.mark.parametrize("size", [256, 9999, 0, 768])
def test_wrong_header_size(tmp_path: Path, size: int) -> None:
    with pytest.raises(FormatError, match=rf"says it is {size} bytes long, but 1 signals need .* = 512"):
        read(_edf(tmp_path, [("II", "mV", 100, RAMP)], header_bytes=size))


@pytest.mark.parametrize("cut", [100, 300])
def test_cut_inside_the_header(tmp_path: Path, cut: int) -> None:
    path = _edf(tmp_path, [("II", "mV", 100, RAMP)])
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(FormatError):
        read(path)


def test_truncated_file_says_both_numbers(tmp_path: Path) -> None:
    path = _edf(tmp_path, [("II", "mV", 100, RAMP)])
    path.write_bytes(path.read_bytes()[:-150])
    recording = read(path)
    assert recording.n_samples == 200
    assert recording.warnings == ("x.edf says 3 data records, but holds 2; the rest is missing.",)


def test_unknown_number_of_records_comes_from_the_file_size(tmp_path: Path) -> None:
    recording = read(_edf(tmp_path, [("II", "mV", 100, RAMP)], n_records=-1))
    assert (recording.n_samples, recording.warnings) == (300, ())


def test_no_data(tmp_path: Path) -> None:
    path = _edf(tmp_path, [("II", "mV", 100, RAMP)])
    path.write_bytes(path.read_bytes()[:512])
    with pytest.raises(FormatError, match="no whole data record"):
        read(path)


@pytest.mark.parametrize(("begin", "end", "text"), [(252, 256, "zero"), (244, 252, "long"), (236, 244, "-7")])
def test_header_fields_that_are_no_numbers(tmp_path: Path, begin: int, end: int, text: str) -> None:
    path = _edf(tmp_path, [("II", "mV", 100, RAMP)], reserved="EDF+C", onsets=[b"+0\x14\x14\0"] * 3)
    raw = bytearray(path.read_bytes())
    raw[begin:end] = text.ljust(end - begin).encode()
    path.write_bytes(raw)
    with pytest.raises(FormatError):
        read(path)


@pytest.mark.parametrize("text", ["1.63.35", "1e99", "nan", ""])
def test_a_physical_range_that_cannot_be(tmp_path: Path, text: str) -> None:
    path = _edf(tmp_path, [("II", "mV", 100, RAMP)])
    raw = path.read_bytes().replace(b"3.2767  ", text.ljust(8).encode(), 1)
    path.write_bytes(raw)
    with pytest.raises(FormatError, match="'II'"):
        read(path)


def test_no_digital_range(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"digital range 5 to 5|damaged"):
        read(_edf(tmp_path, [("II", "mV", 100, RAMP)], digital=(5, 5)))


def test_a_file_of_edfio(tmp_path: Path) -> None:
    signals = [edfio.EdfSignal(np.sin(np.arange(1000) / 10), 250, label="V5", physical_dimension="mV")]
    edfio.Edf(
        signals, patient=edfio.Patient(sex="M", birthdate=date(1950, 1, 1)),
        recording=edfio.Recording(startdate=date(2020, 1, 1)),
        annotations=[edfio.EdfAnnotation(1.5, 2, "note")],
    ).write(tmp_path / "x.edf")  # fmt: skip
    recording = read(tmp_path / "x.edf")
    np.testing.assert_allclose(recording.signals[0], signals[0].data, atol=1e-6)
    assert recording.events == (Event(1.5, 2.0, "note"),)
    assert (recording.patient.sex, recording.patient.age) == ("male", 70)


def test_a_real_export(data_root: Path) -> None:
    path = data_root / "formats" / "edf" / "0000050.ECG.edf"
    if not path.is_file():
        pytest.skip(f"{path} is not in EINTHOVEN_DATA")
    recording = read(path)
    theirs = edfio.read_edf(path)
    assert recording.leads == theirs.labels
    assert recording.fs == 800
    np.testing.assert_allclose(recording.signals, [signal.data for signal in theirs.signals], atol=2e-5)
