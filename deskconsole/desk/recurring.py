"""Raising recurring work: each occurrence once, whoever runs the pass, however often, whatever is killed when.

A template's row is locked while its occurrences are dealt with. Each is inserted first, under the unique key (template,
nominal local time); its tickets and the template's next moment are written in the same transaction.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, insert, or_, select, update
from sqlmodel import Session

from deskconsole.data.tables import (
    Equipment,
    Occurrence,
    OccurrenceTicket,
    Person,
    Recurring,
    RecurringUnit,
    Ticket,
    table,
)
from deskconsole.desk import checklists, clocks, tickets
from deskconsole.desk.clock_pass import derive_all
from deskconsole.desk.desk import Desk, Unit
from deskconsole.desk.recurring_plan import Plan, plan_of, what_holds
from deskconsole.desk.ticket_copies import add_copies
from deskconsole.domain import occurrences as rules
from deskconsole.domain.errors import InvalidInput, NotFound, Refused
from deskconsole.domain.occurrences import Due, OccurrenceState, due_occurrences
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.stored_sentences import packed
from deskconsole.domain.terms import RUNNERS, Channel, EquipmentStatus, Priority

LIMIT = 100
"""Occurrences and tickets in one transaction (more if one occurrence alone has them): under half a second."""
HELD_FOR = timedelta(days=1)
"""A template that is held is looked at again after so long; `resume` looks at once."""
LEFT_OUT = mark("units out of use are left out: {count}")
CONTRACT_ENDS = mark("its contract ends on {day}")
R, OCCURRENCE = table(Recurring), table(Occurrence)
NOTHING: Mapping[str, int] = {"raised": 0, "tickets": 0, "late": 0, "skipped": 0, "moved": 0, "held": 0, "ended": 0}


@dataclass(frozen=True)
class Subject:
    """The units that a template's work is about, those in use, and how many are not."""

    units: Sequence[Equipment]
    retired: int


def raise_due(desk: Desk, now: datetime, limit: int = LIMIT) -> Mapping[str, int]:
    """Raise what is due at `now`, at most about `limit` occurrences in one transaction; call it again until all are 0.

    Returns how many occurrences were raised and skipped, how many tickets came of them, how many of the raised ones
    are late, and how many templates only moved on, are held or have ended.
    """
    desk.actor.allow(*RUNNERS)
    if not desk.read(_is_any_due, now):
        return NOTHING
    return desk.write("recurring.raise", lambda unit: _round(desk, unit, now, limit))


def _is_any_due(session: Session, now: datetime) -> bool:
    return session.execute(_due(now).limit(1)).first() is not None


def _due(now: datetime) -> Any:
    """Templates whose time has come; or that are held longer than any is, by a clock that ran ahead."""
    notes = (R.c.trouble.startswith(f'["{note}"', autoescape=True) for note in (LEFT_OUT, CONTRACT_ENDS))
    is_held = and_(R.c.trouble != "", *(~note for note in notes))
    is_due = or_(R.c.next_raise_at <= now, and_(R.c.next_raise_at > now + HELD_FOR, is_held))
    return select(R.c.id).where(is_due).order_by(R.c.next_raise_at, R.c.id)


def _round(desk: Desk, unit: Unit, now: datetime, limit: int) -> dict[str, int]:
    done = dict(NOTHING)
    ids = unit.session.execute(_due(now).limit(limit).with_for_update(skip_locked=True)).scalars().all()
    for template_id in ids:
        left = limit - max(done["tickets"], done["raised"] + done["skipped"])
        if left <= 0:
            break
        for what, count in _deal_with(desk, unit, template_id, now, left).items():
            done[what] += count
    return done


