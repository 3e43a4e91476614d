"""A change of policy on past cases (试算): who would have been offered what, beside the policy of their own day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from heyue import clock
from heyue.application.models import Debt
from heyue.banks.limits import Limits
from heyue.banks.models import BankPolicy
from heyue.banks.policies import history
from heyue.dispatch import reads as dispatches
from heyue.engine import menu as engine
from heyue.engine.bad_input import Findings
from heyue.engine.moves import Actor

CASES_MAX = 50
"""The newest so many cases are tried: a page's answer takes at most some hundred schedules for each."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What one policy would have granted over the cases: how many any terms, how many a month that the borrower
    asked for or less, how many by one officer alone, and by number of instalments."""

    some: int
    within_asked: int
    alone: int
    by_periods: dict[int, int]


@dataclass(frozen=True, slots=True)
class Tried:
    """Past cases under the policy of each one's day, and under the change."""

    cases: int
    then: Granted
    now: Granted

    @property
    def lines(self) -> list[tuple[int, int, int]]:
        """Number of instalments, cases then, cases now."""
        return [
            (n, self.then.by_periods.get(n, 0), self.now.by_periods.get(n, 0))
            for n in sorted({*self.then.by_periods, *self.now.by_periods})
        ]


def try_on_past_cases(actor: Actor, menu: dict[str, Any], limits: Limits) -> Tried:
    """Try a policy on the newest cases of the officer's bank. Two queries, however many cases."""
    rows = list(dispatches.visible(actor).order_by("-id")[:CASES_MAX])
    past = history(actor.bank_id) if actor.bank_id else []
    cases = [(row.debt, row.application.base_date or clock.today()) for row in rows]
    return Tried(
        cases=len(cases),
        then=_granted((debt, day, *_of_the_day(past, day)) for debt, day in cases),
        now=_granted((debt, day, menu, limits) for debt, day in cases),
    )


def _of_the_day(past: list[BankPolicy], day: date) -> tuple[dict[str, Any] | None, Limits]:
    for one in past:
        if one.effective_from <= day and (one.effective_to is None or day <= one.effective_to):
            return one.menu, Limits.model_validate(one.limits)
    return None, Limits()


def _granted(cases: Iterable[tuple[Debt, date, dict[str, Any] | None, Limits]]) -> Granted:
    some = within_asked = alone = 0
    by_periods: Counter[int] = Counter()
    for debt, day, menu, limits in cases:
        found = _choices(debt, day, menu)
        by_periods.update({choice.periods for choice in found})
        some += bool(found)
        within_asked += any(max(choice.payments_fen) <= debt.asked_instalment_fen for choice in found)
        alone += any(
            not limits.passed(balance_fen=debt.balance_fen, waived_fen=one.waived_fen, periods=one.periods)
            for one in found
        )
    return Granted(some, within_asked, alone, dict(by_periods))


def _choices(debt: Debt, day: date, menu: dict[str, Any] | None) -> tuple[engine.Choice, ...]:
    if menu is None:
        return ()
    findings = Findings()
    policy = engine.read_policy(menu, "", findings)
    return () if findings.errors else engine.choices(debt.balance_fen, debt.waivable_fen, policy, day)
