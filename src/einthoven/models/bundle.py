"""The bundle: ``NAME/card.json`` + ``NAME/model.onnx``. Nothing pickled, nothing else needed to run it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from einthoven.errors import BundleError, did_you_mean
from einthoven.models.card import Card
from einthoven.models.runtime import Arrays, available_cores, make_session, run_in_batches

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

BUNDLES = Path(__file__).parent / "bundles"
CARD_FILE = "card.json"
ONNX_FILE = "model.onnx"


class Bundle:
    """A model that is ready to run: its card, its folder and a session made on first use.

    Args:
        card: the validated card.
        path: the folder that holds ``card.json`` and ``model.onnx``.
        threads: batches computed at once; default: as many as cores this process may use.
    """

    def __init__(self, card: Card, path: Path, threads: int | None = None) -> None:
        self.card = card
        self.path = path
        self.threads = threads
        self._session: InferenceSession | None = None
        self._opening = Lock()

    def __repr__(self) -> str:
        return f"Bundle({self.card.name} {self.card.version}, {str(self.path)!r})"

    @property
    def onnx_path(self) -> Path:
        """The network's file."""
        return self.path / ONNX_FILE

    @property
    def session(self) -> InferenceSession:
        """The ONNX Runtime session. The file's SHA-256 is compared with the card's before it is opened.

        Raises:
            BundleError: the file is missing, is not the one the card describes, or cannot be loaded.
        """
        with self._opening:  # one thread opens it, the others wait for it
            if self._session is None:
                self._session = self._open()
            return self._session

    def open_ahead(self) -> None:
        """Begin to open the session beside what the caller does now; whoever needs it first waits for it.

        Opening a network takes a tenth of a second or two, most of it without Python's lock. Nothing is
        raised here: a network that cannot be opened says so when it is used.
        """
        if self._session is None:
            Thread(target=self._try_to_open, name=f"open {self.card.name}").start()

    def _try_to_open(self) -> None:
        with suppress(BundleError):  # `session` tries again and raises it where somebody can answer
            _ = self.session

    def _open(self) -> InferenceSession:
        found = file_sha256(self.onnx_path)
        if found != self.card.onnx_sha256:
            raise BundleError(
                f"{self.onnx_path}: SHA-256 is {found[:12]}…, the card says {self.card.onnx_sha256[:12]}…. "
                "The network is not the one the card describes; restore the bundle."
            )
        return make_session(self.onnx_path)

    def run(self, inputs: Mapping[str, npt.NDArray[Any]], batch: int = 512) -> Arrays:
        """Run the network on rows of inputs, named and shaped as the card says, in batches.

        Args:
            inputs: one array an input of the contract, shape ``(n, …)``.
            batch: rows computed at a time.

        Returns:
            each output by name, shape ``(n, …)``, float32, as the network gives it (logits stay logits).

        Raises:
            BundleError: names, shapes or row counts differ from the contract.
        """
        expected = {tensor.name: tensor for tensor in self.card.input.inputs}
        if set(inputs) != set(expected):
            raise BundleError(
                f"{self.card.name} takes inputs {sorted(expected)}, but was given {sorted(inputs)}."
            )
        rows = {len(values) for values in inputs.values()}
        if len(rows) != 1:
            raise BundleError(
                f"Inputs of {self.card.name} have {sorted(rows)} rows; give each the same number."
            )
        checked: Arrays = {}
        sizes: dict[str, int] = {}
        for name, tensor in expected.items():
            values = inputs[name]
            for size, length in zip(tensor.shape, values.shape, strict=False):
                if isinstance(size, str):
                    sizes.setdefault(size, length)
            if list(values.shape) != tensor.sized(sizes):
                raise BundleError(
                    f"Input {name!r} of {self.card.name} has shape {values.shape}; "
                    f"allowed: ({', '.join(map(str, ['batch', *tensor.sized(sizes)[1:]]))})."
                )
            checked[name] = np.ascontiguousarray(values, dtype=tensor.dtype)
        return run_in_batches(self.session, checked, batch, self.threads or available_cores())


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits.

    Raises:
        BundleError: the file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror}). Restore the bundle.") from error


def list_bundles(root: Path | None = None) -> list[str]:
    """Return the names of the bundles under ``root`` (default: those that ship), sorted."""
    return sorted(card.parent.name for card in (root or BUNDLES).glob(f"*/{CARD_FILE}"))


def load_bundle(name_or_path: str | Path, *, threads: int | None = None) -> Bundle:
    """Load a bundle that ships by name, or any bundle by the path of its folder.

    Raises:
        BundleError: there is no such bundle, or its card is invalid; the message says what is wrong where.
    """
    names = list_bundles()
    folder = BUNDLES / name_or_path if str(name_or_path) in names else Path(name_or_path)
    if folder.name == CARD_FILE:
        folder = folder.parent
    if not (folder / CARD_FILE).is_file():
        raise BundleError(
            f"There is no model {str(name_or_path)!r}; allowed: {', '.join(names) or 'none ships here'}, "
            f"or the path of a folder with {CARD_FILE} and {ONNX_FILE}."
            f"{did_you_mean(str(name_or_path), names)}"
        )
    return Bundle(load_card(folder / CARD_FILE), folder, threads)


def load_card(path: Path) -> Card:
    """Read and validate a card.

    Raises:
        BundleError: the card is unreadable or invalid; each field that is wrong is named.
    """
    try:
        return Card.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror}). Restore the bundle.") from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'the whole file'}: {fault['msg']}"
            for fault in error.errors()
        )
        raise BundleError(f"{path}: the model card is invalid ({faults}). Restore the bundle.") from error
