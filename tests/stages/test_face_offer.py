"""The offer's page: two findings in their own words, the counter that fits, accepting, countering."""

from __future__ import annotations

import pytest
from django.test import Client

import bargain
from heyue.journey import perform
from heyue.journey.weighing import most_for, terms_of_choice, tried_by_bad_months, weighed
from heyue.negotiation import actions, reads
from heyue.negotiation.models import Offer
from on_phone import as_lin, as_zhao, page

pytestmark = pytest.mark.django_db


def tight(periods: int = 12, wage: str = "4200") -> bargain.Bargain:
    """Lin can pay ¥1,200 a month for both; the second bank offers ``periods``."""
    deal = bargain.received(bargain.submitted(wage=wage))
    bargain.offered(deal, deal.cast.bank_b, periods=periods)
    return deal


def offer_page(deal: bargain.Bargain) -> str:
    """The address of the second bank's offer."""
    return f"/n/{deal.id_at(deal.cast.bank_b)}/offer"


def test_an_offer_that_savings_cannot_carry_says_in_which_month_it_fails() -> None:
    deal = tight()
    seen = weighed(deal.cast.lin, deal.id_at(deal.cast.bank_b))
    assert seen.offered is not None
    assert seen.offered.view.fails_in_month == 5
    said = page(as_lin(deal), offer_page(deal))
    assert "按南山的条件，第5个月就付不出" in said
    assert "超出能拿出的" in said


def test_an_offer_that_savings_carry_says_over_and_not_failing() -> None:
    deal = bargain.received(bargain.submitted(wage="3920"))
    bargain.offered(deal, deal.cast.bank_b, periods=24)
    seen = weighed(deal.cast.lin, deal.id_at(deal.cast.bank_b))
    assert seen.offered is not None
    assert (seen.offered.view.over_by_fen > 0, seen.offered.view.fails_in_month) == (True, None)
    said = page(as_lin(deal), offer_page(deal))
    assert "按南山的条件，每月超出能拿出" in said
    assert "付不出" not in said
    assert "手头的钱垫得住" in said


def test_the_suggested_counter_is_on_the_banks_menu_and_fits_beside_all_others() -> None:
    deal = tight()
    seen = weighed(deal.cast.lin, deal.id_at(deal.cast.bank_b))
    assert seen.suggested is not None
    assert seen.suggested.view.fits
    assert seen.suggested.choice in seen.menu
    assert all(m.total_fen <= 1200_00 for m in seen.suggested.view.months)
    assert [other.bank for other in seen.others] == [deal.cast.bank_a]


def test_a_running_plan_elsewhere_is_counted() -> None:
    deal = tight()
    before = most_for(deal.cast.lin, deal.id_at(deal.cast.bank_b))
    bargain.running(deal)
    assert most_for(deal.cast.lin, deal.id_at(deal.cast.bank_b)) == before
    first = deal.plan(deal.cast.bank_a).instalments.order_by("period")[0]
    assert before == 1200_00 - first.amount_fen


def test_an_offer_that_fits_is_advised_to_be_accepted() -> None:
    deal = tight(periods=48, wage="6000")
    said = page(as_lin(deal), offer_page(deal))
    assert "每月还能剩" in said
    assert "接受这个条件" in said


def test_accepting_asks_once_more_and_a_second_tap_lands_at_the_agreement() -> None:
    deal = tight(periods=48)
    client, address = as_lin(deal), f"/n/{deal.id_at(deal.cast.bank_b)}/accept"
    assert "接受以后会怎样" in page(client, address)
    offer_id = str(deal.talk(deal.cast.bank_b).offer_id)
    for _ in range(2):
        done = client.post(address, {"offer": offer_id})
        assert done["Location"] == f"/agreement/{deal.agreement(deal.cast.bank_b).pk}"
    assert client.get(offer_page(deal))["Location"].startswith("/agreement/")
    assert client.get(address)["Location"].startswith("/agreement/")


def test_an_offer_that_was_replaced_meanwhile_is_not_accepted() -> None:
    deal = tight(periods=48)
    old = str(deal.talk(deal.cast.bank_b).offer_id)
    bargain.offered(deal, deal.cast.bank_b, periods=36)
    client = as_lin(deal)
    done = client.post(f"/n/{deal.id_at(deal.cast.bank_b)}/accept", {"offer": old}, follow=True)
    assert "这个条件已经不在了" in done.content.decode()
    assert client.post(f"/n/{deal.id_at(deal.cast.bank_b)}/accept", {"offer": "x"}).status_code == 302
    assert not reads.is_agreed(deal.talk(deal.cast.bank_b))


