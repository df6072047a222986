"""The demo finds a recording wherever there is one: the data folder, a download, the simulator."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import stand_in
from einthoven import write
from einthoven.cli import run
from einthoven.cli.demo import RESTING
from einthoven.datasets import catalogue
from einthoven.datasets.catalogue import find
from einthoven.recording import STANDARD_LEADS
from einthoven.signal.simulator import simulate
from tiny_bundle import make_bundle


def _publish_at(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    data_set = dataclasses.replace(catalogue.MITDB, address=f"{address}/")
    monkeypatch.setitem(catalogue.CATALOGUE, "mitdb", data_set)


@pytest.fixture
def words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    stand_in.install(monkeypatch)
    monkeypatch.setenv("EINTHOVEN_DATA", str(tmp_path / "data"))
    _publish_at(monkeypatch, "http://127.0.0.1:9/closed")
    return ["demo", "--model", str(make_bundle(tmp_path / "tiny")), "--out", str(tmp_path / "out")]


@pytest.fixture
def published(tmp_path: Path) -> Path:
    folder = tmp_path / "published"
    folder.mkdir()
    write(simulate(duration=30.0, seed=208, name="208"), folder / "208.hea")
    return folder


@pytest.fixture
def server(published: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(published))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_offline_it_says_so_and_simulates(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 0
    shown = capsys.readouterr()
    assert "PhysioNet cannot be reached" in shown.err
    assert "simulated recording" in shown.err
    report = tmp_path / "out" / "simulated.html"
    assert str(report) in shown.out
    assert report.stat().st_size > 10_000
    assert (tmp_path / "out" / "12-lead-simulated.html").is_file()


def test_a_record_that_is_here_is_used(
    words: list[str], published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    published.rename(tmp_path / "data" / "mitdb")
    resting = find("ludb")
    folder = tmp_path / "data" / "ludb"
    (folder / "data").mkdir(parents=True)
    write(simulate(10.0, 500.0, STANDARD_LEADS, seed=1, name="82"), folder / f"{RESTING[1]}.hea")
    for name in resting.files_of(RESTING[1]):  # annotations, which the demo does not read
        (folder / name).touch()
    assert run(words) == 0
    assert capsys.readouterr().err == ""
    assert (tmp_path / "out" / "208.html").is_file()
    assert "12 leads" in (tmp_path / "out" / "12-lead-82.html").read_text(encoding="utf-8")


def test_a_download_is_kept_and_used(
    words: list[str],
    server: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _publish_at(monkeypatch, server)
    assert run(words) == 0
    assert "downloading it from PhysioNet" in capsys.readouterr().err
    kept = sorted(path.name for path in (tmp_path / "data" / "mitdb").iterdir())
    assert kept == ["208.atr", "208.dat", "208.hea"]


def test_half_a_download_is_not_taken_for_a_record(
    words: list[str],
    published: Path,
    server: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (published / "208.hea").unlink()
    _publish_at(monkeypatch, server)
    assert run(words) == 0
    assert "simulated recording" in capsys.readouterr().err
    assert not (tmp_path / "data" / "mitdb" / "208.hea").exists()
