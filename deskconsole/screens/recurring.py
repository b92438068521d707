"""The list of recurring work: what each template means, when it comes next, and how it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from functools import partial
from uuid import UUID, uuid4

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from deskconsole.data.queries.recurring import TemplateRow
from deskconsole.day_words import day_and_time
from deskconsole.desk import recurring_templates as verbs
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.text import clean
from deskconsole.i18n import _, say
from deskconsole.screens import recurring_source as source
from deskconsole.screens.base import DeskScreen
from deskconsole.screens.changes import DeskChanged, concerns
from deskconsole.screens.footer import KeyLine
from deskconsole.screens.keys import shown
from deskconsole.screens.recurring_source import TemplateLine
from deskconsole.screens.session import Session
from deskconsole.screens.text_lines import Block, TextLines
from deskconsole.screens.work import Done, Failed
from deskconsole.widgets.line_columns import Cell, Column
from deskconsole.widgets.line_list import LineList, ListState

REREAD_SECONDS = 30.0
NEEDS_ONE = frozenset({"recurring.pause", "recurring.raised", "app.copy"})
SHAPES_LINES = ("calendar", "client", "contract", "site", "equipment")
"""What changes how a template is read, besides itself."""


class TemplatesRead(Done[tuple[TemplateLine, ...]]):
    """The templates were read."""


class Turned(Done[str]):
    """A template rests or goes on, in words."""


class RecurringScreen(DeskScreen[None]):
    """Where a person looks through the recurring work, writes it down, and lets it rest."""

    SCOPE = "recurring"
    CSS_PATH = "recurring.tcss"
    AUTO_FOCUS = "LineList"

    def __init__(self, session: Session, *, then: str = "") -> None:
        super().__init__()
        self.session = session
        self.desk = session.desk
        self._then = then  # the draft to open over it
        self.lines: LineList[TemplateLine] = LineList(
            columns(self.desk.zone), key=lambda line: line.row.id, now=self.desk.now(), markable=False, id="list"
        )
        self.about = TextLines(id="about")
        self._heading = Static(id="heading", markup=False)
        self._rows: dict[int, TemplateLine] = {}
        self._known: source.Known = {}
        self._go_to: int | None = None
        self._again = False

    def compose(self) -> ComposeResult:
        """The list over what the template under the cursor means."""
        yield self._heading
        yield self.lines
        yield self.about
        yield KeyLine()

    def on_mount(self) -> None:
        """Read the templates, and again from time to time."""
        self.about.can_focus = False
        self._say_heading()
        self.keep_fresh(self._read, TemplatesRead, group="list", every=REREAD_SECONDS)
        if self._then:
            self.call_after_refresh(self.open_form, self._then)

    @property
    def chosen(self) -> TemplateLine | None:
        """The template under the cursor."""
        return self._rows.get(self.lines.cursor_key or 0)

    def why_not(self, action_id: str) -> Sentence | None:
        """What is done to a template needs one."""
        if action_id in NEEDS_ONE and self.chosen is None:
            return Sentence(mark("There is no recurring work here to do that with."))
        return super().why_not(action_id)

    # --- reading -------------------------------------------------------------------------------------------

    def _read(self) -> tuple[TemplateLine, ...]:
        return source.read_lines(self.desk, self._known)

    def changed(self) -> None:
        """Read again; a change that comes meanwhile is read after it."""
        if not self.freshen("list"):
            self._again = True

    def action_refresh_data(self) -> None:
        """Read everything again."""
        self._known = {}
        self.changed()

    @on(DeskChanged)
    def _desk_changed(self, event: DeskChanged) -> None:
        if any(concerns(event.rows, name) for name in SHAPES_LINES):
            self.action_refresh_data()
        elif concerns(event.rows, "recurring"):
            self.changed()

    @on(TemplatesRead)
    def _listed(self, event: TemplatesRead) -> None:
        """Show the rows; the cursor stays on its template, or goes to the one that was just made."""
        rows = event.result
        self._rows = {line.row.id: line for line in rows}
        self._known = {} if self._again else {source.known_by(line.row): line for line in rows}
        wanted = self._go_to if self._go_to in self._rows else self.lines.cursor_key
        self._go_to = None
        self.lines.reset(len(rows), keep_place=wanted is not None)
        place = next((place for place, line in enumerate(rows) if line.row.id == wanted), None)
        if wanted is not None and place is not None:
            self.lines.relocate(wanted, place)
        self.lines.put(0, rows)
        if not rows:
            self.lines.set_state(ListState.EMPTY, _("No recurring work yet. n writes some down."))
        self._say_heading()
        self._show_about()
        if self._again:
            self._again = False
            self.changed()

    @on(Failed)
    def _not_done(self, event: Failed) -> None:
        if event.group == "list":
            self.lines.set_state(ListState.FAILED, f"{say(event.sentence)} {_('F5 tries again.')}")
        else:
            self.app.notify(say(event.sentence), severity="error", timeout=10)

    @on(LineList.WindowNeeded)
    def _window_needed(self, event: LineList.WindowNeeded) -> None:
        """All rows are held here; the list lets those far away go."""
        event.stop()
        rows = tuple(self._rows.values())[event.first : event.first + event.count]
        self.lines.put(event.first, rows, edition=event.edition)

    # --- showing -------------------------------------------------------------------------------------------

    def _say_heading(self) -> None:
        self._heading.update(Content(f"{_('Recurring work')}  {len(self._rows)}"))

    @on(LineList.CursorMoved)
    def _cursor_moved(self, event: LineList.CursorMoved) -> None:
        event.stop()
        self._show_about()

    def _show_about(self) -> None:
        line = self.chosen
        self.about.show(tuple(_about(line, self.session)) if line is not None else ())
        self.about.action_first()
        self.refresh_bindings()

    def speak_again(self) -> None:
        """Say everything in another language: the words of the rules are made again."""
        self.lines.set_columns(columns(self.desk.zone))
        self._say_heading()
        self.action_refresh_data()
        self.refresh_bindings()

    # --- actions -------------------------------------------------------------------------------------------

    def action_new(self) -> None:
        """Write down new work."""
        self._edit(None)

    @on(LineList.Chosen)
    def _open(self, event: LineList.Chosen) -> None:
        """Change the template under the cursor."""
        event.stop()
        self._edit(event.key)

    def open_form(self, form: str) -> None:
        """Open the form of the text that a dead console left."""
        number = form.partition(":")[2]
        self._edit(int(number) if number.isdecimal() else None)

    def _edit(self, template_id: int | None) -> None:
        from deskconsole.screens.recurring_form import RecurringForm

        self.app.push_screen(RecurringForm(self.session, template_id), self._told)

    def _told(self, row: TemplateRow | None) -> None:
        """Say what comes next of what was saved, and go there."""
        if row is not None:
            self._go_to = row.id
            self.app.notify(saved_words(row))
            self.changed()

    def action_pause(self) -> None:
        """Let the template rest, or go on; the same key takes it back."""
        if (line := self.chosen) is None:
            return
        key, row = uuid4(), line.row
        verb, words = (
            (verbs.resume, mark("{name} goes on. {key} lets it rest."))
            if row.is_paused
            else (verbs.pause, mark("{name} rests. {key} lets it go on."))
        )
        said = _(words).format(name=row.name, key=shown(self.shell.keys_of("recurring.pause")[0]))
        self.work(partial(_turn, partial(verb, self.desk, row.id), key, said), Turned, group="pause")

    @on(Turned)
    def _turned(self, event: Turned) -> None:
        self.app.notify(event.result)
        self.changed()

    def action_raised(self) -> None:
        """Show what the template raised."""
        from deskconsole.screens.recurring_past import RecurringPast
        from deskconsole.screens.ticket import TicketScreen

        if (line := self.chosen) is None:
            return

        def chosen(ticket: int | None) -> None:
            if ticket is not None:
                self.app.push_screen(TicketScreen(self.session, ticket))

        self.app.push_screen(RecurringPast(self.session, line.row), chosen)

    def action_copy(self) -> None:
        """Copy the name, what it means and its rules."""
        if (line := self.chosen) is not None:
            self.app.copy_to_clipboard(clean("\n".join([line.row.name, line.words, *line.row.rules]), multiline=True))
            self.app.notify(_("Copied."))


def _turn(verb: Callable[..., bool], key: UUID, said: str) -> str:
    return said if verb(key=key) else _("Nothing changed: it was so already.")


def saved_words(row: TemplateRow) -> str:
    """What is said of a template that was saved."""
    if row.next_nominal is None:
        return _("{name} is saved; nothing is to come.").format(name=row.name)
    return _("{name} is saved; next: {moment}.").format(name=row.name, moment=day_and_time(row.next_nominal))


def columns(zone: tzinfo) -> tuple[Column[TemplateLine], ...]:
    """The columns of the list, titled in the reader's language; the next date is local at the site."""
    return (
        Column("state", _("State"), lambda line, _now: state_cell(line), 12),
        Column("name", _("Name"), lambda line, _now: Cell(line.row.name)),
        Column("client", _("Client"), lambda line, _now: Cell(_whose(line.row)), shown_from=70),
        Column("words", _("When"), lambda line, _now: Cell(line.words, "muted"), shown_from=110),
        Column("next", _("Next"), lambda line, _now: next_cell(line), 20),
        Column(
            "raised", _("Last raised"), lambda line, _now: Cell(_raised(line.raised_at, zone), "muted"), 16,
            shown_from=130,
        ),
    )  # fmt: skip


