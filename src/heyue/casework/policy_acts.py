"""A bank changes its policy (政策): written by one officer, approved by another, in effect from a day to come."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from heyue import clock
from heyue.acts import begin, current, move, verb
from heyue.banks.limits import Limits
from heyue.banks.policies import must_be_to_come, take_effect
from heyue.casework.actions import ANSWER_CHARS_MAX, must_be_another, officer
from heyue.casework.menu_words import judged_menu
from heyue.casework.models import PolicyDraft
from heyue.casework.states import PolicyEvent, PolicyState
from heyue.engine.refusal import NotFound, Refusal, words

REASON_CHARS_MAX = 200


@verb
def write_policy(menu: dict[str, Any], limits: Limits, effective_from: date, reason: str) -> UUID:
    """Keep the change that is being written; the same again changes nothing. Raises the refusals of ``judged_menu``."""
    me = officer()
    judged_menu(menu, effective_from)
    must_be_to_come(effective_from)
    said = reason.strip()[:REASON_CHARS_MAX]
    if not said:
        raise Refusal("reason-missing", words("写明为什么改，复核的同事要看"), field="reason", status=422)
    row = PolicyDraft.objects.select_for_update().filter(bank_id=me.bank_id, state__in=_OPEN).first()
    told = {"menu": menu, "limits": limits.model_dump(), "effective_from": effective_from, "reason": said}
    if row is None:
        row = PolicyDraft(bank_id=me.bank_id, author_id=me.person_id, changed_at=clock.now(), **told)
        begin(row, {"effective_from": effective_from.isoformat()})
        return row.pk
    if all(getattr(row, name) == value for name, value in told.items()):
        return row.pk
    move(row, PolicyEvent.CHANGED, {"effective_from": effective_from.isoformat()})
    for name, value in {**told, "author_id": me.person_id, "answer": "", "changed_at": clock.now()}.items():
        setattr(row, name, value)
    row.save(update_fields=[*told, "author", "answer", "changed_at"])
    return row.pk


@verb
def send_policy(draft_id: UUID) -> None:
    """Put the change before a second officer."""
    row = _locked(draft_id)
    must_be_to_come(row.effective_from)
    move(row, PolicyEvent.SENT)


@verb
def approve_policy(draft_id: UUID) -> None:
    """Approve another officer's change: it is the bank's policy from its day on. Raises ``Refusal("own-draft")``."""
    row = _locked(draft_id)
    must_be_another(row.author_id)
    move(row, PolicyEvent.APPROVED, {"by": str(officer().person_id), "menu": row.menu, "limits": row.limits})
    row.decided_by_id = officer().person_id
    row.save(update_fields=["decided_by"])
    judged_menu(row.menu, row.effective_from)
    take_effect(row.bank_id, row.menu, Limits.model_validate(row.limits), row.effective_from)


@verb
def return_policy(draft_id: UUID, text: str) -> None:
    """Do not approve another officer's change, with words; it can be written on."""
    row = _locked(draft_id)
    must_be_another(row.author_id)
    said = text.strip()
    if not said:
        raise Refusal("words-missing", words("写明为什么不同意，经办的同事会看到"), field="text", status=422)
    move(row, PolicyEvent.RETURNED, {"by": str(officer().person_id)})
    row.answer = said[:ANSWER_CHARS_MAX]
    row.save(update_fields=["answer"])


@verb
def drop_policy(draft_id: UUID) -> None:
    """Give the change up."""
    move(_locked(draft_id), PolicyEvent.DROPPED)


_OPEN = (PolicyState.DRAFT.value, PolicyState.AWAITING_APPROVAL.value)


def _locked(draft_id: UUID) -> PolicyDraft:
    row = PolicyDraft.objects.select_for_update().filter(pk=draft_id, bank_id=officer().bank_id).first()
    if row is None or current().actor.bank_id != row.bank_id:
        raise NotFound()
    return row
