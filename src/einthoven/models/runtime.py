"""Running a network: ONNX Runtime sessions, and batches that keep memory bounded on long recordings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from einthoven.errors import BundleError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Arrays = dict[str, npt.NDArray[Any]]


def available_cores() -> int:
    """Return how many processor cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


def make_session(onnx_path: Path) -> InferenceSession:
    """Open a network on the CPU. One thread computes one batch: `run_in_batches` runs several side by side.

    Raises:
        BundleError: ONNX Runtime cannot read the file.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Small networks gain little from threads within an operator, and idle ones would spin.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors only: they come back as exceptions
    try:
        return onnxruntime.InferenceSession(
            str(onnx_path), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # ONNX Runtime has no public base for its errors
        raise BundleError(
            f"{onnx_path}: ONNX Runtime cannot load it ({(str(error) or repr(error)).splitlines()[0]}). "
            "The file is damaged or needs a newer onnxruntime; restore the bundle or upgrade."
        ) from error


def run_in_batches(
    session: InferenceSession, inputs: Mapping[str, npt.NDArray[Any]], batch: int, threads: int
) -> Arrays:
    """Run all rows of ``inputs`` (each ``(n, …)``), ``batch`` rows at a time and ``threads`` batches at once.

    Returns:
        each output by name, rows in the order of the inputs; with no rows, arrays of shape ``(0, …)``.

    Raises:
        BundleError: ONNX Runtime refuses the input, or the network fails on it.
    """
    n_rows = len(next(iter(inputs.values())))
    names = [output.name for output in session.get_outputs()]

    def run(first: int) -> list[npt.NDArray[Any]]:
        rows = {name: values[first : first + batch] for name, values in inputs.items()}
        results: list[npt.NDArray[Any]] = session.run(names, rows)
        return results

    starts = range(0, n_rows, batch)
    try:
        if threads > 1 and len(starts) > 1:
            with ThreadPoolExecutor(threads) as pool:  # ONNX Runtime lets go of Python's lock while it runs
                parts = list(pool.map(run, starts))
        else:
            parts = [run(first) for first in starts]
    except Exception as error:  # ONNX Runtime has no public base for its errors
        reason = (str(error) or repr(error)).splitlines()[0]
        raise BundleError(f"The network cannot be run on this input: {reason}") from error
    if not parts:
        return {
            output.name: np.zeros(
                [0, *(s if isinstance(s, int) else 0 for s in output.shape[1:])], np.float32
            )
            for output in session.get_outputs()
        }
    return {name: np.concatenate([part[i] for part in parts]) for i, name in enumerate(names)}
