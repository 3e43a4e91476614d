"""Working days of mainland China, adjusted weekends included."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heyue.engine.working_days import Calendar, Deadline, nth_working_day, working_days_between
from heyue.policy.holidays import mainland


@pytest.mark.parametrize(
    ("start", "n", "expected", "provisional"),
    [
        (date(2026, 11, 24), 7, date(2026, 12, 3), False),
        (date(2026, 9, 30), 1, date(2026, 10, 8), False),
        (date(2026, 2, 13), 1, date(2026, 2, 14), False),  # a working Saturday before Spring Festival
        (date(2026, 2, 14), 1, date(2026, 2, 24), False),
        (date(2026, 12, 24), 5, date(2026, 12, 31), False),
        (date(2026, 12, 24), 6, date(2027, 1, 1), True),
    ],
)
def test_nth_working_day(start: date, n: int, expected: date, provisional: bool) -> None:
    assert nth_working_day(start, n, mainland()) == Deadline(expected, provisional)


def test_a_year_without_notice_knows_weekends_only() -> None:
    calendar = Calendar()
    assert nth_working_day(date(2030, 10, 1), 4, calendar) == Deadline(date(2030, 10, 7), provisional=True)


@settings(deadline=None)
@given(st.dates(date(2004, 1, 1), date(2030, 12, 31)), st.integers(1, 60))
def test_counting_back_gives_the_same_number(start: date, n: int) -> None:
    deadline = nth_working_day(start, n, mainland())
    assert working_days_between(start, deadline.on, mainland()) == n
    assert working_days_between(start, deadline.on - timedelta(days=1), mainland()) == n - 1


def test_none_lie_between_when_the_end_is_not_after_the_start() -> None:
    assert working_days_between(date(2026, 11, 24), date(2026, 11, 24), mainland()) == 0
    assert working_days_between(date(2026, 11, 24), date(2026, 11, 1), mainland()) == 0


@pytest.mark.parametrize("n", [0, -1, 10_001])
def test_a_count_out_of_bounds_is_refused(n: int) -> None:
    with pytest.raises(ValueError, match="working days"):
        nth_working_day(date(2026, 1, 1), n, mainland())
