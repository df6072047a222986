"""How exactly pages are laid flat: specimens with known truth, clean and photographed.

    python bench/rectify.py [--pages 20] [--seed 0] [--severity clean light medium hard] [--out DIR]

For points along every lead, where they lie on the flattened page is compared with where they were printed.
Errors are in mm after taking off one shift for the page (where paper begins is nobody's concern): the page's
95th percentile, and the error of the scale in per cent. A page is lost where no lattice was found, or where
the scale is off by more than 3 %. Pages printed without lines count as right where no lattice is claimed.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from einthoven.paper.degrade import degrade
from einthoven.paper.rectify import PX_PER_MM, Rectified, rectify
from einthoven.paper.specimen import Specimen, draw_specimen, random_style
from einthoven.recording import STANDARD_LEADS
from einthoven.signal.simulator import simulate

SEVERITIES = ("clean", "light", "medium", "hard")


@dataclass(frozen=True)
class Score:
    """One page: errors nan where no lattice was found."""

    name: str
    found: bool
    gridless: bool
    off_mm: float
    worst_mm: float
    scale_percent: float
    seconds: float
    confidence: float

    @property
    def lost(self) -> bool:
        if self.gridless:
            return self.found
        return not self.found or abs(self.scale_percent) > 3.0


def page_points(specimen: Specimen) -> np.ndarray:
    """Return page positions along the zero line of every lead, and 10 mm either side of it, (n, 2) mm."""
    points = [
        (lead.x_mm + x, lead.zero_mm + y)
        for lead in specimen.leads
        for x in np.arange(0.0, lead.seconds * specimen.speed, 2.5)
        for y in (-10.0, 0.0, 10.0)
    ]
    return np.asarray(points)


def errors(specimen: Specimen, flat: Rectified) -> tuple[float, float, float]:
    """Return the 95th percentile and maximum of the position error in mm, and the scale's in per cent."""
    points = page_points(specimen)
    pixels = specimen.mm_to_px(points)
    height, width = specimen.pixels.shape[:2]
    seen = ((pixels >= 0) & (pixels <= (width - 1, height - 1))).all(axis=1)
    points, pixels = points[seen], pixels[seen]
    found = flat.from_page(pixels) / PX_PER_MM
    off = found - points
    off -= np.median(off, axis=0)
    length = np.hypot(*off.T)
    centred = points - points.mean(axis=0)
    scale = float((centred * (found - found.mean(axis=0))).sum() / (centred**2).sum())
    return float(np.percentile(length, 95)), float(length.max()), 100 * (scale - 1)


def specimen_of(number: int, severity: str, seed: int) -> Specimen:
    rng = np.random.default_rng([seed, number])
    recording = simulate(10.0, 500.0, STANDARD_LEADS, heart_rate=float(rng.uniform(50, 120)), seed=number)
    specimen = draw_specimen(recording, random_style(rng), rng)
    return specimen if severity == "clean" else degrade(specimen, severity, rng)  # type: ignore[arg-type]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--severity", nargs="+", default=list(SEVERITIES), choices=SEVERITIES)
    parser.add_argument("--out", type=Path, help="where to put each flattened page, with its lattice drawn")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    print("severity    pages  lost  off mm: median, 90 %  scale %: median, 90 %  seconds")
    for severity in options.severity:
        scores = []
        for number in range(options.pages):
            specimen = specimen_of(number, severity, options.seed)
            begin = time.process_time()
            flat = rectify(specimen.pixels)
            took = time.process_time() - begin
            name = f"{severity}{number:03d}"
            far = errors(specimen, flat) if flat.grid_found else (np.nan, np.nan, np.nan)
            gridless = specimen.style.grid == "none"
            score = Score(name, flat.grid_found, gridless, *far, took, flat.confidence)
            scores.append(score)
            if options.verbose or score.lost:
                style = specimen.style
                print(
                    f"  {name} {style.grid} minor {style.minor_lines} {specimen.px_per_mm:.1f} px/mm "
                    f"{specimen.pixels.shape[1]}x{specimen.pixels.shape[0]} found {score.found} "
                    f"off {score.off_mm:.2f} worst {score.worst_mm:.2f} mm {score.scale_percent:+.2f} % "
                    f"conf {score.confidence:.2f} {took:.1f} s {'LOST ' if score.lost else ''}{flat.reason}",
                    flush=True,
                )
            if options.out:
                draw(flat, specimen, options.out / f"{name}.jpg")
        print(summary(severity, scores), flush=True)


def summary(severity: str, scores: list[Score]) -> str:
    good = [replace(score) for score in scores if score.found and not score.lost]
    off = np.array([score.off_mm for score in good]) if good else np.array([np.nan])
    scale = np.abs([score.scale_percent for score in good]) if good else np.array([np.nan])
    return (
        f"{severity:10} {len(scores):6} {sum(score.lost for score in scores):5} "
        f"{np.median(off):14.3f} {np.percentile(off, 90):7.3f} {np.median(scale):15.3f} "
        f"{np.percentile(scale, 90):7.3f} {np.mean([score.seconds for score in scores]):8.2f}"
    )


def draw(flat: Rectified, specimen: Specimen, path: Path) -> None:
    """Save the flattened page with lines every 5 mm."""
    from PIL import Image

    picture = flat.pixels.copy()
    if flat.grid_found:
        picture[::40] = (255, 0, 0)
        picture[:, ::40] = (0, 160, 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)
    Image.fromarray(specimen.pixels).save(path.with_name(f"{path.stem}_page.jpg"))


if __name__ == "__main__":
    main()
