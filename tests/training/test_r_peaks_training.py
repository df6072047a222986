"""Training of the QRS network: examples mean what they say, steps learn, the export answers as torch does."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra 'train'")

from einthoven.errors import DataError  # noqa: E402
from einthoven.signal.qrs_network import qrs_probability, training_records  # noqa: E402
from einthoven.training.r_peaks import load_records, train  # noqa: E402
from einthoven.training.r_peaks_examples import AnnotatedLeads, Noise, make_example  # noqa: E402
from einthoven.training.r_peaks_network import QRSNetwork, export  # noqa: E402


@pytest.fixture(scope="module")
def noise() -> Noise:
    rng = np.random.default_rng(0)
    return Noise(*(rng.standard_normal((2, 20_000)).astype(np.float32) for _ in range(2)))


def record(n: int = 12_000) -> AnnotatedLeads:
    """A spike of 1 mV every 0.8 s."""
    peaks = np.arange(50.0, n - 50, 80)
    x = 0.001 * np.random.default_rng(0).standard_normal((2, n)).astype(np.float32)
    x[:, peaks.astype(int)] += 1
    return AnnotatedLeads("mitdb/0", x, peaks, np.ones(n, dtype=np.float32))


def test_examples_are_finite_and_aligned(noise):
    rng, aligned = np.random.default_rng(0), 0
    for _ in range(60):
        x, target, weight = make_example(rng, record(), noise, 4096)
        assert x.shape == (2, 4096)
        assert target.shape == weight.shape == (4096,)
        assert x.dtype == target.dtype == weight.dtype == np.float32
        assert np.isfinite(x).all()
        assert target.min() >= 0
        assert target.max() <= 1
        assert set(np.unique(weight)) <= {0.0, 1.0}
        crests = np.flatnonzero(target > 0.95)
        spike = np.abs(x).max(axis=0)
        if crests.size:
            near = np.max([np.roll(spike, s)[crests] for s in (-2, -1, 0, 1, 2)], axis=0)
            aligned += np.median(near) > 2 * np.median(spike)
    assert aligned > 30  # the rest drown in noise


def test_what_is_not_annotated_is_not_scored(noise):
    half = record()
    half.scored[:6000] = 0
    shares = [make_example(np.random.default_rng(i), half, noise, 4096)[2].mean() for i in range(40)]
    assert min(shares) < 0.2
    assert max(shares) == 1


def test_a_few_steps_learn_and_a_seed_repeats_them(noise):
    losses: list[float] = []
    first = train(
        [record()], noise, steps=20, batch=2, seed=3, on_step=lambda step, loss: losses.append(loss)
    )
    again = train([record()], noise, steps=20, batch=2, seed=3)
    assert losses[-1] < losses[0]
    for a, b in zip(first.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("n_leads", [1, 2, 12])
def test_the_export_answers_as_the_network(tmp_path, n_leads):
    torch.manual_seed(0)
    network = QRSNetwork()
    network(torch.randn(4, 2, 400))  # so that normalisation is not the identity
    network.eval()
    path = tmp_path / "network.onnx"
    export(network, path, trained_on=["mitdb/100", "svdb/800"])
    x = np.random.default_rng(0).standard_normal((n_leads, 4000)).astype(np.float32)
    with torch.no_grad():
        expected = torch.sigmoid(network(torch.from_numpy(x)[None]))[0].numpy()
    np.testing.assert_allclose(qrs_probability(x, path), expected, atol=1e-5)
    assert training_records(path) == ["mitdb/100", "svdb/800"]


def test_a_folder_without_records_is_named(tmp_path):
    with pytest.raises(DataError, match="mitdb"):
        load_records(tmp_path)
