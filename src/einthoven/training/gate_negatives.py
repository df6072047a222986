"""Pictures that are no ECG, drawn: what else people scan and photograph."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

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
from einthoven.training.gate_curves import candles, curve_on_squares, line_chart, stacked_curves


def draw_negative(rng: Rng) -> tuple[str, UInt8]:
    """Return the kind and the pixels of one picture that is no ECG; RGB, uint8, ``(height, width, 3)``."""
    kind = str(rng.choice(list(NEGATIVES)))
    return kind, NEGATIVES[kind](rng)


def blank(rng: Rng) -> UInt8:
    canvas = new_canvas(rng, rng.integers(0, 256, 3).tolist() if rng.random() < 0.4 else None)
    if rng.random() < 0.5:
        slope = rng.normal(size=2) * 30
        y, x = np.indices(canvas.shape[:2]) / np.array(canvas.shape[:2])[:, np.newaxis, np.newaxis]
        light = (slope[0] * y + slope[1] * x)[:, :, np.newaxis]
        noise = rng.normal(0, rng.uniform(0, 8), canvas.shape)
        canvas = np.clip(canvas + light + noise, 0, 255).astype(np.uint8)
    return canvas


def text_page(rng: Rng) -> UInt8:
    canvas = new_canvas(rng)
    height, width = canvas.shape[:2]
    size = int(rng.integers(10, 34))
    margin, pitch = int(rng.integers(10, 90)), int(size * rng.uniform(1.2, 2.2))
    letters = max(4, int((width - 2 * margin) / (0.52 * size)))
    lines = []
    for y in range(margin, height - margin, pitch):
        if rng.random() < 0.1:
            continue
        length = letters if rng.random() < 0.8 else int(rng.integers(1, letters + 1))
        lines.append((margin, y, sentence(rng, length)))
    return write(canvas, rng, lines, size, any_ink(rng))


def table(rng: Rng) -> UInt8:
    canvas = new_canvas(rng)
    height, width = canvas.shape[:2]
    rows, columns = int(rng.integers(18, 44)), int(rng.integers(48, 190))
    size = max(9, int(rows * rng.uniform(0.45, 0.7)))
    rule = any_ink(rng, dark=rng.random() < 0.4)
    lines = []
    for y in range(2, height, rows):
        if rng.random() < 0.97:
            draw_line(canvas, np.array([[0, y], [width, y]]), rule)
        lines += [
            (x + 4, y + 2, f"{rng.normal() * 100:.{int(rng.integers(0, 4))}f}")
            for x in range(2, width, columns)
            if rng.random() < 0.9
        ]
    if rng.random() < 0.8:
        for x in range(2, width, columns):
            draw_line(canvas, np.array([[x, 0], [x, height]]), rule)
    if rng.random() < 0.5:
        canvas[: rows + 2] = np.minimum(canvas[: rows + 2], rng.integers(120, 240, 3)).astype(np.uint8)
    return write(canvas, rng, lines, size, any_ink(rng))


def form(rng: Rng) -> UInt8:
    import cv2

    canvas = new_canvas(rng)
    height, width = canvas.shape[:2]
    ink = any_ink(rng)
    lines = []
    for _ in range(int(rng.integers(6, 30))):
        x, y = int(rng.integers(0, width - 60)), int(rng.integers(0, height - 40))
        wide, high = int(rng.integers(40, width // 2)), int(rng.integers(14, 120))
        shape = rng.random()
        if shape < 0.6:
            cv2.rectangle(canvas, (x, y), (x + wide, y + high), ink, int(rng.integers(1, 3)))
        elif shape < 0.8:
            cv2.arrowedLine(canvas, (x, y), (x + wide, y + high), ink, 1, cv2.LINE_AA)
        else:
            cv2.ellipse(canvas, (x, y), (wide // 2, high), 0, 0, 360, ink, 1, cv2.LINE_AA)
        lines.append((x + 5, y + 3, sentence(rng, int(rng.integers(3, 30)))))
    return write(canvas, rng, lines, int(rng.integers(10, 22)), ink)


def graph_paper(rng: Rng) -> UInt8:
    canvas = new_canvas(rng)
    draw_squares(canvas, rng, rng.uniform(4, 45), ruling(rng), 5 if rng.random() < 0.6 else 0)
    if rng.random() < 0.4:
        size = int(rng.integers(12, 30))
        lines = [(20, 10 + at * 2 * size, sentence(rng, 20)) for at in range(int(rng.integers(1, 4)))]
        canvas = write(canvas, rng, lines, size, any_ink(rng))
    return canvas


def handwriting(rng: Rng) -> UInt8:
    canvas = new_canvas(rng)
    height, width = canvas.shape[:2]
    if rng.random() < 0.8:
        draw_squares(canvas, rng, rng.uniform(14, 40), ruling(rng), down=True)
    ink = (int(rng.integers(0, 60)), int(rng.integers(0, 60)), int(rng.integers(40, 190)))
    size = rng.uniform(9, 26)
    for y in np.arange(2 * size, height - size, size * rng.uniform(2.2, 3.5)):
        x = rng.uniform(10, 60)
        while x < width - 60:
            length = int(rng.integers(12, 60))
            t = np.arange(length) * 0.45
            speed = rng.uniform(0.25, 0.45) * size
            wave = np.cumsum(rng.normal(0, 0.25, length))
            points = np.column_stack(
                [
                    x + t * speed + 0.45 * size * np.cos(1.7 * t + wave),
                    y + 0.5 * size * np.sin(1.7 * t + 1.4 * wave) - 0.5 * size * (rng.random(length) < 0.08),
                ]
            )
            draw_line(canvas, points, ink, int(rng.integers(1, 3)))
            x = float(points[:, 0].max()) + size
    return canvas


def staves(rng: Rng) -> UInt8:
    import cv2

    canvas = new_canvas(rng)
    height, width = canvas.shape[:2]
    gap = int(rng.integers(6, 16))
    ink = any_ink(rng)
    for top in range(3 * gap, height - 6 * gap, int(gap * rng.uniform(8, 13))):
        for line in range(5):
            draw_line(canvas, np.array([[20.0, top + line * gap], [width - 20.0, top + line * gap]]), ink)
        for x in range(40, width - 40, int(rng.integers(2, 6)) * gap):
            y = top + int(rng.integers(-1, 10)) * gap // 2
            cv2.ellipse(canvas, (x, y), (int(gap * 0.6), gap // 2), -20, 0, 360, ink, -1)
            draw_line(canvas, np.array([[x + 0.6 * gap, y], [x + 0.6 * gap, y - 3.5 * gap]]), ink, 2)
    return canvas


def texture(rng: Rng) -> UInt8:
    """Noise of many scales and colours: what a blurred or featureless photo looks like."""
    import cv2

    canvas = new_canvas(rng)
    height, width = canvas.shape[:2]
    field = np.zeros((height, width, 3), dtype=np.float32)
    for scale in rng.integers(2, 200, int(rng.integers(1, 4))):
        small = rng.normal(size=(height // scale + 2, width // scale + 2, 3)).astype(np.float32)
        field += cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(rng.integers(60, 200, 3) + rng.uniform(10, 60) * field, 0, 255).astype(np.uint8)


def pattern(rng: Rng) -> UInt8:
    """Tiles, stripes, bars, codes: regular, in one or two directions."""
    canvas = new_canvas(rng)
    height, width = canvas.shape[:2]
    kind = rng.integers(4)
    ink = np.array(any_ink(rng), dtype=np.uint8)
    if kind == 0:
        size = int(rng.integers(4, 90))
        y, x = np.indices((height, width)) // size
        canvas[(x + y) % 2 == 0] = ink
    elif kind == 1:
        size = int(rng.integers(3, 20))
        codes = rng.random((height // size + 1, width // size + 1)) < 0.5
        canvas[np.repeat(np.repeat(codes, size, 0), size, 1)[:height, :width]] = ink
    elif kind == 2:
        edges = np.cumsum(rng.integers(2, 30, width))
        canvas[:, np.searchsorted(edges, np.arange(width)) % 2 == 0] = ink
    else:
        draw_squares(canvas, rng, rng.uniform(20, 120), ink.tolist())
        for _ in range(40):
            top, left = int(rng.integers(0, height)), int(rng.integers(0, width))
            canvas[top : top + 60, left : left + 60] = rng.integers(0, 256, 3)
    return canvas


def screen(rng: Rng) -> UInt8:
    """A program's window or a web page: bars, panels, text, little pictures."""
    dark = rng.random() < 0.4
    canvas = new_canvas(rng, (30, 31, 36) if dark else (250, 250, 250))
    height, width = canvas.shape[:2]
    canvas[: int(rng.integers(20, 70))] = rng.integers(20, 240, 3)
    lines = []
    for _ in range(int(rng.integers(4, 26))):
        x, y = int(rng.integers(0, width - 40)), int(rng.integers(0, height - 30))
        wide, high = int(rng.integers(20, width // 2)), int(rng.integers(10, height // 3))
        if rng.random() < 0.5:
            canvas[y : y + high, x : x + wide] = rng.integers(20, 255, 3)
        lines += [(x, line, sentence(rng, max(3, wide // 8))) for line in range(y, y + high, 20)]
    return write(canvas, rng, lines, int(rng.integers(11, 18)), (225, 225, 225) if dark else (30, 30, 30))


NEGATIVES: dict[str, Callable[[Rng], UInt8]] = {
    "blank": blank,
    "text": text_page,
    "table": table,
    "form": form,
    "graph_paper": graph_paper,
    "handwriting": handwriting,
    "staves": staves,
    "line_chart": line_chart,
    "stacked_curves": stacked_curves,
    "curve_on_squares": curve_on_squares,
    "candles": candles,
    "texture": texture,
    "pattern": pattern,
    "screen": screen,
}
