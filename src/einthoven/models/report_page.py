"""Report pages: a 12-lead page in, one of four classes with calibrated probabilities out, or a refusal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from einthoven.errors import BundleError, PageError, SignalError
from einthoven.models.beats import calibrated
from einthoven.models.bundle import Bundle
from einthoven.models.report_page_classes import CLASSES, TITLES
from einthoven.models.report_page_input import N_LEADS, RHYTHM, SAMPLES, PageInput, page_input
from einthoven.paper.report_page_stages import BOXES, LEAD_SIZE, cut_to_ecg, page_stages
from einthoven.recording import STANDARD_LEADS, Float32, Recording

UInt8 = npt.NDArray[np.uint8]
SHAPES: dict[str, dict[str, list[int | str]]] = {
    "signals": {
        "beats": ["batch", N_LEADS, SAMPLES],
        "known": ["batch", N_LEADS],
        "rhythm": ["batch", len(RHYTHM)],
    },
    "lead_pictures": {"pictures": ["batch", 1, LEAD_SIZE, LEAD_SIZE]},
}


@dataclass(frozen=True, eq=False, slots=True)
class PageAnswer:
    """What a model says of one page.

    Attributes:
        decision: ``answered``, or ``refused``: then all below but ``reason`` is empty.
        reason: why it was refused, in words.
        label: the likeliest class.
        title: what it stands for.
        probabilities: of each class, from all leads together.
        leads: name of the lead → probabilities of each class from that lead alone (and the rhythm).
        recording: what was read of the page, where the model takes signals.
    """

    decision: Literal["answered", "refused"]
    reason: str
    label: str
    title: str
    probabilities: dict[str, float]
    leads: dict[str, dict[str, float]]
    recording: Recording | None = None


def classify_page(pixels: UInt8, bundle: Bundle) -> PageAnswer:
    """Classify a picture of a report page.

    A model of signals digitises the ECG area of the page (`einthoven.paper.digitize`), so that colours,
    header and size do not reach it; a model of pictures sees the binary pictures of the leads
    (`einthoven.paper.report_page_stages`).

    Args:
        pixels: RGB, uint8, shape ``(height, width, 3)``.
        bundle: a bundle of task ``report-page``.

    Raises:
        BundleError: the bundle is for another task or takes other inputs. A page that cannot be read is
            refused, which is an answer.
    """
    check_contract(bundle)
    try:
        if bundle.card.input.settings["input"] == "signals":
            from einthoven.paper.digitize import digitize

            return classify_recording(digitize(cut_to_ecg(pixels)).recording, bundle)
        return classify_pictures(page_stages(pixels).leads, bundle)
    except (PageError, SignalError) as fault:
        return refused(str(fault))


def classify_recording(recording: Recording, bundle: Bundle) -> PageAnswer:
    """Classify a page that was digitised, or any 12-lead recording of about 10 s.

    Raises:
        BundleError: the bundle is for another task or takes pictures.
    """
    check_contract(bundle, "signals")
    try:
        page = page_input(recording)
    except SignalError as fault:
        return refused(str(fault))
    known = [i for i in range(N_LEADS) if page.known[i]]
    masks = np.stack([page.known, *(np.eye(N_LEADS, dtype=np.float32)[i] for i in known)])
    every = probabilities_of(page, masks, bundle)
    leads = {STANDARD_LEADS[i]: _named(row, bundle) for i, row in zip(known, every[1:], strict=True)}
    return _answer(every[0], leads, bundle, recording)


def classify_pictures(pictures: UInt8, bundle: Bundle) -> PageAnswer:
    """Classify the thirteen binary pictures of a page, shape ``(13, 150, 150)``; logits are averaged.

    Raises:
        BundleError: the bundle is for another task or takes signals.
    """
    check_contract(bundle, "lead_pictures")
    logits = picture_logits(pictures, bundle)
    each = calibrated(logits, bundle)
    leads = {name: _named(row, bundle) for name, row in zip(BOXES, each, strict=True)}
    return _answer(calibrated(logits.mean(axis=0, keepdims=True), bundle)[0], leads, bundle, None)


def probabilities_of(page: PageInput, masks: Float32, bundle: Bundle) -> Float32:
    """Return calibrated probabilities of a page with some leads left out, shape ``(n_masks, n_classes)``.

    Args:
        page: what the network sees.
        masks: 1 for leads that count, shape ``(n_masks, 12)``.
        bundle: of a model of signals.
    """
    known = masks * page.known
    return calibrated(
        bundle.run(network_inputs(page.beats * known[..., None], known, page.rhythm), 64)["logits"], bundle
    )


def network_inputs(beats: Float32, known: Float32, rhythm: Float32) -> dict[str, Float32]:
    """Return beats ``(n, 12, 96)``, known ``(n, 12)`` and rhythm ``(11,)`` as the network takes them."""
    return {"beats": beats, "known": known, "rhythm": np.repeat(rhythm[np.newaxis], len(beats), axis=0)}


def picture_logits(pictures: UInt8, bundle: Bundle) -> Float32:
    """Return the logits of binary pictures ``(n, 150, 150)``, shape ``(n, n_classes)``."""
    values = pictures[:, np.newaxis].astype(np.float32) / np.float32(255)
    logits: Float32 = bundle.run({"pictures": values}, 16)["logits"]
    return logits


def refused(reason: str) -> PageAnswer:
    """Return the answer that a page cannot be classified."""
    return PageAnswer("refused", reason, "", "", {}, {})


def check_contract(bundle: Bundle, takes: Literal["signals", "lead_pictures"] | None = None) -> None:
    """Refuse a bundle that does not take report pages.

    Raises:
        BundleError: says what differs.
    """
    card = bundle.card
    if card.task != "report-page" or tuple(card.classes) != CLASSES:
        raise BundleError(
            f"{card.name} is a model for {card.task!r} with classes {' '.join(card.classes)}; classifying "
            "report "
            f"pages takes task 'report-page' with {' '.join(CLASSES)}."
        )
    given = str(card.input.settings.get("input"))
    asked = {tensor.name: tensor.shape for tensor in card.input.inputs}
    if SHAPES.get(given) != asked:
        raise BundleError(
            f"{card.name} {card.version} takes {asked} of {given!r}; models of report pages take "
            f"{SHAPES}. Install "
            "the version of einthoven that the model was made for."
        )
    if takes is not None and given != takes:
        raise BundleError(f"{card.name} takes {given.replace('_', ' ')}, not {takes.replace('_', ' ')}.")


def _named(row: Float32, bundle: Bundle) -> dict[str, float]:
    return dict(zip(bundle.card.classes, row.tolist(), strict=True))


def _answer(
    probabilities: Float32, leads: dict[str, dict[str, float]], bundle: Bundle, recording: Recording | None
) -> PageAnswer:
    label = bundle.card.classes[int(probabilities.argmax())]
    return PageAnswer("answered", "", label, TITLES[label], _named(probabilities, bundle), leads, recording)
