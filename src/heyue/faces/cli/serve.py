"""``heyue serve``: the web server (granian), after checking that its address is free."""

from __future__ import annotations

import argparse
import errno
import socket
import sys

from heyue.faces.cli import deployment

EXIT_PORT_TAKEN = 3
PORT_MAX = 65535
THREADS_OF_A_WORKER = 4
THREAD_IDLE_SECONDS = 600
"""The most that granian takes: threads that end and begin again between two requests gain nothing."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen and with how many processes."""
    parser.add_argument("--host", default="127.0.0.1", help="监听的地址，默认 127.0.0.1")
    parser.add_argument("--port", type=_port, default=8000, help="监听的端口，默认 8000")
    parser.add_argument("--processes", type=int, default=1, help="进程数，默认 1")


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT. Exit 3 when the address cannot be had, 2 when a setting is missing."""
    why_not = unavailable(arguments.host, arguments.port)
    if why_not:
        print(why_not, file=sys.stderr)
        return EXIT_PORT_TAKEN
    # A setting that is missing is said here, once, and not by every process.
    if not deployment.set_up():
        return deployment.EXIT_NOT_CONFIGURED
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "heyue.faces.wsgi:application",
        address=arguments.host,
        port=arguments.port,
        interface=Interfaces.WSGI,
        workers=max(1, arguments.processes),
        blocking_threads=THREADS_OF_A_WORKER,
        blocking_threads_idle_timeout=THREAD_IDLE_SECONDS,
        log_level=LogLevels.warning,
        websockets=False,
    ).serve()
    return 0


def unavailable(host: str, port: int) -> str:
    """Return why nothing can listen there, empty when it can."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"端口 {port} 已被占用。先关掉占用它的程序，或者用 --port 换一个端口。"
        if error.errno in (errno.EACCES, errno.EPERM):
            return f"没有权限监听端口 {port}。用 --port 换一个 1024 以上的端口。"
        return f"不能监听 {host}:{port}：{error.strerror}。"
    return ""


def _port(text: str) -> int:
    value = int(text)
    if not 0 < value <= PORT_MAX:
        raise ValueError(text)
    return value
