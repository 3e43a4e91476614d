"""One account of a portfolio, in whole numbers over arrays: what ``card_account`` does, without the lines.

Compiled on first use where ``numba`` is installed; without it these are plain functions. A lot keeps no history:
interest of each finished run of days with one amount is rounded at once and waits in PENDING until a statement
charges it, or is forgotten when the statement is paid in full.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
_Loop = TypeVar("_Loop", bound=Callable[..., Any])


def _as_it_stands(loop: _Loop) -> _Loop:
    return loop


def _compiler(**options: Any) -> Callable[[_Loop], _Loop]:
    return import_module("numba").njit(error_model="numpy", **options) if find_spec("numba") else _as_it_stands


compiled = _compiler()
# Small parts are put in place of their calls: a call counts references to each array, which costs more than the part.
inlined = _compiler(inline="always")

PURCHASE, CASH_ADVANCE, INTEREST, FEE, PAYMENT, REFUND = range(6)
# A lot: what it is, what remains, and up to two runs of days (the second begins later) not charged yet.
KIND, CREATED, LEFT, BILLED, OPENING, BEARS, OF, FROM, AMOUNT, NEXT_FROM, NEXT_AMOUNT, PENDING, LOT_WIDTH = range(13)
# The account: sums in fen, days as ordinals; figures of the latest statement from BALANCE on.
COUNT, CREDIT, LEFT_OF, OPENING_LEFT, ARREARS, CUTS, UNSAFE = 0, 1, 2, 6, 8, 9, 10
BALANCE, MINIMUM, PAID, PAID_JUDGED, IN_FULL, EARLIER, DUE = range(11, 18)
JUDGE, FOLD, CUT, CUT_MONTH, CHARGED, LATE, BILLED_OF = range(18, 25)
STATE_WIDTH = BILLED_OF + 4
# The terms: ratios as reduced fractions; DUE_DAY 0 where due so many days after the statement.
RATE, RATE_UNDER, PARTIAL, STATEMENT_DAY, DUE_DAY, DUE_AFTER, GRACE, TOLERANCE = range(8)
RATIO, RATIO_UNDER, LATE_RATIO, LATE_UNDER, LATE_LEAST, COUNTS_PAYMENT_DAY, COMPOUND, TERMS_WIDTH = range(8, 16)
NEVER = 2**62
# A billed lot that a statement paid in full leaves; a statement cut on the same day may bill more before the fold.
TO_FOLD = 2
LAST_DAY_OF_INTEREST_FIRST = 90
_SAFE = 2.0**61


@compiled
def month_day(month: int, day: int) -> int:
    """The ordinal of a day of a month (counted from year 0), or of its last day where it has fewer."""
    year, number = month // 12, month % 12 + 1
    length = 31
    if number in (4, 6, 9, 11):
        length = 30
    elif number == 2:
        length = 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    before = year - 1
    leap = 1 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 0
    passed = (367 * number - 362) // 12
    if number > 2:
        passed -= 2 - leap
    return before * 365 + before // 4 - before // 100 + before // 400 + passed + min(day, length)


@compiled
def month_of(ordinal: int) -> int:
    """The month (counted from year 0) in which a day lies."""
    month = (ordinal * 12) * 10_000 // 3_652_425 + 12
    while month_day(month, 1) > ordinal:
        month -= 1
    while month_day(month + 1, 1) <= ordinal:
        month += 1
    return month


@inlined
def part(amount: int, over: int, under: int, state: Whole) -> int:
    """amount × over / under, rounded half up; notes where 64 bits would not do."""
    if amount * 1.0 * over >= _SAFE:
        state[UNSAFE] = 1
        return 0
    return (2 * amount * over + under) // (2 * under)


@inlined
def run(lots: Whole, at: int, through: int, terms: Whole, state: Whole) -> None:
    """Round the interest of the first run up to and including a day into what is pending."""
    days = through - lots[at, FROM] + 1
    if days > 0:
        if lots[at, AMOUNT]:
            lots[at, PENDING] += part(lots[at, AMOUNT] * days, terms[RATE], terms[RATE_UNDER], state)
        lots[at, FROM] = through + 1


@compiled
def change(lots: Whole, at: int, day: int, amount: int, terms: Whole, state: Whole) -> None:
    """Another amount from a day on; what comes later of the same day replaces it."""
    lots[at, LEFT] = amount
    if lots[at, NEXT_FROM] == day:
        lots[at, NEXT_AMOUNT] = amount
        return
    if lots[at, NEXT_FROM] != NEVER:
        run(lots, at, lots[at, NEXT_FROM] - 1, terms, state)
        lots[at, AMOUNT] = lots[at, NEXT_AMOUNT]
    lots[at, NEXT_FROM], lots[at, NEXT_AMOUNT] = day, amount


@compiled
def accrue(lots: Whole, at: int, through: int, terms: Whole, state: Whole) -> None:
    """Round everything up to and including a day into what is pending."""
    if lots[at, NEXT_FROM] <= through:
        run(lots, at, lots[at, NEXT_FROM] - 1, terms, state)
        lots[at, AMOUNT], lots[at, NEXT_FROM] = lots[at, NEXT_AMOUNT], NEVER
    run(lots, at, through, terms, state)


@inlined
def create(lots: Whole, state: Whole, kind: int, day: int, amount: int, opening: int) -> int:
    """A new lot's index, after credit has paid what it can; −1 where nothing remains."""
    from_credit = min(state[CREDIT], amount)
    state[CREDIT] -= from_credit
    amount -= from_credit
    if amount == 0:
        return -1
    at = state[COUNT]
    lots[at, :] = 0
    lots[at, KIND], lots[at, CREATED], lots[at, LEFT], lots[at, OPENING], lots[at, BILLED] = (
        kind,
        day,
        amount,
        opening,
        opening,
    )
    lots[at, FROM], lots[at, AMOUNT], lots[at, NEXT_FROM] = day, amount, NEVER
    lots[at, OF] = state[CUTS] if kind == PURCHASE and opening == 0 else -1
    state[COUNT] = at + 1
    state[LEFT_OF + kind] += amount
    if opening:
        state[OPENING_LEFT] += amount
        state[BILLED_OF + kind] += amount
    return int(at)


