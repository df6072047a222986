"""``einthoven schema``: the JSON Schema of what ``--json`` prints."""

from __future__ import annotations

import json
import sys

from cyclopts import App

app = App(name="schema", help_epilogue="Example:\n\n    einthoven schema > einthoven.analysis.schema.json\n")


@app.default
def schema() -> int:
    """Print the JSON Schema (draft 2020-12) of einthoven.analysis/1."""
    from einthoven.analysis_document import json_schema

    sys.stdout.write(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")
    return 0
