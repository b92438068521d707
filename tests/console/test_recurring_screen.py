"""Recurring work on a real desk: the list, the form whose preview is what comes, and what was raised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from deskconsole.app import DeskApp
from deskconsole.config import BUILT_IN_VIEWS
from deskconsole.data.queries import recurring as queries
from deskconsole.data.queries import tickets as ticket_rows
from deskconsole.data.queries.recurring import TemplateRow
from deskconsole.data.tables import Equipment, Person
from deskconsole.day_words import day_and_time
from deskconsole.desk import calendars, recurring
from deskconsole.desk import recurring_templates as verbs
from deskconsole.desk.desk import Desk, Unit
from deskconsole.desk.recurring_templates import Template
from deskconsole.domain.errors import StorageUnavailable
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import EquipmentStatus, Role
from deskconsole.i18n import use_language
from deskconsole.recurring_words import recurrence_words
from deskconsole.screens.base import DeskScreen
from deskconsole.screens.fields import TextBox, TextLine
from deskconsole.screens.many_pick import ManyPick
from deskconsole.screens.pick_field import Pick
from deskconsole.screens.queue import QueueScreen
from deskconsole.screens.recurring import RecurringScreen
from deskconsole.screens.recurring_coming import ComingPanel
from deskconsole.screens.recurring_form import RecurringForm
from deskconsole.screens.recurring_past import RecurringPast
from deskconsole.screens.session import Session
from deskconsole.screens.ticket import TicketScreen
from tests.console.call_desk import NASTY, NOW, CallDesk, console, press, quiet, ready
from tests.console.real_desk import screen_text

NARROW, WIDE = (80, 24), (160, 45)
NINE = datetime(2026, 11, 23, 9)  # a Monday, the second day after the desk's
DAYS = ("mon", "tue", "wed", "thu", "fri")
OFFICE = {"timezone": "Europe/Moscow", "hours": {day: [["09:00", "18:00"]] for day in DAYS}, "holidays": ["2026-11-30"]}


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")


def stored(calls: CallDesk) -> tuple[TemplateRow, ...]:
    return calls.desk.read(queries.templates)


def put(calls: CallDesk, **said: Any) -> int:
    usual: dict[str, Any] = {"name": "Filters", "subject": "Change the filters", "starts": NINE}
    usual["rules"] = ["FREQ=WEEKLY;BYDAY=MO"]
    return verbs.put_recurring(calls.desk, Template(**usual | said))


def coming(calls: CallDesk, template_id: int) -> list[str]:
    """The next dates of a template as the pass will meet them."""
    row = calls.desk.read(queries.template, template_id)
    plan = calls.desk.read(verbs.plan_by_id, template_id)
    assert row.next_nominal is not None
    return [day_and_time(each.nominal) for each in islice(plan.occurrences(row.next_nominal), 12)]


def previewed(pilot: Pilot[Any]) -> str:
    return pilot.app.screen.query_one(ComingPanel).shown_text()


def dates(pilot: Pilot[Any]) -> list[str]:
    """The dates of the preview, without what stands behind them, in their order."""
    blocks = [block for block in pilot.app.screen.query_one(ComingPanel).blocks if block.key.startswith("date")]
    columns = max((len(block.head) // 3 for block in blocks), default=0)
    return [block.head[3 * place].text for place in range(columns) for block in blocks if 3 * place < len(block.head)]


def wrong(pilot: Pilot[Any], name: str) -> str:
    line = pilot.app.screen.query_one(f"#wrong-{name}", Static)
    return str(line.content) if line.display else ""


def problem(pilot: Pilot[Any]) -> str:
    return str(pilot.app.screen.query_one("#problem", Static).content)


def field(pilot: Pilot[Any], name: str) -> str:
    node = pilot.app.screen.query_one(f"#{name}")
    assert isinstance(node, Pick | TextLine | TextBox)
    return node.value if isinstance(node, TextLine) else node.text


async def go(pilot: Pilot[Any], name: str) -> None:
    """Put the cursor into a field, as Tab does in the end."""
    screen = pilot.app.screen
    assert isinstance(screen, RecurringForm)
    screen.go_to(name)
    await quiet(pilot)


async def retype(pilot: Pilot[Any], name: str, text: str) -> None:
    """Empty a line and type another text."""
    await go(pilot, name)
    await press(pilot, "end", "ctrl+u", text)


def listening(app: DeskApp[Any], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every toast from now on, also those that are gone by the end."""
    heard: list[str] = []
    monkeypatch.setattr(app, "notify", lambda message, **_look: heard.append(str(message)))
    return heard


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_work_is_written_down_the_easy_way_and_comes_when_the_preview_says(
    calls: CallDesk, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = console(calls, RecurringScreen)
    heard = listening(app, monkeypatch)
    async with app.run_test(size=size) as pilot:
        await ready(pilot)
        assert "No recurring work yet. n writes some down." in screen_text(pilot.app)
        await press(pilot, "n", "Tills", "enter", "month", "enter", "last fri", "enter")
        assert field(pilot, "rules") == "FREQ=MONTHLY;BYDAY=-1FR"
        assert previewed(pilot).startswith("on the last Friday of every month at 09:00")
        await go(pilot, "client")
        await press(pilot, "ромашка", "enter")
        assert field(pilot, "site") == "Москва, Store"
        await go(pilot, "units")
        await press(pilot, "0012", "enter", "prn", "enter")
        await go(pilot, "subject")
        await press(pilot, "Clean them")
        promised = dates(pilot)
        await press(pilot, "f2")
        assert isinstance(pilot.app.screen, RecurringScreen)
        text = screen_text(pilot.app)
        assert "> goes on" in text
        assert "Fri 2026-11-27 09:00" in text
        assert "on the last Friday of every month at 09:00" in text
    (row,) = stored(calls)
    assert (row.name, row.client, row.site, len(row.units)) == ("Tills", "ООО Ромашка", "Store", 2)
    assert len(promised) == 12
    assert promised == coming(calls, row.id)
    assert heard == ["Tills is saved; next: Fri 2026-11-27 09:00."]


async def test_preview_and_template_agree_after_an_edit_that_skips_what_was_dealt_with(calls: CallDesk) -> None:
    made = put(calls, starts=datetime(2026, 11, 21, 9), rules=["FREQ=DAILY"])
    recurring.raise_due(calls.desk, NOW)
    async with console(calls, RecurringScreen).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await press(pilot, "enter")
        await retype(pilot, "lead", "2")
        promised = dates(pilot)
        assert "raised Fri 2026-11-20" in previewed(pilot)
        await press(pilot, "ctrl+s")
    assert promised[0] == "Sun 2026-11-22 09:00"
    assert promised == coming(calls, made)


async def test_a_day_off_shows_where_it_moves_and_when_its_ticket_is_raised(calls: CallDesk) -> None:
    calendar = calendars.put_calendar(calls.desk, "Office", OFFICE)
    made = put(calls, rules=["FREQ=MONTHLY;BYMONTHDAY=-1"])
    async with console(calls, RecurringScreen).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await press(pilot, "enter")
        await go(pilot, "shift")
        await press(pilot, "next", "enter")
        assert wrong(pilot, "calendar") == "Shifting to working days needs a calendar."
        await press(pilot, "offi", "enter")
        await retype(pilot, "lead", "3")
        text = previewed(pilot)
        assert "a day off moves to the next working day; raised 3 days before" in text
        assert "Mon 2026-11-30 09:00 -> Tue 2026-12-01  raised Sat 2026-11-28" in text
        assert "Thu 2026-12-31 09:00  raised Mon 2026-12-28" in text
        await press(pilot, "f2")
        assert "Tue 2026-12-01 09:00" in screen_text(pilot.app)
    assert calls.desk.read(queries.template, made).calendar_id == calendar


async def test_a_rule_by_hand_shows_itself_the_easy_way_and_a_richer_one_stays_as_written(calls: CallDesk) -> None:
    async with console(calls, RecurringScreen).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await press(pilot, "n")
        await go(pilot, "rules")
        await press(pilot, "FREQ=WEEKLY;BYDAY=MO,TH")
        assert (field(pilot, "every"), field(pilot, "days")) == ("every week", "on Monday and Thursday")
        await press(pilot, ";COUNT=3")
        assert (field(pilot, "every"), field(pilot, "days")) == ("", "")
        assert dates(pilot) == ["Mon 2026-11-23 09:00", "Thu 2026-11-26 09:00", "Mon 2026-11-30 09:00"]
        assert previewed(pilot).endswith("Then it ends.")


async def test_the_easy_way_writes_the_line_of_the_cursor_and_leaves_the_others(calls: CallDesk) -> None:
    async with console(calls, RecurringScreen).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await press(pilot, "n")
        await go(pilot, "rules")
        await press(pilot, "FREQ=DAILY;COUNT=2", "enter")
        await go(pilot, "every")
        await press(pilot, "year", "enter", "on day 15", "enter")
        assert field(pilot, "rules") == "FREQ=DAILY;COUNT=2\nFREQ=YEARLY;BYMONTH=11;BYMONTHDAY=15"
        assert "; and also every year on 15 November at 09:00" in " ".join(previewed(pilot).split())


async def test_a_rule_that_can_not_be_meant_is_said_at_its_field_and_nothing_is_lost(calls: CallDesk) -> None:
    async with console(calls, RecurringScreen).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "n", "Tills")
        await retype(pilot, "subject", "Clean them")
        await go(pilot, "rules")
        await press(pilot, "FREQ=SECONDLY")
        assert "fires every second" in wrong(pilot, "rules")
        await go(pilot, "subject")
        await press(pilot, "f2")
        assert stored(calls) == ()
        assert pilot.app.focused is pilot.app.screen.query_one("#rules")
        assert "fires every second" in wrong(pilot, "rules")
        assert (field(pilot, "name"), field(pilot, "rules")) == ("Tills", "FREQ=SECONDLY")
        await press(pilot, *["backspace"] * 8, "DAILY")
        assert wrong(pilot, "rules") == ""
        await press(pilot, "f2")
    assert [row.rules for row in stored(calls)] == [("FREQ=DAILY",)]


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("start", "soon", '"soon" is no start; write 2026-01-30T09:00.'),
        ("ends", "2026-11-01", "Its last day, 2026-11-01, is before its start, 2026-11-23."),
        ("zone", "Mars", 'there is no time zone "Mars"; write it as Europe/Madrid'),
        ("lead", "x", '"x" is no number of days.'),
        ("estimate", "x", '"x" is no length of time; write 90, 1h30 or 1:30.'),
    ],
)
async def test_each_field_says_itself_what_is_wrong_with_it(
    calls: CallDesk, name: str, text: str, sentence: str
) -> None:
    put(calls)
    async with console(calls, RecurringScreen).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await press(pilot, "enter")
        await retype(pilot, name, text)
        assert wrong(pilot, name) == sentence
        assert sentence in " ".join(previewed(pilot).split())
        await press(pilot, "f2")
        assert isinstance(pilot.app.screen, RecurringForm)


