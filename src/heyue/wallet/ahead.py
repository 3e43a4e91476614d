"""Where a debt goes from here: paid at the minimum, with a fixed sum, not at all, or in instalments as negotiated.

For one card or several together, month by month. Nothing here is stored; the engine works out every figure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from heyue.engine.bad_input import BadInput, Findings
from heyue.engine.cost_ahead import Month, Pay, months_ahead, pay_each_month, pay_nothing, pay_the_minimum
from heyue.engine.menu import choices, read_policy
from heyue.engine.money import round_ratio, yuan
from heyue.engine.months import months_after
from heyue.engine.schedule import FINANCED_FEN_MIN_PER_PERIOD, build
from heyue.policy.load import rule
from heyue.wallet.cost import request_of
from heyue.wallet.models import Card

LONGEST_TERM = "CC-70-2"
USUAL_STEP = 6
"""Periods of the slider where the bank's own menu is not known: 6, 12, 18, …"""


@dataclass(frozen=True, slots=True)
class Course:
    """One way of paying: what is owed now and after each month, what is paid in each, and what it costs on top.

    ``cost_fen`` is all that is paid and still owed, less what is owed now: interest and fees, or below 0 what is
    waived. ``done_in`` is the month in which nothing is left, None when something is left at the end.
    """

    owed_fen: tuple[int, ...]
    paid_fen: tuple[int, ...]
    first_due_on: date | None = None

    @property
    def cost_fen(self) -> int:
        """What it costs on top of what is owed now."""
        return sum(self.paid_fen) + self.owed_fen[-1] - self.owed_fen[0]

    @property
    def done_in(self) -> int | None:
        """The month in which nothing is left."""
        return next((month for month, owed in enumerate(self.owed_fen) if month and owed <= 0), None)

    @property
    def grows(self) -> bool:
        """Whether more is owed at the end than now."""
        return self.owed_fen[-1] > self.owed_fen[0]

    def owed_after(self, month: int) -> int:
        """What is owed after so many months."""
        return self.owed_fen[min(month, len(self.owed_fen) - 1)]

    def paid_in(self, month: int) -> int:
        """What is paid in one month, counted from 1; 0 after the last."""
        return self.paid_fen[month - 1] if 0 < month <= len(self.paid_fen) else 0


def longest_term(day: date) -> int:
    """Return the most months that an agreement may have on this day (Article 70)."""
    return int(rule(LONGEST_TERM, day).value)


def at_minimum(cards: Sequence[Card], months: int) -> Course | None:
    """Pay every card's minimum on its due day."""
    return _together(cards, months, lambda _card: pay_the_minimum)


def with_nothing(cards: Sequence[Card], months: int) -> Course | None:
    """Pay nothing."""
    return _together(cards, months, lambda _card: pay_nothing)


def with_fixed(cards: Sequence[Card], months: int, sum_fen: int) -> Course | None:
    """Pay a fixed sum a month, shared over the cards as their balances are, to the fen."""
    whole_fen = sum(max(card.balance_fen, 0) for card in cards) or 1
    shares, given_fen, before_fen = {}, 0, 0
    for card in cards:
        before_fen += max(card.balance_fen, 0)
        shares[card.pk] = round_ratio(sum_fen * before_fen, whole_fen) - given_fen
        given_fen += shares[card.pk]
    return _together(cards, months, lambda card: pay_each_month(shares[card.pk]))


def _together(cards: Sequence[Card], months: int, way: Callable[[Card], Pay]) -> Course | None:
    """Add up the cards' months; None where a bank's terms are not computable."""
    owed, paid = [0] * (months + 1), [0] * months
    first: list[date] = []
    for card in cards:
        owed[0] += card.balance_fen
        try:
            found = months_ahead(request_of(card), months, way(card))
        except BadInput:
            return None
        _add(owed, paid, found, card.balance_fen)
        first += [month.due_on for month in found[:1]]
    return Course(tuple(owed), tuple(paid), min(first, default=None))


def _add(owed: list[int], paid: list[int], found: Sequence[Month], begins_fen: int) -> None:
    left_fen = found[-1].owed_fen if found else min(begins_fen, 0)
    for index in range(len(paid)):
        if index < len(found):
            paid[index] += found[index].paid_fen
        owed[index + 1] += found[index].owed_fen if index < len(found) else left_fen


@dataclass(frozen=True, slots=True)
class Deal:
    """Instalments as they may be agreed; ``of_menu`` is False where the bank's menu is not known: then it is reckoned
    without interest, which not every bank grants."""

    periods: int
    instalment_fen: int
    waived_fen: int
    of_menu: bool
    course: Course


def terms_offered(menu: Mapping[str, Any] | None, day: date) -> list[int]:
    """Return the numbers of periods between which one may choose."""
    longest = longest_term(day)
    policy = _readable(menu)
    if policy is None:
        return list(range(USUAL_STEP, longest + 1, USUAL_STEP))
    return [periods for periods in sorted(set(policy.periods)) if periods <= longest]


def in_instalments(cards: Sequence[Card], menu: Mapping[str, Any] | None, periods: int, day: date) -> Deal | None:
    """Return what one bank's cards come to in so many instalments without a down payment: the best of its menu."""
    balance_fen = sum(card.balance_fen for card in cards)
    if balance_fen < FINANCED_FEN_MIN_PER_PERIOD * periods:
        return None
    policy = _readable(menu)
    if policy is None:
        first_due = months_after(day, 1, day.day)
        rows = build(
            {
                "principal": yuan(balance_fen),
                "periods": periods,
                "method": "interest_free",
                "first_due": first_due.isoformat(),
                "due_day": day.day,
            }
        ).rows
        return _deal(balance_fen, [row.payment_fen for row in rows], 0, of_menu=False)
    waivable_fen = min(sum(card.waivable_fen for card in cards), balance_fen)
    fit = [
        choice
        for choice in choices(balance_fen, waivable_fen, policy, day)
        if choice.periods == periods and not choice.down_payment_fen
    ]
    if not fit:
        return None
    best = min(fit, key=lambda choice: choice.total_fen)
    return _deal(balance_fen, list(best.payments_fen), best.waived_fen, of_menu=True)


def _deal(balance_fen: int, payments_fen: list[int], waived_fen: int, *, of_menu: bool) -> Deal:
    """What is owed falls with each instalment by what is still to be paid: agreed is agreed."""
    left_fen = sum(payments_fen)
    owed = [balance_fen]
    for payment in payments_fen:
        left_fen -= payment
        owed.append(left_fen)
    return Deal(len(payments_fen), payments_fen[0], waived_fen, of_menu, Course(tuple(owed), tuple(payments_fen)))


def _readable(menu: Mapping[str, Any] | None) -> Any:
    if menu is None:
        return None
    findings = Findings()
    policy = read_policy(dict(menu), "", findings)
    return None if findings.errors else policy


def joined(courses: Sequence[Course], months: int) -> Course:
    """Add up the courses of several debts over so many months."""
    return Course(
        tuple(sum(course.owed_after(month) for course in courses) for month in range(months + 1)),
        tuple(sum(course.paid_in(month) for course in courses) for month in range(1, months + 1)),
    )
