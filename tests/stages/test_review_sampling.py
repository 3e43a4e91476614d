"""Quality sampling: one in so many decided reviews is looked at again by another reviewer."""

from __future__ import annotations

import uuid

import pytest

import bargain
import build
from at_desk import desk_of
from bargain import Bargain
from cast import PASSWORD
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotPermitted, Refusal
from heyue.evidence.models import Leaf
from heyue.journey import perform, story
from heyue.review import sampling
from heyue.review.models import Review, SecondLook

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal(monkeypatch: pytest.MonkeyPatch) -> Bargain:
    """Lin's application was passed by Chen, and the sample takes it."""
    monkeypatch.setattr(sampling, "is_sampled", lambda _review_id, _one_in: True)
    return bargain.passed()


@pytest.fixture
def second(deal: Bargain) -> Actor:
    """Another reviewer."""
    return build.staff(Role.REVIEWER, "he", "何敏", "P-0008", password=PASSWORD)


def test_the_sample_takes_one_in_so_many_by_the_ids_own_chance() -> None:
    taken = sum(sampling.is_sampled(uuid.UUID(int=n), 10) for n in range(1_000))
    assert taken == 100


def test_another_reviewer_looks_once_and_the_decision_stands(deal: Bargain, second: Actor) -> None:
    review = Review.objects.get()
    address = f"/desk/quality/{review.pk}"
    own, other = desk_of(deal.cast.reviewer), desk_of(second)
    assert review.application.number not in own.get("/desk/quality").content.decode()
    assert own.post(address, {"agrees": "1"}).status_code == 403
    assert review.application.number in other.get("/desk/quality").content.decode()
    wordless = other.post(address, {"agrees": "0"}, follow=True).content.decode()
    assert "写一句为什么" in wordless
    assert not SecondLook.objects.exists()
    for _twice in range(2):
        other.post(address, {"agrees": "0", "text": "流水少了一个月"})
    look = SecondLook.objects.get()
    assert (look.agrees, look.reviewer_id) == (False, second.person_id)
    assert Leaf.objects.filter(kind="review.looked-again").count() == 1
    review.refresh_from_db()
    assert review.state == "passed"
    page = own.get("/desk/quality").content.decode()
    assert "流水少了一个月" in page
    assert sampling.agreement(second)[0].looked == 1
    for actor in (deal.cast.officer_a, deal.cast.operator):
        assert desk_of(actor).get("/desk/quality").status_code == 403
    told = [entry.kind for entry in story.of_application(deal.cast.lin, deal.application_id)]
    assert "review.looked-again" not in told


def test_what_is_not_decided_is_not_looked_at_again() -> None:
    deal = bargain.submitted()
    review = Review.objects.get(application_id=deal.application_id)
    assert sampling.to_look_at(deal.cast.reviewer) == []
    with pytest.raises(Refusal, match="还没有决定"):
        perform(deal.cast.reviewer, sampling.look_again, review_id=review.pk, agrees=True, text="")
    with pytest.raises(NotPermitted):
        perform(deal.cast.lin, sampling.look_again, review_id=review.pk, agrees=True, text="")
