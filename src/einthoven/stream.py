"""Live samples in, beats out: bounded memory, bounded delay, the same networks as for whole recordings.

What a live stream cannot know, it does not pretend to know. The R-peak network wants a little signal behind
a peak, and the beat network compares each beat with those around it. So a beat is reported once half a second
of signal behind its R peak is there, with a class that is *provisional*: nothing after it has been seen. Each
later beat is a reason to look again at the last ones; where the answer changes, the beat is reported again,
and after `SETTLED_AFTER` further beats for the last time, *settled*.

Deviations from the analysis of a whole recording: context is the last three minutes of signal and at most 512
beats, of which the network is asked again only for those not settled; the baseline is taken off with what
there is at the moment; of more than two leads, the two that are classified are chosen anew only when one of
them falls silent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from einthoven.errors import MissingInformationError, SignalError
from einthoven.models.beat_inputs import BAND, MARGIN, RATE, beat_inputs, prepare_filtered
from einthoven.models.beats import (
    CORE,
    calibrated,
    check_contract,
    choose_leads,
    second_look,
    sequences,
)
from einthoven.models.bundle import Bundle
from einthoven.models.fusion_beats import with_belief
from einthoven.recording import AAMI_CLASSES, Float32, Recording, normalise_lead

LOOK_AHEAD_S = 0.5  # signal behind an R peak before its beat is reported; the beat's window alone is 0.47 s
HOP_S = 0.05  # peaks are looked for that often at most
SETTLED_AFTER = 8  # further beats
REFRACTORY_S = 0.22
FEWEST_BEATS = 3  # before this there is nothing to compare a beat with

_RAW_S = 16.0
_PIECE_S = 1.0  # taken at once; whoever is late sends larger pieces, which cost less, and catches up
_SCALE_S = 26.0  # the R-peak network's scale is a median over 22 s
_AGAIN_S = 0.25  # at the end of what is known is filtered again
_PEAKS_S = 8.0  # of which the end is searched
_CONTEXT_S = 180.0
_FRESH_S = 12.0  # filtered anew at each beat, of which the first part is only there to settle
_SETTLE_S = 4.0
_HISTORY = 512
_SILENT_MV = 0.02
_USUAL = 17  # beats
_NO_ANSWER: Float32 = np.full(len(AAMI_CLASSES), np.nan, np.float32)


@dataclass(frozen=True, slots=True)
class LiveBeat:
    """A beat as it is known at the moment.

    Attributes:
        number: counts beats from 0; the same number again is the same beat, known better.
        sample: its R peak, samples from the start of the stream.
        beat_class: AAMI class.
        probabilities: in the order of ``AAMI_CLASSES``.
        settled: nothing will change any more.
    """

    number: int
    sample: int
    beat_class: str
    probabilities: tuple[float, ...]
    settled: bool


class LiveAnalyzer:
    """Finds and classifies the beats of one live stream.

    >>> import numpy as np
    >>> from einthoven.models.bundle import load_bundle
    >>> live = LiveAnalyzer(360.0, ("MLII", "V1"), load_bundle("beats"))
    >>> live.push(np.zeros((2, 36), dtype=np.float32))
    []

    Args:
        fs: sampling rate in Hz.
        leads: a name for each lead.
        bundle: classifies beats.

    Raises:
        MissingInformationError: the rate is not a positive number, or there is no lead.
        BundleError: the bundle is for another task.
    """

    def __init__(self, fs: float, leads: tuple[str, ...] | list[str], bundle: Bundle) -> None:
        if not (np.isfinite(fs) and 50 <= fs <= 10_000):
            raise MissingInformationError(f"Sampling rate {fs!r} Hz; a live stream takes 50 to 10000 Hz.")
        if not leads:
            raise MissingInformationError("The stream has no lead; name one or more.")
        check_contract(bundle)
        self.fs = float(fs)
        self.leads = tuple(normalise_lead(lead) for lead in leads)
        self.bundle = bundle
        self.n_samples = 0
        self._raw: Float32 = np.zeros((len(self.leads), 0), np.float32)
        self._searched = 0
        self._slow = _NetworkRate(self.fs, len(self.leads))
        self._peaks: list[int] = []  # the last ones, samples of the stream
        self._context = _Context(self.fs)
        self._open: list[LiveBeat] = []  # reported, not settled
        self._counted = 0

    def push(self, samples: npt.ArrayLike) -> list[LiveBeat]:
        """Take the next samples and return the beats that are new or known better.

        Args:
            samples: millivolt, shape ``(n_leads, n)``, NaN where missing; any ``n``.

        Raises:
            SignalError: another number of leads.
        """
        new = np.asarray(samples, dtype=np.float32)
        if new.ndim != 2 or new.shape[0] != len(self.leads):
            raise SignalError(f"Samples have shape {new.shape}; allowed: ({len(self.leads)}, n).")
        told: list[LiveBeat] = []
        longest = round(_PIECE_S * self.fs)
        for begin in range(0, new.shape[1], longest):
            told += self._take(new[:, begin : begin + longest])
        latest: dict[int, LiveBeat] = {beat.number: beat for beat in told}
        return [latest[number] for number in sorted(latest)]

    def _take(self, new: Float32) -> list[LiveBeat]:
        keep = round(_RAW_S * self.fs)
        self._raw = np.concatenate([self._raw[:, -keep:], new], axis=1)
        self.n_samples += new.shape[1]
        if self.n_samples - self._searched < round(HOP_S * self.fs):
            return []
        self._searched = self.n_samples
        # So soon after a peak there can be no other: what is far enough back lies within its refractory time.
        if self._peaks and self.n_samples <= self._peaks[-1] + (REFRACTORY_S + LOOK_AHEAD_S) * self.fs:
            return []
        peaks = self._new_peaks()
        return self._classify(peaks) if peaks else []

    @property
    def _first(self) -> int:
        """Sample of the stream that the buffer begins with."""
        return self.n_samples - int(self._raw.shape[1])

    def _new_peaks(self) -> list[int]:
        """R peaks far enough back to be sure of, which were not there before; samples of the stream."""
        from einthoven.signal.qrs_input import normalise, remove_baseline, resampling_ratio
        from einthoven.signal.qrs_network import qrs_probability
        from einthoven.signal.qrs_refine import refine_r_peaks
        from einthoven.signal.rpeaks import pick_peaks

        self._slow.extend(self._raw, self._first)
        flat = np.stack(
            [remove_baseline(x, valid) for x, valid in zip(self._slow.x, self._slow.valid, strict=True)]
        )
        flat = flat[flat.any(axis=1)]
        if not len(flat):
            return []
        ratio = resampling_ratio(self.fs)
        pace = ratio.denominator / ratio.numerator  # samples of the stream a network sample
        whole = normalise(flat)
        skipped = max(0, whole.shape[1] - round(_PEAKS_S * self.fs / pace)) // 4 * 4
        found = pick_peaks(qrs_probability(whole[:, skipped:])) + skipped + self._slow.first
        near = np.rint(found * pace).astype(np.int64)
        latest = self.n_samples - LOOK_AHEAD_S * self.fs
        after = self._peaks[-1] + REFRACTORY_S * self.fs if self._peaks else -1.0
        fresh = near[(near <= latest) & (near > after)]
        if not len(fresh):
            return []
        # Those before decide with which polarity and lead a peak is marked.
        known = np.array([peak for peak in self._peaks if peak >= self._first], np.int64)
        refined = refine_r_peaks(self._raw, self.fs, np.concatenate([known, fresh]) - self._first)[
            len(known) :
        ]
        peaks = [int(peak) + self._first for peak in refined if peak + self._first > after]
        self._peaks = (self._peaks + peaks)[-_HISTORY:]
        return peaks

    def _classify(self, peaks: list[int]) -> list[LiveBeat]:
        first = max(0, self._first, self.n_samples - round(_FRESH_S * self.fs))
        piece = self._raw[:, first - self._first :]
        usable = [
            bool(np.isfinite(lead).any() and np.nanmax(lead) - np.nanmin(lead) > _SILENT_MV) for lead in piece
        ]
        if not any(usable):
            return []
        chosen = choose_leads(Recording(piece, self.fs, self.leads), usable)
        told = []
        if not self._context.extend(piece[chosen], first, tuple(chosen), peaks):
            # Context begins anew: what is known of the beats before is all that will be.
            told = [replace(beat, settled=True) for beat in self._open if beat.beat_class]
            self._open = []
        for peak in peaks:
            self._open.append(LiveBeat(self._counted, peak, "", (), False))
            self._counted += 1
        if len(self._context) >= FEWEST_BEATS:
            told += self._look_again()
        return told

    def _look_again(self) -> list[LiveBeat]:
        """Classify all beats that are not settled; return those of which something is new."""
        letters, n = AAMI_CLASSES, len(self._open)
        logits, fused = self._context.logits(self.bundle, n)
        chances = with_belief(calibrated(logits, self.bundle), fused)
        weights = np.asarray(self.bundle.card.input.settings.get("decision_weights", [1.0] * len(letters)))
        classes = np.argmax(chances * weights, axis=1)
        told = []
        for i in range(-n, 0):
            before = self._open[i]
            beat = replace(
                before,
                beat_class=letters[int(classes[i])],
                probabilities=tuple(round(float(p), 4) for p in chances[i]),
                settled=-i > SETTLED_AFTER,
            )
            if beat.beat_class != before.beat_class or beat.settled:
                told.append(beat)
            self._open[i] = beat
        self._open = [beat for beat in self._open if not beat.settled]
        return told


class _NetworkRate:
    """The last seconds of all leads at the R-peak network's rate; each sample is computed but a few times.

    Attributes:
        x, valid: as of `to_network_rate`, shape ``(n_leads, n)``.
        first: network sample of the stream that they begin with.
    """

    def __init__(self, fs: float, n_leads: int) -> None:
        from einthoven.signal.qrs_input import resampling_ratio

        ratio = resampling_ratio(fs)
        self.fs, self.up, self.down = fs, ratio.numerator, ratio.denominator
        self.x: Float32 = np.zeros((n_leads, 0), np.float32)
        self.valid: npt.NDArray[np.bool_] = np.zeros((n_leads, 0), np.bool_)
        self.first = 0

    def extend(self, raw: Float32, first: int) -> None:
        """Take in what is new in ``raw``, which begins at sample ``first`` of the stream."""
        from einthoven.signal.qrs_input import to_network_rate

        # The end of what is there was computed without what followed; blocks keep the filter's phase.
        known = (self.first + self.x.shape[1]) * self.down // self.up
        again = max(0, known - round(_AGAIN_S * self.fs)) // self.down
        begin = max(-(-first // self.down), again - round(_AGAIN_S * self.fs) // self.down)
        again = max(again, begin)
        parts = [to_network_rate(lead[begin * self.down - first :], self.fs) for lead in raw]
        skipped, kept = (again - begin) * self.up, again * self.up - self.first
        self.x = np.concatenate([self.x[:, :kept], np.stack([x[skipped:] for x, _ in parts])], axis=1)
        self.valid = np.concatenate(
            [self.valid[:, :kept], np.stack([valid[skipped:] for _, valid in parts])], axis=1
        )
        surplus = self.x.shape[1] - round(_SCALE_S * self.fs * self.up / self.down)
        if surplus > 0:
            self.x, self.valid = self.x[:, surplus:], self.valid[:, surplus:]
            self.first += surplus


class _Context:
    """The last minutes as the beat network wants them: two leads at its rate, and where their beats are."""

    def __init__(self, fs: float) -> None:
        self.fs = fs
        self.leads: tuple[int, ...] = ()
        self.filtered: Float32 = np.zeros((0, 0), np.float32)
        self.missing: npt.NDArray[np.bool_] = np.zeros((0, 0), np.bool_)
        self.first = 0  # network sample of the stream that ``filtered`` begins with
        self.positions: list[int] = []  # network samples of the stream
        self.answers: list[Float32] = []  # the network's last logits of each of these beats

    def __len__(self) -> int:
        return len(self.positions)

    def extend(self, piece: Float32, first: int, leads: tuple[int, ...], peaks: list[int]) -> bool:
        """Take in the last seconds of the chosen leads, which begin at sample ``first`` of the stream.

        Returns:
            whether the context before still holds; False where it begins anew.
        """
        from einthoven.signal.filters import bandpass
        from einthoven.signal.resample import resample
        from einthoven.signal.windows import align_to_qrs

        slow = resample(piece, self.fs, RATE) if self.fs != RATE else piece
        missing = np.isnan(slow)
        fresh = bandpass(slow, RATE, BAND[0], min(BAND[1], 0.45 * self.fs))
        fresh[missing] = 0.0
        begin, holds = round(first * RATE / self.fs), True
        if (
            leads != self.leads
        ):  # an electrode came off: what the other lead showed is no measure for this one
            self.leads, self.positions, self.answers, holds = leads, [], [], False
            self.first, self.filtered, self.missing = begin, fresh, missing
        else:
            kept = begin - self.first + (round(_SETTLE_S * RATE) if begin > self.first else 0)
            kept = min(kept, self.filtered.shape[1])
            from_here = self.first + kept - begin
            if from_here > fresh.shape[1] or from_here < 0:  # a long silence lies between
                self.positions, self.answers, holds = [], [], False
                kept, from_here, self.first = 0, 0, begin
            self.filtered = np.concatenate([self.filtered[:, :kept], fresh[:, from_here:]], axis=1)
            self.missing = np.concatenate([self.missing[:, :kept], missing[:, from_here:]], axis=1)
        surplus = self.filtered.shape[1] - round(_CONTEXT_S * RATE)
        if surplus > 0:
            self.filtered, self.missing = self.filtered[:, surplus:], self.missing[:, surplus:]
            self.first += surplus
        near = np.round(np.asarray(peaks, np.float64) * (RATE / self.fs)).astype(np.int64) - self.first
        window = max(0, int(near.min()) - 2 * RATE) if len(near) else 0
        aligned = align_to_qrs(self.filtered[:, window:], RATE, near - window) + window + self.first
        for position in aligned.tolist():
            self.positions.append(max(position, self.positions[-1] if self.positions else position))
            self.answers.append(_NO_ANSWER)
        self.positions, self.answers = self.positions[-_HISTORY:], self.answers[-_HISTORY:]
        return holds

    def logits(self, bundle: Bundle, n: int) -> tuple[Float32, npt.NDArray[np.bool_]]:
        """Return what `second_look` makes of the network's answer for the last ``n`` beats.

        The network is asked for these alone: of the beats before, what it said last still stands.
        """
        places = np.array(self.positions, np.int64) - self.first
        # What follows the last beat is not known: what usually does is a better guess than what came before.
        usual = float(np.median(np.diff(places[-_USUAL:]))) / RATE
        whole = prepare_filtered(self.filtered, self.missing, places, max(usual, LOOK_AHEAD_S))
        # Older beats, whose signal is gone, still count for the rhythm.
        shown = slice(max(int(np.argmax(places >= 0)), len(places) - CORE - MARGIN), None)
        inputs = beat_inputs(
            replace(
                whole,
                positions=places[shown],
                rhythm=whole.rhythm[shown],
                regular=whole.regular[shown],
                long_rr=whole.long_rr[shown],
            )
        )
        rows = sequences(inputs, len(inputs) - n, len(inputs), core=n)
        self.answers[-n:] = bundle.run(rows, batch=1)["logits"][0, MARGIN : MARGIN + n]
        begin = max(0, len(inputs) - CORE)
        logits, fused = second_look(np.stack(self.answers[begin - len(inputs) :]), inputs[begin:])
        return logits[-n:], fused[-n:]
