"""What an open ticket is about: another unit, service or site, after which the coverage is judged again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from textual import on

from deskconsole.data.queries.people import Named
from deskconsole.data.queries.services import services
from deskconsole.desk import call_facts, tickets
from deskconsole.desk.call_facts import ClientSheet
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Coverage
from deskconsole.i18n import _
from deskconsole.screens.dialogs import Choice, Option
from deskconsole.screens.session import Keys
from deskconsole.screens.ticket_actions import Act, Acted, TicketActions
from deskconsole.screens.ticket_reading import TicketRead
from deskconsole.screens.work import Done
from deskconsole.widgets.cells import coverage_cell

TITLES = {"equipment_id": mark("Equipment"), "service_id": mark("Service"), "site_id": mark("Site")}


@dataclass(frozen=True)
class Subjects:
    """What a ticket may be about: the client's units and sites (None without a client), and the services."""

    sheet: ClientSheet | None
    services: tuple[Named, ...]


class SubjectsRead(Done[Subjects]):
    """It is known what the ticket may be about."""


class TicketSubject(TicketActions):
    """A screen of one ticket whose unit, service and site can be changed; `read` is what is known of it."""

    read: TicketRead | None = None

    def action_about(self) -> None:
        """Change the unit, the service or the site of the work."""
        assert self.read is not None
        client_id = self.read.card.row.client_id

        def look() -> Subjects:
            desk = self.desk
            sheet = desk.read(call_facts.client_sheet, client_id, self.session.today()) if client_id else None
            return Subjects(sheet, desk.read(services))

        self.work(look, SubjectsRead, group="about")

    @on(SubjectsRead)
    def _choose_kind(self, event: SubjectsRead) -> None:
        assert self.read is not None
        found, row = event.result, self.read.card.row
        offered = _offered(found)
        now = {"equipment_id": row.equipment, "service_id": _(row.service), "site_id": row.site}
        options = [
            Option(name, _(title), now[name], "" if offered[name] else _("There is none to choose from."))
            for name, title in TITLES.items()
        ]

        def chosen(name: str | None) -> None:
            if name is not None:
                self.app.push_screen(Choice(_(TITLES[name]), offered[name]), partial(self._put, name, found))

        self.app.push_screen(Choice(_("What is the work about?"), options), chosen)

    def _put(self, name: str, found: Subjects, row_id: int | None) -> None:
        """Write the choice; a unit brings the site where it stands."""
        if row_id is None or self.read is None:
            return
        card, keys = self.read.card, Keys()
        seen = {"equipment_id": card.equipment_id, "service_id": card.service_id, "site_id": card.site_id}
        wanted = {name: row_id}
        units = found.sheet.units if found.sheet is not None else ()
        site = next((unit.site_id for unit in units if unit.id == row_id), None)
        if name == "equipment_id" and site is not None:
            wanted["site_id"] = site

        def put() -> Act:
            outcome = tickets.change_subject_of_work(
                self.desk, card.row.id, seen=seen, key=keys.of(name, row_id), **wanted
            )
            covered = coverage_cell(Coverage(outcome) if outcome else None).text
            return Act(
                None, _("{what} is changed; coverage: {coverage}.").format(what=_(TITLES[name]), coverage=covered)
            )

        self.work(put, Acted)


def _offered(found: Subjects) -> dict[str, list[Option[int]]]:
    """The choices of each kind, a unit with its serial number and whether it is covered today."""
    sheet = found.sheet
    units, sites = (sheet.units, sheet.sites) if sheet is not None else ((), ())
    marks = sheet.coverage if sheet is not None else {}
    return {
        "equipment_id": [
            Option(unit.id, unit.name, f"{coverage_cell(marks.get(unit.id)).text}  {unit.serial_number}")
            for unit in units
        ],
        "service_id": [Option(service.id, _(service.name), service.code) for service in found.services],
        "site_id": [Option(site.id, ", ".join(filter(None, (site.city, site.name))), site.address) for site in sites],
    }
