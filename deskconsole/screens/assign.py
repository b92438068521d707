"""Choosing who does the work: people with what they have to do today, the suggested one first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import ClassVar
from uuid import UUID, uuid4

from textual import on
from textual.app import ComposeResult
from textual.types import CSSPathType
from textual.widgets import Input, Static

from deskconsole.data.queries import needs, people
from deskconsole.data.queries import tickets as ticket_rows
from deskconsole.data.queries.people import PersonLoad
from deskconsole.data.queries.tickets import QueueRow
from deskconsole.desk import tickets
from deskconsole.domain.countdown import duration_text
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.suggestion import Need, load_percent, missing_skills, ranked, reason
from deskconsole.domain.text import fold, layout_twins
from deskconsole.i18n import _, ngettext, say
from deskconsole.screens.dialogs import Question
from deskconsole.screens.fields import LIST_CALLS, TextLine
from deskconsole.screens.session import Session
from deskconsole.screens.ticket_actions import Act
from deskconsole.screens.work import Done, Failed, Overlap
from deskconsole.widgets.bars import bar
from deskconsole.widgets.line_list import Cell, Column, LineList, ListState
from deskconsole.widgets.text_block import fit, plain

NOBODY = 0
LISTED = 3
"""Tickets named in the question; more are counted."""
BAR_CELLS = 8


@dataclass(frozen=True)
class Line:
    """A person in the list, or nobody (`person` is None)."""

    person: PersonLoad | None
    lacks: tuple[str, ...] = ()
    holds: bool = False  # has all the tickets now

    @property
    def id(self) -> int:
        """The key in the list."""
        return self.person.id if self.person is not None else NOBODY


class PeopleRead(Done[tuple[tuple[PersonLoad, ...], Need, tuple[QueueRow, ...]]]):
    """The people, what the tickets ask for, and the tickets as they are now."""


class Assign(Question[Act]):
    """Gives tickets to a person: type to narrow, Enter assigns them all in one step."""

    SCOPE = "assign"
    OFFERS: ClassVar[tuple[str, ...] | None] = ("choose",)
    CSS_PATH: ClassVar[CSSPathType | None] = ["dialogs.tcss", "assign.tcss"]
    LIST_CALLS: ClassVar[dict[str, str]] = {**LIST_CALLS, "choose": "choose"}

    def __init__(self, session: Session, rows: tuple[QueueRow, ...]) -> None:
        super().__init__(_title(rows))
        self.session = session
        self.desk = session.desk
        self.rows = rows
        self.need = Need()
        self.lines: tuple[Line, ...] = ()
        self.shown: tuple[Line, ...] = ()
        self._why = ""
        self._keys: dict[int, UUID] = {}  # one operation for each person: a retry can't assign twice

    def body(self) -> ComposeResult:
        """The tickets, the narrowing line, the people, and a word on the one under the cursor."""
        if len(self.rows) > 1:
            yield Static(plain("\n".join(_listed(self.rows))), id="tickets")
        yield TextLine(placeholder=_("Type to narrow: name, team, skill"), id="narrow")
        people_list: LineList[Line] = LineList(
            _columns(), key=lambda line: line.id, now=self.desk.now(), markable=False, id="people"
        )
        people_list.can_focus = False
        yield people_list
        yield Static(id="about")

    def on_mount(self) -> None:
        """Read who there is."""
        self.query_one("#narrow", TextLine).focus()
        self._read()

    @property
    def is_expecting(self) -> bool:
        """Enter takes the first person, who is being read."""
        return not self.lines and self.is_working("people")

    @property
    def people(self) -> LineList[Line]:
        """The list."""
        return self.query_one(LineList)

    def _read(self) -> None:
        ids = [row.id for row in self.rows]

        def read() -> tuple[tuple[PersonLoad, ...], Need, tuple[QueueRow, ...]]:
            return (
                self.desk.read(people.loads, day_began=self.session.day_began()),
                self.desk.read(needs.need_of, ids),
                self.desk.read(ticket_rows.rows, ids),
            )

        self.work(read, PeopleRead, group="people", overlap=Overlap.LATEST)

    @on(PeopleRead)
    def _people_read(self, event: PeopleRead) -> None:
        loads, self.need, rows = event.result
        if rows:
            self.rows = rows
        order = ranked(loads, self.need)
        self.lines = tuple(
            Line(person, missing_skills(person, self.need), self.need.held_by == {person.id}) for person in order
        )
        self._why = say(reason(order, self.need)) if order and not self.lines[0].holds else ""
        if any(row.assignee_id is not None for row in self.rows):
            self.lines += (Line(None),)
        self._show()

    def _show(self) -> None:
        typed = self.query_one("#narrow", TextLine).value
        readings = [fold(reading).split() for reading in layout_twins(typed)]
        self.shown = tuple(
            line for line in self.lines if any(all(word in _words(line) for word in reading) for reading in readings)
        )
        listed = self.people
        listed.reset(len(self.shown))
        listed.put(0, self.shown)
        if not self.shown:
            nobody = _("Nobody like that. Erase something.") if self.lines else _("Nobody takes tickets yet.")
            listed.set_state(ListState.EMPTY, nobody)
        self._describe()

    @on(LineList.WindowNeeded)
    def _window_needed(self, event: LineList.WindowNeeded) -> None:
        event.stop()
        self.people.put(event.first, self.shown[event.first : event.first + event.count], edition=event.edition)

    @on(LineList.CursorMoved)
    def _cursor_moved(self, event: LineList.CursorMoved) -> None:
        event.stop()
        self._describe()

    @on(Input.Changed, "#narrow")
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        self._show()

    def _describe(self) -> None:
        """Say of the person under the cursor what the columns have no room for."""
        line = self.people.row_at_cursor
        about = "" if line is None else _about(line, self._why if line is self.lines[0] else "")
        self.query_one("#about", Static).update(plain(about, multiline=False))
        self.refresh_bindings()

    # --- assigning ------------------------------------------------------------------------------------------

    def why_not(self, action_id: str) -> Sentence | None:
        """Nobody can be chosen while nobody is shown."""
        if action_id == "assign.choose" and not self.shown:
            return Sentence(mark("Nobody is under the cursor."))
        return super().why_not(action_id)

    @on(Input.Submitted, "#narrow")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_choose()

    @on(LineList.Chosen)
    def _clicked(self, event: LineList.Chosen) -> None:
        event.stop()
        self.action_choose()

    def action_choose(self) -> None:
        """Give the tickets to the person under the cursor."""
        line = self.people.row_at_cursor
        if line is None or self.is_working("work"):
            return
        self.save(partial(self._give, line, self.rows))

    def _give(self, line: Line, rows: tuple[QueueRow, ...]) -> Act:
        """Assign in one transaction; in a thread."""
        key = self._keys.setdefault(line.id, uuid4())
        seen = {row.id: row.assignee_id for row in rows}
        person_id = line.person.id if line.person is not None else None
        changed = tickets.assign(self.desk, list(seen), person_id, seen=seen, key=key)
        if not changed:
            return Act(None, _("Nothing changed: it was so already."), is_no_change=True)
        count = len(changed)
        if line.person is None:
            words = ngettext("{count} ticket is nobody's now.", "{count} tickets are nobody's now.", count)
            return Act(key, words.format(count=count))
        words = ngettext("Assigned to {name}: {count} ticket.", "Assigned to {name}: {count} tickets.", count)
        return Act(key, words.format(name=line.person.name, count=count))

    @on(Failed)
    def _not_assigned(self, event: Failed) -> None:
        """After a conflict the tickets are read again, so that the next Enter is about what is on the screen."""
        if event.group == "work":
            self._keys.clear()
            self._read()

    def action_cancel(self) -> None:
        """Step back, but not out of what is being written."""
        if not self.is_working("work"):
            super().action_cancel()

    # --- moving ---------------------------------------------------------------------------------------------

    def action_cursor_up(self) -> None:
        """Go up one person."""
        self.people.action_move(-1)

    def action_cursor_down(self) -> None:
        """Go down one person."""
        self.people.action_move(1)

    def action_page_up(self) -> None:
        """Go up one page."""
        self.people.action_page(-1)

    def action_page_down(self) -> None:
        """Go down one page."""
        self.people.action_page(1)

    def action_first(self) -> None:
        """Go to the first person."""
        self.people.action_first()

    def action_last(self) -> None:
        """Go to the last person."""
        self.people.action_last()


def _title(rows: Sequence[QueueRow]) -> str:
    if len(rows) == 1:
        return _("Assign ticket {id}: {subject}").format(id=rows[0].id, subject=fit(rows[0].subject, 50).strip())
    return ngettext("Assign {count} ticket", "Assign {count} tickets", len(rows)).format(count=len(rows))


def _listed(rows: Sequence[QueueRow]) -> list[str]:
    """The first few tickets by name, and how many more there are."""
    lines = [fit(f"- {row.id}  {row.client}  {row.subject}", 70).strip() for row in rows[:LISTED]]
    if len(rows) > LISTED:
        lines.append(_("- and {count} more").format(count=len(rows) - LISTED))
    return lines


def _columns() -> tuple[Column[Line], ...]:
    return (
        Column("name", _("Name"), lambda line, _now: Cell(_name(line), "muted" if line.lacks else "")),
        Column("team", _("Team"), lambda line, _now: Cell(line.person.team if line.person else "", "muted"), width=14),
        Column("open", _("Has"), lambda line, _now: Cell(_open(line)), width=5, align="right"),
        Column("load", _("Today"), _load, width=BAR_CELLS + 6),
        Column("minutes", _("Worked + open / day"), _minutes, width=26, shown_from=90),
        Column("skills", _("Skills"), _skills, shown_from=90),
        Column("timer", _("Works on"), _timer, width=9, shown_from=60),
    )


def _name(line: Line) -> str:
    if line.person is None:
        return _("nobody: back to the queue")
    return f"{line.person.name} ({_('has it')})" if line.holds else line.person.name


def _open(line: Line) -> str:
    return str(line.person.open_tickets) if line.person is not None else ""


def _load(line: Line, _now: datetime) -> Cell:
    """The day as a bar: worked, promised, left; and in percent."""
    person = line.person
    if person is None:
        return Cell("")
    percent = load_percent(person)
    if percent is None:
        return Cell(_("no time today"), "muted")
    drawn = bar(person.logged_minutes, person.estimated_minutes, person.capacity_minutes, BAR_CELLS).plain
    return Cell(f"{drawn} {percent if percent < 1000 else '>999'}%", "final" if percent > 100 else "")


def _minutes(line: Line, _now: datetime) -> Cell:
    if line.person is None:
        return Cell("")
    worked, promised, day = (
        say(duration_text(minutes))
        for minutes in (line.person.logged_minutes, line.person.estimated_minutes, line.person.capacity_minutes)
    )
    return Cell(f"{worked} + {promised} / {day}")


def _skills(line: Line, _now: datetime) -> Cell:
    if line.person is None:
        return Cell("")
    if line.lacks:
        return Cell(_("lacks {skills}").format(skills=", ".join(line.lacks)), "uncovered")
    return Cell(", ".join(line.person.skills), "muted")


def _timer(line: Line, _now: datetime) -> Cell:
    running = line.person.working_on if line.person is not None else None
    return Cell(f"#{running}" if running is not None else "")


def _words(line: Line) -> str:
    """What may be typed to find a line."""
    if line.person is None:
        return fold(_name(line))
    return fold(" ".join((line.person.name, line.person.login, line.person.team, *line.person.skills)))


def _about(line: Line, why: str) -> str:
    if line.person is None:
        return _("Nobody has it then; it stands among the unassigned.")
    parts = [_("Suggested: {why}.").format(why=why)] if why else []
    if line.lacks:
        parts.append(_("Lacks {skills}.").format(skills=", ".join(line.lacks)))
    if line.person.skills:
        parts.append(_("Skills: {skills}.").format(skills=", ".join(line.person.skills)))
    if line.person.working_on is not None:
        parts.append(_("Works on ticket {id} now.").format(id=line.person.working_on))
    return " ".join(parts)
