"""Beats to draw: the store, its windows, drawings, and folders of pictures by others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn_beats import FS, SYMBOLS, write_pictures, write_records
from einthoven.datasets.beat_image_folders import find_pictures, read_picture
from einthoven.datasets.beat_images import Window, open_store, store_folder
from einthoven.datasets.beat_images_classes import classes_of_folders
from einthoven.datasets.beat_images_drawing import draw_beat, nine_crops, random_look
from einthoven.datasets.beat_images_prepare import prepare_beat_images
from einthoven.errors import DataError
from einthoven.models.beat_image_classes import CLASSES, JUN_SYMBOLS


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    write_records(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EINTHOVEN_DATA", str(root))
        folder, document = prepare_beat_images("mitdb", root / "store")
    return open_store(folder), document


def test_each_beat_but_a_records_first_and_last_is_stored(store) -> None:
    beats, document = store
    assert len(beats) == 3 * 62 == document["n_beats"]
    assert document["counts"]["NOR"] == 3 * 7  # 8 a record, of which the first has no beat before it
    assert set(beats.records.tolist()) == {"101", "106", "108"}
    assert beats.patients[0] == "mitdb/101"
    assert [CLASSES[c] for c in beats.classes[:7]] == [JUN_SYMBOLS[symbol] for symbol in SYMBOLS[1:]]


def test_the_published_window_leaves_twenty_samples_to_each_neighbour(store) -> None:
    beats, _ = store
    samples = beats.cut(10, Window("jun"))
    assert len(samples) == int(beats.after[10] - beats.before[10]) - 40
    # The R peak is drawn where it lies between its neighbours.
    assert np.argmax(np.abs(samples)) == pytest.approx(beats.at[10] - beats.before[10] - 20, abs=2)


def test_other_windows(store) -> None:
    beats, _ = store
    assert len(beats.cut(10, Window("fixed", 0.2, 0.3))) == round(0.5 * FS)
    half = beats.cut(10, Window("half"))
    assert len(half) == pytest.approx((beats.after[10] - beats.before[10]) / 2, abs=1)
    row = beats.cut(10, Window("row"))
    assert len(row) == round(187 / 120 * FS)
    assert row[-1] == row.min()  # padded behind the next beat
    assert beats.cut(0, Window("fixed", 60.0, 0.3)) is None


def test_an_absent_store_says_how_to_prepare_it(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(DataError, match="einthoven data prepare beat-images --from mitdb"):
        open_store(store_folder("mitdb"))


def test_a_damaged_store_is_named(store, tmp_path) -> None:
    for name, text in (("prepared.json", "{}"), ("index.csv", "a,b\n"), ("signals.npy", "no")):
        (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match="Prepare it again"):
        open_store(tmp_path)


def test_a_set_of_rows_cannot_be_drawn() -> None:
    with pytest.raises(DataError, match="can be drawn"):
        prepare_beat_images("heartbeat")


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_any_look_can_be_drawn(seed: int) -> None:
    chance = np.random.default_rng(seed)
    look = random_look(chance)
    picture = draw_beat(np.sin(np.linspace(0, 9, 150)).astype(np.float32), look)
    assert picture.shape == (look.size[1], look.size[0], 3)
    assert picture.dtype == np.uint8
    assert np.ptp(picture.astype(int)) > 30


def test_nine_crops_are_the_corners_the_sides_and_the_middle() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (128, 128, 3)).astype(np.uint8)
    crops = nine_crops(picture)
    assert len(crops) == 9
    assert all(crop.shape == picture.shape for crop in crops)
    assert len({crop.tobytes() for crop in crops}) == 9


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (["normal", "left_bundle_branch_block"], ["NOR", "LBB"]),
        (["N", "L", "R", "A", "V", "E", "!"], ["NOR", "LBB", "RBB", "APC", "PVC", "VEB", "VFW"]),
        (["NOR", "LBBB", "RBBB", "PAC", "PVC", "VFW", "PAB", "VEB"], None),
        (["F", "N", "Q", "S", "V"], ["F", "N", "Q", "S", "V"]),
        (["N", "V"], ["N", "V"]),
        (["ventricular fibrillation", "Premature-Atrial-Contraction"], ["VFW", "APC"]),
        (["Paced Beats", "F", "fusion_of_paced_and_normal"], ["PAB", "FUS", "PFU"]),
    ],
)
def test_folders_by_any_usual_name(names: list[str], classes: list[str] | None) -> None:
    found = classes_of_folders(names)
    expected = classes or ["NOR", "LBB", "RBB", "APC", "PVC", "VFW", "PAB", "VEB"]
    assert [found[name] for name in names] == expected


def test_an_unknown_folder_is_named_with_the_nearest_and_the_list() -> None:
    with pytest.raises(DataError, match=r"'normla' is no class.*Did you mean 'normal'.*NOR \(normal beat\)"):
        classes_of_folders(["normla", "PVC"])


def test_letters_and_classes_are_not_mixed() -> None:
    with pytest.raises(DataError, match="Name all folders by AAMI letters"):
        classes_of_folders(["S", "LBBB"])


def test_pictures_are_found_and_read_in_any_mode(tmp_path) -> None:
    from PIL import Image

    root = write_pictures(tmp_path, {"normal": "N", "PVC": "V"}, n=2)
    (root / "normal" / "notes.txt").write_text("no picture")
    pictures = find_pictures(root)
    assert [(picture.folder, picture.label) for picture in pictures] == [("PVC", "PVC")] * 2 + [
        ("normal", "NOR")
    ] * 2
    ink = Image.open(pictures[0].path)
    for mode, suffix in (("L", "png"), ("1", "png"), ("P", "gif"), ("CMYK", "jpg"), ("RGBA", "webp")):
        path = tmp_path / f"one-{mode}.{suffix}"
        ink.convert(mode).save(path)
        assert read_picture(path).shape == (128, 128, 3)
    Image.fromarray(np.full((40, 50), 40_000, np.uint16)).save(tmp_path / "deep.png")
    assert read_picture(tmp_path / "deep.png").shape == (40, 50, 3)
    clear = Image.new("RGBA", (30, 20), (0, 0, 0, 0))
    clear.save(tmp_path / "clear.png")
    assert read_picture(tmp_path / "clear.png").min() == 255  # over white


def test_what_cannot_be_read_is_named(tmp_path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    with pytest.raises(DataError, match=r"a\.png is no picture"):
        read_picture(tmp_path / "a.png")
    from PIL import Image

    Image.new("1", (9000, 9000)).save(tmp_path / "bomb.png")
    with pytest.raises(DataError, match="9000 x 9000"):
        read_picture(tmp_path / "bomb.png")


def test_a_root_without_folders_or_pictures_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a folder"):
        find_pictures(tmp_path / "absent")
    with pytest.raises(DataError, match="holds no folders"):
        find_pictures(tmp_path)
    (tmp_path / "normal").mkdir()
    with pytest.raises(DataError, match="hold no pictures"):
        find_pictures(tmp_path)
