"""The contract's section 2 told a second time, as slowly and plainly as it reads: every lot on every day."""

import calendar
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Any

DEFAULTS = {
    "grace_days": 0, "tolerance": "0", "minimum_ratio": "0.10", "late_fee_ratio": "0",
    "late_fee_minimum": "0", "count_payment_day": False, "compound": True,
}  # fmt: skip
CENT = Decimal("0.01")


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def on_day(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


class Lot:
    def __init__(self, kind: str, day: date, amount: Decimal, opening: bool = False) -> None:
        self.kind, self.date, self.left, self.opening = kind, day, amount, opening
        self.on_statement: date | None = None
        self.amount_of: dict[date, Decimal] = {}
        self.bears = False
        self.charged_through = day - timedelta(days=1)


class NaiveAccount:
    def __init__(self, request: dict[str, Any]) -> None:
        self.t = {**DEFAULTS, **request["terms"]}
        self.rate = Decimal(self.t["daily_rate"])
        self.until = date.fromisoformat(request["until"])
        self.opening = request.get("opening")
        self.events = [
            (date.fromisoformat(event["date"]), event["kind"], Decimal(event["amount"]))
            for event in request["events"]
            if date.fromisoformat(event["date"]) <= self.until
        ]
        self.lots: list[Lot] = []
        self.credit = Decimal(0)
        self.paid: list[tuple[date, Decimal]] = []
        self.statements: list[dict[str, Any]] = []
        self.arrears: date | None = None
        self.to_convert: list[Lot] = []

    # dates

    def is_statement_day(self, day: date) -> bool:
        return day == on_day(day.year, day.month, self.t["statement_day"])

    def due(self, statement: date) -> date:
        if "due_after_days" in self.t:
            return statement + timedelta(days=self.t["due_after_days"])
        day = statement + timedelta(days=1)
        while day != on_day(day.year, day.month, self.t["due_day"]):
            day += timedelta(days=1)
        return day

    # money

    def add(self, kind: str, day: date, amount: Decimal, opening: bool = False) -> Lot:
        used = min(self.credit, amount)
        self.credit -= used
        lot = Lot(kind, day, amount - used, opening)
        lot.bears = kind == "cash_advance"
        self.lots.append(lot)
        return lot

    def lower(self, lots: list[Lot], amount: Decimal) -> Decimal:
        for lot in sorted(lots, key=lambda lot: (lot.date, self.lots.index(lot))):
            used = min(amount, lot.left)
            lot.left -= used
            amount -= used
        return amount

    def pay(self, day: date, kind: str, amount: Decimal) -> None:
        overdue = (day - self.arrears).days if self.arrears else 0
        billed = [lot for lot in self.lots if lot.opening or (lot.on_statement and lot.on_statement < day)]
        rest = [lot for lot in self.lots if lot not in billed]
        left = amount
        if kind == "refund":
            left = self.lower([lot for lot in billed if lot.kind == "purchase"], left)
            left = self.lower([lot for lot in rest if lot.kind == "purchase"], left)
        charges = [lot for lot in billed if lot.kind in ("interest", "fee")]
        principal = [lot for lot in billed if lot.kind in ("purchase", "cash_advance")]
        for group in (charges, principal) if overdue <= 90 else (principal, charges):
            left = self.lower(group, left)
        self.credit += self.lower(rest, left)
        self.paid.append((day, amount))
        if self.statements:
            last = self.statements[-1]
            if self.paid_after(last["date"], day) >= last["minimum"]:
                self.arrears = None
        elif not any(lot.left for lot in self.lots if lot.opening):
            self.arrears = None

    def paid_after(self, statement: date, up_to: date) -> Decimal:
        return sum((amount for day, amount in self.paid if statement < day <= up_to), Decimal(0))

    # the day

    def run(self) -> dict[str, Any]:
        starts = [day for day, _, _ in self.events]
        if self.opening:
            starts.append(date.fromisoformat(self.opening["date"]))
        if not starts:
            return self.answer(Decimal(0))
        day = min(starts)
        while day <= self.until:
            self.live(day, cut=self.is_statement_day(day))
            day += timedelta(days=1)
        answer = self.answer(Decimal(0))
        self.live(self.until + timedelta(days=1), cut=True)
        return {**answer, "accrued": str(cents(self.statements[-1]["interest"]))}

    def live(self, day: date, cut: bool) -> None:
        if self.to_convert:
            amount = sum((lot.left for lot in self.to_convert), Decimal(0))
            for lot in self.to_convert:
                lot.left = Decimal(0)
            self.to_convert = []
            self.add("purchase", day, amount)
        if self.opening and day == date.fromisoformat(self.opening["date"]):
            self.open(day)
        today = [(kind, amount) for on, kind, amount in self.events if on == day]
        for kind, amount in today:
            if kind in ("purchase", "cash_advance", "fee"):
                self.add(kind, day, amount)
        before = {id(lot): lot.left for lot in self.lots}
        for kind, amount in today:
            if kind in ("payment", "refund"):
                self.pay(day, kind, amount)
        if self.statements and self.statements[-1]["judged"] == day:
            self.judge(day, before)
        if cut:
            self.cut(day)
        for lot in self.lots:
            counts = before.get(id(lot), lot.left) if self.t["count_payment_day"] else lot.left
            lot.amount_of.setdefault(day, counts)

    def open(self, day: date) -> None:
        self.credit = Decimal(self.opening.get("credit", "0"))
        since = self.opening.get("overdue_since")
        self.arrears = date.fromisoformat(since) if since else None
        for kind in ("purchase", "cash_advance", "interest", "fee"):
            lot = self.add(kind, day, Decimal(self.opening.get(kind, "0")), opening=True)
            lot.bears = kind in ("purchase", "cash_advance") or (kind == "interest" and self.t["compound"])

    def judge(self, day: date, before: dict[int, Decimal]) -> None:
        last = self.statements[-1]
        paid = last["paid_at_judgement"] = self.paid_after(last["date"], day)
        last["full"] = last["balance"] - paid <= Decimal(self.t["tolerance"])
        if last["full"] or paid >= last["minimum"]:
            self.arrears = None
        elif self.arrears is None or (paid >= last["e"] and len(self.statements) > 1):
            self.arrears = last["due"]
        if last["full"]:
            kinds = ("purchase", "interest") if self.t["compound"] else ("purchase",)
            self.to_convert = [
                lot for lot in self.lots if lot.kind in kinds and (lot.opening or lot.on_statement) and lot.left
            ]
            return
        for lot in last["purchases"]:
            lot.bears = True
            if self.t["method"] == "partial":
                one = lot.date
                while one <= day:
                    lot.amount_of[one] = lot.left
                    one += timedelta(days=1)

    def cut(self, day: date) -> None:
        last = self.statements[-1] if self.statements else None
        lines = self.charge(day - timedelta(days=1))
        interest = sum((line["interest"] for line in lines), Decimal(0))
        owned = [lot for lot in self.lots if lot.kind == "purchase" and not lot.opening and not lot.on_statement]
        if interest:
            lot = self.add("interest", day, interest)
            if self.t["compound"]:
                owned.append(lot)
        fee = earlier = Decimal(0)
        if last and "paid_at_judgement" in last and not last["full"]:
            short = last["minimum"] - last["paid_at_judgement"]
            if short > 0:
                fee = max(Decimal(self.t["late_fee_minimum"]), cents(Decimal(self.t["late_fee_ratio"]) * short))
            earlier = max(Decimal(0), last["minimum"] - self.paid_after(last["date"], day))
        if fee:
            self.add("fee", day, fee)
        left = {
            kind: sum((lot.left for lot in self.lots if lot.kind == kind), Decimal(0))
            for kind in ("interest", "fee", "cash_advance", "purchase")
        }
        old = [lot for lot in self.lots if lot.kind != "purchase" and (lot.opening or lot.on_statement)]
        unmet = earlier - sum((lot.left for lot in old), Decimal(0))
        unmet = min(max(Decimal(0), unmet), left["purchase"])
        ratio = Decimal(self.t["minimum_ratio"])
        minimum = left["interest"] + left["fee"] + left["cash_advance"] + unmet
        minimum += cents(ratio * (left["purchase"] - unmet))
        self.statements.append(
            {
                "date": day, "due": self.due(day), "judged": self.due(day) + timedelta(days=self.t["grace_days"]),
                "balance": sum(left.values(), Decimal(0)) - self.credit, "minimum": minimum, "interest": interest,
                "fee": fee, "lines": lines, "e": earlier, "full": False, "purchases": owned,
            }
        )  # fmt: skip
        for lot in self.lots:
            lot.on_statement = lot.on_statement or day

    def charge(self, through: date) -> list[dict[str, Any]]:
        lines = []
        for lot in self.lots:
            if not lot.bears:
                continue
            days = [day for day in sorted(lot.amount_of) if lot.charged_through < day <= through]
            for amount, run in groupby(days, key=lambda day: lot.amount_of[day]):
                span = list(run)
                if amount:
                    lines.append(
                        {
                            "from": span[0], "to": span[-1], "days": len(span), "principal": amount,
                            "interest": cents(amount * len(span) * self.rate), "date": lot.date, "kind": lot.kind,
                        }
                    )  # fmt: skip
            lot.charged_through = max(lot.charged_through, through)
        return lines

    def answer(self, accrued: Decimal) -> dict[str, Any]:
        def text(value: Decimal) -> str:
            return str(cents(value) + 0)

        return {
            "statements": [
                {
                    "date": str(one["date"]), "due_date": str(one["due"]), "balance": text(one["balance"]),
                    "minimum_payment": text(one["minimum"]), "interest": text(one["interest"]),
                    "late_fee": text(one["fee"]),
                    "lines": [
                        {
                            "from": str(line["from"]), "to": str(line["to"]), "days": line["days"],
                            "principal": text(line["principal"]), "interest": text(line["interest"]),
                            "posting": {"date": str(line["date"]), "kind": line["kind"]},
                        }
                        for line in one["lines"]
                    ],
                }
                for one in self.statements
            ],
            "interest_total": text(sum((one["interest"] for one in self.statements), Decimal(0))),
            "late_fee_total": text(sum((one["fee"] for one in self.statements), Decimal(0))),
            "balance": text(sum((lot.left for lot in self.lots), Decimal(0)) - self.credit),
            "accrued": text(accrued),
        }  # fmt: skip
