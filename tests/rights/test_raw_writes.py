"""What a login may write into a row of its own, tried on the server's own clock: when, which words, which minutes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import errors

from deskconsole.data.access.functions import RULES, SKEW
from deskconsole.data.access.guards import WRONG_CLOCK
from deskconsole.data.queries import sla as sla_queries
from deskconsole.data.queries import ticket_card
from deskconsole.data.queries.ticket_filter import Viewer
from deskconsole.desk import hours, lines, tickets, time
from deskconsole.desk.desk import Desk
from deskconsole.desk.opening import open_desk
from deskconsole.desk.unbooked_pass import book_waiting
from deskconsole.domain.errors import Refused
from deskconsole.domain.terms import TariffMode
from tests.conftest import DATABASE
from tests.rights.world import World, let_in
from tests.support.postgres import Server, create_database, drop_database

Link = psycopg.Connection[Any]
EVENT = (
    "INSERT INTO event (ticket_id, at, person_id, actor, channel, rule, verb, field, old, new, reason)"
    " VALUES (%(t)s, %(at)s, desk_priv.me(), 'The Boss', %(channel)s, %(rule)s, 'note', %(field)s, %(old)s, '', '')"
)
PLAIN = {"channel": "console", "rule": "", "field": "", "old": ""}
MESSAGE = (
    "INSERT INTO message (ticket_id, at, person_id, author, visibility, channel, is_automatic, body)"
    " VALUES (%(t)s, %(at)s, desk_priv.me(), '', 'public', 'console', false, 'x')"
)
ENTRY = (
    "INSERT INTO time_entry (ticket_id, person_id, started_at, worked_minutes, charged_minutes, note, at)"
    " VALUES (%(t)s, desk_priv.me(), %(began)s, 20, 20, '', %(at)s) RETURNING id"
)
BOTH = (
    EVENT,
    MESSAGE,
    ENTRY,
    "INSERT INTO attachment (ticket_id, name, media_type, size, sha256, at, person_id)"
    " VALUES (%(t)s, 'x', '', 1, repeat('a', 64), %(at)s, desk_priv.me())",
    "INSERT INTO status_span (ticket_id, status, category, began_at)"
    " SELECT id, status, category, %(at)s FROM ticket WHERE id = %(t)s",
    "UPDATE status_span SET ended_at = %(at)s WHERE ticket_id = %(t)s AND ended_at IS NULL",
    "UPDATE ticket SET updated_at = %(at)s WHERE id = %(t)s",
    "UPDATE ticket SET first_opened_at = %(at)s WHERE id = %(t)s",
    "UPDATE ticket SET arrived_at = %(at)s WHERE id = %(t)s",
    "INSERT INTO change (entity, row_id, at) VALUES ('ticket', %(t)s, %(at)s)",
    "INSERT INTO operation (key, verb, at, person_id, result) VALUES (gen_random_uuid(), 'x', %(at)s,"
    " desk_priv.me(), '1')",
    "INSERT INTO presence (console, person_id, ticket_id, is_writing, seen_at)"
    " VALUES (gen_random_uuid(), desk_priv.me(), %(t)s, true, %(at)s)",
    "INSERT INTO work_timer (person_id, ticket_id, started_at) VALUES (desk_priv.me(), %(t)s, %(at)s)",
    "UPDATE checklist_item SET done_at = %(at)s, done_by_id = desk_priv.me() WHERE ticket_id = %(t)s",
)
ENGINEERS = (
    "UPDATE ticket_line SET state = 'performed', performed_at = %(at)s WHERE ticket_id = %(t)s",
    "INSERT INTO ticket (subject, status, category, is_open, type, channel, priority, caller, is_covered, next_due,"
    " next_clock, is_breached, sla_edition, estimate_minutes, version, created_at, updated_at,"
    " created_by_id) VALUES ('x', 'new', 'new', true, 'visit', 'phone', 3, '', true, now(), '', false, 0, 0, 1,"
    " %(at)s, now(), desk_priv.me())",
    "INSERT INTO hour_entry (lot_id, kind, minutes, at, person_id, ticket_id, reason) SELECT id, 'deduction', -1,"
    " %(at)s, desk_priv.me(), %(t)s, '' FROM hour_lot LIMIT 1",
)


@pytest.fixture(scope="module")
def firm(postgres_server: Server, team_original: World) -> Iterator[World]:
    """A desk on the server's own clock; its tests leave nothing behind but tickets."""
    name = f"{DATABASE}_firm"
    url = create_database(postgres_server, name, f"{DATABASE}_team")
    let_in(url, team_original.prefix)
    made = replace(team_original, url=url)
    with made.above() as above:
        above.execute(RULES)  # `let_in` has let the tests' clock pass
        above.execute(
            "INSERT INTO person_money (person_id, valid_from, hour_cost_minor, currency)"
            " SELECT id, day, cost, 'RUB' FROM person, (VALUES (date '2020-01-01', 100), (current_date + 1, 999))"
            " AS rate(day, cost)"
        )
    yield made
    drop_database(postgres_server, name)


