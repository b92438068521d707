from __future__ import annotations

import re
from pathlib import Path

import pytest

from deskconsole.desk import checklists, opening, sla
from deskconsole.desk.desk import Unit
from deskconsole.domain.sla_policy import Level, Target
from deskconsole.domain.terms import SlaClock
from tests.cli.conftest import KEY, Run

pytestmark = pytest.mark.usefixtures("shop")

ROW_KEYS = {
    "id version subject type channel priority status status_name category client_id client site equipment service"
    " team assignee_id assignee coverage policy due clock paused_seconds is_breached has_sla wished planned created"
    " updated is_unread timer_started"
}


def test_a_list_without_a_filter_is_what_is_open(run: Run) -> None:
    run("ticket", "status", "2", "cancelled", "--reason", "a joke")
    assert run("ticket", "list", "--ids").out.split() == ["1", "3"]


def test_the_filter_is_the_queues(run: Run) -> None:
    assert run("ticket", "list", "--ids", "client:ромашка", "чек").out == "1\n"
    assert run("ticket", "list", "--ids", 'client:"ромашка"', "-чек").out.split() == ["2", "3"]
    assert run("ticket", "list", "--ids", "-channel:phone").out == ""
    assert run("ticket", "list", "--ids", "кот").out == "2\n"


def test_a_list_is_sorted_and_cut_as_asked(run: Run) -> None:
    assert run("ticket", "list", "--ids", "--sort", "-created").out.split() == ["3", "2", "1"]
    assert run("ticket", "list", "--ids", "--sort=id", "--limit", "2").out.split() == ["1", "2"]
    said = run("ticket", "list", "--limit", "1")
    assert "1 of 3 tickets" in said.err
    assert len(said.out.splitlines()) == 2


def test_json_rows_have_stable_keys_and_times_with_an_offset(run: Run) -> None:
    rows = run("ticket", "list", "--json").json
    assert [row["id"] for row in rows] == [1, 2, 3]
    assert {" ".join(rows[0])} == ROW_KEYS
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0[12]:00", rows[0]["created"])
    assert run("ticket", "list", "--json", "status:merged").json == []


def test_a_ticket_says_all_that_hangs_on_it(run: Run) -> None:
    run("ticket", "note", "1", "inside")
    run("ticket", "reply", "1", "-", stdin="first\nsecond")
    run("ticket", "time", "1", "50", "--note", "looked")
    shown = run("ticket", "show", "1").out
    for words in (
        "#1 Не печатает чек",
        "covered_by_hours, contract К-17/2026",
        "internal note",
        "    second",
        "looked",
    ):
        assert words in shown
    card = run("ticket", "show", "#1", "--json").json
    assert [message["visibility"] for message in card["messages"]] == ["public", "internal", "public"]
    assert (card["worked"], card["charged"]) == (50, 60)


def test_a_new_ticket_prints_its_number_and_reads_out_coverage_payment_and_hours(run: Run) -> None:
    said = run("ticket", "new", "--client", "hjvfirf", "--subject", "Dead", "--body", "-", stdin="It smokes")
    assert (said.code, said.out) == (0, "4\n")
    for words in ("Covered by prepaid hours of contract К-17/2026", "Payment is not known", "Prepaid hours left: 2 h"):
        assert words in said.err
    assert "It smokes" in run("ticket", "show", "4").out


def test_a_unit_names_its_client_and_site(run: Run) -> None:
    run("ticket", "new", "--equipment", "inv 0012", "--subject", "Dead", "--service", "repair", "--assign", "ivanov")
    card = run("ticket", "show", "4", "--json").json
    assert (card["client_id"], card["site_id"], card["equipment_id"]) == (1, 1, 1)
    assert (card["assignee"], card["status"], card["service"]) == ("Иван Иванов", "open", "Repair")


def test_a_caller_found_by_phone_is_the_contact(run: Run) -> None:
    run("ticket", "new", "--client", "+7 495 123-45-67", "--subject", "Dead")
    assert run("ticket", "show", "4", "--json").json["caller"] == "Иван Петров"


def test_an_ambiguous_client_is_answered_with_the_candidates(run: Run) -> None:
    said = run("ticket", "new", "--client", "Oak Tree", "--subject", "Dead")
    assert (said.code, said.out) == (2, "")
    assert "#2 Oak Tree Schools" in said.err
    assert "#3 Oak Tree Bakery" in said.err
    assert run("ticket", "new", "--client", "#3", "--subject", "Dead").out == "4\n"


