"""What each message of the platform does to a negotiation; all of it in the judging transaction."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sandbox_bank import agreements, disputes, officer
from sandbox_bank.agreements import bad
from sandbox_bank.bank import Work
from sandbox_bank.database import as_json
from sandbox_bank.officer import Case

Handler = Callable[[Work, Case, dict[str, Any]], None]


def open_case(work: Work, application: dict[str, Any], received_on: str) -> None:
    """Take an application in and let the officer's habits begin."""
    holder = application["holder"]
    customer = work.row(
        "SELECT id FROM customers WHERE id_number = ? AND name = ?", holder["id_number"].upper(), holder["name"]
    )
    work.write(
        "INSERT INTO applications (negotiation_id, number, customer_id, body, received_on, state)"
        " VALUES (?, ?, ?, ?, ?, 'received')",
        *(application["id"], application["number"], customer and customer["id"], as_json(application), received_on),
    )
    officer.react(work, application["id"], "application")


def take_event(work: Work, negotiation_id: str, name: str, data: dict[str, Any], said_on: str) -> None:
    """Judge one event that came in its turn; it is in time by the day on which it was said, however late it comes."""
    one = replace(officer.case(work, negotiation_id), said_on=said_on)
    if one.state == "ended" and name not in NEVER_TOO_LATE:
        raise bad("/subject", "这个协商已经结束")
    HANDLERS[name](work, one, data)


def offer_accepted(work: Work, one: Case, data: dict[str, Any]) -> None:
    """The holder takes one of our offers; one that we do not know was made by our officer at the desk."""
    if one.state in ("in_force", "completed"):
        raise bad("/subject", "协议已经生效")
    offer = work.row("SELECT * FROM offers WHERE offer_id = ?", data["offer_id"])
    if offer is not None:
        if offer["negotiation_id"] != one.negotiation_id or offer["hash"] != data["hash"]:
            raise bad("/data/hash", "和我行的方案不一样")
        if offer["valid_until"] < one.said_on:
            raise bad("/data/offer_id", f"这个方案到{offer['valid_until']}为止")
        work.write("UPDATE offers SET state = 'accepted' WHERE offer_id = ?", data["offer_id"])
    officer.become(work, one.negotiation_id, "agreed")
    officer.cancel_acts(work, one.negotiation_id)


def offer_declined(work: Work, one: Case, data: dict[str, Any]) -> None:
    """The holder does not want an offer."""
    work.write(
        "UPDATE offers SET state = 'declined' WHERE offer_id = ? AND negotiation_id = ?",
        *(data["offer_id"], one.negotiation_id),
    )


def offer_countered(work: Work, one: Case, data: dict[str, Any]) -> None:
    """The holder makes a counter-offer."""
    if one.state not in officer.BEFORE_AGREED:
        raise bad("/subject", "现在不能还价")
    counter = officer.open_counter(work, one.negotiation_id, data)
    work.write(
        "UPDATE applications SET counter = ? WHERE negotiation_id = ?", counter and as_json(counter), one.negotiation_id
    )
    if counter and one.state in officer.ANSWERABLE:
        officer.react(work, one.negotiation_id, "counter")


def noted(_: Work, __: Case, ___: dict[str, Any]) -> None:
    """Nothing to do but to have it in the file."""


def ended(work: Work, one: Case, _: dict[str, Any]) -> None:
    """The holder withdraws or ends it: nothing more is done, and collection is as before.

    If we have signed meanwhile, our signature came too late: the agreement was not in force yet.
    """
    agreements.undo_all(work, one.negotiation_id)
    officer.become(work, one.negotiation_id, "ended")
    officer.cancel_acts(work, one.negotiation_id)
    officer.set_collection(work, one, "active")


def agreement_lapsed(work: Work, one: Case, data: dict[str, Any]) -> None:
    """Not signed in time by both: its terms are gone, the talk is open again. A signature of ours came too late."""
    agreements.undo_all(work, one.negotiation_id)
    work.write("UPDATE offers SET state = 'declined' WHERE offer_id = ?", data["offer_id"])
    officer.cancel_acts(work, one.negotiation_id)
    officer.become(work, one.negotiation_id, "offered")
    officer.stand_anew(work, one.negotiation_id)


HANDLERS: dict[str, Handler] = {
    "offer.accepted": offer_accepted,
    "offer.declined": offer_declined,
    "offer.countered": offer_countered,
    "question.answered": noted,
    "answer.chased": noted,
    "negotiation.ended": ended,
    "agreement.drawn": agreements.draw,
    "agreement.signed": agreements.holder_signed,
    "instalment.warned": noted,
    "agreement.lapsed": agreement_lapsed,
    "agreement.completed": noted,
    "dispute.asked": disputes.asked,
    "dispute.closed": disputes.closed,
}
NEVER_TOO_LATE = (
    "answer.chased",
    "question.answered",
    "negotiation.ended",
    "offer.declined",
    "dispute.asked",
    "dispute.closed",
)


def event_of(body: bytes) -> tuple[str, dict[str, Any], str]:
    """Name, data and business date of a stored event."""
    event = json.loads(body)
    return event["type"].removeprefix("heyue.").removesuffix(".v1"), event["data"], event["businessdate"]
