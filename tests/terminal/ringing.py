"""A console with one alert of a hostile client, on a real terminal: `python -m tests.terminal.ringing FOLDER [WAY]`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from deskconsole.app import run_console
from deskconsole.notify import chosen_way, wrap_for
from tests.console.alert_desk import AlertDesk, alert_console, overdue
from tests.console.real_desk import HOSTILE


def main() -> int:
    folder, *setting = sys.argv[1:]
    desk = AlertDesk()
    text = " ".join(HOSTILE)
    desk.put(overdue(1, 12, client=text, subject=text))
    way = chosen_way(setting[0] if setting else "auto", os.environ)
    return run_console(alert_console(Path(folder), desk, way=way, wrap=wrap_for(os.environ)))


if __name__ == "__main__":
    sys.exit(main())
