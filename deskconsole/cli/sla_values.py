"""Targets, warnings and clocks of an SLA policy as people type and read them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from deskconsole.cli import values
from deskconsole.domain.countdown import duration_text
from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.minutes import read_minutes
from deskconsole.domain.sentences import mark
from deskconsole.domain.sla_policy import Level, Target, read_clock_name
from deskconsole.domain.terms import Priority, SlaClock
from deskconsole.domain.workflow import TICKET_TYPES
from deskconsole.i18n import _, say

if TYPE_CHECKING:
    from deskconsole.data.queries.sla import BindingRow

LEVEL_WORDS = {
    Level.CONTRACT_LINE: mark("line #{id} of contract {name}"),
    Level.CONTRACT: mark("contract {name} (#{id})"),
    Level.CLIENT: mark("client {name} (#{id})"),
    Level.CATEGORY: mark('clients of the category "{name}"'),
    Level.SERVICE: mark("service {name}"),
    Level.DEFAULT: mark("everything else"),
}
_TARGET = re.compile(r"(?P<clock>[^\W\d][^\d=]*?)\s+(?P<time>\d[^=]*?)(?P<more>(?:\s+\w+=\S*)*)")


def read_target(typed: str, service_of: Callable[[str], int]) -> Target:
    """A target as `resolution 8h`, `first_response 1h prio=1 type=visit service=repair`.

    Raises:
        InvalidInput: it can't be meant.
    """
    match = _TARGET.fullmatch(typed.strip())
    if match is None:
        raise InvalidInput(
            mark('"{value}" is no target; write "resolution 8h" or "first_response 1h prio=1".'), value=typed[:60]
        )
    given: dict[str, str] = {}
    for part in match["more"].split():
        name, _sign, value = part.partition("=")
        name = "prio" if name == "priority" else values.choice(name, ("prio", "type", "service"), "--target")
        if name in given:
            raise InvalidInput(mark('{name} stands twice in the target "{value}".'), name=name, value=typed[:60])
        given[name] = value
    priority = values.number(given["prio"], "prio", least=1, most=max(Priority)) if "prio" in given else None
    return Target(
        clock=read_clock_name(match["clock"]),
        minutes=read_minutes(match["time"]),
        priority=priority,
        ticket_type=values.choice(given["type"], TICKET_TYPES, "type") if "type" in given else None,
        service_id=service_of(given["service"]) if "service" in given else None,
    )


def read_percents(typed: str) -> tuple[int, ...]:
    """Percents as `50,75,90,100`; `none` is no warning at all."""
    if typed.strip().casefold() in {"", "none"}:
        return ()
    return tuple(
        values.number(part.strip().removesuffix("%"), "--warn", least=1, most=100) for part in typed.split(",")
    )


def read_clocks(typed: str | None) -> tuple[SlaClock, ...]:
    """Clocks as `resolution,update`."""
    return tuple(read_clock_name(part) for part in typed.split(",") if part.strip()) if typed else ()


def minutes_text(minutes: int) -> str:
    """A target, `8 h`."""
    return say(duration_text(minutes))


def percents_text(percents: tuple[int, ...]) -> str:
    """At which shares of a target a policy warns."""
    return ", ".join(f"{percent} %" for percent in percents) or _("none")


def bond_text(bond: BindingRow) -> str:
    """What a policy is bound to."""
    return _(LEVEL_WORDS[bond.level]).format(name=bond.name, id=bond.row_id)
