"""The shared desk: PostgreSQL 14 or newer through psycopg (design: storage.md, "PostgreSQL")."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Table,
    any_,
    column,
    create_engine,
    event,
    func,
    insert,
    literal,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import DBAPIError, IntegrityError

from deskconsole.data import freezing
from deskconsole.data.engines.postgresql import errors
from deskconsole.data.engines.postgresql import files as postgresql_files
from deskconsole.data.engines.postgresql import guards as postgresql_guards
from deskconsole.data.engines.postgresql import migrating as postgresql_migrating
from deskconsole.data.engines.postgresql.address import prepared
from deskconsole.data.engines.postgresql.feed import ServerListener, mark_of
from deskconsole.data.engines.postgresql.login import give_passwords
from deskconsole.domain.errors import DeskError
from deskconsole.domain.sentences import Sentence

NAME = "postgresql"
IS_FILE = False
as_owner = postgresql_migrating.as_owner
files_folder = postgresql_files.files_folder
other_folders = postgresql_files.other_folders
migrating = postgresql_migrating.migrating
TICKET_SEARCH = table("ticket_search", column("ticket_id"), column("words"))
ALL_WORDS = table("ticket_words", column("ticket_id"), column("words"), schema="desk_priv")
APPEND_ONLY = ("event", "hour_entry", "contract_version")
AMOUNTS = {
    "contract_version_money": "fee_minor",
    "hour_lot_money": "price_minor",
    "payment_money": "debt_minor",
    "person_money": "hour_cost_minor",
    "price_money": "price_minor",
    "ticket_line_money": "unit_price_minor",
    "time_entry_money": "hour_cost_minor",
}
TIMEOUTS = {
    "connect_timeout": "3",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "2",
    "tcp_user_timeout": "6000",
}
LAG = text(
    "SELECT CASE WHEN NOT pg_is_in_recovery() THEN NULL"
    " WHEN pg_last_wal_replay_lsn() >= CAST(:main AS pg_lsn) THEN interval '0'"
    " ELSE greatest(clock_timestamp() - coalesce(pg_last_xact_replay_timestamp(), pg_postmaster_start_time()),"
    " interval '0') END"
)
LAG_RESTS = (0.0, 0.05, 0.1)  # what was written this moment is on its way
POOL_SECONDS = 10.0  # while all connections wait for a server that stands still
SETTINGS = "-c timezone=UTC -c statement_timeout=15s -c lock_timeout=3s -c idle_in_transaction_session_timeout=15s"


def open_engine(url: URL) -> Engine:
    """Make the engine: a silent link is an error after seconds, and no statement shows its values."""
    engine = create_engine(
        prepared(url).update_query_dict({**TIMEOUTS, "options": SETTINGS}),
        hide_parameters=True,
        pool_pre_ping=True,
        pool_recycle=1800,
        pool_size=4,
        max_overflow=4,
        pool_timeout=POOL_SECONDS,
        pool_use_lifo=True,  # the one used last: each connection has to learn what it is asked again and again
    )
    give_passwords(engine, url)
    event.listen(engine, "handle_error", _leave_a_copy)
    event.listen(engine, "begin", _wait_for_nobody)
    return engine


def _wait_for_nobody(connection: Connection) -> None:
    """What need not last is committed without waiting for disk or standby."""
    if connection.get_execution_options().get("desk_fleeting"):
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")


def _leave_a_copy(context: ExceptionContext) -> None:
    """A server that takes no changes any more was demoted: let go of every connection to it."""
    if getattr(context.original_exception, "sqlstate", None) == errors.READ_ONLY:
        context.is_disconnect = True


def check_location(url: URL) -> None:
    """Nothing can be said of a server before it is asked."""


@contextmanager
def making(url: URL) -> Iterator[URL]:
    """The database is made by its administrator; the desk comes into it in one transaction."""
    yield url


def install(connection: Connection) -> None:
    """Add what tables can't say: the full-text index, and append-only history and ledger."""
    connection.exec_driver_sql(
        "CREATE INDEX ix_ticket_search_words ON ticket_search USING gin (to_tsvector('simple', words))"
    )
    connection.exec_driver_sql(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql"
        " SET search_path = pg_catalog, pg_temp"
        " AS $$ BEGIN RAISE EXCEPTION '%% is append-only', TG_TABLE_NAME; END $$"
    )
    for name in APPEND_ONLY:
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def install_shared(connection: Connection) -> None:
    """Add what version 0003 needs beside its tables: what the owner does for those who may not read rates.

    Money becomes as wide as it is on SQLite.
    """
    for name, money in AMOUNTS.items():
        connection.exec_driver_sql(f"ALTER TABLE {name} ALTER COLUMN {money} TYPE bigint")
    connection.exec_driver_sql("CREATE SCHEMA desk_priv")
    for name, statements in (("freeze_cost", freezing.COST), ("freeze_price", freezing.PRICE)):
        body = "; ".join(words.format(schema="public.", number="$1", day="$2") for words in statements)
        connection.exec_driver_sql(
            f"CREATE FUNCTION desk_priv.{name}(number bigint, day date) RETURNS void LANGUAGE sql SECURITY DEFINER"
            f" SET search_path = pg_catalog, pg_temp AS $$ {body} $$"
        )
    postgresql_guards.install(connection)


