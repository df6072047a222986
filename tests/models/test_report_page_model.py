"""What the network of report pages sees, and how its bundle answers."""

from __future__ import annotations

import numpy as np
import pytest

from drawn_pages import page, recording, shown
from einthoven.errors import BundleError, SignalError
from einthoven.models.bundle import load_bundle
from einthoven.models.report_page import classify_page, classify_recording
from einthoven.models.report_page_classes import CLASSES
from einthoven.models.report_page_input import BEFORE, RHYTHM, page_input, rhythm_figures, typical_beat
from einthoven.recording import STANDARD_LEADS, Recording
from tiny_bundle import make_bundle
from tiny_report_page import make_page_bundle

RECORD = recording()


def test_a_page_gives_nearly_the_beats_of_the_whole_record() -> None:
    part, whole = page_input(shown(RECORD)), page_input(RECORD)
    assert part.known.tolist() == [1.0] * 12
    assert np.abs(part.r_peaks - whole.r_peaks).max() <= 1
    difference = np.sqrt(((part.beats - whole.beats) ** 2).mean(axis=1))
    assert difference.max() < 0.06
    assert np.abs(whole.beats[1]).argmax() == pytest.approx(BEFORE, abs=2)


def test_leads_that_are_not_shown_are_masked() -> None:
    record = shown(RECORD)
    signals = record.signals.copy()
    signals[8:] = np.nan
    seen = page_input(Recording(signals, record.fs, record.leads))
    assert seen.known.tolist() == [1.0] * 8 + [0.0] * 4
    assert not seen.beats[8:].any()


@pytest.mark.parametrize("rate", [45.0, 72.0, 130.0])
def test_rhythm_tells_the_rate(rate: float) -> None:
    rhythm = page_input(shown(recording(rate))).rhythm
    assert rhythm[0] * 30 + 85 == pytest.approx(rate, rel=0.05)
    assert len(rhythm) == len(RHYTHM)


def test_rhythm_tells_what_is_uneven() -> None:
    flat = np.zeros(1000, np.float32)
    even = rhythm_figures(np.arange(50, 950, 80), flat)
    early = rhythm_figures(np.array([50, 130, 210, 255, 370, 450, 530]), flat)
    assert even[6:10].tolist() == [0.0] * 4
    assert (early[6:10] > even[6:10] + 0.3).all()


def test_a_beat_that_is_cut_off_is_filled_from_others() -> None:
    signal = np.full(300, np.nan, np.float32)
    signal[100:220] = np.sin(np.arange(120) / 9)
    beat = typical_beat(signal, np.array([110, 190], dtype=np.int64))
    assert beat is not None
    assert np.isfinite(beat).all()
    assert typical_beat(signal, np.array([20], dtype=np.int64)) is None


def test_too_little_is_refused() -> None:
    with pytest.raises(SignalError, match="None of the twelve"):
        page_input(Recording(np.zeros((1, 900), np.float32), 100.0, ("Resp",)))
    with pytest.raises(SignalError, match="shows 0 beats"):
        page_input(Recording(np.zeros((1, 900), np.float32), 100.0, ("II",)))


def test_a_bundle_answers_from_all_leads_and_from_each(tmp_path) -> None:
    bundle = load_bundle(make_page_bundle(tmp_path / "tiny"))
    quick = classify_recording(shown(recording(130.0)), bundle)
    slow = classify_recording(shown(recording(60.0)), bundle)
    assert (quick.label, slow.label) == ("abnormal_heartbeat", "normal")
    assert quick.title == "abnormal heartbeat"
    assert list(quick.leads) == list(STANDARD_LEADS)
    assert sum(quick.probabilities.values()) == pytest.approx(1.0, abs=1e-5)
    assert list(quick.leads["V3"]) == list(CLASSES)


def test_what_cannot_be_read_is_refused_with_a_reason(tmp_path) -> None:
    bundle = load_bundle(make_page_bundle(tmp_path / "tiny", takes="lead_pictures"))
    answer = classify_page(np.full((700, 1000, 3), 255, np.uint8), bundle)
    assert (answer.decision, answer.label) == ("refused", "")
    assert "rows of traces" in answer.reason
    flat = classify_recording(
        Recording(np.zeros((12, 5000), np.float32), 500.0, STANDARD_LEADS),
        load_bundle(make_page_bundle(tmp_path / "signals")),
    )
    assert flat.decision == "refused"


def test_pictures_of_leads_are_answered_each_and_together(tmp_path) -> None:
    bundle = load_bundle(make_page_bundle(tmp_path / "tiny", takes="lead_pictures"))
    answer = classify_page(page(RECORD), bundle)
    assert answer.decision == "answered"
    assert len(answer.leads) == 13


def test_another_task_and_another_input_are_refused(tmp_path) -> None:
    with pytest.raises(BundleError, match="takes task 'report-page'"):
        classify_recording(RECORD, load_bundle(make_bundle(tmp_path / "beats")))
    pictures = load_bundle(make_page_bundle(tmp_path / "pictures", takes="lead_pictures"))
    with pytest.raises(BundleError, match="takes lead pictures, not signals"):
        classify_recording(RECORD, pictures)
