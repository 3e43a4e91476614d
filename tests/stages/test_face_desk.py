"""The desk: who may see which page, and what each role does there."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client

import bargain
from at_desk import case_address, desk_of, review_address
from bargain import Bargain
from cast import LIN_ID, LIN_NAME, PASSWORD, Cast
from heyue import clock
from heyue.application.models import ProofLook
from heyue.dispatch import reads as dispatches
from heyue.engine.refusal import NotFound
from heyue.evidence.models import Leaf
from heyue.journey import perform
from heyue.journey.beside import beside
from heyue.negotiation import borrower_acts
from heyue.negotiation.models import Negotiation, Offer

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal() -> Bargain:
    """Lin's application with both banks' receipts."""
    return bargain.received()


@pytest.fixture
def cast(deal: Bargain) -> Cast:
    return deal.cast


PAGES: list[tuple[str, Callable[[Bargain], str], dict[str, int]]] = [
    ("reviews", lambda d: "/desk/reviews", {"reviewer": 200, "officer_a": 403, "operator": 403}),
    ("one review", review_address, {"reviewer": 200, "officer_a": 403, "operator": 403}),
    ("cases", lambda d: "/desk/cases", {"reviewer": 403, "officer_a": 200, "officer_b": 200, "operator": 403}),
    ("one case", case_address, {"reviewer": 403, "officer_a": 200, "officer_b": 404, "operator": 403}),
    ("board", lambda d: "/desk/sla", {"reviewer": 200, "officer_a": 403, "operator": 200}),
    ("messages", lambda d: "/desk/messages", {"reviewer": 200, "officer_a": 403, "operator": 200}),
    ("payments", lambda d: "/desk/payments", {"reviewer": 200, "officer_a": 403, "operator": 200}),
    ("clock", lambda d: "/desk/clock", {"reviewer": 200, "officer_a": 403, "operator": 200}),
]


def test_each_role_sees_its_own_pages_and_no_other(deal: Bargain, cast: Cast) -> None:
    for role in ("reviewer", "officer_a", "officer_b", "operator"):
        browser = desk_of(getattr(cast, role))
        for name, address, allowed in PAGES:
            if role in allowed:
                answer = browser.get(address(deal))
                assert answer.status_code == allowed[role], (name, role)
                if answer.status_code != 200:
                    assert "回到" in answer.content.decode(), (name, role)


def test_signing_in_says_what_is_wrong_and_keeps_the_login(cast: Cast) -> None:
    browser = Client()
    empty = browser.post("/desk/signin", {"login": "", "password": ""}).content.decode()
    assert "先填账号" in empty
    assert "先填密码" in empty
    wrong = browser.post("/desk/signin", {"login": "wang", "password": "not-this-one"}).content.decode()
    assert "账号或密码不对" in wrong
    assert 'value="wang"' in wrong
    assert browser.get("/desk/cases")["Location"] == "/desk/signin?next=%2Fdesk%2Fcases"
    landed = browser.post("/desk/signin", {"login": "wang", "password": PASSWORD, "next": "/desk/cases"})
    assert landed["Location"] == "/desk/cases"
    assert browser.post("/desk/signout").status_code == 302
    assert browser.get("/desk/cases").status_code == 302


def test_a_borrower_is_not_let_in(cast: Cast) -> None:
    browser = Client()
    browser.force_login(cast.lin_person)
    browser.cookies["heyue_desk"] = browser.cookies["sessionid"].value
    assert browser.get("/desk/cases").status_code == 403


# ── an officer's case ──────────────────────────────────────────────────────────────────────────────────


def test_an_officer_sees_no_other_banks_case_paper_or_document(deal: Bargain, cast: Cast) -> None:
    bargain.drawn(bargain.accepted(deal, cast.bank_a), cast.bank_a)
    here = case_address(deal)
    row = dispatches.dispatch(cast.lin, deal.id_at(cast.bank_a))
    ((proof, _name),) = dispatches.proofs_shown(cast.lin, row)
    pages = ["", f"/proofs/{proof.pk}", "/form.pdf", f"/agreements/{deal.agreement(cast.bank_a).pk}.pdf"]
    own, other = desk_of(cast.officer_a), desk_of(cast.officer_b)
    for page in pages:
        assert own.get(here + page).status_code == 200, page
        assert other.get(here + page).status_code == 404, page
    for act in ("receive", "standstill", "assign", "ask", "accept", "refuse", "unmask"):
        assert other.post(f"{here}/{act}").status_code == 404, act
    opened = Leaf.objects.filter(kind="dispatch.paper-opened")
    assert {leaf.actor_id for leaf in opened} == {cast.officer_a.person_id}
    assert opened.count() == 2
    theirs = f"/desk/cases/{deal.id_at(cast.bank_b)}"
    assert other.get(f"{theirs}/agreements/{deal.agreement(cast.bank_a).pk}.pdf").status_code == 404


def test_particulars_are_masked_until_a_reason_is_given_and_that_is_recorded(deal: Bargain, cast: Cast) -> None:
    browser, here = desk_of(cast.officer_a), case_address(deal)
    assert LIN_NAME not in browser.get(here).content.decode()
    refused = browser.post(f"{here}/unmask", {"reason": "看"})
    assert refused.status_code == 200
    assert "持卡人会看到" in refused.content.decode()
    assert not Leaf.objects.filter(kind="person.unmasked").exists()
    shown = browser.post(f"{here}/unmask", {"reason": "电话回访前核对身份"}).content.decode()
    assert LIN_NAME in shown
    assert LIN_ID in shown
    (leaf,) = Leaf.objects.filter(kind="person.unmasked")
    assert (leaf.actor_id, leaf.borrower_id) == (cast.officer_a.person_id, cast.lin.person_id)
    assert leaf.negotiation_id == deal.id_at(cast.bank_a)
    assert LIN_NAME not in browser.get(here).content.decode()


def test_each_opening_of_a_paper_is_one_look(deal: Bargain, cast: Cast) -> None:
    browser, here = desk_of(cast.officer_a), case_address(deal)
    row = dispatches.dispatch(cast.lin, deal.id_at(cast.bank_a))
    ((proof, _name),) = dispatches.proofs_shown(cast.lin, row)
    browser.get(here)
    assert not ProofLook.objects.exists()
    assert browser.get(f"{here}?proof={proof.pk}").status_code == 200
    picture = browser.get(f"{here}/proofs/{proof.pk}")
    assert picture["Content-Type"] == "image/jpeg"
    assert picture["Cache-Control"] == "no-store"
    (look,) = ProofLook.objects.all()
    assert (look.actor_id, look.bank_id) == (cast.officer_a.person_id, cast.bank_a.pk)
    assert browser.get(f"{here}?proof={uuid4()}").status_code == 404


def test_a_form_that_no_system_acknowledged_is_acknowledged_by_hand() -> None:
    deal = bargain.passed()
    browser, here = desk_of(deal.cast.officer_a), case_address(deal)
    row = dispatches.dispatch(deal.cast.lin, deal.id_at(deal.cast.bank_a))
    assert row.form_sha256 in browser.get(here).content.decode()
    wrong = browser.post(f"{here}/receive", {"form_sha256": "0" * 64}, follow=True).content.decode()
    assert "不一致" in wrong
    assert not Negotiation.objects.exists()
    done = browser.post(f"{here}/receive", {"form_sha256": row.form_sha256}, follow=True).content.decode()
    assert "等首次答复" in done
    twice = browser.post(f"{here}/receive", {"form_sha256": row.form_sha256}, follow=True)
    assert twice.status_code == 200
    assert deal.talk(deal.cast.bank_a).opened_on == clock.today()


def offer_typed(browser: Client, here: str, **changes: str) -> dict[str, str]:
    """What the builder stands at, with some fields typed over."""
    page = browser.get(here).content.decode()
    form = page[page.index('id="offer"') :]
    typed = dict(re.findall(r'<input[^>]*?name="(\w+)"[^>]*?value="([^"]*)"', form))
    typed |= {
        name: value for value, name in re.findall(r'value="([^"]*)"[^>]*?name="(\w+)"', form) if name not in typed
    }
    kept = {k: v for k, v in typed.items() if k not in ("try", "make", "ground", "rule", "csrfmiddlewaretoken")}
    return {**kept, "method": "flat_fee", "interest_after": "waived", **changes}


def previewed(page: str) -> str:
    found = re.search(r'id="preview-hash">([0-9a-f]{64})<', page)
    assert found
    return found[1]


def test_what_was_previewed_is_what_is_offered_to_the_hash(deal: Bargain, cast: Cast) -> None:
    browser, here = desk_of(cast.officer_a), case_address(deal)
    typed = offer_typed(browser, here, periods="36", waived="100.00", rate="0.25")
    tried = browser.post(here, {**typed, "try": "1"})
    page = tried.content.decode()
    assert tried.status_code == 200
    assert "第七十条" in page
    assert "持卡人还剩" in page
    assert not Offer.objects.exists()
    seen = previewed(page)
    unseen = browser.post(here, {**typed, "make": "1"})
    assert "条件改过了" in unseen.content.decode()
    assert not Offer.objects.exists()
    made = browser.post(here, {**typed, "previewed": seen, "make": "1"}, follow=True)
    assert "等持卡人拿主意" in made.content.decode()
    again = browser.post(here, {**typed, "previewed": seen, "make": "1"}, follow=True)
    assert again.status_code == 200
    (offer,) = Offer.objects.all()
    assert (offer.hash, offer.waived_fen, offer.terms["periods"]) == (seen, 100_00, 36)
    assert offer.terms["monthly_rate"] == "0.0025"


BAD_TERMS = (
    ("periods", "61", "不能超过 60 期：按商业银行信用卡业务监督管理办法第七十条，最长 5 年"),
    ("periods", "三十六", "填整数"),
    ("down_payment", "一千", "填数字"),
    ("down_payment", "99999999.00", "首付应小于本金"),
    ("rate", "0,2", "填百分数"),
    ("rate", "250", "看看小数点"),
    ("due_day", "32", "填 1 到 31"),
    ("waived", "301.00", "减免不能超过可减免的数"),
    ("valid_until", "明天", "日期写成"),
    ("valid_until", "2020-01-01", "有效期要在今天以后"),
)


def test_a_bad_term_is_said_at_its_field_and_kept(deal: Bargain, cast: Cast) -> None:
    browser, here = desk_of(cast.officer_a), case_address(deal)
    good = offer_typed(browser, here)
    for field, typed, words in BAD_TERMS:
        answer = browser.post(here, {**good, field: typed, "try": "1"})
        page = answer.content.decode()
        assert answer.status_code == 200, (field, typed)
        said = re.search(rf'id="offerform_{field}_error">.*?</p>', page, re.S)
        assert said, (field, typed)
        assert words in said[0]
        assert f'value="{typed}"' in page
    assert not Offer.objects.exists()


def test_an_officer_answers_in_every_way(deal: Bargain, cast: Cast) -> None:
    browser, here = desk_of(cast.officer_a), case_address(deal)
    assert "王立 A-0101 负责" in browser.post(f"{here}/assign", follow=True).content.decode()
    assert "写明暂停到哪一天" in browser.post(f"{here}/standstill", {"answer": "grant"}).content.decode()
    paused = browser.post(f"{here}/standstill", {"answer": "grant", "until": "2026-12-31"}, follow=True)
    assert "已同意暂停催收" in paused.content.decode()
    assert "写下要问的话" in browser.post(f"{here}/ask", {"text": "", "token": uuid4()}).content.decode()
    question = {"text": "加班费每月都有吗？", "token": str(uuid4())}
    browser.post(f"{here}/ask", question)
    twice = browser.post(f"{here}/ask", question, follow=True).content.decode()
    assert twice.count("加班费每月都有吗") == 1
    assert "写明依据哪条规定" in browser.post(f"{here}/refuse", {"ground": "policy", "text": "不行"}).content.decode()
    refused = {"ground": "policy", "text": "逾期不到60天的不办", "rule": "我行2026年政策 3.1"}
    page = browser.post(f"{here}/refuse", refused, follow=True).content.decode()
    assert "婉拒了" in page
    assert "我行2026年政策 3.1" in page
    after = browser.post(f"{here}/accept", {"valid_until": "2026-11-30"}, follow=True).content.decode()
    assert "已经到了另一步" in after


def test_an_officer_accepts_as_asked(deal: Bargain, cast: Cast) -> None:
    browser, here = desk_of(cast.officer_a), case_address(deal)
    late = browser.post(f"{here}/accept", {"valid_until": "2027-06-01"})
    assert late.status_code == 200
    assert 'id="acceptform_valid_until_error"' in late.content.decode()
    page = browser.post(f"{here}/accept", {"valid_until": "2026-11-30"}, follow=True).content.decode()
    assert "协议在排版" in page
    assert deal.talk(cast.bank_a).offer.hash == deal.talk(cast.bank_a).debt.asked_hash


def test_an_officer_answers_a_counter_offer(deal: Bargain, cast: Cast) -> None:
    bargain.offered(deal, cast.bank_a, periods=24)
    terms = bargain.put(deal, cast.bank_a, periods=48, valid_days=None)
    counter_id = perform(cast.lin, borrower_acts.counter, negotiation_id=deal.id_at(cast.bank_a), put=terms)
    browser, here = desk_of(cast.officer_a), case_address(deal)
    page = browser.get(here).content.decode()
    assert "持卡人还价" in page
    assert "48期" in page
    empty = browser.post(f"{here}/counters/{counter_id}/refuse", {"text": ""})
    assert "写清楚为什么" in empty.content.decode()
    browser.post(f"{here}/counters/{counter_id}/refuse", {"text": "期数太长"})
    gone = browser.post(f"{here}/counters/{counter_id}/accept", {"valid_until": "2026-11-30"}, follow=True)
    assert "最新的" in gone.content.decode()
    again = perform(cast.lin, borrower_acts.counter, negotiation_id=deal.id_at(cast.bank_a), put=terms)
    done = browser.post(f"{here}/counters/{again}/accept", {"valid_until": "2026-11-30"}, follow=True)
    assert "协议在排版" in done.content.decode()


def test_the_case_follows_the_agreement_to_its_payments(deal: Bargain, cast: Cast) -> None:
    bargain.running(deal, cast.bank_a)
    plan = deal.plan(cast.bank_a)
    first = plan.instalments.order_by("period").first()
    assert first is not None
    bargain.pays(deal, cast.bank_a, first.amount_fen)
    bargain.pays(deal, cast.bank_a, 1_23)
    page = desk_of(cast.officer_a).get(case_address(deal)).content.decode()
    assert plan.schedule_hash in page
    assert "你签了" not in page
    assert "按期在还" in page
    assert "签于" in page
    assert "还没收到停催消息" in page
    assert "对不上的入账" in page


def test_an_act_that_is_not_posted_leads_to_its_case(deal: Bargain, cast: Cast) -> None:
    browser, here = desk_of(cast.officer_a), case_address(deal)
    for act in ("receive", "standstill", "assign", "ask", "accept", "refuse", "unmask"):
        assert browser.get(f"{here}/{act}")["Location"] == here
    assert browser.get(f"{here}/counters/{uuid4()}/accept")["Location"] == here


def test_what_others_ask_is_told_without_their_names(deal: Bargain, cast: Cast) -> None:
    found = beside(cast.officer_a, deal.id_at(cast.bank_a))
    asked = deal.talk(cast.bank_b).debt.asked_instalment_fen
    assert [rows[0].payment_fen for rows in found.rows] == [asked]
    page = desk_of(cast.officer_a).get(case_address(deal)).content.decode()
    assert "他行" in page
    assert cast.bank_b.short_name not in page
    with pytest.raises(NotFound):
        beside(cast.officer_b, deal.id_at(cast.bank_a))


def test_the_queue_finds_by_number_and_by_card(deal: Bargain, cast: Cast) -> None:
    browser = desk_of(cast.officer_a)
    number = dispatches.dispatch(cast.lin, deal.id_at(cast.bank_a)).number
    assert number in browser.get("/desk/cases").content.decode()
    assert number in browser.get("/desk/cases", {"q": "1612"}).content.decode()
    assert number not in browser.get("/desk/cases", {"q": "9999"}).content.decode()
    assert number not in browser.get("/desk/cases", {"show": "late"}).content.decode()
    assert number in browser.get("/desk/cases", {"show": "new"}).content.decode()
