"""The HTML report: one safe, well-formed, self-contained file for whatever was recorded."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from einthoven.analysis_result import Finding
from einthoven.recording import STANDARD_LEADS, Beats, Event, Patient, Recording
from einthoven.report.html import to_html
from einthoven.signal.simulator import simulate

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """Checks that tags balance, and collects ids, links, texts and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            self.attributes.append((tag, name, value or ""))
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src"):
                self.links.append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.text += data


def check(html: str) -> Page:
    """Return the page after checking what holds for every report."""
    page = Page(html)
    assert not [i for i, n in Counter(page.ids).items() if n > 1]
    assert all(link.startswith("#") and link[1:] in page.ids for link in page.links)
    assert not re.search(r"https?://|url\(|@import|@font-face", html)
    assert page.tags["h1"] == page.tags["main"] == page.tags["script"] == 1
    assert page.tags["table"] == page.tags["caption"]
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    roles = [value for tag, name, value in page.attributes if tag == "svg" and name == "aria-label"]
    assert len(roles) == page.tags["svg"]
    assert "Research software, not a medical device." in page.text
    assert "NaN" not in page.text
    assert "nan" not in page.text.split()
    return page


@pytest.fixture(scope="module")
def minutes() -> Recording:
    """12 minutes with V and S beats."""
    return simulate(duration=720.0, fs=128.0, s_probability=0.03, v_probability=0.05, seed=4)


def test_a_short_recording_is_drawn_whole(make_analysis) -> None:
    recording = simulate(duration=30.0, fs=250.0, pattern="NNNV", seed=1)
    page = check(to_html(make_analysis(recording)))
    assert {"s0", "s100", "s200"} <= set(page.ids)
    assert "All 30\u00a0s, leads MLII, V1, 10 s a row." in page.text
    assert "mm/s · 10 mm/mV · 0.5–40 Hz" in page.text


def test_every_class_letter_is_explained_and_counted(make_analysis) -> None:
    recording = simulate(duration=30.0, fs=250.0, seed=1)
    assert recording.beats is not None
    beats = Beats(recording.beats.samples[:25], list("NNSVF" * 5))
    page = check(to_html(make_analysis(recording, beats)))
    for name in ("Normal", "Supraventricular", "Ventricular", "Fusion", "Paced"):
        assert name in page.text
    assert "25 beats in 30\u00a0s; 15 are not N (60.0\u00a0%)." in page.text
    assert "Beats that are not N: 15." in page.text


def test_a_long_recording_says_what_is_shown_and_what_is_not(make_analysis, minutes: Recording) -> None:
    page = check(to_html(make_analysis(minutes)))
    assert "chosen for what they show" in page.text
    assert "All 12\u00a0min at a smaller scale, one minute a row" in page.text
    assert "4 mm/s · 5 mm/mV · 0.5–40 Hz" in page.text
    assert "25 mm/s · 10 mm/mV · 0.5–40 Hz" in page.text


def test_rows_of_the_table_lead_to_the_strips(make_analysis, minutes: Recording) -> None:
    page = check(to_html(make_analysis(minutes)))
    assert [link for link in page.links if re.fullmatch(r"#s\d+", link)]


def test_warnings_come_first(make_analysis, minutes: Recording) -> None:
    page = check(to_html(make_analysis(minutes, warnings=("Lead V1: it is <noisy>",))))
    text = page.text
    assert text.index("Lead V1: it is <noisy>") < text.index("Heart rate") < text.index("Signal quality")
    order = [
        "Summary",
        "Signal quality",
        "Over time",
        "Strips",
        "Ectopic beats",
        "The model",
        "How to read this",
    ]
    places = [text.rindex(title) if title == "How to read this" else text.index(title) for title in order]
    assert places == sorted(places)


def test_what_comes_from_the_file_stays_text(make_analysis) -> None:
    hostile = "</title><script>alert(1)</script><img src=x onerror=alert(1)>\"'\x00"
    recording = Recording(
        simulate(duration=10.0, fs=250.0).signals,
        250.0,
        (hostile, "V1"),
        hostile,
        source=hostile,
        patient=Patient(id=hostile, name=hostile, age=50.0, sex=hostile),
        events=(Event(1.0, 2.0, hostile),),
    )
    html = to_html(make_analysis(recording, warnings=(hostile,), refusal=hostile))
    page = check(html)
    assert page.tags["img"] == 0
    assert html.count("<script") == 1
    assert page.text.count("alert(1)") > 5


