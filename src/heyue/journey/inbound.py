"""What a bank's event means: one verb for each type (docs/protocol/gateway-v1.md section 4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import heyue.agreement.actions as agreement
import heyue.dispatch.actions as dispatch
import heyue.disputes.actions as disputes
import heyue.execution.actions as execution
import heyue.negotiation.actions as negotiation
from heyue.agreement.actions import BankSigner
from heyue.engine.money import fen
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import Refusal, words
from heyue.execution.actions import Posted
from heyue.journey.perform import perform
from heyue.negotiation.terms import Put

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Inbound:
    """A bank's stored event: whose it is, about which negotiation, what it says."""

    message_id: UUID
    bank_id: UUID
    negotiation_id: UUID
    kind: str
    data: Data


def take(event: Inbound) -> None:
    """Perform what the event means, as the bank. Raises ``Refusal`` when it cannot be taken."""
    meaning = MEANS.get(event.kind)
    if meaning is None:
        raise Refusal("unknown-event", words("不认识这种消息。"), status=422)
    try:
        do, values = meaning(event)
    except (KeyError, TypeError, ValueError) as bad:
        raise Refusal("malformed", words("消息里缺了内容，或者格式不对。"), field=str(bad)[:80], status=422) from bad
    perform(Actor(Role.BANK, bank_id=event.bank_id), do, **values)


def _received(e: Inbound) -> tuple[Callable[..., Any], Data]:
    return dispatch.receive, {
        "dispatch_id": e.negotiation_id,
        "form_sha256": e.data["form_sha256"],
        "received_on": date.fromisoformat(e.data["received_on"]),
        "receipt_id": e.message_id,
    }


def _standstill(e: Inbound) -> tuple[Callable[..., Any], Data]:
    until = e.data.get("until")
    return dispatch.answer_standstill, {
        "dispatch_id": e.negotiation_id,
        "granted": bool(e.data["granted"]),
        "until": date.fromisoformat(until) if until else None,
        "reason": e.data.get("reason") or "",
    }


def _assigned(e: Inbound) -> tuple[Callable[..., Any], Data]:
    return negotiation.assign_officer, _matter(e) | {"name": e.data["name"], "staff_number": e.data["staff_number"]}


def _asked(e: Inbound) -> tuple[Callable[..., Any], Data]:
    told = {"text": e.data["text"], "bank_ref": e.data["question_id"], "paper": e.data.get("proof_kind") or ""}
    return negotiation.ask, _matter(e) | told


def _offered(e: Inbound) -> tuple[Callable[..., Any], Data]:
    put = Put(
        terms=e.data["terms"],
        waived_fen=fen(e.data["waived"]),
        interest_after=e.data["interest_after_base_date"],
        valid_until=date.fromisoformat(e.data["valid_until"]),
        hash=e.data["hash"],
        note=e.data.get("note") or "",
    )
    return negotiation.make_offer, _matter(e) | {"put": put, "bank_ref": e.data["offer_id"]}


def _accepted(e: Inbound) -> tuple[Callable[..., Any], Data]:
    return negotiation.accept_as_asked, _matter(e) | {
        "waived_fen": fen(e.data["waived"]),
        "interest_after": e.data["interest_after_base_date"],
        "valid_until": date.fromisoformat(e.data["valid_until"]),
        "hash": e.data["hash"],
        "bank_ref": e.data["offer_id"],
    }


def _refused(e: Inbound) -> tuple[Callable[..., Any], Data]:
    return negotiation.refuse, _matter(e) | {
        "ground": e.data["ground"],
        "text": e.data["text"],
        "rule": e.data.get("rule") or "",
    }


def _counter_accepted(e: Inbound) -> tuple[Callable[..., Any], Data]:
    return negotiation.accept_counter, _matter(e) | {
        "counter_id": UUID(e.data["counter_id"]),
        "valid_until": date.fromisoformat(e.data["valid_until"]),
        "hash": e.data["hash"],
        "bank_ref": e.data["offer_id"],
    }


def _counter_refused(e: Inbound) -> tuple[Callable[..., Any], Data]:
    return negotiation.refuse_counter, _matter(e) | {
        "counter_id": UUID(e.data["counter_id"]),
        "text": e.data.get("text") or "",
    }


def _signed(e: Inbound) -> tuple[Callable[..., Any], Data]:
    signer = e.data["signer"]
    return agreement.sign_for_bank, {
        "agreement_id": UUID(e.data["agreement_id"]),
        "document_sha256": e.data["document_sha256"],
        "schedule_hash": e.data["schedule_hash"],
        "signer": BankSigner(signer["name"], signer["staff_number"], e.message_id),
    }


def _collection_stopped(e: Inbound) -> tuple[Callable[..., Any], Data]:
    return agreement.stop_collection, {
        "agreement_id": UUID(e.data["agreement_id"]),
        "from_on": date.fromisoformat(e.data["from"]),
    }


def _paid(e: Inbound) -> tuple[Callable[..., Any], Data]:
    posted = Posted(
        bank_ref=e.data["payment_id"],
        paid_on=date.fromisoformat(e.data["date"]),
        amount_fen=fen(e.data["amount"]),
        period=e.data.get("period"),
        text=e.data.get("text") or "",
    )
    return execution.post_payment, _matter(e) | {"posted": posted}


def _dispute_answered(e: Inbound) -> tuple[Callable[..., Any], Data]:
    told = {name: e.data[name] for name in ("dispute_id", "question_id", "position", "text")}
    return disputes.answer_by_message, _matter(e) | told


def _matter(e: Inbound) -> Data:
    return {"negotiation_id": e.negotiation_id}


MEANS: dict[str, Callable[[Inbound], tuple[Callable[..., Any], Data]]] = {
    "application.received": _received,
    "standstill.answered": _standstill,
    "officer.assigned": _assigned,
    "question.asked": _asked,
    "offer.made": _offered,
    "application.accepted": _accepted,
    "application.refused": _refused,
    "counter.accepted": _counter_accepted,
    "counter.refused": _counter_refused,
    "agreement.signed": _signed,
    "collection.stopped": _collection_stopped,
    "payment.posted": _paid,
    "dispute.answered": _dispute_answered,
}
