"""The part of the form of recurring work that reads: its lists, the client's, and what would come of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Input, Static, TextArea

from deskconsole.data.queries.recurring import TemplateRow
from deskconsole.desk import callers
from deskconsole.desk.callers import Caller
from deskconsole.desk.recurring_templates import Coming
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.recurrence import read_start
from deskconsole.i18n import _, say
from deskconsole.screens import recurring_source as source
from deskconsole.screens.base import DeskScreen
from deskconsole.screens.dialogs import Option
from deskconsole.screens.easy_rule import rule_text
from deskconsole.screens.footer import KeyLine
from deskconsole.screens.pick_field import Pick
from deskconsole.screens.recurring_coming import ComingPanel
from deskconsole.screens.recurring_fields import RecurringFields
from deskconsole.screens.recurring_source import Belongings, Lists
from deskconsole.screens.recurring_typed import Fields, WrongField
from deskconsole.screens.session import Session
from deskconsole.screens.work import Done, Failed, Overlap
from deskconsole.widgets.text_block import plain

HITS = 7
TAKES = {"site": "site", "inventory": "equipment", "serial": "equipment", "contract": "contract"}
"""The field that a hit of a kind fills besides the client."""


class ListsRead(Done[Lists]):
    """The desk's lists are there."""


class BelongingsRead(Done[Belongings]):
    """The client's lists are there."""


class ClientsFound(Done[tuple[str, tuple[Caller, ...]]]):
    """Which clients may be meant by what was typed."""


class ComingRead(Done[Coming | WrongField]):
    """What would come of the form as it stands."""


