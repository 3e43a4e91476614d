"""Quality sampling (抽查): one in so many decided reviews is looked at again by another reviewer."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from heyue import clock
from heyue.acts import current, verb
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal, words
from heyue.evidence import Subject, append
from heyue.policy.load import rule
from heyue.review.models import Review, SecondLook
from heyue.review.reads import visible, was_overturned

DECIDED_LOOKED_THROUGH = 1_000
"""The newest so many decided reviews are sampled; older ones are not looked at again."""
WORDS_CHARS_MAX = 500


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often others agreed with one reviewer's decisions."""

    reviewer: str
    agreed: int
    looked: int


def is_sampled(review_id: UUID, one_in: int) -> bool:
    """Whether the sample takes this review: by the chance in its id, so nobody chooses and it stays so."""
    return review_id.int % one_in == 0


def to_look_at(actor: Actor) -> list[Review]:
    """Return the sampled reviews of other reviewers that nobody looked at again, the newest first."""
    if actor.role is not Role.REVIEWER:
        return []
    others = _decided(actor).exclude(reviewer_id=actor.person_id).filter(second_look__isnull=True)
    one_in = int(rule("REVIEW-SAMPLE", clock.today()).value)
    sampled = [row for row in others[:DECIDED_LOOKED_THROUGH] if is_sampled(row.pk, one_in)]
    return [row for row in sampled if not was_overturned(actor, row)]


def agreement(actor: Actor) -> list[Agreement]:
    """Return how often others agreed with each reviewer, for the operator and reviewers."""
    if actor.role not in (Role.REVIEWER, Role.OPERATOR):
        return []
    found: dict[str, list[bool]] = {}
    for look in SecondLook.objects.select_related("review__reviewer").order_by("review__reviewer__staff_number", "pk"):
        if look.review.reviewer:
            found.setdefault(look.review.reviewer.display_name, []).append(look.agrees)
    return [Agreement(name, sum(said), len(said)) for name, said in found.items()]


@verb
def look_again(review_id: UUID, agrees: bool, text: str) -> None:
    """Say whether one agrees with another's decision; disagreeing needs words. Nothing of the decision changes.

    Raises ``NotFound``, ``NotPermitted`` for one's own and for whose rejection of it an appeal changed,
    ``Refusal``: ``not-decided``, ``looked-already``.
    """
    actor = current().actor
    if actor.role is not Role.REVIEWER or actor.person_id is None:
        raise NotPermitted()
    row = Review.objects.select_for_update().filter(pk=review_id).first()
    if row is None:
        raise NotFound()
    if row.reviewer_id == actor.person_id or was_overturned(actor, row):
        raise NotPermitted()
    if not _decided(actor).filter(pk=row.pk).exists():
        raise Refusal("not-decided", words("这件还没有决定。"))
    if SecondLook.objects.filter(review=row).exists():
        raise Refusal("looked-already", words("这件已经有人复看过了。"))
    said = text.strip()
    if not agrees and not said:
        raise Refusal("words-missing", words("不同意的，写一句为什么，原来的初审员会看到"), field="text", status=422)
    SecondLook.objects.create(
        review=row,
        reviewer_id=actor.person_id,
        agrees=agrees,
        words=said[:WORDS_CHARS_MAX],
        looked_at=clock.now(),
    )
    append("review.looked-again", Subject("review", row.pk), actor, {"agrees": agrees})


def told_to(actor: Actor) -> list[SecondLook]:
    """Return the second looks at one's own decisions that did not agree, the newest first."""
    rows = SecondLook.objects.select_related("review__application", "reviewer").order_by("-looked_at", "-pk")
    return list(rows.filter(review__reviewer_id=actor.person_id, agrees=False)) if actor.person_id else []


def _decided(actor: Actor) -> QuerySet[Review]:
    return visible(actor).filter(decided_at__isnull=False, state__in=["passed", "rejected"]).order_by("-decided_at")
