"""What an officer does for the bank on a case: note, tick, keep terms, answer, approve what another answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import uuid6

from heyue import clock
from heyue.acts import Fact, begin, current, move, scope, verb
from heyue.banks.limits import limits_on
from heyue.casework.models import CaseNote, CaseTick, OfferDraft, OfferTemplate
from heyue.casework.states import Event, State
from heyue.dispatch import reads as dispatches
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal, words
from heyue.evidence import Subject, append
from heyue.negotiation import actions as negotiation
from heyue.negotiation.models import Negotiation, Offer
from heyue.negotiation.terms import Put, judged
from heyue.vault import keyring

NOTE_CHARS_MAX = 1000
ANSWER_CHARS_MAX = 200
CHECKLIST = {
    "identity": words("身份与行内留存一致"),
    "debt": words("欠款与行内系统一致"),
    "income": words("收入有工资条和流水"),
    "call": words("电话回访过本人"),
}
"""What an officer checks before answering (核对清单); each is a message id."""


@dataclass(frozen=True, slots=True)
class Officer:
    """One of a bank's officers, who acts."""

    actor: Actor
    person_id: UUID
    bank_id: UUID


@verb
def write_note(dispatch_id: UUID, text: str, token: UUID, kind: str = "note") -> None:
    """Keep a note for colleagues; the same form (``token``) sent twice is one note. The leaf names no borrower."""
    me = officer()
    row = dispatches.dispatch(me.actor, dispatch_id)
    told = text.strip()
    if not 0 < len(told) <= NOTE_CHARS_MAX:
        raise Refusal("note-length", words("写下备注，1000 字以内"), field="text", status=422)
    if CaseNote.objects.filter(token=token).exists():
        return
    note = CaseNote.objects.create(
        dispatch=row,
        bank_id=row.bank_id,
        borrower_id=row.borrower_id,
        author_id=me.person_id,
        kind=CaseNote.Kind.CALL if kind == CaseNote.Kind.CALL else CaseNote.Kind.NOTE,
        token=token,
        sealed_text=keyring(row.borrower_id).seal(told, "case-note"),
        written_at=clock.now(),
    )
    append("case-note.written", Subject("case-note", note.pk, bank_id=row.bank_id), me.actor, {"case": row.number})


@verb
def tick(dispatch_id: UUID, item: str, done: bool) -> None:
    """Mark one thing of the checklist as checked, or take the mark away; the same again changes nothing."""
    me = officer()
    row = dispatches.dispatch(me.actor, dispatch_id)
    if item not in CHECKLIST:
        raise NotFound()
    if done:
        given = {"bank_id": row.bank_id, "officer_id": me.person_id, "ticked_at": clock.now()}
        changed = CaseTick.objects.get_or_create(dispatch=row, item=item, defaults=given)[1]
    else:
        changed = bool(CaseTick.objects.filter(dispatch=row, item=item).delete()[0])
    if changed:
        subject = Subject("case", row.pk, bank_id=row.bank_id)
        append("case.ticked" if done else "case.unticked", subject, me.actor, {"item": item})


@verb
def keep_template(name: str, terms: dict[str, Any]) -> None:
    """Keep terms under a name for the bank's officers; the name again keeps the new terms in its place."""
    me = officer()
    called = name.strip()[:30]
    if not called:
        raise Refusal("template-name", words("给这个模板起个名字"), field="name", status=422)
    values = {"terms": terms, "made_at": clock.now()}
    kept = OfferTemplate.objects.update_or_create(bank_id=me.bank_id, name=called, defaults=values)[0]
    append("offer-template.kept", Subject("offer-template", kept.pk, bank_id=me.bank_id), me.actor, {"terms": terms})


@verb
def drop_template(template_id: UUID) -> None:
    """Take a template of one's bank away. Raises ``NotFound``."""
    me = officer()
    kept = OfferTemplate.objects.filter(bank_id=me.bank_id, pk=template_id).first()
    if kept is None:
        raise NotFound()
    kept.delete()
    append("offer-template.dropped", Subject("offer-template", template_id, bank_id=me.bank_id), me.actor)


@verb
def put_offer(negotiation_id: UUID, put: Put, ref: str) -> tuple[Fact, ...]:
    """Put terms to the borrower, or before a second officer where they pass the bank's limit."""
    row = negotiation.locked(negotiation_id)
    judged(put, row.debt)
    if not _is_kept(row, OfferDraft.Kind.OFFER, put, ref):
        negotiation.make_offer(negotiation_id, put, ref)
    return ()


@verb
def accept_as_asked(negotiation_id: UUID, valid_until: date) -> tuple[Fact, ...]:
    """Accept what was asked, or put that before a second officer."""
    row = negotiation.locked(negotiation_id)
    asked = Put(row.debt.asked_terms, row.debt.asked_waived_fen, row.debt.interest_after, valid_until)
    judged(asked, row.debt)
    if _is_kept(row, OfferDraft.Kind.ACCEPT, asked):
        return ()
    return negotiation.accept_as_asked(negotiation_id, valid_until)


@verb
def accept_counter(negotiation_id: UUID, counter_id: UUID, valid_until: date) -> tuple[Fact, ...]:
    """Accept the borrower's counter-offer, or put that before a second officer."""
    row = negotiation.locked(negotiation_id)
    counter = row.offers.filter(pk=counter_id, by=Offer.By.BORROWER, fate=Offer.Fate.OPEN).first()
    if counter is not None:
        put = Put(counter.terms, counter.waived_fen, counter.interest_after, valid_until)
        judged(put, row.debt)
        if _is_kept(row, OfferDraft.Kind.COUNTER, put, counter_id=counter_id):
            return ()
    return negotiation.accept_counter(negotiation_id, counter_id, valid_until)


