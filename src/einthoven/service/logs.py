"""Logs: what happened, never about whom. Names of files and patients do not get into them."""

from __future__ import annotations

import logging
import sys


def set_up_logs(level: int = logging.INFO) -> None:
    """Write the service's logs to standard error, and of libraries only what went wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("einthoven").setLevel(level)
    logging.getLogger("uvicorn.access").propagate = False  # would name what people search for
    logging.getLogger("huey").setLevel(logging.ERROR)
