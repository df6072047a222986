"""What the flows share: a page that remembers what went wrong, screenshots, and the accessibility check."""

from __future__ import annotations

import math
import re
import struct
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Request, expect

SIZES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
}
PATIENCE_MS = 300_000


class Screen:
    """One browser profile of one size.

    Args:
        browser: Chromium.
        service: address of the service.
        size: ``desktop`` or ``phone``.
        out: where screenshots are kept.
    """

    def __init__(self, browser: Browser, service: str, size: str, out: Path) -> None:
        self.service, self.size, self.out = service, size, out
        out.mkdir(parents=True, exist_ok=True)
        # Without motion nothing is measured or photographed halfway between two colours.
        self.context = browser.new_context(base_url=service, reduced_motion="reduce", **SIZES[size])
        self.context.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        self.page = self.context.new_page()
        self.troubles: list[str] = []
        self.strangers: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.troubles.append(f"page error: {error}"))
        self.context.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.troubles.append(message.text)

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.service, "data:", "blob:")):
            self.strangers.append(request.url)

    def forgive(self, words: str) -> None:
        """Forget errors in the console that a flow brought about on purpose."""
        self.troubles = [trouble for trouble in self.troubles if words not in trouble]

    def open(self, path: str = "/") -> None:
        self.page.goto(path)

    def shot(self, name: str) -> None:
        """Keep a screenshot."""
        self.page.screenshot(path=self.out / f"{name}-{self.size}.png")

    def check_access(self) -> None:
        """Nothing that axe calls serious or critical, once colours have stopped to change."""
        for _ in range(60):
            if self.page.evaluate("document.getAnimations().every(each => each.playState !== 'running')"):
                break
            self.page.wait_for_timeout(50)
        found = Axe().run(self.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
        grave = [
            f"{each['id']}: {each['help']} at {[node['target'] for node in each['nodes'][:4]]}"
            for each in found.response["violations"]
            if each["impact"] in ("serious", "critical")
        ]
        assert not grave, "\n".join(grave)

    def trace(self) -> Locator:
        """The viewer, once it has painted a trace."""
        viewer = self.page.get_by_role("application")
        expect(viewer).to_be_visible()
        self.page.wait_for_function(IS_PAINTED)
        return viewer

    def wide_page(self) -> int:
        """Pixels by which the page is wider than the screen."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def finish(self, *forgiven: str) -> None:
        """Close the browser; nothing went wrong but for errors with the words ``forgiven``, late ones too."""
        self.context.close()
        for words in forgiven:
            self.forgive(words)
        assert not self.strangers, f"requests left the service: {self.strangers}"
        assert not self.troubles, f"errors in the console: {self.troubles}"


# A trace is there when many columns of the canvas hold dark (or, on night paper, bright) pixels.
IS_PAINTED = """() => {
  const canvas = document.querySelector('[role=application] canvas');
  if (!canvas || !canvas.width) return false;
  const { width, height } = canvas;
  const data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  const ground = data[4 * (width * 3 + width - 3)];
  let columns = 0;
  for (let x = Math.floor(width / 4); x < width; x += 3) {
    for (let y = 0; y < height; y++) {
      const value = data[4 * (y * width + x)];
      if (ground > 128 ? value < 90 : value > 170) { columns++; break; }
    }
  }
  return columns > width / 3 * 0.4;
}"""


def strip_csv(seconds: float = 20.0, fs: float = 250.0, scale: float = 1.0) -> bytes:
    """A table of one lead without rate and unit, in millivolt times ``scale``."""
    lines = ["II"]
    for i in range(round(seconds * fs)):
        phase = (i / fs) % 0.8
        spike = math.exp(-((phase - 0.3) ** 2) / 0.0002) - 0.25 * math.exp(-((phase - 0.33) ** 2) / 0.0002)
        wave = 0.12 * math.exp(-((phase - 0.14) ** 2) / 0.001) + 0.3 * math.exp(
            -((phase - 0.58) ** 2) / 0.004
        )
        lines.append(f"{scale * (spike + wave):.4f}")
    return "\n".join(lines).encode() + b"\n"


def drawn_page() -> bytes:
    """Twelve simulated leads drawn on paper, as PNG."""
    import io

    from einthoven.paper.render import render
    from einthoven.recording import STANDARD_LEADS
    from einthoven.signal.simulator import simulate

    recording = simulate(10.0, 500.0, STANDARD_LEADS, seed=1, baseline_mv=0.0)
    buffer = io.BytesIO()
    render(recording, layout="3x4+1", format="png").save(buffer, "PNG")
    return buffer.getvalue()


def relabel_next_beat(screen: Screen) -> None:
    """Say by keyboard, in the review of the analysis that is open, that the next beat worth a look is F."""
    page, viewer = screen.page, screen.trace()
    page.get_by_role("tab", name="Review").click()
    page.get_by_role("button", name="Next").last.click()
    expect(page.get_by_text("Model: ").first).to_be_visible()
    overview = page.get_by_role("slider", name="Overview of the whole recording")
    where = overview.get_attribute("aria-valuetext")
    viewer.focus()
    page.keyboard.press("f")
    expect(page.get_by_text(re.compile(r"^\w became F"))).to_have_count(1)
    page.wait_for_load_state("networkidle")  # the answer after review has come
    expect(page.get_by_text("Model: ").first).to_be_visible()
    expect(overview).to_have_attribute("aria-valuetext", where or "")


def events_of(content: bytes) -> int:
    """Number of beats in a WFDB annotation file."""
    words = struct.unpack(f"<{len(content) // 2}H", content[: len(content) // 2 * 2])
    return sum(1 for word in words if 1 <= word >> 10 <= 41)


def square_mm(pdf: bytes, number: int = 0) -> tuple[float, float]:
    """Width and height in mm of 5 mm squares of pink ECG paper on a page of a PDF, by its heavier lines."""
    import numpy as np
    import pypdfium2

    per_mm = 20.0
    page = pypdfium2.PdfDocument(pdf)[number]
    pixels = np.asarray(page.render(scale=per_mm * 25.4 / 72).to_pil().convert("RGB"), dtype=float)
    pink = pixels[:, :, 0] - pixels[:, :, 1]
    found = []
    for axis in (0, 1):
        # Not all of it is paper: where there is most pink in the other direction, there is.
        across = pink.mean(axis=1 - axis)
        paper = across > 0.5 * np.percentile(across, 90)
        profile = (pink[paper] if axis == 0 else pink[:, paper]).mean(axis=axis)
        lines = []  # middles of stretches that are as pink as a heavier line
        heavy = profile > 0.5 * (np.median(profile) + np.percentile(profile, 99.5))
        edges = np.flatnonzero(np.diff(np.concatenate([[0], heavy.astype(int), [0]])))
        for begin, stop in edges.reshape(-1, 2).tolist():
            weight = profile[begin:stop]
            lines.append(float(np.sum(weight * np.arange(begin, stop)) / weight.sum()))
        gaps = np.diff(lines)
        whole = gaps[np.abs(gaps / per_mm - 5.0) < 0.4]
        assert len(whole) > 10, f"no ECG paper: lines at {np.round(np.array(lines) / per_mm, 1).tolist()} mm"
        found.append(float(np.mean(whole)) / per_mm)
    return found[0], found[1]
