"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_root() -> Path:
    """Root of the real recordings (``EINTHOVEN_DATA``); tests that need it skip without it."""
    root = os.environ.get("EINTHOVEN_DATA")
    if not root:
        pytest.skip("EINTHOVEN_DATA is not set: this test needs real recordings")
    path = Path(root)
    if not path.is_dir():
        pytest.fail(f"EINTHOVEN_DATA={root} is not a folder")
    return path.resolve()
