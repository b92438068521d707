"""The reference of every console benchmark: a bare Textual app that shows a table of 100 rows.

Run `python -m benchmarks.bare`.
"""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import DataTable

ROWS = 100
SIGN = "Row 1 "
"""Stands on the screen once the rows do."""


class Bare(App[None]):
    """Nothing but a table."""

    ENABLE_COMMAND_PALETTE = False

    def compose(self) -> ComposeResult:
        """The table alone."""
        yield DataTable[str](cursor_type="row")

    def on_mount(self) -> None:
        """Fill it."""
        table = self.query_one(DataTable)
        table.add_columns("No", "Due", "Client", "Subject", "Coverage", "Status", "Assignee")
        for number in range(1, ROWS + 1):
            table.add_row(
                str(number),
                f"{number} h",
                f"Row {number} of the clients",
                f"The till {number} prints no receipt",
                "covered",
                "open",
                "Petrova A.",
            )


if __name__ == "__main__":
    Bare().run(mouse=False)
