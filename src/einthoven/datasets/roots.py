"""Where data sets lie."""

from __future__ import annotations

import os
from pathlib import Path


def data_root() -> Path:
    """Return the folder of data sets: ``EINTHOVEN_DATA``, else the user's cache folder (XDG)."""
    stated = os.environ.get("EINTHOVEN_DATA")
    if stated:
        return Path(stated).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "einthoven"