def _deal_with(desk: Desk, unit: Unit, template_id: int, now: datetime, left: int) -> Mapping[str, int]:
    """Do what is due of one template; what goes wrong with it holds it, and leaves no half of it behind."""
    session = unit.session
    template = session.get(Recurring, template_id, populate_existing=True)
    if template is None or template.next_nominal is None:
        return NOTHING
    touched = dict(unit.touched)
    try:
        with session.begin_nested():
            return _raise(desk, unit, template, now, left)
    except (InvalidInput, NotFound, Refused) as error:
        unit.touched.clear()
        unit.touched.update(touched)
        return _hold(unit, template_id, now, error.sentence)
    except ValueError as error:  # what stands in its row is nothing this desk could have written
        unit.touched.clear()
        unit.touched.update(touched)
        return _hold(unit, template_id, now, Sentence(mark("it can't be read: {error}"), error=str(error)))


def _raise(desk: Desk, unit: Unit, template: Recurring, now: datetime, left: int) -> Mapping[str, int]:
    session, template_id = unit.session, template.id or 0
    plan, subject = plan_of(session, template), _subject(session, template)
    why = what_holds(session, template, now, plan.zone) or _why_no_unit(template, subject)
    if why is not None:
        return _hold(unit, template_id, now, why)
    since = plan.since(datetime.fromisoformat(template.next_nominal or template.starts_local))
    each = max(1, len(subject.units)) if template.one_per_unit else 1
    due = due_occurrences(plan.recurrence, plan.covered, since, now, limit=max(1, left // each))
    new = _insert(unit, template, due, now)
    raised = [one for one in due.to_raise if one.nominal in new]
    made = _tickets(desk, unit, template, subject, raised)
    if made:
        rows = [{"ticket_id": ticket, "occurrence_id": new[one.nominal]} for ticket, one in made]
        session.execute(insert(table(OccurrenceTicket)), rows)
        if copies := [ticket for ticket, _one in made if ticket not in unit.touched]:
            derive_all(session, clocks.load_rules(session), copies, unit.author, unit.now)
    following, trouble = due.next, ""
    if following is None and (following := _after_contract(plan, due, since, now)) is not None:
        trouble = Sentence(CONTRACT_ENDS, day=str(plan.covered_to))
    elif subject.retired:
        trouble = Sentence(LEFT_OUT, count=subject.retired)
    write_next(unit, template_id, following, trouble)
    return {
        "raised": len(raised),
        "tickets": len(made),
        "late": sum(one.is_late for one in raised),
        "skipped": len(new) - len(raised),
        "moved": int(not new),
        "ended": int(following is None),
    }


def _after_contract(plan: Plan, due: Due, since: datetime, now: datetime) -> rules.Occurrence | None:
    """What would come next if the contract went on; it is looked at when its time comes, for then it may have."""
    dealt = [each.nominal for each in due.to_raise] + [each.nominal for each, _why in due.skipped]
    following = plan.first(max(dealt) + timedelta(seconds=1) if dealt else since)
    return replace(following, raise_at=max(following.raise_at, now + HELD_FOR)) if following else None


def _insert(unit: Unit, template: Recurring, due: Due, now: datetime) -> dict[datetime, int]:
    """Write the occurrences; those that stand there already are somebody else's. Returns the new ones' ids."""
    decided: list[tuple[rules.Occurrence, OccurrenceState, str]] = [
        *((each, OccurrenceState.RAISED, "") for each in due.to_raise),
        *((each, OccurrenceState.SKIPPED, packed(why)) for each, why in due.skipped),
    ]
    if not decided:
        return {}
    rows = [
        {
            "recurring_id": template.id,
            "nominal": each.nominal.isoformat(),
            "at": each.at,
            "shifted_at": each.shifted_at,
            "state": state.value,
            "is_late": each.is_late,
            "created_at": now,
            "reason": reason,
        }
        for each, state, reason in decided
    ]
    ids = unit.store.dialect.insert_new(unit.session.connection(), OCCURRENCE, rows)
    found = unit.session.execute(select(OCCURRENCE.c.id, OCCURRENCE.c.nominal).where(OCCURRENCE.c.id.in_(ids)))
    return {datetime.fromisoformat(row.nominal): row.id for row in found}


def _tickets(
    desk: Desk, unit: Unit, template: Recurring, subject: Subject, raised: Sequence[rules.Occurrence]
) -> list[tuple[int, rules.Occurrence]]:
    """The tickets of some occurrences, each with its own: one a unit, or one with the units on its list."""
    if not raised:
        return []
    points = _points(template)
    about: list[Equipment | None] = [*subject.units] if template.one_per_unit or len(subject.units) == 1 else [None]
    if about == [None]:
        points += [unit_label(one) for one in subject.units]
    made: list[tuple[int, rules.Occurrence]] = []
    (first, *others) = raised
    for one in about:
        ticket = _ticket(desk, unit, template, first, one, points)
        copies = add_copies(unit, ticket, [{"planned_at": each.shifted_at} for each in others])
        made += zip([ticket.id or 0, *copies], raised, strict=True)
    return made


def _points(template: Recurring) -> list[str]:
    points = json.loads(template.checklist)
    if not isinstance(points, list) or not all(isinstance(point, str) for point in points):
        raise InvalidInput(mark("its checklist is not a list of texts"))
    return points


def _ticket(
    desk: Desk,
    unit: Unit,
    template: Recurring,
    occurrence: rules.Occurrence,
    about: Equipment | None,
    points: Sequence[str],
) -> Ticket:
    rule = f"recurring: {template.name}"
    call = tickets.Registration(
        subject=template.subject,
        client_id=template.client_id,
        body=template.body,
        type=template.type,
        channel=Channel.SCHEDULE,
        priority=Priority(template.priority),
        site_id=template.site_id or (about.site_id if about is not None else None),
        equipment_id=about.id if about is not None else None,
        service_id=template.service_id,
        team_id=template.team_id,
    )
    ticket = tickets.add_ticket(unit, call, desk, rule=rule)
    ticket.planned_at = occurrence.shifted_at
    ticket.estimate_minutes = template.estimate_minutes or ticket.estimate_minutes
    checklists.add_items(unit, ticket, points)
    person = unit.session.get(Person, template.assignee_id) if template.assignee_id is not None else None
    if person is not None and person.is_active:
        tickets.hand_over(unit, ticket, person, rule=rule)
    return ticket


def write_next(unit: Unit, template_id: int, following: rules.Occurrence | None, trouble: str = "") -> None:
    """Write when a template is due again; a person's form over it stays valid."""
    values: dict[str, Any] = {
        "next_nominal": following.nominal.isoformat() if following else None,
        "next_raise_at": following.raise_at if following else None,
        "trouble": packed(trouble),
    }
    unit.session.execute(update(R).where(R.c.id == template_id).values(values))
    unit.changed("recurring", template_id)


def unit_label(unit: Equipment) -> str:
    """A unit as a point of a checklist."""
    numbers = unit.inventory_number or unit.serial_number or f"#{unit.id}"
    return " ".join(filter(None, (unit.kind, unit.maker, unit.model, numbers)))[: checklists.ITEM_LIMIT]


def _hold(unit: Unit, template_id: int, now: datetime, why: Sentence) -> Mapping[str, int]:
    """Leave a template's next moment as it is, and look again later."""
    unit.session.execute(
        update(R).where(R.c.id == template_id).values(trouble=packed(why), next_raise_at=now + HELD_FOR)
    )
    unit.changed("recurring", template_id)
    return {"held": 1}


def _subject(session: Session, template: Recurring) -> Subject:
    link, equipment = table(RecurringUnit), table(Equipment)
    ids = select(link.c.equipment_id).where(link.c.recurring_id == template.id)
    found = session.scalars(select(Equipment).where(equipment.c.id.in_(ids)).order_by(equipment.c.id)).all()
    usable = [
        one for one in found if one.status != EquipmentStatus.RETIRED.value and one.client_id == template.client_id
    ]
    return Subject(usable, len(found) - len(usable))


def _why_no_unit(template: Recurring, subject: Subject) -> Sentence | None:
    if subject.units or not (subject.retired or template.one_per_unit):
        return None
    return Sentence(mark("its units are gone or out of use"))
