"""An `Analysis` on the disk, all but its samples, so that reports can be made later without analysing again.

Nothing is pickled: dataclasses of this package become JSON, their arrays one NumPy archive. The samples are
read again from the files that were uploaded; only what was digitised from a page is kept with the rest, for
reading a page again takes seconds.
"""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from einthoven.analysis_result import Analysis
from einthoven.errors import SignalError
from einthoven.recording import Float32, Recording

if TYPE_CHECKING:
    from einthoven.models.bundle import Bundle
    from einthoven.paper.files import PageResult

FILE, ARRAYS = "analysis.json", "analysis.npz"
_KIND = "$"
_LEFT_OUT = ("recording", "explainer", "page")


def write_archive(analysis: Analysis, folder: Path) -> None:
    """Write what an analysis says into ``folder``."""
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    content = {
        field.name: _encode(getattr(analysis, field.name), arrays)
        for field in dataclasses.fields(analysis)
        if field.name not in _LEFT_OUT
    }
    content["explained"] = analysis.explainer is not None
    content["n_samples"] = analysis.recording.n_samples
    if analysis.page is not None:
        content["recording"] = _encode(analysis.recording, arrays)
        content["page"] = _encode(_fields(analysis.page, without=("recording", "overlay")), arrays)
        content["overlay"] = _encode(analysis.page.overlay(), arrays)
    (folder / FILE).write_text(json.dumps(content), encoding="utf-8")
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    (folder / ARRAYS).write_bytes(buffer.getvalue())


def read_archive(folder: Path, read: Callable[[], Recording], readers: Sequence[Bundle] = ()) -> Analysis:
    """Return the analysis as it was.

    Args:
        folder: as `write_archive` left it.
        read: reads the recording it is about again; not called where the archive holds it.
        readers: the models that its findings came from, for the evidence.

    Raises:
        SignalError: it is about a recording of another length.
    """
    content: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
    explained, n_samples = content.pop("explained"), content.pop("n_samples")
    overlay, recording = content.pop("overlay", None), None if "recording" in content else read()
    if recording is not None and n_samples != recording.n_samples:
        raise SignalError(
            f"The recording has {recording.n_samples} samples, its analysis {n_samples}. Analyse it again."
        )
    with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
        fields = {name: _decode(value, arrays) for name, value in content.items()}
        drawn = None if overlay is None else _decode(overlay, arrays)
    recording = fields.pop("recording", recording)
    page = _page(fields.pop("page"), recording, drawn) if "page" in fields else None
    usable = [lead.usable for lead in fields["quality"]]
    samples = fields["beats"].samples

    def explain(codes: Sequence[str]) -> dict[str, Float32]:
        from einthoven.explain.twelve_lead import explain_findings

        return explain_findings(list(codes), recording, readers, samples, usable)

    return Analysis(
        recording=recording, page=page, explainer=explain if explained and readers else None, **fields
    )


def _page(fields: dict[str, Any], recording: Recording, drawn: Any) -> PageResult:
    from einthoven.paper.files import PageResult

    return PageResult(recording=recording, overlay=lambda: drawn, **fields)


def _fields(value: Any, without: tuple[str, ...]) -> dict[str, Any]:
    return {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.name not in without}


def _encode(value: Any, arrays: dict[str, np.ndarray[Any, Any]]) -> Any:
    from einthoven.models.card import Card

    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, bytes):
        value = np.frombuffer(value, np.uint8)
        return {_KIND: "bytes", "v": _encode(value, arrays)["v"]}
    if isinstance(value, np.ndarray):
        name = f"a{len(arrays)}"
        arrays[name] = value
        return {_KIND: "array", "v": name}
    if isinstance(value, datetime):
        return {_KIND: "moment", "v": value.isoformat()}
    if isinstance(value, tuple):
        return {_KIND: "tuple", "v": [_encode(item, arrays) for item in value]}
    if isinstance(value, list):
        return [_encode(item, arrays) for item in value]
    if isinstance(value, dict):
        return {
            _KIND: "dict",
            "v": [[_encode(key, arrays), _encode(item, arrays)] for key, item in value.items()],
        }
    if isinstance(value, Card):
        return {_KIND: "card", "v": value.model_dump(mode="json")}
    if dataclasses.is_dataclass(value) and type(value).__module__.startswith("einthoven."):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.init}
        return {
            _KIND: f"{type(value).__module__}:{type(value).__qualname__}",
            "v": {name: _encode(item, arrays) for name, item in fields.items()},
        }
    raise TypeError(f"{type(value).__name__} has no place in an archive")


def _decode(value: Any, arrays: Any) -> Any:
    from einthoven.models.card import Card

    if isinstance(value, list):
        return [_decode(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    kind, inner = value[_KIND], value["v"]
    match kind:
        case "array":
            return arrays[inner]
        case "bytes":
            return arrays[inner].tobytes()
        case "moment":
            return datetime.fromisoformat(inner)
        case "tuple":
            return tuple(_decode(item, arrays) for item in inner)
        case "dict":
            return {_decode(key, arrays): _decode(item, arrays) for key, item in inner}
        case "card":
            return Card.model_validate(inner)
    module, _, name = kind.partition(":")
    found = getattr(import_module(module), name) if module.startswith("einthoven.") else None
    if not dataclasses.is_dataclass(found):
        raise TypeError(f"{kind} has no place in an archive")
    return found(**{key: _decode(item, arrays) for key, item in inner.items()})  # type: ignore[operator]
