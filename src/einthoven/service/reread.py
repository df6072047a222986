"""Reading the files of a finished analysis again, with another rate, unit or lead names.

It gives an analysis of its own, and the first one stays: its answer was given, and what people said of it
they said of those beats. The files are there already, by their content, and need not be sent again.
"""

from __future__ import annotations

import hashlib
import json

from sqlalchemy.exc import NoResultFound

from einthoven.service.files import StoredFile
from einthoven.service.problems import conflict, not_found, refused
from einthoven.service.schemas.analyses import Options, UsedOptions
from einthoven.service.service import Service
from einthoven.service.store import analyses
from einthoven.service.store.analyses import Accepted
from einthoven.service.store.tables import DONE

STATABLE = ("fs", "unit", "leads")


def read_again(service: Service, analysis_id: str, options: Options, created_by: str) -> Accepted:
    """Record another reading of an analysis's files and put it in line.

    The same options again give the same analysis, however often they are sent.

    Args:
        options: those that are set take the place of the first reading's, and go before what the file states.

    Raises:
        ServiceError: 404 where there is no such analysis, 409 where it has no result or was read like this,
            422 where nothing is stated or the files show a page.
    """
    changed = options.model_dump(exclude_unset=True)
    if all(changed.get(name) is None for name in STATABLE):
        raise refused(
            "Nothing was stated to read it by. State the rate (fs), the unit or the names of the leads.",
            "invalid-request",
        )
    with service.files.keeping():  # nobody takes the files away meanwhile
        row = service.analysis(analysis_id)
        if row.status != DONE:
            raise conflict(
                f"The analysis is {row.status}; one without a result is retried, by other options."
            )
        if row.kind == "page":
            raise refused(
                "The files show a page; its leads are read in millivolt, there is no unit to state."
            )
        before = UsedOptions.model_validate(row.options)
        wanted = before.model_copy(update=changed | {"overrule": True})
        if wanted.model_copy(update={"overrule": before.overrule}) == before:
            raise conflict("The analysis was read with these options. State another rate or unit.")
        stated = wanted.model_dump()
        digest = hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()
        try:
            accepted = analyses.accept(
                service.store,
                name=row.name,
                kind=row.kind,
                files=[(file.name, StoredFile(file.sha256, file.size)) for file in row.files],
                options=stated,
                tags=[tag.tag for tag in row.tags],
                created_by=created_by,
                sample=row.sample,
                # No sender's key begins with a slash: those begin with a name.
                request_key=f"/reread/{analysis_id}/{digest}",
                reread_of=analysis_id,
            )
        except NoResultFound as error:  # deleted since
            raise not_found(f"analysis {analysis_id}") from error
    if accepted.is_new:
        service.queue.send(accepted.id)
    return accepted
