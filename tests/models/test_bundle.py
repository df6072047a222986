"""The bundle: what a valid one does, and that each thing that can be wrong with one is said."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnxruntime import InferenceSession

from einthoven.errors import BundleError
from einthoven.models import bundle as bundle_module
from einthoven.models.bundle import list_bundles, load_bundle
from einthoven.models.runtime import make_session
from einthoven.models.verify import verify_bundle
from tiny_bundle import CLASSES, SAMPLES, make_bundle, make_card, write_card


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_bundle(tmp_path / "tiny")


def outcomes(folder: Path) -> dict[str, str]:
    return {check.name: check.outcome for check in verify_bundle(load_bundle(folder))}


def detail(folder: Path, name: str) -> str:
    return next(check.detail for check in verify_bundle(load_bundle(folder)) if check.name == name)


def changed(folder: Path, **fields: Any) -> Path:
    write_card(folder, make_card(folder / "model.onnx") | fields)
    return folder


def test_loads_by_folder_and_by_card(folder: Path) -> None:
    for path in (folder, folder / "card.json", str(folder)):
        assert load_bundle(path).card.name == "tiny"


def test_loads_by_name_from_the_bundles_that_ship(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_module, "BUNDLES", folder.parent)
    assert list_bundles() == ["tiny"]
    assert load_bundle("tiny").path == folder


def test_unknown_name_lists_names_and_suggests(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_module, "BUNDLES", folder.parent)
    with pytest.raises(BundleError, match=r"no model 'tinny'; allowed: tiny.*Did you mean 'tiny'\?"):
        load_bundle("tinny")


def test_runs_any_number_of_rows_in_batches(folder: Path) -> None:
    bundle = load_bundle(folder, threads=1)
    beats = np.random.default_rng(0).standard_normal((11, SAMPLES)).astype(np.float32)
    whole = bundle.run({"beat": beats})["probabilities"]
    assert whole.shape == (11, len(CLASSES))
    np.testing.assert_allclose(whole.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(bundle.run({"beat": beats}, batch=4)["probabilities"], whole, atol=1e-6)
    assert bundle.run({"beat": beats[:0]})["probabilities"].shape == (0, len(CLASSES))


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"heart": np.zeros((1, SAMPLES))}, r"takes inputs \['beat'\], but was given \['heart'\]"),
        ({"beat": np.zeros((1, 7))}, r"shape \(1, 7\); allowed: \(batch, 16\)"),
    ],
)
def test_input_outside_the_contract_is_refused(folder: Path, inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(BundleError, match=message):
        load_bundle(folder).run(inputs)


def test_what_goes_by_one_name_is_equally_long() -> None:
    beats = load_bundle("beats")
    inputs = {
        t.name: np.zeros(t.sized({"batch": 1, "beats": 40}), np.float32) for t in beats.card.input.inputs
    }
    assert beats.run(inputs)["logits"].shape == (1, 40, 5)
    with pytest.raises(BundleError, match=r"'valid' of beats has shape \(1, 41\); allowed: \(batch, 40\)"):
        beats.run(inputs | {"valid": np.zeros((1, 41))})
    with pytest.raises(BundleError, match=r"'valid' of beats has shape \(1,\); allowed: \(batch, 40\)"):
        beats.run(inputs | {"valid": np.zeros(1)})


def test_a_sound_bundle_passes_every_check_that_can_be_made(folder: Path) -> None:
    found = outcomes(folder)
    assert {name for name, outcome in found.items() if outcome != "passed"} <= {"PyTorch parity"}
    assert set(found) >= {"card", "hash", "folder", "size", "network", "contract", "free sizes", "outputs"}


def test_parity_is_never_silently_passed_without_torch(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else real(name))
    assert outcomes(folder)["PyTorch parity"] == "not run"
    assert "einthoven[train]" in detail(folder, "PyTorch parity")


def test_a_changed_network_fails_the_hash_and_is_not_run(folder: Path) -> None:
    with (folder / "model.onnx").open("ab") as stream:
        stream.write(b"\0")
    assert outcomes(folder)["hash"] == "failed"
    with pytest.raises(BundleError, match="not the one the card describes"):
        load_bundle(folder).run({"beat": np.zeros((1, SAMPLES), np.float32)})


def test_a_network_opened_ahead_is_opened_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    def make(path: Path) -> InferenceSession:
        opened.append(path)
        return make_session(path)

    monkeypatch.setattr(bundle_module, "make_session", make)
    bundle = load_bundle(folder)
    for _ in range(3):
        bundle.open_ahead()
    session = bundle.session
    bundle.open_ahead()
    assert bundle.session is session
    assert opened == [folder / "model.onnx"]


def test_a_fault_of_a_network_opened_ahead_is_said_when_it_is_used(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"not the network of the card")
    bundle = load_bundle(folder)
    bundle.open_ahead()
    with pytest.raises(BundleError, match="not the one the card describes"):
        bundle.run({"beat": np.zeros((1, SAMPLES), np.float32)})


def test_a_missing_network_is_named(folder: Path) -> None:
    (folder / "model.onnx").unlink()
    assert outcomes(folder)["network"] == "failed"
    assert "model.onnx: cannot be read" in detail(folder, "network")


def test_a_network_that_is_none_is_named(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"not a network")
    changed(folder)
    assert "ONNX Runtime cannot load it" in detail(folder, "network")


def test_a_pickle_in_the_folder_fails(folder: Path) -> None:
    (folder / "weights.pt").write_bytes(b"\x80\x04")
    assert "weights.pt" in detail(folder, "folder")
    assert outcomes(folder)["folder"] == "failed"


def test_a_bundle_too_large_fails(folder: Path) -> None:
    with (folder / "notes.txt").open("wb") as stream:
        stream.truncate(26 * 2**20)
    assert outcomes(folder)["size"] == "failed"


def test_a_contract_that_is_not_the_networks_fails(folder: Path) -> None:
    card = make_card(folder / "model.onnx")
    card["input"]["inputs"][0]["shape"] = ["batch", 99]
    write_card(folder, card)
    assert "the card says float32 ['batch', 99]" in detail(folder, "contract")


def test_a_fixed_batch_fails(tmp_path: Path) -> None:
    assert outcomes(make_bundle(tmp_path / "tiny", batch=1))["free sizes"] == "failed"


def test_probabilities_that_are_none_fail(tmp_path: Path) -> None:
    folder = make_bundle(tmp_path / "tiny", softmax=False)
    assert outcomes(folder)["outputs"] == "failed"
    assert "allowed" in detail(folder, "outputs")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"colour": "red"}, "colour: Extra inputs"),
        ({"onnx_sha256": "abc"}, "onnx_sha256"),
        ({"thresholds": {"X": 0.5}}, r"thresholds name \['X'\]"),
        ({"thresholds": {"V": 1.5}}, "thresholds.V"),
        ({"data": []}, "data"),
        ({"input": {"inputs": [{"name": "x", "shape": ["batch", 3, "beats"]}]}}, r"'batch', names"),
        ({"task": "poetry"}, "task"),
    ],
)
def test_an_invalid_card_names_the_field(folder: Path, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(BundleError, match=f"model card is invalid.*{message}"):
        load_bundle(changed(folder, **fields))


@pytest.mark.parametrize("field", ["limits", "licence", "calibration", "patient_split"])
def test_no_part_of_the_card_may_be_left_out(folder: Path, field: str) -> None:
    card = make_card(folder / "model.onnx")
    del card[field]
    write_card(folder, card)
    with pytest.raises(BundleError, match=f"{field}: Field required"):
        load_bundle(folder)


def test_a_card_that_is_no_json_is_named(folder: Path) -> None:
    (folder / "card.json").write_text("{", encoding="utf-8")
    with pytest.raises(BundleError, match=r"card\.json: the model card is invalid"):
        load_bundle(folder)


def test_the_card_survives_a_round_trip(folder: Path) -> None:
    card = load_bundle(folder).card
    assert type(card).model_validate(json.loads(card.model_dump_json())) == card


@pytest.mark.parametrize("name", list_bundles())
def test_every_bundle_that_ships_is_sound(name: str) -> None:
    checks = verify_bundle(load_bundle(name))
    assert [f"{check.name}: {check.detail}" for check in checks if check.outcome == "failed"] == []
    assert load_bundle(name).card.name == name
