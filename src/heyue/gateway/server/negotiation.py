"""One negotiation in the hands of the bank's code: what was said in it, and what the bank says next."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, TypeVar

from heyue.engine.money import yuan
from heyue.engine.schedule import build
from heyue.gateway import events, wire
from heyue.gateway.problems import Problem
from heyue.gateway.server import outbox
from heyue.gateway.server.setting import Setting
from heyue.gateway.server.store import Message, Transaction

Ground = Literal["not-eligible", "no-contact", "false-statement", "policy"]
Position = Literal["agrees", "partly", "disagrees", "informs"]
E_co = TypeVar("E_co", bound=wire.Shape)
_NAMES = {model: name for name, model in events.FROM_PLATFORM.items()}


class NotTaken(Problem):
    """Raised by a handler: the event cannot be, and is refused for good. ``pointer`` names its field, ``/data/…``."""

    def __init__(self, detail: str, pointer: str = "") -> None:
        super().__init__("malformed", 422, detail, [(pointer, detail)] if pointer else ())


class HashDiffers(ValueError):
    """The schedule that was asked for has another hash by our own computation: it is not accepted as it is."""


class Negotiation:
    """Handed to each handler, within one transaction: what it says is sent if the handler ends well, else nothing.

    ``transaction`` is the store's own; the bank's rows that belong to the event are written there.
    """

    def __init__(self, setting: Setting, transaction: Transaction, negotiation_id: str) -> None:
        message = transaction.message(negotiation_id)
        if message is None or message.kind != "application":
            raise LookupError(f"no negotiation {negotiation_id}")
        self.id = negotiation_id
        self.transaction: Any = transaction
        self._setting = setting
        self._application = message

    @property
    def today(self) -> date:
        """The bank's business day."""
        return self._setting.today()

    @property
    def application(self) -> wire.Application:
        """What the holder asks for."""
        return wire.Application.model_validate_json(self._application.body)

    @property
    def asked_hash_stands(self) -> bool:
        """Whether our own schedule of the asked terms has the hash that the application tells."""
        asked = self.application.asked
        return hash_of(asked.terms) == asked.hash

    def heard(self, model: type[E_co]) -> E_co | None:
        """Return the latest event of a type that was taken in this negotiation, such as ``events.AgreementDrawn``."""
        taken = [one for one in self._messages() if one.name == _NAMES[model] and one.fate == "taken"]
        return model.model_validate(_data(taken[-1])) if taken else None

    def said(self, name: str) -> list[dict[str, Any]]:
        """Return the data of the bank's own events of a name, such as ``offer.made``, as they are sent."""
        mine = self.transaction.outgoing(self.id)
        return [wire.Envelope.model_validate_json(one.body).data for one in mine if one.name == name]

    def tell(self, name: str, data: Mapping[str, Any]) -> str:
        """Say anything that a bank may (gateway-v1 section 4), as the wire writes it; return the event's id.

        What follows says each event with types. Raises ``ValueError`` for data that is not of its shape.
        """
        return outbox.put(self._setting, self.transaction, self.id, name, data)

    # ── the first answer ─────────────────────────────────────────────────────────────────────────────────────────────

    def grant_standstill(self, until: date) -> None:
        """Pause collection until a day."""
        self.tell("standstill.answered", {"granted": True, "until": until.isoformat()})

    def refuse_standstill(self, reason: str) -> None:
        """Say why collection goes on."""
        self.tell("standstill.answered", {"granted": False, "reason": reason})

    def assign_officer(self, name: str, staff_number: str) -> None:
        """Name the officer in charge."""
        self.tell("officer.assigned", {"name": name, "staff_number": staff_number})

    def ask(self, text: str) -> str:
        """Ask the holder; return the question's id, which the answer names."""
        question_id = str(uuid.uuid4())
        self.tell("question.asked", {"question_id": question_id, "text": text})
        return question_id

    def accept(self, valid_until: date) -> str:
        """Accept what is asked; return the offer's id. Raises ``HashDiffers``: then offer the terms as we see them."""
        asked = self.application.asked
        if not self.asked_hash_stands:
            raise HashDiffers(self.id)
        told = {"hash": asked.hash, "waived": yuan(asked.waived), "valid_until": valid_until.isoformat()}
        more = {"interest_after_base_date": asked.interest_after_base_date}
        return self._offered("application.accepted", told | more)

    def offer(self, terms: wire.Terms, waived_fen: int, valid_until: date, note: str = "") -> str:
        """Offer terms of the bank's own; return the offer's id.

        Interest after the base date is as the holder asked. Raises ``ValueError`` for terms without a schedule.
        """
        told = {
            "terms": terms.for_engine(),
            "hash": hash_of(terms),
            "waived": yuan(waived_fen),
            "valid_until": valid_until.isoformat(),
            "interest_after_base_date": self.application.asked.interest_after_base_date,
            "note": note,
        }
        return self._offered("offer.made", told)

    def refuse(self, ground: Ground, text: str, rule: str) -> None:
        """Refuse the application, with the ground, words for the holder and the rule behind it."""
        self.tell("application.refused", {"ground": ground, "text": text, "rule": rule})

    # ── what follows ─────────────────────────────────────────────────────────────────────────────────────────────────

    def accept_counter(self, counter: events.OfferCountered, valid_until: date) -> str:
        """Accept the holder's own terms; return the offer's id."""
        told = {
            "counter_id": counter.counter_id,
            "hash": hash_of(counter.terms),
            "valid_until": valid_until.isoformat(),
        }
        return self._offered("counter.accepted", told)

    def refuse_counter(self, counter: events.OfferCountered, text: str) -> None:
        """Say why not; the bank's own offer still stands."""
        self.tell("counter.refused", {"counter_id": counter.counter_id, "text": text})

    def sign(self, agreement_id: str, name: str, staff_number: str) -> None:
        """Sign the agreement that was drawn, after the holder did. Raises ``LookupError`` where none was drawn."""
        drawn = self.drawn(agreement_id)
        told = {
            "agreement_id": agreement_id,
            "document_sha256": drawn.document.sha256,
            "schedule_hash": drawn.schedule_hash,
            "signer": {"name": name, "staff_number": staff_number},
        }
        self.tell("agreement.signed", told)

    def drawn(self, agreement_id: str) -> events.AgreementDrawn:
        """Return an agreement that was drawn and taken. Raises ``LookupError``."""
        taken = [one for one in self._messages() if one.name == "agreement.drawn" and one.fate == "taken"]
        found = [events.AgreementDrawn.model_validate(_data(one)) for one in taken]
        for one in found:
            if one.agreement_id == agreement_id:
                return one
        raise LookupError(f"no agreement {agreement_id} was drawn")

    def stop_collection(self, agreement_id: str, from_day: date) -> None:
        """Say that collection has stopped."""
        self.tell("collection.stopped", {"agreement_id": agreement_id, "from": from_day.isoformat()})

    def post_payment(
        self,
        payment_id: str,
        day: date,
        amount_fen: int,
        agreement_id: str | None = None,
        period: int | None = None,
        text: str = "",
    ) -> None:
        """Tell a payment that was booked; ``period`` 0 is the down payment."""
        place = {"agreement_id": agreement_id, "period": period, "text": text}
        told = {"payment_id": payment_id, "date": day.isoformat(), "amount": yuan(amount_fen)}
        self.tell("payment.posted", told | place)

    def answer_dispute(self, asked: events.DisputeAsked, position: Position, text: str) -> None:
        """Answer the platform's question about a dispute, once; it is refused when the dispute was closed meanwhile."""
        told = {"dispute_id": asked.dispute_id, "question_id": asked.question_id}
        self.tell("dispute.answered", told | {"position": position, "text": text})

    def _offered(self, name: str, told: dict[str, Any]) -> str:
        offer_id = str(uuid.uuid4())
        self.tell(name, {"offer_id": offer_id, **told})
        return offer_id

    def _messages(self) -> list[Message]:
        return list(self.transaction.messages(self.id))


def hash_of(terms: wire.Terms) -> str:
    """Return the schedule hash of terms, computed here. Raises ``ValueError`` where no schedule can be laid out."""
    return build(terms.for_engine()).hash


def _data(message: Message) -> dict[str, Any]:
    return wire.Envelope.model_validate_json(message.body).data
