"""Proofs that come in parts: what the page's script speaks, so that a broken connection costs one part and no more.

``POST /apply/uploads`` announces a file (form fields ``kind name size``) and answers ``{"id","offset"}``;
``GET`` on it says how much has come; ``PATCH`` with ``Upload-Offset`` brings the next part, the last one makes it a
proof. Without script the plain form brings the whole file at once.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from heyue.application import uploads
from heyue.application.proofs import CLARITY
from heyue.application.uploads import PART_BYTES_MAX, OnItsWay
from heyue.engine.moves import Actor
from heyue.engine.refusal import Refusal
from heyue.faces.borrower.apply.proof_taking import take
from heyue.faces.borrower.apply.steps import Draft, step_view
from heyue.journey import perform
from heyue.vault import files

CREATED = 201
METHOD_NOT_ALLOWED = 405
DIGITS_MAX = 12


@require_POST
@step_view("proofs")
def begin(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Announce a file; one that is on its way already is continued."""
    upload_id = perform(
        draft.actor,
        uploads.begin_upload,
        application_id=draft.row.pk,
        kind=request.POST.get("kind", ""),
        name=request.POST.get("name", ""),
        size_bytes=_whole(request.POST.get("size", "")),
    )
    return JsonResponse(_said(uploads.upload(draft.actor, upload_id)), status=CREATED)


@step_view("proofs")
def part(request: HttpRequest, draft: Draft, upload_id: UUID) -> HttpResponse:
    """Say how much has come (GET), take the next part (PATCH)."""
    one = uploads.upload(draft.actor, upload_id)
    if request.method == "GET":
        return JsonResponse(_said(one))
    if request.method != "PATCH":
        return HttpResponse(status=METHOD_NOT_ALLOWED)
    if not one.is_whole:
        one = _add(draft.actor, one, _whole(request.headers.get("Upload-Offset", "")), request.body)
    return _finish(draft, one) if one.is_whole else JsonResponse(_said(one))


@require_POST
@step_view("proofs")
def forget(request: HttpRequest, draft: Draft, upload_id: UUID) -> HttpResponse:
    """Give up a file that has not come whole."""
    perform(draft.actor, uploads.forget_upload, upload_id=upload_id)
    messages.success(request, _("不传了。想传，随时再选。"))
    return redirect("apply-proofs")


def _add(actor: Actor, one: OnItsWay, offset: int, content: bytes) -> OnItsWay:
    stored = uploads.store_part(actor, content)
    try:
        perform(actor, uploads.add_part, upload_id=one.id, offset=offset, part_bytes=len(content), file=stored)
    except Refusal:
        files.discard(stored)
        raise
    return uploads.upload(actor, one.id)


def _finish(draft: Draft, one: OnItsWay) -> HttpResponse:
    """Make the whole file a proof; what cannot be one is forgotten and refused in plain words."""
    content = uploads.whole(draft.actor, one.id)
    try:
        proof = take(draft, one.kind, one.name, content)
    finally:
        perform(draft.actor, uploads.forget_upload, upload_id=one.id)
    hints = [_(CLARITY[hint]) for hint in proof.hints]
    return JsonResponse(_said(one) | {"done": True, "hints": hints})


def _said(one: OnItsWay) -> dict[str, object]:
    return {"id": str(one.id), "offset": one.came_bytes, "size": one.size_bytes, "part": PART_BYTES_MAX}


def _whole(text: str) -> int:
    """Return a whole number, −1 for anything else."""
    return int(text) if text.isdecimal() and len(text) <= DIGITS_MAX else -1


urls = [
    path("apply/uploads", begin, name="apply-uploads"),
    path("apply/uploads/<uuid:upload_id>", part, name="apply-upload"),
    path("apply/uploads/<uuid:upload_id>/forget", forget, name="apply-upload-forget"),
]
