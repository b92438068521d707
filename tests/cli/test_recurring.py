"""`deskconsole recurring ...`: previews without a desk, templates with one."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.cli.conftest import Run

LAST_FRIDAY = ("--rule", "FREQ=MONTHLY;BYDAY=-1FR", "--start", "2026-01-30T09:00", "--zone", "Europe/Moscow")
WEEKLY = ("--rule", "FREQ=WEEKLY;BYDAY=MO", "--start", "2026-01-05T09:00", "--zone", "Europe/Moscow")
OFFICE = {
    "timezone": "Europe/Madrid",
    "hours": {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    "holidays": ["2026-02-02"],
}


def preview(run: Run, *words: str) -> Any:
    said = run("recurring", "preview", *words, "--json")
    assert (said.code, said.err) == (0, "")
    return said.json


def test_a_preview_needs_neither_a_template_nor_a_desk(run: Run, home: Path) -> None:
    found = preview(run, *LAST_FRIDAY, "--count", "12")
    assert found["words"] == "on the last Friday of every month at 09:00"
    assert len(found["occurrences"]) == 12
    assert found["occurrences"][:2] == [
        {"nominal": "2026-01-30T09:00:00", "at": "2026-01-30T09:00:00+03:00", "utc": "2026-01-30T06:00:00Z"},
        {"nominal": "2026-02-27T09:00:00", "at": "2026-02-27T09:00:00+03:00", "utc": "2026-02-27T06:00:00Z"},
    ]
    assert not (home / "data").exists()


def test_nine_oclock_stays_nine_oclock_in_the_preview(run: Run) -> None:
    words = ("--rule", "FREQ=WEEKLY", "--start", "2026-03-23T09:00", "--zone", "Europe/Madrid", "--count", "2")
    assert [each["at"] for each in preview(run, *words)["occurrences"]] == [
        "2026-03-23T09:00:00+01:00",
        "2026-03-30T09:00:00+02:00",
    ]


def test_rules_are_united_and_exclusions_taken_out(run: Run) -> None:
    words = (*WEEKLY, "--rule", "FREQ=MONTHLY;BYMONTHDAY=1", "--exclude", "2026-01-12", "--exclude", "2026-02-01")
    found = preview(run, *words, "--count", "4")
    assert [each["nominal"][:10] for each in found["occurrences"]] == [
        "2026-01-05",
        "2026-01-19",
        "2026-01-26",
        "2026-02-02",
    ]
    assert found["words"].endswith("; except: 2026-01-12; 2026-02-01")


def test_a_day_off_moves_by_a_calendar_out_of_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "office.json").write_text(json.dumps(OFFICE), "utf-8")
    words = ("--rule", "FREQ=MONTHLY;BYMONTHDAY=31", "--start", "2026-01-01T09:00", "--zone", "Europe/Madrid")
    found = preview(run, *words, "--shift", "next", "--calendar", str(tmp_path / "office.json"), "--lead", "3")
    first = found["occurrences"][0]
    assert first["nominal"] == "2026-01-31T09:00:00"
    assert first["shifted"] == "2026-02-03T09:00:00"
    assert first["shifted_at"] == "2026-02-03T09:00:00+01:00"
    assert first["raise_at"] == "2026-01-31T09:00:00+01:00"
    said = run(
        "recurring", "preview", *words, "--shift", "next", "--calendar", str(tmp_path / "office.json"), "--count", "1"
    )
    assert said.out.splitlines()[-1] == "Sat 2026-01-31 09:00  Tue 2026-02-03 09:00 +0100"


def test_people_read_weekdays_and_words(run: Run) -> None:
    said = run("recurring", "preview", *LAST_FRIDAY, "--count", "2", "--lead", "2")
    assert said.out.splitlines() == [
        "on the last Friday of every month at 09:00",
        "raised 2 days before",
        "",
        "Occurrences",
        "By the rule           Takes place                 Raised from",
        "Fri 2026-01-30 09:00  Fri 2026-01-30 09:00 +0300  Wed 2026-01-28 09:00 +0300",
        "Fri 2026-02-27 09:00  Fri 2026-02-27 09:00 +0300  Wed 2026-02-25 09:00 +0300",
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--start", "2026-01-30T09:00"), "needs a rule"),
        (("--rule", "FREQ=DAILY"), "--start is missing"),
        (("--rule", "FREQ=DAILY", "--start", "soon"), "no start"),
        ((*WEEKLY, "--zone", "Europe/Atlantis"), "no time zone"),
        ((*WEEKLY, "--count", "0"), "--count is a whole number"),
        ((*WEEKLY, "--shift", "nxt"), "did you mean next"),
        ((*WEEKLY, "--shift", "next"), "needs a calendar"),
        ((*WEEKLY, "--lead", "-1"), "--lead"),
        ((*WEEKLY, "--exclude", "FREQ=DAILY"), "leave nothing"),
        ((*WEEKLY, "--calendar", "missing.json"), "There is no file missing.json"),
        (("--rule", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "--start", "2026-01-30T09:00"), "never fires"),
        (("--rule", "FREQ=SECONDLY", "--start", "2026-01-30T09:00"), "fires every second"),
        (("--rule", "FREQ=DAILY;UNTIL=20200101", "--start", "2026-01-30T09:00"), "ends before its start"),
    ],
)
def test_what_can_not_be_meant_is_one_sentence_at_once(run: Run, words: tuple[str, ...], sentence: str) -> None:
    began = time.process_time()
    said = run("recurring", "preview", *words)
    assert said.code == 2
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert sentence in said.err
    assert time.process_time() - began < 1


def test_a_calendar_file_that_is_none_is_said_so(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "office.json"
    for content in (b"{", b"\xff\xfe", b"[]", b'{"timezone": "Mars"}'):
        file.write_bytes(content)
        said = run("recurring", "preview", *WEEKLY, "--shift", "next", "--calendar", str(file))
        assert (said.code, len(said.err.splitlines())) == (2, 1)


ADD = (
    "recurring",
    "add",
    "Filters",
    *WEEKLY,
    "--subject",
    "Change the filters",
    "--contract",
    "К-17/2026",
    "--site",
    "store",
    "--unit",
    "INV-0012",
    "--each-unit",
    "--assign",
    "ivanov",
    "--estimate",
    "1h30",
    "--point",
    "Open the lid",
    "--point",
    "Close the lid",
)


@pytest.mark.usefixtures("shop")
def test_a_template_is_made_shown_paused_and_resumed(run: Run) -> None:
    key = str(uuid4())
    made = run(*ADD, "--key", key)
    assert (made.code, made.out) == (0, "1\n")
    assert made.err.startswith("Next: Mon ")
    assert run(*ADD, "--key", key).out == "1\n"
    shown = run("recurring", "show", "filters", "--json").json
    assert shown["words"] == "every Monday at 09:00"
    assert (shown["client"], shown["site"], shown["contract"]) == ("ООО Ромашка", "Store", "К-17/2026")
    assert (shown["zone"], shown["starts"]) == ("Europe/Moscow", "2026-01-05T09:00:00")
    assert shown["checklist"] == ["Open the lid", "Close the lid"]
    assert (shown["assignee"], shown["estimate_minutes"], shown["type"]) == ("Иван Иванов", 90, "visit")
    assert shown["occurrences"][0]["nominal"] == shown["next_nominal"]
    assert len(shown["occurrences"]) == 12
    assert shown["past"] == []
    assert run("recurring", "pause", "1").err == "It rests.\n"
    assert run("recurring", "pause", "#1").err == "It rests already.\n"
    assert run("recurring", "list", "--json").json[0]["is_paused"]
    assert "resting" in run("recurring", "list").out
    assert run("recurring", "resume", "Filters").err.startswith("Next: Mon ")
    text = run("recurring", "show", "Filters").out
    assert "every Monday at 09:00" in text
    assert "Open the lid; Close the lid" in text
    assert "register INV-0012 (one ticket each)" in text


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("show", "nothing"), 3, 'no template "nothing"'),
        (("pause", "7"), 3, 'no template "7"'),
        (("add", "X", *WEEKLY, "--subject", "S", "--calendar", "Office"), 3, "no calendar"),
        (("add", "X", *WEEKLY, "--subject", "S", "--site", "Store"), 2, "name the client"),
        (("add", "X", *WEEKLY, "--subject", "S", "--client", "Ромашка", "--site", "Moon"), 3, "#1 Store"),
        (("add", "X", *WEEKLY, "--subject", ""), 2, "subject"),
        (("add", "X", *WEEKLY, "--subject", "S", "--type", "vist"), 2, "did you mean visit"),
        (("add", "X", *WEEKLY, "--subject", "S", "--catch-up", "some"), 2, "--catch-up"),
        (("add", "X", "--start", "2026-01-30T09:00", "--subject", "S"), 2, "needs a rule"),
        (("add", "X", *WEEKLY), 2, "--subject is missing"),
    ],
)
def test_a_template_that_can_not_be_found_or_made_is_one_sentence(
    run: Run, words: tuple[str, ...], code: int, sentence: str
) -> None:
    said = run("recurring", *words)
    assert (said.code, said.out, len(said.err.splitlines())) == (code, "", 1)
    assert sentence in said.err


@pytest.mark.usefixtures("shop")
def test_a_contractor_sees_no_templates(run: Run) -> None:
    for words in (("list",), ("show", "1"), ADD[1:]):
        assert run("--as", "extern", "recurring", *words).code == 4


@pytest.mark.usefixtures("shop")
def test_no_templates_are_an_empty_list(run: Run) -> None:
    assert run("recurring", "list", "--json").json == []
    assert run("recurring", "list").code == 0