@pytest.mark.parametrize(("name", "sentence"), [("name", "Give it a name."), ("subject", "Say what its tickets are")])
async def test_what_is_missing_is_asked_for_at_its_field(calls: CallDesk, name: str, sentence: str) -> None:
    put(calls)
    async with console(calls, RecurringScreen).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "enter")
        await retype(pilot, name, " ")
        await press(pilot, "f2")
        assert wrong(pilot, name).startswith(sentence)
        assert pilot.app.focused is pilot.app.screen.query_one(f"#{name}")


async def test_a_name_that_is_taken_is_refused_with_the_form_as_it_was(calls: CallDesk) -> None:
    put(calls)
    async with console(calls, RecurringScreen).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "n", "filters", "enter", "day", "enter")
        await go(pilot, "subject")
        await press(pilot, "Again", "f2")
        assert problem(pilot).startswith('There is a template "Filters" already')
        assert field(pilot, "name") == "filters"
        await retype(pilot, "name", "Other filters")
        await press(pilot, "f2")
    assert [row.name for row in stored(calls)] == ["Other filters", "Filters"]


async def test_what_is_typed_comes_back_when_the_form_is_opened_again(
    calls: CallDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = put(calls, client_id=calls.ids.romashka, site_id=calls.ids.site, units=[calls.ids.register_unit])
    app = console(calls, RecurringScreen)
    heard = listening(app, monkeypatch)
    async with app.run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "enter")
        await retype(pilot, "name", "Belts")
        await press(pilot, "escape")
        assert heard == ["Kept as a draft: it comes back when you open this again."]
        await press(pilot, "enter")
        assert problem(pilot) == "This is what you had not saved. F9 starts over."
        assert (field(pilot, "name"), field(pilot, "site")) == ("Belts", "Москва, Store")
        await press(pilot, "f9")
        assert field(pilot, "name") == "Filters"
        await press(pilot, "f9")
        assert (field(pilot, "name"), field(pilot, "units")) == ("Belts", "cash register Atol 91F КАС-0012")
        await press(pilot, "f2", "enter")
        assert (field(pilot, "name"), problem(pilot)) == ("Belts", "")
        await press(pilot, "escape")
        assert len(heard) == 2  # nothing is kept of a form that says what is stored
    assert calls.desk.read(queries.template, made).name == "Belts"


