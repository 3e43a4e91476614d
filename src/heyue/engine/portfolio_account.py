"""One account of a portfolio, in whole numbers over arrays: what ``card_account`` does, without the lines.

Compiled on first use where ``numba`` is installed; without it these are plain functions with the same results.

All of the account that is being worked on lies in one piece of memory, ``book``: its figures, its terms, its
principal lots (purchases, cash advances) and its charge lots (interest, fees), each row in order of creation. A lot is
named by its place in the book. Lots are paid in order of creation, so billing only moves a border within the row.

A lot keeps no history: interest of each finished run of days with one amount is rounded at once and added to one of
three sums: what the next statement charges (CHARGEABLE), what it will charge if the latest statement is judged not
paid in full (LATEST), and the same of the statement still to come (COMING).
"""

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heyue.engine.portfolio_compiler import compiled, entry, inlined

Whole = NDArray[np.int64]

PURCHASE, CASH_ADVANCE, INTEREST, FEE, PAYMENT, REFUND = range(6)
NEVER = 2**62
LAST_DAY_OF_INTEREST_FIRST = 90
# Sums below _SAFE may be doubled; the float quotient of a product errs by less than one below _QUOTIENT_MAX.
_SAFE, _QUOTIENT_MAX = 2**61, 2**50

# The book, figures: sums in fen, days as ordinals. A sum that a statement of this day may not charge yet waits one
# place group further (AFTER).
CHARGEABLE, LATEST, CHARGEABLE_AFTER, LATEST_AFTER, COMING = range(5)
AFTER = CHARGEABLE_AFTER - CHARGEABLE
CREDIT, PURCHASES, OTHERS, BILLED_OTHERS, ARREARS, CUTS, UNSAFE = range(5, 12)
BALANCE, MINIMUM, PAID, PAID_JUDGED, IN_FULL, EARLIER, DUE, CHARGED, LATE = range(12, 21)
JUDGE, FOLD, CUT, CUT_MONTH = range(21, 25)
# Places of principal lots: from FRONT to BILLED those on a statement, from UNBILLED to END the others; what lies
# between is paid. From UNJUDGED on purchases have not lost their interest-free period. Refunds look for purchases
# from REFUND_FRONT and REFUND_UNBILLED on. FOLD_BILLED, FOLD_UNJUDGED: the borders as a judgement in full found them.
FRONT, BILLED, UNBILLED, END, UNJUDGED, REFUND_FRONT, REFUND_UNBILLED, FOLD_BILLED, FOLD_UNJUDGED = range(25, 34)
# The same of charge lots. BILLED stands after FRONT in both rows.
CHARGES_FRONT, CHARGES_BILLED, CHARGES_UNBILLED, CHARGES_END, CHARGES_UNJUDGED = range(34, 39)
FOLD_CHARGES_BILLED, FOLD_CHARGES_UNJUDGED, FIGURES = range(39, 42)

# The terms: ratios as reduced fractions; DUE_DAY 0 where due so many days after the statement.
TERMS = 48
RATE, RATE_UNDER, PARTIAL, STATEMENT_DAY, DUE_DAY, DUE_AFTER, GRACE, TOLERANCE = range(TERMS, TERMS + 8)
RATIO, RATIO_UNDER, LATE_RATIO, LATE_UNDER, LATE_LEAST, COUNTS_PAYMENT_DAY, COMPOUND = range(TERMS + 8, TERMS + 15)
TERMS_WIDTH = 15
# What rounding needs: twice the rate's numerator and denominator, and the most fen × days that 64 bits hold.
TWICE_RATE, TWICE_UNDER, FEN_DAYS_MAX = range(TERMS + 15, TERMS + 18)
LOTS = 72

# A lot: what remains, the first day whose interest is not rounded yet, its date, whether it bears interest on its
# own (a cash advance; interest where it is compounded), and of a fee which principal lots were there before it.
LEFT, SINCE, CREATED, BEARS, BEHIND = range(5)
LOT, CHARGE = 4, 5

