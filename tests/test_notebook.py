"""The notebook as it is kept, and its stand-in patients. That all its cells run is checked by nbmake."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from einthoven.datasets.heartbeat import build_rows
from einthoven.recording import AAMI_CLASSES

FOLDER = Path(__file__).parents[1] / "notebooks"


@pytest.fixture(scope="module")
def notebook() -> dict[str, Any]:
    return json.loads((FOLDER / "ecg.ipynb").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def teaching_records() -> ModuleType:
    spec = importlib.util.spec_from_file_location("teaching_records", FOLDER / "teaching_records.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_is_kept_without_outputs(notebook: dict[str, Any]) -> None:
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(cells) > 10
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)


def test_any_python_can_run_it(notebook: dict[str, Any]) -> None:
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"


def test_it_names_no_place_of_one_machine(notebook: dict[str, Any]) -> None:
    text = "\n".join("".join(cell["source"]) for cell in notebook["cells"])
    assert not re.findall(r"(?<![\w.)}/])/(?:home|tmp|work|usr|Users|root)\b", text)


def test_simulated_patients_have_all_classes_of_several_patients(
    teaching_records: ModuleType, tmp_path: Path
) -> None:
    rows = build_rows(teaching_records.simulated_records(tmp_path))
    for index, letter in enumerate(AAMI_CLASSES):
        n_patients = len(np.unique(rows.patients[rows.classes == index]))
        assert n_patients >= 2, f"{letter}: of {n_patients} patients, so that no split over patients has it"


def test_simulated_patients_differ(teaching_records: ModuleType, tmp_path: Path) -> None:
    rows = build_rows(teaching_records.simulated_records(tmp_path))
    normal = rows.classes == AAMI_CLASSES.index("N")
    names = np.unique(rows.patients[normal])
    middle = np.stack([np.median(rows.values[normal & (rows.patients == name)], axis=0) for name in names])
    apart = np.abs(middle[:, np.newaxis] - middle).mean(axis=2)
    assert np.median(apart[np.triu_indices(len(names), 1)]) > 0.03


def test_without_network_it_says_that_patients_are_simulated(
    teaching_records: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("EINTHOVEN_DATA", str(tmp_path / "data"))
    for variable in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    database = teaching_records.open_records(("208",), tmp_path / "simulated")
    assert database.data_set.name == "simulated"
    assert "NOT recordings of people" in capsys.readouterr().out
