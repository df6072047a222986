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
_WIDEST = 2400  # pixels; more than a screen shows

UInt8 = npt.NDArray[np.uint8]


def write_pictures(page: PageResult, folder: Path) -> None:
    """Write ``original.png``, ``overlay.png`` and, of a report page, its stages into ``folder/pictures``."""
    from einthoven.paper.report_page_stages import page_stages

    pictures: dict[str, UInt8] = {ORIGINAL: page.pixels, OVERLAY: page.overlay()}
    try:
        pictures |= {f"{STAGE}{name}": pixels for name, pixels in page_stages(page.pixels).pictures().items()}
    except PageError:
        """Another kind of page: it was digitised without these stages."""
    target = folder / FOLDER
    target.mkdir()
    for name, pixels in pictures.items():
        _save(pixels, target / f"{name}.png")


def list_pictures(folder: Path) -> list[str]:
    """Return the names of the pictures of an analysis, those of the whole page first."""
    found = sorted(path.stem for path in (folder / FOLDER).glob("*.png"))
    return sorted(found, key=lambda name: (name.startswith(STAGE), name != ORIGINAL, name))


def _save(pixels: UInt8, path: Path) -> None:
    from PIL import Image

    image = Image.fromarray(pixels)
    if image.width > _WIDEST:
        image = image.resize((_WIDEST, round(image.height * _WIDEST / image.width)))
    image.save(path)
