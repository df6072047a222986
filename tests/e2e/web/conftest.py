"""A real service with the built web application, and a real Chromium at desktop and phone size."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flows import SIZES, Screen
from playwright.sync_api import Browser, Error, Playwright, sync_playwright

ROOT = Path(__file__).parents[3]
STATIC = ROOT / "src" / "einthoven" / "service" / "static"
WEB = ROOT / "web"
START_S = 240.0


def cannot(reason: str) -> None:
    """Say loudly why the flows cannot run; in CI that is a failure."""
    message = f"THE WEB FLOWS DO NOT RUN: {reason}"
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(message, pytrace=False)
    sys.stderr.write(f"\n{message}\n")
    pytest.skip(message)


def _sources_changed() -> float:
    kinds = ("src", "public", "index.html", "package-lock.json", "vite.config.ts")
    files = [path for kind in kinds for path in [WEB / kind, *(WEB / kind).rglob("*")] if path.is_file()]
    return max(path.stat().st_mtime for path in files)


@pytest.fixture(scope="session")
def built() -> Path:
    """The built application; built here if it is missing or older than its sources."""
    index = STATIC / "index.html"
    if index.is_file() and index.stat().st_mtime >= _sources_changed():
        return STATIC
    npm = shutil.which("npm")
    if npm is None:
        cannot("the application is not built and there is no npm (Node 20 or newer) to build it with")
    commands = (
        []
        if (WEB / "node_modules" / ".package-lock.json").is_file()
        else [["install", "--no-audit", "--no-fund"]]
    )
    for words in [*commands, ["run", "build"]]:
        done = subprocess.run([str(npm), *words], cwd=WEB, capture_output=True, text=True, check=False)
        if done.returncode:
            cannot(f"npm {' '.join(words)} failed: {(done.stderr or done.stdout)[-2000:]}")
    return STATIC


@pytest.fixture(scope="session")
def service(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a service of its own, with an empty data folder."""
    with serving(tmp_path_factory.mktemp("service"), "127.0.0.1", "127.0.0.1") as url:
        yield url


@contextmanager
def serving(data: Path, host: str, seen_at: str) -> Iterator[str]:
    """A service that listens on ``host``; its address where it is seen at ``seen_at``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://{seen_at}:{port}"
    with (data / "log.txt").open("w+") as log:
        command = [
            *(sys.executable, "-m", "einthoven", "serve"),
            *("--host", host, "--port", str(port), "--data", str(data)),
        ]
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            end = time.monotonic() + START_S
            while not _ready(url):
                if process.poll() is not None or time.monotonic() > end:
                    log.seek(0)
                    pytest.fail(f"the service did not start: {log.read()[-2000:]}", pytrace=False)
                time.sleep(0.3)
            yield url
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=10) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """The system's Chromium, else the one that playwright downloads."""
    found = [
        shutil.which(name)
        for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    ]
    for path in [*filter(None, found), None]:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except Error:
            continue
        yield browser
        browser.close()
        return
    cannot("no Chromium: install the system's, or run `playwright install chromium`")


@pytest.fixture(params=sorted(SIZES))
def screen(request: pytest.FixtureRequest, browser: Browser, service: str) -> Iterator[Screen]:
    """A fresh browser profile on the service; afterwards nothing may have gone wrong in it."""
    screen = Screen(browser, service, request.param, ROOT / "out" / "e2e")
    yield screen
    screen.finish()