@inlined
def take(lots: Whole, at: int, amount: int, day: int, terms: Whole, state: Whole) -> None:
    """Lower a lot from a day on."""
    change(lots, at, day, lots[at, LEFT] - amount, terms, state)
    state[LEFT_OF + lots[at, KIND]] -= amount
    if lots[at, OPENING]:
        state[OPENING_LEFT] -= amount
    if lots[at, BILLED]:
        state[BILLED_OF + lots[at, KIND]] -= amount


@inlined
def held(state: Whole, which: int, billed: int) -> int:
    """What remains of some lots; ``which``: 0 all, 1 interest and fees, 2 principal, 3 purchases."""
    charges = state[BILLED_OF + INTEREST] + state[BILLED_OF + FEE]
    advances, purchases = state[BILLED_OF + CASH_ADVANCE], state[BILLED_OF + PURCHASE]
    if billed == 0:
        charges = state[LEFT_OF + INTEREST] + state[LEFT_OF + FEE] - charges
        advances, purchases = state[LEFT_OF + CASH_ADVANCE] - advances, state[LEFT_OF + PURCHASE] - purchases
    if which == 1:
        return int(charges)
    if which == 3:
        return int(purchases)
    return int(purchases + advances + (charges if which == 0 else 0))


@inlined
def lower(lots: Whole, state: Whole, terms: Whole, which: int, billed: int, amount: int, day: int) -> int:
    """Pay lots in order, of which ``held`` says what there is; what is left of the amount comes back."""
    due = min(amount, held(state, which, billed))
    left = amount - due
    at = 0
    while due > 0:
        kind = lots[at, KIND]
        of_charges = kind in (INTEREST, FEE)
        fits = which == 0 or (which == 1 and of_charges) or (which == 2 and not of_charges)
        if lots[at, LEFT] and lots[at, BILLED] == billed and (fits or (which == 3 and kind == PURCHASE)):
            taken = min(due, lots[at, LEFT])
            take(lots, at, taken, day, terms, state)
            due -= taken
        at += 1
    return left


@compiled
def pay(lots: Whole, state: Whole, terms: Whole, kind: int, amount: int, day: int) -> None:
    """Set a payment or refund off, then see whether arrears end with it."""
    left, counts_from = amount, day + terms[COUNTS_PAYMENT_DAY]
    overdue = day - state[ARREARS] if state[ARREARS] else 0
    if kind == REFUND:
        left = lower(lots, state, terms, 3, 1, left, counts_from)
        left = lower(lots, state, terms, 3, 0, left, counts_from)
    first = 1 if overdue <= LAST_DAY_OF_INTEREST_FIRST else 2
    left = lower(lots, state, terms, first, 1, left, counts_from)
    left = lower(lots, state, terms, 3 - first, 1, left, counts_from)
    left = lower(lots, state, terms, 0, 0, left, counts_from)
    state[CREDIT] += left
    if state[CUTS]:
        state[PAID] += amount
        if state[PAID] >= state[MINIMUM]:
            state[ARREARS] = 0
    elif state[OPENING_LEFT] == 0:
        state[ARREARS] = 0


