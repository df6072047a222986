"""Networks for pages: examples with their truth, and files that work for any size."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from einthoven.paper.crossings import CHANNELS, REACH  # noqa: E402
from einthoven.paper.ink import PX_PER_MM  # noqa: E402
from einthoven.paper.pen import FEATURES, PER_COLUMN, fit_line  # noqa: E402
from einthoven.paper.specimen import PageStyle, draw_specimen  # noqa: E402
from einthoven.paper.specimen_layout import PrintedText  # noqa: E402
from einthoven.recording import STANDARD_LEADS, Recording  # noqa: E402
from einthoven.signal.simulator import simulate  # noqa: E402
from einthoven.training.export import write_any_size  # noqa: E402
from einthoven.training.page_course import take_steps  # noqa: E402
from einthoven.training.page_crossings import draw, seen_ink  # noqa: E402
from einthoven.training.page_ink_network import InkNetwork  # noqa: E402
from einthoven.training.page_pen import PenNetwork, read_edges  # noqa: E402
from einthoven.training.page_text_examples import split, words_on  # noqa: E402


def record() -> np.ndarray:
    simulated = simulate(10.0, 500.0, STANDARD_LEADS, seed=3)
    return np.asarray(getattr(simulated, "recording", simulated).signals, dtype=np.float32)


def test_a_network_keeps_its_answers_and_tells_nothing_of_its_making(tmp_path) -> None:
    import onnxruntime

    torch.manual_seed(0)
    network = InkNetwork(CHANNELS, 1, (8, 12, 16)).eval()
    path = tmp_path / "network.onnx"
    write_any_size(
        network, torch.zeros(1, CHANNELS, 64, 64), path, "own", {3: torch.export.Dim("w", min=1, max=64) * 8}
    )
    assert __file__.rsplit("/", 3)[0].encode() not in path.read_bytes()
    assert b"site-packages" not in path.read_bytes()
    seen = np.random.default_rng(0).random((1, CHANNELS, 64, 104), dtype=np.float32)
    (own,) = onnxruntime.InferenceSession(str(path)).run(None, {"x": seen})
    with torch.inference_mode():
        assert np.allclose(own, network(torch.from_numpy(seen)).numpy(), atol=1e-4)


def test_rows_are_drawn_below_each_other_and_meet_in_one_picture() -> None:
    rng = np.random.default_rng(2)
    layers, zeros = draw(record(), 500.0, rng)
    assert len(layers) == len(zeros)
    assert np.all(np.diff(zeros) > 0)
    for layer, zero in zip(layers, zeros, strict=True):
        near = layer[max(0, round(zero) - REACH) : round(zero) + REACH]
        assert near.sum() > 0.9 * layer.sum()
    ink = seen_ink(layers, rng)
    assert ink.shape == layers[0].shape
    assert 0 <= ink.min() <= ink.max() <= 1


def test_edges_are_read_with_the_line_that_was_drawn() -> None:
    recording = Recording(record(), 500.0, STANDARD_LEADS)
    page = draw_specimen(recording, PageStyle(layout="3x4", px_per_mm=PX_PER_MM), np.random.default_rng(0))
    pieces = list(read_edges(page, np.random.default_rng(1)))
    assert len(pieces) >= 3
    off = []
    for upper, lower, radius, line in pieces:
        assert len(line) == PER_COLUMN * (len(upper) - 1) + 1
        off.append(line - fit_line(upper, lower, radius))
    missed = np.abs(np.concatenate(off))
    assert np.nanmedian(missed) < 0.6  # px: the noise of the signal is 0.8
    assert np.isfinite(missed).mean() > 0.9


def test_words_are_found_on_pages_with_their_letters() -> None:
    style = PageStyle(layout="3x4", px_per_mm=PX_PER_MM, header=("Sinus rhythm",), footer=("25 mm/s",))
    page = draw_specimen(Recording(record(), 500.0, STANDARD_LEADS), style, np.random.default_rng(0))
    found = [text for _, text in words_on(page, np.random.default_rng(1))]
    assert set(STANDARD_LEADS) <= set(found)
    assert {"Sinus", "rhythm"} <= set(found)
    printed = {word for text in page.texts for word in text.text.split()}
    assert set(found) <= printed | {""}
    assert len(found) <= sum(len(text.text.split()) for text in page.texts) + 3


def test_a_line_is_split_into_words_where_its_blanks_are() -> None:
    first, second = split(PrintedText("II 25", 10.0, 5.0, 30.0, 4.0), "")
    assert (first.text, second.text) == ("II", "25")
    assert first.x_mm == 10.0
    assert first.x_mm + first.w_mm < second.x_mm
    assert second.x_mm + second.w_mm == pytest.approx(40.0)


def test_the_pen_network_adds_to_each_point() -> None:
    added = PenNetwork()(torch.zeros(2, FEATURES, 40))
    assert added.shape == (2, PER_COLUMN, 40)


def test_a_course_that_was_cut_off_goes_on_as_if_it_was_not(tmp_path) -> None:
    def network() -> torch.nn.Linear:
        torch.manual_seed(0)
        return torch.nn.Linear(3, 1)

    def course(trained: torch.nn.Linear, checkpoint, stop: int | None = None) -> None:
        taken = 0

        def loss_of(rng: np.random.Generator) -> torch.Tensor:
            nonlocal taken
            taken += 1
            if taken == stop:
                raise KeyboardInterrupt
            x = torch.from_numpy(rng.normal(size=(8, 3)).astype(np.float32))
            return ((trained(x) - x.sum(dim=1, keepdim=True)) ** 2).mean()

        take_steps(
            trained, loss_of, np.random.default_rng(1), steps=250, rate=0.05, checkpoint=tmp_path / checkpoint
        )

    unbroken, broken, gone_on = network(), network(), network()
    course(unbroken, "a.ckpt")
    with pytest.raises(KeyboardInterrupt):
        course(broken, "b.ckpt", stop=160)
    course(gone_on, "b.ckpt")
    assert torch.equal(unbroken.weight, gone_on.weight)
    assert torch.allclose(unbroken.weight, torch.ones(1, 3), atol=0.05)
    begun = network()
    take_steps(begun, lambda rng: begun.weight.sum() * 0, np.random.default_rng(1), steps=1, rate=1e-9,
               weight_decay=0.0, start=tmp_path / "a.ckpt")  # fmt: skip
    assert torch.allclose(begun.weight, unbroken.weight, atol=1e-6)
