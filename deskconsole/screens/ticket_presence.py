"""Who else is on the open ticket, and that this person is: signs in the background that never disturb the screen."""

from __future__ import annotations

from textual import events, on
from textual.content import Content

from deskconsole.desk import presence
from deskconsole.desk.presence import Company
from deskconsole.i18n import _
from deskconsole.screens.base import DeskDialog
from deskconsole.screens.ticket_forms import TicketForms
from deskconsole.screens.ticket_reading import side_by_side
from deskconsole.screens.work import Done, Failed
from deskconsole.widgets.text_block import plain

BEAT_SECONDS = 10.0
GROUP = "presence"


class CompanyRead(Done[tuple[Company, ...]]):
    """It is known who else is on the ticket."""


class TicketPresence(TicketForms):
    """A screen of one ticket that gives signs of presence while it is seen, and knows its `company`."""

    ticket_id: int
    company: tuple[Company, ...] = ()
    _is_writing = False
    _is_gone = False  # from the ticket: another screen lies over it, or it is closed

    def company_changed(self) -> None:
        """Show who else is there now."""
        raise NotImplementedError

    @on(events.Mount)
    def _come(self) -> None:
        self.keep_fresh(self._be_here, CompanyRead, group=GROUP, every=BEAT_SECONDS)

    @on(events.ScreenSuspend)
    def _step_aside(self) -> None:
        """A form over the ticket is writing on it; another screen is leaving it."""
        over = self.app.screen
        if over.is_modal:
            self._say_whether_writing(isinstance(over, DeskDialog) and over.WRITES)
        else:
            self._go()

    @on(events.ScreenResume)
    def _come_back(self) -> None:
        self._is_gone = False
        self._say_whether_writing(False)

    @on(events.Unmount)
    def _close(self) -> None:
        self._go()

    @on(CompanyRead)
    def _company_read(self, event: CompanyRead) -> None:
        if self.is_attached:
            self.company = event.result
            self.company_changed()

    @on(Failed)
    def _no_sign(self, event: Failed) -> None:
        """Nobody is told: the next sign may get through, and who was here may be gone by then."""
        if event.group == GROUP:
            event.prevent_default()
            self.company = ()
            self.company_changed()

    def _say_whether_writing(self, is_writing: bool) -> None:
        if is_writing is not self._is_writing:
            self._is_writing = is_writing
            self.freshen(GROUP)

    def _go(self) -> None:
        """Take the sign back; by the app's worker, since this screen's end with it."""
        if not self._is_gone:
            self._is_gone = True
            self.app.run_worker(self._leave, group=GROUP, thread=True, exit_on_error=False)

    def _be_here(self) -> tuple[Company, ...]:
        """Give a sign; in a thread."""
        with self.session.presence_turn:
            if self._is_gone:
                return ()
            self.session.was_on_ticket = True
            return presence.be_here(self.desk, self.session.console, self.ticket_id, is_writing=self._is_writing)

    def _leave(self) -> None:
        """Take the sign back; in a thread, after a sign that is being given."""
        with self.session.presence_turn:
            presence.leave(self.desk, self.session.console, self.ticket_id)


def company_line(company: tuple[Company, ...]) -> Content:
    """Who else is on the ticket, and who of them writes."""
    return side_by_side([_one(other) for other in company])


def _one(other: Company) -> Content:
    name = other.name or _("Somebody of the company")
    words = _("{name} is here, writing") if other.is_writing else _("{name} is here")
    said = plain(words.format(name=name), multiline=False)
    return said.stylize("bold $level-near" if other.is_writing else "$level-near")