@pytest.fixture(scope="module")
def desks(firm: World) -> Iterator[dict[str, Desk]]:
    """The desk as its people have it open."""
    made = {login: open_desk(firm.address(login)) for login in ("ann", "con", "eva")}
    hours.grant(made["ann"], firm.company.rows["client"], 600, bought_on=date(2026, 1, 1))
    yield made
    for desk in made.values():
        desk.close()


@pytest.fixture(scope="module")
def links(firm: World) -> Iterator[dict[str, Link]]:
    """Raw connections of the same people."""
    made = {login: firm.connect(login) for login in ("ann", "con", "eva")} | {"above": firm.above()}
    yield made
    for link in made.values():
        link.close()


@pytest.fixture
def own(firm: World, desks: dict[str, Desk]) -> int:
    """A ticket of the contractor, covered by hours."""
    rows = firm.company.rows
    call = tickets.Registration("a job", client_id=rows["client"], equipment_id=rows["unit"])
    made = tickets.register(desks["ann"], call)
    tickets.assign(desks["ann"], [made], firm.company.people["con"])
    return made


def tried(link: Link, words: str, values: Any = None) -> int:
    """How many rows a statement reaches; it is rolled back."""
    with link.transaction(force_rollback=True):
        return link.execute(words, values).rowcount


def refusal(link: Link, words: str, values: Any = None) -> str:
    """The state and the rule by which a statement is refused; empty when it is not."""
    try:
        tried(link, words, values)
    except psycopg.Error as error:
        return f"{error.sqlstate} {error.diag.constraint_name or ''}".strip()
    return ""


def test_what_engineers_and_contractors_write_they_write_now(
    links: dict[str, Link], desks: dict[str, Desk], own: int
) -> None:
    lines.add_line(desks["ann"], own, 1, mode=TariffMode.MONEY)
    links["above"].execute("INSERT INTO checklist_item (ticket_id, position, text) VALUES (%s, 1, 'look')", (own,))
    now = datetime.now(UTC)
    for login, statements in (("con", BOTH), ("eva", (*BOTH, *ENGINEERS))):
        for words in statements:
            values = {"t": own, "began": now - timedelta(days=9), **PLAIN}
            for away in (timedelta(minutes=-11), timedelta(minutes=11), timedelta(days=-1), timedelta(days=999)):
                said = refusal(links[login], words, values | {"at": now + away})
                assert said == WRONG_CLOCK, (login, words, away)
            assert tried(links[login], words, values | {"at": now + timedelta(minutes=5)}) == 1, (login, words)
    assert tried(links["ann"], EVENT, {"t": own, "at": now - timedelta(days=99), **PLAIN, "channel": "import"}) == 1


def test_a_transaction_held_open_does_not_stop_the_clock(links: dict[str, Link], own: int) -> None:
    above, con = links["above"], links["con"]
    above.execute(RULES.replace(SKEW, "100 milliseconds"))
    try:
        with con.transaction(force_rollback=True):
            con.execute(MESSAGE.replace("%(at)s", "now()"), {"t": own})
            con.execute("SELECT pg_sleep(0.2)")
            assert refusal(con, MESSAGE.replace("%(at)s", "now()"), {"t": own}) == WRONG_CLOCK
    finally:
        above.execute(RULES)


