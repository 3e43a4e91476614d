"""The data of every event, in both directions (gateway-v1 section 4), and the tables of their names."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from heyue.gateway.problems import Problem
from heyue.gateway.values import Amount, Day, Digest, Instant, Name, PaidAmount, Ref, Text
from heyue.gateway.wire import AfterBaseDate, Document, Envelope, ProofRef, Shape, Terms, shaped

StaffName = Annotated[str, StringConstraints(min_length=1, max_length=40)]
StaffNumber = Annotated[str, StringConstraints(min_length=1, max_length=20)]
Note = Annotated[str, StringConstraints(max_length=500)]

# ── bank → platform ─────────────────────────────────────────────────────────────────────────────────────


class ApplicationReceived(Shape):
    """``application.received``: the bank's receipt; ``application_number`` is the platform's ``number``."""

    application_number: Ref
    form_sha256: Digest
    received_at: Instant
    received_on: Day


class StandstillAnswered(Shape):
    """``standstill.answered``: until when, or why not."""

    granted: bool
    until: Day | None = None
    reason: Annotated[str, StringConstraints(max_length=200)] | None = None

    @model_validator(mode="after")
    def told_why(self) -> Self:
        """Check that a pause has its last day and a refusal its reason."""
        if (self.until if self.granted else self.reason) is None:
            raise ValueError("until is needed when granted, reason when not")
        return self


class OfficerAssigned(Shape):
    """``officer.assigned``."""

    name: StaffName
    staff_number: StaffNumber


class QuestionAsked(Shape):
    """``question.asked``; ``proof_kind`` is the kind of proof that it asks for, as the application's proofs name it."""

    question_id: Ref
    text: Text
    proof_kind: Name | None = None


class OfferMade(Shape):
    """``offer.made``: terms of the bank's own."""

    offer_id: Ref
    terms: Terms
    waived: Amount
    hash: Digest
    interest_after_base_date: AfterBaseDate
    valid_until: Day
    note: Note = ""


class ApplicationAccepted(Shape):
    """``application.accepted``: as asked; ``hash`` is the bank's own recomputation."""

    offer_id: Ref
    hash: Digest
    waived: Amount
    interest_after_base_date: AfterBaseDate
    valid_until: Day


class ApplicationRefused(Shape):
    """``application.refused``, with its ground and the rule behind it."""

    ground: Literal["not-eligible", "no-contact", "false-statement", "policy"]
    text: Text
    rule: Name


class CounterAccepted(Shape):
    """``counter.accepted``."""

    counter_id: Ref
    offer_id: Ref
    hash: Digest
    valid_until: Day


class CounterRefused(Shape):
    """``counter.refused``."""

    counter_id: Ref
    text: Text


class Signer(Shape):
    """Who signed for the bank."""

    name: StaffName
    staff_number: StaffNumber


class BankSigned(Shape):
    """``agreement.signed`` by the bank."""

    agreement_id: Ref
    document_sha256: Digest
    schedule_hash: Digest
    signer: Signer


class CollectionStopped(Shape):
    """``collection.stopped`` (停止催收)."""

    agreement_id: Ref
    from_: Annotated[Day, Field(alias="from")]


class PaymentPosted(Shape):
    """``payment.posted`` (入账): ``period`` 0 is the down payment; null where the bank cannot tell."""

    payment_id: Ref
    date: Day
    amount: PaidAmount
    agreement_id: Ref | None = None
    period: Annotated[int, Field(ge=0, le=600, strict=True)] | None = None
    text: Annotated[str, StringConstraints(max_length=80)] = ""


class DisputeAnswered(Shape):
    """``dispute.answered``: the bank's answer to one question; ``position`` is where it stands on the holder's words.

    ``informs`` takes no position: it only tells what was asked.
    """

    dispute_id: Ref
    question_id: Ref
    position: Literal["agrees", "partly", "disagrees", "informs"]
    text: Annotated[str, StringConstraints(min_length=2, max_length=1000)]


# ── platform → bank ─────────────────────────────────────────────────────────────────────────────────────


class OfferAccepted(Shape):
    """``offer.accepted``."""

    offer_id: Ref
    hash: Digest


class OfferDeclined(Shape):
    """``offer.declined``."""

    offer_id: Ref
    reason: Text = ""


class OfferCountered(Shape):
    """``offer.countered``: terms of the holder's own."""

    counter_id: Ref
    offer_id: Ref
    terms: Terms
    waived: Amount
    hash: Digest
    interest_after_base_date: AfterBaseDate
    reason: Text = ""


class QuestionAnswered(Shape):
    """``question.answered``; ``proofs`` are the papers that came with it, each by reference as the application's."""

    question_id: Ref
    text: Text
    proofs: tuple[ProofRef, ...] = ()


