"""Builders for what comes after an application is handed in: with each bank from receipt to last payment.

Every row is made by the product's own verbs; ``day`` moves the business clock as the desk does in the demo.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from PIL import Image

import build
from cast import Cast, assemble
from heyue import clock, deadlines
from heyue.agreement import actions as agreement
from heyue.agreement import reads as agreements
from heyue.agreement.models import Agreement
from heyue.agreement.typeset import document_for
from heyue.application import actions as application
from heyue.application import answers
from heyue.application.plan import budget_of, request_for
from heyue.application.proofs import KINDS, take_in
from heyue.banks.models import Bank, BankPolicy
from heyue.dispatch import actions as dispatch
from heyue.dispatch import reads as dispatches
from heyue.engine.money import fen, yuan
from heyue.engine.moves import PLATFORM, Actor, Role
from heyue.engine.schedule import build as build_schedule
from heyue.execution import actions as execution
from heyue.execution.actions import Posted
from heyue.execution.models import Plan
from heyue.identity import actions as identity
from heyue.identity import reads as people
from heyue.journey import perform
from heyue.journey.waits import reach
from heyue.negotiation import actions as negotiation
from heyue.negotiation import borrower_acts
from heyue.negotiation.models import Negotiation
from heyue.negotiation.terms import Put
from heyue.review import actions as review
from heyue.wallet.reads import by_bank
from kept import built_once

BASE_DAY = date(2026, 11, 16)
FORM = b"%PDF-1.7 a form"
MENU = {
    "method": "flat_fee",
    "monthly_rate": "0.003",
    "periods": [12, 24, 36, 48, 60],
    "down_payment_ratios": ["0", "0.05"],
    "waiver_ratios": ["0", "0.5", "1"],
    "minimum_instalment": "100.00",
    "due_day": 12,
}


def day(on: date) -> None:
    """Stand on this business day, without anything being looked at anew."""
    with transaction.atomic():
        if clock.today() != on:
            clock.advance_to(on)


@dataclass
class Bargain:
    """One application of Lin's at two banks, and what has come of it so far."""

    cast: Cast
    application_id: UUID
    posted: int = field(default=0)

    def id_at(self, bank: Bank) -> UUID:
        """The negotiation's id with this bank; its form carries it from the beginning."""
        return dispatches.visible(self.cast.lin).get(application_id=self.application_id, bank=bank).pk

    def talk(self, bank: Bank) -> Negotiation:
        """The negotiation's row as it stands now."""
        return Negotiation.objects.get(pk=self.id_at(bank))

    def agreement(self, bank: Bank) -> Agreement:
        """The newest agreement with this bank."""
        found = agreements.of_negotiation(self.cast.lin, self.id_at(bank))
        assert found is not None
        return found

    def plan(self, bank: Bank) -> Plan:
        """The running plan with this bank."""
        return Plan.objects.get(negotiation_id=self.id_at(bank))


def as_bank(bank: Bank) -> Actor:
    """The bank's own system."""
    return Actor(Role.BANK, bank_id=bank.pk)


def white_sheet() -> bytes:
    """A picture on which nothing stands."""
    png = io.BytesIO()
    Image.new("RGB", (600, 400), "white").save(png, "PNG")
    return png.getvalue()


@built_once
def submitted(
    cast: Cast | None = None, *, wage: str = "6000", periods: int = 60, papers: dict[str, bytes] | None = None
) -> Bargain:
    """Lin's application at both banks, handed in on the base day; ``papers``: kind of proof → picture."""
    if cast is None:
        day(BASE_DAY)
        cast = assemble()
    for bank in (cast.bank_a, cast.bank_b):
        if not BankPolicy.objects.filter(bank=bank).exists():
            BankPolicy.objects.create(bank=bank, menu=MENU, effective_from=date(2026, 1, 1), source="test")
            build.cards(cast.lin, bank, build.card_told(last4=f"{bank.colour}612", waivable="300.00"))
    menus = {cast.bank_a.pk: MENU, cast.bank_b.pk: MENU}
    application_id = handed_in(cast.lin, menus, wage=wage, periods=periods, papers=papers)
    return Bargain(cast, application_id)


