"""Report pages in class folders: names of classes, groups of pages that look alike, the store."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.datasets import report_page_store
from einthoven.datasets.report_page_store import digitised_pages, digitiser, keep
from einthoven.datasets.report_pages import ReportPage, find_report_pages, group_alike
from einthoven.errors import DataError
from einthoven.models.report_page_classes import classes_of_folders
from einthoven.recording import Recording

PUBLISHER = {
    "Normal Person ECG Images (284x12=3408)": "normal",
    "ECG Images of Patient that have abnormal heartbeat (233x12=2796)": "abnormal_heartbeat",
    "ECG Images of Myocardial Infarction Patients (240x12=2880)": "myocardial_infarction",
    "ECG Images of Patient that have History of MI (172x12=2064)": "history_of_mi",
}


def test_folders_are_known_as_the_publisher_calls_them() -> None:
    assert classes_of_folders(list(PUBLISHER)) == PUBLISHER
    short = {"HB": "abnormal_heartbeat", "PMI": "history_of_mi", "mi": "myocardial_infarction"}
    assert classes_of_folders(list(short)) == short
    assert classes_of_folders(list(set(PUBLISHER.values()))) == {c: c for c in PUBLISHER.values()}


def test_an_unknown_folder_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(DataError, match=r"'histroy_of_m' .* Did you mean 'historyofmi'\?"):
        classes_of_folders(["histroy_of_m"])


def test_pages_are_found_by_folder_and_name(tmp_path) -> None:
    for name in ("normal/b.png", "normal/a.JPG", "HB/c.pdf", "normal/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = find_report_pages(tmp_path)
    assert [(page.path.name, page.label) for page in found] == [
        ("c.pdf", "abnormal_heartbeat"), ("a.JPG", "normal"), ("b.png", "normal"),
    ]  # fmt: skip


def test_folders_without_pages_are_refused(tmp_path) -> None:
    with pytest.raises(DataError, match="holds no folders"):
        find_report_pages(tmp_path)
    (tmp_path / "normal").mkdir()
    with pytest.raises(DataError, match="hold no pages"):
        find_report_pages(tmp_path)
    with pytest.raises(DataError, match="is not a folder"):
        find_report_pages(tmp_path / "absent")


def test_pages_that_look_alike_are_one_group_and_groups_are_closed() -> None:
    chance = np.random.default_rng(0)
    beats = chance.standard_normal((6, 12, 96)).astype(np.float32)
    beats[3] = beats[0] + 0.2 * beats[1]
    beats[5] = beats[3] * 1.1
    group = group_alike(beats)
    assert group[0] == group[3] == group[5]
    assert len(set(group.tolist())) == 4


def test_a_page_is_digitised_once(tmp_path, monkeypatch) -> None:
    path = tmp_path / "p.png"
    path.write_bytes(b"a page")
    page, asked = ReportPage(path, "normal", "normal"), []
    signals = np.array([[0.1234, np.nan, -1.5], [0, 0, 40.0]], np.float32)

    def write(place, which) -> None:
        asked.append(which)
        keep(place, Recording(signals, 500.0, ("I", "V1")))

    monkeypatch.setattr(report_page_store, "_write", write)
    for _ in range(2):
        (found,) = digitised_pages([page], tmp_path / "store")
        assert found.recording is not None
        assert found.recording.leads == ("I", "V1")
        np.testing.assert_allclose(found.recording.signals[0], [0.123, np.nan, -1.5], atol=1e-6)
        assert found.recording.signals[1, 2] == pytest.approx(32.767)  # the store's limit
    assert asked == [page]
    (stored,) = (tmp_path / "store" / digitiser()).glob("*.npz")
    stored.write_bytes(b"cut")
    with pytest.raises(DataError, match="is damaged"):
        digitised_pages([page], tmp_path / "store")


def test_a_page_that_cannot_be_read_is_kept_with_the_reason(tmp_path) -> None:
    path = tmp_path / "p.png"
    path.write_bytes(b"no picture")
    (found,) = digitised_pages([ReportPage(path, "normal", "normal")], tmp_path / "store")
    assert found.recording is None
    assert found.reason


def test_the_published_pages_are_found(data_root) -> None:
    found = find_report_pages(data_root / "report_images")
    labels = [page.label for page in found]
    assert {label: labels.count(label) for label in set(labels)} == {
        "abnormal_heartbeat": 160, "history_of_mi": 60, "myocardial_infarction": 21, "normal": 99,
    }  # fmt: skip


def test_pages_are_read_anew_when_the_code_or_a_network_of_the_digitiser_changes(
    tmp_path, monkeypatch
) -> None:
    for name in ("__init__.py", "tracing.py", "pen_network.onnx"):
        (tmp_path / name).write_text("one")
    monkeypatch.setattr(report_page_store.paper, "__file__", str(tmp_path / "__init__.py"))
    uncached = digitiser.__wrapped__
    names = [uncached()]
    for changed in ("tracing.py", "pen_network.onnx"):
        (tmp_path / changed).write_text("another")
        names.append(uncached())
    (tmp_path / "notes.txt").write_text("nothing that reads")
    assert len(set(names)) == 3
    assert uncached() == names[-1]
