"""One bank's case as its officer sees it: who, what is owed, what can be paid, the papers, and what may be done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import uuid6
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from heyue import clock
from heyue.agreement import reads as agreements
from heyue.agreement.models import Agreement
from heyue.deadlines import open_waits
from heyue.dispatch import reads as dispatches
from heyue.dispatch.models import Dispatch
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import Refusal, words
from heyue.execution import cannot_pay
from heyue.execution import reads as plans
from heyue.faces.desk import timeline, viewer
from heyue.faces.desk.case_beside import beside_answer
from heyue.faces.desk.case_forms import (
    GROUNDS,
    AcceptForm,
    CounterRefusalForm,
    RefusalForm,
    SayForm,
    StandstillForm,
)
from heyue.faces.desk.offer_form import OfferForm, typed_as
from heyue.faces.desk.page import page
from heyue.faces.desk.preview import Preview, of_terms, preview
from heyue.faces.desk.review_forms import ReasonForm
from heyue.identity.assistance import helping
from heyue.identity.reads import Full, shown_as
from heyue.journey import story
from heyue.journey.board import late_since
from heyue.journey.officer_may import Can, officer_may
from heyue.journey.staff_words import agreement_words, case_words, plan_words
from heyue.negotiation import reads as negotiations
from heyue.negotiation.drafting import VALID_DAYS, Draft, as_asked, try_out
from heyue.negotiation.models import Negotiation, Offer

STANDSTILL = {
    "asked": words("持卡人请求先暂停催收"),
    "granted": words("已同意暂停催收"),
    "refused": words("没有同意暂停催收"),
}


@dataclass(frozen=True, slots=True)
class Case:
    """The rows of one case; ``talk`` is None until the bank's receipt."""

    row: Dispatch
    talk: Negotiation | None

    @property
    def base(self) -> str:
        """The case's address."""
        return f"/desk/cases/{self.row.pk}"


@dataclass(frozen=True, slots=True)
class Filled:
    """Forms that come back with what was typed, and what was shown once; the rest are made anew.

    ``draft``: what the builder of an offer begins with, where it is not what was asked; ``words``: what is said to
    the borrower, from a template.
    """

    forms: dict[str, Form] = field(default_factory=dict)
    full: Full | None = None
    shown: Preview | None = None
    notice: str = ""
    words: str = ""
    draft: Draft | None = None


def case_of(actor: Actor, dispatch_id: UUID) -> Case:
    """Return a case that this actor may see. Raises ``NotFound``."""
    row = dispatches.dispatch(actor, dispatch_id)
    return Case(row, negotiations.visible(actor).filter(pk=row.pk).first())


