"""Text being typed survives a hang-up and `kill -9`, and belongs to one console at a time."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from deskconsole.domain.sentences import Sentence
from deskconsole.drafts import DraftBox, typed_in

TYPIST = """
import sys
from pathlib import Path
from deskconsole.drafts import DraftBox, typed_in
box = DraftBox(Path(sys.argv[1]), desk="demo", login="anna", quiet_seconds=0)
box.keep("reply:7", {"text": "На пути"})
box.flush()
print("typed", flush=True)
sys.stdin.read()
"""


def box(folder: Path, login: str = "anna") -> DraftBox:
    return DraftBox(folder, desk="demo", login=login)


def test_a_killed_consoles_text_is_offered_once(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", TYPIST, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdin is not None
    assert child.stdout.readline() == b"typed\n"
    with box(tmp_path) as first, box(tmp_path) as second:
        assert first.offered() == []  # its console lives
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        child.stdin.close()
        (draft,) = first.offered()
        assert (draft.form, draft.fields) == ("reply:7", {"text": "На пути"})
        assert second.offered() == []
        first.take_back(draft)
        assert first.kept("reply:7") == {"text": "На пути"}
        assert first.offered() == []


def test_what_is_typed_is_written_by_itself(tmp_path: Path) -> None:
    written = threading.Event()

    class Watched(DraftBox):
        def flush(self) -> None:
            super().flush()
            written.set()

    with Watched(tmp_path, desk="demo", login="anna", quiet_seconds=0) as typing:
        typing.keep("register", {"text": "a"})
        assert written.wait(10)
        (path,) = tmp_path.glob("*.json")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_consoles_of_one_person_do_not_overwrite_each_other(tmp_path: Path) -> None:
    first, second = box(tmp_path), box(tmp_path)
    first.keep("register", {"text": "first"})
    second.keep("register", {"text": "second"})
    first.close()
    second.close()
    with box(tmp_path) as third:
        assert sorted(draft.fields["text"] for draft in third.offered()) == ["first", "second"]


def test_a_new_text_does_not_overwrite_an_offered_one(tmp_path: Path) -> None:
    old = box(tmp_path)
    old.keep("register", {"text": "old"})
    old.close()
    with box(tmp_path) as new:
        new.keep("register", {"text": "new"})
        (draft,) = new.offered()
        new.take_back(draft)
        assert new.kept("register") == {"text": "new"}
        assert [one.fields["text"] for one in new.offered()] == ["old"]


def test_anothers_texts_are_not_offered(tmp_path: Path) -> None:
    other = box(tmp_path, "boris")
    other.keep("register", {"text": "x"})
    other.close()
    with box(tmp_path) as mine:
        assert mine.offered() == []


def test_a_sent_text_is_forgotten(tmp_path: Path) -> None:
    with box(tmp_path) as sender:
        sender.keep("reply:7", {"text": "x"})
        sender.flush()
        sender.discard("reply:7")
        sender.flush()
        assert sender.kept("reply:7") == {}
        assert list(tmp_path.glob("*.json")) == []


def test_an_emptied_form_leaves_no_draft(tmp_path: Path) -> None:
    with box(tmp_path) as typing:
        typing.keep("reply:7", {"text": "x"})
        typing.keep("reply:7", {"text": ""})
        typing.flush()
        assert list(tmp_path.glob("*.json")) == []


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b'{"form": "x"}', b'{"fields": 3}'])
def test_a_damaged_draft_is_set_aside(tmp_path: Path, content: bytes) -> None:
    old = box(tmp_path)
    old.keep("register", {"text": "x"})
    old.keep("reply:7", {"text": "y"})
    old.close()
    next(iter(sorted(tmp_path.glob("*.json")))).write_bytes(content)
    with box(tmp_path) as new:
        assert len(new.offered()) == 1
        (aside,) = tmp_path.glob("*.damaged")
        assert aside.read_bytes() == content


def test_a_draft_that_cannot_be_written_is_said_once_and_kept(tmp_path: Path) -> None:
    said: list[Sentence] = []
    folder = tmp_path / "drafts"
    typing = DraftBox(folder, desk="demo", login="anna", trouble=said.append)
    with typing:
        folder.rename(tmp_path / "away")
        typing.keep("register", {"text": "x"})
        typing.flush()
        typing.flush()
        assert [str(one) for one in said] == ["What you type can't be kept on disk: No such file or directory"]
        (tmp_path / "away").rename(folder)
        typing.flush()
        assert len(list(folder.glob("*.json"))) == 1


def test_nothing_is_left_of_a_console_that_typed_nothing(tmp_path: Path) -> None:
    box(tmp_path).close()
    assert list(tmp_path.iterdir()) == []


def test_what_is_sent_again_as_it_is_has_the_same_key_also_after_a_restart(tmp_path: Path) -> None:
    text = {"text": "На пути"}
    with box(tmp_path) as first:
        first.keep("reply:7", text)
        key = first.key_of("reply:7", text)
        assert first.key_of("reply:7", text) == key
        first.keep("reply:7", text)  # the form is opened again
        assert first.key_of("reply:7", text) == key
    with box(tmp_path) as second:
        (draft,) = second.offered()
        assert typed_in(draft) == ["На пути"]
        second.take_back(draft)
        assert second.key_of("reply:7", text) == key


def test_what_is_changed_or_was_sent_has_another_key(tmp_path: Path) -> None:
    with box(tmp_path) as drafts:
        first = drafts.key_of("reply:7", {"text": "a"})
        second = drafts.key_of("reply:7", {"text": "a b"})
        drafts.keep("reply:7", {"text": "a"})  # typed back
        third = drafts.key_of("reply:7", {"text": "a"})
        drafts.discard("reply:7")  # it was sent
        assert len({first, second, third, drafts.key_of("reply:7", {"text": "a"})}) == 4
