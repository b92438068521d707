"""The alerts of one console: read again when they change, rung once each, acknowledged by a key on any screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from textual.app import App
from textual.timer import Timer

from deskconsole.domain.sentences import Sentence
from deskconsole.i18n import ngettext
from deskconsole.notify import AlertCommand, Way, Wrap, escape
from deskconsole.screens.base import DeskScreen
from deskconsole.screens.pace import Pace
from deskconsole.screens.work import Done, Ended, Failed, Job, JobQueue, Overlap, Repeat, job_of, outcome_of
from deskconsole.widgets.alert_words import Alert, alert_about, alert_speech, alert_title, by_urgency

READ, ACKNOWLEDGE = "alerts", "acknowledge"
PACE = partial(Pace, busy=0.02)
"""Each ring of one alert is a change for everybody."""
EVERY_SECONDS = 30.0


class AlertsRead(Done[tuple[Alert, ...]]):
    """The open alerts were read."""


class Acknowledged(Done[object]):
    """An alert was acknowledged."""


class Ringer:
    """How alerts ring in this console: by bell, by the terminal's notification, by the person's command.

    `send` writes bytes to the terminal as they are; it is called in the app's own thread only.
    """

    def __init__(self, send: Callable[[str], None], *, bell: bool, way: Way, wrap: Wrap, command: AlertCommand) -> None:
        self._send = send
        self._bell = bell
        self._way = way
        self._wrap = wrap
        self._command = command
        self._rung: dict[int, int] = {}

    def ring(self, alerts: Sequence[Alert], now: datetime) -> None:
        """Ring once for all that have rung at the desk and not here yet; `alerts` are the most urgent first."""
        new = [alert for alert in alerts if alert.rings > self._rung.get(alert.id, 0)]
        if not new:
            return
        self._rung.update((alert.id, alert.rings) for alert in new)
        title, about = alert_title(new[0], now), alert_about(new[0])
        speech = alert_speech(new[0], now)
        if len(new) > 1:
            count = ngettext("{count} alert", "{count} alerts", len(new)).format(count=len(new))
            title, speech = f"{count}: {title}", f"{count}. {speech}"
        self._send(("\a" if self._bell else "") + escape(self._way, title, about, wrap=self._wrap))
        self._command.run(speech)

    def stop(self) -> None:
        """End what still rings."""
        self._command.stop()


@dataclass(frozen=True)
class AlertSource:
    """Where the alerts come from: what reads the open ones and acknowledges some (in threads), and their list."""

    read: Callable[[], tuple[Alert, ...]]
    acknowledge: Callable[[Sequence[int]], object]
    screen: Callable[[], DeskScreen[None]]


class AlertWatch:
    """Keeps `alerts`, the open ones with the most urgent first; used by the app's own thread only.

    `changed` is called when they are others. One that is acknowledged here is gone at once, and comes back when
    that fails.
    """

    def __init__(self, app: App[Any], source: AlertSource, ringer: Ringer, *, changed: Callable[[], None]) -> None:
        self.source = source
        self.alerts: tuple[Alert, ...] = ()
        self._app = app
        self._ringer = ringer
        self._changed = changed
        self._jobs = JobQueue(self._start)
        self._repeat = Repeat(job_of(source.read, AlertsRead), EVERY_SECONDS)
        self._timer: Timer | None = None
        self._again = False
        self._pace, self._waits = PACE(), False  # for the rest after a reading
        self._read: tuple[Alert, ...] = ()
        self._taken: set[int] = set()

    def freshen(self) -> None:
        """Read the alerts now; when they are being read, once more after it."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._waits = False
        self._again = not self._jobs.add(READ, self._repeat.job, Overlap.DROP)

    def freshen_in_time(self) -> None:
        """Read the alerts, which others changed, once the rest after the last reading is over."""
        if self._jobs.is_running(READ):
            self._waits = True
        elif rest := self._pace.rest():
            self._waits = False  # the timer knows
            self._read_in(rest)
        else:
            self.freshen()

    def _read_in(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._app.set_timer(seconds, self.freshen)

    def acknowledge(self, now: datetime) -> None:
        """Take note of the alert that the line shows."""
        if not self.alerts:
            return
        alert_id = self.alerts[0].id
        self._taken.add(alert_id)
        self._show(now)
        job = job_of(partial(self.source.acknowledge, [alert_id]), Acknowledged)
        self._jobs.add(ACKNOWLEDGE, job, Overlap.EACH)

    def ended(self, event: Ended, now: datetime) -> Sentence | None:
        """Take the end of a job; the reason when what the person asked for was not done."""
        self._jobs.ended(event.group)
        outcome = event.outcome
        if event.group == ACKNOWLEDGE:
            self.freshen()
            if not isinstance(outcome, Failed):
                return None
            self._taken.clear()
            self._show(now)
            return outcome.sentence
        if isinstance(outcome, AlertsRead):
            self._read = outcome.result
            self._show(now)
            self._ringer.ring(self.alerts, now)
        self._pace.end()
        pause = self._repeat.failed() if isinstance(outcome, Failed) else self._repeat.succeeded()
        if self._again:
            self.freshen()
        elif self._waits:
            self.freshen_in_time()
        else:
            self._read_in(pause)
        return None

    def stop(self) -> None:
        """End what still rings."""
        self._ringer.stop()

    def _show(self, now: datetime) -> None:
        waiting = (alert for alert in self._read if not (alert.is_acknowledged or alert.id in self._taken))
        alerts = by_urgency(waiting, now)
        if alerts != self.alerts:
            self.alerts = alerts
            self._changed()

    def _start(self, group: str, job: Job) -> None:
        if group == READ:
            self._pace.begin()
        self._app.run_worker(partial(self._run, group, job), group=group, thread=True)

    def _run(self, group: str, job: Job) -> None:
        self._app.post_message(Ended(group, outcome_of(group, job)))
