"""How far an application has come before and around the banks: in the making, under review, answered, over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from heyue import clock
from heyue.application import appealed
from heyue.application.models import Application
from heyue.application.states import ENDED, TABLE, Event, State
from heyue.deadlines import open_waits
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import words
from heyue.journey.standing import busy_banks
from heyue.review import appeals
from heyue.review import reads as reviews
from heyue.review.models import Review

SAID: dict[State, tuple[str, str]] = {
    State.DRAFT: (words("申请填到一半"), words("你填的都在，接着填完就能交。")),
    State.SUBMITTED: (
        words("交上去了，初审正在看"),
        words("核对材料齐不齐、数对不对。看完就送给各家银行，现在不用你做什么。"),
    ),
    State.RETURNED: (words("初审请你补一点"), words("照着补好，再交一次。你填的都在。")),
    State.PASSED: (
        words("初审通过，正在送给银行"),
        words("每家银行收到都会签回执，答复的日子从那天算。"),
    ),
    State.REJECTED: (words("这次没有通过初审"), words("改好可以再申请，上次填的都还在。")),
    State.APPEALED: (
        words("申诉交上去了，另一位初审员正在看"),
        words("不是上次退回的那位。看完告诉你结果和理由，现在不用你做什么。"),
    ),
    State.WITHDRAWN: (
        words("你撤回了这份申请"),
        words("已经生效的协议不受影响。想再谈，可以用上次填的再申请。"),
    ),
    State.CLOSED: (words("这份申请办完了"), words("每一步都留着记录，随时可以看。")),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one application stands, in words; ``words_back`` are the reviewer's, ``due_on`` the open wait's.

    ``may_appeal_until``: the last day on which an appeal can be made; ``upheld_for``: the first reason of a rejection
    that stood after the appeal; ``said_in_appeal``: the borrower's words.
    """

    heading: str
    what_next: str
    words_back: str
    due_on: date | None
    draft: bool
    under_review: bool
    returned: bool
    rejected: bool
    appealed: bool
    may_appeal_until: date | None
    upheld_for: str
    said_in_appeal: str
    withdrawn: bool
    may_withdraw: bool
    over: bool


def reviewing(actor: Actor, row: Application) -> Standing:
    """Return where an application stands that the actor may see."""
    state = State(row.state)
    heading, what_next = SAID[state]
    review = reviews.visible(actor).filter(application_id=row.pk).first()
    appeal = appeals.of_application(actor, row.pk) if review else None
    waits = open_waits([row.pk, *([review.pk] if review else []), *([appeal.pk] if appeal else [])])
    due = [wait.due_on for found in waits.values() for wait in found]
    return Standing(
        heading=_(heading),
        what_next=_(what_next),
        words_back=row.words_back,
        due_on=min(due, default=None),
        draft=state == State.DRAFT,
        under_review=state == State.SUBMITTED,
        returned=state == State.RETURNED,
        rejected=state == State.REJECTED,
        appealed=state == State.APPEALED,
        may_appeal_until=_may_appeal_until(actor, row, review),
        upheld_for=appeals.reason_of(appeal)
        if appeal and appeals.is_upheld(appeal) and state == State.REJECTED
        else "",
        said_in_appeal=appeals.words_of(appeal) if appeal else "",
        withdrawn=state == State.WITHDRAWN,
        may_withdraw=Event.WITHDRAWN in TABLE.possible(state, Role.BORROWER),
        over=state in ENDED,
    )


def _may_appeal_until(actor: Actor, row: Application, review: Review | None) -> date | None:
    """Return the last day on which this borrower may appeal; None where none is possible, or another is under way."""
    if actor.role is not Role.BORROWER or row.state != State.REJECTED or review is None:
        return None
    until = appeals.may_appeal_until(review)
    if until is None or until < clock.today():
        return None
    return None if appealed.is_doubled(row, busy_banks(actor)) else until
