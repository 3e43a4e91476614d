"""The bank's officer: habits from the profile, each an act done at once or on its day."""

import json
import sqlite3
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sandbox_bank import business_clock, outbox, policy
from sandbox_bank.bank import Work
from sandbox_bank.database import as_json
from sandbox_bank.heyue_command import EngineRefused
from sandbox_bank.money import to_fen, to_yuan
from sandbox_bank.policy import Plan
from sandbox_bank.problems import Problem


@dataclass(frozen=True)
class Case:
    """One negotiation as its row and its application say; `said_on` is the business day of the message at hand."""

    negotiation_id: str
    state: str
    customer_id: int | None
    received_on: date
    application: dict[str, Any]
    counter: dict[str, Any] | None
    said_on: str = ""


Act = Callable[[Work, Case, dict[str, Any]], None]
ANSWERABLE = ("received", "offered")
BEFORE_AGREED = (*ANSWERABLE, "accepted", "refused")
ANSWERS = ("offer.made", "application.accepted", "application.refused", "counter.accepted")
"""The events that answer the holder; what the last of them says that was not refused is where the case stands."""
NOTE_CHARACTERS_MAX = 500
ANSWER_DISPUTE = "answer_dispute"


def case(work: Work, negotiation_id: str) -> Case:
    """Read one negotiation; `unknown-negotiation` when there is none."""
    row = work.row("SELECT * FROM applications WHERE negotiation_id = ?", negotiation_id)
    if row is None:
        raise Problem(404, "unknown-negotiation", "没有这个协商")
    return Case(
        negotiation_id=negotiation_id,
        state=row["state"],
        customer_id=row["customer_id"],
        received_on=date.fromisoformat(row["received_on"]),
        application=json.loads(row["body"]),
        counter=json.loads(row["counter"]) if row["counter"] else None,
    )


def become(work: Work, negotiation_id: str, state: str) -> None:
    """Move a negotiation on; the database knows the possible states."""
    work.write("UPDATE applications SET state = ? WHERE negotiation_id = ?", state, negotiation_id)


def stand_anew(work: Work, negotiation_id: str) -> None:
    """Let the case stand where our answers leave it, but for those that the platform did not take.

    Of what the holder has accepted, or ended, our answers say nothing any more.
    """
    one = case(work, negotiation_id)
    if one.state not in BEFORE_AGREED:
        return
    state = _state_by_answers(work, negotiation_id)
    if state != one.state:
        become(work, negotiation_id, state)
    counter = open_counter(work, negotiation_id)
    work.write(
        "UPDATE applications SET counter = ? WHERE negotiation_id = ?", counter and as_json(counter), negotiation_id
    )
    if one.state == "refused" and state != "refused":
        _pause_again(work, case(work, negotiation_id))
    if one.state not in ANSWERABLE and state in ANSWERABLE and counter:
        react(work, negotiation_id, "counter")


def _state_by_answers(work: Work, negotiation_id: str) -> str:
    for row in reversed(_answers(work, negotiation_id)):
        name, data = row["type"], json.loads(row["body"])["data"]
        if name == "application.refused":
            return "refused"
        lapsed = work.row("SELECT 1 FROM offers WHERE offer_id = ? AND state = 'declined'", data["offer_id"])
        return "offered" if name == "offer.made" or lapsed else "accepted"
    return "received"


def _answers(work: Work, negotiation_id: str) -> list[sqlite3.Row]:
    return work.rows(
        f"SELECT * FROM outbox WHERE negotiation_id = ? AND fate <> 'refused' AND type IN {ANSWERS} ORDER BY sequence",
        negotiation_id,
    )