def test_the_suggested_counter_goes_in_one_tap() -> None:
    deal = tight()
    client, address = as_lin(deal), f"/n/{deal.id_at(deal.cast.bank_b)}/counter"
    choice = weighed(deal.cast.lin, deal.id_at(deal.cast.bank_b)).suggested.choice  # type: ignore[union-attr]
    typed = {
        "periods": choice.periods,  # type: ignore[union-attr]
        "down_payment": choice.down_payment_ratio.text,  # type: ignore[union-attr]
        "waiver": choice.waiver_ratio.text,  # type: ignore[union-attr]
    }
    for _ in range(2):
        done = client.post(address, typed)
        assert done["Location"] == f"/progress/{deal.application_id}"
    counter = Offer.objects.get(by=Offer.By.BORROWER)
    assert counter.hash == choice.schedule.hash  # type: ignore[union-attr]
    assert "你的还价在南山那里" in page(client, offer_page(deal))
    assert client.get(address).status_code == 302


def test_other_numbers_are_tried_before_they_are_sent() -> None:
    deal = tight()
    client, address = as_lin(deal), f"/n/{deal.id_at(deal.cast.bank_b)}/counter"
    said = page(client, f"{address}?periods=60&down_payment=0&waiver=1")
    assert "这样还，每月还能剩" in said
    assert not Offer.objects.filter(by=Offer.By.BORROWER).exists()
    wrong = client.get(f"{address}?periods=59&down_payment=0&waiver=1")
    assert wrong.status_code == 422
    assert "从银行能给的里面选一个" in wrong.content.decode()
    typed = {"periods": 60, "down_payment": "0", "waiver": "1", "note": "每月付得起这么多"}
    too_long = client.post(address, {**typed, "note": "长" * 501})
    assert too_long.status_code == 422
    assert "长" * 501 in too_long.content.decode()
    assert client.post(address, typed).status_code == 302
    assert Offer.objects.get(by=Offer.By.BORROWER).note == "每月付得起这么多"


def test_what_was_changed_after_it_was_shown_is_shown_first_and_the_words_stay() -> None:
    deal = tight()
    client, address = as_lin(deal), f"/n/{deal.id_at(deal.cast.bank_b)}/counter"
    typed = {"periods": 48, "down_payment": "0", "waiver": "1", "note": "每月付得起这么多"}
    for more in ({"look": "1"}, {"seen": "60/0/1"}):
        shown = client.post(address, typed | more)
        assert shown.status_code == 200
        assert "这样还" in shown.content.decode()
        assert "每月付得起这么多" in shown.content.decode()
    assert not Offer.objects.filter(by=Offer.By.BORROWER).exists()
    wrong = client.post(address, typed | {"periods": 59})
    assert wrong.status_code == 422
    assert "每月付得起这么多" in wrong.content.decode()
    assert client.post(address, typed | {"seen": "48/0/1"}).status_code == 302
    assert Offer.objects.get(by=Offer.By.BORROWER).terms["periods"] == 48


def test_the_banks_own_terms_are_not_sent_back_as_a_counter() -> None:
    deal = tight(periods=24)
    typed = {"periods": 24, "down_payment": "0", "waiver": "0"}
    same = as_lin(deal).post(f"/n/{deal.id_at(deal.cast.bank_b)}/counter", typed)
    assert same.status_code == 422
    assert "直接接受就行" in same.content.decode()


def test_the_terms_that_hurt_are_told_with_their_sums() -> None:
    deal = bargain.received(bargain.submitted(wage="4200"))
    bargain.offered(deal, deal.cast.bank_b, periods=12, monthly_rate="0.006", down_payment="2500.00")
    said = page(as_lin(deal), offer_page(deal)).split("这个条件哪里吃亏")[1].split("</section>")[0]
    assert "先付的比手头的多 ¥500.00" in said
    assert "它最多能免 ¥300.00，这次少免了 ¥300.00" in said
    assert "它自己的条件里有更低的" in said
    assert "只给12期，它最长能给60期" in said


def test_each_bad_turn_says_what_would_be_missing_under_both_sets_of_terms() -> None:
    deal = tight()
    seen = weighed(deal.cast.lin, deal.id_at(deal.cast.bank_b))
    assert seen.suggested is not None
    turns = {turn.name: turn for turn in tried_by_bad_months(seen, seen.suggested)}
    assert set(turns) == {"income_drop", "job_loss", "medical_bill"}
    # Of 4,200 a month three tenths are gone for three months; what a month spares and the savings carry comes off.
    drop, months = turns["income_drop"], seen.suggested.view.months
    hit = months[drop.worst_month - 1 : drop.worst_month + 2]
    left = seen.savings_fen - seen.suggested.schedule.plan.down_payment_fen
    assert drop.missing_fen == sum(1260_00 - (m.affordable_fen - m.total_fen) for m in hit) - left > 0
    assert not turns["job_loss"].is_borne
    said = page(as_lin(deal), offer_page(deal)).split("要是碰上坏月份")[1].split("</section>")[0]
    assert "第5个月付不出" in said
    assert "没了工作，6个月没有收入" in said
    assert "最多差 ¥" in said


def test_why_the_bank_may_refuse_is_told_with_words_to_use() -> None:
    deal = bargain.received(bargain.submitted(wage="4200"))
    bargain.offered(deal, deal.cast.bank_b, periods=12, down_payment="1000.00")
    said = page(as_lin(deal), offer_page(deal)).split("银行为什么可能不同意")[1].split("</section>")[0]
    assert "它想早一点收回" in said
    assert "它想先多收" in said
    assert "它要多免 ¥300.00 的息费" in said


