"""From what was sent to an analysis that is safe on the disk and in the database."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np

from einthoven.errors import FormatError
from einthoven.formats.sniff import SNIFF_BYTES, sniff
from einthoven.service.intake import check_names, check_zip, is_zip, plain_name
from einthoven.service.problems import ServiceError, refused
from einthoven.service.schemas.analyses import Samples
from einthoven.service.service import Service
from einthoven.service.store import analyses
from einthoven.service.store.analyses import Accepted

Upload = tuple[str, BinaryIO]


def accept_files(
    service: Service,
    uploads: Sequence[Upload],
    *,
    name: str,
    options: dict[str, Any],
    tags: list[str],
    created_by: str,
    sample: str | None = None,
    request_key: str | None = None,
) -> Accepted:
    """Check files that belong together, store them, record their analysis and put it in line.

    Args:
        uploads: file names and streams.
        name: for people; empty: after the first file.
        request_key: the same key means the same request, sent again.

    Raises:
        FormatError: a name or an archive cannot be taken.
        ServiceError: 415 where nothing that was sent can be a recording.
    """
    names = [plain_name(filename) for filename, _ in uploads]
    check_names(names)
    if len(names) > service.settings.max_files:
        raise refused(f"{len(names)} files were sent; allowed are {service.settings.max_files}.")
    kind = _kind(service, list(zip(names, (stream for _, stream in uploads), strict=True)))
    shown = name or _stem(names)
    with service.files.keeping():
        stored = []
        for filename, (_, stream) in zip(names, uploads, strict=True):
            stream.seek(0)
            stored.append((filename, service.files.put(stream)))
        accepted = analyses.accept(
            service.store, name=shown, kind=kind, files=stored, options=options, tags=tags,
            created_by=created_by, sample=sample, request_key=request_key,
        )  # fmt: skip
    if accepted.is_new:
        service.queue.send(accepted.id)
    return accepted


def accept_samples(
    service: Service, samples: Samples, *, created_by: str, request_key: str | None
) -> Accepted:
    """Record the analysis of numbers that were sent as JSON.

    Raises:
        ServiceError: 422 where lists differ in length or names do not fit.
    """
    lengths = {len(lead) for lead in samples.signals}
    if len(lengths) != 1 or 0 in lengths:
        raise refused(
            f"The leads have {sorted(lengths)} samples; allowed is one length for all, 1 or more.",
            "invalid-request",
        )
    if samples.leads is not None and len(samples.leads) != len(samples.signals):
        raise refused(
            f"{len(samples.leads)} lead names for {len(samples.signals)} leads; give one for each.",
            "invalid-request",
        )
    array = np.array(
        [[np.nan if value is None else value for value in lead] for lead in samples.signals], np.float64
    )
    if np.any(np.abs(array) > np.finfo(np.float32).max):
        raise refused("A sample is larger than any voltage; state the right unit.", "invalid-request")
    buffer = io.BytesIO()
    np.save(buffer, array.astype(np.float32), allow_pickle=False)
    leads = samples.leads or [f"ECG{i + 1}" for i in range(len(array))]
    return accept_files(
        service,
        [("samples.npy", buffer)],
        name=samples.name or "samples",
        options={
            "fs": samples.fs,
            "unit": samples.unit,
            "leads": leads,
            "model": samples.model,
            "twelve_lead": samples.twelve_lead,
        },
        tags=samples.tags,
        created_by=created_by,
        request_key=request_key,
    )


def _kind(service: Service, files: list[Upload]) -> str:
    """Say whether it is a ``signal`` or a ``page``; refuse what is certainly neither."""
    reasons, kinds = [], set()
    for filename, stream in files:
        stream.seek(0)
        head = stream.read(SNIFF_BYTES)
        stream.seek(0)
        if is_zip(head):
            if len(files) > 1:
                raise FormatError(
                    "A zip archive was sent with other files. Send it alone, or the files themselves."
                )
            check_zip(stream, service.settings)
            return "signal"
        found = sniff(head)
        if found.code == "other" and not head.startswith(b"\x93NUMPY"):
            reasons.append(f"{filename} is {found.name}")
        else:
            kinds.add("page" if found.code == "page" else "signal")
    if not kinds:
        raise ServiceError(
            415, "unreadable", "The file cannot be read",
            f"{'; '.join(reasons[:3])}. That is no ECG recording. Send a WFDB record (.hea with .dat), EDF, "
            "DICOM, CSV, or a zip of one record.",
        )  # fmt: skip
    return "page" if kinds == {"page"} else "signal"


def _stem(names: list[str]) -> str:
    headers = [name for name in names if name.lower().endswith(".hea")]
    first = (headers or names)[0]
    return first.rsplit(".", 1)[0] or first