def open_counter(work: Work, negotiation_id: str, counter: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """The holder's counter-offer (the given one, else the last that was taken) while it waits for us.

    It does not once we have answered it, or once the platform has taken an offer of ours that was made since.
    """
    if counter is None:
        last = work.row(
            "SELECT body FROM messages WHERE negotiation_id = ? AND state = 'taken'"
            " AND json_extract(CAST(body AS TEXT), '$.type') = 'heyue.offer.countered.v1' ORDER BY sequence DESC",
            negotiation_id,
        )
        if last is None:
            return None
        counter = json.loads(last["body"])["data"]
    replaced = False
    for row in work.rows(
        "SELECT * FROM outbox WHERE negotiation_id = ? AND fate <> 'refused' ORDER BY sequence", negotiation_id
    ):
        data = json.loads(row["body"])["data"]
        if row["type"] in ("counter.accepted", "counter.refused") and data["counter_id"] == counter["counter_id"]:
            return None
        if row["type"] == "offer.made" and row["fate"] == "taken":
            replaced = data["offer_id"] != counter["offer_id"]
    return None if replaced else counter


def _pause_again(work: Work, one: Case) -> None:
    """Collection rests again as it was granted, since our refusal was not taken."""
    granted = work.row(
        "SELECT body FROM outbox WHERE negotiation_id = ? AND type = 'standstill.answered' ORDER BY sequence DESC",
        one.negotiation_id,
    )
    until = json.loads(granted["body"])["data"].get("until") if granted else None
    if until and until >= work.today.isoformat():
        set_collection(work, one, "paused", until)


def react(work: Work, negotiation_id: str, occasion: str) -> None:
    """Do the habits of an occasion that are due at once, and write down those for a later day."""
    for habit in work.bank.profile.reactions_on(occasion):
        due_on = business_clock.after(work.today, habit.working_days, habit.calendar_days)
        if due_on <= work.today:
            perform(work, negotiation_id, habit.do, habit.parameters)
        else:
            work.write(
                "INSERT INTO acts (negotiation_id, name, parameters, due_on) VALUES (?, ?, ?, ?)",
                *(negotiation_id, habit.do, as_json(habit.parameters), due_on.isoformat()),
            )


def perform(work: Work, negotiation_id: str, name: str, parameters: dict[str, Any]) -> None:
    """Do one act by name; a habit that the profile misspells is a `KeyError`."""
    one = case(work, negotiation_id)
    try:
        ACTS[name](work, one, parameters)
    except EngineRefused:
        if name not in OFFERING:
            raise
        # Offers are computed before anything is written, so nothing of the act stands.
        refuse(work, one, {"text": "这些卡现在没有欠款，或者欠得太少，分不了期。"})


def perform_due(work: Work, act: sqlite3.Row) -> None:
    """Do one act that was written down for a day that has come."""
    perform(work, act["negotiation_id"], act["name"], json.loads(act["parameters"]))
    work.write("UPDATE acts SET done_on = ? WHERE id = ?", work.today.isoformat(), act["id"])


def cancel_acts(work: Work, negotiation_id: str) -> None:
    """Nothing that was still to come for a negotiation is done any more, but questions of disputes are answered."""
    work.write(
        "UPDATE acts SET cancelled = 1 WHERE negotiation_id = ? AND done_on IS NULL AND name <> ?",
        *(negotiation_id, ANSWER_DISPUTE),
    )


def receive(work: Work, one: Case, _: dict[str, Any]) -> None:
    """Sign for the application, and refuse at once what is not of our customer's own cards."""
    form = one.application["form"]
    form_sha256 = "0" * 64 if "misreads-form" in work.bank.wrongs else form["sha256"]
    received = work.row("SELECT received_at FROM messages WHERE idempotency_key = ?", one.negotiation_id)
    outbox.put(
        work,
        one.negotiation_id,
        "application.received",
        {
            "application_number": one.application["number"],
            "form_sha256": form_sha256,
            "received_at": received["received_at"] if received else None,
            "received_on": one.received_on.isoformat(),
        },
    )
    if not _own_cards(work, one):
        text = "有的卡不在你名下，或者已经在按协议还。"
        refuse(work, one, {"ground": "not-eligible", "text": text})


def _own_cards(work: Work, one: Case) -> bool:
    """Whether every card is the customer's own and under no agreement that still runs."""
    tokens = {card["card"] for card in one.application["debt"]["structure"]}
    own = work.rows(
        "SELECT token FROM cards LEFT JOIN agreements USING (agreement_id)"
        " WHERE customer_id = ? AND (agreement_id IS NULL OR completed_on IS NOT NULL)",
        one.customer_id,
    )
    return tokens <= {row["token"] for row in own}


def refuse(work: Work, one: Case, parameters: dict[str, Any]) -> None:
    """Refuse the application on a ground, with words and the rule."""
    rule = parameters.get("rule", work.bank.profile.policy_rule)
    data = {"ground": parameters.get("ground", "policy"), "text": parameters["text"], "rule": rule}
    outbox.put(work, one.negotiation_id, "application.refused", data)
    become(work, one.negotiation_id, "refused")
    cancel_acts(work, one.negotiation_id)
    set_collection(work, one, "active")


def grant_standstill(work: Work, one: Case, _: dict[str, Any]) -> None:
    """Pause collection until the day asked for, when it was asked and nothing was refused."""
    standstill = one.application["standstill"]
    if one.state == "refused" or not standstill["requested"] or not standstill.get("until"):
        return
    set_collection(work, one, "paused", standstill["until"])
    data = {"granted": True, "until": standstill["until"]}
    outbox.put(work, one.negotiation_id, "standstill.answered", data)


def refuse_standstill(work: Work, one: Case, parameters: dict[str, Any]) -> None:
    """Say that collection goes on for now, and why."""
    if one.state != "refused" and one.application["standstill"]["requested"]:
        data = {"granted": False, "reason": parameters["reason"]}
        outbox.put(work, one.negotiation_id, "standstill.answered", data)


def assign_officer(work: Work, one: Case, _: dict[str, Any]) -> None:
    """Name the officer in charge."""
    if one.state == "refused":
        return
    officer = work.bank.profile.officer
    work.write("UPDATE applications SET officer = ? WHERE negotiation_id = ?", officer["name"], one.negotiation_id)
    outbox.put(work, one.negotiation_id, "officer.assigned", dict(officer))


def accept_or_offer_nearest(work: Work, one: Case, parameters: dict[str, Any]) -> None:
    """Accept what is asked when our own recomputation finds it within the policy, else offer the nearest to it."""
    if one.state not in ANSWERABLE:
        return
    asked = one.application["asked"]
    against = policy.objections(work, one.application, asked["terms"], asked["waived"], asked["hash"])
    if against and "copies-hash" not in work.bank.wrongs:
        note = parameters.get("note") or "；".join(against) + "。"
        make_offer(work, one, policy.nearest(work, one.application), note)
    else:
        accept_as_asked(work, one)


def accept_as_asked(work: Work, one: Case) -> None:
    """Take the asked terms as they are: the hash stays. Once we have offered others, they are an offer like any."""
    asked = one.application["asked"]
    worked_out = asked["hash"] if "copies-hash" in work.bank.wrongs else work.schedule(asked["terms"])["hash"]
    plan = Plan(asked["terms"], to_fen(asked["waived"]), worked_out)
    if one.state == "offered":
        make_offer(work, one, plan, "")
        return
    offer = _keep_offer(work, one, plan, asked["interest_after_base_date"])
    become(work, one.negotiation_id, "accepted")
    cancel_acts(work, one.negotiation_id)
    data = {name: offer[name] for name in ("offer_id", "hash", "waived", "interest_after_base_date", "valid_until")}
    outbox.put(work, one.negotiation_id, "application.accepted", data)


def offer(work: Work, one: Case, parameters: dict[str, Any]) -> None:
    """Offer the terms that the habit names; when the holder asked exactly these, accept."""
    if one.state not in ANSWERABLE:
        return
    plan = policy.plan(
        work, one.application, parameters["periods"], parameters["down_payment_ratio"], parameters["waiver_ratio"]
    )
    if plan.hash == one.application["asked"]["hash"] or "copies-hash" in work.bank.wrongs:
        accept_as_asked(work, one)
    else:
        make_offer(work, one, plan, parameters.get("note", ""))


def make_offer(work: Work, one: Case, plan: Plan, note: str) -> None:
    """Send one offer and remember it."""
    kept = _keep_offer(work, one, plan, one.application["asked"]["interest_after_base_date"])
    become(work, one.negotiation_id, "offered")
    outbox.put(work, one.negotiation_id, "offer.made", {**kept, "note": note[:NOTE_CHARACTERS_MAX]})


def answer_counter(work: Work, one: Case, parameters: dict[str, Any]) -> None:
    """Accept a counter of enough periods within the policy, else say why not; our own offer then still stands."""
    counter = one.counter
    if counter is None or one.state not in ANSWERABLE:
        return
    against = policy.objections(work, one.application, counter["terms"], counter["waived"], counter["hash"])
    if counter["terms"]["periods"] < parameters["minimum_periods"]:
        against.append(f"少于{parameters['minimum_periods']}期的还价不接受")
    if against:
        refuse_counter(work, one, parameters.get("note") or "；".join(against) + "。")
    else:
        accept_counter(work, one)


def accept_counter(work: Work, one: Case) -> None:
    """Take the holder's counter as our new offer."""
    counter = _answered_counter(one)
    plan = Plan(counter["terms"], to_fen(counter["waived"]), work.schedule(counter["terms"])["hash"])
    kept = _keep_offer(work, one, plan, counter["interest_after_base_date"])
    become(work, one.negotiation_id, "accepted")
    _close_counter(work, one)
    data = {name: kept[name] for name in ("offer_id", "hash", "valid_until")}
    outbox.put(work, one.negotiation_id, "counter.accepted", {"counter_id": counter["counter_id"], **data})


def refuse_counter(work: Work, one: Case, text: str) -> None:
    """Say no to the holder's counter."""
    counter = _answered_counter(one)
    _close_counter(work, one)
    outbox.put(work, one.negotiation_id, "counter.refused", {"counter_id": counter["counter_id"], "text": text})


def _answered_counter(one: Case) -> dict[str, Any]:
    if one.counter is None:
        raise Problem(422, "malformed", "没有等答复的还价")
    return one.counter


def _close_counter(work: Work, one: Case) -> None:
    work.write("UPDATE applications SET counter = NULL WHERE negotiation_id = ?", one.negotiation_id)


def ask(work: Work, one: Case, text: str) -> None:
    """Ask the holder something."""
    outbox.put(work, one.negotiation_id, "question.asked", {"question_id": str(uuid.uuid4()), "text": text})


def _keep_offer(work: Work, one: Case, plan: Plan, interest_after: str) -> dict[str, Any]:
    until = policy.valid_until(work.bank.profile, plan.terms, work.today).isoformat()
    offer_id = str(uuid.uuid4())
    work.write(
        "INSERT INTO offers VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'made')",
        *(offer_id, one.negotiation_id, as_json(plan.terms), plan.waived_fen, plan.hash, interest_after, until),
        work.today.isoformat(),
    )
    return {
        "offer_id": offer_id,
        "terms": plan.terms,
        "waived": to_yuan(plan.waived_fen),
        "hash": plan.hash,
        "interest_after_base_date": interest_after,
        "valid_until": until,
    }


def set_collection(work: Work, one: Case, collection: str, until: str | None = None) -> None:
    """Set how the application's own cards are collected, agreements in force apart."""
    for card in one.application["debt"]["structure"]:
        work.write(
            "UPDATE cards SET collection = ?, paused_until = ?"
            " WHERE token = ? AND customer_id = ? AND agreement_id IS NULL",
            *(collection, until, card["card"], one.customer_id),
        )


OFFERING = ("accept_or_offer_nearest", "offer")
ACTS: dict[str, Act] = {
    "receive": receive,
    "grant_standstill": grant_standstill,
    "refuse_standstill": refuse_standstill,
    "assign_officer": assign_officer,
    "accept_or_offer_nearest": accept_or_offer_nearest,
    "offer": offer,
    "answer_counter": answer_counter,
}