# Months are counted from January 1980; the calendar reaches well past the last day that may be asked for.
_MONTHS = np.arange("1980-01", "2111-01", dtype="datetime64[M]")
MONTH_STARTS = _MONTHS.astype("datetime64[D]").astype(np.int64) + date(1970, 1, 1).toordinal()


@inlined
def month_day(month: int, day: int) -> int:
    """The ordinal of a day of a month, or of its last day where it has fewer."""
    start = MONTH_STARTS[month]
    return int(min(start + day - 1, MONTH_STARTS[month + 1] - 1))


@inlined
def part(book: Whole, amount: int, over: int, under: int) -> int:
    """amount × over / under, rounded half up; notes where 64 bits would not do."""
    if amount * 1.0 * over >= _SAFE:
        book[UNSAFE] = 1
        return 0
    return (2 * amount * over + under) // (2 * under)


@inlined
def interest(book: Whole, fen_days: int) -> int:
    """fen × days × daily rate, rounded half up; notes where 64 bits would not do.

    The float quotient errs by less than one; the remainder says which way.
    """
    book[UNSAFE] |= fen_days > book[FEN_DAYS_MAX]
    over, under = fen_days * book[TWICE_RATE] + book[RATE_UNDER], book[TWICE_UNDER]
    rounded = int(over / under)
    rest = over - rounded * under
    return rounded + int(rest >= under) - int(rest < 0)


@inlined
def finish_run(book: Whole, lot: int, day: int, to: int) -> None:
    """Round the interest of a lot's days before ``day`` into a sum; another amount begins.

    With COUNTS_PAYMENT_DAY a payment of a statement day lowers its lots from the next day on, and that statement
    charges only days before its own: there the run is in two.
    """
    since, left = book[lot + SINCE], book[lot + LEFT]
    if since >= day:
        return
    if day > book[CUT] and to != COMING:
        if since < day - 1:
            book[to] += interest(book, left * (day - 1 - since))
        book[to + AFTER] += interest(book, left)
    else:
        book[to] += interest(book, left * (day - since))
    book[lot + SINCE] = day


# ── lots come ────────────────────────────────────────────────────────────────────────────────────────────────


@inlined
def create(book: Whole, row: int, day: int, asked: int, bears: int) -> None:
    """A new lot, after credit has paid what it can; ``row``: END for principal, CHARGES_END for interest and fees."""
    paid = min(book[CREDIT], asked)
    book[CREDIT] -= paid
    amount, lot = asked - paid, book[row]
    if amount:
        book[lot + LEFT], book[lot + SINCE], book[lot + CREATED], book[lot + BEARS] = amount, day, day, bears
        if row == CHARGES_END:
            book[lot + BEHIND] = book[END]
        book[row] = lot + (LOT if row == END else CHARGE)
        book[PURCHASES if row == END and bears == 0 else OTHERS] += amount


# ── lots are paid ────────────────────────────────────────────────────────────────────────────────────────────


@inlined
def lower(book: Whole, lot: int, amount: int, day: int, unjudged: int) -> int:
    """Lower a principal lot from a day on by at most an amount; what it took.

    ``unjudged``: the sum for a purchase whose statement is not judged yet.
    """
    left, bears = book[lot + LEFT], book[lot + BEARS]
    taken = min(amount, left)
    if taken:
        finish_run(book, lot, day, CHARGEABLE if bears or lot < book[UNJUDGED] else unjudged)
        book[lot + LEFT] = left - taken
        book[OTHERS if bears else PURCHASES] -= taken
    return int(taken)


@inlined
def lower_charge(book: Whole, lot: int, amount: int, day: int) -> int:
    """Lower a charge lot from a day on by at most an amount; what it took."""
    left = book[lot + LEFT]
    taken = min(amount, left)
    if book[lot + BEARS] and taken:
        finish_run(book, lot, day, CHARGEABLE if lot < book[CHARGES_UNJUDGED] else LATEST)
    book[lot + LEFT] = left - taken
    book[OTHERS] -= taken
    return int(taken)


