"""What Einthoven raises. Every message says what was seen, what is allowed and what to do next."""

from __future__ import annotations

from typing import Literal

Statable = Literal["fs", "unit", "leads"]


class EinthovenError(Exception):
    """Base of every error a user can cause; the command line prints it without a stack trace.

    ``message`` is what was seen, in words that hold wherever it is read.
    """

    @property
    def message(self) -> str:
        """The message without what only one surface (Python, command line, form) knows how to do."""
        return str(self.args[0]) if self.args else ""


class FormatError(EinthovenError):
    """A file is not what it claims to be, is damaged, or no reader knows it."""


class MissingInformationError(EinthovenError):
    """Something that is never guessed was not stated: sampling rate, unit, lead names of an array.

    Args:
        message: what was seen.
        missing: what is to be stated, or None where stating something was wrong.
        example: how it may look.

    As text it says how Python is told (``fs=360``). The command line says ``--fs 360``, a form its own words.
    """

    def __init__(self, message: str, missing: Statable | None = None, example: str = "") -> None:
        super().__init__(message)
        self.missing, self.example = missing, example

    def __str__(self) -> str:
        if self.missing is None:
            return self.message
        example = self.example if self.missing == "fs" else repr(self.example)
        return f"{self.message} State it: {self.missing}={example}."


class SignalError(EinthovenError):
    """The samples cannot answer the question (wrong shape, too short, nothing finite)."""


class PageError(EinthovenError):
    """A picture or PDF cannot be read as an ECG page.

    ``reason`` is one word for programs: ``format``, ``damaged``, ``encrypted``, ``size``, ``pages``,
    ``no_ecg``, ``scale``, ``layout``, ``quality``.
    """

    def __init__(self, message: str, reason: str = "format") -> None:
        super().__init__(message)
        self.reason = reason


class BundleError(EinthovenError):
    """A model bundle is missing, damaged, or was asked for input outside its contract."""


class DataError(EinthovenError):
    """A data set is absent, incomplete or not in its publisher's layout."""


class RecipeError(EinthovenError):
    """A training recipe is invalid."""


def did_you_mean(word: str, allowed: list[str] | tuple[str, ...]) -> str:
    """Return ``" Did you mean 'x'?"`` for the nearest allowed word, or an empty string."""
    from difflib import get_close_matches

    near = get_close_matches(word, list(allowed), n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""
