"""Parts of the HTML report as blocks for paper: headings, paragraphs, items, tables, cards.

The words of a report are made once, as HTML; this reads them back, without any markup of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class Heading:
    text: str
    level: int


@dataclass(slots=True)
class Paragraph:
    text: str
    kind: str = ""  # the class of the HTML element: notice, refusal, lead


@dataclass(slots=True)
class Item:
    text: str


@dataclass(slots=True)
class Table:
    """``rows`` include the heading where ``headed``; ``numeric`` says which columns are set to the right."""

    caption: str = ""
    rows: list[list[str]] = field(default_factory=list)
    numeric: list[bool] = field(default_factory=list)
    headed: bool = False


@dataclass(slots=True)
class Cards:
    """Key numbers: name, value with unit, note."""

    cards: list[tuple[str, str, str]] = field(default_factory=list)


Block = Heading | Paragraph | Item | Table | Cards

_LEAVES = {"h1", "h2", "h3", "h4", "p", "li", "dt", "dd", "caption", "th", "td"}


def read_blocks(html: str) -> list[Block]:
    """Return the blocks of a part of the report, in order. Drawings and scripts are left out."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.blocks


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.words: list[str] | None = None  # of the leaf that is open
        self.kind = ""
        self.term = ""
        self.card: dict[str, str] | None = None
        self.skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = dict(attrs).get("class") or ""
        if tag in ("svg", "script", "style"):
            self.skipped += 1
        elif self.skipped:
            return
        elif tag == "br" and self.words is not None:
            self.words.append("; ")
        elif tag == "div" and kind.split()[:1] == ["cards"]:
            self.blocks.append(Cards())
        elif tag == "div" and kind.split()[:1] == ["card"]:
            self.card = {}
        elif tag == "table":
            self.blocks.append(Table())
        elif tag == "tr":
            self._table().rows.append([])
        elif tag in _LEAVES:
            self.words, self.kind = [], kind
            if tag == "th" and ("scope", "col") in attrs:
                self._table().headed = True
                self._table().numeric.append("num" in kind)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("svg", "script", "style"):
            self.skipped -= 1
        if self.skipped:
            return
        if tag == "div" and self.card is not None:
            self._end_card()
        if tag not in _LEAVES or self.words is None:
            return
        text = " ".join("".join(self.words).split())
        self.words = None
        if self.card is not None:
            self.card[self.kind] = text
        elif tag[0] == "h":
            self.blocks.append(Heading(text, int(tag[1])))
        elif tag == "p":
            self.blocks.append(Paragraph(text, self.kind))
        elif tag == "li":
            self.blocks.append(Item(text))
        elif tag == "dt":
            self.term = text
        elif tag == "dd":
            self.blocks.append(Item(f"{self.term}: {text}"))
        elif tag == "caption":
            self._table().caption = text
        else:
            self._table().rows[-1].append(text)

    def handle_data(self, data: str) -> None:
        if self.words is not None and not self.skipped:
            self.words.append(data)

    def _table(self) -> Table:
        for block in reversed(self.blocks):
            if isinstance(block, Table):
                return block
        raise AssertionError("a cell without a table")

    def _end_card(self) -> None:
        assert self.card is not None
        card = self.card.get("name", ""), self.card.get("value", ""), self.card.get("note", "")
        self.card = None
        if self.blocks and isinstance(self.blocks[-1], Cards):
            self.blocks[-1].cards.append(card)
        else:
            self.blocks.append(Cards([card]))
