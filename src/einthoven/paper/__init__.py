"""ECG paper: recordings drawn true to scale, as vectors (SVG, PDF) or pixels (PNG)."""

# Not lazy: a lazy name that is also a module's name would become the module as soon as that is imported.
from einthoven.paper.drawing import Drawing
from einthoven.paper.render import draw, render

__all__ = ["Drawing", "draw", "render"]
