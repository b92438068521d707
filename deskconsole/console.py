"""Opening a console: settings, keys, drafts, then the app; the data layer is imported after the first frame."""

from __future__ import annotations

import gc
import getpass
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from deskconsole.config import Settings, folders, load_settings, load_views, made, save_setting
from deskconsole.domain.errors import DeskError, InvalidInput, StorageUnavailable
from deskconsole.domain.sentences import mark
from deskconsole.domain.text import without_password
from deskconsole.drafts import DraftBox
from deskconsole.following import Feed
from deskconsole.terminal_speed import slow_down

if TYPE_CHECKING:
    from deskconsole.app import DeskApp
    from deskconsole.board_record import Recorder
    from deskconsole.desk.desk import Desk
    from deskconsole.jobs.schedule import Schedule
    from deskconsole.screens.alert_watch import AlertWatch
    from deskconsole.screens.base import DeskScreen
    from deskconsole.screens.session import Session

Mode = Literal["desk", "my", "board"]
NEW_OBJECTS = 50_000  # before garbage is looked for: at the start nearly all of them are modules, which stay
PASSES_BEGIN = 3.0  # seconds after the first screen
LAST_SECONDS = 1.0  # for what is said to the desk at the end


def run(
    location: str | None,
    *,
    login: str | None = None,
    mode: Mode = "desk",
    low_bandwidth: bool = False,
    record: Path | None = None,
    read_from: str | None = None,
) -> int:
    """Run a console on the desk at `location` (None: the person's own), its board read at `read_from`; the exit code.

    The language is the one in use already (`i18n.use_language`). What a board shows is kept in `record`.
    """
    gc.set_threshold(NEW_OBJECTS)
    _need_terminal()
    place = folders()
    settings = load_settings(place.settings_file)
    slow = low_bandwidth or settings.low_bandwidth
    if slow:
        slow_down()  # before Textual is imported
    from deskconsole.app import DeskApp, run_console
    from deskconsole.screens.keymap import load_keymap

    desk_location = location or settings.desk or str(place.desk_file)
    who = login or settings.login or None
    views = load_views(place.views_file)
    recorder = _recorder(record, settings)
    feed, passes = Feed(), Passes(desk_location, settings)

    def open_desk() -> Desk:
        from deskconsole.desk.opening import open_desk as open_at

        _first_screen(mode, recorder)  # imported here, in the thread, while the first frame stands
        opened = open_at(desk_location, login=who, zone=settings.time_zone(), read_from=read_from)
        desk = replace(opened, warned=app.say_trouble)
        try:
            feed.mark(desk)
            _check_views(desk, place.views_file)
        except DeskError:
            desk.close()
            raise
        return desk

    @cache
    def session_on(desk: Desk) -> Session:
        from deskconsole.screens.session import Session

        return Session(desk, views)

    def first_screen(desk: Desk) -> DeskScreen[None]:
        gc.freeze()  # what is there by now stays: never look through it again
        app.role = desk.actor.role
        _work_behind(desk, app, feed, passes)
        return _first_screen(mode, recorder)(session_on(desk))

    is_missing = location is None and "://" not in desk_location and not Path(desk_location).exists()
    app: DeskApp[Desk] = DeskApp(
        open_desk=open_desk,
        first_screen=first_screen,
        drafts=DraftBox(
            made(place.drafts),
            desk=desk_location,
            login=who or _user(),
            trouble=lambda sentence: app.say_trouble(sentence),  # noqa: PLW0108 - made below
        ),
        keymap=load_keymap(place.keymap_file, settings.keymap or "default"),
        log_folder=place.log,
        desk_name=without_password(desk_location),
        theme=settings.theme,
        low_bandwidth=slow,
        welcome=(lambda begin: _welcome(desk_location, begin)) if is_missing else None,
        remember=lambda name, value: save_setting(place.settings_file, name, value),
        # A wall rings for nobody, and takes note of nothing: its board shows the breaches.
        watch=None if mode == "board" else (lambda app, desk: _alert_watch(app, session_on(desk), settings)),
    )
    try:
        code = run_console(app, mouse=settings.mouse)
        return code or (0 if app.desk is not None or is_missing else StorageUnavailable.exit_code)
    finally:
        feed.stop()
        passes.stop()
        if app.alert_watch is not None:
            app.alert_watch.stop()
        if app.desk is not None:
            _close(session_on(app.desk))
        if recorder is not None:
            recorder.close()


def _close(session: Session) -> None:
    """Let go of the desk; the console's sign of presence is taken back if the desk answers soon, and expires anyhow."""

    def leave() -> None:
        from deskconsole.desk import presence

        with suppress(DeskError):
            presence.leave(session.desk, session.console)

    if session.was_on_ticket:
        last = threading.Thread(target=leave, name="leave", daemon=True)
        last.start()
        last.join(LAST_SECONDS)
    session.desk.close()


