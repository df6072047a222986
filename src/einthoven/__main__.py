"""``python -m einthoven``: the same as the ``einthoven`` command."""

from einthoven.cli import main

main()