def test_a_console_whose_clock_went_wrong_says_so(firm: World, own: int) -> None:
    desk = open_desk(firm.address("con"), clock=lambda: datetime.now(UTC) + timedelta(hours=2))
    try:
        with pytest.raises(Refused, match="clock of this machine"):
            tickets.reply(desk, own, "on my way")
    finally:
        desk.close()


def test_work_may_have_begun_long_ago_and_not_tomorrow(links: dict[str, Link], own: int) -> None:
    now = datetime.now(UTC)
    for login in ("con", "eva"):
        for began, said in (
            (now - timedelta(days=400), ""),
            (now + timedelta(minutes=30), "23514 ck_time_entry_began"),
            (datetime(1989, 12, 31, tzinfo=UTC), "23514 ck_time_entry_began"),
        ):
            assert refusal(links[login], ENTRY, {"t": own, "began": began, "at": now}) == said, (login, began)


def test_a_job_is_done_on_the_server_s_clock(firm: World, desks: dict[str, Desk], own: int) -> None:
    for login in ("con", "eva"):
        desk = desks[login]
        tickets.assign(desks["ann"], [own], firm.company.people[login])
        tickets.open_ticket(desk, own)
        tickets.reply(desk, own, "on my way")
        tickets.arrive(desk, own)
        time.start_timer(desk, own)
        entry = time.stop_timer(desk).entry_id
        time.log_time(desk, own, 5, started_at=desk.now() - timedelta(days=3))
        time.correct_time(desk, entry, reason="twice")
        assert tickets.set_status(desk, [own], "resolved") == [own]
        assert tickets.set_status(desk, [own], "open") == [own]


MOVE = (
    "UPDATE ticket SET status = '{0}', category = '{0}', is_open = {1}, resolved_at = {2}, closed_at = {3}"
    " WHERE id = %(t)s"
)


def test_the_workflow_holds_in_psql_too(links: dict[str, Link], desks: dict[str, Desk], own: int) -> None:
    resolved, closed = (
        MOVE.format("resolved", "false", "now()", "NULL"),
        MOVE.format("closed", "false", "now()", "now()"),
    )
    for login in ("con", "eva"):
        link = links[login]
        for words in (
            resolved,  # no time is logged
            closed,
            MOVE.format("new", "true", "NULL", "NULL"),  # no such transition
            MOVE.format("merged", "false", "NULL", "NULL"),
            MOVE.format("in_progress", "true", "now()", "NULL"),
            "UPDATE ticket SET resolved_at = now() WHERE id = %(t)s",
        ):
            assert refusal(link, words, {"t": own}) == "42501", (login, words)
        for words in (
            "UPDATE ticket SET category = 'nonsense' WHERE id = %(t)s",
            "UPDATE ticket SET category = 'closed' WHERE id = %(t)s",
            "UPDATE ticket SET is_open = false WHERE id = %(t)s",
        ):
            assert refusal(link, words, {"t": own}) == "23514 ck_ticket_category", (login, words)
        assert tried(link, MOVE.format("in_progress", "true", "NULL", "NULL"), {"t": own}) == 1
    tickets.open_ticket(desks["con"], own)
    assert refusal(links["con"], "UPDATE ticket SET first_opened_at = now() WHERE id = %(t)s", {"t": own}) == "42501"
    assert refusal(links["con"], "UPDATE ticket SET first_opened_at = NULL WHERE id = %(t)s", {"t": own}) == "42501"
    time.log_time(desks["con"], own, 5)
    assert tried(links["con"], resolved, {"t": own}) == 1
    assert tried(links["con"], closed, {"t": own}) == 1


def test_a_ticket_stands_in_no_status_but_its_own(links: dict[str, Link], own: int) -> None:
    words = "INSERT INTO status_span (ticket_id, status, category, began_at, ended_at) VALUES (%(t)s, {}, now(), {})"
    for login in ("con", "eva"):
        for made in ("'waiting_client', 'waiting_client'", "'open', 'waiting_client'", "'x', 'open'"):
            assert refusal(links[login], words.format(made, "NULL"), {"t": own}) == "42501", (login, made)
        assert refusal(links[login], words.format("'open', 'open'", "now()"), {"t": own}) == "42501"


