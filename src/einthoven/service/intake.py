"""What comes in: names, kinds and archives are checked before anything is read."""

from __future__ import annotations

import re
import stat
import unicodedata
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from einthoven.errors import FormatError
from einthoven.service.settings import MIB, Settings

_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]")
_LONGEST_NAME = 120
_WORST_RATIO = 200  # text of numbers packs to a tenth; what packs better than this is made to burst
_ZIP = b"PK\x03\x04"
_CHUNK = 1 << 20


def plain_name(name: str | None) -> str:
    """Return a file's name if it is one that can do no harm.

    Raises:
        FormatError: it has folders, control characters, or is none.
    """
    name = unicodedata.normalize("NFC", name or "")
    if (
        not name.strip(". ")
        or _UNSAFE.search(name)
        or name.startswith(".")
        or len(name.encode()) > _LONGEST_NAME
    ):
        raise FormatError(
            f"File name {name[:60]!r} cannot be taken; allowed are plain names of up to {_LONGEST_NAME} "
            "bytes without folders, control characters or a leading dot. Rename the file."
        )
    return name


def check_names(names: Sequence[str]) -> None:
    """Refuse two files of one name.

    Raises:
        FormatError: names the first that comes twice.
    """
    seen: set[str] = set()
    for name in names:
        if name.lower() in seen:
            raise FormatError(f"Two files are called {name!r}. Send each file once.")
        seen.add(name.lower())


def is_zip(head: bytes) -> bool:
    """Tell whether a file is a zip archive from its first bytes."""
    return head.startswith(_ZIP)


def check_zip(stream: BinaryIO, settings: Settings) -> list[str]:
    """Look at an archive's table of contents without unpacking anything; return the files' names.

    Raises:
        FormatError: damaged, encrypted, too many or too large files, names that lead out of the folder,
            links, archives within the archive.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            return [_checked(item).name for item in _members(archive, settings)]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise FormatError(f"The zip archive cannot be read ({error}). Pack it again.") from error


def unpack_zip(path: Path, folder: Path, settings: Settings) -> list[Path]:
    """Unpack an archive into ``folder``, flat, counting bytes as they come: its own figures may lie.

    Raises:
        FormatError: as `check_zip`, or it holds more than it says.
    """
    left = settings.max_unpacked_mib * MIB
    written: list[Path] = []
    try:
        with zipfile.ZipFile(path) as archive:
            for item in _members(archive, settings):
                target = folder / plain_name(_checked(item).name)
                if target.exists():
                    raise FormatError(
                        f"The zip archive has two files called {target.name!r}. Put one record in an archive."
                    )
                with archive.open(item) as source, target.open("xb") as file:
                    while chunk := source.read(_CHUNK):
                        left -= len(chunk)
                        if left < 0:
                            raise FormatError(_too_much(settings))
                        file.write(chunk)
                written.append(target)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        raise FormatError(f"The zip archive is damaged ({error}). Pack it again.") from error
    return written


def _members(archive: zipfile.ZipFile, settings: Settings) -> list[zipfile.ZipInfo]:
    items = [item for item in archive.infolist() if not item.is_dir()]
    # What a Mac puts beside each file.
    items = [
        i for i in items if not i.filename.startswith("__MACOSX/") and not i.filename.endswith(".DS_Store")
    ]
    if not items:
        raise FormatError("The zip archive is empty. Pack the files of one record.")
    if len(items) > settings.max_files:
        raise FormatError(
            f"The zip archive has {len(items)} files; allowed are {settings.max_files}. Pack one record."
        )
    total = sum(item.file_size for item in items)
    packed = sum(item.compress_size for item in items)
    if total > settings.max_unpacked_mib * MIB:
        raise FormatError(_too_much(settings))
    if total > 16 * MIB and total > _WORST_RATIO * max(packed, 1):
        raise FormatError("The zip archive unpacks to far more than it weighs, which no recording does.")
    return items


def _checked(item: zipfile.ZipInfo) -> PurePosixPath:
    name = PurePosixPath(item.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or ":" in item.filename or "\0" in item.filename:
        raise FormatError(
            f"The zip archive has a file {item.filename[:60]!r}, which leads out of it. Pack it again."
        )
    if stat.S_ISLNK(item.external_attr >> 16):
        raise FormatError(f"The zip archive has a link ({name.name[:60]!r}). Pack the file itself.")
    if item.flag_bits & 1:
        raise FormatError("The zip archive is encrypted. Pack it without a password.")
    if name.suffix.lower() == ".zip":
        raise FormatError("The zip archive holds another one. Send that one itself.")
    plain_name(name.name)
    return name


def _too_much(settings: Settings) -> str:
    return (
        f"The zip archive unpacks to more than the {settings.max_unpacked_mib} MiB allowed for one upload. "
        "Send the files themselves or a part of the recording."
    )


def main_file(folder: Path) -> Path:
    """Return the file in ``folder`` that stands for the one recording there.

    Raises:
        FormatError: there is none, or more than one.
    """
    from einthoven.formats import discover

    files = sorted(path for path in folder.iterdir() if path.is_file())
    if len(files) == 1:
        return files[0]
    found = discover(folder)
    if len(found) == 1:
        return found[0]
    if not found:
        names = ", ".join(path.name for path in files[:5])
        raise FormatError(
            f"None of the {len(files)} files ({names}) is a recording. A WFDB record needs its header (.hea) "
            "and signal file (.dat) together."
        )
    names = ", ".join(path.name for path in found[:5])
    raise FormatError(
        f"These are {len(found)} recordings ({names}). Send the files of one recording at a time."
    )
