"""Lead quality: planted defects, pure noise, clean records, doubtful units, short and long recordings."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.recording import Recording
from einthoven.signal.defects import with_clipping, with_flat, with_gap, with_hum, with_inversion
from einthoven.signal.filters import notch
from einthoven.signal.quality import LeadQuality, assess_quality, unusable_stretches
from einthoven.signal.simulator import simulate


def first(recording: Recording) -> LeadQuality:
    return assess_quality(recording)[0]


def said(quality: LeadQuality) -> str:
    return "; ".join(quality.reasons)


@pytest.mark.parametrize("fs", [50, 100, 128, 360, 500, 2000])
@pytest.mark.parametrize("heart_rate", [30, 70, 190])
def test_a_clean_lead_is_usable_throughout(fs: float, heart_rate: float) -> None:
    recording = simulate(65, fs, ("II", "V1", "V5"), heart_rate=heart_rate, v_probability=0.1)
    for lead in assess_quality(recording):
        assert lead.usable
        assert lead.windows.all()
        assert lead.windows.size == 7
        assert lead.reasons == lead.stretches == ()
        assert lead.flat_fraction == lead.missing_fraction == 0
        assert lead.clipped_fraction < 0.001
        assert lead.amplitude_mv is not None
        assert 0.5 < lead.amplitude_mv < 3
        assert lead.snr_db is not None
        assert lead.snr_db > (8 if heart_rate > 150 else 15)
        json.dumps(lead.to_dict())


def test_all_flat_all_nan_and_all_zero_are_unusable() -> None:
    clean = simulate(60)
    for flat in (with_flat(clean), with_flat(clean, level=1.5)):
        lead = first(flat)
        assert not lead.usable
        assert lead.flat_fraction == 1
        assert lead.snr_db is lead.amplitude_mv is None
        assert said(lead) == "it is flat throughout"
    lead = first(with_gap(clean, 0))
    assert not lead.usable
    assert lead.missing_fraction == pytest.approx(1)
    assert said(lead) == "it is missing throughout"


def test_a_flat_stretch_is_named_by_the_clock() -> None:
    recording = with_flat(simulate(3600, 128), "MLII", 720, 860)
    lead, other = assess_quality(recording)
    assert lead.usable
    assert other.windows.all()
    assert [(s.onset_s, s.duration_s, s.reason) for s in lead.stretches] == [(720, 140, "flat")]
    assert "flat from 12:00 to 14:20" in said(lead)
    assert lead.flat_fraction == pytest.approx(140 / 3600, abs=0.001)
    assert unusable_stretches((lead, other)) == ()


def test_stretches_where_no_lead_is_usable() -> None:
    recording = with_gap(with_flat(simulate(300, 128), "MLII", 100, 200), 150, 250, "V1")
    assert unusable_stretches(assess_quality(recording)) == ((150, 200),)
    assert unusable_stretches(assess_quality(with_flat(simulate(30)))) == ((0, 30),)


def test_a_gap_is_missing_not_flat() -> None:
    lead = first(with_gap(simulate(100), 20, 50))
    assert lead.missing_fraction == pytest.approx(0.3, abs=0.001)
    assert lead.flat_fraction == 0
    assert [s.reason for s in lead.stretches] == ["missing"]
    assert lead.usable


def test_clipping_is_measured_and_said() -> None:
    clean = simulate(60)
    light = first(with_clipping(clean, 0.6))
    assert light.usable
    assert light.clipped_fraction > 0.005
    assert "clipped" in said(light)
    hard = first(replace(clean, signals=np.sign(clean.signals) * np.minimum(np.abs(clean.signals), 0.02)))
    assert not hard.usable


def test_an_inverted_lead_is_as_good() -> None:
    assert first(with_inversion(simulate(60))).windows.all()


@pytest.mark.parametrize("mains", [50, 60])
@pytest.mark.parametrize("fs", [250, 360, 1000])
def test_hum_is_measured_named_and_filterable(mains: int, fs: float) -> None:
    humming = with_hum(simulate(60, fs), 0.2, mains)
    lead = first(humming)
    assert lead.mains_hz == mains
    assert lead.mains_mv == pytest.approx(0.2, abs=0.01)
    assert lead.usable
    assert lead.windows.all()
    assert f"{mains} Hz" in said(lead)
    assert first(replace(humming, signals=notch(humming.signals, fs, mains))).mains_hz is None


def test_noise_without_a_heart_is_unusable() -> None:
    rng = np.random.default_rng(0)
    for size in (0.01, 0.3, 3.0):
        noise = (size * rng.standard_normal((1, 360 * 60))).astype(np.float32)
        lead = first(Recording(noise, 360, ("II",)))
        assert not lead.usable
        assert "noise" in said(lead)


def test_noise_covers_a_heart_by_and_by() -> None:
    shares = [
        first(simulate(120, snr_db=snr, baseline_mv=0)).usable_fraction for snr in (30, 20, 10, -10, -20)
    ]
    assert shares[0] == shares[1] == 1
    assert shares[-2] < 0.5
    assert shares[-1] == 0


@pytest.mark.parametrize(("factor", "unit"), [(1000, "uV"), (0.001, "V"), (1, None), (5, None)])
def test_a_wrong_unit_is_suspected_aloud(factor: float, unit: str | None) -> None:
    clean = simulate(60)
    lead = first(replace(clean, signals=clean.signals * np.float32(factor)))
    assert lead.suspected_unit == unit
    assert (f"state the unit, {unit}" in said(lead)) == (unit is not None)


def test_baseline_wander_is_measured() -> None:
    calm, rough = (first(simulate(120, baseline_mv=size)) for size in (0.01, 3.0))
    assert calm.baseline_wander_mv is not None
    assert rough.baseline_wander_mv is not None
    assert rough.baseline_wander_mv > 10 * calm.baseline_wander_mv
    assert "base line" in said(rough)


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(0, 3000),
    fs=st.sampled_from([50, 99.7, 360, 2000]),
    kind=st.sampled_from(["zero", "nan", "noise", "holes", "inf"]),
)
def test_any_length_and_content_gets_an_answer(n: int, fs: float, kind: str) -> None:
    signal = np.random.default_rng(n).standard_normal((1, n)).astype(np.float32)
    if kind == "zero":
        signal[:] = 0
    elif kind == "nan":
        signal[:] = np.nan
    elif kind == "holes":
        signal[:, ::3] = np.nan
    elif kind == "inf":
        signal[:, ::50] = np.inf
    lead = first(Recording(signal, fs, ("II",)))
    assert lead.windows.size == -(-n // round(10 * fs))
    for share in (lead.flat_fraction, lead.missing_fraction, lead.clipped_fraction, lead.usable_fraction):
        assert 0 <= share <= 1
    json.dumps(lead.to_dict(), allow_nan=False)


def test_a_day_takes_seconds() -> None:
    one = simulate(3600, 360)
    day = Recording(np.tile(one.signals, (1, 24)), 360, one.leads)
    begin = time.perf_counter()
    assess_quality(day)
    assert time.perf_counter() - begin < 8  # about 1 s on an idle machine


def _read(path: Path) -> Recording:
    wfdb = pytest.importorskip("wfdb")
    if not path.with_suffix(".hea").exists():
        pytest.skip(f"{path}.hea is not there")
    record = wfdb.rdrecord(str(path))
    return Recording(record.p_signal.T.astype(np.float32), record.fs, tuple(record.sig_name))


@pytest.mark.parametrize(
    "record", ["mitdb/101", "mitdb/203", "mitdb/207", "mitdb/208", "svdb/800", "svdb/865"]
)
def test_real_records_are_usable_nearly_everywhere(data_root: Path, record: str) -> None:
    for lead in assess_quality(_read(data_root / record)):
        assert lead.usable
        assert lead.usable_fraction > 0.95
        assert lead.suspected_unit is None


@pytest.mark.parametrize("record", ["nstdb/bw", "nstdb/ma"])
def test_pure_noise_is_not(data_root: Path, record: str) -> None:
    for lead in assess_quality(_read(data_root / record)):
        assert not lead.usable
