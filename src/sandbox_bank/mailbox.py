"""The mailbox of a bank that has no system of its own: takes mails by SMTP, shows them, and sends replies back.

A process of its own beside the banks. Every mail is a file, so nothing is lost between two runs; a reply is laid into
the folder from which the platform fetches its post. It listens on this machine alone.
"""

import re
import time
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from pathlib import Path
from typing import Any

from sandbox_bank.problems import Problem

BYTES_MAX = 20 * 1024 * 1024
KEPT_MAX = 500
SHOWN_MAX = 100
REPLY_CHARS_MAX = 2_000
LINK = re.compile(r"(https?://[^\s<>\"]+)")


@dataclass(frozen=True)
class Mail:
    """One mail as the page shows it; ``parts`` are its text cut at links, every second one a link."""

    name: str
    raw: EmailMessage

    def head(self, name: str) -> str:
        """One line of the head, empty when it is not there."""
        return str(self.raw.get(name, ""))

    @property
    def parts(self) -> list[str]:
        """The text, cut at its links: words, link, words, link …"""
        body = self.raw.get_body(("plain",))
        return LINK.split(str(body.get_content()) if body else "")

    @property
    def papers(self) -> list[EmailMessage]:
        """What is attached."""
        return [part for part in self.raw.iter_attachments() if isinstance(part, EmailMessage)]


class Mailbox:
    """The files of what came, and the folder into which replies are laid."""

    def __init__(self, folder: Path, replies: Path) -> None:
        self._folder, self._replies = folder, replies
        folder.mkdir(parents=True, exist_ok=True)
        replies.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Keep a mail that the SMTP server took; the oldest beyond the limit go."""
        _lay(self._folder, bytes(envelope.content))
        for old in self._names()[KEPT_MAX:]:
            (self._folder / f"{old}.eml").unlink(missing_ok=True)
        return "250 OK"

    def mails(self) -> list[Mail]:
        """The newest mails, the newest first."""
        return [self.mail(name) for name in self._names()[:SHOWN_MAX]]

    def mail(self, name: str) -> Mail:
        """One mail; a problem when there is none of this name."""
        if name not in self._names():
            raise Problem(404, "malformed", "没有这封邮件")
        return Mail(name, message_from_bytes((self._folder / f"{name}.eml").read_bytes(), policy=policy.default))

    def reply(self, name: str, text: str) -> None:
        """Answer a mail from the address that it came to."""
        if not text.strip():
            raise Problem(422, "malformed", "写一句再寄")
        asked = self.mail(name)
        answer = EmailMessage()
        answer["From"], answer["To"] = parseaddr(asked.head("To"))[1], asked.head("Reply-To") or asked.head("From")
        answer["Subject"] = f"Re: {asked.head('Subject')}"
        answer["Date"], answer["Message-ID"] = formatdate(), make_msgid(domain="mailbox.invalid")
        answer["In-Reply-To"] = asked.head("Message-ID")
        answer.set_content(text[:REPLY_CHARS_MAX])
        _lay(self._replies, answer.as_bytes(policy=policy.SMTP))

    def _names(self) -> list[str]:
        return sorted((file.stem for file in self._folder.glob("*.eml")), reverse=True)


def _lay(folder: Path, raw: bytes) -> None:
    """Write a mail so that a reader finds all of it or nothing."""
    name = f"{time.time_ns():020d}"
    (folder / f"{name}.part").write_bytes(raw)
    (folder / f"{name}.part").rename(folder / f"{name}.eml")
