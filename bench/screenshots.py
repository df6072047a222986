"""The README's pictures of the web application, taken in Chromium from a service of its own on this machine.

    python bench/screenshots.py --out docs/images

Two samples of the gallery are analysed, and the page of a model is opened.
"""

from __future__ import annotations

import argparse
import io
import re
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "service"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "e2e" / "web"))
from flows import IS_PAINTED
from running_service import free_port, running

from einthoven.service.settings import Settings

SIZE = {"width": 1440, "height": 900}
LONGEST_MS = 120_000


def open_sample(page: Page, title: str) -> None:
    """Choose a sample on the first page and wait until its trace is painted."""
    page.goto("/")
    page.get_by_role("button", name="All 1").click()
    page.get_by_role("button", name=re.compile(title)).first.click()
    page.wait_for_url("**/analysis/*")
    page.wait_for_function(IS_PAINTED, timeout=LONGEST_MS)


def keep(page: Page, path: Path) -> None:
    """Write what is seen as WebP."""
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(1500)  # until nothing moves any more
    Image.open(io.BytesIO(page.screenshot())).save(path, quality=80)
    print(path)


def main() -> None:
    """Start a service, open three screens, keep each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="einthoven-pictures-") as folder,
        running(Settings(data=Path(folder), port=free_port(), workers=1)) as service,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or None, args=["--no-sandbox"]
        )
        page = browser.new_page(base_url=service.url, viewport=SIZE, color_scheme="light")
        open_sample(page, "Ventricular ectopic beats")
        keep(page, given.out / "web-viewer.webp")
        open_sample(page, "Photo of a report")
        page.get_by_role("tab", name="Page").click()
        page.get_by_role("img", name="What was read").wait_for()
        keep(page, given.out / "web-page.webp")
        page.goto("/models/beats")
        heading = page.get_by_role("heading", name="On data it did not learn from")
        heading.wait_for()
        heading.evaluate("each => each.scrollIntoView()")
        keep(page, given.out / "web-model.webp")
        browser.close()


if __name__ == "__main__":
    main()
