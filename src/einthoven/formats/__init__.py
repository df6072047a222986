"""Bytes ⇄ ``Recording``: one file a format, recognised by content and never by file name.

``read`` takes any source, ``discover`` lists the recordings of a folder or pattern, ``write`` saves one.
Everything is loaded on first use, so that importing the package stays cheap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from einthoven.formats.delimited import read_heartbeat_rows
    from einthoven.formats.discovery import discover
    from einthoven.formats.registry import read
    from einthoven.formats.wfdb.annotations import Annotations, read_annotations
    from einthoven.formats.writing import write

__all__ = ["Annotations", "discover", "read", "read_annotations", "read_heartbeat_rows", "write"]

_HOME = {
    "Annotations": "einthoven.formats.wfdb.annotations",
    "discover": "einthoven.formats.discovery",
    "read": "einthoven.formats.registry",
    "read_annotations": "einthoven.formats.wfdb.annotations",
    "read_heartbeat_rows": "einthoven.formats.delimited",
    "write": "einthoven.formats.writing",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
