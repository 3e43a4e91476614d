"""Why a joint plan chose what it chose, as data that a page can turn into words: one reason for each debt.

Of each debt its cheapest choice is looked at, all other debts as the plan has them: it is chosen, or it breaks a
month, or savings, or it goes against what the plan is best at.
"""

from collections.abc import Sequence
from typing import Any

from heyue.engine.joint_plans import JointPlan
from heyue.engine.menu import Choice
from heyue.engine.money import yuan
from heyue.engine.recommend_request import Asked


def reasons_of(asked: Asked, plan: JointPlan, menus: Sequence[Sequence[Choice]]) -> list[dict[str, Any]]:
    """One reason for each debt, in the order of the debts."""
    return [
        {"debt": debt.id, **_reason(asked, plan, index, menu)}
        for index, (debt, menu) in enumerate(zip(asked.debts, menus, strict=True))
    ]


def _reason(asked: Asked, plan: JointPlan, index: int, menu: Sequence[Choice]) -> dict[str, Any]:
    chosen = plan.chosen[index]
    cheapest = min(menu, key=lambda choice: (choice.total_fen, choice.order))
    if cheapest.total_fen == chosen.total_fen:
        return {"code": "cheapest_on_menu"}
    about = {"periods": cheapest.periods, "saves": yuan(chosen.total_fen - cheapest.total_fen)}
    swapped = [*plan.chosen[:index], cheapest, *plan.chosen[index + 1 :]]
    short_fen = sum(choice.down_payment_fen for choice in swapped) - asked.budget.savings_fen
    if short_fen > 0:
        return {"code": "cheaper_breaks_savings", **about, "short": yuan(short_fen)}
    for month in range(1, max(choice.periods for choice in swapped) + 1):
        total_fen = sum(choice.payments_fen[month - 1] for choice in swapped if month <= choice.periods)
        over_fen = total_fen - asked.affordable_fen(month)
        if over_fen > 0:
            return {"code": "cheaper_breaks_month", **about, "month": month, "over": yuan(over_fen)}
    return {"code": "cheaper_against_criterion", **about}
