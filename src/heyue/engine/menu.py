"""A bank's menu for one debt: every combination of periods, down payment and waiver that it grants."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property

from heyue.engine.bad_input import Fields, Findings, read_ratio
from heyue.engine.money import round_ratio
from heyue.engine.months import months_after
from heyue.engine.schedule import (
    FINANCED_FEN_MIN_PER_PERIOD,
    METHODS,
    PERIODS_MAX,
    Plan,
    Schedule,
    lay_out,
    read_rate,
    row_amounts,
)

CHOICES_MAX = 200
PERIODS_WRITABLE_MAX = 1_200
_FIELDS = (
    "method", "monthly_rate", "annual_rate", "periods", "down_payment_ratios", "waiver_ratios",
    "minimum_instalment", "due_day", "usual",
)  # fmt: skip


@dataclass(frozen=True)
class Ratio:
    """A ratio as the bank wrote it, and its exact value."""

    text: str
    value: Fraction


ZERO = Ratio("0", Fraction(0))


@dataclass(frozen=True)
class Usual:
    """The terms that a bank usually grants (通常方案)."""

    periods: int
    down_payment_ratio: Fraction
    waiver_ratio: Fraction


@dataclass(frozen=True)
class BankPolicy:
    """What one bank grants for one debt (协商政策)."""

    method: str
    rate_name: str | None
    rate: Fraction
    periods: tuple[int, ...]
    down_payment_ratios: tuple[Ratio, ...]
    waiver_ratios: tuple[Ratio, ...]
    minimum_instalment_fen: int
    due_day: int | None
    usual: Usual | None


@dataclass(frozen=True)
class Choice:
    """One entry of the menu, with its amounts in fen; the schedule is laid out when first asked for."""

    periods: int
    down_payment_ratio: Ratio
    waiver_ratio: Ratio
    waived_fen: int
    plan: Plan
    amounts: tuple[tuple[int, int], ...]

    @property
    def down_payment_fen(self) -> int:
        """What is paid at once."""
        return self.plan.down_payment_fen

    @cached_property
    def payments_fen(self) -> tuple[int, ...]:
        """Instalments of months 1…periods."""
        return tuple(principal_fen + interest_fen for principal_fen, interest_fen in self.amounts)

    @cached_property
    def total_fen(self) -> int:
        """Down payment and all instalments."""
        return self.down_payment_fen + sum(self.payments_fen)

    def paid_in(self, months: int) -> int:
        """What is paid at once and in the first so many months."""
        return self.down_payment_fen + sum(self.payments_fen[:months])

    @cached_property
    def schedule(self) -> Schedule:
        """The schedule whose hash stands for this choice."""
        return Schedule(self.plan, lay_out(self.plan, self.amounts))

    @property
    def order(self) -> tuple[int, Fraction, Fraction]:
        """The order in which choices stand and ties end."""
        return self.periods, self.down_payment_ratio.value, self.waiver_ratio.value


def choices(balance_fen: int, waivable_fen: int, policy: BankPolicy, as_of: date) -> tuple[Choice, ...]:
    """Every choice that the policy grants for a debt, in order; may be empty.

    Left out: what a schedule refuses, what has a row but the last below the minimum instalment, and of
    choices with the same payments all but the one with the lowest ratios.
    """
    due_day = as_of.day if policy.due_day is None else policy.due_day
    first_due_on = months_after(as_of, 1, due_day)
    found: dict[tuple[int, tuple[int, ...]], Choice] = {}
    for down_payment_ratio in sorted(policy.down_payment_ratios, key=lambda ratio: ratio.value):
        for waiver_ratio in sorted(policy.waiver_ratios, key=lambda ratio: ratio.value):
            waived_fen = _part(waiver_ratio, waivable_fen)
            principal_fen = balance_fen - waived_fen
            down_payment_fen = _part(down_payment_ratio, principal_fen)
            for periods in sorted(set(policy.periods)):
                plan = Plan(
                    principal_fen, down_payment_fen, periods, policy.method, policy.rate_name, policy.rate,
                    first_due_on, due_day,
                )  # fmt: skip
                amounts = _granted(plan, policy.minimum_instalment_fen)
                if amounts is not None:
                    choice = Choice(periods, down_payment_ratio, waiver_ratio, waived_fen, plan, amounts)
                    found.setdefault((down_payment_fen, choice.payments_fen), choice)
    return tuple(sorted(found.values(), key=lambda choice: choice.order))


def _part(ratio: Ratio, amount_fen: int) -> int:
    return round_ratio(ratio.value.numerator * amount_fen, ratio.value.denominator)


def _granted(plan: Plan, minimum_instalment_fen: int) -> tuple[tuple[int, int], ...] | None:
    if plan.periods > PERIODS_MAX or plan.financed_fen < FINANCED_FEN_MIN_PER_PERIOD * plan.periods:
        return None
    amounts = row_amounts(plan)
    if amounts is None or any(sum(row) < minimum_instalment_fen for row in amounts[:-1]):
        return None
    return amounts


def read_policy(value: object, at: str, findings: Findings) -> BankPolicy:
    """Read a bank's policy; what is wrong goes to ``findings``."""
    fields = Fields(value, at, _FIELDS, findings)
    method = fields.choice("method", METHODS)
    rate_name, rate = read_rate(fields, method)
    policy = BankPolicy(
        method=method,
        rate_name=rate_name,
        rate=rate,
        periods=_read_periods(fields),
        down_payment_ratios=_read_ratios(fields, "down_payment_ratios"),
        waiver_ratios=_read_ratios(fields, "waiver_ratios"),
        minimum_instalment_fen=fields.money("minimum_instalment", 0),
        due_day=fields.whole("due_day", 1, 31) if fields.has("due_day") else None,
        usual=_read_usual(fields) if fields.has("usual") else None,
    )
    if len(policy.periods) * len(policy.down_payment_ratios) * len(policy.waiver_ratios) > CHOICES_MAX:
        findings.add(at, f"期数、首付和减免的组合超过 {CHOICES_MAX} 个")
    return policy


def _read_periods(fields: Fields) -> tuple[int, ...]:
    """Periods beyond what a schedule may have are read, and then granted by no menu."""
    given = fields.array("periods", 1, CHOICES_MAX)
    for index, periods in enumerate(given):
        if type(periods) is not int or not 1 <= periods <= PERIODS_WRITABLE_MAX:
            fields.findings.add(f"{fields.pointer('periods')}/{index}", "应为正整数")
    return tuple(periods for periods in given if type(periods) is int)


def _read_ratios(fields: Fields, name: str) -> tuple[Ratio, ...]:
    if not fields.has(name):
        return (ZERO,)
    found = []
    for index, text in enumerate(fields.array(name, 1, CHOICES_MAX)):
        value = read_ratio(text)
        if value is None:
            fields.findings.add(f"{fields.pointer(name)}/{index}", "应为 0 到 1 的十进制字符串，最多 12 位小数")
        else:
            found.append(Ratio(text, value))
    return tuple(found)


def _read_usual(fields: Fields) -> Usual:
    inner = fields.child("usual", ("periods", "down_payment_ratio", "waiver_ratio"))
    return Usual(
        periods=inner.whole("periods", 1, PERIODS_WRITABLE_MAX),
        down_payment_ratio=inner.ratio("down_payment_ratio", "0"),
        waiver_ratio=inner.ratio("waiver_ratio", "0"),
    )
