"""Ways out of alerts: which sequence a terminal gets, what can stand in it, and the person's command."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskconsole.domain.errors import InvalidInput
from deskconsole.notify import (
    LONGEST_SPEECH,
    AlertCommand,
    Way,
    Wrap,
    chosen_way,
    command_words,
    escape,
    speech,
    way_for,
    wrap_for,
)

HOSTILE = "\x1b]52;c;AAAA\a [VIP] \x9b31m;notify;\u202e\n-rf $(reboot) `id` '\"|&<>\\{text}%s"
LONGEST_STRING = 768  # bytes; GNU screen's
ENVIRONMENTS = [
    ({"TERM": "xterm-kitty"}, Way.OSC99),
    ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, Way.OSC99),
    ({"TERM": "xterm-256color", "TERM_PROGRAM": "vscode"}, Way.OSC99),
    ({"TERM": "foot"}, Way.OSC777),
    ({"TERM": "foot-extra"}, Way.OSC777),
    ({"TERM": "rxvt-unicode-256color"}, Way.OSC777),
    ({"TERM": "xterm-ghostty"}, Way.OSC777),
    ({"TERM": "wezterm"}, Way.OSC777),
    ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm", "KITTY_WINDOW_ID": "1"}, Way.OSC777),
    ({"TERM": "xterm-256color", "KONSOLE_VERSION": "240801"}, Way.OSC777),
    ({"TERM": "xterm-256color", "WT_SESSION": "6d3b"}, Way.OSC777),
    ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, Way.OSC777),
    ({"TERM": "xterm-256color", "VTE_VERSION": "4205"}, Way.NONE),
    ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, Way.OSC9),
    ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, Way.OSC9),  # what iTerm2 sends along over SSH
    ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, Way.NONE),
    ({"TERM": "xterm-256color", "ConEmuPID": "77"}, Way.NONE),
    ({"TERM": "xterm-256color"}, Way.OSC777),
    ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "LC_TERMINAL": "iTerm2"}, Way.OSC9),
    ({"TERM": "screen-256color"}, Way.OSC777),
    ({"TERM": "alacritty"}, Way.NONE),
    ({"TERM": "linux"}, Way.NONE),
    ({"TERM": "dumb"}, Way.NONE),
    ({}, Way.NONE),
]


@pytest.mark.parametrize(("environ", "way"), ENVIRONMENTS)
def test_a_terminal_gets_the_sequence_it_knows(environ: dict[str, str], way: Way) -> None:
    assert way_for(environ) is way


def test_the_setting_goes_before_what_the_terminal_seems_to_be() -> None:
    kitty = {"TERM": "xterm-kitty"}
    assert [chosen_way(setting, kitty) for setting in ("auto", "", "osc9", "off")] == [
        Way.OSC99,
        Way.OSC99,
        Way.OSC9,
        Way.NONE,
    ]


@pytest.mark.parametrize(
    ("environ", "wrap"),
    [
        ({"TERM": "xterm-kitty"}, Wrap.BARE),
        ({"TERM": "xterm-256color", "TMUX": "/tmp/tmux-1000/default,1,0"}, Wrap.TMUX),
        ({"TERM": "tmux-256color"}, Wrap.TMUX),
        ({"TERM": "screen-256color"}, Wrap.TMUX),
        ({"TERM": "screen", "STY": "77.pts-1"}, Wrap.SCREEN),
        ({"TERM": "tmux-256color", "TMUX": "x", "STY": "77.pts-1"}, Wrap.TMUX),
    ],
)
def test_a_multiplexer_in_between_is_seen(environ: dict[str, str], wrap: Wrap) -> None:
    assert wrap_for(environ) is wrap


def test_each_way_writes_title_and_text_as_its_terminals_read_them() -> None:
    assert escape(Way.OSC9, "#7 overdue", "Ромашка") == "\x1b]9;deskconsole: #7 overdue - Ромашка\a"
    assert escape(Way.OSC777, "#7 overdue", "Ромашка") == "\x1b]777;notify;#7 overdue;Ромашка\a"
    both = re.fullmatch(
        r"\x1b\]99;i=(desk\w{8}):d=0:p=title;#7 overdue\a\x1b\]99;i=(\w+):d=1:p=body;Ромашка\a",
        escape(Way.OSC99, "#7 overdue", "Ромашка"),
    )
    assert both is not None
    assert both[1] == both[2]
    assert escape(Way.NONE, "#7 overdue", "Ромашка") == ""


def test_tmux_and_screen_hand_the_sequence_on() -> None:
    assert escape(Way.OSC777, "a", "b", wrap=Wrap.TMUX) == "\x1bPtmux;\x1b\x1b]777;notify;a;b\a\x1b\\"
    assert escape(Way.OSC777, "a", "b", wrap=Wrap.SCREEN) == "\x1bP\x1b]777;notify;a;b\a\x1b\\"
    assert escape(Way.NONE, "a", "b", wrap=Wrap.TMUX) == ""


def test_a_repeated_alert_takes_its_own_notifications_place_and_no_others() -> None:
    assert escape(Way.OSC99, "a", "b") == escape(Way.OSC99, "a", "b")
    assert escape(Way.OSC99, "a", "b")[:20] != escape(Way.OSC99, "a", "c")[:20]


# Hypothesis draws few controls by itself, and those matter here.
texts = st.text(st.one_of(st.characters(codec=None), st.sampled_from("\x1b\a\x07\x9b\x9c\x9d\n\r;\\\x18\x1a\u202e")))
ways = st.sampled_from([Way.OSC9, Way.OSC777, Way.OSC99])


@given(ways, texts, texts, st.sampled_from(Wrap))
def test_no_text_can_end_or_steer_the_sequence(way: Way, title: str, body: str, wrap: Wrap) -> None:
    made, plain = escape(way, title, body, wrap=wrap), escape(way, "T", "B", wrap=wrap)
    controls = re.compile("[\x00-\x1f\x7f-\x9f]")
    assert controls.findall(made) == controls.findall(plain)
    assert made.count(";") == plain.count(";")
    assert not re.search("[\u2028-\u202e\u2066-\u2069\ud800-\udfff]", made)
    assert not re.match(r"\x1b\]9;\d", made)


def test_a_novel_as_a_subject_is_cut_to_what_multiplexers_pass_on() -> None:
    for way in (Way.OSC9, Way.OSC777, Way.OSC99):
        for piece in escape(way, "я" * 10_000, "щ" * 10_000_000, wrap=Wrap.SCREEN).split("\x1b\\"):
            assert len(piece.encode()) <= LONGEST_STRING
    assert "…" in escape(Way.OSC9, "я" * 10_000, "")


# --- the command ---------------------------------------------------------------------------------------------


def test_a_command_is_parted_as_a_shell_would() -> None:
    assert command_words("espeak-ng -v 'ru male' {text}") == ("espeak-ng", "-v", "ru male", "{text}")
    assert command_words("") == ()


@pytest.mark.parametrize("command", ["espeak 'ru", "espeak\0ru", "espeak\nru", "'' {text}"])
def test_a_command_that_cannot_be_run_is_refused(command: str) -> None:
    with pytest.raises(InvalidInput, match="alert_command"):
        command_words(command)


def test_what_is_said_keeps_its_words() -> None:
    assert speech("Заявка 1042, ООО «Ромашка»: не печатает чек!") == "Заявка 1042, ООО Ромашка : не печатает чек"
    assert speech("O'Brien: 24/7 on-site") == "O’Brien: 24/7 on-site"
    assert speech("и\u0306од") == "йод"


def test_what_is_said_is_no_option_and_no_shell() -> None:
    assert speech("--help -v") == "help v"
    assert speech("- -w /etc/passwd") == "w etc/passwd"
    assert not set(speech(HOSTILE)) & set("\x1b\a\x9b\n;$`'\"|&<>\\{}()%*?~#!=")
    assert speech("\u0301\u0301 ..: --") == ""


@given(texts)
def test_what_is_said_is_one_line_that_begins_with_a_letter_or_digit(text: str) -> None:
    said = speech(text)
    assert said == "" or said[0].isalnum()
    assert re.fullmatch(r"[^\x00-\x1f\x7f-\x9f]*", said)
    assert not re.search(r"(^|\s)[-/]", said)
    assert len(said) <= LONGEST_SPEECH


class Ear:
    """A program that writes down the words it was given, one JSON list a line, and may wait for a file."""

    SOURCE = (
        "import json, os, sys, time\n"
        "heard, gate, *words = sys.argv[1:]\n"
        "with open(heard, 'a', encoding='utf-8') as file:\n"
        "    file.write(json.dumps(words) + '\\n')\n"
        "while gate != '-' and not os.path.exists(gate):\n"
        "    time.sleep(0.005)\n"
        "sys.exit(int(words[0]) if words and words[0].isdigit() else 0)\n"
    )

    def __init__(self, folder: Path) -> None:
        self.file = folder / "heard"
        self.gate = folder / "gate"
        self.program = folder / "ear.py"
        self.program.write_text(self.SOURCE, "utf-8")
        self.troubles: list[str] = []
        self.told = threading.Event()

    def command(self, words: str, *, waits: bool = False) -> str:
        return f"{sys.executable} {self.program} {self.file} {self.gate if waits else '-'} {words}"

    def trouble(self, sentence: str) -> None:
        self.troubles.append(sentence)
        self.told.set()

    def heard(self) -> list[list[str]]:
        lines = self.file.read_text("utf-8").splitlines() if self.file.exists() else []
        return [json.loads(line) for line in lines]


@pytest.fixture
def ear(tmp_path: Path) -> Ear:
    return Ear(tmp_path)


@contextmanager
def running(ear: Ear, command: str, seconds: float = 30.0) -> Iterator[AlertCommand]:
    made = AlertCommand(command, trouble=ear.trouble, seconds=seconds)
    yield made
    made.stop()
    ended(lambda: not threads())


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "alert-command"]


def ended(condition: Callable[[], bool]) -> None:
    """Wait until a condition is true, asked every few milliseconds."""
    pause = threading.Event()
    for _again in range(4000):
        if condition():
            return
        pause.wait(0.005)
    raise AssertionError("it did not happen in time")


def test_the_text_stands_where_the_command_asks_for_it(ear: Ear) -> None:
    with running(ear, ear.command("-v ru 'say: {text}' end")) as command:
        command.run("Ticket 7: --help; no paper")
        ended(lambda: not threads())
    assert ear.heard() == [["-v", "ru", "say: Ticket 7: help no paper", "end"]]
    assert ear.troubles == []


def test_without_a_place_the_text_is_the_last_word_and_one_word(ear: Ear) -> None:
    with running(ear, ear.command("-v ru")) as command:
        command.run("--version $(reboot)")
        ended(lambda: not threads())
    assert ear.heard() == [["-v", "ru", "version reboot"]]


def test_a_shell_that_is_given_the_text_runs_nothing_of_it(ear: Ear, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    inner = ear.command("{text}").replace("'", "")
    with running(ear, f'sh -c "{inner}"') as command:
        command.run(f"a; touch {ran} & $(touch {ran}) `touch {ran}` ' \" | touch {ran}\n touch {ran}")
        ended(lambda: not threads())
    assert len(ear.heard()) == 1
    assert not ran.exists()


def test_two_never_run_at_once_and_of_those_that_wait_the_last_is_said(ear: Ear) -> None:
    with running(ear, ear.command("{text}", waits=True)) as command:
        command.run("first")
        ended(lambda: ear.heard() == [["first"]])
        command.run("second")
        command.run("third")
        assert len(threads()) == 1
        ear.gate.touch()
        ended(lambda: not threads())
    assert ear.heard() == [["first"], ["third"]]


def test_a_failure_is_said_once(ear: Ear) -> None:
    with running(ear, ear.command("3 {text}")) as command:
        for text in ("one", "two"):
            command.run(text)
            ended(lambda: not threads())
    assert len(ear.heard()) == 2
    assert ear.troubles == [f"The alert command {sys.executable} failed with exit code 3."]


def test_a_program_that_is_not_there_is_named(ear: Ear) -> None:
    with running(ear, "no-such-program-here {text}") as command:
        command.run("one")
        ended(lambda: not threads())
    assert ear.troubles == [
        "The alert command no-such-program-here can't be started: No such file or directory",
    ]


def test_a_command_that_does_not_end_is_stopped_with_all_it_started(ear: Ear) -> None:
    with running(ear, f"sh -c '{ear.command('{text}', waits=True)}; true'", seconds=1.0) as command:
        command.run("hello")
        assert ear.told.wait(20)
        ended(lambda: not threads())
    assert ear.troubles == ["The alert command sh was stopped after 1 s."]


def test_leaving_ends_what_runs_and_says_nothing(ear: Ear) -> None:
    with running(ear, ear.command("{text}", waits=True)) as command:
        command.run("hello")
        ended(lambda: ear.heard() == [["hello"]])
        command.run("never")
        command.stop()
        ended(lambda: not threads())
        command.run("nor this")
    assert ear.heard() == [["hello"]]
    assert ear.troubles == []


def test_without_a_command_nothing_is_started(ear: Ear) -> None:
    with running(ear, "") as command:
        command.run("hello")
        assert not threads()
