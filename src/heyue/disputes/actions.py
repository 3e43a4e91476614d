"""Verbs of a dispute: raise, take, ask either side, answer, note, decide, withdraw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from heyue import clock
from heyue.acts import begin, current, move, note, scope, verb
from heyue.application.proofs import HEALTH_KINDS, StoredProof, check_number
from heyue.deadlines import WaitKind, ends
from heyue.dispatch import reads as dispatches
from heyue.dispatch.models import Dispatch
from heyue.disputes import to_bank
from heyue.disputes.models import Dispute, DisputeNote, DisputePaper, DisputeQuestion
from heyue.disputes.reads import papers_shown, sealed, visible
from heyue.disputes.states import DESK, OPEN, OUTCOMES, Event, State
from heyue.engine.moves import BANK_SIDE, Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal, words
from heyue.evidence import Subject, append
from heyue.identity.actions import give_consent
from heyue.identity.models import Consent
from heyue.identity.reads import shown_as
from heyue.review import appeals
from heyue.review import reads as reviews
from heyue.vault import keyring

WORDS_CHARS_MIN, WORDS_CHARS_MAX = 10, 1000
TEXT_CHARS_MIN, TEXT_CHARS_MAX = 2, 1000
REASON_CHARS_MIN, REASON_CHARS_MAX = 10, 1000
OF_A_MATTER_MAX = 20
QUESTIONS_MAX = 20
NOTES_MAX = 100


@dataclass(frozen=True, slots=True)
class Complaint:
    """What the borrower holds to be wrong: kind, with whom, in the borrower's words.

    ``health_for_bank``: whether health papers given with it are for the bank too (a consent of its own).
    """

    kind: str
    against: str
    words: str
    health_for_bank: bool = False


@verb
def raise_dispute(negotiation_id: UUID, said: Complaint, papers: Sequence[StoredProof] = ()) -> UUID:
    """Open a dispute about one's own matter with a bank; its id.

    Raises ``NotFound``, ``Refusal``: ``dispute-kind``, ``dispute-against``, ``dispute-words``,
    ``bank-has-nothing`` against a bank that may not see the form, ``disputed-already`` for a second open one of a
    kind, ``too-many-disputes``, ``too-many-papers``.
    """
    form = _own_matter(negotiation_id)
    if said.kind not in Dispute.Kind.values:
        raise Refusal("dispute-kind", words("选一种最接近的"), field="kind", status=422)
    if said.against not in Dispute.Against.values:
        raise Refusal("dispute-against", words("选是和谁有关"), field="against", status=422)
    if said.against == Dispute.Against.BANK and not dispatches.is_out(form):
        raise Refusal(
            "bank-has-nothing",
            words("申请不在这家银行手上，它看不到你的异议。选“和约平台”，由平台来查。"),
            field="against",
            status=422,
        )
    text = _long_enough(said.words, "words")
    check_number(papers)
    earlier = Dispute.objects.filter(negotiation=form)
    if earlier.filter(kind=said.kind, against=said.against, state__in=OPEN).exists():
        raise Refusal(
            "disputed-already",
            words("这件事已经在查了，不用再提一次。"),
            next_step=words("有新的情况，等它问你时一起说。"),
        )
    if (count := earlier.count()) >= OF_A_MATTER_MAX:
        raise Refusal("too-many-disputes", words("对这家银行提的异议太多了。还有事，照投诉的路走。"))
    ring = keyring(form.borrower_id)
    row = Dispute(
        number=f"{form.number}-Y{count + 1}",
        negotiation=form,
        application_id=form.application_id,
        borrower_id=form.borrower_id,
        bank_id=form.bank_id,
        kind=said.kind,
        against=said.against,
        sealed_words=sealed(ring, "words", text),
        made_at=clock.now(),
    )
    facts = {"number": row.number, "kind": row.kind, "against": row.against, "said": text}
    begin(row, {**facts, "papers": [one.sha256 for one in papers]}, starts=WaitKind.DISPUTE)
    _keep(row, said, papers)
    return row.pk


@verb
def take(dispute_id: UUID, from_other: bool = False) -> None:
    """Take a dispute in hand; from a colleague only when that is meant.

    A dispute with the platform is not for the reviewer who decided on its application (``own-decision``).
    """
    row = _at_desk(dispute_id)
    me = current().actor.me
    if row.state == State.IN_HAND and row.owner_id == me:
        return
    if row.against == Dispute.Against.PLATFORM and me in _who_reviewed(row):
        raise Refusal("own-decision", words("这份申请是你初审的，对平台的异议要由另一位同事查。"), status=403)
    if row.state == State.IN_HAND and not from_other:
        raise _taken(row)
    move(row, Event.TAKEN)
    row.owner_id = me
    row.save(update_fields=["owner"])


@verb
def ask(dispute_id: UUID, to: str, text: str) -> None:
    """Put a question to the borrower or the bank; a bank is sent it by message where one gets there.

    Raises ``Refusal``: ``dispute-asked-whom`` where the bank is asked of the platform's own matter,
    ``bank-not-reached`` where nobody of the bank would see the question.
    """
    row = _mine(dispute_id)
    if to not in DisputeQuestion.To.values or (to == "bank" and row.against == Dispute.Against.PLATFORM):
        raise Refusal("dispute-asked-whom", words("选问谁"), field="to", status=422)
    if to == DisputeQuestion.To.BANK and not to_bank.reaches_bank(row):
        raise Refusal(
            "bank-not-reached",
            words("这家银行没有接口、邮箱，也没有人在这里看得到这件异议，问题送不到。打电话问它，把回答记在备注里。"),
            field="to",
            status=422,
        )
    said = _short_enough(text)
    if row.questions.count() >= QUESTIONS_MAX:
        raise Refusal("too-many-questions", words("问得太多了，先看看已有的回答。"))
    if row.questions.filter(to=to, answered_at__isnull=True).exists():
        raise Refusal("asked-already", words("上一个问题还没有回答，等它答了再问。"), field="text", status=422)
    asked = DisputeQuestion(
        dispute=row,
        to=to,
        sealed_question=sealed(keyring(row.borrower_id), "question", said),
        asked_by_id=current().actor.me,
        asked_at=clock.now(),
    )
    event = Event.BORROWER_ASKED if to == DisputeQuestion.To.BORROWER else Event.BANK_ASKED
    if event == Event.BANK_ASKED:
        by = ends(WaitKind.DISPUTE_ANSWER, current().today).on
        asked.message_id = to_bank.send(row, asked, said, by)
    asked.save(force_insert=True)
    move(row, event, {"said": said, "question": str(asked.pk)}, params=_named(row))


@verb
def answer(dispute_id: UUID, asked_id: UUID, text: str, position: str = DisputeQuestion.Position.INFORMS.value) -> None:
    """Answer a question that was put to one's own side. An answer stands; a second one is refused.

    ``position`` is a bank's. Raises ``NotFound``, ``Refusal``: ``answered-already``, ``dispute-closed``,
    ``dispute-position``, ``dispute-text``.
    """
    actor = current().actor
    row = _locked(dispute_id)
    if actor.role is not Role.BORROWER and actor.role not in BANK_SIDE:
        raise NotPermitted()
    side = DisputeQuestion.To.BORROWER if actor.role is Role.BORROWER else DisputeQuestion.To.BANK
    asked = row.questions.filter(pk=asked_id, to=side).first()
    if asked is None:
        raise NotFound()
    if asked.answered_at:
        raise Refusal("answered-already", words("这个问题已经答过了。"))
    if row.state not in OPEN:
        raise Refusal("dispute-closed", words("这件异议已经有结论，或者撤回了，不用再答。"))
    if position not in DisputeQuestion.Position.values:
        raise Refusal("dispute-position", words("选我行怎么看"), field="position", status=422)
    said, facts = _short_enough(text), {"question": str(asked.pk)}
    if side == DisputeQuestion.To.BANK:
        asked.position = position
        facts["position"] = position
    event = Event.BORROWER_ANSWERED if side == DisputeQuestion.To.BORROWER else Event.BANK_ANSWERED
    move(row, event, {"said": said, **facts})
    asked.sealed_answer = sealed(keyring(row.borrower_id), "answer", said)
    asked.answered_at = clock.now()
    who = shown_as(actor) if actor.role is Role.OFFICER else None
    system = row.bank.name if actor.role is Role.BANK else ""
    asked.answered_by = actor.named or (f"{who.name} {who.staff_number}".strip() if who else system)
    asked.save(update_fields=["sealed_answer", "answered_at", "answered_by", "position"])


@verb
def answer_by_message(negotiation_id: UUID, dispute_id: str, question_id: str, position: str, text: str) -> None:
    """The bank's system answers a question. Another bank's dispute, or another negotiation's, is unknown to it.

    Raises ``Refusal``: ``unknown-dispute``, ``unknown-question``, and what ``answer`` raises.
    """
    no_dispute = Refusal("unknown-dispute", words("这份协商里没有这件异议。"), field="dispute_id", status=422)
    no_question = Refusal("unknown-question", words("这件异议里没有这个问题。"), field="question_id", status=422)
    mine = visible(current().actor).filter(negotiation_id=negotiation_id)
    row = mine.filter(pk=_id_of(dispute_id, no_dispute)).first()
    if row is None:
        raise no_dispute
    asked = row.questions.filter(pk=_id_of(question_id, no_question), to=DisputeQuestion.To.BANK).first()
    if asked is None:
        raise no_question
    answer(row.pk, asked.pk, text, position)


@verb
def write_note(dispute_id: UUID, text: str) -> None:
    """Keep a note for colleagues. Its leaf names no borrower: it is the desk's own."""
    row = _at_desk(dispute_id)
    said = _short_enough(text)
    if row.notes.count() >= NOTES_MAX:
        raise Refusal("too-many-notes", words("备注太多了，写进结论里。"))
    kept = DisputeNote.objects.create(
        dispute=row,
        author_id=current().actor.me,
        sealed_text=sealed(keyring(row.borrower_id), "note", said),
        written_at=clock.now(),
    )
    append("dispute-note.written", Subject("dispute-note", kept.pk), current().actor, {"dispute": row.number})


