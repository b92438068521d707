from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select

from deskconsole.data.queries import ticket_card
from deskconsole.data.queries import tickets as queue
from deskconsole.data.queries.clock_facts import clock_facts
from deskconsole.data.queries.ticket_filter import Viewer
from deskconsole.data.tables import Client, Event, ExternalRef, Person, StatusSpan, Team, Ticket, table
from deskconsole.desk import intake, records, sla, tickets
from deskconsole.desk.clock_pass import recompute
from deskconsole.desk.desk import Desk
from deskconsole.desk.opening import open_desk
from deskconsole.domain.errors import InvalidInput, Refused
from deskconsole.domain.sla_policy import Level, Target
from deskconsole.domain.terms import Category, ClockState, Coverage, Funding, Role, Scope, SlaClock
from deskconsole.domain.ticket_filter import parse
from deskconsole.exchange import tickets as importing
from deskconsole.exchange.summary import Summary
from deskconsole.exchange.tickets import import_tickets
from tests.support.all_rows import all_rows
from tests.support.desks import add_person
from tests.support.files import AUDIT_LOG, changed_audit_log, write_csv

MAPPING = "servicenow_audit_log"
VIEWER = Viewer(1, Role.ADMIN)


@pytest.fixture
def desk(desk_url: str) -> Iterator[Desk]:
    add_person(desk_url, "ann", Role.ADMIN)
    opened = open_desk(desk_url, login="ann")
    yield opened
    opened.close()


def take(desk: Desk, path: Path = AUDIT_LOG, mapping: str | Path = MAPPING, report: Path | None = None) -> Summary:
    return import_tickets(desk, path, mapping, report_path=report)


def number(desk: Desk, key: str) -> int:
    ref = table(ExternalRef)
    found = desk.read(lambda s: s.execute(select(ref.c.row_id).where(ref.c.external_id == key)).scalar())
    assert found is not None
    return int(found)


def card(desk: Desk, key: str) -> ticket_card.TicketCard:
    return desk.read(ticket_card.card, number(desk, key), VIEWER)


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[arg-type, misc] # year to minute


def mapped(folder: Path, fields: str, *, top: str = 'key = "Nr"') -> Path:
    path = folder / "map.toml"
    path.write_text(f"{top}\n[fields]\n{fields}\n", encoding="utf-8")
    return path


ONE_ROW = 'subject = "Subject"\nstatus = "State"\ncreated = "Created"\nmessage = "Text"\nclient = "Client"'
ROWS = [
    ("Nr", "Subject", "State", "Created", "Text", "Client"),
    ("A1", "No paper", "new", "2026-03-01 10:00", "it blinks", "Ромашка"),
    ("A2", "Noise", "closed", "2026-03-02 10:00", "", "Nobody knows"),
]


def test_the_log_stands_in_the_queue_as_its_last_rows_say(desk: Desk) -> None:
    found = take(desk)
    assert (found.taken, found.rows, found.left_out, found.encoding) == (5, 20, 1, "utf-8")
    listing = queue.Listing(parse("", now=desk.now(), zone=UTC), queue.Sort("id"), VIEWER)
    rows = desk.read(queue.page, listing, offset=0, limit=10)
    assert Counter(row.status for row in rows) == {"closed": 3, "in_progress": 1, "waiting_supplier": 1}
    assert Counter(row.priority for row in rows) == {1: 1, 2: 1, 3: 2, 4: 1}
    assert Counter(row.team for row in rows) == {"Group 1": 3, "Group 2": 1, "": 1}
    assert {row.coverage for row in rows} == {None}


