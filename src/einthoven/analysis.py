"""The main job: one recording from file to answer. Read `analyze_recording` first, the rest serves it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from einthoven._version import __version__
from einthoven.analysis_findings import ectopy_findings, page_findings, twelve_lead_findings
from einthoven.analysis_result import Analysis, Finding, Intervals, Provenance
from einthoven.errors import EinthovenError, FormatError, MissingInformationError
from einthoven.recording import Beats, Float32, Int64, Recording
from einthoven.wording import together

if TYPE_CHECKING:
    from einthoven.models.bundle import Bundle
    from einthoven.paper.files import PageResult
    from einthoven.signal.measurements import Measurements
    from einthoven.signal.quality import LeadQuality

__all__ = [
    "Analysis",
    "Finding",
    "Intervals",
    "Provenance",
    "analyze",
    "analyze_many",
    "analyze_recording",
    "expand",
]

SHORTEST_SECONDS = 2.0  # below this not even two beats at 60/min fit: nothing can be compared
PAGE_MODEL = "report-page"  # reads pages of twelve leads besides
TWELVE_LEAD_MODELS = ("superclass", "mi")  # read by default in recordings that are short enough


def analyze(
    source: Any,
    *,
    model: str | Path | Bundle = "beats",
    twelve_lead: Iterable[str | Path | Bundle] = TWELVE_LEAD_MODELS,
    fs: float | None = None,
    unit: str | None = None,
    leads: Iterable[str] | None = None,
) -> Analysis | list[Analysis]:
    """Analyse a recording.

    Args:
        source: a path, URL, ``Recording``, array ``(n_leads, n_samples)`` or DataFrame; or a folder or glob,
            which gives a list, an analysis a recording (the first that fails raises; `analyze_many` goes on).
        model: what classifies beats: name of a bundle that ships, the path of a bundle's folder, or a loaded
            bundle.
        twelve_lead: what reads recordings of up to two minutes as a whole, in the same ways; may be empty.
        fs: sampling rate in Hz where the source does not say (arrays, bare CSV).
        unit: unit of the samples where the source does not say: ``mV``, ``uV``, ``V``, ``nV``.
        leads: lead names where the source does not say.

    Raises:
        EinthovenError: the source cannot be read, or something that is never guessed was not stated.
    """
    bundle, readers = _bundle(model), [_bundle(name) for name in twelve_lead]
    if isinstance(source, Recording):
        stated = [name for name, value in (("fs", fs), ("unit", unit), ("leads", leads)) if value is not None]
        if stated:
            raise MissingInformationError(
                f"{', '.join(stated)} stated for a Recording, which already says so itself. "
                "Leave it out, or make the Recording with the right values."
            )
        return analyze_recording(source, bundle, readers)
    from einthoven.sources import open_source

    names = tuple(leads) if leads is not None else None

    def one(what: Any) -> Analysis:
        opened = open_source(what, fs=fs, unit=unit, leads=names)
        return analyze_recording(opened.recording, bundle, readers, page=opened.page)

    if isinstance(source, str | Path) and _names_many(source):
        return [one(path) for path in _discover(source)]
    return one(source)


def analyze_many(
    sources: Iterable[Any],
    *,
    model: str | Path | Bundle = "beats",
    twelve_lead: Iterable[str | Path | Bundle] = TWELVE_LEAD_MODELS,
    fs: float | None = None,
    unit: str | None = None,
    leads: Iterable[str] | None = None,
    on_stage: Callable[[Any, str], None] = lambda source, stage: None,
) -> Iterator[tuple[Any, Analysis | EinthovenError]]:
    """Analyse many sources one after the other; a broken one gives its error and the others are still done.

    Args are those of `analyze`; ``on_stage`` is told the source and what begins, for a progress display.

    Yields:
        ``(source, analysis or error)`` as soon as each is ready; memory holds one recording at a time.
    """
    from einthoven.sources import Opened, open_source

    bundle, readers = _bundle(model), [_bundle(name) for name in twelve_lead]
    names = tuple(leads) if leads is not None else None
    for source, error in expand(sources):
        if error is not None:
            yield source, error
            continue
        try:
            on_stage(source, "reading")
            opened = (
                Opened(source)
                if isinstance(source, Recording)
                else open_source(source, fs=fs, unit=unit, leads=names)
            )
            result = analyze_recording(
                opened.recording, bundle, readers, partial(on_stage, source), page=opened.page
            )
        except EinthovenError as fault:
            yield source, fault
        else:
            yield source, result


def expand(sources: Iterable[Any]) -> Iterator[tuple[Any, EinthovenError | None]]:
    """Put the recordings in place of each folder and glob; one that cannot be listed comes with its error."""
    for source in sources:
        if isinstance(source, str | Path) and _names_many(source):
            try:
                found = _discover(source)
            except EinthovenError as error:
                yield source, error
            else:
                yield from ((path, None) for path in found)
        else:
            yield source, None


def analyze_recording(
    recording: Recording,
    bundle: Bundle,
    twelve_lead: Sequence[Bundle] = (),
    on_stage: Callable[[str], None] = lambda stage: None,
    page: PageResult | None = None,
) -> Analysis:
    """Quality, R peaks, beat classes, intervals, rhythm, findings: the whole way in one place.

    Args:
        recording: what to analyse.
        bundle: classifies beats.
        twelve_lead: read the recording as a whole, if it is no longer than a resting ECG.
        on_stage: told what begins, for a progress display.
        page: where the recording was read from a page, what was found on it; a page of all twelve leads is
            also given the classes of `PAGE_MODEL`.
    """
    from einthoven.models.beats import classify_beats
    from einthoven.models.twelve_lead import LONGEST_S
    from einthoven.signal.quality import assess_quality, unusable_stretches
    from einthoven.signal.rhythm import describe_rhythm
    from einthoven.signal.rpeaks import detect_r_peaks

    for needed in (bundle, *(twelve_lead if recording.duration <= LONGEST_S else ())):
        needed.open_ahead()
    on_stage("signal quality")
    quality = assess_quality(recording)
    usable = [lead.usable for lead in quality]
    refusal = _refusal(recording, quality)
    beats = Beats(np.zeros(0, np.int64), np.zeros(0, "<U1"), probabilities=np.zeros((0, 5), np.float32))
    measurements = None
    if not refusal:
        on_stage("R peaks")
        r_peaks = detect_r_peaks(recording.signals, recording.fs, usable)
        if len(r_peaks):
            on_stage("beat classes")
            beats = classify_beats(recording, r_peaks, bundle, usable)
            on_stage("waves and intervals")
            measurements = _measure(recording, r_peaks, usable)
    if twelve_lead:
        on_stage("findings")
    no_answer = refusal or ("" if len(beats) else "No beats were found.")
    findings = twelve_lead_findings(recording, twelve_lead, usable, no_answer)
    page_reader = _bundle(PAGE_MODEL) if page is not None else None
    of_page = page_findings(recording, page_reader, no_answer) if page_reader is not None else ()
    on_stage("rhythm")
    rhythm = describe_rhythm(beats, recording.fs, recording.duration, gaps=unusable_stretches(quality))
    return Analysis(
        recording=recording,
        quality=quality,
        beats=beats,
        rhythm=rhythm,
        findings=(*findings, *of_page, *ectopy_findings(beats, bundle.card.thresholds, refusal)),
        model=bundle.card,
        warnings=_warnings(recording, quality, beats, refusal),
        refusal=refusal,
        provenance=_provenance(recording, bundle),
        measurements=measurements,
        explainer=partial(_explain, recording, twelve_lead, beats, usable) if findings else None,
        further_models=(
            *(reader.card for reader in twelve_lead if findings),
            *([page_reader.card] if page_reader is not None and of_page else []),
        ),
        page=page,
    )


def _bundle(model: str | Path | Bundle) -> Bundle:
    from einthoven.models.bundle import load_bundle

    return load_bundle(model) if isinstance(model, str | Path) else model


def _names_many(source: str | Path) -> bool:
    """Tell whether a source stands for a folder or a glob pattern rather than one file or URL."""
    path = Path(source)
    return path.is_dir() or (
        not path.exists() and "://" not in str(source) and any(c in str(source) for c in "*?[")
    )


def _discover(source: str | Path) -> list[Path]:
    from einthoven.formats import discover

    found = discover(source)
    if not found:
        raise FormatError(
            f"{source}: no recordings in this folder (folders within it are not searched). "
            f"Name one of them, a file, or a pattern: '{source}/**/*.hea'."
        )
    return found


def _measure(recording: Recording, r_peaks: Int64, usable: list[bool]) -> Measurements:
    from einthoven.signal.delineation import delineate
    from einthoven.signal.measurements import measure

    waves = delineate(recording.signals, recording.fs, r_peaks, recording.leads, usable)
    return measure(recording, r_peaks, waves, usable)


def _explain(
    recording: Recording, bundles: Sequence[Bundle], beats: Beats, usable: list[bool], codes: list[str]
) -> dict[str, Float32]:
    from einthoven.explain.twelve_lead import explain_findings

    return explain_findings(codes, recording, bundles, beats.samples, usable)


def _refusal(recording: Recording, quality: tuple[LeadQuality, ...]) -> str:
    if recording.duration < SHORTEST_SECONDS:
        return (
            f"{recording.duration:.2f} s are too short: comparing beats takes {SHORTEST_SECONDS:g} s or more."
        )
    if not any(lead.usable for lead in quality):
        return "No lead is usable. " + " ".join(
            f"{lead.lead}: {'; '.join(lead.reasons).rstrip('.') or 'no reason known'}." for lead in quality
        )
    return ""


def _warnings(
    recording: Recording, quality: tuple[LeadQuality, ...], beats: Beats, refusal: str
) -> tuple[str, ...]:
    from einthoven.signal.lead_checks import check_leads

    warnings = list(recording.warnings)
    checks = check_leads(recording, beats.samples, [lead.usable for lead in quality])
    unit_is_told = any("state the right unit" in check for check in checks)
    warnings += checks
    if any(lead.usable for lead in quality):  # else the refusal says it
        # What holds for the whole recording is not said once more for each lead.
        told = [
            (lead.lead, reason)
            for lead in quality
            for reason in lead.reasons
            if not (unit_is_told and "state the unit" in reason)
        ]
        for leads, reason in together(told):
            whose = f"Each of leads {', '.join(leads)}" if len(leads) > 1 else f"Lead {leads[0]}"
            warnings.append(f"{whose}: {reason}")
    if not refusal and any(0.5 < lead.missing_fraction < 1.0 for lead in quality):
        warnings.append(
            "Leads are shown for a part of the time: 12-lead findings were calibrated on whole leads, and "
            "their probabilities are off here (normal: too low)."
        )
    if not refusal and len(beats) == 0:
        warnings.append("No beats were found.")
    elif not refusal and recording.duration < 10:
        warnings.append(f"Only {recording.duration:.1f} s: classes lean on few neighbouring beats.")
    return tuple(warnings)


def _provenance(recording: Recording, bundle: Bundle) -> Provenance:
    return Provenance(
        einthoven=__version__,
        model=bundle.card.name,
        model_version=bundle.card.version,
        model_sha256=bundle.card.onnx_sha256,
        source=recording.source or recording.name,
        analysed_at=datetime.now(UTC).replace(microsecond=0),
        settings={"fs": recording.fs, "leads": list(recording.leads)},
    )