async def test_a_draft_of_a_dead_console_opens_over_its_list(calls: CallDesk) -> None:
    made = put(calls)

    def queue(session: Session) -> QueueScreen:
        return QueueScreen(Session(session.desk, BUILT_IN_VIEWS))

    async with console(calls, queue).run_test(size=NARROW) as pilot:
        screen = await ready(pilot)
        assert screen.form_title(f"recurring:{made}") == "Recurring work being written down"
        screen.shell.drafts.keep(f"recurring:{made}", {"name": "Belts", "rules": "FREQ=DAILY", "version": "1"})
        screen.open_form(f"recurring:{made}")
        await quiet(pilot)
        assert isinstance(pilot.app.screen, RecurringForm)
        assert field(pilot, "name") == "Belts"
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, RecurringScreen)


async def test_what_somebody_else_changed_meanwhile_is_said_and_nothing_typed_is_lost(calls: CallDesk) -> None:
    made = put(calls)
    theirs = Template(name="Theirs", subject="Change the filters", rules=["FREQ=DAILY"], starts=NINE)
    async with console(calls, RecurringScreen).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "enter")
        await retype(pilot, "name", "Mine")
        verbs.put_recurring(calls.desk, theirs, template_id=made)
        await press(pilot, "f2")
        assert problem(pilot).startswith("Somebody else changed it meanwhile. Ctrl+S keeps yours instead, F9 shows")
        assert [row.name for row in stored(calls)] == ["Theirs"]
        await press(pilot, "f9")
        assert (field(pilot, "name"), field(pilot, "rules")) == ("Theirs", "FREQ=DAILY")
        await press(pilot, "f9")
        assert (field(pilot, "name"), field(pilot, "rules")) == ("Mine", "FREQ=WEEKLY;BYDAY=MO")
        await press(pilot, "f2")
    assert [(row.name, row.rules) for row in stored(calls)] == [("Mine", ("FREQ=WEEKLY;BYDAY=MO",))]


