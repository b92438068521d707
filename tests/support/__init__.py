"""What tests and benchmarks stand on: a temporary PostgreSQL, an emulated terminal, the schema."""
