"""What every screen of the console is: keys from the registry, actions that say why not, work in threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar, cast

from textual import events, on
from textual.actions import parse
from textual.message import Message
from textual.screen import ModalScreen, Screen, ScreenResultType
from textual.timer import Timer

from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.terms import EVERYTHING, Role
from deskconsole.drafts import DraftBox
from deskconsole.i18n import _, say
from deskconsole.screens.actions import ACTIONS, actions_of, bindings_for
from deskconsole.screens.changes import DeskBack, DeskChanged
from deskconsole.screens.keys import shown
from deskconsole.screens.pace import Pace
from deskconsole.screens.work import Ended, Failed, Job, JobQueue, Overlap, Repeat, job_of, outcome_of
from deskconsole.widgets.alert_line import AlertLine
from deskconsole.widgets.lost_line import LostLine

if TYPE_CHECKING:
    from deskconsole.screens.alert_watch import AlertWatch

Value = TypeVar("Value")
ALERT_ACTIONS = ("app.acknowledge_alert", "app.alerts")


@dataclass(frozen=True)
class Lost:
    """The desk is out of reach: when it last answered, by the person's clock, and why."""

    since: datetime
    reason: Sentence


class Shell(Protocol):
    """What screens may ask of the app they stand in."""

    role: Role | None
    drafts: DraftBox
    low_bandwidth: bool
    alert_watch: AlertWatch | None
    lost: Lost | None

    def now(self) -> datetime:
        """The desk's time; cheap, may be asked on every tick."""
        ...

    def keys_of(self, action_id: str) -> tuple[str, ...]:
        """The keys of an action under the keymap in use, twins included."""
        ...


def _ids_of_calls(scope: str) -> dict[tuple[str, tuple[object, ...]], str]:
    """The action behind each call on a screen of `scope`; the scope's own before the app's."""
    found: dict[tuple[str, tuple[object, ...]], str] = {}
    for action in (*actions_of("app"), *actions_of(scope)):
        target, name, parameters = parse(action.call)
        if target in {"", "screen"} and not (target == "" and action.scope == "app"):
            found[name, parameters] = action.id
    return found


