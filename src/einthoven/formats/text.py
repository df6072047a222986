"""Bytes to text, and whether bytes are text at all."""

from __future__ import annotations

_TEXT_CONTROL = b"\t\n\r\f"


def decode(raw: bytes) -> str:
    """Decode UTF-8 (with or without a byte order mark) or UTF-16 with one; anything else is Latin-1."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def is_text(raw: bytes) -> bool:
    """Whether ``raw`` (the start of a file) reads as text in ASCII, UTF-8, Latin-1, or UTF-16 with a mark."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    if any(byte < 32 and byte not in _TEXT_CONTROL for byte in raw):
        return False
    # A few accented letters are text in Latin-1; a majority of high bytes is not.
    return sum(byte >= 127 for byte in raw) <= len(raw) // 4


def is_plain_ascii(raw: bytes) -> bool:
    """Whether ``raw`` is printable ASCII of some variety, which samples of a real signal never are."""
    return len(set(raw)) >= 8 and all(32 <= byte < 127 or byte in _TEXT_CONTROL for byte in raw)


def first_line(raw: bytes, limit: int = 60) -> str:
    """Return the first line that is not blank, shortened, for use in a message."""
    for line in decode(raw).splitlines():
        if line.strip():
            line = line.strip()
            return line if len(line) <= limit else line[: limit - 1] + "…"
    return ""
