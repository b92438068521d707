"""The use cases: one verb, one transaction, one history entry."""
