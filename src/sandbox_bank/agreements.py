"""Agreements (协议): checked when drawn, signed after the holder, then the cards follow the schedule."""

import json
import sqlite3
from datetime import date, timedelta
from typing import Any

from sandbox_bank import accounts, inbox, messages, officer, outbox, payments, portfolio
from sandbox_bank.bank import Work
from sandbox_bank.database import as_json
from sandbox_bank.money import split, to_fen, to_yuan
from sandbox_bank.officer import Case
from sandbox_bank.problems import Problem

BEFORE = ("token", "terms", "opening", "collection", "paused_until")
FROZEN_TERMS = {"daily_rate": "0", "minimum_ratio": "0", "late_fee_ratio": "0", "late_fee_minimum": "0"}


def bad(pointer: str, detail: str) -> Problem:
    """A message that is well formed but does not fit what went before."""
    return Problem(422, "malformed", detail, [{"pointer": pointer, "detail": detail}])


def named(work: Work, agreement_id: str) -> sqlite3.Row:
    """The agreement's row."""
    row = work.row("SELECT * FROM agreements WHERE agreement_id = ?", agreement_id)
    if row is None:
        raise bad("/data/agreement_id", "没有这份协议")
    return row


def draw(work: Work, one: Case, data: dict[str, Any]) -> None:
    """Keep a drawn agreement whose document, terms and hash stand; nothing is in force yet."""
    content = inbox.document_bytes(messages.Document.model_validate(data["document"]), "/data/document")
    if one.state in ("in_force", "completed", "ended"):
        raise bad("/subject", "这个协商已经签了或者结束了")
    if work.row("SELECT 1 FROM agreements WHERE agreement_id = ?", data["agreement_id"]):
        raise bad("/data/agreement_id", "这份协议已经收过")
    schedule = work.schedule(data["terms"])
    if schedule["hash"] != data["schedule_hash"]:
        raise bad("/data/schedule_hash", "还款表和我行算出来的不一样")
    _check_offer(work, one, data)
    work.write(
        "INSERT INTO agreements (agreement_id, negotiation_id, offer_id, terms, schedule_hash, document_sha256,"
        " document, drawn_on, down_payment_fen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(data["agreement_id"], one.negotiation_id, data["offer_id"], as_json(data["terms"]), schedule["hash"]),
        *(data["document"]["sha256"], content, work.today.isoformat(), to_fen(data["terms"].get("down_payment", "0"))),
    )
    for row in schedule["rows"]:
        amounts = (to_fen(row[name]) for name in ("payment", "principal", "interest", "balance"))
        work.write(
            "INSERT INTO instalments (agreement_id, period, due_on, payment_fen, principal_fen, interest_fen,"
            " balance_fen) VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(data["agreement_id"], row["period"], row["due"], *amounts),
        )
    officer.become(work, one.negotiation_id, "agreed")


def _check_offer(work: Work, one: Case, data: dict[str, Any]) -> None:
    """The agreement is of one of our offers; one that we do not know was made by our officer at the desk."""
    offer = work.row("SELECT * FROM offers WHERE offer_id = ?", data["offer_id"])
    if offer is not None:
        if offer["negotiation_id"] != one.negotiation_id or offer["hash"] != data["schedule_hash"]:
            raise bad("/data/schedule_hash", "和我行的方案不一样")
        if offer["state"] == "made" and offer["valid_until"] < one.said_on:
            raise bad("/data/offer_id", f"这个方案到{offer['valid_until']}为止")
    elif not work.bank.profile.desk_offers and data["terms"]["periods"] not in work.bank.profile.policy["periods"]:
        raise bad("/data/offer_id", "我行没有这个方案")


def holder_signed(work: Work, one: Case, data: dict[str, Any]) -> None:
    """Check the holder's signature against the document that we keep, then let the officer's habit sign."""
    agreement = named(work, data["agreement_id"])
    if agreement["negotiation_id"] != one.negotiation_id:
        raise bad("/data/agreement_id", "不是这个协商的协议")
    if agreement["document_sha256"] != data["document_sha256"]:
        raise bad("/data/document_sha256", "签的不是这份协议")
    if one.state != "agreed":
        raise bad("/subject", "现在不能签")
    work.write(
        "UPDATE agreements SET holder_signed_at = ? WHERE agreement_id = ?", data["signed_at"], data["agreement_id"]
    )
    officer.react(work, one.negotiation_id, "holder_signed")


def sign(work: Work, one: Case, _: dict[str, Any]) -> None:
    """Sign for the bank, stop collection, and let the schedule run.

    Not once the first due date has come: nobody owes before both have signed.
    """
    agreement = work.row(
        "SELECT * FROM agreements WHERE negotiation_id = ? AND holder_signed_at IS NOT NULL AND in_force_on IS NULL"
        " ORDER BY drawn_on DESC, rowid DESC",
        one.negotiation_id,
    )
    if agreement is None or one.state != "agreed":
        return
    if json.loads(agreement["terms"])["first_due"] <= work.today.isoformat():
        return
    agreement_id = agreement["agreement_id"]
    _convert_cards(work, one, agreement)
    work.write("UPDATE agreements SET in_force_on = ? WHERE agreement_id = ?", work.today.isoformat(), agreement_id)
    officer.become(work, one.negotiation_id, "in_force")
    officer.cancel_acts(work, one.negotiation_id)
    signed = {
        "agreement_id": agreement_id,
        "document_sha256": agreement["document_sha256"],
        "schedule_hash": agreement["schedule_hash"],
        "signer": dict(work.bank.profile.officer),
    }
    outbox.put(work, one.negotiation_id, "agreement.signed", signed)
    stopped = {"agreement_id": agreement_id, "from": work.today.isoformat()}
    outbox.put(work, one.negotiation_id, "collection.stopped", stopped)
    payments.pay_down_payment(work, agreement_id)


