"""Models with their cards, and samples to try them on."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Response
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse

from einthoven.models.bundle import BUNDLES, list_bundles, load_bundle
from einthoven.models.card import Card
from einthoven.models.figures import read_figures
from einthoven.service import gallery
from einthoven.service import upload as uploads
from einthoven.service.problems import not_found, responses
from einthoven.service.routes.analyses import Key, Wait, answer
from einthoven.service.schemas.analyses import AnalysisView, Options
from einthoven.service.schemas.catalogue import ModelEntry, ModelList, ModelView, SampleEntry, SampleList
from einthoven.service.security import Reader, Reviewer
from einthoven.service.service import Here
from einthoven.service.store.analyses import Accepted

router = APIRouter()

ModelPath = Annotated[str, PathParameter(pattern=r"^[a-z0-9][a-z0-9._-]{0,60}$", examples=["beats"])]
SampleId = Annotated[str, PathParameter(pattern=r"^[a-z0-9][a-z0-9_-]{0,60}$", examples=["simulated-v"])]
FigureName = Annotated[
    str, PathParameter(pattern=r"^[A-Za-z0-9_-]{1,60}\.(svg|png)$", examples=["confusion.svg"])
]


def _defaults(default: str) -> set[str]:
    from einthoven.analysis import TWELVE_LEAD_MODELS

    return {default, *TWELVE_LEAD_MODELS}


def _card(name: str) -> Card:
    if name not in list_bundles():
        raise not_found(f"model {name!r}; there are {', '.join(list_bundles())}")
    return load_bundle(name).card


def _figures(name: str) -> list[Path]:
    folder = BUNDLES / name / "figures"
    return sorted(p for p in folder.glob("*") if p.suffix in (".svg", ".png")) if folder.is_dir() else []


@router.get("/models", tags=["models"], summary="List models")
def list_models(service: Here, principal: Reader) -> ModelList:
    """Return the models that ship."""
    asked = _defaults(service.settings.model)
    entries = []
    for name in list_bundles():
        card = _card(name)
        entries.append(
            ModelEntry(
                name=name,
                version=card.version,
                task=card.task,
                classes=card.classes,
                parameters=card.parameters,
                intended_use=card.intended_use,
                trained_on=list(dict.fromkeys(data.name for data in card.data)),
                is_default=name in asked,
            )
        )
    return ModelList(items=entries)


@router.get("/models/{name}", tags=["models"], responses=responses(404), summary="A model's card")
def get_model(service: Here, principal: Reader, name: ModelPath) -> ModelView:
    """Return a model's card: contract, data, figures with intervals, calibration, intended use, limits."""
    card = _card(name)
    figures = [path.name for path in _figures(name)]
    return ModelView(
        card=card,
        is_default=name in _defaults(service.settings.model),
        figures=figures,
        held_out=read_figures(BUNDLES / name, card.onnx_sha256),
    )


@router.get(
    "/models/{name}/figures/{figure}",
    tags=["models"],
    response_class=FileResponse,
    responses={
        200: {"description": "The picture", "content": {"image/svg+xml": {}, "image/png": {}}},
        **responses(404),
    },
    summary="A figure of a model's card",
)
def get_figure(service: Here, principal: Reader, name: ModelPath, figure: FigureName) -> FileResponse:
    """Return a picture that belongs to a card."""
    _card(name)
    for path in _figures(name):
        if path.name == figure:
            kind = "image/svg+xml" if path.suffix == ".svg" else "image/png"
            return FileResponse(path, media_type=kind)
    raise not_found(f"figure {figure!r} of model {name!r}")


@router.get("/samples", tags=["samples"], summary="List samples")
def list_samples(service: Here, principal: Reader) -> SampleList:
    """Return the gallery: simulated recordings, one for each class, pages of paper, and public ones."""
    return SampleList(
        items=[
            SampleEntry(
                id=sample.id,
                title=sample.title,
                description=sample.description,
                origin=sample.origin,
                shows=sample.shows,
                duration_s=sample.duration_s,
                fs=sample.fs,
                leads=list(sample.leads),
                data_set=sample.data_set,
                licence=gallery.licence_of(sample),
                available=gallery.is_here(sample),
            )
            for sample in gallery.GALLERY.values()
        ]
    )


_OPENED: dict[int | str, dict[str, Any]] = {
    202: {"model": AnalysisView, "description": "Accepted; it is under way"}
}


@router.post(
    "/samples/{sample_id}/analyses",
    tags=["samples"],
    status_code=201,
    responses=_OPENED | responses(404),
    summary="Analyse a sample",
)
async def open_sample(
    service: Here,
    principal: Reviewer,
    response: Response,
    sample_id: SampleId,
    wait: Wait = None,
    key: Key = None,
) -> AnalysisView:
    """Make an analysis of a sample, as if its files had been uploaded; public ones are fetched first."""
    sample = gallery.GALLERY.get(sample_id)
    if sample is None:
        raise not_found(f"sample {sample_id!r}")

    def accept() -> Accepted:
        scratch = service.settings.data / "scratch"
        scratch.mkdir(exist_ok=True)
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sample-", dir=scratch))
            paths = gallery.files_of(sample, Path(folder))
            streams = [(path.name, stack.enter_context(path.open("rb"))) for path in paths]
            return uploads.accept_files(
                service,
                streams,
                name=sample.title,
                options=Options().model_dump(),
                tags=["sample"],
                created_by=principal.name,
                sample=sample.id,
                request_key=None if key is None else f"{principal.name}/{key}",
            )

    return await answer(service, await run_sync(accept), wait, response)