def test_a_name_that_is_only_like_a_clients_is_asked_about(run: Run) -> None:
    said = run("ticket", "new", "--client", "Oak Tre Skools", "--subject", "Dead")
    assert said.code == 3
    assert "#2 Oak Tree Schools" in said.err


def test_times_are_read_in_the_persons_zone(run: Run) -> None:
    words = ("ticket", "new", "--client", "#1", "--subject", "Dead")
    run(*words, "--due", "2026-12-01 14:00", "--wished", "2026-12-01T14:00+05:00")
    card = run("ticket", "show", "4", "--json").json
    assert card["due"] == "2026-12-01T14:00:00+01:00"
    assert card["wished"] == "2026-12-01T10:00:00+01:00"


def test_a_call_nobody_pays_for_takes_its_policy(run: Run) -> None:
    run("ticket", "new", "--client", "#2", "--subject", "Dead", "--policy", "low-priority")
    card = run("ticket", "show", "4", "--json").json
    assert (card["policy"], card["priority"], card["coverage"]) == ("low_priority", 4, "no_contract")


def test_the_same_key_does_nothing_twice(run: Run) -> None:
    words = ("ticket", "new", "--client", "#1", "--subject", "Dead", "--assign", "me", "--key", KEY)
    assert run(*words).out == run(*words).out == "4\n"
    time = ("ticket", "time", "1", "30", "--key", str(KEY).replace("7", "8"))
    assert run(*time).out == run(*time).out
    assert run("ticket", "show", "1", "--json").json["worked"] == 30


def test_a_list_feeds_a_bulk_assignment(run: Run) -> None:
    listed = run("ticket", "list", "client:ромашка", "--ids").out
    assert run("ticket", "assign", "-", "ivanov", stdin=listed).out == "1\n2\n3\n"
    assert {row["assignee"] for row in run("ticket", "list", "--json").json} == {"Иван Иванов"}
    again = run("ticket", "assign", "1-2,3", "Иванов")
    assert (again.code, again.out) == (0, "")
    assert "3 were so already" in again.err
    assert run("ticket", "assign", "-", "ivanov", stdin="\n").code == 0


def test_a_bulk_change_is_all_or_nothing(run: Run) -> None:
    said = run("ticket", "priority", "1-4", "1")
    assert (said.code, said.out) == (3, "")
    assert {row["priority"] for row in run("ticket", "list", "--json").json} == {3}


def test_a_change_is_taken_back_by_the_key_it_said(run: Run) -> None:
    said = run("ticket", "priority", "1-2", "critical")
    key = said.err.split()[-1]
    assert run("ticket", "undo", key).out == "1\n2\n"
    assert {row["priority"] for row in run("ticket", "list", "--json").json} == {3}


def test_the_guard_holds_on_the_command_line_too(run: Run) -> None:
    said = run("ticket", "status", "1", "Resolved")
    assert said.code == 4
    assert "Log the time worked" in said.err
    assert run("ticket", "time", "1", "1h30").code == 0
    assert run("ticket", "status", "1", "resolved").out == "1\n"


def test_logged_time_moves_the_balance_and_says_so(run: Run) -> None:
    said = run("ticket", "time", "1", "50")
    assert "50 m worked, 1 h charged. 1 h taken from prepaid hours. Prepaid hours left: 1 h." in said.err
    said = run("ticket", "time", "1", "1:10", "--charged", "90", "--person", "ivanov")
    assert "30 m is covered by no hours and will be priced." in said.err


