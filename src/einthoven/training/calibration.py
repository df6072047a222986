"""From logits to probabilities that can be trusted: vector scaling on rows that were held out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.recording import Float32, Int64


@dataclass(frozen=True)
class VectorScaling:
    """Calibration: probabilities are softmax(logits / temperature + bias)."""

    temperature: float
    bias: tuple[float, ...]

    def __call__(self, logits: Float32) -> npt.NDArray[np.float64]:
        """Return probabilities, shape ``(n, n_classes)``."""
        scaled = logits.astype(np.float64) / self.temperature + np.array(self.bias)
        scaled = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        probabilities: npt.NDArray[np.float64] = scaled / scaled.sum(axis=1, keepdims=True)
        return probabilities


def fit_vector_scaling(logits: Float32, classes: Int64) -> VectorScaling:
    """Fit temperature and class biases (Guo et al. 2017, arXiv 1706.04599).

    Deviation: one temperature with a bias for each class, since training weights the classes. The biases are
    held near 0 by a small penalty, so that a class that hardly occurs is not pushed to minus infinity.

    Args:
        logits: shape ``(n, n_classes)``.
        classes: shape ``(n,)``, indices.
    """
    from scipy.optimize import minimize

    values = logits.astype(np.float64)
    index = np.arange(len(classes))

    def loss(parameters: npt.NDArray[np.float64]) -> float:
        scaled = values / np.exp(parameters[0]) + parameters[1:]
        scaled -= scaled.max(axis=1, keepdims=True)
        likelihood = scaled[index, classes] - np.log(np.exp(scaled).sum(axis=1))
        return float(-likelihood.mean() + 1e-4 * (parameters[1:] ** 2).sum())

    best = minimize(loss, np.zeros(1 + logits.shape[1]), method="L-BFGS-B").x
    bias = best[1:] - best[1:].mean()
    return VectorScaling(float(np.exp(best[0])), tuple(round(float(b), 4) for b in bias))


@dataclass(frozen=True)
class PlattScaling:
    """Calibration of classes one by one: probabilities are sigmoid(scale * logits + offset)."""

    scale: tuple[float, ...]
    offset: tuple[float, ...]

    def __call__(self, logits: Float32) -> npt.NDArray[np.float64]:
        """Return probabilities, shape ``(n, n_classes)``."""
        values = logits.astype(np.float64) * np.array(self.scale) + np.array(self.offset)
        probabilities: npt.NDArray[np.float64] = 0.5 * (1 + np.tanh(values / 2))
        return probabilities


def fit_platt_scaling(logits: Float32, targets: npt.NDArray[np.bool_]) -> PlattScaling:
    """Fit scale and offset of each class (Platt 1999).

    Deviation: the targets are as they are; a small penalty holds scale at 1 and offset at 0.

    Args:
        logits: shape ``(n, n_classes)``.
        targets: shape ``(n, n_classes)``.
    """
    from scipy.optimize import minimize

    scales, offsets = [], []
    for column in range(logits.shape[1]):
        values = logits[:, column].astype(np.float64)
        signs = np.where(targets[:, column], 1.0, -1.0)

        def loss(
            parameters: npt.NDArray[np.float64],
            values: npt.NDArray[np.float64] = values,
            signs: npt.NDArray[np.float64] = signs,
        ) -> float:
            margins = signs * (parameters[0] * values + parameters[1])
            penalty = (parameters[0] - 1) ** 2 + parameters[1] ** 2
            return float(np.logaddexp(0, -margins).mean() + 1e-3 * penalty)

        best = minimize(loss, np.array([1.0, 0.0]), method="L-BFGS-B", bounds=[(0.05, 20), (-20, 20)]).x
        scales.append(round(float(best[0]), 4))
        offsets.append(round(float(best[1]), 4))
    return PlattScaling(tuple(scales), tuple(offsets))
