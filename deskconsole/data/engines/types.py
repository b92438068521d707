"""Column types whose stored form differs between the engines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

RowId = BigInteger().with_variant(Integer(), "sqlite")  # SQLite gives row numbers only to INTEGER PRIMARY KEY

KeyText = String().with_variant(
    String(collation="C"), "postgresql"
)  # compared by code point, so that prefixes are ranges


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: `timestamptz` on PostgreSQL, whole microseconds since 1970 (UTC) on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the stored form."""
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse a naive time: a zone forgotten here is a deadline missed there."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a time zone can't be stored")
        return (value - EPOCH) // MICROSECOND if dialect.name == "sqlite" else value

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """Give every instant back in UTC; one call a value, for lists have very many."""
        return _from_microseconds if dialect.name == "sqlite" else _in_utc


def _from_microseconds(value: int | None) -> datetime | None:
    return None if value is None else EPOCH + timedelta(microseconds=value)


def _in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


class TransactionId(UserDefinedType[int]):
    """The writing transaction's number: `xid8` on PostgreSQL; always 0 on SQLite, which has one writer."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        """Name the type as PostgreSQL has it; SQLite takes any name."""
        return "xid8"


class CurrentTransaction(FunctionElement[int]):
    """The number of the transaction that runs this expression."""

    inherit_cache = True


@compiles(CurrentTransaction)
def _no_transaction_number(_element: CurrentTransaction, _compiler: Any, **_options: Any) -> str:
    return "0"


@compiles(CurrentTransaction, "postgresql")
def _transaction_number(_element: CurrentTransaction, _compiler: Any, **_options: Any) -> str:
    return "pg_current_xact_id()"
