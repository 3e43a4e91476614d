"""The borrower's own proof, shown as it is kept: inline, sandboxed, in no cache."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from heyue.application import reads
from heyue.application.proofs import content_of
from heyue.faces.sessions import borrower_only

SANDBOXED = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"


@require_safe
@never_cache
@borrower_only
def proof_file(request: HttpRequest, proof_id: UUID) -> HttpResponse:
    """Show one own proof. Others' are not found."""
    proof, name = reads.proof_with_name(request.actor, proof_id)
    response = HttpResponse(content_of(proof.borrower_id, proof.file), content_type=proof.media_type)
    response["Content-Security-Policy"] = SANDBOXED
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = content_disposition_header(as_attachment=False, filename=name) or "inline"
    return response


urls = [path("proofs/<uuid:proof_id>", proof_file, name="proof-file")]
