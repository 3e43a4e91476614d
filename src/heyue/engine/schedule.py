"""Instalment schedules (分期还款计划表): rows to the fen, true annual rates, and the hash of their terms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

from heyue.engine.annual_rate import simple_and_effective
from heyue.engine.bad_input import Fields, Findings, plain
from heyue.engine.canonical import digest
from heyue.engine.money import round_half_up, round_ratio, yuan
from heyue.engine.months import months_after
from heyue.engine.schedule_options import FIELDS as OPTIONAL_FIELDS
from heyue.engine.schedule_options import NONE, Options, read_options

METHODS = ("equal_instalment", "equal_principal", "flat_fee", "interest_free")
PERIODS_MAX = 60
FINANCED_FEN_MIN_PER_PERIOD = 10_00
_FIELDS = (
    "principal", "down_payment", "periods", "method", "monthly_rate", "annual_rate", "first_due", "due_day",
    *OPTIONAL_FIELDS,
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """The terms of a schedule; the rate keeps the name under which it was given (None for interest_free)."""

    principal_fen: int
    down_payment_fen: int
    periods: int
    method: str
    rate_name: str | None
    rate: Fraction
    first_due_on: date
    due_day: int
    options: Options = NONE

    @property
    def financed_fen(self) -> int:
        """What the rows repay: principal less what is waived, less down payment."""
        return self.principal_fen - self.options.waived_fen - self.down_payment_fen

    @property
    def rate_per_month(self) -> Fraction:
        """The monthly rate, exact."""
        return self.rate / 12 if self.rate_name == "annual_rate" else self.rate

    def as_terms(self) -> dict[str, Any]:
        """The terms as they enter the hash: money with two places, the rate without needless zeros."""
        terms: dict[str, Any] = {
            "principal": yuan(self.principal_fen),
            "down_payment": yuan(self.down_payment_fen),
            "periods": self.periods,
            "method": self.method,
            "first_due": self.first_due_on.isoformat(),
            "due_day": self.due_day,
        }
        if self.rate_name is not None:
            terms[self.rate_name] = plain(self.rate)
        return {**terms, **self.options.as_terms()}


@dataclass(frozen=True)
class Row:
    """One instalment (一期): what is due, when, and what is left of the principal after it."""

    period: int
    due_on: date
    payment_fen: int
    principal_fen: int
    interest_fen: int
    balance_fen: int

    def as_json(self) -> dict[str, Any]:
        """The row as answered and hashed."""
        return {
            "period": self.period,
            "due": self.due_on.isoformat(),
            "payment": yuan(self.payment_fen),
            "principal": yuan(self.principal_fen),
            "interest": yuan(self.interest_fen),
            "balance": yuan(self.balance_fen),
        }


@dataclass(frozen=True)
class Schedule:
    """Terms and their rows; hash and rates are worked out when first asked for."""

    plan: Plan
    rows: tuple[Row, ...]

    @property
    def total_payment_fen(self) -> int:
        """All rows together; the down payment is not a row."""
        return sum(row.payment_fen for row in self.rows)

    @property
    def total_interest_fen(self) -> int:
        """Interest and instalment fees of all rows."""
        return sum(row.interest_fen for row in self.rows)

    @cached_property
    def annual_rates(self) -> tuple[str, str]:
        """Simple and effective true annual rate, six places."""
        payments_fen = [row.payment_fen for row in self.rows]
        return simple_and_effective(self.plan.financed_fen, payments_fen, self.plan.options.months_before_row_1)

    @cached_property
    def hash(self) -> str:
        """The identity of these terms, from the accepted offer to the last payment."""
        return digest({"rows": [row.as_json() for row in self.rows], "terms": self.plan.as_terms()})

    def as_json(self) -> dict[str, Any]:
        """The answer of the contract, section 3."""
        simple, effective = self.annual_rates
        waived = {"waived": yuan(self.plan.options.waived_fen)} if self.plan.options.waivers else {}
        return {
            **waived,
            "rows": [row.as_json() for row in self.rows],
            "total_payment": yuan(self.total_payment_fen),
            "total_interest": yuan(self.total_interest_fen),
            "annualised_rate_simple": simple,
            "annualised_rate_effective": effective,
            "hash": self.hash,
        }


def schedule(terms: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the contract's section 3; raises BadInput with every bad field."""
    return build(terms).as_json()


def rows(terms: Mapping[str, Any]) -> tuple[Row, ...]:
    """The typed rows of the same terms; raises BadInput with every bad field."""
    return build(terms).rows


def build(terms: Mapping[str, Any]) -> Schedule:
    """Read terms given as JSON and lay out their rows; raises BadInput with every bad field."""
    findings = Findings()
    plan = read_plan(terms, "", findings)
    findings.stop_if_any()
    return laid_out(plan)


def laid_out(plan: Plan) -> Schedule:
    """The schedule of terms that were judged sound; raises ValueError where a row has no principal."""
    amounts = row_amounts(plan)
    if amounts is None:
        raise ValueError(f"a row without principal: {plan}")
    return Schedule(plan, lay_out(plan, amounts))


