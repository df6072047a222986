"""Samples that ship: one for each class, and pages of paper that are read back."""

from __future__ import annotations

from pathlib import Path

import pytest

from einthoven.recording import AAMI_CLASSES, STANDARD_LEADS
from einthoven.service.gallery import SIMULATED, files_of
from einthoven.sources import open_source

PAGES = [sample for sample in SIMULATED if sample.drawn is not None]


def test_there_is_one_for_each_class_without_the_network() -> None:
    assert set(AAMI_CLASSES) <= {sample.shows for sample in SIMULATED}
    assert len(PAGES) >= 2


@pytest.mark.parametrize("sample", PAGES, ids=lambda sample: sample.id)
def test_a_sample_page_is_read_back(sample: object, tmp_path: Path) -> None:
    (path,) = files_of(sample, tmp_path)  # type: ignore[arg-type]
    opened = open_source(path)
    assert opened.page is not None
    assert opened.page.layout == "3x4+1"
    assert opened.recording.leads == STANDARD_LEADS
    assert min(lead.confidence for lead in opened.page.leads) > 0.8
