"""The joint plan of an application: the request to the engine, its answer, and the terms that a choice means.

Solving happens here, outside any transaction; a verb stores what was found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from heyue.engine.bad_input import Findings
from heyue.engine.budget import Budget, affordable
from heyue.engine.menu import Choice, choices, read_policy
from heyue.engine.money import fen, yuan
from heyue.engine.offer import month_totals, still_to_come
from heyue.engine.refusal import Refusal, words
from heyue.engine.schedule import Row
from heyue.wallet.reads import BankDebt

CUSTOM = "custom"
PLAN_WORDS = {
    "lowest_burden": words("每月最轻"),
    "lowest_cost": words("总共最省"),
    "soonest_free": words("最早还清"),
    "most_acceptable": words("银行最容易答应"),
    CUSTOM: words("自己定"),
}
PLAN_NAMES = ("lowest_burden", "lowest_cost", "soonest_free", "most_acceptable")


@dataclass(frozen=True, slots=True)
class Commitment:
    """What the borrower has agreed with one bank already: the rows that are still to be paid."""

    bank_id: UUID
    bank_name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class AskedTerms:
    """What is asked of one bank: the schedule's terms, its hash, and the sums behind them in fen."""

    bank_id: UUID
    terms: dict[str, Any]
    hash: str
    waived_fen: int
    down_payment_fen: int
    instalment_fen: int
    total_fen: int


def budget_of(answers: Mapping[str, Any]) -> Budget:
    """Return what the household can pay each month, from the income and expenses parts."""
    spent = answers.get("expenses", {})
    return affordable(
        {
            "income": answers.get("income", {}).get("items", []),
            "expenses": spent.get("items", []),
            "dependants": spent.get("dependants", 0),
            "reserve": spent.get("reserve", "0.00"),
            "savings": spent.get("savings", "0.00"),
        }
    )


def short_by_fen(budget: Budget, commitments: Sequence[Commitment], today: date) -> int:
    """Return by how much costs and running plans exceed the income in the worst month, in fen; 0 where they do not.

    What can be paid is never below 0, so this is what any addition has to fill first.
    """
    short_fen = sum(reason.amount_fen for reason in budget.reasons if reason.code == "shortfall")
    running = month_totals([still_to_come(c.rows, today) for c in commitments], today)
    least_fen = min(budget.monthly_fen)
    return short_fen + max([0, *(owed_fen - least_fen for owed_fen in running)])


def request_for(
    budget: Budget,
    debts: Sequence[BankDebt],
    menus: Mapping[UUID, Mapping[str, Any]],
    commitments: Sequence[Commitment],
    today: date,
) -> dict[str, Any]:
    """Return the input of ``heyue recommend``: one debt per bank, running agreements taken off the budget.

    Raises ``Refusal("no-policy")`` naming a bank whose policy is not known, or not one to compute with.
    """
    running = month_totals([still_to_come(c.rows, today) for c in commitments], today)
    months = max(len(running), len(budget.monthly_fen))
    left = [
        max(0, budget.monthly_fen[min(m, len(budget.monthly_fen) - 1)] - (running[m] if m < len(running) else 0))
        for m in range(months)
    ]
    if running:
        left.append(budget.monthly_fen[-1])
    return {
        "as_of": today.isoformat(),
        "budget": {"monthly_affordable": [yuan(f) for f in left], "savings": yuan(budget.savings_fen)},
        "debts": [_debt(debt, menus) for debt in debts],
    }


def _debt(debt: BankDebt, menus: Mapping[UUID, Mapping[str, Any]]) -> dict[str, Any]:
    menu = menus.get(debt.bank.pk)
    if menu is None or not _is_readable(menu):
        raise Refusal(
            "no-policy",
            words("还不知道%(bank)s能给什么条件，这次先不选它的卡。"),
            params={"bank": debt.bank.name},
        )
    return {
        "id": str(debt.bank.pk),
        "bank": debt.bank.slug,
        "balance": yuan(debt.balance_fen),
        "waivable": yuan(min(debt.waivable_fen, debt.balance_fen)),
        "overdue_days": debt.days_overdue,
        "policy": dict(menu),
    }


