"""Verbs of the application: begin, answer, choose, prove, submit, take back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from heyue import clock
from heyue.acts import begin, current, move, note, verb
from heyue.application.answers import PARTS, part_version
from heyue.application.models import Application, DayCount, Proof, ProofLook
from heyue.application.plan import asked_by
from heyue.application.proofs import HEALTH_KINDS, PROOFS_EVER_MAX, PROOFS_MAX, StoredProof, discard
from heyue.application.states import ENDED, UNDER_REVIEW, Event, State, Submitted, Withdrawn
from heyue.application.submission import (
    declared,
    fix_debts,
    refuse_busy,
    refuse_incomplete,
    refuse_other_needs,
    refuse_unconfirmed,
)
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal, words
from heyue.engine.version import ENGINE_VERSION
from heyue.identity.actions import give_consent
from heyue.identity.models import Consent, Person
from heyue.notices import NoticeKind, tell
from heyue.vault import keyring
from heyue.wallet.reads import by_bank

IN_THE_MAKING = (State.DRAFT, State.RETURNED)
ANSWERED_ELSEWHERE = words("这一题刚在别处改过，两边的都在，看看要哪个。")


@verb
def start(previous_id: UUID | None = None) -> UUID:
    """Begin an application, or go on with the one in the making or under review; return its id.

    ``previous_id``: an earlier one, whose answers and proofs are taken over (not the plan: sums change). It has
    ended, or banks are talking about it, so that one bank can be asked anew while others go on.
    """
    borrower_id = _me()
    Person.objects.select_for_update().get(pk=borrower_id)  # two taps at once begin one application
    standing = Application.objects.filter(borrower_id=borrower_id, state__in=[*IN_THE_MAKING, *UNDER_REVIEW])
    if found := standing.first():
        return found.pk
    previous = _earlier(previous_id) if previous_id else None
    answers: dict[str, Any] = {}
    if previous:
        answers = keyring(borrower_id).open_json(previous.sealed_answers, "answers")
        answers.pop("plan", None)
    row = Application(
        number=_number(current().today),
        borrower_id=borrower_id,
        previous=previous,
        sealed_answers=keyring(borrower_id).seal_json(answers, "answers"),
        started_at=clock.now(),
    )
    begin(row, {"number": row.number, **({"previous": previous.number} if previous else {})})
    if previous:
        _take_over_proofs(previous, row)
    return row.pk


@verb
def save_answers(application_id: UUID, part: str, values: dict[str, Any], version: str | None = None) -> None:
    """Keep one part of the interview (already cleaned). Other parts stay; a change of sums drops the plan.

    ``version`` is the part's (``answers.part_version``) that the borrower saw when typing. Raises
    ``Refusal("answered-elsewhere")`` where another tab or phone has saved something else meanwhile.
    """
    if part not in PARTS:
        raise NotFound()
    row = _to_fill_in(application_id)
    ring = keyring(row.borrower_id)
    answers = ring.open_json(row.sealed_answers, "answers")
    if answers.get(part) == values:
        return
    if version not in (None, part_version(answers, part)):
        raise Refusal("answered-elsewhere", ANSWERED_ELSEWHERE)
    answers[part] = values
    if part in ("cards", "income", "expenses"):
        row.recommendation = None
        answers.pop("plan", None)
    row.sealed_answers = ring.seal_json(answers, "answers")
    row.answers_version += 1
    row.answers_saved_at = clock.now()
    row.save(update_fields=["sealed_answers", "answers_version", "answers_saved_at", "recommendation"])


@verb
def keep_recommendation(
    application_id: UUID,
    request: dict[str, Any],
    answer: dict[str, Any],
    affordable_fen: int,
    savings_fen: int,
    answers_version: int | None = None,
) -> None:
    """Keep what the engine recommended, with its input, so that the choice can be explained later.

    ``answers_version`` is that of the answers it was solved from: refused when they have changed since.
    """
    row = in_the_making(application_id)
    if answers_version not in (None, row.answers_version):
        raise Refusal("changed-meanwhile", words("你刚刚在别处改过，方案要重新算一下。"), next_step=words("刷新页面。"))
    row.recommendation = {"request": request, "answer": answer}
    row.affordable_fen = affordable_fen
    row.savings_fen = savings_fen
    row.engine_version = ENGINE_VERSION
    row.save(update_fields=["recommendation", "affordable_fen", "savings_fen", "engine_version"])


@verb
def add_proof(application_id: UUID, stored: StoredProof) -> UUID:
    """Add a stored proof; the same file twice is kept once. Returns the proof's id."""
    row = in_the_making(application_id)
    standing = row.proofs.filter(removed_at__isnull=True)
    if same := standing.filter(sha256=stored.sha256, kind=stored.kind).first():
        return same.pk
    if standing.count() >= PROOFS_MAX:
        raise Refusal("too-many-proofs", words("材料已经有 30 份了，先删掉不要的"), field="file", status=422)
    if row.proofs.count() >= PROOFS_EVER_MAX:
        raise Refusal(
            "too-many-proofs-ever",
            words("这份申请传过又删掉的材料太多了，不能再传。先交上去，还缺什么初审会告诉你"),
            field="file",
            status=422,
        )
    return keep_proof(row, stored)


