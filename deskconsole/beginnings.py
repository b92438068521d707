"""The ways a new desk begins: with the demo company, with files of one's own, or empty."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from deskconsole.domain.errors import InvalidInput
from deskconsole.domain.sentences import Sentence, mark
from deskconsole.i18n import _, say

Tell = Callable[[str], None]
SERVICENOW = "servicenow_audit_log"


def empty(location: str) -> str:
    """Make an empty desk whose administrator is the user."""
    from deskconsole.desk import opening

    opening.create_desk(location)
    return _("The desk is yours and empty. n registers the first call.")


def demo(location: str, tell: Tell) -> str:
    """Make a desk and fill it with the demo company; the user works there as its administrator."""
    from deskconsole.desk import demo as desks

    empty(location)
    desks.fill(
        location,
        progress=lambda what, done, total: tell(
            _("Making the demo desk: {what} {done} of {total}").format(what=say(Sentence(what)), done=done, total=total)
        ),
    )
    return _("This is the demo company; delete {path} to begin anew.").format(path=location)


def import_file(location: str, what: str, path: Path, tell: Tell) -> str:
    """Make a desk, if there is none yet, and take a file of clients, equipment, contracts or tickets in."""
    from deskconsole.desk import opening
    from deskconsole.exchange.books import import_books
    from deskconsole.exchange.tickets import import_tickets

    if not path.is_file():
        raise InvalidInput(mark("There is no file {path}."), path=path)
    if not Path(location).exists():
        empty(location)
    report = Path(location).with_name("import-report.csv")

    def progress(done: int, total: int | None) -> None:
        share = f"{100 * done // total} %" if total else f"{done:,}"
        tell(_("Importing {file}: {share}").format(file=path.name, share=share))

    desk = opening.open_desk(location)
    try:
        if what == "tickets":
            summary = import_tickets(desk, path, SERVICENOW, report_path=report, progress=progress)
        else:
            summary = import_books(desk, what, path, report_path=report, progress=progress)
    finally:
        desk.close()
    words = _("{taken} taken in, {left} rows left out.").format(taken=summary.taken, left=summary.left_out)
    if summary.report_path is not None:
        words += " " + _("All rows with problems are in {path}").format(path=summary.report_path)
    return words
