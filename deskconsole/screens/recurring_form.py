"""Writing down recurring work: when, for whom, the ticket it raises; and while it is typed, what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from functools import partial
from typing import ClassVar
from uuid import UUID, uuid4

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from deskconsole.data.queries import recurring
from deskconsole.data.queries.recurring import TemplateRow
from deskconsole.desk import callers
from deskconsole.desk.callers import Caller
from deskconsole.desk.recurring_templates import Coming
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.recurrence import read_start
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.i18n import _, say
from deskconsole.screens import recurring_source as source
from deskconsole.screens.actions import actions_of
from deskconsole.screens.base import DeskScreen
from deskconsole.screens.dialogs import Option
from deskconsole.screens.easy_rule import rule_text
from deskconsole.screens.fields import LIST_CALLS
from deskconsole.screens.footer import KeyLine
from deskconsole.screens.keys import shown
from deskconsole.screens.pick_field import Pick
from deskconsole.screens.recurring_coming import ComingPanel
from deskconsole.screens.recurring_fields import RecurringFields
from deskconsole.screens.recurring_source import Belongings, Clash, Lists
from deskconsole.screens.recurring_typed import Fields, WrongField, fields_of, typed
from deskconsole.screens.session import Session
from deskconsole.screens.work import Done, Failed, Overlap
from deskconsole.widgets.text_block import plain

FORM = "recurring"
USUAL_START = time(9)
HITS = 7
NOT_WHILE_SAVING = frozenset({*(action.id for action in actions_of("template")), "app.back", "app.refresh"})
TAKES = {"site": "site", "inventory": "equipment", "serial": "equipment", "contract": "contract"}
"""The field that a hit of a kind fills besides the client."""


class TemplateRead(Done[TemplateRow]):
    """The template to change was read."""


class ListsRead(Done[Lists]):
    """The desk's lists are there."""


class BelongingsRead(Done[Belongings]):
    """The client's lists are there."""


class ClientsFound(Done[tuple[str, tuple[Caller, ...]]]):
    """Which clients may be meant by what was typed."""


class ComingRead(Done[Coming | WrongField]):
    """What would come of the form as it stands."""


class TemplateSaved(Done[TemplateRow | WrongField | Clash]):
    """The form was sent."""


