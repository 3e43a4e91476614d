"""A cut statement (账单): its figures, the lines of interest on it, and what is paid after it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from heyue.engine.lots import CASH_ADVANCE, FEE, INTEREST, PURCHASE, Book, Lot
from heyue.engine.money import round_ratio, yuan

_WHY = {
    PURCHASE: "消费没有在到期还款日前全额还清，从入账日起计息",
    CASH_ADVANCE: "取现没有免息期，从取现当天起计息",
    INTEREST: "上期已计入账单的利息没有还清，按约定计收复利",
}
_WHY_OPENING = {
    PURCHASE: "期初已过免息期的消费，每天计息",
    CASH_ADVANCE: "期初的取现，每天计息",
    INTEREST: "期初的利息，按约定计收复利",
}


@lru_cache(maxsize=100_000)
def _iso(day: int) -> str:
    """Shared between lines: an answer may have a million of them."""
    return date.fromordinal(day).isoformat()


class Rate(NamedTuple):
    """A daily rate from a day (an ordinal) on, exact and as written."""

    since: int
    value: Fraction
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """Interest of one lot over days with the same amount; days are ordinals, both ends counted."""

    lot: Lot
    first: int
    last: int
    amount_fen: int
    interest_fen: int
    daily_rate: str

    def as_json(self, *, with_rate: bool) -> dict[str, Any]:
        """The line as answered, with the sum in words."""
        days = self.last - self.first + 1
        principal = yuan(self.amount_fen)
        why = (_WHY_OPENING if self.lot.of_opening else _WHY)[self.lot.kind]
        rate = {"rate": self.daily_rate} if with_rate else {}
        return {
            **rate,
            "from": _iso(self.first),
            "to": _iso(self.last),
            "days": days,
            "principal": principal,
            "interest": yuan(self.interest_fen),
            "posting": {"date": _iso(self.lot.created), "kind": self.lot.kind},
            "why": f"{why}：{principal} 元 × {days} 天 × 日利率 {self.daily_rate}",
        }


@dataclass
class Statement:
    """One statement; what happens after it until its judgement is written on it."""

    on: date
    due_on: date
    judged_on: date
    balance_fen: int
    minimum_fen: int
    interest_fen: int
    late_fee_fen: int
    lines: list[Line]
    purchases: list[Lot] = field(default_factory=list)
    paid_fen: int = 0
    paid_at_judgement_fen: int = 0
    earlier_minimum_fen: int = 0
    paid_in_full: bool = False

    def unmet_minimum_fen(self) -> int:
        """What of the minimum is still unpaid; none when paid in full."""
        return 0 if self.paid_in_full else max(0, self.minimum_fen - self.paid_fen)

    def shortfall_fen(self) -> int:
        """What was unpaid of the minimum on the judgement day; none when paid in full."""
        return 0 if self.paid_in_full else max(0, self.minimum_fen - self.paid_at_judgement_fen)

    def as_json(self, *, with_rate: bool) -> dict[str, Any]:
        """The statement as answered; the rate stands on each line where it changes in time."""
        return {
            "date": self.on.isoformat(),
            "due_date": self.due_on.isoformat(),
            "balance": yuan(self.balance_fen),
            "minimum_payment": yuan(self.minimum_fen),
            "interest": yuan(self.interest_fen),
            "late_fee": yuan(self.late_fee_fen),
            "lines": [line.as_json(with_rate=with_rate) for line in self.lines],
        }


def lines_of(lots: Iterable[Lot], through: int, rates: Sequence[Rate]) -> list[Line]:
    """Interest not charged yet of lots that bear it, up to and including a day, rounded line by line.

    ``rates`` stand by their day, the first from the beginning on; where the rate changes, the line is parted.
    """
    return [
        Line(lot, first, last, amount_fen, _interest(amount_fen, last - first + 1, rate.value), rate.text)
        for lot in lots
        for whole_first, whole_last, amount_fen in lot.runs(through)
        for first, last, rate in _parted(whole_first, whole_last, rates)
    ]


def _interest(amount_fen: int, days: int, daily_rate: Fraction) -> int:
    return round_ratio(amount_fen * days * daily_rate.numerator, daily_rate.denominator)


def _parted(first: int, last: int, rates: Sequence[Rate]) -> Iterator[tuple[int, int, Rate]]:
    for index, rate in enumerate(rates):
        until = rates[index + 1].since - 1 if index + 1 < len(rates) else last
        start, end = max(first, rate.since), min(last, until)
        if start <= end:
            yield start, end, rate


def late_fee(shortfall_fen: int, ratio: Fraction, minimum_fen: int) -> int:
    """Late fee (违约金) in fen on what was unpaid of a minimum payment; none without shortfall."""
    if not shortfall_fen:
        return 0
    return max(minimum_fen, round_ratio(shortfall_fen * ratio.numerator, ratio.denominator))


def minimum_payment(book: Book, earlier_minimum_fen: int, ratio: Fraction) -> int:
    """Minimum payment (最低还款额) of a statement whose lots the book does not count as billed yet.

    The part of an earlier unpaid minimum that is not covered by charges already on the previous statement is
    due whole; of the other purchases a ratio is.
    """
    left = book.left_fen
    unpaid_fen = earlier_minimum_fen - book.billed_beside_purchases_fen
    unpaid_fen = max(0, min(unpaid_fen, left[PURCHASE]))
    part_fen = round_ratio((left[PURCHASE] - unpaid_fen) * ratio.numerator, ratio.denominator)
    return left[INTEREST] + left[FEE] + left[CASH_ADVANCE] + unpaid_fen + part_fen
