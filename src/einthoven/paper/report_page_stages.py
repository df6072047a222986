"""The classic preprocessing of report pages, each stage to be seen: grey, smoothed, binary, a picture a lead.

The chain of classifiers of page pictures: leads are cut out, smoothed (Gaussian, sigma 1 pixel), thresholded
(Otsu 1979, doi 10.1109/TSMC.1979.4310076) and resized. Deviation: the ECG area and the boxes of the leads are
found on the page itself, whatever its size and whatever is printed around; no numbers are fixed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.errors import PageError

UInt8 = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]  # x0, y0, x1, y1; ends not included

LEAD_SIZE = 150
SIGMA = 1.0
STRIP = "strip"
BOXES = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6", STRIP)

_SMALLEST = (400, 250)  # pixels of the ECG area below which traces run together
_PALE = 190  # of the darkest channel: paper
_COLOURLESS = 48  # between channels: paper, not a coloured frame
_LEAST_AREA = 0.3
_WIDE = 0.1  # of the area: ink that is a trace, not a letter or a pulse
_FLAT = 0.008  # of the area's height: a ruled line, not a trace
_MARGIN = 0.012  # of the area: its own frame


@dataclass(frozen=True, eq=False)
class PageStages:
    """What the chain makes of a page.

    Attributes:
        page: RGB, as it came.
        area: of the ECG.
        boxes: name of the lead (``strip`` for the long one) → where on the page.
        grey: of the area.
        smooth: smoothed.
        threshold: Otsu's, 0 to 255.
        binary: 255 where there is ink, else 0; of the area.
        leads: binary pictures of the boxes in the order of ``BOXES``, shape ``(13, 150, 150)``.
    """

    page: UInt8
    area: Box
    boxes: dict[str, Box]
    grey: UInt8
    smooth: UInt8
    threshold: float
    binary: UInt8
    leads: UInt8

    def pictures(self) -> dict[str, UInt8]:
        """Return each stage as a picture, in order: RGB for the page, grey for the others."""
        import cv2

        shown = self.page.copy()
        width = max(1, round(self.page.shape[1] / 600))
        for x0, y0, x1, y1 in self.boxes.values():
            cv2.rectangle(shown, (x0, y0), (x1 - 1, y1 - 1), (0, 90, 200), width)
        x0, y0, x1, y1 = self.area
        cv2.rectangle(shown, (x0, y0), (x1 - 1, y1 - 1), (200, 0, 90), width)
        found = {
            "1_boxes": shown, "2_grey": self.grey, "3_smooth": self.smooth, "4_binary": self.binary,
        }  # fmt: skip
        return found | {f"5_lead_{name}": lead for name, lead in zip(BOXES, self.leads, strict=True)}


def page_stages(pixels: UInt8) -> PageStages:
    """Take a report page of three rows of four leads and a rhythm strip through the chain.

    Args:
        pixels: RGB, shape ``(height, width, 3)``.

    Raises:
        PageError: it is no such page; the message says what was found instead.
    """
    import cv2

    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise PageError(
            f"Pixels are {pixels.dtype} of shape {pixels.shape}; allowed: uint8, (height, width, 3) RGB."
        )
    area = ecg_area(pixels)
    x0, y0, x1, y1 = area
    if x1 - x0 < _SMALLEST[0] or y1 - y0 < _SMALLEST[1]:
        raise PageError(
            f"The ECG area has {x1 - x0} x {y1 - y0} pixels; classifying a page takes {_SMALLEST[0]} x "
            f"{_SMALLEST[1]} or more. Scan it with more dots per inch.",
            "size",
        )
    inside = pixels[y0:y1, x0:x1]
    boxes = {
        name: (bx0 + x0, by0 + y0, bx1 + x0, by1 + y0)
        for name, (bx0, by0, bx1, by1) in lead_boxes(inside).items()
    }
    grey = np.asarray(cv2.cvtColor(inside, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    smooth = np.asarray(cv2.GaussianBlur(grey, (0, 0), SIGMA), dtype=np.uint8)
    threshold, binary = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    leads = []
    for name in BOXES:
        bx0, by0, bx1, by1 = boxes[name]
        part = binary[by0 - y0 : by1 - y0, bx0 - x0 : bx1 - x0]
        leads.append(cv2.resize(part, (LEAD_SIZE, LEAD_SIZE), interpolation=cv2.INTER_AREA))
    return PageStages(
        pixels,
        area,
        boxes,
        grey,
        smooth,
        float(threshold),
        np.asarray(binary, dtype=np.uint8),
        np.asarray(np.stack(leads), dtype=np.uint8),
    )


def ecg_area(pixels: UInt8) -> Box:
    """Return where the paper is: the largest pale, colourless rectangle; the whole page without one."""
    import cv2

    height, width = pixels.shape[:2]
    low, high = pixels.min(axis=2), pixels.max(axis=2)
    pale = ((low >= _PALE) & (high - low <= _COLOURLESS)).astype(np.uint8)
    # Ink and grid lines within the paper are closed, thin pale lines outside are opened away.
    side = max(3, round(width / 120))
    pale = cv2.morphologyEx(pale, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    pale = cv2.morphologyEx(pale, cv2.MORPH_OPEN, np.ones((3 * side, 3 * side), np.uint8))
    n, _, stats, _ = cv2.connectedComponentsWithStats(pale)
    if n > 1:
        largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
        x, y, w, h = (int(value) for value in stats[largest, :4])
        if w * h >= _LEAST_AREA * width * height:
            return x, y, x + w, y + h
    return 0, 0, width, height


def cut_to_ecg(pixels: UInt8) -> UInt8:
    """Return the ECG area of the page alone, so that nothing around it can be taken for the ECG."""
    x0, y0, x1, y1 = ecg_area(pixels)
    return np.ascontiguousarray(pixels[y0:y1, x0:x1])


def lead_boxes(area: UInt8) -> dict[str, Box]:
    """Return the boxes of the twelve leads and the strip within the ECG area.

    Rows are where most ink of wide pieces lies: the isoelectric lines of the traces. Columns are parted by
    ruled lines where there are three, else by quarters of the rows' length.

    Raises:
        PageError: there are not four rows, or they are too short.
    """
    height, width = area.shape[:2]
    ink = _trace_ink(area)
    lines = _rows(ink)
    if len(lines) != 4:
        raise PageError(
            f"{len(lines)} rows of traces were found; this model reads pages of three rows of four leads "
            "and a "
            "rhythm strip.",
            "layout",
        )
    gap = float(np.median(np.diff(lines)))
    strip = ink[max(0, round(lines[3] - 0.3 * gap)) : round(lines[3] + 0.3 * gap)].any(axis=0)
    columns = np.flatnonzero(strip)
    left, right = (int(columns[0]), int(columns[-1]) + 1) if len(columns) else (0, 0)
    if right - left < 0.5 * width:
        raise PageError(
            f"The rhythm strip is {right - left} of {width} pixels long; this model reads pages whose "
            "rows go "
            "across the page.",
            "layout",
        )
    edges = _columns(area, lines, left, right)
    tops = [max(0, round(line - gap / 2)) for line in lines]
    ends = [min(height, round(line + gap / 2)) for line in lines]
    boxes = {
        name: (edges[i // 3], tops[i % 3], edges[i // 3 + 1], ends[i % 3])
        for i, name in enumerate(BOXES[:12])
    }
    return boxes | {STRIP: (left, tops[3], right, ends[3])}


def _ink(area: UInt8) -> UInt8:
    import cv2

    # Of the brightest channel: what is coloured (grid, frames, logos) is bright in one.
    bright = np.asarray(cv2.GaussianBlur(area.max(axis=2), (0, 0), SIGMA / 2), dtype=np.uint8)
    ink = (bright < 140).astype(np.uint8)
    edge_x, edge_y = round(_MARGIN * area.shape[1]), round(_MARGIN * area.shape[0])
    ink[:edge_y] = 0
    ink[area.shape[0] - edge_y :] = 0
    ink[:, :edge_x] = 0
    ink[:, area.shape[1] - edge_x :] = 0
    return ink


def _trace_ink(area: UInt8) -> npt.NDArray[np.bool_]:
    """Return the ink of pieces that are wide and not flat: traces, with what touches them."""
    import cv2

    height, width = area.shape[:2]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(_ink(area), connectivity=8)
    wide = stats[:, cv2.CC_STAT_WIDTH] >= _WIDE * width
    high = stats[:, cv2.CC_STAT_HEIGHT] >= _FLAT * height
    keep = wide & high
    keep[0] = False
    return np.asarray(keep[labels], dtype=np.bool_)


def _rows(ink: npt.NDArray[np.bool_]) -> list[float]:
    """Return the heights of the isoelectric lines, from above."""
    height = ink.shape[0]
    profile = np.convolve(ink.sum(axis=1, dtype=np.float64), np.hanning(max(5, height // 60)), mode="same")
    found: list[int] = []
    reach = height // 10
    rest = profile.copy()
    highest = float(profile.max(initial=0.0))
    while len(found) < 6 and rest.max(initial=0.0) > max(0.3 * highest, 1.0):
        at = int(rest.argmax())
        found.append(at)
        rest[max(0, at - reach) : at + reach + 1] = 0
    return sorted(float(at) for at in found)


def _columns(area: UInt8, lines: list[float], left: int, right: int) -> list[int]:
    """Return the five edges of the four columns."""
    ink = _ink(area)[round(lines[0]) : round(lines[2]) + 1].astype(bool)
    ruled = np.flatnonzero(ink.mean(axis=0) > 0.9)
    places = [
        int(group.mean()) for group in np.split(ruled, np.flatnonzero(np.diff(ruled) > 3) + 1) if group.size
    ]
    places = [x for x in places if left + 0.1 * (right - left) < x < right - 0.1 * (right - left)]
    if len(places) == 3:
        return [left, *places, right]
    return [round(left + share * (right - left)) for share in (0.0, 0.25, 0.5, 0.75, 1.0)]