@verb
def decide(dispute_id: UUID, outcome: str, reason: str) -> None:
    """Say what came of it, with a reason that the borrower and (in a dispute with it) the bank see."""
    row = _mine(dispute_id)
    event = next((one for one in OUTCOMES if one.value == outcome), None)
    if event is None:
        raise Refusal("dispute-outcome", words("选一个结论"), field="outcome", status=422)
    said = reason.strip()
    if not REASON_CHARS_MIN <= len(said) <= REASON_CHARS_MAX:
        raise Refusal(
            "dispute-reason",
            words("写清楚查到了什么、为什么，10 到 1000 个字，两边都看得懂"),
            field="reason",
            status=422,
        )
    move(row, event, {"reason": said}, params=_named(row))
    row.sealed_reason = sealed(keyring(row.borrower_id), "reason", said)
    row.decided_at = clock.now()
    row.save(update_fields=["sealed_reason", "decided_at"])
    to_bank.tell_closed(row, outcome, said)


@verb
def withdraw(dispute_id: UUID) -> None:
    """The borrower takes the dispute back."""
    row = _locked(dispute_id)
    if current().actor.role is not Role.BORROWER:
        raise NotPermitted()
    move(row, Event.WITHDRAWN)
    to_bank.tell_closed(row, State.WITHDRAWN.value)


