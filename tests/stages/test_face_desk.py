"""The desk: who may see which page, and what each role does there."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

import bargain
import pytest
from bargain import Bargain
from cast import LIN_ID, LIN_NAME, PASSWORD, Cast
from django.test import Client
from heyue import clock
from heyue.application.models import ProofLook
from heyue.dispatch import reads as dispatches
from heyue.evidence.models import Leaf
from heyue.identity import reads as people
from heyue.engine.moves import Actor
from heyue.negotiation.models import Negotiation, Offer

pytestmark = pytest.mark.django_db


def desk_of(actor: Actor) -> Client:
    """A browser in which this member of staff is signed in at the desk."""
    browser = Client()
    login = people.account(actor.person_id).login
    answer = browser.post("/desk/signin", {"login": login, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return browser


@pytest.fixture
def deal() -> Bargain:
    """Lin's application with both banks' receipts."""
    return bargain.received()


@pytest.fixture
def cast(deal: Bargain) -> Cast:
    return deal.cast


def case_address(deal: Bargain) -> str:
    return f"/desk/cases/{deal.id_at(deal.cast.bank_a)}"


def review_address(deal: Bargain) -> str:
    return f"/desk/reviews/{bargain.deal_review(deal)}"


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
