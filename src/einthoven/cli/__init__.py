"""The command line: one file a verb, each loaded only when it is used."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from cyclopts import App
from cyclopts.exceptions import CycloptsError

from einthoven._version import __version__
from einthoven.cli.console import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_PIPE,
    EXIT_UNEXPECTED,
    EXIT_USAGE,
    UsageError,
    in_options,
)
from einthoven.errors import EinthovenError

VERBS = {
    "analyze": "Find and classify every beat, measure, read 12-lead ECGs.",
    "convert": "Convert a recording or a folder to another format.",
    "digitize": "Read the signals from scans, photos and PDFs of ECGs.",
    "view": "Draw a recording on ECG paper.",
    "serve": "Serve the web application and the REST API.",
    "demo": "Analyse real recordings and write their reports.",
    "models": "List, show and verify models.",
    "evaluate": "Measure beats, 12-lead models, R peaks, waves; compare models.",
    "train": "Train a model from a recipe (needs einthoven[train]).",
    "data": "List, get and prepare public data sets.",
    "schema": "Print the JSON Schema of an analysis.",
}

EPILOGUE = """\
Examples:

    einthoven analyze 208.hea
    einthoven analyze recordings/ --out reports --format html,json
    einthoven VERB --help

Add --debug to any command to see the trace of an unexpected error. Research software, not a medical device.
"""


def make_app() -> App:
    """Return the command line application; no verb's module is imported until it is called."""
    app = App(
        name="einthoven",
        help="From an ECG file to classified beats.",
        help_epilogue=EPILOGUE,
        help_format="plaintext",
        version=f"einthoven {__version__}",
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    for verb, summary in VERBS.items():
        app.command(f"einthoven.cli.{verb}:app", name=verb, help=summary)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status; every error becomes a short message on stderr.

    0: done; 1: a source failed; 2: wrong usage; 70: unexpected error; 130: interrupted; 141: broken pipe.
    """
    debug = "--debug" in arguments
    words = [word for word in arguments if word != "--debug"]
    try:
        status = make_app()(words, exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except CycloptsError as error:
        return _fail(f"{error}\nSee: einthoven {_verb(words)}--help", EXIT_USAGE)
    except EinthovenError as error:
        if debug:
            raise
        return _fail(in_options(error), EXIT_USAGE if isinstance(error, UsageError) else EXIT_FAILED)
    except KeyboardInterrupt:
        return _fail("Interrupted.", EXIT_INTERRUPTED)
    except BrokenPipeError:
        # The reader (head, less) went away: nobody is left to tell, and Python must not try at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_PIPE
    except Exception as error:
        if debug:
            raise
        return _fail(
            f"Unexpected error: {type(error).__name__}: {error}\n"
            "This is a fault in Einthoven. Please report it with the command and what it prints with --debug."
            f"\neinthoven {__version__}, Python {sys.version.split()[0]}, {sys.platform}",
            EXIT_UNEXPECTED,
        )
    return status if isinstance(status, int) else 0


def main() -> None:
    """Entry point of the ``einthoven`` command."""
    for stream in (sys.stdout, sys.stderr):  # a terminal without such letters shows others, it does not fail
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:]))


def _verb(words: Sequence[str]) -> str:
    return f"{words[0]} " if words and words[0] in VERBS else ""


def _fail(message: str, status: int) -> int:
    sys.stderr.write(f"einthoven: {message}\n")
    return status
