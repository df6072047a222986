"""The same work on many items in several processes, with the results in the items' order."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from einthoven.errors import DataError

MOST_JOBS = 64
_AHEAD = 2  # chunks a process, waiting or done: what bounds memory

Item = TypeVar("Item")
Result = TypeVar("Result")


def usable_cores() -> int:
    """Return how many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_processes(
    work: Callable[[Item], Result], items: Sequence[Item], jobs: int | None = None
) -> Iterator[Result]:
    """Give ``work(item)`` for each item in order, worked out by ``jobs`` processes.

    With one job, or one item, it is this process that works. Few results at a time wait to be taken.

    Args:
        work: a function of a module, since other processes must find it.
        items: what can be pickled.
        jobs: 1 to 64; default: as many as there are cores.

    Raises:
        DataError: ``jobs`` is out of range, or a process was ended from outside.
        Exception: what ``work`` raises.
    """
    jobs = usable_cores() if jobs is None else jobs
    if not 1 <= jobs <= MOST_JOBS:
        raise DataError(f"{jobs} processes: allowed are 1 to {MOST_JOBS}.")
    jobs = min(jobs, len(items))
    if jobs <= 1:
        yield from map(work, items)
        return
    import multiprocessing
    from concurrent.futures import Future, ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    # Not forked: threads of this process (a progress bar's) could hold a lock at that moment.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_leave_interrupts_to_the_parent)
    waiting: deque[Future[Result]] = deque()
    rest = iter(items)
    try:
        while True:
            for item in rest:
                waiting.append(pool.submit(work, item))
                if len(waiting) > _AHEAD * jobs:
                    break
            if not waiting:
                return
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise DataError(
            "A working process was ended from outside, as the system does where memory runs out. Run the "
            f"command again with fewer --jobs than {jobs}."
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
