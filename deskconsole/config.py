"""The person's own settings: where files stand, config.toml and the saved views of views.toml.

Plain: importing it imports neither Textual nor the data layer.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from deskconsole.domain.errors import DeskError, InvalidInput
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.domain.text import holds_password
from deskconsole.drafts import put_in_place
from deskconsole.i18n import LANGUAGES, say
from deskconsole.notify import AUTO, WAYS, command_words
from deskconsole.profiles import Profile, read_profiles
from deskconsole.tomlfile import TomlFile, read_toml

DESK_FILE = "desk.sqlite"
HOME_VARIABLE = "DESKCONSOLE_HOME"
_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)  # what stands below it belongs to a table
KEYMAPS = ("default", "vim")


@dataclass(frozen=True)
class Folders:
    """Where the person's files stand; each folder is made, 0700, when it is first asked for by `made`."""

    data: Path
    config: Path
    state: Path

    @property
    def drafts(self) -> Path:
        """Text being typed."""
        return self.state / "drafts"

    @property
    def log(self) -> Path:
        """Logs and crash reports."""
        return self.state / "log"

    @property
    def desk_file(self) -> Path:
        """The person's own desk, unless another is named."""
        return self.data / DESK_FILE

    @property
    def settings_file(self) -> Path:
        """The settings."""
        return self.config / "config.toml"

    @property
    def views_file(self) -> Path:
        """The saved views."""
        return self.config / "views.toml"

    @property
    def keymap_file(self) -> Path:
        """The person's keys."""
        return self.config / "keymap.toml"


def folders() -> Folders:
    """The platform's folders for this program, or all of them under `DESKCONSOLE_HOME`."""
    if home := os.environ.get(HOME_VARIABLE):
        base = Path(home).expanduser().absolute()
        return Folders(base / "data", base / "config", base / "state")
    from platformdirs import PlatformDirs

    places = PlatformDirs("deskconsole", appauthor=False)
    return Folders(places.user_data_path, places.user_config_path, places.user_state_path)


