"""A day's recording: from its upload to the first screen, and tiles of it, against a service of its own.

    python bench/service_day.py [--database MIT_BIH_FOLDER] [--browser]

Says when the upload was accepted, when the analysis was done, what a viewer's first requests took (document,
all beats, first tile), and the 50th and 95th percentile of tiles at random places and levels as the viewer
asks for them. With ``--browser`` also, in Chromium: from opening the analysis to a painted trace, and frames
a second while the day is dragged along.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from day import FS, SAMPLES, write_day

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "service"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "e2e" / "web"))
from running_service import Running, free_port, running

from einthoven.service.settings import Settings

TILE_BINS = 2048  # as web/src/viewer/engine/tiles.ts
TILES = 300
FRAMES = """async () => {
  const view = document.querySelector('[role=application]');
  const box = view.getBoundingClientRect();
  const canvas = view.querySelectorAll('canvas')[1];
  const fire = (type, x) => canvas.dispatchEvent(new PointerEvent(type, {
    pointerId: 1, pointerType: 'mouse', button: 0, buttons: type === 'pointerup' ? 0 : 1, isPrimary: true,
    bubbles: true, cancelable: true, clientX: x, clientY: box.top + box.height / 2 }));
  const gaps = [];
  let last = 0, x = box.right - 20;
  fire('pointerdown', x);
  await new Promise(done => {
    const step = now => {
      if (last) gaps.push(now - last);
      last = now;
      x -= 14;
      if (x < box.left + 20) { fire('pointerup', x); x = box.right - 20; fire('pointerdown', x); }
      fire('pointermove', x);
      gaps.length < 300 ? requestAnimationFrame(step) : done();
    };
    requestAnimationFrame(step);
  });
  fire('pointerup', x);
  return gaps;
}"""


def percentile(values: list[float], p: int) -> float:
    """Return a percentile, rounded to the tenth of its unit."""
    return round(statistics.quantiles(values, n=100)[p - 1], 1)


def measure(service: Running, header: Path) -> tuple[str, dict[str, Any]]:
    """Upload the day and ask for it as the viewer does; return its identifier and the figures."""
    with service.client() as http:
        began = time.perf_counter()
        with header.open("rb") as first, header.with_suffix(".dat").open("rb") as second:
            files = [("files", ("day.hea", first)), ("files", ("day.dat", second))]
            answer = http.post("/v1/analyses", files=files, params={"wait": 0}, timeout=300)
        accepted = time.perf_counter() - began
        at = f"/v1/analyses/{answer.json()['id']}"
        while (found := http.get(at).json())["status"] not in ("done", "failed"):
            time.sleep(0.1)
        ready = time.perf_counter() - began
        if found["status"] == "failed":
            raise SystemExit(found["problem"])
        first_requests = {
            name: timed(http, f"{at}/{path}")
            for name, path in (
                ("document", "document?beats=false"),
                ("beats", "beats/all"),
                ("tile", "signals?start=0&end=11.377&width=2048"),
            )
        }
        picked = random.Random(1)
        tiles = []
        for _ in range(TILES):
            level = picked.choice(range(0, 13))
            length = TILE_BINS * 2**level
            index = picked.randrange(-(-SAMPLES // length))
            stop = min(SAMPLES, (index + 1) * length)
            start, end = (index * length + 0.25) / FS, (stop - 0.25) / FS
            columns = max(1, -(-(stop - index * length) // 2**level))
            tiles.append(timed(http, f"{at}/signals?start={start}&end={end}&width={columns}"))
    return answer.json()["id"], {
        "accepted_s": round(accepted, 2),
        "done_s": round(ready, 2),
        "analysis_s": found["seconds"],
        "first_requests_ms": {name: round(ms, 1) for name, ms in first_requests.items()},
        "tile_ms": {
            "p50": percentile(tiles, 50),
            "p95": percentile(tiles, 95),
            "largest": round(max(tiles), 1),
        },
    }


def timed(http: httpx.Client, path: str) -> float:
    """Return the milliseconds of a request."""
    began = time.perf_counter()
    http.get(path).raise_for_status()
    return 1000 * (time.perf_counter() - began)


def browse(service: Running, identifier: str) -> dict[str, Any]:
    """Open the day in Chromium: seconds to a painted trace, frames a second while dragging."""
    import shutil

    from flows import IS_PAINTED
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or None, args=["--no-sandbox"]
        )
        page = browser.new_page(base_url=service.url, viewport={"width": 1440, "height": 900})
        page.goto("/")
        page.get_by_role("heading", name="Recent analyses").wait_for()
        began = time.perf_counter()
        page.goto(f"/analysis/{identifier}")
        page.wait_for_function(IS_PAINTED)
        painted = time.perf_counter() - began
        page.wait_for_timeout(2000)
        gaps = page.evaluate(FRAMES)
        browser.close()
    return {
        "painted_s": round(painted, 2),
        "frames_a_second": round(1000 / statistics.median(gaps), 1),
        "frame_ms_p95": percentile(gaps, 95),
    }


def main() -> None:
    """Start a service, measure, print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", type=Path, help="folder of MIT-BIH; default: half hours are simulated")
    parser.add_argument("--browser", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="einthoven-day-") as folder:
        header = write_day(Path(folder), given.database)
        settings = Settings(data=Path(folder) / "data", port=free_port())
        with running(settings) as service:
            time.sleep(5)  # the worker warms up
            identifier, figures = measure(service, header)
            if given.browser:
                figures |= browse(service, identifier)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