def keep_proof(row: Application, stored: StoredProof, only_for: UUID | None = None) -> UUID:
    """Write down a file that was taken in as a proof of this application, with its leaf; its id."""
    proof = Proof.objects.create(
        application=row,
        borrower_id=row.borrower_id,
        kind=stored.kind,
        is_health=stored.kind in HEALTH_KINDS,
        sealed_name=keyring(row.borrower_id).seal(stored.name, "proof-name"),
        media_type=stored.media_type,
        size_bytes=stored.size_bytes,
        pages=stored.pages,
        sha256=stored.sha256,
        file=stored.file,
        hints=list(stored.hints),
        only_for_id=only_for,
        added_at=clock.now(),
    )
    note(row, "proof-added", {"proof": str(proof.pk), "kind": proof.kind, "sha256": proof.sha256})
    return proof.pk


@verb
def remove_proof(application_id: UUID, proof_id: UUID) -> None:
    """Take a proof out; one removed already stays removed. What nobody else was shown is deleted for good."""
    row = in_the_making(application_id)
    if row.proofs.filter(pk=proof_id, removed_at__isnull=True).update(removed_at=clock.now()):
        note(row, "proof-removed", {"proof": str(proof_id)})
        if row.submitted_at is None:
            _forget_file(row.proofs.get(pk=proof_id))


@verb
def keep_as_it_is(application_id: UUID, proof_id: UUID) -> None:
    """The borrower looked at the hints on a picture and leaves it as it is: nobody asks again."""
    in_the_making(application_id).proofs.filter(pk=proof_id, removed_at__isnull=True).update(hints=[])


@verb
def record_look(proof_id: UUID) -> None:
    """Record that somebody other than the borrower looked at a proof; the borrower can see it."""
    actor = current().actor
    proof = Proof.objects.select_related("application").filter(pk=proof_id).first()
    if proof is None:
        raise NotFound()
    if actor.role is Role.BORROWER:
        raise NotPermitted()
    ProofLook.objects.create(
        proof=proof,
        borrower_id=proof.borrower_id,
        actor_role=actor.role.value,
        actor_id=actor.person_id,
        bank_id=actor.bank_id,
        looked_at=clock.now(),
    )
    note(proof.application, "proof-looked-at", {"proof": str(proof.pk), "by": actor.role.value})


@verb
def submit(
    application_id: UUID,
    declared_true: bool,
    bank_ids: set[UUID],
    busy: frozenset[UUID] = frozenset(),
    answers_version: int | None = None,
    needs_seen: Mapping[UUID, str] | None = None,
) -> tuple[Submitted, ...]:
    """Hand in: fix the sums as of today's base date, the plan asked of each bank, and the declaration.

    ``bank_ids`` are the banks to which the borrower agreed to disclose it; each chosen bank needs it.
    ``busy`` are banks with which something is open already (``journey.busy_banks``).
    ``answers_version`` is that of the answers that were declared true: refused when they have changed since.
    ``needs_seen`` is what each bank was to be shown on the page (``submission.digest_of_needs``): likewise.
    Raises ``NotComplete`` with every finding, ``NotConfirmed`` for missing ticks, ``Refusal`` for a busy bank.
    """
    row = in_the_making(application_id)
    if answers_version not in (None, row.answers_version):
        raise Refusal("changed-meanwhile", words("刚在别处改过，下面是最新的。看一遍再交。"))
    answers = keyring(row.borrower_id).open_json(row.sealed_answers, "answers")
    debts = by_bank(current().actor, chosen_cards(answers))
    refuse_busy(debts, busy)
    refuse_incomplete(row, answers, debts, current().today)
    refuse_unconfirmed(declared_true, debts, bank_ids)
    refuse_other_needs(debts, needs_seen)
    for debt in debts:
        give_consent(debt.bank.pk, Consent.Purpose.APPLICATION.value)
    fix_debts(row, debts, asked_by(row.recommendation, answers["plan"]))
    row.base_date = current().today
    row.plan_name = answers["plan"]["name"]
    row.declared_true_at = row.submitted_at = clock.now()
    row.words_back = ""
    row.save(update_fields=["base_date", "plan_name", "declared_true_at", "submitted_at", "words_back"])
    move(row, Event.SUBMITTED, declared(row, answers, current().today))
    return (Submitted(row.pk, row.borrower_id),)


