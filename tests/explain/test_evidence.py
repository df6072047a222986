"""Evidence for findings of a bundle that is known to look at V2 from 3 to 4 s of each window."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.explain.twelve_lead import explain_findings
from einthoven.models.bundle import Bundle, load_bundle
from einthoven.recording import STANDARD_LEADS
from einthoven.signal.simulator import simulate
from tiny_twelve_lead import make_bundle


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> list[Bundle]:
    folder = tmp_path_factory.mktemp("twelve")
    return [
        load_bundle(make_bundle(folder / "mi")),
        load_bundle(make_bundle(folder / "superclass", "superclass", ("NORM", "MI"))),
    ]


@pytest.mark.parametrize(("seconds", "fs"), [(10.0, 500.0), (7.0, 250.0), (20.0, 500.0)])
def test_evidence_lies_where_the_network_looks(bundles: list[Bundle], seconds: float, fs: float) -> None:
    record = simulate(duration=seconds, fs=fs, leads=STANDARD_LEADS, seed=1)
    assert record.beats is not None
    found = explain_findings(["mi"], record, bundles, record.beats.samples)
    relevance = found["mi"]
    assert relevance.shape == record.signals.shape
    assert relevance.max() == 1
    v2 = STANDARD_LEADS.index("V2")
    assert np.delete(relevance, v2, axis=0).max() == 0
    times = np.arange(record.n_samples) / fs
    if seconds <= 10:
        near = (times >= 2.2) & (times <= 4.8)  # whole beats: a little wider than what is seen
        assert relevance[v2, near].sum() > 0.95 * relevance[v2].sum()
    else:  # three windows share the rows: beats go in groups, but each window has its own
        seen = [relevance[v2, (times >= start + 3) & (times < start + 4)].max() for start in (0, 5, 10)]
        assert min(seen) > 0.3


def test_each_bundle_answers_for_its_own_findings(bundles: list[Bundle]) -> None:
    record = simulate(duration=10.0, fs=250.0, leads=STANDARD_LEADS, seed=1)
    assert record.beats is not None
    codes = ["ectopy_V", "superclass_NORM", "superclass_MI", "mi"]
    assert set(explain_findings(codes, record, bundles, record.beats.samples)) == {"superclass_MI", "mi"}
    assert explain_findings(["ectopy_V"], record, bundles, []) == {}


def test_records_that_no_model_reads_have_no_evidence(bundles: list[Bundle]) -> None:
    short = simulate(duration=1.0, fs=250.0, leads=STANDARD_LEADS)
    foreign = simulate(duration=10.0, fs=250.0, leads=("MLII",))
    for record in (short, foreign):
        assert explain_findings(["mi"], record, bundles, []) == {}


def test_eight_leads_and_missing_samples_are_explained(bundles: list[Bundle]) -> None:
    record = simulate(duration=10.0, fs=250.0, leads=("I", "II", *STANDARD_LEADS[6:]), seed=1)
    record.signals[3, :300] = np.nan
    relevance = explain_findings(["mi"], record, bundles, [])["mi"]
    assert np.isfinite(relevance).all()
    assert relevance[3].max() == 1
