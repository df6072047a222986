"""Writing a comparison: JSON for programs, CSV for spreadsheets, Markdown to read, a figure to print."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from einthoven.errors import DataError
from einthoven.evaluation import figures
from einthoven.evaluation.document import make_folder
from einthoven.evaluation.figures.comparison import Estimate


def write_comparison(folder: Path, comparison: dict[str, Any], *, draw: bool = True) -> None:
    """Write ``comparison.json``, ``.csv``, ``.md`` and, where Matplotlib is, ``.png`` and ``.svg``.

    Raises:
        DataError: the folder cannot be written.
    """
    make_folder(folder)
    try:
        text = json.dumps(comparison, indent=2, ensure_ascii=False, allow_nan=False)
        (folder / "comparison.json").write_text(text + "\n", encoding="utf-8")
        _write_csv(folder / "comparison.csv", comparison)
        (folder / "comparison.md").write_text(markdown(comparison), encoding="utf-8")
    except OSError as error:
        raise DataError(f"{folder} cannot be written ({error.strerror}). Choose another --out.") from error
    if draw and figures.can_draw():
        figures.save(draw_comparison(comparison), folder, "comparison")


def draw_comparison(comparison: dict[str, Any]) -> Any:
    """Return the figure of a comparison: a Matplotlib ``Figure``."""
    models = comparison["models"]
    shown = [
        name for name in models[0]["figures"] if any(m["figures"][name]["value"] is not None for m in models)
    ]

    def estimates(kind: str, first: int) -> dict[str, list[Estimate]]:
        return {
            name: [
                Estimate(model[kind][name]["value"], model[kind][name]["ci95"]) for model in models[first:]
            ]
            for name in shown
        }

    return figures.comparison_figure(
        [model["name"] for model in models], estimates("figures", 0), estimates("differences", 1)
    )


def markdown(comparison: dict[str, Any]) -> str:
    """Return the comparison as two Markdown tables: figures, then differences to the first model."""
    models, first = comparison["models"], comparison["compared_with"]
    names = list(models[0]["figures"])
    lines = [
        f"# Comparison on {comparison['data']}",
        "",
        f"{comparison['n_rows']:,} rows. Figures in percent; in parentheses: {comparison['intervals']}.",
        "",
        *_table(
            ["model", *names],
            [[model["name"], *(interval_text(model["figures"][name]) for name in names)] for model in models],
        ),
        "",
        f"## Differences to {first}",
        "",
        "Percentage points; after the semicolon the share of resamplings in which the model is ahead.",
        "",
        *_table(
            ["model", *names, "McNemar p"],
            [
                [
                    model["name"],
                    *(difference_text(model["differences"][name]) for name in names),
                    p_text(model["mcnemar"]["p"]).removeprefix("= "),
                ]
                for model in models[1:]
            ],
        ),
        "",
        f"McNemar's test is of accuracy. It assumes {models[1]['mcnemar']['assumes']}.",
    ]
    return "\n".join(lines) + "\n"


def interval_text(estimate: Mapping[str, Any], *, signed: bool = False) -> str:
    """Return ``value (low to high)`` in percent, ``–`` where there is none."""
    if estimate["value"] is None:
        return "–"
    form = "{:+.2f}" if signed else "{:.2f}"
    text = form.format(100 * estimate["value"])
    if estimate["ci95"] is not None:
        low, high = (form.format(100 * end) for end in estimate["ci95"])
        text += f" ({low} to {high})"
    return text


def difference_text(difference: Mapping[str, Any]) -> str:
    """Return a difference with its interval and the share of resamplings in which it is above zero."""
    text = interval_text(difference, signed=True)
    return text if difference["better"] is None else f"{text}; {100 * difference['better']:.0f} %"


def p_text(p: float) -> str:
    """Return a p-value as one writes it after the letter."""
    return "< 0.0001" if p < 1e-4 else f"= {p:.4f}" if p < 0.1 else f"= {p:.2f}"


def _table(header: list[str], rows: list[list[str]]) -> list[str]:
    head = [f"| {' | '.join(header)} |", f"|---|{'---:|' * (len(header) - 1)}"]
    return head + [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]


def _write_csv(path: Path, comparison: dict[str, Any]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        columns = ["value", "low", "high", "difference", "difference_low", "difference_high", "better"]
        writer.writerow(["model", "folder", "figure", *columns, "mcnemar_p"])
        for model in comparison["models"]:
            for name, estimate in model["figures"].items():
                cells = [estimate["value"], *(estimate["ci95"] or ("", ""))]
                difference = model.get("differences", {}).get(name)
                if difference is not None:
                    cells += [difference["value"], *(difference["ci95"] or ("", "")), difference["better"]]
                    cells += [model["mcnemar"]["p"]] if name == "accuracy" else [""]
                else:
                    cells += [""] * 5
                writer.writerow(
                    [model["name"], model["folder"], name, *("" if c is None else c for c in cells)]
                )
