"""Put the figures of the shipped models' cards into README.md, between its two marks."""

from __future__ import annotations

import sys
from pathlib import Path

from einthoven.models.bundle import list_bundles, load_bundle
from einthoven.models.card import Metric

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- figures:begin -->", "<!-- figures:end -->"


COLUMNS = ("N F1", "S F1", "V F1", "macro F1 (N S V F)", "ECE")


def table() -> str:
    """Return a Markdown table, one row a model and data set, 95 % intervals in brackets."""
    lines = [f"| model | data | {' | '.join(COLUMNS)} |", "|---" * (2 + len(COLUMNS)) + "|"]
    protocols = {}
    for name in list_bundles():
        metrics = load_bundle(name).card.metrics
        for data in dict.fromkeys(metric.data for metric in metrics):
            found = {metric.name: metric for metric in metrics if metric.data == data}
            lines.append(f"| `{name}` | {data} | {' | '.join(cell(found.get(c)) for c in COLUMNS)} |")
            protocols[found[COLUMNS[0]].protocol] = None
    return "\n".join([*lines, "", f"Protocol: {'; '.join(protocols)}."])


def cell(metric: Metric | None) -> str:
    """Return a value with its interval, as in ``0.81 (0.70 to 0.88)``."""
    if metric is None:
        return ""
    if metric.ci95 is None:
        return f"{metric.value:.3f}"
    return f"{metric.value:.3f} ({metric.ci95[0]:.2f} to {metric.ci95[1]:.2f})"


def main() -> None:
    text = README.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    README.write_text(f"{head}{BEGIN}\n{table()}\n{END}{tail}", encoding="utf-8")
    sys.stdout.write(f"{README} has the figures of {', '.join(list_bundles())}\n")


if __name__ == "__main__":
    main()
