"""An offer seen against the whole budget: what every month would ask, and what the bank could grant instead.

Two findings are kept apart: *over budget* (超出能拿出), months whose total lies above the affordable sum, and
*fails in month n* (第 n 个月付不出), the first month that cannot be paid even when savings are used up.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from heyue.engine.menu import BankPolicy, Choice, choices
from heyue.engine.months import months_between
from heyue.engine.schedule import Row, Schedule


@dataclass(frozen=True)
class Month:
    """All instalments of one calendar month against what can be paid in it; month 1 follows that of as_of."""

    number: int
    total_fen: int
    affordable_fen: int

    @property
    def over_fen(self) -> int:
        """By how much the month's total exceeds the affordable sum; 0 when it does not."""
        return max(0, self.total_fen - self.affordable_fen)


@dataclass(frozen=True)
class OfferView:
    """What an offer means for the household.

    ``fails_in_month`` is None when every month can be paid; 0 when savings do not reach the down payment.
    """

    months: tuple[Month, ...]
    fails_in_month: int | None
    total_cost_fen: int
    interest_fen: int
    annualised_rate_simple: str

    @property
    def over_budget(self) -> tuple[Month, ...]:
        """The months over what the budget bears, in order."""
        return tuple(month for month in self.months if month.over_fen)

    @property
    def over_by_fen(self) -> int:
        """The worst month's excess over the affordable sum; 0 when none is over."""
        return max((month.over_fen for month in self.months), default=0)

    @property
    def fits(self) -> bool:
        """Whether every month lies within the affordable sum and savings reach the down payment."""
        return not self.over_budget and self.fails_in_month is None


def view_offer(
    offer: Schedule,
    as_of: date,
    affordable_fen: Sequence[int],
    savings_fen: int = 0,
    running: Iterable[Sequence[Row]] = (),
) -> OfferView:
    """Judge an offer together with the unpaid rows of all running schedules.

    ``affordable_fen`` holds months 1, 2, … after ``as_of``'s month; its last sum repeats. What is due in the
    base month itself or is late counts in month 1, since it has to come from the same money.
    """
    totals = month_totals((offer.rows, *running), as_of)
    months = tuple(
        Month(number, total_fen, affordable_fen[min(number, len(affordable_fen)) - 1])
        for number, total_fen in enumerate(totals, start=1)
    )
    return OfferView(
        months=months,
        fails_in_month=_fails_in(months, savings_fen - offer.plan.down_payment_fen),
        total_cost_fen=offer.plan.down_payment_fen + offer.total_payment_fen,
        interest_fen=offer.total_interest_fen,
        annualised_rate_simple=offer.annual_rates[0],
    )


def month_totals(schedules: Iterable[Sequence[Row]], as_of: date) -> tuple[int, ...]:
    """What the rows ask in each of months 1, 2, …, in fen, up to the last one with a row."""
    totals: dict[int, int] = {}
    for rows in schedules:
        for row in rows:
            number = max(1, months_between(as_of, row.due_on))
            totals[number] = totals.get(number, 0) + row.payment_fen
    return tuple(totals.get(number, 0) for number in range(1, max(totals, default=0) + 1))


def still_to_come(rows: Iterable[Row], as_of: date) -> tuple[Row, ...]:
    """The rows that share months with a plan seen from ``as_of``: those of later months, and those that are late.

    What falls due in the rest of ``as_of``'s own month is paid from that month's money and is left out.
    """
    last = as_of.replace(day=monthrange(as_of.year, as_of.month)[1])
    return tuple(row for row in rows if not as_of <= row.due_on <= last)


def best_counter(
    balance_fen: int,
    waivable_fen: int,
    policy: BankPolicy,
    as_of: date,
    affordable_fen: Sequence[int],
    savings_fen: int = 0,
    running: Sequence[Sequence[Row]] = (),
) -> Choice | None:
    """The cheapest choice of the bank's own menu that fits the budget beside all running schedules.

    Of the equally cheap the one whose heaviest instalment is lightest: the same money, and more room for bad
    months. None when nothing on the menu fits.
    """
    fitting = [
        choice
        for choice in choices(balance_fen, waivable_fen, policy, as_of)
        if view_offer(choice.schedule, as_of, affordable_fen, savings_fen, running).fits
    ]
    return min(fitting, key=lambda choice: (choice.total_fen, max(choice.payments_fen), choice.order), default=None)


def _fails_in(months: Sequence[Month], savings_fen: int) -> int | None:
    """The first month whose excess the savings no longer reach; what a month leaves over is not saved up."""
    if savings_fen < 0:
        return 0
    for month in months:
        savings_fen -= month.over_fen
        if savings_fen < 0:
            return month.number
    return None
