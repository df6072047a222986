"""Learning rates: where they begin, peak and end, and that PyTorch's plateau rule does the same."""

from __future__ import annotations

from itertools import pairwise

import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from einthoven.training.schedules import (  # noqa: E402
    Constant,
    Cosine,
    OneCycle,
    ReduceOnPlateau,
    Step,
    rate,
)

STEPS, EPOCHS = 20, 10


def rates(options):
    return [rate(options, step, STEPS, EPOCHS, []) for step in range(STEPS * EPOCHS)]


def test_constant():
    assert set(rates(Constant())) == {1.0}


def test_cosine_rises_in_a_line_and_falls_to_its_end():
    values = rates(Cosine(name="cosine", warmup=0.1, final=0.05))
    assert values[0] < 0.06
    assert max(values) == pytest.approx(1.0, abs=0.06)
    assert values.index(max(values)) in (19, 20)
    assert values[-1] == pytest.approx(0.05, abs=0.01)
    assert all(a >= b for a, b in pairwise(values[20:]))


def test_one_cycle_peaks_after_its_warm_up():
    values = rates(OneCycle(name="one_cycle", warmup=0.3))
    assert values[0] == pytest.approx(1 / 25)
    assert values.index(max(values)) == 60
    assert values[-1] < 0.001


def test_step():
    values = rates(Step(name="step", epochs=4, factor=0.5))
    assert [values[0], values[79], values[80], values[160], values[199]] == [1, 1, 0.5, 0.25, 0.25]


@settings(deadline=None)  # the first optimiser takes seconds to make
@given(st.lists(st.floats(0.01, 2), max_size=40), st.integers(1, 6))
def test_plateau_is_pytorchs(losses, patience):
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    peer = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimiser, patience=patience, factor=0.5, threshold=1e-4, eps=0.0
    )
    for loss in losses:
        peer.step(loss)
    options = ReduceOnPlateau(name="reduce_on_plateau", patience=patience, factor=0.5)
    assert rate(options, 0, STEPS, EPOCHS, losses) == pytest.approx(optimiser.param_groups[0]["lr"])


def test_plateau_has_a_floor():
    options = ReduceOnPlateau(name="reduce_on_plateau", patience=1, factor=0.1, minimum=0.05)
    assert rate(options, 0, STEPS, EPOCHS, [1.0] * 20) == 0.05
