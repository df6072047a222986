"""Numbers and names as people read them."""

from __future__ import annotations

import pytest

from einthoven.wording import figure, number, plain, prose, together


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [
        (1234567, 0, "1\u202f234\u202f567"),
        (-1.8, 2, "\u22121.80"),
        (-1234.5, 1, "\u22121\u202f234.5"),
        (7, 0, "7"),
    ],
)
def test_numbers_have_a_true_minus_and_thin_spaces(value: float, digits: int, said: str) -> None:
    assert number(value, digits) == said


def test_plain_numbers_have_no_more_decimals_than_they_need() -> None:
    assert (plain(-5.0), plain(0.25)) == ("\u22125", "0.25")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("1,651 test drawings, split over beats", "1\u202f651 test drawings, split over beats"),
        ("from -0.5 to 1,234,567", "from \u22120.5 to 1\u202f234\u202f567"),
        ("V1, V2, V3; leads 1,2,3", "V1, V2, V3; leads 1,2,3"),
        (
            "ten-fold, 1989-1996, CC-BY-4.0, 12-lead, ECG-12",
            "ten-fold, 1989-1996, CC-BY-4.0, 12-lead, ECG-12",
        ),
        ("2026-03-01", "2026-03-01"),
    ],
)
def test_prose_changes_numbers_alone(written: str, said: str) -> None:
    assert prose(written) == said


def test_figures_have_names() -> None:
    assert figure("V ppv") == "V positive predictive value"
    assert figure("history_of_mi F1") == "history of mi F1"
    assert figure("CD not sure") == "CD not sure"


def test_what_is_told_of_several_is_told_once() -> None:
    told = [("V1", "flat"), ("V2", "noisy"), ("V3", "flat")]
    assert together(told) == [(["V1", "V3"], "flat"), (["V2"], "noisy")]
