"""``einthoven models``: what models there are, what they claim, and whether they are what they claim."""

from __future__ import annotations

import json as json_format
import sys
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from einthoven.cli.console import EXIT_FAILED, stdout
from einthoven.wording import figure

if TYPE_CHECKING:
    from rich.table import Table

    from einthoven.models.card import Card

app = App(
    name="models",
    help_epilogue="""\
Examples:

    einthoven models list
    einthoven models show beats
    einthoven models verify beats
""",
)

STYLE = {"passed": "green", "failed": "bold red", "not run": "yellow"}


@app.command(name="list")
def list_models() -> int:
    """List the models that ship."""
    from einthoven.models.bundle import list_bundles, load_bundle

    table = _table("model", "version", "task", "parameters", "trained on")
    for name in list_bundles():
        card = load_bundle(name).card
        seen = dict.fromkeys(f"{data.name} ({len(data.records)} records)" for data in card.data)
        trained_on = ", ".join(seen)
        table.add_row(name, card.version, card.task, f"{card.parameters:,}", trained_on)
    stdout().print(table)
    return 0


@app.command
def show(name: str, /, *, json: Annotated[bool, Parameter(negative=(), show_default=False)] = False) -> int:
    """Show a model's card.

    Parameters
    ----------
    name
        Name of a model that ships, or the folder of a bundle.
    json
        Print the card itself.
    """
    from einthoven.models.bundle import load_bundle

    card = load_bundle(name).card
    if json:
        sys.stdout.write(json_format.dumps(card.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n")
        return 0
    console = stdout()
    for table in (_facts(card), _metrics(card)):
        console.print(table)
    return 0


@app.command
def verify(*names: str) -> int:
    """Check bundles against their cards; exit status 1 if a check fails.

    Parameters
    ----------
    names
        Names of models that ship, or folders of bundles. Default: all that ship.
    """
    from rich.text import Text

    from einthoven.models.bundle import list_bundles, load_bundle
    from einthoven.models.verify import verify_bundle

    failed = False
    for name in names or list_bundles():
        table = _table(name, "outcome", "seen")
        for check in verify_bundle(load_bundle(name)):
            table.add_row(check.name, Text(check.outcome, style=STYLE[check.outcome]), Text(check.detail))
            failed |= check.outcome == "failed"
        stdout().print(table)
    return EXIT_FAILED if failed else 0


def _facts(card: Card) -> Table:
    table = _table(card.name, card.version)
    contract = card.input
    for key, value in {
        "intended use": card.intended_use,
        "limits": "\n".join(card.limits),
        "classes": " ".join(card.classes),
        "input": f"{contract.leads.minimum}-{contract.leads.maximum} leads at {contract.rate_hz:g} Hz, "
        f"{contract.unit}; {contract.normalisation}",
        "trained on": "\n".join(
            f"{data.name}: {f'{len(data.records)} records, ' if data.records else ''}{data.role}"
            for data in card.data
        ),
        "patient split": card.patient_split,
        "calibration": card.calibration.method
        + ("" if card.calibration.ece is None else f", ECE {card.calibration.ece:.4f}"),
        "recipe": f"{card.recipe.name} {card.recipe.sha256[:12]}",
        "parameters": f"{card.parameters:,}",
        "licence": card.licence,
    }.items():
        table.add_row(key, value)
    return table


def _metrics(card: Card) -> Table:
    table = _table("metric", "value", "95 %", "data", "protocol")
    for metric in card.metrics:
        interval = "" if metric.ci95 is None else f"{metric.ci95[0]:.3f} to {metric.ci95[1]:.3f}"
        table.add_row(figure(metric.name), f"{metric.value:.4f}", interval, metric.data, metric.protocol)
    return table


def _table(*columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name)
    return table
