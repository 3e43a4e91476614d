"""What the borrower does in a negotiation: accept, counter, answer, end it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from heyue import clock
from heyue.acts import current, move, verb
from heyue.application.proofs import StoredProof
from heyue.banks.outbox import enqueue_event
from heyue.engine.money import yuan
from heyue.engine.moves import Role
from heyue.engine.refusal import NotPermitted, Refusal, words
from heyue.negotiation.actions import agreed_on, keep_offer, locked
from heyue.negotiation.answered_papers import said_with, take_papers
from heyue.negotiation.models import Negotiation, Offer
from heyue.negotiation.states import TALKING, BothAgreed, Event, Over, State
from heyue.negotiation.terms import Put, base_date_is_old, judged
from heyue.vault import keyring

ANSWER_CHARS_MAX = 1000
REASON_CHARS_MAX = 500


@verb
def accept_offer(negotiation_id: UUID, offer_id: UUID) -> tuple[BothAgreed]:
    """Accept the bank's open offer as it stands."""
    row = locked(negotiation_id)
    offer = row.offers.filter(pk=offer_id, by=Offer.By.BANK, fate=Offer.Fate.OPEN).first()
    if offer is None or offer.valid_until is None or offer.valid_until < current().today:
        raise Refusal("offer-gone", words("这个条件已经不在了，看看最新的。"))
    move(row, Event.BORROWER_ACCEPTS, {"offer": str(offer.pk), "hash": offer.hash})
    _tell(row, "offer.accepted", {"offer_id": offer.bank_ref or str(offer.pk), "hash": offer.hash})
    return (agreed_on(row, offer),)


@verb
def decline_offer(negotiation_id: UUID, offer_id: UUID, reason: str = "") -> None:
    """Turn the bank's open offer down without a counter-offer; the bank is told why and may make another one.

    Raises ``Refusal("offer-gone")`` where it is not open any more, ``Refusal("decline-length")`` for a long reason.
    """
    row = locked(negotiation_id)
    said = reason.strip()
    if len(said) > REASON_CHARS_MAX:
        raise Refusal("decline-length", words("写得太长了，留在 500 字以内"), field="reason", status=422)
    offer = row.offers.filter(pk=offer_id, by=Offer.By.BANK, fate=Offer.Fate.OPEN).first()
    if offer is None:
        raise Refusal("offer-gone", words("这个条件已经不在了，看看最新的。"))
    move(row, Event.BORROWER_DECLINES, {"offer": str(offer.pk), "hash": offer.hash})
    offer.fate, offer.answer = Offer.Fate.DECLINED, said
    offer.save(update_fields=["fate", "answer"])
    _tell(row, "offer.declined", {"offer_id": offer.bank_ref or str(offer.pk), "reason": said})


@verb
def counter(negotiation_id: UUID, put: Put) -> UUID:
    """Counter the bank's offer with other terms; they are judged like the bank's."""
    row = locked(negotiation_id)
    if base_date_is_old(row.application.base_date):
        raise Refusal(
            "base-date-old",
            words("欠款数太旧了，不能再据它还价。"),
            next_step=words("和它结束这次协商，用今天的欠款再申请。"),
        )
    against = row.offer
    if against and against.by == Offer.By.BANK and against.fate == Offer.Fate.OPEN and _same(put, against):
        raise Refusal(
            "same-as-offer",
            words("这和银行给的一样，不用还价，直接接受就行。"),
            field="periods",
            status=422,
        )
    offer = keep_offer(row, put, Offer.By.BORROWER)
    move(row, Event.BORROWER_COUNTERS, {"counter": str(offer.pk), "hash": offer.hash})
    _tell(
        row,
        "offer.countered",
        {
            "counter_id": str(offer.pk),
            "offer_id": (against.bank_ref or str(against.pk)) if against else None,
            "terms": offer.terms,
            "waived": yuan(offer.waived_fen),
            "hash": offer.hash,
            "interest_after_base_date": offer.interest_after,
            "reason": offer.note,
        },
    )
    return offer.pk


@verb
def answer(
    negotiation_id: UUID,
    question_id: UUID,
    text: str,
    papers: Sequence[StoredProof] = (),
    *,
    health_agreed: bool = False,
) -> None:
    """Answer a question of the bank in words, with papers, or both; an answer given stays.

    A helper may, whose scope it is (``journey.assisting``), in words alone. The bank alone that asked is shown the
    papers; ``health_agreed`` is the separate consent where one is about health. Raises what ``take_papers`` does.
    """
    actor = current().actor
    if actor.role is Role.HELPER and (papers or "messages" not in actor.scopes):
        raise NotPermitted()
    row = locked(negotiation_id)
    question = row.questions.filter(pk=question_id, wants_answer=True).first()
    said = text.strip()
    if question is None or question.answered_at:
        raise Refusal("question-answered", words("这个问题已经答过了。"))
    if len(said) > ANSWER_CHARS_MAX or not (said or papers):
        raise Refusal("answer-length", words("写几句回答，1000 字以内"), field="text", status=422)
    shown = take_papers(row.dispatch, papers, health_agreed=health_agreed) if papers else []
    said = said_with(said, papers)
    question.sealed_answer = keyring(row.borrower_id).seal(said, "answer")
    question.answered_at = clock.now()
    question.save(update_fields=["sealed_answer", "answered_at"])
    told: dict[str, object] = {"question": str(question.pk)}
    move(row, Event.QUESTION_ANSWERED, told | ({"proofs": [one["id"] for one in shown]} if shown else {}))
    event: dict[str, object] = {"question_id": question.bank_ref or str(question.pk), "text": said}
    _tell(row, "question.answered", event | ({"proofs": shown} if shown else {}))


@verb
def end(negotiation_id: UUID) -> tuple[Over]:
    """End this one negotiation while it is talked about; the others go on."""
    row = locked(negotiation_id)
    if row.state == State.AGREED:
        raise Refusal(
            "agreed-already",
            words("条件已经谈好了。不想签，就在协议那一页取消。"),
            next_step=words("打开协议看看。"),
        )
    return (_end(row, "ended-by-holder"),)


@verb
def end_cancelled(negotiation_id: UUID) -> tuple[Over]:
    """The borrower cancelled the agreement before it was in force: the negotiation ends with it."""
    return (_end(locked(negotiation_id), "ended-by-holder"),)


@verb
def end_talks(application_id: UUID) -> tuple[Over, ...]:
    """The application was taken back: end each negotiation that has no agreement yet."""
    rows = Negotiation.objects.filter(application_id=application_id, state__in=[s.value for s in TALKING])
    return tuple(_end(locked(row.pk), "withdrawn") for row in rows)


def _same(put: Put, offer: Offer) -> bool:
    mine = judged(put, offer.negotiation.debt).hash
    return (mine, put.waived_fen, put.interest_after) == (offer.hash, offer.waived_fen, offer.interest_after)


def _end(row: Negotiation, reason: str) -> Over:
    move(row, Event.BORROWER_ENDS, {"reason": reason})
    row.offers.filter(fate=Offer.Fate.OPEN).update(fate=Offer.Fate.REPLACED)
    _tell(row, "negotiation.ended", {"reason": reason})
    return Over(row.pk, row.application_id)


def _tell(row: Negotiation, name: str, data: dict[str, object]) -> None:
    enqueue_event(row.bank_id, row.pk, row.borrower_id, name, data)
