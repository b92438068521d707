"""What the queue reads, in threads: values in, values out, no widget is touched here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from deskconsole.config import View
from deskconsole.data.queries import ticket_card, tickets
from deskconsole.data.queries.ticket_card import MessageRow
from deskconsole.data.queries.tickets import SORTS, Listing, QueueRow, Sort
from deskconsole.desk import workflow
from deskconsole.desk.desk import Desk
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.ticket_filter import Filter, parse
from deskconsole.screens.session import Session
from deskconsole.screens.ticket_columns import columns
from deskconsole.screens.view_tabs import MOST_COUNTED

SORT_ALIASES = {"prio": "priority"}
MOST_MARKS = 5_000


@dataclass(frozen=True)
class Wanted:
    """What the queue shows: a filter as typed, and an order."""

    text: str
    sort: Sort


@dataclass(frozen=True)
class ListRead:
    """A list read anew: how long it is, a window of it, and where the cursor's ticket now stands in it."""

    wanted: Wanted
    total: int | None  # None = longer than the window; it is counted next
    first: int
    rows: tuple[QueueRow, ...]
    cursor: tuple[int, int] | None  # ticket, place
    doubt: Sentence | None = None  # what is not understood of a filter that is still being typed


@dataclass(frozen=True)
class WindowRead:
    """Rows from a place on, for the question with that number."""

    first: int
    rows: tuple[QueueRow, ...]
    edition: int


@dataclass(frozen=True)
class PreviewRead:
    """One ticket with the last things said on it."""

    row: QueueRow
    messages: tuple[MessageRow, ...]
    coverage_line: str


@dataclass(frozen=True)
class Place:
    """Where the person is in the list: the cursor's ticket and place, the first line, lines on the screen."""

    ticket_id: int | None
    index: int
    top: int
    lines: int


def parse_sort(text: str) -> Sort:
    """Read an order as views write it: `due`, `-created`.

    Raises:
        InvalidInput: there is no such order.
    """
    name = text.removeprefix("-")
    by = SORT_ALIASES.get(name, name) or "due"
    if by not in SORTS:
        raise InvalidInput(mark("there is no order {name}; there is {known}"), name=name, known=", ".join(SORTS))
    return Sort(by, text.startswith("-"))


def sort_text(sort: Sort) -> str:
    """An order as views write it."""
    return f"-{sort.by}" if sort.descending else sort.by


def status_codes(desk: Desk) -> list[str]:
    """The codes of this desk's own statuses."""
    return [status.code for status in desk.read(workflow.load).statuses]


def check_view(view: View, *, statuses: Sequence[str]) -> None:
    """Refuse a view that has no name, or whose filter, order or columns can't be meant.

    Raises:
        InvalidInput: it is one of those.
    """
    if not view.name:
        raise InvalidInput(mark("A view needs a name."))
    parse(view.filter, now=datetime.now(UTC), zone=UTC, statuses=statuses)
    parse_sort(view.sort)
    columns(view.columns, UTC)


def read_filter(session: Session, text: str, *, lenient: bool = False) -> Filter:
    """Understand a filter line at this moment, with this desk's own statuses."""
    desk = session.desk
    return parse(text, now=desk.now(), zone=desk.zone, statuses=status_codes(desk), lenient=lenient)


def read_taken(session: Session, text: str) -> str:
    """Understand every word of a filter line, and give it back.

    Raises:
        InvalidInput: a word of it means nothing.
    """
    read_filter(session, text)
    return text


def read_head(session: Session, wanted: Wanted, lines: int, *, lenient: bool) -> ListRead:
    """Read the first rows of a list, at once; counting a long one takes longer than reading its head."""
    limit = 3 * lines
    rows = session.desk.read(tickets.page, _listing(session, wanted, lenient=lenient), offset=0, limit=limit)
    doubt = _doubt(session, wanted.text) if lenient else None
    return ListRead(wanted, len(rows) if len(rows) < limit else None, 0, rows, None, doubt)


