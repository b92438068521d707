"""The shared desk: PostgreSQL 14 or newer through psycopg (design: storage.md, "PostgreSQL")."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import platformdirs
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Table,
    column,
    create_engine,
    func,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from deskconsole.data import freezing
from deskconsole.domain.errors import StorageUnavailable
from deskconsole.domain.sentences import mark

NAME = "postgresql"
MIGRATION_LOCK = 0x4445534B  # "DESK"
TICKET_SEARCH = table("ticket_search", column("ticket_id"), column("words"))
APPEND_ONLY = ("event", "hour_entry", "contract_version")
RETRYABLE = frozenset({"40001", "40P01", "55P03"})  # serialization failure, deadlock, lock not available
TIMEOUTS = {
    "connect_timeout": "3",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "2",
    "tcp_user_timeout": "6000",
}
SETTINGS = "-c timezone=UTC -c statement_timeout=15s -c lock_timeout=3s -c idle_in_transaction_session_timeout=15s"


def open_engine(url: URL) -> Engine:
    """Make the engine: a silent link is an error after seconds, and no statement shows its values."""
    return create_engine(
        url.update_query_dict({**TIMEOUTS, "options": SETTINGS}),
        hide_parameters=True,
        pool_pre_ping=True,
        pool_recycle=1800,
        pool_size=4,
        max_overflow=4,
    )


def check_location(url: URL) -> None:
    """Nothing can be said of a server before it is asked."""


@contextmanager
def making(url: URL) -> Iterator[URL]:
    """The database is made by its administrator; the desk comes into it in one transaction."""
    yield url


def files_folder(url: URL) -> Path:
    """The folder of attachments on this machine for that desk."""
    return Path(platformdirs.user_data_dir("deskconsole")) / "files" / f"{url.host or 'local'}-{url.database}"


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
    """Add what version 0003 needs beside its tables: what the owner does for those who may not read rates."""
    connection.exec_driver_sql("CREATE SCHEMA desk_priv")
    for name, statements in (("freeze_cost", freezing.COST), ("freeze_price", freezing.PRICE)):
        body = "; ".join(words.format(schema="public.", number="$1", day="$2") for words in statements)
        connection.exec_driver_sql(
            f"CREATE FUNCTION desk_priv.{name}(number bigint, day date) RETURNS void LANGUAGE sql SECURITY DEFINER"
            f" SET search_path = pg_catalog, pg_temp AS $$ {body} $$"
        )


def freeze_cost(connection: Connection, entry_id: int, day: date) -> None:
    """Write what the time of an entry costs the company (data.freezing), as the database's owner."""
    connection.execute(select(func.desk_priv.freeze_cost(entry_id, day)))


def freeze_price(connection: Connection, line_id: int, day: date) -> None:
    """Write what a line that is done costs the client (data.freezing), as the database's owner."""
    connection.execute(select(func.desk_priv.freeze_price(line_id, day)))


def index_words(_connection: Connection, _ticket_id: int, _old: str | None, _new: str) -> None:
    """The index follows its table by itself."""


def index_all_words(_connection: Connection) -> None:
    """The index follows its table by itself."""


def insert_rows(connection: Connection, into: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Write many rows at once, each a tuple in the order of `columns`, by COPY."""
    cursor = connection.connection.cursor()
    try:
        with cursor.copy(f"COPY {into.name} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
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
    """Let the planner know how the tables are filled."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("ANALYZE")


def has_words(ticket_id: ColumnElement[int], words: Sequence[str]) -> ColumnElement[bool]:
    """Tickets whose search words begin with each of `words`."""
    simple: ColumnElement[str] = literal_column("'simple'")  # as in the index's own expression
    wanted = func.to_tsquery(simple, " & ".join(f"'{word}':*" for word in words))
    has_all = func.to_tsvector(simple, TICKET_SEARCH.c.words).op("@@")(wanted)
    return ticket_id.in_(select(TICKET_SEARCH.c.ticket_id).where(has_all))


def first_mark(connection: Connection, _change: Table) -> int:
    """Where the feed of changes stands now."""
    return data_version(connection)


def data_version(connection: Connection) -> int:
    """The oldest transaction still running: a number that moves when somebody has committed."""
    return int(connection.exec_driver_sql("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint").scalar_one())


def changes_since(connection: Connection, change: Table, seen: int) -> tuple[int, list[tuple[str, int | None]]]:
    """The changes whose transactions ended since `seen`, and the new mark.

    By transaction number up to the horizon, not by `seq`: sequence numbers are given before commit, and a
    slow writer made `seq > seen` miss half of all changes.
    """
    horizon = data_version(connection)
    rows = connection.execute(
        select(change.c.entity, change.c.row_id)
        .where(text("txid >= CAST(CAST(:seen AS text) AS xid8) AND txid < CAST(CAST(:horizon AS text) AS xid8)"))
        .order_by(change.c.seq),
        {"seen": str(seen), "horizon": str(horizon)},
    ).all()
    return horizon, [(row.entity, row.row_id) for row in rows]


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """One connection and one transaction for a migration, behind a lock that only one console holds."""
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        yield connection


def backup(engine: Engine, target: Path) -> None:
    """A server is backed up by its administrator's means."""
    raise StorageUnavailable(
        mark("A PostgreSQL desk is backed up with pg_dump; {path} was not written (see docs/operations.md)."),
        path=target,
    )


def check(engine: Engine) -> list[str]:
    """What is wrong with the storage itself; PostgreSQL checks its pages as it reads them."""
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM ticket")
    return []


def version_text(engine: Engine) -> str:
    """The engine's name and version."""
    with engine.connect() as connection:
        return f"PostgreSQL {connection.exec_driver_sql('SHOW server_version').scalar_one()}"


def weaknesses(_url: URL) -> list[str]:
    """What `doctor` warns of."""
    return []


def is_retryable(error: DBAPIError) -> bool:
    """Whether the same transaction may succeed when run again."""
    return getattr(error.orig, "sqlstate", None) in RETRYABLE


STATES = (
    ("28", mark("The server refused the login for {desk}; check the name and password.")),
    ("3D000", mark("There is no database {desk}; ask its administrator to make it.")),
    ("40", mark("The desk {desk} was too busy; nothing was written. Try again.")),
    ("55P03", mark("The desk {desk} was too busy; nothing was written. Try again.")),
    ("57014", mark("The desk {desk} took too long to answer; nothing was written.")),
    ("53100", mark("The server's disk is full: nothing was written to {desk}.")),
    ("08", mark("The desk {desk} can't be reached; nothing was written.")),
    ("57P", mark("The desk {desk} can't be reached; nothing was written.")),
)


def explained(error: BaseException, url: URL) -> StorageUnavailable:
    """The driver's error as a sentence with what to do; never its detail, which may name hidden values."""
    desk = f"{url.host or url.query.get('host', 'localhost')}/{url.database}"
    is_lost = isinstance(error, (OperationalError, InterfaceError))
    state = getattr(getattr(error, "orig", error), "sqlstate", None) or ("08" if is_lost else "XX000")
    for prefix, template in STATES:
        if state.startswith(prefix):
            return StorageUnavailable(template, desk=desk)
    return StorageUnavailable(mark("The desk {desk} gave error {state}; nothing was written."), desk=desk, state=state)
