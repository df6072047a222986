"""A synthetic ECG with exact ground truth: any length, rate and leads, ectopic beats, noise.

Follows McSharry et al. 2003 (doi 10.1109/TBME.2003.808805): each wave is a Gaussian around the R peak, its
distance scales with the root of the RR interval, and RR varies with a Mayer wave at 0.1 Hz and respiration at
0.25 Hz. Deviations:

- The Gaussians are added up in time; no differential equation is integrated. That is faster, puts R peaks on
  whole samples exactly, and leaves no slow transient.
- A wave is a vector (a heart dipole) seen by each lead from its own side, so that leads agree:
  III = II − I, aVR = −(I + II) / 2 and so on hold to rounding, noise included.
- Premature atrial and ventricular beats, which the paper does not have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from einthoven.errors import SignalError, did_you_mean
from einthoven.recording import STANDARD_LEADS, Beats, Float32, Int64, Recording, normalise_lead

Float64 = npt.NDArray[np.float64]

LEADS = (*STANDARD_LEADS, "MLII")

# Dipole: x to the left, y down, z to the front, mV. Wave: (seconds from R, sd in seconds, (x, y, z), scales
# with RR).
_Wave = tuple[float, float, tuple[float, float, float], bool]
_QRS: tuple[_Wave, ...] = (
    (-0.026, 0.008, (-0.14, -0.04, 0.22), False),
    (0.0, 0.011, (0.85, 1.05, -0.10), False),
    (0.024, 0.010, (-0.16, -0.20, -0.62), False),
)
_T: tuple[_Wave, ...] = (
    (0.25, 0.048, (0.12, 0.16, 0.12), True),
    (0.29, 0.028, (0.10, 0.12, 0.10), True),
)
_WAVES: dict[str, tuple[_Wave, ...]] = {
    "N": ((-0.165, 0.022, (0.07, 0.12, 0.03), True), *_QRS, *_T),
    # From elsewhere in the atria: a smaller P, upside down in the inferior leads, and sooner before the QRS.
    "A": ((-0.135, 0.018, (0.05, -0.09, 0.04), True), *_QRS, *_T),
    # From the right ventricle: no P, a wide QRS, T against it.
    "V": (
        (0.0, 0.030, (0.55, 1.55, -1.10), False),
        (0.075, 0.028, (-0.30, -0.55, 0.35), False),
        (0.30, 0.060, (-0.22, -0.55, 0.40), True),
    ),
}
_SYMBOL = {"N": "N", "S": "A", "A": "A", "V": "V"}

# Potentials of the electrodes as views of the dipole; limb electrodes obey Einthoven's triangle.
_ELECTRODES = ("RA", "LA", "LL", "V1", "V2", "V3", "V4", "V5", "V6")
_CHEST_DEGREES = {"V1": 112, "V2": 92, "V3": 70, "V4": 48, "V5": 24, "V6": 4}  # 0: left, 90: front
_CHEST_GAIN = {"V1": 1.2, "V2": 1.7, "V3": 1.7, "V4": 1.7, "V5": 1.4, "V6": 1.1}
_LIMB_VIEW = {"RA": (-0.5, -0.29, 0.0), "LA": (0.5, -0.29, 0.0), "LL": (0.0, 0.58, 0.0)}

_SLOW_HZ = (0.05, 0.15, 0.25)

_CHUNK_S = 600.0
_REACH_S = 1.0  # no wave is further from its R peak


def simulate(
    duration: float = 60.0,
    fs: float = 360.0,
    leads: Sequence[str] = ("MLII", "V1"),
    *,
    heart_rate: float = 70.0,
    hrv_ms: float = 40.0,
    pattern: str | None = None,
    s_probability: float = 0.0,
    v_probability: float = 0.0,
    baseline_mv: float = 0.05,
    muscle_mv: float = 0.01,
    mains_mv: float = 0.0,
    mains_hz: float = 50.0,
    snr_db: float | None = None,
    seed: int = 0,
    name: str = "simulated",
) -> Recording:
    """Return a synthetic recording with its beats.

    Args:
        duration: seconds, above 0.
        fs: sampling rate in Hz, 50 to 2000.
        leads: any of the twelve standard leads and ``MLII``.
        heart_rate: sinus rate per minute, 20 to 250.
        hrv_ms: standard deviation of the sinus intervals, ms.
        pattern: beats as letters ``N S V``, repeated to the end (``"NNNV"``); instead of probabilities.
        s_probability: chance that a beat is atrial and premature (35 % early; the sinus node starts anew).
        v_probability: chance that a beat is ventricular (40 % early, full compensatory pause).
        baseline_mv: size of the baseline wander, mV.
        muscle_mv: standard deviation of white noise, mV.
        mains_mv: amplitude of mains hum, mV, in the mean over the leads.
        mains_hz: frequency of the hum, below fs / 2.
        snr_db: sets ``muscle_mv`` so that signal power over noise power is this, in the mean over the leads.
        seed: the same seed gives the same recording.
        name: the recording's name.

    Returns:
        Recording whose ``beats`` hold each R peak to the sample, symbols ``N A V``; ``source`` is
        ``simulator``.

    Raises:
        SignalError: an argument is out of range, or a lead cannot be simulated.
    """
    leads = tuple(normalise_lead(lead) for lead in leads)
    _check(duration, fs, leads, heart_rate, mains_mv, mains_hz, s_probability, v_probability, pattern)
    rng = np.random.default_rng(seed)
    n_samples = max(round(duration * fs), 1)
    chances = (s_probability, v_probability)
    beats, symbols, rr = _beats(rng, n_samples, fs, 60 / heart_rate, hrv_ms / 1000, pattern, chances)
    height = rng.normal(1, 0.02, beats.size)
    to_leads = _lead_matrix(leads)
    view = (to_leads @ _views()).astype(np.float32)
    signals = np.empty((len(leads), n_samples), dtype=np.float32)
    for begin, stop in _chunks(n_samples, fs):
        signals[:, begin:stop] = view @ _dipole(begin, stop, fs, beats, symbols, rr, height)
    if snr_db is not None:
        power = float(np.mean(signals[:, : round(_CHUNK_S * fs)].var(axis=1)))
        muscle_mv = float(np.sqrt(power / 10 ** (snr_db / 10)))
    noise = _Noise(rng, to_leads, baseline_mv, muscle_mv, mains_mv, mains_hz)
    for begin, stop in _chunks(n_samples, fs):
        noise.add(signals[:, begin:stop], begin, fs)
    return Recording(
        signals, fs, leads, name=name, source="simulator", beats=Beats.from_symbols(beats, symbols)
    )


def _check(
    duration: float,
    fs: float,
    leads: Sequence[str],
    heart_rate: float,
    mains_mv: float,
    mains_hz: float,
    s_probability: float,
    v_probability: float,
    pattern: str | None,
) -> None:
    if not (np.isfinite(duration) and duration > 0):
        raise SignalError(f"Duration {duration!r} s; allowed: above 0.")
    if not 50 <= fs <= 2000:
        raise SignalError(f"Sampling rate {fs!r} Hz; the simulator allows 50 to 2000.")
    if not 20 <= heart_rate <= 250:
        raise SignalError(f"Heart rate {heart_rate!r} a minute; allowed: 20 to 250.")
    for lead in leads:
        if lead not in LEADS:
            raise SignalError(
                f"Lead {lead!r} cannot be simulated; allowed: {' '.join(LEADS)}.{did_you_mean(lead, LEADS)}"
            )
    if not leads:
        raise SignalError(f"No lead was asked for; allowed: one or more of {' '.join(LEADS)}.")
    if mains_mv and not 0 < mains_hz < fs / 2:
        raise SignalError(f"Mains hum at {mains_hz!r} Hz; allowed: above 0 and below {fs / 2:g} Hz.")
    if min(s_probability, v_probability) < 0 or s_probability + v_probability > 1:
        raise SignalError(
            f"Probabilities of S {s_probability!r} and V {v_probability!r}; allowed: 0 to 1, sum at most 1."
        )
    if pattern is not None and (not pattern or set(pattern) - set(_SYMBOL)):
        raise SignalError(f"Beat pattern {pattern!r}; allowed: letters N S V, at least one.")


def _chunks(n_samples: int, fs: float) -> Iterator[tuple[int, int]]:
    step = round(_CHUNK_S * fs)
    for begin in range(0, n_samples, step):
        yield begin, min(begin + step, n_samples)


def _beats(
    rng: np.random.Generator,
    n_samples: int,
    fs: float,
    mean_rr: float,
    sd: float,
    pattern: str | None,
    chances: tuple[float, float],
) -> tuple[Int64, npt.NDArray[np.str_], Float64]:
    """Return R peaks (samples), symbols and the sinus interval (s) at each beat."""
    count = int(n_samples / fs / (0.5 * mean_rr)) + 10
    if pattern is not None:
        cycle = np.array([_SYMBOL[letter] for letter in pattern])
        symbols = np.tile(cycle, -(-count // cycle.size))[:count]
    else:
        normal = max(1 - sum(chances), 0.0)
        symbols = rng.choice(np.array(["N", "A", "V"]), size=count, p=[normal, *chances])
    # Two oscillations of equal power (LF / HF = 1) and a tenth of unrest, as in the paper's bimodal spectrum.
    clock = np.arange(count) * mean_rr
    phases = rng.uniform(0, 2 * np.pi, 2)
    swing = np.sin(2 * np.pi * 0.1 * clock + phases[0]) + np.sin(2 * np.pi * 0.25 * clock + phases[1])
    rr = mean_rr + sd * (0.95 * swing + rng.normal(0, 0.3, count))
    rr = np.clip(rr, 0.6 * mean_rr, 1.6 * mean_rr)
    before = np.concatenate((["N"], symbols[:-1]))
    share = np.ones(count)
    share[symbols == "A"] = 0.65
    share[symbols == "V"] = 0.60
    share[(symbols == "N") & (before == "A")] = 1.10  # the sinus node starts anew, a little late
    share[(symbols == "N") & (before == "V")] = 1.40  # 0.60 + 1.40: the sinus node never noticed
    early = symbols != "N"
    share[early] += rng.normal(0, 0.015, int(early.sum()))
    times = np.cumsum(rr * share) - 0.4 * mean_rr
    samples = np.rint(times * fs).astype(np.int64)
    kept = (samples >= 0) & (samples < n_samples)
    return samples[kept], symbols[kept].astype("<U1"), rr[kept]


def _dipole(
    begin: int,
    stop: int,
    fs: float,
    beats: Int64,
    symbols: npt.NDArray[np.str_],
    rr: Float64,
    height: Float64,
) -> Float32:
    """Return the dipole from sample ``begin`` to ``stop``, mV, shape ``(3, stop - begin)``."""
    margin = int(np.ceil(_REACH_S * fs)) + 1
    first, last = np.searchsorted(beats, (begin - margin, stop + margin))
    length = stop - begin + 4 * margin
    total = np.zeros((3, length))
    for symbol, waves in _WAVES.items():
        chosen = np.flatnonzero(symbols[first:last] == symbol) + first
        # McSharry: distances grow with the root of RR; held in bounds, so that P and T find room at any rate.
        scale = np.clip(np.sqrt(rr[chosen]), 0.6, 1.25)
        for offset, width, vector, scales in waves:
            stretch = scale if scales else np.ones(chosen.size)
            centre = beats[chosen] - begin + 2 * margin + offset * stretch * fs
            sigma = width * stretch * fs
            half = int(np.ceil(5 * width * 1.25 * fs))
            index = np.rint(centre).astype(np.int64)[:, None] + np.arange(-half, half + 1)
            value = np.exp(-0.5 * ((index - centre[:, None]) / sigma[:, None]) ** 2) * height[chosen, None]
            shape = np.bincount(index.ravel(), weights=value.ravel(), minlength=length)[:length]
            for axis in range(3):
                total[axis] += vector[axis] * shape
    return total[:, 2 * margin : 2 * margin + stop - begin].astype(np.float32)


def _views() -> Float64:
    """Potential of each electrode for a unit dipole, shape ``(9, 3)``."""
    rows = []
    for electrode in _ELECTRODES:
        if electrode in _LIMB_VIEW:
            rows.append(_LIMB_VIEW[electrode])
        else:
            angle, gain = np.deg2rad(_CHEST_DEGREES[electrode]), _CHEST_GAIN[electrode]
            rows.append((gain * float(np.cos(angle)), 0.15 * gain, gain * float(np.sin(angle))))
    return np.array(rows)


def _lead_matrix(leads: Sequence[str]) -> Float64:
    """Leads as differences of electrodes, shape ``(n_leads, 9)``: Einthoven, Goldberger, Wilson."""
    unit = dict(zip(_ELECTRODES, np.eye(len(_ELECTRODES)), strict=True))
    ra, la, ll = unit["RA"], unit["LA"], unit["LL"]
    known = {
        "I": la - ra, "II": ll - ra, "III": ll - la, "MLII": ll - ra,
        "aVR": ra - (la + ll) / 2, "aVL": la - (ra + ll) / 2, "aVF": ll - (ra + la) / 2,
    }  # fmt: skip
    known |= {chest: unit[chest] - (ra + la + ll) / 3 for chest in _CHEST_DEGREES}
    return np.array([known[lead] for lead in leads])


class _Noise:
    """Noise that arises at the electrodes, so that leads share it as they do in life."""

    def __init__(
        self,
        rng: np.random.Generator,
        to_leads: Float64,
        baseline_mv: float,
        muscle_mv: float,
        mains_mv: float,
        mains_hz: float,
    ) -> None:
        self.rng, self.muscle_mv, self.mains_mv, self.mains_hz = rng, muscle_mv, mains_mv, mains_hz
        used = np.flatnonzero(np.abs(to_leads).sum(axis=0))
        self.to_leads = to_leads[:, used] / np.sqrt(2)  # two electrodes a lead: the figures hold for the lead
        # Sine and cosine part of each slow wave at each electrode, then at each lead.
        self.slow = self.to_leads @ (baseline_mv * rng.normal(0, 0.4, (2 * len(_SLOW_HZ), used.size, 1)))
        hum = to_leads[:, used] @ rng.normal(0, 1, used.size)
        self.hum = hum * mains_mv / np.abs(hum).mean()

    def add(self, signals: Float32, begin: int, fs: float) -> None:
        """Add noise to ``signals``, shape ``(n_leads, n)``, which start at sample ``begin``."""
        seconds = (begin + np.arange(signals.shape[1])) / fs
        if self.muscle_mv:
            for weights in self.to_leads.T:
                noise = self.rng.standard_normal(seconds.size, dtype=np.float32)
                signals += (self.muscle_mv * weights).astype(np.float32)[:, None] * noise
        for k, slow_hz in enumerate(_SLOW_HZ):
            turn = 2 * np.pi * slow_hz * seconds
            signals += self.slow[2 * k].astype(np.float32) * np.sin(turn).astype(np.float32)
            signals += self.slow[2 * k + 1].astype(np.float32) * np.cos(turn).astype(np.float32)
        if self.mains_mv:
            hum = np.sin(2 * np.pi * self.mains_hz * seconds)
            signals += self.hum.astype(np.float32)[:, None] * hum.astype(np.float32)