def test_a_ticket_has_its_whole_history(desk: Desk) -> None:
    take(desk)
    found = card(desk, "INC0000001")
    assert found.row.subject == "Category 1 / Subcategory 2: Symptom 3"
    assert (found.row.client, found.caller, found.row.assignee) == ("Location 1", "Caller 1", "Resolver 2")
    assert (found.row.created, found.resolved_at) == (utc(2016, 5, 1, 8, 55), utc(2016, 5, 2, 12, 0))
    assert found.closed_at == found.row.updated == utc(2016, 5, 7, 12, 0)
    moves = [(event.at, event.old, event.new) for event in found.events if event.verb == "status"]
    assert moves[:2] == [
        (utc(2016, 5, 1, 9, 30), "new", "in_progress"),
        (utc(2016, 5, 1, 10, 0), "in_progress", "waiting_client"),
    ]
    assert [(e.old, e.new) for e in found.events if e.verb == "assign"] == [
        ("", "Resolver 1"),
        ("Resolver 1", "Resolver 2"),
    ]
    assert [(e.old, e.new) for e in found.events if e.verb == "priority"] == [("3", "2")]
    assert {e.actor for e in found.events if e.verb == "status"} == {"Updated by 2", "Updated by 3", "Updated by 9"}
    assert {(e.channel, e.rule) for e in found.events} == {("import", "import servicenow_audit_log")}
    spans = [(span.status, span.began_at, span.ended_at) for span in found.spans]
    assert spans[0] == ("new", utc(2016, 5, 1, 8, 55), utc(2016, 5, 1, 9, 30))
    assert spans[-1] == ("closed", utc(2016, 5, 7, 12, 0), None)
    assert all(before[2] == after[1] for before, after in pairwise(spans))


def test_a_reopened_ticket_went_back_to_work_and_ended_again(desk: Desk) -> None:
    take(desk)
    statuses = [span.status for span in card(desk, "INC0000002").spans]
    assert statuses == ["new", "resolved", "in_progress", "resolved", "closed"]


def test_a_clock_that_stepped_back_reopens_nothing(desk: Desk) -> None:
    take(desk)
    assert [span.status for span in card(desk, "INC0000004").spans] == ["new", "resolved", "closed"]


def test_people_of_the_log_are_placeholders_that_take_no_work(desk: Desk) -> None:
    take(desk)
    people = desk.read(lambda s: s.execute(select(table(Person))).all())
    assert {(p.name, p.login, p.is_active) for p in people if p.login != "ann"} == {
        ("Resolver 1", "resolver.1", False),
        ("Resolver 2", "resolver.2", False),
    }
    assert {row.name for row in desk.read(lambda s: s.execute(select(table(Team))).all())} == {"Group 1", "Group 2"}


def test_a_bad_row_is_reported_by_its_line_and_the_rest_of_its_ticket_goes_in(desk: Desk, tmp_path: Path) -> None:
    found = take(desk, report=tmp_path / "report.csv")
    report = (tmp_path / "report.csv").read_text("utf-8").splitlines()
    assert found.report_path == tmp_path / "report.csv"
    assert report[0] == "line,key,result,reason"
    assert '14,INC0000003,left out,"incident_state: ""-100"" is not among the values of the mapping"' in report
    assert "18,INC0000004,taken in,its time is before that of line 17" in report
    assert card(desk, "INC0000003").row.status == "in_progress"


def test_the_second_run_changes_nothing(desk: Desk) -> None:
    take(desk)
    before = desk.read(all_rows)
    again = take(desk)
    assert (again.taken, again.updated, again.unchanged) == (0, 0, 5)
    assert desk.read(all_rows) == before


def test_a_dry_run_says_what_would_happen_and_writes_nothing(desk: Desk) -> None:
    before = desk.read(all_rows)
    found = import_tickets(desk, AUDIT_LOG, MAPPING, dry_run=True)
    assert (found.taken, found.left_out, found.dry_run) == (5, 1, True)
    assert desk.read(all_rows) == before


def test_rows_of_a_ticket_may_stand_anywhere_in_the_file(desk: Desk, tmp_path: Path) -> None:
    by_turns = changed_audit_log(tmp_path / "log.csv", lambda rows: [rows[0], *rows[1::2], *rows[2::2]])
    mapping = tmp_path / "map.toml"
    text = (Path(importing.__file__).parent / "mappings" / f"{MAPPING}.toml").read_text("utf-8")
    mapping.write_text(text.replace('order = "file"', 'order = "time"'), encoding="utf-8")
    assert take(desk, by_turns, mapping).taken == 5
    assert [span.status for span in card(desk, "INC0000002").spans] == [
        "new",
        "resolved",
        "in_progress",
        "resolved",
        "closed",
    ]