def test_a_contractor_resolves_what_an_engineer_has_worked_on(
    links: dict[str, Link], desks: dict[str, Desk], own: int
) -> None:
    con, eva = desks["con"], desks["eva"]
    with pytest.raises(Refused, match="Log the time worked"):
        tickets.set_status(con, [own], "resolved")
    entry = time.log_time(eva, own, 20).entry_id
    assert tickets.set_status(con, [own], "resolved") == [own]
    with pytest.raises(Refused, match="would have no time on it"):
        time.correct_time(eva, entry, reason="slip")
    mine = time.log_time(con, own, 5).entry_id
    time.correct_time(con, mine, reason="slip")
    asked = "SELECT desk_priv.has_labour(%s, %s)"
    assert links["con"].execute(asked, (own, None)).fetchone() == (True,)
    assert links["con"].execute(asked, (own, entry)).fetchone() == (True,)  # of an entry not theirs it says nothing
    assert links["eva"].execute(asked, (own, entry)).fetchone() == (False,)
    tickets.assign(desks["ann"], [own], None)
    assert links["con"].execute(asked, (own, None)).fetchone() == (False,)


def test_rates_are_frozen_for_what_was_just_written_and_its_own_day(
    links: dict[str, Link], desks: dict[str, Desk], own: int
) -> None:
    now, freeze = datetime.now(UTC), "SELECT desk_priv.freeze_cost(%s, %s)"
    values = {"t": own, "began": now, "at": now}
    logged = time.log_time(desks["con"], own, 5).entry_id
    links["above"].execute("DELETE FROM time_entry_money WHERE entry_id = %s", (logged,))  # as if it were uncosted
    for login in ("con", "eva", "ann"):
        link = links[login]
        assert refusal(link, freeze, (logged, now.date())) == "42501"
        with link.transaction(force_rollback=True):
            ((entry,),) = link.execute(ENTRY, values).fetchall()
            for day in (now.date() + timedelta(days=3), now.date() - timedelta(days=3)):
                with pytest.raises(errors.InsufficientPrivilege), link.transaction():
                    link.execute(freeze, (entry, day))
            assert link.execute(freeze, (entry, now.date())).fetchall() == [("",)]
        if login != "ann":
            assert refusal(link, "SELECT * FROM time_entry_money") == "42501"
    line = lines.add_line(desks["eva"], own, 1, mode=TariffMode.MONEY)["line"]
    assert refusal(links["eva"], "SELECT desk_priv.freeze_price(%s, %s)", (line, now.date())) == "42501"
    lines.perform_line(desks["eva"], line)
    entry = time.log_time(desks["con"], own, 5).entry_id
    cost = "SELECT hour_cost_minor FROM time_entry_money WHERE entry_id = %s"
    assert links["above"].execute(cost, (entry,)).fetchone() == (100,)


def test_charged_minutes_change_only_as_the_contract_rounds_them_and_before_they_are_booked(
    links: dict[str, Link], desks: dict[str, Desk], own: int
) -> None:
    charge = "UPDATE time_entry SET charged_minutes = %s WHERE id = %s"
    entry = time.log_time(desks["con"], own, 50).entry_id
    for minutes in (0, 49, 51, 120, 2880):
        assert refusal(links["ann"], charge, (minutes, entry)) == "42501", minutes
    assert tried(links["ann"], charge, (60, entry)) == 1
    typed = time.log_time(desks["con"], own, 50, charged=40).entry_id
    assert refusal(links["ann"], charge, (60, typed)) == "42501"
    book_waiting(desks["ann"], desks["ann"].now())
    wait = "INSERT INTO unbooked (ticket_id, time_entry_id) VALUES (%s, %s)"
    with links["ann"].transaction(force_rollback=True):
        links["ann"].execute(wait, (own, entry))
        assert refusal(links["ann"], charge, (50, entry)) == "42501"
    others = time.log_time(desks["eva"], own, 50, charged=50).entry_id
    assert refusal(links["ann"], charge, (60, others)) == "42501"
    for column in ("worked_minutes", "person_id", "started_at", "ticket_id", "line_id", "note", "at"):
        assert refusal(links["ann"], f"UPDATE time_entry SET {column} = {column}") == "42501", column


