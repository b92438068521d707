"""`db check` names what was taken away from a shared desk's guards, and what was handed out by hand."""

from __future__ import annotations

from psycopg import sql

from deskconsole.data.access import ACCESS
from deskconsole.data.access.faults import TRIGGERS
from deskconsole.data.store import open_store, upgrade_store
from tests.rights.world import World


def found(team: World) -> list[str]:
    """What is said of the storage."""
    store = open_store(team.url)
    try:
        return [str(fault) for fault in store.dialect.check(store.reader)]
    finally:
        store.close()


def test_a_desk_as_it_was_made_has_no_fault_and_no_trigger_that_is_not_looked_for(team: World) -> None:
    assert found(team) == []
    with team.above() as above:
        there = above.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid"
            " WHERE NOT tgisinternal AND relnamespace = 'public'::regnamespace"
        ).fetchall()
    assert set(there) == TRIGGERS
    assert {table for table, _name in TRIGGERS} <= set(ACCESS)


def test_triggers_that_are_gone_or_switched_off_are_named(team: World) -> None:
    with team.above() as above:
        above.execute("ALTER TABLE ticket DISABLE TRIGGER ticket_guard")
        above.execute("ALTER TABLE hour_entry DISABLE TRIGGER hour_entry_append_only")
        above.execute("ALTER TABLE event ENABLE REPLICA TRIGGER event_login")
        above.execute("ALTER TABLE message ENABLE ALWAYS TRIGGER message_recorded")
        above.execute("DROP TRIGGER client_change_recorded ON client")
    said = "the trigger {1} of the table {0} is missing or switched off"
    assert found(team) == [
        said.format("client", "client_change_recorded"),
        said.format("event", "event_login"),
        said.format("hour_entry", "hour_entry_append_only"),
        said.format("ticket", "ticket_guard"),
    ]
    store = open_store(team.url)
    upgrade_store(store)
    store.close()
    assert said.format("ticket", "ticket_guard") not in found(team)


def test_tables_without_row_security_are_named(team: World) -> None:
    with team.above() as above:
        above.execute("ALTER TABLE message DISABLE ROW LEVEL SECURITY")
    assert found(team) == ["row security is off in the table message; deskconsole db upgrade brings it back"]
    store = open_store(team.url)
    upgrade_store(store)
    store.close()
    assert found(team) == []


def test_rights_that_were_given_by_hand_are_named_with_how_they_go(team: World) -> None:
    con = sql.Identifier(f"{team.prefix}con")
    with team.above() as above:
        for words in (
            "GRANT SELECT, UPDATE ON client TO {}",
            "GRANT SELECT (hour_cost_minor) ON person_money TO {}",
            "GRANT SELECT ON bi.clients TO {}",
        ):
            above.execute(sql.SQL(words).format(con))
        above.execute("GRANT SELECT ON setting TO PUBLIC")
        login = above.execute("SELECT quote_ident(%s)", (f"{team.prefix}con",)).fetchone()
        assert login is not None
        faults = found(team)
        assert faults == [
            f"{who} was given rights by hand: {rights} on {table};"
            f" take them back with: REVOKE ALL ON {table} FROM {who}"
            for table, who, rights in (
                ("bi.clients", login[0], "SELECT"),
                ("client", login[0], "SELECT, UPDATE"),
                ("person_money", login[0], "SELECT"),
                ("setting", "PUBLIC", "SELECT"),
            )
        ]
        for fault in faults:
            above.execute(fault.rpartition(": ")[2].encode())
    assert found(team) == []
