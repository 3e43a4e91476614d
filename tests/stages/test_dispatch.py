"""The form on its way to each bank: one number each, and nothing without the borrower's consent."""

from __future__ import annotations

from datetime import timedelta

import pytest

import build
from bargain import BASE_DAY, FORM, Bargain, as_bank, day, deal_review, received, submitted
from cast import LIN_ID, LIN_NAME, LIN_PHONE, PASSWORD, ZHAO_ID, ZHAO_NAME, ZHAO_PHONE, Cast
from heyue.application import reads as applications
from heyue.application.models import Debt
from heyue.banks.models import OutboundMessage
from heyue.dispatch import actions as dispatch
from heyue.dispatch import reads as dispatches
from heyue.dispatch.typeset import budget_of
from heyue.engine.moves import PLATFORM, Role
from heyue.engine.refusal import Refusal
from heyue.engine.schedule import build as build_schedule
from heyue.identity.actions import withdraw_consent
from heyue.identity.models import Consent
from heyue.journey import perform
from heyue.review import actions as review

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


def cast_with(slug_a: str, slug_b: str) -> Cast:
    """The cast at two banks of these names."""
    bank_a, bank_b = build.bank(slug_a, "招商银行", "招", colour=1), build.bank(slug_b, "民生银行", "民", colour=2)
    return Cast(
        lin=build.borrower(LIN_PHONE, LIN_NAME, LIN_ID),
        zhao=build.borrower(ZHAO_PHONE, ZHAO_NAME, ZHAO_ID),
        officer_a=build.staff(Role.OFFICER, "wang", "王立", "A-0101", bank_a, password=PASSWORD),
        officer_b=build.staff(Role.OFFICER, "lu", "陆远", "B-0217", bank_b, password=PASSWORD),
        reviewer=build.staff(Role.REVIEWER, "chen", "陈静", "P-0007", password=PASSWORD),
        operator=build.staff(Role.OPERATOR, "zhou", "周宁", "P-0001", password=PASSWORD),
        bank_a=bank_a,
        bank_b=bank_b,
    )


def let_through(deal: Bargain) -> None:
    """The reviewer passes it; no form is made yet."""
    review_id = deal_review(deal)
    perform(deal.cast.reviewer, review.take, review_id=review_id)
    perform(deal.cast.reviewer, review.pass_, review_id=review_id)


@pytest.mark.parametrize(("slug_a", "slug_b"), [("cmb", "cmbc"), ("bank-of-a", "bank-of-b")])
def test_banks_whose_names_begin_alike_get_forms_of_different_numbers(slug_a: str, slug_b: str) -> None:
    day(BASE_DAY)
    deal = submitted(cast_with(slug_a, slug_b))
    let_through(deal)
    numbers = [row.number for row in dispatches.visible(deal.cast.lin)]
    assert len(set(numbers)) == 2
    assert all(len(number) <= 24 for number in numbers)


def test_a_form_whose_consent_was_taken_back_during_the_review_is_not_sent() -> None:
    deal = submitted()
    bank = deal.cast.bank_a
    perform(deal.cast.lin, withdraw_consent, bank_id=bank.pk, purpose=Consent.Purpose.APPLICATION.value)
    let_through(deal)
    for row in dispatches.visible(deal.cast.lin):
        perform(PLATFORM, dispatch.attach_form, dispatch_id=row.pk, pdf=FORM)
    states = {row.bank_id: row.state for row in dispatches.visible(deal.cast.lin)}
    assert states == {bank.pk: "stopped", deal.cast.bank_b.pk: "ready"}
    assert not OutboundMessage.objects.filter(bank=bank).exists()


def test_when_no_bank_is_left_the_application_is_closed() -> None:
    deal = submitted()
    for bank in (deal.cast.bank_a, deal.cast.bank_b):
        perform(deal.cast.lin, withdraw_consent, bank_id=bank.pk, purpose=Consent.Purpose.APPLICATION.value)
    let_through(deal)
    for row in dispatches.visible(deal.cast.lin):
        perform(PLATFORM, dispatch.attach_form, dispatch_id=row.pk, pdf=FORM)
    assert applications.application(deal.cast.lin, deal.application_id).state == "closed"


def test_the_form_tells_the_most_that_other_banks_ask_in_one_month() -> None:
    deal = submitted()
    let_through(deal)
    other = Debt.objects.get(application_id=deal.application_id, bank=deal.cast.bank_b)
    other.asked_terms = {**other.asked_terms, "principal": "1000.00", "periods": 12}
    other.save()
    rows = build_schedule(other.asked_terms).rows
    assert rows[-1].payment_fen > rows[0].payment_fen  # the last instalment takes what rounding left
    row = dispatches.dispatch(deal.cast.lin, deal.id_at(deal.cast.bank_a))
    budget = budget_of(row, applications.answers(deal.cast.lin, row.application))
    assert budget.other_banks_monthly_fen == rows[-1].payment_fen


def test_a_pause_that_is_over_already_is_none() -> None:
    deal = received()
    bank = deal.cast.bank_a
    values = {"dispatch_id": deal.id_at(bank), "granted": True}
    with pytest.raises(Refusal) as refused:
        perform(as_bank(bank), dispatch.answer_standstill, until=BASE_DAY - timedelta(days=1), **values)
    assert (refused.value.code, refused.value.field) == ("pause-over", "until")
    assert dispatches.dispatch(deal.cast.lin, deal.id_at(bank)).standstill == "asked"
    perform(as_bank(bank), dispatch.answer_standstill, until=BASE_DAY, **values)
    assert dispatches.dispatch(deal.cast.lin, deal.id_at(bank)).standstill == "granted"
