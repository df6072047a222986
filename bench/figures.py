"""Put the figures of the shipped models' cards into README.md, between its two marks."""

from __future__ import annotations

import sys
from pathlib import Path

from einthoven.models.bundle import list_bundles, load_bundle

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- figures:begin -->", "<!-- figures:end -->"


def table() -> str:
    """Return a Markdown table, one row a metric of each card."""
    lines = ["| model | data | protocol | figure | value | 95 % |", "|---|---|---|---|---|---|"]
    for name in list_bundles():
        for metric in load_bundle(name).card.metrics:
            interval = "" if metric.ci95 is None else f"{metric.ci95[0]:.3f} to {metric.ci95[1]:.3f}"
            cells = (f"`{name}`", metric.data, metric.protocol, metric.name, f"{metric.value:.3f}", interval)
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    text = README.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    README.write_text(f"{head}{BEGIN}\n{table()}\n{END}{tail}", encoding="utf-8")
    sys.stdout.write(f"{README} has the figures of {', '.join(list_bundles())}\n")


if __name__ == "__main__":
    main()
