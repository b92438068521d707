"""What the screens of recurring work read and write, in threads: values in, values out, no widget is touched here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from deskconsole.data.queries import calendars, clients, people, recurring
from deskconsole.data.queries import tickets as ticket_rows
from deskconsole.data.queries.calendars import CalendarRow
from deskconsole.data.queries.clients import ContractRow, SiteRow, UnitRow
from deskconsole.data.queries.people import Named
from deskconsole.data.queries.recurring import OccurrenceRow, TemplateRow
from deskconsole.data.queries.services import services
from deskconsole.data.queries.tickets import QueueRow
from deskconsole.desk import recurring_templates as verbs
from deskconsole.desk.desk import Desk
from deskconsole.desk.recurring_templates import Coming
from deskconsole.domain.errors import Conflict, InvalidInput
from deskconsole.domain.occurrences import Occurrence
from deskconsole.recurring_words import raising_words, recurrence_words
from deskconsole.screens.recurring_typed import Fields, WrongField, template_of
from deskconsole.screens.session import Session

PREVIEWED = 12
MOST_PAST = 200


@dataclass(frozen=True)
class TemplateLine:
    """A template as the list shows it: what its rules mean, its next moment, and when it last raised something.

    `trouble` says why it is held, what it leaves out, or why its rules can't be read.
    """

    row: TemplateRow
    words: str
    following: Occurrence | None
    trouble: str
    raised_at: datetime | None


@dataclass(frozen=True)
class Lists:
    """The desk's own lists to choose from."""

    services: tuple[Named, ...]
    calendars: tuple[CalendarRow, ...]
    teams: tuple[Named, ...]
    people: tuple[Named, ...]


@dataclass(frozen=True)
class Belongings:
    """What a client has, for choosing.

    `wanted` are ids to take with a client that was just taken, by field; None for one that stands there already.
    """

    client_id: int
    name: str
    sites: tuple[SiteRow, ...]
    contracts: tuple[ContractRow, ...]
    units: tuple[UnitRow, ...]
    wanted: Mapping[str, int] | None


@dataclass(frozen=True)
class Clash:
    """Somebody else changed the template meanwhile: what stands there now."""

    row: TemplateRow


@dataclass(frozen=True)
class PastLine:
    """One moment of a template with one of its tickets, if it has any; `place` counts the lines."""

    place: int
    occurrence: OccurrenceRow
    ticket: QueueRow | None


Known = Mapping[tuple[int, int, str], TemplateLine]
"""Lines made before, by template, version and next moment."""


def read_lines(desk: Desk, known: Known) -> tuple[TemplateLine, ...]:
    """All templates, those due next first; what was made of one that did not change is not made again."""
    raised = desk.read(recurring.last_raised)
    lines = []
    for row in desk.read(recurring.templates):
        old = known.get(known_by(row))
        raised_at = raised.get(row.id)
        if old is not None and (old.row, old.raised_at) == (row, raised_at):
            lines.append(old)
        else:
            lines.append(_line(desk, row, raised_at))
    return tuple(lines)


def known_by(row: TemplateRow) -> tuple[int, int, str]:
    """What a line is found again by."""
    return row.id, row.version, str(row.next_nominal)


def _line(desk: Desk, row: TemplateRow, raised_at: datetime | None) -> TemplateLine:
    try:
        plan = desk.read(verbs.plan_by_id, row.id)
        following = plan.first(row.next_nominal) if row.next_nominal is not None else None
    except InvalidInput as error:
        return TemplateLine(row, "", None, error.sentence, raised_at)
    words = "; ".join([recurrence_words(plan.recurrence), *raising_words(plan.covered)])
    return TemplateLine(row, words, following, row.trouble or "", raised_at)


def read_past(desk: Desk, template_id: int) -> tuple[PastLine, ...]:
    """The newest moments that were dealt with, a line for each of their tickets."""
    past = desk.read(recurring.occurrences, template_id, limit=MOST_PAST)
    pairs = [(one, number) for one in past for number in one.tickets or (None,)][:MOST_PAST]
    numbers = [number for _one, number in pairs if number is not None]
    tickets = {row.id: row for row in desk.read(ticket_rows.rows, numbers)}
    return tuple(
        PastLine(place, one, tickets.get(number) if number is not None else None)
        for place, (one, number) in enumerate(pairs)
    )


def read_lists(desk: Desk) -> Lists:
    """The lists that do not depend on the client."""
    return Lists(
        desk.read(services), desk.read(calendars.calendars), desk.read(people.teams), desk.read(people.everybody)
    )


def read_belongings(session: Session, client_id: int, wanted: Mapping[str, int] | None) -> Belongings:
    """What a client has."""
    desk = session.desk
    return Belongings(
        client_id,
        desk.read(clients.name_of, client_id),
        desk.read(clients.sites, client_id),
        desk.read(clients.contracts, client_id, session.today()),
        desk.read(clients.units, client_id),
        wanted,
    )


def _site_zone(desk: Desk, fields: Fields) -> str:
    if not (fields["client"] and fields["site"]):
        return ""
    sites = desk.read(clients.sites, int(fields["client"]))
    return next((site.zone for site in sites if site.id == int(fields["site"])), "")


def read_coming(desk: Desk, fields: Fields, template_id: int | None) -> Coming | WrongField:
    """What would come of the form if it was saved now, or the field that can't be meant."""
    try:
        wanted = template_of(fields, _site_zone(desk, fields), desk.zone)
    except WrongField as wrong:
        return wrong
    try:
        return verbs.coming(desk, wanted, template_id=template_id, count=PREVIEWED)
    except InvalidInput as error:  # rules and exclusions are whole: the calendar has no day to shift to, or is gone
        return WrongField("calendar", error.sentence)


def save(
    desk: Desk, fields: Fields, *, template_id: int | None, version: int | None, key: UUID
) -> TemplateRow | WrongField | Clash:
    """Put the template under the form's key: the same form saved twice is one template.

    Raises:
        DeskError: the desk refuses it.
    """
    try:
        wanted = template_of(fields, _site_zone(desk, fields), desk.zone)
    except WrongField as wrong:
        return wrong
    try:
        made = verbs.put_recurring(desk, wanted, template_id=template_id, seen_version=version, key=key)
    except Conflict:
        now = desk.read(recurring.template, template_id) if template_id is not None else None
        if now is None or now.version == version:
            raise  # it is the name that is taken
        return Clash(now)
    return desk.read(recurring.template, made)
