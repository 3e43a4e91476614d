"""Browsers at the desk, and where its pages of one bargain are."""

from __future__ import annotations

from django.test import Client

import bargain
from bargain import Bargain
from cast import PASSWORD
from heyue.engine.moves import Actor
from heyue.identity import reads as people


def desk_of(actor: Actor) -> Client:
    """A browser in which this member of staff is signed in at the desk."""
    assert actor.person_id
    browser = Client()
    answer = browser.post("/desk/signin", {"login": people.account(actor.person_id).login, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return browser


def case_address(deal: Bargain) -> str:
    """The first bank's case."""
    return f"/desk/cases/{deal.id_at(deal.cast.bank_a)}"


def review_address(deal: Bargain) -> str:
    """The application's review."""
    return f"/desk/reviews/{bargain.deal_review(deal)}"
