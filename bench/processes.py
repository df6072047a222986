"""Measuring whole processes: wall time, processor time and peak memory of a command and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command: seconds of wall time, seconds of processor time, peak memory in MiB."""

    wall: float
    cpu: float
    peak_mib: float


def measure(command: Sequence[str]) -> Run:
    """Run a command with its output thrown away.

    Raises:
        RuntimeError: it failed; the message holds what it said.
    """
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} exited with {process.returncode}:\n{said[-2000:]}")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)


def best(command: Sequence[str], times: int) -> Run:
    """Return the quickest of several runs; the others were disturbed by something else."""
    return min((measure(command) for _ in range(times)), key=lambda run: run.wall)
