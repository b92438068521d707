"""Textual widgets and their helpers that more than one screen uses."""
