"""The appeal (申诉) against a rejection: made once against each, in time, decided by a reviewer who never rejected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from heyue import clock
from heyue.acts import begin, current, move, verb
from heyue.application import appealed
from heyue.application.proofs import StoredProof
from heyue.deadlines import WaitKind, open_waits
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal, words
from heyue.review.actions import WORDS_CHARS_MAX, spoken
from heyue.review.models import Appeal, Review
from heyue.review.reads import May
from heyue.review.states import (
    APPEAL_OPEN,
    Appealed,
    AppealEvent,
    AppealState,
    Event,
    MoreAsked,
    Passed,
    State,
    Upheld,
)
from heyue.vault import keyring

WORDS_CHARS_MIN = 10
_WORDS, _REASON, _ANSWER = "appeal-words", "appeal-reason", "appeal-answer"


@verb
def appeal(
    application_id: UUID,
    said: str,
    proofs: Sequence[StoredProof] = (),
    health_banks: frozenset[UUID] | None = None,
    *,
    busy: frozenset[UUID],
) -> tuple[Appealed, ...]:
    """Appeal against the rejection, once, within its days, with words and further proofs.

    ``health_banks`` are those that may see papers about health, if any comes with it (None: as consented before);
    ``busy`` are the banks with which something is open (``journey.appealing`` knows them).
    Raises ``NotFound``, ``Refusal``: ``not-rejected``, ``applied-anew``, ``bank-busy``, ``appealed-already``,
    ``appeal-too-late``, ``appeal-words``.
    """
    appealed.rejected(application_id, busy)
    review = Review.objects.select_for_update().get(application_id=application_id)
    if review.decided_at and Appeal.objects.filter(review=review, rejected_at=review.decided_at).exists():
        raise Refusal("appealed-already", words("这次退回申诉过了，一次退回只能申诉一次。"))
    until = may_appeal_until(review)
    if review.reviewer_id is None or review.decided_at is None or until is None or until < current().today:
        raise Refusal(
            "appeal-too-late",
            words("申诉的日子过了。"),
            next_step=words("可以用上次填的再申请，也可以照投诉的路走。"),
        )
    text = said.strip()
    if not WORDS_CHARS_MIN <= len(text) <= WORDS_CHARS_MAX:
        raise Refusal("appeal-words", words("写清楚哪里不对，10 到 500 个字"), field="words", status=422)
    added = appealed.add_to_rejected(application_id, proofs, health_banks)
    move(review, Event.APPEALED)
    ring = keyring(review.borrower_id)
    row = Appeal(
        review=review,
        borrower_id=review.borrower_id,
        application_id=application_id,
        rejected_by_id=review.reviewer_id,
        rejected_at=review.decided_at,
        sealed_reason=ring.seal(review.words_to_borrower, _REASON),
        findings=review.findings,
        sealed_words=ring.seal(text, _WORDS),
        proofs=[str(pk) for pk in added],
        made_at=clock.now(),
    )
    begin(row, {"words": text, "proofs": row.proofs}, starts=WaitKind.APPEAL_ANSWER)
    return (Appealed(application_id, text),)


@verb
def take(appeal_id: UUID, from_other: bool = False) -> None:
    """Take an appeal in hand; from another reviewer only when that is meant. Raises ``own-decision`` for the one
    who rejected."""
    row = _locked(appeal_id)
    me = current().actor.person_id
    if row.state == AppealState.IN_HAND and row.reviewer_id == me:
        return
    if row.state == AppealState.IN_HAND and not from_other:
        raise _taken(row)
    move(row, AppealEvent.TAKEN)
    row.reviewer_id = me
    row.save(update_fields=["reviewer"])


@verb
def uphold(appeal_id: UUID, reason: str) -> tuple[Upheld, ...]:
    """Let the rejection stand, with a reason that the borrower will read."""
    said = spoken(reason)
    row = _decide(appeal_id, AppealEvent.UPHELD, said)
    return (Upheld(row.application_id, said),)


@verb
def pass_(appeal_id: UUID, *, busy: frozenset[UUID]) -> tuple[Passed, ...]:
    """Overturn the rejection: the application goes to its banks as if it had passed, none of which is ``busy``.

    Raises ``Refusal("doubled")`` where something else runs beside it; one can still ask for more.
    """
    row = _decide(appeal_id, AppealEvent.PASSED, "")
    if appealed.is_doubled(row.application, busy):
        raise Refusal(
            "doubled",
            words("持卡人和其中的银行已经在谈或在还，不能再送一份。"),
            next_step=words("改为请补材料，写明哪家的卡不能再选；或者维持退回。"),
            status=422,
        )
    _overturn(row, Event.OVERTURNED, "")
    return (Passed(row.application_id),)


@verb
def ask_more(appeal_id: UUID, words_to_borrower: str) -> tuple[MoreAsked, ...]:
    """Overturn the rejection and ask for more: the borrower changes the application and hands it in again."""
    said = spoken(words_to_borrower)
    row = _decide(appeal_id, AppealEvent.MORE_ASKED, said)
    _overturn(row, Event.REOPENED, said)
    return (MoreAsked(row.application_id, said),)


@verb
def lapse(review_id: UUID) -> None:
    """The days in which one could appeal are over."""
    move(Review.objects.select_for_update().get(pk=review_id), Event.APPEAL_LAPSED)


@verb
def overdue(appeal_id: UUID) -> None:
    """The appeal was not decided in its days; the desk sees it."""
    move(Appeal.objects.select_for_update().get(pk=appeal_id), AppealEvent.OVERDUE)


@verb
def drop(application_id: UUID) -> None:
    """The borrower took the application back while its appeal was open."""
    row = Appeal.objects.select_for_update().filter(application_id=application_id, state__in=APPEAL_OPEN).first()
    if row is not None:
        move(row, AppealEvent.DROPPED)


# ── what each may see ──────────────────────────────────────────────────────────────────────────────────


def visible(actor: Actor) -> QuerySet[Appeal]:
    """Return the appeals that this actor may see, the oldest first: reviewers and operators all, a borrower the own."""
    rows = Appeal.objects.select_related("review", "application", "borrower", "rejected_by", "reviewer")
    if actor.role in (Role.REVIEWER, Role.OPERATOR):
        return rows
    return rows.filter(borrower_id=actor.me) if actor.role is Role.BORROWER else rows.none()


def appeal_of(actor: Actor, appeal_id: UUID) -> Appeal:
    """Return one appeal. Raises ``NotFound``."""
    found = visible(actor).filter(pk=appeal_id).first()
    if found is None:
        raise NotFound()
    return found


def queue(actor: Actor) -> QuerySet[Appeal]:
    """Return the open appeals, the oldest first."""
    return visible(actor).filter(state__in=APPEAL_OPEN)


def for_me(actor: Actor) -> QuerySet[Appeal]:
    """Return the open appeals that this reviewer may decide: those of applications that others rejected."""
    if actor.role is not Role.REVIEWER:
        return queue(actor).none()
    return queue(actor).exclude(review__in=Appeal.objects.filter(rejected_by_id=actor.me).values("review_id"))


def of_application(actor: Actor, application_id: UUID) -> Appeal | None:
    """Return the newest appeal of one application, None where there is none that the actor may see."""
    return visible(actor).filter(application_id=application_id).last()


def words_of(row: Appeal) -> str:
    """Return the borrower's words, 已删除 when they were erased."""
    return keyring(row.borrower_id).open_text(row.sealed_words, _WORDS)


