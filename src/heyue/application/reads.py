"""What each actor may see of applications: a borrower the own ones, a reviewer all that were handed in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Case, QuerySet, When

from heyue.application.models import Application, Proof, ProofLook
from heyue.application.states import ENDED, UNDER_REVIEW, Event, State
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound
from heyue.vault import Keyring, keyring


def visible(actor: Actor) -> QuerySet[Application]:
    """Return the applications that this actor may see, newest first. Banks see dispatches, not applications."""
    rows = Application.objects.select_related("borrower").order_by("-started_at")
    if actor.role == Role.BORROWER:
        return rows.filter(borrower_id=actor.person_id)
    if actor.role == Role.HELPER and actor.helps:
        return rows.filter(borrower_id=actor.helps)
    if actor.role in (Role.REVIEWER, Role.OPERATOR):
        return rows.exclude(state=State.DRAFT)
    return rows.none()


def application(actor: Actor, application_id: UUID) -> Application:
    """Return one application with its debts. Raises ``NotFound``."""
    found = visible(actor).filter(pk=application_id).prefetch_related("debts__bank").first()
    if found is None:
        raise NotFound()
    return found


def in_the_making(actor: Actor) -> Application | None:
    """Return the borrower's draft or returned application, if there is one."""
    return visible(actor).filter(state__in=[State.DRAFT, State.RETURNED]).first()


def is_in_the_making(row: Application) -> bool:
    """Whether the borrower may still change it: never handed in, or returned for more."""
    return row.state in (State.DRAFT, State.RETURNED)


def is_returned(row: Application) -> bool:
    """Whether the reviewer asked for more; ``words_back`` says what."""
    return row.state == State.RETURNED


def is_under_review(row: Application) -> bool:
    """Whether it waits for a reviewer's word, the first or the one on an appeal."""
    return row.state in UNDER_REVIEW


def is_rejected(row: Application) -> bool:
    """Whether the reviewer rejected it; ``words_back`` says why."""
    return row.state == State.REJECTED


def is_withdrawn(row: Application) -> bool:
    """Whether the borrower took it back."""
    return row.state == State.WITHDRAWN


def any_under_review(actor: Actor) -> bool:
    """Whether one of them, the newest or not, waits for a reviewer's word."""
    return visible(actor).filter(state__in=UNDER_REVIEW).exists()


def has_ended(row: Application) -> bool:
    """Whether nothing is open about it."""
    return row.state in ENDED


def may_be_used_again(row: Application) -> bool:
    """Whether its answers may be used for another one: it has ended, or it is with the banks."""
    return row.state in (*ENDED, State.PASSED)


def earlier(actor: Actor, application_id: UUID | None) -> Application | None:
    """Return the own application to begin another one from, by default the newest; None where there is none."""
    found = visible(actor).filter(pk=application_id).first() if application_id else latest(actor)
    return found if found and actor.role == Role.BORROWER and may_be_used_again(found) else None


def may_be_withdrawn(actor: Actor, row: Application) -> bool:
    """Whether this actor may take it back now."""
    return Event.WITHDRAWN in row.TABLE.possible(row.state, actor.role)


def latest(actor: Actor) -> Application | None:
    """Return the borrower's newest application; an older one instead while it is under review again by an appeal,
    or goes on where the newer was taken back.
    """
    awaited = Case(When(state__in=UNDER_REVIEW, then=0), default=1)
    found = visible(actor).order_by(awaited, "-started_at").first()
    if found and found.state == State.WITHDRAWN:
        return visible(actor).exclude(state__in=ENDED).first() or found
    return found


def answers(actor: Actor, row: Application) -> dict[str, Any]:
    """Open the interview of an application that the actor may see."""
    if actor.role == Role.HELPER and "fill" not in actor.scopes:
        raise NotFound()
    if not visible(actor).filter(pk=row.pk).exists():
        raise NotFound()
    return keyring(row.borrower_id).open_json(row.sealed_answers, "answers")


def proofs(actor: Actor, row: Application) -> list[tuple[Proof, str]]:
    """Return the standing proofs of a visible application, each with its opened file name."""
    if actor.role == Role.HELPER:
        raise NotFound()
    if not visible(actor).filter(pk=row.pk).exists():
        raise NotFound()
    return named(keyring(row.borrower_id), row.proofs.filter(removed_at__isnull=True))


def named(ring: Keyring, rows: QuerySet[Proof]) -> list[tuple[Proof, str]]:
    """Pair proofs with their opened file names."""
    return [(proof, ring.open_text(proof.sealed_name, "proof-name")) for proof in rows]


def proof(actor: Actor, proof_id: UUID) -> Proof:
    """Return one standing proof for its borrower or a reviewer, never a helper. Raises ``NotFound``."""
    if actor.role == Role.HELPER:
        raise NotFound()
    found = Proof.objects.filter(pk=proof_id, removed_at__isnull=True, application__in=visible(actor)).first()
    if found is None:
        raise NotFound()
    return found


def proof_with_name(actor: Actor, proof_id: UUID) -> tuple[Proof, str]:
    """Return one standing proof with its opened file name. Raises ``NotFound``."""
    found = proof(actor, proof_id)
    return found, keyring(found.borrower_id).open_text(found.sealed_name, "proof-name")


def looks(actor: Actor) -> QuerySet[ProofLook]:
    """Return who looked at the borrower's proofs, newest first."""
    if actor.role != Role.BORROWER or actor.person_id is None:
        return ProofLook.objects.none()
    return ProofLook.objects.filter(borrower_id=actor.person_id).select_related("proof").order_by("-looked_at")
