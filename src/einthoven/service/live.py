"""One live stream: samples to beats, and alarms, as messages."""

from __future__ import annotations

import gc
from collections import deque
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field

from einthoven.analysis_document import AamiClass
from einthoven.models.bundle import Bundle, load_bundle
from einthoven.recording import AAMI_CLASSES
from einthoven.service.pyramid import Tile
from einthoven.signal.simulator import simulate
from einthoven.stream import LOOK_AHEAD_S, SETTLED_AFTER, LiveAnalyzer, LiveBeat

RUN_OF = 3
_REMEMBERED = 32
_REHEARSAL_S = 8.0
_STEP_MV = 0.001


class Ready(BaseModel):
    """The first message."""

    type: Literal["ready"] = "ready"
    fs: float
    leads: list[str]
    look_ahead_s: float = Field(
        default=LOOK_AHEAD_S, description="signal behind an R peak before it is reported"
    )
    settled_after: int = SETTLED_AFTER


class BeatMessage(BaseModel):
    """A beat, or the same beat (`number`) known better."""

    type: Literal["beat"] = "beat"
    number: int
    sample: int
    time_s: float
    beat_class: AamiClass = Field(serialization_alias="class")
    probabilities: dict[AamiClass, float]
    settled: bool
    heart_rate: float | None = Field(description="mean over the last 8 intervals, a minute")


class Alarm(BaseModel):
    """A run of ventricular beats: when it begins, and while it grows."""

    type: Literal["alarm"] = "alarm"
    kind: Literal["run_V"] = "run_V"
    time_s: float = Field(description="of the run's first beat")
    n_beats: int
    heart_rate: float | None


class End(BaseModel):
    """The last message of a stream that ends by itself."""

    type: Literal["end"] = "end"
    reason: str


LiveMessage = Ready | BeatMessage | Alarm | End


@lru_cache(maxsize=2)
def live_bundle(name: str) -> Bundle:
    """Return the model for live streams, ready; one thread, for several streams share the machine."""
    bundle = load_bundle(name, threads=1)
    rehearsal = simulate(_REHEARSAL_S, 360.0, ("II",))
    LiveAnalyzer(rehearsal.fs, rehearsal.leads, bundle).push(rehearsal.signals)
    gc.freeze()  # what is loaded by now stays: to go through it again and again would stop all streams
    return bundle


class LiveSession:
    """Turns samples into messages.

    Args:
        fs: sampling rate, Hz.
        leads: names.
        model: classifies beats.
    """

    def __init__(self, fs: float, leads: list[str], model: str) -> None:
        self.analyzer = LiveAnalyzer(fs, leads, live_bundle(model))
        self._last: deque[LiveBeat] = deque(maxlen=_REMEMBERED)
        self._alarmed = (-1, 0)

    def ready(self) -> Ready:
        """Return the first message."""
        return Ready(fs=self.analyzer.fs, leads=list(self.analyzer.leads))

    def push(self, samples: npt.NDArray[Any]) -> list[dict[str, Any]]:
        """Take samples, millivolt, ``(n_leads, n)``, and return messages in order."""
        messages: list[LiveMessage] = []

        def tell(beat: LiveBeat | None) -> None:
            if beat is not None:
                messages.append(self._message(beat))
            if (alarm := self._alarm()) is not None:
                messages.append(alarm)

        known = {old.number: i for i, old in enumerate(self._last)}
        beats = self.analyzer.push(samples)
        # An alarm stands on what is known now: those known better come first, all of them.
        for beat in beats:
            if beat.number in known:
                self._last[known[beat.number]] = beat
                messages.append(self._message(beat))
        tell(None)
        for beat in beats:
            if beat.number not in known:
                self._last.append(beat)
                tell(beat)
        return [message.model_dump(mode="json", by_alias=True) for message in messages]

    def _message(self, beat: LiveBeat) -> BeatMessage:
        return BeatMessage.model_validate(
            {
                "number": beat.number,
                "sample": beat.sample,
                "time_s": round(beat.sample / self.analyzer.fs, 4),
                "beat_class": beat.beat_class,
                "probabilities": dict(zip(AAMI_CLASSES, beat.probabilities, strict=True)),
                "settled": beat.settled,
                "heart_rate": self._rate(list(self._last)[-9:]),
            }
        )

    def _rate(self, beats: list[LiveBeat]) -> float | None:
        samples = [beat.sample for beat in beats]
        if len(samples) < 2:
            return None
        return round(60 * self.analyzer.fs / float(np.mean(np.diff(samples))), 1)

    def _alarm(self) -> Alarm | None:
        run: list[LiveBeat] = []
        for beat in reversed(self._last):
            if beat.beat_class != "V":
                break
            run.insert(0, beat)
        if len(run) < RUN_OF or (run[0].number, len(run)) == self._alarmed:
            return None
        self._alarmed = (run[0].number, len(run))
        return Alarm(
            time_s=round(run[0].sample / self.analyzer.fs, 4), n_beats=len(run), heart_rate=self._rate(run)
        )


def frame(samples: npt.NDArray[Any], first: int, fs: float) -> bytes:
    """Return samples, millivolt, ``(n_leads, n)``, in the binary form of a window of signals."""
    values = np.clip(np.rint(samples / _STEP_MV), -32767, 32767).astype(np.int16)
    return Tile(values[:, :, np.newaxis], [_STEP_MV] * len(values), first / fs, 1 / fs).encode()
