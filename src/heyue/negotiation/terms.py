"""Terms of an offer, judged before they are stored: computable, lawful, and summing to the debt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from heyue import clock
from heyue.application.models import Debt
from heyue.engine.bad_input import BadInput
from heyue.engine.money import yuan
from heyue.engine.refusal import Refusal, words
from heyue.engine.schedule import Schedule, build
from heyue.policy.load import rule

TERM_TOO_LONG = words("期数不能超过 %(limit)s 期：按商业银行信用卡业务监督管理办法第七十条，最长 %(years)s 年。")
MONTHS_A_YEAR = 12


def longest_term(day: date) -> tuple[int, dict[str, object]]:
    """Return the most periods that the law allows on a day, and what fills the places of ``TERM_TOO_LONG``."""
    limit = int(rule("CC-70-2", day).value)
    return limit, {"limit": limit, "years": limit // MONTHS_A_YEAR}


def base_date_is_old(base_date: date | None) -> bool:
    """Whether sums of this base date (基准日) are too old to be put forward. Source: operator's BASE-DATE-DAYS."""
    if base_date is None:
        return False
    days = int(rule("BASE-DATE-DAYS", clock.today()).value)
    return clock.today() > base_date + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Put:
    """Terms that one side puts forward. ``hash`` empty: the platform computes it (desk, borrower)."""

    terms: dict[str, Any]
    waived_fen: int
    interest_after: str = "waived"
    valid_until: date | None = None
    hash: str = ""
    note: str = ""


def judged(put: Put, debt: Debt) -> Schedule:
    """Return the schedule of the terms. Raises ``Refusal`` naming the field and the rule.

    Source: 商业银行信用卡业务监督管理办法 第七十条 (longest term); design.md section 1 (waiver, valid_until).
    """
    limit, said = longest_term(clock.today())
    asked = put.terms.get("periods")
    if isinstance(asked, int) and asked > limit:  # said as the law's limit, before the engine calls it out of bounds
        raise Refusal("term-too-long", TERM_TOO_LONG, field="periods", status=422, params=said)
    try:
        schedule = build(put.terms)
    except BadInput as bad:
        pointer, detail = bad.errors[0]
        raise Refusal("terms-bad", detail, field=pointer.lstrip("/") or "terms", status=422) from bad
    plan = schedule.plan
    if not 0 <= put.waived_fen <= debt.waivable_fen:
        raise Refusal("waiver-too-large", words("减免不能超过可减免的数。"), field="waived", status=422)
    if plan.principal_fen != debt.balance_fen - put.waived_fen:
        raise Refusal(
            "principal-differs",
            words("本金应当是 ¥%(right)s：欠款减去减免。"),
            field="principal",
            status=422,
            params={"right": yuan(debt.balance_fen - put.waived_fen)},
        )
    if put.hash and put.hash != schedule.hash:
        raise Refusal("hash-mismatch", words("还款表的哈希和我们算的不一致，请核对条件。"), field="hash", status=422)
    if put.interest_after not in ("waived", "added"):
        raise Refusal("interest-after", words("写明基准日以后的利息怎么算。"), field="interest_after", status=422)
    if plan.first_due_on <= clock.today():
        raise Refusal("first-due-past", words("第一期的还款日要在今天以后。"), field="first_due", status=422)
    _must_stand_long_enough(put, plan.first_due_on)
    return schedule


def _must_stand_long_enough(put: Put, first_due_on: date) -> None:
    if put.valid_until is None:
        return
    if not clock.today() <= put.valid_until < first_due_on:
        raise Refusal(
            "valid-until",
            words("有效期要在今天以后、第一期还款日以前。"),
            field="valid_until",
            status=422,
        )
