"""Terms weighed against the whole budget (还价建议): what they ask beside all other banks, what to ask instead.

Plain values in, plain values out; who may see what is the caller's matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from heyue.deadlines import WaitKind, ends
from heyue.engine.bad_input import Findings
from heyue.engine.menu import BankPolicy, Choice, choices, read_policy
from heyue.engine.months import months_after
from heyue.engine.offer import OfferView, best_counter, still_to_come, view_offer
from heyue.engine.offer_terms import Hurt, weigh_offer
from heyue.engine.schedule import Row, Schedule

Rows = tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """What can be paid each month, what is saved, and every other bank's unpaid rows. Sums in fen."""

    affordable_fen: int
    savings_fen: int
    others: tuple[Rows, ...]

    def beside(self, base: date) -> tuple[Rows, ...]:
        """Return the others' rows that share months with a plan seen from ``base``.

        What falls due in the rest of the base month is paid from that month's money, so it is left out; what
        is late still has to come from the next month's.
        """
        return tuple(still_to_come(rows, base) for rows in self.others)


def weigh(schedule: Schedule, budget: Budget, base: date) -> OfferView:
    """Judge one schedule with all the others; month 1 follows ``base``'s month."""
    return view_offer(schedule, base, [budget.affordable_fen], budget.savings_fen, budget.beside(base))


def base_for(schedule: Schedule, today: date) -> date:
    """Return the day from which months are counted: today, or the month before a plan that begins at once."""
    first = schedule.plan.first_due_on
    if (first.year, first.month) > (today.year, today.month):
        return today
    return months_after(first, -1, 31)


def menu_day(policy: BankPolicy, today: date) -> date:
    """Return the day as of which the menu is read, so that the bank can still answer before the first due date."""
    due_day = today.day if policy.due_day is None else policy.due_day
    if months_after(today, 1, due_day) > ends(WaitKind.COUNTER_ANSWER, today).on:
        return today
    return months_after(today, 1, 1)


def policy_of(menu: Mapping[str, Any]) -> BankPolicy:
    """Read a bank's menu as it is kept. Raises ``BadInput`` where it does not have the contract's shape."""
    findings = Findings()
    policy = read_policy(menu, "", findings)
    findings.stop_if_any()
    return policy


def menu_choices(balance_fen: int, waivable_fen: int, policy: BankPolicy, today: date) -> tuple[Choice, ...]:
    """Return everything on the bank's menu that a counter-offer may ask for."""
    return choices(balance_fen, waivable_fen, policy, menu_day(policy, today))


def suggest(balance_fen: int, waivable_fen: int, policy: BankPolicy, budget: Budget, today: date) -> Choice | None:
    """Return the cheapest of the bank's menu that fits the budget; None when nothing on it does."""
    base = menu_day(policy, today)
    return best_counter(
        balance_fen, waivable_fen, policy, base, [budget.affordable_fen], budget.savings_fen, budget.beside(base)
    )


def hurting(
    schedule: Schedule, balance_fen: int, waivable_fen: int, policy: BankPolicy, budget: Budget, base: date
) -> tuple[Hurt, ...]:
    """Return which terms hurt: against the budget, against the bank's own menu, against the best counter."""
    return weigh_offer(
        schedule,
        balance_fen,
        waivable_fen,
        policy,
        base,
        [budget.affordable_fen],
        budget.savings_fen,
        budget.beside(base),
    ).hurts


def nearest(found: Sequence[Choice], budget: Budget, base: date) -> Choice | None:
    """Return what comes nearest to fitting: the least over the affordable sum, then the cheapest."""
    return min(found, key=lambda c: (weigh(c.schedule, budget, base).over_by_fen, c.total_fen, c.order), default=None)
