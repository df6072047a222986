"""Training of the delineation network: examples mean what they say, steps learn, the export is exact."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra 'train'")

from einthoven.datasets.ludb import DelineatedRecord, lead_waves  # noqa: E402
from einthoven.signal.delineation_network import training_records, wave_probabilities  # noqa: E402
from einthoven.training.delineation import train  # noqa: E402
from einthoven.training.delineation_examples import Noise, make_example, prepare  # noqa: E402
from einthoven.training.delineation_export import export  # noqa: E402
from einthoven.training.delineation_network import DelineationNetwork  # noqa: E402
from tiny_ludb import annotations, simulated  # noqa: E402


@pytest.fixture(scope="module")
def noise() -> Noise:
    rng = np.random.default_rng(0)
    return Noise(*(rng.standard_normal((2, 20_000)).astype(np.float32) for _ in range(2)))


@pytest.fixture(scope="module")
def record():
    recording = simulated(1)
    samples, symbols = annotations(recording)
    lead = lead_waves(symbols, np.array(samples))
    return prepare(DelineatedRecord("1", recording, (lead,) * recording.n_leads))


def test_layers_are_what_is_annotated(record):
    assert record.layers.shape == (12, 8, 2500)
    share = record.layers[:, 1:4]
    assert share.min() == 0
    assert share.max() == 1
    assert share.sum(axis=1).max() == pytest.approx(1)  # no sample is part of two waves
    # Eight beats of 95 ms at 250 Hz.
    assert share[0, 1].sum() == pytest.approx(8 * 95 / 4, rel=0.02)
    scored = np.flatnonzero(record.layers[0, 7])
    assert 0 < scored[0] < scored[-1] < 2499


def test_examples_are_finite_and_aligned(record, noise):
    rng = np.random.default_rng(0)
    inside, outside = [], []
    for _ in range(40):
        x, target, weight = make_example(rng, record, noise, np.arange(12), 1024)
        assert x.shape == weight.shape == (12, 1024)
        assert target.shape == (12, 4, 1024)
        assert x.dtype == target.dtype == weight.dtype == np.float32
        assert np.isfinite(x).all()
        np.testing.assert_allclose(target.sum(axis=1), 1, atol=1e-5)
        assert set(np.unique(weight)) <= {0.0, 1.0}
        assert weight.mean() > 0.3
        steep = np.abs(np.diff(x, axis=1))
        qrs = (target[:, 2, 1:] > 0.9) & (weight[:, 1:] > 0)
        rest = (target[:, 2, 1:] < 0.1) & (weight[:, 1:] > 0)
        inside.append(steep[qrs].mean())
        outside.append(steep[rest].mean())
    assert np.mean(np.array(inside) > np.array(outside)) > 0.9  # the rest drown in noise


def test_what_is_not_annotated_is_not_learned_from(record, noise):
    blank = prepare_without_waves(record)
    _, _, weight = make_example(np.random.default_rng(1), blank, noise, np.arange(3), 1024)
    assert weight[:, :100].sum() == 0 or weight[:, -100:].sum() == 0


def prepare_without_waves(record):
    from dataclasses import replace

    layers = record.layers.copy()
    layers[:, 7] = 0
    layers[:, 7, 1200:1500] = 1
    return replace(record, layers=layers)


def test_a_few_steps_learn_and_a_seed_repeats_them(record, noise):
    losses: list[float] = []
    first = train([record], noise, steps=25, seed=3, on_step=lambda step, loss: losses.append(loss))
    again = train([record], noise, steps=25, seed=3)
    assert losses[-1] < losses[0]
    x = torch.randn(1, 12, 512)
    with torch.inference_mode():
        torch.testing.assert_close(first(x), again(x))


def test_training_can_go_on_from_a_network(record, noise):
    first = train([record], noise, steps=2, seed=0)
    before = first.head.weight.detach().clone()
    assert train([record], noise, steps=2, seed=1, network=first) is first
    assert not torch.equal(before, first.head.weight)


def test_the_export_answers_as_torch_does(tmp_path):
    torch.manual_seed(0)
    members = [DelineationNetwork(), DelineationNetwork()]
    for member in members:
        member(torch.randn(4, 3, 512))  # statistics other than 0 and 1
        member.eval()
    path = tmp_path / "network.onnx"
    export(members, path, ["7", "9"])
    x = torch.randn(5, 1000)
    with torch.inference_mode():
        expected = sum(torch.softmax(member(x[None]), dim=2)[0, :, 1:] for member in members) / 2
    np.testing.assert_allclose(wave_probabilities(x.numpy(), path), expected.numpy(), atol=3e-3)
    assert training_records(path) == ["7", "9"]


def test_any_number_of_leads_in_any_order():
    torch.manual_seed(0)
    network = DelineationNetwork().eval()
    x = torch.randn(1, 5, 256)
    order = torch.tensor([3, 0, 4, 1, 2])
    with torch.inference_mode():
        torch.testing.assert_close(network(x)[:, order], network(x[:, order]), atol=1e-5, rtol=1e-4)
        assert network(x[:, :1]).shape == (1, 1, 4, 256)
