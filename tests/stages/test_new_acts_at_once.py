"""Double taps of what a borrower brings, says and closes: one effect, a refusal in words at most."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction

import bargain
from at_once import TAPS, at_once
from cast import ZHAO_NAME, ZHAO_PHONE
from heyue import clock
from heyue.application import actions as application
from heyue.application import uploads
from heyue.application.models import Upload, UploadPart
from heyue.execution import calendar_feed, cannot_pay, reminders, said_paid
from heyue.execution.models import CalendarFeed, EarlyWarning, SaidPaid
from heyue.identity import assistance
from heyue.identity.models import Assistance, ErasureRequest
from heyue.journey import erasure, perform
from heyue.negotiation import borrower_acts
from heyue.negotiation.states import State
from heyue.notices.choices import Choice
from heyue.wallet import own_cards, statement_acts
from heyue.wallet.models import Card, StatementFile

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:No directory at"),
]


@pytest.fixture(autouse=True)
def begun() -> None:
    """The business clock stands on the first day."""
    with transaction.atomic():
        bargain.day(bargain.BASE_DAY)


def test_what_a_borrower_says_of_a_plan_by_many_taps_is_said_once() -> None:
    deal = bargain.running(bargain.received(bargain.submitted(periods=12)))
    lin, plan = deal.cast.lin, deal.plan(deal.cast.bank_a)
    row = plan.instalments.get(period=1)
    said = cannot_pay.Said(1, "part", 100_00, clock.today() + timedelta(days=9), "工资晚发")
    made = Choice((3,), True, False, False, 21, 8)
    for act in (
        partial(perform, lin, calendar_feed.open_feed),
        partial(perform, lin, said_paid.say_paid, instalment_id=row.pk, paid_on=clock.today()),
        partial(perform, lin, cannot_pay.tell_bank, plan_id=plan.pk, said=said),
        partial(perform, lin, reminders.choose, made=made),
    ):
        assert at_once(*[act] * TAPS) == []
    assert CalendarFeed.objects.filter(closed_at__isnull=True).count() == 1
    assert SaidPaid.objects.count() == EarlyWarning.objects.count() == 1


def test_what_a_borrower_brings_by_many_taps_is_brought_once() -> None:
    cast = bargain.received().cast
    lin, person_id = cast.lin, cast.lin_person.pk
    stated = own_cards.Stated("cmb", "8888", "信用卡", clock.today(), 5000_00, 0, 0, 5, 25)
    stored = [statement_acts.store(person_id, "九月.csv", b"a,b\n1,2\n") for _ in range(TAPS)]
    draft = perform(lin, application.start, previous_id=None)
    upload_id = perform(
        lin, uploads.begin_upload, application_id=draft, kind="income", name="工资条.jpg", size_bytes=1000
    )
    parts = [uploads.store_part(lin, b"x" * 100) for _ in range(TAPS)]
    until = clock.today() + timedelta(days=9)
    helps = {"name": ZHAO_NAME, "phone": ZHAO_PHONE, "scopes": frozenset({"see"}), "ends_on": until}
    said = {
        "card-there": [partial(perform, lin, own_cards.add_card, stated=stated)] * TAPS,
        "statement-there": [partial(perform, lin, statement_acts.send_in, stored=one) for one in stored],
        "upload-offset": [
            partial(perform, lin, uploads.add_part, upload_id=upload_id, offset=0, part_bytes=100, file=one)
            for one in parts
        ],
        "helper-there": [partial(perform, lin, assistance.invite, **helps)] * TAPS,
    }
    for code, acts in said.items():
        assert at_once(*acts) == [code] * (TAPS - 1)
    assert Card.objects.filter(link__isnull=True).count() == StatementFile.objects.count() == 1
    assert Upload.objects.get().came_bytes == 100
    assert UploadPart.objects.count() == Assistance.objects.count() == 1


def test_accepting_and_declining_at_once_is_one_of_both_and_erasure_is_asked_once() -> None:
    deal = bargain.received()
    lin, bank = deal.cast.lin, deal.cast.bank_a
    at = {"negotiation_id": deal.id_at(bank), "offer_id": bargain.offered(deal, bank)}
    verbs = (borrower_acts.accept_offer, borrower_acts.decline_offer)
    assert len(at_once(*[partial(perform, lin, verb, **at) for verb in verbs])) == 1
    assert deal.talk(bank).state in (State.AGREED, State.OFFER_DECLINED)
    ending = {State.AGREED: borrower_acts.end_cancelled, State.OFFER_DECLINED: borrower_acts.end}
    perform(lin, ending[State(deal.talk(bank).state)], negotiation_id=deal.id_at(bank))
    perform(lin, borrower_acts.end, negotiation_id=deal.id_at(deal.cast.bank_b))
    assert at_once(*[partial(perform, lin, erasure.ask)] * TAPS) == []
    assert ErasureRequest.objects.count() == 1
