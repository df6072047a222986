"""Reading the curve off drawings of many looks, and refusing what is no drawing of a beat."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest

from drawn_beats import beat
from einthoven.datasets.beat_images_drawing import Look, draw_beat
from einthoven.errors import SignalError
from einthoven.models.beat_image_curve import columns_of, read_curve

PLAIN = Look()
LOOKS = {
    "plain": PLAIN,
    "thick": replace(PLAIN, size=(192, 160), width=4),
    "white on black": replace(PLAIN, ground=(0, 0, 0), ink=(255, 255, 255)),
    "blue on pink": replace(PLAIN, ground=(255, 225, 230), ink=(20, 60, 190), width=2),
    "not smooth": replace(PLAIN, smooth=False),
    "tiny": replace(PLAIN, size=(64, 64)),
    "large": replace(PLAIN, size=(1024, 768), width=3),
    "wide": replace(PLAIN, size=(320, 120)),
    "tight": replace(PLAIN, margins=(0.0, 0.0, 0.0, 0.0)),
    "box": replace(PLAIN, size=(160, 160), frame="box", margins=(0.12,) * 4),
    "axes with numbers": replace(PLAIN, size=(192, 192), frame="axes", ticks=True, margins=(0.14,) * 4),
    "box and grid": replace(
        PLAIN, size=(224, 160), frame="box", grid="solid", ticks=True, margins=(0.14,) * 4, ink=(0, 90, 200)
    ),
    "dashed grid": replace(PLAIN, size=(224, 160), frame="box", grid="dashed", margins=(0.12,) * 4),
    "zero line": replace(PLAIN, size=(192, 128), zero_line=True),
    "title": replace(PLAIN, size=(200, 200), title="Beat 7", margins=(0.12,) * 4),
    "JPEG": replace(PLAIN, size=(192, 128), quality=70, width=2),
    "reduced": replace(PLAIN, drawn_at=3, width=2),
}


def truth(samples: np.ndarray) -> np.ndarray:
    y = np.interp(np.linspace(0, len(samples) - 1, 128), np.arange(len(samples)), samples)
    return (y - samples.min()) / np.ptp(samples)


@pytest.mark.parametrize("symbol", ["N", "V", "L"])
@pytest.mark.parametrize("name", LOOKS)
def test_the_curve_is_the_same_in_every_look(name: str, symbol: str) -> None:
    samples = beat(symbol)
    features = read_curve(draw_beat(samples, LOOKS[name])).features()
    assert features.shape == (3, 128)
    assert features.dtype == np.float32
    assert np.median(np.abs(features[0] - truth(samples))) < 0.04
    assert features[2].mean() > 0.9


def test_a_grey_picture_reads_as_its_rgb() -> None:
    picture = draw_beat(beat("N"), PLAIN)
    grey, rgb = (read_curve(pixels).features() for pixels in (picture[:, :, 0], picture))
    assert np.array_equal(grey, rgb)


def test_a_clipped_peak_is_marked_as_lost() -> None:
    samples = beat("N")
    features = read_curve(draw_beat(samples, replace(PLAIN, size=(192, 128), limits=(-0.6, 0.4)))).features()
    lost = np.flatnonzero(features[2] < 0.5)
    assert len(lost) > 2
    assert np.all(np.abs(lost - 64) < 12)  # about the R peak
    assert features[0, lost].min() > 0.8  # and joined at the top


def test_a_drawing_by_matplotlib() -> None:
    pyplot = pytest.importorskip("matplotlib.figure")
    from PIL import Image

    samples = beat("R")
    figure = pyplot.Figure(figsize=(3, 2), dpi=100)
    axes = figure.subplots()
    axes.plot(samples)
    axes.grid(True)
    axes.set_title("Right bundle branch block")
    axes.set_xlabel("samples")
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    pixels = np.array(Image.open(stream).convert("RGB"))
    features = read_curve(pixels).features()
    assert np.median(np.abs(features[0] - truth(samples))) < 0.05


def test_columns_keep_steep_stretches_whole() -> None:
    high, low = np.full(300, 50.0, np.float32), np.full(300, 50.0, np.float32)
    high[150] = 10.0  # a spike one column wide, of more columns than the network takes
    features = columns_of(high, low)
    assert (features[0] + features[1] / 2).max() == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(
    ("pixels", "reason"),
    [
        (np.full((128, 128), 255, np.uint8), "blank"),
        (np.random.default_rng(0).integers(0, 256, (128, 128, 3)).astype(np.uint8), "No drawing of a beat"),
        (np.zeros((8, 300), np.uint8), "300 x 8 pixels"),
        (np.zeros((64, 64, 4), np.uint8), r"shape \(64, 64, 4\)"),
        (np.zeros((64, 64), np.float32), "float32"),
    ],
)
def test_what_is_no_drawing_is_refused_in_words(pixels: np.ndarray, reason: str) -> None:
    with pytest.raises(SignalError, match=reason):
        read_curve(pixels)


def test_a_flat_line_is_no_beat() -> None:
    pixels = np.full((128, 192), 255, np.uint8)
    pixels[64, 20:170] = 0
    with pytest.raises(SignalError, match=r"flat|straight"):
        read_curve(pixels)


def test_several_curves_are_refused() -> None:
    one = draw_beat(beat("N"), replace(PLAIN, size=(192, 96)))
    with pytest.raises(SignalError, match=r"several"):
        read_curve(np.concatenate([one, one, one]))


def test_words_are_no_curve() -> None:
    import cv2

    pixels = np.full((160, 240, 3), 255, np.uint8)
    for row in range(20, 160, 20):
        cv2.putText(pixels, "a report of words alone", (5, row), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1)
    with pytest.raises(SignalError):
        read_curve(pixels)


def test_every_given_drawing_but_hardly_any_is_read(data_root) -> None:
    from einthoven.datasets.beat_image_folders import find_pictures, read_picture

    root = data_root / "beat_images"
    if not root.is_dir():
        pytest.skip("beat_images is not among the data")
    pictures = find_pictures(root)[::40]
    read = 0
    for picture in pictures:
        try:
            read += bool(read_curve(read_picture(picture.path)).features()[2].mean() > 0.5)
        except SignalError:
            continue
    assert read >= 0.98 * len(pictures)