class RecurringReading(DeskScreen[TemplateRow]):
    """The form and the dates beside it; every change of a field is looked at, in a thread."""

    def __init__(self, session: Session, template_id: int | None) -> None:
        super().__init__()
        self.session = session
        self.desk = session.desk
        self.template_id = template_id
        self._take_when_found = False

    def compose(self) -> ComposeResult:
        """Title, form, dates, problem, keys."""
        yield Static(plain(self.title_words(), multiline=False), id="title")
        with Container(id="body"):
            yield RecurringFields()
            yield ComingPanel(id="coming")
        yield Static(id="problem")
        yield KeyLine()

    @property
    def form(self) -> RecurringFields:
        """The fields."""
        return self.query_one(RecurringFields)

    @property
    def panel(self) -> ComingPanel:
        """What comes of it."""
        return self.query_one(ComingPanel)

    def title_words(self) -> str:
        """What the form is about."""
        raise NotImplementedError

    def keep_draft(self, fields: Fields) -> None:
        """Keep what stands in the form."""
        raise NotImplementedError

    # --- lists ----------------------------------------------------------------------------------------------

    def fill_form(self, fields: Fields) -> None:
        """Put fields into the form, and read what belongs to them."""
        self.form.fill(fields)
        self._read_belongings()
        self.changed()

    def _read_belongings(self, wanted: Mapping[str, int] | None = None) -> None:
        if (client := self.form.client_id) is not None:
            read = partial(source.read_belongings, self.session, client, wanted)
            self.work(read, BelongingsRead, group="belongings", overlap=Overlap.LATEST)

    @on(ListsRead)
    def _lists_read(self, event: ListsRead) -> None:
        self.form.take_lists(event.result)

    @on(BelongingsRead)
    def _belongings_read(self, event: BelongingsRead) -> None:
        if event.result.client_id == self.form.client_id:
            self.form.take_belongings(event.result)
            if event.result.wanted is not None:
                self.form.place()
            self.changed()

    def read_lists(self) -> None:
        """Read the desk's lists."""
        self.work(partial(source.read_lists, self.desk), ListsRead, group="lists", overlap=Overlap.LATEST)

    def action_refresh_data(self) -> None:
        """Read the lists again; what is typed stays."""
        self.read_lists()
        self._read_belongings()
        self.changed()

    # --- typing ---------------------------------------------------------------------------------------------

    @on(Input.Changed)
    def _line_changed(self) -> None:
        self.changed()

    @on(Pick.Typed)
    def _pick_typed(self) -> None:
        self.say_problem("")

    @on(TextArea.Changed)
    def _box_changed(self, event: TextArea.Changed) -> None:
        if event.text_area.id == "rules":
            self.form.show_easy()
        self.changed()

    @on(TextArea.SelectionChanged)
    def _cursor_moved(self, event: TextArea.SelectionChanged) -> None:
        if event.text_area.id == "rules":
            self.form.show_easy()

    def changed(self) -> None:
        """Keep what is typed, and look what comes of it."""
        fields = self.form.fields()
        self.keep_draft(fields)
        if not fields["rules"].strip():
            self.form.say_wrong("", "")
            self.panel.say(_("Choose how often: what that means and the next dates will stand here."))
            return
        read = partial(source.read_coming, self.desk, fields, self.template_id)
        self.work(read, ComingRead, group="coming", overlap=Overlap.LATEST)

    @on(ComingRead)
    def _looked(self, event: ComingRead) -> None:
        result = event.result
        if isinstance(result, WrongField):
            self.form.say_wrong(result.field, result.sentence)
            self.panel.say(_("The next dates will stand here once this is right: {sentence}").format(
                sentence=say(result.sentence)
            ))  # fmt: skip
        else:
            self.form.say_wrong("", "")
            self.panel.show_coming(result)

    @on(Pick.Taken, "#every")
    @on(Pick.Taken, "#days")
    def _easy_taken(self, event: Pick.Taken) -> None:
        """Write the rule that is meant, and show the days there are now."""
        easy = self.form.easy()
        if easy is not None:
            self.form.put_rule(rule_text(easy, self._start()))
            self.form.show_easy()

    def _start(self) -> datetime:
        """The start as far as it can be read: the days and the month a rule means that names none."""
        try:
            return read_start(self.form.text_of("start"), self.desk.zone)
        except InvalidInput:
            return self.session.local(self.desk.now()).replace(tzinfo=None)

    @on(Pick.Taken)
    def _taken(self, event: Pick.Taken) -> None:
        self.say_problem("")
        if event.pick.id == "client":
            return
        if event.pick.id == "units":
            self.form.place()
        self.changed()
        if event.go_on:
            self.focus_next()

    # --- the client -----------------------------------------------------------------------------------------

    @on(Pick.Typed, "#client")
    def _search(self, event: Pick.Typed) -> None:
        self._take_when_found = False
        text = event.pick.text
        if not text.strip():
            self.form.forget_client()
            self.changed()
            return

        def find() -> tuple[str, tuple[Caller, ...]]:
            return text, self.desk.read(callers.find, text, limit=HITS)

        self.work(find, ClientsFound, group="find", overlap=Overlap.LATEST)

    @on(ClientsFound)
    def _found(self, event: ClientsFound) -> None:
        text, hits = event.result
        pick = self.form.pick("client")
        if text != pick.text or pick.taken is not None:
            return
        pick.offer([Option(hit, hit.client, hit.label if hit.label != hit.client else "") for hit in hits])
        self.say_problem("" if hits else _("Nobody found like that."), calm=True)
        if self._take_when_found and hits:
            pick.take(go_on=True)
        self._take_when_found = False

    @on(Pick.Taken, "#client")
    def _client_taken(self, event: Pick.Taken) -> None:
        caller: Caller | None = event.pick.value
        self.form.forget_client()
        self._read_belongings({TAKES[caller.kind]: caller.row_id} if caller and caller.kind in TAKES else {})
        self.changed()
        if event.go_on:
            self.focus_next()

    @on(Pick.Passed)
    def _passed(self, event: Pick.Passed) -> None:
        """Enter with nothing to take: wait for the clients, or go on."""
        undecided = self.form.undecided()
        if event.pick.id == "client" and event.pick.is_undecided:
            self._take_when_found = self.is_working("find")
            if not self._take_when_found:
                self._search(Pick.Typed(event.pick))
        elif undecided is not None and undecided[0] == event.pick.id:
            self.say_problem(undecided[1])
        else:
            self.focus_next()

    @on(Failed)
    def _failed(self, event: Failed) -> None:
        event.stop()
        if event.group == "coming":
            self.panel.say(event.sentence)
        else:
            self.say_problem(event.sentence)

    def go_to(self, name: str) -> None:
        """Put the focus into a field."""
        node = self.query_one(f"#{name}")
        self.set_focus(node.line if isinstance(node, Pick) else node)

    def say_problem(self, sentence: str, *, calm: bool = False) -> None:
        """Show one sentence over the keys."""
        line = self.query_one("#problem", Static)
        line.set_class(calm, "-calm")
        line.update(plain(say(sentence)))
        line.display = bool(sentence)