def _is_readable(menu: Mapping[str, Any]) -> bool:
    """Whether the engine can compute with a bank's policy; one that it cannot is as good as none."""
    findings = Findings()
    read_policy(dict(menu), "", findings)
    return not findings.errors


def distinct(plans: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return plans of different hashes in our order, each with all ``names`` that it goes by."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    order = {name: at for at, name in enumerate(PLAN_NAMES)}
    for plan in sorted(plans, key=lambda p: order.get(p["name"], len(order))):
        key = tuple(d["hash"] for d in plan["per_debt"])
        if key in found:
            found[key]["names"].append(plan["name"])
        else:
            found[key] = {**plan, "names": [plan["name"]]}
    return list(found.values())


def menu_of(request: Mapping[str, Any], bank_id: str) -> tuple[Choice, ...]:
    """Return all choices that the bank's menu has for its debt in this request, none for a bank not in it."""
    debt = next((d for d in request["debts"] if d["id"] == bank_id), None)
    if debt is None:
        return ()
    findings = Findings()
    policy = read_policy(debt["policy"], "", findings)
    findings.stop_if_any()
    return choices(fen(debt["balance"]), fen(debt["waivable"]), policy, date.fromisoformat(request["as_of"]))


def by_periods(request: Mapping[str, Any], bank_id: str) -> dict[int, AskedTerms]:
    """Return for each number of periods on the bank's menu what is asked: least down payment, largest waiver."""
    best: dict[int, Choice] = {}
    for choice in menu_of(request, bank_id):
        found = best.get(choice.periods)
        if found is None or _own_choice_order(choice) < _own_choice_order(found):
            best[choice.periods] = choice
    return {periods: _asked(bank_id, choice) for periods, choice in sorted(best.items())}


def _own_choice_order(choice: Choice) -> tuple[int, int]:
    return choice.down_payment_fen, -choice.waived_fen


def custom(request: Mapping[str, Any], periods: Mapping[str, int]) -> list[AskedTerms]:
    """Return the borrower's own choice of periods, each with the largest waiver and least down payment.

    Raises ``Refusal("not-on-menu")`` at the bank whose menu has no such number of periods.
    """
    asked = []
    for debt in request["debts"]:
        menu = by_periods(request, debt["id"])
        wanted = periods.get(debt["id"], 0)
        if wanted not in menu:
            raise Refusal(
                "not-on-menu",
                words("从这家银行的期数里选一个。"),
                field=f"periods:{debt['id']}",
                status=422,
            )
        asked.append(menu[wanted])
    return asked


def terms_of(request: Mapping[str, Any], plan: Mapping[str, Any]) -> list[AskedTerms]:
    """Return what a recommended plan asks of each bank. The hash is the recommendation's own.

    Raises ``Refusal("plan-outdated")`` when the engine no longer grants what it once recommended.
    """
    asked = []
    for line in plan["per_debt"]:
        same = (c for c in menu_of(request, line["id"]) if c.periods == line["periods"])
        choice = next((c for c in same if c.schedule.hash == line["hash"]), None)
        if choice is None:
            raise outdated()
        asked.append(_asked(line["id"], choice))
    return asked


def asked_by(recommendation: Mapping[str, Any] | None, plan: Mapping[str, Any]) -> list[AskedTerms]:
    """Return what the chosen plan (the interview's part) asks of each bank.

    Raises ``Refusal``: ``plan-outdated`` when it is not among those kept, ``not-on-menu`` for an own choice.
    """
    if not recommendation:
        raise outdated()
    request = recommendation["request"]
    if plan["name"] == CUSTOM:
        return custom(request, plan["periods"])
    for kept in recommendation["answer"]["plans"]:
        if kept["name"] == plan["name"]:
            return terms_of(request, kept)
    raise outdated()


def outdated() -> Refusal:
    """Return the refusal of a plan that no longer stands."""
    return Refusal("plan-outdated", words("欠款有了变化，方案要重新算一下。"), field="name")


def _asked(bank_id: str, choice: Choice) -> AskedTerms:
    return AskedTerms(
        bank_id=UUID(bank_id),
        terms=choice.plan.as_terms(),
        hash=choice.schedule.hash,
        waived_fen=choice.waived_fen,
        down_payment_fen=choice.down_payment_fen,
        instalment_fen=choice.payments_fen[0],
        total_fen=choice.total_fen,
    )