async def test_a_form_saved_again_after_a_doubtful_failure_is_one_template(
    calls: CallDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = verbs.put_recurring, [StorageUnavailable(mark("The desk's database can't be reached."))]

    def cut_off(*said: Any, **more: Any) -> int:
        made = real(*said, **more)
        if failures:
            raise failures.pop()
        return made

    monkeypatch.setattr(verbs, "put_recurring", cut_off)
    async with console(calls, RecurringScreen).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "n", "Tills", "enter", "day", "enter")
        await go(pilot, "subject")
        await press(pilot, "Clean them", "f2")
        assert problem(pilot) == "The desk's database can't be reached."
        await press(pilot, "f2")
        assert isinstance(pilot.app.screen, RecurringScreen)
    assert [row.name for row in stored(calls)] == ["Tills"]


async def test_the_same_key_lets_it_rest_and_go_on(calls: CallDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    made = put(calls)
    app = console(calls, RecurringScreen)
    heard = listening(app, monkeypatch)
    async with app.run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "p")
        assert "|| resting" in screen_text(pilot.app)
        assert calls.desk.read(queries.template, made).is_paused
        await press(pilot, "p")
        assert "> goes on" in screen_text(pilot.app)
        assert not calls.desk.read(queries.template, made).is_paused
    assert heard == ["Filters rests. p lets it go on.", "Filters goes on. p lets it rest."]


