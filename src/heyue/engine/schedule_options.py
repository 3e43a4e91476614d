"""Optional terms of a schedule: waivers (减免), deferral (延期), step-up (递增) and a first period of another length.

Each enters the hash under its own name when given, and changes nothing when absent (decision 0002).
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from heyue.engine.bad_input import Fields, plain
from heyue.engine.money import round_half_up, yuan

FIELDS = ("waivers", "deferral", "step_up", "first_period_days")
WAIVED_KINDS = ("late_fee", "interest", "other")
WAIVERS_MAX = 20
DEFERRAL_MONTHS_MAX = 24
STEP_RATIO_MAX = Fraction(1, 2)
FIRST_PERIOD_DAYS_MAX = 92
DAYS_OF_A_MONTH = 30


@dataclass(frozen=True)
class Waiver:
    """What the bank gives up of one kind of charge: a ratio of what is owed, or an amount."""

    on: str
    owed_fen: int
    ratio: Fraction | None
    waived_fen: int

    def as_term(self) -> dict[str, str]:
        """The waiver as it enters the hash."""
        share = {"amount": yuan(self.waived_fen)} if self.ratio is None else {"ratio": plain(self.ratio)}
        return {"on": self.on, "owed": yuan(self.owed_fen), **share}


@dataclass(frozen=True)
class Deferral:
    """Months without a payment before row 1; their interest is waived, or charged with row 1."""

    months: int
    interest: str

    def as_term(self) -> dict[str, Any]:
        """The deferral as it enters the hash."""
        return {"months": self.months, "interest": self.interest}


@dataclass(frozen=True)
class StepUp:
    """After every so many rows what is paid grows by a ratio."""

    every: int
    ratio: Fraction

    def weights(self, periods: int) -> tuple[Fraction, ...]:
        """How much each row weighs against the first."""
        return tuple((1 + self.ratio) ** (period // self.every) for period in range(periods))

    def as_term(self) -> dict[str, Any]:
        """The step-up as it enters the hash."""
        return {"every": self.every, "ratio": plain(self.ratio)}


@dataclass(frozen=True)
class Options:
    """The optional terms of one schedule; all absent by default."""

    waivers: tuple[Waiver, ...] = ()
    deferral: Deferral | None = None
    step_up: StepUp | None = None
    first_period_days: int | None = None

    @property
    def waived_fen(self) -> int:
        """All that the waivers give up."""
        return sum(waiver.waived_fen for waiver in self.waivers)

    @property
    def deferred_months(self) -> int:
        """By how many months row 1 comes later."""
        return self.deferral.months if self.deferral else 0

    @property
    def months_before_row_1(self) -> Fraction:
        """From the start of interest to row 1, in months of 30 days where the first period is given in days."""
        first = Fraction(1) if self.first_period_days is None else Fraction(self.first_period_days, DAYS_OF_A_MONTH)
        return first + self.deferred_months

    @property
    def extra_months_of_interest(self) -> Fraction:
        """For how many months beyond the usual one row 1 bears interest (below 0: a shorter first period)."""
        if self.deferral and self.deferral.interest == "waived":
            return self.months_before_row_1 - 1 - self.deferred_months
        return self.months_before_row_1 - 1

    def as_terms(self) -> dict[str, Any]:
        """What was given, as it enters the hash."""
        terms: dict[str, Any] = {}
        if self.waivers:
            terms["waivers"] = [waiver.as_term() for waiver in self.waivers]
        if self.deferral:
            terms["deferral"] = self.deferral.as_term()
        if self.step_up:
            terms["step_up"] = self.step_up.as_term()
        if self.first_period_days is not None:
            terms["first_period_days"] = self.first_period_days
        return terms


NONE = Options()


def read_options(fields: Fields) -> Options:
    """Read the optional terms; what is wrong goes to the fields' findings."""
    return Options(
        waivers=_read_waivers(fields),
        deferral=_read_deferral(fields) if fields.has("deferral") else None,
        step_up=_read_step_up(fields) if fields.has("step_up") else None,
        first_period_days=(
            fields.whole("first_period_days", 1, FIRST_PERIOD_DAYS_MAX) if fields.has("first_period_days") else None
        ),
    )


def _read_waivers(fields: Fields) -> tuple[Waiver, ...]:
    if not fields.has("waivers"):
        return ()
    found = []
    for index, value in enumerate(fields.array("waivers", 1, WAIVERS_MAX)):
        at = f"{fields.pointer('waivers')}/{index}"
        inner = Fields(value, at, ("on", "owed", "ratio", "amount"), fields.findings)
        on, owed_fen = inner.choice("on", WAIVED_KINDS), inner.money("owed", above_zero=True)
        ratio, waived_fen = None, 0
        if inner.has("ratio") and inner.has("amount"):
            inner.bad("amount", "ratio 和 amount 只能给一个")
        elif inner.has("ratio"):
            ratio = inner.ratio("ratio")
            waived_fen = round_half_up(ratio * owed_fen)
        else:
            waived_fen = inner.money("amount", above_zero=True)
            if inner.ok("owed", "amount") and waived_fen > owed_fen:
                inner.bad("amount", "减免不能超过所欠的")
        found.append(Waiver(on, owed_fen, ratio, waived_fen))
    return tuple(found)


def _read_deferral(fields: Fields) -> Deferral:
    inner = fields.child("deferral", ("months", "interest"))
    return Deferral(inner.whole("months", 1, DEFERRAL_MONTHS_MAX), inner.choice("interest", ("waived", "first_row")))


def _read_step_up(fields: Fields) -> StepUp:
    inner = fields.child("step_up", ("every", "ratio"))
    every, ratio = inner.whole("every", 1, 60), inner.ratio("ratio", most=STEP_RATIO_MAX)
    if inner.ok("ratio") and ratio == 0:
        inner.bad("ratio", "应大于 0")
    return StepUp(every, ratio)
