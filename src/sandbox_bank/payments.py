"""Payments made at the bank: booked on the cards, set against the schedule, and told to the platform."""

import sqlite3
import uuid
from datetime import date

from sandbox_bank import officer, outbox, portfolio
from sandbox_bank.bank import Work
from sandbox_bank.money import split, to_yuan
from sandbox_bank.problems import Problem

DOWN_PAYMENT_PERIOD = 0
AUTO_PAY_TEXT = "自动按期还款"


def pay(work: Work, agreement_id: str, amount_fen: int, day: date, period: int | None, text: str) -> str:
    """Book one payment under an agreement in force and tell of it; gives the payment's id."""
    agreement = work.row("SELECT * FROM agreements WHERE agreement_id = ? AND in_force_on IS NOT NULL", agreement_id)
    if agreement is None:
        raise Problem(422, "malformed", "这份协议还没有生效")
    if amount_fen <= 0 or not agreement["in_force_on"] <= day.isoformat() <= work.today.isoformat():
        raise Problem(422, "malformed", "金额要大于0，日期要在协议生效日和今天之间")
    payment_id = str(uuid.uuid4())
    work.write(
        "INSERT INTO payments VALUES (?, ?, NULL, ?, ?, ?, ?)",
        *(payment_id, agreement_id, period, day.isoformat(), amount_fen, text),
    )
    _set_against_schedule(work, agreement, amount_fen, period)
    _book_on_cards(work, agreement_id, "payment", "paid_fen", amount_fen, day, text)
    data = {
        "payment_id": payment_id,
        "date": day.isoformat(),
        "amount": to_yuan(amount_fen),
        "agreement_id": agreement_id,
        "period": period,
        "text": text,
    }
    outbox.put(work, agreement["negotiation_id"], "payment.posted", data)
    _complete_when_paid(work, agreement)
    return payment_id


def pay_card(work: Work, token: str, amount_fen: int, day: date, text: str) -> str:
    """Book a payment on a card without a schedule; a negotiation that runs about the card is told of it."""
    card = work.row("SELECT * FROM cards WHERE token = ? AND agreement_id IS NULL", token)
    if card is None or amount_fen <= 0 or day > work.today:
        raise Problem(422, "malformed", "没有这张卡，或者金额、日期不对；有协议的卡按协议还")
    payment_id = str(uuid.uuid4())
    work.write(
        "INSERT INTO payments VALUES (?, NULL, ?, NULL, ?, ?, ?)",
        *(payment_id, token, day.isoformat(), amount_fen, text),
    )
    portfolio.record(work.connection, token, day, "payment", amount_fen, text)
    data = {"payment_id": payment_id, "date": day.isoformat(), "amount": to_yuan(amount_fen)}
    for running in work.rows(
        "SELECT negotiation_id, body FROM applications WHERE customer_id = ?"
        " AND state IN ('received', 'offered', 'accepted', 'agreed')",
        card["customer_id"],
    ):
        if f'"card":"{token}"' in running["body"]:
            posted = {**data, "agreement_id": None, "period": None, "text": text}
            outbox.put(work, running["negotiation_id"], "payment.posted", posted)
    return payment_id


def pay_down_payment(work: Work, agreement_id: str) -> None:
    """The simulated holder pays the down payment (首付) when the agreement comes into force."""
    agreement = work.row("SELECT * FROM agreements WHERE agreement_id = ? AND auto_pay = 1", agreement_id)
    if agreement and agreement["down_payment_fen"]:
        pay(work, agreement_id, agreement["down_payment_fen"], work.today, DOWN_PAYMENT_PERIOD, "首付")


def switch_auto_pay(work: Work, agreement_id: str, *, on: bool) -> None:
    """Let the simulated holder pay by itself, or not."""
    if not work.write("UPDATE agreements SET auto_pay = ? WHERE agreement_id = ?", int(on), agreement_id):
        raise Problem(422, "malformed", "没有这份协议")


def charge_due_rows(work: Work) -> None:
    """On its due date a row's interest or fee becomes owed on the cards."""
    for row in _rows_due(work, "charged = 0"):
        if row["interest_fen"]:
            # A row that fell due before the agreement came into force is owed from then on.
            day = date.fromisoformat(max(row["due_on"], row["in_force_on"]))
            text = f"第{row['period']}期手续费"
            _book_on_cards(work, row["agreement_id"], "fee", "fees_fen", row["interest_fen"], day, text)
        done = "UPDATE instalments SET charged = 1 WHERE agreement_id = ? AND period = ?"
        work.write(done, row["agreement_id"], row["period"])


