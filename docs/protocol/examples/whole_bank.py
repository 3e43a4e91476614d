"""清河银行, an invented bank in one file: its books, its policy, and the handlers that join it to the platform.

    uvicorn --app-dir docs/protocol/examples --port 8110 whole_bank:app     # serves the platform
    python docs/protocol/examples/whole_bank.py facts                       # what it hands over when it joins
    python docs/protocol/examples/whole_bank.py pay AGREEMENT PERIOD YUAN   # a payment at its counter

``BANK_KEY`` (KEYID=BASE64) is its signing key, ``PLATFORM_URL`` and ``PLATFORM_KEY`` (KEYID=BASE64) are the platform's.
``BANK_URL``, ``BANK_DB`` and ``BANK_TODAY`` may stand as they are; the last is for a platform whose clock stands still.
How to begin: docs/protocol/join.md.
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
from heyue.gateway.server import BankServer, Negotiation, NotTaken, SqliteStore, SqliteTransaction
from heyue.gateway.server.setting import shanghai_day
from heyue.gateway.signing import Signer
from heyue.gateway.wire import Application, Holder, Terms

# ── the bank's own books, which a real one has already ───────────────────────────────────────────────────────────────

OFFICER = ("沈清", "Q-0001")
PERIODS_MAX, INSTALMENT_FEN_MIN, VALID_DAYS = 60, 100_00, 15
RULE = "清河银行个性化分期办法 2026-05 第三条（虚构）"
CUSTOMERS = {("林晓", "110101199003074477"): "C-1001"}
CARD = {"token": "qh-4410", "customer": "C-1001", "last4": "4410", "product": "清河标准卡"}
TERMS = {
    "daily_rate": "0.0005",
    "method": "full",
    "statement_day": 5,
    "due_day": 23,
    "minimum_ratio": "0.10",
    "late_fee_ratio": "0.05",
}
FROZEN = {"daily_rate": "0", "minimum_ratio": "0", "late_fee_ratio": "0"}
BOOKED = [
    ("2026-06-12", "purchase", "8600.00", "家电城"),
    ("2026-07-08", "purchase", "4150.00", "市中心医院"),
    ("2026-07-23", "payment", "1000.00", "还了一部分"),
    ("2026-08-17", "purchase", "3280.00", "服装批发"),
    ("2026-09-12", "payment", "200.00", "还了一部分"),
]
TABLES = """
CREATE TABLE IF NOT EXISTS booking (
  seq INTEGER PRIMARY KEY, day TEXT NOT NULL, kind TEXT NOT NULL, amount TEXT NOT NULL, text TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS agreement (
  agreement_id TEXT PRIMARY KEY, negotiation_id TEXT NOT NULL, principal TEXT NOT NULL, since TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS collection (standing TEXT NOT NULL) STRICT;
"""


def today() -> date:
    told = os.environ.get("BANK_TODAY")
    return date.fromisoformat(told) if told else shanghai_day()


def books() -> tuple[list[dict[str, Any]], tuple[str, str] | None, str]:
    """The card's bookings, the agreement that it is under, and how collection stands."""
    with store.transaction() as transaction:
        return read_books(transaction)


def read_books(transaction: SqliteTransaction) -> tuple[list[dict[str, Any]], tuple[str, str] | None, str]:
    sql = transaction.connection.execute
    own = [*enumerate(BOOKED, 1), *((row[0], row[1:]) for row in sql("SELECT * FROM booking ORDER BY seq"))]
    booked = [
        {"seq": seq, "card": CARD["token"], "date": day, "kind": kind, "amount": amount, "text": text}
        for seq, (day, kind, amount, text) in own
        if day <= today().isoformat()
    ]
    agreed = sql("SELECT principal, since FROM agreement ORDER BY since DESC").fetchone()
    standing = sql("SELECT standing FROM collection").fetchone()
    return booked, agreed, standing[0] if standing else "active"


def set_collection(negotiation: Negotiation, standing: str) -> None:
    sql = negotiation.transaction.connection.execute
    sql("DELETE FROM collection")
    sql("INSERT INTO collection VALUES (?)", (standing,))


# ── the gateway ──────────────────────────────────────────────────────────────────────────────────────────────────────

url = os.environ.get("BANK_URL", "http://127.0.0.1:8110")
signer = Signer.read(os.environ["BANK_KEY"])
store = SqliteStore(os.environ.get("BANK_DB", "qinghe.sqlite"), TABLES)
bank = BankServer(
    slug="qinghe",
    signer=signer,
    platform_url=os.environ["PLATFORM_URL"],
    platform_keys=dict([os.environ["PLATFORM_KEY"].split("=", 1)]),
    addresses=[url],
    store=store,
    today=today,
    retry_seconds=float(os.environ.get("BANK_RETRY_SECONDS", "2")),
)
app = bank.asgi()


@bank.customer
def customer(holder: Holder) -> str | None:
    return CUSTOMERS.get((holder.name, holder.id_number))


@bank.cards
def cards(customer: str) -> Mapping[str, Any]:
    booked, agreed, collection = books()
    asked: dict[str, Any] = {"terms": TERMS, "events": booked, "until": today().isoformat(), "detail": True}
    if agreed:  # from that day the card bears no interest: it opens anew with what was agreed
        asked |= {"terms": TERMS | FROZEN, "opening": {"date": agreed[1], "purchase": agreed[0]}}
    events_ = [one for one in booked if not agreed or one["date"] >= agreed[1]]
    asked["events"] = [{name: one[name] for name in ("date", "kind", "amount")} for one in events_]
    found = account(asked)
    owed = found["owed"]
    principal = yuan(fen(owed["purchase"]) + fen(owed["cash_advance"]))
    shown = ("date", "due_date", "balance", "minimum_payment", "interest", "late_fee")
    card = {
        **{name: CARD[name] for name in ("token", "last4", "product")},
        **{name: found[name] for name in ("balance", "accrued", "next_day_interest")},
        "currency": "CNY",
        "owed": {"principal": principal, **{name: owed[name] for name in ("interest", "fee", "credit")}},
        "days_overdue": owed["days_overdue"],
        "overdue_since": owed["overdue_since"],
        "statements": [{name: one[name] for name in shown} for one in found["statements"]],
        "terms": asked["terms"],
        "opening": asked.get("opening"),
        "collection": collection,
        "waivable": "0.00" if agreed else owed["fee"],
    }
    return {"as_of": today().isoformat(), "cards": [card]}


@bank.activity
def activity(customer: str, after: int) -> Iterator[Mapping[str, Any]]:
    return (one for one in books()[0] if one["seq"] > after)


@bank.application
def applied(negotiation: Negotiation, application: Application) -> None:
    _, agreed, _ = read_books(negotiation.transaction)
    if agreed or {card.card for card in application.debt.structure} != {CARD["token"]}:
        negotiation.refuse("not-eligible", "这张卡不在你名下，或者已经在按协议还。", RULE)
        return
    if application.standstill.requested and application.standstill.until:
        set_collection(negotiation, "paused")
        negotiation.grant_standstill(application.standstill.until)
    negotiation.assign_officer(*OFFICER)
    terms, waived_fen = nearest(application)
    valid_until = min(today() + timedelta(days=VALID_DAYS), terms.first_due - timedelta(days=1))
    if (terms, waived_fen) == (application.asked.terms, application.asked.waived) and negotiation.asked_hash_stands:
        negotiation.accept(valid_until)
    else:
        negotiation.offer(terms, waived_fen, valid_until, "这是我行现在能给的条件。")


def nearest(application: Application) -> tuple[Terms, int]:
    """The terms of our policy that are nearest to what is asked: late fees may be waived, 60 periods at most."""
    asked, debt = application.asked, application.debt
    waived_fen = min(asked.waived, debt.waivable)
    principal_fen = debt.balance - waived_fen
    periods = max(1, min(asked.terms.periods, PERIODS_MAX, principal_fen // INSTALMENT_FEN_MIN))
    changes = {"principal": principal_fen, "periods": periods, "method": "interest_free"}
    return asked.terms.model_copy(update={**changes, "monthly_rate": None, "annual_rate": None}), waived_fen


@bank.on(events.OfferCountered)
def countered(negotiation: Negotiation, counter: events.OfferCountered) -> None:
    terms, waived_fen = nearest(negotiation.application)
    if counter.terms.periods > PERIODS_MAX or counter.waived > waived_fen or counter.terms.method != terms.method:
        negotiation.refuse_counter(counter, f"最多{PERIODS_MAX}期，免息，可以减免违约金。我行的条件还有效。")
    else:
        negotiation.accept_counter(counter, min(today() + timedelta(days=VALID_DAYS), counter.terms.first_due - timedelta(days=1)))


@bank.on(events.HolderSigned)
def signed(negotiation: Negotiation, event: events.HolderSigned) -> None:
    drawn = negotiation.drawn(event.agreement_id)
    sql = negotiation.transaction.connection.execute
    if sql("SELECT 1 FROM agreement WHERE negotiation_id = ?", (negotiation.id,)).fetchone():
        raise NotTaken("this negotiation has its agreement", "/data/agreement_id")
    row = (event.agreement_id, negotiation.id, yuan(drawn.terms.principal), today().isoformat())
    sql("INSERT INTO agreement VALUES (?, ?, ?, ?)", row)
    set_collection(negotiation, "stopped")
    negotiation.sign(event.agreement_id, *OFFICER)
    negotiation.stop_collection(event.agreement_id, today())


@bank.on(events.NegotiationEnded)
def ended(negotiation: Negotiation, event: events.NegotiationEnded) -> None:
    set_collection(negotiation, "active")


# ── the counter, and joining ─────────────────────────────────────────────────────────────────────────────────────────


def pay(agreement_id: str, period: int, amount: str) -> None:
    """Book a payment and tell the platform, both or neither. The process that serves sends it."""
    with store.transaction() as transaction:
        asked = "SELECT negotiation_id FROM agreement WHERE agreement_id = ?"
        (negotiation_id,) = transaction.connection.execute(asked, (agreement_id,)).fetchone()
    with bank.negotiation(negotiation_id) as negotiation:
        sql = negotiation.transaction.connection.execute
        (seq,) = sql("SELECT coalesce(max(seq), ?) + 1 FROM booking", (len(BOOKED),)).fetchone()
        sql("INSERT INTO booking VALUES (?, ?, 'payment', ?, '柜面还款')", (seq, today().isoformat(), amount))
        negotiation.post_payment(f"qh-{seq}", today(), fen(amount), agreement_id, period, "柜面还款")


def facts() -> dict[str, Any]:
    menu = {"method": "interest_free", "periods": [12, 24, 36, 48, 60], "down_payment_ratios": ["0"],
            "waiver_ratios": ["0", "1"], "minimum_instalment": yuan(INSTALMENT_FEN_MIN), "due_day": 18,
            "usual": {"periods": 60, "down_payment_ratio": "0", "waiver_ratio": "1"}}  # fmt: skip
    return {"slug": "qinghe", "name": "清河银行", "short_name": "清河", "seal": "清", "hotline": "400-000-2468",
            "pay_instructions": "到清河银行任一柜面还，报协议编号。", "policy": menu, "base_url": url,
            "keyid": signer.keyid, "public_key": signer.public_text}  # fmt: skip


if __name__ == "__main__":
    if sys.argv[1:2] == ["pay"]:
        pay(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        print(json.dumps(facts(), ensure_ascii=False, indent=2))
