"""`deskconsole calendar ...`: calendars made, filled, asked, and answering cases without a desk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import KEY, Run

HOURS = "mon-fri 09:00-13:00 14:00-18:00"
CASE: dict[str, Any] = {
    "calendar": {"timezone": "Europe/Moscow", "hours": {"mon": [["09:00", "18:00"]], "tue": [["09:00", "18:00"]]}},
    "op": "add",
    "start": "2026-03-02T16:00:00+03:00",
    "minutes": 180,
}
SHEET = """<calendar year="2026" country="ru"><holidays><holiday id="1" title="Новый год"/></holidays><days>
<day d="01.01" t="1" h="1"/><day d="02.20" t="2"/><day d="02.21" t="3"/></days></calendar>"""


@pytest.fixture
def office(shop: Path, run: Run) -> str:
    assert run("calendar", "set", "Office", "--zone", "Europe/Moscow", "--hours", HOURS).out == "1\n"
    return "Office"


def answers(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def test_every_line_is_answered_on_its_own_and_no_desk_is_made(run: Run, home: Path) -> None:
    lines = [json.dumps(CASE), "nonsense", "", json.dumps({**CASE, "op": "between"}), "[", json.dumps(CASE)]
    said = run("calendar", "compute", stdin="\n".join(lines))
    good = {"result": "2026-03-03T10:00:00+03:00"}
    found = answers(said.out)
    assert (said.code, found[0], found[-1], len(found)) == (0, good, good, 5)
    assert [list(answer) for answer in found[1:4]] == [["error"]] * 3
    assert found[1] == {"error": "Line 2 is not JSON."}
    assert not (home / "data").exists()


def test_nothing_in_is_nothing_out(run: Run) -> None:
    assert run("calendar", "compute", stdin="\n \n").out == ""


def test_a_calendar_is_made_listed_and_shown(office: str, run: Run) -> None:
    assert run("calendar", "list", "--json").json == [
        {
            "id": 1,
            "name": "Office",
            "timezone": "Europe/Moscow",
            "hours": HOURS,
            "dates": 0,
            "policies": 0,
            "people": 0,
            "is_default": False,
        }
    ]
    assert "Office  Europe/Moscow" in run("calendar", "list").out
    shown = run("calendar", "show", "office", "--year", "2026").out
    for words in ("Office", "Europe/Moscow", HOURS, "2088 h"):
        assert words in shown
    assert run("calendar", "show", "Office", "--year", "2026", "--json").json["working_minutes"] == 2088 * 60


def test_hours_change_and_dates_stay(office: str, run: Run, tmp_path: Path) -> None:
    sheet = tmp_path / "calendar.xml"
    sheet.write_text(SHEET, "utf-8")
    run("calendar", "import", office, str(sheet))
    run("calendar", "set", office, "--hours", "24/7")
    shown = run("calendar", "show", office, "--year", "2026", "--json").json
    assert shown["hours"]["sun"] == [["00:00", "24:00"]]
    assert shown["holidays"] == ["2026-01-01"]
    assert shown["timezone"] == "Europe/Moscow"


def test_a_production_calendar_says_what_it_changed(office: str, run: Run, tmp_path: Path) -> None:
    sheet = tmp_path / "calendar.xml"
    sheet.write_text(SHEET, "utf-8")
    said = run("calendar", "import", office, "--xmlcalendar", str(sheet))
    assert "2026-02-20  09:00-13:00 14:00-18:00  09:00-13:00 14:00-17:00" in said.out
    assert "2026-02-21  -                        09:00-13:00 14:00-18:00" in said.out
    assert "3 days have new hours." in said.err
    again = run("calendar", "import", office, "--xmlcalendar", str(sheet), "--json").json
    assert again == {"name": "Office", "days": 3, "changes": []}
    shown = run("calendar", "show", office, "--year", "2026").out
    assert "2026-01-01  thu      closed                   Новый год" in shown


def test_dates_with_own_hours_are_kept_unless_replaced(office: str, run: Run, tmp_path: Path) -> None:
    own = tmp_path / "own.json"
    form = {"timezone": "UTC", "hours": {"mon": [["09:00", "18:00"]]}, "shifts": {"2026-01-01": [["10:00", "11:00"]]}}
    own.write_text(json.dumps(form), "utf-8")
    assert run("calendar", "import", office, str(own)).code == 0
    sheet = tmp_path / "calendar.xml"
    sheet.write_text(SHEET, "utf-8")
    said = run("calendar", "import", office, str(sheet))
    assert "Kept as they were" in said.out
    assert "--replace" in said.err
    assert run("calendar", "show", office, "--json").json["shifts"]["2026-01-01"] == [["10:00", "11:00"]]
    run("calendar", "import", office, str(sheet), "--replace")
    assert run("calendar", "show", office, "--json").json["holidays"] == ["2026-01-01"]


def test_public_holidays_close_days(office: str, run: Run) -> None:
    changed = run("calendar", "import", office, "--holidays", "ES-MD", "--years", "2026-2027", "--json").json["changes"]
    days = {change["day"]: change["name"] for change in changed}
    assert days["2026-01-01"] == "Año Nuevo"
    assert "2027-01-01" in days


def test_adding_and_measuring_answer_in_the_persons_zone(office: str, run: Run) -> None:
    said = run("calendar", "add", office, "2026-03-06T15:00", "2h")  # Madrid's; 17:00 in Moscow
    assert said.out == "2026-03-09 08:00\n"
    assert "2026-03-09 10:00 Europe/Moscow" in said.err
    assert run("calendar", "add", office, "2026-03-09T08:00", "-2h").out == "2026-03-06 15:00\n"
    shape = run("calendar", "add", office, "2026-03-06T17:00:00+03:00", "2h", "--json").json
    assert shape["due"] == "2026-03-09T08:00:00+01:00"
    assert run("calendar", "between", office, "2026-03-06T15:00", "2026-03-09T08:30").out == "2 h 30 m\n"
    assert run("calendar", "between", office, "2026-03-09T08:30", "2026-03-06T15:00").out == "-2 h 30 m\n"
    assert run("calendar", "between", office, "2026-03-06", "2026-03-07", "--json").json["seconds"] == 8 * 3600


def test_a_calendar_without_hours_is_refused(shop: Path, run: Run) -> None:
    refused = run("calendar", "set", "Closed", "--zone", "UTC")
    assert (refused.code, refused.out) == (2, "")
    assert "no working hours" in refused.err
    assert run("calendar", "list", "--json").json == []


def test_a_calendar_whose_hours_are_over_says_never(shop: Path, run: Run, tmp_path: Path) -> None:
    form = tmp_path / "closed.json"
    form.write_text(json.dumps({"timezone": "UTC", "shifts": {"2026-03-05": [["09:00", "18:00"]]}}), "utf-8")
    assert run("calendar", "import", "Closed", str(form)).code == 0
    assert run("calendar", "add", "Closed", "2026-03-06T15:00", "2h").out == "never\n"
    assert run("calendar", "add", "Closed", "2026-03-06T15:00", "2h", "--json").json["due"] is None


def test_a_repeated_key_does_nothing_twice(shop: Path, run: Run) -> None:
    for hours in (HOURS, "24/7"):
        assert run("calendar", "set", "One", "--zone", "UTC", "--hours", hours, "--key", KEY).code == 0
    assert run("calendar", "list", "--json").json[0]["hours"] == HOURS


def test_people_have_hours_and_absences(office: str, run: Run) -> None:
    assert run("calendar", "person", "ivanov", office).code == 0
    assert run("calendar", "list", "--json").json[0]["people"] == 1
    said = run("calendar", "absent", "ivanov", "2099-05-01", "2099-05-10", "--reason", "holiday", "--json")
    assert said.json == [
        {
            "id": 1,
            "person_id": 2,
            "login": "ivanov",
            "person": "Иван Иванов",
            "first_day": "2099-05-01",
            "last_day": "2099-05-10",
            "reason": "holiday",
        }
    ]
    twice = run("calendar", "absent", "ivanov", "2099-05-10")
    assert (twice.code, "away from 2099-05-01 to 2099-05-10 already" in twice.err) == (2, True)
    assert "holiday" in run("calendar", "absent").out
    assert run("calendar", "absent", "--remove", "1", "--json").json == []
    assert run("calendar", "person", "ivanov", "-").code == 0
    assert run("calendar", "list", "--json").json[0]["people"] == 0


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("show", "Nope"), 3, 'no calendar "Nope"; there is Office'),
        (("set", "New", "--hours", "24/7"), 2, "name its time zone"),
        (("set", "New", "--zone", "Mars"), 2, 'no time zone "Mars"'),
        (
            ("set", "New", "--zone", "UTC", "--hours", "mon 18:00-09:00, tue 08:00-12:00"),
            2,
            "mon 18:00-09:00 runs into",
        ),
        (("set", " ", "--zone", "UTC"), 2, "has a name"),
        (("set", "New"), 2, "Name what is to be set"),
        (("import", "Office"), 2, "Name one source"),
        (("import", "Office", "--holidays", "ES", "a.json"), 2, "Name one source"),
        (("import", "Office", "none.xml"), 2, "can't be read"),
        (("import", "Office", "none.json"), 2, "can't be read"),
        (("import", "Nope", "--holidays", "ES", "--years", "2026"), 3, 'no calendar "Nope"'),
        (("import", "Office", "--holidays", "XX", "--years", "2026"), 2, 'country "XX"'),
        (("import", "Office", "--holidays", "ES", "--years", "2028-2026"), 2, "--years is a year"),
        (("import", "Office", "--holidays", "ES", "--years", "1900-2999"), 2, "--years is a year"),
        (("add", "Office", "someday", "2h"), 2, "is not a time"),
        (("add", "Office", "now", "soon"), 2, "no length of time"),
        (("absent", "ivanov", "2026-05-10", "2026-05-01"), 2, "before it starts"),
        (("absent", "ivanov", "2026-05-10", "2036-05-01"), 2, "at most"),
        (("absent", "--remove", "7"), 3, "no absence 7"),
        (("person", "nobody", "Office"), 3, "nobody"),
    ],
)
def test_bad_words_are_one_sentence(office: str, run: Run, words: tuple[str, ...], code: int, says: str) -> None:
    said = run("calendar", *words)
    assert (said.code, said.out) == (code, "")
    assert says in said.err


def test_a_file_that_is_no_calendar_changes_nothing(office: str, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    for text in ("{", "[]", '{"timezone": "UTC", "hours": {"someday": []}}'):
        file.write_text(text, "utf-8")
        assert run("calendar", "import", office, str(file)).code == 2
    assert run("calendar", "list", "--json").json[0]["hours"] == HOURS


def test_only_keepers_change_calendars(office: str, run: Run) -> None:
    for words in (("set", office, "--hours", "24/7"), ("import", office, "--holidays", "ES", "--years", "2026")):
        assert run("--as", "ivanov", "calendar", *words).code == 4
    assert run("--as", "ivanov", "calendar", "show", office).code == 0