async def test_work_that_is_held_says_why(calls: CallDesk) -> None:
    put(calls, client_id=calls.ids.romashka, units=[calls.ids.register_unit])

    def retire(unit: Unit) -> None:
        found = unit.session.get(Equipment, calls.ids.register_unit)
        assert found is not None
        found.status = EquipmentStatus.RETIRED.value

    calls.desk.write("retire", retire)
    recurring.raise_due(calls.desk, datetime(2026, 11, 23, 7, tzinfo=UTC))
    async with console(calls, RecurringScreen).run_test(size=NARROW) as pilot:
        await ready(pilot)
        lines = screen_text(pilot.app).splitlines()
        assert "! its units" in lines[2]
        assert any("! its units are gone or out of use" in line for line in lines[-7:])


async def test_what_it_raised_is_listed_with_its_tickets(calls: CallDesk) -> None:
    units = [calls.ids.register_unit, calls.ids.unlisted_unit]
    made = put(
        calls, client_id=calls.ids.romashka, units=units, one_per_unit=True, rules=["FREQ=DAILY"],
        starts=datetime(2026, 11, 21, 10),
    )  # fmt: skip
    recurring.raise_due(calls.desk, NOW)
    recurring.raise_due(calls.desk, NOW + timedelta(days=3))
    async with console(calls, RecurringScreen).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "h")
        assert isinstance(pilot.app.screen, RecurringPast)
        text = screen_text(pilot.app)
        assert text.count("+ raised") == 4
        assert text.count("x skipped") == 2
        await press(pilot, "down", "down")
        assert problem(pilot) == "missed; a later one is due already"
        await press(pilot, "enter")
        assert problem(pilot) == "No ticket came of that."
        await press(pilot, "up", "enter")
        assert isinstance(pilot.app.screen, TicketScreen)
    numbers = [number for one in calls.desk.read(queries.occurrences, made) for number in one.tickets]
    assert {row.subject for row in calls.desk.read(ticket_rows.rows, numbers)} == {"Change the filters"}


async def test_several_units_are_taken_and_taken_out_with_enter(calls: CallDesk) -> None:
    made = put(calls, client_id=calls.ids.romashka)
    async with console(calls, RecurringScreen).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "enter")
        await go(pilot, "units")
        units = pilot.app.screen.query_one("#units", ManyPick)
        await press(pilot, "all", "enter")
        assert set(units.chosen) == {calls.ids.register_unit, calls.ids.unlisted_unit}
        await press(pilot, "prn", "enter")
        assert units.chosen == (calls.ids.register_unit,)
        await press(pilot, "prn", "tab")  # leaving takes what was looked for, as in any field
        assert set(units.chosen) == {calls.ids.register_unit, calls.ids.unlisted_unit}
        await go(pilot, "units")
        await press(pilot, "prn", "tab")  # but takes nothing out
        assert len(units.chosen) == 2
        await go(pilot, "tickets")
        await press(pilot, "each", "enter", "f2")
    row = calls.desk.read(queries.template, made)
    assert (len(row.units), row.one_per_unit) == (2, True)


