"""The gate: is a picture an ECG, of which kind, and is it good enough to be read? Asked before anything else.

Features of the picture (``gate_features``) go through a few hundred small decision trees that were fitted to
ECGs and to other pictures (``training/page_gate.py``; ``bench/gate.py`` measures folders of pictures). Where
that leaves a doubt, what the digitiser reads decides (``ecg_evidence``): names of leads, pulses, beats.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from einthoven.paper.gate_features import gate_features

UInt8 = npt.NDArray[np.uint8]
Kind = Literal["page12", "strip", "beat", "monitor", "none"]

MODEL = Path(__file__).with_name("gate_model.json")
PERHAPS, SURELY = 0.03, 0.98  # probability of an ECG between which what is read on a page decides
LEAST_SIDE = 32  # pixels: the smallest drawing of a beat that means anything
LEAST_PAGE = 200  # pixels along the longer side of anything but a single beat


@dataclass(frozen=True)
class GateVerdict:
    """What the gate says of a picture.

    Attributes:
        kind: ``page12`` (a page of leads), ``strip``, ``beat`` (a drawing of a single beat), ``monitor``
            (a screen), or ``none`` where it is no ECG.
        accepted: an ECG, and good enough to try.
        reasons: why not; for an accepted picture what may make it hard to read.
        quality: ``probability`` (that it is an ECG), ``sharpness`` (0 blurred to 1), ``brightness`` (0-255),
            ``contrast`` of the ink (0-255), ``width`` and ``height`` in pixels.
        certain: nothing that is found on it could change the verdict; else what is read on it decides.
    """

    kind: Kind
    accepted: bool
    reasons: tuple[str, ...] = ()
    quality: dict[str, float] = field(default_factory=dict)
    certain: bool = True


def judge(pixels: npt.ArrayLike) -> GateVerdict:
    """Judge a picture, RGB or grey, ``(height, width[, channels])``; what is none is refused in words."""
    picture = _as_rgb(pixels)
    if isinstance(picture, str):
        return GateVerdict("none", False, (picture,))
    height, width = picture.shape[:2]
    quality = {"width": float(width), "height": float(height)}
    if min(height, width) < LEAST_SIDE:
        reason = f"too small: {width} x {height} pixels; allowed: at least {LEAST_SIDE} each way"
        return GateVerdict("none", False, (reason,), quality)
    features = gate_features(picture)
    kind, probability = classify(features)
    quality |= {
        "probability": probability,
        "sharpness": features["sharpness"],
        "brightness": features["brightest"],
        "contrast": features["ink_level"],
    }
    if features["brightest"] < 50:
        return GateVerdict(
            "none", False, ("too dark: nothing can be made out; take the photo again",), quality
        )
    if kind == "none":
        return GateVerdict("none", False, (_why_not(features),), quality, probability < PERHAPS)
    if kind != "beat" and max(height, width) < LEAST_PAGE:
        reason = (
            f"too small: {width} x {height} pixels; a page needs at least {LEAST_PAGE} along its longer side"
        )
        return GateVerdict(kind, False, (reason,), quality)
    if features["ink_level"] < 14:
        reason = "too faint or too blurred: no line stands out; take the photo again, sharp and in good light"
        return GateVerdict(kind, False, (reason,), quality)
    doubts = []
    if features["sharpness"] < 0.12:
        doubts.append("blurred: small waves may be lost")
    if features["brightest"] < 110:
        doubts.append("dark: a better lit photo reads better")
    if kind != "beat" and max(height, width) < 600:
        doubts.append(f"small: {width} x {height} pixels; 2000 along the longer side read better")
    return GateVerdict(kind, True, tuple(doubts), quality, probability > SURELY)


def classify(features: dict[str, float]) -> tuple[Kind, float]:
    """Return the kind that features speak for, and the probability that the picture is an ECG at all."""
    model = _model()
    values = np.array([features[name] for name in model["features"]])
    score = _score(model["trees"]["ecg"], values) + model["bias"]["ecg"]
    probability = float(1.0 / (1.0 + np.exp(-score)))
    if probability < model["threshold"]:
        return "none", probability
    kinds: tuple[Kind, ...] = ("page12", "strip", "beat", "monitor")
    scores = [_score(model["trees"][kind], values) + model["bias"][kind] for kind in kinds]
    kind = kinds[int(np.argmax(scores))]
    if kind == "beat" and probability < model["beat_threshold"]:
        return "none", probability
    return kind, probability


def _score(trees: dict[str, Any], values: npt.NDArray[np.float64]) -> float:
    """Sum the leaves that a picture falls into; every tree is complete, its nodes numbered level by level."""
    feature, threshold, leaf = trees["feature"], trees["threshold"], trees["leaf"]
    every = np.arange(len(feature))
    node = np.zeros(len(feature), dtype=np.int64)
    inner = feature.shape[1]
    while node[0] < inner:
        node = 2 * node + 1 + (values[feature[every, node]] > threshold[every, node])
    return float(leaf[every, node - inner].sum())


@cache
def _model() -> dict[str, Any]:
    model: dict[str, Any] = json.loads(MODEL.read_text(encoding="utf-8"))
    model["trees"] = {
        name: {
            "feature": np.array(trees["feature"], dtype=np.int64),
            "threshold": np.array(trees["threshold"], dtype=np.float64),
            "leaf": np.array(trees["leaf"], dtype=np.float64),
        }
        for name, trees in model["trees"].items()
    }
    return model


def _as_rgb(pixels: npt.ArrayLike) -> UInt8 | str:
    """Return RGB, uint8; or in words why an array is no picture."""
    try:
        array = np.asarray(pixels)
    except (ValueError, TypeError):
        return "not a picture: rows of unequal length"
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim == 2:
        array = np.repeat(array[:, :, np.newaxis], 3, axis=2)
    if array.ndim != 3 or array.shape[2] not in (3, 4) or not array.size:
        return f"not a picture: an array of shape {np.shape(array)}; allowed: (height, width, 3)"
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * 255
    if array.dtype != np.uint8:
        if not np.issubdtype(array.dtype, np.number) or np.issubdtype(array.dtype, np.complexfloating):
            return f"not a picture: values of type {array.dtype}; allowed: uint8"
        real = np.nan_to_num(array.astype(np.float64), nan=0.0, posinf=255.0, neginf=0.0)
        top = real.max()
        # Real numbers from 0 to 1 and 16-bit values are brought to 8 bits; anything else is cut to 0-255.
        factor = 255.0 if top <= 1.0 else (255.0 / 65535.0 if top > 255.0 else 1.0)
        array = np.clip(real * factor, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(array[:, :, :3])


def _why_not(features: dict[str, float]) -> str:
    """Say in words what a refused picture looks like."""
    if features["grey_spread"] < 12 and (features["ink"] < 2e-4 or features["flat"] > 0.999):
        return "blank: nothing is drawn on it"
    lattice = features["lattice_same"] > 0.5
    if features["letters"] > 3.5 and features["letter_area"] > 0.45 and features["trace_cover"] < 0.5:
        return "mostly text: no trace-like line found"
    if features["row_full"] + features["column_full"] > 0.01 and features["letters"] > 3.0:
        return "looks like a table, a form or a chart: straight lines and text, no trace-like line found"
    if lattice and features["trace_count"] < 1:
        return "a grid, but no trace-like line on it"
    if features["colours_90"] > 40 or features["medium_rough"] > 0.25:
        return "no grid and no trace-like line found: the picture looks like a photograph"
    if features["bent_count"] >= 1:
        return "lines found, but none that runs like an ECG: it looks like a chart or a drawing"
    return "no trace-like line found"
