"""The names by which folders of drawings of beats call their classes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from einthoven.errors import DataError, did_you_mean
from einthoven.models.beat_image_classes import CLASSES, LETTERS, TITLES

# What folders are called, letters and digits alone, in lower case.
_NAMES = {
    "NOR": "nor normal normalbeat normalbeats normalsinus sinus",
    "PVC": "pvc ventricularpremature prematureventricularcontraction prematureventricularcontractions "
    "prematureventricularcontractionbeat ventricularprematurebeat ventricularprematurecontraction vpb vpc",
    "PAB": "pab paced pacedbeat pacedbeats pacemaker pace",
    "RBB": "rbb rbbb rightbundlebranchblock rightbundlebranchblockbeat rightbundlebranch r",
    "LBB": "lbb lbbb leftbundlebranchblock leftbundlebranchblockbeat leftbundlebranch l",
    "APC": "apc pac apb prematureatrialcontraction prematureatrialcontractions atrialprematurecontraction "
    "atrialprematurebeat atrialpremature prematureatrialbeat prematureatrialcontractionbeat a",
    "VFW": "vfw vf ventricularfibrillation ventricularflutter ventricularflutterwave "
    "ventricularflutterwavebeat ventricularfibrillations flutter flutterwave",
    "VEB": "veb ventricularescape ventricularescapebeat ventricularescapebeats e",
    "FUS": "fus fusion fusionbeat fusionbeats fusionofventricularandnormalbeat "
    "fusionofventricularandnormal f",
    "PFU": "pfu pacedfusion fusionofpacedandnormalbeat fusionofpacedandnormal",
}
_OF_NAME = {name: title for title, names in _NAMES.items() for name in names.split()}
_SIGNS = {"!": "VFW", "/": "PAB"}
_LETTER_NAMES = {
    "n": "N", "s": "S", "v": "V", "f": "F", "q": "Q",
    "svp": "S", "supraventricular": "S", "supraventricularectopic": "S", "supraventricularectopicbeat": "S",
    "sveb": "S", "ventricular": "V", "ventricularectopic": "V", "ventricularectopicbeat": "V", "unknown": "Q",
    "unclassifiable": "Q", "nonectopic": "N",
}  # fmt: skip


def classes_of_folders(names: Sequence[str]) -> dict[str, str]:
    """Return the class that each folder's name stands for.

    ``N``, ``V`` and ``F`` are annotation symbols and AAMI letters at once: they are letters where any other
    folder is one that only AAMI has (``S`` or ``Q``), and where all folders are letters of AAMI; symbols
    where they stand beside other classes.

    Args:
        names: of all folders of one data set.

    Returns:
        name → one of `CLASSES`, or, for all of them, one of `LETTERS`.

    Raises:
        DataError: a name is not known, or letters and classes stand side by side.
    """
    plain = {name: _plain(name) for name in names}
    as_letters = {name: _LETTER_NAMES[word] for name, word in plain.items() if word in _LETTER_NAMES}
    if len(as_letters) == len(names):
        return as_letters
    found: dict[str, str] = {}
    symbols = {"n": "NOR", "v": "PVC", "f": "FUS"}
    for name, word in plain.items():
        if name.strip() in _SIGNS:
            found[name] = _SIGNS[name.strip()]
        elif word in _OF_NAME or word in symbols:
            found[name] = _OF_NAME.get(word) or symbols[word]
        elif word in _LETTER_NAMES:
            others = ", ".join(repr(other) for other in names if other not in as_letters)
            raise DataError(
                f"Folder {name!r} is a class of AAMI ({' '.join(LETTERS)}), the others ({others}) are not. "
                "Name all folders by AAMI letters, or none."
            )
        else:
            near = did_you_mean(word, [*_OF_NAME, *_LETTER_NAMES])
            raise DataError(
                f"Folder {name!r} is no class of beats that is known here.{near} Known: "
                f"{', '.join(f'{title} ({TITLES[title]})' for title in CLASSES)}; or the AAMI letters "
                f"{' '.join(LETTERS)}."
            )
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
