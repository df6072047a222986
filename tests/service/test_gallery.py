"""The samples that ship show what their titles say."""

from __future__ import annotations

import pytest

import einthoven
from einthoven.models.bundle import list_bundles
from einthoven.service.gallery import SIMULATED

OF_A_CLASS = [sample.id for sample in SIMULATED if sample.shows in ("N", "S", "V", "F")]


@pytest.mark.skipif("beats" not in list_bundles(), reason="the default model is not here")
@pytest.mark.parametrize("name", OF_A_CLASS)
def test_the_model_sees_the_class_of_a_sample(name: str) -> None:
    (sample,) = [sample for sample in SIMULATED if sample.id == name]
    assert sample.make is not None
    beats = einthoven.analyze(sample.make(sample), twelve_lead=[]).beats
    share = {letter: float((beats.classes == letter).mean()) for letter in "NSVF"}
    if sample.shows == "N":
        assert share["N"] > 0.95
    else:
        assert share[str(sample.shows)] > 0.08


def test_there_is_a_sample_of_each_class() -> None:
    assert {sample.shows for sample in SIMULATED} >= set("NSVFQ")
