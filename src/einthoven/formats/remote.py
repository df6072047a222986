"""Recordings at an http(s) address: downloaded with all that belongs to them into a folder of their own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from urllib.error import HTTPError, URLError
from urllib.parse import quote, unquote, urlsplit, urlunsplit
from urllib.request import Request, urlopen

from einthoven._version import __version__
from einthoven.errors import FormatError
from einthoven.formats.sniff import SNIFF_BYTES, sniff
from einthoven.formats.wfdb.header import inside, read_header

TIMEOUT_S = 30.0
MAX_BYTES = 1 << 30  # of one recording, all files together
_CHUNK = 1 << 20


@contextmanager
def download(url: str, *, max_bytes: int = MAX_BYTES, timeout: float = TIMEOUT_S) -> Iterator[Path]:
    """Download a recording, yield the path to read, and delete it afterwards.

    For a WFDB record (``…/208``, ``…/208.hea``, ``…/208.dat``) the header, its signal files, its segments
    and, where there is one, its ``.atr`` come along.

    Args:
        url: ``http://`` or ``https://`` address.
        max_bytes: most bytes to load in all.
        timeout: seconds without an answer before giving up.

    Raises:
        FormatError: not there, too large, or the connection failed.
    """
    parts = urlsplit(url)
    name = PurePosixPath(unquote(parts.path)).name
    if not parts.hostname or not name:
        raise FormatError(
            f"Address {url!r} names no file; an example is https://physionet.org/files/mitdb/1.0.0/208.hea"
        )
    with tempfile.TemporaryDirectory(prefix="einthoven-") as folder:
        loader = _Loader(url, Path(folder), max_bytes, timeout)
        yield loader.record(name)


class _Loader:
    def __init__(self, url: str, folder: Path, max_bytes: int, timeout: float) -> None:
        self.url = urlsplit(url)
        self.folder = folder
        self.max_bytes = max_bytes
        self.left = max_bytes
        self.timeout = timeout

    def record(self, name: str) -> Path:
        suffix = PurePosixPath(name).suffix.lower()
        if suffix in (".dat", ".atr"):
            header = self._load(f"{PurePosixPath(name).stem}.hea", optional=True)
            if header is not None:
                return self._beside(header)
        if not suffix:
            header = self._load(f"{name}.hea", optional=True)
            if header is not None:
                return self._beside(header)
        path = self._need(name)
        with path.open("rb") as file:
            kind = sniff(file.read(SNIFF_BYTES))
        return self._beside(path) if kind.code == "wfdb" or suffix == ".hea" else path

    def _beside(self, header: Path) -> Path:
        parsed = read_header(header)
        for line in dict.fromkeys(line.file for line in parsed.signals):
            # The name comes from a stranger and becomes a path here and an address there.
            inside(self.folder, line, header)
            self._need(line)
        for segment in dict.fromkeys(segment.name for segment in parsed.segments if segment.name != "~"):
            inside(self.folder, f"{segment}.hea", header)
            inner = read_header(self._need(f"{segment}.hea"))
            for line in dict.fromkeys(line.file for line in inner.signals if line.file != "~"):
                inside(self.folder, line, inner.path)
                self._need(line)
        self._load(f"{header.stem}.atr", optional=True)
        return header

    def _need(self, name: str) -> Path:
        path = self._load(name, optional=False)
        assert path is not None  # _load raises where the file is required
        return path

    def _load(self, name: str, *, optional: bool) -> Path | None:
        target = self.folder / name
        if target.is_file():
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        base = self.url.path.rsplit("/", 1)[0]
        address = urlunsplit((self.url.scheme, self.url.netloc, f"{base}/{quote(name)}", self.url.query, ""))
        request = Request(address, headers={"User-Agent": f"einthoven/{__version__}"})
        try:
            with urlopen(request, timeout=self.timeout) as answer, target.open("wb") as file:
                announced = int(answer.headers.get("Content-Length") or 0)
                if announced > self.left:
                    raise self._too_large(address)
                received = 0
                while chunk := answer.read(_CHUNK):
                    received += len(chunk)
                    self.left -= len(chunk)
                    if self.left < 0:
                        raise self._too_large(address)
                    file.write(chunk)
        except HTTPError as error:
            error.close()
            target.unlink(missing_ok=True)
            if optional and error.code in (403, 404, 410):
                return None
            raise FormatError(
                f"{address} answers {error.code} {error.reason}. Check the address in a browser."
            ) from error
        except (URLError, TimeoutError, OSError) as error:
            reason = getattr(error, "reason", None) or error
            raise FormatError(
                f"{address} cannot be loaded: {reason}. Check the network and the address."
            ) from error
        if announced and received < announced:
            raise FormatError(f"{address} broke off after {received} of {announced} bytes. Try again.")
        return target

    def _too_large(self, address: str) -> FormatError:
        return FormatError(
            f"{address} is larger than the {self.max_bytes / 2**20:.0f} MiB allowed for one recording. "
            "Download it yourself and give its path."
        )
