"""The analysis as a JSON document, schema ``einthoven.analysis/1``."""

from __future__ import annotations

from pathlib import Path

from einthoven.analysis_result import Analysis


def write(analysis: Analysis, path: Path) -> Path:
    """Write the document and return its path."""
    path.write_text(analysis.to_json() + "\n", encoding="utf-8")
    return path
