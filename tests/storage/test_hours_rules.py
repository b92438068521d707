"""The ledger's invariants, after any doings: balance = entries = lots, never below zero, never promised twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskconsole.data.queries import invariants
from deskconsole.data.queries.hours import ledger, lots_of
from deskconsole.desk import hours, lines, records, time
from deskconsole.desk.desk import Unit
from deskconsole.domain.errors import DeskError
from deskconsole.domain.terms import Funding, TariffMode
from tests.storage.desks import TODAY, Company, put_contract

Act = tuple[str, int, int]
ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["grant", "adjust", "log", "log_on_line", "correct", "plan", "perform", "strike", "expire", "day"]
        ),
        st.integers(0, 6),
        st.integers(1, 120),
    ),
    max_size=14,
)


class Doings:
    """A client's hours under a sequence of acts, and what each act said it did."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.client = company.write(_new_client)
        company.rows["tried"] = self.client
        hours.grant(company.desk(), self.client, 60, bought_on=TODAY - timedelta(days=5))
        self.ticket = company.ticket(client_id=self.client)
        self.lots: list[int] = []
        self.lines: list[int] = []
        self.entries: list[int] = []
        self.expected = 60  # minutes in all lots, by what each act answered

    def do(self, act: Act) -> None:
        name, which, minutes = act
        doing: Callable[[int, int], None] = getattr(self, name)
        try:
            doing(which, minutes)
        except DeskError:
            return

    def grant(self, which: int, minutes: int) -> None:
        day = self.company.clock.now.date()
        expires = day + timedelta(days=which) if which < 4 else None
        self.lots.append(hours.grant(self.company.desk(), self.client, minutes, bought_on=day, expires_on=expires))
        self.expected += minutes

    def adjust(self, which: int, minutes: int) -> None:
        amount = minutes if which % 2 else -minutes
        hours.adjust(self.company.desk("sue"), _pick(self.lots, which), amount, reason="count")
        self.expected += amount

    def log(self, _which: int, minutes: int, line_id: int | None = None) -> None:
        logged = time.log_time(self.company.desk(), self.ticket, minutes, line_id=line_id)
        self.entries.append(logged.entry_id)
        taken = sum(part for _, part in logged.spent)
        assert line_id is not None or taken + logged.uncovered == logged.charged
        self.expected -= taken

    def log_on_line(self, which: int, minutes: int) -> None:
        self.log(which, minutes, _pick(self.lines, which))

    def correct(self, which: int, _minutes: int) -> None:
        before = self.left()
        time.correct_time(self.company.desk(), _pick(self.entries, which), reason="slip")
        self.expected += self.left() - before
        assert self.left() >= before

    def plan(self, which: int, minutes: int) -> None:
        mode = TariffMode.FREE if which == 0 else TariffMode.HOURS
        made = lines.add_line(self.company.desk(), self.ticket, 1, mode=mode, minutes=minutes)
        self.lines.append(made["line"])

    def perform(self, which: int, _minutes: int) -> None:
        done = lines.perform_line(self.company.desk(), _pick(self.lines, which))
        self.expected -= done["spent"]

    def strike(self, which: int, _minutes: int) -> None:
        lines.cancel_line(self.company.desk(), _pick(self.lines, which))

    def expire(self, _which: int, _minutes: int) -> None:
        self.expected -= hours.expire(self.company.desk(), self.client)

    def day(self, _which: int, _minutes: int) -> None:
        self.company.clock.forward(days=1)

    def left(self) -> int:
        return sum(lot.remaining for lot in self.company.desk().read(lots_of, self.client))

    def check(self) -> None:
        desk = self.company.desk()
        lots, entries = desk.read(lots_of, self.client), desk.read(ledger, self.client, limit=10_000)
        assert sum(entry.minutes for entry in entries) == sum(lot.remaining for lot in lots) == self.expected
        for lot in lots:
            assert lot.remaining == sum(entry.minutes for entry in entries if entry.lot_id == lot.id)
            assert 0 <= lot.reserved <= lot.remaining
        assert desk.read(invariants.lots, 10) == desk.read(invariants.balances, 10) == []


def _new_client(unit: Unit) -> int:
    made = records.put_client(unit, records.ClientRecord("Tried"))
    put_contract(unit, made, "T-1", Funding.HOURS, charge_unit_minutes=15, starts_on=date(2025, 1, 1))
    return made


def _pick(ids: list[int], which: int) -> int:
    return ids[which % len(ids)] if ids else 0


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_balance_is_entries_is_lots_and_nothing_is_promised_twice(company: Company, acts: list[Act]) -> None:
    doings = Doings(company)
    for act in acts:
        doings.do(act)
        doings.check()