class DeskScreen(Screen[ScreenResultType], inherit_bindings=False):
    """A screen whose keys are the registry's actions of `SCOPE`; it implements `action_<call>` for each.

    `OFFERS` names the actions it takes from the scope, all of them unless set; `LIST_CALLS` gives its own
    methods for list keys where a text field has the focus.
    """

    SCOPE: ClassVar[str] = ""
    OFFERS: ClassVar[tuple[str, ...] | None] = None
    LIST_CALLS: ClassVar[Mapping[str, str]] = {}
    _ids: ClassVar[dict[tuple[str, tuple[object, ...]], str]] = {}

    def __init_subclass__(cls, **options: bool) -> None:
        """Give the class its bindings from the registry."""
        if cls.SCOPE:
            own = bindings_for(cls.SCOPE, only=cls.OFFERS)
            cls.BINDINGS = [*own, *bindings_for("list", calls=cls.LIST_CALLS)]
            cls._ids = _ids_of_calls(cls.SCOPE)
        super().__init_subclass__(**options)

    def __init__(self, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's names
        super().__init__(name, id, classes)
        self._jobs = JobQueue(self._start_job)
        self._repeats: dict[str, Repeat] = {}
        self._timers_of_repeats: dict[str, Timer] = {}
        self._paces: dict[str, Pace] = {}
        self._hidden = False

    @property
    def shell(self) -> Shell:
        """The app, as screens may use it."""
        return cast("Shell", self.app)

    @property
    def is_first(self) -> bool:
        """Whether nothing of ours lies under it; Textual's blank screen is always at the bottom."""
        return len(self.app.screen_stack) <= 2

    @property
    def is_expecting(self) -> bool:
        """Whether what the last key asked for is still to come, so that a key typed ahead is meant for that."""
        return False

    # --- actions -------------------------------------------------------------------------------------------

    def why_not(self, action_id: str) -> Sentence | None:
        """Why an action can't be done now on this screen, or None; asked at each key, so it must be cheap.

        A screen adds its own reasons and asks this one last.
        """
        action = ACTIONS[action_id]
        if not action.allows(self.shell.role):
            return Sentence(mark("Your role may not do this."))
        if action_id == "app.back" and self.is_first:
            return Sentence(mark("This is the first screen; Ctrl+Q leaves."))
        watch = self.shell.alert_watch
        if action_id in ALERT_ACTIONS and watch is None:
            return Sentence(mark("There is nothing to do that with here."))
        if action_id == "app.acknowledge_alert" and watch is not None and not watch.alerts:
            return Sentence(mark("There is no alert to acknowledge."))
        method = action.call.removeprefix("screen.").partition("(")[0]
        if "." not in method and not callable(getattr(self, f"action_{method}", None)):
            return Sentence(mark("There is nothing to do that with here."))
        return None

    def reason_against(self, call: str, parameters: tuple[object, ...]) -> Sentence | None:
        """`why_not` of the action that Textual calls so; None for a call that is not in the registry."""
        action_id = self._ids.get((call, parameters))
        return None if action_id is None else self.why_not(action_id)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim (None) what can't be done now; the app says why when its key is pressed."""
        return True if self.reason_against(action, parameters) is None else None

    def form_title(self, form: str) -> str:
        """What a person calls the form of a draft."""
        return form

    def open_form(self, form: str) -> None:
        """Open the form of a draft that was found; its text is in `shell.drafts.kept(form)`."""

    def action_back(self) -> None:
        """Step back one level."""
        if not self.is_first:
            self.dismiss(None)

    def action_acknowledge_alert(self) -> None:
        """Take note of the alert in the line."""
        if self.shell.alert_watch is not None:
            self.shell.alert_watch.acknowledge(self.shell.now())

    def action_alerts(self) -> None:
        """Show the alerts."""
        if self.shell.alert_watch is not None:
            self.app.push_screen(self.shell.alert_watch.source.screen())

    def show_alerts(self, now: datetime) -> None:
        """Keep the line of alerts true; it is made when there is something to say."""
        watch = self.shell.alert_watch
        alerts = watch.alerts if watch is not None else ()
        line = next(iter(self.query_children(AlertLine)), None)
        if line is None and alerts:
            line = AlertLine()
            self.mount(line)
        if line is not None:
            keys = (f"{shown(self.shell.keys_of(name)[0])} {say(ACTIONS[name].label)}" for name in ALERT_ACTIONS)
            line.show(alerts, now, tuple(keys))

    def show_line(self) -> None:
        """Say that the desk is out of reach, for as long as it is."""
        lost = self.shell.lost
        line = next(iter(self.query_children(LostLine)), None)
        if lost is None:
            if line is not None:
                line.remove()
            return
        words = _("As of {time}. {reason}").format(time=lost.since.strftime("%H:%M:%S"), reason=say(lost.reason))
        if line is None:
            self.mount(LostLine(words))
        else:
            line.show(words)

    @on(DeskBack)
    def _desk_back(self) -> None:
        """Read again what could not be read, and what may have changed meanwhile."""
        for pace in self._paces.values():
            pace.skip()
        self.post_message(DeskChanged(EVERYTHING))
        if not self._hidden:
            for group in self._repeats:
                self.freshen(group)

    def tick(self, now: datetime) -> None:
        """Do what a new second asks for; called by the app's one clock while the screen is seen."""

    def speak_again(self) -> None:
        """Say everything in the language now in use; a form does so without losing what is typed."""
        self.refresh(recompose=True)

    # --- work ----------------------------------------------------------------------------------------------

    def work(
        self,
        function: Callable[[], Value],
        then: Callable[[Value], Message],
        *,
        group: str = "work",
        overlap: Overlap = Overlap.EACH,
    ) -> bool:
        """Run `function` in a thread, post `then(result)` or `Failed(group, why)`; False when dropped."""
        return self._jobs.add(group, job_of(function, then), overlap)

    def keep_fresh(
        self, function: Callable[[], Value], then: Callable[[Value], Message], *, group: str, every: float
    ) -> None:
        """Run `function` now and `every` seconds after it ended, backing off on errors, while it is seen."""
        self._repeats[group] = Repeat(job_of(function, then), every)
        self.freshen(group)

    def freshen(self, group: str) -> bool:
        """Run a kept-fresh job now; False when it runs already."""
        if timer := self._timers_of_repeats.pop(group, None):
            timer.stop()
        return self._jobs.add(group, self._repeats[group].job, Overlap.DROP)

    def after_rest(self, group: str, read: Callable[[], object], pace: Callable[[], Pace] = Pace) -> None:
        """Call `read`, which works in `group`, once the rest after the group's last job is over.

        For what others changed: at once on a quiet desk, more rarely where reading takes long. What a person asks for
        does not wait.
        """
        self._paces.setdefault(group, pace()).waiting = read
        self._go_on(group)

    def _go_on(self, group: str) -> None:
        pace = self._paces.get(group)
        if pace is None or pace.waiting is None or self._hidden or self.is_working(group):
            return  # coming back, or the job's end, asks again
        rest = pace.rest()
        if not rest:
            read, pace.waiting = pace.waiting, None
            read()
        elif not pace.has_timer:
            pace.has_timer = True
            self.set_timer(rest, partial(self._end_rest, pace, group))

    def _end_rest(self, pace: Pace, group: str) -> None:
        pace.has_timer = False
        self._go_on(group)

    def is_working(self, group: str = "work") -> bool:
        """Whether a job of the group runs or waits."""
        return self._jobs.is_running(group)

    def _start_job(self, group: str, job: Job) -> None:
        if pace := self._paces.get(group):
            pace.begin()
        self.run_worker(partial(self._run_job, group, job), group=group, thread=True)

    def _run_job(self, group: str, job: Job) -> None:
        self.post_message(Ended(group, outcome_of(group, job)))

    @on(Ended)
    def _job_ended(self, event: Ended) -> None:
        event.stop()
        wanted = self._jobs.ended(event.group)
        if pace := self._paces.get(event.group):
            if isinstance(event.outcome, Failed) and event.outcome.may_pass:
                pace.skip()
            else:
                pace.end()
            self._go_on(event.group)
        if repeat := self._repeats.get(event.group):
            failed = isinstance(event.outcome, Failed)
            self._arm(event.group, repeat.failed() if failed else repeat.succeeded())
        if wanted:
            self.post_message(event.outcome)

    def _arm(self, group: str, seconds: float) -> None:
        if not self._hidden and group not in self._timers_of_repeats:
            self._timers_of_repeats[group] = self.set_timer(seconds, partial(self.freshen, group))

    @on(events.ScreenSuspend)
    def _rest(self) -> None:
        """Stop refreshing what nobody sees; a question over this screen hides nothing."""
        self._hidden = not self.app.screen.is_modal
        if self._hidden:
            for timer in self._timers_of_repeats.values():
                timer.stop()
            self._timers_of_repeats.clear()

    @on(events.ScreenResume)
    def _wake(self) -> None:
        self.show_alerts(self.shell.now())
        self.show_line()
        if self._hidden:
            self._hidden = False
            for group in self._repeats:
                self.freshen(group)
            for group, pace in self._paces.items():
                pace.skip()
                self._go_on(group)


class DeskDialog(DeskScreen[ScreenResultType], ModalScreen[ScreenResultType]):
    """A question over a screen; Esc steps back to it."""

    SCOPE = "dialog"
    OFFERS: ClassVar[tuple[str, ...] | None] = ("cancel", "help", "next_field", "previous_field")
    WRITES: ClassVar[bool] = False
    """Whether somebody writes in it; others on the same ticket are told."""

    def show_alerts(self, now: datetime) -> None:
        """The screen under the question shows them."""

    def show_line(self) -> None:
        """The screen under the question shows it."""

    def action_cancel(self) -> None:
        """Step back without an answer."""
        self.dismiss(None)
