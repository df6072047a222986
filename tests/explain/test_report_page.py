"""Evidence of report pages: found where it is, and different with other weights."""

from __future__ import annotations

import numpy as np

from drawn_pages import recording, shown
from einthoven.evaluation.attribution import randomised_bundle
from einthoven.explain.cells import PARTS
from einthoven.explain.report_page import explain_page
from einthoven.explain.sanity import compare_maps
from einthoven.models.bundle import load_bundle
from einthoven.recording import STANDARD_LEADS
from tiny_report_page import make_page_bundle


def test_relevance_lies_on_the_part_that_decides(tmp_path) -> None:
    bundle = load_bundle(make_page_bundle(tmp_path / "tiny"))
    record = shown(recording())
    lifted = record.signals.copy()
    for (
        peak
    ) in recording().beats.samples.tolist():  # ST elevation in lead I, which the bundle calls infarction
        lifted[0, peak + 50 : peak + 110] += 0.5
    page = type(record)(lifted, record.fs, record.leads)
    evidence = explain_page(page, bundle, "myocardial_infarction")
    lead, part = np.unravel_index(evidence.parts.argmax(), evidence.parts.shape)
    assert (STANDARD_LEADS[lead], PARTS[part]) == ("I", "ST")
    assert evidence.relevance.shape == page.signals.shape
    assert evidence.relevance.max() == 1.0
    assert not evidence.relevance[~np.isfinite(page.signals)].any()


def test_rhythm_decides_where_the_rate_does(tmp_path) -> None:
    bundle = load_bundle(make_page_bundle(tmp_path / "tiny"))
    quick = explain_page(shown(recording(140.0)), bundle, "abnormal_heartbeat")
    assert quick.rhythm > quick.parts.max()


def test_maps_follow_the_weights(tmp_path) -> None:
    bundle = load_bundle(make_page_bundle(tmp_path / "tiny"))
    other = randomised_bundle(bundle, tmp_path / "random")
    pages = [shown(recording(rate)) for rate in (60.0, 75.0, 90.0)]
    label = "myocardial_infarction"
    ours = np.array([explain_page(page, bundle, label).parts for page in pages])
    random = np.array([explain_page(page, other, label).parts for page in pages])
    assert compare_maps(ours, random).passed
