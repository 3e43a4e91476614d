"""Early warning (提前预警): the chance that one of the next three instalments is missed, why, and what to ask for.

Three things are looked at, each on its own: whether the budget and savings reach at all, how payments came so far,
and the bad months that may begin before the third. No figure is learnt from people's data; all are plain sums.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from heyue.engine.bad_months import simulate, sweep
from heyue.engine.bad_months_request import Asked as StressAsked
from heyue.engine.bad_months_request import Shocks, shortfalls
from heyue.engine.early_warning_request import Asked, Payment, read_request
from heyue.engine.money import places, yuan
from heyue.engine.months import months_between
from heyue.engine.offer import month_totals
from heyue.engine.schedule import FINANCED_FEN_MIN_PER_PERIOD, PERIODS_MAX, Plan, Row, Schedule, laid_out, row_amounts
from heyue.engine.schedule_options import NONE, Deferral

NEXT_ROWS = 3
HABIT_ROWS = 6
# Before anything is known one instalment in twelve is taken to come late; each one seen counts as much as one of these.
PRIOR_LATE, PRIOR_ROWS = 1, 12
DEFERRALS = range(1, 7)
ACT, WATCH = Fraction(1, 2), Fraction(1, 5)


@dataclass(frozen=True)
class Standing:
    """One row against what has been paid: how much is left of it, and since when nothing is."""

    row: Row
    left_fen: int
    paid_on: date | None

    def is_late(self, as_of: date, grace_days: int) -> bool:
        """Whether it was paid, or is still unpaid, after its due date and the days of grace."""
        return (self.paid_on or as_of) > self.row.due_on + timedelta(days=grace_days)


@dataclass(frozen=True)
class Sign:
    """One reason: a stable code, its part of the chance, the sum or month it is about, words for a person."""

    code: str
    chance: Fraction
    words: str
    amount_fen: int = 0
    month: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The reason as answered."""
        about = {"amount": yuan(self.amount_fen), "month": self.month}
        return {"code": self.code, "chance": places(self.chance, 4), "words": self.words, **about}


def warn(request: Mapping[str, Any]) -> dict[str, Any]:
    """Say how likely one of the next three instalments is missed; raises BadInput with every bad field."""
    asked = read_request(request)
    standing = stand(asked.schedule.rows, asked.payments)
    ahead = [one for one in standing if one.left_fen]
    signs = tuple(_signs(asked, standing, ahead)) if ahead else ()
    chance = 1 - _product(1 - sign.chance for sign in signs)
    changed = _replan(asked, ahead) if chance >= WATCH else None
    return {
        "chance": places(chance, 4),
        "level": "act" if chance >= ACT else "watch" if chance >= WATCH else "calm",
        "next": [{"due": one.row.due_on.isoformat(), "left": yuan(one.left_fen)} for one in ahead[:NEXT_ROWS]],
        "reasons": [sign.as_json() for sign in signs],
        "replan": changed,
    }


def stand(rows: Sequence[Row], payments: Sequence[Payment]) -> tuple[Standing, ...]:
    """Set payments off against rows, oldest first."""
    purse = [(payment.on, payment.amount_fen) for payment in sorted(payments, key=lambda payment: payment.on)]
    found = []
    for row in rows:
        left_fen, paid_on = row.payment_fen, None
        while left_fen and purse:
            on, have_fen = purse[0]
            used_fen = min(left_fen, have_fen)
            left_fen -= used_fen
            paid_on = on
            purse[0] = (on, have_fen - used_fen)
            if purse[0][1] == 0:
                purse.pop(0)
        found.append(Standing(row, left_fen, None if left_fen else paid_on))
    return tuple(found)


