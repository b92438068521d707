"""Every benchmark, one after the other; the latest figures go to docs/benchmarks.md.

    python -m benchmarks [NAME ...]     only these; the file then keeps the other ones' figures

DESK_BENCH_DIR names a folder that keeps the big desk between runs.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.measures import machine

FIGURES = Path(__file__).parents[1] / "docs" / "benchmarks.md"
TITLES = {
    "console_speed": "The console at 1,000,000 tickets, beside a bare Textual app",
    "list_bytes": "Bytes of the live list alone",
    "commands": "The command line at 1,000,000 tickets",
    "database_speed": "Reading 1,000,000 tickets (200,000 open)",
    "import_log": "Import of the real log",
    "worktime": "Business time, beside businesstimedelta",
    "incident_sla": "Deadlines of a real desk",
    "scheduler": "What happens by the clock, at 1,000,000 tickets",
    "board": "The live board at rest, beside the queue",
    "kills": "Killed while writing",
    "faults": "The fault run: journals compared after half an hour of failures",
    "load": "People at work on 1,000,000 tickets of one server, and what their rights cost",
    "live": "Changes on 50 other consoles, on PostgreSQL",
}
HEAD = """# Benchmarks

Written by `make bench`, which runs them all; the machine is shared, so read ratios before milliseconds. A limit
that is not kept says MISS. What each one does stands at the head of its module in `benchmarks/`.
"""


def measured(name: str) -> str:
    """Run one benchmark; what it prints, free of this machine's paths."""
    print(f"--- {name}", file=sys.stderr)
    words = [sys.executable, "-m", f"benchmarks.{name}"]
    lines = []
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        for line in running.stdout:
            print(line, end="", flush=True)
            lines.append(line.rstrip())
    ending = "" if running.returncode in {0, 1} else f"\nIt ended with {running.returncode}."
    text = "\n".join(lines).strip("\n") + ending
    return text.replace(tempfile.gettempdir(), "TMP").replace(str(Path.home()), "~")


def section(name: str, figures: str) -> str:
    """One benchmark's part of the file."""
    packages = ("textual", "sqlalchemy", "sqlmodel")
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    python = ".".join(str(part) for part in sys.version_info[:3])
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"## {TITLES[name]}\n\n`{name}`, {when}. {machine()}. Python {python}, {versions}.\n\n```\n{figures}\n```\n"


def kept() -> dict[str, str]:
    """The parts the file has now, by the benchmark's name."""
    text = FIGURES.read_text("utf-8") if FIGURES.exists() else ""
    parts = [f"## {part.rstrip()}\n" for part in text.split("\n## ")[1:]]
    named = ((re.search(r"^`(\w+)`", part, re.MULTILINE), part) for part in parts)
    return {found[1]: part for found, part in named if found}


def main(names: list[str]) -> int:
    if unknown := [name for name in names if name not in TITLES]:
        print(f"There is no benchmark {unknown[0]}; there is {', '.join(TITLES)}.", file=sys.stderr)
        return 2
    sections = kept()
    for name in names or TITLES:
        sections[name] = section(name, measured(name))
        ordered = [sections[title] for title in TITLES if title in sections]
        FIGURES.write_text("\n".join([HEAD, *ordered]), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
