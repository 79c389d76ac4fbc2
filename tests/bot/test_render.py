"""A card always fits into one message: what is too long ends in "...", and is sent."""

from __future__ import annotations

import html

import pytest

from bot.view.render import MAX_TEXT, fitting


@pytest.mark.parametrize(
    "lines",
    [
        ["x" * 5000],
        ["Row 10:00", "a " * 3000, "b " * 3000, "Call first"],
        ["\U0001f600" * 4000],
        [f"{n} short" for n in range(2000)],
        ["<&>" * 2000],
    ],
)
def test_it_fits(lines: list[str]) -> None:
    fitted = fitting(lines)
    text = "\n".join(fitted)
    assert len(text.encode("utf-16-le")) // 2 <= MAX_TEXT
    assert len(text) > 1000
    assert "..." in text
    assert html.unescape(html.escape(text)) == text


def test_short_lines_stay_whole_beside_a_long_one() -> None:
    fitted = fitting(["Row 10:00", "a" * 9000, "Call first"])
    assert fitted[0] == "Row 10:00"
    assert fitted[2] == "Call first"


def test_what_fits_is_left_alone() -> None:
    lines = ["a" * 2000, "b" * 2000]
    assert fitting(lines) == lines