@compiled
def judge(lots: Whole, state: Whole, terms: Whole, day: int) -> None:
    """Judge the latest statement: in full, at least its minimum, or neither."""
    state[JUDGE] = NEVER
    state[PAID_JUDGED] = state[PAID]
    state[IN_FULL] = 1 if state[BALANCE] - state[PAID] <= terms[TOLERANCE] else 0
    if state[IN_FULL] or state[PAID] >= state[MINIMUM]:
        state[ARREARS] = 0
    elif state[ARREARS] == 0 or (state[CUTS] > 1 and state[PAID] >= state[EARLIER]):
        state[ARREARS] = state[DUE]
    if state[IN_FULL]:
        state[FOLD] = day + 1
    for at in range(state[COUNT]):
        if state[IN_FULL]:
            if lots[at, BILLED] and (lots[at, KIND] == PURCHASE or (lots[at, KIND] == INTEREST and terms[COMPOUND])):
                lots[at, BILLED] = TO_FOLD
        elif lots[at, OF] == state[CUTS] - 1:
            lots[at, BEARS] = 1
            if terms[PARTIAL]:
                lots[at, FROM], lots[at, AMOUNT], lots[at, NEXT_FROM], lots[at, PENDING] = (
                    lots[at, CREATED],
                    lots[at, LEFT],
                    NEVER,
                    0,
                )


@compiled
def fold(lots: Whole, state: Whole, terms: Whole, day: int) -> None:
    """What a statement paid in full leaves of purchases (and interest) is one new purchase of this day."""
    state[FOLD] = NEVER
    amount = 0
    for at in range(state[COUNT]):
        if lots[at, BILLED] == TO_FOLD:
            lots[at, BILLED] = 1
            if lots[at, LEFT]:
                amount += lots[at, LEFT]
                take(lots, at, lots[at, LEFT], day, terms, state)
    if amount:
        create(lots, state, PURCHASE, day, amount, 0)


@compiled
def charge(lots: Whole, state: Whole, terms: Whole, through: int) -> int:
    """Interest of all lots that bear it, up to and including a day."""
    charged = 0
    for at in range(state[COUNT]):
        if lots[at, BEARS]:
            accrue(lots, at, through, terms, state)
            charged += lots[at, PENDING]
            lots[at, PENDING] = 0
    return charged


@compiled
def cut(lots: Whole, state: Whole, terms: Whole, day: int) -> None:
    """Cut the statement of a day: interest, late fee, minimum, and the days on which it is due and judged."""
    state[CHARGED] = charge(lots, state, terms, day - 1)
    at = create(lots, state, INTEREST, day, state[CHARGED], 0)
    if at >= 0 and terms[COMPOUND]:
        lots[at, OF] = state[CUTS]
    state[LATE] = state[EARLIER] = 0
    if state[CUTS] and state[IN_FULL] == 0:
        short = state[MINIMUM] - state[PAID_JUDGED]
        if short > 0:
            state[LATE] = max(terms[LATE_LEAST], part(short, terms[LATE_RATIO], terms[LATE_UNDER], state))
            create(lots, state, FEE, day, state[LATE], 0)
        state[EARLIER] = max(0, state[MINIMUM] - state[PAID])
    purchases = state[LEFT_OF + PURCHASE]
    others = state[LEFT_OF + CASH_ADVANCE] + state[LEFT_OF + INTEREST] + state[LEFT_OF + FEE]
    beside = state[BILLED_OF + CASH_ADVANCE] + state[BILLED_OF + INTEREST] + state[BILLED_OF + FEE]
    unpaid = max(0, min(state[EARLIER] - beside, purchases))
    state[BALANCE] = purchases + others - state[CREDIT]
    state[MINIMUM] = others + unpaid + part(purchases - unpaid, terms[RATIO], terms[RATIO_UNDER], state)
    state[PAID] = state[PAID_JUDGED] = state[IN_FULL] = 0
    state[CUTS] += 1
    keep(lots, state)
    month = state[CUT_MONTH]
    if terms[DUE_DAY] == 0:
        state[DUE] = day + terms[DUE_AFTER]
    else:
        state[DUE] = month_day(month, terms[DUE_DAY])
        if state[DUE] <= day:
            state[DUE] = month_day(month + 1, terms[DUE_DAY])
    state[JUDGE] = state[DUE] + terms[GRACE]
    state[CUT_MONTH] = month + 1
    state[CUT] = month_day(month + 1, terms[STATEMENT_DAY])


@compiled
def keep(lots: Whole, state: Whole) -> None:
    """Bill all lots, and leave out those of which nothing remains and nothing can be charged any more."""
    kept = 0
    for at in range(state[COUNT]):
        if lots[at, BILLED] == 0:
            lots[at, BILLED] = 1
            state[BILLED_OF + lots[at, KIND]] += lots[at, LEFT]
        waits = lots[at, BEARS] == 0 and lots[at, OF] == state[CUTS] - 1
        if lots[at, LEFT] or waits or lots[at, NEXT_FROM] != NEVER:
            if kept != at:
                lots[kept, :] = lots[at, :]
            kept += 1
    state[COUNT] = kept