def state_cell(line: TemplateLine) -> Cell:
    """How a template stands: shape, word, colour."""
    if line.row.is_paused:
        return Cell(f"|| {_('resting')}", "calm")
    if line.trouble:
        return Cell(f"! {say(line.trouble)}", "near")
    if line.row.next_nominal is None:
        return Cell(f"- {_('ended')}", "muted")
    return Cell(f"> {_('goes on')}", "covered")


def next_cell(line: TemplateLine) -> Cell:
    """When it comes next, on a working day if it moves to one."""
    if line.following is None:
        return Cell("-", "muted")
    return Cell(day_and_time(line.following.shifted), "muted" if line.row.is_paused else "")


def _whose(row: TemplateRow) -> str:
    return ", ".join(filter(None, (row.client, row.site)))


def _raised(at: datetime | None, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at is not None else "-"


def _about(line: TemplateLine, session: Session) -> Iterator[Block]:
    """What the template under the cursor means, in full."""
    row, blank = line.row, Cell("")
    if line.trouble:
        yield Block("trouble", body=f"! {say(line.trouble)}", sign=blank, look="near")
    yield Block("words", body=line.words, sign=blank, look="strong")
    units = ", ".join(" ".join(filter(None, (unit.kind, unit.inventory_number))) or f"#{unit.id}" for unit in row.units)
    yield Block(
        "subject", body=" · ".join(filter(None, (row.subject, _whose(row), row.assignee or row.team))), sign=blank
    )
    raised = _("Last raised: {moment}").format(moment=_raised(line.raised_at, session.desk.zone))
    yield Block("raised", body=raised, sign=blank, look="muted")
    if units:
        yield Block("units", body=units, sign=blank, look="muted")
