"""The fault run: people at work while processes, connections, servers and disks fail; then their journals are checked.

`python -m benchmarks.faults [--minutes 32] [--seed 1] [--only postgresql|sqlite]`; half of the minutes go to each
engine, unless one is named.

Each of eight writers (a process) has a login and a role of its own, asks for one act after the other under a key of its
own, and writes on disk what it was told was saved; two passes run beside them. Faults come at random. Afterwards
everything acknowledged must be in the database once, the hours must be those of the time logged, and `db check` must
find nothing. On PostgreSQL: logins of the server with passwords and under row security; a primary with fsync on and a
synchronous standby, and clients know both. On SQLite: one file, on a small file system of its own where the machine
lets us mount one, else under a limit of pages.

What was found wrong leaves journals and database in the folder that is named at the end.
"""
