"""A bank's own work on its cases: notes, checklist, sharing out, templates, and four eyes over its limit."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import bargain
import build
from at_desk import case_address, desk_of
from bargain import Bargain
from cast import PASSWORD, Cast
from heyue import clock
from heyue.banks.models import BankPolicy
from heyue.casework import actions, sharing
from heyue.casework import reads as casework
from heyue.casework.models import CaseNote, CaseTick, Duty, OfferDraft, OfferTemplate
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal
from heyue.evidence.models import Leaf
from heyue.journey import own_copy, perform, story
from heyue.negotiation.models import Negotiation, Offer

pytestmark = pytest.mark.django_db
SECRET = "上次电话里说月底发工资"


@pytest.fixture
def deal() -> Bargain:
    """Lin's application with both banks' receipts."""
    return bargain.received()


@pytest.fixture
def cast(deal: Bargain) -> Cast:
    return deal.cast


@pytest.fixture
def colleague(cast: Cast) -> Actor:
    """A second officer of bank A."""
    return build.staff(Role.OFFICER, "qian", "钱进", "A-0102", cast.bank_a, password=PASSWORD)


def limit(cast: Cast, **limits: int) -> None:
    """What one officer of bank A may grant alone."""
    BankPolicy.objects.filter(bank=cast.bank_a).update(limits=limits)


def state(deal: Bargain) -> str:
    return Negotiation.objects.get(pk=deal.id_at(deal.cast.bank_a)).state


# ── notes and checklist ────────────────────────────────────────────────────────────────────────────────


def test_a_note_is_kept_once_sealed_and_for_the_banks_officers_alone(deal: Bargain, cast: Cast) -> None:
    browser, here, token = desk_of(cast.officer_a), case_address(deal), uuid4()
    assert "写下备注" in browser.post(f"{here}/notes", {"text": " ", "token": token}).content.decode()
    for _twice in range(2):
        assert browser.post(f"{here}/notes", {"text": SECRET, "token": token}).status_code == 302
    assert SECRET in browser.get(here).content.decode()
    (note,) = CaseNote.objects.all()
    assert SECRET.encode() not in bytes(note.sealed_text)
    (leaf,) = Leaf.objects.filter(kind="case-note.written")
    assert (leaf.borrower_id, leaf.negotiation_id, leaf.bank_id) == (None, None, cast.bank_a.pk)
    case_id = deal.id_at(cast.bank_a)
    for stranger in (cast.lin, cast.officer_b, cast.reviewer, cast.operator):
        assert casework.notes(stranger, case_id) == []
    assert desk_of(cast.officer_b).post(f"{here}/notes", {"text": "看", "token": uuid4()}).status_code == 404
    with pytest.raises(NotPermitted):
        perform(cast.lin, actions.write_note, dispatch_id=case_id, text="我写的", token=uuid4())
    assert not any("case-note" in entry.kind for entry in story.of_negotiation(cast.lin, case_id))
    assert not hasattr(own_copy, "CaseNote")


def test_the_checklist_is_ticked_once_and_can_be_unticked(deal: Bargain, cast: Cast) -> None:
    browser, here = desk_of(cast.officer_a), case_address(deal)
    for _twice in range(2):
        assert browser.post(f"{here}/checklist", {"item": "debt", "done": "1"}).status_code == 302
    (ticked,) = CaseTick.objects.all()
    assert ticked.officer_id == cast.officer_a.person_id
    assert Leaf.objects.filter(kind="case.ticked").count() == 1
    assert 'aria-pressed="true" aria-label="欠款与行内系统一致"' in browser.get(here).content.decode()
    browser.post(f"{here}/checklist", {"item": "debt", "done": "0"})
    assert not CaseTick.objects.exists()
    assert browser.post(f"{here}/checklist", {"item": "weather", "done": "1"}).status_code == 404
    assert desk_of(cast.officer_b).post(f"{here}/checklist", {"item": "debt", "done": "1"}).status_code == 404


# ── who handles what ───────────────────────────────────────────────────────────────────────────────────


def test_a_case_is_given_to_a_colleague_of_the_same_bank_only(deal: Bargain, cast: Cast, colleague: Actor) -> None:
    browser, here = desk_of(cast.officer_a), case_address(deal)
    assert browser.post(f"{here}/hand", {"officer": cast.officer_b.person_id}).status_code == 404
    assert browser.post(f"{here}/hand", {"officer": colleague.person_id}).status_code == 302
    talk = deal.talk(cast.bank_a)
    assert (talk.officer_name, talk.officer_number) == ("钱进", "A-0102")
    assert desk_of(cast.officer_b).post(f"{here}/hand", {"officer": cast.officer_b.person_id}).status_code == 404
    assigned = Leaf.objects.filter(kind="negotiation.officer-assigned").count()
    browser.post(f"{here}/hand", {"officer": colleague.person_id})
    assert Leaf.objects.filter(kind="negotiation.officer-assigned").count() == assigned


def test_cases_are_shared_out_in_turn_by_load_and_by_what_one_knows(
    deal: Bargain, cast: Cast, colleague: Actor
) -> None:
    case_id, me = deal.id_at(cast.bank_a), cast.officer_a

    def share(way: str) -> str:
        perform(me, sharing.share_out, negotiation_ids=[case_id], way=way)
        return deal.talk(cast.bank_a).officer_number

    assert [share("turn"), share("turn"), share("turn")] == ["A-0101", "A-0102", "A-0101"]
    assert share("load") == "A-0102"  # the other has it in hand
    assert colleague.person_id
    assert me.person_id
    perform(me, sharing.set_duty, officer_id=colleague.person_id, kinds=["income-cut", "moon"], is_away=False)
    assert Duty.objects.get(officer_id=colleague.person_id).kinds == ["income-cut"]
    perform(me, sharing.hand_to, negotiation_ids=[case_id], officer_id=me.person_id)
    assert share("skill") == "A-0102"
    perform(me, sharing.set_duty, officer_id=colleague.person_id, kinds=["income-cut"], is_away=True)
    assert share("skill") == "A-0101"
    perform(me, sharing.set_duty, officer_id=me.person_id, kinds=[], is_away=True)
    with pytest.raises(Refusal, match="没有在岗"):
        perform(me, sharing.share_out, negotiation_ids=[case_id], way="turn")


def test_chosen_cases_are_shared_out_from_the_queue_and_found_again(
    deal: Bargain, cast: Cast, colleague: Actor
) -> None:
    browser, chosen = desk_of(cast.officer_a), {"case": [deal.id_at(cast.bank_a)], "to": "load", "assign": "1"}
    page = browser.get("/desk/cases").content.decode()
    assert "谁手上少给谁" in page
    assert f'value="{deal.id_at(cast.bank_a)}"' in page
    assert "1 件办好了" in browser.post("/desk/bulk", chosen, follow=True).content.decode()
    mine = browser.get("/desk/cases?show=mine").content.decode()
    assert deal.talk(cast.bank_a).officer_number == "A-0101"
    assert case_address(deal) in mine
    assert case_address(deal) in browser.get("/desk/cases?q=林").content.decode()
    assert case_address(deal) not in browser.get("/desk/cases?q=赵").content.decode()


def test_the_team_page_sets_what_a_colleague_is_given(cast: Cast, colleague: Actor) -> None:
    browser = desk_of(cast.officer_a)
    assert "钱进" in browser.get("/desk/team").content.decode()
    told = {"officer": colleague.person_id, "kind": ["illness"], "away": "on"}
    assert browser.post("/desk/team", told).status_code == 302
    duty = Duty.objects.get(officer_id=colleague.person_id)
    assert (duty.kinds, duty.is_away) == (["illness"], True)
    assert desk_of(cast.officer_b).post("/desk/team", told).status_code == 404


# ── templates ──────────────────────────────────────────────────────────────────────────────────────────


def typed(page: str, **changed: str) -> dict[str, str]:
    """What the offer form of this page holds, with some of it changed."""
    form = page[page.index('<form id="offer"') :]
    form = form[: form.index("</form>")]
    found = dict(re.findall(r'name="(\w+)"[^>]*?value="([^"]*)"', form))
    for name, options in re.findall(r'<select name="(\w+)".*?>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        found[name] = chosen[1] if chosen else ""
    for name in ("keep", "make", "try"):
        found.pop(name, None)
    return {**found, **changed}


def test_terms_are_kept_as_a_template_and_fill_the_form_of_another_case(deal: Bargain, cast: Cast) -> None:
    browser, here = desk_of(cast.officer_a), case_address(deal)
    asked = browser.get(here).content.decode()
    nameless = browser.post(here, typed(asked, periods="48", keep="1")).content.decode()
    assert "给这个模板起个名字" in nameless
    kept = browser.post(here, typed(asked, periods="48", keep="1", template_name="四年")).content.decode()
    assert "存成了模板" in kept
    again = browser.post(here, typed(asked, periods="36", keep="1", template_name="四年")).content.decode()
    assert "存成了模板" in again
    (one,) = OfferTemplate.objects.all()
    assert one.terms["periods"] == 36
    filled = typed(browser.get(f"{here}?template={one.pk}").content.decode())
    assert filled["periods"] == "36"
    theirs = f"/desk/cases/{deal.id_at(cast.bank_b)}"
    assert desk_of(cast.officer_b).get(f"{theirs}?template={one.pk}").status_code == 404
    assert browser.get(f"{here}?template=nothing").status_code == 404
    assert desk_of(cast.officer_b).post(f"/desk/templates/{one.pk}/drop").status_code == 404
    browser.post(f"/desk/templates/{one.pk}/drop")
    assert not OfferTemplate.objects.exists()


# ── four eyes ──────────────────────────────────────────────────────────────────────────────────────────


def test_an_offer_over_the_limit_waits_for_another_officer(deal: Bargain, cast: Cast, colleague: Actor) -> None:
    limit(cast, periods_max=24)
    browser, here = desk_of(cast.officer_a), case_address(deal)
    page = browser.get(here).content.decode()
    assert "24期以内" in page
    shown = browser.post(here, typed(page, periods="48", **{"try": "1"})).content.decode()
    for _twice in range(2):
        said = browser.post(here, typed(shown, make="1"), follow=True).content.decode()
    assert "已经送去复核" in said
    (draft,) = OfferDraft.objects.all()
    assert (draft.state, draft.over) == ("awaiting-approval", ["periods_max"])
    assert not Offer.objects.exists()
    assert state(deal) == "awaiting-first-answer"
    told = [entry.kind for entry in story.of_negotiation(cast.lin, deal.id_at(cast.bank_a))]
    assert not any("draft" in kind for kind in told)  # the borrower is not told of the bank's own doubts
    own = browser.post(f"/desk/approvals/{draft.pk}/approve", follow=True).content.decode()
    assert "另一位同事复核" in own
    assert desk_of(cast.officer_b).post(f"/desk/approvals/{draft.pk}/approve").status_code == 404
    second = desk_of(colleague)
    assert "期数超过一人可定的数" in second.get("/desk/approvals").content.decode()
    assert "同意了" in second.post(f"/desk/approvals/{draft.pk}/approve", follow=True).content.decode()
    assert state(deal) == "offered"
    second.post(f"/desk/approvals/{draft.pk}/approve")
    assert Offer.objects.count() == 1
    (leaf,) = Leaf.objects.filter(kind="offer-draft.approved")
    assert leaf.actor_id == colleague.person_id


def test_within_the_limit_one_officer_decides_alone(deal: Bargain, cast: Cast) -> None:
    limit(cast, periods_max=60, balance_fen_max=10**9)
    browser, here = desk_of(cast.officer_a), case_address(deal)
    shown = browser.post(here, typed(browser.get(here).content.decode(), **{"try": "1"})).content.decode()
    browser.post(here, typed(shown, make="1"))
    assert state(deal) == "offered"
    assert not OfferDraft.objects.exists()


def test_an_acceptance_over_the_limit_is_given_back_withdrawn_and_at_last_approved(
    deal: Bargain, cast: Cast, colleague: Actor
) -> None:
    limit(cast, balance_fen_max=1)
    case_id, until = deal.id_at(cast.bank_a), clock.today() + timedelta(days=10)

    def ask() -> OfferDraft:
        perform(cast.officer_a, actions.accept_as_asked, negotiation_id=case_id, valid_until=until)
        return OfferDraft.objects.latest("sent_at", "id")

    first = ask()
    with pytest.raises(Refusal, match="已经有一个答复在等复核"):
        ask()
    with pytest.raises(Refusal, match="写明为什么不同意"):
        perform(colleague, actions.give_back, draft_id=first.pk, text=" ")
    perform(colleague, actions.give_back, draft_id=first.pk, text="先回访本人")
    assert "先回访本人" in desk_of(cast.officer_a).get(case_address(deal)).content.decode()
    with pytest.raises(Refusal):
        perform(colleague, actions.approve, draft_id=first.pk)
    second = ask()
    with pytest.raises(NotPermitted):
        perform(colleague, actions.withdraw, draft_id=second.pk)
    perform(cast.officer_a, actions.withdraw, draft_id=second.pk)
    third = ask()
    with pytest.raises(NotFound):
        perform(cast.officer_b, actions.approve, draft_id=third.pk)
    perform(colleague, actions.approve, draft_id=third.pk)
    assert state(deal) == "agreed"


def test_a_case_asks_the_database_as_often_however_much_is_noted(deal: Bargain, cast: Cast) -> None:
    browser, case_id = desk_of(cast.officer_a), deal.id_at(cast.bank_a)

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert browser.get(case_address(deal)).status_code == 200
        return len(counted)

    perform(cast.officer_a, actions.write_note, dispatch_id=case_id, text="一条", token=uuid4())
    queries()
    few = queries()
    for number in range(5):
        perform(cast.officer_a, actions.write_note, dispatch_id=case_id, text=f"第{number}条", token=uuid4())
        perform(cast.officer_a, actions.keep_template, name=f"模板{number}", terms={"periods": 12})
    assert queries() == few
