"""Put the figures of the shipped models' cards into README.md, between its marks."""

from __future__ import annotations

import sys
from pathlib import Path

from einthoven.models.bundle import list_bundles, load_bundle
from einthoven.models.card import Card, Metric

README = Path(__file__).parent.parent / "README.md"
_SUBSETS = {
    "AUROC, 12 leads": "AUROC, 12 leads, or the 8 that the others follow from",
    "AUROC, 6 limb leads": "AUROC, 6 limb leads, or I and II",
    "AUROC, lead I": "AUROC, lead I",
}
# Task → column → the metrics it can be, of which a card has one.
COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "beats": {name: (name,) for name in ("N F1", "S F1", "V F1", "macro F1 (N S V F)", "ECE")},
    "heartbeat": {name: (name,) for name in ("accuracy", "macro F1", "S F1", "V F1", "F F1", "ECE")},
    "twelve-lead": {
        **{column: (f"macro {name}", name) for column, name in _SUBSETS.items()},
        "MI AUROC": ("MI AUROC", _SUBSETS["AUROC, 12 leads"]),
        "MI sensitivity at 95 % specificity": ("MI sensitivity at 95 % specificity",),
        "MI ECE": ("MI ECE",),
    },
}


def table(task: str) -> str:
    """Return a Markdown table, one row a model and data set, with 95 % intervals; and the protocols."""
    columns = COLUMNS[task]
    lines = [f"| model | data | {' | '.join(columns)} |", "|---" * (2 + len(columns)) + "|"]
    protocols: dict[str, None] = {}
    for card in cards(task):
        for data in dict.fromkeys(metric.data for metric in card.metrics):
            found = {metric.name: metric for metric in card.metrics if metric.data == data}
            cells = [
                next((found[name] for name in names if name in found), None) for names in columns.values()
            ]
            lines.append(f"| `{card.name}` | {data} | {' | '.join(map(cell, cells))} |")
            protocols |= {metric.protocol: None for metric in cells[:1] if metric is not None}
    return "\n".join([*lines, "", f"Protocol: {'; '.join(protocols)}."])


def cards(task: str) -> list[Card]:
    """Return the cards of the models that ship for a task."""
    return [card for name in list_bundles() if (card := load_bundle(name).card).task == task]


def cell(metric: Metric | None) -> str:
    """Return a value with its interval, as in ``0.81 (0.70 to 0.88)``."""
    if metric is None:
        return ""
    if metric.ci95 is None:
        return f"{metric.value:.3f}"
    return f"{metric.value:.3f} ({metric.ci95[0]:.2f} to {metric.ci95[1]:.2f})"


def main() -> None:
    text = README.read_text(encoding="utf-8")
    for task in COLUMNS:
        begin, end = f"<!-- {task}:begin -->", f"<!-- {task}:end -->"
        head, _, rest = text.partition(begin)
        _, _, tail = rest.partition(end)
        text = f"{head}{begin}\n{table(task)}\n{end}{tail}"
    README.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{README} has the figures of {', '.join(list_bundles())}\n")


if __name__ == "__main__":
    main()
