"""What the figures were measured on, and how large the runtime install is."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from einthoven import __version__

SHOWN = ("numpy", "scipy", "onnxruntime", "sleepecg", "wfdb", "neurokit2")


def describe() -> str:
    """Return processor, cores, memory and versions in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in SHOWN if _installed(name))
    return (
        f"{_processor()}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GiB, {platform.system()}, "
        f"Python {sys.version.split()[0]}, einthoven {__version__}, {versions}"
    )


def install_size_mb(extra: str | None = None) -> float:
    """Return the size of einthoven's runtime dependencies and itself as installed, in MB (10^6 bytes).

    Args:
        extra: of ``pyproject.toml``, whose packages are counted too.
    """
    import tomllib

    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8"))
    names: set[str] = set()
    asked = list(project["project"]["dependencies"])
    if extra is not None:
        asked += project["project"]["optional-dependencies"][extra]
    wanted = [Requirement(text) for text in asked]
    while wanted:
        requirement = wanted.pop()
        name = requirement.name.lower().replace("_", "-")
        extras = requirement.extras or {""}
        if requirement.marker and not any(requirement.marker.evaluate({"extra": extra}) for extra in extras):
            continue
        if name not in names:
            names.add(name)
            wanted += [Requirement(text) for text in metadata.requires(name) or []]
    files = [file.locate() for name in names for file in metadata.files(name) or []]
    package = Path(__file__).parent.parent / "src" / "einthoven"
    files += [path for path in package.rglob("*") if "__pycache__" not in path.parts]
    return sum(Path(str(file)).stat().st_size for file in files if Path(str(file)).is_file()) / 1e6


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
