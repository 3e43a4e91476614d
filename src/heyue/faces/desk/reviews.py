"""The reviewer's desk: the queue of preliminary reviews, one case with its papers, and the decision."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from heyue.application import reads as applications
from heyue.application.proofs import content_of
from heyue.deadlines import open_waits
from heyue.dispatch import reads as dispatches
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, Refusal
from heyue.faces.desk import timeline, viewer
from heyue.faces.desk.page import GONE_ON, act, gone_on, page, posted, taken
from heyue.faces.desk.review_forms import DecisionForm, ReasonForm
from heyue.faces.problems import field_error
from heyue.faces.sessions import staff_only
from heyue.faces.shown import sum_text
from heyue.identity.reads import Full, Masked, masked
from heyue.journey import perform, story
from heyue.journey.board import late_since
from heyue.journey.staff_words import dispatch_words, review_words, talk_words
from heyue.negotiation import reads as negotiations
from heyue.review import actions, appeals, reads
from heyue.review.comparing import Comparison, Finding, compare
from heyue.review.models import Review

DONE_SHOWN_MAX = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One review as the queue lists it; sums in fen."""

    review: Review
    name: str
    due_on: date | None
    findings: int
    banks: int
    owed_fen: int
    standing: str
    in_hand_of: str
    mine: bool


@dataclass(frozen=True, slots=True)
class BankLine:
    """Where one bank's form stands after the review has passed."""

    number: str
    bank: str
    standing: str
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Link:
    """A paper that one can open beside a declared value."""

    kind: str
    address: str


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One declared value as the table shows it. ``look``: a finding is about its part."""

    anchor: str
    what: str
    said: str
    links: tuple[Link, ...]
    look: bool
    sure: bool
    source: str


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """One automatic finding with the place it leads to."""

    message: str
    place: str
    address: str


@staff_only(Role.REVIEWER)
def queue(request: HttpRequest) -> HttpResponse:
    """List what waits, the oldest first; what is decided stands below. A number that is looked for narrows both."""
    number = request.GET.get("q", "").strip()[:40]
    waiting = list(reads.queue(request.actor).filter(application__number__icontains=number))
    rest = reads.visible(request.actor).filter(application__number__icontains=number)
    rest = rest.exclude(pk__in=[r.pk for r in waiting]).order_by("-opened_at")
    context = {
        "q": number,
        "rows": _rows(request.actor, waiting),
        "rest": _rows(request.actor, list(rest[:DONE_SHOWN_MAX])),
    }
    return page(request, "reviews.html", context)


@staff_only(Role.REVIEWER)
def case(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Show one review."""
    return _case(request, reads.review(request.actor, review_id))


