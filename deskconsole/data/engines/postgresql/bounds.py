"""What version 0004 adds to a shared desk: rows that no console could read again are not let in.

A word that is none of a closed set (terms) ends the reading of every list it stands in, for everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from deskconsole.data.engines.postgresql.guards import RECORDERS, VERSIONS, run
from deskconsole.domain.terms import (
    AlertKind,
    Audience,
    Category,
    Channel,
    ClockState,
    Coverage,
    EntryKind,
    LineState,
    Priority,
    Role,
    SlaClock,
    TariffMode,
    Visibility,
)

NOTHING = ("",)
WORDS: Mapping[tuple[str, str], Iterable[str]] = {
    ("alert", "audience"): Audience,
    ("alert", "clock"): (*NOTHING, *SlaClock),
    ("alert", "kind"): AlertKind,
    ("event", "channel"): Channel,
    ("hour_entry", "kind"): EntryKind,
    ("message", "channel"): Channel,
    ("message", "visibility"): Visibility,
    ("person", "role"): Role,
    ("sla_clock", "clock"): SlaClock,
    ("sla_clock", "state"): ClockState,
    ("status_span", "category"): Category,
    ("ticket", "category"): Category,
    ("ticket", "coverage"): Coverage,
    ("ticket", "next_clock"): (*NOTHING, *SlaClock),
    ("ticket_line", "mode"): TariffMode,
    ("ticket_line", "state"): LineState,
}
"""Table and column -> the words it may hold; where the column may be empty (NULL), it still may."""
BOUNDS: Mapping[tuple[str, str], str] = {
    ("ticket", "priority"): f"priority BETWEEN {min(Priority)} AND {max(Priority)}",
    ("ticket_line", "size"): "quantity BETWEEN 1 AND 10000 AND minutes BETWEEN 0 AND 600000",
    ("hour_reservation", "minutes"): "minutes > 0",
    # Work has begun when it is logged; a clock may be a little wrong (`access.functions.SKEW`).
    ("time_entry", "began"): "started_at >= '1990-01-01' AND started_at <= at + interval '10 minutes'",
}
"""Table and name -> what a new row must satisfy besides."""


def install(connection: Connection) -> None:
    """Add the checks, not valid for rows that stand there already; put right what version 0003 recorded too little of.

    There a change of most tables left no record and raised no version, and of a new row the record said nothing.
    """
    run(connection, RECORDERS + VERSIONS)
    words = {key: f"{key[1]} IN ({_listed(allowed)})" for key, allowed in WORDS.items()}
    for (table, name), condition in sorted({**words, **BOUNDS}.items()):
        run(connection, f"ALTER TABLE public.{table} ADD CONSTRAINT ck_{table}_{name} CHECK ({condition}) NOT VALID")


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)
