"""Pictures of a page that was digitised: as it came, what was read on it, and each stage of preprocessing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from einthoven.errors import PageError

if TYPE_CHECKING:
    from einthoven.paper.files import PageResult

FOLDER = "pictures"
ORIGINAL, OVERLAY, STAGE = "original", "overlay", "stage_"
MEDIA = {".png": "image/png", ".jpg": "image/jpeg"}
_WIDEST = 2400  # pixels; more than a screen shows

UInt8 = npt.NDArray[np.uint8]


def write_pictures(page: PageResult, folder: Path) -> None:
    """Write ``original``, ``overlay`` and, of a report page, its stages into ``folder/pictures``."""
    from einthoven.paper.report_page_stages import page_stages

    pictures: dict[str, UInt8] = {ORIGINAL: page.pixels, OVERLAY: page.overlay()}
    try:
        pictures |= {f"{STAGE}{name}": pixels for name, pixels in page_stages(page.pixels).pictures().items()}
    except PageError:
        """Another kind of page: it was digitised without these stages."""
    target = folder / FOLDER
    target.mkdir()
    for name, pixels in pictures.items():
        # Photographs are ten times smaller as JPEG; what is grey or black and white, as PNG.
        _save(pixels, target / f"{name}{'.jpg' if pixels.ndim == 3 else '.png'}")


def list_pictures(folder: Path) -> list[str]:
    """Return the names of the pictures of an analysis, those of the whole page first."""
    found = sorted(path.stem for path in (folder / FOLDER).glob("*") if path.suffix in MEDIA)
    return sorted(found, key=lambda name: (name.startswith(STAGE), name != ORIGINAL, name))


def find_picture(folder: Path, name: str) -> Path | None:
    """Return where a picture is."""
    return next(
        (path for path in (folder / FOLDER).glob("*") if path.stem == name and path.suffix in MEDIA), None
    )


def _save(pixels: UInt8, path: Path) -> None:
    from PIL import Image

    image = Image.fromarray(pixels)
    if image.width > _WIDEST:
        image = image.resize((_WIDEST, round(image.height * _WIDEST / image.width)))
    if path.suffix == ".jpg":
        image.save(path, quality=90, subsampling=0)  # thin coloured lines keep their colour
    else:
        image.save(path)
