"""What ``interest`` is asked: a card's terms, how the account stood, what happened since, and until when."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

from heyue.engine.bad_input import BadInput, Fields, Findings, plain, read_date
from heyue.engine.billing_cycle import Cycle
from heyue.engine.statement import Rate

EVENTS_MAX = 100_000
METHODS = ("full", "partial")
KINDS = ("purchase", "cash_advance", "payment", "refund", "fee")
DAILY_RATE_MAX = Fraction(1, 100)
_TERMS = (
    "daily_rate", "method", "statement_day", "due_day", "due_after_days", "grace_days", "tolerance",
    "minimum_ratio", "late_fee_ratio", "late_fee_minimum", "count_payment_day", "compound",
)  # fmt: skip
_OPENING = ("date", "purchase", "cash_advance", "interest", "fee", "credit", "overdue_since")
_EVENT = ("date", "kind", "amount")
_REQUEST = ("terms", "opening", "events", "until", "detail", "terms_changes", "owed_on", "what_if")
_CHANGE = ("from", "daily_rate", "method", "tolerance", "minimum_ratio", "late_fee_ratio", "late_fee_minimum")
CHANGES_MAX = 50
OWED_DAYS_MAX = 60
WHAT_IFS_MAX = 20


@dataclass(frozen=True)
class Terms:
    """A card's terms of interest and late fees; ``method`` is full (全额计息) or partial (差额计息)."""

    daily_rate: Fraction
    method: str
    cycle: Cycle
    tolerance_fen: int
    minimum_ratio: Fraction
    late_fee_ratio: Fraction
    late_fee_minimum_fen: int
    count_payment_day: bool
    compound: bool


@dataclass(frozen=True)
class Opening:
    """How the account stood at the start of a day, past its interest-free period."""

    on: date
    purchase_fen: int
    cash_advance_fen: int
    interest_fen: int
    fee_fen: int
    credit_fen: int
    overdue_since: date | None


@dataclass(frozen=True, slots=True)
class Event:
    """One posting of the account."""

    on: date
    kind: str
    amount_fen: int


@dataclass(frozen=True)
class Request:
    """All that the interest of one account depends on; events stand by date, then as given."""

    terms: Terms
    opening: Opening | None
    events: tuple[Event, ...]
    until: date
    detail: bool
    changes: tuple[tuple[date, Terms], ...] = ()
    owed_on: tuple[date, ...] = ()
    what_if: tuple[Event, ...] = ()

    @cached_property
    def rates(self) -> tuple[Rate, ...]:
        """The daily rates by the day from which each is in force; a change that keeps the rate parts no line."""
        found = [Rate(0, self.terms.daily_rate, plain(self.terms.daily_rate))]
        for since, terms in self.changes:
            if terms.daily_rate != found[-1].value:
                found.append(Rate(since.toordinal(), terms.daily_rate, plain(terms.daily_rate)))
        return tuple(found)


def read_request(request: Mapping[str, Any]) -> Request:
    """Read a request given as JSON; raises BadInput with every bad field."""
    findings = Findings()
    fields = Fields(request, "", _REQUEST, findings)
    terms = None
    if fields.required("terms"):
        terms = read_terms(fields.raw("terms"), "/terms", findings)
    opening = _read_opening(fields) if fields.has("opening") else None
    starts_on = opening.on if opening else None
    events = _read_events(fields, starts_on)
    until = fields.day("until")
    if starts_on and fields.ok("until") and until < starts_on:
        fields.bad("until", "早于期初日期")
    detail = fields.flag("detail", False)
    changes = _read_changes(fields, terms)
    owed_on = _read_days(fields, starts_on, until)
    what_if = _read_what_if(fields, starts_on, until)
    if terms is None or findings.errors:
        raise BadInput(findings.errors)
    kept = sorted((event for event in events if event.on <= until), key=lambda event: event.on)
    return Request(terms, opening, tuple(kept), until, detail, changes, owed_on, what_if)


def read_terms(value: object, at: str, findings: Findings) -> Terms:
    """Read a card's terms; what is wrong goes to ``findings``."""
    fields = Fields(value, at, _TERMS, findings)
    return Terms(
        daily_rate=fields.ratio("daily_rate", most=DAILY_RATE_MAX),
        method=fields.choice("method", METHODS),
        cycle=_read_cycle(fields),
        tolerance_fen=fields.money("tolerance", 0),
        minimum_ratio=fields.ratio("minimum_ratio", "0.10"),
        late_fee_ratio=fields.ratio("late_fee_ratio", "0"),
        late_fee_minimum_fen=fields.money("late_fee_minimum", 0),
        count_payment_day=fields.flag("count_payment_day", False),
        compound=fields.flag("compound", True),
    )


