"""Pictures and PDF pages, loaded safely: what comes out is upright RGB of bounded size, or a ``PageError``.

Recognised by content: PNG, JPEG, BMP, GIF, TIFF, WEBP and PDF. Limits: files of 256 MB, 60 megapixels decoded
(judged from the header, before anything is unpacked), 20 pages unless pages are named.
"""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from einthoven.errors import PageError
from einthoven.paper.packages import require_paper_packages

if TYPE_CHECKING:
    from PIL import Image, ImageFile

UInt8 = npt.NDArray[np.uint8]

MAX_BYTES = 256_000_000
MAX_MEGAPIXELS = 60.0
MAX_PAGES = 20  # of a document whose pages were not chosen
WHOLE_ENOUGH = 0.9  # share of the rows of a cut-off JPEG that must be there

_KNOWN = "PNG, JPEG, BMP, GIF, TIFF, WEBP, PDF"
_PILLOW_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP")
_SOFTWARE_DPI = (0.0, 1.0, 72.0, 96.0)  # what programs write where nobody measured anything
_CHECK = threading.Lock()


@dataclass(frozen=True, eq=False)
class Page:
    """One page.

    Attributes:
        pixels: RGB, uint8, shape ``(height, width, 3)``, upright as EXIF says, over white where transparent.
        name: name of the file without folder, or ``"page"`` for bytes.
        number: 1 for the first page of its file.
        n_pages: how many pages its file has.
        dpi: dots per inch that the file states (not the 72 and 96 that programs write by default), or None.
        notes: sentences on what was repaired, reduced or left out.
    """

    pixels: UInt8
    name: str = "page"
    number: int = 1
    n_pages: int = 1
    dpi: float | None = None
    notes: tuple[str, ...] = ()


def is_page_file(head: bytes) -> bool:
    """Tell from its first bytes (18 suffice; 1024 for a PDF behind other bytes) whether a file is a page."""
    return page_format(head) in ("png", "jpeg", "bmp", "gif", "tiff", "webp", "pdf")


def page_format(head: bytes) -> str:
    """Return ``png jpeg bmp gif tiff webp pdf heic`` or an empty string, from the first bytes of a file."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if head[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        return "tiff"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    # Two letters are no recognition: the reserved bytes of a BMP are 0 and its header has one of few lengths.
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0" and head[14:18] in _BMP_HEADERS:
        return "bmp"
    if head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1", b"avif"):
        return "heic"
    return "pdf" if b"%PDF-" in head[:1024] else ""


_BMP_HEADERS = tuple(size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124))


def load_pages(source: Path | str | bytes, *, pages: Sequence[int] | None = None) -> list[Page]:
    """Load the pages of a picture or PDF.

    Args:
        source: a path, or the content of a file.
        pages: numbers of the pages wanted, 1 for the first; default: all, at most the first 20 (with a note).
            Frames of an animated GIF, of a TIFF and of a WEBP count as pages.

    Raises:
        PageError: the file is no page, is damaged, encrypted or too large, or has no such page.
    """
    return list(iter_pages(source, pages=pages))


def iter_pages(source: Path | str | bytes, *, pages: Sequence[int] | None = None) -> Iterator[Page]:
    """Yield what ``load_pages`` returns one by one, so that a long document never lies in memory whole."""
    require_paper_packages("Reading scans, photos and PDF files")
    name, data = file_content(source)
    kind = page_format(data[:1024])
    if kind == "heic":
        raise PageError(
            f"{name}: HEIC and AVIF pictures cannot be read. Save the photo as JPEG or PNG "
            "(iPhone: Settings, Camera, Formats, Most Compatible) and try again.",
            "format",
        )
    if not kind:
        seen = "an empty file" if not data else f"first bytes {data[:8]!r}"
        raise PageError(f"{name}: {seen} is no picture that can be read; allowed: {_KNOWN}.", "format")
    if kind == "pdf":
        from einthoven.paper.pdf_pages import iter_pdf

        yield from iter_pdf(data, name, pages)
    else:
        yield from _iter_picture(data, name, kind, pages)


def chosen_pages(name: str, n_pages: int, pages: Sequence[int] | None) -> tuple[list[int], tuple[str, ...]]:
    """Return the page numbers to read, in order, and a note where some are left out.

    Raises:
        PageError: a number is not one of the file's pages.
    """
    if pages is None:
        if n_pages <= MAX_PAGES:
            return list(range(1, n_pages + 1)), ()
        note = f"The first {MAX_PAGES} of {n_pages} pages were read; name the pages wanted to read others."
        return list(range(1, MAX_PAGES + 1)), (note,)
    wanted = list(dict.fromkeys(int(number) for number in pages))
    absent = [number for number in wanted if not 1 <= number <= n_pages]
    if absent or not wanted:
        seen = f"page {', '.join(map(str, absent))}" if absent else "no page"
        raise PageError(f"{name}: {seen} asked for; allowed: 1 to {n_pages}.", "pages")
    return wanted, ()


def file_content(source: Path | str | bytes) -> tuple[str, bytes]:
    """Return the name and the bytes of a file.

    Raises:
        PageError: it cannot be read or is larger than 256 MB.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        name, data = "page", bytes(source)
        size = len(data)
    else:
        path = Path(source)
        name = path.name
        try:
            size = path.stat().st_size
            data = path.read_bytes() if size <= MAX_BYTES else b""
        except OSError as error:
            raise PageError(f"{path}: cannot be read ({error.strerror}).", "format") from error
    if size > MAX_BYTES:
        raise PageError(
            f"{name}: {size / 1e6:.0f} MB; allowed: {MAX_BYTES / 1e6:.0f} MB. Save the page as JPEG or PNG "
            "with about 200 dots per inch.",
            "size",
        )
    return name, data


