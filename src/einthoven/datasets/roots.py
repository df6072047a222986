"""Where data sets lie."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return the user's cache folder of this package: ``XDG_CACHE_HOME`` or ``~/.cache``, ``/einthoven``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "einthoven"


def data_root() -> Path:
    """Return the folder of data sets: ``EINTHOVEN_DATA``, else `cache_folder`."""
    stated = os.environ.get("EINTHOVEN_DATA")
    return Path(stated).expanduser() if stated else cache_folder()
