"""Report pages in class folders, and which of them look as if they were of one person."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from einthoven.errors import DataError
from einthoven.models.report_page_classes import classes_of_folders
from einthoven.recording import Float32, Int64

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pdf")
ALIKE_BELOW = 0.2


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One page of a class folder.

    Attributes:
        path: its file.
        folder: name of its folder.
        label: the class that the folder's name stands for.
    """

    path: Path
    folder: str
    label: str

    @property
    def sha256(self) -> str:
        """Of the file's bytes."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


def find_report_pages(root: str | Path) -> list[ReportPage]:
    """Return the pages in the class folders of ``root``, sorted by folder and name.

    Raises:
        DataError: there are no folders, a folder's name is no class, or there are no pages.
    """
    root = Path(root)
    if not root.is_dir():
        raise DataError(f"{root} is not a folder. Give one that holds a folder of pages for each class.")
    folders = sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not folders:
        raise DataError(
            f"{root} holds no folders. Give one that holds a folder of pages for each class, such as "
            "normal/ and "
            "abnormal_heartbeat/."
        )
    labels = classes_of_folders([folder.name for folder in folders])
    pages = [
        ReportPage(path, folder.name, labels[folder.name])
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES and path.is_file()
    ]
    if not pages:
        raise DataError(
            f"The folders of {root} hold no pages; allowed: {', '.join(SUFFIXES)}. Give the folder above the "
            "class folders."
        )
    return pages


def group_alike(beats: Float32, below: float = ALIKE_BELOW) -> Int64:
    """Group pages whose beats are so much alike that they may be of one person.

    No patient is named on the pages. Two pages go together where the difference of their typical beats, in
    all leads, has less than ``below`` of the mean power of the two; groups are closed under that relation.
    Pages of one person must not be on both sides of a split.

    Args:
        beats: typical beats in all leads, shape ``(n, n_leads, n_samples)``, millivolt.
        below: share of the power.

    Returns:
        a number for each page, the same within a group, shape ``(n,)``.
    """
    flat = beats.reshape(len(beats), -1).astype(np.float64)
    power = (flat**2).sum(axis=1)
    mean_power = (power[:, None] + power[None]) / 2
    difference = 2 * mean_power - 2 * flat @ flat.T
    alike = difference < below * np.maximum(mean_power, 1e-12)
    group = np.arange(len(beats), dtype=np.int64)
    for i, j in np.argwhere(np.triu(alike, 1)).tolist():
        group[group == group[j]] = group[i]
    return group
