"""A shared desk with rows in every table, own ones and others', and a login for each role."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from deskconsole.data.store import open_store
from deskconsole.desk import hours, lines, tickets, time
from deskconsole.domain.terms import Role, TariffMode
from tests.storage.desks import PEOPLE, Company, company_on
from tests.support.postgres import Server

LOGINS = {
    Role.DISPATCHER: "ann",
    Role.SUPERVISOR: "sue",
    Role.ADMIN: "root",
    Role.ENGINEER: "eva",
    Role.CONTRACTOR: "con",
}
BI_LOGIN = "bill"
EXTRA = """
INSERT INTO person_money (person_id, valid_from, hour_cost_minor, currency)
    SELECT id, '2020-01-01', 777000 + id, 'RUB' FROM person;
INSERT INTO price_list (name, category, region, version) VALUES ('all', '', '', 1);
INSERT INTO price_money (price_list_id, service_id, valid_from, price_minor, currency)
    SELECT l.id, s.id, '2020-01-01', 555000 + s.id, 'RUB' FROM price_list l, service s;
INSERT INTO hour_lot_money (lot_id, price_minor, currency) SELECT id, 333000, 'RUB' FROM hour_lot;
INSERT INTO contract_version_money (version_id, fee_minor, months, currency)
    SELECT id, 222000, 1, 'RUB' FROM contract_version;
INSERT INTO contract_line_service (line_id, service_id, is_included)
    SELECT (SELECT min(id) FROM contract_line), min(id), true FROM service;
INSERT INTO work_calendar (name, definition, version) VALUES ('office', '{}', 1);
INSERT INTO person_calendar (person_id, calendar_id) SELECT p.id, c.id FROM person p, work_calendar c;
INSERT INTO absence (person_id, first_day, last_day, reason, created_at)
    SELECT id, '2026-01-01', '2026-01-02', '', now() FROM person;
INSERT INTO skill (person_id, name) SELECT id, 'tills' FROM person;
INSERT INTO team_lead (team_id, person_id) SELECT t.id, p.id FROM team t, person p WHERE p.role = 'supervisor';
INSERT INTO sla_policy (name, warn_percents, is_active, version) VALUES ('gold', '50', true, 1);
INSERT INTO sla_target (policy_id, clock, minutes, ticket_type) SELECT id, 'first_response', 60, '' FROM sla_policy;
INSERT INTO sla_binding (policy_id, level, category) SELECT id, 'default', '' FROM sla_policy;
INSERT INTO standing_clock (status, clock) SELECT code, 'first_response' FROM status ORDER BY position LIMIT 1;
INSERT INTO setting (name, value) VALUES ('last_pass', '""'), ('on_time_target', '95');
INSERT INTO recurring (name, rules, exclusions, starts_local, zone, lead_days, shift, catch_up, one_per_unit, subject,
    body, type, priority, estimate_minutes, checklist, is_paused, trouble, created_at, version)
    VALUES ('monthly', '', '', '2026-01-01T09:00', '', 0, 'none', 'latest', false, 's', '', 'visit', 3, 0, '[]', true,
    '', now(), 1);
INSERT INTO recurring_unit (recurring_id, equipment_id) SELECT r.id, e.id FROM recurring r, equipment e;
INSERT INTO occurrence (recurring_id, nominal, at, shifted_at, state, is_late, created_at, reason)
    SELECT id, '2026-01-01T09:00', now(), now(), 'raised', false, now(), '' FROM recurring;
INSERT INTO occurrence_ticket (ticket_id, occurrence_id) SELECT t.id, o.id FROM ticket t, occurrence o;
INSERT INTO sla_clock (ticket_id, clock, level, target_seconds, state, started_at, left_seconds, is_breached,
    due_version, warned_percent)
    SELECT id, 'first_response', '', 60, 'stopped', now(), 0, false, 1, 0 FROM ticket;
INSERT INTO client_wait (ticket_id, since, reminders) SELECT id, now(), 0 FROM ticket;
INSERT INTO alert (kind, ticket_id, clock, percent, due_version, audience, raised_at, is_loud, rings)
    SELECT 'unread', id, '', 0, 0, 'dispatch', now(), true, 1 FROM ticket;
INSERT INTO checklist_item (ticket_id, position, text) SELECT id, 1, 'look' FROM ticket;
INSERT INTO presence (console, person_id, ticket_id, is_writing, seen_at)
    SELECT gen_random_uuid(), p.id, t.id, false, now() FROM person p, ticket t
    WHERE p.role <> 'contractor' OR t.assignee_id = p.id;
INSERT INTO unbooked (ticket_id, time_entry_id) SELECT ticket_id, id FROM time_entry;
INSERT INTO unbooked (ticket_id) SELECT id FROM ticket;
INSERT INTO external_ref (source, entity, external_id, row_id, digest, at)
    SELECT 'old', 'ticket', id::text, id, '', now() FROM ticket;
