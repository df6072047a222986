"""The main job: what an analysis says, and that no recording, however poor, breaks it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import stand_in
from einthoven import Analysis, Recording, analyze, analyze_many, write
from einthoven.analysis_document import json_schema
from einthoven.errors import EinthovenError, FormatError, MissingInformationError
from einthoven.models.bundle import Bundle, list_bundles, load_bundle
from einthoven.recording import STANDARD_LEADS
from einthoven.signal.simulator import simulate
from tiny_bundle import make_bundle


@pytest.fixture(autouse=True)
def _known_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in.install(monkeypatch)


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load_bundle(make_bundle(tmp_path_factory.mktemp("bundle") / "tiny"))


@pytest.fixture(scope="session")
def minute() -> Recording:
    return simulate(duration=60.0, fs=360.0, seed=1)


def changed(recording: Recording, change: Callable[[np.ndarray], np.ndarray]) -> Recording:
    return Recording(change(recording.signals.copy()), recording.fs, recording.leads, name="changed")


def found_share(analysis: Analysis, truth: Recording) -> float:
    """Return the share of true beats that were found within 150 ms."""
    assert truth.beats is not None
    if len(analysis.beats) == 0:
        return 0.0
    distance = np.abs(truth.beats.samples[:, np.newaxis] - analysis.beats.samples).min(axis=1)
    return float(np.mean(distance <= 0.15 * truth.fs))


def valid(analysis: Analysis) -> dict:
    """Return the document after checking it against its schema, strictly without NaN."""

    def refuse(constant: str) -> None:
        pytest.fail(f"{constant} in JSON")

    document = json.loads(analysis.to_json(), parse_constant=refuse)
    jsonschema.validate(document, json_schema())
    return document


def test_says_what_is_in_the_recording(minute: Recording, bundle: Bundle) -> None:
    result = analyze(minute, model=bundle)
    assert isinstance(result, Analysis)
    assert result.decision == "analysed"
    assert found_share(result, minute) == 1
    assert len(result.beats) == len(minute.beats)
    assert result.rhythm.counts["V"] == len(result.beats) // 4
    assert result.intervals.heart_rate.mean == pytest.approx(70, abs=5)
    assert [lead.usable for lead in result.quality] == [True, True]
    assert result.model.name == "tiny"
    assert result.provenance.model_sha256 == bundle.card.onnx_sha256


def test_findings_name_the_surest_beat_and_respect_the_cards_threshold(
    minute: Recording, bundle: Bundle
) -> None:
    findings = {finding.code: finding for finding in analyze(minute, model=bundle).findings}
    v = findings["ectopy_V"]
    assert (v.decision, v.threshold) == ("present", 0.6)
    assert v.probability == pytest.approx(0.8)
    assert findings["ectopy_S"].decision == "absent"


def test_document_is_valid_and_columnar(minute: Recording, bundle: Bundle) -> None:
    result = analyze(minute, model=bundle)
    document = valid(result)
    n = len(result.beats)
    assert document["schema"] == "einthoven.analysis/1"
    assert document["beats"]["n"] == n
    assert document["beats"]["samples"] == result.beats.samples.tolist()
    assert document["beats"]["times_s"][0] == pytest.approx(result.beats.samples[0] / 360, abs=1e-4)
    assert all(len(column) == n for column in document["beats"]["probabilities"].values())
    assert document["beats"]["probabilities"]["V"][3] == 0.8
    assert document["recording"]["patient"] == {"id": "", "name": "", "age": None, "sex": ""}
    assert document == json.loads(json.dumps(result.to_dict()))


def test_document_of_a_day_takes_less_than_two_seconds(minute: Recording, bundle: Bundle) -> None:
    import time
    from dataclasses import replace

    result = analyze(minute, model=bundle)
    samples = np.arange(100_000) * 300
    day = replace(result, beats=stand_in.classify_beats(minute, samples, bundle))
    began = time.perf_counter()
    text = day.to_json()
    assert time.perf_counter() - began < 2
    assert len(json.loads(text)["beats"]["classes"]) == 100_000


# Bad input -------------------------------------------------------------------------------------------


def test_three_seconds_are_analysed_with_a_warning(bundle: Bundle) -> None:
    short = simulate(duration=3.0, fs=360.0, heart_rate=75, seed=2)
    result = analyze(short, model=bundle)
    assert result.decision == "analysed"
    assert len(result.beats) >= 2
    assert any("Only 3.0 s" in warning for warning in result.warnings)
    valid(result)


def test_what_is_wrong_with_several_leads_is_said_once(bundle: Bundle) -> None:
    def flatten(signals: np.ndarray) -> np.ndarray:
        signals[1:] = 0.0
        return signals

    one, all_flat = simulate(60.0, 360.0, ("II", "V1", "V2"), seed=1), np.zeros_like
    result = analyze(changed(one, flatten), model=bundle)
    told = [each for each in result.warnings if "flat" in each]
    assert told == ["Each of leads V1, V2: it is flat throughout"]
    refused = analyze(changed(one, all_flat), model=bundle)
    assert "V1" in refused.refusal
    assert not any("flat" in each for each in refused.warnings)


@pytest.mark.parametrize("n_samples", [0, 1, 360])
def test_too_short_is_refused_with_the_reason(minute: Recording, bundle: Bundle, n_samples: int) -> None:
    result = analyze(changed(minute, lambda signals: signals[:, :n_samples]), model=bundle)
    assert result.decision == "refused"
    assert "too short" in result.refusal
    assert {finding.decision for finding in result.findings} == {"refused"}
    valid(result)


@pytest.mark.parametrize("value", [0.0, 1.5, np.nan])
def test_flat_and_missing_signals_are_refused_with_the_reason(
    minute: Recording, bundle: Bundle, value: float
) -> None:
    result = analyze(changed(minute, lambda signals: np.full_like(signals, value)), model=bundle)
    assert result.decision == "refused"
    assert result.refusal.startswith("No lead is usable.")
    assert "MLII" in result.refusal
    assert len(result.beats) == 0
    assert all(finding.probability is None for finding in result.findings)
    valid(result)


def test_gaps_lose_their_own_beats_and_no_others(minute: Recording, bundle: Bundle) -> None:
    def cut(signals: np.ndarray) -> np.ndarray:
        signals[:, 20 * 360 : 30 * 360] = np.nan
        return signals

    result = analyze(changed(minute, cut), model=bundle)
    inside = (minute.beats.samples > 19.7 * 360) & (minute.beats.samples < 30.3 * 360)
    distance = np.abs(minute.beats.samples[~inside][:, np.newaxis] - result.beats.samples).min(axis=1)
    assert np.mean(distance <= 54) >= 0.98
    assert not np.any((result.beats.samples > 20.2 * 360) & (result.beats.samples < 29.8 * 360))
    assert not result.rhythm.of("pause")
    valid(result)


def clip(signals: np.ndarray) -> np.ndarray:
    return np.clip(signals, -0.4, 0.4)


def invert_one(signals: np.ndarray) -> np.ndarray:
    signals[0] *= -1
    return signals


def hum(signals: np.ndarray) -> np.ndarray:
    return signals + 0.3 * np.sin(2 * np.pi * 60 * np.arange(signals.shape[1]) / 360).astype(np.float32)


def one_lead_dead(signals: np.ndarray) -> np.ndarray:
    signals[1] = np.nan
    return signals


@pytest.mark.parametrize("change", [clip, invert_one, hum, one_lead_dead])
def test_beats_survive_what_leads_suffer(
    minute: Recording, bundle: Bundle, change: Callable[[np.ndarray], np.ndarray]
) -> None:
    result = analyze(changed(minute, change), model=bundle)
    assert found_share(result, minute) >= 0.97
    assert len(result.beats) <= 1.03 * len(minute.beats)
    valid(result)


@pytest.mark.parametrize("fs", [50.0, 128.0, 2000.0])
def test_any_rate(bundle: Bundle, fs: float) -> None:
    recording = simulate(duration=30.0, fs=fs, seed=3)
    result = analyze(recording, model=bundle)
    assert found_share(result, recording) >= 0.97
    assert result.recording.fs == fs
    valid(result)


def test_no_beats_found_is_a_result(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch, minute: Recording
) -> None:
    from einthoven.signal import rpeaks

    monkeypatch.setattr(rpeaks, "detect_r_peaks", lambda *args, **kwargs: np.zeros(0, np.int64))
    result = analyze(minute, model=bundle)
    assert result.decision == "analysed"
    assert len(result.beats) == 0
    assert "No beats were found." in result.warnings
    assert {finding.decision for finding in result.findings} == {"refused"}
    assert valid(result)["beats"]["probabilities"]["N"] == []


# Sources ---------------------------------------------------------------------------------------------


def test_an_array_needs_rate_and_unit(minute: Recording, bundle: Bundle) -> None:
    result = analyze(minute.signals, fs=360, unit="mV", leads=["II", "V1"], model=bundle)
    assert result.recording.leads == ("II", "V1")
    assert found_share(result, minute) == 1
    with pytest.raises(MissingInformationError):
        analyze(minute.signals, unit="mV", model=bundle)
    with pytest.raises(MissingInformationError):
        analyze(minute.signals, fs=360, model=bundle)


def test_a_recording_says_everything_itself(minute: Recording, bundle: Bundle) -> None:
    with pytest.raises(MissingInformationError, match="fs stated for a Recording"):
        analyze(minute, fs=250, model=bundle)


@pytest.fixture
def folder(tmp_path: Path, bundle: Bundle) -> Path:
    """Five files, one of them broken."""
    root = tmp_path / "recordings"
    root.mkdir()
    for i in range(4):
        write(simulate(duration=10.0, fs=250.0, seed=i, name=f"r{i}"), root / f"r{i}.hea")
    (root / "broken.hea").write_text("broken 2 250 2500\nbroken.dat 16 oops\n", encoding="ascii")
    return root


def test_a_folder_with_one_broken_file_gives_four_results_and_one_error(folder: Path, bundle: Bundle) -> None:
    results = list(analyze_many([folder], model=bundle))
    assert sum(isinstance(result, Analysis) for _, result in results) == 4
    ((source, error),) = [pair for pair in results if isinstance(pair[1], EinthovenError)]
    assert Path(source).name == "broken.hea"
    assert "broken" in str(error)


def test_a_folder_and_a_glob_give_a_list(folder: Path, bundle: Bundle) -> None:
    (folder / "broken.hea").unlink()
    assert len(analyze(folder, model=bundle)) == 4
    assert len(analyze(str(folder / "r[01].hea"), model=bundle)) == 2


def test_a_folder_without_recordings_is_an_error(tmp_path: Path, bundle: Bundle) -> None:
    with pytest.raises(FormatError, match="no recordings"):
        analyze(tmp_path, model=bundle)
    ((_, error),) = analyze_many([tmp_path], model=bundle)
    assert isinstance(error, FormatError)


def test_a_dataframe(minute: Recording, bundle: Bundle) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"MLII": minute.signals[0], "V1": minute.signals[1]})
    assert found_share(analyze(frame, fs=360, unit="mV", model=bundle), minute) == 1


# Reports ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("extension", ["html", "png", "json", "csv", "atr"])
def test_saves_every_kind(minute: Recording, bundle: Bundle, tmp_path: Path, extension: str) -> None:
    path = analyze(minute, model=bundle).save(tmp_path / f"minute.{extension}")
    assert path.stat().st_size > 100


def test_plot_is_a_picture(minute: Recording, bundle: Bundle) -> None:
    width, height = analyze(minute, model=bundle).plot(seconds=10).size
    assert width > height > 100


def test_unknown_extension_is_an_error(minute: Recording, bundle: Bundle, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="allowed"):
        analyze(minute, model=bundle).save(tmp_path / "minute.docx")


@pytest.mark.skipif("mi" not in list_bundles(), reason="the model is not here")
def test_a_reading_from_leads_never_measured_is_refused_with_the_reason(
    minute: Recording, bundle: Bundle
) -> None:
    reader = load_bundle("mi")
    for leads, decisions in (
        (["MLII", "V5"], {"refused"}),
        (["II", "V1"], {"absent", "borderline", "present"}),
    ):
        result = analyze(minute.signals, fs=360, unit="mV", leads=leads, model=bundle, twelve_lead=[reader])
        (finding,) = [finding for finding in result.findings if finding.code == "mi"]
        assert finding.decision in decisions
        assert ("too few" in finding.detail) == (finding.probability is None)
        assert finding.interval is None  # calibration was measured with twelve leads


@pytest.mark.skipif("superclass" not in list_bundles(), reason="the model is not here")
def test_twelve_whole_leads_have_an_interval_and_a_page_has_none(bundle: Bundle) -> None:
    reader = load_bundle("superclass")
    whole = simulate(10.0, 500.0, STANDARD_LEADS, seed=1)
    shown = whole.signals.copy()
    shown[0, shown.shape[1] // 4 :] = np.nan  # as a page of four columns shows lead I
    for signals, has in ((whole.signals, True), (shown, False)):
        result = analyze(signals, fs=500, unit="mV", leads=STANDARD_LEADS, model=bundle, twelve_lead=[reader])
        of_reader = [finding for finding in result.findings if finding.code.startswith("superclass")]
        assert [finding.interval is not None for finding in of_reader] == [has] * 5
