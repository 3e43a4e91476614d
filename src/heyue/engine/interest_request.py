"""What ``interest`` is asked: a card's terms, how the account stood, what happened since, and until when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from heyue.engine.bad_input import BadInput, Fields, Findings
from heyue.engine.billing_cycle import Cycle

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


def read_request(request: Mapping[str, Any]) -> Request:
    """Read a request given as JSON; raises BadInput with every bad field."""
    findings = Findings()
    fields = Fields(request, "", ("terms", "opening", "events", "until", "detail"), findings)
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
    if terms is None or findings.errors:
        raise BadInput(findings.errors)
    kept = sorted((event for event in events if event.on <= until), key=lambda event: event.on)
    return Request(terms, opening, tuple(kept), until, detail)


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
