"""A shared desk on two PostgreSQL servers, and what can happen to it."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from benchmarks.faults.crew import KINDS_OF, Crew, Fault, Run, Ways, company_at, hurt, kill_one, people_at_work
from benchmarks.faults.verdict import report
from deskconsole.data.passwords import Secret
from deskconsole.data.store import create_store
from deskconsole.desk import server_accounts
from deskconsole.desk.accounts import NewAccount
from deskconsole.domain.errors import StorageUnavailable
from deskconsole.domain.terms import Role
from tests.storage.desks import PEOPLE
from tests.support.cluster import Cluster, Node

FROZEN_SECONDS = 20.0
AWAY_SECONDS = 12.0
HELD_SECONDS = 18.0
"""Longer than a use case waits for a lock, all its tries together."""
SHUT_SECONDS = 3.0
TRIES = 10
SYNC_SECONDS = 60.0
HBA = "host all all 127.0.0.1/32 scram-sha-256"
PASSWORD, OTHER = "fault-run", "changed"
ROLES = {login: role for login, _name, role, _team in PEOPLE if login in KINDS_OF}
REVOKED, DISABLED = "role revoked, 3 s", "user disable and user add, 3 s"
REFUSING = frozenset({REVOKED, DISABLED})
"""Faults under which people are refused what they may do otherwise."""


def persist(do: Callable[[], object]) -> None:
    """Do it as an administrator who tries again: a machine at its limits may be slow to answer."""
    for _time in range(TRIES - 1):
        with suppress(StorageUnavailable):
            do()
            return
        time.sleep(1)
    do()


class Servers:
    """The primary and its synchronous standby."""

    def __init__(self, cluster: Cluster, dice: random.Random) -> None:
        self.cluster = cluster
        self.dice = dice
        self.standby = cluster.add_standby(is_synchronous=True)
        self.await_standby()
        self.location = cluster.url("desk")

    @property
    def primary(self) -> Node:
        """Who takes changes now."""
        return self.cluster.primary

    def address(self, login: str) -> str:
        """The desk's address for a person, password and all."""
        return self.cluster.url("desk", login, PASSWORD)

    def await_standby(self) -> None:
        """Wait until commits wait for the standby."""
        until = time.monotonic() + SYNC_SECONDS
        while self.primary.run("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'") == []:
            if time.monotonic() > until:
                raise RuntimeError(f"the standby does not follow; see its log in {self.cluster.folder}")
            time.sleep(0.1)

    def restart(self, how: signal.Signals) -> Fault:
        """The primary is stopped and started."""

        def fault() -> None:
            self.primary.stop(how)
            time.sleep(self.dice.uniform(0, 2))
            self.primary.start()

        return fault

    def terminate(self) -> None:
        """Some connections, or all, are ended by the administrator."""
        share = self.dice.choice((0.3, 1.0))
        self._run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = 'desk' AND pid <> pg_backend_pid() AND random() < {share}"
        )

    def cancel(self) -> None:
        """Statements are stopped, as `statement_timeout` does it; a COMMIT then stands on the primary only."""
        for _time in range(20):
            self._run(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
                " WHERE datname = 'desk' AND pid <> pg_backend_pid() AND state = 'active'"
            )
            time.sleep(0.05)

    def hold(self, ticket: int) -> Fault:
        """Somebody else holds the row that most want, longer than they wait for it."""

        def fault() -> None:
            with self.primary.connect("desk") as holder, holder.transaction():
                holder.execute("SELECT 1 FROM ticket WHERE id = %s FOR UPDATE", [ticket])
                time.sleep(HELD_SECONDS)

        return fault

    def freeze(self) -> None:
        """Every process of the primary stands still."""
        self.primary.freeze()
        time.sleep(FROZEN_SECONDS)
        self.primary.thaw()

    def lose_standby(self) -> None:
        """The synchronous standby is away, longer than a commit waits for it."""
        self.standby.stop(signal.SIGQUIT)
        time.sleep(AWAY_SECONDS)
        self.standby.start()
        self.await_standby()

    def fail_over(self) -> None:
        """The primary dies in the middle of it; the standby takes over, and gets a standby of its own."""
        dead, heir = self.primary, self.standby
        dead.stop(signal.SIGKILL)
        heir.promote()
        self.cluster.primary = heir
        port = dead.port
        self.cluster.remove(dead)
        self.standby = self.cluster.add_standby(is_synchronous=True, port=port)
        self.await_standby()

    def revoke(self) -> None:
        """Somebody's role is taken from under their open console, and given back."""
        login = self._somebody()
        role = f"desk_{ROLES[login].value}"
        self._run(f"REVOKE {role} FROM {login}")
        time.sleep(SHUT_SECONDS)
        self._run(f"GRANT {role} TO {login}")

    def disable(self) -> None:
        """Somebody is switched off by the program, and let in again."""
        login = self._somebody(but=Role.ADMIN)  # the desk's only administrator can't be
        persist(lambda: server_accounts.disable(self.location, login))
        time.sleep(SHUT_SECONDS)
        persist(lambda: server_accounts.add(self.location, NewAccount(login, ROLES[login]), None))

    def change_password(self) -> None:
        """Somebody's password is changed and their connections ended; it is set back later."""
        login = self._somebody()
        persist(lambda: server_accounts.set_password(self.location, login, Secret(OTHER)))
        self._run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{login}'")
        time.sleep(SHUT_SECONDS)
        persist(lambda: server_accounts.set_password(self.location, login, Secret(PASSWORD)))

    def ways(self, crew: Crew) -> Ways:
        """All that can happen."""
        return {
            "kill -9 of a console or worker": (6, kill_one(crew, self.dice)),
            "pg_terminate_backend": (4, self.terminate),
            "server restart, fast": (2, self.restart(signal.SIGINT)),
            "server restart, immediate": (2, self.restart(signal.SIGQUIT)),
            "kill -9 of the server": (1, self.restart(signal.SIGKILL)),
            "SIGSTOP of the server, 20 s": (1, self.freeze),
            "standby away, 12 s": (1, self.lose_standby),
            "promotion of the standby": (2, self.fail_over),
            "ticket held by somebody, 18 s": (1, self.hold(crew.works["writer-ann"].ticket)),
            "statements stopped, for 1 s": (2, self.cancel),
            "password changed, 3 s": (2, self.change_password),
            REVOKED: (2, self.revoke),
            DISABLED: (1, self.disable),
        }

    def _somebody(self, *, but: Role | None = None) -> str:
        return self.dice.choice([login for login, role in ROLES.items() if role is not but])

    def _run(self, words: str) -> None:
        self.primary.run(words, "desk")


def on_postgresql(minutes: float, seed: int, folder: Path) -> Run:
    """The run on two servers; their data stays, and the run names its folder, when something is found wrong."""
    dice, run = random.Random(seed), Run()
    with Cluster(("fsync=on", "full_page_writes=on"), hba=HBA) as cluster:
        cluster.is_kept = True
        servers = Servers(cluster, dice)
        servers.primary.run("CREATE DATABASE desk")
        create_store(servers.location).close()
        company = company_at(servers.location)
        for login, role in ROLES.items():
            server_accounts.add(servers.location, NewAccount(login, role), Secret(PASSWORD))
        with closing(company.store), closing(people_at_work(company, servers.address, folder)) as crew:
            hurt(run, crew, dice, time.time() + minutes * 60, servers.ways(crew))
            title = "PostgreSQL, primary with a synchronous standby, fsync on"
            report(title, run, crew, company, servers.location, REFUSING)
        cluster.is_kept = bool(run.problems)
        if cluster.is_kept:
            run.problems.append(f"the servers' data stands in {cluster.folder}")
    return run