def auto_pay(work: Work) -> None:
    """The simulated holder pays what is due and still open, where automatic payment is on."""
    for row in _rows_due(work, "auto_pay = 1 AND paid_fen < payment_fen"):
        left_fen = row["payment_fen"] - row["paid_fen"]
        pay(work, row["agreement_id"], left_fen, work.today, row["period"], AUTO_PAY_TEXT)


def _rows_due(work: Work, condition: str) -> list[sqlite3.Row]:
    return work.rows(
        "SELECT instalments.*, in_force_on FROM instalments JOIN agreements USING (agreement_id)"
        f" WHERE in_force_on IS NOT NULL AND due_on <= ? AND {condition} ORDER BY due_on, agreement_id",
        work.today.isoformat(),
    )


def _set_against_schedule(work: Work, agreement: sqlite3.Row, amount_fen: int, period: int | None) -> None:
    """The named period first, then the down payment and the rows in order; what is left over stays as credit."""
    agreement_id, left_fen = agreement["agreement_id"], amount_fen
    down_fen = min(left_fen, agreement["down_payment_fen"] - agreement["down_payment_paid_fen"])
    if not period:
        left_fen -= _lay(work, agreement_id, DOWN_PAYMENT_PERIOD, down_fen)
    for row in work.rows(
        "SELECT period, payment_fen - paid_fen AS open_fen FROM instalments"
        " WHERE agreement_id = ? AND paid_fen < payment_fen ORDER BY period IS NOT ?, period",
        *(agreement_id, period),
    ):
        left_fen -= _lay(work, agreement_id, row["period"], min(left_fen, row["open_fen"]))


def _lay(work: Work, agreement_id: str, period: int, amount_fen: int) -> int:
    if period == DOWN_PAYMENT_PERIOD:
        sql = "UPDATE agreements SET down_payment_paid_fen = down_payment_paid_fen + ? WHERE agreement_id = ?"
        work.write(sql, amount_fen, agreement_id)
    else:
        sql = "UPDATE instalments SET paid_fen = paid_fen + ? WHERE agreement_id = ? AND period = ?"
        work.write(sql, amount_fen, agreement_id, period)
    return amount_fen


def _book_on_cards(
    work: Work, agreement_id: str, kind: str, column: str, amount_fen: int, day: date, text: str
) -> None:
    """Cut an amount over the agreement's cards so that their totals stay exact, whatever the order of amounts."""
    shares = work.rows("SELECT * FROM shares WHERE agreement_id = ? ORDER BY card", agreement_id)
    so_far = [share[column] for share in shares]
    wanted = split(sum(so_far) + amount_fen, [share["principal_fen"] for share in shares])
    parts = _not_negative([goal - had for goal, had in zip(wanted, so_far, strict=True)])
    for share, fen in zip(shares, parts, strict=True):
        if fen:
            portfolio.record(work.connection, share["card"], day, kind, fen, text)
            work.write(
                f"UPDATE shares SET {column} = {column} + ? WHERE agreement_id = ? AND card = ?",
                *(fen, agreement_id, share["card"]),
            )


def _not_negative(parts: list[int]) -> list[int]:
    """The same sum without a part below zero, which rounding may leave for a very small amount."""
    while min(parts) < 0:
        parts[parts.index(max(parts))] += min(parts)
        parts[parts.index(min(parts))] = 0
    return parts


def _complete_when_paid(work: Work, agreement: sqlite3.Row) -> None:
    open_rows = work.row(
        "SELECT count(*) FROM instalments WHERE agreement_id = ? AND paid_fen < payment_fen", agreement["agreement_id"]
    )
    now = work.row("SELECT * FROM agreements WHERE agreement_id = ?", agreement["agreement_id"])
    if open_rows and now and not open_rows[0] and now["down_payment_paid_fen"] >= now["down_payment_fen"]:
        work.write(
            "UPDATE agreements SET completed_on = ? WHERE agreement_id = ?",
            *(work.today.isoformat(), agreement["agreement_id"]),
        )
        officer.become(work, agreement["negotiation_id"], "completed")