def _doubt(session: Session, text: str) -> Sentence | None:
    """What a filter line, taken leniently while it is typed, says that is left out."""
    try:
        read_filter(session, text)
    except InvalidInput as error:
        return error.sentence
    return None


def read_total(session: Session, wanted: Wanted, *, lenient: bool) -> tuple[Wanted, int]:
    """Count a list."""
    return wanted, session.desk.read(tickets.count, _listing(session, wanted, lenient=lenient))


def read_list(session: Session, wanted: Wanted, place: Place, *, lenient: bool) -> ListRead:
    """Read the list as it is now, around the cursor's ticket or, when that is gone, around its place."""
    listing = _listing(session, wanted, lenient=lenient)
    desk = session.desk
    total = desk.read(tickets.count, listing)
    first, limit = max(0, place.top - place.lines), 3 * max(1, place.lines)
    rows = desk.read(tickets.page, listing, offset=first, limit=limit, total=total)
    here = next((first + line for line, row in enumerate(rows) if row.id == place.ticket_id), None)
    if here is None and place.ticket_id is not None:
        here = desk.read(tickets.position, listing, place.ticket_id)
    index = here if here is not None else min(place.index, max(0, total - 1))
    moved = max(0, index - (place.index - place.top) - place.lines)
    if moved != first:
        first, rows = moved, desk.read(tickets.page, listing, offset=moved, limit=limit, total=total)
    cursor = (place.ticket_id, here) if here is not None and place.ticket_id is not None else None
    return ListRead(wanted, total, first, rows, cursor)


def read_touched(
    session: Session, wanted: Wanted, place: Place, heard: frozenset[int], *, lenient: bool
) -> ListRead | None:
    """The same where one of some tickets is in the list by now; None: none is, and what is shown is as it was."""
    if session.desk.read(tickets.holds_any, _listing(session, wanted, lenient=lenient), heard):
        return read_list(session, wanted, place, lenient=lenient)
    return None


def read_window(session: Session, wanted: Wanted, first: int, count: int, total: int, edition: int) -> WindowRead:
    """Read rows that came into view."""
    listing = _listing(session, wanted, lenient=True)
    rows = session.desk.read(tickets.page, listing, offset=first, limit=count, total=total)
    return WindowRead(first, rows, edition)


def read_counts(session: Session, views: Sequence[View]) -> tuple[int, ...]:
    """How many tickets each view has, counted no further than a tab shows."""
    desk, now, codes = session.desk, session.desk.now(), status_codes(session.desk)
    filters = (parse(view.filter, now=now, zone=desk.zone, statuses=codes) for view in views)
    listings = (Listing(wanted, Sort(), session.viewer) for wanted in filters)
    return tuple(desk.read(tickets.count_to, listing, MOST_COUNTED) for listing in listings)


def read_ids(session: Session, wanted: Wanted) -> tuple[Wanted, tuple[int, ...]]:
    """All tickets of a list, to be marked.

    Raises:
        InvalidInput: they are too many for one act.
    """
    ids = session.desk.read(tickets.ids, _listing(session, wanted, lenient=True), limit=MOST_MARKS + 1)
    if len(ids) > MOST_MARKS:
        raise InvalidInput(mark("These are more than {most} tickets; narrow the filter first."), most=MOST_MARKS)
    return wanted, ids


def read_rows(session: Session, ids: Sequence[int]) -> tuple[QueueRow, ...]:
    """The rows of some tickets."""
    return session.desk.read(tickets.rows, ids)


def read_preview(session: Session, ticket_id: int) -> PreviewRead:
    """Read what the preview shows."""
    card = session.desk.read(ticket_card.card, ticket_id, session.viewer)
    return PreviewRead(card.row, card.messages[-5:], card.contract_number)


def _listing(session: Session, wanted: Wanted, *, lenient: bool) -> Listing:
    return Listing(read_filter(session, wanted.text, lenient=lenient), wanted.sort, session.viewer)
