"""The house's rules as tests: who may import whom, and what must not be imported before it is needed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import einthoven
from einthoven.cli import VERBS

PACKAGE = Path(einthoven.__file__).parent
ROOT = PACKAGE.parent.parent
LABORATORY = ("datasets", "training", "evaluation")

# Room → rooms it may import from, besides itself (DESIGN: the order of the data flow).
BASE = {"recording", "errors", "wording", "_version"}
ALLOWED = {
    "recording": {"errors"},
    "errors": set(),
    "wording": set(),
    "formats": BASE,
    "signal": BASE,
    "paper": BASE | {"signal"},
    "models": BASE | {"signal", "paper"},
    "explain": BASE | {"signal", "models"},
    "analysis_result": BASE | {"signal", "paper", "models", "report", "analysis_document"},
    "analysis_document": BASE | {"analysis_result"},
    "analysis_findings": BASE | {"analysis_result", "models"},
    "analysis_review": BASE | {"analysis_result", "analysis_findings", "signal"},
    "sources": BASE | {"formats", "paper"},
    "analysis": BASE
    | {"sources", "analysis_result", "analysis_findings", "formats", "signal", "paper", "models", "explain"},
    "report": BASE
    | {"analysis", "analysis_result", "analysis_document", "formats", "signal", "paper", "models", "explain"},
    "stream": BASE | {"signal", "models"},
    "service": BASE
    | {"analysis", "analysis_result", "analysis_document", "formats", "signal", "paper", "models", "explain"}
    | {
        "analysis_findings",
        "analysis_review",
        "report",
        "sources",
        "stream",
        "datasets",
    },  # data sets: public samples of the gallery, fetched on request
}
HOOKS = {"models/verify.py": {"training"}}  # where the laboratory is installed, parity is checked with it
ABSENT = {"torch", "lightning", "sklearn", "pandas", "wfdb", "matplotlib", "onnx", "yaml"}
LATE = ABSENT | {
    "cv2",
    "pypdfium2",
    "fpdf",
    "onnxruntime",
    "scipy.signal",
    "scipy",
    "pydicom",
    "edfio",
    "PIL",
    "rich",
}


def modules(*without: str) -> list[Path]:
    files = sorted(PACKAGE.rglob("*.py"))
    return [path for path in files if path.relative_to(PACKAGE).parts[0] not in without]


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def imports(path: Path, *, at_import_time: bool) -> Iterator[str]:
    """Yield the names of modules that a file imports: all, or those that importing the file loads."""

    def walk(node: ast.AST) -> Iterator[ast.AST]:
        for child in ast.iter_child_nodes(node):
            if at_import_time and isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                continue
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            yield child
            yield from walk(child)

    for node in walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", modules(*LABORATORY, "cli", "__init__.py", "__main__.py"), ids=name_of)
def test_imports_follow_the_data(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if room == "_version":
        return
    used = {
        name.split(".")[1] for name in imports(path, at_import_time=False) if name.startswith("einthoven.")
    }
    assert used - {room} - HOOKS.get(name_of(path), set()) <= ALLOWED[room] | {"__version__"}


@pytest.mark.parametrize("path", modules(*LABORATORY), ids=name_of)
def test_the_running_side_never_names_what_it_must_do_without(path: Path) -> None:
    roots = {name.split(".")[0] for name in imports(path, at_import_time=False)}
    assert not roots & ABSENT - ({"pandas"} if path.name == "arrays.py" else set())


@pytest.mark.parametrize("path", modules(*LABORATORY), ids=name_of)
def test_heavy_libraries_wait_until_they_are_needed(path: Path) -> None:
    late = {name for name in imports(path, at_import_time=True) if {name, name.split(".")[0]} & LATE}
    allowed = {"PIL", "rich"} if path.relative_to(PACKAGE).parts[0] in ("paper", "report") else set()
    assert {name.split(".")[0] for name in late} <= allowed


def test_every_verb_of_the_readme_exists() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    verbs = set(re.findall(r"(?:\$ |`)einthoven ([a-z-]+)", readme))
    assert verbs
    assert verbs <= set(VERBS)


def test_the_changelog_names_the_version() -> None:
    assert f"## {einthoven.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_file_of_the_package_stays_readable() -> None:
    long = [name_of(path) for path in modules() if len(path.read_text(encoding="utf-8").splitlines()) > 450]
    assert long == []
