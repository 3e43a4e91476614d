"""西岭银行, an invented bank in one file: its books, its policy, and the handlers that join it to the platform.

    uvicorn --app-dir docs/protocol/examples --port 8110 whole_bank:app     # serves the platform
    python docs/protocol/examples/whole_bank.py facts                       # what it hands over when it joins
    python docs/protocol/examples/whole_bank.py pay PERIOD YUAN             # a payment at its counter

The environment tells ``BANK_KEY`` (its private key) and ``PLATFORM_KEY``, both KEYID=BASE64, and ``PLATFORM_URL``;
``BANK_URL``, ``BANK_DB``, ``BANK_TODAY`` and ``BANK_RETRY_SECONDS`` may be left out. See docs/protocol/join.md.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from heyue.engine.interest import account
from heyue.engine.money import fen, yuan
from heyue.gateway import events
from heyue.gateway.server import BankServer, Negotiation, NotTaken, SqliteStore, SqliteTransaction, shanghai_day
from heyue.gateway.signing import Signer
from heyue.gateway.wire import Application, Debt, Holder, Terms

# ── the bank's own books, which a real one has already ───────────────────────────────────────────────────────────────

OFFICER = ("沈岚", "X-0001")
PERIODS_MAX, INSTALMENT_FEN_MIN, DUE_DAY = 60, 100_00, 18
VALID, FIRST_DUE_WITHIN = timedelta(days=15), timedelta(days=92)
RULE = "西岭银行个性化分期办法 2026-05 第三条（虚构）"
OWNER = "C-1001"  # of the one card
CUSTOMERS = {("林晓", "110101199003074477"): OWNER}
CARD = {"token": "xl-4410", "last4": "4410", "product": "西岭标准卡", "currency": "CNY"}
TERMS = {"method": "full", "statement_day": 5, "due_day": 23,
         "daily_rate": "0.0005", "minimum_ratio": "0.10", "late_fee_ratio": "0.05"}  # fmt: skip
FROZEN = TERMS | {"daily_rate": "0", "minimum_ratio": "0", "late_fee_ratio": "0"}
BOOKED = [
    ("2026-06-12", "purchase", "8600.00", "家电城"),
    ("2026-07-08", "purchase", "4150.00", "市中心医院"),
    ("2026-07-23", "payment", "1000.00", "还了一部分"),
    ("2026-08-17", "purchase", "3280.00", "服装批发"),
    ("2026-09-12", "payment", "200.00", "还了一部分"),
]
TABLES = """
CREATE TABLE IF NOT EXISTS payment (seq INTEGER PRIMARY KEY, day TEXT NOT NULL, amount TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS agreement (
  agreement_id TEXT PRIMARY KEY, negotiation_id TEXT NOT NULL, principal TEXT NOT NULL, since TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS collection (standing TEXT NOT NULL) STRICT;
"""


def today() -> date:
    """The business day: Shanghai's, but for a platform whose clock stands still."""
    told = os.environ.get("BANK_TODAY")
    return date.fromisoformat(told) if told else shanghai_day()


def booked(transaction: SqliteTransaction) -> list[dict[str, Any]]:
    """All that happened on the card until today."""
    paid = transaction.connection.execute("SELECT day, 'payment', amount, '柜面还款' FROM payment ORDER BY seq")
    names = ("seq", "card", "date", "kind", "amount", "text")
    rows = [(seq, CARD["token"], *row) for seq, row in enumerate([*BOOKED, *paid], 1)]
    return [dict(zip(names, row, strict=True)) for row in rows if row[2] <= today().isoformat()]


def collection(transaction: SqliteTransaction, standing: str) -> None:
    """Have collection go on, pause or stop."""
    transaction.connection.execute("DELETE FROM collection")
    transaction.connection.execute("INSERT INTO collection VALUES (?)", (standing,))


# ── the gateway ──────────────────────────────────────────────────────────────────────────────────────────────────────

signer = Signer.read(os.environ["BANK_KEY"])
keyid, _, public_key = os.environ["PLATFORM_KEY"].partition("=")
url = os.environ.get("BANK_URL", "http://127.0.0.1:8110")
store = SqliteStore(os.environ.get("BANK_DB", "xiling.sqlite"), TABLES)
retry_seconds = float(os.environ.get("BANK_RETRY_SECONDS", "2"))
platform = (os.environ["PLATFORM_URL"], {keyid: public_key})
bank = BankServer("xiling", signer, *platform, [url], store, today=today, retry_seconds=retry_seconds)
app = bank.asgi()


@bank.customer
def customer(holder: Holder) -> str | None:
    return CUSTOMERS.get((holder.name, holder.id_number))


@bank.cards
def cards(customer: str) -> Mapping[str, Any]:
    with store.reading() as transaction:
        happened = booked(transaction)
        agreed = transaction.connection.execute("SELECT principal, since FROM agreement").fetchone()
        standing = transaction.connection.execute("SELECT standing FROM collection").fetchone()
    opening = {"date": agreed[1], "purchase": agreed[0]} if agreed else None  # from then on without interest
    counted = [one for one in happened if not opening or one["date"] >= opening["date"]]
    posted = [{name: one[name] for name in ("date", "kind", "amount")} for one in counted]
    asked = {"terms": FROZEN if opening else TERMS, "events": posted, "until": today().isoformat(), "detail": True}
    found = account(asked | ({"opening": opening} if opening else {}))
    owed = found["owed"]
    principal = yuan(fen(owed["purchase"]) + fen(owed["cash_advance"]))
    shown = ("date", "due_date", "balance", "minimum_payment", "interest", "late_fee")
    card = {
        **CARD,
        **{name: found[name] for name in ("balance", "accrued", "next_day_interest")},
        **{name: owed[name] for name in ("days_overdue", "overdue_since")},
        "owed": {"principal": principal, **{name: owed[name] for name in ("interest", "fee", "credit")}},
        "statements": [{name: one[name] for name in shown} for one in found["statements"]],
        "terms": asked["terms"],
        "opening": opening,
        "collection": standing[0] if standing else "active",
        "waivable": "0.00" if opening else owed["fee"],
    }
    return {"as_of": today().isoformat(), "cards": [card]}


@bank.activity
def activity(customer: str, after: int) -> Iterator[Mapping[str, Any]]:
    with store.reading() as transaction:
        return (one for one in booked(transaction) if one["seq"] > after)


@bank.application
def applied(negotiation: Negotiation, application: Application) -> None:
    under = negotiation.transaction.connection.execute("SELECT 1 FROM agreement").fetchone()
    ours = customer(application.holder) == OWNER  # who asks is the one who owes
    if under or not ours or {card.card for card in application.debt.structure} != {CARD["token"]}:
        negotiation.refuse("not-eligible", "这张卡不在你名下，或者已经在按协议还。", RULE)
        return
    if application.standstill.requested and application.standstill.until:
        collection(negotiation.transaction, "paused")
        negotiation.grant_standstill(application.standstill.until)
    negotiation.assign_officer(*OFFICER)
    asked = application.asked
    if fits(asked.terms, asked.waived, application.debt) and negotiation.asked_hash_stands:
        negotiation.accept(valid_until(asked.terms))
    else:
        terms, waived_fen = nearest(application)
        negotiation.offer(terms, waived_fen, valid_until(terms), "这是我行现在能给的条件。")


def fits(terms: Terms, waived_fen: int, debt: Debt) -> bool:
    """Whether our policy lets us agree, whoever proposes: each part of the terms is looked at."""
    sums = terms.principal == debt.balance - waived_fen and waived_fen <= debt.waivable and terms.down_payment == 0
    term = terms.method == "interest_free" and terms.periods <= periods_max(terms.principal)
    return sums and term and in_time(terms.first_due)


def periods_max(principal_fen: int) -> int:
    return max(1, min(PERIODS_MAX, principal_fen // INSTALMENT_FEN_MIN))


def in_time(first_due: date) -> bool:
    return today() < first_due <= today() + FIRST_DUE_WITHIN


def nearest(application: Application) -> tuple[Terms, int]:
    """The terms of our policy that are nearest to what is asked, and what is waived of the late fees, in fen."""
    asked, waived_fen = application.asked.terms, min(application.asked.waived, application.debt.waivable)
    principal_fen = application.debt.balance - waived_fen
    ours = {"principal": principal_fen, "down_payment": 0, "periods": min(asked.periods, periods_max(principal_fen)),
            "method": "interest_free", "monthly_rate": None, "annual_rate": None}  # fmt: skip
    if not in_time(asked.first_due):
        ours |= {"first_due": (today().replace(day=1) + timedelta(days=31)).replace(day=DUE_DAY), "due_day": DUE_DAY}
    return asked.model_copy(update=ours), waived_fen


def valid_until(terms: Terms) -> date:
    return min(today() + VALID, terms.first_due - timedelta(days=1))


@bank.on(events.OfferCountered)
def countered(negotiation: Negotiation, counter: events.OfferCountered) -> None:
    application = negotiation.application
    same = counter.interest_after_base_date == application.asked.interest_after_base_date
    if same and fits(counter.terms, counter.waived, application.debt):
        negotiation.accept_counter(counter, valid_until(counter.terms))
    else:
        negotiation.refuse_counter(counter, f"最多{PERIODS_MAX}期，免息，可以减免违约金。我行的条件还有效。")


@bank.on(events.HolderSigned)
def signed(negotiation: Negotiation, event: events.HolderSigned) -> None:
    sql, terms = negotiation.transaction.connection.execute, negotiation.drawn(event.agreement_id).terms
    if sql("SELECT 1 FROM agreement").fetchone():
        raise NotTaken("this card has its agreement", "/data/agreement_id")
    row = (event.agreement_id, negotiation.id, yuan(terms.principal), today().isoformat())
    sql("INSERT INTO agreement VALUES (?, ?, ?, ?)", row)
    collection(negotiation.transaction, "stopped")
    negotiation.sign(event.agreement_id, *OFFICER)
    negotiation.stop_collection(event.agreement_id, today())


@bank.on(events.NegotiationEnded)
def ended(negotiation: Negotiation, event: events.NegotiationEnded) -> None:
    collection(negotiation.transaction, "active")


@bank.on(events.DisputeAsked)
def disputed(negotiation: Negotiation, asked: events.DisputeAsked) -> None:
    paid = [f"{one['date']} {one['amount']}元" for one in booked(negotiation.transaction) if one["kind"] == "payment"]
    negotiation.answer_dispute(asked, "informs", f"我行账上的还款：{'；'.join(paid)}。")


def pay(period: int, amount: str) -> None:
    """Book a payment and tell the platform, both or neither; the process that serves sends it."""
    with store.reading() as transaction:
        asked = "SELECT agreement_id, negotiation_id FROM agreement"
        agreement_id, negotiation_id = transaction.connection.execute(asked).fetchone()
    with bank.negotiation(negotiation_id) as negotiation:
        booking = "INSERT INTO payment (day, amount) VALUES (?, ?) RETURNING seq"
        (seq,) = negotiation.transaction.connection.execute(booking, (today().isoformat(), amount)).fetchone()
        negotiation.post_payment(f"xl-{seq}", today(), fen(amount), agreement_id, period, "柜面还款")


FACTS = {"slug": "xiling", "name": "西岭银行", "short_name": "西岭", "seal": "西", "hotline": "400-000-8642",
         "pay_instructions": "到西岭银行任一柜面还，报协议编号。",
         "base_url": url, "keyid": signer.keyid, "public_key": signer.public_text,
         "policy": {"method": "interest_free", "periods": [12, 24, 36, 48, 60], "down_payment_ratios": ["0"],
                    "waiver_ratios": ["0", "1"], "minimum_instalment": yuan(INSTALMENT_FEN_MIN), "due_day": DUE_DAY,
                    "usual": {"periods": 60, "down_payment_ratio": "0", "waiver_ratio": "1"}}}  # fmt: skip

if __name__ == "__main__":
    if sys.argv[1:2] == ["pay"]:
        pay(int(sys.argv[2]), sys.argv[3])
    else:
        print(json.dumps(FACTS, ensure_ascii=False, indent=2))