def handed_in(
    lin: Actor,
    menus: dict[UUID, dict[str, Any]],
    *,
    wage: str,
    periods: int,
    papers: dict[str, bytes] | None = None,
) -> UUID:
    """An application for all her cards at these banks, filled in and handed in; its id."""
    application_id = perform(lin, application.start)
    _answer(lin, application_id, menus, wage, periods)
    assert lin.person_id is not None
    for kind, picture in (papers or {"identity": white_sheet()}).items():
        stored = take_in(lin.person_id, kind, f"{KINDS[kind]}.png", picture)
        perform(lin, application.add_proof, application_id=application_id, stored=stored)
    perform(lin, application.submit, application_id=application_id, declared_true=True, bank_ids=set(menus))
    return application_id


def _answer(lin: Actor, application_id: UUID, menus: dict[UUID, dict[str, Any]], wage: str, periods: int) -> None:
    debts = by_bank(lin)
    said = {
        "cards": {"ids": [str(card.pk) for debt in debts for card in debt.cards]},
        "income": {"wage": wage},
        "expenses": {"food": "1500", "housing": "1500", "savings": "2000"},
        "hardship": {"kind": "income-cut", "story": "今年三月起工时减半，工资少了一半。"},
        "wish": {"periods": str(periods), "monthly": "900"},
    }
    kept = {part: answers.clean(part, values) for part, values in said.items()}
    for part, values in kept.items():
        perform(lin, application.save_answers, application_id=application_id, part=part, values=values)
    budget = budget_of(kept)
    request = request_for(budget, debts, menus, [], clock.today())
    perform(
        lin,
        application.keep_recommendation,
        application_id=application_id,
        request=request,
        answer={"plans": []},
        affordable_fen=budget.monthly_fen[0],
        savings_fen=budget.savings_fen,
    )
    plan = {"name": "custom", "periods": {str(d.bank.pk): periods for d in debts}}
    perform(lin, application.save_answers, application_id=application_id, part="plan", values=plan)


@built_once
def passed(deal: Bargain | None = None) -> Bargain:
    """Reviewed and let through; each bank's form is on its way."""
    deal = deal or submitted()
    review_id = deal_review(deal)
    perform(deal.cast.reviewer, review.take, review_id=review_id)
    perform(deal.cast.reviewer, review.pass_, review_id=review_id)
    for row in dispatches.visible(deal.cast.lin).filter(application_id=deal.application_id):
        perform(PLATFORM, dispatch.attach_form, dispatch_id=row.pk, pdf=FORM)
        perform(PLATFORM, dispatch.mark_sent, dispatch_id=row.pk)
    return deal


def deal_review(deal: Bargain) -> UUID:
    """The review of the application."""
    from heyue.review import reads as reviews

    return reviews.visible(deal.cast.reviewer).get(application_id=deal.application_id).pk


@built_once
def received(deal: Bargain | None = None, *banks: Bank) -> Bargain:
    """Acknowledged by these banks (none named: by both); passed first where it was only handed in."""
    if deal is None or not dispatches.visible(deal.cast.lin).filter(application_id=deal.application_id).exists():
        deal = passed(deal)
    for bank in banks or (deal.cast.bank_a, deal.cast.bank_b):
        row = dispatches.dispatch(deal.cast.lin, deal.id_at(bank))
        perform(
            as_bank(bank),
            dispatch.receive,
            dispatch_id=row.pk,
            form_sha256=row.form_sha256,
            received_on=clock.today(),
        )
    return deal