def install_bounds(connection: Connection) -> None:
    """Add what version 0004 needs: bounds to what a raw statement may write (postgresql.bounds)."""
    from deskconsole.data.engines.postgresql import bounds

    bounds.install(connection)


def freeze_cost(connection: Connection, entry_id: int, day: date) -> None:
    """Write what the time of an entry costs the company (data.freezing), as the database's owner."""
    connection.execute(select(func.desk_priv.freeze_cost(entry_id, day)))


def freeze_price(connection: Connection, line_id: int, day: date) -> None:
    """Write what a line that is done costs the client (data.freezing), as the database's owner."""
    connection.execute(select(func.desk_priv.freeze_price(line_id, day)))


def has_labour(connection: Connection, ticket_id: int, besides: int | None) -> bool:
    """Whether work is logged on a ticket, besides one entry: as the owner, for row security hides others' time."""
    return bool(connection.execute(select(func.desk_priv.has_labour(ticket_id, besides))).scalar_one())


def end_timer(connection: Connection, _timers: Table, person_id: int, since: datetime) -> bool:
    """Take a person's timer away, as the database's owner; False when somebody has done so already."""
    return bool(connection.execute(select(func.desk_priv.end_timer(person_id, since))).scalar_one())


def leave(connection: Connection, _signs: Table, console: UUID, ticket_id: int | None) -> None:
    """Take back the sign of an own console, as the database's owner."""
    connection.execute(select(func.desk_priv.leave(console, ticket_id)))


def index_words(_connection: Connection, _ticket_id: int, _old: str | None, _new: str) -> None:
    """The index follows its table by itself."""


def index_all_words(_connection: Connection) -> None:
    """The index follows its table by itself."""


