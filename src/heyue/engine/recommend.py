"""One plan across all banks (联合还款方案): feasible to the fen, proven by its criterion, with reasons.

Source: the published contract of the command line, section 4.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from heyue.engine.joint_plans import FIRST_MONTHS, MEASURE_UNIT, JointMenu, JointPlan
from heyue.engine.menu import Choice
from heyue.engine.money import places, yuan
from heyue.engine.not_feasible import debts_without_choice, reasons, token_payments
from heyue.engine.recommend_reasons import reasons_of
from heyue.engine.recommend_request import Asked, Debt, read_request

SHARE_PLACES = 4


def recommend(request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the contract's section 4; raises BadInput with every bad field."""
    asked = read_request(request)
    menus = [debt.menu(asked.as_of) for debt in asked.debts]
    without = debts_without_choice(asked, menus)
    if without:
        return _not_feasible(asked, without)
    joint = JointMenu(asked, menus)
    cheapest = joint.cheapest()
    if cheapest is None:
        return _not_feasible(asked, list(reasons(asked, joint)))
    return {
        "feasible": True,
        "plans": [_plan(asked, plan, menus) for plan in joint.plans(cheapest)],
        "infeasible_because": [],
        "token_payments": [],
    }


def _not_feasible(asked: Asked, because: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "feasible": False,
        "plans": [],
        "infeasible_because": because,
        "token_payments": token_payments(asked),
    }


def _plan(asked: Asked, plan: JointPlan, menus: Sequence[Sequence[Choice]]) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if asked.kept_fen is not None:
        months = range(1, max(plan.months, len(asked.kept_fen)) + 1)
        own_fen = plan.monthly_total_fen
        more["monthly_with_agreements"] = [
            yuan(asked.kept_in(month) + (own_fen[month - 1] if month <= plan.months else 0)) for month in months
        ]
    if asked.explain:
        more["reasons"] = reasons_of(asked, plan, menus)
    return {
        **more,
        "name": plan.name,
        "per_debt": [_per_debt(debt, choice) for debt, choice in zip(asked.debts, plan.chosen, strict=True)],
        "monthly_total": [yuan(total_fen) for total_fen in plan.monthly_total_fen],
        "total": yuan(plan.total_fen),
        "months": plan.months,
        "equal_treatment": equal_treatment(asked.debts, plan.chosen),
        "proof": {"status": "optimal", "bound": _bound(plan)},
        "why": _why(asked, plan),
    }


def _per_debt(debt: Debt, choice: Choice) -> dict[str, Any]:
    return {
        "id": debt.id,
        "periods": choice.periods,
        "down_payment_ratio": choice.down_payment_ratio.text,
        "waiver_ratio": choice.waiver_ratio.text,
        "waived": yuan(choice.waived_fen),
        "down_payment": yuan(choice.down_payment_fen),
        "instalment": yuan(choice.payments_fen[0]),
        "total": yuan(choice.total_fen),
        "hash": choice.schedule.hash,
    }


def equal_treatment(debts: Sequence[Debt], chosen: Sequence[Choice]) -> dict[str, Any]:
    """Each debt's share of what is paid at once and in the first year, over its share of all balances."""
    paid_fen = [choice.paid_in(FIRST_MONTHS) for choice in chosen]
    all_paid_fen = sum(paid_fen)
    all_owed_fen = sum(debt.balance_fen for debt in debts)
    ratios = [
        places(Fraction(one_paid_fen * all_owed_fen, all_paid_fen * debt.balance_fen), SHARE_PLACES)
        for one_paid_fen, debt in zip(paid_fen, debts, strict=True)
    ]
    exact = [Fraction(ratio) for ratio in ratios]
    return {
        "per_debt": [{"id": debt.id, "ratio": ratio} for debt, ratio in zip(debts, ratios, strict=True)],
        "spread": places(max(exact) - min(exact), SHARE_PLACES),
    }


def _bound(plan: JointPlan) -> str | int:
    if plan.name == "soonest_free":
        return plan.bound
    if plan.name == "most_acceptable":
        return places(Fraction(plan.bound, MEASURE_UNIT), 6)
    return yuan(plan.bound)


_FIRST_REASON = {
    "lowest_cost": "在每月能拿出的钱之内，没有总额更少的方案",
    "lowest_burden": "没有哪个方案最高的一个月比它更低",
    "soonest_free": "没有哪个方案能更早还清",
    "most_acceptable": "没有哪个方案离各家银行通常的做法更近",
}


def _why(asked: Asked, plan: JointPlan) -> list[str]:
    monthly_fen = plan.monthly_total_fen
    highest = max(range(len(monthly_fen)), key=lambda month: monthly_fen[month])
    down_payments_fen = sum(choice.down_payment_fen for choice in plan.chosen)
    words = [
        _FIRST_REASON[plan.name],
        f"最高的是第 {highest + 1} 个月，还 {yuan(monthly_fen[highest])} 元，"
        f"那个月能拿出 {yuan(asked.affordable_fen(highest + 1))} 元",
        f"一共还 {yuan(plan.total_fen)} 元，{plan.months} 个月还清",
    ]
    if down_payments_fen:
        words.append(f"首付一共 {yuan(down_payments_fen)} 元，从积蓄里出")
    return words
