"""The bank's side of the gateway protocol over HTTP: `/v1/…`, described at `/v1/openapi.json`."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from sandbox_bank import feed, inbox, messages, openapi, signing
from sandbox_bank.bank import Bank, Work
from sandbox_bank.inbox import Reading, Wire
from sandbox_bank.problems import Problem

BODY_BYTES_MAX = 16 * 1024 * 1024


async def wire_of(request: Request) -> Wire:
    """The request as it came; refuses a body beyond the limit before reading all of it."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_BYTES_MAX:
            raise Problem(413, "too-large", f"最多 {BODY_BYTES_MAX} 字节")
        chunks.append(chunk)
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    target = signing.Target(
        method=request.method,
        authority=headers.get("host", ""),
        path=request.scope["raw_path"].decode("latin-1"),
        query=request.scope["query_string"].decode("latin-1"),
    )
    return Wire(target, headers, b"".join(chunks))


def router(bank: Bank) -> APIRouter:
    """The protocol's operations for one bank."""
    routes = APIRouter(prefix="/v1")

    async def post(
        request: Request, read: Callable[[str], inbox.Reader], media_type: str = "application/json"
    ) -> Response:
        wire = await wire_of(request)
        key = wire.headers.get("idempotency-key", "")
        return await run_in_threadpool(inbox.take, bank, wire, read(key), media_type)

    async def get(request: Request, read: Callable[[Work], dict[str, Any]]) -> Response:
        wire = await wire_of(request)

        def answer() -> Response:
            inbox.authenticate(bank, wire)
            return JSONResponse(bank.reading(read))

        return await run_in_threadpool(answer)

    link_body = openapi.body("AccountLinkRequest")

    @routes.post("/account-links", status_code=201, openapi_extra=link_body, tags=["account feed"])
    async def open_link(request: Request) -> Response:
        """Open a link to the holder's cards, with their consent; 404 `not-our-customer`."""
        return await post(request, lambda _: _read_link)

    @routes.get("/account-links/{link}/cards", tags=["account feed"])
    async def cards(request: Request, link: str) -> Response:
        """All linked cards with balance, split, statements, terms and opening as of the business date."""
        return await get(request, lambda work: feed.cards(work, link))

    @routes.get("/account-links/{link}/activity", tags=["account feed"])
    async def activity(request: Request, link: str, after: int = 0) -> Response:
        """Purchases, payments and fees after a sequence number, at most 500 a page."""
        return await get(request, lambda work: feed.activity(work, link, after))

    @routes.delete("/account-links/{link}", status_code=204, tags=["account feed"])
    async def withdraw(request: Request, link: str) -> Response:
        """The holder withdraws the consent."""
        wire = await wire_of(request)

        def answer() -> Response:
            inbox.authenticate(bank, wire)
            bank.storing(lambda work: feed.withdraw(work, link))
            return Response(status_code=204)

        return await run_in_threadpool(answer)

    @routes.post("/applications", status_code=202, openapi_extra=openapi.body("Application"), tags=["negotiation"])
    async def application(request: Request) -> Response:
        """Take in an application; the receipt follows as the event `application.received`."""
        return await post(request, inbox.read_application)

    @routes.post(
        "/negotiations/{negotiation_id}/events",
        status_code=202,
        openapi_extra=openapi.body("Event", openapi.EVENT_MEDIA_TYPE),
        tags=["negotiation"],
    )
    async def event(request: Request, negotiation_id: str) -> Response:
        """Take in one event of the platform; it is judged in the order of its sequence number."""
        return await post(request, lambda key: inbox.read_event(key, negotiation_id), openapi.EVENT_MEDIA_TYPE)

    @routes.get("/negotiations/{negotiation_id}/events/{event_id}", tags=["negotiation"])
    async def fate(request: Request, negotiation_id: str, event_id: str) -> Response:
        """What became of an event: waiting, taken or refused."""
        return await get(request, lambda work: inbox.fate(work, negotiation_id, event_id))

    return routes


def _read_link(work: Work, value: Any) -> Reading:
    """A link is opened while it is stored, so that its answer can be given at once and again."""
    request = messages.shaped(messages.AccountLinkRequest, value)
    try:
        link = feed.open_link(work, request.model_dump(mode="json"))
    except Problem as refused:
        return Reading("link", refused.status, refused.body(), state="refused", problem=refused.body())
    return Reading("link", 201, {"link": link}, state="taken")
