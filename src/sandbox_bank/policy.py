"""What the bank may agree to: the policy of its profile against a debt as its own books have it."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sandbox_bank import accounts
from sandbox_bank.bank import Work
from sandbox_bank.business_clock import day_of_month
from sandbox_bank.money import part, to_fen, to_yuan
from sandbox_bank.profile import Profile

FIRST_DUE_LEAD_DAYS = 5
FIRST_DUE_MONTHS_MAX = 2
RATES = ("monthly_rate", "annual_rate")


@dataclass(frozen=True)
class Debt:
    """The cards of one application in the bank's books at the base date, in fen."""

    balance_fen: int
    accrued_fen: int
    waivable_fen: int

    def agrees_with(self, balance_fen: int) -> bool:
        """Whether a stated balance is ours, with or without the interest not yet charged."""
        return balance_fen in (self.balance_fen, self.balance_fen + self.accrued_fen)


@dataclass(frozen=True)
class Plan:
    """Terms with what is waived, and the hash of their schedule."""

    terms: dict[str, Any]
    waived_fen: int
    hash: str


def debt(work: Work, application: dict[str, Any]) -> Debt:
    """Our own figures for the application's cards; a card that is not there, or opened anew since, counts nothing."""
    base = date.fromisoformat(application["base_date"])
    owed = []
    for one in application["debt"]["structure"]:
        card = work.row("SELECT * FROM cards WHERE token = ?", one["card"])
        if card is not None and (not card["opening"] or json.loads(card["opening"])["date"] <= base.isoformat()):
            owed.append(accounts.figures(work, card, base))
    return Debt(
        balance_fen=sum(one.balance_fen for one in owed),
        accrued_fen=sum(one.accrued_fen for one in owed),
        waivable_fen=sum(one.waivable_fen for one in owed),
    )


def objections(
    work: Work, application: dict[str, Any], terms: dict[str, Any], waived: str, stated_hash: str
) -> list[str]:
    """Why these terms are not within the policy, in words; empty when they are."""
    own, policy = debt(work, application), work.bank.profile.policy
    stated_fen, waived_fen = to_fen(application["debt"]["balance"]), to_fen(waived)
    found = _menu_objections(policy, terms)
    if not own.agrees_with(stated_fen) or to_fen(application["debt"]["waivable"]) != own.waivable_fen:
        found.append(f"欠款以我行系统为准：{to_yuan(own.balance_fen)}元，可免{to_yuan(own.waivable_fen)}元")
    if waived_fen not in [part(ratio, own.waivable_fen) for ratio in policy["waiver_ratios"]]:
        found.append("减免不在政策内")
    rest_fen = stated_fen - waived_fen
    if to_fen(terms["principal"]) != rest_fen:
        found.append("分期本金不等于欠款减去减免")
    if to_fen(terms.get("down_payment", "0")) not in [part(ratio, rest_fen) for ratio in policy["down_payment_ratios"]]:
        found.append("首付比例不在政策内")
    if not first_due_stands(policy, date.fromisoformat(terms["first_due"]), work.today):
        found.append("首期还款日不合适")
    return found or _schedule_objections(work, terms, stated_hash)


def _menu_objections(policy: dict[str, Any], terms: dict[str, Any]) -> list[str]:
    found = []
    if terms["method"] != policy["method"] or _rates(terms) != _rates(policy):
        found.append("计费方式或费率不是我行的")
    if terms["periods"] not in policy["periods"]:
        found.append(f"期数不在 {'/'.join(str(n) for n in policy['periods'])} 里")
    if terms["due_day"] != policy["due_day"]:
        found.append(f"还款日是每月{policy['due_day']}日")
    return found


def _rates(terms: dict[str, Any]) -> dict[str, Decimal]:
    return {name: Decimal(terms[name]) for name in RATES if terms.get(name) is not None}


def _schedule_objections(work: Work, terms: dict[str, Any], stated_hash: str) -> list[str]:
    schedule = work.schedule(terms)
    if schedule["hash"] != stated_hash:
        return ["还款表和我行算出来的不一样"]
    least = to_fen(work.bank.profile.policy["minimum_instalment"])
    if any(to_fen(row["payment"]) < least for row in schedule["rows"][:-1]):
        return [f"每期不少于{to_yuan(least)}元"]
    return []


def first_due_stands(policy: dict[str, Any], first_due: date, today: date) -> bool:
    """Whether a first due date is the policy's day of a month, far enough ahead and not too far."""
    latest = day_of_month(today.year, today.month + FIRST_DUE_MONTHS_MAX, policy["due_day"])
    on_the_day = first_due == day_of_month(first_due.year, first_due.month, policy["due_day"])
    return on_the_day and today + timedelta(days=FIRST_DUE_LEAD_DAYS) <= first_due <= latest


def valid_until(profile: Profile, terms: dict[str, Any], today: date) -> date:
    """The last day of an offer: some days from now, and before the first due date."""
    before_due = date.fromisoformat(terms["first_due"]) - timedelta(days=1)
    return min(today + timedelta(days=profile.offer_valid_days), before_due)


def plan(work: Work, application: dict[str, Any], periods: int, down_payment_ratio: str, waiver_ratio: str) -> Plan:
    """One choice of the policy for this debt; the stated balance is kept where it agrees with our books."""
    own, policy = debt(work, application), work.bank.profile.policy
    stated_fen = to_fen(application["debt"]["balance"])
    balance_fen = stated_fen if own.agrees_with(stated_fen) else own.balance_fen
    waived_fen = part(waiver_ratio, own.waivable_fen)
    principal_fen = balance_fen - waived_fen
    first_due = date.fromisoformat(application["asked"]["terms"]["first_due"])
    if not first_due_stands(policy, first_due, work.today):
        first_due = day_of_month(work.today.year, work.today.month + 1, policy["due_day"])
    terms = {
        "principal": to_yuan(principal_fen),
        "down_payment": to_yuan(part(down_payment_ratio, principal_fen)),
        "periods": periods,
        "method": policy["method"],
        "first_due": first_due.isoformat(),
        "due_day": policy["due_day"],
    }
    terms |= {name: policy[name] for name in RATES if name in policy}
    return Plan(terms, waived_fen, work.schedule(terms)["hash"])


def nearest(work: Work, application: dict[str, Any]) -> Plan:
    """The choice of the policy that lies nearest to what was asked: in periods, then down payment, then waiver."""
    own, policy, asked = debt(work, application), work.bank.profile.policy, application["asked"]
    terms = asked["terms"]
    principal_fen = max(to_fen(terms["principal"]), 1)
    down_fen, waived_fen = to_fen(terms.get("down_payment", "0")), to_fen(asked["waived"])
    periods = min(policy["periods"], key=lambda n: (abs(n - terms["periods"]), -n))
    down = min(policy["down_payment_ratios"], key=lambda ratio: abs(part(ratio, principal_fen) - down_fen))
    waiver = min(policy["waiver_ratios"], key=lambda ratio: abs(part(ratio, own.waivable_fen) - waived_fen))
    return plan(work, application, periods, down, waiver)
