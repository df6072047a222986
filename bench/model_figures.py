"""Put what held-out answers say of a shipped model beside its card: ``figures.json``, for the models page.

    python bench/model_figures.py BUNDLE SOURCE...

``SOURCE`` is the ``--out`` folder of ``einthoven evaluate heartbeat`` or ``twelve-lead`` with that bundle (of
12-lead records several, one a rate: each adds the records that those before it lack, so that the figures are
of the same records as the card), or the ``held_out.npz`` that training a beat model leaves in its log: then
each patient is answered by a network, calibration and decision weights that have not seen them, as in the
card's own figures; or the recipe of a model of beat drawings (`recipes/beat-image.yaml`), whose seed says
which drawings were kept for the test: those are drawn and answered again, after ``einthoven data prepare
beat-images --from mitdb``. Nothing is taken from a network of another hash, and nothing that differs from
the card.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from einthoven.evaluation.curves import Flags, auroc, average_precision, curve, reliability
from einthoven.evaluation.metrics import count_matrix
from einthoven.models.bundle import BUNDLES, load_bundle
from einthoven.models.card import Card
from einthoven.models.figures import (
    FILE,
    Bins,
    ClassCurves,
    Decided,
    FigureSet,
    Line,
    ModelFigures,
    Spread,
)
from einthoven.recording import AAMI_CLASSES, Float32

POINTS = 40  # of a curve; as many as a drawing of this size shows
FEWEST = 20  # beats of a class that a record must have for a figure of its own
Strings = npt.NDArray[np.str_]


def from_evaluation(folder: Path, card: Card) -> list[FigureSet]:
    """Read ``metrics.json`` and ``predictions.csv`` of a bundle's own evaluation."""
    task, rows = _evaluated(folder, card)
    if task != "heartbeat":
        raise SystemExit(f"{folder} is of {task}; whether its rows were learnt from is not in it.")
    true = np.array([row["true"] for row in rows])
    predicted = np.array([row["predicted"] for row in rows])
    chances = np.array([[float(row[f"p_{name}"]) for name in card.classes] for row in rows], np.float32)
    owners = np.array([row["patient"] for row in rows])
    told = card.metrics[0]
    found = _of_classes(told.data, told.protocol, "rows", card.classes, true, predicted, chances, owners)
    _require_same(found, card, told.data)
    return [found]


def from_records(folders: Sequence[Path], card: Card) -> list[FigureSet]:
    """Read the answers about 12-lead records of one fold, published at several rates.

    A record that is in several folders counts once, as the first of them has it.
    """
    answers: dict[str, dict[str, str]] = {}
    for folder in folders:
        task, rows = _evaluated(folder, card)
        if task != "twelve-lead":
            raise SystemExit(f"{folder} is of {task}; of several folders all must be of twelve-lead.")
        for row in rows:
            answers.setdefault(row["ecg_id"], row)
    # The store that the card was measured from leaves out copies of other records.
    copies = {str(ecg_id) for rate in (100, 500) for ecg_id in _copies_in_store(rate)}
    rows = [answers[ecg_id] for ecg_id in sorted(answers, key=int) if ecg_id not in copies]
    asked = card.data[-1].version.split(" records")[0].replace(",", "")
    if len(rows) != int(asked):
        raise SystemExit(f"{len(rows)} records here, {asked} on the card: evaluate at the other rate too.")
    return [_of_records(rows, card)]


def _copies_in_store(rate: int) -> set[int]:
    from einthoven.datasets.ptb_xl_store import open_store, store_folder

    return set(open_store(rate).duplicates) if store_folder(rate).is_dir() else set()


def _evaluated(folder: Path, card: Card) -> tuple[str, list[dict[str, str]]]:
    """Return the task and the answers of an evaluation of this network, refusals left out."""
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    if metrics["model"]["sha256"] != card.onnx_sha256:
        raise SystemExit(f"{folder} is of another network than {card.name} {card.version}.")
    with (folder / "predictions.csv").open(newline="", encoding="utf-8") as file:
        return metrics["task"], [row for row in csv.DictReader(file) if not row.get("refused")]


