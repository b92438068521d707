"""A keyboard-first dispatcher console for companies that service other companies' equipment."""

from __future__ import annotations

__version__ = "0.1.0"