@inlined
def pay_billed(book: Whole, front: int, amount: int, day: int) -> int:
    """Pay billed lots in order, principal (FRONT) or charges (CHARGES_FRONT); what is left of the amount comes back."""
    lot, end, beside = book[front], book[front + 1], book[OTHERS]
    while amount and lot < end:
        amount -= lower(book, lot, amount, day, LATEST) if front == FRONT else lower_charge(book, lot, amount, day)
        if book[lot + LEFT]:
            break
        lot += LOT if front == FRONT else CHARGE
    book[front] = lot
    book[BILLED_OTHERS] -= beside - book[OTHERS]
    return amount


@compiled
def pay_unbilled(book: Whole, amount: int, day: int) -> int:
    """Pay what is on no statement yet in order of creation; what is left of the amount comes back."""
    lot, end, fee, fees = book[UNBILLED], book[END], book[CHARGES_UNBILLED], book[CHARGES_END]
    while amount and (lot < end or fee < fees):
        if fee < fees and book[fee + BEHIND] <= lot:
            amount -= lower_charge(book, fee, amount, day)
            if book[fee + LEFT]:
                break
            fee += CHARGE
        else:
            amount -= lower(book, lot, amount, day, COMING)
            if book[lot + LEFT]:
                break
            lot += LOT
    book[UNBILLED], book[CHARGES_UNBILLED] = lot, fee
    return amount


@compiled
def refund_purchases(book: Whole, amount: int, day: int) -> int:
    """Lower purchases, billed before others; what is left of the amount comes back."""
    for front, border, unjudged in ((REFUND_FRONT, BILLED, LATEST), (REFUND_UNBILLED, END, COMING)):
        lot, end = book[front], book[border]
        while amount and lot < end:
            if book[lot + BEARS] == 0:
                amount -= lower(book, lot, amount, day, unjudged)
                if book[lot + LEFT]:
                    break
            lot += LOT
        book[front] = lot
    return amount


@compiled
def pay(book: Whole, kind: int, amount: int, day: int) -> None:
    """Set a payment or refund off, then see whether arrears end with it."""
    left, from_day = amount, day + book[COUNTS_PAYMENT_DAY]
    principal_first = book[ARREARS] and day - book[ARREARS] > LAST_DAY_OF_INTEREST_FIRST
    if kind == REFUND:
        left = refund_purchases(book, left, from_day)
    if principal_first:
        left = pay_billed(book, FRONT, left, from_day)
    left = pay_billed(book, CHARGES_FRONT, left, from_day)
    left = pay_billed(book, FRONT, left, from_day)
    if left:
        left = pay_unbilled(book, left, from_day)
    book[CREDIT] += left
    if book[CUTS]:
        book[PAID] += amount
        if book[PAID] >= book[MINIMUM]:
            book[ARREARS] = 0
    elif nothing_billed_remains(book):
        book[ARREARS] = 0


@compiled
def nothing_billed_remains(book: Whole) -> bool:
    """Whether all that is billed is paid; before the first statement that is the opening."""
    left = 0
    for lot in range(book[FRONT], book[BILLED], LOT):
        left += book[lot + LEFT]
    for lot in range(book[CHARGES_FRONT], book[CHARGES_BILLED], CHARGE):
        left += book[lot + LEFT]
    return left == 0


# ── the day ──────────────────────────────────────────────────────────────────────────────────────────────────


