"""What stands beside a bank's answer on its case page: notes, checklist, officers, templates, a second officer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import uuid6
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from heyue import clock
from heyue.banks.limits import Limits, limits_on
from heyue.casework import reads as casework
from heyue.casework.actions import NOTE_CHARS_MAX
from heyue.casework.models import OfferDraft
from heyue.deadlines import WaitKind, open_waits
from heyue.dispatch.models import Dispatch
from heyue.disputes import reads as disputes
from heyue.engine.moves import Actor
from heyue.engine.refusal import words
from heyue.faces.desk.case_forms import AREA
from heyue.faces.desk.desk_form import DeskForm
from heyue.faces.desk.preview import of_terms
from heyue.faces.shown import yuan_text
from heyue.journey.staff_words import dispute_words

OVER = {
    "balance_fen_max": words("欠款超过一人可定的数"),
    "waived_fen_max": words("减免超过一人可定的数"),
    "periods_max": words("期数超过一人可定的数"),
}
"""Limits that an answer passes, as officers read them; each is a message id."""
KINDS = {"offer": words("出方案"), "accept": words("按申请同意"), "counter": words("接受还价")}


class NoteForm(DeskForm):
    """A note for colleagues; ``token`` makes a second tap the same note."""

    text = forms.CharField(
        label=lazy("内部备注，持卡人看不到"),
        max_length=NOTE_CHARS_MAX,
        widget=forms.Textarea(AREA),
        error_messages={"required": lazy("写下备注"), "max_length": lazy("写短一点，1000字以内")},
    )
    token = forms.UUIDField(widget=forms.HiddenInput)


@dataclass(frozen=True, slots=True)
class Approval:
    """An answer before a second officer: what, its terms in short, why, and whose it is."""

    row: OfferDraft
    what: str
    terms: object
    reasons: tuple[str, ...]
    mine: bool
    returned: bool


@dataclass(frozen=True, slots=True)
class Disputed:
    """A dispute of the borrower's with this bank: what was said and what came of it."""

    said: disputes.Told
    kind: str
    standing: str
    answer_by: date | None


def approval_of(actor: Actor, row: OfferDraft) -> Approval:
    """Return an answer that a second officer decides, or decided, in words."""
    return Approval(
        row=row,
        what=_(KINDS[row.kind]),
        terms=of_terms(row.put["terms"]),
        reasons=tuple(_(OVER[name]) for name in row.over),
        mine=row.author_id == actor.person_id,
        returned=casework.was_returned(row),
    )


def limits_said(limits: Limits) -> str:
    """Return in words what one officer decides alone; empty: everything."""
    said = []
    if limits.balance_fen_max is not None:
        said.append(_("欠款 %(sum)s 以内") % {"sum": yuan_text(limits.balance_fen_max)})
    if limits.waived_fen_max is not None:
        said.append(_("减免 %(sum)s 以内") % {"sum": yuan_text(limits.waived_fen_max)})
    if limits.periods_max is not None:
        said.append(_("%(n)s期以内") % {"n": limits.periods_max})
    return _("、").join(said)


def beside_answer(actor: Actor, row: Dispatch, forms_given: dict[str, forms.Form], has_talk: bool) -> dict[str, Any]:
    """Return what the case page shows of the bank's own work."""
    draft = casework.latest_draft(actor, row.pk) if has_talk else None
    told = draft is not None and (casework.is_awaiting(draft) or casework.was_returned(draft))
    return {
        "notes": casework.notes(actor, row.pk),
        **disputed(actor, row),
        "papers_base": "/desk",
        "note_form": forms_given.get("note") or NoteForm(initial={"token": uuid6.uuid7()}),
        "checklist": [(one, _(one.message)) for one in casework.checklist(actor, row.pk)],
        "colleagues": casework.colleagues(actor) if has_talk else [],
        "templates": casework.templates(actor),
        "messages_kept": casework.message_templates(actor),
        "approval": approval_of(actor, draft) if draft and told else None,
        "limits": limits_said(limits_on(row.bank_id, clock.today())),
    }


def disputed(actor: Actor, row: Dispatch) -> dict[str, Any]:
    """Return what a bank's officer is shown of the disputes in one case, and where the bank may stand on them."""
    found = disputes.told_all(actor, list(disputes.of_negotiation(actor, row.pk)))
    waits = open_waits([said.row.pk for said in found])
    due = {w.subject_id: w.due_on for each in waits.values() for w in each if w.kind == WaitKind.DISPUTE_ANSWER}
    return {
        "disputed": [Disputed(said, _(said.kind), dispute_words(said.row), due.get(said.row.pk)) for said in found],
        "positions": [(value, _(words)) for value, words in disputes.POSITIONS.items()],
    }


def done_or_sent(actor: Actor, negotiation_id: UUID, done: str) -> str:
    """Say what came of an answer: given, or put before a second officer."""
    draft = casework.latest_draft(actor, negotiation_id)
    if draft is not None and casework.is_awaiting(draft):
        return _("超过一人可定的限额，已经送去复核。另一位同事同意以后才会到持卡人那里。")
    return done
