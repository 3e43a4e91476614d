"""Disputes that the platform looks into: its questions to us, our answer to each, and what came of it."""

import sqlite3
import uuid
from typing import Any

from sandbox_bank import officer, outbox
from sandbox_bank.agreements import bad
from sandbox_bank.bank import Work
from sandbox_bank.officer import Case
from sandbox_bank.problems import Problem

POSITIONS = ("informs", "agrees", "partly", "disagrees")
CHARACTERS_MIN, CHARACTERS_MAX = 2, 1000


def asked(work: Work, one: Case, data: dict[str, Any]) -> None:
    """The platform asks: keep the question and let the officer's habits begin."""
    if work.row("SELECT 1 FROM dispute_questions WHERE question_id = ?", data["question_id"]):
        raise bad("/data/question_id", "这个问题已经问过")
    work.write(
        "INSERT INTO dispute_questions (question_id, dispute_id, negotiation_id, number, kind, said, text, answer_by)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(data["question_id"], data["dispute_id"], one.negotiation_id, data["number"], data["kind"]),
        *(data.get("said") or "", data["text"], data["answer_by"]),
    )
    officer.react(work, one.negotiation_id, "dispute")


def closed(work: Work, one: Case, data: dict[str, Any]) -> None:
    """It is over: nothing of it is answered any more. One that another way brought to us is in no row here."""
    work.write(
        "UPDATE dispute_questions SET outcome = ?, reason = ? WHERE dispute_id = ? AND negotiation_id = ?",
        *(data["outcome"], data.get("text", ""), data["dispute_id"], one.negotiation_id),
    )


def of_case(work: Work, negotiation_id: str) -> list[sqlite3.Row]:
    """All questions of one negotiation, the oldest first."""
    return work.rows("SELECT * FROM dispute_questions WHERE negotiation_id = ? ORDER BY rowid", negotiation_id)


def answer(work: Work, negotiation_id: str, question_id: str, position: str, text: str) -> None:
    """Answer one question, once, while its dispute is open."""
    row = work.row(
        "SELECT * FROM dispute_questions WHERE question_id = ? AND negotiation_id = ?", question_id, negotiation_id
    )
    if row is None or row["answer"] or row["outcome"]:
        raise Problem(422, "malformed", "这个问题不用再答：已经答过，或者异议有结论了")
    if position not in POSITIONS or not CHARACTERS_MIN <= len(text) <= CHARACTERS_MAX:
        raise Problem(422, "malformed", f"选一个看法，写{CHARACTERS_MIN}到{CHARACTERS_MAX}个字")
    work.write(
        "UPDATE dispute_questions SET position = ?, answer = ? WHERE question_id = ?", position, text, question_id
    )
    told = str(uuid.uuid4()) if "mixes-disputes" in work.bank.wrongs else question_id
    data = {"dispute_id": row["dispute_id"], "question_id": told, "position": position, "text": text}
    outbox.put(work, negotiation_id, "dispute.answered", data)


def answer_open_ones(work: Work, one: Case, parameters: dict[str, Any]) -> None:
    """The officer's habit: the same position and words for each question that waits."""
    for row in of_case(work, one.negotiation_id):
        if not row["answer"] and not row["outcome"]:
            answer(work, one.negotiation_id, row["question_id"], parameters["position"], parameters["text"])


officer.ACTS[officer.ANSWER_DISPUTE] = answer_open_ones