def test_a_line_is_done_or_struck_and_else_stays_what_it_is(links: dict[str, Link]) -> None:
    for login in ("ann", "eva"):
        for column in ("minutes", "quantity", "mode", "service_id", "ticket_id", "note"):
            assert refusal(links[login], f"UPDATE ticket_line SET {column} = {column}") == "42501", (login, column)


def test_no_statement_takes_or_holds_more_than_a_lot_has(
    links: dict[str, Link], desks: dict[str, Desk], own: int
) -> None:
    lines.add_line(desks["ann"], own, 1, mode=TariffMode.HOURS, minutes=100)
    ((lot, left, held),) = (
        links["above"]
        .execute(
            "SELECT l.id, (SELECT sum(minutes) FROM hour_entry WHERE lot_id = l.id),"
            " (SELECT sum(minutes) FROM hour_reservation WHERE lot_id = l.id) FROM hour_lot l"
        )
        .fetchall()
    )
    free = left - held
    take = (
        "INSERT INTO hour_entry (lot_id, kind, minutes, at, person_id, ticket_id, reason)"
        " VALUES (%s, 'deduction', %s, now(), desk_priv.me(), %s, '')"
    )
    hold = "INSERT INTO hour_reservation (lot_id, line_id, minutes) SELECT %s, min(id), %s FROM ticket_line"
    for login in ("eva", "ann"):
        assert refusal(links[login], take, (lot, -free - 1, own)) == "23514 ck_hour_lot_left"
        assert refusal(links[login], hold, (lot, free + 1)) == "23514 ck_hour_lot_left"
        assert refusal(links[login], hold, (lot, -5)) == "23514 ck_hour_reservation_minutes"
        assert tried(links[login], take, (lot, -free, own)) == 1
        assert tried(links[login], hold, (lot, free)) == 1


UNREADABLE = (
    ("eva", "UPDATE ticket SET next_clock = 'x' WHERE id = %(t)s", "ck_ticket_next_clock"),
    ("eva", "UPDATE ticket SET coverage = 'x' WHERE id = %(t)s", "ck_ticket_coverage"),
    ("ann", "UPDATE ticket SET priority = 7 WHERE id = %(t)s", "ck_ticket_priority"),
    ("eva", MESSAGE.replace("'public'", "'secret'").replace("%(at)s", "now()"), "ck_message_visibility"),
    ("con", MESSAGE.replace("'console'", "'x'").replace("%(at)s", "now()"), "ck_message_channel"),
    ("con", EVENT.replace("%(at)s", "now()").replace("%(channel)s", "'x'"), "ck_event_channel"),
    ("eva", "INSERT INTO ticket_line (ticket_id, service_id, quantity, mode, minutes, state, note, version)"
            " VALUES (%(t)s, 1, 1, 'x', 1, 'planned', '', 1)", "ck_ticket_line_mode"),
    ("eva", "INSERT INTO ticket_line (ticket_id, service_id, quantity, mode, minutes, state, note, version)"
            " VALUES (%(t)s, 1, -1, 'free', 1, 'planned', '', 1)", "ck_ticket_line_size"),
    ("eva", "INSERT INTO sla_clock (ticket_id, clock, level, target_seconds, state, started_at, left_seconds,"
            " is_breached, due_version, warned_percent) VALUES (%(t)s, 'x', '', 1, 'running', now(), 1, false, 1, 0)",
     "ck_sla_clock_clock"),
)  # fmt: skip
"""Words that would end the reading of every list they stand in."""


@pytest.mark.parametrize(("login", "words", "rule"), UNREADABLE)
def test_nobody_writes_a_word_that_no_console_can_read(
    links: dict[str, Link], own: int, login: str, words: str, rule: str
) -> None:
    assert refusal(links[login], words, {"t": own, **PLAIN}) == f"23514 {rule}"