@compiled
def judge(book: Whole, day: int) -> None:
    """Judge the latest statement: in full, at least its minimum, or neither."""
    paid = book[PAID]
    book[JUDGE], book[PAID_JUDGED] = NEVER, paid
    in_full = book[BALANCE] - paid <= book[TOLERANCE]
    book[IN_FULL] = in_full
    if in_full or paid >= book[MINIMUM]:
        book[ARREARS] = 0
    elif book[ARREARS] == 0 or (book[CUTS] > 1 and paid >= book[EARLIER]):
        book[ARREARS] = book[DUE]
    if in_full:
        book[FOLD] = day + 1
        book[FOLD_BILLED], book[FOLD_UNJUDGED] = book[BILLED], book[UNJUDGED]
        book[FOLD_CHARGES_BILLED], book[FOLD_CHARGES_UNJUDGED] = book[CHARGES_BILLED], book[CHARGES_UNJUDGED]
    else:
        if book[PARTIAL]:
            for lot in range(book[UNJUDGED], book[BILLED], LOT):
                if book[lot + BEARS] == 0:
                    book[lot + SINCE] = book[lot + CREATED]
            for lot in range(book[CHARGES_UNJUDGED], book[CHARGES_BILLED], CHARGE):
                book[lot + SINCE] = book[lot + CREATED]
        else:
            book[CHARGEABLE] += book[LATEST]
            book[CHARGEABLE_AFTER] += book[LATEST_AFTER]
        book[UNJUDGED], book[CHARGES_UNJUDGED] = book[BILLED], book[CHARGES_BILLED]
    book[LATEST] = book[LATEST_AFTER] = 0


@compiled
def fold(book: Whole, day: int) -> None:
    """What a statement paid in full leaves of purchases (and compounded interest) is one new purchase of this day."""
    book[FOLD] = NEVER
    amount = 0
    for lot in range(book[FRONT], book[FOLD_BILLED], LOT):
        if book[lot + BEARS] == 0 and book[lot + LEFT]:
            if lot < book[FOLD_UNJUDGED]:
                finish_run(book, lot, day, CHARGEABLE)
            amount += book[lot + LEFT]
            book[PURCHASES] -= book[lot + LEFT]
            book[lot + LEFT] = 0
    for lot in range(book[CHARGES_FRONT], book[FOLD_CHARGES_BILLED], CHARGE):
        if book[lot + BEARS] and book[lot + LEFT]:
            if lot < book[FOLD_CHARGES_UNJUDGED]:
                finish_run(book, lot, day, CHARGEABLE)
            amount += book[lot + LEFT]
            book[OTHERS] -= book[lot + LEFT]
            book[BILLED_OTHERS] -= book[lot + LEFT]
            book[lot + LEFT] = 0
    if amount:
        create(book, END, day, amount, 0)


@inlined
def charge_lot(book: Whole, lot: int, day: int) -> int:
    """Interest of a lot's days before ``day`` that is not rounded yet."""
    days = day - book[lot + SINCE]
    if days <= 0:
        return 0
    book[lot + SINCE] = day
    return interest(book, book[lot + LEFT] * days)


@compiled
def charge_borne(book: Whole, day: int) -> int:
    """Charge billed lots when all of them bear interest, and close the gaps that paid ones left, towards the end."""
    charged = 0
    kept = book[BILLED]
    for lot in range(book[BILLED] - LOT, book[FRONT] - LOT, -LOT):
        if book[lot + LEFT]:
            kept -= LOT
            if kept != lot:
                for field in range(LOT):
                    book[kept + field] = book[lot + field]
            charged += charge_lot(book, kept, day)
    book[FRONT] = book[REFUND_FRONT] = kept
    kept = book[CHARGES_BILLED]
    for lot in range(book[CHARGES_BILLED] - CHARGE, book[CHARGES_FRONT] - CHARGE, -CHARGE):
        if book[lot + LEFT]:
            kept -= CHARGE
            if kept != lot:
                for field in range(CHARGE):
                    book[kept + field] = book[lot + field]
            if book[kept + BEARS]:
                charged += charge_lot(book, kept, day)
    book[CHARGES_FRONT] = kept
    return charged


