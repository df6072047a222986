"""Load: clients that upload short recordings for a while, against a service of its own on this machine.

    python bench/service_load.py --clients 50 --seconds 120

Each client uploads a recording (a 12-lead one of 10 s or a 2-lead one of 60 s, in turn), follows it to its
end, and begins again ``--pause`` seconds later. Says how long uploads and whole analyses took, what failed,
what was lost, and how the memory of server and worker went.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "service"))
from running_service import Running, free_port, running
from sent_records import record

from einthoven.recording import STANDARD_LEADS
from einthoven.service.settings import Settings

DONE = ("done", "failed", "cancelled")


async def client(
    url: str, until: float, first: float, pause: float, files: Any, tally: dict[str, list[Any]]
) -> None:
    """Upload and follow until the time is over."""
    await asyncio.sleep(first)
    async with httpx.AsyncClient(base_url=url, timeout=120) as http:
        while time.monotonic() < until:
            began = time.monotonic()
            try:
                sent = [("files", file) for file in files[len(tally["accept_s"]) % len(files)]]
                answer = await http.post("/v1/analyses", files=sent, params={"wait": 1})
                tally["accept_s"].append(time.monotonic() - began)
                if answer.status_code not in (201, 202):
                    tally["errors"].append(f"{answer.status_code} {answer.text[:200]}")
                    continue
                sent_as = answer.json()["id"]
                tally["ids"].append(sent_as)
                while answer.json()["status"] not in DONE:
                    await asyncio.sleep(0.5)
                    answer = await http.get(f"/v1/analyses/{sent_as}")
                if answer.json()["status"] != "done":
                    tally["errors"].append(str(answer.json()["problem"]))
                tally["whole_s"].append(time.monotonic() - began)
            except httpx.HTTPError as error:
                tally["errors"].append(f"{type(error).__name__}: {error}")
            await asyncio.sleep(pause)


def memory_mib(service: Running) -> float:
    """Return the resident memory of all of the service's processes."""
    pids, total = [service.process.pid], 0.0
    while pids:
        pid = pids.pop()
        try:
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                pids += map(int, task.read_text().split())
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS"):
                    total += int(line.split()[1]) / 1024
        except OSError:
            continue
    return total


async def watch(service: Running, until: float, seen: list[float]) -> None:
    """Note the memory every few seconds."""
    while time.monotonic() < until:
        seen.append(memory_mib(service))
        await asyncio.sleep(5)


async def load(service: Running, n: int, seconds: float, pause: float) -> dict[str, Any]:
    """Run all clients and return the figures."""
    resting = record("rest", duration=10.0, fs=500.0, leads=STANDARD_LEADS, pattern=None)
    holter = record("holter", duration=60.0, fs=360.0)
    tally: dict[str, list[Any]] = {"accept_s": [], "whole_s": [], "errors": [], "ids": []}
    until, memory = time.monotonic() + seconds, []
    clients = [client(service.url, until, i * pause / n, pause, (resting, holter), tally) for i in range(n)]
    await asyncio.gather(watch(service, until, memory), *clients)
    with service.client() as http:
        lost = [i for i in set(tally["ids"]) if http.get(f"/v1/analyses/{i}").json().get("status") != "done"]

    def percentile(values: list[float], p: int) -> float | None:
        return round(statistics.quantiles(values, n=100)[p - 1], 3) if len(values) > 1 else None

    return {
        "clients": n,
        "seconds": seconds,
        "pause_s": pause,
        "uploads": len(tally["accept_s"]),
        "errors": len(tally["errors"]),
        "first_errors": tally["errors"][:5],
        "lost": len(lost),
        "answer_s": {f"p{p}": percentile(tally["accept_s"], p) for p in (50, 95, 99)},
        "result_s": {f"p{p}": percentile(tally["whole_s"], p) for p in (50, 95, 99)},
        "memory_mib": {"first": memory[0], "last": memory[-1], "largest": max(memory)},
    }


def main() -> None:
    """Start a service, load it, print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--pause", type=float, default=10.0, help="seconds between two uploads of a client")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--db", default="")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="einthoven-load-") as folder:
        settings = Settings(data=Path(folder), port=free_port(), workers=given.workers, db=given.db)
        with running(settings) as service:
            time.sleep(15)  # the worker warms up
            figures = asyncio.run(load(service, given.clients, given.seconds, given.pause))
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