def _convert_cards(work: Work, one: Case, agreement: sqlite3.Row) -> None:
    """From today the cards bear no interest of their own: each opens anew with its share of the agreed principal."""
    structure = one.application["debt"]["structure"]
    principal_fen = to_fen(json.loads(agreement["terms"])["principal"])
    shares = split(principal_fen, [to_fen(card["balance"]) for card in structure])
    before = []
    for stated, share_fen in zip(structure, shares, strict=True):
        card = work.row("SELECT * FROM cards WHERE token = ?", stated["card"])
        if card is None:
            raise bad("/subject", f"没有卡 {stated['card']}")
        opening = _opening(work, one, agreement, card, share_fen)
        before.append({name: card[name] for name in BEFORE})
        work.write(
            "UPDATE cards SET terms = ?, opening = ?, collection = 'stopped', paused_until = NULL, agreement_id = ?"
            " WHERE token = ?",
            *(as_json({**json.loads(card["terms"]), **FROZEN_TERMS}), as_json(opening)),
            *(agreement["agreement_id"], card["token"]),
        )
        work.write(
            "INSERT INTO shares (agreement_id, card, principal_fen) VALUES (?, ?, ?)",
            *(agreement["agreement_id"], card["token"], share_fen),
        )
    work.write("UPDATE agreements SET before = ? WHERE agreement_id = ?", as_json(before), agreement["agreement_id"])


def undo_all(work: Work, negotiation_id: str) -> None:
    """No agreement of a negotiation is signed any more, by either side."""
    for row in work.rows("SELECT agreement_id FROM agreements WHERE negotiation_id = ?", negotiation_id):
        undo(work, row["agreement_id"])
    work.write("UPDATE agreements SET holder_signed_at = NULL WHERE negotiation_id = ?", negotiation_id)


def undo(work: Work, agreement_id: str) -> None:
    """Our signature was not taken: the cards are as before it; what was paid meanwhile stays paid on them."""
    agreement = named(work, agreement_id)
    if agreement["in_force_on"] is None:
        return
    for share in work.rows("SELECT * FROM shares WHERE agreement_id = ? AND fees_fen > 0", agreement_id):
        portfolio.record(work.connection, share["card"], work.today, "refund", share["fees_fen"], "冲回分期手续费")
    for card in json.loads(agreement["before"] or "[]"):
        work.write(
            "UPDATE cards SET terms = ?, opening = ?, collection = ?, paused_until = ?, agreement_id = NULL"
            " WHERE token = ?",
            *(card["terms"], card["opening"], card["collection"], card["paused_until"], card["token"]),
        )
    work.write("DELETE FROM shares WHERE agreement_id = ?", agreement_id)
    work.write("UPDATE agreements SET in_force_on = NULL, completed_on = NULL WHERE agreement_id = ?", agreement_id)


def _opening(work: Work, one: Case, agreement: sqlite3.Row, card: sqlite3.Row, share_fen: int) -> dict[str, Any]:
    """The card's share as of this morning; what was spent or paid since the base date comes on top or off."""
    base, yesterday = date.fromisoformat(one.application["base_date"]), work.today - timedelta(days=1)
    moved = work.row(
        "SELECT coalesce(sum(CASE WHEN kind IN ('payment', 'refund') THEN -amount_fen ELSE amount_fen END), 0)"
        " FROM activity WHERE card = ? AND date > ? AND date <= ?",
        *(card["token"], base.isoformat(), yesterday.isoformat()),
    )
    moved_fen = int(moved[0]) if moved else 0
    interest_fen = 0
    if _interest_after(work, one, agreement) == "added" and yesterday > base:
        then, now = accounts.figures(work, card, base), accounts.figures(work, card, yesterday)
        grown = now.balance_fen + now.accrued_fen - then.balance_fen - then.accrued_fen
        interest_fen = max(grown - moved_fen, 0)
    return {
        "date": work.today.isoformat(),
        "purchase": to_yuan(share_fen + max(moved_fen, 0)),
        "interest": to_yuan(interest_fen),
        "credit": to_yuan(max(-moved_fen, 0)),
    }


def _interest_after(work: Work, one: Case, agreement: sqlite3.Row) -> str:
    offer = work.row("SELECT interest_after_base_date FROM offers WHERE offer_id = ?", agreement["offer_id"])
    return str(offer[0] if offer else one.application["asked"]["interest_after_base_date"])


officer.ACTS["sign"] = sign
