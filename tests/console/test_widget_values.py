"""Bars, trees, cells, themes and client text: readable without colour, and nothing a client typed steers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.color import Color
from textual.theme import Theme

from deskconsole.domain.terms import Category, Coverage, Priority
from deskconsole.widgets import cells, themes
from deskconsole.widgets.bars import bar, tree_lines
from deskconsole.widgets.line_columns import Cell, Column, place
from deskconsole.widgets.line_window import RowWindow, Span
from deskconsole.widgets.text_block import fit, plain
from tests.console.list_desk import ListDesk

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@given(st.text(), st.integers(0, 60), st.sampled_from(["left", "right"]))
def test_any_text_fits_its_cells_exactly(text: str, width: int, align: str) -> None:
    fitted = fit(text, width, "right" if align == "right" else "left")
    assert cell_len(fitted) == width
    assert not any(letter < " " or "\x7f" <= letter <= "\x9f" for letter in fitted)


def test_a_cut_text_ends_in_an_ellipsis_and_wide_letters_are_not_halved() -> None:
    assert fit("принтер", 5) == "прин…"
    assert fit("日本語", 4) == "日 …"
    assert fit("abc", 5, "right") == "  abc"


@pytest.mark.parametrize("text", ["[/x]", "[@click=app.quit]go[/]", "[VIP] \x1b[31m\x1b]52;c;x\x07", "\\[b]"])
def test_client_text_is_shown_literally(text: str) -> None:
    shown = plain(text)
    assert shown.plain == text.replace("\x1b", "").replace("\x07", "")
    assert not shown.spans


def test_client_text_keeps_its_lines_where_they_are_wanted() -> None:
    assert plain("a\r\nb").plain == "a\nb"
    assert plain("a\r\nb", multiline=False).plain == "a b"


@given(st.integers(-10, 500), st.integers(-10, 500), st.integers(0, 400), st.integers(0, 40))
def test_a_bar_is_as_wide_as_asked_and_full_only_when_nothing_is_left(
    used: int, reserved: int, total: int, width: int
) -> None:
    drawn = bar(used, reserved, total, width).plain
    taken = max(0, used) + max(0, reserved)
    assert len(drawn) == width
    if width > 1 and total > 0:
        assert ("░" in drawn) is (taken < total)
        assert ("█" in drawn or "▒" in drawn) is (taken > 0)


def test_a_bar_shows_used_then_reserved_then_left() -> None:
    assert bar(300, 150, 600, 8).plain == "████▒▒░░"


def test_a_tree_is_drawn_with_its_branches() -> None:
    lines = tree_lines({1: None, 2: 1, 3: 2, 4: 1, 5: None})
    assert lines == ((1, ""), (2, "├─ "), (3, "│  └─ "), (4, "└─ "), (5, ""))


@given(st.dictionaries(st.integers(0, 20), st.none() | st.integers(0, 25)))
def test_every_unit_stands_once_in_the_tree_even_in_a_ring(parents: dict[int, int | None]) -> None:
    assert sorted(node for node, _ in tree_lines(parents)) == sorted(parents)


def test_a_deep_chain_of_units_is_drawn() -> None:
    assert len(tree_lines({node: node - 1 if node else None for node in range(3000)})) == 3000


def test_priorities_and_coverage_differ_without_colour() -> None:
    assert [cells.priority_cell(priority).text for priority in Priority] == ["1 !!", "2 !", "3", "4"]
    assert cells.priority_cell(Priority.HIGH, word=True).text == "2 !  high"
    assert len({cells.coverage_cell(coverage).text for coverage in (*Coverage, None)}) == 10
    assert [cells.coverage_cell(outcome, word=False).text for outcome in (*Coverage, None)] == [
        "+",
        "h",
        *"xxxxxxx",
        "-",
    ]


def test_a_status_stands_out_when_new_and_steps_back_when_waiting_or_ended() -> None:
    looks = {category: cells.status_cell("x", category).look for category in Category}
    assert looks[Category.NEW] == "strong"
    assert looks[Category.OPEN] == ""
    assert looks[Category.WAITING_CLIENT] == looks[Category.CLOSED] == "muted"


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(seconds=-5), "0 m"),
        (timedelta(minutes=119), "119 m"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=2), "2 d"),
        (timedelta(weeks=10), "10 w"),
    ],
)
def test_an_age_is_told_in_one_unit(passed: timedelta, said: str) -> None:
    assert cells.age_cell(NOW, NOW - passed).text == said


def test_a_countdown_cell_has_the_looks_of_its_level() -> None:
    late = cells.countdown_cell(NOW, NOW - timedelta(minutes=12))
    assert late.look == "overdue"
    assert late.text.startswith("!!")


def test_columns_share_what_is_left_and_never_pass_the_edge() -> None:
    def column(name: str, width: int = 0, shown_from: int = 0) -> Column[int]:
        return Column(name, name, lambda row, _now: Cell(str(row)), width=width, shown_from=shown_from)

    columns = (column("a", 10), column("b"), column("c"), column("d", 20, 100))
    assert [(one.x, one.width) for one in place(columns, 60)] == [(2, 10), (13, 23), (37, 23)]
    for width in range(120):
        assert all(one.width > 0 and one.x + one.width <= width for one in place(columns, width))


def test_a_window_asks_for_what_is_missing_in_one_span_and_lets_far_rows_go() -> None:
    window: RowWindow[int] = RowWindow(lambda row: row)
    window.clear(1000)
    assert window.missing(100, 10) == Span(80, 50)
    window.put(80, range(80, 130))
    assert window.missing(100, 10) is None
    assert window.missing(109, 10) is None
    assert window.missing(111, 10) == Span(130, 11)
    window.keep(500, 10)
    assert len(window) == 0


def test_a_row_stands_in_one_place_only() -> None:
    window: RowWindow[int] = RowWindow(lambda row: row)
    window.clear(100)
    window.put(0, [1, 2, 3])
    window.put(2, [1])
    assert [window.row(index) for index in range(3)] == [None, 2, 1]
    assert window.place_of(1) == 2
    assert window.place_of(3) is None


def luminance(colour: str) -> float:
    def linear(part: float) -> float:
        return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)

    red, green, blue = Color.parse(colour).normalized
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [theme for theme in themes.THEMES if not theme.ansi], ids=lambda theme: theme.name)
def test_every_text_of_a_theme_can_be_read(theme: Theme) -> None:
    background = theme.background or ""
    texts = [value for name, value in theme.variables.items() if name.startswith(("level-", "coverage-"))]
    assert min(contrast(text, background) for text in (*texts, theme.variables["list-muted"])) >= 4.5
    for name in ("list-cursor", "list-cursor-blurred", "list-header"):
        assert contrast(theme.variables[name], theme.variables[f"{name}-background"]) >= 4.5


async def test_without_colour_the_cursors_line_has_a_sign_and_is_reversed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    desk = ListDesk(10)
    async with desk.run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        first = next(iter(desk.jobs.render_line(1)))
        assert first.text.startswith("▌")
        assert first.style is not None
        assert first.style.reverse


async def test_only_the_desks_themes_are_offered() -> None:
    desk = ListDesk(1)
    async with desk.run_test():
        assert set(desk.available_themes) == {theme.name for theme in themes.THEMES}
