"""Why a network answers as it does: attributions drawn on the trace, and the checks that they must pass."""
