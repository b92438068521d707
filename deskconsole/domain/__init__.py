"""The rules of the desk: pure functions over small frozen values; no files, no database, no clock."""
