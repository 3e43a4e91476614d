"""When an instalment cannot be paid as agreed (提前预警): what to ask for, and telling the bank before the day.

Source: 商业银行信用卡业务监督管理办法 第七十条; the agreement's clauses 5.3 to 5.5 and 5.10.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from heyue import clock
from heyue.acts import current, note, verb
from heyue.banks.outbox import enqueue_event
from heyue.engine.early_warning import warn
from heyue.engine.money import fen, yuan
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal, words
from heyue.engine.schedule import build
from heyue.execution.models import EarlyWarning, Plan
from heyue.execution.reads import is_paid, warnings
from heyue.vault import keyring

WORDS_CHARS_MAX = 500
Wish = EarlyWarning.Wish
WISHES: dict[str, str] = {
    Wish.LATER: words("晚几天，一次还清这一期"),
    Wish.PART: words("这一期先还一部分"),
    Wish.DEFERRAL: words("往后推几个月"),
    Wish.LONGER_TERM: words("拉长期数，每月少还一点"),
}


@dataclass(frozen=True, slots=True)
class Replan:
    """The smallest change that fits: its kind, terms and hash, the new instalment and what it costs more, in fen."""

    wish: str
    terms: dict[str, Any]
    hash: str
    instalment_fen: int
    costs_more_fen: int
    periods: int
    months: int


def replan(one: Plan, this_month_fen: int, later_fen: int, grace_days: int) -> Replan | None:
    """Ask the engine for the smallest change under which a plan from ``reads.visible`` can be paid.

    ``this_month_fen`` and ``later_fen`` are what can be paid to this bank this month and in each later one.
    """
    from_day = _counted_from(one, clock.today())
    answer = warn(
        {
            "as_of": from_day.isoformat(),
            "schedule": one.agreement.terms,
            "payments": [
                {"date": min(row.paid_on, from_day).isoformat(), "amount": yuan(row.amount_fen)}
                for row in one.instalments.all()
                if is_paid(row) and row.period and row.paid_on
            ],
            "affordable": [yuan(this_month_fen), yuan(later_fen)],
            "savings": "0.00",
            "grace_days": grace_days,
        }
    )
    found: Mapping[str, Any] | None = answer["replan"]
    if found is None:
        return None
    terms = dict(found["terms"])
    deferral = (terms.get("options") or {}).get("deferral") or terms.get("deferral") or {}
    return Replan(
        wish=Wish.DEFERRAL if found["kind"] == "deferral" else Wish.LONGER_TERM,
        terms=terms,
        hash=found["hash"],
        instalment_fen=fen(found["instalment"]),
        costs_more_fen=fen(found["costs_more"]),
        periods=int(terms["periods"]),
        months=int(deferral.get("months", 0)),
    )


def _counted_from(one: Plan, today: date) -> date:
    """Return the day from which the engine counts months: its first is the one after.

    What falls due in the rest of this month is the first month's; counted from today it would share that month, and
    what can be paid in it, with the instalment after.
    """
    due_on = min((row.due_on for row in one.instalments.all() if not is_paid(row)), default=today)
    is_this_month = today <= due_on and (due_on.year, due_on.month) == (today.year, today.month)
    return today.replace(day=1) - timedelta(days=1) if is_this_month else today


@dataclass(frozen=True, slots=True)
class Said:
    """What the borrower tells the bank of one period: the wish, what can be paid until when, why, and new terms."""

    period: int
    wish: str
    can_pay_fen: int
    pay_by: date | None
    words: str
    terms: dict[str, Any] | None = None


@verb
def tell_bank(plan_id: UUID, said: Said) -> UUID:
    """Tell the bank ahead; once for each period. Nothing changes until both have signed a new plan.

    Raises ``NotFound``, and ``Refusal`` on the fields ``wish``, ``can_pay``, ``pay_by``, ``words``.
    """
    actor = current().actor
    if actor.role is not Role.BORROWER:
        raise NotPermitted()
    mine = Plan.objects.select_for_update(of=("self",)).select_related("bank", "agreement")
    plan = mine.filter(pk=plan_id, borrower_id=actor.me).first()
    row = plan.instalments.filter(period=said.period).first() if plan else None
    if plan is None or row is None:
        raise NotFound()
    if known := plan.warnings.filter(period=said.period).first():
        return known.pk
    _refuse_unfit(said, is_paid(row), row.amount_fen)
    new = build(said.terms) if said.terms else None
    kept = EarlyWarning.objects.create(
        plan=plan,
        borrower_id=plan.borrower_id,
        bank_id=plan.bank_id,
        period=said.period,
        wish=said.wish,
        can_pay_fen=said.can_pay_fen,
        pay_by=said.pay_by,
        terms=said.terms,
        hash=new.hash if new else "",
        sealed_words=keyring(plan.borrower_id).seal(said.words, "early-warning"),
        warned_at=clock.now(),
    )
    facts = {"period": said.period, "wish": said.wish, "amount_fen": said.can_pay_fen}
    note(plan, "warned", facts | ({"hash": kept.hash} if kept.hash else {}))
    data = {
        "agreement_id": str(plan.agreement_id),
        "period": said.period,
        "due": row.due_on.isoformat(),
        "wish": said.wish,
        "can_pay": yuan(said.can_pay_fen),
        "pay_by": said.pay_by.isoformat() if said.pay_by else None,
        "terms": said.terms,
        "hash": kept.hash or None,
        "text": said.words,
    }
    enqueue_event(plan.bank_id, plan.negotiation_id, plan.borrower_id, "instalment.warned", data)
    return kept.pk


@dataclass(frozen=True, slots=True)
class Told:
    """What a bank was told ahead, with its words opened."""

    row: EarlyWarning
    wish: str
    words: str


def told(actor: Actor, one: Plan) -> list[Told]:
    """Return what the borrower told ahead about a plan that this actor may see, the newest first."""
    ring = keyring(one.borrower_id)
    return [
        Told(row, WISHES[row.wish], ring.open_text(row.sealed_words, "early-warning")) for row in warnings(actor, one)
    ]


def _refuse_unfit(said: Said, paid: bool, due_fen: int) -> None:
    if paid:
        raise Refusal("paid-already", words("银行已经报来收到这一期了，不用再说。"))
    if said.wish not in WISHES:
        raise Refusal("wish", words("选一种你想要的办法"), field="wish", status=422)
    if not 0 <= said.can_pay_fen <= due_fen:
        raise Refusal("can-pay", words("填 0 到这一期的数之间"), field="can_pay", status=422)
    if said.wish in (Wish.LATER, Wish.PART) and (said.pay_by is None or said.pay_by < current().today):
        raise Refusal("pay-by", words("填一个今天以后、你做得到的日子"), field="pay_by", status=422)
    if said.wish in (Wish.DEFERRAL, Wish.LONGER_TERM) and not said.terms:
        raise Refusal(
            "no-replan", words("按你填的数，算不出这样的新计划。先选晚几天或先还一部分"), field="wish", status=422
        )
    if not 0 < len(said.words.strip()) <= WORDS_CHARS_MAX:
        raise Refusal("words-length", words("写一两句为什么，500 字以内"), field="words", status=422)
