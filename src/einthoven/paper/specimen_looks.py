"""A random look: the variety of devices, papers, programs and ways to cut a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from einthoven.paper.specimen_fonts import choose_font, find_fonts
from einthoven.paper.specimen_style import Colour, PageStyle

# Ground, 1 mm, 5 mm. As seen on prints, scans and pictures made by programs.
_PAPERS: tuple[tuple[Colour, Colour, Colour], ...] = (
    ((255, 250, 249), (249, 221, 219), (238, 174, 171)),
    ((255, 240, 245), (250, 215, 228), (240, 175, 200)),
    ((255, 215, 235), (250, 160, 205), (240, 100, 160)),
    ((252, 195, 200), (240, 140, 150), (225, 90, 105)),
    ((255, 240, 232), (250, 200, 180), (240, 140, 110)),
    ((255, 248, 240), (250, 215, 180), (240, 170, 110)),
    ((250, 245, 232), (225, 205, 180), (190, 150, 125)),
    ((255, 255, 255), (255, 205, 205), (255, 120, 120)),
    ((255, 255, 255), (225, 225, 225), (170, 170, 170)),
    ((235, 235, 232), (205, 195, 195), (165, 145, 145)),
    ((255, 255, 255), (200, 160, 165), (140, 80, 90)),
    ((240, 232, 238), (190, 170, 185), (130, 105, 125)),
    ((248, 252, 255), (205, 222, 242), (150, 185, 222)),
    ((250, 255, 250), (205, 232, 205), (145, 195, 145)),
    ((232, 244, 236), (180, 215, 190), (120, 175, 140)),
    ((255, 255, 255), (245, 180, 160), (215, 95, 70)),
)
_INKS: tuple[Colour, ...] = (
    (0, 0, 0), (20, 20, 24), (45, 45, 50), (80, 80, 85), (15, 25, 70), (20, 40, 140), (0, 0, 200),
    (60, 20, 30), (35, 60, 45), (110, 110, 115),
)  # fmt: skip
_STATEMENTS = (
    "Sinus rhythm", "Normal sinus rhythm", "Normal ECG", "Abnormal ECG", "Otherwise normal ECG",
    "Left axis deviation", "Nonspecific T wave abnormality", "Borderline ECG", "Atrial fibrillation",
    "Unconfirmed diagnosis", "Left ventricular hypertrophy", "Prolonged QT",
    "Incomplete right bundle branch block", "Sinus tachycardia",
    "Poor data quality, interpretation may be adversely affected",
)  # fmt: skip
_NAMES = ("Muster", "Doe", "Novak", "Rossi", "Tanaka", "Silva", "Haddad", "Kaya", "Ivanova", "Okafor", "Lee")
_PLACES = (
    "General Hospital",
    "Heart Foundation",
    "Klinikum",
    "City Clinic",
    "Cardiology",
    "University Hospital",
)
_LAYOUT_WEIGHTS = {
    "3x4": 0.17, "3x4+1": 0.42, "3x4+3": 0.08, "6x2": 0.09, "6x2+1": 0.08, "12x1": 0.09, "strip": 0.07,
}  # fmt: skip


def random_style(rng: np.random.Generator, *, font_folders: Sequence[str] = ()) -> PageStyle:
    """Choose a look at random.

    Args:
        rng: the same state gives the same look on a machine with the same fonts.
        font_folders: folders with TrueType fonts, besides the system's.
    """
    layout = _weighted(rng, _LAYOUT_WEIGHTS)
    speed = 50.0 if rng.random() < 0.08 else 25.0
    gain = float(_weighted(rng, {"10": 0.88, "5": 0.07, "20": 0.05}))
    family = _weighted(rng, {"device": 0.56, "program": 0.2, "painted": 0.1, "cut": 0.14})
    seconds = 10.0
    if speed == 50.0 and layout not in ("3x4", "3x4+1"):
        seconds = float(rng.choice([5.0, 10.0]))
    look: dict[str, Any] = {"layout": layout, "speed": speed, "gain": gain, "seconds": seconds}
    look["px_per_mm"] = float(np.exp(rng.uniform(np.log(3.5), np.log(12.0))))
    look["row_mm"] = _row_mm(rng, layout, gain)
    look["rhythm"] = _rhythm(rng, layout)
    look["sequential"] = bool(rng.random() < 0.96)
    look |= _paper(rng) | _pen(rng, look["px_per_mm"], family) | _letters(rng, family, font_folders)
    look |= _marks(rng, family)
    look |= _frame(rng, family, (f"{speed:g} mm/s", f"{gain:g} mm/mV", "0.05-150 Hz"))
    look["clip"] = bool(rng.random() < 0.15)
    look["antialias"] = bool(rng.random() < 0.88)
    return PageStyle(**look)


def _weighted(rng: np.random.Generator, weights: dict[str, float]) -> str:
    return str(rng.choice(list(weights), p=np.array(list(weights.values())) / sum(weights.values())))


def _row_mm(rng: np.random.Generator, layout: str, gain: float) -> float:
    low, high = {"12x1": (11.0, 22.0), "6x2": (18.0, 32.0), "6x2+1": (16.0, 28.0), "3x4+3": (17.0, 32.0)}.get(
        layout, (20.0, 48.0)
    )
    row = rng.uniform(low, high) * (1.25 if gain == 20 else 1.0)
    # Many devices put zero lines on heavy grid lines.
    return float(5.0 * max(2, round(row / 5.0)) if rng.random() < 0.4 else row)


def _rhythm(rng: np.random.Generator, layout: str) -> tuple[str, ...]:
    if layout == "strip":
        n_strips = int(rng.integers(1, 4))
        return tuple(str(x) for x in rng.permutation(["I", "II", "III", "aVF", "V1", "V2", "V5"])[:n_strips])
    if layout.endswith("+3"):
        return (("II", "V1", "V5"), ("V1", "II", "V5"), ("I", "II", "III"), ("II", "V2", "V5"))[
            int(rng.integers(4))
        ]
    return (_weighted(rng, {"II": 0.75, "V1": 0.1, "III": 0.08, "V5": 0.07}),)


def _paper(rng: np.random.Generator) -> dict[str, Any]:
    ground, minor, major = (np.array(c, dtype=float) for c in _PAPERS[int(rng.integers(len(_PAPERS)))])
    shift = rng.normal(0.0, 6.0, 3)
    fade = rng.uniform(-0.25, 0.35)  # towards the paper, or away from it
    minor, major = minor + fade * (ground - minor), major + fade * (ground - major)
    kind = _weighted(rng, {"lines": 0.8, "dots": 0.14, "none": 0.06})
    minor_lines = bool(rng.random() < 0.86) or kind == "dots"
    if kind == "dots":
        minor = minor + 0.6 * (major - minor)
    return {
        "ground": _colour(ground + shift),
        "minor": _colour(minor + shift),
        "major": _colour(major + shift),
        "grid": kind,
        "minor_lines": minor_lines,
        "minor_width": float(rng.uniform(0.06, 0.18)) if kind == "lines" else float(rng.uniform(0.2, 0.35)),
        "major_width": float(rng.uniform(0.1, 0.35)),
        "grid_shift": (float(rng.uniform(0, 5)), float(rng.uniform(0, 5))),
        "grid_page": bool(rng.random() < 0.75),
    }


def _colour(values: np.ndarray) -> Colour:
    r, g, b = (int(value) for value in np.clip(np.rint(values), 0, 255))
    return r, g, b


def _pen(rng: np.random.Generator, px_per_mm: float, family: str) -> dict[str, Any]:
    ink = _INKS[int(rng.choice(len(_INKS), p=np.array([6, 6, 3, 2, 1, 1, 1, 0.7, 0.7, 0.8]) / 22.2))]
    width = float(np.exp(rng.uniform(np.log(0.15), np.log(0.6))))
    if family == "program":
        width = float(rng.uniform(0.15, 0.4))
    same = rng.random() < 0.6
    print_ink = ink if same else _INKS[int(rng.integers(4))]
    return {"ink": ink, "print_ink": print_ink, "trace_width": max(width, 0.7 / px_per_mm)}


def _letters(rng: np.random.Generator, family: str, folders: Sequence[str]) -> dict[str, Any]:
    fonts = find_fonts(tuple(folders))
    place = _weighted(rng, {"above": 0.42, "on": 0.28, "under": 0.3})
    return {
        "font": choose_font(fonts, float(rng.random())),
        "label_size": float(rng.uniform(2.2, 5.0)),
        "label_bold": bool(rng.random() < 0.2),
        "label_place": place,
        "label_upper": bool(rng.random() < 0.12),
    }


def _marks(rng: np.random.Generator, family: str) -> dict[str, Any]:
    pulse: Literal["left", "right", "none"] = "left"
    u = rng.random()
    if u > (0.3 if family == "program" else 0.72):
        pulse = "none" if rng.random() < 0.7 else "right"
    return {
        "pulse": pulse,
        "pulse_s": float(rng.choice([0.08, 0.1, 0.12, 0.2, 0.2, 0.2])),
        "pulse_feet": float(rng.choice([0.0, 0.6, 1.0, 1.5, 2.5])),
        "separator": _weighted(
            rng, {"none": 0.4, "ticks": 0.14, "double": 0.14, "line": 0.16, "dotted": 0.16}
        ),
        "gap": float(rng.choice([0.0, 0.0, 0.0, 0.0, rng.uniform(0.5, 4.0)])),
    }


def _frame(rng: np.random.Generator, family: str, scale: tuple[str, ...]) -> dict[str, Any]:
    """Margins, header, footer: a whole page, a painted one, or the ECG cut out of it."""
    if family == "cut":
        margins = tuple(float(v) for v in rng.uniform((-2.0, -4.0, -6.0, -4.0), (6.0, 8.0, 6.0, 8.0)))
        return {"margins": margins}
    look: dict[str, Any] = {}
    side, below = rng.uniform(2.0, 18.0, 2), float(rng.uniform(5.0, 16.0))
    lines = _report_lines(rng) if rng.random() < 0.65 else ()
    size = float(rng.uniform(2.2, 3.6))
    top = float(rng.uniform(5.0, 12.0)) + (float(rng.uniform(15.0, 40.0)) if lines else 0.0)
    if family == "painted":
        frame = float(rng.uniform(3.0, 12.0))
        look |= {"frame": frame, "frame_colour": _colour(rng.uniform(140, 255, 3)), "logo": True}
        side, below, top = side + frame, below + frame, max(top, 30.0 + frame)
        lines = (f"{rng.choice(_PLACES)}", "ECG Report", *lines[:6])
        size = float(rng.uniform(3.0, 7.0))
    elif lines and rng.random() < 0.25:
        look["logo"] = True
    look |= {
        "margins": (float(side[0]), top, float(side[1]), below),
        "header": lines,
        "header_size": size,
        "footer": scale[: int(rng.integers(0, 4))],
    }
    return look


def _report_lines(rng: np.random.Generator) -> tuple[str, ...]:
    rate = int(rng.integers(45, 130))
    lines = [
        f"{rng.choice(_NAMES)}, {rng.choice(list('ABCDEFGHKLM'))}.   ID {int(rng.integers(1000, 999999))}",
        f"{int(rng.integers(1, 29)):02d}.{int(rng.integers(1, 13)):02d}.{int(rng.integers(1990, 2026))} "
        f"{int(rng.integers(0, 24)):02d}:{int(rng.integers(0, 60)):02d}",
        f"Vent. rate   {rate} BPM",
        f"PR interval   {int(rng.integers(120, 220))} ms",
        f"QRS duration   {int(rng.integers(70, 150))} ms",
        f"QT/QTc   {int(rng.integers(320, 460))}/{int(rng.integers(380, 480))} ms",
        f"P-R-T axes   {int(rng.integers(0, 80))} {int(rng.integers(-40, 100))} {int(rng.integers(0, 90))}",
        *(str(x) for x in rng.permutation(_STATEMENTS)[: int(rng.integers(1, 4))]),
        f"{rng.choice(_PLACES)}",
    ]
    return tuple(lines[int(rng.integers(0, 3)) : len(lines) - int(rng.integers(0, 3))])