def replay(file: Path, at: str | None, *, low_bandwidth: bool = False) -> int:
    """Show what a board has recorded, beginning at a time that is typed, else at its end; needs no desk."""
    _need_terminal()
    from deskconsole.board_record import Recording

    place = folders()
    settings = load_settings(place.settings_file)
    recording = Recording(file)
    zone = recording.zone or settings.time_zone()
    moment = recording.moment(at, zone) if at is not None else recording.last
    slow = low_bandwidth or settings.low_bandwidth
    if slow:
        slow_down()  # before Textual is imported
    from deskconsole.app import DeskApp, run_console
    from deskconsole.screens.board_replay import RecordedDesk, ReplayScreen
    from deskconsole.screens.keymap import load_keymap

    app: DeskApp[RecordedDesk] = DeskApp(
        open_desk=RecordedDesk,
        first_screen=lambda _desk: ReplayScreen(recording, zone, moment),
        drafts=DraftBox(made(place.drafts), desk=str(file), login=_user()),
        keymap=load_keymap(place.keymap_file, settings.keymap or "default"),
        log_folder=place.log,
        desk_name=str(file),
        theme=settings.theme,
        low_bandwidth=slow,
        remember=lambda name, value: save_setting(place.settings_file, name, value),
    )
    return run_console(app, mouse=settings.mouse)


def _work_behind(desk: Desk, app: DeskApp[Desk], feed: Feed, passes: Passes) -> None:
    """Begin what goes on behind the screens; what it complains of is logged, never shown over them."""
    from deskconsole.jobs.log import log_to_file
    from deskconsole.jobs.passes import may_run

    log_to_file(folders().log)
    feed.start(desk, app)
    if may_run(desk):
        passes.start()


def _need_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InvalidInput(mark("The console needs a terminal; for scripts there are commands: deskconsole --help"))


def _recorder(file: Path | None, settings: Settings) -> Recorder | None:
    """What keeps in a file what the board shows."""
    if file is None:
        return None
    from deskconsole.board_record import Recorder

    return Recorder(file, settings.time_zone())


def _check_views(desk: Desk, file: Path) -> None:
    """Refuse a saved view that this desk can't mean, with its line in the file."""
    from deskconsole.screens.queue_source import check_view, status_codes

    if file.exists():
        load_views(file, partial(check_view, statuses=status_codes(desk)))


def _user() -> str:
    """Whose drafts they are, where no login is named; a user without a name has still a number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _welcome(location: str, begin: Callable[[], None]) -> DeskScreen[None]:
    """The first run's screen, with the ways to begin at `location`."""
    from deskconsole import beginnings
    from deskconsole.screens.welcome import Beginnings, Welcome

    made(Path(location).parent)
    ways = Beginnings(
        demo=partial(beginnings.demo, location),
        empty=partial(beginnings.empty, location),
        import_file=partial(beginnings.import_file, location),
    )
    return Welcome(location, ways, begin)


def _alert_watch(app: DeskApp[Desk], session: Session, settings: Settings) -> AlertWatch:
    """What keeps the alerts of this console's person and rings them as the settings say."""
    from deskconsole.data.queries import alerts as queries
    from deskconsole.desk import alerts
    from deskconsole.notify import AlertCommand, chosen_way, wrap_for
    from deskconsole.screens.alert_watch import AlertSource, AlertWatch, Ringer
    from deskconsole.screens.alerts import AlertsScreen

    desk = session.desk
    source = AlertSource(
        read=lambda: desk.read(queries.mine, session.viewer, desk.now()),
        acknowledge=lambda ids: alerts.acknowledge(desk, ids),
        screen=lambda: AlertsScreen(session),
    )
    ringer = Ringer(
        app.send_to_terminal,
        bell=settings.bell,
        way=chosen_way(settings.desktop_alerts, os.environ),
        wrap=wrap_for(os.environ),
        command=AlertCommand(settings.alert_command, trouble=app.say_trouble),
    )
    return AlertWatch(app, source, ringer, changed=app.show_alerts)


class Passes:
    """Does what happens by the clock: in the background, on a connection of its own, for as long as the console is."""

    def __init__(self, location: str, settings: Settings) -> None:
        self._location = location
        self._settings = settings
        self._stopped = threading.Event()
        self._turn = threading.Lock()
        self._schedule: Schedule | None = None

    def start(self) -> None:
        """Begin soon: the person's first keys go before."""
        threading.Thread(target=self._begin, name="passes", daemon=True).start()

    def stop(self) -> None:
        """Stop, within a second."""
        self._stopped.set()
        with self._turn:
            if self._schedule is not None:
                self._schedule.stop()

    def _begin(self) -> None:
        if self._stopped.wait(PASSES_BEGIN):
            return
        from deskconsole.desk.opening import open_unattended
        from deskconsole.jobs.passes import run_pass
        from deskconsole.jobs.schedule import Schedule

        place = folders()
        schedule = Schedule(
            partial(open_unattended, self._location, zone=self._settings.time_zone()),
            lambda desk, is_stopped: run_pass(desk, drafts=place.drafts, is_stopped=is_stopped, by_turns=True),
        )
        with self._turn:
            if not self._stopped.is_set():
                self._schedule = schedule
                schedule.start()


def _first_screen(mode: Mode, recorder: Recorder | None) -> Callable[[Session], DeskScreen[None]]:
    if mode == "my":
        from deskconsole.screens.my import MyScreen

        return MyScreen
    if mode == "board":
        from deskconsole.screens.board import BoardScreen

        return partial(BoardScreen, is_wall=True, recorder=recorder)
    from deskconsole.screens.queue import QueueScreen

    return QueueScreen