@verb
def overdue(dispute_id: UUID) -> None:
    """No outcome in its days; the desk sees it."""
    move(_locked(dispute_id), Event.OVERDUE)


@verb
def bank_late(dispute_id: UUID) -> None:
    """The bank's days for a question went by without its answer; the desk sees it. A late answer is still taken."""
    move(_locked(dispute_id), Event.BANK_LATE)


@verb
def record_look(dispute_id: UUID, paper_id: UUID) -> None:
    """Record that somebody other than the borrower opened a paper; the borrower can see it."""
    row = _locked(dispute_id)
    if current().actor.role is Role.BORROWER:
        raise NotPermitted()
    if not papers_shown(current().actor, row).filter(pk=paper_id).exists():
        raise NotFound()
    note(row, "proof-looked-at", {"proof": str(paper_id), "by": current().actor.role.value})


def _keep(row: Dispute, said: Complaint, papers: Sequence[StoredProof]) -> None:
    """Keep the papers; health papers are for the bank only where the borrower said so, which is a consent."""
    ring, with_bank = keyring(row.borrower_id), row.against == Dispute.Against.BANK
    health_too = with_bank and said.health_for_bank
    if health_too and any(one.kind in HEALTH_KINDS for one in papers):
        give_consent(row.bank_id, Consent.Purpose.HEALTH)
    for one in papers:
        is_health = one.kind in HEALTH_KINDS
        DisputePaper.objects.create(
            dispute=row,
            borrower_id=row.borrower_id,
            is_health=is_health,
            for_bank=health_too if is_health else with_bank,
            sealed_name=sealed(ring, "paper-name", one.name),
            media_type=one.media_type,
            sha256=one.sha256,
            file=one.file,
            added_at=clock.now(),
        )


