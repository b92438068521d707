"""Settings and saved views: read strictly, written without harm."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from deskconsole.config import (
    BUILT_IN_VIEWS,
    Settings,
    View,
    folders,
    load_settings,
    load_views,
    made,
    save_setting,
    save_views,
)
from deskconsole.domain.errors import InvalidInput
from deskconsole.i18n import use_language


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")
    return path


def test_everything_stands_under_one_folder_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKCONSOLE_HOME", str(tmp_path / "home"))
    places = folders()
    assert places.settings_file == tmp_path / "home" / "config" / "config.toml"
    assert places.drafts == tmp_path / "home" / "state" / "drafts"
    assert stat.S_IMODE(made(places.drafts).stat().st_mode) == 0o700


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "config.toml") == Settings()


def test_settings_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, 'language = "ru"\nzone = "Asia/Almaty"\nmouse = true\n')
    assert load_settings(path) == Settings(language="ru", zone="Asia/Almaty", mouse=True)


def test_alerts_ring_by_bell_and_by_the_terminals_own_way_unless_set_otherwise(tmp_path: Path) -> None:
    usual = load_settings(tmp_path / "config.toml")
    assert (usual.bell, usual.desktop_alerts, usual.alert_command) == (True, "auto", "")
    path = written(tmp_path, 'bell = false\ndesktop_alerts = "off"\nalert_command = "espeak-ng -v ru {text}"\n')
    assert load_settings(path) == Settings(bell=False, desktop_alerts="off", alert_command="espeak-ng -v ru {text}")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('# x\nlangage = "ru"', "line 2: there is no setting langage. Did you mean language?"),
        ('language = "de"', "line 1: language is one of en, ru, es, not de."),
        ('mouse = "yes"', "line 1: mouse is true or false."),
        ("theme = 3", "line 1: theme is a text in quotes."),
        ('zone = "Moscow"', "line 1: there is no time zone Moscow; write it as Europe/Madrid."),
        ('bell = "loud"', "line 1: bell is true or false."),
        (
            'bell = false\ndesktop_alerts = "osc8"',
            "line 2: desktop_alerts is one of auto, osc9, osc777, osc99, off, not osc8.",
        ),
        ('alert_command = "espeak \'ru"', "line 1: a quote in alert_command is left open."),
        ('alert_command = "a\\u0000b"', "line 1: alert_command is a program and its words on one line."),
        ('theme = "a"\n\nmouse = \n', "line 3: this is not TOML: Invalid value"),
        ('a = """\nmouse = 1\n"""\nmouse = 1', "line 1: there is no setting a."),
    ],
)
def test_a_wrong_setting_is_refused_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InvalidInput) as error:
        load_settings(path)
    assert str(error.value.sentence) == f"{path}, {sentence}"


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes('login = "Анна"'.encode("cp1251"))
    with pytest.raises(InvalidInput, match="not UTF-8"):
        load_settings(path)


def test_one_setting_is_written_and_the_rest_stays_as_it_was(tmp_path: Path) -> None:
    path = written(tmp_path, '# mine\ntheme = "desk-dark" # dark\nmouse = true\n')
    save_setting(path, "theme", "desk-light")
    save_setting(path, "language", "es")
    assert load_settings(path) == Settings(theme="desk-light", language="es", mouse=True)
    assert path.read_text("utf-8").endswith("mouse = true\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_views_without_a_file_are_the_built_in_ones_in_the_readers_language(tmp_path: Path) -> None:
    use_language("en")
    views = load_views(tmp_path / "views.toml")
    assert views == BUILT_IN_VIEWS
    assert [view.title for view in views][:2] == ["Unassigned", "Mine"]


def test_views_come_back_as_they_were_saved(tmp_path: Path) -> None:
    views = (
        View("Ночь", 'client:"Ромашка" \\ x', "-created", ("id", "due")),
        View("Плохо\u0007", "status:open"),
    )
    save_views(tmp_path / "views.toml", views)
    assert load_views(tmp_path / "views.toml") == views


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            '[[view]]\nname = "A"\n\n[[view]]\nname = "B"\nfiltre = "x"',
            "line 6: a view has no filtre. Did you mean filter?",
        ),
        ('[[view]]\nname = "A"\n[[view]]\nfilter = "x"', "line 3: a view needs a name."),
        ('[[view]]\nname = "A"\n[[view]]\nname = "A"', "line 4: two views are called A."),
        ('[[view]]\nname = "A"\ncolumns = "id"', "line 3: columns is a list of texts in quotes."),
        ('view = 3', "line 1: each view begins with [[view]]."),
        ('[[vew]]\nname = "A"', "line 1: there is no vew here. Did you mean view?"),
    ],
)  # fmt: skip
def test_a_wrong_view_is_refused_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InvalidInput) as error:
        load_views(path)
    assert str(error.value.sentence) == f"{path}, {sentence}"


def test_a_filter_that_cannot_be_meant_is_refused_on_its_line(tmp_path: Path) -> None:
    def check(view: View) -> None:
        if "statsu" in view.filter:
            raise InvalidInput("There is no statsu.")

    path = written(tmp_path, '[[view]]\nname = "A"\nfilter = "statsu:open"\n')
    with pytest.raises(InvalidInput, match=r"line 3: There is no statsu\."):
        load_views(path, check)


@pytest.mark.parametrize("view", BUILT_IN_VIEWS, ids=lambda view: view.name)
def test_every_built_in_view_is_a_filter_the_desk_understands(view: View) -> None:
    from datetime import UTC, datetime

    from deskconsole.domain.ticket_filter import parse

    parse(view.filter, now=datetime(2026, 3, 2, tzinfo=UTC), zone=UTC)
