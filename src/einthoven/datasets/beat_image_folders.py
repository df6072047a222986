"""Folders of pictures by class: drawings of beats by others, of any size, colour and look."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from einthoven.datasets.beat_images_classes import classes_of_folders
from einthoven.errors import DataError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")
_LARGEST = 4096 * 4096  # pixels: a drawing of one beat has no need of more

UInt8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a class folder.

    Attributes:
        path: its file.
        folder: name of its folder.
        label: the class that the folder's name stands for.
    """

    path: Path
    folder: str
    label: str


def find_pictures(root: Path) -> list[Picture]:
    """Return the pictures in the class folders of ``root``, sorted by folder and name.

    Raises:
        DataError: there are no folders, a folder's name is no class, or there are no pictures.
    """
    if not root.is_dir():
        raise DataError(f"{root} is not a folder. Give one that holds a folder of pictures for each class.")
    folders = sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not folders:
        raise DataError(
            f"{root} holds no folders. Give one that holds a folder of pictures for each class, such as "
            "normal/ and premature_ventricular_contractions/."
        )
    labels = classes_of_folders([folder.name for folder in folders])
    pictures = [
        Picture(path, folder.name, labels[folder.name])
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES and path.is_file()
    ]
    if not pictures:
        raise DataError(
            f"The folders of {root} hold no pictures; allowed: {', '.join(SUFFIXES)}. Give the folder above "
            "the class folders."
        )
    return pictures


def read_picture(path: Path) -> UInt8:
    """Return a picture's first frame as RGB over white, upright as its EXIF data say, ``(height, width, 3)``.

    Raises:
        DataError: it cannot be read, or is larger than any drawing of a beat.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            if image.width * image.height > _LARGEST:
                raise DataError(
                    f"{path} has {image.width} x {image.height} pixels; allowed: {_LARGEST:,} in all. Reduce "
                    "it to the drawing of one beat."
                )
            upright = ImageOps.exif_transpose(image)
            if upright.mode.startswith("I"):  # 16 bit, which would be cut off at 255
                wide = np.asarray(upright, dtype=np.float64)
                grey = np.round(wide * (255 / max(255.0, float(wide.max())))).astype(np.uint8)
                return np.repeat(grey[:, :, np.newaxis], 3, axis=2)
            if upright.has_transparency_data:
                white = Image.new("RGBA", upright.size, (255, 255, 255, 255))
                upright = Image.alpha_composite(white, upright.convert("RGBA"))
            return np.array(upright.convert("RGB"), dtype=np.uint8)
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(
            f"{path} is no picture that can be read ({error}); allowed: {', '.join(SUFFIXES)}."
        ) from error
