"""Signals, beats and trends of a window: what a viewer draws."""

from __future__ import annotations

import struct
from pathlib import Path
from threading import get_ident
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from fastapi import APIRouter, Query, Response
from fastapi import Path as PathParameter

from einthoven.analysis_document import AamiClass
from einthoven.recording import AAMI_CLASSES, Int64
from einthoven.service.problems import ServiceError, responses
from einthoven.service.pyramid import Pyramid
from einthoven.service.results import LEAD_ANSWERS, Results
from einthoven.service.routes.common import LONGEST_S, AnalysisId, Seconds
from einthoven.service.schemas.signals import (
    BeatAt,
    BeatSought,
    BeatWindow,
    LeadAnswers,
    SignalInfo,
    Trends,
    Waves,
)
from einthoven.service.security import Reader
from einthoven.service.service import Here, Service
from einthoven.service.store.review import corrections_of
from einthoven.service.windows import NOT_OF_THE_MODEL, ReviewedBeats, bin_beats, reviewed_beats

router = APIRouter(prefix="/analyses/{analysis_id}", tags=["signals"])

Floats = npt.NDArray[np.float64]
LETTERS: tuple[AamiClass, ...] = ("N", "S", "V", "F", "Q")  # AAMI_CLASSES, as types know them
TILE = "application/vnd.einthoven.tile"
_FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}  # results never change
_TILE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Little endian: 'EITL', uint16 version 1, uint16 leads, uint32 columns, uint16 values "
        "a column (1: samples, 2: minimum and maximum), uint16 0, float64 first second, float64 seconds a "
        "column; a float32 millivolt step a lead; then int16 values, lead by lead, -32768 where missing.",
        "content": {TILE: {"schema": {"type": "string", "format": "binary"}}},
    },
    **responses(404, 409),
}
BEATS = "application/vnd.einthoven.beats"
_NO_CHANCE = 65535
_BEATS_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Little endian: 'EIBT', uint16 version 1, uint16 0, uint32 beats, float64 rate in Hz; "
        "then for all beats int32 sample, uint16 probability of the model's class in 1/10000 (65535: none), "
        "uint8 class (0 … 4 are N S V F Q), uint8 the model's (255: added by a person), uint8 1 where a "
        "person said something; list by list.",
        "content": {BEATS: {"schema": {"type": "string", "format": "binary"}}},
    },
    **responses(404, 409),
}
Start = Annotated[Seconds, Query(description="seconds from the start of the recording")]
End = Annotated[
    float | None, Query(ge=0, le=LONGEST_S, allow_inf_nan=False, description="seconds; default: the end")
]
Width = Annotated[int, Query(ge=1, le=8192, description="columns on the screen")]
Leads = Annotated[list[str] | None, Query(max_length=64, description="names; default: all")]


def _window(signals: Pyramid, start: float, end: float | None) -> tuple[float, float]:
    last = signals.n_samples / signals.fs
    stop = last if end is None else min(end, last)
    if not start < stop:
        raise ServiceError(
            422, "invalid-request", "The request is not valid",
            f"The window from {start:g} to {last if end is None else end:g} s holds nothing of a recording "
            f"of {last:g} s.",
        )  # fmt: skip
    return start, stop


def _lead_indices(signals: Pyramid, leads: list[str] | None) -> list[int]:
    if not leads:
        return list(range(len(signals.leads)))
    missing = [name for name in leads if name not in signals.leads]
    if missing:
        raise ServiceError(
            422, "invalid-request", "The request is not valid",
            f"Lead {missing[0][:40]!r} is not in the recording; it has {', '.join(signals.leads)}.",
        )  # fmt: skip
    return [signals.leads.index(name) for name in leads]


def tile_response(
    signals: Pyramid, start: float, end: float | None, width: int, leads: list[str] | None
) -> Response:
    """Return a window of signals in binary form."""
    begin, stop = _window(signals, start, end)
    tile = signals.tile(
        int(np.floor(begin * signals.fs)),
        int(np.ceil(stop * signals.fs)),
        width,
        _lead_indices(signals, leads),
    )
    return Response(tile.encode(), media_type=TILE, headers=_FOREVER)


def _beats(service: Service, analysis_id: str) -> tuple[Results, ReviewedBeats]:
    results = service.results(analysis_id)
    return results, reviewed_beats(results, corrections_of(service.store, analysis_id))


@router.get("/signals/info", responses=responses(404, 409), summary="What there is to draw")
def get_info(service: Here, principal: Reader, analysis_id: AnalysisId) -> SignalInfo:
    """Return rate, leads, length and scale of the signals."""
    results = service.results(analysis_id)
    signals = results.signals
    usable = {lead["lead"]: lead["usable"] for lead in results.document()["quality"]}
    return SignalInfo(
        fs=signals.fs,
        leads=signals.leads,
        n_samples=signals.n_samples,
        duration_s=signals.n_samples / signals.fs,
        steps_mv=signals.steps_mv,
        usable=[bool(usable.get(lead, False)) for lead in signals.leads],
        n_beats=len(results.samples),
    )