INSERT INTO work_timer (person_id, ticket_id, started_at)
    SELECT p.id, t.id, now() FROM person p JOIN ticket t ON t.assignee_id = p.id ON CONFLICT DO NOTHING;
INSERT INTO operation (key, verb, at, person_id, result) SELECT gen_random_uuid(), 'test', now(), id, '1' FROM person;
INSERT INTO seal (from_event_id, to_event_id, from_entry_id, to_entry_id, digest) VALUES (1, 1, 1, 1, '');
INSERT INTO legal_entity (client_id, name, country, tax_number, version) SELECT id, name, '', '', 1 FROM client;
INSERT INTO message (ticket_id, at, person_id, author, visibility, channel, is_automatic, body)
    SELECT t.id, now(), p.id, p.name, v.said, 'console', false, v.said || ' words on ticket ' || t.subject
    FROM ticket t, person p, (VALUES ('public'), ('internal')) AS v(said);
INSERT INTO attachment (ticket_id, message_id, name, media_type, size, sha256, at, person_id)
    SELECT ticket_id, id, 'a.txt', '', 1, repeat('a', 64), now(), person_id FROM message;
INSERT INTO message (ticket_id, at, person_id, author, visibility, channel, is_automatic, body)
    SELECT t.id, now(), p.id, '', 'public', v.way, v.by_rule, 'of old' FROM ticket t,
    (SELECT id FROM person UNION ALL SELECT NULL) AS p,
    (VALUES ('import', false), ('console', true)) AS v(way, by_rule);
INSERT INTO event (ticket_id, at, person_id, actor, channel, rule, verb, field, old, new, reason)
    SELECT t.id, now(), p.id, '', v.way, v.rule, 'note', '', '', '', '' FROM ticket t,
    (SELECT id FROM person UNION ALL SELECT NULL) AS p,
    (VALUES ('import', 'old'), ('console', 'sla'), ('console', ''), ('console', 'mine')) AS v(way, rule);
INSERT INTO hour_entry (lot_id, kind, minutes, at, person_id, ticket_id, reverses_id, reason)
    SELECT l.id, v.kind, v.minutes, now(), p.id, t.id, NULL, '' FROM hour_lot l, ticket t,
    (SELECT id FROM person WHERE role <> 'bi' UNION ALL SELECT NULL) AS p,
    (VALUES ('top_up', 5), ('top_up', -5), ('accrual', 5), ('expiry', -5), ('expiry', 5), ('adjustment', 5),
            ('adjustment', -5), ('deduction', -5), ('deduction', 5), ('reversal', 5)) AS v(kind, minutes);
INSERT INTO hour_entry (lot_id, kind, minutes, at, person_id, ticket_id, reverses_id, reason)
    SELECT lot_id, 'reversal', -minutes + id % 2, now(), person_id, ticket_id, id, '' FROM hour_entry
    WHERE kind = 'deduction' AND minutes < 0;
INSERT INTO time_entry (ticket_id, person_id, started_at, worked_minutes, charged_minutes, note, at, reverses_id)
    SELECT ticket_id, person_id, started_at, -worked_minutes, -charged_minutes, '', now(), id FROM time_entry;
INSERT INTO operation (key, verb, at, person_id, result) VALUES (gen_random_uuid(), 'test', now(), NULL, '1');
INSERT INTO attachment (ticket_id, name, media_type, size, sha256, at, person_id)
    SELECT t.id, 'b.txt', '', 1, repeat('b', 64), now(), p.id FROM ticket t,
    (SELECT id FROM person UNION ALL SELECT NULL) AS p;
INSERT INTO time_entry_money (entry_id, hour_cost_minor, currency) SELECT id, 777001, 'RUB' FROM time_entry
    ON CONFLICT DO NOTHING;
INSERT INTO ticket_line_money (line_id, unit_price_minor, currency) SELECT id, 555001, 'RUB' FROM ticket_line
    ON CONFLICT DO NOTHING;
INSERT INTO ticket (subject, status, category, is_open, type, channel, priority, caller, is_covered, next_due,
    next_clock, is_breached, sla_edition, estimate_minutes, version, created_at, updated_at, created_by_id, assignee_id)
    SELECT 'by itself', 'new', 'new', true, 'visit', 'phone', 3, '', true, now(), '', false, 0, 0, 1, now(), now(),
    p.id, a.id FROM (SELECT id FROM person WHERE role <> 'contractor' UNION ALL SELECT NULL) AS p,
    (SELECT id FROM person WHERE role = 'engineer' UNION ALL SELECT NULL) AS a;