def _iter_picture(data: bytes, name: str, kind: str, pages: Sequence[int] | None) -> Iterator[Page]:
    picture = _open(data, name, kind)
    with picture:
        _check_size(name, picture.size)
        # A JPEG of several pictures (MPO) holds thumbnails and depth maps behind the photo.
        n_pages = 1 if kind in ("jpeg", "bmp") else _count_frames(picture, name)
        wanted, notes = chosen_pages(name, n_pages, pages)
        for number in wanted:
            pixels, repairs = _frame(picture, name, kind, number)
            yield Page(pixels, name, number, n_pages, _stated_dpi(picture), notes + repairs)


def _open(data: bytes, name: str, kind: str) -> ImageFile.ImageFile:
    from PIL import Image, UnidentifiedImageError

    try:
        # Pillow warns of what is refused here anyway, and of odd EXIF blocks that are not needed.
        with _CHECK, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(io.BytesIO(data), formats=_PILLOW_FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_large(name, None) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, MemoryError, OverflowError) as error:
        raise _damaged(name, kind) from error
    return picture


def _check_size(name: str, size: tuple[int, int]) -> None:
    if size[0] * size[1] > MAX_MEGAPIXELS * 1e6:
        raise _too_large(name, size)


def _too_large(name: str, size: tuple[int, int] | None) -> PageError:
    seen = f"{size[0]} x {size[1]} pixels" if size else "more than 178 megapixels"
    return PageError(
        f"{name}: {seen}; allowed: {MAX_MEGAPIXELS:.0f} megapixels. Save the page smaller: "
        "3000 pixels along its longer side are enough.",
        "size",
    )


def _damaged(name: str, kind: str) -> PageError:
    return PageError(
        f"{name}: begins like a {kind.upper()} picture but cannot be decoded: it is damaged or cut off. "
        "Copy or save it again.",
        "damaged",
    )


def _count_frames(picture: Image.Image, name: str) -> int:
    try:
        return int(getattr(picture, "n_frames", 1))
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise _damaged(name, picture.format or "") from error


