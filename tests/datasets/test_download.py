"""A whole data set from a publisher on this machine: complete, broken off, killed, changed."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from einthoven.datasets import download as module
from einthoven.datasets.catalogue import HEARTBEAT, NSTDB, PTB_XL, DataSet
from einthoven.datasets.download import Downloaded, download, read_sums
from einthoven.datasets.transfer import DownloadError
from einthoven.errors import DataError
from unruly_server import Act, Publisher, serve

RECORDS = ("100", "101", "bw")


class Site(NamedTuple):
    publisher: Publisher
    data_set: DataSet


def tiny(address: str) -> DataSet:
    """Three records, one of them without beats."""
    return replace(NSTDB, name="tiny", records=RECORDS, download_bytes=1000, address=address)


@pytest.fixture
def site() -> Iterator[Site]:
    publisher = Publisher(files={"RECORDS": "\n".join(RECORDS).encode(), "index.html": b"not wanted"})
    for record in RECORDS:
        publisher.files |= {f"{record}.dat": os.urandom(200_000), f"{record}.hea": os.urandom(100)}
        if record != "bw":
            publisher.files[f"{record}.atr"] = os.urandom(5000)
    publisher.publish_sums()
    with serve(publisher):
        yield Site(publisher, tiny(publisher.address))


def get(site: Site, root: Path, **options: Any) -> Downloaded:
    return download(site.data_set, root=root, **({"attempts": 3, "pause": 0.0, "timeout": 5.0} | options))


def failure(site: Site, root: Path, **options: Any) -> DownloadError:
    with pytest.raises(DownloadError) as caught:
        get(site, root, **options)
    return caught.value


def assert_complete(site: Site, root: Path) -> None:
    here = {path.name: path.read_bytes() for path in (root / "tiny").iterdir()}
    assert here == {name: body for name, body in site.publisher.files.items() if name != "index.html"}


def test_all_of_it(site: Site, tmp_path: Path) -> None:
    states = []
    done = get(site, tmp_path / "new", on_state=lambda state: states.append((state.n_files, state.n_bytes)))
    assert_complete(site, tmp_path / "new")
    assert done.n_files == len(done.loaded) == 9
    assert not (done.replaced or done.resumed or done.range_ignored or done.unchecked)
    assert states[-1] == (9, done.n_bytes)
    assert site.data_set.present(tmp_path / "new") == RECORDS


def test_what_is_here_is_not_asked_for_again(site: Site, tmp_path: Path) -> None:
    get(site, tmp_path)
    site.publisher.asked.clear()
    done = get(site, tmp_path)
    assert site.publisher.asked == []  # not even the checksums: it works without a network
    assert (done.n_files, done.loaded, done.n_bytes) == (9, [], 0)


def test_some_records(site: Site, tmp_path: Path) -> None:
    get(site, tmp_path, records=["101"])
    names = {path.name for path in (tmp_path / "tiny").iterdir()}
    assert names == {"101.dat", "101.atr", "101.hea", "SHA256SUMS.txt"}
    get(site, tmp_path)
    assert_complete(site, tmp_path)


def test_a_record_that_is_not_in_the_set(site: Site, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no record '110'.*Did you mean '1"):
        get(site, tmp_path, records=["110"])
    assert site.publisher.asked == []


def test_a_set_with_tables_and_folders(tmp_path: Path) -> None:
    """As PTB-XL is laid out: tables at the top, each rate in a folder of its own, no beats."""
    records = ("records100/00000/00001_lr", "records100/01000/01001_lr", "records500/00000/00001_hr")
    files = {f"{record}{suffix}": os.urandom(3000) for record in records for suffix in (".dat", ".hea")}
    tables = {"ptbxl_database.csv": b"ecg_id", "scp_statements.csv": b",description"}
    publisher = Publisher(files={"RECORDS": "\n".join(records).encode()} | tables | files)
    publisher.publish_sums()
    publisher.acts["records500/00000/00001_hr.dat"] = deque([Act(drop_after=1000)])
    with serve(publisher):
        data_set = replace(PTB_XL, records=records, download_bytes=1000, address=publisher.address)
        site, folder = Site(publisher, data_set), tmp_path / "ptb-xl"
        done = get(site, tmp_path, records=["records100/*"])
        assert {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} == {
            "SHA256SUMS.txt", *tables, *(name for name in files if name.startswith("records100"))
        }  # fmt: skip
        assert (done.n_files, data_set.present(tmp_path)) == (6, records[:2])
        done = get(site, tmp_path)
        assert sorted(done.loaded) == ["RECORDS", *sorted(name for name in files if "500" in name)]
        assert all((folder / name).read_bytes() == body for name, body in publisher.files.items())
        with pytest.raises(DataError, match=r"no record 'records200/\*'.*such as records100/00000/00001_lr"):
            get(site, tmp_path, records=["records200/*"])


def test_what_differs_from_the_published_is_replaced_and_named(site: Site, tmp_path: Path) -> None:
    get(site, tmp_path)
    (tmp_path / "tiny" / "100.hea").write_text("edited")
    (tmp_path / "tiny" / "bw.dat").unlink()
    done = get(site, tmp_path)
    assert_complete(site, tmp_path)
    assert done.replaced == ["100.hea"]
    assert sorted(done.loaded) == ["100.hea", "bw.dat"]


def test_files_broken_off_earlier_are_continued(site: Site, tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "100.dat.part").write_bytes(site.publisher.files["100.dat"][:150_000])
    done = get(site, tmp_path)
    assert_complete(site, tmp_path)
    assert done.resumed == ["100.dat"]
    assert site.publisher.ranges("100.dat") == ["bytes=150000-"]


def test_drops_all_over(site: Site, tmp_path: Path) -> None:
    for name, body in site.publisher.files.items():
        site.publisher.acts[name] = deque([Act(drop_after=len(body) // 2)])
    get(site, tmp_path)
    assert_complete(site, tmp_path)


def test_connections_are_parallel_but_no_more_than_asked_for(site: Site, tmp_path: Path) -> None:
    now, most, lock = 0, 0, threading.Lock()
    original = site.publisher.next_act

    def count(path: str) -> Act:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.05)
        with lock:
            now -= 1
        return original(path)

    site.publisher.next_act = count  # type: ignore[method-assign]
    get(site, tmp_path, jobs=3)
    assert most == 3


def test_one_file_that_fails_does_not_stop_the_others(site: Site, tmp_path: Path) -> None:
    site.publisher.always["100.dat"] = Act(status=404)
    site.publisher.always["101.dat"] = Act(body=b"something else")
    error = failure(site, tmp_path)
    assert "7 of 9 files of tiny are here" in str(error)
    assert "100.dat answers 404" in str(error)
    assert "101.dat has the wrong checksum" in str(error)
    assert "einthoven data get tiny" in str(error)
    assert site.data_set.present(tmp_path) == ("bw",)
    site.publisher.always.clear()
    assert sorted(get(site, tmp_path).loaded) == ["100.dat", "101.dat"]
    assert_complete(site, tmp_path)


def test_a_full_disk_stops_all_at_once(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(url: str, path: Path, **options: Any) -> Any:
        if path.suffix == ".dat":
            raise module.disk_error(path, OSError(28, "No space left on device"))
        return honest(url, path, **options)

    honest = module.fetch
    monkeypatch.setattr(module, "fetch", full)
    error = failure(site, tmp_path, jobs=1)
    assert error.problem == "disk"
    assert "disk is full" in str(error)
    assert [path for path, _ in site.publisher.asked] == ["SHA256SUMS.txt", "RECORDS"]  # then the first .dat


def test_a_set_that_does_not_fit_is_not_begun(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 10**8))
    big = Site(site.publisher, replace(site.data_set, download_bytes=5 * 10**8))
    error = failure(big, tmp_path)
    assert error.problem == "disk"
    assert "has 100 MB free, tiny needs about 500 MB" in str(error)
    assert [path for path, _ in site.publisher.asked] == ["SHA256SUMS.txt"]


def test_no_network(tmp_path: Path) -> None:
    nowhere = tiny("http://127.0.0.1:9/")
    with pytest.raises(DownloadError, match="refuses the connection") as caught:
        download(nowhere, root=tmp_path, attempts=3, pause=0.0)
    assert caught.value.problem == "network"
    assert list((tmp_path / "tiny").iterdir()) == []


def test_the_network_goes_away_midway(site: Site, tmp_path: Path) -> None:
    lost = tiny("http://127.0.0.1:9/")
    get(site, tmp_path, records=["100"])
    with pytest.raises(DownloadError) as caught:
        download(lost, root=tmp_path, attempts=1, pause=0.0)
    assert caught.value.problem == "network"
    get(site, tmp_path)
    assert_complete(site, tmp_path)


def test_a_publisher_without_checksums(site: Site, tmp_path: Path) -> None:
    del site.publisher.files["SHA256SUMS.txt"]
    done = get(site, tmp_path)
    assert done.unchecked
    assert_complete(site, tmp_path)
    assert get(site, tmp_path).loaded == []


def test_a_login_page_in_place_of_checksums(site: Site, tmp_path: Path) -> None:
    site.publisher.always["*"] = Act(body=b"<html>Welcome to the hotel</html>")
    error = failure(site, tmp_path)
    assert error.problem == "server"
    assert "no list of checksums" in str(error)
    assert list((tmp_path / "tiny").iterdir()) == []


def test_a_list_of_checksums_that_lacks_a_file(site: Site, tmp_path: Path) -> None:
    sums = site.publisher.files["SHA256SUMS.txt"].decode().splitlines(keepends=True)
    site.publisher.files["SHA256SUMS.txt"] = "".join(s for s in sums if "bw.hea" not in s).encode()
    assert "does not name bw.hea" in str(failure(site, tmp_path))


def test_sums_as_sha256sum_writes_them() -> None:
    one, two = hashlib.sha256(b"1").hexdigest(), hashlib.sha256(b"2").hexdigest()
    assert read_sums(f"{one} a.dat\n{two.upper()} *./b c/d.dat\n", "x") == {"a.dat": one, "b c/d.dat": two}
    with pytest.raises(DownloadError, match="no list of checksums"):
        read_sums(f"{one} a.dat\n{two[:40]}", "x")


def test_stop(site: Site, tmp_path: Path) -> None:
    site.publisher.always["*"] = Act(slow=0.02)
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    assert failure(site, tmp_path, stop=stop).problem == "stopped"
    site.publisher.always.clear()
    get(site, tmp_path)
    assert_complete(site, tmp_path)


@pytest.mark.parametrize("jobs", [0, 17])
def test_connections_out_of_range(site: Site, tmp_path: Path, jobs: int) -> None:
    with pytest.raises(DataError, match="1 to 16"):
        get(site, tmp_path, jobs=jobs)


def test_what_needs_an_account_is_explained(tmp_path: Path) -> None:
    with pytest.raises(DownloadError) as caught:
        download(HEARTBEAT, root=tmp_path)
    assert caught.value.problem == "by hand"
    for word in ("kaggle.com", "mitbih_train.csv", str(tmp_path), "prepare heartbeat --from mitdb"):
        assert word in str(caught.value)


CHILD = """
import sys
from dataclasses import replace
from pathlib import Path
from einthoven.datasets.catalogue import NSTDB
from einthoven.datasets.download import download
data_set = replace(NSTDB, name="tiny", records=("100", "101", "bw"), download_bytes=1000, address=sys.argv[1])
print("began", flush=True)
download(data_set, root=Path(sys.argv[2]), jobs=2, attempts=50, pause=0.01)
"""


def _child(site: Site, root: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", CHILD, site.publisher.address, str(root)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_killed_at_any_moment_it_goes_on_from_there(site: Site, tmp_path: Path) -> None:
    published = site.publisher.files
    total = sum(len(body) for name, body in published.items() if name != "index.html")
    site.publisher.always["*"] = Act(slow=0.01)
    reached = 0
    for target in (0.15, 0.45, 0.75):
        with _child(site, tmp_path) as child:
            while child.poll() is None and reached < target * total:
                time.sleep(0.005)
                paths = [path for path in (tmp_path / "tiny").glob("*") if path.is_file()]
                reached = sum(path.stat().st_size for path in paths if path.exists())
            child.send_signal(signal.SIGKILL)
            child.communicate()
        assert child.returncode == -signal.SIGKILL
        for path in (tmp_path / "tiny").iterdir():  # whole, or marked as a part
            name = path.name.removesuffix(".part").removesuffix(".new")
            body = path.read_bytes()
            assert body == published[name][: len(body)]
            assert path.suffix == ".part" or path.suffix == ".new" or len(body) == len(published[name])
    site.publisher.always.clear()
    done = get(site, tmp_path)
    assert_complete(site, tmp_path)
    assert done.resumed
    # No byte twice, but for what was on its way when killed, and the list of checksums each time.
    assert site.publisher.sent < total * 1.35


@pytest.mark.skipif(sys.platform == "win32", reason="needs locks on folders")
def test_two_at_once_do_not_write_to_the_same_files(site: Site, tmp_path: Path) -> None:
    site.publisher.always["*"] = Act(slow=0.01)
    with _child(site, tmp_path) as child:
        while child.poll() is None and not list((tmp_path / "tiny").glob("*.dat.part")):
            time.sleep(0.01)
        with pytest.raises(DataError, match="Another process is downloading"):
            get(site, tmp_path)
        site.publisher.always.clear()
        _, told = child.communicate()
    assert child.returncode == 0, told
    assert_complete(site, tmp_path)