def test_history_that_was_written_by_hand_is_read_and_names_its_login(
    firm: World, links: dict[str, Link], desks: dict[str, Desk], own: int
) -> None:
    now, ann, people = datetime.now(UTC), desks["ann"], firm.company.people
    for field in ("assignee_id", "due_at", "resolution", "team_id"):
        for text in ("9" * 40, "0001-01-01T00:00:00+14:00", "not a time", "2026-01-01T00:00:00"):
            values = {"t": own, "at": now, **PLAIN, "field": field, "old": text}
            assert refusal(links["con"], EVENT, values) == "42501"
            links["eva"].execute(EVENT, values)
    links["eva"].execute(
        EVENT.replace("desk_priv.me()", str(people["bob"])), {"t": own, "at": now, **PLAIN, "rule": "sla"}
    )
    for channel, rule in (("console", ""), ("import", ""), ("import", "x"), ("console", "x")):
        links["eva"].execute(EVENT, {"t": own, "at": now, **PLAIN, "channel": channel, "rule": rule})
    links["eva"].execute(EVENT.replace("desk_priv.me()", "NULL"), {"t": own, "at": now, **PLAIN})
    tickets.set_times(ann, own, due_at=now + timedelta(days=1))
    card = ann.read(ticket_card.card, own, Viewer(ann.actor.id, ann.actor.role, None))
    told = {(line.actor, line.login.removeprefix(firm.prefix)) for line in card.events if line.verb == "note"}
    assert told == {("Eva Núñez", ""), ("Bob Stone", "eva"), ("Eva Núñez", "eva")}
    assert all(line.login == "" for line in card.events if line.verb != "note")
    assert [move.new is not None for move in ann.read(sla_queries.due_moves, own)][-1]
    for channel, rule in (("import", ""), ("console", "x"), ("console", "sla")):
        values = {"t": own, "at": now, **PLAIN, "channel": channel, "rule": rule}
        if rule:
            assert refusal(links["con"], EVENT, values) == "42501"
        else:
            ((actor,),) = links["con"].execute(f"{EVENT} RETURNING actor", values).fetchall()
            assert actor == "Con Tractor"


def test_a_change_of_any_table_is_on_record_and_raises_its_version(firm: World, links: dict[str, Link]) -> None:
    above, client = links["above"], firm.company.rows["client"]
    links["ann"].execute("UPDATE client SET note = 'pays late' WHERE id = %s", (client,))
    ((login, old, new),) = above.execute(
        "SELECT login, old, new FROM audit WHERE entity = 'client' AND row_id = %s ORDER BY id DESC LIMIT 1",
        (str(client),),
    ).fetchall()
    assert (login, new["note"], new["version"]) == (firm.prefix + "ann", "pays late", old["version"] + 1)
    with pytest.raises(psycopg.Error) as caught:
        tried(links["ann"], "UPDATE client SET note = 'x', version = %s WHERE id = %s", (new["version"] + 5, client))
    assert caught.value.sqlstate == "DK409"
    with firm.connect("root") as root:
        root.execute("UPDATE person SET is_active = false WHERE login = %s", (firm.prefix + "ed",))
    found = "SELECT login, old, new FROM audit WHERE entity = 'person' AND op = 'update' ORDER BY id DESC LIMIT 1"
    ((login, old, new),) = above.execute(found).fetchall()
    assert (login, old["is_active"], new["is_active"]) == (firm.prefix + "root", True, False)
    made = "SELECT new FROM audit WHERE entity = 'site' AND op = 'insert' ORDER BY id DESC LIMIT 1"
    links["ann"].execute(
        "INSERT INTO site (client_id, name, city, address, zone, version) VALUES (%s, 'Depot', '', '', '', 1)",
        (client,),
    )
    ((new,),) = above.execute(made).fetchall()
    assert new["name"] == "Depot"


@pytest.mark.parametrize("mode", ["EXCLUSIVE", "ACCESS EXCLUSIVE", "SHARE"])
def test_a_contractor_locks_no_table(links: dict[str, Link], mode: str) -> None:
    """Who may DELETE any row of a table may lock it whole."""
    tables = (
        links["above"].execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 2200").fetchall()
    )
    assert len(tables) > 50
    for (name,) in tables:
        assert refusal(links["con"], f"LOCK TABLE public.{name} IN {mode} MODE") == "42501", name
