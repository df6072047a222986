"""The classes of drawings of beats, and the AAMI letter of each."""

from __future__ import annotations

# Jun et al. 2018 (arXiv 1804.06812), table 1, in their order: annotation symbol → class.
JUN_SYMBOLS = {
    "N": "NOR", "V": "PVC", "/": "PAB", "R": "RBB", "L": "LBB", "A": "APC", "!": "VFW", "E": "VEB",
}  # fmt: skip
JUN_CLASSES = tuple(JUN_SYMBOLS.values())
# Two more, without which drawings in AAMI classes could not be answered.
SYMBOLS = {**JUN_SYMBOLS, "F": "FUS", "f": "PFU"}
CLASSES = tuple(SYMBOLS.values())
TITLES = {
    "NOR": "normal beat",
    "PVC": "premature ventricular contraction",
    "PAB": "paced beat",
    "RBB": "right bundle branch block beat",
    "LBB": "left bundle branch block beat",
    "APC": "atrial premature contraction",
    "VFW": "ventricular flutter wave",
    "VEB": "ventricular escape beat",
    "FUS": "fusion of a ventricular and a normal beat",
    "PFU": "fusion of a paced and a normal beat",
}
LETTERS = ("N", "S", "V", "F", "Q")
# AAMI EC57; a flutter wave is no beat there, and is counted as ventricular where letters are asked for.
AAMI_OF_CLASS = {
    "NOR": "N", "RBB": "N", "LBB": "N", "APC": "S", "PVC": "V", "VEB": "V", "VFW": "V", "FUS": "F",
    "PAB": "Q", "PFU": "Q", **{letter: letter for letter in LETTERS},
}  # fmt: skip