def reason_of(row: Appeal) -> str:
    """Return why it had been rejected, 已删除 when that was erased."""
    return keyring(row.borrower_id).open_text(row.sealed_reason, _REASON)


def answer_of(row: Appeal) -> str:
    """Return what the borrower was told of the decision, empty where nothing was said, 已删除 when it was erased."""
    return keyring(row.borrower_id).open_text(row.sealed_answer, _ANSWER)


def has_rejected(actor: Actor, row: Appeal) -> bool:
    """Whether this reviewer rejected the application, this time or one that was appealed against before."""
    return Appeal.objects.filter(review_id=row.review_id, rejected_by_id=actor.me).exists()


def is_upheld(row: Appeal) -> bool:
    """Whether the rejection stood."""
    return row.state == AppealState.UPHELD


def is_open(row: Appeal) -> bool:
    """Whether it waits for its decision."""
    return row.state in APPEAL_OPEN


def may_appeal_until(review: Review) -> date | None:
    """Return the last day on which one may appeal; None where one may not."""
    if review.state != State.REJECTED:
        return None
    waits = open_waits([review.pk]).get(review.pk, [])
    return next((wait.due_on for wait in waits if wait.kind == WaitKind.MAY_APPEAL), None)


def may(actor: Actor, row: Appeal) -> May:
    """Return what this reviewer may do with it; who rejected, now or before, may do nothing."""
    if actor.role is not Role.REVIEWER or not is_open(row) or has_rejected(actor, row):
        return May(take=False, take_over=False, decide=False)
    in_hand, mine = row.state == AppealState.IN_HAND, row.reviewer_id == actor.me
    return May(take=not in_hand, take_over=in_hand and not mine, decide=in_hand and mine)


# ── within ─────────────────────────────────────────────────────────────────────────────────────────────


def _decide(appeal_id: UUID, event: AppealEvent, answer: str) -> Appeal:
    row = _locked(appeal_id)
    row.TABLE.decide(row.state, event, current().actor.role)
    if row.reviewer_id != current().actor.me:
        raise _taken(row)
    move(row, event, {"words": answer} if answer else None)
    row.sealed_answer = keyring(row.borrower_id).seal(answer, _ANSWER) if answer else None
    row.decided_at = clock.now()
    row.save(update_fields=["sealed_answer", "decided_at"])
    return row


def _overturn(row: Appeal, event: Event, said: str) -> None:
    """The review goes on in the hands of who overturned it; who rejected stands in the appeal."""
    review = Review.objects.select_for_update().get(pk=row.review_id)
    move(review, event)
    review.reviewer_id = row.reviewer_id
    review.words_to_borrower = said
    review.decided_at = row.decided_at
    review.save(update_fields=["reviewer", "words_to_borrower", "decided_at"])


def _locked(appeal_id: UUID) -> Appeal:
    actor = current().actor
    row = Appeal.objects.select_for_update(of=("self",)).filter(pk=appeal_id).first()
    if row is None or not visible(actor).filter(pk=appeal_id).exists():
        raise NotFound()
    if actor.role is not Role.REVIEWER:
        raise NotPermitted()
    if has_rejected(actor, row):
        raise Refusal(
            "own-decision",
            words("这份申请你退回过，申诉要由另一位初审员看。"),
            status=403,
        )
    return row


def _taken(row: Appeal) -> Refusal:
    return Refusal(
        "taken-by-other",
        words("这件在%(name)s手上。"),
        next_step=words("要接过来办，点“接过来”。"),
        params={"name": row.reviewer.display_name if row.reviewer else ""},
    )
