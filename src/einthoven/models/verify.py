"""Verifying a bundle: is it what its card promises? What could not be checked is not counted as passed."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from einthoven.errors import BundleError, EinthovenError
from einthoven.models.bundle import BUNDLES, CARD_FILE, Bundle, file_sha256, load_card
from einthoven.models.card import Tensor

LARGEST_BYTES = 25 * 1024 * 1024  # all bundles that ship, together
PARITY_TOLERANCE = 1e-4
PICKLES = (".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".joblib", ".npy", ".npz", ".bin")
_FREE = 64  # where a size is free and does not matter
ONNX_TYPE = {"float32": "tensor(float)", "int64": "tensor(int64)"}


@dataclass(frozen=True, slots=True)
class Check:
    """One check: ``passed``, ``failed`` or ``not run``, and what was seen."""

    name: str
    outcome: Literal["passed", "failed", "not run"]
    detail: str


def verify_bundle(bundle: Bundle) -> list[Check]:
    """Check a bundle against its card. A failed check does not stop the others.

    Returns:
        one `Check` each: card, hash, folder, size, network, contract, free sizes, outputs, parity with
        PyTorch.
    """
    checks = []
    for name, check in _CHECKS.items():
        try:
            checks.append(Check(name, "passed", check(bundle)))
        except _NotRunError as reason:
            checks.append(Check(name, "not run", str(reason)))
        except EinthovenError as error:
            checks.append(Check(name, "failed", str(error)))
    return checks


class _NotRunError(Exception):
    """A check that cannot be made here; the message says what it needs."""


def _card(bundle: Bundle) -> str:
    card = load_card(bundle.path / CARD_FILE)
    return f"{card.name} {card.version}, {len(card.metrics)} metrics, {len(card.data)} data sets"


def _hash(bundle: Bundle) -> str:
    found = file_sha256(bundle.onnx_path)
    if found != bundle.card.onnx_sha256:
        raise BundleError(f"the card says {bundle.card.onnx_sha256}, the file has {found}")
    return found


def _folder(bundle: Bundle) -> str:
    files = [path for path in bundle.path.rglob("*") if path.is_file()]
    pickles = [path.name for path in files if path.suffix.lower() in PICKLES]
    if pickles:
        raise BundleError(
            f"holds {', '.join(sorted(pickles))}; pickles and raw weights have no place in a bundle"
        )
    return f"{len(files)} files, nothing pickled"


def _size(bundle: Bundle) -> str:
    root = BUNDLES if bundle.path.parent == BUNDLES else bundle.path
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
    if size > LARGEST_BYTES:
        raise BundleError(f"{root} holds {size / 2**20:.1f} MiB; allowed: {LARGEST_BYTES // 2**20} MiB")
    return f"{size / 2**20:.2f} MiB in {root.name}/"


def _network(bundle: Bundle) -> str:
    return f"{bundle.onnx_path.name} loads in ONNX Runtime ({len(bundle.session.get_inputs())} inputs)"


def _contract(bundle: Bundle) -> str:
    for kind, declared, found in (
        ("input", bundle.card.input.inputs, bundle.session.get_inputs()),
        ("output", bundle.card.input.outputs, bundle.session.get_outputs()),
    ):
        network = {node.name: node for node in found}
        if sorted(network) != sorted(tensor.name for tensor in declared):
            raise BundleError(f"{kind}s are {sorted(network)}, the card says {[t.name for t in declared]}")
        for tensor in declared:
            node = network[tensor.name]
            if node.type != ONNX_TYPE[tensor.dtype] or list(node.shape[1:]) != tensor.shape[1:]:
                raise BundleError(
                    f"{kind} {tensor.name!r} is {node.type} {node.shape}, "
                    f"the card says {tensor.dtype} {tensor.shape}"
                )
    return "names, types and shapes as the card says"


def _free_sizes(bundle: Bundle) -> str:
    inputs = bundle.card.input.inputs
    others = sorted({size for tensor in inputs for size in tensor.shape[1:] if isinstance(size, str)})
    for rows in (1, 2, 7):
        sizes = {"batch": rows} | dict.fromkeys(others, 3 * rows)
        results = bundle.run(_example(bundle, sizes), batch=rows)
        for output in bundle.card.input.outputs:
            if list(results[output.name].shape) != output.sized(sizes):
                raise BundleError(
                    f"inputs of {sizes} give {output.name!r} of shape {results[output.name].shape}, "
                    f"the card says {output.shape}"
                )
    return "1, 2 and 7 rows" + "".join(f"; 3, 6 and 21 {name}" for name in others)


def _outputs(bundle: Bundle) -> str:
    results = bundle.run(_example(bundle, {"batch": 16}))
    seen = []
    for output in bundle.card.input.outputs:
        values = results[output.name]
        if not np.isfinite(values).all():
            raise BundleError(f"output {output.name!r} holds values that are not finite")
        if output.kind == "probabilities":
            sums = values.sum(axis=-1)
            if np.any(values < 0) or np.abs(sums - 1).max() > 1e-4:
                raise BundleError(
                    f"rows of {output.name!r} sum to {sums.min():.4f} … {sums.max():.4f}; allowed: 1"
                )
        seen.append(f"{output.name} {output.kind}")
    return f"finite, {', '.join(seen)}"


def _parity(bundle: Bundle) -> str:
    if importlib.util.find_spec("torch") is None or not _has_training_room():
        raise _NotRunError("needs einthoven[train] (pip install 'einthoven[train]')")
    from einthoven.training.export import check_parity

    bundle.session  # noqa: B018 - a network that is missing, changed or damaged is said here
    try:
        difference = float(check_parity(bundle))
    except (KeyError, ValueError) as error:
        raise _NotRunError(f"the training room does not know this network: {error!r}") from error
    if not difference <= PARITY_TOLERANCE:
        raise BundleError(
            f"PyTorch and ONNX differ by up to {difference:.1e}; allowed: {PARITY_TOLERANCE:.0e}"
        )
    return f"PyTorch and ONNX differ by at most {difference:.1e}"


def _has_training_room() -> bool:
    try:
        return importlib.util.find_spec("einthoven.training.export") is not None
    except ModuleNotFoundError:
        return False


def _example(bundle: Bundle, sizes: Mapping[str, int]) -> dict[str, npt.NDArray[Any]]:
    """Return inputs of plausible values: noise of 0.5 around 0 for floats, zeros for whole numbers."""
    generator = np.random.default_rng(0)

    def fill(tensor: Tensor) -> npt.NDArray[Any]:
        shape = [_FREE if isinstance(size, str) else size for size in tensor.sized(sizes)]
        if tensor.dtype == "int64":
            return np.zeros(shape, dtype=np.int64)
        return (0.5 * generator.standard_normal(shape)).astype(np.float32)

    return {tensor.name: fill(tensor) for tensor in bundle.card.input.inputs}


_CHECKS: dict[str, Callable[[Bundle], str]] = {
    "card": _card,
    "hash": _hash,
    "folder": _folder,
    "size": _size,
    "network": _network,
    "contract": _contract,
    "free sizes": _free_sizes,
    "outputs": _outputs,
    "PyTorch parity": _parity,
}
