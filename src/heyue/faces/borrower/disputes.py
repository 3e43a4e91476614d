"""异议: what a borrower holds to be wrong at a bank or the platform, how far it is looked into, what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from heyue import clock
from heyue.application.proofs import StoredProof
from heyue.deadlines import RULES, WaitKind
from heyue.dispatch import reads as dispatches
from heyue.disputes import actions, reads
from heyue.disputes.actions import WORDS_CHARS_MAX, Complaint
from heyue.disputes.models import Dispute
from heyue.engine.moves import Actor
from heyue.engine.refusal import Refusal
from heyue.faces.borrower.apply.proof_files import SANDBOXED
from heyue.faces.borrower.papers_field import PapersField, acted
from heyue.faces.borrower.ways import complaint_path, path_about_us
from heyue.faces.problems import sentence
from heyue.faces.sessions import borrower_only
from heyue.journey import perform
from heyue.journey.matters import all_matters, matter
from heyue.policy.load import rule


@dataclass(frozen=True, slots=True)
class Wrong:
    """An answer that was not taken: to which question, what was typed, why."""

    asked_id: UUID
    typed: str
    words: str


class DisputeForm(forms.Form):
    """What it is about, with whom, in the borrower's words, with papers."""

    kind = forms.ChoiceField(
        label=lazy("是什么事"), widget=forms.RadioSelect, error_messages={"required": lazy("选一种最接近的")}
    )
    against = forms.ChoiceField(
        label=lazy("和谁有关"), widget=forms.RadioSelect, error_messages={"required": lazy("选是和谁有关")}
    )
    words = forms.CharField(
        label=lazy("说清楚：哪天、哪一笔、谁说的"),
        max_length=WORDS_CHARS_MAX,
        widget=forms.Textarea({"rows": 5}),
        error_messages={
            "required": lazy("写清楚是什么事，10 到 1000 个字"),
            "max_length": lazy("写得太长了，留在 1000 字以内"),
        },
    )
    papers = PapersField(label=lazy("材料（可以不传，一次最多 5 份）"))
    health_papers = PapersField(label=lazy("看病的材料（病历、医疗票据，单独传在这里）"))
    health_for_bank = forms.BooleanField(required=False)

    def __init__(self, *args: object, bank: str, **kwargs: object) -> None:
        """``bank`` is its name, empty where it has nothing of the borrower's and only the platform can be meant."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["kind"].choices = [(name, _(said)) for name, said in reads.KINDS.items()]  # type: ignore[attr-defined]
        sides = [("bank", bank), ("platform", _("和约平台"))] if bank else [("platform", _("和约平台"))]
        self.fields["against"].choices = sides  # type: ignore[attr-defined]
        self.fields["health_for_bank"].label = _("同意给%(bank)s看病历、医疗票据") % {"bank": bank}


@never_cache
@require_safe
@borrower_only
def mine(request: HttpRequest) -> HttpResponse:
    """List the own disputes, the newest first, and the banks with which one can have another."""
    rows = reversed(list(reads.visible(request.actor)))
    context = {
        "found": [(row, _with_whom(row), _(reads.KINDS[row.kind]), _(reads.standing(row))) for row in rows],
        "matters": all_matters(request.actor),
    }
    return render(request, "borrower/disputes/list.html", context)


@never_cache
@borrower_only
def begin(request: HttpRequest, negotiation_id: UUID) -> HttpResponse:
    """Take a dispute about one bank's matter."""
    about = matter(request.actor, negotiation_id)
    name = about.bank.name if dispatches.is_out(about.dispatch) else ""
    posted = request.method == "POST"
    initial = {"kind": request.GET.get("kind", ""), "against": "" if name else "platform"}
    form = DisputeForm(request.POST, request.FILES, bank=name) if posted else DisputeForm(bank=name, initial=initial)
    made: list[UUID] = []

    def do(actor: Actor, stored: Sequence[StoredProof]) -> None:
        fields = ("kind", "against", "words", "health_for_bank")
        said = Complaint(**{field: form.cleaned_data[field] for field in fields})
        made.append(perform(actor, actions.raise_dispute, negotiation_id=negotiation_id, said=said, papers=stored))

    if posted and form.is_valid() and acted(request, form, "other", do, {"health_papers": "medical"}):
        messages.success(request, _("异议交上去了，平台会查。"))
        return redirect("dispute", made[0])
    days = rule(RULES[WaitKind.DISPUTE].rule_id or "", clock.today()).value
    earlier = [(row, _(reads.KINDS[row.kind])) for row in reads.of_negotiation(request.actor, negotiation_id)]
    context = {"matter": about, "bank": about.bank, "form": form, "days": days, "earlier": earlier}
    context["asks_health"] = bool(name)
    return render(request, "borrower/disputes/begin.html", context)


