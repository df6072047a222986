"""Which ink is whose where rows meet."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.paper import crossings
from einthoven.paper.column_runs import column_runs
from einthoven.paper.crossings import CHANNELS, REACH, meetings, separate, view, windows
from einthoven.paper.specimen_ink import cover_trace
from einthoven.paper.tracing import RowTrace, follow

HEIGHT, WIDTH = 700, 640
ZEROS = (250.0, 350.0, 450.0)


def wave(zero: float, *spikes: tuple[float, float, float]) -> np.ndarray:
    """A base line with spikes: where, how high above it (below: negative), how wide, px."""
    x = np.arange(0, WIDTH, 0.4)
    return zero - sum((h * np.exp(-(((x - at) / w) ** 2)) for at, h, w in spikes), np.zeros(len(x)))


def read(*waves: np.ndarray) -> tuple[np.ndarray, list[RowTrace], list[np.ndarray]]:
    x = np.arange(0, WIDTH, 0.4)
    layers = []
    for y in waves:
        layer = np.zeros((HEIGHT, WIDTH), np.float32)
        cover_trace(layer, x, y, 2.4, 0.0, float(HEIGHT))
        layers.append(layer)
    ink = np.max(layers, axis=0)
    return ink, follow(column_runs(ink), list(ZEROS[: len(waves)])), layers


def test_a_wave_that_crosses_the_row_above_stays_with_its_own() -> None:
    waves = (wave(ZEROS[0], (312.0, 25.0, 4.0)), wave(ZEROS[1], (324.0, 140.0, 8.0)))
    ink, rows, layers = read(*waves)
    one, two = separate(ink, rows)
    assert np.nanmin(two.upper) < ZEROS[1] - 130
    assert np.nanmin(one.upper) > ZEROS[0] - 40
    assert one.shared[310:335].any()
    assert not one.shared[:250].any()
    for row, layer in zip((one, two), layers, strict=True):
        truth = column_runs(layer)
        off = np.abs((row.upper + row.lower) / 2 - truth.middle)
        assert np.nanmean(off > 3.0) < 0.02


def test_waves_that_cross_each_other_are_told_apart() -> None:
    # The deep S of the upper row and the R of the lower one, as in V2 and V3 of a tight page.
    waves = (wave(ZEROS[0], (325.0, -130.0, 4.0)), wave(ZEROS[1], (314.0, 90.0, 4.0)))
    ink, rows, layers = read(*waves)
    for row, layer in zip(separate(ink, rows), layers, strict=True):
        truth = column_runs(layer)
        off = np.abs((row.upper + row.lower) / 2 - truth.middle)
        assert np.nanmean(off > 6.0) < 0.02
        assert np.nanmax(off) < 60.0


@pytest.mark.parametrize("deep", [130.0, 200.0, 270.0])
def test_a_deep_wave_is_as_deep_as_it_is(deep: float) -> None:
    ink, rows, _ = read(wave(ZEROS[0], (325.0, -deep, 6.0)), wave(ZEROS[1]))
    one, two = separate(ink, rows)
    assert np.nanmax(one.lower) == pytest.approx(ZEROS[0] + deep, abs=6)
    assert np.nanmax(np.abs((two.upper + two.lower) / 2 - ZEROS[1])) < 8


def test_where_no_ink_is_a_rows_own_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    class SeesNothing:
        def run(self, _: None, inputs: dict[str, np.ndarray]) -> tuple[np.ndarray]:
            return (np.zeros_like(inputs["x"][:, :1]),)

    monkeypatch.setattr("einthoven.paper.crossings._session", lambda _: SeesNothing())
    waves = (wave(ZEROS[0], (325.0, -130.0, 4.0)), wave(ZEROS[1], (314.0, 90.0, 4.0)))
    ink, rows, _ = read(*waves)
    for row in separate(ink, rows):
        assert np.isnan(row.upper[310:330]).all()
        assert np.array_equal(np.isnan(row.upper), np.isnan(row.lower))


def seen_by_it(page: np.ndarray, top: int) -> np.ndarray:
    """What the network sees of a page, which may end within."""
    return np.pad(page, ((REACH, 2 * REACH), (0, 0)))[top + REACH : top + 3 * REACH]


def test_a_row_goes_on_where_it_was_and_not_where_most_ink_is(monkeypatch: pytest.MonkeyPatch) -> None:
    waves = (wave(ZEROS[0], (325.0, 60.0, 5.0)), wave(ZEROS[1], (325.0, 140.0, 8.0)))
    ink, rows, layers = read(*waves)

    class LeavesSomeOfTheOther:
        def run(self, _: None, inputs: dict[str, np.ndarray]) -> tuple[np.ndarray]:
            seen = inputs["x"]
            top = round(rows[0].zero) - REACH
            strip = seen_by_it(ink, top)
            firsts = (
                k for k in range(WIDTH - 95) if np.array_equal(strip[:, k : k + 96], seen[0, 0][:, :96])
            )
            if (first := next(firsts, None)) is None:
                return (seen[:, :1],)
            own = np.zeros((1, 1, *seen.shape[2:]), np.float32)
            own[0, 0] = seen_by_it(layers[0], top)[:, first : first + seen.shape[3]]
            # Taller than the wave's own ink there.
            own[0, 0, REACH + 26 : REACH + 106, 322 - first : 325 - first] = 1.0
            return (own,)

    monkeypatch.setattr("einthoven.paper.crossings._session", lambda _: LeavesSomeOfTheOther())
    one, _ = separate(ink, rows)
    truth = column_runs(layers[0])
    assert np.abs(one.lower - truth.lower)[300:350].max() < 3.0


def test_rows_that_do_not_meet_stay_as_they_are() -> None:
    ink, rows, _ = read(*(wave(zero, (200.0, 30.0, 4.0)) for zero in ZEROS))
    assert not any(met.any() for met in meetings(rows))
    assert separate(ink, rows) == rows


def test_no_row_at_all() -> None:
    assert separate(np.zeros((HEIGHT, WIDTH), np.float32), []) == []


def test_the_network_sees_a_row_and_its_neighbours() -> None:
    ink, rows, _ = read(*(wave(zero) for zero in ZEROS))
    seen = view(ink, rows, 1, 100, 164)
    assert seen.shape == (CHANNELS, 2 * REACH, 64)
    own, others, bases = (np.flatnonzero(channel.any(axis=1)) for channel in seen[1:])
    assert own.mean() == pytest.approx(REACH, abs=1.5)
    assert {round(float(y)) for y in (others.min(), others.max())} <= set(range(REACH - 104, REACH + 105))
    assert bases.min() == pytest.approx(REACH - 100, abs=2)
    assert bases.max() == pytest.approx(REACH + 100, abs=2)


def test_a_page_smaller_than_what_is_seen_is_filled_with_paper() -> None:
    row = RowTrace(5.0, np.full(40, 4.0), np.full(40, 6.0), np.zeros(40, bool))
    assert view(np.ones((10, 40), np.float32), [row], 0, 0, 40)[0].sum() == 400


def test_windows_close_to_each_other_are_one() -> None:
    met = np.zeros(500, bool)
    met[[5, 100, 140, 490]] = True
    assert windows(met) == [(0, 188), (404, 500)]


def test_nothing_leads_from_one_lead_to_the_next_where_rows_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ink that the network leaves out at a border is not bridged from the end of one lead to the next."""
    border, gap = 320, 3
    x = np.arange(WIDTH)
    y = np.where(x < border, ZEROS[1] - 19, ZEROS[0])  # the lead before ends near the row below
    level = np.full(WIDTH, ZEROS[1])
    rows = [
        RowTrace(zero, middle - 1, middle + 1, np.zeros(WIDTH, dtype=bool))
        for zero, middle in zip(ZEROS, (y, level), strict=False)
    ]
    ink = np.zeros((HEIGHT, WIDTH), np.float32)
    for row in rows:
        for x in range(WIDTH):
            ink[round(row.upper[x]) : round(row.lower[x]), x] = 1.0

    class Network:
        def run(self, _: None, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
            return [inputs["x"][:, :1] * ~gone(inputs["x"])]

    def gone(x: np.ndarray) -> np.ndarray:
        """The first columns of the lead that begins: where ink followed as the row's own jumps up."""
        middle = np.array([np.flatnonzero(column).mean() if column.any() else 0.0 for column in x[0, 1].T])
        at = np.flatnonzero(np.diff(middle) < -30)
        mask = np.zeros(x[:, :1].shape, dtype=bool)
        for first in at + 1:
            mask[..., first : first + gap] = True
        return mask

    monkeypatch.setattr(crossings, "_session", lambda path: Network())
    found, _ = separate(ink, rows, [[float(border)], []])
    middle = (found.upper + found.lower) / 2
    assert np.abs(middle[border : border + 40] - ZEROS[0]).max() < 2
    assert np.abs(middle[border - 40 : border] - (ZEROS[1] - 19)).max() < 2
