"""Storage: tables, engines, migrations and the queries that read them."""