def test_an_offer_is_turned_down_after_a_second_thought_and_what_was_written_stays() -> None:
    deal = tight()
    client, address = as_lin(deal), f"/n/{deal.id_at(deal.cast.bank_b)}/decline"
    assert f'href="{address}"' in page(client, offer_page(deal))
    assert "不能再接受" in page(client, address)
    typed = {"offer_id": str(deal.talk(deal.cast.bank_b).offer_id), "reason": "长" * 501}
    long = client.post(address, typed)
    assert long.status_code == 200
    assert "长" * 501 in long.content.decode()
    for _ in range(2):
        assert client.post(address, typed | {"reason": "每月付不出"})["Location"] == offer_page(deal)
    assert reads.is_declined(deal.talk(deal.cast.bank_b))
    said = page(client, offer_page(deal))
    assert "你没要南山的条件" in said
    assert "接受银行的条件" not in said
    assert as_zhao(deal).post(address, typed).status_code == 404


def test_nothing_that_fits_is_said_with_what_comes_nearest() -> None:
    deal = tight(wage="3100")
    seen = weighed(deal.cast.lin, deal.id_at(deal.cast.bank_b))
    assert (seen.suggested, seen.closest is not None) == (None, True)
    said = page(as_lin(deal), offer_page(deal))
    assert "没有一个是现在付得起的" in said
    assert "最接近的" in said


def test_an_expired_offer_may_be_countered_anew() -> None:
    deal = tight()
    bargain.day(deal.talk(deal.cast.bank_b).offer.valid_until)  # type: ignore[union-attr,arg-type]
    bargain.day(bargain.date(2026, 11, 24))
    bargain.reach_due()
    said = page(as_lin(deal), offer_page(deal))
    assert "条件过期了，轮到你提" in said
    assert "用 " in said
    choice = weighed(deal.cast.lin, deal.id_at(deal.cast.bank_b)).suggested.choice  # type: ignore[union-attr]
    put, _terms = terms_of_choice(
        weighed(deal.cast.lin, deal.id_at(deal.cast.bank_b)),
        choice.periods,  # type: ignore[union-attr]
        choice.down_payment_ratio.text,  # type: ignore[union-attr]
        choice.waiver_ratio.text,  # type: ignore[union-attr]
    )
    assert put.terms["first_due"] == "2026-12-12"


def test_late_in_the_month_the_menu_leaves_the_bank_time_to_answer() -> None:
    deal = bargain.received()
    bargain.day(bargain.date(2026, 11, 30))
    bargain.offered(deal, deal.cast.bank_b, periods=12)
    bargain.day(bargain.date(2026, 12, 1))
    seen = weighed(deal.cast.lin, deal.id_at(deal.cast.bank_b))
    assert {c.plan.first_due_on for c in seen.menu} == {bargain.date(2027, 1, 12)}
    bargain.day(bargain.date(2026, 12, 7))
    bargain.reach_due()
    bargain.day(bargain.date(2027, 1, 5))
    seen = weighed(deal.cast.lin, deal.id_at(deal.cast.bank_b))
    assert {c.plan.first_due_on for c in seen.menu} == {bargain.date(2027, 2, 12)}


def test_without_an_offer_there_is_no_offer_page() -> None:
    deal = bargain.received()
    assert as_lin(deal).get(offer_page(deal))["Location"] == f"/progress/{deal.application_id}"
    assert as_lin(deal).get(f"/n/{deal.id_at(deal.cast.bank_b)}/accept").status_code == 302


def test_a_stranger_accepts_and_counters_nothing() -> None:
    deal = tight()
    ours, offer_id = deal.id_at(deal.cast.bank_b), str(deal.talk(deal.cast.bank_b).offer_id)
    assert as_zhao(deal).post(f"/n/{ours}/accept", {"offer": offer_id}).status_code == 404
    assert as_zhao(deal).post(f"/n/{ours}/counter", {"periods": 60}).status_code == 404


def test_a_form_from_elsewhere_is_not_taken() -> None:
    deal = tight()
    client = Client(enforce_csrf_checks=True)
    client.force_login(deal.cast.lin_person)
    ours, offer_id = deal.id_at(deal.cast.bank_b), str(deal.talk(deal.cast.bank_b).offer_id)
    assert client.post(f"/n/{ours}/accept", {"offer": offer_id}).status_code == 403
    assert not reads.is_agreed(deal.talk(deal.cast.bank_b))


def test_the_banks_words_on_a_refused_counter_are_shown() -> None:
    deal = tight()
    client, ours = as_lin(deal), deal.id_at(deal.cast.bank_b)
    client.post(f"/n/{ours}/counter", {"periods": 60, "down_payment": "0", "waiver": "1"})
    counter = Offer.objects.get(by=Offer.By.BORROWER)
    perform(
        bargain.as_bank(deal.cast.bank_b),
        actions.refuse_counter,
        negotiation_id=ours,
        counter_id=counter.pk,
        text="最多给36期",
    )
    assert "最多给36期" in page(client, "/progress")
