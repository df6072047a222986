"""``read``: any source → ``Recording``."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from einthoven.errors import FormatError, MissingInformationError, did_you_mean
from einthoven.formats.sniff import EMPTY, SNIFF_BYTES, Kind, sniff
from einthoven.recording import STANDARD_LEADS, Recording, normalise_lead

_URL = re.compile(r"^https?://", re.IGNORECASE)
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_HEADERS_SEARCHED = 2000


def read(
    source: Any,
    *,
    fs: float | None = None,
    unit: str | None = None,
    leads: tuple[str, ...] | list[str] | None = None,
    overrule: bool = False,
) -> Recording:
    """Read one ECG recording from anything that holds one.

    Args:
        source: one of

            - a path to a file of any known format, recognised by content: WFDB, EDF/EDF+, DICOM waveform,
              CSV;
            - the name of a WFDB record (``208``, ``208.hea``, ``208.dat`` and ``208.atr`` are the same
              record);
            - an ``http(s)://`` address of such a file or record;
            - a numpy array, ``(n_leads, n_samples)`` or one lead ``(n_samples,)``; ``fs`` and ``unit`` are
              required; ``(n_samples, n_leads)`` is taken where it is evident: ``leads`` has as many names as
              that axis and not the other, or without names the other axis alone has more than 32 entries;
            - a pandas DataFrame, a lead a column, with or without a time column;
            - a ``Recording``, which is returned (with ``leads`` renamed if given).
        fs: sampling rate in Hz, where the source states none. A contradiction to a stated one is an error.
        unit: ``V mV uV`` or ``nV``, or what one step of the converter is worth (``"4.88 uV"``), where the
            source states none. A contradiction to a stated one is an error.
        leads: names to use instead of the source's, one a lead; renaming a standard lead gives a warning.
        overrule: ``fs`` and ``unit`` go before what the source states, for one that states them wrongly; a
            warning in the recording tells where they do.

    Returns:
        Signals in millivolt, float32, ``(n_leads, n_samples)``, missing samples NaN; whatever was mended or
        left out is in ``warnings``.

    Raises:
        FormatError: nothing readable there, or damaged beyond use.
        MissingInformationError: sampling rate or unit are stated neither by the source nor by the caller.
    """
    given = None if leads is None else tuple(leads)
    if not overrule or fs is None:
        return _read(source, fs, unit, given, overrule)
    try:
        recording = _read(source, None, unit, given, overrule)
    except MissingInformationError as error:
        if error.missing != "fs":
            raise
        return _read(source, fs, unit, given, overrule)
    return _at_rate(recording, float(fs))


def _read(
    source: Any, fs: float | None, unit: str | None, given: tuple[str, ...] | None, overrule: bool
) -> Recording:
    if isinstance(source, Recording):
        return _rename(_same_rate(source, fs), given)
    if isinstance(source, str) and _URL.match(source):
        from einthoven.formats.remote import download

        with download(source) as path:
            recording = _read(path, fs, unit, given, overrule)
        return replace(recording, source=source)
    if isinstance(source, str | Path):
        if isinstance(source, str) and _SCHEME.match(source):
            raise FormatError(f"Address {source!r} is not supported; allowed are http:// and https://.")
        path = locate(Path(source).expanduser())
        return _read_path(path, fs, unit, given, overrule)
    from einthoven.formats.arrays import from_array, from_frame, is_frame

    if is_frame(source):
        return _rename(from_frame(source, fs=fs, unit=unit, leads=given, overrule=overrule), given)
    return from_array(source, fs=fs, unit=unit, leads=given)


def _at_rate(recording: Recording, fs: float) -> Recording:
    """Return the same samples at the rate that was asked for, which is said to be the true one."""
    if abs(fs - recording.fs) <= 1e-3 * recording.fs:
        return recording
    told = f"Read at {fs:g} Hz as asked, against the file, which states {recording.fs:g} Hz."
    return replace(recording, fs=fs, warnings=(told, *recording.warnings))


def _read_path(
    path: Path, fs: float | None, unit: str | None, leads: tuple[str, ...] | None, overrule: bool
) -> Recording:
    kind = recognise(path)
    header = (
        header_of(path, named_only=kind.code != "binary")
        if kind.code in ("binary", "other", "delimited")
        else None
    )
    if header is not None and kind != EMPTY and header != path:
        return _rename(_read_wfdb(header, fs, unit, overrule), leads)
    if kind.code == "wfdb" or (
        path.suffix.lower() == ".hea" and kind.code in ("delimited", "other") and kind != EMPTY
    ):
        # A damaged header gets the header reader's message, which names the line.
        return _rename(_read_wfdb(path, fs, unit, overrule), leads)
    if kind.code == "delimited":
        from einthoven.formats.delimited import read_delimited

        return read_delimited(path, fs=fs, unit=unit, leads=leads, overrule=overrule)
    if kind.code == "edf":
        from einthoven.formats.edf import read_edf

        return _rename(read_edf(path, fs=fs, unit=unit, overrule=overrule), leads)
    if kind.code == "dicom":
        from einthoven.formats.dicom import read_dicom

        return _rename(read_dicom(path, fs=fs, unit=unit, overrule=overrule), leads)
    raise refusal(path, kind)


def _read_wfdb(header: Path, fs: float | None, unit: str | None, overrule: bool) -> Recording:
    from einthoven.formats.wfdb.record import read_record

    return read_record(header, fs=fs, unit=unit, overrule=overrule)


def refusal(path: Path, kind: Kind) -> FormatError:
    """Return the error for a file that is recognised but gives no recording."""
    readable = "Readable are WFDB records, EDF/EDF+, DICOM waveforms and CSV."
    if kind == EMPTY:
        return FormatError(f"{path} is empty (0 bytes). Export or download it again.")
    if kind.code == "recording":
        return FormatError(
            f"{path} is {kind.name}, which is recognised but not read yet. {readable} Export it as one of "
            "these."
        )
    if kind.code == "page":
        return FormatError(f"{path} is {kind.name}; pages on paper are not read yet. {readable}")
    if kind.code == "binary":
        return FormatError(
            f"{path} is {kind.name}, and no WFDB header (.hea) beside it names it. {readable} "
            "If it is a WFDB signal file, put its header beside it."
        )
    return FormatError(f"{path} is {kind.name}; that is no ECG recording. {readable}")


def recognise(path: Path) -> Kind:
    """Say what a file is.

    Raises:
        FormatError: the file cannot be opened.
    """
    try:
        with path.open("rb") as file:
            return sniff(file.read(SNIFF_BYTES))
    except OSError as error:
        raise FormatError(
            f"{path} cannot be read ({error.strerror}). Check the path and your rights."
        ) from error


def locate(path: Path) -> Path:
    """Return the file that ``path`` means: itself, or the header of the WFDB record of that name.

    Raises:
        FormatError: there is nothing; the nearest names are in the message.
    """
    if path.is_file():
        return path
    header = path.with_name(f"{path.name}.hea") if path.name else path
    if header.is_file():
        return header
    if path.suffix.lower() in (".dat", ".atr") and path.with_suffix(".hea").is_file():
        return path.with_suffix(".hea")
    if path.is_dir():
        raise FormatError(
            f"{path} is a folder, not a recording. List its recordings with einthoven.formats.discover."
        )
    if not path.parent.is_dir():
        raise FormatError(f"{path} does not exist; neither does its folder {path.parent}. Check the path.")
    names = sorted({name for entry in path.parent.iterdir() for name in (entry.name, entry.stem)})
    raise FormatError(
        f"{path} does not exist, and no WFDB record of that name.{did_you_mean(path.name, names)}"
    )


def header_of(path: Path, *, named_only: bool = False) -> Path | None:
    """Return the WFDB header that a signal or annotation file belongs to, or None.

    It is the one of the same name; else the first in the folder with a signal line for this file. With
    ``named_only`` (a text file, which may lie there by chance) the signal line is required.
    """
    beside = path.with_suffix(".hea")
    if beside.is_file() and not named_only:
        return beside
    wanted = re.compile(rb"^" + re.escape(path.name.encode()) + rb"[ \t]+\d", re.MULTILINE)
    for count, header in enumerate(sorted(path.parent.glob("*.hea"))):
        if count >= _HEADERS_SEARCHED:
            break
        if header.is_file() and wanted.search(header.read_bytes()[:SNIFF_BYTES]):
            return header
    return None


def _same_rate(recording: Recording, fs: float | None) -> Recording:
    from einthoven.formats.channels import check_rate

    check_rate(recording.fs, fs, f"Recording {recording.name or recording.source!r}")
    return recording


def _rename(recording: Recording, leads: tuple[str, ...] | None) -> Recording:
    if leads is None:
        return recording
    if len(leads) != recording.n_leads:
        raise FormatError(
            f"{len(leads)} lead names given ({', '.join(leads)}), but "
            f"{recording.source or 'the recording'} has "
            f"{recording.n_leads} leads: {', '.join(recording.leads)}. Give one name for each."
        )
    names = tuple(normalise_lead(lead) for lead in leads)
    changed = [
        f"{old} to {new}"
        for old, new in zip(recording.leads, names, strict=True)
        if old != new and old in STANDARD_LEADS
    ]
    warnings = recording.warnings
    if changed:
        warnings += (f"Leads renamed as asked, against the file: {', '.join(changed)}.",)
    return replace(recording, leads=names, warnings=warnings)
