"""What the screens of one console share: the open desk, who looks, and what may be taken back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from threading import Lock
from uuid import UUID, uuid4

from deskconsole.config import View
from deskconsole.data.queries.ticket_filter import Viewer
from deskconsole.desk.desk import Desk


class Keys:
    """The operation key of what a form sends: the same again, after a failure in doubt, is the same operation."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], UUID] = {}

    def of(self, *sent: object) -> UUID:
        """The key of exactly this."""
        return self._made.setdefault(sent, uuid4())


@dataclass
class Session:
    """One person at one console; screens get it when they are made."""

    desk: Desk
    views: tuple[View, ...]
    done: list[tuple[UUID, str]] = field(default_factory=list)  # what may be taken back, in words; the latest last
    stopping: dict[int, UUID] = field(default_factory=dict)  # by ticket: the stop of a timer whose end nobody knows
    was_on_ticket: bool = False  # and has given signs of presence
    console: UUID = field(default_factory=uuid4)  # what signs of presence call this console
    presence_turn: Lock = field(default_factory=Lock, repr=False)  # one sign at a time: leaving comes after being here

    @property
    def viewer(self) -> Viewer:
        """Whose eyes lists are for."""
        actor = self.desk.actor
        return Viewer(actor.id, actor.role, actor.team_id)

    def today(self) -> date:
        """The day at the desk, in the person's zone."""
        return self.local(self.desk.now()).date()

    def day_began(self) -> datetime:
        """Midnight in the person's zone."""
        return datetime.combine(self.today(), time(), self.desk.zone)

    def local(self, instant: datetime) -> datetime:
        """An instant as the person's clock shows it."""
        return instant.astimezone(self.desk.zone)