def _signs(asked: Asked, standing: Sequence[Standing], ahead: Sequence[Standing]) -> Iterator[Sign]:
    months_fen = _asked_by_month(asked, ahead[:NEXT_ROWS])
    affordable_fen = [asked.affordable_in(month) for month in range(1, len(months_fen) + 1)]
    plain = sweep(shortfalls(months_fen, affordable_fen)[:, None], asked.savings_fen)
    broke_in = int(plain.broke_in[0])
    if broke_in:
        missing_fen = int(plain.needed_fen[0]) - asked.savings_fen
        words = f"按现在的收支，第 {broke_in} 个月差 {yuan(missing_fen)} 元"
        yield Sign("budget_short", Fraction(1), words, missing_fen, broke_in)
    seen = [one for one in standing if not one.left_fen or one.row.due_on < asked.as_of][-HABIT_ROWS:]
    late = sum(one.is_late(asked.as_of, asked.grace_days) for one in seen)
    if late:
        each = Fraction(PRIOR_LATE + late, PRIOR_ROWS + len(seen))
        words = f"最近 {len(seen)} 期里有 {late} 期还晚了"
        yield Sign("paid_late", 1 - (1 - each) ** min(NEXT_ROWS, len(ahead)), words)
    owed_fen = sum(one.left_fen for one in ahead if one.row.due_on < asked.as_of)
    if owed_fen:
        yield Sign("overdue_now", Fraction(1, 4), f"已经到期还没还的有 {yuan(owed_fen)} 元", owed_fen)
    if asked.shocks and not broke_in:
        yield from _shock_sign(asked, asked.shocks, months_fen, affordable_fen)


def _shock_sign(
    asked: Asked, shocks: Shocks, months_fen: Sequence[int], affordable_fen: Sequence[int]
) -> Iterator[Sign]:
    income_fen = tuple(asked.income_in(month) for month in range(1, len(months_fen) + 1))
    tried = StressAsked(
        tuple(months_fen), tuple(affordable_fen), income_fen, asked.savings_fen, shocks, asked.seed, asked.paths
    )
    broken = int((simulate(tried).broke_in > 0).sum())
    if broken:
        words = f"积蓄只有 {yuan(asked.savings_fen)} 元，遇上收入下降或看病这样的事就可能付不出"
        yield Sign("thin_reserve", Fraction(broken, asked.paths), words, asked.savings_fen)


def _asked_by_month(asked: Asked, ahead: Sequence[Standing]) -> list[int]:
    """What the rows ask in months 1, 2, …; what is late or due this month counts in month 1."""
    rows = [replace(one.row, principal_fen=one.left_fen, interest_fen=0, payment_fen=one.left_fen) for one in ahead]
    return list(month_totals([rows], asked.as_of))


def _product(factors: Iterator[Fraction]) -> Fraction:
    whole = Fraction(1)
    for factor in factors:
        whole *= factor
    return whole


# ── what to ask for before it happens ────────────────────────────────────────────────────────────────────────


def _replan(asked: Asked, ahead: Sequence[Standing]) -> dict[str, Any] | None:
    """A short deferral where it is enough, else the shortest longer term that fits; None when neither does."""
    # What fell due is owed whole, interest too; of later rows only the principal is owed yet.
    principal_fen = sum(
        one.left_fen if one.row.due_on < asked.as_of else min(one.left_fen, one.row.principal_fen) for one in ahead
    )
    first_due_on = next((one.row.due_on for one in ahead if one.row.due_on >= asked.as_of), ahead[-1].row.due_on)
    gone = len(asked.schedule.rows) - len(ahead)
    plan = replace(
        asked.schedule.plan, principal_fen=principal_fen, down_payment_fen=0, periods=len(ahead),
        first_due_on=first_due_on, options=NONE,
    )  # fmt: skip
    for kind, changed in (*_deferred(plan, gone), *_longer(plan, gone)):
        too_small = changed.financed_fen < FINANCED_FEN_MIN_PER_PERIOD * changed.periods
        if too_small or row_amounts(changed) is None:
            continue
        offered = laid_out(changed)
        if _fits(asked, offered):
            now_fen = sum(one.left_fen for one in ahead)
            return {
                "kind": kind,
                "terms": changed.as_terms(),
                "hash": offered.hash,
                "instalment": yuan(offered.rows[0].payment_fen),
                "costs_more": yuan(offered.total_payment_fen - now_fen),
            }
    return None


def _deferred(plan: Plan, gone: int) -> Iterator[tuple[str, Plan]]:
    for months in DEFERRALS:
        if gone + plan.periods + months <= PERIODS_MAX:
            yield "deferral", replace(plan, options=replace(NONE, deferral=Deferral(months, "first_row")))


def _longer(plan: Plan, gone: int) -> Iterator[tuple[str, Plan]]:
    for periods in range(plan.periods + 1, PERIODS_MAX - gone + 1):
        yield "longer_term", replace(plan, periods=periods)


def _fits(asked: Asked, offered: Schedule) -> bool:
    totals = month_totals([offered.rows], asked.as_of)
    months = max(len(totals), months_between(asked.as_of, offered.rows[-1].due_on))
    return months > 0 and all(total <= asked.affordable_in(month) for month, total in enumerate(totals, 1))