def made(folder: Path) -> Path:
    """Make a folder, 0700, and say so in one sentence when that can't be done."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InvalidInput(
            mark("The folder {folder} can't be made: {reason}"), folder=str(folder), reason=reason
        ) from error
    return folder


@dataclass(frozen=True)
class Settings:
    """What config.toml may say; an empty text means: decided by the environment."""

    language: str = ""
    zone: str = ""
    theme: str = ""
    mouse: bool = False
    low_bandwidth: bool = False
    desk: str = ""
    login: str = ""
    keymap: str = ""
    bell: bool = True
    desktop_alerts: str = AUTO
    alert_command: str = ""
    desks: tuple[Profile, ...] = ()

    def profile(self, name: str) -> Profile | None:
        """The desk that config.toml has under that name."""
        return next((profile for profile in self.desks if profile.name == name), None)

    def time_zone(self) -> tzinfo:
        """The zone times are read in: as set, else the machine's.

        Raises:
            InvalidInput: the machine's can't be read.
        """
        if self.zone:
            return ZoneInfo(self.zone)
        from tzlocal import get_localzone

        try:
            return get_localzone()
        except (KeyError, ValueError, OSError):
            raise InvalidInput(mark("This machine's time zone can't be read; set zone in config.toml.")) from None


def load_settings(path: Path) -> Settings:
    """Read config.toml; a missing file is the defaults, anything not meant is refused with its line."""
    file = read_toml(path)
    names = [field.name for field in fields(Settings)]
    found: dict[str, Any] = {}
    for key, value in file.data.items():
        if key == "desks":
            found[key] = read_profiles(file)
            continue
        if key not in names:
            raise file.wrong(Sentence(mark("there is no setting {key}."), key=key), key=key, names=names)
        if type(value) is not type(getattr(Settings, key)):
            wanted = (
                mark("{key} is true or false.")
                if isinstance(getattr(Settings, key), bool)
                else mark("{key} is a text in quotes.")
            )
            raise file.wrong(Sentence(wanted, key=key), key=key)
        _check_value(file, key, value)
        found[key] = value
    return replace(Settings(), **found)


def _check_value(file: TomlFile, key: str, value: object) -> None:
    """Refuse a value outside its closed set; what themes there are is known to the console alone."""
    if not isinstance(value, str) or not value:
        return
    closed = {"language": LANGUAGES, "keymap": KEYMAPS, "desktop_alerts": WAYS}.get(key)
    if closed is not None and value not in closed:
        problem = Sentence(
            mark("{key} is one of {choices}, not {value}."), key=key, choices=", ".join(closed), value=value
        )
        raise file.wrong(problem, key=key)
    if key == "zone":
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise file.wrong(
                Sentence(mark("there is no time zone {zone}; write it as Europe/Madrid."), zone=value),
                key=key,
            ) from error
    if key == "desk" and holds_password(value):
        problem = Sentence(mark("a password does not belong here; take it out, and run: deskconsole login"))
        raise file.wrong(problem, key=key)
    if key == "alert_command":
        try:
            command_words(value)
        except InvalidInput as error:
            raise file.wrong(error.sentence, key=key) from error


def save_setting(path: Path, key: str, value: str) -> None:
    """Write one text setting into config.toml and leave everything else in the file as it stands."""
    load_settings(path)
    text = path.read_text("utf-8") if path.exists() else ""
    line = f"{key} = {_quoted(value)}"
    pattern = re.compile(rf"^[ \t]*{re.escape(key)}[ \t]*=.*$", re.MULTILINE)
    table = _TABLE.search(text)
    top, rest = (text[: table.start()], text[table.start() :]) if table else (text, "")
    changed = pattern.sub(lambda _found: line, top, count=1) if pattern.search(top) else f"{line}\n{top}"
    made(path.parent)
    put_in_place(path, f"{changed}{rest}".encode())


@dataclass(frozen=True)
class View:
    """A saved view of the queue: a filter, an order (`due`, `-created`), its columns (none: the usual)."""

    name: str
    filter: str
    sort: str = ""
    columns: tuple[str, ...] = ()
    built_in: bool = False

    @property
    def title(self) -> str:
        """The name; a built-in view's in the reader's language."""
        return say(Sentence(self.name)) if self.built_in else self.name


BUILT_IN_VIEWS: tuple[View, ...] = (
    View(mark("Unassigned"), "status:open assignee:none", "prio", built_in=True),
    View(mark("Mine"), "status:open assignee:me", "due", built_in=True),
    View(mark("Breached"), "status:open breached:yes", "due", built_in=True),
    View(mark("Due soon"), "status:open due<1d", "due", built_in=True),
    View(mark("Waiting"), "status:waiting", "due", built_in=True),
    View(mark("Not covered"), "status:open covered:no", "-created", built_in=True),
    View(mark("All open"), "status:open", "due", built_in=True),
    View(mark("All"), "", "-created", built_in=True),
)


def load_views(path: Path, check: Callable[[View], None] | None = None) -> tuple[View, ...]:
    """The saved views in order: the file's, or the built-in ones when it has none.

    `check` is given each view and refuses (`DeskError`) a filter, order or column it can't mean.
    """
    file = read_toml(path)
    for key in file.data:
        if key != "view":
            raise file.wrong(Sentence(mark("there is no {key} here."), key=key), key=key, names=["view"])
    tables = file.data.get("view", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise file.wrong(Sentence(mark("each view begins with [[view]].")), key="view")
    views = [_view(file, index, table) for index, table in enumerate(tables)]
    for index, view in enumerate(views):
        if view.name in {other.name for other in views[:index]}:
            problem = Sentence(mark("two views are called {name}."), name=view.name)
            raise file.wrong(problem, table="view", key="name", index=index)
        if check is not None:
            try:
                check(view)
            except DeskError as error:
                raise file.wrong(error.sentence, table="view", key="filter", index=index) from error
    return tuple(views) or BUILT_IN_VIEWS


def _view(file: TomlFile, index: int, table: Mapping[str, Any]) -> View:
    """One `[[view]]` of the file, every field of the right kind."""

    def wrong(template: str, key: str, names: tuple[str, ...] = ()) -> InvalidInput:
        return file.wrong(Sentence(template, key=key), table="view", key=key, index=index, names=names)

    names = ("name", "filter", "sort", "columns")
    for key, value in table.items():
        if key not in names:
            raise wrong(mark("a view has no {key}."), key, names)
        if key == "columns":
            if not isinstance(value, list) or not all(isinstance(column, str) for column in value):
                raise wrong(mark("{key} is a list of texts in quotes."), key)
        elif not isinstance(value, str):
            raise wrong(mark("{key} is a text in quotes."), key)
    if not str(table.get("name", "")).strip():
        raise wrong(mark("a view needs a name."), "name")
    name = table["name"].strip()
    built_in = name in {view.name for view in BUILT_IN_VIEWS}
    return View(name, table.get("filter", ""), table.get("sort", ""), tuple(table.get("columns", ())), built_in)


def save_views(path: Path, views: tuple[View, ...]) -> None:
    """Write all saved views; built-in ones keep their English name and so go on in the reader's language."""
    made(path.parent)
    put_in_place(path, "\n".join(_as_toml(view) for view in views).encode())


def _as_toml(view: View) -> str:
    columns = ", ".join(_quoted(column) for column in view.columns)
    lines = ["[[view]]", f"name = {_quoted(view.name)}", f"filter = {_quoted(view.filter)}"]
    if view.sort:
        lines.append(f"sort = {_quoted(view.sort)}")
    if view.columns:
        lines.append(f"columns = [{columns}]")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """`text` as a TOML basic string; control characters can't stand in one."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(sign if sign.isprintable() else f"\\U{ord(sign):08X}" for sign in escaped) + '"'
