"""The beats as a WFDB annotation file, to be opened beside the record with PhysioNet's tools."""

from __future__ import annotations

from pathlib import Path

from einthoven.analysis_result import Analysis
from einthoven.errors import FormatError

# The first annotation is a note by which our own files are known again.
SIGNATURE = "einthoven"
NOTE = '"'


def to_annotations(analysis: Analysis) -> bytes:
    """Return a note on where the labels come from, then one annotation a beat, in the recording's own rate.

    The symbols are the AAMI classes: ``N``, ``S``, ``V`` and ``F`` mean the same in the MIT-BIH code, where
    ``Q`` is an unclassifiable beat.
    """
    from einthoven.formats.wfdb.annotations import encode_annotations

    made = analysis.provenance
    after = "" if analysis.review is None else ", after review"
    made_by = f"{SIGNATURE} {made.einthoven}, model {made.model} {made.model_version}{after}"
    note = f"{made_by}; AAMI classes N S V F Q"
    samples, symbols = analysis.beats.samples.tolist(), analysis.beats.classes.tolist()
    return encode_annotations([0, *samples], [NOTE, *symbols], [note, *[""] * len(samples)])


def write(analysis: Analysis, path: Path) -> Path:
    """Write the annotations and return their path.

    Raises:
        FormatError: a file of that name exists that Einthoven has not written, perhaps a reference.
    """
    if path.exists() and SIGNATURE.encode() not in path.read_bytes()[:64]:
        raise FormatError(
            f"{path} exists and was not written by Einthoven; it may hold reference annotations and is kept. "
            "Choose another folder or name."
        )
    path.write_bytes(to_annotations(analysis))
    return path
