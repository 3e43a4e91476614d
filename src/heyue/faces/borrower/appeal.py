"""申诉: the reason of a rejection, until when one may appeal, and the borrower's words and papers."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache

from heyue import clock
from heyue.application import reads as applications
from heyue.application.proofs import KINDS, StoredProof
from heyue.banks.models import Bank
from heyue.deadlines import RULES, WaitKind
from heyue.engine.moves import Actor
from heyue.faces.borrower.papers_field import PapersField, acted
from heyue.faces.sessions import borrower_only
from heyue.identity import reads as people
from heyue.identity.models import Consent
from heyue.journey import appealing, perform
from heyue.journey.reviewing import reviewing
from heyue.policy.load import rule
from heyue.review.actions import WORDS_CHARS_MAX


class AppealForm(forms.Form):
    """What is wrong with the rejection, and papers that show it."""

    words = forms.CharField(
        label=lazy("哪里不对，为什么"),
        max_length=WORDS_CHARS_MAX,
        widget=forms.Textarea({"rows": 5}),
        error_messages={
            "required": lazy("写清楚哪里不对，10 到 500 个字"),
            "max_length": lazy("写得太长了，留在 500 字以内"),
        },
    )
    kind = forms.ChoiceField(label=lazy("补的是什么材料"), required=False)
    papers = PapersField(label=lazy("材料（可以不传，一次最多 5 份）"))
    health = forms.TypedMultipleChoiceField(coerce=UUID, required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, banks: Sequence[Bank], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["health"].choices = [(str(one.pk), one.name) for one in banks]  # type: ignore[attr-defined]
        self.fields["kind"].choices = [(name, _(said)) for name, said in KINDS.items()]  # type: ignore[attr-defined]


@never_cache
@borrower_only
def appeal(request: HttpRequest, application_id: UUID) -> HttpResponse:
    """Show the reason and take the appeal; where none is possible, the progress page says how it stands."""
    row = applications.application(request.actor, application_id)
    standing = reviewing(request.actor, row)
    if standing.may_appeal_until is None:
        return redirect("progress-of", row.pk)
    posted = request.method == "POST"
    banks = [debt.bank for debt in row.debts.all()]
    given = people.standing_consents(request.actor, Consent.Purpose.HEALTH.value)
    first = {"kind": "other", "health": [str(one.pk) for one in banks if one.pk in given]}
    form = AppealForm(banks, request.POST, request.FILES) if posted else AppealForm(banks, initial=first)

    def do(actor: Actor, stored: Sequence[StoredProof]) -> None:
        said, health = form.cleaned_data["words"], frozenset(form.cleaned_data["health"])
        perform(actor, appealing.appeal, application_id=row.pk, said=said, proofs=stored, health_banks=health)

    kind = request.POST.get("kind") or "other"
    if posted and form.is_valid() and acted(request, form, kind, do):
        messages.success(request, _("申诉交上去了，由另一位初审员看。"))
        return redirect("progress-of", row.pk)
    days = rule(RULES[WaitKind.APPEAL_ANSWER].rule_id or "", clock.today()).value
    names = "、".join(one.name for one in banks)
    context = {"row": row, "standing": standing, "form": form, "days": days, "names": names}
    return render(request, "borrower/appeal.html", context)


urls = [path("apply/<uuid:application_id>/appeal", appeal, name="appeal")]
