"""``write``: a ``Recording`` → WFDB, CSV or EDF+."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from einthoven.errors import FormatError, SignalError, did_you_mean
from einthoven.recording import Recording

FORMATS = ("wfdb", "csv", "edf")
_FORMAT_OF_SUFFIX = {".hea": "wfdb", ".dat": "wfdb", "": "wfdb", ".csv": "csv", ".edf": "edf"}


def write(
    recording: Recording, path: str | Path, *, format: str | None = None, overwrite: bool = True
) -> tuple[Path, ...]:
    """Save a recording. Each file appears whole or not at all.

    - ``wfdb``: ``NAME.hea`` and ``NAME.dat`` (format 16, a gain for each lead that uses the range, at most
      0.5 / gain off; NaN as the format's -32768), and ``NAME.atr`` with beats and events if there are any.
      A rhythm change (text that begins with ``(``) keeps its duration only as far as the next one. Age and
      sex go along, no name or id.
    - ``csv``: ``time_s``, then a column a lead named ``II_mV``; 7 digits; NaN is an empty cell. Neither
      beats, events, nor the patient.
    - ``edf``: EDF+C with beats and events as annotations. EDF has no missing samples, and edfio writes no
      discontinuous files: NaN is stored as the digital value -32768, which no real sample then uses, and
      each gap is an annotation ``missing samples``, by which ``read`` finds it again; other programs see a
      deep trough there. Rates must give a whole number of samples in a data record; a last, incomplete data
      record is filled up as missing.

    Args:
        recording: what to save.
        path: where; the suffix names the format (``.hea .dat`` or none: WFDB, ``.csv``, ``.edf``).
        format: ``wfdb``, ``csv`` or ``edf``, against the suffix.
        overwrite: False refuses to replace files that are there. The recording's own source is never
            replaced.

    Returns:
        The files written.

    Raises:
        FormatError: unknown format, or files that must not be replaced.
        SignalError: the recording has no samples.
    """
    path = Path(path).expanduser()
    chosen = format or _FORMAT_OF_SUFFIX.get(path.suffix.lower())
    if chosen not in FORMATS:
        wrong = format or path.suffix
        raise FormatError(
            f"Format {wrong!r} of {path} is not written; allowed: {', '.join(FORMATS)}, or the suffixes "
            f".hea .csv .edf.{did_you_mean(wrong, FORMATS)}"
        )
    if recording.n_leads == 0 or recording.n_samples == 0:
        raise SignalError(
            f"The recording has {recording.n_leads} leads of {recording.n_samples} samples; nothing to write."
        )
    if not path.parent.is_dir():
        raise FormatError(f"Folder {path.parent} does not exist. Create it first.")
    if chosen == "wfdb":
        from einthoven.formats.wfdb.writer import encode_record

        files = encode_record(recording, path)
    elif chosen == "csv":
        from einthoven.formats.delimited_writer import encode_csv

        files = {path: encode_csv(recording)}
    else:
        from einthoven.formats.edf_writer import encode_edf

        files = {path: encode_edf(recording)}
    for target in files:
        _check_target(target, recording, overwrite)
    for target, chunks in files.items():
        with _replacing(target) as temporary, temporary.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
    return tuple(files)


def _check_target(target: Path, recording: Recording, overwrite: bool) -> None:
    if not target.exists():
        return
    source = Path(recording.source) if recording.source else None
    if (
        source is not None
        and source.exists()
        and source.with_suffix("").resolve() == target.with_suffix("").resolve()
    ):
        same = (
            source.resolve() == target.resolve() or source.suffix.lower() == ".hea" != target.suffix.lower()
        )
        if same and target.suffix.lower() in (source.suffix.lower(), ".dat", ".atr", ".hea"):
            raise FormatError(
                f"{target} is what the recording was read from; it is never replaced. Choose another name."
            )
    if not overwrite:
        raise FormatError(f"{target} exists already. Choose another name, or pass overwrite=True.")


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """Write beside the target and rename, so that a reader never sees half a file."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        temporary.chmod(mode)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
