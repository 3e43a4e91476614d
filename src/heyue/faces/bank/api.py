"""The platform's side of the gateway (gateway-v1 sections 3 and 4): what a bank may call."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI

from heyue.banks import inbox, outbox
from heyue.banks import reads as banks
from heyue.banks.models import Bank
from heyue.dispatch import reads as dispatch_reads
from heyue.dispatch.actions import record_proof_fetch
from heyue.engine.refusal import NotFound, Refusal
from heyue.faces.bank.signed import admitted, caller
from heyue.faces.problems import sentence
from heyue.gateway import openapi
from heyue.gateway.problems import MEDIA_TYPE, Problem, as_json
from heyue.gateway.wire import EVENT_MEDIA_TYPE
from heyue.journey import perform

PAGE_MAX = 200
PAGE = 50


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
    with admitted(request, Bank.Scope.EVENTS) as who:
        _must_be(request, EVENT_MEDIA_TYPE)
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
    with admitted(request, Bank.Scope.EVENTS) as who:
        told = inbox.fate(who.bank.id, _uuid(negotiation_id, "unknown-negotiation"), event_id)
    return _json(200, told)


@api.get(
    "/negotiations",
    operation_id="listNegotiations",
    summary="The bank's negotiations, page by page, each with the number that its next event must have",
    openapi_extra=openapi.LIST_NEGOTIATIONS,
)
def list_negotiations(request: HttpRequest) -> HttpResponse:
    """List what a bank takes part in, so that it can find again what it lost."""
    with admitted(request, Bank.Scope.NEGOTIATIONS) as who:
        after, limit = _page(request)
    rows = list(dispatch_reads.after(who.actor, after)[: limit + 1])
    ids = [row.pk for row in rows[:limit]]
    to_us, to_bank = inbox.last_sequences(ids), outbox.last_sequences(ids)
    told = [
        {
            "id": str(row.pk),
            "number": row.number,
            "received_on": row.received_on.isoformat() if row.received_on else None,
            "next_sequence": str(to_us.get(row.pk, 0) + 1),
            "sent_sequence": str(to_bank.get(row.pk, 0)),
        }
        for row in rows[:limit]
    ]
    return _json(200, {"negotiations": told, "next": _cursor(ids[-1]) if len(rows) > limit else None})


@api.get(
    "/keys",
    operation_id="listKeys",
    auth=None,
    summary="The platform's public keys: the one in use, and the one that is to follow it",
    openapi_extra=openapi.LIST_KEYS,
)
def list_keys(request: HttpRequest) -> HttpResponse:
    """Tell the keys, so that a bank knows the next one before it signs."""
    keys = [{"keyid": key.keyid, "alg": key.alg, "public_key": key.public_text} for key in banks.platform_keys()]
    return _json(200, {"keys": keys})


@api.get(
    "/proofs/{grant}",
    operation_id="getProof",
    summary="A proof that the holder lets this bank see, for 14 days; each fetch is shown to the holder",
    openapi_extra=openapi.GET_PROOF,
)
def get_proof(request: HttpRequest, grant: str) -> HttpResponse:
    """Hand out one proof under its grant."""
    with admitted(request, Bank.Scope.PROOFS) as who:
        grant_id = _uuid(grant, "grant-expired")
        try:
            proof = dispatch_reads.proof_for_grant(who.actor, grant_id)
        except NotFound:
            raise Problem("grant-expired", 404, "no such grant of this bank") from None
        perform(who.actor, record_proof_fetch, grant_id=grant_id)
    # The paper is opened after the commit: it may be large, and nobody else is to wait for it. What cannot be opened
    # was recorded as fetched all the same: the borrower is told too much rather than too little.
    media_type, name, content = dispatch_reads.content_for_grant(proof)
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Cache-Control"] = "no-store"
    return response


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    """Answer a machine that asks for an address which the gateway does not have."""
    return _json(404, as_json(Problem("no-such-operation", 404)), MEDIA_TYPE)


@api.exception_handler(Refusal)
def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return _json(refusal.status, as_json(refusal, sentence(refusal)), MEDIA_TYPE)


def _must_be(request: HttpRequest, media_type: str) -> None:
    if (request.content_type or "").lower() != media_type:
        raise Problem("media-type", 415, f"the body is {media_type}")


def _page(request: HttpRequest) -> tuple[UUID | None, int]:
    """Read ``after`` and ``limit``. Raises ``Problem`` naming the one that is not of its shape."""
    given, wanted = request.GET.get("after", ""), request.GET.get("limit", str(PAGE))
    if not (wanted.isascii() and wanted.isdigit() and 0 < int(wanted[:9]) <= PAGE_MAX):
        raise Problem("malformed", 422, "not a page", [("/limit", f"a whole number from 1 to {PAGE_MAX}")])
    if not given:
        return None, int(wanted)
    try:
        return UUID(bytes=urlsafe_b64decode(given + "==")), int(wanted)
    except ValueError:
        raise Problem("malformed", 422, "not a page", [("/after", "the next of an answer, as it was given")]) from None


def _cursor(last: UUID) -> str:
    return urlsafe_b64encode(last.bytes).decode().rstrip("=")


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
