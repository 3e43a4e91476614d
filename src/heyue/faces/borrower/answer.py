"""The borrower's answer to a bank's question: in words, with papers that the bank asks for, or both."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from heyue.application.proofs import (
    CLARITY,
    HEALTH_KINDS,
    KINDS,
    StoredProof,
    check_number,
    discarded_if_refused,
    refused,
    take_in,
)
from heyue.dispatch.models import Dispatch
from heyue.engine.moves import Actor
from heyue.engine.refusal import Refusal
from heyue.faces.problems import sentence
from heyue.faces.upload_limit import was_too_large
from heyue.journey import perform
from heyue.negotiation import borrower_acts
from heyue.negotiation.answered_papers import kinds_for
from heyue.negotiation.models import Negotiation, Question


@dataclass(frozen=True, slots=True)
class Wrong:
    """An answer that was not taken: to which question, what was typed and chosen, at which field and why.

    ``doubtful``: a picture may be hard to read, and may be sent all the same.
    """

    question_id: UUID
    typed: str
    words: str
    field: str = "text"
    kind: str = ""
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Asking:
    """A bank's open question with the papers that may come with its answer."""

    row: Question
    question: str
    papers: Papers


@dataclass(frozen=True, slots=True)
class Papers:
    """Which papers may come with an answer: the kind that is asked for, else those that the bank may be shown."""

    asked: str
    kinds: tuple[tuple[str, str], ...]
    asks_health: bool


def papers_for(row: Question, form: Dispatch, *, health_given: bool) -> Papers:
    """Return which papers may come with the answer to a question, and whether a consent for health is to be asked."""
    kinds = kinds_for(form)
    asked = row.paper if row.paper in kinds else ""
    named = tuple((kind, _(said)) for kind, said in kinds.items())
    health = asked in HEALTH_KINDS if asked else not HEALTH_KINDS.isdisjoint(kinds)
    return Papers(_(KINDS[asked]) if asked else "", named, health and not health_given)


def answered(request: HttpRequest, talk: Negotiation, question_id: UUID) -> Wrong | None:
    """Send what was posted to the bank; what was wrong with it, None where it was taken.

    Raises ``Refusal`` that belongs to no field.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    typed, kind = request.POST.get("text", ""), _kind(request, talk, question_id)
    try:
        with discarded_if_refused() as stored:
            _take_in(request, actor, kind, stored)
            doubts = [CLARITY[hint] for one in stored for hint in one.hints if hint in CLARITY]
            if doubts and "as_it_is" not in request.POST:
                raise Refusal("paper-doubtful", doubts[0], field="papers", status=422)
            perform(
                actor,
                borrower_acts.answer,
                negotiation_id=talk.pk,
                question_id=question_id,
                text=typed,
                papers=stored,
                health_agreed="health" in request.POST,
            )
    except Refusal as refusal:
        if not refusal.field:
            raise
        field = "papers" if refusal.field in ("file", "kind") else refusal.field
        doubtful = refusal.code == "paper-doubtful"
        return Wrong(question_id, typed, sentence(refusal), field, kind, doubtful)
    return None


def _kind(request: HttpRequest, talk: Negotiation, question_id: UUID) -> str:
    asked = talk.questions.filter(pk=question_id).values_list("paper", flat=True).first()
    return asked or request.POST.get("kind", "")


def _take_in(request: HttpRequest, actor: Actor, kind: str, stored: list[StoredProof]) -> None:
    """Judge, wash and seal each file into ``stored``. Raises ``Refusal`` at ``file`` or ``kind``."""
    if was_too_large(request):
        raise refused("too-large")
    files = request.FILES.getlist("papers")
    check_number(files)
    for file in files:
        stored.append(take_in(actor.me, kind, file.name or "", file.read()))
