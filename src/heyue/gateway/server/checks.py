"""What can be told of an event without the bank's judgement: papers, hashes, signatures of what was never drawn."""

from __future__ import annotations

from heyue.engine.refusal import Refusal, words
from heyue.gateway import events, wire
from heyue.gateway.server.inbox import check_document
from heyue.gateway.server.negotiation import Negotiation, NotTaken, hash_of

OFFERS = ("offer.made", "application.accepted", "counter.accepted")


def check(negotiation: Negotiation, event: wire.Shape) -> None:
    """Refuse what cannot be. Raises ``Refusal``."""
    if isinstance(event, events.AgreementDrawn):
        check_document(event.document, "/data/document")
        _must_be_hash_of(event.terms, event.schedule_hash, "schedule_hash")
        _must_be_hash_offered(negotiation, event.offer_id, event.schedule_hash, "schedule_hash")
    elif isinstance(event, events.OfferCountered):
        _must_be_hash_of(event.terms, event.hash, "hash")
    elif isinstance(event, events.OfferAccepted):
        _must_be_hash_offered(negotiation, event.offer_id, event.hash, "hash")
    elif isinstance(event, events.HolderSigned):
        try:
            drawn = negotiation.drawn(event.agreement_id)
        except LookupError:
            raise NotTaken("no such agreement was drawn", "/data/agreement_id") from None
        if drawn.document.sha256 != event.document_sha256:
            raise NotTaken("another document than the one that was drawn", "/data/document_sha256")


def _must_be_hash_of(terms: wire.Terms, told: str, field: str) -> None:
    try:
        ours = hash_of(terms)
    except ValueError as error:
        raise NotTaken(f"these terms have no schedule: {error}", "/data/terms") from error
    if ours != told:
        raise _differs(field)


def _must_be_hash_offered(negotiation: Negotiation, offer_id: str, told: str, field: str) -> None:
    """An offer that we did not make was made by our officer at the platform's desk: that one is the bank's to know."""
    ours = {one["hash"] for name in OFFERS for one in negotiation.said(name) if one["offer_id"] == offer_id}
    if ours and told not in ours:
        raise _differs(field)


def _differs(field: str) -> Refusal:
    return Refusal("hash-mismatch", words("还款表的哈希和我们算的不一致，请核对条件。"), field=field, status=422)
