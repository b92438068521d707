"""The console's screens: one module and one `.tcss` each."""

from __future__ import annotations
