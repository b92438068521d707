"""The Textual app: it wires keys, themes, the clock, drafts and the first screen; the rules stand elsewhere.

`--low-bandwidth` must set TEXTUAL_FPS before Textual is imported: `terminal_speed.slow_down()` does.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeVar

from textual import events, on
from textual.actions import parse
from textual.app import App
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.notifications import SeverityLevel
from textual.worker import WorkerFailed

from deskconsole.crash import write_crash_report
from deskconsole.domain.errors import DeskError
from deskconsole.domain.sentences import Sentence
from deskconsole.domain.terms import Role
from deskconsole.domain.text import clean
from deskconsole.drafts import Draft, DraftBox, typed_in
from deskconsole.i18n import LANGUAGES, _, language, say, use_language
from deskconsole.leaving import Leaving
from deskconsole.screens.actions import bindings_for
from deskconsole.screens.base import DeskScreen, Lost
from deskconsole.screens.changes import DeskBack, DeskChanged, DeskLost, concerns
from deskconsole.screens.dialogs import Choice, Option
from deskconsole.screens.footer import live_actions
from deskconsole.screens.help import Help, help_lines
from deskconsole.screens.keymap import Keymap
from deskconsole.screens.keys import shown
from deskconsole.screens.opening import Opening
from deskconsole.screens.work import Done, Ended, Failed, failed
from deskconsole.widgets.themes import ANSI_THEME, DEFAULT_THEME, register

if TYPE_CHECKING:
    from rich.console import RenderableType

    from deskconsole.screens.alert_watch import AlertWatch

LANGUAGE_NAMES = {"en": "English", "ru": "Русский", "es": "Español"}
TICK_SECONDS = 1.0
LONGEST_KEY = 0.5
"""Seconds a key may take before the next is handled all the same."""
LONGEST_WAIT = 0.05
"""Seconds one widget may take over it."""
CALM_ROUNDS = 3
"""Rounds through the queues: a key bubbles up, an action sends a message, the message bubbles up."""
SHORT_WHILE = 0.01
"""Seconds between two looks whether a thread has read what a key asked for."""
SLOW_TICK_SECONDS = 5.0


class OpenedDesk(Protocol):
    """What the app itself needs of a desk."""

    def now(self) -> datetime:
        """The desk's time, cheap."""
        ...


DeskT = TypeVar("DeskT", bound=OpenedDesk)


class DeskOpened(Done[object]):
    """The desk is open; handled by the opening screen's app."""


class DraftsFound(Done[list[Draft]]):
    """Texts that dead consoles left."""


