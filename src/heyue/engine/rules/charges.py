"""Limits of what an agreement may charge: interest on fees, the overdraft rate, the annual rate shown."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from heyue.engine.bad_input import plain
from heyue.engine.money import yuan
from heyue.engine.rules.agreement import Agreement
from heyue.engine.rules.facts import ChargedLine, SetOff
from heyue.engine.rules.law import Said


def no_interest_on_fees(agreement: Agreement, rate_on_fees: Any) -> Iterator[Said]:
    """Late fee, annual fee and other service fees bear no interest (PB-111-FEE)."""
    if agreement.interest_on_fees > Fraction(rate_on_fees):
        yield "error", "对违约金、年费等费用计收了利息"


def rate_within_limits(agreement: Agreement, limits: Any) -> Iterator[Said]:
    """The overdraft rate lies between the record's limits, where it has any (PB-111-RATE, PB-327)."""
    rate = agreement.daily_rate
    if rate is None:
        return
    lowest, highest = limits["daily_rate_min"], limits["daily_rate_max"]
    if lowest is not None and rate < Fraction(lowest):
        yield "error", f"日利率 {plain(rate)} 低于下限 {lowest}"
    if highest is not None and rate > Fraction(highest):
        yield "error", f"日利率 {plain(rate)} 高于上限 {highest}"


def shows_its_annual_rate(agreement: Agreement, method: Any) -> Iterator[Said]:
    """What is charged for instalments is shown as an annual rate by IRR (PB-2021-3)."""
    simple, _ = agreement.schedule.annual_rates
    if agreement.annualised_rate_simple is None:
        if method and agreement.schedule.total_interest_fen:
            yield "error", f"没有明示年化利率，按内部收益率算是 {simple}"
    elif agreement.annualised_rate_simple != Fraction(simple):
        yield "error", f"明示的年化利率和按内部收益率算出的 {simple} 不一致"


def charged_line_is_no_fee(line: ChargedLine, rate_on_fees: Any) -> Iterator[Said]:
    """A statement charges no interest on a fee (PB-111-FEE)."""
    if line.kind == "fee" and line.interest_fen and Fraction(rate_on_fees) == 0:
        yield "error", f"对违约金、年费等费用计收了 {yuan(line.interest_fen)} 元利息"


def set_off_in_order(payment: SetOff, last_day_of_charges_first: int) -> Iterator[Said]:
    """Up to that day overdue interest and fees are paid before principal, after it principal first (CC-ORDER)."""
    left_of_charges_fen = payment.charges_before_fen - payment.to_charges_fen
    left_of_principal_fen = payment.principal_before_fen - payment.to_principal_fen
    if payment.days_overdue <= last_day_of_charges_first:
        if payment.to_principal_fen and left_of_charges_fen:
            yield "error", f"逾期 {payment.days_overdue} 天，息费还欠 {yuan(left_of_charges_fen)} 元，先冲抵了本金"
    elif payment.to_charges_fen and left_of_principal_fen:
        yield "error", f"逾期 {payment.days_overdue} 天，本金还欠 {yuan(left_of_principal_fen)} 元，先冲抵了息费"


JUDGES = (
    ("PB-111-FEE", no_interest_on_fees),
    ("PB-111-RATE", rate_within_limits),
    ("PB-327", rate_within_limits),
    ("PB-2021-3", shows_its_annual_rate),
)
