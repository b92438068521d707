"""The live list: constant cost at any length, the cursor on the ticket, only what changed is painted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from textual.geometry import Region

from deskconsole.widgets.line_list import Cell, Column, LineList, ListState
from tests.console.list_desk import COLUMNS, NOW, Job, ListDesk, job

SIZE = (120, 30)
HOSTILE = (
    "a\x1b[31mred",
    "b\x1b]52;c;ZXZpbA==\x07",
    "c\x9b31m\x9d0;title\x9c",
    "d\u202egnp.exe",
    "e[/x] [bold]",
    "f[@click=app.quit]go[/]",
    "g\r\nsecond\tline",
    "h\u200bzero\u2066x",
    "i\x08\x7f\x00",
)


async def test_a_million_rows_hold_a_few_screens_in_memory() -> None:
    desk = ListDesk(1_000_000)
    async with desk.run_test(size=SIZE) as pilot:
        for key in ("end", "pageup", "home", *["pagedown"] * 30):
            await pilot.press(key)
        await pilot.pause()
        assert desk.jobs.held_rows <= 7 * desk.jobs.visible_rows
        assert desk.jobs.cursor_index == 30 * (desk.jobs.visible_rows - 1)
        assert "Касса" in desk.shown()[1]


async def test_the_last_row_can_be_reached_and_is_the_last_line() -> None:
    desk = ListDesk(1_000_000)
    async with desk.run_test(size=SIZE) as pilot:
        await pilot.press("G")
        await pilot.pause()
        assert desk.jobs.cursor_key == 999_999
        assert "999999" in desk.shown()[-1]
        assert desk.shown()[-1].startswith("▌")


async def test_one_question_at_a_time_and_again_when_no_answer_came() -> None:
    desk = ListDesk(silent=True)
    async with desk.run_test(size=SIZE) as pilot:
        await pilot.press("pagedown", "pagedown", "end")
        await pilot.pause()
        assert len(desk.questions) == 1
        desk.jobs.tick(NOW + timedelta(seconds=2))
        await pilot.pause()
        assert len(desk.questions) == 1
        desk.jobs.tick(NOW + timedelta(seconds=6))
        await pilot.pause()
        first, count = desk.questions[-1]
        assert len(desk.questions) == 2
        assert first + count == 1_000_000


async def test_rows_not_there_yet_are_placeholders_and_fill_in() -> None:
    desk = ListDesk(silent=True)
    async with desk.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert ".." in desk.shown()[5]
        desk.jobs.put(0, desk.rows(0, 100))
        await pilot.pause()
        assert "Касса 4" in desk.shown()[5]
        assert desk.jobs.cursor_key == 0


async def test_an_empty_answer_ends_the_list_instead_of_asking_for_ever() -> None:
    desk = ListDesk(10)
    async with desk.run_test(size=SIZE) as pilot:
        desk.jobs.update_total(50)
        await pilot.pause()
        assert desk.jobs.total == 10
        assert len(desk.questions) <= 3


async def test_the_cursor_stays_on_its_row_and_line_through_a_refresh() -> None:
    desk = ListDesk(1000)
    async with desk.run_test(size=SIZE) as pilot:
        await pilot.press("pagedown", "pagedown", "down", "down")
        await pilot.pause()
        jobs = desk.jobs
        key, line = jobs.cursor_key, jobs.cursor_index - jobs.top
        assert key is not None
        jobs.painted.clear()
        moved = [job(key + 100_000 - index) if index < 7 else job(index - 7) for index in range(1007)]
        jobs.reset(1007, keep_place=True)
        jobs.relocate(key, key + 7)
        jobs.put(jobs.top - 20, moved[jobs.top - 20 : jobs.top + 60])
        await pilot.pause()
        assert jobs.cursor_key == key
        assert jobs.cursor_index - jobs.top == line
        assert jobs.painted == []


async def test_after_a_sort_the_cursor_keeps_its_line() -> None:
    desk = ListDesk(1000)
    async with desk.run_test(size=SIZE) as pilot:
        await pilot.press("pagedown", "pagedown")
        await pilot.pause()
        key, line = desk.jobs.cursor_key, desk.jobs.cursor_index - desk.jobs.top
        assert key is not None
        desk.make = lambda index: job(999 - index)
        desk.jobs.set_sort("key", descending=True)
        desk.jobs.reset(1000, keep_place=True)
        desk.jobs.relocate(key, 999 - key)
        await pilot.pause()
        assert desk.jobs.row_at_cursor == job(key)
        assert desk.jobs.cursor_index - desk.jobs.top == line
        assert "No▼" in desk.shown()[0]


async def test_new_rows_that_move_the_cursors_row_take_the_cursor_along() -> None:
    desk = ListDesk(100)
    async with desk.run_test(size=SIZE) as pilot:
        await pilot.press("down", "down", "down")
        desk.jobs.put(0, [job(500), *desk.rows(0, 99)])
        await pilot.pause()
        assert (desk.jobs.cursor_key, desk.jobs.cursor_index) == (3, 4)


async def test_a_row_that_is_gone_leaves_the_cursor_in_its_place() -> None:
    desk = ListDesk(100)
    async with desk.run_test(size=SIZE) as pilot:
        await pilot.press("down", "down", "down")
        rows = desk.rows(0, 100)
        del rows[3]
        desk.jobs.reset(99, keep_place=True)
        desk.jobs.put(0, rows)
        await pilot.pause()
        assert (desk.jobs.cursor_key, desk.jobs.cursor_index) == (4, 3)


async def test_an_answer_to_a_question_from_before_a_reset_is_left_aside() -> None:
    desk = ListDesk(100, silent=True)
    async with desk.run_test(size=SIZE) as pilot:
        await pilot.pause()
        desk.jobs.reset(50)
        desk.jobs.put(0, [job(77)], edition=1)
        assert desk.jobs.row_at_cursor is None
        desk.jobs.put(0, [job(78)], edition=2)
        assert desk.jobs.row_at_cursor == job(78)


async def test_rows_that_arrive_do_not_pull_a_scrolled_view_back_to_the_cursor() -> None:
    desk = ListDesk(1000)
    async with desk.run_test(size=SIZE) as pilot:
        await pilot.pause()
        desk.jobs.scroll_lines_to(40)
        desk.jobs.put(0, desk.rows(0, 100))
        await pilot.pause()
        assert desk.jobs.top == 40
        assert desk.jobs.cursor_index == 0


async def test_a_cursor_move_paints_exactly_two_lines() -> None:
    desk = ListDesk(1000)
    async with desk.run_test(size=SIZE) as pilot:
        await pilot.pause()
        desk.jobs.painted.clear()
        await pilot.press("down")
        await pilot.pause()
        width = desk.jobs.size.width - 1
        assert sorted(desk.jobs.painted) == [Region(0, 1, width, 1), Region(0, 2, width, 1)]


async def test_a_tick_paints_only_cells_whose_text_changed() -> None:
    def make(index: int) -> Job:
        return replace(job(index), due=NOW + timedelta(seconds=60 if index == 3 else 7230))

    desk = ListDesk(1000, make)
    async with desk.run_test(size=SIZE) as pilot:
        await pilot.pause()
        desk.jobs.painted.clear()
        desk.jobs.tick(NOW + timedelta(seconds=1))
        await pilot.pause()
        assert desk.jobs.painted == [Region(11, 4, 8, 1)]
        assert "59 s" in desk.shown()[4]


async def test_replaced_rows_paint_only_what_reads_differently() -> None:
    desk = ListDesk(1000)
    async with desk.run_test(size=SIZE) as pilot:
        await pilot.pause()
        desk.jobs.painted.clear()
        desk.jobs.replace({2: replace(job(2), client="ООО Лилия"), 5: replace(job(5)), 700: job(700)})
        await pilot.pause()
        assert [region.y for region in desk.jobs.painted] == [3]
        assert desk.jobs.painted[0].width == 24
        assert "Лилия" in desk.shown()[3]


async def test_another_total_far_below_paints_nothing() -> None:
    desk = ListDesk(1_000_000)
    async with desk.run_test(size=SIZE) as pilot:
        await pilot.pause()
        desk.jobs.painted.clear()
        desk.jobs.update_total(1_000_001)
        await pilot.pause()
        assert desk.jobs.painted == []


async def test_marks_are_on_keys_and_space_steps_down() -> None:
    desk = ListDesk(1000)
    async with desk.run_test(size=SIZE) as pilot:
        await pilot.press("space", "space", "up", "up", "space")
        assert desk.jobs.marks == {1}
        assert desk.shown()[2][1] == "*"
        desk.jobs.mark_all(range(500))
        assert desk.jobs.mark_count == 500
        await pilot.press("end")
        desk.jobs.clear_marks()
        await pilot.pause()
        messages = [message for message in desk.said if isinstance(message, LineList.MarksChanged)]
        assert [len(message.keys) for message in messages] == [1, 2, 1, 500, 0]


@pytest.mark.parametrize(("down", "up", "last", "first"), [("j", "k", "G", "g"), ("о", "л", "П", "п")])
async def test_letters_work_on_both_layouts(down: str, up: str, last: str, first: str) -> None:
    desk = ListDesk(1000)
    async with desk.run_test(size=SIZE) as pilot:
        await pilot.press(down, down, up)
        assert desk.jobs.cursor_index == 1
        await pilot.press(last)
        assert desk.jobs.cursor_index == 999
        await pilot.press(first)
        assert desk.jobs.cursor_index == 0


async def test_a_keymap_replaces_keys_by_id_and_no_built_in_scrolling_comes_back() -> None:
    desk = ListDesk(1000)
    desk.set_keymap({"list.down": "z"})
    async with desk.run_test(size=SIZE) as pilot:
        await pilot.press("z", "down", "right", "ctrl+pagedown")
        assert (desk.jobs.cursor_index, desk.jobs.top) == (1, 0)


async def test_enter_chooses_the_key_under_the_cursor() -> None:
    desk = ListDesk(1000)
    async with desk.run_test(size=SIZE) as pilot:
        await pilot.press("down", "enter")
        await pilot.pause()
        assert [message.key for message in desk.said if isinstance(message, LineList.Chosen)] == [1]


async def test_a_click_moves_the_cursor_and_the_header_is_no_row() -> None:
    desk = ListDesk(1000)
    async with desk.run_test(size=SIZE) as pilot:
        await pilot.click("#jobs", offset=(5, 4))
        assert desk.jobs.cursor_index == 3
        await pilot.click("#jobs", offset=(5, 0))
        assert desk.jobs.cursor_index == 3


async def test_hostile_text_reaches_no_strip() -> None:
    desk = ListDesk(len(HOSTILE), lambda index: replace(job(index), subject=HOSTILE[index]))
    async with desk.run_test(size=SIZE) as pilot:
        await pilot.pause()
        strips = desk.jobs.render_lines(desk.jobs.size.region)
        text = "".join(strip.text for strip in strips)
        assert text.isprintable()
        assert not set(text) & set("\u202e\u200b\u2066\x9b")
        assert "e[/x] [bold]" in text
        assert "f[@click=app.quit]go[/]" in text
        assert all(not segment.style or not segment.style.meta for strip in strips for segment in strip)
        assert {strip.cell_length for strip in strips} == {desk.jobs.size.width}


async def test_a_ten_megabyte_subject_is_cut_to_its_column() -> None:
    desk = ListDesk(3, lambda index: replace(job(index), subject="日" * 10_000_000))
    async with desk.run_test(size=SIZE) as pilot:
        await pilot.pause()
        strip = desk.jobs.render_line(1)
        assert strip.cell_length == desk.jobs.size.width
        assert "…" in strip.text


@pytest.mark.parametrize(("width", "clients"), [(80, False), (160, True)])
async def test_narrow_screens_show_the_essentials(width: int, clients: bool) -> None:
    desk = ListDesk(1000)
    async with desk.run_test(size=(width, 24)) as pilot:
        await pilot.pause()
        lines = desk.shown()
        assert ("Client" in lines[0]) is clients
        assert ("Ромашка" in lines[1]) is clients
        assert desk.jobs.scrollable_content_region.width == width - 1
        assert {desk.jobs.render_line(y).cell_length for y in range(23)} == {width - 1}
        assert not desk.jobs.show_horizontal_scrollbar


async def test_a_resize_keeps_the_cursor_in_view() -> None:
    desk = ListDesk(1000)
    async with desk.run_test(size=(160, 45)) as pilot:
        await pilot.press(*["down"] * 40)
        await pilot.resize_terminal(80, 12)
        await pilot.pause(0.2)
        jobs = desk.jobs
        assert jobs.cursor_key == 40
        assert jobs.top <= 40 < jobs.top + jobs.visible_rows
        assert any(line.startswith("▌") for line in desk.shown())


async def test_empty_and_failed_say_the_next_step_and_old_rows_stay() -> None:
    desk = ListDesk(0)
    async with desk.run_test(size=SIZE) as pilot:
        desk.jobs.set_state(ListState.EMPTY, "No tickets here. Press n to register one.")
        await pilot.pause()
        assert "Press n" in "".join(desk.shown())
        desk.total = 1000
        desk.jobs.reset(1000)
        await pilot.pause()
        desk.jobs.set_state(ListState.FAILED, "The desk is locked. Press r to try again.")
        await pilot.pause()
        lines = desk.shown()
        assert "Касса 0" in lines[1]
        assert "Press r" in lines[-1]
        await pilot.press("end")
        assert desk.jobs.cursor_index - desk.jobs.top < desk.jobs.visible_rows
        desk.jobs.set_state(ListState.LOADING)
        await pilot.pause()
        assert "Press r" not in "".join(desk.shown())


@pytest.mark.parametrize("theme", ["desk-dark", "desk-light", "desk-ansi", "desk-colour-safe", "desk-high-contrast"])
async def test_in_every_theme_cursor_and_burning_cell_differ_from_plain_rows(theme: str) -> None:
    desk = ListDesk(10, lambda index: replace(job(index), due=NOW))
    async with desk.run_test(size=SIZE) as pilot:
        desk.theme = theme
        await pilot.pause()
        cursor, row = (list(desk.jobs.render_line(y)) for y in (1, 2))
        assert len({segment.style.bgcolor for segment in cursor if segment.style}) == 1
        assert cursor[0].style != row[0].style
        burning = next(segment for segment in row if "0 s" in segment.text)
        assert burning.style is not None
        assert burning.style.bold
        assert row[0].style is not None
        assert burning.style.color != row[0].style.color


async def test_other_columns_can_be_shown() -> None:
    desk = ListDesk(10)
    async with desk.run_test(size=SIZE) as pilot:
        only: tuple[Column[Job], ...] = (Column("client", "Client", lambda row, _now: Cell(row.client)),)
        desk.jobs.set_columns(only)
        await pilot.pause()
        assert "Касса" not in "".join(desk.shown())
        desk.jobs.set_columns(COLUMNS)
        await pilot.pause()
        assert "Касса" in "".join(desk.shown())
