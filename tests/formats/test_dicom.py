"""DICOM waveforms, PS3.3 C.10.9."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from einthoven.errors import FormatError, MissingInformationError
from einthoven.formats import read

pydicom = pytest.importorskip("pydicom")
Dataset = pydicom.dataset.Dataset


def _code(value: str, meaning: str = "", scheme: str = "MDC") -> Any:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _channel(meaning: str, *, code: str = "", unit: str | None = "uV", **values: Any) -> Any:
    item = Dataset()
    item.ChannelSourceSequence = [_code(code or "2:0", meaning)]
    if unit is not None:
        item.ChannelSensitivityUnitsSequence = [_code(unit, scheme="UCUM")]
    for name, value in {
        "ChannelSensitivity": 1,
        "ChannelSensitivityCorrectionFactor": 1,
        "ChannelBaseline": 0,
        **values,
    }.items():
        if value is not None:
            setattr(item, name, value)
    return item


def _group(
    samples: np.ndarray,
    channels: list[Any],
    *,
    fs: float | None = 500,
    interpretation: str = "SS",
    **values: Any,
) -> Any:  # type: ignore[type-arg]
    """``samples`` has shape ``(n_samples, n_channels)``."""
    item = Dataset()
    item.NumberOfWaveformSamples, item.NumberOfWaveformChannels = samples.shape
    if fs is not None:
        item.SamplingFrequency = fs
    item.WaveformOriginality = "ORIGINAL"
    item.WaveformBitsAllocated = 8 * samples.itemsize
    item.WaveformSampleInterpretation = interpretation
    item.ChannelDefinitionSequence = channels
    item.add_new("WaveformData", "OW" if samples.itemsize > 1 else "OB", samples.tobytes())
    for name, value in values.items():
        setattr(item, name, value)
    return item


def _file(folder: Path, groups: list[Any], **values: Any) -> Path:
    meta = pydicom.dataset.FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.9.1.1"
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset = Dataset()
    dataset.file_meta = meta
    dataset.SOPClassUID, dataset.SOPInstanceUID = (
        meta.MediaStorageSOPClassUID,
        meta.MediaStorageSOPInstanceUID,
    )
    if groups:
        dataset.WaveformSequence = groups
    for name, value in values.items():
        setattr(dataset, name, value)
    path = folder / "x.dcm"
    dataset.save_as(path, enforce_file_format=True)
    return path


TWO = np.array([[100, -100], [200, -200], [300, -300]], dtype="<i2")


def test_sensitivity_correction_baseline_and_unit(tmp_path: Path) -> None:
    channels = [
        _channel(
            "Lead II", ChannelSensitivity=2, ChannelSensitivityCorrectionFactor=0.5, ChannelBaseline=1000
        ),
        _channel("Lead aVR", unit="mV", ChannelSensitivity=0.01),
    ]
    recording = read(_file(tmp_path, [_group(TWO, channels)]))
    np.testing.assert_allclose(recording.signals, [[1.1, 1.2, 1.3], [-1, -2, -3]], rtol=1e-6)
    assert (recording.fs, recording.leads, recording.warnings) == (500, ("II", "aVR"), ())


@pytest.mark.parametrize(
    ("meaning", "code", "lead"),
    [("Lead I (Einthoven)", "", "I"), ("aVF, augmented", "2:64", "aVF"), ("", "5.6.3-9-3", "V1"),
     ("V5", "", "V5"),
     ("Unknown thing", "99", "Unknown thing")],
)  # fmt: skip
def test_leads_by_meaning_or_code(tmp_path: Path, meaning: str, code: str, lead: str) -> None:
    assert read(_file(tmp_path, [_group(TWO[:, :1].copy(), [_channel(meaning, code=code)])])).leads == (lead,)


@pytest.mark.parametrize(
    ("dtype", "interpretation"),
    [("<i1", "SB"), ("<u1", "UB"), ("<i2", "SS"), ("<u2", "US"), ("<i4", "SL"), ("<u4", "UL")],
)
def test_sample_types(tmp_path: Path, dtype: str, interpretation: str) -> None:
    samples = np.array([[1], [100], [np.iinfo(dtype).max], [np.iinfo(dtype).min]], dtype=dtype)
    recording = read(
        _file(tmp_path, [_group(samples, [_channel("Lead II", unit="mV")], interpretation=interpretation)])
    )
    np.testing.assert_allclose(recording.signals[0], samples[:, 0].astype(float), rtol=1e-6)


def test_unknown_sample_type(tmp_path: Path) -> None:
    group = _group(TWO[:, :1].astype("<u2"), [_channel("Lead II")], interpretation="MB")
    with pytest.raises(FormatError, match=r"16 bit 'MB'.*16 bit SS"):
        read(_file(tmp_path, [group]))


def test_padding_is_missing(tmp_path: Path) -> None:
    samples = np.array([[1], [-32768], [3]], dtype="<i2")
    group = _group(samples, [_channel("Lead II", unit="mV")])
    group.add_new("WaveformPaddingValue", "OW", np.array([-32768], dtype="<i2").tobytes())
    np.testing.assert_array_equal(read(_file(tmp_path, [group])).signals, [[1, np.nan, 3]])


def test_the_longest_original_group_is_read(tmp_path: Path) -> None:
    long = _group(np.zeros((1000, 1), dtype="<i2"), [_channel("Lead II")], MultiplexGroupLabel="RHYTHM")
    short = _group(np.zeros((10, 1), dtype="<i2"), [_channel("Lead V1")], MultiplexGroupLabel="STRIP")
    median = _group(np.zeros((5000, 1), dtype="<i2"), [_channel("Lead I")], MultiplexGroupLabel="MEDIAN BEAT")
    median.WaveformOriginality = "DERIVED"
    recording = read(_file(tmp_path, [short, median, long]))
    assert (recording.leads, recording.n_samples) == (("II",), 1000)
    assert "RHYTHM (2 s) was read, not STRIP (0.02 s), MEDIAN BEAT (10 s)" in recording.warnings[0]


def test_other_channels_are_left_out(tmp_path: Path) -> None:
    recording = read(_file(tmp_path, [_group(TWO, [_channel("Lead II"), _channel("ABP", unit="mm[Hg]")])]))
    assert recording.leads == ("II",)
    assert "ABP (mm[Hg])" in recording.warnings[0]


def test_a_missing_unit_and_rate_are_asked_for(tmp_path: Path) -> None:
    path = _file(tmp_path, [_group(TWO[:, :1].copy(), [_channel("Lead II", unit=None)], fs=None)])
    with pytest.raises(MissingInformationError, match="fs=500"):
        read(path)
    with pytest.raises(MissingInformationError, match="unit='mV'"):
        read(path, fs=500)
    assert read(path, fs=500, unit="mV").signals.tolist() == [[100, 200, 300]]


def test_a_missing_sensitivity_is_never_silent(tmp_path: Path) -> None:
    recording = read(
        _file(tmp_path, [_group(TWO[:, :1].copy(), [_channel("Lead II", ChannelSensitivity=None)])])
    )
    assert "states no sensitivity" in recording.warnings[0]


def test_truncated_waveform(tmp_path: Path) -> None:
    group = _group(TWO, [_channel("Lead II"), _channel("Lead V1")])
    group.NumberOfWaveformSamples = 10
    recording = read(_file(tmp_path, [group]))
    assert recording.n_samples == 3
    assert "says 10 samples, but holds 3" in recording.warnings[0]


def test_channels_not_described(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="1 channels are described, but 2"):
        read(_file(tmp_path, [_group(TWO, [_channel("Lead II")])]))


def test_patient_and_start(tmp_path: Path) -> None:
    recording = read(
        _file(
            tmp_path, [_group(TWO[:, :1].copy(), [_channel("Lead II")])], PatientID="7",
            PatientName="Doe^Jane", PatientSex="F",
            PatientAge="018M", AcquisitionDateTime="20240102030405.5+0100",
        )
    )  # fmt: skip
    patient = recording.patient
    assert (patient.id, patient.name, patient.sex, patient.age) == ("7", "Doe Jane", "female", 1.5)
    assert recording.start == datetime(2024, 1, 2, 3, 4, 5, 500000)


def test_no_waveform(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="has no waveform"):
        read(_file(tmp_path, []))


def test_an_image(tmp_path: Path) -> None:
    path = _file(tmp_path, [], Rows=2, Columns=2, Modality="CT", BitsAllocated=8, PixelData=bytes(4))
    with pytest.raises(FormatError, match=r"DICOM image \(CT\); it has no waveform"):
        read(path)


@pytest.mark.parametrize("cut", [200, 400, 700])
def test_cut_files(tmp_path: Path, cut: int) -> None:
    path = _file(tmp_path, [_group(TWO, [_channel("Lead II"), _channel("Lead V1")])])
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(FormatError):
        read(path)


def test_a_real_export(data_root: Path) -> None:
    path = data_root / "formats" / "dicom" / "waveform_ecg.dcm"
    if not path.is_file():
        pytest.skip(f"{path} is not in EINTHOVEN_DATA")
    recording = read(path)
    theirs = pydicom.dcmread(path).waveform_array(0).T / 1000
    assert recording.leads == ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
    np.testing.assert_allclose(recording.signals, theirs, rtol=1e-5, atol=1e-6)
