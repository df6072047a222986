"""What a file is, told from its first bytes and never from its name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from einthoven.formats.text import decode, first_line, is_text
from einthoven.formats.wfdb.samples import CODINGS, FLAC_FORMATS

SNIFF_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Kind:
    """What was recognised.

    Attributes:
        code: ``wfdb``, ``delimited``, ``edf``, ``dicom`` are read here; ``recording`` is an ECG format that
            is not read yet; ``binary`` may be a WFDB signal or annotation file, whose header tells;
            ``other`` is no recording.
        name: in words, for messages.
    """

    code: str
    name: str


EMPTY = Kind("other", "an empty file")

_MAGIC: tuple[tuple[int, bytes, Kind], ...] = (
    (128, b"DICM", Kind("dicom", "DICOM")),
    (0, b"0       ", Kind("edf", "EDF")),
    (0, b"\xffBIOSEMI", Kind("recording", "BDF (BioSemi)")),
    (16, b"SCPECG", Kind("recording", "SCP-ECG")),
    (0, b"ISHNE1.0", Kind("recording", "ISHNE Holter ECG")),
    (0, b"ANN  1.0", Kind("recording", "ISHNE Holter annotations")),
    (0, b"ALIVE\0", Kind("recording", "AliveCor ATC")),
    (0, b"%PDF-", Kind("page", "a PDF document")),
    (0, b"\x89PNG", Kind("page", "a PNG image")),
    (0, b"\xff\xd8\xff", Kind("page", "a JPEG image")),
    (0, b"BM", Kind("page", "a BMP image")),
    (0, b"GIF8", Kind("page", "a GIF image")),
    (0, b"II*\0", Kind("page", "a TIFF image")),
    (0, b"MM\0*", Kind("page", "a TIFF image")),
    (8, b"WEBP", Kind("page", "a WebP image")),
    (0, b"PK\x03\x04", Kind("other", "a ZIP archive; unpack it first")),
    (0, b"\x1f\x8b", Kind("other", "gzip-compressed; unpack it first")),
    (0, b"\xfd7zXZ\0", Kind("other", "xz-compressed; unpack it first")),
    (0, b"BZh", Kind("other", "bzip2-compressed; unpack it first")),
    (257, b"ustar", Kind("other", "a tar archive; unpack it first")),
    (
        0,
        b"\x93NUMPY",
        Kind("other", "a NumPy array; load it with numpy.load and pass the array with fs= and unit="),
    ),
    (0, b"\x89HDF", Kind("other", "an HDF5 file")),
    (0, b"MATLAB 5.0", Kind("other", "a MATLAB 5 file; WFDB records use MATLAB 4")),
    (0, b"fLaC", Kind("other", "a FLAC file")),
    (0, b"\x7fELF", Kind("other", "a program")),
)

_XML_ROOTS = (
    (re.compile(r"<(?:\w+:)?RestingECG[\s>]"), Kind("recording", "GE MUSE XML")),
    (re.compile(r"<(?:\w+:)?AnnotatedECG[\s>]"), Kind("recording", "HL7 aECG")),
    (re.compile(r"<(?:\w+:)?restingecgdata[\s>]", re.IGNORECASE), Kind("recording", "Philips XML")),
)

_RECORD_LINE = re.compile(r"^[^\s/,;]+(?:/\d+)?[ \t]+\d+(?:[ \t]+\d[\d.eE+/()-]*(?:[ \t]+\d+.*)?)?$")
_SIGNAL_LINE = re.compile(r"^(\S+)[ \t]+(\d{1,9})(?:x\d+)?(?::\d+)?(?:\+\d+)?(?:[ \t]|$)")
_SEGMENT_LINE = re.compile(r"^\S+[ \t]+\d+$")
_NUMBER = re.compile(r"^['\"]?[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?['\"]?$")
_CLOCK = re.compile(r"^['\"]?(?:\d+:){1,2}\d+(?:\.\d+)?['\"]?$")
_CELL = re.compile(r"[,;\t ]+")


def sniff(start: bytes) -> Kind:
    """Recognise a file from its first ``SNIFF_BYTES`` bytes."""
    if not start:
        return EMPTY
    for offset, magic, kind in _MAGIC:
        if start[offset : offset + len(magic)] == magic and (kind.code != "edf" or _is_edf(start)):
            return kind
    if _is_bare_dicom(start):
        return Kind("dicom", "DICOM without preamble")
    if not is_text(start[:4096]):
        return Kind("binary", "a binary file of no known format")
    return _sniff_text(start)


def _is_edf(start: bytes) -> bool:
    """A header record has an ASCII number of signals at byte 252; a line of numbers hardly has that too."""
    return len(start) < 256 or start[252:256].strip().isdigit() or b"EDF" in start[192:236]


def _is_bare_dicom(start: bytes) -> bool:
    """Explicit or implicit little endian, beginning with group 0002 or 0008."""
    return (
        len(start) > 132
        and start[:2] in (b"\x02\0", b"\x08\0")
        and start[3] == 0
        and (start[4:6] in (b"UL", b"UI", b"CS", b"DA", b"SH", b"LO", b"OB") or start[6:8] == b"\0\0")
    )


def _sniff_text(start: bytes) -> Kind:
    text = decode(start)
    body = text.lstrip("\ufeff \t\r\n\f")
    lowered = body[:200].lower()
    if not body:
        return Kind("other", "a file of blank lines")
    if lowered.startswith("version https://git-lfs"):
        return Kind("other", "a Git LFS pointer, not the file itself; run 'git lfs pull'")
    if lowered.startswith(("<!doctype html", "<html")):
        return Kind("other", "a web page (HTML)")
    if body.startswith("<"):
        for root, kind in _XML_ROOTS:
            if root.search(text):
                return kind
        return Kind("other", "an XML file of no known ECG format")
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    data = [line for line in lines if not line.startswith("#")]
    if looks_like_header(data):
        return Kind("wfdb", "WFDB header")
    if body[0] in "{[" and not _NUMBER.match(_CELL.split(lines[0])[0]):
        return Kind("other", "a JSON file")
    if looks_like_table(data):
        return Kind("delimited", "a table of numbers")
    return Kind("other", f"a text file; it begins {first_line(start)!r}")


def looks_like_header(lines: list[str]) -> bool:
    """Whether lines without comments are a WFDB record line and what belongs under it."""
    if not lines or not _RECORD_LINE.match(lines[0]):
        return False
    if len(lines) == 1:
        return not _NUMBER.match(lines[0].split()[0]) or len(lines[0].split()) in (3, 4)
    if "/" in lines[0].split()[0]:
        return bool(_SEGMENT_LINE.match(lines[1]))
    match = _SIGNAL_LINE.match(lines[1])
    known = match is not None and int(match[2]) in (0, *CODINGS, *FLAC_FORMATS)
    return known and match is not None and not _NUMBER.match(match[1])


def looks_like_table(lines: list[str]) -> bool:
    """Whether most cells behind up to two header lines are numbers."""
    body = lines[1:40] if len(lines) > 1 else lines
    cells = [cell for line in body for cell in _CELL.split(line.strip(" ,;\t")) if cell]
    numbers = sum(bool(_NUMBER.match(cell) or _CLOCK.match(cell)) for cell in cells)
    return numbers > 0.6 * len(cells)
