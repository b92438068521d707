"""Writing down recurring work: when, for whom, the ticket it raises; and while it is typed, what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from functools import partial
from typing import ClassVar
from uuid import UUID, uuid4

from textual import on
from textual.widget import Widget
from textual.widgets import Static

from deskconsole.data.queries import recurring
from deskconsole.data.queries.recurring import TemplateRow
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.i18n import _
from deskconsole.screens import recurring_source as source
from deskconsole.screens.actions import actions_of
from deskconsole.screens.fields import LIST_CALLS
from deskconsole.screens.keys import shown
from deskconsole.screens.pick_field import Pick
from deskconsole.screens.recurring_fields import BLANK
from deskconsole.screens.recurring_reading import HITS, RecurringReading
from deskconsole.screens.recurring_source import Clash
from deskconsole.screens.recurring_typed import Fields, WrongField, fields_of, typed
from deskconsole.screens.session import Session
from deskconsole.screens.work import Done, Overlap
from deskconsole.widgets.text_block import plain

FORM = "recurring"
USUAL_START = time(9)
NOT_WHILE_SAVING = frozenset({*(action.id for action in actions_of("template")), "app.back", "app.refresh"})


class TemplateRead(Done[TemplateRow]):
    """The template to change was read."""


class TemplateSaved(Done[TemplateRow | WrongField | Clash]):
    """The form was sent."""


class RecurringForm(RecurringReading):
    """Makes a template, or changes one; it closes with the template as it is stored then."""

    SCOPE = "template"
    CSS_PATH = "recurring_form.tcss"
    LIST_CALLS: ClassVar[Mapping[str, str]] = {
        name: call for name, call in LIST_CALLS.items() if name not in {"first", "last"}
    }
    AUTO_FOCUS = "#name"

    def __init__(self, session: Session, template_id: int | None = None) -> None:
        super().__init__(session, template_id)
        self.form_name = form_name(template_id)
        self._stored: TemplateRow | None = None
        self._version: int | None = None
        self._is_draft = False
        self._put_aside: Fields = {}
        self._key: UUID | None = None
        self._tried: tuple[Fields, int | None] = ({}, None)  # the form as it was when `_key` was made
        self._left: Widget | None = None

    def on_mount(self) -> None:
        """Bring back a draft, else begin with the template or with nothing."""
        kept = dict(self.shell.drafts.kept(self.form_name))
        key, version = kept.pop("key", ""), kept.pop("version", "")
        self._is_draft = bool(kept)
        self._version = int(version) if version else None
        self.fill_form(kept or (self._beginning() if self.template_id is None else {}))
        if self._is_draft:
            self.say_problem(
                _("This is what you had not saved. {key} starts over.").format(key=self._key_of("clear")), calm=True
            )
        if key:
            self._key, self._tried = UUID(key), (typed(self.form.fields()), self._version)
        self.read_lists()
        if self.template_id is not None:
            read = partial(self.desk.read, recurring.template, self.template_id)
            self.work(read, TemplateRead, group="template", overlap=Overlap.LATEST)

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

    def title_words(self) -> str:
        """What the form is about."""
        if self.template_id is None:
            return _("New recurring work")
        return _("Recurring work: {name}").format(name=self._stored.name if self._stored else f"#{self.template_id}")

    def _beginning(self) -> dict[str, str]:
        """The form before anything was typed: as the template is stored, or nothing, from tomorrow on."""
        if self._stored is not None:
            return fields_of(self._stored)
        start = datetime.combine(self.session.today() + timedelta(days=1), USUAL_START)
        return {"start": f"{start:%Y-%m-%d %H:%M}"}

    def _is_as_it_began(self, fields: Fields) -> bool:
        return typed(fields) == typed({**BLANK, **self._beginning()})

    @on(TemplateRead)
    def _template_read(self, event: TemplateRead) -> None:
        self._stored = event.result
        self._version = self._version or event.result.version
        self.query_one("#title", Static).update(plain(self.title_words(), multiline=False))
        if not self._is_draft:
            self.fill_form(fields_of(event.result))
        self.refresh_bindings()

    def keep_draft(self, fields: Fields) -> None:
        """Keep what stands in the form, with the version it was begun on; a form as it began is no draft."""
        if self.is_working("template"):
            return
        if self._is_as_it_began(fields):
            self.shell.drafts.keep(self.form_name, {})
            return
        is_tried = self._key is not None and (typed(fields), self._version) == self._tried
        more = {"key": str(self._key) if is_tried else "", "version": str(self._version or "")}
        self.shell.drafts.keep(self.form_name, {**fields, **more})

    def speak_again(self) -> None:
        """Say everything in the language now in use, with what is typed."""
        fields = self.form.fields()

        async def again() -> None:
            await self.recompose()
            self.fill_form(fields)
            self.read_lists()

        self.call_next(again)

    def _key_of(self, name: str) -> str:
        return shown(self.shell.keys_of(f"{self.SCOPE}.{name}")[0])

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
        self.changed()
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
            self._put_aside = {}
            words = _("Somebody else changed it meanwhile. {save} keeps yours instead, {clear} shows theirs.")
            self.say_problem(words.format(save=self._key_of("save"), clear=self._key_of("clear")))
            self.changed()
        else:
            self.shell.drafts.discard(self.form_name)
            self.dismiss(result)

    def _refuse(self, name: str, sentence: str) -> None:
        """Go to the field that is wrong, and say why."""
        self.go_to(name)
        if self.query(f"#wrong-{name}"):
            self.form.say_wrong(name, sentence)
            self.say_problem("")
        else:
            self.say_problem(sentence)

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
        is_beginning = self._is_as_it_began(fields)
        if is_beginning and not self._put_aside:
            return
        back, self._put_aside = (self._put_aside, {}) if is_beginning else (self._beginning(), fields)
        self.fill_form(back)
        words = "" if is_beginning else _("As it was. {key} brings back what you typed.")
        self.say_problem(words.format(key=self._key_of("clear")), calm=True)
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
