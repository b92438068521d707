"""Up to two hundred consoles on one PostgreSQL with a million tickets: what it carries, and what the rights cost.

    python -m benchmarks.load [--consoles 50 100 200] [--minutes 2] [--think 20] [--seed 1] [--only policies memory day]

Each console is a person with a login of their own, held as the program holds it (`console`): a pool, a listener, the
passes by the clock where the role runs them, and reading again what is on the screen at every bell. The people's
machines are this one, too: the last table says how much of it went to them. It is not quite the program: a search is
one reading, where typing it may be several; what rests is looked at by the second, not to the millisecond; nothing is
painted. The server stands in DESK_BENCH_DIR (`server`), with fsync on.
"""