def from_held_out(path: Path, card: Card) -> list[FigureSet]:
    """Read the logits that cross-validation left, and calibrate and decide each fold by the others."""
    from einthoven.training.cross_validation import kept_held_out, nested_answers

    answers = nested_answers(kept_held_out(path), _folds_of(card))
    sets = []
    for data in dict.fromkeys(metric.data for metric in card.metrics):
        chosen = [a for a in answers if (data == "paced records") == a.paced and _is_of(a.record, data)]
        names_of = np.array(AAMI_CLASSES)
        true = names_of[np.concatenate([a.classes for a in chosen])]
        predicted = names_of[np.concatenate([a.predicted for a in chosen])]
        chances = np.concatenate([a.probabilities for a in chosen]).astype(np.float32)
        owners = np.concatenate([np.full(len(a.classes), a.record) for a in chosen])
        protocol = next(metric.protocol for metric in card.metrics if metric.data == data)
        found = _of_classes(data, protocol, "beats", list(AAMI_CLASSES), true, predicted, chances, owners)
        _require_same(found, card, data)
        sets.append(found)
    return sets


def from_recipe(path: Path, name: str) -> list[FigureSet]:
    """Answer the test drawings of a model of beat drawings again, with the network that ships."""
    from einthoven.training.beat_image_data import load_test
    from einthoven.training.beat_image_recipe import BeatImageRecipe
    from einthoven.training.calibration import VectorScaling
    from einthoven.training.recipe import load_recipe

    bundle = load_bundle(name)
    card = bundle.card
    recipe, sha256 = load_recipe(path, {})
    if not isinstance(recipe, BeatImageRecipe) or sha256 != card.recipe.sha256:
        raise SystemExit(f"{path} is not the recipe that {card.name} {card.version} was made by.")
    settings = card.calibration.parameters
    calibration = VectorScaling(settings["temperature"], tuple(settings["bias"]))  # type: ignore[arg-type]
    test = load_test(recipe)
    logits = bundle.run({card.input.inputs[0].name: test.values.astype(np.float32)}, batch=256)["logits"]
    probabilities = calibration(logits)
    sets = []
    for data in dict.fromkeys(test.sources.tolist()):
        of_it = test.sources == data
        owners, numbers = test.owners[of_it], test.classes[of_it]
        known = bool(np.all(owners != ""))
        # Of a folder of pictures some classes alone are asked for, as on the card.
        asked = np.arange(len(card.classes)) if known else np.unique(numbers)
        chances = probabilities[of_it][:, asked]
        chances = (chances / chances.sum(axis=1, keepdims=True)).astype(np.float32)
        names = np.array(card.classes)
        protocol = next(metric.protocol for metric in card.metrics if metric.data == data)
        found = _of_classes(
            data, protocol, "drawings", names[asked].tolist(), names[numbers],
            names[asked][chances.argmax(axis=1)], chances, owners if known else None,
        )  # fmt: skip
        _require_same(found, card, data)
        sets.append(found)
    return sets


def _is_of(record: str, data: str) -> bool:
    return data == "paced records" or record.startswith(f"{data}/")


def _folds_of(card: Card) -> int:
    protocol = card.metrics[0].protocol
    return int(protocol.split("-fold")[0].split()[-1])


def _require_same(found: FigureSet, card: Card, data: str) -> None:
    """Refuse figures that differ from what the card says of the same answers."""
    counts = np.array(found.confusion_matrix)
    for metric in card.metrics:
        name, _, kind = metric.name.partition(" ")
        if metric.data == data and kind == "F1" and name in found.classes:
            i = found.classes.index(name)
            asked = counts[i].sum() + counts[:, i].sum()
            value = 2 * counts[i, i] / asked if asked else 0.0
            if abs(value - metric.value) > 1e-3:
                raise SystemExit(f"{data}, {metric.name}: {value:.4f} here, {metric.value:.4f} on the card.")


def _of_classes(
    data: str,
    protocol: str,
    what: str,
    classes: list[str],
    true: Strings,
    predicted: Strings,
    chances: Float32,
    owners: Strings | None,
) -> FigureSet:
    right = np.array(classes)[np.argmax(chances, axis=1)] == true
    return FigureSet(
        data=data,
        protocol=protocol,
        what=what,  # type: ignore[arg-type]
        n=len(true),
        classes=classes,
        confusion_matrix=count_matrix(true.tolist(), predicted.tolist(), classes)[:-1, :-1].tolist(),
        decided=[],
        curves=[
            found for i, name in enumerate(classes) if (found := _curves(name, true == name, chances[:, i]))
        ],
        calibration=_bins("likeliest class", chances, right),
        spread=[] if owners is None else _spread(classes, true, predicted, owners),
    )


