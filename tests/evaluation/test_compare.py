"""Comparing models: paired differences and McNemar's test by hand; different rows are refused."""

from __future__ import annotations

import csv
import json
from math import comb
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.errors import DataError
from einthoven.evaluation.compare import compare_models, mcnemar
from einthoven.evaluation.comparison_files import markdown, p_text, write_comparison

TRUE = "NNNNNNVV" + "NNNNSSVV"
FIRST = "NNNNNNVN" + "NNNSSSVN"  # 13 of 16 right
BETTER = "NNNNNNVV" + "NNNSSSVN"  # 14, one more of the first patient
OTHER = "NNNNNVVV" + "NNNSSSVN"  # 13: one won, one lost


def save(
    folder: Path,
    predicted: str,
    true: str = TRUE,
    *,
    name: str = "",
    patients: bool = True,
    task: str = "heartbeat",
) -> Path:
    """Write what an evaluation would: two patients, half of the rows each."""
    folder.mkdir()
    model = {"name": name or folder.name, "version": "1.0"}
    (folder / "metrics.json").write_text(json.dumps({"task": task, "model": model, "data": "rows.csv"}))
    with (folder / "predictions.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        keys = ["row", "record", "patient"] if task == "heartbeat" else ["record", "sample"]
        writer.writerow([*keys, "true", "predicted", *(f"p_{label}" for label in "NSVFQ")])
        for i, (a, b) in enumerate(zip(true, predicted, strict=True)):
            whose = "100" if i < len(true) / 2 else "200"
            cells = [i, whose, f"mitdb/{whose}"] if task == "heartbeat" else [whose, 100 * i]
            if not patients:
                cells[1:] = ["", ""]
            writer.writerow([*cells, a.strip(), b.strip(), *[0.2] * 5])
    return folder


def test_figures_and_differences_by_hand(tmp_path: Path) -> None:
    comparison = compare_models([save(tmp_path / "first", FIRST), save(tmp_path / "better", BETTER)])
    first, better = comparison["models"]
    assert comparison["compared_with"] == "first"
    assert comparison["intervals"] == "95 %, paired bootstrap over patients"
    assert first["figures"]["accuracy"]["value"] == pytest.approx(13 / 16)
    assert better["figures"]["accuracy"]["value"] == pytest.approx(14 / 16)
    assert better["figures"]["F1 V"]["value"] == pytest.approx(6 / 7)
    assert better["figures"]["F1 F"]["value"] is None
    difference = better["differences"]["accuracy"]
    assert difference["value"] == pytest.approx(1 / 16)
    # Two patients: drawn are twice the first (+1/8), one of each (+1/16), or twice the second (0).
    assert difference["ci95"] == pytest.approx((0, 1 / 8))
    assert difference["better"] == pytest.approx(0.75, abs=0.03)
    assert better["mcnemar"]["right_only_here"] == 1
    assert better["mcnemar"]["right_only_in_first"] == 0
    assert "differences" not in first


def test_a_model_is_no_better_than_itself(tmp_path: Path) -> None:
    folders = [save(tmp_path / "a", FIRST, name="m"), save(tmp_path / "b", FIRST, name="m")]
    comparison = compare_models(folders)
    assert [model["name"] for model in comparison["models"]] == ["m 1.0 (a)", "m 1.0 (b)"]
    same = comparison["models"][1]
    assert same["differences"]["macro F1"] == {"value": 0, "ci95": (0, 0), "better": 0}
    assert same["mcnemar"]["p"] == 1


def test_rows_of_unknown_patients_are_drawn_one_by_one(tmp_path: Path) -> None:
    folders = [save(tmp_path / name, said, patients=False) for name, said in (("a", FIRST), ("b", OTHER))]
    comparison = compare_models(folders)
    assert "over rows" in comparison["intervals"]
    difference = comparison["models"][1]["differences"]["accuracy"]
    assert difference["value"] == 0
    low, high = difference["ci95"]
    assert low == pytest.approx(-high)
    assert high > 0


def test_beats_are_compared_over_records_with_missed_and_extra_ones(tmp_path: Path) -> None:
    a = save(tmp_path / "a", "NN NV", "NNNN ", task="beats")
    b = save(tmp_path / "b", "NNNN ", "NNNN ", task="beats")
    comparison = compare_models([a, b])
    assert comparison["intervals"] == "95 %, paired bootstrap over records"
    assert [model["figures"]["accuracy"]["value"] for model in comparison["models"]] == [0.75, 1.0]
    assert comparison["models"][0]["figures"]["F1 V"]["value"] == 0


def test_different_rows_are_named(tmp_path: Path) -> None:
    first = save(tmp_path / "first", FIRST)
    with pytest.raises(DataError, match="line 10 is N in the one, S in the other"):
        compare_models([first, save(tmp_path / "true", FIRST, TRUE[:8] + "S" + TRUE[9:])])
    with pytest.raises(DataError, match=r"line 2 .* patient 'mitdb/100' in the one, .* patient ''"):
        compare_models([first, save(tmp_path / "unknown", FIRST, patients=False)])
    with pytest.raises(DataError, match=r"different rows|16 and 4 rows"):
        compare_models([first, save(tmp_path / "fewer", FIRST[:4], TRUE[:4])])
    with pytest.raises(DataError, match="of task heartbeat, the other of beats"):
        compare_models([first, save(tmp_path / "beats", FIRST, task="beats")])


def test_folders_that_hold_no_evaluation_are_named(tmp_path: Path) -> None:
    first = save(tmp_path / "first", FIRST)
    with pytest.raises(DataError, match="two folders or more"):
        compare_models([first])
    with pytest.raises(DataError, match=r"nowhere.metrics\.json is not there"):
        compare_models([first, tmp_path / "nowhere"])
    broken = save(tmp_path / "broken", FIRST)
    (broken / "metrics.json").write_text("[]")
    with pytest.raises(DataError, match="not the metrics of one model"):
        compare_models([first, broken])
    (broken / "metrics.json").write_text((first / "metrics.json").read_text().replace("heartbeat", "r-peaks"))
    with pytest.raises(DataError, match="allowed: beats, heartbeat"):
        compare_models([first, broken])
    (broken / "metrics.json").write_text((first / "metrics.json").read_text())
    table = (first / "predictions.csv").read_text()
    for wrong, message in (
        ("", "is empty"),
        (table.splitlines()[0] + "\n", "holds no rows"),
        (table.replace("predicted", "said"), "columns are"),
        (table.replace(",N,", ",X,", 1), "line 2, true is 'X'"),
        (table + "16,200\n", "line 18 has 2 cells"),
    ):
        (broken / "predictions.csv").write_text(wrong)
        with pytest.raises(DataError, match=message):
            compare_models([first, broken])


def test_mcnemar_is_the_binomial_test() -> None:
    assert mcnemar(0, 0) == 1
    assert mcnemar(1, 0) == 1
    assert mcnemar(0, 6) == pytest.approx(2 / 64)
    assert mcnemar(10, 2) == pytest.approx(2 * (1 + 12 + 66) / 4096)
    assert mcnemar(5000, 5000) == 1
    assert 0 < mcnemar(5300, 4700) < 1e-8


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_against_whole_numbers(a: int, b: int) -> None:
    tail = sum(comb(a + b, k) for k in range(min(a, b) + 1))
    assert mcnemar(a, b) == pytest.approx(min(1, 2 * tail / 2 ** (a + b)))
    assert mcnemar(a, b) == mcnemar(b, a)


def test_writes_json_csv_markdown_and_figure(tmp_path: Path) -> None:
    folders = [save(tmp_path / name, said) for name, said in (("a", FIRST), ("b", BETTER), ("c", OTHER))]
    comparison = compare_models(folders)
    write_comparison(tmp_path / "out", comparison)
    assert json.loads((tmp_path / "out" / "comparison.json").read_text()) == json.loads(
        json.dumps(comparison)
    )
    with (tmp_path / "out" / "comparison.csv").open() as stream:
        table = list(csv.DictReader(stream))
    assert len(table) == 3 * 8
    row = next(row for row in table if (row["model"], row["figure"]) == ("b", "accuracy"))
    assert float(row["difference"]) == pytest.approx(1 / 16)
    assert float(row["mcnemar_p"]) == 1
    assert (tmp_path / "out" / "comparison.md").read_text() == markdown(comparison)
    assert "| b | +6.25 (+0.00 to +12.50); 7" in markdown(comparison)
    assert (tmp_path / "out" / "comparison.png").exists()
    with pytest.raises(DataError, match="Choose another --out"):
        write_comparison(tmp_path / "out" / "comparison.md", comparison, draw=False)


def test_p_values_are_written_as_usual() -> None:
    assert [p_text(p) for p in (0.000012, 0.0123, 0.5)] == ["< 0.0001", "= 0.0123", "= 0.50"]
