"""What a template means and when it comes next, as one reads it beside the form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from deskconsole.day_words import day_and_time, day_text
from deskconsole.desk.recurring_plan import Plan
from deskconsole.desk.recurring_templates import Coming
from deskconsole.domain.occurrences import Occurrence
from deskconsole.domain.recurrence import local_of
from deskconsole.i18n import _
from deskconsole.recurring_words import raising_words, recurrence_words
from deskconsole.screens.recurring_source import PREVIEWED
from deskconsole.screens.text_lines import Block, TextLines
from deskconsole.widgets.line_columns import Cell

PLAIN = Cell("")
BETWEEN = 2
"""Cells between two dates on one line."""


@dataclass(frozen=True)
class Date:
    """A date as three texts: by the rule, where it moves to, and when its ticket is raised; empty where the same."""

    nominal: str
    moved: str
    raised: str

    @property
    def width(self) -> int:
        """The cells it takes."""
        return cell_len(self.nominal) + cell_len(self.moved) + cell_len(self.raised)


class ComingPanel(TextLines):
    """The words of the rules over the next dates: side by side where the panel is low, else one a line."""

    def show_coming(self, coming: Coming) -> None:
        """Show what comes."""
        self.show_for_width(lambda width: tuple(self._blocks_of(coming, width)))

    def say(self, sentence: str) -> None:
        """Show a sentence in place of the dates."""
        self.show((Block("said", body=sentence, sign=PLAIN, look="muted"),))

    def on_resize(self) -> None:
        """Another height may put the dates otherwise."""
        self._is_stale = True  # the handler of `TextLines` runs next

    def _blocks_of(self, coming: Coming, width: int) -> Iterator[Block]:
        plan = coming.plan
        yield Block("rules", body=recurrence_words(plan.recurrence), sign=PLAIN, look="strong")
        zone = _("times of {zone}").format(zone=plan.zone)
        yield Block("days", body="; ".join([*raising_words(plan.covered), zone]), sign=PLAIN, look="muted")
        if not coming.moments:
            yield Block("none", body=_("Nothing is to come."), sign=PLAIN, look="near")
            return
        dates = [date_of(each, plan) for each in coming.moments]
        widest = max(date.width for date in dates)
        is_low = self.size.height < len(dates) + 4
        across = max(1, (width + BETWEEN) // (widest + BETWEEN)) if is_low else 1
        down = -(-len(dates) // across)
        for place in range(down):
            yield Block(f"date{place}", head=tuple(_cells(dates[place::down], widest)))
        if len(dates) < PREVIEWED:
            yield Block("end", body=_("Then it ends."), sign=PLAIN, look="muted")


def date_of(each: Occurrence, plan: Plan) -> Date:
    """One moment in the place's local time."""
    moved = f" -> {day_text(each.shifted)}" if each.shifted != each.nominal else ""
    raised_on = day_text(local_of(each.raise_at, plan.zone))
    raised = "  " + _("raised {day}").format(day=raised_on) if plan.raising.lead_days else ""
    return Date(day_and_time(each.nominal), moved, raised)


def _cells(dates: Sequence[Date], width: int) -> Iterator[Cell]:
    for date in dates:
        yield Cell(date.nominal)
        yield Cell(date.moved, "near")
        yield Cell(date.raised + " " * (width - date.width + BETWEEN), "muted")
