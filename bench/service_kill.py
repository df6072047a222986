"""Kill -9 at random moments under load: every accepted analysis must end, and exactly once.

    python bench/service_kill.py --kills 50 [--db postgresql://…/EMPTY --redis redis://…]

A service of its own on this machine is loaded by a few clients while server, worker and analyst processes (in
turn, at random) are killed and, where nothing does so by itself, started again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
from sqlalchemy import func, select

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "service"))
from running_service import Running, free_port
from sent_records import multipart, record

from einthoven.service.settings import Settings
from einthoven.service.store.database import Store
from einthoven.service.store.tables import AnalysisRow, ResultRow

LONGEST_END_S = 600.0


def children(pid: int) -> list[int]:
    """Return the processes that a process has started itself."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, task.read_text().split())
        except OSError:
            continue
    return found


def send(url: str, number: int, accepted: dict[str, str], stop: threading.Event) -> None:
    """Upload one recording after the other; what got no answer is sent again with the same key."""
    n, files = 0, multipart(record(duration=10.0, seed=number))
    with httpx.Client(base_url=url, timeout=20) as client:
        while not stop.is_set():
            key = f"client-{number}-{n}"
            try:
                answer = client.post(
                    "/v1/analyses", files=files, params={"wait": 0}, headers={"Idempotency-Key": key}
                )
            except httpx.TransportError:
                time.sleep(0.2)
                continue
            if answer.status_code in (201, 202):
                accepted[key] = answer.json()["id"]
                n += 1
            stop.wait(0.5)


def kill_one(service: Running, chance: random.Random) -> str:
    """Kill one of the service's processes; a server is started again."""
    workers = children(service.process.pid)
    analysts = [child for worker in workers for child in children(worker)]
    victim = chance.choice(["server", "worker", "analyst"])
    try:
        if victim == "server":
            os.kill(service.process.pid, signal.SIGKILL)
            service.process.wait()
            service.start()
        elif victim == "worker" and workers:
            os.kill(chance.choice(workers), signal.SIGKILL)
        elif analysts:
            os.kill(chance.choice(analysts), signal.SIGKILL)
    except ProcessLookupError:
        return "nobody"
    return victim


def main() -> None:
    """Kill, wait for the end of all, print what became of it; exit status 1 if anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--longest-pause", type=float, default=6.0, help="seconds between two kills, at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--db", default="", help="an empty database; default: SQLite")
    parser.add_argument("--redis", default="", help="default: the queue in a file")
    given = parser.parse_args()
    chance, stop = random.Random(given.seed), threading.Event()
    accepted: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="einthoven-kill-") as folder:
        settings = Settings(
            data=Path(folder), port=free_port(), lease_seconds=3.0, attempts=1000, db=given.db,
            redis=given.redis,
        )  # fmt: skip
        service = Running(settings)
        service.start()
        senders = [
            threading.Thread(target=send, args=(service.url, i, accepted, stop)) for i in range(given.clients)
        ]
        for sender in senders:
            sender.start()
        victims: Counter[str] = Counter()
        try:
            for _ in range(given.kills):
                time.sleep(chance.uniform(0.2, given.longest_pause))
                victims[kill_one(service, chance)] += 1
        finally:
            stop.set()
            for sender in senders:
                sender.join()
        ends = _ends(service, accepted)
        service.stop()
        store = Store.of(settings)
        with store.read() as session:
            rows = session.scalar(select(func.count()).select_from(AnalysisRow))
            which = ResultRow.analysis_id
            results = tuple(session.execute(select(func.count(which), func.count(which.distinct()))).one())
        store.close()
        folders = sum(1 for path in (Path(folder) / "results").iterdir() if not path.name.endswith(".part"))
    figures = {
        "kills": dict(victims),
        "accepted": len(accepted),
        "rows": rows,
        "ends": dict(ends),
        "results": results[0],
        "result_folders": folders,
    }
    print(json.dumps(figures, indent=1))
    whole = rows == len(accepted) and set(ends) <= {"done"} and results == (rows, rows)
    sys.exit(0 if whole else 1)


def _ends(service: Running, accepted: dict[str, str]) -> Counter[str]:
    ends: Counter[str] = Counter()
    limit = time.monotonic() + LONGEST_END_S
    with service.client() as client:
        for analysis_id in accepted.values():
            while True:
                found = client.get(f"/v1/analyses/{analysis_id}").json()
                status = found.get("status", "lost")
                if status not in ("waiting", "running") or time.monotonic() > limit:
                    break
                time.sleep(0.2)
            problem = found.get("problem") or {}
            ends[status if status != "failed" else f"failed: {problem.get('kind')}"] += 1
    return ends


if __name__ == "__main__":
    main()