class AnswerChased(Shape):
    """``answer.chased``: the first answer is overdue."""

    received_on: Day
    due_on: Day
    text: Text


class NegotiationEnded(Shape):
    """``negotiation.ended``."""

    reason: Literal["withdrawn", "ended-by-holder", "lapsed"]


class AgreementDrawn(Shape):
    """``agreement.drawn``, with the document that both sides will sign."""

    agreement_id: Ref
    offer_id: Ref
    schedule_hash: Digest
    terms: Terms
    document: Document


class HolderSigned(Shape):
    """``agreement.signed`` by the holder."""

    agreement_id: Ref
    document_sha256: Digest
    signed_at: Instant
    method: Literal["one-time-code"]


class InstalmentWarned(Shape):
    """``instalment.warned``: the holder says before the day that an instalment cannot be paid as agreed.

    Nothing changes by it: another plan needs both signatures. ``terms`` are the whole input of ``heyue schedule``,
    its options included.
    """

    agreement_id: Ref
    period: Annotated[int, Field(ge=0, le=60)]
    due: Day
    wish: Literal["later", "part", "deferral", "longer-term"]
    can_pay: Amount
    pay_by: Day | None = None
    terms: dict[str, Any] | None = None
    hash: Digest | None = None
    text: Text


class AgreementLapsed(Shape):
    """``agreement.lapsed``: it was not signed by both in time; its terms are gone and the talk is open again.

    A bank that signed meanwhile learns by it that its signature came too late.
    """

    agreement_id: Ref
    offer_id: Ref
    lapsed_on: Day


class AgreementCompleted(Shape):
    """``agreement.completed``."""

    agreement_id: Ref
    completed_on: Day


class DisputeAsked(Shape):
    """``dispute.asked``: the platform looks into a dispute (异议) of the holder's with the bank and asks about it.

    ``text`` is the question, ``said`` the holder's own words while the consent to show the bank the application
    stands. Papers do not travel. ``answer_by`` is a working day; an answer is taken until the dispute is closed.
    """

    dispute_id: Ref
    number: Ref
    question_id: Ref
    kind: Literal["sum", "payment", "collection", "disclosure", "other"]
    said: Text | None = None
    text: Text
    raised_on: Day
    answer_by: Day


class DisputeClosed(Shape):
    """``dispute.closed``: a dispute that the bank was asked about is over; ``text`` is the platform's reason."""

    dispute_id: Ref
    outcome: Literal["upheld", "partly-upheld", "not-upheld", "withdrawn"]
    text: Text = ""


FROM_BANK: dict[str, type[Shape]] = {
    "application.received": ApplicationReceived,
    "standstill.answered": StandstillAnswered,
    "officer.assigned": OfficerAssigned,
    "question.asked": QuestionAsked,
    "offer.made": OfferMade,
    "application.accepted": ApplicationAccepted,
    "application.refused": ApplicationRefused,
    "counter.accepted": CounterAccepted,
    "counter.refused": CounterRefused,
    "agreement.signed": BankSigned,
    "collection.stopped": CollectionStopped,
    "payment.posted": PaymentPosted,
    "dispute.answered": DisputeAnswered,
}

FROM_PLATFORM: dict[str, type[Shape]] = {
    "offer.accepted": OfferAccepted,
    "offer.declined": OfferDeclined,
    "offer.countered": OfferCountered,
    "question.answered": QuestionAnswered,
    "answer.chased": AnswerChased,
    "negotiation.ended": NegotiationEnded,
    "agreement.drawn": AgreementDrawn,
    "agreement.signed": HolderSigned,
    "instalment.warned": InstalmentWarned,
    "agreement.lapsed": AgreementLapsed,
    "agreement.completed": AgreementCompleted,
    "dispute.asked": DisputeAsked,
    "dispute.closed": DisputeClosed,
}


def data_from_bank(envelope: Envelope) -> Any:
    """Read the data of a bank's event in its shape. Raises ``Problem`` 422 for a type or shape not known."""
    model = FROM_BANK.get(envelope.name)
    if model is None:
        raise Problem("malformed", 422, "a type that a bank does not send", [("/type", envelope.type)])
    return shaped(model, envelope.data, "/data")


def data_from_platform(name: str, data: dict[str, Any]) -> dict[str, Any]:
    """Check what the platform is about to send and return it as the wire writes it.

    Raises ``KeyError`` for an unknown name and ``Problem`` for a bad shape: both are a programmer's errors.
    """
    return shaped(FROM_PLATFORM[name], data, "/data").model_dump(mode="json", exclude_none=True)
