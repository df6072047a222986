"""The networks by name: shapes, sizes, exported and rebuilt alike."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from pydantic import TypeAdapter  # noqa: E402

from einthoven.models.runtime import make_session  # noqa: E402
from einthoven.training.export import (  # noqa: E402
    read_weights,
    rounded_to_bytes,
    rounded_to_half,
    write_onnx,
)
from einthoven.training.heartbeat_export import export_heartbeat  # noqa: E402
from einthoven.training.networks.heartbeat import HeartbeatNetwork, Normalise  # noqa: E402
from einthoven.training.networks.layers import without_batch_norm  # noqa: E402
from einthoven.training.networks.nearest_neighbours import NearestNeighbours  # noqa: E402
from einthoven.training.networks.zoo import Network, make_network  # noqa: E402

OPTIONS = {
    "cnn_bilstm": {},
    "cnn_bilstm_attention": {},
    "resnet": {"channels": [8, 16], "stride": 2},
    "random_features": {"features": 64},
    "nearest_neighbours": {"neighbours": 3, "components": 8},
}
ADAPTER = TypeAdapter(Network)


def options(name: str):
    return ADAPTER.validate_python({"name": name, **OPTIONS[name]})


def trained(name: str) -> HeartbeatNetwork:
    """A network whose batch normalisation has seen something."""
    torch.manual_seed(0)
    network = HeartbeatNetwork("standard_scaler", options(name))
    waves = torch.rand(60, 1, 187)
    network.normalise.fit(waves)
    if isinstance(network.network, NearestNeighbours):
        network.network.fit(network.normalise(waves), torch.arange(60) % 5)
    else:
        network.train()(waves)
    return network.eval()


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize(("leads", "samples"), [(1, 187), (2, 200)])
def test_any_number_of_leads_and_samples(name, leads, samples):
    network = make_network(options(name), leads, samples, 4).eval()
    if isinstance(network, NearestNeighbours):
        network.fit(torch.rand(20, leads, samples), torch.arange(20) % 4)
    assert network(torch.rand(3, leads, samples)).shape == (3, 4)


@pytest.mark.parametrize("name", OPTIONS)
def test_exported_and_folded_it_answers_the_same(name, tmp_path):
    network = trained(name)
    rows = torch.rand(7, 187)
    expected = network(rows).detach().numpy()
    network = without_batch_norm(network)
    np.testing.assert_allclose(network(rows).detach().numpy(), expected, atol=1e-5)
    rounded_to_half(network)
    rounded = network(rows).detach().numpy()
    n_weights = export_heartbeat(network, tmp_path / "model.onnx")
    found = make_session(tmp_path / "model.onnx").run(None, {"rows": rows.numpy()})[0]
    np.testing.assert_allclose(found, rounded, atol=1e-4)
    assert (tmp_path / "model.onnx").stat().st_size < 2 * n_weights + 60_000  # two bytes a weight
    weights = read_weights(tmp_path / "model.onnx")
    for key, values in network.state_dict().items():
        assert torch.equal(weights[key], values), key


def test_a_byte_a_weight_is_stored_and_read_back(tmp_path):
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Conv1d(3, 40, 5), torch.nn.ReLU(), torch.nn.Conv1d(40, 8, 3)
    ).eval()
    with torch.no_grad():
        network[0].weight[1] = 0  # an output without weights has a unit too
        network[0].weight[2] *= 1000  # and one of large weights does not coarsen the others
    before = {key: values.clone() for key, values in network.state_dict().items()}
    waves = torch.rand(2, 3, 50)
    rounded_to_bytes(network)
    write_onnx(network, {"waves": waves}, tmp_path / "model.onnx", stored="byte")
    weights = read_weights(tmp_path / "model.onnx")
    for key, values in network.state_dict().items():
        assert torch.allclose(weights[key], values, rtol=1e-6, atol=0), key
        largest = before[key].abs().amax(tuple(range(1, values.dim())), keepdim=True)
        assert ((values - before[key]).abs() <= largest / 127 / 2 * 1.001).all(), key
    found = make_session(tmp_path / "model.onnx").run(None, {"waves": waves.numpy()})[0]
    np.testing.assert_allclose(found, network(waves).detach().numpy(), rtol=1e-4, atol=1e-4)
    types = [i.data_type for i in onnx.load(tmp_path / "model.onnx").graph.initializer if ":byte" in i.name]
    assert types == [onnx.TensorProto.INT8] * 2


def test_the_reference_networks_have_the_sizes_that_are_stated():
    def n_weights(name: str) -> int:
        return sum(p.numel() for p in make_network(options(name), 1, 187, 5).parameters())

    assert 400_000 < n_weights("cnn_bilstm") < 600_000  # "about 500,000"
    assert n_weights("cnn_bilstm_attention") > 2_000_000


def test_nearest_neighbours_answer_as_a_plain_search_does():
    chance = np.random.default_rng(0)
    points, classes = chance.random((200, 187)).astype(np.float32), chance.integers(0, 5, 200)
    network = NearestNeighbours(1, 187, 5, ADAPTER.validate_python(
        {"name": "nearest_neighbours", "neighbours": 1, "components": 187}
    ))  # fmt: skip
    network.fit(torch.from_numpy(points[:, None]), torch.from_numpy(classes))
    rows = chance.random((50, 187)).astype(np.float32)
    distances = ((rows[:, None] - points[None]) ** 2).sum(-1)
    found = network(torch.from_numpy(rows[:, None])).argmax(1).numpy()
    np.testing.assert_array_equal(found, classes[distances.argmin(1)])


def test_normalisations():
    rows = 0.2 + 0.5 * torch.rand(50, 1, 187)
    rows[..., 180:] = 0
    by_row = Normalise("row_z_score")(rows)
    torch.testing.assert_close(by_row.mean(-1), torch.zeros(50, 1), atol=1e-5, rtol=0)
    torch.testing.assert_close(by_row.std(-1, unbiased=False), torch.ones(50, 1), atol=1e-4, rtol=0)
    scaler = Normalise("standard_scaler")
    scaler.fit(rows)
    by_column = scaler(rows)
    torch.testing.assert_close(by_column[..., :180].std(0), torch.ones(1, 180), atol=1e-4, rtol=0)
    assert not by_column[..., 180:].any()
    assert torch.isfinite(Normalise("row_z_score")(torch.zeros(1, 1, 187))).all()
