"""Reading words on a page."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.paper.lettering import (
    HEIGHT,
    LETTERS,
    Word,
    best_text,
    gain_in,
    lines_of_text,
    read_words,
    speed_in,
    spelt,
    word_boxes,
    word_picture,
)
from einthoven.recording import STANDARD_LEADS


@pytest.mark.parametrize(
    ("text", "speed", "gain"),
    [
        ("25 mm/s", 25.0, None),
        ("Speed:25mm/sec", 25.0, None),
        ("50mm/s 10mm/mV", 50.0, 10.0),
        ("12,5 mm/s", 12.5, None),
        ("Chest: 10.0 mm/mV", None, 10.0),
        ("20 mm / mV", None, 20.0),
        ("125 mm/s", None, None),
        ("0.05-150 Hz", None, None),
    ],
)
def test_speed_and_gain_in_print(text: str, speed: float | None, gain: float | None) -> None:
    assert speed_in(text) == speed
    assert gain_in(text) == gain


def printed(text: str, size: float = 30) -> np.ndarray:
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("L", (400, 120))
    ImageDraw.Draw(picture).text((60, 40), text, 255, ImageFont.load_default(size))
    return np.asarray(picture, dtype=np.float32) / 255


def test_words_of_a_line_are_read_together() -> None:
    def word(text: str, x: float, y: float) -> Word:
        return Word(x, y, 12.0 * len(text), 20.0, text, np.zeros(12))

    words = [word("mm/s", 60, 102), word("aVR", 300, 40), word("25", 20, 100), word("10", 140, 101)]
    words.append(word("mm/mV", 180, 101))
    assert set(lines_of_text(words)) == {"25 mm/s 10 mm/mV", "aVR"}
    assert speed_in(lines_of_text(words)[0]) == 25.0


def test_letters_of_one_word_are_one_box() -> None:
    ink = np.zeros((80, 200), np.float32)
    ink[30:45, 40:50] = 1.0  # a
    ink[22:45, 53:56] = ink[22:24, 53:75] = 1.0  # a tall letter beside it, whose foot is near
    ink[22:45, 120:140] = 1.0  # another word
    assert len(word_boxes(ink)) == 2


def test_lead_names_are_read() -> None:
    right = []
    for name in STANDARD_LEADS:
        words = read_words(printed(name))
        right.append(bool(words) and words[0].lead == name)
        if words:
            assert 0 <= words[0].leads.sum() <= 1 + 1e-6
            assert abs(words[0].x - 60) < 8
    assert sum(right) >= 10


def test_what_is_no_lead_name_is_not_taken_for_one() -> None:
    taken = [word.lead for text in ("Male", "BPM", "2024", "Sinus") for word in read_words(printed(text))]
    assert taken.count(None) >= len(taken) - 1


def test_no_print_no_words() -> None:
    assert read_words(np.zeros((100, 100), np.float32)) == []


def test_the_spelling_of_certain_letters_is_certain() -> None:
    steps = [LETTERS.index("V") + 1, 0, LETTERS.index("1") + 1]
    scores = np.log(np.full((3, 1 + len(LETTERS)), 1e-9))
    for row, letter in enumerate(steps):
        scores[row, letter] = 0.0
    assert best_text(scores) == "V1"
    assert spelt(scores, "V1") == pytest.approx(0.0, abs=1e-6)
    assert spelt(scores, "V2") < -10


def test_a_word_is_brought_to_one_height() -> None:
    assert word_picture(np.ones((57, 80), np.float32)).shape[0] == HEIGHT
    assert word_picture(np.ones((57, 81), np.float32)).shape[1] % 2 == 0
