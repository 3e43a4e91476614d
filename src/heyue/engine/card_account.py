"""One card account as it goes from day to day: lots, statements, judgements, interest to the fen.

The order of a day: what remains of a settled statement is folded; new lots; payments and refunds; the
judgement; the statement. Source: the published contract of the command line, section 2.
"""

from datetime import date, timedelta
from typing import Any

from heyue.engine.bad_input import BadInput
from heyue.engine.interest_request import Event, Opening, Request, Terms
from heyue.engine.lots import CASH_ADVANCE, FEE, INTEREST, PURCHASE, Book, Lot
from heyue.engine.money import round_ratio, yuan
from heyue.engine.statement import Line, Statement, late_fee, lines_of, minimum_payment

LINES_MAX = 1_000_000
_DAY = timedelta(days=1)
_NEVER = date.max


class Account:
    """One account from its opening or first event; ``run`` it once, then ask for the answer."""

    def __init__(self, asked: Request) -> None:
        self.terms = asked.terms
        self.changes = asked.changes
        self.rates = asked.rates
        self.until = asked.until
        self.detail = asked.detail
        self.book = Book(asked.terms.count_payment_day)
        self.statements: list[Statement] = []
        self.arrears_since: date | None = None
        self._events = asked.events
        self._next_event = 0
        self._new_purchases: list[Lot] = []
        self._bearing: list[Lot] = []
        self._lines = 0
        self._judge_on = self._fold_on = _NEVER
        self._to_fold: list[Lot] = []
        starts_on = asked.opening.on if asked.opening else asked.events[0].on if asked.events else None
        self._cut_on = asked.terms.cycle.statement_on_or_after(starts_on) if starts_on else _NEVER
        if asked.opening:
            self._open(asked.opening)

    def run(self) -> None:
        """Go through every day on which something happens, up to and including ``until``."""
        while True:
            event_on = self._events[self._next_event].on if self._next_event < len(self._events) else _NEVER
            day = min(event_on, self._fold_on, self._judge_on, self._cut_on)
            if day > self.until:
                return
            if day == self._fold_on:
                self._fold(day)
            if day == event_on:
                self._post(self._events_of(day), day)
            if day == self._judge_on:
                self._judge(day)
            if day == self._cut_on:
                self._cut(day)

    def go_on(self, until: date, events: tuple[Event, ...] = ()) -> None:
        """Go on to a later day with more postings, all of them after what was run; not after ``answer``."""
        self._events = (*self._events[: self._next_event], *events)
        self.until = until
        self.run()

    @property
    def next_statement_on(self) -> date:
        """The day on which the next statement is cut; no day ever where nothing began."""
        return self._cut_on

    @property
    def owes_interest(self) -> bool:
        """Whether interest of days gone by is still to be charged."""
        return bool(lines_of(self._bearing, self.until.toordinal(), self.rates))

    def answer(self) -> dict[str, Any]:
        """The answer at the end of ``until``; the account must not go on after it."""
        found: dict[str, Any] = {
            "statements": [statement.as_json(with_rate=bool(self.changes)) for statement in self.statements],
            "interest_total": yuan(sum(statement.interest_fen for statement in self.statements)),
            "late_fee_total": yuan(sum(statement.late_fee_fen for statement in self.statements)),
            "balance": yuan(self.book.balance_fen),
        }
        if self.detail:
            found["owed"] = self.owed()
        next_day = self.until + _DAY
        if next_day == self._fold_on:
            self._fold(next_day)
        if self.detail:
            found["next_day_interest"] = yuan(self._interest_of_one_more_day())
        # A statement of the next day would first judge the one before it, where that is the judgement day.
        if next_day == self._judge_on:
            self._judge(next_day)
        lines = lines_of(self._bearing, self.until.toordinal(), self.rates)
        found["accrued"] = yuan(sum(line.interest_fen for line in lines))
        return found

    def terms_on(self, day: date) -> Terms:
        """The terms in force on a day."""
        if not self.changes:
            return self.terms
        return next((terms for since, terms in reversed(self.changes) if since <= day), self.terms)

    # ── the day, step by step ────────────────────────────────────────────────────────────────────────────

    def _open(self, opening: Opening) -> None:
        self.arrears_since = opening.overdue_since
        self.book.credit_fen = opening.credit_fen
        parts = (
            (PURCHASE, opening.purchase_fen),
            (CASH_ADVANCE, opening.cash_advance_fen),
            (INTEREST, opening.interest_fen),
            (FEE, opening.fee_fen),
        )
        for kind, amount_fen in parts:
            lot = self.book.create(kind, opening.on.toordinal(), amount_fen, of_opening=True)
            if lot and (kind in (PURCHASE, CASH_ADVANCE) or (kind == INTEREST and self.terms.compound)):
                self._bearing.append(lot)

    def _events_of(self, day: date) -> tuple[Event, ...]:
        first = self._next_event
        while self._next_event < len(self._events) and self._events[self._next_event].on == day:
            self._next_event += 1
        return self._events[first : self._next_event]

    def _post(self, events: tuple[Event, ...], day: date) -> None:
        """First the day's new lots, then its payments and refunds, each in the order given."""
        for event in events:
            if event.kind in (PURCHASE, CASH_ADVANCE, FEE):
                lot = self.book.create(event.kind, day.toordinal(), event.amount_fen)
                if lot and event.kind == PURCHASE:
                    self._new_purchases.append(lot)
                elif lot and event.kind == CASH_ADVANCE:
                    self._bearing.append(lot)
        for event in events:
            if event.kind not in (PURCHASE, CASH_ADVANCE, FEE):
                self._pay(event, day)

    def _pay(self, event: Event, day: date) -> None:
        days_overdue = self.days_overdue(day)
        set_off = self.book.pay if event.kind == "payment" else self.book.refund
        set_off(event.amount_fen, day.toordinal(), days_overdue)
        if self.statements:
            latest = self.statements[-1]
            latest.paid_fen += event.amount_fen
            if latest.paid_fen >= latest.minimum_fen:
                self.arrears_since = None
        elif not self.book.opening_left_fen:
            self.arrears_since = None

    def days_overdue(self, day: date) -> int:
        """Days overdue (逾期天数) on a day; 0 without arrears."""
        return (day - self.arrears_since).days if self.arrears_since else 0

    def _judge(self, day: date) -> None:
        """Judge whether the latest statement was paid in full, and whether at least its minimum was."""
        latest = self.statements[-1]
        terms = self.terms_on(day)
        self._judge_on = _NEVER
        latest.paid_at_judgement_fen = latest.paid_fen
        latest.paid_in_full = latest.balance_fen - latest.paid_fen <= terms.tolerance_fen
        if latest.paid_in_full or latest.paid_fen >= latest.minimum_fen:
            self.arrears_since = None
        elif self.arrears_since is None or self._clears_older_arrears(latest):
            self.arrears_since = latest.due_on
        if latest.paid_in_full:
            self._to_fold = self.book.billed_remains(self.terms.compound)
            self._fold_on = day + _DAY
        else:
            self._lose_interest_free(latest, terms.method)

    def _clears_older_arrears(self, latest: Statement) -> bool:
        """Whether the earlier minimum within this one was paid, so that only this one is in arrears."""
        return len(self.statements) > 1 and latest.paid_fen >= latest.earlier_minimum_fen

    def _lose_interest_free(self, statement: Statement, method: str) -> None:
        for lot in statement.purchases:
            if method == "partial":
                lot.changes = [(lot.created, lot.remaining_fen)]
            if not lot.is_spent:
                self._bearing.append(lot)
        self._bearing.sort(key=lambda lot: lot.number)

    def _fold(self, day: date) -> None:
        """What a statement paid in full (within the tolerance) leaves is one new purchase of the next day."""
        self._fold_on = _NEVER
        lot = self.book.fold(self._to_fold, day.toordinal())
        if lot:
            self._new_purchases.append(lot)

    def _cut(self, day: date) -> None:
        """Cut the statement: charge interest up to the day before, the late fee, and ask for the minimum."""
        previous = self.statements[-1] if self.statements else None
        lines = self._charge(day.toordinal() - 1)
        interest_fen = sum(line.interest_fen for line in lines)
        charged = self.book.create(INTEREST, day.toordinal(), interest_fen)
        late_fee_fen = 0
        terms = self.terms_on(day)
        if previous:
            late_fee_fen = late_fee(previous.shortfall_fen(), terms.late_fee_ratio, terms.late_fee_minimum_fen)
            self.book.create(FEE, day.toordinal(), late_fee_fen)
        earlier_fen = previous.unmet_minimum_fen() if previous else 0
        statement = Statement(
            on=day,
            due_on=self.terms.cycle.due(day),
            judged_on=self.terms.cycle.judgement(day),
            balance_fen=self.book.balance_fen,
            minimum_fen=minimum_payment(self.book, earlier_fen, terms.minimum_ratio),
            interest_fen=interest_fen,
            late_fee_fen=late_fee_fen,
            lines=lines,
            purchases=self._new_purchases,
            earlier_minimum_fen=earlier_fen,
        )
        if charged and self.terms.compound:
            statement.purchases.append(charged)
        self._new_purchases = []
        self.book.bill_all()
        self.statements.append(statement)
        self._judge_on, self._cut_on = statement.judged_on, self.terms.cycle.next_statement(day)

    def _charge(self, through: int) -> list[Line]:
        lines = lines_of(self._bearing, through, self.rates)
        self._lines += len(lines)
        if self._lines > LINES_MAX:
            raise BadInput([("/events", f"计息明细会超过 {LINES_MAX} 行")])
        for lot in self._bearing:
            lot.charged(through)
        self._bearing = [lot for lot in self._bearing if not lot.is_spent]
        return lines

    # ── at the end ───────────────────────────────────────────────────────────────────────────────────────

    def owed(self) -> dict[str, Any]:
        """What is owed at the end of ``until`` by kind, and how long it is overdue."""
        left = self.book.left_fen
        return {
            **{kind: yuan(left[kind]) for kind in (PURCHASE, CASH_ADVANCE, INTEREST, FEE)},
            "credit": yuan(self.book.credit_fen),
            "days_overdue": self.days_overdue(self.until),
            "overdue_since": self.arrears_since.isoformat() if self.arrears_since else None,
        }

    def _interest_of_one_more_day(self) -> int:
        """Interest of the day after ``until`` on lots that bear it by then, rounded lot by lot."""
        rate = self.terms_on(self.until + _DAY).daily_rate
        return sum(round_ratio(lot.changes[-1][1] * rate.numerator, rate.denominator) for lot in self._bearing)
