"""What the desk has set for what happens by itself.

Quiet hours and who is on duty in them, the unread alert, who leads a team, and what is done about silent clients.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from deskconsole.data.queries.books import of_the_books
from deskconsole.data.tables import Person, Setting, Team, TeamLead
from deskconsole.desk import sla_edition
from deskconsole.desk.client_wait import WaitRule, write_rule
from deskconsole.desk.desk import Desk, Unit
from deskconsole.desk.settings import read_setting, write_setting
from deskconsole.domain.errors import InvalidInput, NotFound, Refused
from deskconsole.domain.quiet import QuietHours
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Role

QUIET, UNREAD = "quiet_hours", "unread_alert"
LONGEST_MINUTES = 7 * 24 * 60


@dataclass(frozen=True)
class UnreadRule:
    """A new ticket that nobody has opened `after_minutes` rings, and again `every_minutes`.

    Only tickets that came after `since` do: the desk's first pass, so that an old desk does not ring for all it has.
    `quiet` are this alert's own hours of silence.

    Raises:
        InvalidInput: the minutes are out of bounds.
    """

    is_on: bool = True
    every_minutes: int = 5
    after_minutes: int = 5
    quiet: QuietHours | None = None
    since: datetime | None = None

    def __post_init__(self) -> None:
        if not (1 <= self.every_minutes <= LONGEST_MINUTES and 0 <= self.after_minutes <= LONGEST_MINUTES):
            raise InvalidInput(mark("The unread alert rings every 1 to {most} minutes."), most=LONGEST_MINUTES)


@dataclass(frozen=True)
class AlertRules:
    """How this desk's alerts go: in the quiet hours to the person on duty; without one they wait until the end."""

    quiet: QuietHours | None = None
    duty_id: int | None = None
    unread: UnreadRule = UnreadRule()


@of_the_books
def rules_of(session: Session) -> AlertRules:
    """What is set, or what a new desk begins with."""
    night = read_setting(session, QUIET, None)
    unread = read_setting(session, UNREAD, None)
    return AlertRules(
        quiet=_quiet_of(night) if night else None,
        duty_id=night["duty"] if night else None,
        unread=_unread_of(unread) if unread else UnreadRule(),
    )


def set_rules(desk: Desk, rules: AlertRules, *, key: UUID | None = None) -> None:
    """Set how alerts go from now on; those that were raised stay as they are.

    Raises:
        Refused: only a supervisor or an administrator may, or the person on duty no longer works here.
        NotFound: nobody has the number of the person on duty.
    """

    def work(unit: Unit) -> None:
        unit.allow(Role.ADMIN, Role.SUPERVISOR)
        if rules.duty_id is not None and rules.quiet is None:
            raise InvalidInput(mark("Somebody is on duty in the quiet hours; say which hours those are."))
        if rules.duty_id is not None:
            _working(unit.session, rules.duty_id)
        write_setting(unit.session, QUIET, _quiet_form(rules.quiet, rules.duty_id) if rules.quiet else None)
        begin_unread(unit.session, rules.unread, unit.now)
        unit.changed("setting", None)

    desk.write("alert.rules", work, key=key)


def begin_unread(session: Session, rule: UnreadRule, now: datetime) -> UnreadRule:
    """Set the unread alert; tickets that were there before it was first set, or was off, stay silent."""
    before = read_setting(session, UNREAD, None)
    was_on = before is not None and before["is_on"]
    since = _unread_of(before).since if was_on else None
    rule = replace(rule, since=(since or now) if rule.is_on else None)
    write_setting(session, UNREAD, _unread_form(rule))
    return rule


def has_unread_rule(session: Session) -> bool:
    """Whether the unread alert was set, or begun by a first pass."""
    return session.get(Setting, UNREAD) is not None


def set_lead(desk: Desk, team_id: int, person_id: int | None, *, key: UUID | None = None) -> None:
    """Say who leads a team, and hears of its tickets at 90 % of their time (None: nobody)."""

    def work(unit: Unit) -> None:
        unit.allow(Role.ADMIN, Role.SUPERVISOR)
        if unit.session.get(Team, team_id) is None:
            raise NotFound(mark("There is no {what} {id}."), what="team", id=team_id)
        found = unit.session.get(TeamLead, team_id)
        if person_id is not None:
            unit.session.merge(TeamLead(team_id=team_id, person_id=_working(unit.session, person_id)))
        elif found is not None:
            unit.session.delete(found)
        unit.changed("team", team_id)

    desk.write("team.lead", work, key=key)


def set_wait_rule(desk: Desk, rule: WaitRule | None, *, key: UUID | None = None) -> None:
    """Set what is done about silent clients (None: nothing); the next pass puts tickets that wait already under it."""

    def work(unit: Unit) -> None:
        unit.allow(Role.ADMIN, Role.SUPERVISOR)
        write_rule(unit.session, rule)
        sla_edition.bump(unit, mark("another rule for silent clients"))

    desk.write("client_wait.rule", work, key=key)


def _working(session: Session, person_id: int) -> int:
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound(mark("There is no {what} {id}."), what="person", id=person_id)
    if not person.is_active:
        raise Refused(mark("{name} no longer takes tickets."), name=person.name)
    return person_id


def _quiet_of(form: dict[str, str]) -> QuietHours:
    return QuietHours(form["from"], form["to"], form["zone"])


def _quiet_form(quiet: QuietHours, duty_id: int | None) -> dict[str, str | int | None]:
    return {"from": quiet.begins, "to": quiet.ends, "zone": quiet.zone, "duty": duty_id}


def _unread_of(form: dict[str, object]) -> UnreadRule:
    return UnreadRule(
        is_on=bool(form["is_on"]),
        every_minutes=int(str(form["every_minutes"])),
        after_minutes=int(str(form["after_minutes"])),
        quiet=QuietHours(**form["quiet"]) if isinstance(form["quiet"], dict) else None,
        since=datetime.fromisoformat(str(form["since"])) if form["since"] else None,
    )


def _unread_form(rule: UnreadRule) -> dict[str, object]:
    quiet = rule.quiet
    return {
        "is_on": rule.is_on,
        "every_minutes": rule.every_minutes,
        "after_minutes": rule.after_minutes,
        "quiet": {"begins": quiet.begins, "ends": quiet.ends, "zone": quiet.zone} if quiet is not None else None,
        "since": rule.since.isoformat() if rule.since is not None else None,
    }
