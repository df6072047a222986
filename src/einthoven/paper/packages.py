"""The packages of ``einthoven[paper]``: pages need them, signals do not, and they double an installation."""

from __future__ import annotations

from importlib.util import find_spec

from einthoven.errors import EinthovenError

MODULES = {"cv2": "OpenCV", "pypdfium2": "pypdfium2", "fpdf": "fpdf2"}


def require_paper_packages(purpose: str) -> None:
    """Do nothing where they are installed.

    Args:
        purpose: what needs them, the beginning of the message.

    Raises:
        EinthovenError: one is missing; says which and how to install it.
    """
    missing = [title for module, title in MODULES.items() if not _is_there(module)]
    if missing:
        raise EinthovenError(
            f"{purpose} needs {', '.join(missing)}, not installed: pip install 'einthoven[paper]'"
        )


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ModuleNotFoundError, ValueError):  # an import hook refuses it; a stand-in without a specification
        return False
