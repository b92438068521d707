"""What a board showed, kept in a file: every change once, a beat a minute, and any time of it again."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskconsole.board_record import Recorder, Recording, read_time
from deskconsole.domain.board import BoardState, Breach, Burning, Load, Score, day_of, share_text
from deskconsole.domain.errors import InvalidInput, NotFound, StorageUnavailable
from deskconsole.domain.terms import Priority, SlaClock

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MADRID = ZoneInfo("Europe/Madrid")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def state(at: datetime = NOW, **changed: object) -> BoardState:
    """A board with one of everything."""
    burning = Burning(7, NOW, SlaClock.RESOLUTION, Priority.HIGH, "ООО «Ромашка»", "\x1b[31m[VIP] касса", "Ева", True)
    made = BoardState(
        at=at,
        open=12,
        unassigned=3,
        unread=2,
        overdue=1,
        soon=1,
        paused=0,
        target=95.0,
        today=Score(4, 3, 1),
        week=Score(10, 9, 2),
        late=(burning,),
        next=(replace(burning, ticket_id=8, clock=None),),
        people=1,
        loads=(Load(1, "Ева", 4, 60, 90, 480, True),),
        arrivals=(1,) * 24,
        completions=(0,) * 24,
        breaches=(Breach(NOW, 7, SlaClock.FIRST_RESPONSE, "ООО «Ромашка»", "касса"),),
    )
    return replace(made, **changed)  # type: ignore[arg-type] # fields by name


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "board.jsonl"


@pytest.fixture
def recorder(file: Path) -> Recorder:
    return Recorder(file, MADRID)


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_what_was_written_is_read_back_as_it_was(file: Path, recorder: Recorder) -> None:
    states = [state(), state(NOW + 5 * SECOND, overdue=2), state(NOW + 9 * SECOND, overdue=2, late=(), target=97.5)]
    for one in states:
        recorder.write(one)
    recording = Recording(file)
    assert [recording.shown(index).state for index in range(len(recording))] == states
    assert recording.zone == MADRID


def test_a_state_that_says_the_same_is_not_written_again(file: Path, recorder: Recorder) -> None:
    recorder.write(state())
    recorder.write(state(NOW + 5 * SECOND))
    recorder.write(state(NOW + 10 * SECOND, open=13))
    written = lines(file)
    assert [sorted(line) for line in written] == [["at", "board", "state", "zone"], ["at", "set"]]
    assert written[1]["set"] == {"open": 13}


def test_once_a_minute_it_is_kept_that_the_board_stood_there_and_how_old_it_was(file: Path, recorder: Recorder) -> None:
    assert not recorder.is_beat_due(NOW)  # nothing to say yet
    recorder.write(state())
    assert not recorder.is_beat_due(NOW + 59 * SECOND)
    assert recorder.is_beat_due(NOW + MINUTE)
    recorder.beat(NOW + MINUTE, NOW, "The database is away.")
    assert not recorder.is_beat_due(NOW + MINUTE)
    assert recorder.is_beat_due(NOW - 5 * MINUTE)  # the clock was set back
    shown = Recording(file).shown(1)
    assert (shown.at, shown.state, shown.trouble) == (NOW + MINUTE, state(), "The database is away.")


def test_a_whole_board_is_written_again_every_ten_minutes(file: Path, recorder: Recorder) -> None:
    for minute in range(21):
        recorder.write(state(NOW + minute * MINUTE, open=minute))
    assert ["state" in line for line in lines(file)] == [minute % 10 == 0 for minute in range(21)]


def test_the_file_is_for_its_owner_alone(file: Path, recorder: Recorder) -> None:
    recorder.write(state())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_recording_goes_on_where_it_ended(file: Path, recorder: Recorder) -> None:
    recorder.write(state())
    recorder.close()
    again = Recorder(file, MADRID)
    again.write(state(NOW + MINUTE, open=1))
    recording = Recording(file)
    assert [recording.shown(index).state.open for index in range(len(recording))] == [12, 1]


def test_what_a_crash_cut_short_is_left_out_and_spoils_nothing(file: Path, recorder: Recorder) -> None:
    for number in range(3):
        recorder.write(state(NOW + number * SECOND, open=number))
    whole = file.read_bytes()
    recorder.close()
    for length in range(whole.index(b"\n") + 1, len(whole)):
        file.write_bytes(whole[:length])
        kept = whole[:length].count(b"\n")
        recording = Recording(file)
        assert [recording.shown(index).state.open for index in range(len(recording))] == list(range(kept))
    file.write_bytes(whole[:-9])
    again = Recorder(file, MADRID)
    again.write(state(NOW + MINUTE, open=99))
    recording = Recording(file)
    assert [recording.shown(index).state.open for index in range(len(recording))] == [0, 1, 99]


def test_after_a_damaged_line_nothing_counts_until_the_next_whole_board(file: Path, recorder: Recorder) -> None:
    for minute in range(12):
        recorder.write(state(NOW + minute * MINUTE, open=minute))
    text = file.read_bytes().splitlines(keepends=True)
    text[2] = b'{"at": "2026-03-02T09:02:00+00:00", "set": 5}\n'
    file.write_bytes(b"".join(text))
    recording = Recording(file)
    assert [recording.shown(index).state.open for index in range(len(recording))] == [0, 1, 10, 11]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "There is no whole board in"),
        (b"subject;client\n1;2\n", "is no recording of a board"),
        (b'{"at":"2026-03-02T09:00:00+00:00","board":2,"state":{}}\n', "is no recording of a board"),
        (b'{"at":"2026-03-02T09:00:00+00:00","board":1,"zone":"","state":{"open":1}}\n', "There is no whole board in"),
        (os.urandom(500), "is no recording of a board"),
    ],
)
def test_another_file_is_refused_in_a_sentence(file: Path, content: bytes, words: str) -> None:
    file.write_bytes(content)
    with pytest.raises(InvalidInput, match=words):
        Recording(file)


def test_a_missing_file_and_a_folder_are_refused_in_a_sentence(file: Path, tmp_path: Path) -> None:
    for wrong in (file, tmp_path):
        with pytest.raises(InvalidInput, match="can't be read"):
            Recording(wrong)
    for wrong in (tmp_path, tmp_path / "no" / "such" / "folder"):
        with pytest.raises(InvalidInput, match="can't be written"):
            Recorder(wrong, UTC)


def test_nothing_is_added_to_a_file_that_is_no_recording(file: Path) -> None:
    file.write_text("my notes\n", "utf-8")
    with pytest.raises(InvalidInput, match="is no recording"):
        Recorder(file, UTC)
    assert file.read_text("utf-8") == "my notes\n"


def test_two_boards_do_not_record_into_one_file(file: Path, recorder: Recorder) -> None:
    with pytest.raises(InvalidInput, match="Another board is recording"):
        Recorder(file, UTC)
    recorder.close()
    Recorder(file, UTC).close()


def test_a_full_disk_is_said_and_the_next_line_is_a_whole_board(
    file: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.write(state())
    really: Callable[[int, bytes], int] = os.write
    monkeypatch.setattr("os.write", lambda handle, data: really(handle, data[:20]))
    with pytest.raises(StorageUnavailable, match="No space left"):
        recorder.write(state(NOW + SECOND, open=1))
    monkeypatch.setattr("os.write", really)
    recorder.write(state(NOW + 2 * SECOND, open=2))
    recording = Recording(file)
    assert [recording.shown(index).state.open for index in range(len(recording))] == [12, 2]


def test_the_frame_of_an_instant_is_the_last_one_before_it(file: Path, recorder: Recorder) -> None:
    for minute in (0, 5, 20):
        recorder.write(state(NOW + minute * MINUTE, open=minute))
    recording = Recording(file)
    asked = [NOW - MINUTE, NOW, NOW + 4 * MINUTE, NOW + 5 * MINUTE, NOW + timedelta(days=1)]
    assert [recording.index_at(at) for at in asked] == [0, 0, 0, 1, 2]


def test_a_clock_set_back_does_not_hide_what_came_later(file: Path, recorder: Recorder) -> None:
    recorder.write(state(NOW, open=1))
    recorder.write(state(NOW - 60 * MINUTE, open=2))
    recorder.write(state(NOW - 59 * MINUTE, open=3))
    recording = Recording(file)
    assert [recording.shown(index).state.open for index in range(3)] == [1, 2, 3]
    assert recording.index_at(NOW) == 2


def test_a_time_alone_is_the_last_such_time_of_the_recording(file: Path, recorder: Recorder) -> None:
    recorder.write(state(datetime(2026, 3, 1, 8, 0, tzinfo=UTC)))
    recorder.write(state(datetime(2026, 3, 2, 9, 0, tzinfo=UTC), open=5))
    recording = Recording(file)
    assert recording.moment("09:30", MADRID) == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    assert recording.moment("14:05", MADRID) == datetime(2026, 3, 1, 13, 5, tzinfo=UTC)
    assert recording.moment("2026-03-01 14:05:30", MADRID) == datetime(2026, 3, 1, 13, 5, 30, tzinfo=UTC)
    with pytest.raises(NotFound, match=r"runs from 2026-03-01 09:00:00 to 2026-03-02 10:00:00\."):
        recording.moment("2026-03-05 09:30", MADRID)


@pytest.mark.parametrize("typed", ["", "25:00", "14:60", "14", "noon", "2026-02-30 10:00", "9999999-01-01 10:00"])
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput, match="is no time of a recording"):
        read_time(typed, date(2026, 3, 2), UTC)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 3), st.booleans()), min_size=1, max_size=30))
def test_any_run_of_changes_and_beats_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, bool]]
) -> None:
    file = tmp_path_factory.mktemp("run") / "board"
    recorder = Recorder(file, UTC)
    at, read_at, expected = NOW, NOW, {}
    for seconds, count, is_beat in steps:
        at += seconds * SECOND
        if is_beat and recorder.is_beat_due(at):
            recorder.beat(at, read_at)
        elif not is_beat:
            recorder.write(state(at, open=count))
            read_at = at
            expected[at] = count
    recorder.close()
    if not expected:
        return
    recording = Recording(file)
    for moment, count in expected.items():
        assert recording.shown(recording.index_at(moment)).state.open == count


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(1, 1000))
def test_a_share_never_looks_better_than_it_is(on_time: int, late: int, tenths: int) -> None:
    score, target = Score(on_time + late, on_time), tenths / 10
    if score.counted:
        shown = float(str(share_text(score.on_time, score.counted)).removesuffix(" %"))
        assert shown <= on_time * 100 / score.counted
        assert score.meets(target) or shown < target
    else:
        assert str(score.percent) == "-"


def test_the_day_of_the_spring_change_lacks_an_hour() -> None:
    found = day_of(datetime(2026, 3, 29, 12, tzinfo=UTC), MADRID)
    assert [shown for _at, shown in found.hours] == [hour for hour in range(24) if hour != 2]
    assert found.ends - found.began == timedelta(hours=23)


def test_the_day_of_the_autumn_change_has_one_hour_twice() -> None:
    found = day_of(datetime(2026, 10, 25, 12, tzinfo=UTC), MADRID)
    shown = [hour for _at, hour in found.hours]
    assert (len(shown), shown.count(2)) == (25, 2)
    assert found.week_began == datetime(2026, 10, 18, 22, 0, tzinfo=UTC)
