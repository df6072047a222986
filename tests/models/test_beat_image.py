"""Classifying drawings of beats: answers, refusals, contract, and where the model looked."""

from __future__ import annotations

import numpy as np
import pytest

from drawn_beats import SYMBOLS, beat
from einthoven.datasets.beat_image_folders import find_pictures, read_picture
from einthoven.datasets.beat_images_drawing import Look, draw_beat
from einthoven.errors import BundleError, SignalError
from einthoven.evaluation.attribution import randomised_bundle
from einthoven.explain.beat_image import explain_beat_image
from einthoven.explain.sanity import compare_maps
from einthoven.models.beat_image import classify_beat_image, classify_beat_images
from einthoven.models.bundle import list_bundles, load_bundle
from einthoven.models.verify import verify_bundle
from tiny_beat_image import CLASSES, make_beat_image_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return load_bundle(make_beat_image_bundle(tmp_path_factory.mktemp("tiny")))


@pytest.mark.parametrize("look", [Look(), Look(size=(320, 200), ink=(20, 60, 190), width=3, frame="box")])
@pytest.mark.parametrize("symbol", SYMBOLS)
def test_classes_letters_and_probabilities(bundle, symbol: str, look: Look) -> None:
    answer = classify_beat_image(draw_beat(beat(symbol), look), bundle)
    assert answer.decision == "answered"
    assert answer.label == CLASSES[SYMBOLS.index(symbol)]
    assert answer.letter == dict(zip(SYMBOLS, "NVQNNSVV", strict=True))[symbol]
    assert sum(answer.probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert sum(answer.letters.values()) == pytest.approx(1, abs=1e-5)
    assert answer.curve is not None
    assert answer.title


def test_a_picture_without_a_curve_is_refused_among_others(bundle) -> None:
    blank = np.full((64, 64, 3), 255, np.uint8)
    first, second, third = classify_beat_images([draw_beat(beat("N"), Look()), blank, blank[..., 0]], bundle)
    assert first.decision == "answered"
    assert second.decision == third.decision == "refused"
    assert "blank" in second.reason
    assert second.probabilities == {}
    assert classify_beat_images([], bundle) == []


def test_what_is_no_picture_is_an_error(bundle) -> None:
    with pytest.raises(SignalError, match="uint8"):
        classify_beat_image(np.zeros((64, 64), np.float64), bundle)


def test_bundles_of_other_tasks_and_inputs_are_refused(tmp_path) -> None:
    picture = draw_beat(beat("N"), Look())
    with pytest.raises(BundleError, match="takes task 'beat-image'"):
        classify_beat_image(picture, load_bundle("heartbeat"))
    other = load_bundle(make_beat_image_bundle(tmp_path / "b", classes=["X1", *CLASSES[1:]]))
    with pytest.raises(BundleError, match="classes that are known"):
        classify_beat_image(picture, other)


def test_relevance_lies_where_the_classes_differ_and_follows_the_weights(bundle, tmp_path) -> None:
    pictures = [draw_beat(beat(symbol), Look()) for symbol in SYMBOLS]
    maps = np.stack([explain_beat_image(picture, bundle) for picture in pictures])
    assert maps.shape == (8, 128)
    assert np.all(maps >= 0)
    waves = np.zeros(128, dtype=bool)
    waves[54:100] = True  # from the R peak to the end of T
    assert maps[:, waves].mean() > 2 * maps[:, ~waves].mean()
    other = randomised_bundle(bundle, tmp_path / "random")
    labels = [CLASSES[i] for i in range(len(SYMBOLS))]
    shuffled = np.stack(
        [explain_beat_image(p, other, label) for p, label in zip(pictures, labels, strict=True)]
    )
    assert compare_maps(maps, shuffled).passed


def test_an_unknown_class_cannot_be_explained(bundle) -> None:
    with pytest.raises(BundleError, match="has no class 'ABC'"):
        explain_beat_image(draw_beat(beat("N"), Look()), bundle, "ABC")


@pytest.mark.parametrize("name", [name for name in list_bundles() if name.startswith("beat-image")])
def test_what_ships_is_what_its_card_says(name: str) -> None:
    assert [check for check in verify_bundle(load_bundle(name)) if check.outcome == "failed"] == []


def test_what_ships_looks_at_the_waves_and_follows_its_weights(data_root, tmp_path) -> None:
    root = data_root / "beat_images"
    if not root.is_dir():
        pytest.skip("beat_images is not among the data")
    shipped = load_bundle("beat-image")
    other = randomised_bundle(shipped, tmp_path / "random")
    pictures = find_pictures(root)[::200]
    maps, shuffled = [], []
    for picture in pictures:
        pixels = read_picture(picture.path)
        maps.append(explain_beat_image(pixels, shipped, picture.label))
        shuffled.append(explain_beat_image(pixels, other, picture.label))
    assert compare_maps(np.stack(maps), np.stack(shuffled)).passed
    whole = np.stack(maps).mean(axis=0)
    assert whole[44:84].mean() > 2 * whole.mean()  # the QRS complex is in the middle of these


def test_what_ships_knows_the_given_drawings_and_other_looks_of_them(data_root) -> None:
    root = data_root / "beat_images"
    if not root.is_dir():
        pytest.skip("beat_images is not among the data")
    shipped = load_bundle("beat-image")
    pictures = find_pictures(root)[::30]
    labels = sorted({picture.label for picture in pictures})
    given = [read_picture(picture.path) for picture in pictures]
    negative = [np.ascontiguousarray(255 - np.repeat(np.repeat(pixels, 2, 0), 3, 1)) for pixels in given]
    for look in (given, negative):
        answers = classify_beat_images(look, shipped)
        right = [
            answer.decision == "answered"
            and max(labels, key=lambda label: answer.probabilities[label]) == picture.label
            for answer, picture in zip(answers, pictures, strict=True)
        ]
        assert np.mean(right) > 0.93