def test_only_its_own_script_may_run(make_analysis) -> None:
    html = to_html(make_analysis(simulate(duration=10.0, fs=250.0)))
    script = html.split("<script>")[1].split("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in html


@pytest.mark.parametrize(
    "signals",
    [np.zeros((2, 2500)), np.full((2, 2500), np.nan), np.zeros((2, 1)), np.zeros((0, 0)), np.zeros((2, 0))],
    ids=["flat", "missing", "one sample", "no leads", "no samples"],
)
def test_no_beats_is_a_report(make_analysis, signals: np.ndarray) -> None:
    recording = Recording(signals.astype(np.float32), 250.0, ("MLII", "V1")[: len(signals)], "empty")
    page = check(to_html(make_analysis(recording, refusal="No lead is usable.")))
    assert "No answer is given." in page.text
    assert "No beats were found." in page.text


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_beats_are_a_report(make_analysis, n: int) -> None:
    recording = simulate(duration=3.0, fs=250.0)
    beats = Beats(np.arange(n) * 250 + 100, ["V"] * n)
    page = check(to_html(make_analysis(recording, beats)))
    assert f"{n} beat" in page.text or "No beats were found." in page.text


def test_twelve_leads_come_as_a_page_and_as_strips(make_analysis) -> None:
    recording = simulate(duration=10.0, fs=250.0, leads=STANDARD_LEADS)
    page = check(to_html(make_analysis(recording)))
    assert "The first 10\u00a0s as a 12-lead page, columns one after the other." in page.text
    assert all(page.text.count(lead) >= 3 for lead in STANDARD_LEADS)


def test_one_lead_is_a_report(make_analysis) -> None:
    check(to_html(make_analysis(simulate(duration=700.0, fs=100.0, leads=("II",)))))


def test_unusable_stretches_show_in_the_trend(make_analysis) -> None:
    recording = simulate(duration=300.0, fs=128.0)
    signals = recording.signals.copy()
    signals[1, 128 * 60 : 128 * 120] = np.nan
    page = check(
        to_html(make_analysis(Recording(signals, 128.0, recording.leads, "gap", beats=recording.beats)))
    )
    assert "V1 cannot be used here" in page.text


def test_thousands_of_ectopic_beats_are_cut_to_500_with_a_note(make_analysis) -> None:
    recording = simulate(duration=1500.0, fs=100.0, leads=("II",), pattern="NV", heart_rate=80)
    page = check(to_html(make_analysis(recording)))
    assert "The first 500 are listed; the CSV and JSON reports hold all." in page.text
    assert page.tags["tr"] < 700


def test_a_day_is_shown_hour_by_hour_within_size_and_time(make_analysis) -> None:
    hour = simulate(duration=3600.0, fs=128.0, v_probability=0.05, s_probability=0.02, seed=2)
    assert hour.beats is not None
    samples = np.concatenate([hour.beats.samples + i * hour.n_samples for i in range(24)])
    day = Recording(
        np.tile(hour.signals, (1, 24)),
        128.0,
        hour.leads,
        "day",
        beats=Beats(samples, np.tile(hour.beats.classes, 24)),
    )
    analysis = make_analysis(day)
    begin = time.perf_counter()
    html = to_html(analysis)
    assert time.perf_counter() - begin < 10.0
    assert len(html) < 10e6
    page = check(html)
    assert "Of each hour the minute with most ectopic beats" in page.text
    assert "The rest is not drawn." in page.text
    assert "Hour by hour." in page.text


def test_a_reason_is_said_once_and_an_interval_beside_its_probability(
    make_analysis,
) -> None:
    analysis = make_analysis(simulate(20.0, seed=1))
    refused = [Finding(f"m_{i}", f"Class {i}", None, 0.5, "refused", "too few leads") for i in range(3)]
    found = Finding("m_MI", "Infarction", 0.83, 0.5, "present", "from nine leads", (0.7, 0.9))
    text = Page(to_html(replace(analysis, findings=(*refused, found)))).text
    assert text.count("too few leads") == 1
    assert text.count("from nine leads") == 1
    assert "0.83 (0.70 to 0.90)" in text


def test_the_card_is_summarised(make_analysis) -> None:
    page = check(to_html(make_analysis(simulate(duration=10.0, fs=250.0))))
    for text in (
        "known 1.2",
        "tests of <reports>",
        "knows & says nothing",
        "0.910",
        "0.850 to 0.960",
        "0.013",
    ):
        assert text in page.text
    assert "and 10 more" in page.text  # of 22 training records
