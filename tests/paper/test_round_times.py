"""Round times of columns."""

from __future__ import annotations

import pytest

from einthoven.paper.round_times import round_length


@pytest.mark.parametrize(
    ("length", "round_px"),
    [(500.0, 500.0), (504.0, 500.0), (508.0, None), (1000.0, 1000.0), (100.0, 100.0), (40.0, None)],
)
def test_columns_last_half_seconds(length: float, round_px: float | None) -> None:
    assert round_length(length, 200.0) == round_px


def test_how_near_may_be_stated() -> None:
    assert round_length(504.0, 200.0, 0.004) is None
    assert round_length(508.0, 200.0, 0.02) == 500.0
