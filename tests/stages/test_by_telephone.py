"""A bank that is reached by telephone alone: called at once, received and answered by its word, ended at will."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bargain import Bargain, day, passed, reach_due
from heyue import clock
from heyue.banks.models import Bank
from heyue.deadlines import open_waits
from heyue.deadlines.models import Wait
from heyue.dispatch import actions as dispatch
from heyue.dispatch.models import Dispatch
from heyue.engine.refusal import Refusal
from heyue.evidence import facts_of
from heyue.evidence.models import Leaf
from heyue.journey import perform, story
from heyue.journey.matters import Phase, matter
from heyue.journey.next_act import Kind, next_act
from heyue.journey.standing import busy_banks
from heyue.negotiation.models import Call
from on_phone import as_lin, as_zhao, page

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:No directory at")]


@pytest.fixture
def deal() -> Bargain:
    """Passed by the review; the first bank is reached by telephone alone, its form is made."""
    found = passed()
    Bank.objects.filter(pk=found.cast.bank_a.pk).update(channel=Bank.Channel.PHONE, base_url="")
    return found


def call_at(deal: Bargain) -> str:
    """The address of the call page."""
    return f"/n/{deal.id_at(deal.cast.bank_a)}/call"


def noted(deal: Bargain, result: str, **more: str) -> str:
    """The note of a call is taken; the page that comes then."""
    answer = as_lin(deal).post(call_at(deal), {"result": result, **more}, follow=True)
    assert answer.redirect_chain, answer.content.decode()
    return answer.content.decode()


def open_kinds(deal: Bargain) -> set[str]:
    """What is waited for of the first bank."""
    place = deal.id_at(deal.cast.bank_a)
    return {wait.kind for wait in open_waits([place]).get(place, [])}


def test_it_is_called_at_once_with_the_guide_and_every_call_is_kept(deal: Bargain) -> None:
    act = next_act(deal.cast.lin)
    assert act
    assert (act.kind, act.subject_id) == (Kind.CALL, deal.id_at(deal.cast.bank_a))
    assert call_at(deal) in page(as_lin(deal), f"/progress/{deal.application_id}")
    said = page(as_lin(deal), call_at(deal))
    for words in ("我想协商还款", "请问交到哪里", "说收到了申请", "提了条件", "保存通话记录"):
        assert words in said
    on = clock.today() + timedelta(days=2)
    noted(deal, "promised", promised_on=on.isoformat(), staff="8801", notes="周三回电话")
    kept = Call.objects.get()
    assert (kept.dispatch_id, kept.promised_on) == (deal.id_at(deal.cast.bank_a), on)
    assert deal.cast.bank_a.pk in busy_banks(deal.cast.lin)
    assert open_kinds(deal) == {"delivery", "promised-answer"}
    assert "周三回电话" in page(as_lin(deal), call_at(deal))
    assert as_zhao(deal).post(call_at(deal), {"result": "checking"}).status_code == 404
    day(on + timedelta(days=1))
    reach_due()
    assert Leaf.objects.filter(kind="dispatch.promise-broken").count() == 1


def test_its_word_on_the_telephone_is_the_receipt_and_called_so(deal: Bargain) -> None:
    lin, place = deal.cast.lin, deal.id_at(deal.cast.bank_a)
    missing = as_lin(deal).post(call_at(deal), {"result": "received"})
    assert missing.status_code == 200
    assert "记下对方的工号" in missing.content.decode()
    assert not Call.objects.exists()
    said = noted(deal, "received", staff="8801")
    assert "它在电话里说收到了申请" in said
    assert "这是你记下的，它没有签回执" in said
    form = Dispatch.objects.get(pk=place)
    assert (form.receipt_ground, form.received_on, form.receipt) == ("telephone", clock.today(), None)
    assert matter(lin, place).phase == Phase.AWAITING
    assert open_kinds(deal) == {"first-answer"}
    (facts,) = facts_of([Leaf.objects.get(kind="dispatch.receipt-told")])
    assert (facts["ground"], facts["call"]) == ("telephone", str(Call.objects.get().pk))
    assert not Leaf.objects.filter(kind="dispatch.received").exists()
    assert not any("told" in one.kind or "call" in one.kind for one in story.of_negotiation(deal.cast.officer_a, place))
    assert "说收到了申请" not in page(as_lin(deal), call_at(deal)).split("记过的电话")[0]


@pytest.mark.parametrize(("result", "words"), [("offered", "它在电话里提了条件"), ("refused", "它在电话里说不同意")])
@pytest.mark.parametrize("received_before", [True, False])
def test_an_answer_told_there_is_noted_and_nobody_is_called_late(
    deal: Bargain, result: str, words: str, received_before: bool
) -> None:
    if received_before:
        noted(deal, "received", staff="8801", called_at="2026-11-16T01:00:00+00:00")
    said = noted(deal, result, staff="8802", notes="24 期，每月 900")
    assert words in said
    assert "这是你记下的" in said
    talk = deal.talk(deal.cast.bank_a)
    assert (talk.told, talk.told_on) == (result, clock.today())
    assert not open_kinds(deal)
    answer = as_lin(deal).post(f"/n/{talk.pk}/end", follow=True)
    assert "不谈了" in answer.content.decode()
    assert matter(deal.cast.lin, talk.pk).phase == Phase.ENDED


def test_an_offer_is_noted_with_what_it_says(deal: Bargain) -> None:
    answer = as_lin(deal).post(call_at(deal), {"result": "offered", "staff": "8801"})
    assert "写下它提的条件" in answer.content.decode()
    assert not Call.objects.exists()


def test_it_is_ended_before_any_receipt_and_can_be_asked_anew(deal: Bargain) -> None:
    place = deal.id_at(deal.cast.bank_a)
    asked = page(as_lin(deal), f"/n/{place}/end")
    assert "结束这一家" in asked
    noted(deal, "promised", promised_on=clock.today().isoformat())
    answer = as_lin(deal).post(f"/n/{place}/end", follow=True)
    assert "别家照常" in answer.content.decode()
    assert matter(deal.cast.lin, place).phase == Phase.STOPPED
    assert deal.cast.bank_a.pk not in busy_banks(deal.cast.lin)
    assert not Wait.objects.filter(subject_id=place, outcome="open").exists()
    assert "保存通话记录" not in page(as_lin(deal), call_at(deal))


def test_a_bank_that_answers_itself_is_neither_received_nor_given_up_by_word(deal: Bargain) -> None:
    place = deal.id_at(deal.cast.bank_b)
    client = as_lin(deal)
    assert "说收到了申请" not in page(client, f"/n/{place}/call")
    assert client.post(f"/n/{place}/call", {"result": "received", "staff": "8801"}).status_code == 200
    assert client.post(f"/n/{place}/call", {"result": "refused"}).status_code == 302
    assert matter(deal.cast.lin, place).phase == Phase.ON_THE_WAY
    with pytest.raises(Refusal) as refused:
        perform(deal.cast.lin, dispatch.give_up, dispatch_id=place)
    assert refused.value.code == "bank-answers-itself"
    assert "等它收到了" in page(client, f"/n/{place}/end")
