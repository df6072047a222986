"""DICOM waveforms (12-lead ECG, general ECG, ambulatory ECG), on top of pydicom.

Specification: DICOM PS3.3, C.10.9 Waveform Module. Deviation from pydicom's own conversion: the channel
baseline is added in the channel's unit, padding values become NaN, and truncated waveform data is read as
far as it goes.
"""

from __future__ import annotations

import re
import warnings as python_warnings
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from einthoven.errors import FormatError, MissingInformationError
from einthoven.formats.channels import check_rate, choose_channels
from einthoven.recording import Float32, Patient, Recording, normalise_lead

_DTYPES = {
    (8, "SB"): "<i1", (8, "UB"): "<u1", (16, "SS"): "<i2", (16, "US"): "<u2",
    (32, "SL"): "<i4", (32, "UL"): "<u4",
}  # fmt: skip

# MDC (ISO 11073-10101) and SCP-ECG codes of the standard leads, for channels whose meaning is blank.
_LEAD_OF_CODE = {
    "2:1": "I", "2:2": "II", "2:61": "III", "2:62": "aVR", "2:63": "aVL", "2:64": "aVF",
    "2:3": "V1", "2:4": "V2", "2:5": "V3", "2:6": "V4", "2:7": "V5", "2:8": "V6",
    "5.6.3-9-1": "I", "5.6.3-9-2": "II", "5.6.3-9-61": "III", "5.6.3-9-62": "aVR", "5.6.3-9-63": "aVL",
    "5.6.3-9-64": "aVF", "5.6.3-9-3": "V1", "5.6.3-9-4": "V2", "5.6.3-9-5": "V3", "5.6.3-9-6": "V4",
    "5.6.3-9-7": "V5", "5.6.3-9-8": "V6",
}  # fmt: skip
_REMARK = re.compile(r"\s*\([^)]*\)\s*$")


def read_dicom(
    path: Path, *, fs: float | None = None, unit: str | None = None, overrule: bool = False
) -> Recording:
    """Read the longest original multiplex group of a DICOM waveform object.

    Args:
        path: the file.
        fs: rate in Hz, where the group states none.
        unit: unit of channels that state no sensitivity unit.
        overrule: ``unit`` goes before what channels state.

    Raises:
        FormatError: no DICOM file, no waveform in it (an image, a report), or no ECG channel.
        MissingInformationError: rate or unit are stated nowhere.
    """
    import pydicom
    from pydicom.errors import InvalidDicomError

    with python_warnings.catch_warnings():
        # pydicom warns of values that break the standard in fields not used here.
        python_warnings.simplefilter("ignore")
        try:
            dataset = pydicom.dcmread(path, force=True)
            groups = list(dataset.get("WaveformSequence") or [])
        except (
            InvalidDicomError,
            EOFError,
            ValueError,
            AttributeError,
            KeyError,
            TypeError,
            OSError,
        ) as error:
            raise FormatError(f"{path}: the DICOM file is damaged ({error}). Export it again.") from error
        if not groups:
            raise FormatError(
                f"{path} is DICOM {_what(dataset)}; it has no waveform. Allowed are ECG waveform objects."
            )
        return _recording(path, dataset, groups, fs, unit, overrule)


def _what(dataset: Any) -> str:
    """Name the kind of object, for a message."""
    if "PixelData" in dataset or "Rows" in dataset:
        return f"image ({dataset.get('Modality') or 'no modality'})"
    uid = dataset.get("SOPClassUID")
    return f"object {getattr(uid, 'name', uid)!r}" if uid else "without an object class"


def _recording(
    path: Path, dataset: Any, groups: list[Any], fs: float | None, unit: str | None, overrule: bool
) -> Recording:
    warnings: list[str] = []
    place = max(
        range(len(groups)),
        key=lambda k: (str(groups[k].get("WaveformOriginality", "")) != "DERIVED", _seconds(groups[k]), -k),
    )
    group = groups[place]
    if len(groups) > 1:
        others = ", ".join(_title(other, k) for k, other in enumerate(groups) if k != place)
        warnings.append(
            f"{path.name} has {len(groups)} waveform groups; {_title(group, place)} was read, not {others}."
        )
    if "WaveformData" not in group:
        raise FormatError(
            f"{path}: the waveform group has no data; the file may be cut off. Export it again."
        )
    stated = float(group.get("SamplingFrequency") or 0)
    if not stated and fs is None:
        raise MissingInformationError(f"{path} states no sampling rate.", "fs", "500")
    if stated:
        check_rate(stated, fs, str(path))
    raw = _samples(path, group, warnings)
    definitions = list(group.get("ChannelDefinitionSequence") or [])
    if len(definitions) != raw.shape[1]:
        raise FormatError(
            f"{path}: {len(definitions)} channels are described, but {raw.shape[1]} are stored."
        )
    labels = [_label(channel, k) for k, channel in enumerate(definitions)]
    kept, dropped = choose_channels(
        labels, [_unit(channel) for channel in definitions], unit=unit, what=str(path), overrule=overrule
    )
    warnings += dropped
    padding = _padding(group, raw.dtype)
    signals: Float32 = np.empty((len(kept), raw.shape[0]), dtype=np.float32)
    for row, channel in zip(signals, kept, strict=True):
        definition = definitions[channel.index]
        sensitivity = _number(definition, "ChannelSensitivity", 1.0)
        correction = _number(definition, "ChannelSensitivityCorrectionFactor", 1.0)
        baseline = _number(definition, "ChannelBaseline", 0.0)
        if "ChannelSensitivity" not in definition:
            warnings.append(
                f"{labels[channel.index]} states no sensitivity; 1 per unit assumed. Amplitudes may be wrong."
            )
        own = raw[:, channel.index]
        row[:] = (own.astype(np.float64) * (sensitivity * correction) + baseline) * channel.factor
        if padding is not None:
            row[own == padding] = np.nan
    if signals.shape[1] == 0:
        raise FormatError(f"{path}: the waveform holds no samples; at least 1 is needed.")
    return Recording(
        signals, stated or fs or 0.0, tuple(normalise_lead(labels[channel.index]) for channel in kept),
        name=path.stem, source=str(path), start=_start(dataset), patient=_patient(dataset),
        warnings=tuple(warnings),
    )  # fmt: skip