@verb
def approve(draft_id: UUID) -> tuple[Fact, ...]:
    """Approve another officer's answer: it is given now, judged by today's rules. Raises ``Refusal("own-draft")``."""
    row = _locked_draft(draft_id)
    must_be_another(row.author_id)
    move(row, Event.APPROVED, {"by": str(current().actor.person_id)})
    row.decided_by_id = current().actor.person_id
    row.save(update_fields=["decided_by"])
    put = put_of(row.put)
    if row.kind == OfferDraft.Kind.OFFER:
        negotiation.make_offer(row.negotiation_id, put, row.ref)
        return ()
    until = put.valid_until or current().today
    if row.kind == OfferDraft.Kind.ACCEPT or row.counter_id is None:
        return negotiation.accept_as_asked(row.negotiation_id, until)
    return negotiation.accept_counter(row.negotiation_id, row.counter_id, until)


@verb
def give_back(draft_id: UUID, text: str) -> None:
    """Do not approve another officer's answer, with words to that officer."""
    row = _locked_draft(draft_id)
    must_be_another(row.author_id)
    said = text.strip()
    if not said:
        raise Refusal("words-missing", words("写明为什么不同意，经办的同事会看到"), field="text", status=422)
    move(row, Event.RETURNED, {"by": str(current().actor.person_id)})
    row.decided_by_id, row.answer = current().actor.person_id, said[:ANSWER_CHARS_MAX]
    row.save(update_fields=["decided_by", "answer"])


@verb
def withdraw(draft_id: UUID) -> None:
    """Take one's own answer back before a second officer decided. Raises ``NotPermitted`` for another's."""
    row = _locked_draft(draft_id)
    if row.author_id != current().actor.person_id:
        raise NotPermitted()
    move(row, Event.WITHDRAWN)


@verb
def record_export(kind: str, case_ids: Sequence[UUID]) -> None:
    """Record of each of these cases that an officer took it away in a file. Raises ``NotFound`` for another bank's."""
    me = officer()
    if dispatches.visible(me.actor).filter(pk__in=case_ids).count() != len(case_ids):
        raise NotFound()
    facts: dict[str, object] = {"kind": kind, "cases": len(case_ids)}
    append("cases.exported", Subject("bank", me.bank_id, bank_id=me.bank_id), me.actor, facts)
    for case_id in case_ids:
        append("case.exported", Subject("case", case_id, bank_id=me.bank_id), me.actor, {"kind": kind})


def officer() -> Officer:
    """Return the open act's officer and bank. Raises ``NotPermitted`` for everybody else."""
    actor = current().actor
    if actor.role != Role.OFFICER or actor.person_id is None or actor.bank_id is None:
        raise NotPermitted()
    return Officer(actor, actor.person_id, actor.bank_id)


def must_be_another(author_id: UUID) -> None:
    """Hold to four eyes: who wrote a thing does not approve it. Raises ``Refusal("own-draft")``."""
    if officer().person_id == author_id:
        raise Refusal("own-draft", words("自己提的要由另一位同事复核。"))


def put_of(kept: dict[str, Any]) -> Put:
    """Return the terms as they were kept."""
    until = kept["valid_until"]
    return Put(**{**kept, "valid_until": date.fromisoformat(until) if until else None})


def _is_kept(row: Negotiation, kind: OfferDraft.Kind, put: Put, ref: str = "", counter_id: UUID | None = None) -> bool:
    """Keep an answer for a second officer where it passes the bank's limit, and say whether it was kept."""
    me = officer()
    over = limits_on(row.bank_id, current().today).passed(
        balance_fen=row.debt.balance_fen, waived_fen=put.waived_fen, periods=int(put.terms["periods"])
    )
    if not over:
        return False
    ref = ref or f"{kind.value}-{uuid6.uuid7()}"
    if OfferDraft.objects.filter(bank_id=row.bank_id, ref=ref).exists():
        return True
    if OfferDraft.objects.filter(negotiation=row, state=State.AWAITING_APPROVAL.value).exists():
        raise Refusal("awaiting-already", words("这件已经有一个答复在等复核，先等同事看过或者撤回它。"))
    until = put.valid_until.isoformat() if put.valid_until else None
    draft = OfferDraft(
        negotiation=row,
        bank_id=row.bank_id,
        author_id=me.person_id,
        kind=kind,
        put={
            "terms": put.terms,
            "waived_fen": put.waived_fen,
            "interest_after": put.interest_after,
            "valid_until": until,
            "note": put.note,
        },
        counter_id=counter_id,
        ref=ref,
        over=list(over),
        sent_at=clock.now(),
    )
    begin(draft, {"over": list(over), "negotiation": str(row.pk)})
    return True


def _locked_draft(draft_id: UUID) -> OfferDraft:
    """Lock the negotiation before its draft, as every answer does. Raises ``NotFound`` for another bank's."""
    found = OfferDraft.objects.filter(pk=draft_id, bank_id=officer().bank_id).first()
    if found is None:
        raise NotFound()
    scope.locked(Negotiation.objects.all(), found.negotiation_id)
    return OfferDraft.objects.select_for_update().get(pk=draft_id)