def _id_of(text: str, unknown: Refusal) -> UUID:
    """Read an id that a bank sent. Raises ``unknown`` for a text that is none."""
    try:
        return UUID(text)
    except ValueError:
        raise unknown from None


def _named(row: Dispute) -> dict[str, str] | None:
    """Name the bank in a notice; one about a dispute with the platform names none."""
    return {"bank": row.bank.name} if row.against == Dispute.Against.BANK else None


def _own_matter(negotiation_id: UUID) -> Dispatch:
    actor = current().actor
    if actor.role is not Role.BORROWER:
        raise NotFound()
    mine = dispatches.visible(actor).select_for_update(of=("self",)).filter(pk=negotiation_id)
    form = mine.first()
    if form is None:
        raise NotFound()
    return form


def _locked(dispute_id: UUID) -> Dispute:
    """Lock a dispute for the open act's actor; the clock reaches all. Raises ``NotFound``."""
    actor = current().actor
    if actor.role is not Role.CLOCK and not visible(actor).filter(pk=dispute_id).exists():
        raise NotFound()
    return scope.locked(Dispute.objects.select_related("bank", "negotiation"), dispute_id)


def _at_desk(dispute_id: UUID) -> Dispute:
    row = _locked(dispute_id)
    if current().actor.role not in DESK:
        raise NotPermitted()
    return row


def _mine(dispute_id: UUID) -> Dispute:
    """Lock a dispute that one has in hand. Raises ``taken-by-other``, ``not-possible-now``."""
    row = _at_desk(dispute_id)
    if row.state == State.IN_HAND and row.owner_id != current().actor.me:
        raise _taken(row)
    row.TABLE.decide(row.state, Event.BORROWER_ASKED, current().actor.role)
    return row


def _who_reviewed(row: Dispute) -> set[UUID]:
    """Return who decided on its application: the reviewer, and who rejected or decided where it was appealed."""
    actor, of_it = current().actor, {"application_id": row.application_id}
    people = set(reviews.visible(actor).filter(**of_it).values_list("reviewer_id", flat=True))
    for pair in appeals.visible(actor).filter(**of_it).values_list("rejected_by_id", "reviewer_id"):
        people.update(pair)
    return {one for one in people if one}


def _taken(row: Dispute) -> Refusal:
    return Refusal(
        "taken-by-other",
        words("这件在%(name)s手上。"),
        next_step=words("要接过来办，点“接过来”。"),
        params={"name": row.owner.display_name if row.owner else ""},
    )


def _long_enough(text: str, field: str) -> str:
    said = text.strip()
    if not WORDS_CHARS_MIN <= len(said) <= WORDS_CHARS_MAX:
        raise Refusal("dispute-words", words("写清楚是什么事，10 到 1000 个字"), field=field, status=422)
    return said


def _short_enough(text: str) -> str:
    said = text.strip()
    if not TEXT_CHARS_MIN <= len(said) <= TEXT_CHARS_MAX:
        raise Refusal("dispute-text", words("写一两句，1000 字以内"), field="text", status=422)
    return said
