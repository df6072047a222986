"""ECG paper: recordings drawn true to scale, as vectors (SVG) or pixels (PNG).

Names are loaded on first use (PEP 562), so that ``import einthoven.paper`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from einthoven.paper.drawing import Drawing
    from einthoven.paper.sheet import render

_HOME = {"Drawing": "drawing", "render": "sheet"}

__all__ = ["Drawing", "render"]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
