"""A publisher on this machine that can be told to misbehave, request by request."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Act:
    """How one request is answered, where that differs from what an honest server does."""

    status: int = 0  # answer with this error
    headers: tuple[tuple[str, str], ...] = ()
    drop_after: int | None = None  # close the connection after so many bytes of the body
    claim: int = 0  # what Content-Length tells beyond the truth
    no_length: bool = False
    chunked: bool = False
    ignore_range: bool = False
    shift_range: int = 0  # begin so many bytes from where asked
    body: bytes | None = None  # send this instead
    slow: float = 0.0  # seconds between 4 KiB
    hang: float = 0.0  # seconds before answering


@dataclass
class Publisher:
    """The files served, what to do wrong, and what was asked.

    Attributes:
        files: path without the leading slash → content.
        acts: path → what to do at the next requests for it, one each; honest afterwards.
        always: path (or "*") → what to do at every request.
        asked: path and Range header (or "") of each request so far.
        sent: bytes of bodies sent.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    acts: dict[str, deque[Act]] = field(default_factory=dict)
    always: dict[str, Act] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    sent: int = 0
    address: str = ""

    def next_act(self, path: str) -> Act:
        queue = self.acts.get(path)
        return queue.popleft() if queue else self.always.get(path, self.always.get("*", Act()))

    def ranges(self, path: str) -> list[str]:
        return [asked_range for asked, asked_range in self.asked if asked == path]

    def publish_sums(self) -> None:
        lines = [f"{hashlib.sha256(body).hexdigest()} {name}\n" for name, body in self.files.items()]
        self.files["SHA256SUMS.txt"] = "".join(lines).encode()


class _Handler(BaseHTTPRequestHandler):
    publisher: Publisher

    def do_GET(self) -> None:
        path = self.path.lstrip("/")
        publisher, asked_range = self.publisher, self.headers.get("Range", "")
        publisher.asked.append((path, asked_range))
        act = publisher.next_act(path)
        time.sleep(act.hang)
        whole = publisher.files.get(path) if act.body is None else act.body
        if act.status or whole is None:
            self.send_response(act.status or 404)
            self._finish_headers(act, 0)
            return
        begin = 0
        if asked_range and not act.ignore_range:
            begin = int(asked_range.removeprefix("bytes=").removesuffix("-")) + act.shift_range
            if begin >= len(whole):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(whole)}")
                self._finish_headers(act, 0)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {begin}-{len(whole) - 1}/{len(whole)}")
        else:
            self.send_response(200)
        self.send_header("ETag", f'"{hashlib.sha256(whole).hexdigest()[:16]}"')
        self._send(whole[begin:], act)

    def _finish_headers(self, act: Act, length: int) -> None:
        for name, value in act.headers:
            self.send_header(name, value)
        if act.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif not act.no_length:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _send(self, body: bytes, act: Act) -> None:
        self._finish_headers(act, len(body) + act.claim)
        cut = body[: act.drop_after] if act.drop_after is not None else body
        size = 4096 if act.slow else 1 << 16
        for start in range(0, len(cut), size):
            piece = cut[start : start + size]
            try:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if act.chunked else piece)
                self.wfile.flush()
            except OSError:
                return  # the client was killed
            self.publisher.sent += len(piece)
            time.sleep(act.slow)
        if act.chunked and act.drop_after is None:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serve(publisher: Publisher) -> Iterator[Publisher]:
    """Serve until the block ends; ``publisher.address`` ends with a slash."""
    handler = type("Handler", (_Handler,), {"publisher": publisher, "protocol_version": "HTTP/1.1"})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    publisher.address = f"http://127.0.0.1:{server.server_address[1]}/"
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