def read_plan(value: object, at: str, findings: Findings, periods_max: int = PERIODS_MAX) -> Plan:
    """Read and judge the terms of a schedule; what is wrong goes to ``findings``."""
    fields = Fields(value, at, _FIELDS, findings)
    method = fields.choice("method", METHODS)
    rate_name, rate = read_rate(fields, method)
    plan = Plan(
        principal_fen=fields.money("principal", above_zero=True),
        down_payment_fen=fields.money("down_payment", 0),
        periods=fields.whole("periods", 1, periods_max),
        method=method,
        rate_name=rate_name,
        rate=rate,
        first_due_on=fields.day("first_due"),
        due_day=fields.whole("due_day", 1, 31),
        options=read_options(fields),
    )
    if fields.ok("periods", "deferral") and plan.periods + plan.options.deferred_months > periods_max:
        fields.bad("deferral", f"延期和期数合起来不得超过 {periods_max} 个月")
    if fields.ok("principal", "down_payment", *OPTIONAL_FIELDS):
        if plan.financed_fen <= 0:
            fields.bad("down_payment", "首付应小于本金" if not plan.options.waivers else "首付和减免合起来应小于本金")
        elif fields.ok("periods") and plan.financed_fen < FINANCED_FEN_MIN_PER_PERIOD * plan.periods:
            fields.bad("principal", "分期的金额平均每期不得少于 10.00 元")
        elif fields.ok("periods", "method", "monthly_rate", "annual_rate") and row_amounts(plan) is None:
            fields.bad(rate_name or "periods", "这样的条件下有一期的本金不大于 0")
    return plan


def read_rate(fields: Fields, method: str) -> tuple[str | None, Fraction]:
    """Read exactly one of the two rates, none for interest_free: its name and its value."""
    given = [name for name in ("monthly_rate", "annual_rate") if fields.has(name)]
    if fields.ok("method") and method == "interest_free":
        for name in given:
            fields.bad(name, "免息分期不带利率")
        return None, Fraction(0)
    if len(given) == 2:
        for name in given:
            fields.ratio(name)
        fields.bad("annual_rate", "月利率和年利率只能给一个")
        return None, Fraction(0)
    if not given:
        if not fields.ok():
            return None, Fraction(0)
        fields.bad("monthly_rate", "缺少利率：monthly_rate 和 annual_rate 给一个")
        return None, Fraction(0)
    return given[0], fields.ratio(given[0])


def row_amounts(plan: Plan) -> tuple[tuple[int, int], ...] | None:
    """Principal and interest in fen of each row, or None when a row's principal would not be positive."""
    rate = plan.rate_per_month
    over, under = rate.numerator, rate.denominator
    balance_fen = plan.financed_fen
    shares_fen = _level_payments(plan) if plan.method == "equal_instalment" else _even_principals(plan)
    flat_fen = round_ratio(plan.financed_fen * over, under)
    amounts = []
    for period, share_fen in enumerate(shares_fen, start=1):
        interest_fen = flat_fen if plan.method == "flat_fee" else round_ratio(balance_fen * over, under)
        principal_fen = share_fen - interest_fen if plan.method == "equal_instalment" else share_fen
        if period == plan.periods:
            principal_fen = balance_fen
        if principal_fen <= 0:
            return None
        if period == 1 and plan.options.extra_months_of_interest:
            months = 1 + plan.options.extra_months_of_interest
            interest_fen = round_half_up(balance_fen * rate * months)
        balance_fen -= principal_fen
        amounts.append((principal_fen, interest_fen))
    return tuple(amounts)


def _even_principals(plan: Plan) -> Sequence[int]:
    """The principal of each row (but the last) where it is shared evenly, or by the step-up's weights."""
    if plan.options.step_up is None:
        return [round_ratio(plan.financed_fen, plan.periods)] * plan.periods
    weights = plan.options.step_up.weights(plan.periods)
    whole = sum(weights, Fraction(0))
    return [round_half_up(plan.financed_fen * weight / whole) for weight in weights]


def _level_payments(plan: Plan) -> Sequence[int]:
    """The equal instalment (等额本息) A·i/(1−(1+i)⁻ⁿ), from whole numbers only; with a step-up, each row's."""
    rate = plan.rate_per_month
    if plan.options.step_up is not None:
        weights = plan.options.step_up.weights(plan.periods)
        worth = sum((weight / (1 + rate) ** month for month, weight in enumerate(weights, 1)), Fraction(0))
        return [round_half_up(plan.financed_fen * weight / worth) for weight in weights]
    if rate == 0:
        return [round_ratio(plan.financed_fen, plan.periods)] * plan.periods
    grown = (rate.numerator + rate.denominator) ** plan.periods
    flat = rate.denominator**plan.periods
    level_fen = round_ratio(plan.financed_fen * rate.numerator * grown, rate.denominator * (grown - flat))
    return [level_fen] * plan.periods


def lay_out(plan: Plan, amounts: tuple[tuple[int, int], ...]) -> tuple[Row, ...]:
    """Put amounts on their due dates: row 1 on ``first_due``, row k in the (k−1)th month after it.

    A deferral moves every row by its months.
    """
    laid = []
    balance_fen = plan.financed_fen
    for period, (principal_fen, interest_fen) in enumerate(amounts, start=1):
        balance_fen -= principal_fen
        payment_fen = principal_fen + interest_fen
        due_on = plan.first_due_on
        later = period - 1 + plan.options.deferred_months
        if later:
            due_on = months_after(plan.first_due_on, later, plan.due_day)
        laid.append(Row(period, due_on, payment_fen, principal_fen, interest_fen, balance_fen))
    return tuple(laid)
