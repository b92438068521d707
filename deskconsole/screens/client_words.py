"""How a client's money is put in words: pay state with its age, hours left, sums."""

from __future__ import annotations

from datetime import date

from deskconsole.data.queries.clients import PaymentRow
from deskconsole.data.queries.hours import Balance
from deskconsole.domain.countdown import duration_text
from deskconsole.domain.terms import PayState
from deskconsole.i18n import _, say
from deskconsole.widgets.line_columns import Cell

OLD_NEWS_DAYS = 14
"""Pay states older than this are said to be old."""


def payment_words(payment: PaymentRow, today: date) -> Cell:
    """The pay state, since when, what is owed and how old the news is; loud when unpaid."""
    age = (today - payment.as_of.date()).days if payment.as_of is not None else None
    if age is None:
        news = _("date not known")
    else:
        news = _("as of {on}, {age} d ago").format(on=payment.as_of.date() if payment.as_of else "", age=max(0, age))
    if age is not None and age > OLD_NEWS_DAYS:
        news = f"{news}, {_('old')}"
    if payment.state is PayState.PAID:
        return Cell(f"{_('paid')} ({news})", "covered" if age is not None and age <= OLD_NEWS_DAYS else "soon")
    if payment.state is PayState.UNKNOWN:
        return Cell(_("payment not known") if age is None else f"{_('payment not known')} ({news})", "muted")
    since = ""
    if payment.overdue_since is not None:
        days = max(0, (today - payment.overdue_since).days)
        since = " " + _("since {since}, {days} d").format(since=payment.overdue_since, days=days)
    owed = f": {sum_words(payment.debt_minor, payment.currency)}" if payment.debt_minor else ""
    return Cell(f"x {_('UNPAID')}{since}{owed} ({news})", "overdue")


def sum_words(minor: int, currency: str) -> str:
    """A sum of money in major units."""
    whole, rest = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{whole:,}.{rest:02d} {currency}".strip().replace(",", " ")


def balance_words(balance: Balance) -> Cell:
    """Hours that can still be spent, what is reserved and what expires soon."""
    if not balance.has_lots:
        return Cell(_("no prepaid hours"), "muted")
    parts = [_("hours left: {time}").format(time=say(duration_text(balance.free)))]
    if balance.reserved:
        parts.append(_("{time} reserved").format(time=say(duration_text(balance.reserved))))
    if balance.expiring and balance.expires_on is not None:
        time = say(duration_text(balance.expiring))
        parts.append(_("{time} expire from {day}").format(time=time, day=balance.expires_on))
    if balance.free <= 0:
        return Cell("x " + ", ".join(parts), "uncovered")
    return Cell(", ".join(parts), "soon" if balance.expiring else "hours")
