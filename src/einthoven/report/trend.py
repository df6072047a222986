"""Heart rate, ectopic beats and unusable stretches over the whole recording, in the page's colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.analysis_result import Analysis
from einthoven.paper.drawing import CLASS_COLOUR, CLASS_INK
from einthoven.paper.geometry import clock
from einthoven.report.markup import duration, esc
from einthoven.report.selection import Highlight

Float64 = npt.NDArray[np.float64]

WIDTH, LEFT, RIGHT = 1000.0, 64.0, 12.0
RATE_TOP, RATE_HEIGHT, LANE = 32.0, 150.0, 34.0
MOST_BINS = 180
LONGEST_RR_S = 4.0  # an interval beyond this says nothing about a rate
EVERY_INTERVAL_S = 120.0  # up to this long, each interval is drawn
_BINS_S = (0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
_STEPS_S = (
    0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200, 86400,
    172800, 604800,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RateTrend:
    """Heart rate in bins of ``bin_s`` seconds: 5th, 50th, 95th percentile (NaN without beats)."""

    bin_s: float
    low: Float64
    median: Float64
    high: Float64


def rate_trend(samples: npt.NDArray[np.int64], fs: float, duration_s: float) -> RateTrend:
    """Return the heart rate over time; each interval counts in the bin of its second beat."""
    bin_s = next((float(b) for b in _BINS_S if duration_s / b <= MOST_BINS), float(_BINS_S[-1]))
    n_bins = max(1, int(np.ceil(duration_s / bin_s)))
    times, rate = (np.array(values) for values in _single_rates(samples, fs))
    bins = np.minimum((times / bin_s).astype(np.int64), n_bins - 1)
    edges = np.searchsorted(bins, np.arange(n_bins + 1))
    quantiles = np.full((3, n_bins), np.nan)
    for i in range(n_bins):
        if edges[i + 1] > edges[i]:
            quantiles[:, i] = np.percentile(rate[edges[i] : edges[i + 1]], (5, 50, 95))
    return RateTrend(bin_s, quantiles[0], quantiles[1], quantiles[2])


def _single_rates(samples: npt.NDArray[np.int64], fs: float) -> tuple[list[float], list[float]]:
    """Return when each interval ends, in seconds, and the rate that it stands for."""
    rr = np.diff(samples) / fs
    valid = (rr > 0) & (rr <= LONGEST_RR_S)
    return (samples[1:][valid] / fs).tolist(), (60.0 / rr[valid]).tolist()


def draw_trend(analysis: Analysis, highlights: list[Highlight]) -> str:
    """Return a figure: rate with its spread, counts of each ectopic class, unusable stretches."""
    recording, beats = analysis.recording, analysis.beats
    if len(beats) < 2 or recording.duration <= 0:
        return "<p>There are too few beats for a heart rate.</p>"
    trend = rate_trend(beats.samples, recording.fs, recording.duration)
    if not np.isfinite(trend.median).any():
        return "<p>There are no neighbouring beats, so there is no heart rate.</p>"
    total = recording.duration
    parts: list[str] = []
    low, high = _range(trend)
    parts += _rate(trend, _single_rates(beats.samples, recording.fs), low, high, total)
    y = RATE_TOP + RATE_HEIGHT + 16.0
    for letter in ("S", "V", "F", "Q"):
        times = beats.samples[beats.classes == letter] / recording.fs
        if len(times):
            counts = np.bincount((times / trend.bin_s).astype(np.int64), minlength=len(trend.median))
            parts += _lane(letter, counts[: len(trend.median)], trend.bin_s, total, y)
            y += LANE
    for lead in analysis.quality:
        if lead.stretches:
            bars = [(s.onset_s, s.onset_s + s.duration_s) for s in lead.stretches]
            parts += _unusable(lead.lead, bars, total, y)
            y += 18.0
    parts += _time_axis(total, y)
    parts += [_pointer(highlight, total) for highlight in highlights]
    rate = analysis.rhythm.heart_rate
    spoken = f"Heart rate over {duration(total)}"
    if rate is not None:
        spoken += f": mean {rate.mean:.0f}, from {rate.minimum:.0f} to {rate.maximum:.0f} a minute"
    words = f"Line: median rate in {duration(trend.bin_s)}; band: 5th to 95th percentile of single intervals."
    if total <= EVERY_INTERVAL_S:
        words = "Each dot is the rate of one interval."
    if (beats.classes != "N").any():
        words += f" Below: beats of each class in {duration(trend.bin_s)}."
    if highlights:
        words += " Triangles lead to the strips below."
    return (
        f'<figure class="trend"><svg viewBox="0 0 {WIDTH:g} {y + 26:g}" role="group"'
        f' aria-label="{esc(spoken)}">'
        f"{''.join(parts)}</svg><figcaption>{esc(words)}</figcaption></figure>"
    )


def _x(time: float, total: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * time / total


def _range(trend: RateTrend) -> tuple[float, float]:
    low = float(np.nanpercentile(trend.low, 1))
    high = float(np.nanpercentile(trend.high, 99))
    low, high = 10 * np.floor(low / 10), 10 * np.ceil(high / 10)
    if high - low < 40:
        low = max(0.0, low - 10)
        high = low + 40
    return max(0.0, low), min(300.0, high)


def _rate(
    trend: RateTrend, single: tuple[list[float], list[float]], low: float, high: float, total: float
) -> list[str]:
    def y(rate: float) -> float:
        return RATE_TOP + RATE_HEIGHT * (1 - (min(max(rate, low), high) - low) / (high - low))

    step = next(s for s in (10, 20, 25, 50, 100) if (high - low) / s <= 5)
    parts = ['<text class="axis" x="0" y="12">beats/min</text>']
    for tick in np.arange(np.ceil(low / step) * step, high + 1e-6, step).tolist():
        parts.append(f'<path class="line" d="M{LEFT:g} {y(tick):.1f}H{WIDTH - RIGHT:g}"/>')
        parts.append(
            f'<text class="axis" x="{LEFT - 8:g}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>'
        )
    if total <= EVERY_INTERVAL_S:
        points = [f"{_x(time, total):.1f} {y(rate):.1f}" for time, rate in zip(*single, strict=True)]
        parts.append(f'<path class="rate" d="M{"L".join(points)}"/>')
        parts.append(f'<path class="dots" d="{"".join(f"M{point}h0" for point in points)}"/>')
        return parts
    present = np.isfinite(trend.median)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], present, [False])).astype(np.int8))).reshape(
        -1, 2
    )
    for first, last in edges.tolist():
        inside = range(first, last)
        xs = [_x(min(total, (i + 0.5) * trend.bin_s), total) for i in inside]
        upper = [f"{x:.1f} {y(trend.high[i]):.1f}" for x, i in zip(xs, inside, strict=True)]
        lower = [f"{x:.1f} {y(trend.low[i]):.1f}" for x, i in zip(xs, inside, strict=True)]
        middle = [f"{x:.1f} {y(trend.median[i]):.1f}" for x, i in zip(xs, inside, strict=True)]
        parts.append(f'<path class="spread" d="M{"L".join(upper + lower[::-1])}z"/>')
        parts.append(f'<path class="rate" d="M{"L".join(middle)}{"h0.1" if last - first == 1 else ""}"/>')
    return parts


def _lane(letter: str, counts: npt.NDArray[np.int64], bin_s: float, total: float, y: float) -> list[str]:
    highest = int(counts.max())
    colour = CLASS_COLOUR[letter]
    base = y + LANE - 8.0
    parts = [
        f'<rect x="14" y="{base - 17:g}" width="18" height="18" rx="4" fill="{colour}"/>'
        f'<text x="23" y="{base - 4:g}" text-anchor="middle" class="letter" fill="{CLASS_INK[letter]}">'
        f"{letter}</text>"
        f'<text class="axis" x="{LEFT - 8:g}" y="{base - 4:g}" text-anchor="end">{highest}</text>'
        f'<path class="line" d="M{LEFT:g} {base:g}H{WIDTH - RIGHT:g}"/>'
    ]
    path = []
    for i in np.flatnonzero(counts).tolist():
        left, right = _x(i * bin_s, total), _x(min(total, (i + 1) * bin_s), total)
        height = max(1.5, (LANE - 12.0) * counts[i] / highest)
        path.append(f"M{left:.1f} {base:g}v{-height:.1f}h{max(1.0, right - left - 0.4):.1f}v{height:.1f}z")
    parts.append(f'<path d="{"".join(path)}" fill="{colour}"/>')
    return parts


def _unusable(lead: str, bars: list[tuple[float, float]], total: float, y: float) -> list[str]:
    name = lead if len(lead) <= 8 else lead[:7] + "…"
    parts = [
        f'<text class="axis" x="{LEFT - 8:g}" y="{y + 10:g}" text-anchor="end">{esc(name)}</text>'
        f'<path class="line" d="M{LEFT:g} {y + 6:g}H{WIDTH - RIGHT:g}"/>'
    ]
    path = ""
    for start, end in bars:
        left, right = _x(start, total), _x(end, total)
        path += f"M{left:.1f} {y + 1:g}h{max(1.0, right - left):.1f}v10H{left:.1f}z"
    parts.append(f'<path class="unusable" d="{path}"><title>{esc(lead)} cannot be used here</title></path>')
    return parts


def _time_axis(total: float, y: float) -> list[str]:
    step = next((s for s in _STEPS_S if total / s <= 12), _STEPS_S[-1])
    parts = [f'<path class="line" d="M{LEFT:g} {y:g}H{WIDTH - RIGHT:g}"/>']
    for time in np.arange(0.0, total + 1e-6, step).tolist():
        x = _x(time, total)
        anchor = "end" if x > WIDTH - 30 else "middle"
        parts.append(f'<path class="line" d="M{x:.1f} {y:g}v5"/>')
        parts.append(
            f'<text class="axis" x="{x:.1f}" y="{y + 18:g}" text-anchor="{anchor}">{clock(time)}</text>'
        )
    return parts


def _pointer(highlight: Highlight, total: float) -> str:
    x = _x(min(total, highlight.start + 5.0), total)
    label = f"{clock(highlight.start)}: {highlight.reasons[0]}"
    return (
        f'<a href="#s{round(highlight.start * 10)}" aria-label="{esc(label)}"><path class="pointer" '
        f'd="M{x - 4:.1f} 7h8l-4 8z"/><title>{esc(label)}</title></a>'
    )