def show(request: HttpRequest, case: Case, filled: Filled | None = None) -> HttpResponse:
    """Render the case, with forms as they were filled in."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    given = filled or Filled()
    facts = dispatches.case_facts(actor, case.row)
    papers = dispatches.proofs_shown(actor, case.row)
    opened = viewer.asked_for(request, papers)
    can = officer_may(actor, case.row, case.talk)
    waits = open_waits([case.row.pk]).get(case.row.pk, [])
    context = {
        "case": case,
        "row": case.row,
        "talk": case.talk,
        "base": case.base,
        "name": facts.holder.name,
        "holder": given.full or facts.holder,
        "unmasked": given.full is not None,
        "facts": facts,
        "debt": _debt(case.row),
        "due_on": waits[0].due_on if waits else late_since(actor).get(case.row.pk),
        "due_of": _("等持卡人") if waits and waits[0].owed_by == Role.BORROWER else "",
        "standstill": _(STANDSTILL[case.row.standstill]),
        "can": can,
        "mine": _is_mine(actor, case.talk),
        "tabs": viewer.tabs(papers, case.base, opened[0] if opened else None),
        "opened": viewer.open_proof(request, *opened, case.base) if opened else None,
        "story": timeline.lines(story.of_negotiation(actor, case.row.pk)),
        "questions": negotiations.questions(actor, case.talk) if case.talk else [],
        "notice": given.notice,
        "helpers": [(one, [_(scope) for scope in one.scopes]) for one in helping(case.row.borrower_id)],
        **_answers(actor, case, can, given),
        **_agreed(actor, case),
        **beside_answer(actor, case.row, given.forms, case.talk is not None),
    }
    return page(request, "case.html", context)


@dataclass(frozen=True, slots=True)
class DebtSums:
    """What is owed to this bank as of the base date, part by part, in fen."""

    principal_fen: int
    interest_fen: int
    fee_fen: int
    balance_fen: int
    days_overdue: int
    cards: tuple[dict[str, Any], ...]


def _debt(row: Dispatch) -> DebtSums:
    cards = tuple(row.debt.structure)
    return DebtSums(
        principal_fen=sum(c["principal_fen"] for c in cards),
        interest_fen=sum(c["interest_fen"] for c in cards),
        fee_fen=sum(c["fee_fen"] for c in cards),
        balance_fen=row.debt.balance_fen,
        days_overdue=row.debt.days_overdue,
        cards=cards,
    )


def _is_mine(actor: Actor, talk: Negotiation | None) -> bool:
    me = shown_as(actor)
    return bool(talk and me and talk.officer_name and talk.officer_number == me.staff_number)


def _answers(actor: Actor, case: Case, can: Can, given: Filled) -> dict[str, Any]:
    """Return the forms by which an officer answers, the open offer or counter-offer, and the preview."""
    forms = given.forms
    last_day = {"valid_until": clock.today() + timedelta(days=VALID_DAYS)}
    offer_form = forms.get("offer")
    shown = given.shown
    if can.offer and offer_form is None:
        draft = given.draft or as_asked(case.row.debt)
        offer_form = OfferForm(initial={**typed_as(draft), "token": uuid6.uuid7()})
        shown = _first_preview(actor, case, draft)
    standing = _standing_offer(case)
    counter = case.talk.offer if case.talk and can.answer_counter else None
    return {
        "asked": of_terms(case.row.debt.asked_terms),
        "offer": offer_form,
        "preview": shown,
        "previewed": shown.hash if shown else "",
        "building": bool(forms.get("offer")) or given.draft is not None or not standing,
        "counter": counter,
        "counter_shown": of_terms(counter.terms) if counter else None,
        "stands": standing,
        "standstill_form": forms.get("standstill") or StandstillForm(initial={"until": case.row.standstill_until}),
        "ask": forms.get("ask") or SayForm(initial={"token": uuid6.uuid7(), "text": given.words}),
        "accept": forms.get("accept") or AcceptForm(initial=last_day),
        "counter_refusal": forms.get("counter_refusal") or CounterRefusalForm(),
        "refusal": forms.get("refusal") or RefusalForm(),
        "reason": forms.get("reason") or ReasonForm(),
    }


def _first_preview(actor: Actor, case: Case, draft: Draft) -> Preview | None:
    try:
        put, schedule = try_out(draft, case.row.debt)
    except Refusal:
        return None
    return preview(actor, case.row, put, schedule)


@dataclass(frozen=True, slots=True)
class Standing:
    """The bank's own offer that is open: its terms in short and until when."""

    offer: Offer
    shown: object


def _standing_offer(case: Case) -> Standing | None:
    offer = case.talk.offer if case.talk else None
    if offer is None or offer.by != Offer.By.BANK or offer.fate != Offer.Fate.OPEN:
        return None
    return Standing(offer, of_terms(offer.terms))


@dataclass(frozen=True, slots=True)
class Agreed:
    """The agreement: where it stands, until when it is to be signed, who has signed."""

    row: Agreement
    standing: str
    sign_by: date
    signatures: tuple[tuple[str, Any], ...]
    has_document: bool


def _agreed(actor: Actor, case: Case) -> dict[str, Any]:
    found = agreements.of_negotiation(actor, case.row.pk) if case.talk else None
    plan = plans.of_negotiation(actor, case.row.pk) if case.talk else None
    refusal = case.talk.refusal if case.talk else None
    agreed = None
    if found:
        sides = {"borrower": _("持卡人"), "bank": case.row.bank.name}
        signed = tuple((sides[s.side], s.signed_at) for s in agreements.signatures(actor, found.pk))
        agreed = Agreed(found, agreement_words(found), found.sign_by, signed, bool(found.file))
    return {
        "standing": case_words(case.row, case.talk, found, plan),
        "agreed": agreed,
        "plan": plan,
        "ahead": [(one, _(one.wish)) for one in cannot_pay.told(actor, plan)] if plan else [],
        "said_paid": list(plans.said_paid(actor, plan).values()) if plan else [],
        "plan_standing": plan_words(plan) if plan else "",
        "paid": [i for i in plan.instalments.all() if i.paid_on] if plan else [],
        "unpaid": [i for i in plan.instalments.all() if not i.paid_on] if plan else [],
        "unmatched": [p for p in plan.payments.all() if p.instalment_id is None] if plan else [],
        "refused_for": {"ground": _(GROUNDS.get(refusal["ground"], refusal["ground"])), **_told(refusal)}
        if refusal
        else None,
    }


def _told(refusal: dict[str, str]) -> dict[str, str]:
    return {"text": refusal["text"], "rule": refusal["rule"]}
