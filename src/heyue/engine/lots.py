"""Lots: every purchase, cash advance, fee and charged interest, what remains of each, and how it is paid.

Days are counted as ordinals here (``date.toordinal``). A lot remembers on which day its amount changed, since
interest may be charged later for days long past.
"""

from collections.abc import Iterable, Iterator

PURCHASE, CASH_ADVANCE, INTEREST, FEE = "purchase", "cash_advance", "interest", "fee"
LAST_DAY_OF_INTEREST_FIRST = 90


class Lot:
    """One lot; ``changes`` holds (day, amount in fen from that day on) of the days not charged yet."""

    __slots__ = ("billed", "changes", "created", "kind", "number", "of_opening", "remaining_fen", "uncharged")

    def __init__(self, number: int, kind: str, created: int, amount_fen: int, of_opening: bool) -> None:
        self.number = number
        self.kind = kind
        self.created = created
        self.remaining_fen = amount_fen
        self.of_opening = of_opening
        self.billed = of_opening
        self.changes = [(created, amount_fen)]
        self.uncharged = created

    def set_from(self, day: int, amount_fen: int) -> None:
        """Note that the lot's amount is another from a day on; what comes later that day replaces it."""
        self.remaining_fen = amount_fen
        if self.changes[-1][0] == day:
            self.changes.pop()
        self.changes.append((day, amount_fen))

    def runs(self, through: int) -> Iterator[tuple[int, int, int]]:
        """The longest runs of days not charged yet with the same amount above 0: from, to, amount."""
        for index, (day, amount_fen) in enumerate(self.changes):
            last = self.changes[index + 1][0] - 1 if index + 1 < len(self.changes) else through
            first, last = max(day, self.uncharged), min(last, through)
            if amount_fen and first <= last:
                yield first, last, amount_fen

    def charged(self, through: int) -> None:
        """Forget the days up to and including ``through``."""
        self.uncharged = max(self.uncharged, through + 1)
        while len(self.changes) > 1 and self.changes[1][0] <= self.uncharged:
            del self.changes[0]

    @property
    def is_spent(self) -> bool:
        """Whether no day not charged yet has an amount."""
        return not any(amount_fen for _, amount_fen in self.changes)


class _Line:
    """Lots in the order in which they are paid; the paid ones at the front are skipped once for all."""

    def __init__(self) -> None:
        self.lots: list[Lot] = []
        self.front = 0

    def owing(self) -> Iterator[Lot]:
        while self.front < len(self.lots):
            lot = self.lots[self.front]
            if lot.remaining_fen:
                yield lot
            else:
                self.front += 1

    def remains(self) -> list[Lot]:
        self.lots = [lot for lot in self.lots[self.front :] if lot.remaining_fen]
        self.front = 0
        return self.lots

    def take_all(self) -> list[Lot]:
        lots = self.remains()
        self.lots = []
        return lots


class Book:
    """All lots of one account, its credit (溢缴款), and the order of set-off (冲抵顺序).

    Lots are created day by day, so the order of creation is also the order of their dates.
    """

    def __init__(self, count_payment_day: bool) -> None:
        self.credit_fen = 0
        self.left_fen = {PURCHASE: 0, CASH_ADVANCE: 0, INTEREST: 0, FEE: 0}
        self.opening_left_fen = 0
        self.billed_beside_purchases_fen = 0
        self._created = 0
        self._payment_counts_from = 1 if count_payment_day else 0
        self._charges, self._principal, self._purchases = _Line(), _Line(), _Line()
        self._new, self._new_purchases, self._interest = _Line(), _Line(), _Line()

    @property
    def balance_fen(self) -> int:
        """What remains of all lots, less credit."""
        return sum(self.left_fen.values()) - self.credit_fen

    def create(self, kind: str, day: int, amount_fen: int, *, of_opening: bool = False) -> Lot | None:
        """Create a lot; credit pays it at once, and what is paid whole is no lot at all."""
        from_credit_fen = min(self.credit_fen, amount_fen)
        self.credit_fen -= from_credit_fen
        amount_fen -= from_credit_fen
        if not amount_fen:
            return None
        self._created += 1
        lot = Lot(self._created, kind, day, amount_fen, of_opening)
        self.left_fen[kind] += amount_fen
        if of_opening:
            self.opening_left_fen += amount_fen
            self._bill(lot)
        else:
            self._new.lots.append(lot)
            if kind == PURCHASE:
                self._new_purchases.lots.append(lot)
        return lot

    def pay(self, amount_fen: int, day: int, days_overdue: int) -> None:
        """Set a payment off: billed lots first, interest and fees before principal up to 90 days overdue."""
        billed = (self._charges, self._principal)
        if days_overdue > LAST_DAY_OF_INTEREST_FIRST:
            billed = (self._principal, self._charges)
        self.credit_fen += self._lower((*billed, self._new), amount_fen, day)

    def refund(self, amount_fen: int, day: int, days_overdue: int) -> None:
        """Set a refund off: purchases first, billed before new ones; the rest acts as a payment."""
        left_fen = self._lower((self._purchases, self._new_purchases), amount_fen, day)
        if left_fen:
            self.pay(left_fen, day, days_overdue)

    def bill_all(self) -> None:
        """Note that every lot now stands on a statement."""
        self._new_purchases.take_all()
        for lot in self._new.take_all():
            self._bill(lot)

    def billed_remains(self, with_interest: bool) -> list[Lot]:
        """Billed purchase lots (and interest lots) of which something remains, by creation."""
        lines = (self._purchases, self._interest) if with_interest else (self._purchases,)
        return [lot for line in lines for lot in line.remains()]

    def fold(self, lots: Iterable[Lot], day: int) -> Lot | None:
        """Turn what remains of some lots into one new purchase lot at the start of a day."""
        amount_fen = 0
        for lot in lots:
            amount_fen += lot.remaining_fen
            self._take(lot, lot.remaining_fen, day)
        return self.create(PURCHASE, day, amount_fen) if amount_fen else None

    def _bill(self, lot: Lot) -> None:
        lot.billed = True
        if lot.kind != PURCHASE:
            self.billed_beside_purchases_fen += lot.remaining_fen
        else:
            self._purchases.lots.append(lot)
        if lot.kind == INTEREST:
            self._interest.lots.append(lot)
        line = self._charges if lot.kind in (INTEREST, FEE) else self._principal
        line.lots.append(lot)

    def _lower(self, lines: Iterable[_Line], amount_fen: int, day: int) -> int:
        """Lower lots line by line; what is left of the amount comes back."""
        for line in lines:
            for lot in line.owing():
                taken_fen = min(amount_fen, lot.remaining_fen)
                self._take(lot, taken_fen, day + self._payment_counts_from)
                amount_fen -= taken_fen
                if not amount_fen:
                    return 0
        return amount_fen

    def _take(self, lot: Lot, amount_fen: int, day: int) -> None:
        lot.set_from(day, lot.remaining_fen - amount_fen)
        self.left_fen[lot.kind] -= amount_fen
        if lot.of_opening:
            self.opening_left_fen -= amount_fen
        if lot.billed and lot.kind != PURCHASE:
            self.billed_beside_purchases_fen -= amount_fen