@pytest.mark.parametrize("minutes", ["-30", "0", "abc", "99999", "1h99", ""])
def test_minutes_that_can_not_be_are_one_sentence(run: Run, minutes: str) -> None:
    said = run("ticket", "time", "1", minutes)
    assert said.code == 2
    assert len(said.err.splitlines()) == 1
    assert run("ticket", "show", "1", "--json").json["times"] == []


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (["ticket", "list", "statsu:open"], 2, 'did you mean "status"?'),
        (["ticket", "list", "--sort", "createt"], 2, "did you mean created?"),
        (["ticket", "list", "--limit", "-3"], 2, "--limit is a whole number"),
        (["ticket", "list", "--jsn"], 2, "did you mean --json?"),
        (["ticket", "show", "1-3"], 2, "One number is wanted"),
        (["ticket", "show", "99"], 3, "There is no ticket 99."),
        (["ticket", "show", "many"], 2, '"many" is not a number'),
        (["ticket", "assign", "1", "ivanof"], 3, "did you mean ivanov?"),
        (["ticket", "assign", "1-999999999", "ivanov"], 2, "Too many numbers"),
        (["ticket", "assign", "3-1", "ivanov"], 2, "runs backwards"),
        (["ticket", "status", "1", "resolvd"], 2, 'did you mean "resolved"?'),
        (["ticket", "priority", "1", "urgent"], 2, "critical"),
        (["ticket", "note", "1", "  "], 2, "There is no text"),
        (["ticket", "note", "1", "two", "words"], 2, "in quotes"),
        (["ticket", "undo", "7"], 2, "--key is a UUID"),
        (["ticket", "new", "--client", "#1"], 2, "--subject is missing"),
        (["ticket", "new", "--subject", " ", "--client", "#1"], 2, "needs a subject"),
        (["ticket", "new", "--subject", "x" * 10_000_000], 2, "10000000 characters"),
        (["ticket", "new", "--subject", "x", "--client", "#77"], 3, "There is no client 77."),
        (["ticket", "new", "--subject", "x", "--client", "#2", "--equipment", "SN99"], 2, "belongs to ООО Ромашка"),
        (["ticket", "new", "--subject", "x", "--channel", "fone"], 2, "did you mean phone?"),
        (["ticket", "new", "--subject", "x", "--type", "incidnt"], 2, "did you mean incident?"),
        (["ticket", "new", "--subject", "x", "--policy", "refus"], 2, "did you mean refuse?"),
        (["ticket", "new", "--subject", "x", "--service", "repare"], 3, "did you mean repair?"),
        (["ticket", "new", "--subject", "x", "--due", "9999-12-31"], 2, "9999"),
        (["ticket", "new", "--subject", "x", "--due", "2026-02-30"], 2, "not in the calendar"),
        (["ticket", "new", "--subject", "x", "--due", "0001-01-01T00:00:00+00:00"], 2, "too far away"),
        (["ticket", "new", "--subject", "x", "--key", "7"], 2, "--key is a UUID"),
    ],
)
def test_what_can_not_be_meant_is_one_sentence_and_writes_nothing(
    run: Run, words: list[str], code: int, expected: str
) -> None:
    said = run(*words)
    assert (said.code, said.out) == (code, "")
    assert expected in said.err
    assert len(said.err.splitlines()) == 1
    assert run("ticket", "list", "status:any", "--ids").out == "1\n2\n3\n"


def test_a_contractor_sees_the_own_tickets_only(run: Run) -> None:
    run("ticket", "assign", "2", "extern")
    assert run("--as", "extern", "ticket", "list", "--ids").out == "2\n"
    assert run("--as", "extern", "ticket", "show", "1").code == 3
    assert run("--as", "extern", "ticket", "assign", "2", "ivanov").code == 4
    for words in (["client", "list"], ["client", "show", "#1"], ["hours", "show", "#1"], ["equipment", "show", "SN99"]):
        said = run("--as", "extern", *words)
        assert (said.code, said.out) == (4, "")


def test_steering_codes_reach_neither_the_table_nor_the_words(run: Run) -> None:
    hostile = "\x1b]52;c;cGF3\x07 \x9b31m [bold] \u202egnp"
    run("ticket", "new", "--client", "#1", "--subject", hostile, "--body", hostile)
    for words in (["ticket", "list"], ["ticket", "show", "4"], ["ticket", "show", "4", "--json"], ["ticket", hostile]):
        said = run(*words)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", said.out + said.err)
    assert "[bold]" in run("ticket", "list").out


def test_columns_stand_under_each_other_by_cell_width(run: Run, tmp_path: Path) -> None:
    run("ticket", "new", "--client", "#2", "--subject", "Принтер 打印机")
    header, *lines = run("ticket", "list", "--sort", "id").out.splitlines()
    subject = header.index("Subject")
    assert lines[0][subject:] == "Не печатает чек"
    assert lines[-1][subject:] == "Принтер 打印机"
    assert not re.search("[\u2500-\u257f]", "".join(lines))


