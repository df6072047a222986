"""PDF pages as pictures (PDFium): only pages asked for are rendered, at a resolution fit for tracing."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from einthoven.errors import PageError
from einthoven.paper.pages import Page, chosen_pages

if TYPE_CHECKING:
    import pypdfium2  # type: ignore[import-untyped]

PDFIUM = threading.RLock()  # PDFium must never run in two threads at once

PIXELS_PER_MM = 10.0
MOST_PIXELS = 30e6
MM_PER_POINT = 25.4 / 72.0

_PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD
_SECURITY_ERROR = 5  # FPDF_ERR_SECURITY


def iter_pdf(data: bytes, name: str, pages: Sequence[int] | None = None) -> Iterator[Page]:
    """Yield pages of a PDF, rendered with 10 pixels/mm.

    A page that is one picture (a scan) is rendered with that picture's own pixels. No page gets more than
    30 megapixels; a larger one is rendered coarser, with a note.

    Raises:
        PageError: encrypted, damaged or empty PDF, or no such page.
    """
    with open_pdf(data, name) as document:
        n_pages = len(document)
        wanted, notes = chosen_pages(name, n_pages, pages)
    for number in wanted:
        with open_pdf(data, name) as document:
            page = _render(document, name, number)
        yield Page(page.pixels, name, number, n_pages, page.dpi, notes + page.notes)


@contextmanager
def open_pdf(data: bytes, name: str) -> Iterator[pypdfium2.PdfDocument]:
    """Open a PDF and hold PDFium's lock until it is closed.

    Raises:
        PageError: encrypted, damaged or empty PDF.
    """
    import pypdfium2

    with PDFIUM:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            if error.err_code in (_PASSWORD_ERROR, _SECURITY_ERROR):
                raise PageError(
                    f"{name}: the PDF is encrypted. Save it without a password (print it to a PDF).",
                    "encrypted",
                ) from error
            raise PageError(
                f"{name}: begins like a PDF but cannot be opened: it is damaged or cut off. Copy it again.",
                "damaged",
            ) from error
        try:
            if not len(document):
                raise PageError(f"{name}: a PDF without pages.", "damaged")
            yield document
        finally:
            document.close()


def _render(document: pypdfium2.PdfDocument, name: str, number: int) -> Page:
    import pypdfium2

    try:
        page = document[number - 1]
        width, height = page.get_size()
        if not (1.0 <= width <= 1e5 and 1.0 <= height <= 1e5):
            raise PageError(
                f"{name}: page {number} is {width:g} x {height:g} points; nothing to see.", "size"
            )
        own = _pixels_of_picture(page, width, height)
        usual = PIXELS_PER_MM * MM_PER_POINT
        wanted = usual if own is None else min(max(own, 0.25 * usual), 2.0 * usual)
        scale = min(wanted, (MOST_PIXELS / (width * height)) ** 0.5)
        # Grey and colour both as BGRx: one path, and no alpha to blend.
        bitmap = page.render(scale=scale, fill_color=(255, 255, 255, 255), rev_byteorder=True)
        pixels = np.array(bitmap.to_numpy()[:, :, :3])
        bitmap.close()
        page.close()
    except pypdfium2.PdfiumError as error:
        raise PageError(
            f"{name}: page {number} cannot be drawn; the PDF is damaged. Print it to a new PDF.", "damaged"
        ) from error
    notes: tuple[str, ...] = ()
    if scale < 0.8 * wanted:
        size = f"{width * MM_PER_POINT:.0f} x {height * MM_PER_POINT:.0f} mm"
        notes = (f"The page is {size}; it was drawn with {scale / MM_PER_POINT:.1f} pixels a millimetre.",)
    # A picture put on a page with 72 or 96 dots per inch was never measured: the page's size says nothing.
    unmeasured = own is not None and any(abs(own * 72.0 - dpi) < 0.5 for dpi in (72.0, 96.0))
    return Page(pixels, dpi=None if unmeasured else scale * 72.0, notes=notes)


def _pixels_of_picture(page: pypdfium2.PdfPage, width: float, height: float) -> float | None:
    """Return pixels per point of a picture that fills the page, None where there is no such picture."""
    import pypdfium2.raw as raw  # type: ignore[import-untyped]

    for item in page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=3):
        left, bottom, right, top = item.get_bounds()
        if (right - left) * (top - bottom) >= 0.7 * width * height:
            return float(max(item.get_px_size()) / max(right - left, top - bottom, 1.0))
    return None
