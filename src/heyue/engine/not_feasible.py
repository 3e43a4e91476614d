"""Why no joint plan is possible, and the smallest changes that would make one possible."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from heyue.engine.bad_input import plain
from heyue.engine.joint_plans import JointMenu
from heyue.engine.menu import BankPolicy, Choice, Ratio
from heyue.engine.money import yuan
from heyue.engine.recommend_request import Asked

LONGER_TERMS = (18, 24, 36, 48, 60)
# Twenty debts: one paid alone stands at its whole share, at most the sum of all balances over its own.
BAND_HUNDREDTHS_MAX = 100_000_000
LARGER_WAIVERS = tuple(Fraction(tenths, 10) for tenths in range(1, 11))


def debts_without_choice(asked: Asked, menus: Sequence[Sequence[Choice]]) -> list[dict[str, Any]]:
    """The debts for which the bank's menu holds nothing at all."""
    return [
        {
            "constraint": "menu",
            "debt": debt.id,
            "smallest_change": None,
            "message": f"{debt.bank}的政策里没有适合这笔欠款的方案",
        }
        for debt, menu in zip(asked.debts, menus, strict=True)
        if not menu
    ]


def reasons(asked: Asked, joint: JointMenu) -> Iterator[dict[str, Any]]:
    """Savings, then monthly sums, then what other change would do; every debt has some choice."""
    missing_fen = joint.least_down_payments_fen() - asked.budget.savings_fen
    if missing_fen > 0:
        yield {
            "constraint": "savings",
            "smallest_change": yuan(missing_fen),
            "message": f"积蓄再多 {yuan(missing_fen)} 元，才够最低的首付",
        }
    addition_fen = joint.least_addition_fen(with_savings=missing_fen <= 0)
    if addition_fen > 0:
        yield {
            "constraint": "monthly_affordable",
            "smallest_change": yuan(addition_fen),
            "message": f"每月再多拿出 {yuan(addition_fen)} 元，就有可行的方案",
        }
    if asked.band is not None and joint.cheapest_within(None) is not None:
        band = _least_band(joint, asked.band)
        yield {
            "constraint": "equal_treatment_band",
            "smallest_change": plain(band),
            "message": f"各家银行所得比例的差距放宽到 {plain(band)}，就有可行的方案",
        }
    term = next((term for term in LONGER_TERMS if _fits(asked, _with_term(asked, term))), None)
    if term is not None:
        yield {
            "constraint": "longer_term",
            "smallest_change": term,
            "message": f"银行如果肯把期限放长到 {term} 期，就有可行的方案",
        }
    waiver = next((ratio for ratio in LARGER_WAIVERS if _fits(asked, _with_waiver(asked, ratio))), None)
    if waiver is not None:
        yield {
            "constraint": "larger_waiver",
            "smallest_change": plain(waiver),
            "message": f"银行如果肯减免可减免部分的 {plain(waiver * 100)}%，就有可行的方案",
        }


def _least_band(joint: JointMenu, band: Fraction) -> Fraction:
    """The least band in hundredths that admits a plan; a wider one only adds plans, so it is found by halving."""
    low, high = int(band * 100) + 1, BAND_HUNDREDTHS_MAX
    while low < high:
        middle = (low + high) // 2
        if joint.cheapest_within(Fraction(middle, 100)) is None:
            low = middle + 1
        else:
            high = middle
    return Fraction(low, 100)


def token_payments(asked: Asked) -> list[dict[str, str]]:
    """Share month 1's affordable sum by balance, to the fen by largest remainder (象征性还款)."""
    balances = [debt.balance_fen for debt in asked.debts]
    whole = sum(balances)
    pool_fen = max(0, min(asked.affordable_fen(1), whole))
    shares = [divmod(pool_fen * balance_fen, whole) for balance_fen in balances]
    left_fen = pool_fen - sum(share_fen for share_fen, _ in shares)
    by_remainder = sorted(range(len(shares)), key=lambda index: -shares[index][1])
    favoured = set(by_remainder[:left_fen])
    return [
        {"id": debt.id, "monthly": yuan(share_fen + (index in favoured))}
        for index, (debt, (share_fen, _)) in enumerate(zip(asked.debts, shares, strict=True))
    ]


def _fits(asked: Asked, changed: Asked | None) -> bool:
    if changed is None:
        return False
    menus = [debt.menu(asked.as_of) for debt in changed.debts]
    return JointMenu(changed, menus).cheapest() is not None


def _with_term(asked: Asked, term: int) -> Asked | None:
    """Every bank also grants a longer term; None where none would be longer."""
    changed = [
        replace(policy, periods=(*policy.periods, term)) if term > max(policy.periods) else policy
        for policy in (debt.policy for debt in asked.debts)
    ]
    return _with_policies(asked, changed)


def _with_waiver(asked: Asked, ratio: Fraction) -> Asked | None:
    """Every bank also waives a larger part; None where none would be larger."""
    changed = []
    for debt in asked.debts:
        policy = debt.policy
        largest = max(granted.value for granted in policy.waiver_ratios)
        if debt.waivable_fen and ratio > largest:
            granted = (*policy.waiver_ratios, Ratio(plain(ratio), ratio))
            policy = replace(policy, waiver_ratios=granted)
        changed.append(policy)
    return _with_policies(asked, changed)


def _with_policies(asked: Asked, policies: Sequence[BankPolicy]) -> Asked | None:
    if all(debt.policy is policy for debt, policy in zip(asked.debts, policies, strict=True)):
        return None
    debts = [replace(debt, policy=policy) for debt, policy in zip(asked.debts, policies, strict=True)]
    return replace(asked, debts=tuple(debts))
