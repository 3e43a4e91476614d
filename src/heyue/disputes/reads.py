"""What each actor may see of disputes: a borrower the own, a bank those with it, the platform's desk all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from heyue import clock
from heyue.acts import scope
from heyue.application.proofs import content_of
from heyue.deadlines import WaitKind, open_waits
from heyue.deadlines.models import Wait
from heyue.dispatch import reads as dispatches
from heyue.dispatch.typeset import consents_to
from heyue.disputes.models import Dispute, DisputePaper, DisputeQuestion
from heyue.disputes.states import DESK, OPEN, Event, State
from heyue.disputes.to_bank import WORDS as _WORDS
from heyue.disputes.to_bank import Sent, sent
from heyue.engine.moves import BANK_SIDE, Actor, Role
from heyue.engine.refusal import NotFound, words
from heyue.identity.models import Consent
from heyue.policy.load import Record, rule
from heyue.vault import Erased, Keyring, keyring

KINDS: dict[str, str] = {
    "sum": words("欠款或条件里的数不对"),
    "payment": words("还了的款没有算上"),
    "collection": words("说好暂停或停止了，还在催收"),
    "disclosure": words("我的资料给了不该看的人"),
    "other": words("别的事"),
}
"""What may be disputed; each is a message id."""
AGAINST: dict[str, str] = {"bank": words("银行"), "platform": words("和约平台")}
BASIS: dict[str, tuple[str, ...]] = {
    "sum": ("CC-69-OBJECTION",),
    "payment": ("CC-69-OBJECTION",),
    "collection": ("CC-68-CONDUCT", "CC-70-4"),
    "disclosure": ("PIPL-28-29", "PIPL-44-50"),
    "other": (),
}
"""Records of the policy which a kind of dispute stands on."""
POSITIONS: dict[str, str] = {
    "agrees": words("持卡人说得对"),
    "partly": words("持卡人说对了一部分"),
    "disagrees": words("持卡人说得不对"),
    "informs": words("只说明情况"),
}
"""Where a bank's answer stands on what the borrower says; each is a message id."""
_REASON, _NAME, _QUESTION, _ANSWER, _NOTE = (
    "dispute-reason",
    "dispute-paper-name",
    "dispute-question",
    "dispute-answer",
    "dispute-note",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question with its answer, opened; ``sent`` is how the message fares that carried it, for the desk."""

    row: DisputeQuestion
    question: str
    answer: str
    sent: Sent | None = None

    @property
    def position(self) -> str:
        """Where the bank's answer stands, as a message id; empty where it is none of the bank's."""
        return POSITIONS.get(self.row.position, "")


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper with its opened name."""

    row: DisputePaper
    name: str


@dataclass(frozen=True, slots=True)
class Note:
    """One note of the desk, opened."""

    at: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """One dispute as its reader may see it: ``asked`` are the questions to the reader's side, the desk's all."""

    row: Dispute
    kind: str
    against: str
    words: str
    reason: str
    papers: tuple[Paper, ...]
    asked: tuple[Asked, ...]
    notes: tuple[Note, ...]
    wait: Wait | None
    is_open: bool
    is_withdrawn: bool

    @property
    def unanswered(self) -> tuple[Asked, ...]:
        """The questions that wait for an answer while one can be given."""
        return tuple(one for one in self.asked if not one.row.answered_at) if self.is_open else ()

    @property
    def answered(self) -> tuple[Asked, ...]:
        """The questions that were answered."""
        return tuple(one for one in self.asked if one.row.answered_at)


def visible(actor: Actor) -> QuerySet[Dispute]:
    """Return the disputes that this actor may see, the oldest first.

    A helper sees none; a bank those with it about a form that it may see.
    """
    if actor.role is Role.HELPER:
        return Dispute.objects.none()
    rows = scope.seen_by(actor, Dispute.objects.select_related("bank", "negotiation", "borrower", "owner"))
    if actor.role in BANK_SIDE:
        return rows.filter(against=Dispute.Against.BANK, negotiation__in=dispatches.visible(actor).values("pk"))
    return rows


def open_ones(actor: Actor) -> QuerySet[Dispute]:
    """Return those without an outcome."""
    return visible(actor).filter(state__in=OPEN)


def ended(actor: Actor) -> QuerySet[Dispute]:
    """Return those with an outcome or withdrawn, the newest first."""
    return visible(actor).exclude(state__in=OPEN).order_by("-made_at", "-pk")


def dispute(actor: Actor, dispute_id: UUID) -> Dispute:
    """Return one dispute. Raises ``NotFound``."""
    found = visible(actor).filter(pk=dispute_id).first()
    if found is None:
        raise NotFound()
    return found


def of_negotiation(actor: Actor, negotiation_id: UUID) -> QuerySet[Dispute]:
    """Return the disputes about one bank's matter, the oldest first."""
    return visible(actor).filter(negotiation_id=negotiation_id)


def of_matters(actor: Actor, negotiation_ids: Sequence[UUID]) -> dict[UUID, list[Dispute]]:
    """Return the disputes of several matters, by negotiation, the oldest first."""
    found: dict[UUID, list[Dispute]] = {}
    for row in visible(actor).filter(negotiation_id__in=negotiation_ids):
        found.setdefault(row.negotiation_id, []).append(row)
    return found


def asks_borrower(actor: Actor) -> QuerySet[Dispute]:
    """Return the borrower's disputes with a question that waits for an answer."""
    if actor.role is not Role.BORROWER:
        return Dispute.objects.none()
    waiting = {"questions__to": DisputeQuestion.To.BORROWER, "questions__answered_at__isnull": True}
    return open_ones(actor).filter(**waiting).distinct()


def asks_bank(actor: Actor) -> QuerySet[Dispute]:
    """Return the disputes with the actor's bank in which a question waits for the bank's answer."""
    if actor.role not in BANK_SIDE:
        return Dispute.objects.none()
    return awaiting_bank(actor)


def awaiting_bank(actor: Actor) -> QuerySet[Dispute]:
    """Return the disputes that the actor may see in which a question waits for the bank's answer."""
    waiting = {"questions__to": DisputeQuestion.To.BANK, "questions__answered_at__isnull": True}
    return open_ones(actor).filter(**waiting).distinct()


def told(actor: Actor, row: Dispute) -> Told:
    """Return one visible dispute opened, with what this reader's side may see of it. Raises ``NotFound``."""
    return told_all(actor, [dispute(actor, row.pk)])[0]


def told_all(actor: Actor, rows: Sequence[Dispute]) -> list[Told]:
    """Return visible disputes opened."""
    waits = open_waits([row.pk for row in rows])
    outcome = {pk: one for pk, found in waits.items() for one in found if one.kind == WaitKind.DISPUTE}
    return [_told(actor, row, outcome.get(row.pk)) for row in rows]


def paper(actor: Actor, dispute_id: UUID, paper_id: UUID) -> tuple[DisputePaper, bytes]:
    """Return one paper of a visible dispute with its content. Raises ``NotFound``."""
    found = papers_shown(actor, dispute(actor, dispute_id)).filter(pk=paper_id).first()
    if found is None:
        raise NotFound()
    return found, content_of(found.borrower_id, found.file)


def papers_shown(actor: Actor, row: Dispute) -> QuerySet[DisputePaper]:
    """Return the papers of a visible dispute that this actor may see.

    A bank sees them while the borrower's consent to show it the application stands; a health paper while that for
    health stands too, and only where it was given for the bank. Source: 个人信息保护法 第二十八、二十九条.
    """
    if actor.role not in BANK_SIDE:
        return row.papers.all()
    standing = consents_to(row.bank_id, row.negotiation)
    if Consent.Purpose.APPLICATION not in standing:
        return row.papers.none()
    shown = row.papers.filter(for_bank=True)
    return shown if Consent.Purpose.HEALTH in standing else shown.filter(is_health=False)


def basis(kind: str) -> list[Record]:
    """Return the records that a kind of dispute stands on, of today."""
    return [rule(name, clock.today()) for name in BASIS[kind]]


def standing(row: Dispute) -> str:
    """Return where it stands as a message id for the borrower and the bank."""
    return STANDING[State(row.state)]


STANDING: dict[State, str] = {
    State.WAITING: words("等平台的人接手"),
    State.IN_HAND: words("平台在查"),
    State.UPHELD: words("成立，你说得对"),
    State.PARTLY_UPHELD: words("部分成立"),
    State.NOT_UPHELD: words("不成立"),
    State.WITHDRAWN: words("你撤回了"),
}


@dataclass(frozen=True, slots=True)
class May:
    """What one of the platform's desk may do with a dispute now."""

    take: bool
    take_over: bool
    decide: bool


def may(actor: Actor, row: Dispute) -> May:
    """Return what may be done: who has it in hand asks and decides, another may take it over."""
    if Event.TAKEN not in row.TABLE.possible(row.state, actor.role):
        return May(take=False, take_over=False, decide=False)
    in_hand, mine = row.state == State.IN_HAND, row.owner_id == actor.me
    return May(take=not in_hand, take_over=in_hand and not mine, decide=in_hand and mine)


def sealed(ring: Keyring, what: str, text: str) -> bytes:
    """Seal one of a dispute's texts: words, paper's name, question, answer, note or reason."""
    return ring.seal(text, f"dispute-{what}")


def _told(actor: Actor, row: Dispute, wait: Wait | None) -> Told:
    ring = keyring(row.borrower_id)
    at_desk = actor.role in DESK
    asked = row.questions.all()
    if not at_desk:
        mine = DisputeQuestion.To.BORROWER if actor.role is Role.BORROWER else DisputeQuestion.To.BANK
        asked = asked.filter(to=mine)
    fared = sent(asked) if at_desk else {}
    notes = row.notes.select_related("author") if at_desk else row.notes.none()
    return Told(
        row=row,
        kind=KINDS[row.kind],
        against=AGAINST[row.against],
        words=_open(ring, row.sealed_words, _WORDS),
        reason=_open(ring, row.sealed_reason, _REASON),
        papers=tuple(Paper(one, _open(ring, one.sealed_name, _NAME)) for one in papers_shown(actor, row)),
        asked=tuple(
            Asked(
                one,
                _open(ring, one.sealed_question, _QUESTION),
                _open(ring, one.sealed_answer, _ANSWER),
                fared.get(one.pk),
            )
            for one in asked
        ),
        notes=tuple(Note(n.written_at, n.author.display_name, _open(ring, n.sealed_text, _NOTE)) for n in notes),
        wait=wait,
        is_open=row.state in OPEN,
        is_withdrawn=row.state == State.WITHDRAWN,
    )


def _open(ring: Keyring, sealed_text: bytes | memoryview | None, what: str) -> str:
    """Open a text; one that was never given, or was erased with its owner, is empty."""
    if sealed_text is None:
        return ""
    try:
        return ring.open_text(sealed_text, what)
    except Erased:
        return ""
