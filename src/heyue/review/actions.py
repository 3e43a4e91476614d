"""Verbs of the preliminary review: open, take, pass, ask for more, reject, drop."""

from __future__ import annotations

from uuid import UUID

from heyue import clock
from heyue.acts import begin, current, move, verb
from heyue.application import reads as applications
from heyue.application.checks import before_submission
from heyue.application.models import Application
from heyue.deadlines import WaitKind
from heyue.engine.moves import Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal, words
from heyue.evidence import Subject
from heyue.identity.reads import Full
from heyue.identity.unmasking import open_for_staff
from heyue.review.models import Review, SecondLook
from heyue.review.reads import was_overturned
from heyue.review.states import Event, MoreAsked, Passed, Rejected, State
from heyue.vault import keyring

WORDS_CHARS_MIN = 5
WORDS_CHARS_MAX = 500


@verb
def open_case(application_id: UUID) -> None:
    """Open the review of a submitted application with its automatic findings, or take it up again."""
    application = Application.objects.get(pk=application_id)
    review = Review.objects.select_for_update().filter(application=application).first()
    if review is None:
        review = Review(
            application=application,
            borrower_id=application.borrower_id,
            findings=_findings(application),
            opened_at=clock.now(),
        )
        begin(review, {"findings": [f["code"] for f in review.findings]}, starts=WaitKind.REVIEW)
        return
    review.findings = _findings(application)
    review.save(update_fields=["findings"])
    move(review, Event.RESUBMITTED, {"findings": [f["code"] for f in review.findings]})


@verb
def take(review_id: UUID, from_other: bool = False) -> None:
    """Take a review in hand; one's own stays as it is.

    What another reviewer has in hand is taken over only when that is meant (``from_other``): otherwise
    ``Refusal("taken-by-other")`` says who has it. ``own-decision``: one's rejection of it was changed by an appeal.
    """
    review = _locked(review_id)
    me = current().actor.person_id
    if was_overturned(current().actor, review):
        raise Refusal("own-decision", words("你退回过这份申请，申诉改了那个决定，这次要由另一位初审员看。"), status=403)
    if review.state == State.IN_HAND and review.reviewer_id == me:
        return
    if review.state == State.IN_HAND and not from_other:
        raise _taken_by_other(review)
    move(review, Event.TAKEN)
    review.reviewer_id = me
    review.save(update_fields=["reviewer"])


@verb
def pass_(review_id: UUID) -> tuple[Passed, ...]:
    """Let the application go to its banks."""
    review = _decide(review_id, Event.PASSED, "")
    return (Passed(review.application_id),)


@verb
def ask_more(review_id: UUID, words_to_borrower: str) -> tuple[MoreAsked, ...]:
    """Ask the borrower for more, in words that the borrower will read."""
    review = _decide(review_id, Event.MORE_ASKED, spoken(words_to_borrower))
    return (MoreAsked(review.application_id, review.words_to_borrower),)


@verb
def reject(review_id: UUID, reason: str) -> tuple[Rejected, ...]:
    """Reject the application, with a reason that the borrower will read."""
    review = _decide(review_id, Event.REJECTED, spoken(reason))
    return (Rejected(review.application_id, review.words_to_borrower),)


@verb
def drop(application_id: UUID) -> None:
    """The borrower took the application back while it was under review."""
    review = Review.objects.select_for_update().filter(application_id=application_id).first()
    if review and Event.DROPPED in review.TABLE.possible(review.state, Role.BORROWER):
        move(review, Event.DROPPED)


@verb
def overdue(review_id: UUID) -> None:
    """The review took longer than the operator allows; the desk sees it."""
    move(Review.objects.select_for_update().get(pk=review_id), Event.OVERDUE)


@verb
def unmask(review_id: UUID, reason: str) -> Full:
    """Return the applicant's particulars in clear to a reviewer. Raises ``NotFound``, ``reason-missing``."""
    if current().actor.role is not Role.REVIEWER:
        raise NotPermitted()
    review = _locked(review_id)
    subject = Subject("person", review.borrower_id, review.borrower_id, application_id=review.application_id)
    return open_for_staff(review.borrower, subject, reason)


def _decide(review_id: UUID, event: Event, words_to_borrower: str) -> Review:
    review = _locked(review_id)
    review.TABLE.decide(review.state, event, current().actor.role)
    if review.reviewer_id != current().actor.person_id:
        raise _taken_by_other(review)
    move(review, event, {"words": words_to_borrower} if words_to_borrower else None)
    review.words_to_borrower = words_to_borrower
    review.decided_at = clock.now()
    review.save(update_fields=["words_to_borrower", "decided_at"])
    return review


def _taken_by_other(review: Review) -> Refusal:
    return Refusal(
        "taken-by-other",
        words("这件在%(name)s手上。"),
        next_step=words("要接过来办，点“接过来”。"),
        params={"name": review.reviewer.display_name if review.reviewer else ""},
    )


@verb
def forget_words(borrower_id: UUID) -> None:
    """Take out what reviewers wrote to a borrower who is erased; the ledger's leaves are sealed under the key."""
    Review.objects.filter(borrower_id=borrower_id).update(words_to_borrower="")
    SecondLook.objects.filter(review__borrower_id=borrower_id).update(words="")
    Application.objects.filter(borrower_id=borrower_id).update(words_back="")


def spoken(text: str) -> str:
    """Return words to the borrower, trimmed. Raises ``Refusal("words-missing")`` for too few or too many."""
    said = text.strip()
    if not WORDS_CHARS_MIN <= len(said) <= WORDS_CHARS_MAX:
        raise Refusal("words-missing", words("写清楚原因，5 到 500 个字，对方看得懂"), field="words", status=422)
    return said


def _findings(application: Application) -> list[dict[str, str]]:
    answers = keyring(application.borrower_id).open_json(application.sealed_answers, "answers")
    kinds = list(application.proofs.filter(removed_at__isnull=True).values_list("kind", flat=True))
    return [finding.as_json() for finding in before_submission(answers, kinds, sums_are_current=True)]


def _locked(review_id: UUID) -> Review:
    review = Review.objects.select_for_update().filter(pk=review_id).first()
    if review is None or not applications.visible(current().actor).filter(pk=review.application_id).exists():
        raise NotFound()
    return review
