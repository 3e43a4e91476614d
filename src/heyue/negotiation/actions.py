"""What the bank and the clock do in a negotiation: answer, ask, offer, accept, refuse, stay silent."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from heyue import clock
from heyue.acts import begin, current, move, scope, verb
from heyue.application.actions import close
from heyue.application.models import Application
from heyue.banks.outbox import enqueue_event
from heyue.clock.business import SHANGHAI
from heyue.deadlines import WaitKind, ends, start
from heyue.dispatch.actions import promise_broken as dispatch_promise_broken
from heyue.dispatch.models import Dispatch
from heyue.dispatch.reads import is_any_on_the_way
from heyue.engine.refusal import Refusal, words
from heyue.negotiation.answered_papers import kinds_for
from heyue.negotiation.models import Negotiation, Offer, Question
from heyue.negotiation.states import TABLE, BothAgreed, Event, Over, State
from heyue.negotiation.terms import Put, judged
from heyue.vault import keyring

QUESTION_CHARS_MAX = 500
WORDS_CHARS_MAX = 500
GROUNDS = {
    "not-eligible": words("不符合协商的条件"),
    "no-contact": words("联系不上你"),
    "false-statement": words("认为填的和事实不符"),
    "policy": words("超出它的政策"),
}
"""The grounds (拒绝理由) that the protocol knows (gateway-v1 section 4), in words for the borrower."""


@verb
def await_officer(dispatch_id: UUID) -> None:
    """Open the negotiation at the bank's receipt; the first-answer deadline starts today."""
    dispatch = Dispatch.objects.get(pk=dispatch_id)
    row = Negotiation(
        id=dispatch.pk,
        dispatch=dispatch,
        application_id=dispatch.application_id,
        debt_id=dispatch.debt_id,
        borrower_id=dispatch.borrower_id,
        bank_id=dispatch.bank_id,
        opened_on=current().today,
    )
    begin(row, starts=WaitKind.FIRST_ANSWER)


@verb
def assign_officer(negotiation_id: UUID, name: str, staff_number: str) -> None:
    """Name the officer who handles it at the bank."""
    row = locked(negotiation_id)
    move(row, Event.OFFICER_ASSIGNED, {"staff_number": staff_number})
    row.officer_name, row.officer_number = name[:40], staff_number[:20]
    row.save(update_fields=["officer_name", "officer_number"])


@verb
def ask(negotiation_id: UUID, text: str, bank_ref: str = "", paper: str = "") -> UUID:
    """Put the bank's question to the borrower; ``paper`` is the kind of proof that it asks for.

    A kind that we do not know, or that the borrower did not agree to show this bank, is asked for in words alone.
    """
    row = locked(negotiation_id)
    question = _keep_words(row, text, bank_ref, wants_answer=True)
    if paper in kinds_for(row.dispatch):
        question.paper = paper
        question.save(update_fields=["paper"])
    move(row, Event.QUESTION_ASKED, {"question": str(question.pk)}, params={"bank": row.bank.name})
    return question.pk


@verb
def write_to_borrower(negotiation_id: UUID, text: str, bank_ref: str = "") -> UUID:
    """Send the borrower the bank's words that ask nothing (留言)."""
    row = locked(negotiation_id)
    message = _keep_words(row, text, bank_ref, wants_answer=False)
    move(row, Event.BANK_WROTE, {"message": str(message.pk)}, params={"bank": row.bank.name})
    return message.pk


@verb
def make_offer(negotiation_id: UUID, put: Put, bank_ref: str = "") -> UUID:
    """Put the bank's terms to the borrower; they replace whatever was open. ``valid_until`` is needed."""
    row = locked(negotiation_id)
    if put.valid_until is None:
        raise Refusal("valid-until", words("写明这个条件保留到哪天。"), field="valid_until", status=422)
    offer = keep_offer(row, put, Offer.By.BANK, bank_ref)
    move(
        row,
        Event.OFFER_MADE,
        {"offer": str(offer.pk), "hash": offer.hash},
        due_on=offer.valid_until,
        params={"bank": row.bank.name},
    )
    return offer.pk


