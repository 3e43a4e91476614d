"""The loop behind the inbox: messages in their order, then what is due by the business date."""

import json
import logging
import sqlite3
import threading
from datetime import date
from functools import partial

from sandbox_bank import business_clock, database, negotiation, officer, payments
from sandbox_bank.bank import Bank, Work
from sandbox_bank.business_clock import machine_now
from sandbox_bank.database import as_json
from sandbox_bank.heyue_command import EngineRefused
from sandbox_bank.problems import Problem

log = logging.getLogger("sandbox_bank.judging")

POLL_SECONDS = 0.3
RETRY_SECONDS_MAX = 60.0

NEXT_MESSAGE = """
SELECT messages.* FROM messages LEFT JOIN applications USING (negotiation_id)
WHERE messages.state = 'waiting' AND not_before <= ?
  AND (kind = 'application' OR sequence <= next_sequence OR ?)
ORDER BY messages.id LIMIT 1
"""


def judge_loop(bank: Bank, stop: threading.Event) -> None:
    """Judge and do what is due until told to stop; a stumble is logged and never ends the loop."""
    while not stop.is_set():
        bank.judge_wake.clear()
        try:
            if bank.faults.kind != "silent":
                judge_waiting(bank)
            do_due_work(bank)
        except Exception:
            log.exception("judging stumbled; it goes on")
        bank.judge_wake.wait(POLL_SECONDS)


def judge_waiting(bank: Bank) -> None:
    """Judge every message whose turn has come; one that stumbles is tried again later, the others go on."""
    while True:
        with database.opened(bank.path) as connection:
            asked = (machine_now().timestamp(), "ignores-order" in bank.wrongs)
            row = connection.execute(NEXT_MESSAGE, asked).fetchone()
        if row is None:
            return
        try:
            bank.in_one_transaction(partial(_judge, message_id=row["id"]))
        except Exception:
            log.exception("message %s could not be judged yet", row["idempotency_key"])
            _put_off(bank, "messages", row["id"], row["attempts"])


def _judge(work: Work, message_id: int) -> None:
    """Judge one message in one transaction: state, outgoing events and the message's own fate together."""
    row = work.row("SELECT * FROM messages WHERE id = ? AND state = 'waiting'", message_id)
    if row is None:
        return
    work.connection.execute("SAVEPOINT handler")
    state, problem = "taken", None
    try:
        _handle(work, row)
    except (Problem, EngineRefused) as refused:
        work.connection.execute("ROLLBACK TO handler")
        state, problem = "refused", as_json(_problem_of(refused).body())
    work.connection.execute("RELEASE handler")
    work.write("UPDATE messages SET state = ?, problem = ? WHERE id = ?", state, problem, message_id)
    if row["kind"] == "event":
        work.write(
            "UPDATE applications SET next_sequence = ? WHERE negotiation_id = ? AND next_sequence = ?",
            *(row["sequence"] + 1, row["negotiation_id"], row["sequence"]),
        )


def _handle(work: Work, row: sqlite3.Row) -> None:
    if row["kind"] == "application":
        negotiation.open_case(work, json.loads(row["body"]), row["received_on"])
        return
    turn = work.row("SELECT next_sequence FROM applications WHERE negotiation_id = ?", row["negotiation_id"])
    if turn and row["sequence"] < turn[0]:
        raise Problem(422, "malformed", "这个序号已经有过另一个事件", [{"pointer": "/sequence", "detail": "taken"}])
    negotiation.take_event(work, row["negotiation_id"], *negotiation.event_of(row["body"]))


def _problem_of(refused: Problem | EngineRefused) -> Problem:
    if isinstance(refused, Problem):
        return refused
    return Problem(422, "malformed", f"这些条件算不出还款表：{refused.detail[:500]}")


def _put_off(bank: Bank, table: str, row_id: int, attempts: int) -> None:
    later = machine_now().timestamp() + min(2.0**attempts, RETRY_SECONDS_MAX)
    with database.opened(bank.path) as connection, database.transaction(connection):
        connection.execute(f"UPDATE {table} SET not_before = ?, attempts = attempts + 1 WHERE id = ?", (later, row_id))


def do_due_work(bank: Bank) -> None:
    """What the business date has brought: pauses that end, instalments, payments, the officer's later acts."""
    with database.opened(bank.path) as connection:
        day = business_clock.today(connection)
        if not _is_anything_due(connection, day):
            return
    bank.in_one_transaction(_end_pauses)
    bank.in_one_transaction(payments.charge_due_rows)
    bank.in_one_transaction(payments.auto_pay)
    if bank.faults.kind == "silent":
        return
    with database.opened(bank.path) as connection:
        acts = connection.execute(
            "SELECT * FROM acts WHERE due_on <= ? AND done_on IS NULL AND cancelled = 0 AND not_before <= ?"
            " ORDER BY due_on, id",
            (day.isoformat(), machine_now().timestamp()),
        ).fetchall()
    for act in acts:
        try:
            bank.in_one_transaction(partial(_do_act, act_id=act["id"]))
        except Exception:
            log.exception("act %s of %s could not be done yet", act["name"], act["negotiation_id"])
            _put_off(bank, "acts", act["id"], act["attempts"])


def _do_act(work: Work, act_id: int) -> None:
    act = work.row("SELECT * FROM acts WHERE id = ? AND done_on IS NULL AND cancelled = 0", act_id)
    if act is not None:
        officer.perform_due(work, act)


def _end_pauses(work: Work) -> None:
    work.write(
        "UPDATE cards SET collection = 'active', paused_until = NULL WHERE collection = 'paused' AND paused_until < ?",
        work.today.isoformat(),
    )


DUE_DAYS = """
SELECT min(day) FROM (
  SELECT min(due_on) AS day FROM acts WHERE done_on IS NULL AND cancelled = 0 AND due_on > :after
  UNION ALL SELECT min(date(paused_until, '+1 day')) FROM cards
    WHERE collection = 'paused' AND date(paused_until, '+1 day') > :after
  UNION ALL SELECT min(due_on) FROM instalments JOIN agreements USING (agreement_id)
    WHERE in_force_on IS NOT NULL AND due_on > :after AND (charged = 0 OR paid_fen < payment_fen AND auto_pay = 1))
"""


def _next_busy_day(connection: sqlite3.Connection, after: date) -> date | None:
    row = connection.execute(DUE_DAYS, {"after": after.isoformat()}).fetchone()
    return date.fromisoformat(row[0]) if row[0] else None


def _is_anything_due(connection: sqlite3.Connection, day: date) -> bool:
    first = _next_busy_day(connection, date.min)
    return first is not None and first <= day


def move_clock(bank: Bank, to: date) -> None:
    """Move the business date forward, doing each day's work on its day; `ValueError` for an earlier date."""
    with bank.work_lock:
        if bank.faults.kind != "silent":
            judge_waiting(bank)
        do_due_work(bank)
        while (day := _step(bank, to)) is not None:
            bank.storing(partial(_open_day, day=day))
            do_due_work(bank)


def _open_day(work: Work, day: date) -> None:
    business_clock.set_today(work.connection, day)


def _step(bank: Bank, to: date) -> date | None:
    """The next day to stop at: one with work, or the last one; none when the clock stands there."""
    with database.opened(bank.path) as connection:
        today = business_clock.today(connection)
        if to < today:
            raise ValueError(f"the business date is {today}; it only moves forward")
        if to == today:
            return None
        return min(_next_busy_day(connection, today) or to, to)
