"""The facts of a personalised instalment agreement (个性化分期还款协议) that rules judge."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from heyue.engine.bad_input import RATE_PLACES_MAX, BadInput, Fields, Findings, decimal_parts
from heyue.engine.lots import CASH_ADVANCE, FEE, INTEREST, PURCHASE
from heyue.engine.menu import PERIODS_WRITABLE_MAX
from heyue.engine.schedule import Schedule, laid_out, read_plan

CARDS_MAX = 100
CLAUSE_LENGTH_MAX = 20_000
FIELDS = (
    "signed_on", "currency", "balance", "structure", "waived", "schedule", "schedule_hash",
    "annualised_rate_simple", "charges_during_plan", "interest_on_fees", "daily_rate", "no_new_card_promise",
    "rights_duties_breach", "other_matters", "collection_stops", "oral", "recording_kept_until_settled",
)  # fmt: skip
_CARD = ("card", PURCHASE, CASH_ADVANCE, INTEREST, FEE)
_CHARGES = ("annual_fee", "interest", "other_fees")


@dataclass(frozen=True)
class Agreement:
    """What an agreement states; None where it is silent."""

    signed_on: date
    currency: str | None
    balance_fen: int
    structure_fen: tuple[int, ...]
    waived_fen: int
    schedule: Schedule
    schedule_hash: str | None
    annualised_rate_simple: Fraction | None
    charges_during_plan: tuple[bool, ...] | None
    interest_on_fees: Fraction
    daily_rate: Fraction | None
    no_new_card_promise: bool
    rights_duties_breach: str | None
    other_matters: str | None
    collection_stops: bool
    oral: bool
    recording_kept_until_settled: bool


def read_agreement(value: Any) -> Agreement:
    """Read an agreement given as JSON; raises BadInput with every bad field.

    Silence is no bad field: that an agreement leaves something out is for the rules to say.
    """
    findings = Findings()
    fields = Fields(value, "", FIELDS, findings)
    signed_on = fields.day("signed_on")
    schedule = _read_schedule(fields)
    rates = {name: fields.ratio(name) if fields.has(name) else None for name in ("interest_on_fees", "daily_rate")}
    structure_fen = _read_structure(fields)
    balance_fen = fields.money("balance", above_zero=True)
    found: dict[str, Any] = {
        "signed_on": signed_on,
        "currency": _text(fields, "currency"),
        "balance_fen": balance_fen,
        "structure_fen": structure_fen,
        "waived_fen": fields.money("waived", 0),
        "schedule_hash": _text(fields, "schedule_hash"),
        "annualised_rate_simple": _rate_shown(fields),
        "charges_during_plan": _read_charges(fields),
        "interest_on_fees": rates["interest_on_fees"] or Fraction(0),
        "daily_rate": rates["daily_rate"],
        "no_new_card_promise": fields.flag("no_new_card_promise", False),
        "rights_duties_breach": _text(fields, "rights_duties_breach"),
        "other_matters": _text(fields, "other_matters"),
        "collection_stops": fields.flag("collection_stops", False),
        "oral": fields.flag("oral", False),
        "recording_kept_until_settled": fields.flag("recording_kept_until_settled", False),
    }
    if schedule is None or findings.errors:
        raise BadInput(findings.errors)
    return Agreement(schedule=schedule, **found)


def _read_schedule(fields: Fields) -> Schedule | None:
    """The schedule's terms as in the contract's section 3, though of any length: the limit is a rule's."""
    if not fields.required("schedule"):
        return None
    at = fields.pointer("schedule")
    before = len(fields.findings.errors)
    plan = read_plan(fields.raw("schedule"), at, fields.findings, PERIODS_WRITABLE_MAX)
    return laid_out(plan) if len(fields.findings.errors) == before else None


def _read_structure(fields: Fields) -> tuple[int, ...]:
    """What the agreement says of each card, each summed over its parts."""
    sums = []
    for index, value in enumerate(fields.array("structure", 0, CARDS_MAX, optional=True)):
        inner = Fields(value, f"{fields.pointer('structure')}/{index}", _CARD, fields.findings)
        inner.text("card")
        sums.append(sum(inner.money(kind, 0) for kind in (PURCHASE, CASH_ADVANCE, INTEREST, FEE)))
    return tuple(sums)


def _read_charges(fields: Fields) -> tuple[bool, ...] | None:
    if not fields.has("charges_during_plan"):
        return None
    inner = fields.child("charges_during_plan", _CHARGES)
    for name in _CHARGES:
        inner.required(name)
    return tuple(inner.flag(name, False) for name in _CHARGES)


def _text(fields: Fields, name: str) -> str | None:
    return fields.text(name, length_max=CLAUSE_LENGTH_MAX) if fields.has(name) else None


def _rate_shown(fields: Fields) -> Fraction | None:
    """An annual rate may exceed 1, therefore it is read as a decimal of its own."""
    name = "annualised_rate_simple"
    if not fields.has(name):
        return None
    parts = decimal_parts(fields.raw(name), RATE_PLACES_MAX) if isinstance(fields.raw(name), str) else None
    if parts is None:
        fields.bad(name, "应为十进制字符串，最多 12 位小数")
        return None
    return Fraction(parts[0], 10 ** parts[1])
