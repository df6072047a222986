"""Fit the gate: features of ECGs and of other pictures → small boosted trees → ``paper/gate_model.json``.

    python -m einthoven.training.page_gate features --positives DIR --negatives DIR --out features.jsonl
    python -m einthoven.training.page_gate fit features.jsonl --out gate_model.json

A positive lies in a folder named after its kind and source (``page12-photos``), a negative in one named after
its source. Trees are judged by cross-validation over sources: what is measured is a source that was not seen.
Gradient boosting of trees of depth 3 on the logistic loss (Friedman 2001, doi:10.1214/aos/1013203451) with
thresholds at quantiles and second-order leaves (Chen & Guestrin 2016, doi:10.1145/2939672.2939785).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]

KINDS = ("page12", "strip", "beat", "monitor")
DEPTH = 3
BINS = 24
RIDGE = 2.0
BEAT_THRESHOLD = 0.75  # a near-empty picture with one curve says little: more certainty is asked
ROUNDS = 300
RATE = 0.1


@dataclass(frozen=True, eq=False)
class Examples:
    """Features ``(n, n_features)``; for each example its kind (``none`` or one of ``KINDS``) and source."""

    names: tuple[str, ...]
    values: Float64
    kinds: npt.NDArray[np.str_]
    sources: npt.NDArray[np.str_]
    files: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Trees:
    """Complete trees: ``feature`` and ``threshold`` ``(n_trees, 7)``, ``leaf`` ``(n_trees, 8)``, ``bias``."""

    feature: npt.NDArray[np.int64]
    threshold: Float64
    leaf: Float64
    bias: float

    def score(self, values: Float64) -> Float64:
        """Return log odds for features ``(n, n_features)``."""
        node = np.zeros((len(values), len(self.feature)), dtype=np.int64)
        every = np.arange(len(self.feature))
        at = np.arange(len(values))[:, np.newaxis]
        for _ in range(DEPTH):
            node = 2 * node + 1 + (values[at, self.feature[every, node]] > self.threshold[every, node])
        return self.bias + np.asarray(self.leaf[every, node - self.feature.shape[1]].sum(axis=1))


def boost(
    values: Float64, target: npt.NDArray[np.bool_], weights: Float64, rng: np.random.Generator
) -> Trees:
    """Fit trees to a yes-or-no target.

    Each round sees 70 % of the examples and half of the features, so that no feature carries all.
    """
    n, n_features = values.shape
    edges = np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1], axis=0)  # (BINS - 1, n_features)
    binned = (values[np.newaxis] > edges[:, np.newaxis]).sum(axis=0)
    share = float(np.average(target, weights=weights))
    bias = float(np.log(share / (1 - share)))
    scores = np.full(n, bias)
    inner = 2**DEPTH - 1
    feature = np.zeros((ROUNDS, inner), dtype=np.int64)
    threshold = np.full((ROUNDS, inner), np.inf)
    leaf = np.zeros((ROUNDS, inner + 1))
    for number in range(ROUNDS):
        chance = 1 / (1 + np.exp(-scores))
        gradient, curvature = weights * (target - chance), weights * chance * (1 - chance)
        drawn = rng.random(n) < 0.7
        allowed = rng.permutation(n_features)[: max(1, n_features // 2)]
        node = np.zeros(n, dtype=np.int64)
        for level in range(DEPTH):
            first = 2**level - 1
            for here in range(first, 2 * first + 1):
                within = np.flatnonzero(drawn & (node == here))
                split = _best_split(binned[within][:, allowed], gradient[within], curvature[within])
                if split is not None:
                    feature[number, here] = allowed[split[0]]
                    threshold[number, here] = edges[split[1], allowed[split[0]]]
            node = 2 * node + 1 + (values[np.arange(n), feature[number, node]] > threshold[number, node])
        fallen = node - inner
        up = np.bincount(fallen[drawn], gradient[drawn], inner + 1)
        down = np.bincount(fallen[drawn], curvature[drawn], inner + 1)
        leaf[number] = RATE * up / (down + RIDGE)
        scores += leaf[number, fallen]
    return Trees(feature, threshold, leaf, bias)


def _best_split(
    binned: npt.NDArray[np.int64], gradient: Float64, curvature: Float64
) -> tuple[int, int] | None:
    """Return (column, bin) of the split that lowers the loss most, None where none does."""
    n, width = binned.shape
    if n < 8:
        return None
    flat = (binned + BINS * np.arange(width)).ravel()
    up = np.bincount(flat, np.repeat(gradient, width), BINS * width).reshape(width, BINS).cumsum(axis=1)
    down = np.bincount(flat, np.repeat(curvature, width), BINS * width).reshape(width, BINS).cumsum(axis=1)
    whole_up, whole_down = up[:, -1:], down[:, -1:]
    gain = up**2 / (down + RIDGE) + (whole_up - up) ** 2 / (whole_down - down + RIDGE)
    gain = (gain - whole_up**2 / (whole_down + RIDGE))[:, :-1]
    best = int(gain.argmax())
    column, at = divmod(best, BINS - 1)
    return (column, at) if gain.ravel()[best] > 1e-6 else None


def read_examples(path: Path) -> Examples:
    """Read one JSON object a line: ``name``, ``kind``, ``group``, ``f`` (features)."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    names = tuple(sorted(set.intersection(*(set(row["f"]) for row in rows))))
    return Examples(
        names,
        np.nan_to_num(np.array([[row["f"][name] for name in names] for row in rows])),
        np.array([row["kind"] for row in rows]),
        np.array([row["group"] for row in rows]),
        tuple(row["name"] for row in rows),
    )