async def test_an_assignee_who_left_stays_until_somebody_else_is_chosen(calls: CallDesk) -> None:
    made = put(calls, assignee_id=calls.ids.boris)

    def leave(unit: Unit) -> None:
        person = unit.session.get(Person, calls.ids.boris)
        assert person is not None
        person.is_active = False

    calls.desk.write("leave", leave)
    async with console(calls, RecurringScreen).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "enter")
        assert field(pilot, "assignee") == "Boris"
        await retype(pilot, "name", "Belts")
        await press(pilot, "f2")
    assert calls.desk.read(queries.template, made).assignee_id == calls.ids.boris


async def test_another_client_brings_its_own_and_nothing_of_the_one_before(calls: CallDesk) -> None:
    put(calls, client_id=calls.ids.romashka, site_id=calls.ids.site, units=[calls.ids.register_unit])
    async with console(calls, RecurringScreen).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "enter")
        await go(pilot, "client")
        await press(pilot, "lily", "enter")
        assert (field(pilot, "client"), field(pilot, "site"), field(pilot, "units")) == ("Lily Flowers", "", "")
        await press(pilot, "f2")
    (row,) = stored(calls)
    assert (row.client, row.site_id, row.units) == ("Lily Flowers", None, ())


async def test_text_of_a_client_is_neither_markup_nor_codes(calls: CallDesk) -> None:
    put(calls, name=NASTY, subject=NASTY, client_id=calls.ids.nasty, units=[calls.ids.nasty_unit])
    async with console(calls, RecurringScreen).run_test(size=WIDE) as pilot:
        await ready(pilot)
        assert "Nasty [b]x[/y] ]52" in screen_text(pilot.app)
        await press(pilot, "enter")
        text = screen_text(pilot.app)
        assert "Nasty [b]x[/y] ]52" in text
        assert not any(sign in text for sign in ("\x1b", "\x07", "\x9b", "\u202e"))


async def test_another_language_is_spoken_at_once_with_what_is_typed(calls: CallDesk) -> None:
    put(calls)
    async with console(calls, RecurringScreen).run_test(size=WIDE) as pilot:
        await ready(pilot)
        await press(pilot, "enter")
        await retype(pilot, "name", "Belts")
        use_language("ru")
        for screen in pilot.app.screen_stack:
            if isinstance(screen, DeskScreen):
                screen.speak_again()
        await quiet(pilot)
        plan = calls.desk.read(verbs.plan_by_id, stored(calls)[0].id)
        assert previewed(pilot).startswith(recurrence_words(plan.recurrence))
        assert "каждый понедельник" in previewed(pilot)
        assert field(pilot, "name") == "Belts"
        use_language("en")


async def test_the_dates_take_the_focus_and_give_it_back(calls: CallDesk) -> None:
    put(calls)
    async with console(calls, RecurringScreen).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "enter")
        await go(pilot, "lead")
        await press(pilot, "f6")
        assert isinstance(pilot.app.focused, ComingPanel)
        await press(pilot, "escape")
        assert pilot.app.focused is pilot.app.screen.query_one("#lead")


async def test_an_engineer_is_told_that_this_is_not_theirs(calls: CallDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    def first(desk: Desk) -> QueueScreen:
        app.role = Role.ENGINEER
        return QueueScreen(Session(desk, BUILT_IN_VIEWS))

    app = console(calls, RecurringScreen)
    app._first_screen = first
    heard = listening(app, monkeypatch)
    async with app.run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "e")
        assert isinstance(pilot.app.screen, QueueScreen)
        assert heard == ["Your role may not do this."]


async def test_a_dispatcher_reaches_it_from_the_queue(calls: CallDesk) -> None:
    put(calls)

    def queue(session: Session) -> QueueScreen:
        return QueueScreen(Session(session.desk, BUILT_IN_VIEWS))

    async with console(calls, queue).run_test(size=NARROW) as pilot:
        await ready(pilot)
        await press(pilot, "у")  # e on the other layout
        assert isinstance(pilot.app.screen, RecurringScreen)
        assert "Recurring work  1" in screen_text(pilot.app)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, QueueScreen)