@verb
def withdraw(application_id: UUID) -> tuple[Withdrawn, ...]:
    """Take the application back; what runs at banks by agreement already goes on."""
    row = _own(application_id)
    move(row, Event.WITHDRAWN)
    return (Withdrawn(row.pk, row.borrower_id),)


@verb
def mark_passed(application_id: UUID) -> None:
    """The preliminary review passed it."""
    move(_locked(application_id), Event.PASSED)


@verb
def mark_returned(application_id: UUID, words_back: str) -> None:
    """The preliminary review asks for more; the borrower sees the reviewer's words."""
    _answer_back(_locked(application_id), Event.RETURNED, words_back)


@verb
def mark_rejected(application_id: UUID, words_back: str) -> None:
    """The preliminary review rejected it; the borrower sees the reason and may apply anew."""
    _answer_back(_locked(application_id), Event.REJECTED, words_back)


@verb
def proofs_overdue(application_id: UUID) -> None:
    """What the reviewer asked for has not come: the borrower is reminded, nothing else happens."""
    row = _locked(application_id)
    note(row, "proofs-overdue")
    tell(row.borrower_id, NoticeKind.MORE_ASKED, "application", row.pk)


@verb
def close(application_id: UUID) -> None:
    """Nothing is open any more with any bank; an application that was withdrawn meanwhile stays so."""
    row = _locked(application_id)
    if row.state == State.PASSED:
        move(row, Event.CLOSED)


def chosen_cards(answers: dict[str, Any]) -> set[UUID]:
    """Return the ids of the chosen cards."""
    return {UUID(i) for i in answers.get("cards", {}).get("ids", [])}


def _take_over_proofs(previous: Application, row: Application) -> None:
    """The new application shows the same sealed files; the old one keeps its own list.

    What one bank asked for in a question was for it alone, and stays with the old one.
    """
    for proof in previous.proofs.filter(removed_at__isnull=True, only_for__isnull=True):
        earlier = proof.pk
        proof.pk = Proof._meta.pk.get_default()
        proof.application = row
        proof.save(force_insert=True)
        note(row, "proof-added", {"proof": str(proof.pk), "sha256": proof.sha256, "taken_over_from": str(earlier)})


def _forget_file(proof: Proof) -> None:
    if not Proof.objects.filter(file=proof.file).exclude(pk=proof.pk).exists():
        transaction.on_commit(partial(discard, proof.file))


def _answer_back(row: Application, event: Event, words_back: str) -> None:
    move(row, event, {"words": words_back})
    row.words_back = words_back
    row.save(update_fields=["words_back"])


def _number(day: date) -> str:
    """Return the next number of the day: HY-20261116-0001."""
    DayCount.objects.get_or_create(day=day)
    DayCount.objects.filter(day=day).update(last=F("last") + 1)
    return f"HY-{day:%Y%m%d}-{DayCount.objects.get(day=day).last:04d}"


def _me() -> UUID:
    actor: Actor = current().actor
    if actor.role != Role.BORROWER or actor.person_id is None:
        raise NotFound()
    return actor.person_id


def _own(application_id: UUID) -> Application:
    row = Application.objects.select_for_update().filter(pk=application_id, borrower_id=_me()).first()
    if row is None:
        raise NotFound()
    return row


def _earlier(application_id: UUID) -> Application:
    row = _own(application_id)
    if row.state not in (*ENDED, State.PASSED):
        raise Refusal(
            "not-ended",
            words("那一份还没办完初审，不能照它再交一份。"),
            next_step=words("看看谈到哪一步了。"),
        )
    return row


def _to_fill_in(application_id: UUID) -> Application:
    """Lock the draft for its borrower, or for a helper who may fill it in (``journey.assisting``), not hand it in."""
    actor: Actor = current().actor
    if actor.role is not Role.HELPER:
        return in_the_making(application_id)
    if "fill" not in actor.scopes:
        raise NotPermitted()
    drafts = Application.objects.select_for_update().filter(state__in=IN_THE_MAKING)
    row = drafts.filter(pk=application_id, borrower_id=actor.helps).first()
    if row is None:
        raise NotFound()
    return row


def in_the_making(application_id: UUID) -> Application:
    """Lock the borrower's own application that may still be changed. Raises ``NotFound``, or why it may not be."""
    row = _own(application_id)
    if row.state not in IN_THE_MAKING:
        raise Refusal(
            "already-submitted",
            words("这份申请已经交上去了，不能再改。"),
            next_step=words("看看谈到哪一步了。"),
        )
    return row


def _locked(application_id: UUID) -> Application:
    row = Application.objects.select_for_update().filter(pk=application_id).first()
    if row is None:
        raise NotFound()
    return row
