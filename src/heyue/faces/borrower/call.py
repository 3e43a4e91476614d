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
from django.views.decorators.http import require_POST

from heyue import clock
from heyue.dispatch import reads as dispatches
from heyue.engine.moves import Actor
from heyue.engine.refusal import Refusal
from heyue.faces.borrower.call_guide import guide
from heyue.faces.problems import field_error, sentence
from heyue.faces.sessions import borrower_only
from heyue.faces.upload_limit import was_too_large
from heyue.identity import reads as people
from heyue.journey import perform
from heyue.journey.matters import Matter, matter
from heyue.negotiation import reads as negotiations
from heyue.negotiation import recordings, telephone
from heyue.negotiation.recordings import StoredRecording
from heyue.negotiation.telephone import CALL_RESULTS, NOTES_CHARS_MAX, STAFF_CHARS_MAX, CallNote
from heyue.vault.files import discard

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
    recording = forms.FileField(
        label=lazy("录音（可以不传）"),
        required=False,
        widget=forms.FileInput({"accept": "audio/*,.m4a,.mp3,.amr,.aac,.wav,.ogg"}),
        error_messages={"empty": lazy("这个文件是空的，换一个试试")},
    )
    notes = forms.CharField(
        label=lazy("它说了什么（可以不写）"),
        required=False,
        max_length=NOTES_CHARS_MAX,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"max_length": lazy("记得太长了，留在 1000 字以内")},
    )

    def __init__(self, *args: Any, results: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["result"].choices = [(name, _(said)) for name, said in results.items()]

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
    posted = request.method == "POST"
    results = telephone.results_for(one.dispatch, one.talk)
    form = (
        CallForm(request.POST, request.FILES, results=results)
        if posted
        else CallForm(initial={"called_at": clock.now()}, results=results)
    )
    may_note = negotiations.may_note_a_call(one.talk) if one.talk else dispatches.may_note_a_call(one.dispatch)
    if posted and was_too_large(request):
        form.add_error("recording", _(recordings.TOO_LARGE))
    if posted and may_note and form.is_valid():
        try:
            _keep(request, negotiation_id, form)
            messages.success(request, _("记下来了，这就是证据。"))
            return redirect("progress-of", one.dispatch.application_id)
        except Refusal as refusal:
            field_error(form, refusal)
    context = _context(request.actor, one) | {"form": form, "may_note": may_note}
    return render(request, "borrower/call/page.html", context)


def _keep(request: HttpRequest, negotiation_id: UUID, form: CallForm) -> None:
    """Seal the recording first, so that a file that is no recording leaves no note behind, then keep both."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    file = form.cleaned_data["recording"]
    stored = recordings.take_in(people.person(actor).pk, file.read()) if file else None
    try:
        noted, *_followed = perform(actor, telephone.record_call, negotiation_id=negotiation_id, call=form.note())
    except Refusal:
        if stored:
            discard(stored.file)  # what was not taken fills no disk
        raise
    if stored:
        _put(actor, noted.call_id, stored)


def _put(actor: Actor, call_id: UUID, stored: StoredRecording) -> None:
    try:
        perform(actor, recordings.keep_recording, call_id=call_id, stored=stored)
    except Refusal:
        discard(stored.file)
        raise


@require_POST
@borrower_only
def add_recording(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """Put a recording to a call that was noted before."""
    file = request.FILES.get("recording")
    back = f"/n/{negotiations.call(request.actor, call_id).dispatch_id}/call"
    try:
        if was_too_large(request):
            messages.warning(request, _(recordings.TOO_LARGE))
        elif file is None:
            messages.warning(request, _("先选一个录音文件。"))
        else:
            stored = recordings.take_in(people.person(request.actor).pk, file.read())
            _put(request.actor, call_id, stored)
            messages.success(request, _("录音存好了，只有你自己能听。"))
    except Refusal as refusal:
        messages.warning(request, sentence(refusal))
    return redirect(back)


@never_cache
@borrower_only
def recording(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """Give the borrower the own recording, as a file to keep."""
    row, content = recordings.recording(request.actor, call_id)
    name = f"{row.called_at:%Y%m%d-%H%M}{recordings.ENDINGS[row.recording_type]}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": "sandbox"}
    return HttpResponse(content, content_type=row.recording_type, headers=headers)


def _context(actor: Actor, one: Matter) -> dict[str, object]:
    calls = negotiations.calls(actor, one.id)
    return {
        "one": one,
        "counts": one.dispatch.is_by_telephone,
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


urls = [
    path("n/<uuid:negotiation_id>/call", call, name="call"),
    path("calls/<uuid:call_id>/recording", recording, name="recording"),
    path("calls/<uuid:call_id>/recording/add", add_recording, name="recording-add"),
]