def _read_cycle(fields: Fields) -> Cycle:
    given = [name for name in ("due_day", "due_after_days") if fields.has(name)]
    statement_day = fields.whole("statement_day", 1, 31)
    days = {name: fields.whole(name, 1, 31) for name in given}
    cycle = Cycle(statement_day, days.get("due_day"), days.get("due_after_days"), fields.whole("grace_days", 0, 30, 0))
    if not given:
        fields.required("due_day")
    elif len(given) == 2:
        fields.bad("due_after_days", "due_day 和 due_after_days 只能给一个")
    elif fields.ok("statement_day", "grace_days", *given) and not cycle.is_judged_in_time():
        fields.bad(given[0], "加上容时后会晚于下一个账单日")
    return cycle


def _read_opening(fields: Fields) -> Opening | None:
    inner = fields.child("opening", _OPENING)
    opening = Opening(
        on=inner.day("date"),
        purchase_fen=inner.money("purchase", 0),
        cash_advance_fen=inner.money("cash_advance", 0),
        interest_fen=inner.money("interest", 0),
        fee_fen=inner.money("fee", 0),
        credit_fen=inner.money("credit", 0),
        overdue_since=inner.day("overdue_since") if inner.raw("overdue_since") is not None else None,
    )
    if not inner.ok("date"):
        return None
    if opening.overdue_since and inner.ok("overdue_since") and opening.overdue_since > opening.on:
        inner.bad("overdue_since", "晚于期初日期")
    return opening


def _read_events(fields: Fields, starts_on: date | None) -> list[Event]:
    events = []
    for index, value in enumerate(fields.array("events", 0, EVENTS_MAX)):
        inner = Fields(value, f"/events/{index}", _EVENT, fields.findings)
        event = Event(inner.day("date"), inner.choice("kind", KINDS), inner.money("amount", above_zero=True))
        if starts_on and inner.ok("date") and event.on < starts_on:
            inner.bad("date", "早于期初日期")
        events.append(event)
    return events


def _read_changes(fields: Fields, terms: Terms | None) -> tuple[tuple[date, Terms], ...]:
    """Terms that change on a date: each entry names what is other from its day on; the billing cycle stays."""
    if not fields.has("terms_changes") or terms is None:
        return ()
    found: list[tuple[date, Terms]] = []
    for index, value in enumerate(fields.array("terms_changes", 1, CHANGES_MAX)):
        inner = Fields(value, f"/terms_changes/{index}", _CHANGE, fields.findings)
        since = inner.day("from")
        if found and inner.ok("from") and since <= found[-1][0]:
            inner.bad("from", "应晚于前一次变更")
        terms = replace(terms, **{attribute: read(inner) for name, attribute, read in _CHANGED if inner.has(name)})
        found.append((since, terms))
    return tuple(found)


_CHANGED: tuple[tuple[str, str, Callable[[Fields], Any]], ...] = (
    ("daily_rate", "daily_rate", lambda inner: inner.ratio("daily_rate", most=DAILY_RATE_MAX)),
    ("method", "method", lambda inner: inner.choice("method", METHODS)),
    ("tolerance", "tolerance_fen", lambda inner: inner.money("tolerance")),
    ("minimum_ratio", "minimum_ratio", lambda inner: inner.ratio("minimum_ratio")),
    ("late_fee_ratio", "late_fee_ratio", lambda inner: inner.ratio("late_fee_ratio")),
    ("late_fee_minimum", "late_fee_minimum_fen", lambda inner: inner.money("late_fee_minimum")),
)


def _read_days(fields: Fields, starts_on: date | None, until: date) -> tuple[date, ...]:
    """Days on which it is asked what is owed."""
    if not fields.has("owed_on"):
        return ()
    days = []
    for index, text in enumerate(fields.array("owed_on", 1, OWED_DAYS_MAX)):
        day = read_date(text)
        if day is None or (fields.ok("until") and day > until) or (starts_on and day < starts_on):
            fields.findings.add(f"/owed_on/{index}", "应为从期初到 until 的日期，写作 YYYY-MM-DD")
        days.append(day or until)
    return tuple(days)


def _read_what_if(fields: Fields, starts_on: date | None, until: date) -> tuple[Event, ...]:
    """Payments of which it is asked, each by itself, what they would save."""
    if not fields.has("what_if"):
        return ()
    payments = []
    for index, value in enumerate(fields.array("what_if", 1, WHAT_IFS_MAX)):
        inner = Fields(value, f"/what_if/{index}", ("date", "amount"), fields.findings)
        on, amount_fen = inner.day("date"), inner.money("amount", above_zero=True)
        if inner.ok("date") and ((fields.ok("until") and on > until) or (starts_on and on < starts_on)):
            inner.bad("date", "应在期初和 until 之间")
        payments.append(Event(on, "payment", amount_fen))
    return tuple(payments)