@staff_only(Role.REVIEWER)
@posted("/desk/reviews/{review_id}")
def take(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Take it in hand; from another reviewer only when that is asked for."""
    over = "over" in request.POST
    return act(
        request,
        f"/desk/reviews/{review_id}",
        lambda: perform(request.actor, actions.take, review_id=review_id, from_other=over),
        _("这件在你手上了。"),
    )


@staff_only(Role.REVIEWER)
@posted("/desk/reviews/{review_id}")
def decide(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Pass, ask for more, or reject; what cannot be done is said with the words kept."""
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _case(request, reads.review(request.actor, review_id), decision=form)
    try:
        done = _decide(request.actor, review_id, form)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        if refusal.status == GONE_ON:
            return gone_on(request, refusal, f"/desk/reviews/{review_id}")
        field_error(form, refusal)
        return _case(request, reads.review(request.actor, review_id), decision=form)
    return taken(request, done, "/desk/reviews", f"/desk/reviews/{review_id}#decide")


@staff_only(Role.REVIEWER)
@posted("/desk/reviews/{review_id}")
def unmask(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """Show name, identity number and phone in clear on this one answer, for a reason that is recorded."""
    review = reads.review(request.actor, review_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            full = perform(request.actor, actions.unmask, review_id=review_id, reason=form.cleaned_data["reason"])
            return _case(request, review, full=full)
        except Refusal as refusal:
            field_error(form, refusal)
    return _case(request, review, reason=form)


@staff_only(Role.REVIEWER)
def proof_picture(request: HttpRequest, review_id: UUID, proof_id: UUID) -> HttpResponse:
    """Return one page of a proof of this review."""
    review = reads.review(request.actor, review_id)
    proof = applications.proof(request.actor, proof_id)
    if proof.application_id != review.application_id:
        raise NotFound()
    return viewer.picture(request, proof, lambda: content_of(proof.borrower_id, proof.file))


def _decide(actor: Actor, review_id: UUID, form: DecisionForm) -> str:
    spoken = form.words_to_borrower(reads.review(actor, review_id).borrower.language)
    if form.cleaned_data["decision"] == "pass":
        perform(actor, actions.pass_, review_id=review_id)
        return _("通过了，正在排版，送到各家银行。")
    if form.cleaned_data["decision"] == "more":
        perform(actor, actions.ask_more, review_id=review_id, words_to_borrower=spoken)
        return _("已经请持卡人补充，补齐后会再回到这里。")
    perform(actor, actions.reject, review_id=review_id, reason=spoken)
    return _("已经退回，持卡人看得到原因，改好可以再交。")


def _case(
    request: HttpRequest,
    review: Review,
    *,
    decision: DecisionForm | None = None,
    reason: ReasonForm | None = None,
    full: Full | None = None,
) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    base = f"/desk/reviews/{review.pk}"
    shown: Full | Masked = full or masked(review.borrower)
    waits = open_waits([review.pk, review.application_id])
    context = {
        "review": review,
        "application": review.application,
        **compared(request, review, base),
        "holder": shown,
        "unmasked": full is not None,
        "name": masked(review.borrower).name,
        "can": reads.may(actor, review),
        "barred": reads.is_barred(actor, review),
        "standing": review_words(review),
        "due_on": late_since(actor).get(review.pk) or next((w[0].due_on for w in waits.values()), None),
        "banks": _banks(actor, review),
        "decision": decision or DecisionForm(),
        "reason": reason or ReasonForm(),
        "appealed": appeals.of_application(actor, review.application_id),
        "story": timeline.lines(story.of_application(actor, review.application_id)),
    }
    return page(request, "review.html", context)


def compared(request: HttpRequest, review: Review, base: str) -> dict[str, Any]:
    """Return what the panes of declared values and papers show, on the page at ``base``."""
    found: Comparison = compare(request.actor, review)  # type: ignore[attr-defined]
    papers = [(paper.proof, paper.name) for paper in found.papers]
    opened = viewer.asked_for(request, papers)
    return {
        "found": found,
        "lines": _lines(found, base),
        "findings": shown_findings(found.findings),
        "tabs": viewer.tabs(papers, base, opened[0] if opened else None),
        "opened": viewer.open_proof(request, *opened, base) if opened else None,
        "base": base,
    }


def shown_findings(found: Iterable[Finding]) -> list[ShownFinding]:
    """Return findings in words, each with the place on the page that it leads to."""
    return [ShownFinding(_(f.message), _(f.place), _place(f.part)) for f in found]


def _lines(found: Comparison, base: str) -> list[ShownLine]:
    anchored: set[str] = set()
    shown = []
    for line in found.lines:
        links = tuple(Link(_(paper.kind), f"{base}?proof={paper.proof.pk}#papers") for paper in line.papers)
        said = sum_text(line.amount_fen) if line.amount_fen is not None else _(line.said) if line.said else ""
        shown.append(
            ShownLine(
                anchor="" if line.part in anchored else f"part-{line.part}",
                what=_(line.what) % {"bank": line.of_bank} if line.of_bank else _(line.what),
                said=said,
                links=links,
                look=line.part in found.parts_to_look_at,
                sure=bool(line.of_bank),
                source=_("银行数据，基准日的数") if line.of_bank else _("没有材料"),
            )
        )
        anchored.add(line.part)
    return shown


def _place(part: str) -> str:
    """Return where on the page a part of the interview is seen."""
    return "#papers" if part in ("proofs", "wish", "plan") else f"#part-{part}"


def _rows(actor: Actor, reviews: list[Review]) -> list[Row]:
    waits, late = open_waits([r.pk for r in reviews]), late_since(actor)
    due = {pk: found[0].due_on for pk, found in waits.items()}
    return [_row(actor, review, late.get(review.pk) or due.get(review.pk)) for review in reviews]


def _row(actor: Actor, review: Review, due_on: date | None) -> Row:
    debts = list(review.application.debts.all())
    return Row(
        review=review,
        name=masked(review.borrower).name,
        due_on=due_on,
        findings=len(review.findings),
        banks=len(debts),
        owed_fen=sum(debt.balance_fen for debt in debts),
        standing=review_words(review),
        in_hand_of=review.reviewer.display_name if review.reviewer else "",
        mine=reads.may(actor, review).decide,
    )


def _banks(actor: Actor, review: Review) -> list[BankLine]:
    rows = list(dispatches.visible(actor).filter(application_id=review.application_id))
    talks = {talk.pk: talk for talk in negotiations.of_application(actor, review.application_id)}
    waits = open_waits([row.pk for row in rows])
    return [
        BankLine(
            row.number,
            row.bank.name,
            talk_words(talks[row.pk]) if row.pk in talks else dispatch_words(row),
            next((w.due_on for w in waits.get(row.pk, [])), None),
        )
        for row in rows
    ]


urls = [
    path("reviews", queue, name="desk-reviews"),
    path("reviews/<uuid:review_id>", case, name="desk-review"),
    path("reviews/<uuid:review_id>/take", take),
    path("reviews/<uuid:review_id>/decide", decide),
    path("reviews/<uuid:review_id>/unmask", unmask),
    path("reviews/<uuid:review_id>/proofs/<uuid:proof_id>", proof_picture),
]
