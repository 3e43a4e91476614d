"""The page of a mailbox and its two ports: mails come in at one, people look at the other."""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable
from typing import Annotated, Any

import uvicorn
from aiosmtpd.smtp import SMTP
from fastapi import Depends, FastAPI, Form, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint

from sandbox_bank.mailbox import BYTES_MAX, Mailbox
from sandbox_bank.pages import TEMPLATES, same_site
from sandbox_bank.problems import Problem
from sandbox_bank.serve import CSP, STATIC, Server

HOSTS = ("127.0.0.1", "localhost")
"""By which names the page is asked for; another's that leads here (DNS rebinding) would read the mails' links."""


def on_this_machine(request: Request) -> None:
    """Refuse a request that was made for another host. Raises ``Problem`` 421."""
    if request.headers.get("host", "").lower().partition(":")[0] not in HOSTS:
        raise Problem(421, "malformed", "这个邮箱只在本机打开：http://127.0.0.1 或 http://localhost")


def app(box: Mailbox) -> FastAPI:
    """The page of a mailbox."""
    guards = [Depends(on_this_machine), Depends(same_site)]
    made = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, dependencies=guards)
    made.mount("/static", StaticFiles(directory=STATIC))
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(), undefined=StrictUndefined
    )

    def show(template: str, status: int = 200, **facts: Any) -> Response:
        return HTMLResponse(environment.get_template(template).render(**facts), status)

    @made.get("/")
    def listed() -> Response:
        return show("mailbox.html", mails=box.mails())

    @made.get("/mails/{name}")
    def opened(name: str, sent: bool = False) -> Response:
        return show("mail.html", mail=box.mail(name), sent=sent)

    @made.get("/mails/{name}/papers/{at}")
    def paper(name: str, at: int) -> Response:
        papers = box.mail(name).papers
        if not 0 <= at < len(papers):
            raise Problem(404, "malformed", "没有这个附件")
        content = papers[at].get_payload(decode=True)
        pdf = papers[at].get_content_type() == "application/pdf"
        return Response(content, media_type="application/pdf" if pdf else "application/octet-stream")

    @made.post("/mails/{name}/reply")
    def reply(name: str, text: Annotated[str, Form()] = "") -> Response:
        box.reply(name, text)
        return RedirectResponse(f"/mails/{name}?sent=1", 303)

    @made.exception_handler(Problem)
    def refused(_request: Request, problem: Problem) -> Response:
        return show("mailbox_problem.html", problem.status, why=problem.detail)

    @made.exception_handler(RequestValidationError)
    def unreadable(request: Request, _error: RequestValidationError) -> Response:
        return refused(request, Problem(422, "malformed", "地址或表单里有一项不合格式"))

    @made.exception_handler(HTTPException)
    def astray(request: Request, error: HTTPException) -> Response:
        return refused(request, Problem(error.status_code, "malformed", "没有这个页面"))

    @made.middleware("http")
    async def guarded(request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers["content-security-policy"] = CSP
        response.headers["x-content-type-options"] = "nosniff"
        # The links are as good as keys: they must not travel to another host in a referrer.
        response.headers["referrer-policy"] = "same-origin"
        return response

    return made


def run(box: Mailbox, web: socket.socket, mail: socket.socket, ready: Callable[[], None]) -> None:
    """Take mails and show them until SIGTERM or SIGINT."""
    asyncio.run(_run(box, web, mail, ready))
    logging.getLogger("sandbox_bank").info("mailbox closed")


async def _run(box: Mailbox, web: socket.socket, mail: socket.socket, ready: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    # What is too large is refused by the server itself.
    taking = await loop.create_server(
        lambda: SMTP(box, data_size_limit=BYTES_MAX, hostname="mailbox.invalid", loop=loop), sock=mail
    )
    server = Server(uvicorn.Config(app(box), log_level="warning", access_log=False, lifespan="off"))

    def end() -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    ready()
    async with taking:
        await server.serve(sockets=[web])
