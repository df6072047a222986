"""Formats of signal(5), with the reference implementation as oracle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from einthoven.formats.wfdb.record import read_record
from einthoven.formats.wfdb.samples import CODINGS

wfdb = pytest.importorskip("wfdb")

RANGES = {8: 7, 16: 15, 24: 23, 32: 31, 61: 15, 80: 7, 160: 15, 212: 11, 310: 9, 311: 9}
FORMATS = [fmt for fmt in RANGES if fmt != 8]


def test_every_format_of_the_specification_is_there() -> None:
    assert set(CODINGS) == set(RANGES)


def _pack(fmt: int, values: npt.NDArray[np.int64]) -> bytes:
    """Pack samples as signal(5) says, bit by bit, without a thought for speed."""
    if fmt in (16, 24, 32):
        return b"".join(int(v).to_bytes(fmt // 8, "little", signed=True) for v in values)
    if fmt == 61:
        return b"".join(int(v).to_bytes(2, "big", signed=True) for v in values)
    if fmt in (80, 160):
        half = 1 << RANGES[fmt]
        return b"".join((int(v) + half).to_bytes(1 if fmt == 80 else 2, "little") for v in values)
    out = bytearray()
    count = 2 if fmt == 212 else 3
    for start in range(0, len(values), count):
        group = [int(v) for v in values[start : start + count]]
        group += [0] * (count - len(group))
        if fmt == 212:
            a, b = (v & 0xFFF for v in group)
            out += bytes([a & 0xFF, (a >> 8) | (b >> 8) << 4, b & 0xFF])
        else:
            a, b, c = (v & 0x3FF for v in group)
            if fmt == 310:
                out += ((a << 1) | (c & 0x1F) << 11).to_bytes(2, "little")
                out += ((b << 1) | (c >> 5) << 11).to_bytes(2, "little")
            else:
                out += (a | b << 10 | c << 20).to_bytes(4, "little")
    return bytes(out)


def _write(folder: Path, fmt: int, samples: npt.NDArray[np.int64]) -> None:
    """Write a record of ``samples``, shape ``(n_samples, n_leads)``, gain 200, baseline 3."""
    n_samples, n_leads = samples.shape
    lines = [f"rec {n_leads} 250 {n_samples}"]
    for k in range(n_leads):
        checksum = (int(samples[:, k].sum()) + 32768) % 65536 - 32768
        lines.append(f"rec.dat {fmt} 200(3)/mV 16 0 {samples[0, k]} {checksum} 0 lead{k}")
    (folder / "rec.hea").write_text("\n".join(lines) + "\n")
    (folder / "rec.dat").write_bytes(_pack(fmt, samples.ravel()))


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("n_leads", [1, 2, 3])
@pytest.mark.parametrize("n_samples", [1, 2, 3, 7, 400])
def test_packed_samples_come_back(tmp_path: Path, fmt: int, n_leads: int, n_samples: int) -> None:
    half = 1 << RANGES[fmt]
    samples = np.random.default_rng(fmt).integers(-half + 1, half, size=(n_samples, n_leads))
    samples[0, 0] = half - 1
    _write(tmp_path, fmt, samples)
    recording = read_record(tmp_path / "rec.hea")
    np.testing.assert_allclose(recording.signals, (samples.T - 3) / 200, rtol=1e-6, atol=1e-6)
    assert recording.warnings == ()


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("n_leads", [1, 2, 3])
def test_the_reference_package_reads_the_same(tmp_path: Path, fmt: int, n_leads: int) -> None:
    half = 1 << RANGES[fmt]
    samples = np.random.default_rng(fmt).integers(-half, half, size=(300, n_leads))
    _write(tmp_path, fmt, samples)
    theirs = wfdb.rdrecord(str(tmp_path / "rec")).p_signal.T
    np.testing.assert_allclose(read_record(tmp_path / "rec.hea").signals, theirs, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("fmt", [16, 24, 32, 80, 212])
def test_a_record_the_reference_package_wrote(tmp_path: Path, fmt: int) -> None:
    half = 1 << RANGES[fmt]
    samples = np.random.default_rng(fmt).integers(-half + 1, half, size=(301, 2))
    wfdb.wrsamp(
        "rec", fs=250, units=["mV", "uV"], sig_name=["II", "V5"], d_signal=samples, fmt=[str(fmt)] * 2,
        adc_gain=[200.0, 0.2], baseline=[3, -3], write_dir=str(tmp_path),
    )  # fmt: skip
    recording = read_record(tmp_path / "rec.hea")
    np.testing.assert_allclose(recording.signals, (samples.T - [[3], [-3]]) / 200, rtol=1e-6, atol=1e-6)
    assert (recording.leads, recording.warnings) == (("II", "V5"), ())


@pytest.mark.parametrize("fmt", FORMATS)
def test_the_lowest_code_is_a_missing_sample(tmp_path: Path, fmt: int) -> None:
    samples = np.array([[5], [-(1 << RANGES[fmt])], [7]])
    _write(tmp_path, fmt, samples)
    signals = read_record(tmp_path / "rec.hea").signals
    assert np.isnan(signals[0]).tolist() == [False, True, False]


def test_format_8_sums_differences_from_the_initial_value(tmp_path: Path) -> None:
    (tmp_path / "rec.hea").write_text("rec 2 250 4\nrec.dat 8 100 8 0 50\nrec.dat 8 100 8 0 -50\n")
    differences = np.array([[0, 0], [1, -1], [127, -128], [-3, 4]], dtype=np.int8)
    (tmp_path / "rec.dat").write_bytes(differences.tobytes())
    expected = np.array([[50, 51, 178, 175], [-50, -51, -179, -175]]) / 100
    np.testing.assert_allclose(read_record(tmp_path / "rec.hea").signals, expected, atol=1e-6)


def test_format_8_goes_on_across_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("einthoven.formats.wfdb.samples._VALUES_PER_CHUNK", 12)
    (tmp_path / "rec.hea").write_text("rec 1 250\nrec.dat 8 1 8 0 7\n")
    (tmp_path / "rec.dat").write_bytes(np.ones(100, dtype=np.int8).tobytes())
    np.testing.assert_array_equal(read_record(tmp_path / "rec.hea").signals[0], np.arange(8, 108))


@pytest.mark.parametrize(("fmt", "raw", "values"), [
    # signal(5): the first 12-bit sample has the low byte and the low nibble of the second
    (212, [0x34, 0x12, 0x56], [0x234, 0x156]),
    (212, [0xFF, 0xFF, 0xFF], [-1, -1]),
    # signal(5): 310 leaves bit 0 of each word unused, the third sample has its high bits in both words
    (310, [0b1111_1110, 0b0000_1111, 0x02, 0x08], [-1, 1, 0b00001_00001]),
    (311, [0xFF, 0x07, 0x00, 0x00], [-1, 1, 0]),
    (80, [0x81, 0x80, 0x7F], [1, 0, -1]),
    (61, [0x01, 0x02], [0x102]),
])  # fmt: skip
def test_bits_as_the_specification_lays_them_out(
    tmp_path: Path, fmt: int, raw: list[int], values: list[int]
) -> None:
    (tmp_path / "rec.hea").write_text(f"rec 1 250 {len(values)}\nrec.dat {fmt} 1\n")
    (tmp_path / "rec.dat").write_bytes(bytes(raw))
    assert read_record(tmp_path / "rec.hea").signals[0].tolist() == values


@pytest.mark.parametrize("fmt", [16, 212, 310, 311, 24])
def test_chunks_join_without_a_seam(tmp_path: Path, fmt: int, monkeypatch: pytest.MonkeyPatch) -> None:
    half = 1 << RANGES[fmt]
    samples = np.random.default_rng(1).integers(-half + 1, half, size=(501, 3))
    _write(tmp_path, fmt, samples)
    whole = read_record(tmp_path / "rec.hea").signals
    monkeypatch.setattr("einthoven.formats.wfdb.samples._VALUES_PER_CHUNK", 37)
    np.testing.assert_array_equal(read_record(tmp_path / "rec.hea").signals, whole)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    samples=hnp.arrays(
        np.int16, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(-511, 511)
    ),
    fmt=st.sampled_from([16, 24, 32, 61, 160, 212, 310, 311]),
)
def test_any_samples_in_any_format(tmp_path: Path, samples: npt.NDArray[np.int16], fmt: int) -> None:
    _write(tmp_path, fmt, samples.astype(np.int64))
    signals = read_record(tmp_path / "rec.hea").signals
    np.testing.assert_allclose(signals, (samples.T.astype(float) - 3) / 200, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", ["mitdb/208", "mitdb/102", "svdb/802", "nstdb/bw", "ludb/data/1"])
def test_real_records_against_the_reference_package(data_root: Path, name: str) -> None:
    path = data_root / f"{name}.hea"
    if not path.is_file():
        pytest.skip(f"{path} is not in EINTHOVEN_DATA")
    theirs = wfdb.rdrecord(str(path)[:-4])
    ours = read_record(path)
    assert ours.fs == theirs.fs
    np.testing.assert_allclose(ours.signals, theirs.p_signal.T, rtol=1e-6, atol=2e-6)
