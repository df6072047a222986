"""Small pieces of HTML. Everything that comes from a file goes through ``esc``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from einthoven import wording
from einthoven.paper.canvas_svg import escape as esc
from einthoven.paper.drawing import CLASS_COLOUR, CLASS_INK

__all__ = ["Column", "badge", "chip", "duration", "esc", "number", "plural", "table"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading, and whether it holds numbers (set to the right, tabular)."""

    title: str
    numeric: bool = False


def table(
    caption: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[str]],
    *,
    sortable: bool = False,
    long: bool = False,
) -> str:
    """Return a table with a caption. Cells are HTML already; the first of each row is its heading.

    A ``long`` one scrolls within the page and prints in columns.
    """
    head = "".join(
        f'<th scope="col"{" class=num" if column.numeric else ""}>{esc(column.title)}</th>'
        for column in columns
    )
    kinds = [' class="num"' if column.numeric else "" for column in columns]
    body = []
    for row in rows:
        cells = [f'<th scope="row"{kinds[0]}>{row[0]}</th>']
        cells += [f"<td{kind}>{cell}</td>" for kind, cell in zip(kinds[1:], row[1:], strict=True)]
        body.append(f"<tr>{''.join(cells)}</tr>")
    marker = " data-sortable" if sortable else ""
    kind = "scroll long" if long else "scroll"
    marker += ' class="narrow"' if len(columns) == 2 else ""
    return (
        f'<div class="{kind}"><table{marker}><caption>{caption}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def chip(letter: str) -> str:
    """Return a class letter on its colour."""
    style = f"background:{CLASS_COLOUR[letter]};color:{CLASS_INK[letter]}"
    return f'<span class="chip" style="{style}">{letter}</span>'


def badge(decision: str) -> str:
    """Return a decision as a word in a frame."""
    return f'<span class="badge {esc(decision)}">{esc(decision)}</span>'


def number(value: float | None, digits: int = 0, unit: str = "") -> str:
    """Return a number with its unit, or a dash where there is none."""
    if value is None or value != value:
        return "–"
    text = wording.number(value, digits)
    return f"{text}\u00a0{unit}" if unit else text


def plural(count: int, word: str) -> str:
    """Return ``1 beat``, ``2 beats``."""
    return f"{number(count)} {word}{'' if count == 1 else 's'}"


def duration(seconds: float) -> str:
    """Return a length of time in words: ``3.0 s``, ``30 min 6 s``, ``24 h``."""
    if seconds < 60:
        return f"{seconds:.3g}\u00a0s"
    whole = round(seconds)
    parts = [(whole // 3600, "h"), (whole // 60 % 60, "min"), (whole % 60, "s")]
    return " ".join(f"{count}\u00a0{unit}" for count, unit in parts if count)
