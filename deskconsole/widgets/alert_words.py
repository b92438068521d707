"""Alerts in words: how one stands now, what it is about, and which of many comes first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from deskconsole.domain.clock_words import clock_name
from deskconsole.domain.countdown import Level, countdown, duration_text
from deskconsole.domain.sentences import Sentence
from deskconsole.domain.terms import AlertKind, SlaClock
from deskconsole.i18n import _, say
from deskconsole.widgets.line_columns import Cell

_SECONDS_SHOW_WITHIN = timedelta(minutes=5)


class Alert(Protocol):
    """What the console needs to know of an alert."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def kind(self) -> str:
        """Of `terms.AlertKind`."""

    @property
    def ticket_id(self) -> int:
        """The ticket it warns of."""

    @property
    def subject(self) -> str:
        """The ticket's subject, in the client's words."""

    @property
    def client(self) -> str:
        """The client's name, or empty."""

    @property
    def clock(self) -> str:
        """Of `terms.SlaClock`, or empty."""

    @property
    def percent(self) -> int:
        """The share of the target it warns of."""

    @property
    def due(self) -> datetime | None:
        """When the clock is due now; None while it stands."""

    @property
    def raised_at(self) -> datetime:
        """Since when it is there."""

    @property
    def rings(self) -> int:
        """How often it has rung at the desk; 0 for one that does not ring."""

    @property
    def is_acknowledged(self) -> bool:
        """Whether somebody has taken note."""


def clock_word(clock: str) -> str:
    """The clock in the reader's language; nothing for an alert of none."""
    return say(clock_name(SlaClock(clock))) if clock else ""


def by_urgency(alerts: Iterable[Alert], now: datetime) -> tuple[Alert, ...]:
    """The alerts in the order in which they matter."""
    return tuple(sorted(alerts, key=partial(_urgency, now=now)))


def _urgency(alert: Alert, now: datetime) -> tuple[int, datetime, int]:
    """Breaches first, the largest at the top; then what nobody has read; then what is near."""
    if alert.due is not None and alert.due <= now:
        return 0, alert.due, alert.id
    if alert.kind == AlertKind.UNREAD:
        return 1, alert.raised_at, alert.id
    return 2, alert.due or alert.raised_at, alert.id


def alert_cell(alert: Alert, now: datetime) -> Cell:
    """How the alert stands: `!! OVERDUE -12 m`, `▲ 20 m`, `* UNREAD 5 m`.

    Never in seconds: a line that stands on every screen is to be sent seldom.
    """
    if alert.kind == AlertKind.UNREAD:
        time = say(duration_text(max(0, (now - alert.raised_at) // timedelta(minutes=1))))
        return Cell(_("* UNREAD {time}").format(time=time), "soon")
    if alert.due is None:
        return Cell(_("{percent} % used").format(percent=alert.percent), "muted")
    left = countdown(now, alert.due)
    if abs(alert.due - now) >= _SECONDS_SHOW_WITHIN:
        return Cell(say(left.text), left.level.value)
    time = say(duration_text(abs(alert.due - now) // timedelta(minutes=1)))
    template = "{shape} OVERDUE -{time}" if left.level is Level.OVERDUE else "{shape} {time}"
    return Cell(say(Sentence(template, shape=left.shape, time=time)), left.level.value)


def alert_about(alert: Alert) -> str:
    """Whose ticket it is and what about; text of the client's, to be made safe by whoever shows it."""
    return ": ".join(filter(None, (alert.client[:200], alert.subject[:400])))


def alert_title(alert: Alert, now: datetime) -> str:
    """The alert in one line: `#1042 !! OVERDUE -12 m  resolution`."""
    return "  ".join(filter(None, (f"#{alert.ticket_id} {alert_cell(alert, now).text}", clock_word(alert.clock))))


def alert_speech(alert: Alert, now: datetime) -> str:
    """The alert as somebody would say it aloud."""
    about = alert_about(alert)
    if alert.kind == AlertKind.UNREAD:
        return _("Nobody has opened ticket {id}. {about}").format(id=alert.ticket_id, about=about)
    clock = clock_word(alert.clock)
    if alert.due is not None and alert.due <= now:
        return _("Ticket {id}, overdue: {clock}. {about}").format(id=alert.ticket_id, clock=clock, about=about)
    return _("Ticket {id}, due soon: {clock}. {about}").format(id=alert.ticket_id, clock=clock, about=about)
