"""Work in several processes: order, bounds, errors."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from einthoven.datasets.parallel import in_processes
from einthoven.errors import DataError


def square(number: int) -> int:
    return number * number


def refuse_three(number: int) -> int:
    if number == 3:
        raise ValueError("three")
    return number


def die(number: int) -> int:
    os._exit(1)


@pytest.mark.parametrize("jobs", [1, 2, None])
def test_results_come_in_order(jobs: int | None) -> None:
    assert list(in_processes(square, range(20), jobs)) == [number * number for number in range(20)]
    assert list(in_processes(square, [], jobs)) == []


def test_results_can_be_left_waiting() -> None:
    results = in_processes(square, range(1000), 2)
    assert isinstance(results, Iterator)
    assert [next(results) for _ in range(3)] == [0, 1, 4]
    results.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_reaches_the_caller(jobs: int) -> None:
    with pytest.raises(ValueError, match="three"):
        list(in_processes(refuse_three, range(9), jobs))


def test_a_process_that_is_ended_from_outside() -> None:
    with pytest.raises(DataError, match="fewer --jobs than 2"):
        list(in_processes(die, range(9), 2))


@pytest.mark.parametrize("jobs", [0, -1, 65])
def test_jobs_out_of_range(jobs: int) -> None:
    with pytest.raises(DataError, match=f"{jobs} processes: allowed are 1 to 64"):
        list(in_processes(square, range(3), jobs))
