"""Writes the OpenAPI document to ``web/openapi.json``: ``python -m einthoven.service.openapi [FILE]``."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from einthoven.service.app import make_app
from einthoven.service.settings import Settings


def write(path: Path) -> None:
    """Write the document to ``path``."""
    with tempfile.TemporaryDirectory() as folder:
        app = make_app(Settings(data=Path(folder)))
        document = app.openapi()
        app.state.service.close()
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "web/openapi.json"))
