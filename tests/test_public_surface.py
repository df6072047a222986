"""What a user imports, and what it costs."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

import einthoven


def python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", einthoven.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(einthoven, name) is not None
    assert name in dir(einthoven)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'analyse'"):
        einthoven.analyse  # noqa: B018


def test_import_loads_nothing_heavy() -> None:
    loaded = python(
        "import sys, einthoven; print(*sorted(name.split('.')[0] for name in sys.modules))"
    ).split()
    assert not {"numpy", "scipy", "onnxruntime", "pydantic", "rich", "cyclopts", "torch", "pandas"} & set(
        loaded
    )


def test_the_way_to_an_analysis_does_not_load_scipy_signal_at_import() -> None:
    code = (
        "import sys, einthoven; einthoven.analyze; einthoven.read; einthoven.Recording; print(*sys.modules)"
    )
    loaded = set(python(code).split())
    assert not {"scipy.signal", "onnxruntime", "torch", "pandas", "matplotlib", "wfdb"} & loaded


@pytest.mark.parametrize(
    ("arguments", "seconds"), [(["-c", "import einthoven"], 0.3), (["-m", "einthoven", "--help"], 0.4)]
)
def test_starts_quickly(arguments: list[str], seconds: float) -> None:
    """Processor time, which is what the wall shows on a machine at rest; the best of five tries."""
    best = float("inf")
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert best <= seconds
