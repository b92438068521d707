"""Which status a ticket may go to next, and what must be done first: transitions are data, guards are not.

Every path (keyboard, bulk, rule, command line, channel) asks `check`, so none can leave a guard out.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from deskconsole.domain.errors import InvalidInput, Refused
from deskconsole.domain.sentences import mark
from deskconsole.domain.terms import Category

ANY_TYPE = "*"
TICKET_TYPES = ("incident", "request", "visit")
DEFAULT_TICKET_TYPE = "incident"

LABOUR, REASON = "labour", "reason"
GUARDS = frozenset({LABOUR, REASON})
"""`labour`: worked minutes stand on the ticket, net of corrections. `reason`: the person says why."""

DONE = frozenset({Category.RESOLVED, Category.CLOSED})


@dataclass(frozen=True, slots=True)
class Status:
    """A name the desk gives to a category of work; `position` is its place in lists."""

    code: str
    name: str
    category: Category
    position: int


@dataclass(frozen=True, slots=True)
class Transition:
    """One allowed step for tickets of a type (`*`: any), from a status code (None: any) to another."""

    ticket_type: str
    from_status: str | None
    to_status: str
    guards: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the ticket and the act when its status is to change.

    `has_labour`: net minutes are logged on it; `merging` says that a merge asks;
    `restoring` says that undo goes back to a status the ticket had: no transition is needed, guards are.
    """

    has_labour: bool = False
    reason: str = ""
    merging: bool = False
    restoring: bool = False


@dataclass(frozen=True, slots=True)
class Workflow:
    """The desk's statuses and transitions; a type has its own transitions and those of `*` together.

    Raises:
        InvalidInput: a code stands twice, or a transition names a status or guard that is not there.
    """

    statuses: tuple[Status, ...]
    transitions: tuple[Transition, ...]

    def __post_init__(self) -> None:
        codes = {status.code for status in self.statuses}
        if len(codes) < len(self.statuses):
            raise InvalidInput(mark("Two statuses have the same code"))
        for transition in self.transitions:
            for code in (transition.from_status, transition.to_status):
                if code is not None and code not in codes:
                    raise InvalidInput(mark('A transition names the unknown status "{code}"'), code=code)
            for guard in transition.guards - GUARDS:
                raise InvalidInput(mark('A transition names the unknown guard "{guard}"'), guard=guard)

    def status(self, code: str) -> Status:
        """The status with that code.

        Raises:
            InvalidInput: there is none; the sentence names the nearest.
        """
        for status in self.statuses:
            if status.code == code:
                return status
        if near := get_close_matches(code[:40], [status.code for status in self.statuses], n=1):
            raise InvalidInput(
                mark('There is no status "{code}"; did you mean "{near}"?'), code=code[:40], near=near[0]
            )
        raise InvalidInput(mark('There is no status "{code}"'), code=code[:40])

    def category(self, code: str) -> Category:
        """What the status with that code means; raises InvalidInput as `status` does."""
        return self.status(code).category

    @property
    def initial(self) -> Status:
        """The status a ticket begins with: the first of category new.

        Raises:
            InvalidInput: the desk has no such status.
        """
        new = [status for status in self.statuses if status.category is Category.NEW]
        if not new:
            raise InvalidInput(mark("The desk has no status for new tickets"))
        return min(new, key=_place)

    def steps(self, ticket_type: str, from_status: str, to_status: str) -> tuple[Transition, ...]:
        """The transitions that allow this step; all their guards hold."""
        return tuple(
            transition
            for transition in self.transitions
            if transition.to_status == to_status
            and transition.from_status in {None, from_status}
            and transition.ticket_type in {ANY_TYPE, ticket_type}
        )

    def targets(self, ticket_type: str, from_status: str) -> tuple[Status, ...]:
        """The statuses a person may choose next, in their places; guards are asked when they choose.

        Raises:
            InvalidInput: there is no status `from_status`.
        """
        if self.category(from_status) is Category.MERGED:
            return ()
        return tuple(
            status
            for status in sorted(self.statuses, key=_place)
            if status.code != from_status
            and status.category is not Category.MERGED
            and self.steps(ticket_type, from_status, status.code)
        )

    def needs_labour(self, ticket_type: str) -> bool:
        """Whether this type wants labour before it is done: one guarded way in guards every way in."""
        return any(
            LABOUR in transition.guards
            and transition.ticket_type in {ANY_TYPE, ticket_type}
            and self.category(transition.to_status) in DONE
            for transition in self.transitions
        )


