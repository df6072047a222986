"""Curves that are no ECG, drawn as charts, recordings of other things and on graph paper: the near misses."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from einthoven.training.gate_canvas import (
    Rng,
    UInt8,
    any_ink,
    draw_line,
    draw_squares,
    new_canvas,
    ruling,
    sentence,
    write,
)


def _series(rng: Rng, n: int, kind: str) -> npt.NDArray[np.float64]:
    """Return a curve about 0 with spread about 1 that is no ECG."""
    t = np.linspace(0, 1, n)
    noise = rng.normal(size=n)
    if kind == "walk":
        values = np.cumsum(noise)
    elif kind == "sines":
        values = sum(
            rng.normal() * np.sin(2 * np.pi * f * t + rng.uniform(0, 6)) for f in rng.uniform(0.5, 12, 4)
        )
    elif kind == "smooth":
        values = np.cumsum(np.cumsum(noise) - np.linspace(0, 1, n) * noise.sum())
    elif kind == "eeg":
        spectrum = np.fft.rfft(noise)
        f = np.arange(len(spectrum)) / 10.0
        values = np.fft.irfft(spectrum * (1 / (1 + f) + 2 * np.exp(-((f - rng.uniform(6, 14)) ** 2) / 4)), n)
    elif kind == "quake":
        onset = rng.uniform(0.1, 0.6)
        values = noise * (0.05 + (t > onset) * np.exp(-(t - onset) * rng.uniform(4, 12)))
    elif kind == "steps":
        values = np.repeat(rng.normal(size=n // 20 + 1), 20)[:n]
    else:
        values = np.zeros(n)
        at = rng.integers(0, n, int(rng.integers(3, 40)))  # a spectrum: peaks of all heights, irregular
        values[at] = rng.exponential(size=len(at))
        values = np.convolve(values, np.exp(-((np.arange(-9, 10) / rng.uniform(1, 4)) ** 2)), "same")
    values = values - values.mean()
    return np.asarray(values / (values.std() + 1e-9))


_CURVES = ("walk", "sines", "smooth", "eeg", "quake", "steps", "spectrum")


def line_chart(rng: Rng) -> UInt8:
    """A chart as a plotting library draws it: axes, ticks, legend, grid."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(rng.uniform(4, 12), rng.uniform(3, 9)), dpi=float(rng.choice([60, 80, 110])))
    if rng.random() < 0.2:
        figure.set_facecolor("#202028")
    shape = (1, 1) if rng.random() < 0.6 else (int(rng.integers(1, 4)), int(rng.integers(1, 3)))
    for axes in np.ravel(figure.subplots(*shape)):
        kind = rng.choice(
            ["lines", "bars", "scatter", "fill", "hist", "pie", "image"], p=[0.5, *[0.5 / 6] * 6]
        )
        n = int(rng.integers(20, 1500))
        if kind == "lines":
            for number in range(int(rng.integers(1, 6))):
                axes.plot(
                    _series(rng, n, str(rng.choice(_CURVES))), lw=rng.uniform(0.5, 2.5), label=f"run {number}"
                )
            if rng.random() < 0.5:
                axes.legend()
        elif kind == "bars":
            axes.bar(np.arange(12), rng.exponential(size=12))
        elif kind == "scatter":
            axes.scatter(rng.normal(size=n), rng.normal(size=n), s=rng.uniform(2, 30))
        elif kind == "fill":
            axes.fill_between(np.arange(n), np.abs(_series(rng, n, "walk")))
        elif kind == "hist":
            axes.hist(rng.normal(size=500), bins=30)
        elif kind == "pie":
            axes.pie(rng.random(5) + 0.1)
        else:
            axes.imshow(rng.random((12, 12)))
        if kind != "pie" and rng.random() < 0.5:
            axes.grid(True, which="major")
        if rng.random() < 0.5:
            axes.set_title(sentence(rng, 24))
            axes.set_xlabel("time (s)")
        if rng.random() < 0.1:
            axes.axis("off")
    drawn = FigureCanvasAgg(figure)
    drawn.draw()  # type: ignore[no-untyped-call]
    picture: UInt8 = np.array(drawn.buffer_rgba())[:, :, :3]  # type: ignore[no-untyped-call]
    return picture