def _frame(picture: ImageFile.ImageFile, name: str, kind: str, number: int) -> tuple[UInt8, tuple[str, ...]]:
    """Decode one frame; returns its pixels and notes on what was repaired."""
    from PIL import Image

    notes: tuple[str, ...] = ()
    try:
        with _CHECK, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if number > 1 or picture.tell():
                picture.seek(number - 1)
            _check_size(name, picture.size)
            orientation = _orientation(picture)
    except Image.DecompressionBombError as error:
        raise _too_large(name, None) from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise _damaged(name, kind) from error
    try:
        picture.load()
        frame: Image.Image = picture
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, MemoryError) as error:
        if kind != "jpeg":
            raise _damaged(name, kind) from error
        frame, notes = _cut_off_jpeg(picture, name)
    pixels, stretched = _rgb(frame)
    return _upright(pixels, orientation), notes + stretched


def _cut_off_jpeg(picture: ImageFile.ImageFile, name: str) -> tuple[Image.Image, tuple[str, ...]]:
    """Return what a cut-off JPEG still shows, the missing rows white.

    Raises:
        PageError: less than 90 % of the rows are there.
    """
    from PIL import Image

    picture.tile = []  # nothing more to decode: what is there now is all there will be
    try:
        rows = np.asarray(picture)
    except (OSError, ValueError, SyntaxError) as error:
        raise _damaged(name, "jpeg") from error
    lit = np.flatnonzero(rows.reshape(len(rows), -1).any(axis=1))
    # The last block row that was decoded may hold garbage: blocks are at most 16 rows high.
    last = max(0, int(lit[-1]) + 1 - 16) if lit.size else 0
    if last < WHOLE_ENOUGH * len(rows):
        share = 100.0 * last / len(rows)
        raise PageError(
            f"{name}: the JPEG is cut off, {share:.0f} % of its rows are there; allowed: at least "
            f"{100 * WHOLE_ENOUGH:.0f} %. Copy the file again.",
            "damaged",
        )
    whole = Image.new("RGB", picture.size, "white")
    whole.paste(picture.convert("RGB").crop((0, 0, picture.width, last)), (0, 0))
    note = f"The JPEG is cut off: its last {len(rows) - last} of {len(rows)} rows are missing and left white."
    return whole, (note,)


def _orientation(picture: Image.Image) -> int:
    """Return EXIF orientation 1-8; 1 where none or nonsense is stated."""
    try:
        value = picture.getexif().get(0x0112, 1)
    except (OSError, ValueError, SyntaxError, KeyError, TypeError, IndexError):  # a damaged EXIF block
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _upright(pixels: UInt8, orientation: int) -> UInt8:
    """Undo EXIF orientation (Exif 2.32, tag 0x0112)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def _rgb(frame: Image.Image) -> tuple[UInt8, tuple[str, ...]]:
    """Return 8-bit RGB over white, and a note where the brightness had to be stretched."""
    from PIL import Image

    if frame.mode in ("F", "I") or frame.mode.startswith("I;16"):
        return _deep_grey(np.asarray(frame))
    if frame.mode in ("LA", "PA", "RGBa", "La", "RGBA") or "transparency" in frame.info:
        layer = frame.convert("RGBA")
        over = Image.new("RGBA", frame.size, "white")
        frame = Image.alpha_composite(over, layer)
    return np.array(frame.convert("RGB")), ()


def _deep_grey(values: npt.NDArray[np.generic]) -> tuple[UInt8, tuple[str, ...]]:
    """Bring grey of 12, 16 or 32 bits or real numbers to 8 bits."""
    grey = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = (float(grey.min()), float(grey.max())) if grey.size else (0.0, 0.0)
    notes: tuple[str, ...] = ()
    if np.issubdtype(values.dtype, np.floating) or low < 0 or high > 65535 or high < 4096:
        notes = (f"Grey values from {low:.4g} to {high:.4g} were stretched to 8 bits.",)
    else:
        low, high = 0.0, 65535.0
    grey -= low
    grey *= 255.0 / (high - low) if high > low else 0.0
    eight = np.rint(grey).astype(np.uint8)
    return np.repeat(eight[:, :, np.newaxis], 3, axis=2), notes


def _stated_dpi(picture: Image.Image) -> float | None:
    """Return the resolution that a picture states for both directions alike, dots per inch."""
    try:
        across, down = (float(value) for value in picture.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    if abs(across - down) > 0.01 * across or round(across) in _SOFTWARE_DPI or not 20 <= across <= 4800:
        return None
    return across