@verb
def accept_as_asked(
    negotiation_id: UUID,
    valid_until: date,
    hash: str = "",
    bank_ref: str = "",
    waived_fen: int | None = None,
    interest_after: str | None = None,
) -> tuple[BothAgreed]:
    """The bank accepts what was asked; ``hash`` is its own recomputation and must be the application's.

    So must be the waiver and the interest after the base date, where the bank states them: what differs is
    an offer. Raises ``Refusal("not-as-asked")``.
    """
    row = locked(negotiation_id)
    debt = row.debt
    if waived_fen not in (None, debt.asked_waived_fen) or interest_after not in (None, debt.interest_after):
        raise Refusal(
            "not-as-asked",
            words("减免或基准日以后的利息和申请的不一样：这要当作还价来出。"),
            field="waived",
            status=422,
        )
    put = Put(debt.asked_terms, debt.asked_waived_fen, debt.interest_after, valid_until, hash or debt.asked_hash)
    offer = keep_offer(row, put, Offer.By.BANK, bank_ref)
    move(row, Event.ACCEPTED_AS_ASKED, {"offer": str(offer.pk), "hash": offer.hash}, params={"bank": row.bank.name})
    return (agreed_on(row, offer),)


@verb
def refuse(negotiation_id: UUID, ground: str, text: str, rule: str = "") -> tuple[Over]:
    """The bank refuses, with its ground; the borrower is shown it and the ways that stay open."""
    row = locked(negotiation_id)
    said = text.strip()
    if not said:
        raise Refusal("words-missing", words("写清楚为什么不同意，对方要看得懂"), field="text", status=422)
    if ground not in GROUNDS:
        raise Refusal("ground", words("选一个理由"), field="ground", status=422)
    move(row, Event.BANK_REFUSED, {"ground": ground, "text": said, "rule": rule}, params={"bank": row.bank.name})
    row.offers.filter(fate=Offer.Fate.OPEN, by=Offer.By.BORROWER).update(fate=Offer.Fate.REFUSED)
    row.offers.filter(fate=Offer.Fate.OPEN).update(fate=Offer.Fate.REPLACED)
    row.refusal = {"ground": ground, "text": said[:WORDS_CHARS_MAX], "rule": rule[:200]}
    row.save(update_fields=["refusal"])
    return (Over(row.pk, row.application_id),)


@verb
def accept_counter(
    negotiation_id: UUID, counter_id: UUID, valid_until: date, hash: str = "", bank_ref: str = ""
) -> tuple[BothAgreed]:
    """The bank accepts the borrower's counter-offer; its hash stays."""
    row = locked(negotiation_id)
    offer = _open_counter(row, counter_id)
    if hash and hash != offer.hash:
        raise Refusal("hash-mismatch", words("还款表的哈希和我们算的不一致，请核对条件。"), field="hash", status=422)
    first_due_on = judged(Put(offer.terms, offer.waived_fen), row.debt).plan.first_due_on
    if not current().today <= valid_until < first_due_on:
        raise Refusal("valid-until", words("有效期要在今天以后、第一期还款日以前。"), field="valid_until", status=422)
    move(row, Event.COUNTER_ACCEPTED, {"offer": str(offer.pk), "hash": offer.hash}, params={"bank": row.bank.name})
    offer.valid_until, offer.bank_ref = valid_until, bank_ref[:80]
    offer.save(update_fields=["valid_until", "bank_ref"])
    return (agreed_on(row, offer),)