class RecurringForm(DeskScreen[TemplateRow]):
    """The form and the dates beside it; it closes with the template as it is stored then."""

    SCOPE = "template"
    CSS_PATH = "recurring_form.tcss"
    LIST_CALLS: ClassVar[Mapping[str, str]] = {
        name: call for name, call in LIST_CALLS.items() if name not in {"first", "last"}
    }
    AUTO_FOCUS = "#name"

    def __init__(self, session: Session, template_id: int | None = None) -> None:
        super().__init__()
        self.session = session
        self.desk = session.desk
        self.template_id = template_id
        self.form_name = form_name(template_id)
        self._stored: TemplateRow | None = None
        self._version: int | None = None
        self._is_draft = False
        self._began_with: dict[str, str] = {}  # the fields before anything was typed
        self._put_aside: Fields = {}
        self._key: UUID | None = None
        self._tried: object = None  # the form as it was when `_key` was made
        self._take_when_found = False
        self._left: Widget | None = None

    def compose(self) -> ComposeResult:
        """Title, form, dates, problem, keys."""
        yield Static(plain(self._title()), id="title")
        with Container(id="body"):
            yield RecurringFields()
            yield ComingPanel(id="coming")
        yield Static(id="problem")
        yield KeyLine()

    def on_mount(self) -> None:
        """Bring back a draft, else begin with the template or with nothing."""
        kept = dict(self.shell.drafts.kept(self.form_name))
        key, version = kept.pop("key", ""), kept.pop("version", "")
        self._is_draft = bool(kept)
        self._version = int(version) if version else None
        self._fill(kept or self._nothing())
        if self._is_draft:
            self._began_with = {} if self.template_id is not None else typed({**self.form.fields(), **self._nothing()})
            self._key, self._tried = (UUID(key), (typed(self.form.fields()), self._version)) if key else (None, None)
            self.say_problem(_("This is what you had not saved. F9 starts over."), calm=True)
        self.work(partial(source.read_lists, self.desk), ListsRead, group="lists", overlap=Overlap.LATEST)
        self._read_template()

    @property
    def form(self) -> RecurringFields:
        """The fields."""
        return self.query_one(RecurringFields)

    @property
    def panel(self) -> ComingPanel:
        """What comes of it."""
        return self.query_one(ComingPanel)

    @property
    def is_expecting(self) -> bool:
        """A key typed ahead is meant for the form once the template stands in it."""
        return self.is_working("template") or self.is_working("save")

    def why_not(self, action_id: str) -> Sentence | None:
        """What can't be done now, and why."""
        if self.is_working("save") and action_id in NOT_WHILE_SAVING:
            return Sentence(mark("Wait a moment: it is being saved."))
        if action_id == "template.save" and self.is_working("template"):
            return Sentence(mark("Wait a moment: it is being read."))
        return super().why_not(action_id)

    # --- what stands in it ----------------------------------------------------------------------------------

    def _title(self) -> str:
        if self.template_id is None:
            return _("New recurring work")
        return _("Recurring work: {name}").format(name=self._stored.name if self._stored else f"#{self.template_id}")

    def _nothing(self) -> dict[str, str]:
        """A form before anything is typed: from tomorrow on."""
        start = datetime.combine(self.session.today() + timedelta(days=1), USUAL_START)
        return {"start": f"{start:%Y-%m-%d %H:%M}"}

    def _read_template(self) -> None:
        if self.template_id is not None:
            read = partial(self.desk.read, recurring.template, self.template_id)
            self.work(read, TemplateRead, group="template", overlap=Overlap.LATEST)

    @on(TemplateRead)
    def _template_read(self, event: TemplateRead) -> None:
        self._stored = event.result
        self._version = self._version or event.result.version
        self.query_one("#title", Static).update(plain(self._title(), multiline=False))
        if not self._is_draft:
            self._fill(fields_of(event.result))
            self.go_to("name")

    def _fill(self, fields: Fields) -> None:
        """Put fields into the form, and read what belongs to them."""
        self.form.fill(fields)
        self._began_with = typed(self.form.fields())
        self._read_belongings({})
        self._changed()

    def _read_belongings(self, wanted: Mapping[str, int]) -> None:
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
            self._changed()

    def action_refresh_data(self) -> None:
        """Read the lists again; what is typed stays."""
        self.work(partial(source.read_lists, self.desk), ListsRead, group="lists", overlap=Overlap.LATEST)
        self._read_belongings({})
        self._changed()

    def speak_again(self) -> None:
        """Say everything in the language now in use, with what is typed."""
        fields, began_with = self.form.fields(), self._began_with

        async def again() -> None:
            await self.recompose()
            self._fill(fields)
            self._began_with = began_with
            self.action_refresh_data()

        self.call_next(again)

    # --- typing ---------------------------------------------------------------------------------------------

    @on(Input.Changed)
    def _line_changed(self) -> None:
        self._changed()

    @on(TextArea.Changed)
    def _box_changed(self, event: TextArea.Changed) -> None:
        if event.text_area.id == "rules":
            self.form.show_easy()
        self._changed()

    @on(TextArea.SelectionChanged)
    def _cursor_moved(self, event: TextArea.SelectionChanged) -> None:
        if event.text_area.id == "rules":
            self.form.show_easy()

    def _changed(self) -> None:
        """Keep what is typed, and look what comes of it."""
        fields = self.form.fields()
        if typed(fields) == self._began_with:
            self.shell.drafts.keep(self.form_name, {})
        else:
            is_tried = self._key is not None and (typed(fields), self._version) == self._tried
            more = {"key": str(self._key) if is_tried else "", "version": str(self._version or "")}
            self.shell.drafts.keep(self.form_name, {**fields, **more})
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
        if event.pick.id == "client":
            return
        self._changed()
        if event.go_on:
            self.focus_next()

    # --- the client -----------------------------------------------------------------------------------------

    @on(Pick.Typed, "#client")
    def _search(self, event: Pick.Typed) -> None:
        self._take_when_found = False
        text = event.pick.text
        if not text.strip():
            self.form.forget_client()
            self._changed()
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
        caller: Caller = event.pick.value
        self.form.forget_client()
        self._read_belongings({TAKES[caller.kind]: caller.row_id} if caller.kind in TAKES else {})
        self._changed()
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

    # --- saving ---------------------------------------------------------------------------------------------

    def action_save(self) -> None:
        """Save the template, once every field can be meant."""
        pick = self._pick_in_focus()
        if pick is not None and pick.is_open and pick.text.strip() and not pick.searched:
            pick.take(go_on=False)
        if (undecided := self.form.undecided()) is not None:
            self._refuse(*undecided)
            return
        for name, sentence in (("name", _("Give it a name.")), ("subject", _("Say what its tickets are about."))):
            if not self.form.text_of(name).strip():
                self._refuse(name, sentence)
                return
        fields = self.form.fields()
        if self._key is None or (typed(fields), self._version) != self._tried:
            self._key, self._tried = uuid4(), (typed(fields), self._version)
        self._changed()
        key, drafts, version = self._key, self.shell.drafts, self._version

        def save() -> TemplateRow | WrongField | Clash:
            drafts.flush()
            return source.save(self.desk, fields, template_id=self.template_id, version=version, key=key)

        if self.work(save, TemplateSaved, group="save", overlap=Overlap.DROP):
            self.say_problem(_("Saving..."), calm=True)

    @on(TemplateSaved)
    def _saved(self, event: TemplateSaved) -> None:
        result = event.result
        if isinstance(result, WrongField):
            self._refuse(result.field, result.sentence)
        elif isinstance(result, Clash):
            self._stored, self._version = result.row, result.row.version
            words = _("Somebody else changed it meanwhile. {save} keeps yours instead, {clear} shows theirs.")
            keys = {name: shown(self.shell.keys_of(f"template.{name}")[0]) for name in ("save", "clear")}
            self.say_problem(words.format(**keys))
            self._changed()
        else:
            self.shell.drafts.discard(self.form_name)
            self.dismiss(result)

    @on(Failed)
    def _failed(self, event: Failed) -> None:
        event.stop()
        if event.group == "coming":
            self.panel.say(event.sentence)
        else:
            self.say_problem(event.sentence)

    def _refuse(self, name: str, sentence: str) -> None:
        """Go to the field that is wrong, and say why."""
        self.go_to(name)
        if self.query(f"#wrong-{name}"):
            self.form.say_wrong(name, sentence)
            self.say_problem("")
        else:
            self.say_problem(sentence)

    def go_to(self, name: str) -> None:
        """Put the focus into a field."""
        node = self.query_one(f"#{name}")
        self.set_focus(node.line if isinstance(node, Pick) else node)

    def say_problem(self, sentence: str, *, calm: bool = False) -> None:
        """Show one sentence over the keys."""
        line = self.query_one("#problem", Static)
        line.set_class(calm, "-calm")
        line.update(plain(say(sentence)))

    # --- the rest -------------------------------------------------------------------------------------------

    def action_back(self) -> None:
        """Put an open list away, leave the dates, else step back; what is typed stays a draft."""
        pick = self._pick_in_focus()
        if pick is not None and pick.is_open:
            pick.close()
        elif self.focused is self.panel:
            self.action_dates()
        else:
            if self.shell.drafts.kept(self.form_name):
                self.app.notify(_("Kept as a draft: it comes back when you open this again."))
            super().action_back()

    def action_clear(self) -> None:
        """Put back what is stored, or nothing; pressed again, bring back what stood there."""
        fields = self.form.fields()
        beginning = fields_of(self._stored) if self._stored is not None else self._nothing()
        is_beginning = typed(fields) == self._began_with
        if is_beginning and not self._put_aside:
            return
        back, self._put_aside = (self._put_aside, {}) if is_beginning else (beginning, fields)
        began_with = self._began_with
        self._fill(back)
        if is_beginning:
            self._began_with = began_with
            self._changed()
        self.say_problem("" if is_beginning else _("As it was. F9 brings back what you typed."), calm=True)
        self.go_to("name")

    def action_dates(self) -> None:
        """Go to the dates, which scroll; pressed again, back to the field."""
        if self.focused is self.panel:
            self.set_focus(self._left)
        else:
            self._left = self.focused
            self.set_focus(self.panel)

    def action_cursor_down(self) -> None:
        """Go down in the list of the field, or to the next field."""
        self._move(1)

    def action_cursor_up(self) -> None:
        """Go up in the list of the field, or to the field before."""
        self._move(-1)

    def action_page_down(self) -> None:
        """Go down one page of the list."""
        self._move(HITS)

    def action_page_up(self) -> None:
        """Go up one page of the list."""
        self._move(-HITS)

    def _move(self, rows: int) -> None:
        if (pick := self._pick_in_focus()) is not None:
            pick.move(rows)
        elif rows > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def _pick_in_focus(self) -> Pick[object] | None:
        node = self.focused
        return next((one for one in node.ancestors if isinstance(one, Pick)), None) if node is not None else None


def form_name(template_id: int | None) -> str:
    """The draft's name."""
    return FORM if template_id is None else f"{FORM}:{template_id}"


def form_for(session: Session, form: str) -> RecurringForm:
    """The form that a draft of this name belongs to."""
    number = form.partition(":")[2]
    return RecurringForm(session, int(number) if number.isdecimal() else None)
