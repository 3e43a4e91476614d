"""What a card debt comes to month by month from here, when it is paid in one way: the minimum, a fixed sum, nothing.

Payments fall on due days. Nothing new is bought. Sums are whole fen. The account itself is the contract's, section 2.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from heyue.engine.card_account import Account
from heyue.engine.interest_request import Event, read_request

MONTHS_MAX = 120

Pay = Callable[[int, int], int]
"""What is paid on a due day, given the minimum and what is owed then; more than is owed is not paid."""


@dataclass(frozen=True, slots=True)
class Month:
    """One due day: the minimum asked, what was paid, what is owed after it, and interest and fees charged for it."""

    due_on: date
    minimum_fen: int
    paid_fen: int
    owed_fen: int
    charged_fen: int


def pay_nothing(_minimum_fen: int, _owed_fen: int) -> int:
    """Pay nothing at all."""
    return 0


def pay_the_minimum(minimum_fen: int, _owed_fen: int) -> int:
    """Pay what the statement asks for at least."""
    return minimum_fen


def pay_each_month(sum_fen: int) -> Pay:
    """Pay the same sum on every due day."""
    return lambda _minimum_fen, _owed_fen: sum_fen


def months_ahead(request: Mapping[str, Any], months: int, pay: Pay) -> tuple[Month, ...]:
    """Go on from the request's ``until`` for so many due days, fewer when nothing is owed any more.

    ``request`` is that of ``heyue interest``; raises BadInput with every bad field, ValueError above ``MONTHS_MAX``.
    """
    if months > MONTHS_MAX:
        raise ValueError(f"at most {MONTHS_MAX} months: {months}")
    asked = read_request(request)
    running = Account(asked)
    running.run()
    found: list[Month] = []
    is_first = bool(running.statements) and running.statements[-1].due_on > asked.until
    while len(found) < months and (running.book.balance_fen > 0 or running.owes_interest):
        charged_fen = 0
        if not is_first:
            running.go_on(running.next_statement_on)
            latest = running.statements[-1]
            charged_fen = latest.interest_fen + latest.late_fee_fen
        is_first = False
        latest = running.statements[-1]
        owed_fen = running.book.balance_fen
        left_of_minimum_fen = max(latest.minimum_fen - latest.paid_fen, 0)
        paid_fen = max(min(pay(left_of_minimum_fen, owed_fen), owed_fen), 0)
        payment = (Event(latest.due_on, "payment", paid_fen),) if paid_fen else ()
        running.go_on(latest.due_on, payment)
        found.append(Month(latest.due_on, left_of_minimum_fen, paid_fen, running.book.balance_fen, charged_fen))
    return tuple(found)