class DeskApp(App[int], Generic[DeskT], inherit_bindings=False):
    """The console: `open_desk` runs in a thread after the first frame, then comes `first_screen(desk)`.

    Where there is no desk yet, `welcome(begin)` comes first: a screen that makes one and calls `begin()`.
    `remember(setting, value)` is told of a chosen theme or language; `log_folder` takes crash reports.
    `watch(app, desk)` makes what keeps the alerts of an open desk.
    """

    TITLE = "deskconsole"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for("app")]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (140, "-wide")]  # noqa: RUF012 - Textual's

    def __init__(
        self,
        *,
        open_desk: Callable[[], DeskT],
        first_screen: Callable[[DeskT], DeskScreen[None]],
        drafts: DraftBox,
        keymap: Keymap,
        log_folder: Path,
        desk_name: str,
        theme: str = "",
        low_bandwidth: bool = False,
        remember: Callable[[str, str], None] | None = None,
        welcome: Callable[[Callable[[], None]], DeskScreen[None]] | None = None,
        watch: Callable[[DeskApp[DeskT], DeskT], AlertWatch] | None = None,
    ) -> None:
        super().__init__()
        self.desk: DeskT | None = None
        self.role: Role | None = None
        self.alert_watch: AlertWatch | None = None
        self.lost: Lost | None = None
        self.end_anyhow: Callable[[int], None] | None = None
        self.drafts = drafts
        self.low_bandwidth = low_bandwidth
        self.animation_level = "none"
        self._open_desk = open_desk
        self._first_screen = first_screen
        self._keys = keymap
        self._log_folder = log_folder
        self._desk_name = desk_name
        self._remember = remember
        self._welcome = welcome
        self._make_watch = watch
        self._last_words = ""
        self._keys_waiting: deque[events.Key] = deque()
        self._key_watch: asyncio.Task[None] | None = None  # held, or it could be collected while it waits
        self._own_loop: asyncio.AbstractEventLoop | None = None
        self._is_opening = False
        register(self)
        wanted = theme if theme in self.available_themes else DEFAULT_THEME
        self.theme = ANSI_THEME if low_bandwidth else wanted
        self.set_keymap(keymap.for_textual())

    def on_mount(self) -> None:
        """Show the first frame, start the clock, and open the desk once that frame is out."""
        self.push_screen(Opening(self._desk_name, self._begin) if self._welcome is None else self._welcome(self._made))
        self._own_loop = asyncio.get_running_loop()
        self.set_interval(SLOW_TICK_SECONDS if self.low_bandwidth else TICK_SECONDS, self._tick)
        if self._welcome is None:
            self.call_after_refresh(self._begin)

    # --- opening -------------------------------------------------------------------------------------------

    def _made(self) -> None:
        """A desk was made: open it, once the screen that made it is through with its message."""
        self.call_next(self._open_made)

    async def _open_made(self) -> None:
        await self.switch_screen(Opening(self._desk_name, self._begin))
        self._begin()

    def _begin(self) -> None:
        if self._is_opening:  # by its own timer, when the person asks too
            return
        self._is_opening = True
        self.run_worker(self._open, thread=True, group="open")

    def _open(self) -> None:
        """Open the desk and look for drafts; in a thread."""
        try:
            desk = self._open_desk()
        except DeskError as error:
            self.post_message(failed("open", error))
            return
        self.post_message(DeskOpened(desk))
        with suppress(OSError):
            self.post_message(DraftsFound(self.drafts.offered()))

    @on(Failed)
    def _not_opened(self, event: Failed) -> None:
        if event.group == "open":
            self._is_opening = False
        if event.group == "open" and isinstance(self.screen, Opening):
            self.screen.failed(event.sentence, may_pass=event.may_pass)

    @on(DeskOpened)
    async def _opened(self, event: DeskOpened) -> None:
        self._is_opening = False
        desk: DeskT = event.result  # type: ignore[assignment]  # posted by `_open` with nothing else
        self.desk = desk
        await self.switch_screen(self._first_screen(desk))
        if self._make_watch is not None:
            self.alert_watch = self._make_watch(self, desk)
            self.alert_watch.freshen()

    @on(DraftsFound)
    def _offer_drafts(self, event: DraftsFound) -> None:
        """Give each text back to its form, and offer to open one; an older text of the same form comes next time.

        The first screen knows the forms; another may lie over it already, opened by a key typed ahead.
        """
        screen = next((screen for screen in self.screen_stack if isinstance(screen, DeskScreen)), None)
        if not event.result or screen is None:
            return
        newest: dict[str, Draft] = {}
        for draft in event.result:
            newest.setdefault(draft.form, draft)
        for draft in newest.values():
            self.drafts.take_back(draft)
        options = [
            Option(draft.form, screen.form_title(draft.form), hint=" ".join(typed_in(draft))[:60])
            for draft in newest.values()
        ]

        def chosen(form: str | None) -> None:
            if form is not None:
                screen.open_form(form)

        self.push_screen(Choice(_("You had not sent this. Open it?"), options), chosen)

    # --- clock ---------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The desk's time; the machine's until a desk is open."""
        return self.desk.now() if self.desk is not None else datetime.now(UTC)

    def _tick(self) -> None:
        """Pass the second on to every screen that is seen."""
        now = self.now()
        for screen in self._seen_screens():
            screen.tick(now)
            screen.show_alerts(now)

    def _seen_screens(self) -> Iterator[DeskScreen[object]]:
        """The active screen, and those under a question."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, DeskScreen):
                yield screen
            if not screen.is_modal:
                return

    # --- alerts --------------------------------------------------------------------------------------------

    def show_alerts(self) -> None:
        """Show the alerts as they are now on every screen that is seen."""
        for screen in self._seen_screens():
            screen.show_alerts(self.now())
            screen.refresh_bindings()

    @on(Ended)
    def _alert_job_ended(self, event: Ended) -> None:
        if self.alert_watch is not None:
            reason = self.alert_watch.ended(event, self.now())
            if reason is not None:
                self.notify(say(reason), severity="error")

    @on(DeskChanged)
    def _desk_changed(self, event: DeskChanged) -> None:
        if self.alert_watch is not None and concerns(event.rows, "alert"):
            self.alert_watch.freshen_in_time()

    # --- the line to the desk ------------------------------------------------------------------------------

    @on(DeskLost)
    def _desk_lost(self, event: DeskLost) -> None:
        """Say so on every screen, with the time since when what they show is not kept true."""
        since = self.lost.since if self.lost is not None else event.since
        self.lost = Lost(since, event.reason)
        self._show_line()

    @on(DeskBack)
    def _desk_back(self) -> None:
        self.lost = None
        self._show_line()
        if self.alert_watch is not None:
            self.alert_watch.freshen()

    def _show_line(self) -> None:
        for screen in self._seen_screens():
            screen.show_line()

    def send_to_terminal(self, sequence: str) -> None:
        """Write bytes that are not part of the picture; Textual has no public way but the bell and the clipboard."""
        if sequence and self._driver is not None and not self.is_headless:
            self._driver.write(sequence)

    # --- actions -------------------------------------------------------------------------------------------

    def keys_of(self, action_id: str) -> tuple[str, ...]:
        """The keys of an action under the keymap in use, twins included."""
        return self._keys.keys_of(action_id)

    async def run_action(
        self,
        action: str | tuple[str, str, tuple[object, ...]],
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Run an action; where its screen has a reason against it, say the reason instead."""
        target, name, parameters = parse(action) if isinstance(action, str) else action
        node = self.screen if target == "screen" else default_namespace
        if isinstance(node, DeskScreen) and target in {"", "screen"}:
            reason = node.reason_against(name, parameters)
            if reason is not None:
                self.notify(say(reason), severity="warning")
                return True
        return await super().run_action(action, default_namespace, namespaces)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show a toast; its text is never markup and can't steer the terminal, whatever a caller asks for."""
        super().notify(
            clean(say(message), multiline=True),
            title=clean(title),
            severity=severity,
            timeout=timeout,
            markup=False,
        )

    async def on_event(self, event: events.Event) -> None:
        """Let each key have its effect before the next is looked at.

        Over a slow line keys come in bursts: after `n` the next letters belong to the form it opens, not to the
        queue, where they would be commands.
        """
        if isinstance(event, events.Key) and not event.is_forwarded:
            self._keys_waiting.append(event)
            if len(self._keys_waiting) == 1:
                await self._pass_key()
        else:
            await super().on_event(event)

    async def _pass_key(self) -> None:
        await super().on_event(self._keys_waiting[0])
        self._key_watch = asyncio.create_task(self._watch_key())

    async def _watch_key(self) -> None:
        """Pass the next key once this one is through, or takes too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_KEY):
                await self._key_taken()
        self._keys_waiting.popleft()
        if self._keys_waiting:
            self.call_next(self._pass_key)

    async def _key_taken(self) -> None:
        """Wait until the key, and what it set off, is through every queue; and what it asked for is there."""
        calm, last = 0, None
        while calm < CALM_ROUNDS:
            here = (self.screen, self.focused)
            calm, last = (calm + 1 if here == last else 0), here
            if isinstance(self.screen, DeskScreen) and self.screen.is_expecting:
                calm = 0
                await asyncio.sleep(SHORT_WHILE)
            for node in (self.focused or self.screen).ancestors_with_self:
                if node.is_attached:
                    handled = asyncio.Event()
                    node.call_later(handled.set)
                    with suppress(TimeoutError):  # a widget that is being removed calls nobody back
                        await asyncio.wait_for(handled.wait(), LONGEST_WAIT)

    @property
    def has_keys_waiting(self) -> bool:
        """Whether a key that came has not had its effect yet."""
        return bool(self._keys_waiting)

    def action_help(self) -> None:
        """Explain the keys of the focused pane."""
        live = live_actions(self.screen)
        reasons: dict[str, str] = {}
        for one in live:
            if not one.enabled and isinstance(self.screen, DeskScreen):
                reason = self.screen.why_not(one.action.id)
                reasons[one.action.id] = say(reason) if reason is not None else ""
        self.push_screen(Help(_("What the keys do here"), help_lines(live, reasons)))

    def action_palette(self) -> None:
        """Find an action by its name and run it where the person is."""
        options = []
        for one in live_actions(self.screen):
            why = ""
            if not one.enabled and isinstance(self.screen, DeskScreen):
                why = self.screen.why_not(one.action.id) or ""
            hint = f"{say(one.action.help)}  {' '.join(shown(key) for key in one.keys)}"
            options.append(Option(one, say(one.action.label), hint, why))

        async def chosen(one: object) -> None:
            for option in options:
                if option.value is one:
                    await self.run_action(option.value.call, option.value.node)

        self.push_screen(Choice(_("Commands"), options, numbered=False), chosen)

    def action_theme(self) -> None:
        """Choose the colours."""
        names = [name for name in sorted(self.available_themes) if name.startswith("desk-")]
        options = [Option(name, name.removeprefix("desk-")) for name in names]

        def chosen(name: str | None) -> None:
            if name is not None:
                self.theme = name
                self._keep_setting("theme", name)

        self.push_screen(Choice(_("Theme"), options), chosen)

    def action_language(self) -> None:
        """Choose the language."""
        options = [Option(name, LANGUAGE_NAMES[name]) for name in LANGUAGES]

        def chosen(name: str | None) -> None:
            if name is not None and name != language():
                use_language(name)
                self._keep_setting("language", name)
                for screen in self.screen_stack:
                    if isinstance(screen, DeskScreen):
                        screen.speak_again()

        self.push_screen(Choice(_("Language"), options), chosen)

    def action_interrupt(self) -> None:
        """Say how to leave: the habit of Ctrl+C must lose nothing."""
        self.notify(_("{key} leaves.").format(key=shown(self.keys_of("app.quit")[0])))

    def _keep_setting(self, name: str, value: str) -> None:
        if self._remember is not None:
            try:
                self._remember(name, value)
            except DeskError as error:
                self.notify(say(error.sentence), severity="error")

    # --- the end -------------------------------------------------------------------------------------------

    def exit(self, result: int | None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """End, soon: what was typed is kept, and nobody waits for a desk that does not answer."""
        super().exit(result, return_code, message)
        if self.end_anyhow is not None:
            self.drafts.flush()
            self.end_anyhow(return_code)

    def leave(self, code: int) -> None:
        """End the app with an exit code, soon; may be called from any thread."""
        if self._own_loop is not None:
            self._own_loop.call_soon_threadsafe(lambda: self.exit(return_code=code))

    def say_trouble(self, sentence: Sentence) -> None:
        """Show a sentence from any thread; before the first frame there is nobody to read it."""
        if self._own_loop is not None:
            self._own_loop.call_soon_threadsafe(lambda: self.notify(say(sentence), severity="error"))

    def _fatal_error(self) -> None:
        """Say in two lines that it crashed and where the report is; no values, no trace.

        Overrides Textual's, which prints local variables.
        """
        error: BaseException | None = self._exception
        if isinstance(error, WorkerFailed):
            error = error.error
        report = None if error is None else write_crash_report(self._log_folder, error)
        self._close_messages_no_wait()
        words = [_("deskconsole has failed and had to end. What you were typing is kept.")]
        if report is not None:
            words.append(_("The report is in {path}").format(path=report))
        self._last_words = self._last_words or "\n".join(words)

    def _print_error_renderables(self) -> None:
        """Print the last words unwrapped, so that the path can be copied."""
        super()._print_error_renderables()
        if self._last_words:
            print(self._last_words, file=sys.stderr)
            self._last_words = ""


def run_console(app: DeskApp[DeskT], *, mouse: bool = False) -> int:
    """Run the console on this terminal until it ends; the exit code (128 + n after signal n).

    Must be called in the main thread. Drafts are written before it comes back.
    """
    leaving = Leaving(save=app.drafts.flush, leave=app.leave)
    app.end_anyhow = leaving.end_anyhow
    try:
        app.run(mouse=mouse)
    finally:
        leaving.stop()
        app.drafts.close()
    return app.return_code or 0
