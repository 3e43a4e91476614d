"""The board of answers (答复时效): by bank what is waited for and how it kept its days; what is overdue, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from heyue import clock, deadlines
from heyue.agreement import reads as agreements
from heyue.application import reads as applications
from heyue.banks import reads as banks
from heyue.banks.models import Bank
from heyue.deadlines import WaitKind
from heyue.deadlines import reads as waits
from heyue.deadlines.models import Wait
from heyue.dispatch import reads as dispatches
from heyue.dispatch.states import State as DispatchState
from heyue.disputes import reads as disputes
from heyue.disputes.models import Dispute
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import words
from heyue.engine.working_days import nth_working_day, working_days_between
from heyue.execution import reads as plans
from heyue.negotiation import reads as negotiations
from heyue.negotiation.models import Negotiation
from heyue.negotiation.states import State
from heyue.policy.holidays import mainland
from heyue.policy.load import Record, rule
from heyue.review import appeals
from heyue.review import reads as reviews

SOON_WORKING_DAYS = 3
KEPT_SPAN_DAYS = 90
UNANSWERED = (State.AWAITING_FIRST_ANSWER, State.OVERDUE, State.COUNTERED)
LATE_KINDS = (
    WaitKind.REVIEW,
    WaitKind.APPEAL_ANSWER,
    WaitKind.DELIVERY,
    WaitKind.FIRST_ANSWER,
    WaitKind.COUNTER_ANSWER,
    WaitKind.BANK_SIGNS,
    WaitKind.DISPUTE,
    WaitKind.DISPUTE_ANSWER,
)
OF_DISPUTES = (WaitKind.DISPUTE, WaitKind.DISPUTE_ANSWER)
WAITED_FOR: dict[WaitKind, str] = {
    WaitKind.REVIEW: words("初审"),
    WaitKind.MORE_PROOFS: words("补材料"),
    WaitKind.MAY_APPEAL: words("申诉"),
    WaitKind.APPEAL_ANSWER: words("对申诉的决定"),
    WaitKind.DELIVERY: words("回执"),
    WaitKind.FIRST_ANSWER: words("首次答复"),
    WaitKind.CHASED_ANSWER: words("催办后的答复"),
    WaitKind.COUNTER_ANSWER: words("对还价的答复"),
    WaitKind.PROMISED_ANSWER: words("电话里答应的答复"),
    WaitKind.OFFER_VALID: words("对条件拿主意"),
    WaitKind.ASK_AGAIN: words("过期或不要以后，再提一个条件"),
    WaitKind.BORROWER_SIGNS: words("持卡人签字"),
    WaitKind.BANK_SIGNS: words("银行签字"),
    WaitKind.INSTALMENT: words("还款"),
    WaitKind.DISPUTE: words("对异议的结论"),
    WaitKind.DISPUTE_ANSWER: words("对异议里问题的回答"),
}
OWED_BY: dict[Role, str] = {
    Role.BANK: words("银行"),
    Role.BORROWER: words("持卡人"),
    Role.REVIEWER: words("初审员"),
}


@dataclass(frozen=True, slots=True)
class Case:
    """How a matter is named on the board; ``application_id`` leads a reviewer to its page."""

    number: str
    application_id: UUID
    bank: Bank | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """One open wait: what is waited for, who owes it by when, and the rule behind its length (None: given)."""

    case: Case
    what: str
    owed_by: str
    wait: Wait
    rule: Record | None


@dataclass(frozen=True, slots=True)
class Late:
    """What a bank or a reviewer let go by: by how many working days; when the bank was chased; since when one may
    complain of it; ``of_dispute`` is the wait of a dispute, where it is one."""

    case: Case
    what: str
    by_bank: bool
    due_on: date
    working_days: int
    chased_on: date | None
    complain_from: date | None
    open_until: date | None
    of_dispute: WaitKind | None


@dataclass(frozen=True, slots=True)
class BankLine:
    """One bank: its open waits by nearness, what is late, the longest unanswered, how it kept its days lately."""

    bank: Bank
    later: int
    soon: int
    now: int
    late: int
    longest: int
    kept: int
    ended: int

    @property
    def open(self) -> int:
        """All open waits that the bank owes."""
        return self.later + self.soon + self.now


@dataclass(frozen=True, slots=True)
class Board:
    """Everything on the board."""

    banks: tuple[BankLine, ...]
    waiting: tuple[Waiting, ...]
    late: tuple[Late, ...]
    instalments: int
    answer_rule: Record


def board(actor: Actor) -> Board:
    """Return the board of all banks that this actor may see."""
    cases = _cases(actor)
    standing = [w for w in waits.standing(actor) if w.subject_id in cases]
    late = _late(actor, cases)
    instalments = waits.standing(actor).filter(kind=WaitKind.INSTALMENT.value).count()
    return Board(
        banks=tuple(_line(actor, bank, standing, late) for bank in banks.banks(actor)),
        waiting=tuple(_waiting(w, cases[w.subject_id]) for w in standing),
        late=late,
        instalments=instalments,
        answer_rule=rule("FIRST-ANSWER", clock.today()),
    )


def _cases(actor: Actor) -> dict[UUID, Case]:
    """Map every subject of a wait (instalments left out) to the matter it belongs to."""
    found = {row.pk: Case(row.number, row.pk) for row in applications.visible(actor)}
    for review in reviews.visible(actor):
        found[review.pk] = Case(review.application.number, review.application_id)
    for appeal in appeals.visible(actor):
        found[appeal.pk] = Case(appeal.application.number, appeal.application_id)
    for dispute in disputes.visible(actor):
        at_bank = dispute.bank if dispute.against == Dispute.Against.BANK else None
        found[dispute.pk] = Case(dispute.number, dispute.application_id, at_bank)
    for row in dispatches.visible(actor):
        found[row.pk] = Case(row.number, row.application_id, row.bank)
    for drawn in agreements.visible(actor):
        found[drawn.pk] = Case(drawn.number, drawn.application_id, drawn.bank)
    return found


def _waiting(wait: Wait, case: Case) -> Waiting:
    record = rule(wait.rule_id, wait.started_on) if wait.rule_id else None
    return Waiting(case, WAITED_FOR[WaitKind(wait.kind)], OWED_BY[Role(wait.owed_by)], wait, record)


def late_since(actor: Actor, kinds: Iterable[WaitKind] = LATE_KINDS) -> dict[UUID, date]:
    """Return the matters in which somebody let a day go by and still owes the act: subject → that last day.

    ``kinds``: of these waits alone.
    """
    wanted, found = {kind.value for kind in kinds}, dict[UUID, date]()
    for wait in _went_by(actor):
        if wait.kind in wanted:
            found.setdefault(wait.subject_id, wait.due_on)
    return found


def _went_by(actor: Actor) -> list[Wait]:
    """Return the reached waits whose act is still owed, one for each subject and kind, the earliest first."""
    owed = _still_owed(actor)
    found = {(w.subject_id, w.kind): w for w in waits.reached(actor, LATE_KINDS) if (w.subject_id, w.kind) in owed}
    return sorted(found.values(), key=lambda w: w.due_on)


def _still_owed(actor: Actor) -> set[tuple[UUID, str]]:
    """Return what is owed past its day: (subject, kind). A new round's open wait is not late yet."""
    talks = list(negotiations.visible(actor))
    owed = {(row.pk, WaitKind.FIRST_ANSWER) for row in talks if row.state == State.OVERDUE}
    owed |= {(row.pk, WaitKind.COUNTER_ANSWER) for row in talks if row.state == State.COUNTERED}
    on_the_way = dispatches.visible(actor).filter(state=DispatchState.UNRECEIVED.value)
    owed |= {(row.pk, WaitKind.DELIVERY) for row in on_the_way}
    owed |= {(row.pk, WaitKind.REVIEW) for row in reviews.queue(actor)}
    owed |= {(row.pk, WaitKind.APPEAL_ANSWER) for row in appeals.queue(actor)}
    owed |= {(row.pk, WaitKind.DISPUTE) for row in disputes.open_ones(actor)}
    owed |= {(row.pk, WaitKind.DISPUTE_ANSWER) for row in disputes.awaiting_bank(actor)}
    opened = {(w.subject_id, WaitKind(w.kind)) for w in waits.standing(actor)}
    signing = {(subject, kind) for subject, kind in opened if kind == WaitKind.BANK_SIGNS}
    return {(subject, kind.value) for subject, kind in (owed - opened) | signing}


