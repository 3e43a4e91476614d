"""Running the bank: its two ports, its two loops, and a clean end."""

import asyncio
import contextlib
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox_bank import api, control, inbox, judging, openapi, pages, sending
from sandbox_bank.bank import Bank
from sandbox_bank.problems import Problem

STATIC = Path(__file__).parent / "static"
BACKLOG = 512
STOP_SECONDS_MAX = 10
CSP = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'"


class PortInUse(Exception):
    """Somebody else listens on a port that the bank was given."""


class Server(uvicorn.Server):
    """A server that leaves the signals to `run`, which ends both ports and both loops together."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def main_app(bank: Bank) -> FastAPI:
    """The bank's main port: the protocol and its page for people."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url="/v1/openapi.json")
    app.include_router(api.router(bank))
    people = pages.Pages(bank)
    app.include_router(pages.router(bank, people), include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC))
    openapi.describe(app, bank.profile.name)

    @app.exception_handler(Problem)
    def refused(request: Request, problem: Problem) -> Response:
        return problem.response() if _is_protocol(request) else people.problem(problem)

    @app.exception_handler(RequestValidationError)
    def unreadable(request: Request, _: RequestValidationError) -> Response:
        return refused(request, Problem(422, "malformed", "地址或表单里有一项不合格式"))

    @app.exception_handler(HTTPException)
    def astray(request: Request, error: HTTPException) -> Response:
        if _is_protocol(request):
            response = Problem(error.status_code, "no-such-operation", str(error.detail)).response()
            response.headers.update(error.headers or {})
            return response
        return people.problem(Problem(error.status_code, "malformed", "没有这个页面"))

    @app.middleware("http")
    async def troubled(request: Request, call_next: RequestResponseEndpoint) -> Response:
        if _is_protocol(request):
            if bank.faults.strike("slow"):
                await asyncio.sleep(bank.faults.seconds)
            if bank.faults.strike("error"):
                return Response("the bank's system is in trouble", 500, media_type="text/plain")
        response = await call_next(request)
        if _is_protocol(request):
            response.headers[inbox.VERSION_HEADER] = inbox.VERSION
        response.headers["content-security-policy"] = CSP
        response.headers["x-content-type-options"] = "nosniff"
        response.headers["referrer-policy"] = "same-origin"
        return response

    return app


def _is_protocol(request: Request) -> bool:
    return request.url.path.startswith("/v1/")


def _protocol(bank: Bank) -> type[H11Protocol]:
    """HTTP as ever, but a bank that is down drops the connection without a word."""

    class Droppable(H11Protocol):
        def data_received(self, data: bytes) -> None:
            if bank.faults.strike("down"):
                self.transport.abort()
            else:
                super().data_received(data)

    return Droppable


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, or `PortInUse` with the port in words."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise PortInUse(f"{host}:{port}: {error.strerror}") from error
    return sock


def run(bank: Bank, main: socket.socket, second: socket.socket, ready: Callable[[], None]) -> None:
    """Serve both ports and run both loops until SIGTERM or SIGINT."""
    stop = threading.Event()
    loops = [
        threading.Thread(target=judging.judge_loop, args=(bank, stop), name="judge"),
        threading.Thread(target=sending.send_loop, args=(bank, stop), name="send"),
    ]
    for loop in loops:
        loop.start()
    try:
        asyncio.run(_serve(bank, main, second, ready))
    finally:
        stop.set()
        bank.judge_wake.set()
        bank.send_wake.set()
        for loop in loops:
            loop.join(STOP_SECONDS_MAX)
        logging.getLogger("sandbox_bank").info("%s closed", bank.profile.name)


async def _serve(bank: Bank, main: socket.socket, second: socket.socket, ready: Callable[[], None]) -> None:
    options = {"log_level": "warning", "access_log": False, "lifespan": "off", "timeout_graceful_shutdown": 5}
    servers = [
        Server(uvicorn.Config(main_app(bank), http=_protocol(bank), **options)),  # type: ignore[arg-type]
        Server(uvicorn.Config(control.app(bank), **options)),  # type: ignore[arg-type]
    ]

    def end() -> None:
        for server in servers:
            server.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    tasks = [
        asyncio.create_task(server.serve(sockets=[sock])) for server, sock in zip(servers, (main, second), strict=True)
    ]
    while not all(server.started or task.done() for server, task in zip(servers, tasks, strict=True)):
        await asyncio.sleep(0.02)
    await run_in_threadpool(ready)
    await asyncio.gather(*tasks)
