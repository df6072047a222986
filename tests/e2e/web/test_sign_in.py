"""Signing in for real: a service on another address than 127.0.0.1, keys from the command line, two roles."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flows import SIZES, Screen, relabel_next_beat
from playwright.sync_api import Browser, Page, expect

from conftest import ROOT, serving

READER, REVIEWER = "Ward 3", "Dr. Kim"


@dataclass(frozen=True)
class Guarded:
    """A service that asks for keys."""

    url: str
    keys: dict[str, str]


def own_address() -> str:
    """The address by which other machines see this one; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


@pytest.fixture(scope="module")
def guarded(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    data = tmp_path_factory.mktemp("guarded")
    keys = {}
    for name, role in ((READER, "reader"), (REVIEWER, "reviewer")):
        words = ["serve", "token", "add", name, "--role", role, "--data", str(data)]
        made = subprocess.run(
            [sys.executable, "-m", "einthoven", *words], capture_output=True, text=True, check=True
        )
        keys[name] = made.stdout.split()[-1]
    with serving(data, "0.0.0.0", own_address()) as url:
        yield Guarded(url, keys)


@pytest.fixture(params=sorted(SIZES))
def door(request: pytest.FixtureRequest, browser: Browser, guarded: Guarded) -> Iterator[Screen]:
    screen = Screen(browser, guarded.url, request.param, ROOT / "out" / "e2e")
    yield screen
    # What is asked before somebody has signed in; and what the browser keeps for HTTPS, and says so.
    screen.finish("status of 401", "Cross-Origin-Opener-Policy")


def sign_in(screen: Screen, key: str) -> Page:
    page = screen.page
    screen.open("/")
    expect(page.get_by_role("heading", name="This service asks for a key")).to_be_visible()
    page.get_by_label("Key", exact=True).fill(key)
    page.get_by_role("button", name="Sign in").click()
    return page


def test_who_has_no_key_sees_nothing(door: Screen) -> None:
    page = sign_in(door, "not-a-key")
    expect(page.get_by_role("alert")).to_have_text("This key is not known.")
    door.check_access()
    door.shot("sign-in")
    assert door.wide_page() <= 0
    expect(page.get_by_role("link", name="Models")).to_have_count(0)
    door.open("/models/beats")
    expect(page.get_by_role("heading", name="This service asks for a key")).to_be_visible()


def test_a_reviewer_reads_and_corrects_and_a_reader_looks(door: Screen, guarded: Guarded) -> None:
    page = sign_in(door, guarded.keys[REVIEWER])
    # The screen moves until it is known who that is; a click in that moment goes nowhere.
    expect(page.get_by_role("button", name=f"Signed in as {REVIEWER}")).to_be_visible()
    page.get_by_role("button", name=re.compile("Ventricular ectopic beats")).first.click()
    page.wait_for_url("**/analysis/*")
    address = page.url
    relabel_next_beat(door)
    expect(page.get_by_text(f"{REVIEWER}, ")).to_have_count(1)
    page.get_by_role("tab", name="Result").click()
    expect(page.get_by_text(f"After review by {REVIEWER}.")).to_be_visible()
    page.get_by_role("button", name=f"Signed in as {REVIEWER}").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="This service asks for a key")).to_be_visible()

    page = sign_in(door, guarded.keys[READER])
    expect(page.get_by_text("You may look at everything that was read here.")).to_be_visible()
    expect(page.get_by_role("button", name="Choose files")).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("^Delete"))).to_have_count(0)
    door.check_access()
    door.shot("start-reader")
    page.goto(address)
    viewer = door.trace()
    for name in ("Rename", "Add a tag"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    page.get_by_role("tab", name="Review").click()
    expect(page.get_by_text("You may look, not correct: your key is a reader's.")).to_be_visible()
    page.get_by_role("button", name="Next").last.click()
    for button in page.get_by_role(
        "button", name=re.compile("^(Class [NSVFQ]: |Confirm|No beat|Undo)")
    ).all():
        expect(button).to_be_disabled()
    viewer.focus()
    page.keyboard.press("s")
    page.keyboard.press("Delete")
    door.check_access()
    door.shot("review-reader")
    # Nor does the service take it, whatever the page shows.
    sent = page.evaluate(
        """async (address) => (await fetch(`${address}/corrections`, {
          method: "POST", headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ subject: "beat", action: "relabel", sample: 0, class: "V" }),
        })).status""",
        address.replace("/analysis/", "/v1/analyses/"),
    )
    door.forgive("status of 403")
    assert sent == 403
    said = page.request.get(address.replace("/analysis/", "/v1/analyses/") + "/corrections").json()
    assert [each["author"] for each in said["corrections"]] == [REVIEWER]
