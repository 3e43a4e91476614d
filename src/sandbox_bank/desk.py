"""What the bank's pages show and what its officer can do there by hand."""

import base64
import json
import sqlite3
from typing import Any

from sandbox_bank import accounts, disputes, officer, policy, state
from sandbox_bank.bank import Work
from sandbox_bank.problems import Problem
from sandbox_bank.words import CASE_STATES

ACTIVITY_MAX = 60


def _missing(what: str) -> Problem:
    return Problem(404, "malformed", f"没有{what}")


def overview(work: Work) -> dict[str, Any]:
    """Customers with their cards, applications, agreements."""
    cards = work.rows(
        "SELECT cards.*, customers.name, customers.id_number, customers.phone, customers.cast_member FROM cards"
        " JOIN customers ON customers.id = cards.customer_id ORDER BY cast_member DESC, customers.id, last4"
    )
    cases = work.rows(
        "SELECT applications.*, customers.name FROM applications"
        " LEFT JOIN customers ON customers.id = customer_id ORDER BY applications.rowid DESC"
    )
    agreements = work.rows(
        "SELECT agreements.*, sum(payment_fen) AS total_fen, sum(paid_fen) AS paid_fen FROM agreements"
        " JOIN instalments USING (agreement_id) GROUP BY agreement_id ORDER BY agreements.rowid DESC"
    )
    return {"cards": cards, "cases": cases, "agreements": agreements, "case_states": CASE_STATES}


def customer(work: Work, customer_id: int) -> dict[str, Any]:
    """One customer: each card with today's figures and its latest activity."""
    person = work.row("SELECT * FROM customers WHERE id = ?", customer_id)
    if person is None:
        raise _missing("这位客户")
    cards = [
        {
            "card": card,
            "owed": accounts.figures(work, card, work.today),
            "activity": work.rows(
                "SELECT * FROM activity WHERE card = ? ORDER BY date DESC, seq DESC LIMIT ?",
                *(card["token"], ACTIVITY_MAX),
            ),
        }
        for card in accounts.cards_of(work, customer_id)
    ]
    return {"person": person, "cards": cards}


def case_row(work: Work, negotiation_id: str) -> sqlite3.Row:
    """The application's row; a problem when there is none yet."""
    row = work.row("SELECT * FROM applications WHERE negotiation_id = ?", negotiation_id)
    if row is None:
        raise _missing("这个申请，也可能还在等处理")
    return row


def case(work: Work, negotiation_id: str) -> dict[str, Any]:
    """One application: what is asked, what went to and fro, and what the officer may answer."""
    row = case_row(work, negotiation_id)
    application = json.loads(row["body"])
    objections: list[str] = []
    if row["state"] in officer.ANSWERABLE:
        asked = application["asked"]
        objections = policy.objections(work, application, asked["terms"], asked["waived"], asked["hash"])
    return {
        "row": row,
        "application": application,
        "counter": json.loads(row["counter"]) if row["counter"] else None,
        "objections": objections,
        "answerable": row["state"] in officer.ANSWERABLE,
        "case_states": CASE_STATES,
        "questions": disputes.of_case(work, negotiation_id),
        "positions": disputes.POSITIONS,
        "log": state.log_of(work, negotiation_id),
        "agreements": work.rows("SELECT * FROM agreements WHERE negotiation_id = ?", negotiation_id),
        "acts": work.rows(
            "SELECT * FROM acts WHERE negotiation_id = ? AND done_on IS NULL AND cancelled = 0", negotiation_id
        ),
    }


def answer(work: Work, negotiation_id: str, form: dict[str, str]) -> None:
    """The officer's answer by hand; it replaces what the system would still have done."""
    one = officer.case(work, negotiation_id)
    chosen, text = form.get("do", ""), form.get("text", "").strip()
    if chosen == officer.ANSWER_DISPUTE:
        disputes.answer(work, negotiation_id, form.get("question_id", ""), form.get("position", ""), text)
        return
    if one.state not in officer.ANSWERABLE:
        raise Problem(422, "malformed", "这个申请现在不用答复")
    if chosen in ("ask", "refuse", "refuse_counter") and not text:
        raise Problem(422, "malformed", "写一句给持卡人的话")
    if chosen != "ask":
        officer.cancel_acts(work, negotiation_id)
    if chosen == "ask":
        officer.ask(work, one, text)
    elif chosen == "accept":
        officer.accept_as_asked(work, one)
    elif chosen == "refuse":
        officer.refuse(work, one, {"ground": form.get("ground", "policy"), "text": text})
    elif chosen == "offer":
        plan = policy.plan(
            work, one.application, int(form["periods"]), form["down_payment_ratio"], form["waiver_ratio"]
        )
        officer.make_offer(work, one, plan, text)
    elif chosen == "accept_counter":
        officer.accept_counter(work, one)
    elif chosen == "refuse_counter":
        officer.refuse_counter(work, one, text)
    else:
        raise Problem(422, "malformed", "选一个答复")


def form_pdf(work: Work, negotiation_id: str) -> bytes:
    """The application form as it came."""
    row = case_row(work, negotiation_id)
    return base64.b64decode(json.loads(row["body"])["form"]["base64"])


def agreement(work: Work, agreement_id: str) -> dict[str, Any]:
    """One agreement with its schedule and payments."""
    row = work.row("SELECT * FROM agreements WHERE agreement_id = ?", agreement_id)
    if row is None:
        raise _missing("这份协议")
    return {
        "row": row,
        "agreement": state.agreement(work, row),
        "payments": work.rows("SELECT * FROM payments WHERE agreement_id = ? ORDER BY date, rowid", agreement_id),
    }


def agreement_pdf(work: Work, agreement_id: str) -> bytes:
    """The agreement's document as it was drawn."""
    row = work.row("SELECT document FROM agreements WHERE agreement_id = ?", agreement_id)
    if row is None:
        raise _missing("这份协议")
    return bytes(row["document"])