def insert_rows(connection: Connection, into: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Write many rows at once, each a tuple in the order of `columns`: by COPY where row security does not hold."""
    if not above_rights(connection):
        connection.execute(insert(into), [dict(zip(columns, row, strict=True)) for row in rows])
        return
    cursor = connection.connection.cursor()
    try:
        cursor.execute("SET LOCAL deskconsole.bulk = on")  # so that the record of changes takes one line of it
        with cursor.copy(f"COPY {into.name} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute("SET LOCAL deskconsole.bulk = off")
    finally:
        cursor.close()


def insert_new(connection: Connection, into: Table, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Write rows, except those whose unique key stands there already; returns the (first) keys of the new ones."""
    from sqlalchemy.dialects.postgresql import insert

    key = into.primary_key.columns[0]
    return list(connection.execute(insert(into).on_conflict_do_nothing().returning(key), rows).scalars())


def present(connection: Connection) -> datetime | None:
    """The server's clock, which all consoles share."""
    now: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return now


def resume_numbers(connection: Connection, tables: Iterable[Table]) -> None:
    """Let the next numbers of tables follow the highest, after rows were written with numbers of their own."""
    for filled in tables:
        if "id" in filled.c:
            sequence = func.pg_get_serial_sequence(filled.name, "id")
            highest = select(func.max(filled.c.id)).scalar_subquery()
            connection.execute(select(func.setval(sequence, func.coalesce(highest, 1), highest.is_not(None))))


def refresh_statistics(engine: Engine) -> None:
    """Let the planner know how the tables are filled; the server does so by itself for who may not."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not above_rights(connection):
            return
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("ANALYZE")


def is_one_of(column: ColumnElement[int], numbers: Sequence[int]) -> ColumnElement[bool]:
    """Whether a column holds one of some numbers: one parameter however many they are, so that the plan is kept.

    With a parameter for each, a page of the queue takes longer to plan than to read.
    """
    return column == any_(literal(list(numbers), ARRAY(BigInteger)))


def has_words(ticket_id: ColumnElement[int], words: Sequence[str], *, sees_all: bool) -> ColumnElement[bool]:
    """Tickets whose search words begin with each of `words`; for who does not see all, among those they may see.

    The search of all is the owner's view: under row security the operators of full-text search use no index.
    """
    search = ALL_WORDS if sees_all else TICKET_SEARCH
    simple: ColumnElement[str] = literal_column("'simple'")  # as in the index's own expression
    wanted = func.to_tsquery(simple, " & ".join(f"'{word}':*" for word in words))
    has_all = func.to_tsvector(simple, search.c.words).op("@@")(wanted)
    return ticket_id.in_(select(search.c.ticket_id).where(has_all))


def feed_mark(connection: Connection, _change: Table) -> str:
    """Where the changes stand now: what is visible."""
    return mark_of(connection)


def listener(engine: Engine, _change: Table) -> ServerListener:
    """Begin to listen on a connection outside the pool."""
    return ServerListener(engine)


def seal(_connection: Connection) -> None:
    """History is the server's to keep: nobody may change it, and what is tried is refused."""


def begin_seals(_connection: Connection) -> None:
    """There is no chain."""


def make_roles(engine: Engine) -> None:
    """Make the group roles that the cluster does not have (data.access.sql)."""
    from deskconsole.data.access import sql as access_sql

    access_sql.make_roles(engine)


def apply_rights(connection: Connection) -> None:
    """Bring the rights of data.access into the database."""
    from deskconsole.data.access import sql as access_sql

    access_sql.apply(connection)


def above_rights(connection: Connection) -> bool:
    """Whether the connection's login is a superuser or the desk's owner, for whom row security does not hold."""
    is_above: bool = connection.exec_driver_sql(
        "SELECT coalesce(pg_has_role(session_user, to_regrole('desk_owner')::oid, 'MEMBER'), true)"
    ).scalar_one()
    return is_above


def connected_as(connection: Connection) -> str | None:
    """The login the server let in."""
    login: str = connection.exec_driver_sql("SELECT session_user::text").scalar_one()
    return login


def session_login(connection: Connection) -> str | None:
    """The login that the connection's person is known by; None = it stands above all rights and may be anybody."""
    if above_rights(connection):
        return None
    login: str = connection.exec_driver_sql("SELECT session_user::text").scalar_one()
    return login


def backup(engine: Engine, target: Path) -> None:
    """Write a checked copy through pg_dump (postgresql.tools)."""
    from deskconsole.data.engines.postgresql import tools as postgresql_tools

    postgresql_tools.back_up(engine, target)


def can_back_up(connection: Connection) -> bool:
    """Whether this machine has the programs for it."""
    from deskconsole.data.engines.postgresql import tools as postgresql_tools

    return postgresql_tools.can_back_up(connection)


def check(engine: Engine) -> list[Sentence]:
    """What is wrong with the storage itself (access.faults); PostgreSQL checks its pages as it reads them."""
    from deskconsole.data.access import faults as access_faults

    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM ticket")
        return list(access_faults.faults(connection))


def version_text(engine: Engine) -> str:
    """The engine's name and version."""
    with engine.connect() as connection:
        return f"PostgreSQL {connection.exec_driver_sql('SHOW server_version').scalar_one()}"


def weaknesses(_url: URL) -> list[str]:
    """What `doctor` warns of."""
    return []


def is_retryable(error: DBAPIError) -> bool:
    """Whether the same transaction may succeed when run again."""
    return getattr(error.orig, "sqlstate", None) in errors.RETRYABLE


def is_race(error: IntegrityError) -> bool:
    """Whether it met a row that another has written or removed meanwhile; else a rule of the database refuses it."""
    return getattr(error.orig, "sqlstate", None) in errors.RACES


def explained(error: BaseException, url: URL) -> DeskError:
    """The driver's error as a sentence with what to do; see `postgresql.errors`."""
    return errors.explained(error, url)


def is_saved_here_only(connection: Connection) -> bool:
    """Whether the commit just made stands on the main server, and no standby has confirmed it."""
    return bool(getattr(connection.connection.driver_connection, "is_saved_here_only", False))


def place(connection: Connection) -> str | None:
    """How far this server has written, to be looked for on its copies; None on a copy."""
    found: str | None = connection.exec_driver_sql(
        "SELECT CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_lsn()::text END"
    ).scalar()
    return found


def lag(connection: Connection, main: str | None) -> timedelta | None:
    """How far this server is behind the main one, which has written as far as `main` (None: it can't be asked).

    A copy that has all of it is as new, however long nobody wrote; else it is as old as the last change it heard of.
    None: it follows nobody.
    """
    found: timedelta | None = timedelta()
    for rest in LAG_RESTS:
        time.sleep(rest)
        found = connection.execute(LAG, {"main": main}).scalar()
        if not found or main is None:
            return found
    return found


def await_copies(connection: Connection) -> None:
    """Let this transaction's commit wait for the synchronous standbys, though it changes nothing."""
    connection.exec_driver_sql("SELECT pg_logical_emit_message(true, 'deskconsole', '')")
