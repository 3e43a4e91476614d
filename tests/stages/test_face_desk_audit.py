"""The operator's audit view, and a reviewer's search."""

from __future__ import annotations

import pytest

import bargain
from at_desk import desk_of
from bargain import Bargain
from cast import LIN_ID, LIN_NAME
from heyue.application import reads as applications
from heyue.dispatch import reads as dispatches
from heyue.engine.refusal import NotPermitted
from heyue.evidence.models import Leaf
from heyue.journey import audit, perform

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal() -> Bargain:
    """Lin's application with both banks' receipts."""
    return bargain.received()


def test_the_operator_finds_what_was_done_but_no_facts(deal: Bargain) -> None:
    cast, browser = deal.cast, desk_of(deal.cast.operator)
    number = dispatches.dispatch(cast.lin, deal.id_at(cast.bank_a)).number
    page = browser.get("/desk/audit", {"number": number}).content.decode()
    assert "negotiation.begun" in page
    assert f"开始和{cast.bank_a.short_name}协商" in page
    of_hers = browser.get("/desk/audit", {"kind": "application."}).content.decode()
    assert "<td>持卡人</td>" in of_hers
    assert "<td>你</td>" not in of_hers
    assert LIN_NAME not in page
    assert LIN_ID not in page
    assert cast.bank_b.short_name not in page.split("<tbody>")[1]
    (look,) = Leaf.objects.filter(kind="audit.looked")
    assert look.actor_id == cast.operator.person_id
    by_staff = browser.get("/desk/audit", {"staff_number": "P-0007", "kind": "review."}).content.decode()
    assert "review.passed" in by_staff
    assert "陈静" in by_staff
    assert "negotiation.begun" not in by_staff
    assert "没有找到" in browser.get("/desk/audit", {"number": "HY-0"}).content.decode()
    assert browser.get("/desk/audit?before=x").status_code == 404


def test_pages_follow_each_other_without_a_gap(deal: Bargain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "LINES_MAX", 7)
    seen, before = [], None
    while True:
        lines, before = perform(deal.cast.operator, audit.look, asked=audit.Asked(before=before))
        seen += [line.id for line in lines]
        if before is None:
            break
    assert seen == list(Leaf.objects.order_by("-id").values_list("pk", flat=True))


def test_nobody_else_sees_it(deal: Bargain) -> None:
    for who in (deal.cast.lin, deal.cast.reviewer, deal.cast.officer_a):
        with pytest.raises(NotPermitted):
            perform(who, audit.look, asked=audit.Asked())
    assert desk_of(deal.cast.reviewer).get("/desk/audit").status_code == 403


def test_a_reviewer_finds_an_application_by_its_number(deal: Bargain) -> None:
    browser = desk_of(deal.cast.reviewer)
    number = applications.application(deal.cast.lin, deal.application_id).number
    link = f"/desk/reviews/{bargain.deal_review(deal)}"
    assert link in browser.get("/desk/reviews", {"q": number[3:].lower()}).content.decode()
    assert link not in browser.get("/desk/reviews", {"q": "HY-1999"}).content.decode()