@never_cache
@require_safe
@borrower_only
def dispute(request: HttpRequest, dispute_id: UUID) -> HttpResponse:
    """Show one dispute: how it stands, what is asked, what came of it, and the ways beyond us."""
    return _page(request, reads.dispute(request.actor, dispute_id))


@require_POST
@borrower_only
def answer(request: HttpRequest, dispute_id: UUID, asked_id: UUID) -> HttpResponse:
    """Answer a question in place."""
    row = reads.dispute(request.actor, dispute_id)
    typed = request.POST.get("text", "")
    try:
        perform(request.actor, actions.answer, dispute_id=dispute_id, asked_id=asked_id, text=typed)
        messages.success(request, _("答复记下了。"))
    except Refusal as refusal:
        if refusal.field:
            return _page(request, row, Wrong(asked_id, typed, sentence(refusal)))
        if refusal.status == 404:
            raise
        messages.warning(request, sentence(refusal))
    return redirect("dispute", dispute_id)


@never_cache
@borrower_only
def withdraw(request: HttpRequest, dispute_id: UUID) -> HttpResponse:
    """Ask once more, then take the dispute back."""
    row = reads.dispute(request.actor, dispute_id)
    said = reads.told(request.actor, row)
    if not said.is_open:
        return redirect("dispute", dispute_id)
    if request.method == "POST":
        perform(request.actor, actions.withdraw, dispute_id=dispute_id)
        messages.success(request, _("异议撤回了。"))
        return redirect("dispute", dispute_id)
    return render(request, "borrower/disputes/withdraw.html", {"row": row, "said": said})


@require_safe
@never_cache
@borrower_only
def paper(request: HttpRequest, dispute_id: UUID, paper_id: UUID) -> HttpResponse:
    """Show an own paper."""
    found, content = reads.paper(request.actor, dispute_id, paper_id)
    headers = {"Content-Security-Policy": SANDBOXED, "Content-Disposition": "inline"}
    return HttpResponse(content, content_type=found.media_type, headers=headers)


def _with_whom(row: Dispute) -> str:
    return row.bank.name if row.against == Dispute.Against.BANK else _("和约平台")


def _page(request: HttpRequest, row: Dispute, wrong: Wrong | None = None) -> HttpResponse:
    said = reads.told(request.actor, row)  # type: ignore[attr-defined]
    with_bank = row.against == Dispute.Against.BANK
    context = {
        "row": row,
        "said": said,
        "bank": row.bank,
        "kind": _(said.kind),
        "with_whom": _with_whom(row),
        "standing": _(reads.standing(row)),
        "decided": bool(row.decided_at),
        "with_bank": with_bank,
        "ways": complaint_path(row.bank) if with_bank else path_about_us(),
        "wrong": wrong,
    }
    return render(request, "borrower/disputes/page.html", context)


urls = [
    path("disputes", mine, name="disputes"),
    path("n/<uuid:negotiation_id>/dispute", begin, name="dispute-begin"),
    path("disputes/<uuid:dispute_id>", dispute, name="dispute"),
    path("disputes/<uuid:dispute_id>/answer/<uuid:asked_id>", answer, name="dispute-answer"),
    path("disputes/<uuid:dispute_id>/withdraw", withdraw, name="dispute-withdraw"),
    path("disputes/<uuid:dispute_id>/papers/<uuid:paper_id>", paper, name="dispute-paper"),
]