@verb
def refuse_counter(negotiation_id: UUID, counter_id: UUID, text: str) -> None:
    """The bank refuses the counter-offer; its own earlier offer stands again while it is valid."""
    row = locked(negotiation_id)
    counter = _open_counter(row, counter_id)
    counter.fate, counter.answer = Offer.Fate.REFUSED, text.strip()[:WORDS_CHARS_MAX]
    counter.save(update_fields=["fate", "answer"])
    earlier = row.offers.filter(by=Offer.By.BANK).order_by("-made_at", "-id").first()
    stands = earlier is not None and earlier.fate != Offer.Fate.DECLINED and _is_valid(earlier)
    event = Event.COUNTER_REFUSED if stands else Event.COUNTER_REFUSED_LATE
    move(row, event, {"counter": str(counter.pk), "text": text}, params={"bank": row.bank.name})
    if stands and earlier:
        Offer.objects.filter(pk=earlier.pk).update(fate=Offer.Fate.OPEN)
        start(WaitKind.OFFER_VALID, row.subject(), due_on=earlier.valid_until)
    row.offer = earlier
    row.save(update_fields=["offer"])


@verb
def bank_silent(negotiation_id: UUID) -> None:
    """The answer's last day is over: the bank is chased in writing and the borrower told what to do."""
    row = locked(negotiation_id)
    move(row, Event.BANK_SILENT, params={"bank": row.bank.name})
    row.chased_on = current().today
    row.save(update_fields=["chased_on"])
    enqueue_event(
        row.bank_id,
        row.pk,
        row.borrower_id,
        "answer.chased",
        {
            "received_on": row.opened_on.isoformat(),
            "due_on": _answer_was_due(row).isoformat(),
            "text": words("答复期限已过，请尽快答复持卡人的协商申请。"),
        },
    )


@verb
def promise_broken(negotiation_id: UUID) -> None:
    """The day that the bank promised in a call went by without its answer: the borrower is told to call again."""
    if not Negotiation.objects.filter(pk=negotiation_id).exists():
        dispatch_promise_broken(negotiation_id)
        return
    row = locked(negotiation_id)
    if Event.PROMISE_BROKEN in row.TABLE.possible(row.state, current().actor.role):
        move(row, Event.PROMISE_BROKEN, params={"bank": row.bank.name})


@verb
def still_silent(negotiation_id: UUID) -> None:
    """Chased and still silent: the borrower is shown the complaint path."""
    row = locked(negotiation_id)
    if row.state not in (State.OVERDUE, State.COUNTERED):
        return
    move(row, Event.STILL_SILENT, params={"bank": row.bank.name})
    row.complain_from = current().today
    row.save(update_fields=["complain_from"])


@verb
def offer_expires(negotiation_id: UUID) -> None:
    """The bank's offer is over; while a counter-offer is with the bank, the talk goes on."""
    row = locked(negotiation_id)
    last = ends(WaitKind.ASK_AGAIN, current().today)
    move(row, Event.OFFER_EXPIRES, params={"bank": row.bank.name, "due": last.on.isoformat()})
    row.offers.filter(by=Offer.By.BANK, fate=Offer.Fate.OPEN).update(fate=Offer.Fate.EXPIRED)


@verb
def lapse(negotiation_id: UUID) -> tuple[Over, ...]:
    """Nothing was put on the table in time: the talk ends, so that the bank can be asked anew with today's sums."""
    row = locked(negotiation_id)
    if Event.LAPSES not in row.TABLE.possible(row.state, current().actor.role):
        return ()
    move(row, Event.LAPSES, {"base_date": _base_date(row)}, params={"bank": row.bank.name})
    enqueue_event(row.bank_id, row.pk, row.borrower_id, "negotiation.ended", {"reason": "lapsed"})
    return (Over(row.pk, row.application_id),)


@verb
def agreement_lapsed(negotiation_id: UUID) -> None:
    """The agreement was not signed in time: the terms are gone, a new offer may be asked for."""
    row = locked(negotiation_id)
    move(row, Event.AGREEMENT_LAPSED)
    row.offers.filter(fate=Offer.Fate.ACCEPTED).update(fate=Offer.Fate.EXPIRED)


