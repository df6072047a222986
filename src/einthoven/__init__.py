"""Einthoven: ECG files to classified beats.

>>> import einthoven as ecg
>>> rec = ecg.read("208.hea")
>>> result = ecg.analyze(rec)
>>> result.save("208.html")

Names are loaded on first use (PEP 562), so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from einthoven._version import __version__

if TYPE_CHECKING:
    from einthoven.analysis import Analysis, Finding, analyze, analyze_many
    from einthoven.errors import (
        BundleError,
        DataError,
        EinthovenError,
        FormatError,
        MissingInformationError,
        PageError,
        RecipeError,
        SignalError,
    )
    from einthoven.formats import discover, write
    from einthoven.models.bundle import Bundle, list_bundles, load_bundle
    from einthoven.recording import Beats, Event, Patient, Recording
    from einthoven.sources import read

_HOME = {
    "einthoven.analysis": ("Analysis", "Finding", "analyze", "analyze_many"),
    "einthoven.errors": (
        "BundleError", "DataError", "EinthovenError", "FormatError", "MissingInformationError", "PageError",
        "RecipeError", "SignalError",
    ),
    "einthoven.formats": ("discover", "write"),
    "einthoven.models.bundle": ("Bundle", "list_bundles", "load_bundle"),
    "einthoven.sources": ("read",),
    "einthoven.recording": ("Beats", "Event", "Patient", "Recording"),
}  # fmt: skip
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Analysis",
    "Beats",
    "Bundle",
    "BundleError",
    "DataError",
    "EinthovenError",
    "Event",
    "Finding",
    "FormatError",
    "MissingInformationError",
    "PageError",
    "Patient",
    "RecipeError",
    "Recording",
    "SignalError",
    "__version__",
    "analyze",
    "analyze_many",
    "discover",
    "list_bundles",
    "load_bundle",
    "read",
    "write",
]


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
