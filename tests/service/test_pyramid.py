"""Windows of signals: what they show is what is there."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.recording import Recording
from einthoven.service.pyramid import HEADER, MISSING, Pyramid, Tile, write_pyramid

FS = 100.0


@pytest.fixture(scope="module")
def pyramid(tmp_path_factory: pytest.TempPathFactory) -> tuple[Pyramid, np.ndarray]:
    rng = np.random.default_rng(0)
    signals = np.cumsum(rng.normal(0, 0.01, (2, 100_003)), axis=1).astype(np.float32)
    signals[1, 5000:60_000] = np.nan
    signals[0, 77_777] = 9.0  # a spike of one sample
    folder = tmp_path_factory.mktemp("pyramid")
    write_pyramid(Recording(signals, FS, ("I", "II")), folder)
    return Pyramid(folder), signals


def test_few_samples_come_as_they_are(pyramid: tuple[Pyramid, np.ndarray]) -> None:
    found, signals = pyramid
    tile = found.tile(4990, 5010, 100, [0, 1])
    assert tile.values.shape == (2, 20, 1)
    shown = tile.values[:, :, 0] * np.array(tile.steps_mv)[:, None]
    np.testing.assert_allclose(shown[0], signals[0, 4990:5010], atol=tile.steps_mv[0] / 1.9)
    assert (tile.values[1, 10:, 0] == MISSING).all()
    assert tile.start_s == 49.9
    assert tile.column_s == 0.01


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000), st.integers(1, 100_003), st.integers(1, 3000))
def test_every_column_holds_its_extremes(
    pyramid: tuple[Pyramid, np.ndarray], begin: int, length: int, width: int
) -> None:
    found, signals = pyramid
    stop = min(begin + length, 100_003)
    tile = found.tile(begin, stop, width, [0])
    if tile.values.shape[2] == 1:
        assert tile.values.shape[1] == stop - begin
        return
    assert tile.values.shape == (1, width, 2)
    low, high = (tile.values[0] * tile.steps_mv[0]).T
    # A cell of the level below a column may reach over its border by a quarter of the column.
    column = (stop - begin) / width
    for i in range(0, width, max(1, width // 50)):
        inner = signals[0, int(begin + (i + 0.3) * column) : int(np.ceil(begin + (i + 0.7) * column))]
        outer = signals[
            0, max(0, int(begin + (i - 0.6) * column) - 1) : int(np.ceil(begin + (i + 1.6) * column)) + 1
        ]
        if inner.size:
            assert low[i] <= inner.min() + 1e-3
            assert high[i] >= inner.max() - 1e-3
        assert low[i] >= outer.min() - 1e-3
        assert high[i] <= outer.max() + 1e-3


def test_a_spike_shows_at_every_scale(pyramid: tuple[Pyramid, np.ndarray]) -> None:
    found, _ = pyramid
    for width in (10, 100, 1000, 8000):
        tile = found.tile(0, 100_003, width, [0])
        assert tile.values[0].max() * tile.steps_mv[0] == pytest.approx(9.0, abs=0.001)


def test_what_is_missing_stays_missing(pyramid: tuple[Pyramid, np.ndarray]) -> None:
    found, _ = pyramid
    tile = found.tile(0, 100_003, 100, [1])
    assert (tile.values[0, 6:59] == MISSING).all()
    assert (tile.values[0, :4] != MISSING).all()


def test_huge_values_are_scaled_and_nothing_wraps_around() -> None:
    signals = np.array([[-500.0, 0.0, 500.0, np.nan]], np.float32)
    with tempfile.TemporaryDirectory() as folder:
        write_pyramid(Recording(signals, FS, ("I",)), Path(folder))
        tile = Pyramid(Path(folder)).tile(0, 4, 4, [0])
    shown = tile.values[0, :, 0] * tile.steps_mv[0]
    np.testing.assert_allclose(shown[:3], [-500, 0, 500], atol=0.02)
    assert tile.values[0, 3, 0] == MISSING


def test_the_binary_form_is_the_documented_one() -> None:
    tile = Tile(np.array([[[1, 2], [3, 4]], [[-5, 6], [7, MISSING]]], np.int16), [0.001, 0.5], 1.5, 0.25)
    data = tile.encode()
    assert HEADER.size == 32
    assert data[:4] == b"EITL"
    assert struct.unpack_from("<HHIHHdd", data, 4) == (1, 2, 2, 2, 0, 1.5, 0.25)
    assert struct.unpack_from("<2f", data, 32) == pytest.approx((0.001, 0.5))
    assert struct.unpack_from("<8h", data, 40) == (1, 2, 3, 4, -5, 6, 7, MISSING)
    assert len(data) == 40 + 16
