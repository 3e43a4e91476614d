"""Real mail servers for tests: an SMTP server (aiosmtpd), and an IMAP server that speaks what fetching needs."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


class Post:
    """What the SMTP server took: envelope's sender, recipients, the mail. ``refuse`` is its answer to recipients."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[str], EmailMessage]] = []
        self.refuse = ""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, mail))  # type: ignore[arg-type]
        return "250 OK"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def smtp(settings: Any) -> Iterator[Post]:
    """Run an SMTP server and let the platform send by it."""
    post = Post()
    controller = Controller(post, hostname="127.0.0.1", port=_free_port())
    controller.start()
    try:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
        settings.EMAIL_USE_SSL = settings.EMAIL_USE_TLS = False
        yield post
    finally:
        controller.stop()


class _Box(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._say("* OK ready")
        while line := self.rfile.readline().decode().strip():
            tag, _space, rest = line.partition(" ")
            verb, _space, words = rest.partition(" ")
            answer = getattr(self, f"do_{verb.lower()}", self._nothing)(words)
            self._say(f"{tag} {answer or 'OK done'}")
            if verb.upper() == "LOGOUT":
                return

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def _nothing(self, _words: str) -> str:
        return ""

    def do_capability(self, _words: str) -> None:
        self._say("* CAPABILITY IMAP4rev1")

    def do_login(self, words: str) -> str:
        return "OK in" if words == 'heyue "a secret"' else "NO who"

    def do_select(self, _words: str) -> None:
        self._say(f"* {len(self.server.mails)} EXISTS")  # type: ignore[attr-defined]

    def do_search(self, _words: str) -> None:
        box = self.server
        unseen = [n for n in range(1, len(box.mails) + 1) if n not in box.seen]  # type: ignore[attr-defined]
        self._say(" ".join(["* SEARCH", *map(str, unseen)]))

    def do_fetch(self, words: str) -> None:
        number, _space, wanted = words.partition(" ")
        raw = self.server.mails[int(number) - 1]  # type: ignore[attr-defined]
        if "SIZE" in wanted:
            self._say(f"* {number} FETCH (RFC822.SIZE {len(raw)})")
        else:
            self.wfile.write(f"* {number} FETCH (BODY[] {{{len(raw)}}}\r\n".encode() + raw + b")\r\n")

    def do_store(self, words: str) -> None:
        self.server.seen.add(int(words.split()[0]))  # type: ignore[attr-defined]


@contextmanager
def imap(settings: Any, *mails: bytes) -> Iterator[Any]:
    """Run an IMAP server whose inbox holds these mails, and let the platform fetch there."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Box) as server:
        server.daemon_threads = True
        server.mails, server.seen = list(mails), set()  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        settings.HEYUE_INBOX_URL = f"imap://heyue:a%20secret@127.0.0.1:{port}/INBOX"
        yield server
        server.shutdown()