@verb
def conclude(negotiation_id: UUID) -> tuple[Over]:
    """The agreement was carried out to its last payment."""
    row = locked(negotiation_id)
    move(row, Event.CONCLUDED)
    return (Over(row.pk, row.application_id),)


@verb
def close_when_over(application_id: UUID) -> None:
    """Close the application when this was its last open negotiation and no form is still on its way."""
    Application.objects.select_for_update().get(pk=application_id)  # two that end at once see each other's end
    open_ones = Negotiation.objects.filter(application_id=application_id).exclude(
        state__in=[s.value for s in TABLE.final]
    )
    if not is_any_on_the_way(application_id) and not open_ones.exists():
        close(application_id)


def _keep_words(row: Negotiation, text: str, bank_ref: str, *, wants_answer: bool) -> Question:
    said = text.strip()
    if not 0 < len(said) <= QUESTION_CHARS_MAX:
        message = words("写下要问的话，500 字以内") if wants_answer else words("写下要说的话，500 字以内")
        raise Refusal("question-length", message, field="text", status=422)
    return Question.objects.create(
        negotiation=row,
        borrower_id=row.borrower_id,
        bank_ref=bank_ref[:80],
        sealed_question=keyring(row.borrower_id).seal(said, "question"),
        wants_answer=wants_answer,
        asked_at=clock.now(),
    )


def keep_offer(row: Negotiation, put: Put, by: Offer.By, bank_ref: str = "") -> Offer:
    """Judge and store one set of terms; what was open before is replaced by it, and a new wait begins."""
    schedule = judged(put, row.debt)
    row.offers.filter(fate=Offer.Fate.OPEN).update(fate=Offer.Fate.REPLACED)
    offer = Offer.objects.create(
        negotiation=row,
        borrower_id=row.borrower_id,
        by=by,
        bank_ref=bank_ref[:80],
        terms=schedule.plan.as_terms(),
        hash=schedule.hash,
        waived_fen=put.waived_fen,
        interest_after=put.interest_after,
        valid_until=put.valid_until,
        note=put.note[:500],
        made_at=clock.now(),
    )
    row.offer = offer
    row.chased_on = row.complain_from = None
    row.save(update_fields=["offer", "chased_on", "complain_from"])
    return offer


def locked(negotiation_id: UUID) -> Negotiation:
    """Lock one negotiation; borrower, bank and officer reach only their own. Raises ``NotFound``."""
    return scope.locked(Negotiation.objects.select_related("bank", "debt"), negotiation_id)


def _base_date(row: Negotiation) -> str | None:
    """Return the day as of which the sums stand that were talked about, as a leaf holds it."""
    on = row.application.base_date
    return on.isoformat() if on else None


def _answer_was_due(row: Negotiation) -> date:
    """Return the last day of the answer that is chased: to the application, or to the open counter-offer."""
    if row.state == State.COUNTERED and row.offer:
        return ends(WaitKind.COUNTER_ANSWER, row.offer.made_at.astimezone(SHANGHAI).date()).on
    return ends(WaitKind.FIRST_ANSWER, row.opened_on).on


def _is_valid(offer: Offer) -> bool:
    return offer.valid_until is not None and offer.valid_until >= current().today


def _open_counter(row: Negotiation, counter_id: UUID) -> Offer:
    counter = row.offers.filter(pk=counter_id, by=Offer.By.BORROWER, fate=Offer.Fate.OPEN).first()
    if counter is None:
        raise Refusal("counter-gone", words("这个还价已经不在了，看看最新的。"))
    return counter


def agreed_on(row: Negotiation, offer: Offer) -> BothAgreed:
    """Fix the offer on which both sides stand."""
    offer.fate = Offer.Fate.ACCEPTED
    offer.save(update_fields=["fate"])
    row.offer = offer
    row.save(update_fields=["offer"])
    return BothAgreed(row.pk, offer.pk)