def test_a_file_that_has_grown_changes_only_the_tickets_that_grew(desk: Desk, tmp_path: Path) -> None:
    shorter = changed_audit_log(tmp_path / "log.csv", lambda rows: rows[:12] + rows[16:])
    take(desk, shorter)
    first = card(desk, "INC0000001")
    before = desk.read(all_rows)
    grown = take(desk)
    assert (grown.taken, grown.updated, grown.unchanged) == (1, 0, 4)
    longer = changed_audit_log(tmp_path / "log.csv", lambda rows: [*rows, [*rows[-1][:1], "Closed", *rows[-1][2:]]])
    found = take(desk, longer)
    assert (found.taken, found.updated, found.unchanged) == (0, 1, 4)
    last = card(desk, "INC0000005")
    assert [span.status for span in last.spans] == ["waiting_supplier", "closed"]
    assert [event.verb for event in last.events].count("register") == 1
    assert card(desk, "INC0000001") == first
    assert set(before["event"]) < set(desk.read(all_rows)["event"])
    assert take(desk, longer).unchanged == 5


def test_what_was_changed_at_this_desk_since_is_left_as_it_is(desk: Desk, tmp_path: Path) -> None:
    take(desk)
    tickets.note(desk, number(desk, "INC0000005"), "called them")
    before = card(desk, "INC0000005")
    longer = changed_audit_log(tmp_path / "log.csv", lambda rows: [*rows, [*rows[-1][:1], "Closed", *rows[-1][2:]]])
    found = take(desk, longer, report=tmp_path / "report.csv")
    assert (found.kept, found.updated, found.unchanged, found.left_out) == (1, 0, 4, 1)
    assert card(desk, "INC0000005") == before
    assert "INC0000005,left as it is" in (tmp_path / "report.csv").read_text("utf-8")


def test_merely_looking_at_a_ticket_does_not_shut_the_other_system_out(desk: Desk, tmp_path: Path) -> None:
    take(desk)
    ticket = table(Ticket)
    tickets.open_ticket(desk, number(desk, "INC0000005"))
    opened = desk.read(
        lambda s: s.execute(select(ticket.c.first_opened_at).where(ticket.c.id == number(desk, "INC0000005"))).scalar()
    )
    longer = changed_audit_log(tmp_path / "log.csv", lambda rows: [*rows, [*rows[-1][:1], "Closed", *rows[-1][2:]]])
    assert take(desk, longer).updated == 1
    assert card(desk, "INC0000005").row.status == "closed"
    assert opened is not None


