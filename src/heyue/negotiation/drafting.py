"""Drafting a bank's offer at the desk: from what an officer types to terms, judged before they are put."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from heyue import clock
from heyue.application.models import Debt
from heyue.banks.reads import menu
from heyue.documents.figures import percent, rmb
from heyue.engine.bad_input import plain
from heyue.engine.money import fen, yuan
from heyue.engine.months import months_after
from heyue.engine.refusal import words
from heyue.engine.schedule import Schedule
from heyue.negotiation.terms import Put, judged
from heyue.policy.load import Record, rule

INTEREST_FREE = "interest_free"
METHODS = {
    "equal_instalment": words("等额本息"),
    "equal_principal": words("等额本金"),
    "flat_fee": words("固定手续费"),
    INTEREST_FREE: words("免息"),
}
VALID_DAYS = 14
DUE_DAY_IF_NONE = 18
MONTHS_AHEAD_MAX = 12
CONTENTS_RULE = "CC-70-3"


@dataclass(frozen=True, slots=True)
class Draft:
    """What an officer chooses. ``rate`` is a monthly or annual ratio (0.002 is 0.20 %), nought when free."""

    periods: int
    down_payment_fen: int
    method: str
    rate: Fraction
    rate_name: str
    due_day: int
    waived_fen: int
    interest_after: str
    valid_until: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One rule that the draft was held against: the finding (a message id with places), the record behind it."""

    fits: bool
    message: str
    params: dict[str, object]
    record: Record


def first_due_on(due_day: int, valid_until: date) -> date:
    """Return the first due date: the due day of next month, later where the offer would stand beyond it."""
    today = clock.today()
    count = 1
    while months_after(today, count, due_day) <= valid_until and count < MONTHS_AHEAD_MAX:
        count += 1
    return months_after(today, count, due_day)


def put_of(draft: Draft, debt: Debt) -> Put:
    """Return the draft as terms for this debt."""
    terms: dict[str, Any] = {
        "principal": yuan(debt.balance_fen - draft.waived_fen),
        "down_payment": yuan(draft.down_payment_fen),
        "periods": draft.periods,
        "method": draft.method,
        "first_due": first_due_on(draft.due_day, draft.valid_until).isoformat(),
        "due_day": draft.due_day,
    }
    if draft.method != INTEREST_FREE:
        terms[draft.rate_name] = plain(draft.rate)
    return Put(terms, draft.waived_fen, draft.interest_after, draft.valid_until, note=draft.note)


def as_asked(debt: Debt) -> Draft:
    """Return the draft that an officer begins with: what the borrower asked, by the bank's own menu."""
    asked = debt.asked_terms
    rate_name = "annual_rate" if "annual_rate" in asked else "monthly_rate"
    standing = menu(debt.bank_id, clock.today()) or {}
    return Draft(
        periods=int(asked["periods"]),
        down_payment_fen=fen(str(asked.get("down_payment", "0.00"))),
        method=str(asked["method"]),
        rate=Fraction(str(asked.get(rate_name, "0"))),
        rate_name=rate_name,
        due_day=int(asked.get("due_day") or standing.get("due_day") or DUE_DAY_IF_NONE),
        waived_fen=debt.asked_waived_fen,
        interest_after=debt.interest_after,
        valid_until=clock.today() + timedelta(days=VALID_DAYS),
    )


def checks(schedule: Schedule, put: Put, debt: Debt) -> tuple[Check, ...]:
    """Hold judged terms against the law, one line for each rule, with its article and grade."""
    today = clock.today()
    longest, annual, fees = rule("CC-70-2", today), rule("PB-2021-3", today), rule("PB-111-FEE", today)
    simple, _effective = schedule.annual_rates
    fees_left_fen = max(0, sum(int(card["fee_fen"]) for card in debt.structure) - put.waived_fen)
    free = schedule.total_interest_fen == 0 or fees_left_fen == 0
    return (
        Check(
            schedule.plan.periods <= int(longest.value),
            words("期数 %(periods)s，不超过 %(limit)s"),
            {"periods": schedule.plan.periods, "limit": longest.value},
            longest,
        ),
        Check(True, words("年化按内部收益率折算，写在协议首行：%(rate)s"), {"rate": percent(simple)}, annual),
        Check(
            free,
            words("违约金不计息") if free else words("本金里还有违约金 %(fees)s，对它不能收利息，先看能不能减免"),
            {"fees": rmb(fees_left_fen)},
            fees,
        ),
        Check(True, words("协议按六项必备内容写"), {}, rule(CONTENTS_RULE, today)),
    )


def try_out(draft: Draft, debt: Debt) -> tuple[Put, Schedule]:
    """Return the draft's terms and their schedule. Raises the refusals of ``judged``, each at its field."""
    put = put_of(draft, debt)
    return put, judged(put, debt)
