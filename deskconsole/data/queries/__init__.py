"""The desk's reading side: SQL that returns frozen values; each function takes a session first."""
