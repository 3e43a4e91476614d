"""The billing cycle of a card: statement date (账单日), due date (到期还款日), and judgement day (容时)."""

from dataclasses import dataclass
from datetime import date, timedelta

from heyue.engine.months import in_month, months_after

# Every order of month lengths occurs in these years: 2028 is a leap year between common ones.
_YEARS_OF_EVERY_KIND = range(2027, 2031)


@dataclass(frozen=True)
class Cycle:
    """Days of the month of one card; exactly one of ``due_day`` and ``due_after_days`` is given."""

    statement_day: int
    due_day: int | None
    due_after_days: int | None
    grace_days: int

    def statement_on_or_after(self, day: date) -> date:
        """The first statement date that is not before ``day``."""
        this_month = in_month(day.year, day.month, self.statement_day)
        return this_month if this_month >= day else self.next_statement(this_month)

    def next_statement(self, statement_on: date) -> date:
        """The statement date of the month after."""
        return months_after(statement_on, 1, self.statement_day)

    def due(self, statement_on: date) -> date:
        """The due date of a statement: the first due day after it, or a number of days after it."""
        if self.due_day is None:
            return statement_on + timedelta(days=self.due_after_days or 0)
        this_month = in_month(statement_on.year, statement_on.month, self.due_day)
        return this_month if this_month > statement_on else months_after(statement_on, 1, self.due_day)

    def judgement(self, statement_on: date) -> date:
        """The day at whose end it is judged what was paid (容时): due date plus grace days."""
        return self.due(statement_on) + timedelta(days=self.grace_days)

    def is_judged_in_time(self) -> bool:
        """Whether in every month the judgement day falls on or before the next statement date."""
        months = [in_month(year, month, self.statement_day) for year in _YEARS_OF_EVERY_KIND for month in range(1, 13)]
        return all(self.judgement(statement) <= self.next_statement(statement) for statement in months)
