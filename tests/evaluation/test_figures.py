"""Figures: both files, the sizes of journals, odd data, and settings of the program around left alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib")

import matplotlib
from PIL import Image

from einthoven.errors import DataError
from einthoven.evaluation import figures
from einthoven.evaluation.figures.comparison import Estimate
from einthoven.evaluation.figures.confusion import _percent

PROBABILITIES = np.array([[0.9, 0.1, 0, 0, 0], [0.2, 0.7, 0.1, 0, 0], [0.1, 0.2, 0.7, 0, 0]] * 4, np.float32)
TRUE = np.array(list("NSVNSSNSVVSN"))
ROWS = [
    {"epoch": i, "train_loss": 1 / i, "val_loss": 1.1 / i, "val_accuracy": 1 - 0.5 / i,
     "val_macro_f1": 0.8 if i == 3 else 0.5, "learning_rate": 1e-3} for i in range(1, 6)
]  # fmt: skip


def texts(figure: object) -> str:
    return " | ".join(found.get_text() for found in figure.findobj(matplotlib.text.Text) if found.get_text())


def test_both_files_are_written_in_the_width_of_a_column(tmp_path: Path) -> None:
    figure = figures.confusion_matrices({"": np.eye(5, dtype=int)})
    png, svg = figures.save(figure, tmp_path / "new", "matrix")
    with Image.open(png) as image:
        assert image.width == pytest.approx(3.4 * 300, abs=1)
        assert image.info["dpi"][0] == pytest.approx(300, abs=0.1)
    before = svg.read_bytes()
    assert before == figures.save(figure, tmp_path, "matrix")[1].read_bytes()


def test_a_confusion_matrix_shows_counts_and_shares_of_the_true_class() -> None:
    counts = np.zeros((6, 6), int)
    counts[0, 0], counts[0, 1], counts[1, 1], counts[2, 5], counts[5, 3] = 1500, 500, 7, 4, 9
    shown = texts(figures.confusion_matrices({"A": counts, "B": counts[:5, :5]}))
    for text in ("75.0", "1,500", "25.0", "500", "missed", "extra", "A", "B"):
        assert f" {text} " in f" {shown} "


def test_shares_are_never_rounded_to_nothing_or_everything() -> None:
    assert [_percent(x) for x in (0, 0.0004, 0.5, 0.9996, 1)] == ["0", "<0.1", "50.0", ">99.9", "100"]


def test_matrices_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="allowed"):
        figures.confusion_matrices({"": np.zeros((4, 4))})
    with pytest.raises(ValueError, match="no matrix"):
        figures.confusion_matrices({})


def test_curves_name_areas_and_leave_out_absent_classes() -> None:
    shown = texts(figures.class_curves(TRUE, PROBABILITIES))
    assert "N  0." in shown
    assert "Q  " not in shown
    assert "(5)" in shown


def test_calibration_shows_its_error() -> None:
    right = np.array([True] * 9 + [False] * 3)
    assert "ECE 0.0" in texts(figures.calibration_diagram(PROBABILITIES, right))


def test_of_nothing_there_is_an_empty_figure(tmp_path: Path) -> None:
    none = np.zeros((0, 5), np.float32)
    figures.save(figures.calibration_diagram(none, np.zeros(0, bool)), tmp_path, "calibration")
    figures.save(figures.class_curves(np.zeros(0, "<U1"), none), tmp_path, "curves")
    figures.save(figures.confusion_matrices({"": np.zeros((5, 5), int)}), tmp_path, "matrix")
    assert len(list(tmp_path.iterdir())) == 6


def test_spread_puts_the_worst_first_and_says_median_and_quartiles(tmp_path: Path) -> None:
    figure = figures.spread_figure(
        ["a", "b", "c"], {"accuracy": [0.9, 0.5, 0.7], "macro F1": [0.8, np.nan, 0.6]},
        whole={"accuracy": 0.75, "macro F1": None},
    )  # fmt: skip
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["b", "c", "a"]
    shown = texts(figure)
    for text in ("median accuracy 70.0", "quartiles 60.0 and 80.0", "accuracy (75.0 over all beats)"):
        assert text in shown
    many = [f"p{i}" for i in range(200)]
    crowd = figures.spread_figure(many, {"accuracy": np.linspace(1, 0, 200)}, whole={"accuracy": 0.5})
    assert len(crowd.axes[0].get_xticks()) == 5
    figures.save(crowd, tmp_path, "crowd")


def test_training_curves_from_rows_and_from_a_file(tmp_path: Path) -> None:
    columns = list(ROWS[0])
    lines = [",".join(columns), *(",".join(str(row[name]) for name in columns) for row in ROWS)]
    path = tmp_path / "curves.csv"
    path.write_text("\n".join(lines) + "\n")
    for figure in (figures.training_curves(ROWS), figures.training_curves(path)):
        assert "best: epoch 3" in texts(figure)
        assert [len(axes.lines) for axes in figure.axes] == [3, 3, 2]


def test_training_curves_do_without_what_was_not_measured(tmp_path: Path) -> None:
    rows = [
        {"epoch": 1, "train_loss": "0.5", "val_loss": ""},
        {"epoch": 2, "train_loss": "0.4", "val_loss": "0.6"},
    ]
    figure = figures.training_curves(rows)
    assert "best: epoch 2" in texts(figure)
    figures.save(figure, tmp_path, "curves")
    figures.save(figures.training_curves([{"epoch": 1, "train_loss": 0.5}]), tmp_path, "one")


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "no epochs"), ("loss\n1\n", "no epochs"), ("epoch,val_loss\n1,x\n", "not a number"),
     ("epoch,val_loss\n,1\n", "empty cells")],
)  # fmt: skip
def test_training_curves_of_something_else_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "curves.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        figures.training_curves(path)


def test_a_comparison_draws_values_and_differences(tmp_path: Path) -> None:
    sure, unsure = Estimate(0.9, (0.8, 0.95)), Estimate(0.5, None)
    figure = figures.comparison_figure(
        ["one", "two"],
        {"accuracy": [sure, unsure], "F1 Q": [unsure, Estimate(None, None)]},
        {"accuracy": [Estimate(-0.4, (-0.5, -0.3))], "F1 Q": [Estimate(None, None)]},
    )
    assert "Difference to one" in texts(figure)
    figures.save(figure, tmp_path, "comparison")


def test_settings_of_the_program_around_neither_matter_nor_change(tmp_path: Path) -> None:
    expected = figures.save(figures.training_curves(ROWS), tmp_path, "plain")[1].read_bytes()
    with matplotlib.rc_context({"font.size": 30, "lines.linewidth": 9}):
        figure = figures.training_curves(ROWS)
        assert figures.save(figure, tmp_path, "loud")[1].read_bytes() == expected
        assert matplotlib.rcParams["font.size"] == 30


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        figures.save(figures.training_curves(ROWS), tmp_path / "file", "curves")


def test_without_matplotlib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from einthoven.evaluation.figures import style

    monkeypatch.setattr(style, "can_draw", lambda: False)
    with pytest.raises(DataError, match=r"pip install 'einthoven\[train\]'"):
        figures.training_curves(ROWS)
