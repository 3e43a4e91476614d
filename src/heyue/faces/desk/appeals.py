"""The desk's page of appeals: the rejection, the findings and the appeal's words side by side, and the decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from heyue.application import reads as applications
from heyue.application.proofs import content_of
from heyue.deadlines import open_waits
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, Refusal
from heyue.faces.desk import viewer
from heyue.faces.desk.desk_form import DeskForm
from heyue.faces.desk.page import GONE_ON, act, gone_on, page, posted, taken
from heyue.faces.desk.reviews import compared, shown_findings
from heyue.faces.problems import field_error
from heyue.faces.sessions import staff_only
from heyue.identity.reads import masked
from heyue.journey import appealing, perform
from heyue.journey.board import late_since
from heyue.journey.staff_words import appeal_words
from heyue.review import appeals
from heyue.review.actions import WORDS_CHARS_MAX
from heyue.review.comparing import findings_of
from heyue.review.models import Appeal

DONE_SHOWN_MAX = 50


class AppealForm(DeskForm):
    """One of three decisions; upholding and asking for more need words, which the verb judges."""

    decision = forms.ChoiceField(
        choices=[("pass", ""), ("more", ""), ("uphold", "")],
        error_messages={"required": lazy("选一个决定"), "invalid_choice": lazy("选一个决定")},
    )
    words = forms.CharField(
        label=lazy("给持卡人的话"),
        required=False,
        max_length=WORDS_CHARS_MAX,
        widget=forms.Textarea({"class": "form-control", "rows": 2}),
        error_messages={"max_length": lazy("留在500字以内，对方才看得完")},
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One appeal as the list shows it."""

    appeal: Appeal
    name: str
    due_on: date | None
    standing: str
    may_decide: bool


@staff_only(Role.REVIEWER)
def queue(request: HttpRequest) -> HttpResponse:
    """List the open appeals, the oldest first, those against others before one's own; below what was decided."""
    waiting = list(appeals.queue(request.actor))
    rest = appeals.visible(request.actor).exclude(pk__in=[row.pk for row in waiting]).order_by("-made_at", "-pk")
    rows = sorted(_rows(request.actor, waiting), key=lambda row: not row.may_decide)
    context = {"rows": rows, "rest": _rows(request.actor, list(rest[:DONE_SHOWN_MAX]))}
    return page(request, "appeals.html", context)


@staff_only(Role.REVIEWER)
def appeal(request: HttpRequest, appeal_id: UUID) -> HttpResponse:
    """Show one appeal."""
    return _page(request, appeals.appeal_of(request.actor, appeal_id))


@staff_only(Role.REVIEWER)
@posted("/desk/appeals/{appeal_id}")
def take(request: HttpRequest, appeal_id: UUID) -> HttpResponse:
    """Take it in hand; from another reviewer only when that is asked for."""
    over = "over" in request.POST
    return act(
        request,
        f"/desk/appeals/{appeal_id}",
        lambda: perform(request.actor, appeals.take, appeal_id=appeal_id, from_other=over),
        _("这件在你手上了。"),
    )


@staff_only(Role.REVIEWER)
@posted("/desk/appeals/{appeal_id}")
def decide(request: HttpRequest, appeal_id: UUID) -> HttpResponse:
    """Uphold the rejection or overturn it; what cannot be done is said with the words kept."""
    form = AppealForm(request.POST)
    if not form.is_valid():
        return _page(request, appeals.appeal_of(request.actor, appeal_id), form)
    try:
        done = _decide(request.actor, appeal_id, form)
    except Refusal as refusal:
        if refusal.status in (403, 404):
            raise
        if refusal.status == GONE_ON:
            return gone_on(request, refusal, f"/desk/appeals/{appeal_id}")
        field_error(form, refusal)
        return _page(request, appeals.appeal_of(request.actor, appeal_id), form)
    return taken(request, done, "/desk/appeals", f"/desk/appeals/{appeal_id}#decide")


@staff_only(Role.REVIEWER)
def proof_picture(request: HttpRequest, appeal_id: UUID, proof_id: UUID) -> HttpResponse:
    """Return one page of a proof of the application."""
    row = appeals.appeal_of(request.actor, appeal_id)
    proof = applications.proof(request.actor, proof_id)
    if proof.application_id != row.application_id:
        raise NotFound()
    return viewer.picture(request, proof, lambda: content_of(proof.borrower_id, proof.file))


def _decide(actor: Actor, appeal_id: UUID, form: AppealForm) -> str:
    decision, said = form.cleaned_data["decision"], form.cleaned_data["words"]
    if decision == "pass":
        perform(actor, appealing.pass_, appeal_id=appeal_id)
        return _("改为通过了，正在排版，送到各家银行。")
    if decision == "more":
        perform(actor, appeals.ask_more, appeal_id=appeal_id, words_to_borrower=said)
        return _("改为请持卡人补充，补齐后会再回到初审。")
    perform(actor, appeals.uphold, appeal_id=appeal_id, reason=said)
    return _("维持退回，持卡人看得到理由和还能走的路。")


def _page(request: HttpRequest, row: Appeal, form: AppealForm | None = None) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    (shown,) = _rows(actor, [row])
    context = {
        "row": shown,
        "appeal": row,
        "name": shown.name,
        "reason": appeals.reason_of(row),
        "said": appeals.words_of(row),
        "answer": appeals.answer_of(row),
        "then": shown_findings(findings_of(row.findings)),
        "new_papers": len(row.proofs),
        "own": appeals.is_open(row) and appeals.has_rejected(actor, row),
        "can": appeals.may(actor, row),
        "decision": form or AppealForm(),
        **compared(request, row.review, f"/desk/appeals/{row.pk}"),
    }
    return page(request, "appeal.html", context)


def _rows(actor: Actor, found: list[Appeal]) -> list[Row]:
    waits, late = open_waits([row.pk for row in found]), late_since(actor)
    for_me = set(appeals.for_me(actor).values_list("pk", flat=True))
    due = {pk: each[0].due_on for pk, each in waits.items()}
    return [
        Row(
            appeal=row,
            name=masked(row.borrower).name,
            due_on=late.get(row.pk) or due.get(row.pk),
            standing=appeal_words(row),
            may_decide=not appeals.is_open(row) or row.pk in for_me,
        )
        for row in found
    ]


urls = [
    path("appeals", queue, name="desk-appeals"),
    path("appeals/<uuid:appeal_id>", appeal, name="desk-appeal"),
    path("appeals/<uuid:appeal_id>/take", take),
    path("appeals/<uuid:appeal_id>/decide", decide),
    path("appeals/<uuid:appeal_id>/proofs/<uuid:proof_id>", proof_picture),
]
