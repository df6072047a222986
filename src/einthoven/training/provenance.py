"""What a training run rests on: versions of libraries, state of the source code, hashes of the data."""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from einthoven._version import __version__
from einthoven.training.batches import Rows
from einthoven.training.optimisation import CourseRecipe

LIBRARIES = ("torch", "lightning", "numpy", "scipy", "onnx", "onnxruntime")


def environment() -> dict[str, Any]:
    """Return Python, platform, library versions, and the state of the source code if git knows it."""
    return {
        "einthoven": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "libraries": {name: _version(name) for name in LIBRARIES},
        "git": _git_state(Path(__file__).parent),
    }


def write_origin(
    log: Path, recipe: CourseRecipe, overrides: Mapping[str, str], fingerprint: Mapping[str, str]
) -> None:
    """Write the recipe with all defaults filled in, and what the run rests on."""
    resolved = yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    (log / "recipe.yaml").write_text(resolved, encoding="utf-8")
    hashes = {name: value for name, value in fingerprint.items() if name != "recipe"}
    origin = {"overrides": dict(overrides), "data_sha256": hashes, **environment()}
    (log / "environment.json").write_text(json.dumps(origin, indent=2) + "\n", encoding="utf-8")


def rows_sha256(rows: Rows) -> str:
    """Return a SHA-256 over the values and classes of rows."""
    digest = hashlib.sha256(np.ascontiguousarray(rows.waves).tobytes())
    digest.update(np.ascontiguousarray(rows.classes).tobytes())
    return digest.hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _git_state(folder: Path) -> dict[str, Any] | None:
    """Return commit and whether files differ from it, or None where the code is not in a git checkout."""
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        return {"commit": commit, "changed": bool(_git(folder, "status", "--porcelain", "--", "."))}
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True, timeout=20
    )
    return done.stdout.strip()
