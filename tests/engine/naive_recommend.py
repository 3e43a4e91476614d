"""The contract's section 4 by trying everything: every combination of every menu, for small requests."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import product
from typing import Any

from heyue.engine.bad_input import BadInput
from heyue.engine.months import months_after
from heyue.engine.schedule import schedule

CENT = Decimal("0.01")


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def menu(debt: dict[str, Any], as_of: date) -> list[dict[str, Any]]:
    policy = debt["policy"]
    found: dict[Any, dict[str, Any]] = {}
    for down_ratio, waiver_ratio, periods in product(
        sorted(policy.get("down_payment_ratios", ["0"]), key=Decimal),
        sorted(policy.get("waiver_ratios", ["0"]), key=Decimal),
        policy["periods"],
    ):
        waived = cents(Decimal(waiver_ratio) * Decimal(debt.get("waivable", "0")))
        principal = Decimal(debt["balance"]) - waived
        down = cents(Decimal(down_ratio) * principal)
        due_day = policy.get("due_day", as_of.day)
        terms = {
            "principal": str(principal), "down_payment": str(down), "periods": periods,
            "method": policy["method"], "due_day": due_day,
            "first_due": months_after(as_of, 1, due_day).isoformat(),
            **{name: policy[name] for name in ("monthly_rate", "annual_rate") if name in policy},
        }  # fmt: skip
        answer = schedule_or_none(terms)
        if answer is None:
            continue
        payments = [Decimal(row["payment"]) for row in answer["rows"]]
        if any(payment < Decimal(policy.get("minimum_instalment", "0")) for payment in payments[:-1]):
            continue
        key = (down, tuple(payments))
        found.setdefault(
            key,
            {
                "periods": periods, "down_ratio": down_ratio, "waiver_ratio": waiver_ratio, "waived": waived,
                "down": down, "payments": payments, "total": down + sum(payments), "hash": answer["hash"],
                "distance": distance(periods, down_ratio, waiver_ratio, policy.get("usual")),
            },
        )  # fmt: skip
    return list(found.values())


def schedule_or_none(terms: dict[str, Any]) -> dict[str, Any] | None:
    try:
        return schedule(terms)
    except BadInput:
        return None


def distance(periods: int, down_ratio: str, waiver_ratio: str, usual: dict[str, Any] | None) -> Fraction:
    if usual is None:
        return Fraction(0)
    parts = (
        Fraction(abs(periods - usual["periods"]), 60),
        abs(Fraction(down_ratio) - Fraction(usual["down_payment_ratio"])),
        abs(Fraction(waiver_ratio) - Fraction(usual["waiver_ratio"])),
    )
    return sum((Fraction((part * 10**6 + Fraction(1, 2)) // 1, 10**6) for part in parts), Fraction(0))


def monthly(chosen: Any) -> list[Decimal]:
    months = max(one["periods"] for one in chosen)
    return [
        sum((one["payments"][month] for one in chosen if month < one["periods"]), Decimal(0)) for month in range(months)
    ]


def affordable(budget: dict[str, Any], month: int) -> Decimal:
    given = budget["monthly_affordable"]
    return Decimal(given[min(month, len(given) - 1)] if isinstance(given, list) else given)


def everything(request: dict[str, Any]) -> dict[str, Any]:
    """The least of each criterion with its least total, or the least changes that are missing."""
    menus = [menu(debt, date.fromisoformat(request["as_of"])) for debt in request["debts"]]
    budget = request["budget"]
    savings = Decimal(budget.get("savings", "0"))
    no_choice = [debt["id"] for debt, one in zip(request["debts"], menus, strict=True) if not one]
    if no_choice:
        return {"menu": no_choice}
    fitting, additions = [], []
    least_down = sum((min(one["down"] for one in each) for each in menus), Decimal(0))
    for chosen in product(*menus):
        down = sum((one["down"] for one in chosen), Decimal(0))
        totals = monthly(chosen)
        over = max(total - affordable(budget, month) for month, total in enumerate(totals))
        if least_down > savings or down <= savings:
            additions.append(max(Decimal(0), over))
        if down <= savings and over <= 0:
            total = sum((one["total"] for one in chosen), Decimal(0))
            far = sum((one["distance"] for one in chosen), Fraction(0))
            fitting.append((total, max(totals), len(totals), far))
    if not fitting:
        return {"savings": max(Decimal(0), least_down - savings), "addition": min(additions)}
    return {
        "lowest_cost": min((total, total) for total, _, _, _ in fitting),
        "lowest_burden": min((peak, total) for total, peak, _, _ in fitting),
        "soonest_free": min((months, total) for total, _, months, _ in fitting),
        "most_acceptable": min((far, total) for total, _, _, far in fitting),
    }