@router.get(
    "/signals", response_class=Response, responses=_TILE_RESPONSES, summary="A window of signals (binary)"
)
def get_signals(
    service: Here,
    principal: Reader,
    analysis_id: AnalysisId,
    start: Start = 0.0,
    end: End = None,
    width: Width = 1024,
    leads: Leads = None,
) -> Response:
    """Return minima and maxima of a window for a screen, or the samples where there are few enough.

    Never more than ``2 * width`` numbers a lead. The answer may be kept for ever: results do not change.
    """
    return tile_response(service.results(analysis_id).signals, start, end, width, leads)


@router.get("/beats", responses=responses(404, 409), summary="Beats of a window")
def get_beats(
    service: Here,
    principal: Reader,
    analysis_id: AnalysisId,
    start: Start = 0.0,
    end: End = None,
    classes: Annotated[list[AamiClass] | None, Query(description="only these; default: all")] = None,
    limit: Annotated[int, Query(ge=1, le=20_000)] = 5000,
) -> BeatWindow:
    """Return beats of a window with corrections applied, in time order, as lists of equal length."""
    results, beats = _beats(service, analysis_id)
    begin, stop = _window(results.signals, start, end)
    fs = results.signals.fs
    first, last = np.searchsorted(beats.samples, (begin * fs, stop * fs))
    chosen = np.arange(first, last)
    if classes:
        wanted = [AAMI_CLASSES.index(letter) for letter in classes]
        chosen = chosen[np.isin(beats.classes[chosen], wanted)]
    total = len(chosen)
    chosen = chosen[:limit]
    letters = [AAMI_CLASSES[i] for i in beats.classes[chosen].tolist()]
    chances = [
        None if np.isnan(chance) else round(chance, 4)
        for chance in own_chances(results, beats, chosen).tolist()
    ]
    return BeatWindow.model_construct(
        start_s=begin,
        end_s=stop,
        total=total,
        complete=total <= limit,
        samples=beats.samples[chosen].tolist(),
        times_s=np.round(beats.samples[chosen] / fs, 4).tolist(),
        classes=letters,
        model_classes=[
            None if i == NOT_OF_THE_MODEL else AAMI_CLASSES[i] for i in beats.model_classes[chosen].tolist()
        ],
        probabilities=chances,
        corrected=beats.corrected[chosen].tolist(),
    )


def own_chances(results: Results, beats: ReviewedBeats, chosen: Int64) -> Floats:
    """Return the probability of each beat's class as the model gave it; NaN where it gave none."""
    chances = np.full(len(chosen), np.nan)
    if results.probabilities is not None:
        rows = beats.rows[chosen]
        known = rows >= 0
        chances[known] = results.probabilities[rows[known], beats.model_classes[chosen][known]]
    return chances


@router.get(
    "/beats/all", response_class=Response, responses=_BEATS_RESPONSES, summary="All beats at once (binary)"
)
def get_all_beats(service: Here, principal: Reader, analysis_id: AnalysisId) -> Response:
    """Return all beats with corrections applied; a day of them is a megabyte."""
    results, beats = _beats(service, analysis_id)
    n = len(beats.samples)
    chances = own_chances(results, beats, np.arange(n))
    header = struct.pack("<4sHHId", b"EIBT", 1, 0, n, results.signals.fs)
    parts = [
        beats.samples.astype("<i4"),
        np.where(np.isnan(chances), _NO_CHANCE, np.rint(np.nan_to_num(chances) * 10_000)).astype("<u2"),
        beats.classes,
        beats.model_classes,
        beats.corrected.astype(np.uint8),
    ]
    return Response(header + b"".join(part.tobytes() for part in parts), media_type=BEATS)


@router.get("/beats/seek", responses=responses(404, 409), summary="The next beat of some classes")
def seek_beat(
    service: Here,
    principal: Reader,
    analysis_id: AnalysisId,
    at: Annotated[Seconds, Query(description="seconds; where the search begins")] = 0.0,
    classes: Annotated[list[AamiClass] | None, Query(description="default: all but N")] = None,
    direction: Literal["forward", "backward"] = "forward",
) -> BeatSought:
    """Return the nearest beat of these classes after (or before) a moment; to jump from one to the next."""
    results, beats = _beats(service, analysis_id)
    fs = results.signals.fs
    wanted = [AAMI_CLASSES.index(letter) for letter in (classes or AAMI_CLASSES[1:])]
    fitting = np.flatnonzero(np.isin(beats.classes, wanted))
    times = beats.samples[fitting] / fs
    if direction == "forward":
        found = fitting[times > at + 0.5 / fs][:1]
    else:
        found = fitting[times < at - 0.5 / fs][-1:]
    return BeatSought(beat=beat_at(results, beats, int(found[0])) if len(found) else None)


