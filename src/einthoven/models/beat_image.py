"""Drawings of single beats: a picture in, calibrated probabilities of classes out, or a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from einthoven.errors import BundleError, SignalError
from einthoven.models.beat_image_classes import AAMI_OF_CLASS, LETTERS, TITLES
from einthoven.models.beat_image_curve import N_COLUMNS, SMALLEST, Curve, read_curve
from einthoven.models.beat_image_pixels import prepare_pixels
from einthoven.models.beats import calibrated
from einthoven.models.bundle import Bundle
from einthoven.paper.packages import require_paper_packages
from einthoven.recording import Float32

UInt8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False, slots=True)
class BeatImageAnswer:
    """What a model says of one drawing.

    Attributes:
        decision: ``answered``, or ``refused``: then all below but ``reason`` is empty.
        reason: why it was refused, in words.
        label: the likeliest class.
        title: what it stands for.
        probabilities: of each class of the model.
        letter: the likeliest AAMI letter.
        letters: probabilities of the letters, sums of those of their classes.
        curve: what was read of the drawing, where the model takes curves.
    """

    decision: Literal["answered", "refused"]
    reason: str
    label: str
    title: str
    probabilities: dict[str, float]
    letter: str
    letters: dict[str, float]
    curve: Curve | None


def classify_beat_image(pixels: UInt8, bundle: Bundle) -> BeatImageAnswer:
    """Classify the drawing of a beat.

    Args:
        pixels: grey ``(height, width)`` or RGB ``(height, width, 3)``, uint8.
        bundle: a bundle of task ``beat-image``.

    Raises:
        BundleError: the bundle is for another task or takes other inputs.
        SignalError: the pixels are no picture (type or shape). A picture without a curve is refused, which is
            an answer.
    """
    return classify_beat_images([pixels], bundle)[0]


def classify_beat_images(pictures: Sequence[UInt8], bundle: Bundle) -> list[BeatImageAnswer]:
    """Classify drawings of beats, all in one run of the network; see `classify_beat_image`."""
    require_paper_packages("Reading drawings of beats")
    check_contract(bundle)
    inputs: list[Float32] = []
    curves: list[Curve | None] = []
    reasons: list[str] = []
    for pixels in pictures:
        _require_picture(pixels)
        try:
            values, curve = prepare(pixels, bundle)
        except SignalError as fault:
            reasons.append(str(fault))
            continue
        reasons.append("")
        inputs.append(values)
        curves.append(curve)
    rows = iter(zip(probabilities_of(np.stack(inputs), bundle), curves, strict=True) if inputs else ())
    return [_refused(reason) if reason else _answer(*next(rows), bundle) for reason in reasons]


def prepare(pixels: UInt8, bundle: Bundle) -> tuple[Float32, Curve | None]:
    """Return a picture as the bundle's network takes it, and its curve where that is what is taken.

    Raises:
        SignalError: there is no curve, or more than one.
    """
    settings = bundle.card.input.settings
    if settings["input"] == "curve":
        curve = read_curve(pixels)
        return curve.features(), curve
    size, colour = int(str(settings["size"])), bool(settings["colour"])
    return prepare_pixels(pixels, size, colour).astype(np.float32) / np.float32(255), None


def probabilities_of(inputs: Float32, bundle: Bundle) -> Float32:
    """Return calibrated probabilities of prepared inputs, shape ``(n, n_classes)``."""
    return calibrated(_logits_of(inputs, bundle), bundle)


def scaled_logits_of(inputs: Float32, bundle: Bundle) -> npt.NDArray[np.float64]:
    """Return what calibrated probabilities are the softmax of, shape ``(n, n_classes)``."""
    parameters = bundle.card.calibration.parameters
    scaled: npt.NDArray[np.float64] = _logits_of(inputs, bundle).astype(np.float64) / parameters.get(
        "temperature", 1.0
    ) + np.asarray(parameters.get("bias", 0.0))
    return scaled


def _logits_of(inputs: Float32, bundle: Bundle) -> Float32:
    logits: Float32 = bundle.run({bundle.card.input.inputs[0].name: inputs}, batch=64)["logits"]
    return logits


def check_contract(bundle: Bundle) -> None:
    """Refuse a bundle that does not take drawings of beats.

    Raises:
        BundleError: says what differs.
    """
    card = bundle.card
    unknown = sorted(set(card.classes) - set(AAMI_OF_CLASS))
    if card.task != "beat-image" or unknown:
        raise BundleError(
            f"{card.name} is a model for {card.task!r} with classes {' '.join(card.classes)}; classifying "
            "drawings of beats takes task 'beat-image' with classes that are known here."
        )
    settings = card.input.settings
    size = settings.get("size", 0)
    expected: dict[object, list[int | str]] = {
        "curve": ["batch", 3, N_COLUMNS],
        "pixels": ["batch", 3 if settings.get("colour") else 1, int(str(size)), int(str(size))],
    }
    shape = card.input.inputs[0].shape
    if len(card.input.inputs) != 1 or expected.get(settings.get("input")) != shape:
        raise BundleError(
            f"{card.name} {card.version} takes {shape} of {settings.get('input')!r}; models of drawings take "
            f"'curve' {expected['curve']} or 'pixels' of one size. Install the version of einthoven that the "
            "model was made for."
        )


def _require_picture(pixels: UInt8) -> None:
    ok = pixels.dtype == np.uint8 and (pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3))
    if not ok:
        raise SignalError(
            f"Pixels are {pixels.dtype} of shape {pixels.shape}; allowed: uint8, (height, width) or "
            f"(height, width, 3) RGB, {SMALLEST} pixels or more each way."
        )


def _answer(probabilities: Float32, curve: Curve | None, bundle: Bundle) -> BeatImageAnswer:
    classes = bundle.card.classes
    letters = dict.fromkeys(LETTERS, 0.0)
    for name, value in zip(classes, probabilities.tolist(), strict=True):
        letters[AAMI_OF_CLASS[name]] += value
    label = classes[int(probabilities.argmax())]
    return BeatImageAnswer(
        decision="answered",
        reason="",
        label=label,
        title=TITLES.get(label, f"AAMI class {label}"),
        probabilities=dict(zip(classes, probabilities.tolist(), strict=True)),
        letter=max(letters, key=lambda letter: letters[letter]),
        letters=letters,
        curve=curve,
    )


def _refused(reason: str) -> BeatImageAnswer:
    return BeatImageAnswer("refused", reason, "", "", {}, "", {}, None)
