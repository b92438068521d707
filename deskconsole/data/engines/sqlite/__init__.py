"""The local desk, one SQLite file: `dialect` is what storage calls, the other modules are its parts."""
