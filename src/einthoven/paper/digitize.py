"""``digitize``: a picture of an ECG on paper → `Recording`. Read `digitize` first, the rest serves it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from einthoven.errors import PageError
from einthoven.paper.arrangement import Cell
from einthoven.paper.drawing import Float64
from einthoven.paper.packages import require_paper_packages
from einthoven.paper.page_reading import PageReading, read_page
from einthoven.paper.pages import Page
from einthoven.paper.pen import PER_COLUMN
from einthoven.paper.rectify import PX_PER_MM, Rectified, rectify
from einthoven.paper.tracing import RowTrace
from einthoven.recording import STANDARD_LEADS, Recording
from einthoven.wording import together

DEFAULT_FS = 500.0
_NAMES_ENOUGH = 3  # names read on a page that stands upright
_SAME_TURNED = ("I", "II", "III")
_TURNS = (2, 1, 3)  # quarter turns tried where none was read
_EDGE_MM = 0.6  # ink this near the picture's edge is cut off by it
_LAW_MV = 0.12  # rms by which Einthoven's law may miss on paper

UInt8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class DigitizedLead:
    """One lead.

    Attributes:
        name: of the lead.
        confidence: 0 to 1: how much of it was seen, how clearly, and whether its name was read.
        named: whether its name was read on the page (else it is what is usual at its place).
        cells: where it is, several for a lead with a rhythm strip.
        remark: what is wrong with it, in words.
    """

    name: str
    confidence: float
    named: bool
    cells: tuple[Cell, ...]
    remark: str = ""


@dataclass(frozen=True, eq=False)
class DigitizedPage:
    """A page as signals.

    Attributes:
        recording: millivolt, NaN where the page shows nothing; columns follow each other in time.
        leads: in the order of the recording.
        reading: what was found on the page, for a picture of it.
        turned: quarter turns clockwise by which the page was turned to stand upright.
        checks: Einthoven's law on the page: rms in mV of what should be zero.
        warnings: in words.
    """

    recording: Recording
    leads: tuple[DigitizedLead, ...]
    reading: PageReading
    turned: int
    checks: dict[str, float]
    warnings: tuple[str, ...]

    @property
    def layout(self) -> str:
        return self.reading.arrangement.layout

    @property
    def speed(self) -> float:
        """mm/s."""
        return self.reading.speed

    @property
    def gain(self) -> float:
        """mm/mV."""
        return self.reading.gain


def digitize(
    page: Page | UInt8,
    *,
    fs: float = DEFAULT_FS,
    mm_per_px: float | None = None,
    speed: float | None = None,
    gain: float | None = None,
) -> DigitizedPage:
    """Read the signals from a picture of an ECG on paper.

    Args:
        page: a page, or its pixels: RGB, uint8, shape ``(height, width, 3)``.
        fs: sampling rate of the result, Hz.
        mm_per_px: scale of the picture, for paper without a visible grid.
        speed: paper speed in mm/s, where the page does not show it.
        gain: mm/mV, where the page does not show it.

    Raises:
        PageError: no scale, no trace, or more than one ECG.
        EinthovenError: the packages of ``einthoven[paper]`` are not installed.
    """
    require_paper_packages("Reading a picture of an ECG")
    pixels = page.pixels if isinstance(page, Page) else page
    reading, turned = _upright(pixels, mm_per_px, speed, gain)
    _refuse_two(reading)
    name = page.name if isinstance(page, Page) else "page"
    recording, leads = _leads(reading, fs, name, pixels.shape[:2])
    checks = einthoven_checks(recording)
    leads = tuple(_by_law(lead, checks) for lead in leads)
    warnings = [*(page.notes if isinstance(page, Page) else ()), *reading.doubts]
    if turned:
        warnings.append(f"the page was turned by {90 * turned}° to stand upright")
    told = together((lead.name, lead.remark) for lead in leads if lead.remark)
    warnings += [f"{', '.join(names)}: {remark}" for names, remark in told]
    if reading.rectified.confidence < 0.5:
        warnings.append(f"the scale is not certain: {reading.rectified.reason}")
    return DigitizedPage(recording, leads, reading, turned, checks, tuple(warnings))


def _upright(
    pixels: UInt8, mm_per_px: float | None, speed: float | None, gain: float | None
) -> tuple[PageReading, int]:
    """Read the page as it is; where hardly a name is read, also turned, and keep the best."""
    best: tuple[float, PageReading, int] | None = None
    failure: PageError | None = None
    flat = rectify(pixels, mm_per_px)
    for turned in (0, *_TURNS):
        try:
            upright = _scaled(flat, turned)
        except PageError as error:  # however the page is turned
            failure = failure or error
            break
        try:
            reading = read_page(upright, speed, gain)
        except PageError as error:
            failure = failure or error
            continue
        merit = _merit(reading)
        if best is None or merit > best[0] + (0.5 if best[2] == 0 else 0.0):
            best = (merit, reading, turned)
        if reading.arrangement.names_read >= _NAMES_ENOUGH:
            break
    if best is None:
        assert failure is not None
        raise failure
    return best[1], best[2]


def _merit(reading: PageReading) -> float:
    """How much a page looks as if it stood upright: names that can be read, pulses, long rows.

    I, II and III look the same upside down.
    """
    rows = sum(int(row.present.sum()) for row in reading.rows) / max(1, reading.rectified.pixels.shape[1])
    pulses = min(2, len(reading.pulses))
    names = sum(cell.named and cell.lead not in _SAME_TURNED for cell in reading.arrangement.cells)
    return float(names + 0.3 * pulses + 0.1 * min(rows, 4))


def _scaled(flat: Rectified, turned: int) -> Rectified:
    """Return the page turned, with its scale; without a grid, a calibration pulse gives it.

    Raises:
        PageError: neither a grid, a pulse, nor a stated scale.
    """
    if flat.scale_known:
        return flat.quarter_turned(turned)
    from einthoven.paper.ink import ink_maps
    from einthoven.paper.pulses import find_pulses
    from einthoven.paper.rectify_plain import lay_plain

    height, width = flat.page.shape[:2] if turned % 2 == 0 else flat.page.shape[1::-1]
    for guess_mm in (280.0, 200.0, 150.0):  # of the width, so that the pulse has about the size that is known
        guess = guess_mm / width
        trial = lay_plain(flat.page, guess).quarter_turned(turned)
        by_pulses = [pulse.scale for pulse in find_pulses(ink_maps(trial.pixels).pulse, PX_PER_MM)]
        seen = [scale for scale in by_pulses if scale is not None]
        if seen and 0.5 <= (too_large := float(np.median(seen))) <= 2.0:
            return rectify(flat.page, guess / too_large).quarter_turned(turned)
    raise PageError(
        f"The scale of the page ({width} x {height} pixels) is not known: no grid was found ({flat.reason}) "
        "and no calibration pulse. State the scale, for example --mm-per-px 0.127 for 200 dots per inch."
    )


def _refuse_two(reading: PageReading) -> None:
    """Raise where the names of a whole ECG stand on the page twice."""
    counts = dict.fromkeys(STANDARD_LEADS, 0)
    for word in reading.words:
        if word.lead and word.leads.max() > 0.8:
            counts[word.lead] += 1
    twice = [name for name, count in counts.items() if count >= 2 and name not in ("II", "V1", "V5")]
    if len(twice) >= 5 and len(reading.rows) > 4:
        raise PageError(
            f"There seems to be more than one ECG on the picture: {', '.join(twice)} stand there twice. "
            "Cut the picture so that it shows one."
        )


def _leads(
    reading: PageReading, fs: float, name: str, size: tuple[int, ...]
) -> tuple[Recording, tuple[DigitizedLead, ...]]:
    arrangement = reading.arrangement
    per_second = reading.speed * PX_PER_MM
    width = max(cell.x1 - cell.lag for cell in arrangement.cells) - arrangement.x0
    n_samples = max(1, round(width / per_second * fs))
    names = list(dict.fromkeys(cell.lead for cell in arrangement.cells))
    names.sort(key=lambda lead: STANDARD_LEADS.index(lead) if lead in STANDARD_LEADS else len(STANDARD_LEADS))
    signals = np.full((len(names), n_samples), np.nan, dtype=np.float32)
    x = arrangement.x0 + np.arange(n_samples) / fs * per_second
    leads = []
    for index, lead in enumerate(names):
        # The longest cell (a rhythm strip) counts, shorter ones where it shows nothing.
        cells = sorted((c for c in arrangement.cells if c.lead == lead), key=lambda c: c.x0 - c.x1)
        for cell in cells:
            at = x + cell.lag
            inside = (at >= cell.x0) & (at < cell.x1) & np.isnan(signals[index])
            signals[index, inside] = _millivolt(reading, cell, at[inside])
        leads.append(_lead(reading, lead, tuple(cells), size))
    recording = Recording(signals, fs, tuple(names), name=name.rsplit(".", 1)[0], source=name)
    return recording, tuple(leads)


def _millivolt(reading: PageReading, cell: Cell, x: Float64) -> Float64:
    line, row = reading.lines[cell.row], reading.rows[cell.row]
    first = max(0, math.ceil(PER_COLUMN * cell.x0))
    own = line[first : max(first + 2, math.ceil(PER_COLUMN * cell.x1))]
    # Samples up to a point beyond: there the line goes on as it was, and not to the next lead.
    own = np.concatenate(([2 * own[0] - own[1]], own, [2 * own[-1] - own[-2]]))
    # NaN on either side of a gap stays NaN: np.interp would carry it to its neighbours alone.
    points = (first - 1 + np.arange(len(own))) / PER_COLUMN
    at = np.interp(x, points, own, left=np.nan, right=np.nan)
    millivolt: Float64 = (row.zero - at) / (PX_PER_MM * reading.gain)
    return millivolt


def _lead(reading: PageReading, name: str, cells: tuple[Cell, ...], size: tuple[int, ...]) -> DigitizedLead:
    seen, shared, cut_off = [], [], 0
    for cell in cells:
        row = reading.rows[cell.row]
        part = slice(max(0, round(cell.x0) + 2), max(1, round(cell.x0) + 3, round(cell.x1) - 2))
        columns = max(1, round(cell.x1) - round(cell.x0) - 4)  # some of them may lie outside the picture
        seen.append(float(row.present[part].sum()) / columns)
        shared.append(float(row.shared[part].sum()) / columns)
        cut_off += _at_edge(reading.rectified, row, part, size)
    named = any(cell.named for cell in cells)
    confidence = max(s * (1 - 2 * min(0.3, h)) for s, h in zip(seen, shared, strict=True))
    confidence *= (1.0 if named else 0.85) * (0.6 + 0.4 * reading.rectified.confidence)
    remark = ""
    if cut_off >= 2:
        remark, confidence = "cut off by the edge of the picture", confidence * 0.6
    elif max(seen) < 0.6:
        remark = f"only {max(seen):.0%} of its trace was found"
    elif max(shared) > 0.08:
        remark = "runs into the trace of another row"
    return DigitizedLead(name, float(np.clip(confidence, 0.0, 1.0)), named, cells, remark)


def _at_edge(flat: Rectified, row: RowTrace, part: slice, size: tuple[int, ...]) -> int:
    """Count the columns in which a trace reaches an edge of the picture that was given."""
    columns = np.flatnonzero(row.present)
    columns = columns[(columns >= part.start) & (columns < part.stop)]
    if not columns.size:
        return 0
    height, width = size
    touching = np.zeros(len(columns), dtype=bool)
    reach = _EDGE_MM * PX_PER_MM / max(flat.factor, 1e-6)
    for edge in (row.upper, row.lower):
        x, y = flat.to_page(np.column_stack((columns, edge[columns]))).T
        touching |= (np.minimum(x, y) < reach) | (x > width - 1 - reach) | (y > height - 1 - reach)
    return int(touching.sum())


def _by_law(lead: DigitizedLead, checks: dict[str, float]) -> DigitizedLead:
    """Trust limb leads less that contradict each other."""
    broken = {law: rms for law, rms in checks.items() if rms > _LAW_MV and lead.name in law.split()}
    if not broken:
        return lead
    law, rms = max(broken.items(), key=lambda pair: pair[1])
    said = f"{law} does not hold by {rms:.2f} mV, so that one of these leads is misread in part"
    remark = f"{lead.remark}; {said}" if lead.remark else said
    return replace(lead, confidence=0.7 * lead.confidence, remark=remark)


def einthoven_checks(recording: Recording) -> dict[str, float]:
    """Return the rms in mV of what Einthoven's and Goldberger's laws say is zero, where leads are together.

    Constant offsets do not count; a difference of up to 20 ms between the rows of a page is allowed for.
    """
    values = {name: recording.signals[i].astype(np.float64) for i, name in enumerate(recording.leads)}
    laws = {
        "II = I + III": ("II", ("I", 1.0), ("III", 1.0)),
        "aVR = - I / 2 - II / 2": ("aVR", ("I", -0.5), ("II", -0.5)),
        "aVL = I / 2 - III / 2": ("aVL", ("I", 0.5), ("III", -0.5)),
        "aVF = II / 2 + III / 2": ("aVF", ("II", 0.5), ("III", 0.5)),
    }
    checks = {}
    for law, (name, *terms) in laws.items():
        if name not in values or any(term not in values for term, _ in terms):
            continue
        reach = round(0.02 * recording.fs)
        rests = []
        for shift in range(-reach, reach + 1, max(1, reach // 5)):
            rest = values[name] - np.roll(sum(factor * values[term] for term, factor in terms), shift)
            rest = rest[np.isfinite(rest)]
            if rest.size >= 0.5 * recording.fs:
                rests.append(float(np.std(rest)))
        if rests:
            checks[law] = min(rests)
    return checks
