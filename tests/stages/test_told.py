"""What a borrower is told reaches her: on a page, counted at home, and nudged by a text that names nothing."""

from __future__ import annotations

import pytest
from django.test import Client

import bargain
from heyue.faces.worker.texts import announce
from heyue.identity.models import Person
from heyue.journey import perform
from heyue.journey.told import read_all, told, unread
from heyue.notices import tell
from heyue.notices.kinds import BY_TEXT, NEWS, YOUR_TURN, NoticeKind
from heyue.notices.models import Notice, TextMessage
from heyue.vault import keyring

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal() -> bargain.Bargain:
    found = bargain.received(bargain.passed(bargain.submitted()))
    bargain.offered(found, found.cast.bank_a)
    return found


def texts() -> list[str]:
    return [
        keyring(message.owner_id).open_text(message.sealed_text, "sms-text")
        for message in TextMessage.objects.filter(good_until__isnull=True).order_by("id")
    ]


def test_an_offer_is_told_in_words_and_counts_as_new_until_it_was_read(deal: bargain.Bargain) -> None:
    lin = deal.cast.lin
    assert any("还价了，等你拿主意" in one.words and one.is_new for one in told(lin))
    assert unread(lin) == len(told(lin))
    perform(lin, read_all)
    assert unread(lin) == 0
    assert not any(one.is_new for one in told(lin))


def test_a_day_that_was_told_in_words_before_days_were_kept_as_such_is_still_read(deal: bargain.Bargain) -> None:
    Notice.objects.filter(kind="bank-received").update(params={"bank": "东湖银行", "due": "11月25日"})
    assert any("最晚 11月25日 答复" in one.words for one in told(deal.cast.lin))


def test_nobody_reads_what_another_was_told(deal: bargain.Bargain) -> None:
    assert told(deal.cast.zhao) == []
    perform(deal.cast.zhao, read_all)
    assert unread(deal.cast.lin) > 0


def test_each_notice_that_must_not_wait_is_texted_once_and_names_no_bank(deal: bargain.Bargain) -> None:
    loud = Notice.objects.filter(kind__in=[kind.value for kind in BY_TEXT]).count()
    assert loud > 0
    assert announce() == loud
    assert announce() == 0
    assert set(texts()) <= {YOUR_TURN, NEWS}
    assert not any(deal.cast.bank_a.short_name in said for said in texts())


def test_what_was_read_already_is_not_texted(deal: bargain.Bargain) -> None:
    perform(deal.cast.lin, read_all)
    assert announce() == 0


def test_every_text_belongs_to_a_notice_kind() -> None:
    assert set(BY_TEXT) <= set(NoticeKind)


def test_the_page_shows_what_is_new_and_home_counts_it(deal: bargain.Bargain, client: Client) -> None:
    client.force_login(deal.cast.lin_person)
    new = unread(deal.cast.lin)
    assert f"{new}条新消息" in client.get("/").content.decode()
    page = client.get("/told").content.decode()
    assert "还价了，等你拿主意" in page
    assert "条新消息" not in client.get("/").content.decode()


def test_a_notice_that_cannot_be_texted_keeps_no_other_waiting(deal: bargain.Bargain) -> None:
    announce()
    gone = Person.objects.get(pk=deal.cast.zhao.person_id)
    for person_id in (gone.pk, deal.cast.lin.person_id):
        tell(person_id, NoticeKind.OFFER_MADE, "negotiation", deal.id_at(deal.cast.bank_a))
    Person.objects.filter(pk=gone.pk).update(is_active=False)
    assert announce() == 1
    assert Notice.objects.get(person_id=gone.pk).texted_at is None