def _place(status: Status) -> tuple[int, str]:
    return status.position, status.code


def check(workflow: Workflow, ticket_type: str, from_status: str, to_status: str, facts: Facts) -> None:
    """Refuse a change of status that is no transition or whose guard does not hold; the same status passes.

    Raises:
        Refused: the sentence says what to do first, or where the ticket may go instead.
        InvalidInput: one of the statuses does not exist.
    """
    start, end = workflow.status(from_status), workflow.status(to_status)
    if start == end:
        return
    if Category.MERGED in {start.category, end.category}:
        _check_merge(start, facts)
    elif not facts.restoring and not workflow.steps(ticket_type, from_status, to_status):
        raise _no_way(workflow, ticket_type, start, end)
    guards = _guards(workflow, ticket_type, start, end)
    if LABOUR in guards and not facts.has_labour:
        raise Refused(mark('Log the time worked before the ticket becomes "{status}"'), status=end.name)
    if REASON in guards and not facts.reason.strip():
        raise Refused(mark('Say why the ticket becomes "{status}"'), status=end.name)


def _check_merge(start: Status, facts: Facts) -> None:
    if start.category is Category.MERGED:
        if not facts.restoring:
            raise Refused(mark("This ticket was merged into another: work on that one"))
    elif not facts.merging:
        raise Refused(mark("A ticket becomes merged only by merging it into another one"))


def _guards(workflow: Workflow, ticket_type: str, start: Status, end: Status) -> frozenset[str]:
    """The guards of the step itself, and those that hold on every way to the end of a ticket."""
    guards = {guard for step in workflow.steps(ticket_type, start.code, end.code) for guard in step.guards}
    if end.category in DONE and start.category not in DONE and workflow.needs_labour(ticket_type):
        guards.add(LABOUR)
    if end.category is Category.CANCELLED:
        guards.add(REASON)
    return frozenset(guards)


def _no_way(workflow: Workflow, ticket_type: str, start: Status, end: Status) -> Refused:
    targets = ", ".join(status.name for status in workflow.targets(ticket_type, start.code))
    if not targets:
        return Refused(mark('A ticket stays "{start}"; it can\'t become "{end}"'), start=start.name, end=end.name)
    return Refused(
        mark('A ticket can\'t go from "{start}" to "{end}"; it can go to: {targets}'),
        start=start.name,
        end=end.name,
        targets=targets,
    )


_NAMES = {
    Category.NEW: mark("New"),
    Category.OPEN: mark("Open"),
    Category.IN_PROGRESS: mark("In progress"),
    Category.WAITING_CLIENT: mark("Waiting for client"),
    Category.WAITING_SUPPLIER: mark("Waiting for supplier"),
    Category.PLANNED: mark("Planned"),
    Category.RESOLVED: mark("Resolved"),
    Category.CLOSED: mark("Closed"),
    Category.CANCELLED: mark("Cancelled"),
    Category.MERGED: mark("Merged"),
}
_ACTIVE = tuple(category for category in Category if category.is_open and category is not Category.NEW)
_LABOUR_LOGGED, _REASON_GIVEN = frozenset({LABOUR}), frozenset({REASON})


def _default_transitions() -> tuple[Transition, ...]:
    def step(start: Category, end: Category, guards: frozenset[str] = frozenset()) -> Transition:
        return Transition(ANY_TYPE, start.value, end.value, guards)

    working = [
        transition
        for start in (Category.NEW, *_ACTIVE)
        for transition in (
            *(step(start, end) for end in _ACTIVE if end is not start),
            step(start, Category.RESOLVED, _LABOUR_LOGGED),
            step(start, Category.CLOSED, _LABOUR_LOGGED),
            step(start, Category.CANCELLED, _REASON_GIVEN),
        )
    ]
    reopening = [
        step(Category.RESOLVED, Category.OPEN),
        step(Category.RESOLVED, Category.IN_PROGRESS),
        step(Category.CLOSED, Category.OPEN),
        step(Category.CANCELLED, Category.OPEN),
    ]
    return (*working, step(Category.RESOLVED, Category.CLOSED), *reopening)


DEFAULT_WORKFLOW = Workflow(
    tuple(
        Status(category.value, _NAMES[category], category, position)
        for position, category in enumerate(Category, start=1)
    ),
    _default_transitions(),
)
"""One status a category, the same transitions for every type of ticket: what a new desk begins with."""