def _of_records(rows: list[dict[str, str]], card: Card) -> FigureSet:
    true = np.array([[row[f"true_{name}"] == "1" for name in card.classes] for row in rows])
    chances = np.array([[float(row[f"p_{name}"]) for name in card.classes] for row in rows], np.float32)
    decided = []
    for i, name in enumerate(card.classes):
        yes, said = true[:, i], chances[:, i] >= card.thresholds[name]
        counts = [int(np.count_nonzero(a & b)) for a in (yes, ~yes) for b in (said, ~said)]
        decided.append(
            Decided(
                name=name,
                true_positive=counts[0],
                false_negative=counts[1],
                false_positive=counts[2],
                true_negative=counts[3],
            )
        )
    flat = chances.ravel()
    patients = {row["patient"] for row in rows}
    return FigureSet(
        data=card.metrics[0].data,
        protocol=f"{len(rows):,} records of {len(patients)} patients not learnt from, by whom the "
        "epoch was chosen and the calibration fitted",
        what="records",
        n=len(rows),
        classes=card.classes,
        confusion_matrix=None,
        decided=decided,
        curves=[
            found
            for i, name in enumerate(card.classes)
            if (found := _curves(name, true[:, i], chances[:, i]))
        ],
        calibration=_bins("each class", flat[:, np.newaxis], true.ravel()),
        spread=[],
    )


def _curves(name: str, positive: Flags, scores: Float32) -> ClassCurves | None:
    points = curve(positive, scores)
    if points is None:
        return None
    return ClassCurves(
        name=name,
        n=int(positive.sum()),
        auroc=round(auroc(positive, scores), 4),
        average_precision=round(average_precision(positive, scores), 4),
        roc=_thinned(points.false_positive_rate, points.sensitivity),
        precision_recall=_thinned(points.sensitivity, points.ppv),
    )


def _thinned(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> Line:
    """Points of a curve at equal distances along it, its ends among them."""
    way = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    at = np.unique(np.searchsorted(way, np.linspace(0, way[-1], POINTS)).clip(0, len(x) - 1))
    kept = np.unique([0, *at.tolist(), len(x) - 1])
    return Line(x=np.round(x[kept], 3).tolist(), y=np.round(y[kept], 3).tolist())


def _bins(of: str, chances: Float32, right: Flags) -> Bins:
    found = reliability(chances, right)
    filled = found.count > 0
    return Bins(
        of=of,  # type: ignore[arg-type]
        promised=np.round(found.confidence[filled], 4).tolist(),
        came=np.round(found.accuracy[filled], 4).tolist(),
        n=found.count[filled].tolist(),
    )


def _spread(classes: list[str], true: Strings, predicted: Strings, owners: Strings) -> list[Spread]:
    """Accuracy of each owner, and sensitivity of N, S and V where there are enough to say."""
    names = sorted(set(owners.tolist()))
    found = [("accuracy", [(name, owners == name) for name in names])]
    for letter in ("N", "S", "V"):
        if letter in classes:
            rows = [(name, (owners == name) & (true == letter)) for name in names]
            found.append((f"{letter} sensitivity", [r for r in rows if r[1].sum() >= FEWEST]))
    return [
        Spread(
            figure=figure,
            names=[name for name, _ in rows],
            values=[round(float(np.mean(true[which] == predicted[which])), 4) for _, which in rows],
        )
        for figure, rows in found
        if len(rows) > 1
    ]


def main() -> None:
    """Write the figures of one bundle."""
    name, *sources = sys.argv[1:]
    source = Path(sources[0])
    card = load_bundle(name).card
    if card.task == "twelve-lead":
        sets = from_records([Path(folder) for folder in sources], card)
    elif source.suffix == ".npz":
        sets = from_held_out(source, card)
    elif source.suffix == ".yaml":
        sets = from_recipe(source, name)
    else:
        sets = from_evaluation(source, card)
    out = BUNDLES / name / FILE
    figures = ModelFigures(onnx_sha256=card.onnx_sha256, sets=sets)
    out.write_text(json.dumps(figures.model_dump(), separators=(",", ":")) + "\n", encoding="utf-8")
    sys.stdout.write(f"{out}: {out.stat().st_size / 1000:.1f} kB, {', '.join(s.data for s in sets)}\n")


if __name__ == "__main__":
    main()
