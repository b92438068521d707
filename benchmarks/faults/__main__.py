"""Run it: see `benchmarks.faults`."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import benchmarks.faults
from benchmarks.faults.local import on_sqlite
from benchmarks.faults.shared import on_postgresql
from benchmarks.measures import machine

RUNS = {"postgresql": on_postgresql, "sqlite": on_sqlite}
MINUTES = 32.0


def main() -> int:
    words = argparse.ArgumentParser(
        description=benchmarks.faults.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("--minutes", type=float, default=MINUTES)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--only", choices=tuple(RUNS))
    asked = words.parse_args()
    chosen = [asked.only] if asked.only else list(RUNS)
    print(f"{machine()}; seed {asked.seed}, {asked.minutes:g} minutes in all\n", flush=True)
    problems: list[str] = []
    for name in chosen:
        folder = Path(tempfile.mkdtemp(prefix=f"deskfaults-{name}-"))
        found = RUNS[name](asked.minutes / len(chosen), asked.seed, folder).problems
        if found:
            found.append(f"the journals stand in {folder}")
        else:
            shutil.rmtree(folder)
        problems += found
    print("\n".join(problems) if problems else "nothing was lost, nothing doubled, nothing broken")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
