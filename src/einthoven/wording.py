"""Numbers and names as people read them: a true minus, thin spaces between thousands, no bare abbreviations.

Keys of documents and of evaluations stay as they are; only text for people goes through here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

THIN = "\u202f"  # narrow, and no line breaks at it
MINUS = "\u2212"

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_NEGATIVE = re.compile(r"(?<![\w.,)\]-])-(?=\.?\d)")
_FIGURES = {"ppv": "positive predictive value", "npv": "negative predictive value"}


def number(value: float, digits: int = 0) -> str:
    """Return a number with ``digits`` decimals."""
    return f"{value:,.{digits}f}".replace(",", THIN).replace("-", MINUS)


def plain(value: float) -> str:
    """Return a number with as many decimals as it has, six digits at most."""
    return f"{value:g}".replace("-", MINUS)


def prose(text: str) -> str:
    """Return a text that was written with ``1,234`` and ``-0.5`` as people read it."""
    return _NEGATIVE.sub(MINUS, _THOUSANDS.sub(THIN, text))


def figure(name: str) -> str:
    """Return the name of a figure of a card (``V ppv``, ``history_of_mi F1``) in words."""
    return " ".join(_FIGURES.get(word, word) for word in name.replace("_", " ").split(" "))


def together(told: Iterable[tuple[str, str]]) -> list[tuple[list[str], str]]:
    """Put names of which the same is told together: ``(names, what is told)``, in the order of the first."""
    names: dict[str, list[str]] = {}
    for name, what in told:
        names.setdefault(what, []).append(name)
    return [(each, what) for what, each in names.items()]