def _weights(target: npt.NDArray[np.bool_], sources: npt.NDArray[np.str_]) -> Float64:
    """Both sides weigh the same; within a side a source weighs as the root of its size."""
    weights = np.zeros(len(target))
    for side in (True, False):
        here = target == side
        for source in set(sources[here].tolist()):
            members = here & (sources == source)
            weights[members] = 1 / np.sqrt(members.sum())
        weights[here] *= len(target) / 2 / weights[here].sum()
    return weights


def cross_validate(examples: Examples, folds: int = 8, seed: int = 0) -> Float64:
    """Return for each example its log odds from trees that saw nothing of its source."""
    rng = np.random.default_rng(seed)
    sources = np.array(sorted(set(examples.sources.tolist())))
    fold_of = dict(zip(sources.tolist(), (rng.permutation(len(sources)) % folds).tolist(), strict=True))
    fold = np.array([fold_of[source] for source in examples.sources.tolist()])
    target = examples.kinds != "none"
    scores = np.zeros(len(target))
    for number in range(folds):
        seen = fold != number
        weights = _weights(target[seen], examples.sources[seen])
        trees = boost(examples.values[seen], target[seen], weights, rng)
        scores[~seen] = trees.score(examples.values[~seen])
    return scores


def fit(examples: Examples, threshold: float, seed: int = 0) -> dict[str, Any]:
    """Fit all trees and return the document that ``paper/gate.py`` reads."""
    rng = np.random.default_rng(seed)
    target = examples.kinds != "none"
    all_trees = {"ecg": boost(examples.values, target, _weights(target, examples.sources), rng)}
    for kind in KINDS:
        is_kind = examples.kinds[target] == kind
        weights = _weights(is_kind, examples.sources[target])
        all_trees[kind] = boost(examples.values[target], is_kind, weights, rng)
    return {
        "features": list(examples.names),
        "threshold": threshold,
        "beat_threshold": max(threshold, BEAT_THRESHOLD),
        "examples": {kind: int((examples.kinds == kind).sum()) for kind in ("none", *KINDS)},
        "bias": {name: round(trees.bias, 5) for name, trees in all_trees.items()},
        "trees": {name: _document(trees) for name, trees in all_trees.items()},
    }


def _document(trees: Trees) -> dict[str, Any]:
    # JSON knows no infinity: a node that does not split sends everything left.
    limits = np.where(np.isfinite(trees.threshold), trees.threshold, 1e30)
    return {
        "feature": trees.feature.tolist(),
        "threshold": [[float(f"{value:.6g}") for value in row] for row in limits],
        "leaf": [[float(f"{value:.4g}") for value in row] for row in trees.leaf],
    }


def measure(positives: Path, negatives: Path, out: Path) -> None:
    """Write the features of all pictures below two folders, one JSON object a line; what is there is kept."""
    from einthoven.errors import PageError
    from einthoven.paper.gate_features import gate_features
    from einthoven.paper.pages import load_pages

    done = set(read_examples(out).files) if out.exists() and out.stat().st_size else set()
    with out.open("a", encoding="utf-8") as file:
        for root, positive in ((positives, True), (negatives, False)):
            for path in sorted(path for path in root.rglob("*") if path.is_file()):
                source = path.relative_to(root).parts[0]
                if str(path) in done:
                    continue
                try:
                    pixels = load_pages(path, pages=[1])[0].pixels
                except PageError as error:
                    print(error)
                    continue
                if min(pixels.shape[:2]) < 32:
                    continue
                kind = source.split("-")[0] if positive else "none"
                row = {"name": str(path), "kind": kind, "group": source, "f": gate_features(pixels)}
                file.write(json.dumps(row) + "\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line of this module."""
    parser = argparse.ArgumentParser(description="Fit the gate for pictures of ECGs.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    features = verbs.add_parser("features")
    features.add_argument("--positives", type=Path, required=True)
    features.add_argument("--negatives", type=Path, required=True)
    features.add_argument("--out", type=Path, required=True)
    fitting = verbs.add_parser("fit")
    fitting.add_argument("features", type=Path)
    fitting.add_argument("--threshold", type=float, default=0.5)
    fitting.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    if chosen.verb == "features":
        measure(chosen.positives, chosen.negatives, chosen.out)
        return
    examples = read_examples(chosen.features)
    chances = 1 / (1 + np.exp(-cross_validate(examples)))
    target = examples.kinds != "none"
    for source in sorted(set(examples.sources.tolist())):
        here = examples.sources == source
        right = (chances[here] >= chosen.threshold) == target[here]
        print(f"{source:28s} {int(here.sum()):5d}  {100 * right.mean():6.1f} %")
    for side, name in ((True, "accepted"), (False, "refused")):
        here = target == side
        share = 100 * np.mean((chances[here] >= chosen.threshold) == side)
        print(f"{'ECGs' if side else 'other pictures'} {name}: {share:.2f} % of {int(here.sum())}")
    document = fit(examples, chosen.threshold)
    chosen.out.write_text(json.dumps(document, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