def beat_at(results: Results, beats: ReviewedBeats, i: int) -> BeatAt:
    """Return all that is known of one beat."""
    fs, sample, row = results.signals.fs, int(beats.samples[i]), int(beats.rows[i])
    chances = None if results.probabilities is None or row < 0 else results.probabilities[row].astype(float)
    of_model = int(beats.model_classes[i])
    letter = None if of_model == NOT_OF_THE_MODEL else AAMI_CLASSES[of_model]
    return BeatAt.model_validate(
        {
            "sample": sample,
            "time_s": round(sample / fs, 4),
            "class": AAMI_CLASSES[int(beats.classes[i])],
            "model_class": letter,
            "probability": None if chances is None else round(float(chances[of_model]), 4),
            "probabilities": None
            if chances is None
            else {name: round(float(p), 4) for name, p in zip(AAMI_CLASSES, chances, strict=True)},
            "rr_before_s": round((sample - int(beats.samples[i - 1])) / fs, 4) if i > 0 else None,
            "rr_after_s": round((int(beats.samples[i + 1]) - sample) / fs, 4)
            if i + 1 < len(beats.samples)
            else None,
            "corrected": bool(beats.corrected[i]),
        }
    )


@router.get("/trends", responses=responses(404, 409), summary="Heart rate and ectopy over a window")
def get_trends(
    service: Here,
    principal: Reader,
    analysis_id: AnalysisId,
    start: Start = 0.0,
    end: End = None,
    bins: Annotated[int, Query(ge=1, le=4096)] = 480,
) -> Trends:
    """Return heart rate, beats of each class and unusable stretches in equal bins, for an overview."""
    results, beats = _beats(service, analysis_id)
    begin, stop = _window(results.signals, start, end)
    found = bin_beats(beats, results.signals.fs, begin, stop, bins, results.gaps)
    return Trends(
        start_s=begin,
        bin_s=(stop - begin) / bins,
        n=bins,
        heart_rate=_measured(found.rate),
        heart_rate_low=_measured(found.low),
        heart_rate_high=_measured(found.high),
        counts={letter: found.counts[i].tolist() for i, letter in enumerate(LETTERS)},
        unusable=np.round(found.unusable, 4).tolist(),
    )


def _measured(values: Any) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 1) for value in values]


@router.get("/waves", responses=responses(404, 409), summary="P, QRS and T of a window")
def get_waves(
    service: Here, principal: Reader, analysis_id: AnalysisId, start: Start = 0.0, end: End = None
) -> Waves:
    """Return onset, peak and end of each wave around the beats of a window of up to 52 s."""
    row, folder = service.finished(analysis_id)
    signals = service.results(analysis_id).signals
    begin, stop = _window(signals, start, end)
    found = service.ask_desk(
        "waves", row, folder, begin=int(begin * signals.fs), stop=int(np.ceil(stop * signals.fs))
    )
    return Waves.model_validate(found)


@router.get("/lead-answers", responses=responses(404, 409), summary="What each lead alone says")
def get_lead_answers(service: Here, principal: Reader, analysis_id: AnalysisId) -> LeadAnswers:
    """Return the probability of each finding when the networks see one lead and no other.

    It is computed when first asked for.
    """
    row, folder = service.finished(analysis_id)
    kept = folder / LEAD_ANSWERS
    if kept.is_file():
        return LeadAnswers.model_validate_json(kept.read_text(encoding="utf-8"))
    found = LeadAnswers.model_validate(service.ask_desk("leads", row, folder))
    part = kept.with_suffix(f".{get_ident()}.part")
    part.write_text(found.model_dump_json(), encoding="utf-8")
    part.replace(kept)
    return found


@router.get(
    "/evidence/{code}",
    response_class=Response,
    responses=_TILE_RESPONSES,
    summary="Where a network looked (binary)",
)
def get_evidence(
    service: Here,
    principal: Reader,
    analysis_id: AnalysisId,
    code: Annotated[str, PathParameter(pattern=r"^[A-Za-z0-9_-]{1,100}$", examples=["superclass_MI"])],
    start: Start = 0.0,
    end: End = None,
    width: Width = 1024,
    leads: Leads = None,
) -> Response:
    """Return the evidence for a finding, 0 … 1 along each lead, as a window of signals is returned.

    Only present and borderline findings of networks have one; it is computed when first asked for.
    """
    row, folder = service.finished(analysis_id)
    out: Path = folder / "evidence" / code
    if not out.is_dir():
        out.parent.mkdir(exist_ok=True)
        service.ask_desk("evidence", row, folder, code=code, out=str(out))
    return tile_response(Pyramid(out), start, end, width, leads)