@compiled
def charge_judged(book: Whole, day: int) -> int:
    """Charge billed lots of which some may bear none: purchases and interest that no judgement made bear it."""
    charged = 0
    for lot in range(book[FRONT], book[BILLED], LOT):
        if book[lot + BEARS] or lot < book[UNJUDGED]:
            charged += charge_lot(book, lot, day)
    for lot in range(book[CHARGES_FRONT], book[CHARGES_UNJUDGED], CHARGE):
        if book[lot + BEARS]:
            charged += charge_lot(book, lot, day)
    return charged


@inlined
def charge_unbilled(book: Whole, day: int) -> int:
    """Charge cash advances that are on no statement yet, and what was rounded before."""
    charged = book[CHARGEABLE]
    book[CHARGEABLE], book[CHARGEABLE_AFTER] = book[CHARGEABLE_AFTER], 0
    for lot in range(book[UNBILLED], book[END], LOT):
        if book[lot + BEARS]:
            charged += charge_lot(book, lot, day)
    return int(charged)


@compiled
def cut(book: Whole, day: int) -> None:
    """Cut the statement of a day: interest, late fee, minimum, and the days on which it is due and judged."""
    charged = charge_borne(book, day) if book[FOLD] == NEVER else charge_judged(book, day)
    charged += charge_unbilled(book, day)
    create(book, CHARGES_END, day, charged, book[COMPOUND])
    late = earlier = 0
    if book[CUTS] and book[IN_FULL] == 0:
        short = book[MINIMUM] - book[PAID_JUDGED]
        if short > 0:
            late = max(book[LATE_LEAST], part(book, short, book[LATE_RATIO], book[LATE_UNDER]))
            create(book, CHARGES_END, day, late, 0)
        earlier = max(0, book[MINIMUM] - book[PAID])
    purchases, others = book[PURCHASES], book[OTHERS]
    unpaid = max(0, min(earlier - book[BILLED_OTHERS], purchases))
    book[CHARGED], book[LATE], book[EARLIER] = charged, late, earlier
    book[BALANCE] = purchases + others - book[CREDIT]
    book[MINIMUM] = others + unpaid + part(book, purchases - unpaid, book[RATIO], book[RATIO_UNDER])
    book[PAID] = book[PAID_JUDGED] = book[IN_FULL] = 0
    book[CUTS] += 1
    bill(book)
    month = book[CUT_MONTH]
    due = day + book[DUE_AFTER]
    if book[DUE_DAY]:
        due = month_day(month, book[DUE_DAY])
        if due <= day:
            due = month_day(month + 1, book[DUE_DAY])
    book[DUE], book[JUDGE] = due, due + book[GRACE]
    book[CUT_MONTH], book[CUT] = month + 1, month_day(month + 1, book[STATEMENT_DAY])


@inlined
def bill(book: Whole) -> None:
    """Every lot is on a statement now; the purchases of this one, and its interest, wait for its judgement."""
    book[UNJUDGED], book[BILLED] = book[BILLED], book[END]
    book[UNBILLED] = book[REFUND_UNBILLED] = book[END]
    book[CHARGES_UNJUDGED], book[CHARGES_BILLED] = book[CHARGES_BILLED], book[CHARGES_END]
    book[CHARGES_UNBILLED] = book[CHARGES_END]
    book[BILLED_OTHERS] = book[OTHERS]
    book[LATEST], book[COMING] = book[COMING], 0


