"""A call to the bank: what to say, what to ask, what not to promise, and the note that makes it evidence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
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
from heyue.engine.moves import Actor
from heyue.engine.refusal import Refusal
from heyue.faces.borrower.call_guide import guide
from heyue.faces.problems import field_error
from heyue.faces.sessions import borrower_only
from heyue.identity import reads as people
from heyue.journey import perform
from heyue.journey.matters import Matter, matter
from heyue.negotiation import borrower_acts
from heyue.negotiation import reads as negotiations
from heyue.negotiation.borrower_acts import CALL_RESULTS, NOTES_CHARS_MAX, STAFF_CHARS_MAX, CallNote

EARLIEST_YEAR = 2000


class CallForm(forms.Form):
    """What came of a call; ``called_at`` was written by the page, so that one call is noted once."""

    called_at = forms.CharField(widget=forms.HiddenInput, required=False)
    seconds = forms.IntegerField(widget=forms.HiddenInput, required=False)
    result = forms.ChoiceField(
        label=lazy("结果"), widget=forms.RadioSelect, error_messages={"required": lazy("选一个结果")}
    )
    staff = forms.CharField(
        label=lazy("对方工号"),
        required=False,
        max_length=STAFF_CHARS_MAX,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"max_length": lazy("工号留在 40 个字以内")},
    )
    promised_on = forms.DateField(
        label=lazy("答应哪天答复"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": lazy("填一个日子，例如 2026-11-26")},
    )
    notes = forms.CharField(
        label=lazy("它说了什么（可以不写）"),
        required=False,
        max_length=NOTES_CHARS_MAX,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"max_length": lazy("记得太长了，留在 1000 字以内")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["result"].choices = [(name, _(said)) for name, said in CALL_RESULTS.items()]

    def note(self) -> CallNote:
        """Return the note as the verb takes it."""
        data = self.cleaned_data
        return CallNote(
            called_at=_instant(data["called_at"]),
            seconds=data["seconds"] or 0,
            result=data["result"],
            staff=data["staff"].strip(),
            notes=data["notes"].strip(),
            promised_on=data["promised_on"],
        )


@never_cache
@borrower_only
def call(request: HttpRequest, negotiation_id: UUID) -> HttpResponse:
    """Show the guide filled with this case's figures, and take the note."""
    one = matter(request.actor, negotiation_id)
    form = CallForm(request.POST) if request.method == "POST" else CallForm(initial={"called_at": clock.now()})
    may_note = bool(one.talk and negotiations.may_note_a_call(one.talk))
    if request.method == "POST" and may_note and form.is_valid():
        try:
            perform(request.actor, borrower_acts.record_call, negotiation_id=negotiation_id, call=form.note())
            messages.success(request, _("记下来了，这就是证据。"))
            return redirect("progress-of", one.dispatch.application_id)
        except Refusal as refusal:
            field_error(form, refusal)
    context = _context(request.actor, one) | {"form": form, "may_note": may_note}
    return render(request, "borrower/call/page.html", context, status=422 if form.errors else 200)


def _context(actor: Actor, one: Matter) -> dict[str, object]:
    calls = negotiations.calls(actor, one.talk) if one.talk else []
    return {
        "one": one,
        "bank": one.bank,
        "guide": guide(actor, one, people.own(actor).name),
        "dialled": "".join(c for c in one.bank.hotline if c.isdigit() or c == "+"),
        "calls": [(c, _(CALL_RESULTS.get(c.row.result, ""))) for c in calls],
        "back": f"/progress/{one.dispatch.application_id}",
    }


def _instant(text: str) -> datetime:
    """Return the page's own time; now for none, a foolish one, or one to come."""
    now = clock.now()
    try:
        at = datetime.fromisoformat(text)
        return min(at.astimezone(UTC), now) if at.tzinfo and at.year > EARLIEST_YEAR else now
    except (ValueError, OverflowError):
        return now


urls = [path("n/<uuid:negotiation_id>/call", call, name="call")]