def _seconds(group: Any) -> float:
    return float(group.get("NumberOfWaveformSamples") or 0) / float(group.get("SamplingFrequency") or 1)


def _title(group: Any, place: int) -> str:
    name = str(group.get("MultiplexGroupLabel") or f"group {place + 1}")
    return f"{name} ({_seconds(group):g} s)"


def _samples(path: Path, group: Any, warnings: list[str]) -> np.ndarray[Any, np.dtype[Any]]:
    """Raw samples, shape ``(n_samples, n_channels)``."""
    bits = int(group.get("WaveformBitsAllocated") or 0)
    interpretation = str(group.get("WaveformSampleInterpretation") or "")
    if (bits, interpretation) not in _DTYPES:
        allowed = ", ".join(f"{b} bit {i}" for b, i in _DTYPES)
        raise FormatError(
            f"{path}: samples of {bits} bit {interpretation!r} are not read; allowed: {allowed}."
        )
    dtype = np.dtype(_DTYPES[bits, interpretation])
    n_channels = int(group.get("NumberOfWaveformChannels") or 0)
    n_samples = int(group.get("NumberOfWaveformSamples") or 0)
    data = group.get("WaveformData") or b""
    if n_channels < 1:
        raise FormatError(f"{path}: the waveform has {n_channels} channels; at least 1 is needed.")
    held = len(data) // (dtype.itemsize * n_channels)
    if held < n_samples:
        warnings.append(f"{path.name} says {n_samples} samples, but holds {held}; the rest is missing.")
    n_samples = min(held, n_samples)
    return np.frombuffer(data, dtype=dtype, count=n_samples * n_channels).reshape(n_samples, n_channels)


def _padding(group: Any, dtype: np.dtype[Any]) -> int | None:
    value = group.get("WaveformPaddingValue")
    if value is None or value == "":
        return None
    if isinstance(value, bytes):
        return int(np.frombuffer(value[: dtype.itemsize].ljust(dtype.itemsize, b"\0"), dtype=dtype)[0])
    # Some writers store the pattern of a negative value as an unsigned one.
    return int(
        np.array(int(value) & ((1 << 8 * dtype.itemsize) - 1)).astype(f"<u{dtype.itemsize}").view(dtype)
    )


def _number(definition: Any, name: str, default: float) -> float:
    value = definition.get(name)
    return default if value is None or value == "" else float(value)


def _unit(definition: Any) -> str | None:
    """UCUM code of the sensitivity unit, None where the channel states none."""
    sequence = definition.get("ChannelSensitivityUnitsSequence")
    return str(sequence[0].get("CodeValue") or "").strip() or None if sequence else None


def _label(definition: Any, place: int) -> str:
    """Name of a channel.

    Its source's meaning, its source's code, or its label, whichever is a standard lead first.
    """
    names = [str(definition.get("ChannelLabel") or "")]
    source = definition.get("ChannelSourceSequence")
    if source:
        meaning = str(source[0].get("CodeMeaning") or "")
        code = str(source[0].get("CodeValue") or "")
        names = [_REMARK.sub("", meaning), _LEAD_OF_CODE.get(code, ""), names[0], meaning, code]
    names = [name.strip() for name in names if name.strip()]
    standard = [name for name in names if normalise_lead(name) != name or name in _LEAD_OF_CODE.values()]
    return (standard or names or [f"channel {place + 1}"])[0]


def _start(dataset: Any) -> datetime | None:
    """Acquisition time; None where the file states none that can be read."""
    text = re.sub(r"[^\d.].*$", "", str(dataset.get("AcquisitionDateTime") or ""))
    if not text and dataset.get("AcquisitionDate"):
        text = f"{dataset.AcquisitionDate}{dataset.get('AcquisitionTime') or ''}"
    if not text and dataset.get("StudyDate"):
        text = f"{dataset.StudyDate}{dataset.get('StudyTime') or ''}"
    for form in ("%Y%m%d%H%M%S.%f", "%Y%m%d%H%M%S", "%Y%m%d%H%M"):
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return None


def _patient(dataset: Any) -> Patient:
    age = None
    match = re.match(r"^(\d{1,3})([DWMY])$", str(dataset.get("PatientAge") or ""))
    if match:
        age = int(match[1]) / {"D": 365.25, "W": 52.18, "M": 12.0, "Y": 1.0}[match[2]]
    sex = {"F": "female", "M": "male"}.get(str(dataset.get("PatientSex") or ""), "")
    name = str(dataset.get("PatientName") or "").replace("^", " ").strip()
    return Patient(id=str(dataset.get("PatientID") or ""), name=name, age=age, sex=sex)
