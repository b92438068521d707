"""kill -9 of writing processes: of what was reported saved nothing may be missing, and nothing may be there twice.

`python -m benchmarks.kills [KILLS]` (default 200), on a SQLite desk in a temporary folder.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from time import perf_counter

from deskconsole.data.store import create_store, open_store
from deskconsole.desk.opening import check
from tests.storage.desks import company_on
from tests.support.writers import Work, faults, kill_again_and_again

WRITERS = ("writer-a", "writer-b", "writer-c", "writer-d")


def main(kills: int) -> int:
    """Kill so many times and print what became of the writes; the exit status is 1 when one was lost or doubled."""
    with tempfile.TemporaryDirectory() as folder:
        location = str(Path(folder) / "desk.db")
        create_store(location).close()
        company = company_on(open_store(location))
        company.grant(1_000_000)
        people = tuple(company.people[login] for login in ("eva", "ed", "con"))
        work = Work(location, "ann", company.ticket("shared by all"), company.rows["client"], people)
        began = perf_counter()
        journals = kill_again_and_again(work, WRITERS, kills, seed=1)
        seconds = perf_counter() - began
        found = company.desk().read(faults, journals)
        company.store.close()
        broken = check(location)
    print(f"{'kills':>6} {'acknowledged':>13} {'missing':>8} {'doubled':>8} {'unasked':>8} {'file':>6} {'seconds':>8}")
    print(
        f"{kills:>6} {found.acknowledged:>13} {len(found.missing):>8} {len(found.doubled):>8} {len(found.unknown):>8}"
        f" {'bad' if broken else 'ok':>6} {seconds:>8.1f}"
    )
    return 1 if found.missing or found.doubled or found.unknown or broken else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