def put(deal: Bargain, bank: Bank, *, periods: int = 24, valid_days: int | None = 7, **changes: object) -> Put:
    """Terms for this bank's debt: 24 periods, nothing waived, first due on the twelfth of next month."""
    debt = deal.talk(bank).debt
    waived_fen = fen(str(changes.pop("waived", "0.00")))
    terms = {
        **debt.asked_terms,
        "principal": yuan(debt.balance_fen - waived_fen),
        "periods": periods,
        "first_due": _next_twelfth().isoformat(),
        **changes,
    }
    until = clock.today() + timedelta(days=valid_days) if valid_days is not None else None
    return Put(terms, waived_fen, "waived", until, build_schedule(terms).hash)


def _next_twelfth() -> date:
    first = clock.today().replace(day=1) + timedelta(days=32)
    return first.replace(day=12)


def offered(deal: Bargain, bank: Bank, **terms: object) -> UUID:
    """The bank's offer; its id."""
    return perform(
        as_bank(bank),
        negotiation.make_offer,
        negotiation_id=deal.id_at(bank),
        put=put(deal, bank, **terms),  # type: ignore[arg-type]
        bank_ref=f"O-{bank.slug}-{deal.talk(bank).offers.count() + 1}",
    )


def accepted(deal: Bargain, bank: Bank, valid_days: int = 7) -> Bargain:
    """The bank accepts as asked."""
    perform(
        as_bank(bank),
        negotiation.accept_as_asked,
        negotiation_id=deal.id_at(bank),
        valid_until=clock.today() + timedelta(days=valid_days),
        bank_ref=f"A-{bank.slug}",
    )
    return deal


def take_offer(deal: Bargain, bank: Bank) -> Bargain:
    """Lin accepts the bank's open offer."""
    perform(
        deal.cast.lin,
        borrower_acts.accept_offer,
        negotiation_id=deal.id_at(bank),
        offer_id=deal.talk(bank).offer_id,
    )
    return deal


def drawn(deal: Bargain, bank: Bank) -> Bargain:
    """The agreement's PDF is made and lies before Lin."""
    row = deal.agreement(bank)
    perform(PLATFORM, agreement.attach_document, agreement_id=row.pk, pdf=document_for(row.pk))
    return deal


def signed(deal: Bargain, bank: Bank) -> Bargain:
    """Lin has signed by a code."""
    row = deal.agreement(bank)
    perform(deal.cast.lin, identity.ask_signing_code, document_sha256=row.sha256)
    perform(
        deal.cast.lin,
        agreement.sign,
        agreement_id=row.pk,
        document_sha256=row.sha256,
        code=build.last_code(people.in_full(deal.cast.lin_person).phone),
    )
    return deal


def in_force(deal: Bargain, bank: Bank) -> Bargain:
    """The bank has signed too."""
    row = deal.agreement(bank)
    perform(
        as_bank(bank),
        agreement.sign_for_bank,
        agreement_id=row.pk,
        document_sha256=row.sha256,
        schedule_hash=row.schedule_hash,
        signer=agreement.BankSigner("李明", "B-0032"),
    )
    return deal


@built_once
def running(deal: Bargain | None = None, bank: Bank | None = None) -> Bargain:
    """A plan of the accepted application that runs at the first bank."""
    deal = deal or received()
    bank = bank or deal.cast.bank_a
    return in_force(signed(drawn(accepted(deal, bank), bank), bank), bank)


def pays(deal: Bargain, bank: Bank, amount_fen: int, period: int | None = None, ref: str = "") -> None:
    """The bank reports a payment made today."""
    deal.posted += 1
    posted = Posted(ref or f"P-{bank.slug}-{deal.posted}", clock.today(), amount_fen, period, "还款")
    perform(as_bank(bank), execution.post_payment, negotiation_id=deal.id_at(bank), posted=posted)


def reach_due() -> int:
    """Let the clock reach every wait whose day is over, as the worker does; how many there were."""
    waits = list(deadlines.due_now())
    for wait in waits:
        if wait.kind == deadlines.WaitKind.INSTALMENT:
            perform(Actor(Role.CLOCK), execution.missed, instalment_id=wait.subject_id)
            deadlines.reach(wait.pk)
        else:
            reach(wait)
    return len(waits)
