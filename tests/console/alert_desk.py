"""A desk of alerts and nothing else, and a console that listens to it: for tests of the ways out of alerts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from textual.app import ComposeResult
from textual.widgets import Static

from deskconsole.app import DeskApp
from deskconsole.domain.errors import DeskError
from deskconsole.drafts import DraftBox
from deskconsole.notify import AlertCommand, Way, Wrap
from deskconsole.screens.alert_watch import AlertSource, AlertWatch, Ringer
from deskconsole.screens.base import DeskScreen
from deskconsole.screens.dialogs import Choice, Option
from deskconsole.screens.footer import KeyLine
from deskconsole.screens.keymap import load_keymap
from tests.console.shell import PretendQueue

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class PretendAlert:
    """An alert of ticket 1000 + `id`."""

    id: int
    kind: str = "threshold"
    subject: str = "Касса не печатает"
    client: str = "ООО Ромашка"
    clock: str = "resolution"
    percent: int = 100
    due: datetime | None = None
    raised_at: datetime = NOW
    rings: int = 1
    is_acknowledged: bool = False

    @property
    def ticket_id(self) -> int:
        return 1000 + self.id


def overdue(number: int, minutes: int, **others: Any) -> PretendAlert:
    """A breach that many minutes ago; ahead of us when negative."""
    return PretendAlert(number, due=NOW - timedelta(minutes=minutes), **others)


def unread(number: int, minutes: int, **others: Any) -> PretendAlert:
    """A ticket nobody has opened for that long."""
    return PretendAlert(
        number, kind="unread", clock="", percent=0, raised_at=NOW - timedelta(minutes=minutes), **others
    )


@dataclass
class AlertDesk:
    """Alerts by their number, and what was asked of the desk."""

    alerts: dict[int, PretendAlert] = field(default_factory=dict)
    acknowledged: list[int] = field(default_factory=list)
    time: datetime = NOW
    reads: int = 0
    trouble: DeskError | None = None

    def now(self) -> datetime:
        return self.time

    def put(self, *alerts: PretendAlert) -> None:
        self.alerts.update((alert.id, alert) for alert in alerts)

    def read(self) -> tuple[PretendAlert, ...]:
        self.reads += 1
        self._fail()
        return tuple(self.alerts.values())

    def acknowledge(self, alert_ids: Sequence[int]) -> None:
        self._fail()
        self.acknowledged += alert_ids
        for alert_id in alert_ids:
            self.alerts[alert_id] = replace(self.alerts[alert_id], is_acknowledged=True)

    def _fail(self) -> None:
        if self.trouble is not None:
            raise self.trouble


class First(PretendQueue):
    """A screen with a text field and a question."""

    def action_status(self) -> None:
        self.app.push_screen(Choice("Status", [Option(1, "Open")]))

    def action_client(self) -> None:
        self.app.push_screen(Second())


class Second(DeskScreen[None]):
    """A screen over the first."""

    SCOPE = "client"

    def compose(self) -> ComposeResult:
        yield Static("the client")
        yield KeyLine()


def alert_console(
    folder: Path,
    desk: AlertDesk,
    *,
    send: Callable[[str], None] | None = None,
    bell: bool = True,
    way: Way = Way.OSC777,
    wrap: Wrap = Wrap.BARE,
    command: str = "",
) -> DeskApp[Any]:
    """A console on `desk`; what rings goes to `send`, else to the terminal."""

    def watch(app: DeskApp[Any], _desk: object) -> AlertWatch:
        runner = AlertCommand(command, trouble=app.say_trouble)
        ringer = Ringer(send or app.send_to_terminal, bell=bell, way=way, wrap=wrap, command=runner)
        source = AlertSource(desk.read, desk.acknowledge, Second)
        return AlertWatch(app, source, ringer, changed=app.show_alerts)

    return DeskApp(
        open_desk=lambda: desk,
        first_screen=lambda _desk: First(),
        drafts=DraftBox(folder / "drafts", desk="demo", login="anna"),
        keymap=load_keymap(folder / "keymap.toml"),
        log_folder=folder / "log",
        desk_name="demo",
        watch=watch,
    )
