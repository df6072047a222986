"""What Einthoven raises. Every message says what was seen, what is allowed and what to do next."""

from __future__ import annotations


class EinthovenError(Exception):
    """Base of every error a user can cause; the command line prints it without a stack trace."""


class FormatError(EinthovenError):
    """A file is not what it claims to be, is damaged, or no reader knows it."""


class MissingInformationError(EinthovenError):
    """Something that is never guessed was not stated: sampling rate, unit, lead names of an array."""


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
