"""Recordings and pages to try the service on: simulated, one for each class, and public ones on request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from einthoven.errors import EinthovenError
from einthoven.recording import STANDARD_LEADS, Recording

if TYPE_CHECKING:
    from PIL.Image import Image

    from einthoven.datasets.catalogue import DataSet

_TWO = ("MLII", "V1")


@dataclass(frozen=True, slots=True)
class Sample:
    """One recording of the gallery.

    Attributes:
        id: for machines.
        title, description: for people.
        shows: the AAMI class or other thing that it stands for.
        duration_s, fs, leads: of the recording.
        make: makes a simulated one; None for a public one.
        drawn: how it is put on paper, if it is a page.
        data_set, record: where a public one is from.
    """

    id: str
    title: str
    description: str
    shows: str | None
    duration_s: float
    fs: float
    leads: tuple[str, ...]
    make: Callable[[Sample], Recording] | None = None
    data_set: str | None = None
    record: str = ""
    how: dict[str, Any] = field(default_factory=dict)
    drawn: Callable[[Recording], Image] | None = None

    @property
    def origin(self) -> Literal["simulated", "public"]:
        """Whether it was simulated or recorded."""
        return "simulated" if self.make is not None else "public"


def _simulated(sample: Sample) -> Recording:
    from einthoven.signal.simulator import simulate

    return simulate(sample.duration_s, sample.fs, sample.leads, name=sample.id, **sample.how)


def _fused(sample: Sample) -> Recording:
    """Every seventh beat is ventricular; halfway between two of them a normal beat meets one."""
    from einthoven.signal.simulator import simulate

    quiet: dict[str, Any] = {"hrv_ms": 0.0, "baseline_mv": 0.0, "muscle_mv": 0.0, "seed": 3}
    plain = simulate(sample.duration_s, sample.fs, sample.leads, name=sample.id, pattern="NNNNNNV", seed=5)
    ventricular = simulate(6.0, sample.fs, sample.leads, pattern="V", **quiet)
    normal = simulate(6.0, sample.fs, sample.leads, pattern="N", **quiet)
    before, after = round(0.24 * sample.fs), round(0.42 * sample.fs)

    def beat(recording: Recording) -> Any:
        assert recording.beats is not None
        at = int(recording.beats.samples[2])
        return recording.signals[:, at - before : at + after]

    taper = np.hanning(before + after + 2)[1:-1] ** 0.25
    difference = 0.5 * (beat(ventricular) - beat(normal)) * taper
    signals = plain.signals.copy()
    assert plain.beats is not None
    for at in plain.beats.samples[3:-2:7].tolist():
        signals[:, at - before : at + after] += difference.astype(np.float32)
    return Recording(signals, plain.fs, plain.leads, name=sample.id, source="simulator")


def _paced(sample: Sample) -> Recording:
    """A ventricular pacemaker: at a fixed rate a spike, then a wide complex without a P wave."""
    from einthoven.signal.simulator import simulate

    paced = simulate(
        sample.duration_s, sample.fs, sample.leads, pattern="V", heart_rate=70 * 0.6, hrv_ms=2.0, seed=9,
        name=sample.id,
    )  # fmt: skip
    signals = paced.signals.copy()
    assert paced.beats is not None
    lead_in = round(0.07 * sample.fs)
    for at in paced.beats.samples.tolist():
        if at - lead_in >= 0:
            signals[:, at - lead_in : at - lead_in + 2] += 1.1
    return Recording(signals, paced.fs, paced.leads, name=sample.id, source="simulator")


def _electrode_off(sample: Sample) -> Recording:
    """Nothing but noise: what a fallen electrode leaves."""
    rng = np.random.default_rng(4)
    n = round(sample.duration_s * sample.fs)
    signals = 0.002 * rng.standard_normal((len(sample.leads), n)).astype(np.float32)
    return Recording(signals, sample.fs, sample.leads, name=sample.id, source="simulator")


def _printed(recording: Recording) -> Image:
    """A report as a recorder prints it."""
    from einthoven.paper import render

    return render(recording, layout="3x4+1", format="png", dpi=200)


def _photographed(recording: Recording) -> Image:
    """A page on a desk, photographed by hand."""
    from PIL.Image import fromarray

    from einthoven.paper.degrade import degrade
    from einthoven.paper.specimen import draw_specimen
    from einthoven.paper.specimen_style import PageStyle

    rng = np.random.default_rng(3)
    return fromarray(degrade(draw_specimen(recording, PageStyle(), rng), "medium", rng).pixels)


def _strip(id: str, title: str, description: str, shows: str, **how: Any) -> Sample:
    return Sample(id, title, description, shows, 60.0, 360.0, _TWO, _simulated, how=how)


SIMULATED = (
    _strip("simulated-n", "Sinus rhythm", "A minute of normal beats (N), two leads.", "N", seed=1),
    _strip(
        "simulated-s", "Supraventricular ectopic beats", "Premature atrial beats (S) among normal ones.", "S",
        pattern="NNNNNNS", seed=2,
    ),
    _strip(
        "simulated-v", "Ventricular ectopic beats", "Premature ventricular beats (V) with full pauses.", "V",
        pattern="NNNNNV", seed=3,
    ),
    Sample(
        "simulated-f", "Fusion beats",
        "Ventricular beats (V), and between them beats that are half normal, half ventricular (F): told by "
        "the patient's own beats of both kinds.",
        "F", 60.0, 360.0, _TWO, _fused,
    ),
    Sample(
        "simulated-q", "Paced rhythm",
        "A ventricular pacemaker: spikes and wide complexes (Q). The model compares beats with the "
        "patient's own and does not recognise pacing; see its limits.", "Q",
        60.0, 360.0, _TWO, _paced,
    ),
    _strip(
        "simulated-bigeminy", "Bigeminy", "Every second beat is ventricular.", "bigeminy",
        pattern="NV", seed=6,
    ),
    _strip(
        "simulated-run", "Ventricular runs", "Runs of five ventricular beats.", "run",
        pattern="NNNNNNNNNNNNVVVVV", seed=7,
    ),
    Sample(
        "simulated-12-lead", "Resting ECG, twelve leads", "Ten seconds of sinus rhythm in twelve leads.",
        "12-lead", 10.0, 500.0, STANDARD_LEADS, _simulated, how={"seed": 1},
    ),
    Sample(
        "simulated-page", "Printed report", "Twelve leads as a picture: each is read back from the paper.",
        "page", 10.0, 500.0, STANDARD_LEADS, _simulated, how={"seed": 1, "baseline_mv": 0.0}, drawn=_printed,
    ),
    Sample(
        "simulated-photo", "Photo of a report", "The same on a desk, taken by hand: turned, tilted, shaded.",
        "page", 10.0, 500.0, STANDARD_LEADS, _simulated, how={"seed": 1, "baseline_mv": 0.0},
        drawn=_photographed,
    ),
    Sample(
        "simulated-noise", "Electrode off", "No signal worth the name: the answer is a refusal.", "refused",
        20.0, 360.0, _TWO, _electrode_off,
    ),
    Sample(
        "simulated-hours", "Six hours, two leads", "A long recording with ectopic beats.", "long",
        6 * 3600.0, 360.0, _TWO, _simulated,
        how={"seed": 8, "s_probability": 0.01, "v_probability": 0.03, "hrv_ms": 60.0},
    ),
)  # fmt: skip


def _public(
    data_set: str, record: str, title: str, description: str, shows: str | None, **known: Any
) -> Sample:
    name = f"{data_set}-{record.rpartition('/')[2]}"
    return Sample(name, title, description, shows, data_set=data_set, record=record, **known)


_MITDB: dict[str, Any] = {"duration_s": 1805.6, "fs": 360.0, "leads": _TWO}
_LUDB: dict[str, Any] = {"duration_s": 10.0, "fs": 500.0, "leads": STANDARD_LEADS}

PUBLIC = (
    _public("mitdb", "101", "MIT-BIH 101", "Half an hour of sinus rhythm.", "N", **_MITDB),
    _public("mitdb", "209", "MIT-BIH 209", "Many supraventricular ectopic beats.", "S", **_MITDB),
    _public("mitdb", "208", "MIT-BIH 208", "Ventricular and fusion beats, couplets and runs.", "F", **_MITDB),
    _public("mitdb", "119", "MIT-BIH 119", "Ventricular bigeminy and trigeminy.", "V", **_MITDB),
    _public("mitdb", "217", "MIT-BIH 217", "A pacemaker, with fusion and ventricular beats.", "Q", **_MITDB),
    _public("ludb", "data/82", "LUDB 82", "A resting ECG in twelve leads.", "12-lead", **_LUDB),
)

GALLERY: dict[str, Sample] = {sample.id: sample for sample in (*SIMULATED, *PUBLIC)}


def is_here(sample: Sample) -> bool:
    """Tell whether a sample can be opened without the network."""
    if sample.make is not None:
        return True
    data_set = _data_set(sample)
    return all((data_set.folder() / name).is_file() for name in data_set.files_of(sample.record))


def licence_of(sample: Sample) -> str | None:
    """Return the licence of a public sample."""
    return None if sample.data_set is None else _data_set(sample).licence


def files_of(sample: Sample, folder: Path) -> list[Path]:
    """Return the files of a sample, written to ``folder`` where it is simulated, else fetched if need be.

    Raises:
        EinthovenError: a public one is neither here nor can be fetched.
    """
    if sample.make is not None:
        from einthoven.formats import write

        if sample.drawn is not None:
            path = folder / f"{sample.id}.jpg"
            sample.drawn(sample.make(sample)).convert("RGB").save(path, quality=90)
            return [path]
        return list(write(sample.make(sample), folder / f"{sample.id}.hea"))
    data_set = _data_set(sample)
    if not is_here(sample):
        _fetch(data_set, sample.record)
    return [data_set.folder() / name for name in data_set.files_of(sample.record)]


def _data_set(sample: Sample) -> DataSet:
    from einthoven.datasets.catalogue import find

    assert sample.data_set is not None
    return find(sample.data_set)


def _fetch(data_set: DataSet, record: str) -> None:
    from einthoven.datasets.download import download

    try:
        download(data_set, records=[record], attempts=2, timeout=10.0)
    except EinthovenError as error:
        raise type(error)(
            f"{data_set.title}, record {record}, is not here and cannot be fetched: {error} The simulated "
            "samples need no network."
        ) from error
