"""The platform's side of the gateway (gateway-v1 sections 3 and 4): what a bank may call."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI

from heyue.banks import inbox
from heyue.dispatch import reads as dispatch_reads
from heyue.dispatch.actions import record_proof_fetch
from heyue.engine.refusal import NotFound, Refusal
from heyue.faces.bank import openapi
from heyue.faces.bank.signed import Caller, caller
from heyue.faces.problems import sentence
from heyue.gateway.problems import MEDIA_TYPE, Problem, as_json
from heyue.journey import perform

RETRY_AFTER_SECONDS = 60


class Gateway(NinjaAPI):
    """The API with the document that tells it whole: operations, the bank's side as webhooks, examples."""

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None) -> Any:
        """Complete what the operations tell of themselves."""
        return openapi.completed(super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params))


api = Gateway(
    title="和约网关 Heyue gateway",
    version="1",
    description=openapi.DESCRIPTION,
    docs_url=None,
    urls_namespace="gateway",
    auth=caller,
)


@api.post(
    "/negotiations/{negotiation_id}/events",
    operation_id="postEvent",
    summary="A bank's event: stored, answered, judged afterwards in order",
    openapi_extra=openapi.POST_EVENT,
)
def post_event(request: HttpRequest, negotiation_id: str) -> HttpResponse:
    """Store one CloudEvents object; its Idempotency-Key is its id, and the same is answered alike."""
    who = _caller(request)
    place = _uuid(negotiation_id, "unknown-negotiation")
    posted = inbox.Posted(who.bank, place, who.key, who.body, who.signed)
    answer = inbox.store(posted, dispatch_reads.holder_of(who.actor, place))
    return _json(answer.status, answer.body)


@api.get(
    "/negotiations/{negotiation_id}/events/{event_id}",
    operation_id="getEvent",
    summary="What became of a bank's own event",
    openapi_extra=openapi.GET_EVENT,
)
def get_event(request: HttpRequest, negotiation_id: str, event_id: str) -> HttpResponse:
    """Tell whether an event waits, was taken, or was refused and why."""
    who = _caller(request)
    return _json(200, inbox.fate(who.bank.pk, _uuid(negotiation_id, "unknown-negotiation"), event_id))


@api.get(
    "/proofs/{grant}",
    operation_id="getProof",
    summary="A proof that the holder lets this bank see, for 14 days; each fetch is shown to the holder",
    openapi_extra=openapi.GET_PROOF,
)
def get_proof(request: HttpRequest, grant: str) -> HttpResponse:
    """Hand out one proof under its grant."""
    who = _caller(request)
    grant_id = _uuid(grant, "grant-expired")
    try:
        media_type, name, content = dispatch_reads.proof_for_grant(who.actor, grant_id)
    except NotFound:
        raise Problem("grant-expired", 404, "no such grant of this bank") from None
    perform(who.actor, record_proof_fetch, grant_id=grant_id)
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Cache-Control"] = "no-store"
    return response


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """Answer a machine that asks for an address which the gateway does not have."""
    return _json(404, {"type": "about:blank", "title": "Not Found", "status": 404}, MEDIA_TYPE)


@api.exception_handler(Refusal)
def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    response = _json(refusal.status, as_json(refusal, sentence(refusal)), MEDIA_TYPE)
    if refusal.status == 429:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _caller(request: HttpRequest) -> Caller:
    who = getattr(request, "auth", None)
    if not isinstance(who, Caller):
        raise RuntimeError("every operation of the gateway is signed")
    return who


def _uuid(text: str, code: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Problem(code, 404, "not an identifier of ours") from None


def _json(status: int, body: dict[str, Any], media_type: str = "") -> HttpResponse:
    content_type = media_type or ("application/json" if status < 400 else MEDIA_TYPE)
    # Sorted: a stored answer is given again byte for byte, and a database does not keep the order of names.
    text = json.dumps(body, ensure_ascii=False, sort_keys=True)
    return HttpResponse(text, status=status, content_type=content_type)