def _late(actor: Actor, cases: dict[UUID, Case]) -> tuple[Late, ...]:
    """Return what was let go by and is still owed."""
    went_by = [w for w in _went_by(actor) if w.subject_id in cases]
    still = deadlines.open_waits({w.subject_id for w in went_by})
    talks = {row.pk: row for row in negotiations.visible(actor)}
    return tuple(
        _late_one(w, cases[w.subject_id], talks.get(w.subject_id), still.get(w.subject_id, [])) for w in went_by
    )


def _late_one(wait: Wait, case: Case, talk: Negotiation | None, still: list[Wait]) -> Late:
    return Late(
        case=case,
        what=WAITED_FOR[WaitKind(wait.kind)],
        by_bank=wait.owed_by == Role.BANK,
        due_on=wait.due_on,
        working_days=working_days_between(wait.due_on, clock.today(), mainland()),
        chased_on=talk.chased_on if talk else None,
        complain_from=talk.complain_from if talk else None,
        open_until=still[0].due_on if still else None,
        of_dispute=WaitKind(wait.kind) if wait.kind in OF_DISPUTES else None,
    )


def _line(actor: Actor, bank: Bank, standing: Iterable[Wait], late: Iterable[Late]) -> BankLine:
    left = [deadlines.days_left(w) for w in standing if w.bank_id == bank.pk and w.owed_by == Role.BANK]
    unanswered = negotiations.visible(actor).filter(bank=bank, state__in=[s.value for s in UNANSWERED])
    lately = waits.ended_lately(actor, WaitKind.FIRST_ANSWER, KEPT_SPAN_DAYS).filter(bank_id=bank.pk)
    return BankLine(
        bank=bank,
        later=sum(1 for days in left if days > SOON_WORKING_DAYS),
        soon=sum(1 for days in left if 0 < days <= SOON_WORKING_DAYS),
        now=sum(1 for days in left if days <= 0),
        late=sum(1 for one in late if one.case.bank and one.case.bank.pk == bank.pk),
        longest=max((working_days_between(row.opened_on, clock.today(), mainland()) for row in unanswered), default=0),
        kept=lately.filter(outcome=Wait.Outcome.MET).count(),
        ended=lately.count(),
    )


@dataclass(frozen=True, slots=True)
class ClockTargets:
    """Days to which the demo's clock may be moved in one step; None where there is nothing to move to."""

    next_working_day: date
    after_nearest_wait: date | None
    nearest_wait: str
    next_instalment: date | None


def clock_targets(actor: Actor) -> ClockTargets:
    """Return where the clock can go: the next working day, past the nearest wait, to the next due date."""
    today = clock.today()
    open_ones = waits.standing(actor).exclude(kind=WaitKind.INSTALMENT.value)
    nearest = open_ones.filter(due_on__gte=today).first()
    coming = plans.upcoming(actor).filter(due_on__gt=today).first()
    return ClockTargets(
        next_working_day=nth_working_day(today, 1, mainland()).on,
        after_nearest_wait=nearest.due_on + timedelta(days=1) if nearest else None,
        nearest_wait=WAITED_FOR[WaitKind(nearest.kind)] if nearest else "",
        next_instalment=coming.due_on if coming else None,
    )
