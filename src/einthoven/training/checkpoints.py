"""Checkpoints that a kill or a full disk cannot spoil, and that only the recipe they are from takes up."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins import TorchCheckpointIO

from einthoven.errors import DataError, EinthovenError

CHECKPOINT = "last.ckpt"


class WholeCheckpoints(TorchCheckpointIO):
    """Writes beside, then renames: the file of that name is always a whole one.

    Args:
        fingerprint: of the recipe and the data; written into each checkpoint.
    """

    def __init__(self, fingerprint: dict[str, str]) -> None:
        super().__init__()
        self.fingerprint = fingerprint

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write a checkpoint.

        Raises:
            DataError: it cannot be written; the one before is still there.
        """
        path = Path(path)
        beside = path.with_name(f"{path.name}.new")
        try:
            with beside.open("wb") as file:
                torch.save({**checkpoint, "fingerprint": self.fingerprint}, file)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except (OSError, RuntimeError) as error:  # torch's writer wraps what the system said
            beside.unlink(missing_ok=True)
            kept = "The one of the epoch before is kept. " if path.is_file() else ""
            raise DataError(
                f"{path}: the checkpoint cannot be written ({error}). {kept}Make room, or name another "
                "folder with --out, and run the command again to go on."
            ) from error


def checkpoint_to_go_on_from(folder: Path, fingerprint: dict[str, str]) -> Path | None:
    """Return the checkpoint in ``folder`` that a run of this recipe on these data goes on from, if any.

    Raises:
        EinthovenError: there is one of another recipe or of other data, or it is damaged.
    """
    path = folder / CHECKPOINT
    if not path.is_file():
        return None
    remedy = f"Name another folder with --out, or start anew with --fresh (replaces {path})."
    try:
        found = torch.load(path, map_location="cpu", weights_only=True).get("fingerprint", {})
    except Exception as error:  # torch raises whatever the bytes lead it to
        raise EinthovenError(f"{path} is damaged ({type(error).__name__}). {remedy}") from error
    differing = [key for key in {**fingerprint, **found} if found.get(key) != fingerprint.get(key)]
    if differing:
        told = " and ".join(differing)
        raise EinthovenError(f"{path} is of another run: its {told} differ. {remedy}")
    return path
