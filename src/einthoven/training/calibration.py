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
