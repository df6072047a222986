"""ECG paper: recordings drawn true to scale, as vectors (SVG) or pixels (PNG).

Names are loaded on first use (PEP 562), so that ``import einthoven.paper`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from einthoven.paper.drawing import Drawing
    from einthoven.paper.render import render

_HOME = {"Drawing": "drawing", "render": "render"}

__all__ = ["Drawing", "render"]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # A function may carry the name of its module: the import machinery puts the module there first,
    # so the function is written over it.
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