"""


@dataclass(frozen=True)
class World:
    """A desk, whose people are logins of the server named `prefix` + login."""

    company: Company
    url: str
    prefix: str
    own: int = 0  # the contractor's ticket
    foreign: int = 0  # another contractor's
    eva: int = 0  # the engineer's

    def address(self, login: str) -> str:
        """The desk's address for a person."""
        return make_url(self.url).set(username=self.prefix + login).render_as_string(hide_password=False)

    def connect(self, login: str) -> psycopg.Connection[Any]:
        """A raw connection as a person, each statement a transaction of its own."""
        return psycopg.connect(libpq(self.address(login)), autocommit=True)

    def above(self) -> psycopg.Connection[Any]:
        """A raw connection above the rights."""
        return psycopg.connect(libpq(self.url), autocommit=True)


def libpq(url: str) -> str:
    """The address as libpq takes it."""
    return url.replace("postgresql+psycopg", "postgresql", 1)


def make_logins(server: Server, prefix: str) -> None:
    """Make a login for everybody of the company, in the group of their role."""
    with psycopg.connect(libpq(server.url()), autocommit=True) as link:
        for login, role in everybody():
            link.execute(
                sql.SQL("CREATE ROLE {} LOGIN IN ROLE {}").format(
                    sql.Identifier(prefix + login), sql.Identifier(f"desk_{role}")
                )
            )


def drop_logins(server: Server, prefix: str) -> None:
    """Take the logins away again; a cluster may outlive the tests."""
    with psycopg.connect(libpq(server.url()), autocommit=True) as link:
        for login, _role in everybody():
            link.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(prefix + login)))


def everybody() -> list[tuple[str, str]]:
    """All logins with their roles."""
    return [*((login, role.value) for login, _name, role, _team in PEOPLE), (BI_LOGIN, "bi")]


ANY_TIME = (
    "CREATE OR REPLACE FUNCTION desk_priv.is_now(said timestamptz) RETURNS boolean"
    " LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN true; END'"
)
"""The tests' clock stands in March 2026; what the server makes of its own is tried in test_instants."""


def let_in(url: str, prefix: str) -> None:
    """Close a desk that was copied to all but its people, and let it take the tests' clock for the time.

    A copy of a database has not its grants.
    """
    with psycopg.connect(libpq(url), autocommit=True) as link:
        link.execute(ANY_TIME)
        database = sql.Identifier(link.info.dbname)
        link.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        people = sql.SQL(", ").join(sql.Identifier(prefix + login) for login, _role in everybody())
        link.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, people))


def make_company(url: str, prefix: str) -> Company:
    """Put the company of the storage tests on the empty desk at `url`, with the logins of the server."""
    company = company_on(open_store(url))
    company.store.close()
    with psycopg.connect(libpq(url), autocommit=True) as link:
        link.execute("UPDATE person SET login = %s || login", (prefix,))
        row = link.execute(
            "INSERT INTO person (login, name, role, capacity_minutes, is_active, version)"
            " VALUES (%s, 'Bill I', 'bi', 0, true, 1) RETURNING id",
            (prefix + BI_LOGIN,),
        ).fetchone()
        assert row is not None
    company.people[BI_LOGIN] = row[0]
    return company


def make_world(url: str, prefix: str) -> World:
    """Put rows into every table of the empty desk at `url`."""
    company = replace(make_company(url, prefix), store=open_store(url))
    try:
        own, foreign, eva = _work(company, prefix)
        with psycopg.connect(libpq(url), autocommit=True) as link:
            link.execute(EXTRA)
    finally:
        company.store.close()
    return World(company, url, prefix, own, foreign, eva)


def _work(company: Company, prefix: str) -> tuple[int, int, int]:
    dispatcher = company.desk(prefix + "ann")
    hours.grant(dispatcher, company.rows["client"], 6000, bought_on=date(2026, 1, 1))
    said: dict[str, Any] = {
        "site_id": company.rows["site"],
        "contact_id": company.rows["contact"],
        "login": prefix + "ann",
    }
    own = company.ticket("mine zebra", equipment_id=company.rows["unit"], body="help", **said)
    eva = company.ticket("engineer's", equipment_id=company.rows["unit"], body="more", **said)
    foreign = company.ticket(
        "foreign giraffe",
        client_id=company.rows["fee_client"],
        equipment_id=company.rows["fee_unit"],
        body="secret",
        login=prefix + "ann",
    )
    for ticket, login in ((own, "con"), (foreign, "out"), (eva, "eva")):
        tickets.assign(dispatcher, [ticket], company.people[login])
        lines.add_line(dispatcher, ticket, 1, mode=TariffMode.HOURS, minutes=30)
        for worker in ("eva", login):
            time.log_time(dispatcher, ticket, 10, person_id=company.people[worker])
    return own, foreign, eva