@compiled
def begin(book: Whole, terms: Whole, opening: Whole, cut_month: int, charges: int) -> None:
    """An account as it stands before its first day; the opening is date, four sums, credit, overdue since.

    ``cut_month``: that of the first statement, −1: none; ``charges``: the place of the first charge lot.
    """
    for figure in range(FIGURES):
        book[figure] = 0
    for term in range(TERMS_WIDTH):
        book[TERMS + term] = terms[term]
    book[TWICE_RATE], book[TWICE_UNDER] = 2 * book[RATE], 2 * book[RATE_UNDER]
    book[FEN_DAYS_MAX] = min((_SAFE - 1) // max(book[RATE], 1), _QUOTIENT_MAX)
    book[JUDGE] = book[FOLD] = book[CUT] = NEVER
    book[FRONT] = book[REFUND_FRONT] = book[END] = LOTS
    book[CHARGES_FRONT] = book[CHARGES_END] = charges
    if cut_month >= 0:
        book[CUT_MONTH], book[CUT] = cut_month, month_day(cut_month, book[STATEMENT_DAY])
    if opening[0]:
        book[CREDIT], book[ARREARS] = opening[5], opening[6]
        create(book, END, opening[0], opening[1], 0)
        create(book, END, opening[0], opening[2], 1)
        create(book, CHARGES_END, opening[0], opening[3], book[COMPOUND])
        create(book, CHARGES_END, opening[0], opening[4], 0)
    bill(book)
    book[UNJUDGED], book[CHARGES_UNJUDGED] = book[BILLED], book[CHARGES_BILLED]


@inlined
def post(book: Whole, events: Whole, first: int, end: int) -> int:
    """Post one day's events (rows of day, kind, amount), new lots before payments; where the next day's begin."""
    day, at, payments = events[first, 0], first, 0
    while at < end and events[at, 0] == day:
        kind = events[at, 1]
        if kind < INTEREST:
            create(book, END, day, events[at, 2], kind)
        elif kind == FEE:
            create(book, CHARGES_END, day, events[at, 2], 0)
        else:
            payments += 1
        at += 1
    if payments:
        for one in range(first, at):
            if events[one, 1] >= PAYMENT:
                pay(book, events[one, 1], events[one, 2], day)
    return at


@compiled
def live(book: Whole, events: Whole, first: int, end: int, until: int, statements: Whole, row: int) -> None:
    """One account, begun, up to the end of ``until``; its statements, as ``STATEMENT_COLUMNS``, begin at ``row``."""
    at = first
    while True:
        stop = min(book[FOLD], book[JUDGE], book[CUT])
        day = min(events[at, 0], stop) if at < end else stop
        if day > until:
            return
        if day == book[FOLD]:
            fold(book, day)
        if at < end and day == events[at, 0]:
            at = post(book, events, at, end)
        if day == book[JUDGE]:
            judge(book, day)
        if day == book[CUT]:
            cut(book, day)
            statements[row, 0], statements[row, 1], statements[row, 2] = day, book[DUE], book[BALANCE]
            statements[row, 3], statements[row, 4], statements[row, 5] = book[MINIMUM], book[CHARGED], book[LATE]
            row += 1


@compiled
def accrued(book: Whole, until: int) -> int:
    """The interest that a statement cut on the day after ``until`` would charge."""
    day = until + 1
    if day == book[FOLD]:
        fold(book, day)
    if day == book[JUDGE]:
        judge(book, day)
    return charge_judged(book, day) + charge_unbilled(book, day)


@entry
def live_all(
    terms: Whole, openings: Whole, untils: Whole, starts: Whole, events: Whole, cut_months: Whole, rows: Whole,
    book: Whole, charges: int, statements: Whole, totals: Whole, unsafe: Any,
) -> None:  # fmt: skip
    """Every account, one after another, in the same book."""
    for one in range(len(untils)):
        first, end, until = starts[one], starts[one + 1], untils[one]
        while first < end and events[end - 1, 0] > until:
            end -= 1
        begin(book, terms[one], openings[one], cut_months[one], charges)
        live(book, events, first, end, until, statements, rows[one])
        for row in range(rows[one], rows[one + 1]):
            totals[one, 0] += statements[row, 4]
            totals[one, 1] += statements[row, 5]
        totals[one, 2] = book[PURCHASES] + book[OTHERS] - book[CREDIT]
        totals[one, 3] = accrued(book, until)
        unsafe[one] = book[UNSAFE] != 0
