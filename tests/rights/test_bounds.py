"""What a login that may write a row at all still may not write into it, tried over raw connections."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import errors

from deskconsole.data.access.functions import RULES
from deskconsole.data.store import open_store, parse_location, unchecked_store, upgrade_store
from deskconsole.desk import hours, tickets, time
from deskconsole.desk.opening import open_desk
from deskconsole.desk.presence import be_here
from deskconsole.jobs.passes import run_pass
from tests.rights.world import World

Link = psycopg.Connection[Any]
SPAN = "INSERT INTO status_span (ticket_id, status, category, began_at) VALUES (%(ticket)s, 'open', 'open', %(at)s)"
EVENT = (
    "INSERT INTO event (ticket_id, at, person_id, actor, channel, rule, verb, field, old, new, reason)"
    " VALUES (%(ticket)s, %(at)s, desk_priv.me(), 'The Boss', 'console', '', 'note', '', '', '', %(text)s)"
)
MESSAGE = (
    "INSERT INTO message (ticket_id, at, person_id, author, visibility, channel, is_automatic, body)"
    " VALUES (%(ticket)s, %(at)s, desk_priv.me(), '', 'public', 'console', false, %(text)s)"
)
FILE = (
    "INSERT INTO attachment (ticket_id, name, media_type, size, sha256, at, person_id)"
    " VALUES (%(ticket)s, 'x', '', 1, %(text)s, %(at)s, desk_priv.me())"
)
ENTRY = (
    "INSERT INTO time_entry (ticket_id, person_id, started_at, worked_minutes, charged_minutes, note, at, reverses_id)"
    " VALUES (%s, desk_priv.me(), now(), %s, %s, '', now(), %s) RETURNING id"
)


def job(team: World, login: str, subject: str = "a job") -> int:
    """A ticket that somebody works on."""
    company = team.company
    ann = open_desk(team.address("ann"), clock=company.clock)
    try:
        ticket = tickets.register(ann, tickets.Registration(subject, client_id=company.rows["client"]))
        tickets.assign(ann, [ticket], company.people[login])
        return ticket
    finally:
        ann.close()


def tried(link: Link, statement: str, values: Any = None) -> int:
    """How many rows a statement reaches; it is rolled back."""
    with link.transaction(force_rollback=True):
        return link.execute(statement, values).rowcount


def test_a_member_of_the_owner_brings_rights_in_after_a_superuser_did(team: World) -> None:
    dba = f"{team.prefix}dba"
    with team.above() as link:
        link.execute(f'CREATE ROLE "{dba}" LOGIN IN ROLE desk_owner')
        link.execute(f'ALTER DATABASE "{link.info.dbname}" OWNER TO "{dba}"')
        try:
            store = unchecked_store(parse_location(team.address("dba")))
            upgrade_store(store)
            store.close()
        finally:
            link.execute(f'REASSIGN OWNED BY "{dba}" TO CURRENT_USER')
            link.execute(f'DROP OWNED BY "{dba}"')
            link.execute(f'DROP ROLE "{dba}"')


def test_what_others_keep_in_the_schema_stays_theirs(team: World) -> None:
    state = (
        "SELECT relowner::regrole::text, relacl::text FROM pg_class WHERE relname IN ('theirs', 'theirs_id_seq')"
        " UNION ALL SELECT proowner::regrole::text, proacl::text FROM pg_proc WHERE proname = 'their_own'"
        " UNION ALL SELECT policyname, roles::text FROM pg_policies WHERE tablename = 'theirs' ORDER BY 1, 2"
    )
    with team.above() as link:
        link.execute("CREATE TABLE theirs (id serial); GRANT SELECT ON theirs TO desk_contractor, PUBLIC")
        link.execute("GRANT USAGE ON SEQUENCE theirs_id_seq TO PUBLIC; CREATE POLICY mine ON theirs USING (true)")
        link.execute("CREATE FUNCTION their_own() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        before = link.execute(state).fetchall()
        assert len(before) == 4
        store = open_store(team.url)
        upgrade_store(store)
        store.close()
        assert link.execute(state).fetchall() == before


@pytest.mark.parametrize(("worked", "charged"), [(1441, 0), (10, 2881), (0, 0), (-5, 5), (5, -5), (-5, -5)])
def test_nobody_logs_more_than_a_day_or_less_than_nothing(team: World, worked: int, charged: int) -> None:
    own = job(team, "con")
    for login in ("con", "eva", "root"):
        with team.connect(login) as link, pytest.raises(errors.CheckViolation, match="ck_time_entry"):
            tried(link, ENTRY, (own, worked, charged, None))


def test_a_correction_takes_back_just_what_was_logged(team: World) -> None:
    own = job(team, "con")
    with team.above() as above:
        ((line,),) = above.execute(
            "INSERT INTO ticket_line (ticket_id, service_id, quantity, mode, minutes, state, note, version)"
            " SELECT %s, min(id), 1, 'free', 1, 'planned', '', 1 FROM service RETURNING id",
            (own,),
        ).fetchall()
    for login in ("con", "eva"):
        with team.connect(login) as link:
            ((entry,),) = link.execute(ENTRY, (own, 30, 30, None)).fetchall()
            on_a_line = ENTRY.replace("(ticket_id,", "(line_id, ticket_id,").replace("(%s,", f"({line}, %s,", 1)
            for words, worked, charged in (
                (ENTRY, -31, -30),
                (ENTRY, -30, -31),
                (ENTRY, -30, 0),
                (on_a_line, -30, -30),
            ):
                with pytest.raises(errors.InsufficientPrivilege):
                    link.execute(words, (own, worked, charged, entry))
            link.execute(ENTRY, (own, -30, -30, entry))


@pytest.mark.parametrize("at", ["infinity", "-infinity", "0044-03-15 BC", "0001-12-31", "9999-12-31"])
def test_no_time_that_the_program_cannot_read_is_stored(team: World, at: str) -> None:
    own = job(team, "con")
    with team.connect("eva") as link:
        for words in (MESSAGE, EVENT, SPAN, "UPDATE ticket SET wished_at = %(at)s WHERE id = %(ticket)s"):
            with pytest.raises(errors.CheckViolation, match="times"):
                tried(link, words, {"ticket": own, "at": at, "text": "x"})
        link.execute("UPDATE ticket SET next_due = '9999-12-31 00:00:00+00' WHERE id = %s", (own,))
        with pytest.raises(errors.InsufficientPrivilege):  # when it is due is the desk's to say
            tried(link, "UPDATE ticket SET due_at = now() WHERE id = %s", (own,))
    absent = "INSERT INTO absence (person_id, first_day, last_day, reason, created_at)"
    with team.connect("root") as link, pytest.raises(errors.CheckViolation, match="times"):
        tried(link, f"{absent} VALUES (desk_priv.me(), '2026-01-01', %s, '', now())", (at,))


def test_an_alert_is_answered_in_ones_own_name_and_once(team: World) -> None:
    own, people = job(team, "con"), team.company.people
    with team.above() as above:
        ((alert, taken),) = above.execute(
            "WITH made AS (INSERT INTO alert (kind, ticket_id, clock, percent, due_version, audience, raised_at,"
            " is_loud, rings, acknowledged_at, acknowledged_by_id, muted_at, muted_by_id) VALUES"
            " ('unread', %(t)s, '', 0, 0, 'dispatch', now(), true, 1, NULL, NULL, NULL, NULL),"
            " ('unread', %(t)s, '', 1, 0, 'dispatch', now(), true, 1, now(), %(ann)s, now(), %(ann)s) RETURNING id)"
            " SELECT min(id), max(id) FROM made",
            {"t": own, "ann": people["ann"]},
        ).fetchall()
    for login in ("con", "eva"):
        with team.connect(login) as link:
            for row, change in (
                (alert, "acknowledged_at = now()"),
                (alert, "acknowledged_by_id = desk_priv.me()"),
                (alert, f"acknowledged_at = now(), acknowledged_by_id = {people['ann']}"),
                (alert, "muted_at = now()"),
                (alert, "muted_by_id = desk_priv.me()"),
                (alert, f"muted_at = now(), muted_by_id = {people['ann']}"),
                (taken, "acknowledged_at = NULL, acknowledged_by_id = NULL"),
                (taken, "acknowledged_by_id = desk_priv.me()"),
                (taken, "muted_at = NULL, muted_by_id = NULL"),
                (alert, "next_ring_at = '2126-01-01'"),  # else it falls silent, and nobody has said so
                (alert, "held_until = '2126-01-01'"),
                (taken, "next_ring_at = now()"),
            ):
                with pytest.raises(errors.InsufficientPrivilege):
                    tried(link, f"UPDATE alert SET {change} WHERE id = {row}")
            for change in (
                "acknowledged_at = now(), acknowledged_by_id = desk_priv.me(), next_ring_at = NULL",
                "muted_at = now(), muted_by_id = desk_priv.me(), held_until = now()",
            ):
                assert tried(link, f"UPDATE alert SET {change} WHERE id = {alert}") == 1


def test_a_status_ends_once(team: World) -> None:
    own = job(team, "con")
    values = {"ticket": own}
    with team.connect("con") as link:
        assert tried(link, "UPDATE status_span SET ended_at = now() WHERE ticket_id = %(ticket)s", values) == 1
        with team.above() as above:
            above.execute("UPDATE status_span SET ended_at = now() WHERE ticket_id = %s", (own,))
        assert tried(link, "UPDATE status_span SET ended_at = NULL WHERE ticket_id = %(ticket)s", values) == 0


def test_what_goes_against_a_status_s_nature_is_on_record(team: World) -> None:
    own = job(team, "con")
    asked = "SELECT op, old, new FROM audit WHERE entity = 'status_span' ORDER BY id"
    with team.above() as above, team.connect("ann") as link:
        above.execute(RULES)  # `let_in` has let the tests' clock pass
        span = f"WHERE ticket_id = {own} AND status = 'open'"
        link.execute(f"UPDATE status_span SET ended_at = now() {span}")
        assert above.execute(asked).fetchall() == []
        link.execute(f"UPDATE status_span SET ended_at = NULL {span}")
        link.execute(f"UPDATE status_span SET ended_at = '2026-01-01 00:00:00+00' {span}")
        link.execute(f"DELETE FROM status_span {span}")
        found = above.execute(asked).fetchall()
    assert [op for op, _old, _new in found] == ["update", "update", "delete"]
    assert found[0][2] == {"ended_at": None}
    assert found[1][1:] == ({"ended_at": None}, {"ended_at": "2026-01-01T00:00:00+00:00"})
    assert found[2][1]["status"] == "open"


def test_a_call_is_registered_in_ones_own_name_and_an_engineer_s_is_given_to_nobody(team: World) -> None:
    people = team.company.people
    call = (
        "INSERT INTO ticket (subject, status, category, is_open, type, channel, priority, caller, is_covered, next_due,"
        " next_clock, is_breached, sla_edition, estimate_minutes, version, created_at, updated_at, created_by_id,"
        " assignee_id) VALUES ('x', 'new', 'new', true, 'visit', 'phone', 3, '', true, now(), '', false, 0, 0, 1,"
        " now(), now(), %s, %s)"
    )
    for login, whose, to in (
        ("eva", "bob", None),
        ("eva", None, None),
        ("eva", "eva", "eva"),
        ("eva", "eva", "con"),
        ("ann", "bob", None),
        ("root", "ann", None),
    ):
        with team.connect(login) as link, pytest.raises(errors.InsufficientPrivilege):
            tried(link, call, (people.get(whose or ""), people.get(to or "")))
    for login, whose, to in (("eva", "eva", None), ("ann", "ann", "con"), ("ann", None, "con")):
        with team.connect(login) as link:
            assert tried(link, call, (people.get(whose or ""), people.get(to or ""))) == 1


def test_a_point_is_ticked_in_ones_own_name(team: World) -> None:
    own, people = job(team, "con"), team.company.people
    with team.above() as above:
        above.execute(
            "INSERT INTO checklist_item (ticket_id, position, text, done_at, done_by_id)"
            " VALUES (%(t)s, 1, 'look', NULL, NULL), (%(t)s, 2, 'clean', now(), %(bob)s)",
            {"t": own, "bob": people["bob"]},
        )
    for login in ("con", "eva", "ann"):
        with team.connect(login) as link:
            for change in (
                f"done_at = now(), done_by_id = {people['sue']} WHERE position = 1",
                "done_at = now() WHERE position = 1",
                "done_by_id = NULL WHERE position = 2",
                "done_at = now() WHERE position = 2",
            ):
                with pytest.raises(errors.InsufficientPrivilege):
                    tried(link, f"UPDATE checklist_item SET {change}")
            for change in ("done_at = now(), done_by_id = desk_priv.me()", "done_at = NULL, done_by_id = NULL"):
                assert tried(link, f"UPDATE checklist_item SET {change}") == 2


def test_an_engineer_gives_hours_back_with_own_time_alone(team: World) -> None:
    desks = {login: open_desk(team.address(login), clock=team.company.clock) for login in ("ann", "eva")}
    try:
        hours.grant(desks["ann"], team.company.rows["client"], 600, bought_on=date(2026, 1, 1))
        tickets_of = {login: job(team, login) for login in ("con", "eva")}
        mine = time.log_time(desks["eva"], tickets_of["eva"], 30)
        theirs = time.log_time(desks["ann"], tickets_of["con"], 30, person_id=team.company.people["con"])
        assert mine.spent
        assert theirs.spent
        back = (
            "INSERT INTO hour_entry"
            " (lot_id, kind, minutes, at, person_id, ticket_id, time_entry_id, reverses_id, reason)"
            " SELECT lot_id, 'reversal', -minutes, now(), desk_priv.me(), ticket_id, time_entry_id, id, ''"
            " FROM hour_entry"
            " WHERE kind = 'deduction' AND time_entry_id = %s"
        )
        for entry in (mine.entry_id, theirs.entry_id):  # nobody has taken the time itself back
            with team.connect("eva") as link, pytest.raises(errors.InsufficientPrivilege):
                tried(link, back, (entry,))
        with team.connect("ann") as link:
            assert tried(link, back, (theirs.entry_id,)) == 1
        time.correct_time(desks["eva"], mine.entry_id, reason="slip")
        with team.above() as above:
            found = above.execute("SELECT sum(minutes) FROM hour_entry").fetchone()
        assert found == (600 - sum(minutes for _lot, minutes in theirs.spent),)
    finally:
        for desk in desks.values():
            desk.close()


def test_an_engineer_leaves_the_booking_of_others_time_alone(team: World) -> None:
    own = job(team, "con")
    with team.connect("con") as con, team.connect("eva") as eva:
        ((theirs,),) = con.execute(ENTRY, (own, 30, 30, None)).fetchall()
        ((mine,),) = eva.execute(ENTRY, (own, 30, 30, None)).fetchall()
        con.execute("INSERT INTO unbooked (ticket_id, time_entry_id) VALUES (%s, %s)", (own, theirs))
        with pytest.raises(errors.UniqueViolation):
            con.execute("INSERT INTO unbooked (ticket_id, time_entry_id) VALUES (%s, %s)", (own, theirs))
        with team.above() as above:
            above.execute(
                "INSERT INTO unbooked (ticket_id, time_entry_id) VALUES (%s, %s), (%s, NULL)", (own, mine, own)
            )
        found = eva.execute("DELETE FROM unbooked RETURNING time_entry_id").fetchall()
        assert found == [(mine,)]


def test_a_dispatcher_s_pass_begins_the_alert_rule_and_no_dispatcher_changes_it(team: World) -> None:
    desk = open_desk(team.address("ann"), clock=team.company.clock)
    try:
        with team.above() as above:
            above.execute("DELETE FROM setting WHERE name = 'unread_alert'")
            run_pass(desk)
            assert above.execute("SELECT count(*) FROM setting WHERE name = 'unread_alert'").fetchone() == (1,)
    finally:
        desk.close()
    with team.connect("ann") as link:
        assert tried(link, "UPDATE setting SET value = '{}' WHERE name = 'unread_alert'") == 0


def test_a_console_goes_on_from_a_ticket_that_was_given_away(team: World) -> None:
    first, second = job(team, "con"), job(team, "con")
    console, desk = uuid4(), open_desk(team.address("con"), clock=team.company.clock)
    try:
        be_here(desk, console, first)
        with team.above() as above:
            above.execute("UPDATE ticket SET assignee_id = NULL WHERE id = %s", (first,))
            be_here(desk, console, second)
            there = above.execute("SELECT ticket_id FROM presence WHERE console = %s", (console,)).fetchall()
            assert there == [(second,)]
        with team.connect("con") as link, pytest.raises(errors.InsufficientPrivilege):
            tried(link, "UPDATE presence SET ticket_id = %s", (first,))
    finally:
        desk.close()


def test_texts_and_digests_have_their_bounds(team: World) -> None:
    own = job(team, "con")
    with team.connect("con") as link:
        for words, text in ((MESSAGE, "x" * 1_000_001), (EVENT, "x" * 10_001), (FILE, "../../x"), (FILE, "A" * 64)):
            with pytest.raises(errors.CheckViolation):
                tried(link, words, {"ticket": own, "at": team.company.clock(), "text": text})
        for words, text in ((MESSAGE, "x" * 1_000_000), (EVENT, "x" * 10_000), (FILE, "a" * 64)):
            assert tried(link, words, {"ticket": own, "at": team.company.clock(), "text": text}) == 1


def test_history_names_its_writer_whatever_name_is_sent(team: World) -> None:
    own = job(team, "con")
    for login in ("con", "eva"):
        with team.connect(login) as link:
            link.execute(EVENT, {"ticket": own, "at": team.company.clock(), "text": "signed"})
        with team.above() as above:
            found = above.execute(
                "SELECT e.actor = p.name FROM event e JOIN person p ON p.id = e.person_id"
                " WHERE e.reason = 'signed' AND e.login = %s",
                (team.prefix + login,),
            ).fetchall()
            assert found == [(True,)]


def test_the_desk_stops_a_timer_that_was_forgotten(team: World) -> None:
    own = job(team, "con")
    desk = open_desk(team.address("con"), clock=team.company.clock)
    try:
        time.start_timer(desk, own)
    finally:
        desk.close()
    for login in ("ann", "sue", "root"):
        with team.connect(login) as link:
            assert tried(link, "DELETE FROM work_timer WHERE ticket_id = %s", (own,)) == 1
    for login in ("eva", "out"):
        with team.connect(login) as link:
            stop = (
                "SELECT desk_priv.end_timer(person_id, started_at) FROM (VALUES (%s, %s)) AS t(person_id, started_at)"
            )
            whose = (team.company.people["con"], team.company.clock())
            assert link.execute(stop, whose).fetchone() == (False,)
