"""The shared desk, on PostgreSQL: `dialect` is what storage calls, the other modules are its parts."""