def test_a_list_tells_paused_overdue_and_no_sla_apart(run: Run, shop: Path) -> None:
    run("ticket", "new", "--subject", "Nobody promised", "--client", "#2")
    promise(shop)
    run("ticket", "note", "1", "looked at")
    run("ticket", "reply", "1", "Which printer?")
    run("ticket", "status", "1", "in_progress")
    run("ticket", "status", "1", "waiting_client")
    lines = {line.split()[0]: line for line in run("ticket", "list").out.splitlines()}
    assert "|| paused" in lines["1"]
    assert "- no SLA" in lines["4"]
    assert run("ticket", "list", "--ids", "paused:resolution").out == "1\n"
    assert run("ticket", "list", "--ids", "sla:gold").out == "1\n"
    (row,) = run("ticket", "list", "paused:any", "--json").json
    assert (row["clock"], row["due"], row["has_sla"], row["is_breached"]) == ("resolution", None, True, False)
    assert 10_000 < row["paused_seconds"] <= 14_400


def test_what_a_client_says_brings_a_waiting_ticket_back(run: Run) -> None:
    run("ticket", "status", "1", "in_progress")
    run("ticket", "status", "1", "waiting_client")
    said = run("ticket", "client-said", "1", "-", stdin="It works again")
    assert said.out.strip().isdecimal()
    assert run("ticket", "list", "--ids", "status:waiting").out == ""
    (message,) = [one for one in run("ticket", "show", "1", "--json").json["messages"] if "again" in one["body"]]
    assert message["is_client"] is True


def test_an_arrival_is_noted_once(run: Run) -> None:
    number = run("ticket", "new", "--subject", "New printer", "--type", "visit", "--client", "#1").out.strip()
    assert run("ticket", "arrive", number).out.strip() == number
    again = run("ticket", "arrive", number)
    assert (again.code, again.out, again.err.strip()) == (0, "", "The arrival is noted already.")
    assert run("ticket", "show", number, "--json").json["arrived_at"] is not None


def test_a_point_is_ticked_off_by_its_place(run: Run, shop: Path) -> None:
    points(shop, "Unplug it", "Plug it in")
    assert run("ticket", "check", "1", "2").code == 0
    assert "[x] 2  Plug it in" in run("ticket", "show", "1").out
    assert "[ ] 1  Unplug it" in run("ticket", "show", "1").out
    assert run("ticket", "check", "1", "2", "--undone").err.strip() == "To do again: Plug it in"
    wrong = run("ticket", "check", "1", "3")
    assert (wrong.code, wrong.err.strip()) == (3, "Ticket 1 has 2 points on its checklist, and no 3.")


def test_the_clocks_of_a_ticket_are_told_in_a_table_and_in_json(run: Run, shop: Path) -> None:
    promise(shop)
    run("ticket", "note", "1", "looked at")
    assert "Clocks: Gold" in run("ticket", "show", "1").out
    shape = run("ticket", "show", "1", "--json").json
    assert shape["sla"] == "Gold"
    (clock,) = shape["clocks"]
    assert (clock["clock"], clock["state"], clock["target_seconds"]) == ("resolution", "running", 14_400)
    assert clock["elapsed_seconds"] + clock["left_seconds"] == 14_400


def test_a_filter_nearly_right_is_answered_with_the_right_one(run: Run) -> None:
    assert 'did you mean "breached"?' in run("ticket", "list", "breeched:yes").err
    assert 'did you mean "resolution"?' in run("ticket", "list", "paused:resolutoin").err


def promise(shop: Path) -> None:
    """Promise the first client an end in four hours."""
    desk = opening.open_desk(str(shop), login="ann")
    sla.put_policy(desk, "Gold", targets=[Target(SlaClock.RESOLUTION, 240)])
    sla.bind(desk, "Gold", Level.CLIENT, row_id=1)
    desk.close()


def points(shop: Path, *texts: str) -> None:
    """Put points on the first ticket's checklist."""
    desk = opening.open_desk(str(shop), login="ann")

    def put(unit: Unit) -> int:
        checklists.add_items(unit, unit.ticket(1), texts)
        return 0

    desk.write("points", put)
    desk.close()