@compiled
def first_cut(start: int, terms: Whole) -> int:
    """The month of the first statement on or after a day."""
    month = month_of(start)
    return month if month_day(month, terms[STATEMENT_DAY]) >= start else month + 1


@compiled
def begin(lots: Whole, state: Whole, terms: Whole, opening: Whole, start: int) -> None:
    """An account as it stands before its first day; the opening is date, four sums, credit, overdue since."""
    state[:] = 0
    state[JUDGE] = state[FOLD] = state[CUT] = NEVER
    if start == 0:
        return
    state[CUT_MONTH] = first_cut(start, terms)
    state[CUT] = month_day(state[CUT_MONTH], terms[STATEMENT_DAY])
    if opening[0]:
        state[CREDIT], state[ARREARS] = opening[5], opening[6]
        for kind in range(4):
            at = create(lots, state, kind, opening[0], opening[1 + kind], 1)
            if at >= 0 and (kind < INTEREST or (kind == INTEREST and terms[COMPOUND])):
                lots[at, BEARS] = 1


@compiled
def post(lots: Whole, state: Whole, terms: Whole, events: Whole, first: int, last: int) -> None:
    """The events of one day (rows of day, kind, amount): new lots first, then payments and refunds."""
    for at in range(first, last):
        if events[at, 1] < PAYMENT:
            lot = create(lots, state, events[at, 1], events[at, 0], events[at, 2], 0)
            if lot >= 0 and events[at, 1] == CASH_ADVANCE:
                lots[lot, BEARS] = 1
    for at in range(first, last):
        if events[at, 1] >= PAYMENT:
            pay(lots, state, terms, events[at, 1], events[at, 2], events[at, 0])


@compiled
def live(
    lots: Whole, state: Whole, terms: Whole, opening: Whole, events: Whole, until: int, statements: Whole, total: Whole
) -> None:
    """One account up to the end of ``until``; statements get date, due, balance, minimum, interest, late fee."""
    count, at, row = len(events), 0, 0
    while count and events[count - 1, 0] > until:
        count -= 1
    begin(lots, state, terms, opening, opening[0] if opening[0] else (events[0, 0] if count else 0))
    while True:
        event_on = events[at, 0] if at < count else NEVER
        day = min(event_on, state[FOLD], state[JUDGE], state[CUT])
        if day > until:
            break
        if day == state[FOLD]:
            fold(lots, state, terms, day)
        if day == event_on:
            first = at
            while at < count and events[at, 0] == day:
                at += 1
            post(lots, state, terms, events, first, at)
        if day == state[JUDGE]:
            judge(lots, state, terms, day)
        if day == state[CUT]:
            cut(lots, state, terms, day)
            statements[row, 0], statements[row, 1] = day, state[DUE]
            statements[row, 2], statements[row, 3] = state[BALANCE], state[MINIMUM]
            statements[row, 4], statements[row, 5] = state[CHARGED], state[LATE]
            total[0] += state[CHARGED]
            total[1] += state[LATE]
            row += 1
    total[2] = state[LEFT_OF] + state[LEFT_OF + 1] + state[LEFT_OF + 2] + state[LEFT_OF + 3] - state[CREDIT]
    if until + 1 == state[FOLD]:
        fold(lots, state, terms, until + 1)
    if until + 1 == state[JUDGE]:
        judge(lots, state, terms, until + 1)
    total[3] = charge(lots, state, terms, until)


@compiled
def live_all(
    terms: Whole, openings: Whole, untils: Whole, starts: Whole, events: Whole, rows: Whole, lots_max: int,
    statements: Whole, totals: Whole, unsafe: Any,
) -> None:  # fmt: skip
    """Every account, one after another, in the same two pieces of memory."""
    lots, state = np.zeros((lots_max, LOT_WIDTH), dtype=np.int64), np.zeros(STATE_WIDTH, dtype=np.int64)
    for one in range(len(untils)):
        own = events[starts[one] : starts[one + 1]]
        mine = statements[rows[one] : rows[one + 1]]
        live(lots, state, terms[one], openings[one], own, untils[one], mine, totals[one])
        unsafe[one] = state[UNSAFE] != 0


@compiled
def count_statements(terms: Whole, openings: Whole, untils: Whole, starts: Whole, events: Whole, counts: Whole) -> None:
    """How many statements each account will have."""
    for one in range(len(untils)):
        start = openings[one, 0]
        if start == 0 and starts[one] < starts[one + 1]:
            start = events[starts[one], 0]
        if start == 0 or start > untils[one]:
            continue
        first, last = first_cut(start, terms[one]), month_of(untils[one])
        if month_day(last, terms[one, STATEMENT_DAY]) > untils[one]:
            last -= 1
        counts[one] = max(0, last - first + 1)
