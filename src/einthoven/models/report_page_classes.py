"""The classes of the report pages of Khan, Hussain and Malik (Mendeley Data gwbz3fsgp8)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from einthoven.errors import DataError, did_you_mean

TITLES = {
    "normal": "normal person",
    "abnormal_heartbeat": "abnormal heartbeat",
    "myocardial_infarction": "myocardial infarction",
    "history_of_mi": "history of myocardial infarction",
}
CLASSES = tuple(TITLES)
# Letters alone, in lower case; looked for in a folder's name in this order, since one holds another.
_WORDS = {
    "historyofmi": "history_of_mi", "historyofmyocardialinfarction": "history_of_mi",
    "previousmi": "history_of_mi", "pastmi": "history_of_mi", "oldmi": "history_of_mi",
    "historymi": "history_of_mi", "myocardialinfarction": "myocardial_infarction",
    "abnormalheartbeat": "abnormal_heartbeat", "abnormal": "abnormal_heartbeat", "normal": "normal",
}  # fmt: skip
_SHORT = {
    "pmi": "history_of_mi", "hmi": "history_of_mi", "mi": "myocardial_infarction",
    "hb": "abnormal_heartbeat", "ahb": "abnormal_heartbeat", "n": "normal", "norm": "normal",
}  # fmt: skip


def classes_of_folders(names: Sequence[str]) -> dict[str, str]:
    """Return the class that each folder's name stands for.

    Names are those of the publication (``ECG Images of Patient that have History of MI (172x12=2064)``), of
    the classes here, and usual short ones (``HB``, ``PMI``).

    Raises:
        DataError: a name is no class that is known.
    """
    return {name: _class_of(name) for name in names}


def _class_of(name: str) -> str:
    word = re.sub(r"[^a-z]", "", re.sub(r"\(.*?\)", "", name.lower()))
    if word in _SHORT:
        return _SHORT[word]
    for part, label in _WORDS.items():
        if part in word:
            return label
    near = did_you_mean(word, [*_WORDS, *_SHORT, *(c.replace("_", "") for c in CLASSES)])
    near = near if not near else did_you_mean(word, [c.replace("_", "") for c in CLASSES]) or near
    raise DataError(
        f"Folder {name!r} is no class of report pages.{near} Known: {', '.join(CLASSES)}; also as the "
        "publisher "
        "writes them."
    )
