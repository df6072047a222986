"""What all verbs share on the terminal: exit statuses, the two consoles, errors, progress, option values."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from einthoven.errors import EinthovenError, MissingInformationError, did_you_mean

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_UNEXPECTED = 70  # sysexits.h, EX_SOFTWARE
EXIT_INTERRUPTED = 130
EXIT_PIPE = 141


class UsageError(EinthovenError):
    """An option's value is not allowed."""


def stdout() -> Console:
    """Return the console for results."""
    from rich.console import Console

    return Console(highlight=False)


def stderr() -> Console:
    """Return the console for progress and remarks."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def report_error(source: object, error: EinthovenError) -> None:
    """Print one block on stderr for a source that failed: the source, then what was seen and what to do."""
    name, message = str(source), in_options(error)
    sys.stderr.write(f"{name}:\n  {message.removeprefix(f'{name}: ')}\n")


def in_options(error: EinthovenError) -> str:
    """Return an error's text with what is to be stated as options of the command line."""
    if isinstance(error, MissingInformationError) and error.missing is not None:
        return f"{error.message} State it: --{error.missing} {error.example}"
    return str(error)


@contextmanager
def progress(total: int | None = None, *, hidden: bool = False) -> Iterator[Progress]:
    """Show a progress bar on stderr where that is a terminal and it is not ``hidden``, else nothing."""
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns: list[Any] = [SpinnerColumn(), TextColumn("{task.description}", markup=False)]
    if total is not None and total > 1:
        columns += [BarColumn(), TextColumn("{task.completed:.0f}/{task.total:.0f}")]
    columns.append(TimeElapsedColumn())
    console = stderr()
    # Left alone, rich would take over sys.stdout and print results on this console, which is stderr.
    with Progress(
        *columns,
        console=console,
        transient=True,
        redirect_stdout=False,
        disable=hidden or not console.is_terminal,
    ) as bar:
        yield bar


def split_names(text: str | None) -> list[str] | None:
    """Split ``"I, II,V1"`` at the commas; None stays None."""
    return [word.strip() for word in text.split(",") if word.strip()] if text is not None else None


def choose(words: Sequence[str], allowed: Sequence[str], what: str) -> list[str]:
    """Return ``words`` if all are allowed.

    Raises:
        UsageError: one is not; the message lists those that are.
    """
    for word in words:
        if word not in allowed:
            near = did_you_mean(word, tuple(allowed))
            raise UsageError(f"There is no {what} {word!r}; allowed: {', '.join(allowed)}.{near}")
    return list(words)


def require_rate_is_positive(fs: float | None) -> None:
    """Refuse a sampling rate that cannot be one.

    Raises:
        MissingInformationError: ``fs`` is not a positive number.
    """
    if fs is not None and not 0 < fs < float("inf"):
        raise MissingInformationError(
            f"--fs {fs:g}: a sampling rate is a positive number of samples a second."
        )