def test_an_interrupted_import_is_run_again_to_the_same_end(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    real = intake.take_in
    calls = Counter[str]()

    def interrupted(*given: object, **options: object) -> intake.Outcome:
        calls["batch"] += 1
        if calls["batch"] == 2:
            raise KeyboardInterrupt
        return real(*given, **options)  # type: ignore[arg-type] # handed on as it came

    monkeypatch.setattr(intake, "take_in", interrupted)
    with pytest.raises(KeyboardInterrupt):
        take(desk)
    assert len(desk.read(all_rows)["ticket"]) == 2
    found = take(desk)
    assert (found.taken, found.unchanged) == (3, 2)
    assert len(desk.read(all_rows)["ticket"]) == 5


def test_the_other_consoles_hear_of_a_batch_once(desk: Desk) -> None:
    take(desk)
    changes = [row for row in desk.read(all_rows)["change"] if "ticket" in row]
    assert len(changes) == 1


def test_imported_tickets_are_found_by_their_words_and_their_own_number(desk: Desk) -> None:
    take(desk)
    for typed in ("symptom", "INC0000001"):
        listing = queue.Listing(parse(typed, now=desk.now(), zone=UTC), queue.Sort("id"), VIEWER)
        assert desk.read(queue.count, listing) == 1


def test_a_row_a_ticket_brings_its_text_client_and_coverage(desk: Desk, tmp_path: Path) -> None:
    def setup(unit: object) -> int:
        client = records.put_client(unit, records.ClientRecord("ООО «Ромашка»"))  # type: ignore[arg-type] # a Unit
        line = records.LineRecord(Scope.CLIENT, Funding.FEE)
        contract = records.ContractRecord("К-1", utc(2026, 1, 1).date(), must_be_paid=False, lines=[line])
        records.put_contract(unit, client, contract)  # type: ignore[arg-type] # a Unit
        return client

    desk.write("setup", setup)
    found = take(desk, write_csv(tmp_path / "in.csv", ROWS), mapped(tmp_path, ONE_ROW))
    assert (found.taken, found.left_out) == (2, 0)
    known, unknown = card(desk, "A1"), card(desk, "A2")
    assert (known.row.client, known.row.coverage) == ("ООО «Ромашка»", Coverage.COVERED)
    assert [(said.body, said.is_client) for said in known.messages] == [("it blinks", True)]
    assert (unknown.row.client_id, unknown.caller, unknown.row.coverage) == (None, "Nobody knows", None)
    assert unknown.row.category is Category.CLOSED
    assert unknown.closed_at == unknown.row.created


def test_a_key_that_stands_twice_is_reported_where_each_has_one_row(desk: Desk, tmp_path: Path) -> None:
    found = take(desk, write_csv(tmp_path / "in.csv", [*ROWS, ROWS[1]]), mapped(tmp_path, ONE_ROW))
    assert (found.taken, found.left_out) == (2, 1)
    assert found.problems[0].reason == "the key stands in line 2 already"


def test_a_subject_of_ten_megabytes_is_reported_and_the_rest_goes_in(desk: Desk, tmp_path: Path) -> None:
    huge = ("A3", "x" * 10_000_000, *ROWS[1][2:])
    found = take(desk, write_csv(tmp_path / "in.csv", [*ROWS, huge]), mapped(tmp_path, ONE_ROW))
    assert (found.taken, found.left_out) == (2, 1)
    assert found.problems[0].reason == "Subject: it has 10000000 characters, more than 1000000"


def test_control_codes_in_a_file_reach_no_ticket(desk: Desk, tmp_path: Path) -> None:
    evil = ("A3", "a\x1b[2Jb\u202e", "new", "2026-03-01", "\x9b31m\nsecond", "c\x07")
    take(desk, write_csv(tmp_path / "in.csv", [ROWS[0], evil]), mapped(tmp_path, ONE_ROW))
    found = card(desk, "A3")
    assert (found.row.subject, found.messages[0].body, found.caller) == ("a[2Jb", "31m\nsecond", "c")


def test_a_status_the_desk_does_not_have_is_told_with_the_nearest(desk: Desk, tmp_path: Path) -> None:
    wrong = mapped(tmp_path, ONE_ROW.replace('"State"', '{ column = "State", values = { new = "in_progres" } }'))
    with pytest.raises(InvalidInput, match=r"map\.toml, line 4: .*Did you mean in_progress"):
        take(desk, write_csv(tmp_path / "in.csv", ROWS), wrong)


def test_a_file_that_breaks_off_is_refused_before_anything_is_written(desk: Desk, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "in.csv", ROWS)
    path.write_bytes(path.read_bytes() + b'A4,"never closed\n')
    before = desk.read(all_rows)
    with pytest.raises(InvalidInput, match="line 4: a quote is opened"):
        take(desk, path, mapped(tmp_path, ONE_ROW))
    assert desk.read(all_rows) == before


def test_only_those_who_register_may_import(desk: Desk) -> None:
    contractor = replace(desk, actor=replace(desk.actor, role=Role.CONTRACTOR))
    with pytest.raises(Refused):
        take(contractor)
    assert desk.read(all_rows)["ticket"] == []


def test_a_person_renamed_at_the_desk_is_still_the_one_the_file_means(desk: Desk, tmp_path: Path) -> None:
    take(desk)
    person = table(Person)

    def rename(unit: object) -> None:
        unit.session.execute(  # type: ignore[attr-defined] # a Unit
            person.update().where(person.c.login == "resolver.1").values(name="Robert")
        )

    desk.write("rename", rename)
    more = changed_audit_log(tmp_path / "log.csv", lambda rows: [*rows, ["INC9", *rows[2][1:]]])
    take(desk, more)
    assert card(desk, "INC9").row.assignee == "Robert"


def test_every_row_of_the_log_is_a_line_of_history_or_in_the_report(desk: Desk) -> None:
    take(desk)
    kept = desk.read(lambda s: len(s.execute(select(table(Event).c.at, table(Event).c.ticket_id).distinct()).all()))
    assert kept >= 19
    assert desk.read(lambda s: s.execute(select(table(StatusSpan)).where(table(StatusSpan).c.ended_at.is_(None))).all())
    assert desk.read(lambda s: len(s.execute(select(table(Client))).all())) == 2


def test_two_spellings_of_a_new_name_in_one_file_are_one_client_and_one_team(desk: Desk, tmp_path: Path) -> None:
    rows = [
        ("no", "what", "state", "at", "who", "group"),
        ("1", "Noise", "new", "2026-01-02 10:00", "ООО «Ромашка»", "Lifts"),
        ("2", "Smell", "new", "2026-01-02 11:00", "РОМАШКА", "lifts"),
        ("3", "Smoke", "new", "2026-01-02 12:00", "x" * 201, "Lifts"),
    ]
    mapping = tmp_path / "own.toml"
    mapping.write_text(
        'key = "no"\n[fields]\nsubject = "what"\nstatus = "state"\ncreated = "at"\nclient = "who"\nteam = "group"\n'
        '[unknown]\nclients = "create"\nteams = "create"\n',
        "utf-8",
    )
    found = import_tickets(desk, write_csv(tmp_path / "own.csv", rows), mapping)
    assert (found.taken, found.left_out) == (2, 1)
    assert "more than 200" in found.problems[0].reason
    clients = desk.read(lambda session: session.execute(select(table(Client).c.name)).scalars().all())
    assert len([name for name in clients if "ромашка" in name.casefold()]) == 1
    teams = desk.read(lambda session: session.execute(select(table(Team).c.name)).scalars().all())
    assert [name.casefold() for name in teams].count("lifts") == 1


def test_the_clocks_of_a_ticket_follow_what_the_other_system_tells_later(desk: Desk, tmp_path: Path) -> None:
    sla.put_policy(desk, "usual", targets=[Target(SlaClock.RESOLUTION, 24 * 60)])
    sla.bind(desk, "usual", Level.DEFAULT)
    mapping = mapped(tmp_path, ONE_ROW)
    take(desk, write_csv(tmp_path / "first.csv", ROWS), mapping)
    recompute(desk)
    assert clock_of(desk, "A1") == (utc(2026, 3, 2, 10, 0), "resolution", ClockState.RUNNING)
    later = ("A1", "No paper", "new", "2026-03-01 12:00", "it blinks", "Ромашка")
    take(desk, write_csv(tmp_path / "second.csv", [ROWS[0], later]), mapping)
    assert clock_of(desk, "A1") == (utc(2026, 3, 2, 12, 0), "resolution", ClockState.RUNNING)
    take(desk, write_csv(tmp_path / "third.csv", [ROWS[0], (*later[:2], "closed", *later[3:])]), mapping)
    assert clock_of(desk, "A1")[1:] == ("", ClockState.STOPPED)


def clock_of(desk: Desk, key: str) -> tuple[datetime, str, ClockState]:
    """When a ticket is due, by which clock, and what became of its resolution."""
    (facts,) = desk.read(clock_facts, [number(desk, key)])
    return facts.next_due, facts.next_clock, ClockState(facts.stored[SlaClock.RESOLUTION].state)
