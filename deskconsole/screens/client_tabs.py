"""The tabs of the client card as blocks of text: values in, lines out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from itertools import groupby

from deskconsole.data.queries.clients import ClientCard, ContactRow, ContractLineRow, ContractRow, MonthTime, UnitRow
from deskconsole.data.queries.hours import Balance, EntryRow, LotRow
from deskconsole.data.queries.tickets import QueueRow
from deskconsole.domain.countdown import duration_text
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Coverage, EntryKind, EquipmentStatus, Funding, Scope
from deskconsole.i18n import _, ngettext, say
from deskconsole.screens.client_words import balance_words
from deskconsole.screens.text_lines import Block
from deskconsole.screens.ticket_columns import due_cell, status_words
from deskconsole.screens.unit_past import STATUS_WORDS
from deskconsole.widgets.bars import LEFT, RESERVED, USED, bar, tree_lines
from deskconsole.widgets.cells import coverage_cell
from deskconsole.widgets.line_columns import Cell

ENDS_SOON_DAYS = 30
BAR_LOOKS = {USED: "muted", RESERVED: "soon", LEFT: "covered"}
ENTRY_WORDS = {
    EntryKind.ACCRUAL: mark("accrued"),
    EntryKind.TOP_UP: mark("bought"),
    EntryKind.DEDUCTION: mark("spent"),
    EntryKind.REVERSAL: mark("given back"),
    EntryKind.EXPIRY: mark("expired"),
    EntryKind.ADJUSTMENT: mark("adjusted"),
}


@dataclass(frozen=True)
class ClientRead:
    """A client with all the card shows but the list of tickets; `marks` is the coverage of each unit today."""

    card: ClientCard
    balance: Balance
    lots: tuple[LotRow, ...]
    ledger: tuple[EntryRow, ...]
    marks: Mapping[int, Coverage]
    months: tuple[MonthTime, ...]
    open_tickets: tuple[QueueRow, ...]
    today: date
    zone: tzinfo


# --- overview ----------------------------------------------------------------------------------------------


def overview(read: ClientRead, now: datetime, width: int) -> tuple[Block, ...]:
    """Contracts, hours, open tickets and whom to call, at one glance."""
    return tuple(_overview(read, now, width))


def _overview(read: ClientRead, now: datetime, width: int) -> Iterator[Block]:
    card = read.card
    yield heading("contracts", _("Contracts"))
    if not card.contracts:
        yield Block("contracts:none", (Cell("  "), Cell(f"x {_('no contract')}", "uncovered")))
    for contract in _best_first(read):
        state = contract_state(contract, read.today)
        yield Block(
            f"contract:{contract.id}",
            (Cell("  "), Cell(f"{contract.number}  ", "strong"), state, Cell(f"  {contract.title}", "muted")),
        )
    yield heading("hours", _("Prepaid hours"))
    yield Block("hours:balance", (Cell("  "), balance_words(read.balance)))
    for lot in read.lots:
        if lot.remaining > 0:
            yield lot_block(lot, read.today, width, key="overview")
    title = ngettext("{count} open ticket", "{count} open tickets", card.open_tickets).format(count=card.open_tickets)
    yield heading("tickets", title)
    local = now.astimezone(read.zone)
    for row in read.open_tickets:
        due = due_cell(row, local)
        yield Block(
            f"ticket:{row.id}",
            (
                Cell(f"  {row.id:>7}  ", "muted"),
                Cell(f"{due.text:<15} ", due.look),
                Cell(f"{status_words(row)}  ", "strong" if row.is_unread else "muted"),
                Cell(row.subject[:200]),
            ),
        )
    if card.open_tickets > len(read.open_tickets):
        yield Block("ticket:more", (Cell("  "), Cell(_("6 shows all"), "muted")))
    yield heading("contacts", _("Whom to call"))
    for contact in card.contacts[:5]:
        words = "  ".join(filter(None, (contact.phone, contact.position, contact.email)))
        yield Block(f"contact:{contact.id}", (Cell(f"  {contact.name}  "), Cell(words, "muted")))
    units = len(card.units)
    uncovered = sum(1 for unit in card.units if not read.marks[unit.id].is_covered)
    words = ngettext("{count} unit of equipment", "{count} units of equipment", units).format(count=units)
    yield heading("units", words)
    if units:
        sign = Cell(f"x {_('{count} not covered').format(count=uncovered)}", "uncovered")
        yield Block("units:covered", (Cell("  "), sign if uncovered else Cell(f"+ {_('all covered')}", "covered")))


def heading(key: str, title: str) -> Block:
    """A title over a part of a tab."""
    return Block(f"heading:{key}", (Cell(f"{title}", "strong"),))


# --- contracts ---------------------------------------------------------------------------------------------


def contract_state(contract: ContractRow, today: date) -> Cell:
    """Whether a contract is in force today; loud when it is not."""
    if contract.ends_on is not None and contract.ends_on < today:
        return Cell(f"x {_('EXPIRED on {day}').format(day=contract.ends_on)}", "overdue")
    if contract.starts_on > today:
        return Cell(f"x {_('not started, from {day}').format(day=contract.starts_on)}", "final")
    if contract.is_suspended:
        return Cell(f"x {_('SUSPENDED')}", "overdue")
    if contract.ends_on is None:
        return Cell(f"+ {_('in force, no end')}", "covered")
    days = (contract.ends_on - today).days
    if days <= ENDS_SOON_DAYS:
        return Cell(f"▲ {_('ends on {day}, in {days} d').format(day=contract.ends_on, days=days)}", "near")
    return Cell(f"+ {_('in force until {day}').format(day=contract.ends_on)}", "covered")


def _best_first(read: ClientRead) -> list[ContractRow]:
    """The contracts in force first, the others after them, in their order."""
    today = read.today
    return sorted(
        read.card.contracts,
        key=lambda row: row.is_suspended or row.starts_on > today or (row.ends_on is not None and row.ends_on < today),
    )


def contracts(read: ClientRead) -> tuple[Block, ...]:
    """Each contract with the terms of the version in force, and what each line covers."""
    blocks: list[Block] = []
    for contract in _best_first(read):
        key = f"contract:{contract.id}"
        state = contract_state(contract, read.today)
        title = f"  {contract.title}" if contract.title else ""
        blocks.append(Block(key, (Cell(f"{contract.number}{title}  ", "strong"), state)))
        blocks.append(Block(f"{key}:terms", body=_terms(contract), look="muted"))
        for line in contract.lines:
            blocks.append(Block(f"{key}:{line.id}", line_cells(line)))
            if services := _services(line):
                blocks.append(Block(f"{key}:{line.id}:services", body=services, sign=Cell("      "), look="muted"))
        if not contract.lines:
            blocks.append(Block(f"{key}:empty", (Cell(f"  x {_('it covers nothing yet')}", "uncovered"),)))
        blocks.append(Block(f"{key}:end", (Cell(" "),)))
    return tuple(blocks)


def _terms(contract: ContractRow) -> str:
    parts = [
        _("version {number}, in force from {day}").format(number=contract.versions, day=contract.effective_from),
        _("starts {day}").format(day=contract.starts_on),
    ]
    if contract.must_be_paid:
        parts.append(_("stops when unpaid for {days} d").format(days=contract.grace_days))
    else:
        parts.append(_("goes on when unpaid"))
    if contract.charge_unit_minutes:
        parts.append(_("charged by {count} min").format(count=contract.charge_unit_minutes))
    if contract.minutes_per_month:
        parts.append(_("{time} a month").format(time=say(duration_text(contract.minutes_per_month))))
    return ", ".join(parts)


def line_cells(line: ContractLineRow) -> tuple[Cell, ...]:
    """What a contract line covers and who pays."""
    if line.scope is Scope.CLIENT:
        what = _("all equipment of the client")
    elif line.scope is Scope.SITE:
        what = _("all at {site}").format(site=line.site or "?")
    else:
        what = line.equipment or "?"
        if line.includes_children:
            what = f"{what} {_('with its parts')}"
    pays = Cell(_("by the fee"), "covered") if line.funding is Funding.FEE else Cell(_("by prepaid hours"), "hours")
    return Cell("  ├ ", "muted"), pays, Cell(f"  {what}")


def _services(line: ContractLineRow) -> str:
    parts = []
    if line.included_services:
        parts.append(_("only: {services}").format(services=", ".join(map(_name, line.included_services))))
    if line.excluded_services:
        parts.append(_("not: {services}").format(services=", ".join(map(_name, line.excluded_services))))
    return "; ".join(parts)


def _name(service: str) -> str:
    return _(service) if service else service


# --- hours -------------------------------------------------------------------------------------------------


def hours(read: ClientRead, width: int) -> tuple[Block, ...]:
    """Lots as bars, then the ledger, newest first."""
    blocks = [Block("balance", (balance_words(read.balance),))]
    blocks += [lot_block(lot, read.today, width, key="lot") for lot in read.lots]
    if read.lots:
        legend = (Cell("  "), *bar_cells(1, 0, 1, 1), Cell(f" {_('spent')}  "), Cell(RESERVED, BAR_LOOKS[RESERVED]))
        rest = (Cell(f" {_('reserved')}  "), Cell(LEFT, BAR_LOOKS[LEFT]), Cell(f" {_('left')}"))
        blocks.append(Block("legend", (*legend, *rest)))
        blocks.append(Block("gap", (Cell(" "),)))
        blocks.append(heading("ledger", _("Ledger")))
    blocks += [_entry(entry, read.zone) for entry in read.ledger]
    return tuple(blocks)


def lot_block(lot: LotRow, today: date, width: int, *, key: str) -> Block:
    """A lot: its bar, what is left of what, until when, under which contract."""
    total = max(lot.granted, lot.remaining)
    cells = bar_cells(total - lot.remaining, lot.reserved, total, max(8, min(30, width // 4)))
    left = _("{left} of {total}").format(left=say(duration_text(lot.remaining)), total=say(duration_text(total)))
    words = [left]
    if lot.reserved:
        words.append(_("{time} reserved").format(time=say(duration_text(lot.reserved))))
    until = Cell(f"  {_('no end')}", "muted")
    if lot.expires_on is not None:
        days = (lot.expires_on - today).days
        if days < 0:
            until = Cell(f"  x {_('EXPIRED on {day}').format(day=lot.expires_on)}", "final")
        elif days <= ENDS_SOON_DAYS and lot.free > 0:
            until = Cell(f"  ▲ {_('until {day}').format(day=lot.expires_on)}", "near")
        else:
            until = Cell(f"  {_('until {day}').format(day=lot.expires_on)}", "muted")
    bought = _("bought {day}").format(day=lot.bought_on)
    more = "  " + "  ".join(filter(None, (lot.contract_number, bought, lot.note)))
    return Block(f"{key}:{lot.id}", (Cell("  "), *cells, Cell(f" {', '.join(words)}"), until, Cell(more, "muted")))


def bar_cells(used: int, reserved: int, total: int, width: int) -> tuple[Cell, ...]:
    """A bar as cells, one for each of its parts."""
    drawn = bar(used, reserved, total, width).plain
    return tuple(Cell("".join(part), BAR_LOOKS[sign]) for sign, part in groupby(drawn))


def _entry(entry: EntryRow, zone: tzinfo) -> Block:
    word = _(ENTRY_WORDS[EntryKind(entry.kind)]) if entry.kind in set(EntryKind) else entry.kind
    sign = "+" if entry.minutes > 0 else ""
    amount = f"{sign}{say(duration_text(entry.minutes))}"
    parts = [f"#{entry.ticket_id}" if entry.ticket_id is not None else "", entry.person, entry.reason]
    head = (
        Cell(f"  {entry.at.astimezone(zone):%Y-%m-%d %H:%M}  ", "muted"),
        Cell(f"{amount:>10}  ", "covered" if entry.minutes > 0 else "soon"),
        Cell(f"{word:<12} "),
        Cell("  ".join(filter(None, parts)), "muted"),
    )
    return Block(f"entry:{entry.id}", head)


# --- equipment ---------------------------------------------------------------------------------------------


def units(read: ClientRead) -> tuple[Block, ...]:
    """The equipment as trees, site by site, with a coverage mark on each unit."""
    by_id = {unit.id: unit for unit in read.card.units}
    sites = {site.id: ", ".join(filter(None, (site.city, site.name))) for site in read.card.sites}
    blocks: list[Block] = []
    site: int | None = -1
    for unit_id, prefix in tree_lines({unit.id: unit.parent_id for unit in read.card.units}):
        unit = by_id[unit_id]
        if not prefix and unit.site_id != site:
            site = unit.site_id
            title = sites.get(site, "") if site is not None else ""
            blocks.append(Block(f"site:{site}:{unit_id}", (Cell(title or _("no site"), "strong"),)))
        blocks.append(Block(f"unit:{unit_id}", _unit(unit, prefix, read.marks[unit_id])))
    return tuple(blocks)


def _unit(unit: UnitRow, prefix: str, covered: Coverage) -> tuple[Cell, ...]:
    sign = coverage_cell(covered, word=False)
    cells = [Cell("  "), Cell(f"{sign.text} ", sign.look), Cell(prefix, "muted"), Cell(unit.name)]
    if unit.serial_number:
        cells.append(Cell(f"  {unit.serial_number}", "muted"))
    if unit.status is not EquipmentStatus.IN_USE:
        cells.append(Cell(f"  {_(STATUS_WORDS[unit.status])}", "soon"))
    if not covered.is_covered:
        word = coverage_cell(covered).text.partition(" ")[2]
        cells.append(Cell(f"  {word}", "uncovered"))
    return tuple(cells)


# --- sites, contacts, time ---------------------------------------------------------------------------------


def sites(read: ClientRead) -> tuple[Block, ...]:
    """Each site with its people, then the people of no site."""
    blocks: list[Block] = []
    for entity in read.card.entities:
        words = "  ".join(filter(None, (entity.tax_number, entity.country)))
        blocks.append(Block(f"entity:{entity.id}", (Cell(f"{entity.name}  "), Cell(words, "muted"))))
    places = [(site.id, ", ".join(filter(None, (site.city, site.name))), site) for site in read.card.sites]
    known = {site.id for site in read.card.sites}
    for site_id, title, site in places:
        blocks.append(Block(f"site:{site_id}", (Cell(title, "strong"), Cell(f"  {site.zone}", "muted"))))
        if site.address:
            blocks.append(Block(f"site:{site_id}:address", body=site.address))
        blocks += [_contact(contact) for contact in read.card.contacts if contact.site_id == site_id]
    others = [contact for contact in read.card.contacts if contact.site_id not in known]
    if others:
        blocks.append(heading("others", _("Contacts of no site")))
        blocks += [_contact(contact) for contact in others]
    return tuple(blocks)


def _contact(contact: ContactRow) -> Block:
    words = "  " + "  ".join(filter(None, (contact.phone, contact.position, contact.email)))
    return Block(f"contact:{contact.id}", (Cell(f"  {contact.name}"), Cell(words, "muted")))


def months(read: ClientRead, width: int) -> tuple[Block, ...]:
    """Time spent in each month: worked and charged, with a bar of the worked."""
    most = max((month.worked for month in read.months), default=0)
    blocks = []
    for month in read.months:
        drawn = USED * (max(1, month.worked * max(4, width // 3) // most) if month.worked > 0 and most else 0)
        count = ngettext("{count} ticket", "{count} tickets", month.tickets).format(count=month.tickets)
        words = _("{worked} worked, {charged} charged").format(
            worked=say(duration_text(month.worked)), charged=say(duration_text(month.charged))
        )
        head = (Cell(f"{month.year}-{month.month:02d}  ", "strong"), Cell(f"{words}, {count}  "), Cell(drawn, "hours"))
        blocks.append(Block(f"month:{month.year}-{month.month}", head))
    return tuple(blocks)
