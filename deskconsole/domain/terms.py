"""The field's words, as the closed sets the rules decide over."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Role(StrEnum):
    """What a person of the service company does at the desk."""

    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    DISPATCHER = "dispatcher"
    ENGINEER = "engineer"
    CONTRACTOR = "contractor"
    BI = "bi"  # reads the reporting views with a program of its own, and opens no console


RUNNERS = (Role.ADMIN, Role.SUPERVISOR, Role.DISPATCHER)
"""Whose rights reach as far as what happens by the clock: clocks, alerts, recurring work, bookings of anybody's."""


class Category(StrEnum):
    """The fixed meaning behind a status; names of statuses are data, categories are not."""

    NEW = "new"
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    WAITING_CLIENT = "waiting_client"
    WAITING_SUPPLIER = "waiting_supplier"
    PLANNED = "planned"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    MERGED = "merged"

    @property
    def is_open(self) -> bool:
        """Whether somebody still has work to do on a ticket in this category."""
        return self not in ENDED


ENDED = frozenset({Category.RESOLVED, Category.CLOSED, Category.CANCELLED, Category.MERGED})
WAITING = frozenset({Category.WAITING_CLIENT, Category.WAITING_SUPPLIER})


class Priority(IntEnum):
    """How soon a ticket must be looked at; 1 burns."""

    CRITICAL = 1
    HIGH = 2
    NORMAL = 3
    LOW = 4


class Coverage(StrEnum):
    """The nine outcomes of the coverage decision (design: domain.md, section 4)."""

    COVERED = "covered"
    COVERED_BY_HOURS = "covered_by_hours"
    NOT_IN_LIST = "not_in_list"
    SERVICE_EXCLUDED = "service_excluded"
    EXPIRED = "expired"
    NOT_STARTED = "not_started"
    SUSPENDED = "suspended"
    UNPAID = "unpaid"
    NO_CONTRACT = "no_contract"

    @property
    def is_covered(self) -> bool:
        """Whether the contract pays for the work."""
        return self in {Coverage.COVERED, Coverage.COVERED_BY_HOURS}


class Policy(StrEnum):
    """What the dispatcher does with a call that no contract pays for."""

    REFUSE = "refuse"
    SALES = "sales"
    ONE_OFF = "one_off"
    LOW_PRIORITY = "low_priority"


class Scope(StrEnum):
    """What a contract line covers; from the most specific to the least."""

    UNIT = "unit"
    SITE = "site"
    CLIENT = "client"


class Funding(StrEnum):
    """Who pays under a contract line: the fee, or prepaid hours."""

    FEE = "fee"
    HOURS = "hours"


class PayState(StrEnum):
    """The client's payments as the last import of accounting saw them."""

    PAID = "paid"
    OVERDUE = "overdue"
    UNKNOWN = "unknown"


class TariffMode(StrEnum):
    """What a ticket line costs the client."""

    HOURS = "hours"
    MONEY = "money"
    FREE = "free"


class LineState(StrEnum):
    """Whether a ticket line is a promise (reserved) or done (deducted)."""

    PLANNED = "planned"
    PERFORMED = "performed"
    CANCELLED = "cancelled"


class EntryKind(StrEnum):
    """Why minutes moved in the hour ledger."""

    ACCRUAL = "accrual"
    TOP_UP = "top_up"
    DEDUCTION = "deduction"
    REVERSAL = "reversal"
    EXPIRY = "expiry"
    ADJUSTMENT = "adjustment"


class Channel(StrEnum):
    """How a ticket or message reached the desk."""

    PHONE = "phone"
    EMAIL = "email"
    PORTAL = "portal"
    MESSENGER = "messenger"
    MONITORING = "monitoring"
    CONSOLE = "console"
    CLI = "cli"
    IMPORT = "import"
    SCHEDULE = "schedule"


class Visibility(StrEnum):
    """Who may read a message."""

    PUBLIC = "public"
    INTERNAL = "internal"


class EquipmentStatus(StrEnum):
    """Where a unit stands in its life."""

    IN_USE = "in_use"
    IN_REPAIR = "in_repair"
    SPARE = "spare"
    RETIRED = "retired"


class SlaClock(StrEnum):
    """The clocks of a ticket (design: domain.md, section 3)."""

    ACKNOWLEDGE = "acknowledge"
    FIRST_RESPONSE = "first_response"
    UPDATE = "update"
    ARRIVAL = "arrival"
    RESOLUTION = "resolution"


class ClockState(StrEnum):
    """Whether a clock runs, stands for a while, or is through."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


class AlertKind(StrEnum):
    """Why an alert was raised."""

    THRESHOLD = "threshold"
    UNREAD = "unread"


class Audience(StrEnum):
    """Who hears an alert; `duty` stands in for all in the quiet hours."""

    ASSIGNEE = "assignee"
    LEAD = "lead"
    SUPERVISOR = "supervisor"
    DISPATCH = "dispatch"
    DUTY = "duty"


ENTITIES = (
    "ticket",
    "client",
    "equipment",
    "person",
    "team",
    "service",
    "alert",
    "recurring",
    "calendar",
    "sla",
    "setting",
)
"""What the feed of changes speaks of."""

EVERYTHING: frozenset[tuple[str, int | None]] = frozenset((entity, None) for entity in ENTITIES)
"""What may have changed when nobody can say what did: many rows of each."""
