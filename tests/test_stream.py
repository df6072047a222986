"""Live beats: the same ones as in the whole recording, soon, in bounded memory."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from einthoven.errors import MissingInformationError, SignalError
from einthoven.models.bundle import Bundle, load_bundle
from einthoven.recording import Float32
from einthoven.signal.simulator import simulate
from einthoven.stream import LOOK_AHEAD_S, SETTLED_AFTER, LiveAnalyzer, LiveBeat


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle("beats", threads=1)


def listen(live: LiveAnalyzer, signals: Float32, piece_s: float = 0.1) -> list[tuple[LiveBeat, float]]:
    """Send a recording piece by piece; return each answer with the moment it came, seconds."""
    n = max(1, round(piece_s * live.fs))
    heard = []
    for begin in range(0, signals.shape[1], n):
        heard += [(beat, live.n_samples / live.fs) for beat in live.push(signals[:, begin : begin + n])]
    return heard


@pytest.mark.parametrize(
    ("fs", "leads"), [(360.0, ("MLII", "V1")), (250.0, ("II",)), (128.0, ("I", "II", "V2"))]
)
def test_every_beat_is_found_soon_and_classified_as_in_the_whole_recording(
    bundle: Bundle, fs: float, leads: tuple[str, ...]
) -> None:
    recording = simulate(60.0, fs, leads, pattern="NNNNV", seed=3)
    assert recording.beats is not None
    heard = listen(LiveAnalyzer(fs, leads, bundle), recording.signals)
    first: dict[int, float] = {}
    last: dict[int, LiveBeat] = {}
    for beat, moment in heard:
        first.setdefault(beat.number, moment - beat.sample / fs)
        last[beat.number] = beat
    truth = recording.beats
    within = truth.samples < (60 - LOOK_AHEAD_S - 0.3) * fs
    samples = np.array([beat.sample for beat in last.values()])
    assert within.sum() <= len(samples) <= len(truth)
    assert np.abs(samples - truth.samples[: len(samples)]).max() <= 0.02 * fs
    delays = list(first.values())[3:]  # the first three wait for each other
    assert max(delays) <= LOOK_AHEAD_S + 0.25
    settled = [i for i, beat in last.items() if beat.settled]
    assert len(settled) >= len(samples) - SETTLED_AFTER - 1
    agree = [last[i].beat_class == truth.classes[i] for i in settled]
    assert np.mean(agree) >= 0.97


def test_a_settled_beat_never_changes(bundle: Bundle) -> None:
    recording = simulate(40.0, pattern="NNSNV", seed=5)
    done: set[int] = set()
    for beat, _ in listen(LiveAnalyzer(360.0, ("MLII", "V1"), bundle), recording.signals):
        assert beat.number not in done
        assert sum(beat.probabilities) == pytest.approx(1, abs=0.002)
        if beat.settled:
            done.add(beat.number)
    assert len(done) > 20


def test_the_size_of_the_pieces_does_not_matter(bundle: Bundle) -> None:
    recording = simulate(20.0, seed=6)

    def final(piece_s: float) -> dict[int, int]:
        live = LiveAnalyzer(360.0, ("MLII", "V1"), bundle)
        return {beat.number: beat.sample for beat, _ in listen(live, recording.signals, piece_s)}

    small, large = final(0.03), final(3.0)
    common = min(len(small), len(large))
    assert common >= 20
    assert max(abs(small[i] - large[i]) for i in range(common)) <= 4


def test_memory_is_bounded(bundle: Bundle) -> None:
    live = LiveAnalyzer(100.0, ("II",), bundle)
    signals = simulate(240.0, 100.0, ("II",), heart_rate=60).signals
    listen(live, signals, 2.0)
    held = [live._raw, live._context.filtered, live._context.missing]
    assert sum(array.nbytes for array in held) < 2_000_000
    assert len(live._open) <= SETTLED_AFTER + 2
    assert len(live._context.answers) == len(live._context.positions)
    assert sys.getsizeof(live._peaks) + sys.getsizeof(live._context.positions) < 40_000


def test_silence_gaps_and_an_electrode_that_falls_off(bundle: Bundle) -> None:
    recording = simulate(60.0, seed=8)
    signals = recording.signals.copy()
    signals[:, 360 * 20 : 360 * 30] = np.nan
    signals[0, 360 * 30 :] = 0.0
    live = LiveAnalyzer(360.0, ("MLII", "V1"), bundle)
    heard = [beat.sample / 360 for beat, _ in listen(live, signals)]
    assert not [t for t in heard if 20.2 < t < 29.8]
    assert len({t for t in heard if t > 33}) >= 20
    assert LiveAnalyzer(360.0, ("II",), bundle).push(np.zeros((1, 5000), np.float32)) == []


def test_what_cannot_be_a_stream_is_refused(bundle: Bundle) -> None:
    with pytest.raises(MissingInformationError, match="50 to 10000"):
        LiveAnalyzer(0.0, ("II",), bundle)
    with pytest.raises(MissingInformationError, match="no lead"):
        LiveAnalyzer(250.0, (), bundle)
    with pytest.raises(SignalError, match=r"\(1, n\)"):
        LiveAnalyzer(250.0, ("II",), bundle).push(np.zeros((2, 5), np.float32))
