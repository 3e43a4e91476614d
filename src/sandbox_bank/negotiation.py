"""What each message of the platform does to a negotiation; all of it in the judging transaction."""

import json
from collections.abc import Callable
from typing import Any

from sandbox_bank import agreements, officer
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


def take_event(work: Work, negotiation_id: str, name: str, data: dict[str, Any]) -> None:
    """Judge one event that came in its turn."""
    one = officer.case(work, negotiation_id)
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
        if offer["valid_until"] < work.today.isoformat():
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
    if one.state not in officer.ANSWERABLE:
        raise bad("/subject", "现在不能还价")
    work.write("UPDATE applications SET counter = ? WHERE negotiation_id = ?", as_json(data), one.negotiation_id)
    officer.react(work, one.negotiation_id, "counter")


def noted(_: Work, __: Case, ___: dict[str, Any]) -> None:
    """Nothing to do but to have it in the file."""


def ended(work: Work, one: Case, _: dict[str, Any]) -> None:
    """The holder withdraws or ends it: nothing more is done, and collection is as before."""
    if one.state in ("in_force", "completed"):
        raise bad("/subject", "协议已经生效，不能这样结束")
    officer.become(work, one.negotiation_id, "ended")
    officer.cancel_acts(work, one.negotiation_id)
    officer.set_collection(work, one, "active")


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
    "agreement.completed": noted,
}
NEVER_TOO_LATE = ("answer.chased", "question.answered", "negotiation.ended", "offer.declined")


def event_of(body: bytes) -> tuple[str, dict[str, Any]]:
    """Name and data of a stored event."""
    event = json.loads(body)
    return event["type"].removeprefix("heyue.").removesuffix(".v1"), event["data"]
