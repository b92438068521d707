"""The rows a ticket history becomes: ticket, status spans, events, messages, search words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deskconsole.data.tables import NO_DUE
from deskconsole.desk import coverage
from deskconsole.desk.desk import Unit
from deskconsole.desk.intake_names import Names
from deskconsole.desk.ticket_history import HistoryLine, Said, TicketHistory
from deskconsole.desk.ticket_words import search_words
from deskconsole.domain.terms import Category, Channel, Visibility


@dataclass(frozen=True)
class Origin:
    """Where histories come from: the system's name, the rule history is written under, and what to make.

    `create` has "people", "teams", "clients": who is made as a placeholder when the desk does not know the name.
    """

    source: str
    rule: str
    create: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Job:
    """What writing a batch needs at every step."""

    unit: Unit
    origin: Origin
    names: Names
    categories: Mapping[str, Category]
    digests: Mapping[str, str]


def ticket_row(job: Job, history: TicketHistory) -> dict[str, Any]:
    """The ticket as it stands now."""
    status = history.stays[-1].status
    category = job.categories[status]
    place = job.names.place_of(history)
    row: dict[str, Any] = {
        "type": history.type,
        "subject": history.subject,
        "channel": history.channel,
        "priority": int(history.priority),
        "status": status,
        "category": category.value,
        "is_open": category.is_open,
        "client_id": place.client_id,
        "site_id": place.site_id,
        "caller": history.caller or ("" if place.client_id else history.client),
        "equipment_id": place.equipment_id,
        "service_id": job.names.services.get(history.service),
        "team_id": job.names.teams.get(history.team),
        "assignee_id": job.names.people.get(history.assignee),
        "due_at": history.due_at,
        "wished_at": history.wished_at,
        "next_due": history.due_at or history.wished_at or NO_DUE,
        "created_at": history.created_at,
        "updated_at": history.updated_at,
        "first_opened_at": _first_opened(job, history),
        "resolved_at": _ended(job, history, Category.RESOLVED, history.resolved_at),
        "closed_at": _ended(job, history, Category.CLOSED, history.closed_at),
    }
    return {**row, **DEFAULTS, **_judged(job, history, row)}


DEFAULTS: Mapping[str, Any] = {
    "coverage": None,
    "is_covered": True,
    "contract_version_id": None,
    "contract_line_id": None,
    "estimate_minutes": 0,
}


def _judged(job: Job, history: TicketHistory, row: Mapping[str, Any]) -> dict[str, Any]:
    """What a contract says of an open ticket; ended ones are history, and nobody judged them."""
    if not row["is_open"] or row["client_id"] not in job.names.under_contract:
        return {}
    verdict = coverage.judge(
        job.unit.session,
        coverage.Call(
            client_id=row["client_id"],
            on=history.created_at.date(),
            site_id=row["site_id"],
            equipment_id=row["equipment_id"],
            service_id=row["service_id"],
        ),
    )
    return {
        "coverage": verdict.outcome.value,
        "is_covered": verdict.is_covered,
        "contract_version_id": verdict.version_id,
        "contract_line_id": verdict.line_id,
    }


def _first_opened(job: Job, history: TicketHistory) -> datetime | None:
    """When somebody over there took it up: its first status that is not new."""
    stays = (stay.began for stay in history.stays if job.categories[stay.status] is not Category.NEW)
    return next(stays, None)


def _ended(job: Job, history: TicketHistory, wanted: Category, said: datetime | None) -> datetime | None:
    """When the ticket was resolved or closed: as the file says, else when it came into the state it still has."""
    present = job.categories[history.stays[-1].status]
    if present.is_open or (wanted is Category.CLOSED and present is Category.RESOLVED):
        return None
    if said is not None or present is Category.CANCELLED:
        return said
    done = {Category.RESOLVED, Category.CLOSED} if wanted is Category.RESOLVED else {wanted}
    began = None
    for stay in reversed(history.stays):
        if job.categories[stay.status] not in done:
            break
        began = stay.began
    return began


def span_rows(job: Job, ticket_id: int, history: TicketHistory) -> Iterable[dict[str, Any]]:
    """How long it stood in which status; the last span is open-ended."""
    ends = [stay.began for stay in history.stays[1:]]
    for stay, ended in zip(history.stays, [*ends, None], strict=True):
        yield {
            "ticket_id": ticket_id,
            "status": stay.status,
            "category": job.categories[stay.status].value,
            "began_at": stay.began,
            "ended_at": ended,
        }


def event_row(job: Job, ticket_id: int, line: HistoryLine) -> dict[str, Any]:
    """A line of history; outside names are kept as they were, undo can not reach it."""
    return {
        "ticket_id": ticket_id,
        "at": line.at,
        "person_id": job.names.people.get(line.actor),
        "actor": line.actor,
        "channel": Channel.IMPORT.value,
        "rule": job.origin.rule,
        "verb": line.verb,
        "field": line.field,
        "old": line.old,
        "new": line.new,
        "reason": "",
        "operation": None,
    }


def message_row(job: Job, ticket_id: int, said: Said) -> dict[str, Any]:
    """A text on the ticket."""
    return {
        "ticket_id": ticket_id,
        "at": said.at,
        "person_id": None if said.by_client else job.names.people.get(said.author),
        "author": said.author,
        "visibility": said.visibility.value,
        "channel": Channel.IMPORT.value,
        "body": said.body,
    }


def words_of(job: Job, history: TicketHistory) -> str:
    """What full-text search looks in; the other system's number too."""
    place = job.names.place_of(history)
    public = (said.body for said in history.said if said.visibility is Visibility.PUBLIC)
    return search_words(history.subject, history.external_id, place.client, place.equipment, *public)
