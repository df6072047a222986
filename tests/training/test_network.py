"""The beat network: what each part of it may know."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from einthoven.models.beat_inputs import AFTER, BEFORE, RHYTHM_FEATURES, SHAPE_FEATURES  # noqa: E402
from einthoven.training.beat_recipe import Network  # noqa: E402
from einthoven.training.networks.beat_cnn_lstm import new_network  # noqa: E402


def inputs(rows: int = 3, beats: int = 12):
    torch.manual_seed(0)
    return {
        "waves": torch.randn(rows, beats, 2, 3, BEFORE + AFTER),
        "shapes": torch.randn(rows, beats, 2, len(SHAPE_FEATURES)),
        "rhythm": torch.randn(rows, beats, len(RHYTHM_FEATURES)),
        "present": torch.ones(rows, beats, 2),
        "valid": torch.ones(rows, beats),
    }


def network():
    torch.manual_seed(1)
    return new_network(Network()).eval()


def test_waves_tell_nothing_about_normal_against_supraventricular():
    net, batch = network(), inputs()
    other = batch | {"waves": torch.randn_like(batch["waves"])}
    with torch.inference_mode():
        one, two = net(**batch), net(**other)
    assert torch.equal(one[..., :2], two[..., :2])
    assert not torch.allclose(one[..., 2:], two[..., 2:])


def test_the_order_of_leads_does_not_matter():
    net, batch = network(), inputs()
    swapped = batch | {name: batch[name].flip(2) for name in ("waves", "shapes", "present")}
    with torch.inference_mode():
        assert torch.allclose(net(**batch), net(**swapped), atol=1e-5)


def test_a_lead_that_is_absent_is_not_looked_at():
    net, batch = network(), inputs()
    batch["present"][:, :, 1] = 0
    with torch.inference_mode():
        before = net(**batch)
        batch["waves"][:, :, 1], batch["shapes"][:, :, 1] = 5.0, 5.0
        assert torch.allclose(net(**batch), before, atol=1e-6)


def test_beats_beyond_the_end_do_not_change_the_answers():
    net, batch = network(), inputs()
    batch["valid"][:, -4:] = 0
    with torch.inference_mode():
        before = net(**batch)[:, :-4]
        batch["waves"][:, -4:] = 5.0
        batch["rhythm"][:, -4:] = 5.0
        assert torch.equal(net(**batch)[:, :-4], before)