def stacked_curves(rng: Rng) -> UInt8:
    """EEG, seismograms, sensor logs: curves under each other, often on ruled paper, as on an ECG page."""
    canvas = new_canvas(rng)
    height, width = canvas.shape[:2]
    if rng.random() < 0.6:
        draw_squares(canvas, rng, rng.uniform(15, 80), ruling(rng), down=rng.random() < 0.5)
    kind = str(rng.choice(("eeg", "eeg", "quake", "walk", "sines", "smooth")))
    rows = int(rng.integers(1 if kind in ("quake", "walk") else 5, 24))
    ink, pitch = any_ink(rng), height / rows
    lines = []
    n = int(rng.integers(300, 3000))
    for row in range(rows):
        middle = pitch * (row + 0.5)
        curve = middle - pitch * rng.uniform(0.12, 0.4) * _series(rng, n, kind)
        draw_line(
            canvas, np.column_stack([np.linspace(40, width - 10, n), curve]), ink, int(rng.integers(1, 3))
        )
        lines.append(
            (4, int(middle) - 6, str(rng.choice(["Fp1", "C3", "O2", "T4", "Z", "N", "E", "ch", "F7"])))
        )
    return write(canvas, rng, lines, 12, ink)


def curve_on_squares(rng: Rng) -> UInt8:
    """A function plotted on graph paper: grid and curve, but no heartbeat."""
    canvas = new_canvas(rng)
    height, width = canvas.shape[:2]
    draw_squares(canvas, rng, rng.uniform(5, 40), ruling(rng), 5 if rng.random() < 0.5 else 0)
    for _ in range(int(rng.integers(1, 4))):
        n = int(rng.integers(40, 900))
        curve = _series(rng, n, str(rng.choice(("sines", "smooth", "walk", "steps"))))
        y = height * rng.uniform(0.3, 0.7) - height * rng.uniform(0.08, 0.2) * curve
        draw_line(
            canvas, np.column_stack([np.linspace(0, width, n), y]), any_ink(rng), int(rng.integers(1, 4))
        )
    if rng.random() < 0.6:
        draw_line(canvas, np.array([[width * 0.1, 0], [width * 0.1, height]]), (20, 20, 20), 2)
        draw_line(canvas, np.array([[0, height * 0.8], [width, height * 0.8]]), (20, 20, 20), 2)
    return canvas


def candles(rng: Rng) -> UInt8:
    """A stock chart."""
    dark = rng.random() < 0.4
    canvas = new_canvas(rng, (20, 22, 30) if dark else (252, 252, 252))
    height, width = canvas.shape[:2]
    draw_squares(canvas, rng, rng.uniform(50, 120), (45, 48, 60) if dark else (225, 225, 225))
    n = int(rng.integers(40, 250))
    closes = height * (0.5 - 0.12 * _series(rng, n + 1, "walk"))
    step = (width - 60) / n
    for at in range(n):
        low, high = sorted((closes[at], closes[at + 1]))
        colour = (40, 160, 90) if closes[at] > closes[at + 1] else (210, 60, 60)
        x = 10 + at * step
        draw_line(canvas, np.array([[x, low - rng.exponential(8)], [x, high + rng.exponential(8)]]), colour)
        canvas[max(0, int(low)) : int(high) + 2, max(0, int(x - step / 3)) : int(x + step / 3) + 1] = colour
    if rng.random() < 0.6:
        average = np.convolve(closes, np.ones(9) / 9, "same")[5:-5]
        draw_line(canvas, np.column_stack([10 + step * np.arange(len(average)), average]), (60, 100, 220), 1)
    lines = [(width - 55, y, f"{200 - y / 10:.1f}") for y in range(20, height, 80)]
    return write(canvas, rng, lines, 13, (200, 200, 200) if dark else (60, 60, 60))
