"""The running side works where only its own dependencies are installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from einthoven import write
from einthoven.models.bundle import list_bundles
from einthoven.paper import render
from einthoven.signal.simulator import simulate

ABSENT = [
    "torch",
    "lightning",
    "sklearn",
    "pandas",
    "wfdb",
    "matplotlib",
    "onnx",
    "yaml",
    "neurokit2",
    "sleepecg",
    "cv2",
    "pypdfium2",
    "fpdf",
]

# Runs at the start of every Python process that finds it on its path: the named packages cannot be imported.
BLOCK = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {ABSENT!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "sitecustomize.py").write_text(BLOCK, encoding="utf-8")
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    return os.environ | {"PYTHONPATH": path}


def test_the_block_blocks(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import torch"], env=environment, capture_output=True, text=True
    )
    assert "No module named 'torch'" in done.stderr


@pytest.mark.skipif("beats" not in list_bundles(), reason="the default model is not here")
def test_analyze_works_without_the_laboratory(environment: dict[str, str], tmp_path: Path) -> None:
    write(simulate(duration=30.0, seed=4, name="minimal"), tmp_path / "minimal.hea")
    command = [sys.executable, "-m", "einthoven", "analyze", str(tmp_path / "minimal.hea"), "--json"]
    command += ["--out", str(tmp_path / "out"), "--format", "html,png,csv,wfdb,json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["beats"]["n"] > 20
    assert len(list((tmp_path / "out").iterdir())) >= 5


PAPER = "needs OpenCV, pypdfium2, fpdf2, not installed: pip install 'einthoven[paper]'"


@pytest.mark.parametrize(
    "arguments",
    [
        ["digitize", "page.png", "--out", "out"],
        ["analyze", "page.png"],
        ["analyze", "record.hea", "--out", "out", "--format", "pdf"],
        ["view", "record.hea", "--out", "strip.pdf"],
        ["data", "pages", "record.hea", "--out", "out"],
    ],
    ids=" ".join,
)
def test_pages_say_what_to_install(environment: dict[str, str], tmp_path: Path, arguments: list[str]) -> None:
    recording = simulate(duration=10.0, seed=4, name="record")
    write(recording, tmp_path / "record.hea")
    render(recording, format="png").save(tmp_path / "page.png")
    command = [sys.executable, "-m", "einthoven", *arguments]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert PAPER in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert "fault in Einthoven" not in done.stderr


def test_train_says_what_to_install(environment: dict[str, str], tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("name: nothing\n", encoding="utf-8")
    command = [sys.executable, "-m", "einthoven", "train", str(recipe)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'einthoven[train]'" in done.stderr
    assert "Traceback" not in done.stderr
