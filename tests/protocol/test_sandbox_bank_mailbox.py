"""The mailbox of banks without a system: what came is kept and shown, links and papers open, replies are laid out."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from sandbox_bank import mailbox
from sandbox_bank.__main__ import main
from sandbox_bank.mailbox import Mailbox
from sandbox_bank.mailbox_page import app

SITE = "http://127.0.0.1:8025"
LINK = "http://127.0.0.1:8000/desk/by-mail/AbC-1_2"


@dataclass(frozen=True)
class Browser:
    """Asks the page in this process, without a port."""

    page: FastAPI

    def get(self, path: str) -> httpx.Response:
        return asyncio.run(self._ask("GET", path))

    def post(self, path: str, **more: Any) -> httpx.Response:
        return asyncio.run(self._ask("POST", path, **more))

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        way = httpx.ASGITransport(app=self.page)
        async with httpx.AsyncClient(transport=way, base_url=SITE, follow_redirects=True) as client:
            return await client.request(method, path, **more)


@pytest.fixture
def box(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path / "mails", tmp_path / "replies")


@pytest.fixture
def browser(box: Mailbox) -> Browser:
    return Browser(app(box))


def takes(box: Mailbox, subject: str, text: str = "") -> None:
    """A mail with a PDF comes in by SMTP."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "和约 <replies@heyue.example>", "cards@qinghe.example", subject
    mail["Reply-To"], mail["Message-ID"] = "replies+abc@heyue.example", "<1.abc@heyue.example>"
    mail.set_content(text or f"请打开 {LINK} 办理\n")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="申请表.pdf")
    envelope = SimpleNamespace(content=mail.as_bytes(policy=policy.SMTP))
    assert asyncio.run(box.handle_DATA(None, None, envelope)) == "250 OK"


def newest(browser: Browser) -> str:
    """The address of the newest mail."""
    found = re.search(r'href="(/mails/\d+)"', browser.get("/").text)
    assert found
    return found[1]


@pytest.mark.parametrize("host", ["mailbox.example", "127.0.0.1.evil.example:8025", "evil.example:8025", ""])
def test_a_page_asked_for_by_another_name_is_misdirected(box: Mailbox, browser: Browser, host: str) -> None:
    """A site whose name is led to this machine (DNS rebinding) would read the links, which are as good as keys."""
    takes(box, "一封")
    told = {"host": host, "origin": f"http://{host}"}
    where = newest(browser)
    for answer in (
        asyncio.run(browser._ask("GET", "/", headers=told)),
        asyncio.run(browser._ask("GET", where, headers=told)),
        asyncio.run(browser._ask("POST", f"{where}/reply", headers=told, data={"text": "好"})),
    ):
        assert answer.status_code == 421
        assert "一封" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8025", "LOCALHOST"])
def test_a_page_is_asked_for_by_this_machines_names(browser: Browser, host: str) -> None:
    assert asyncio.run(browser._ask("GET", "/", headers={"host": host})).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "evil.example"])
def test_a_mailbox_listens_on_this_machine_alone(tmp_path: Path, host: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = ["mailbox", "--folder", str(tmp_path), "--replies", str(tmp_path), "--port", "0", "--smtp-port", "0"]
    with pytest.raises(SystemExit) as refused:
        main([*told, "--host", host])
    assert refused.value.code == 2
    assert "--host" in capsys.readouterr().err


def test_an_empty_mailbox_says_how_a_mail_comes(browser: Browser) -> None:
    assert "初审通过以后" in browser.get("/").text


def test_the_newest_mail_stands_first_and_its_link_and_paper_open(box: Mailbox, browser: Browser) -> None:
    takes(box, "第一封")
    takes(box, "第二封")
    page = browser.get("/").text
    assert page.index("第二封") < page.index("第一封")
    mail = browser.get(newest(browser)).text
    assert f'<a href="{LINK}">{LINK}</a>' in mail
    paper = browser.get(f"{newest(browser)}/papers/0")
    assert (paper.content, paper.headers["content-type"]) == (b"%PDF-1.7", "application/pdf")
    assert browser.get(f"{newest(browser)}/papers/1").status_code == 404


def test_what_a_mail_says_is_shown_as_text(box: Mailbox, browser: Browser) -> None:
    takes(box, "<script>alert(1)</script>", "<b>x</b> http://127.0.0.1/<i>\n")
    for page in (browser.get("/"), browser.get(newest(browser))):
        assert "<script>" not in page.text
        assert "<b>" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]


def test_a_reply_goes_to_the_address_that_asks_for_it(box: Mailbox, browser: Browser, tmp_path: Path) -> None:
    takes(box, "申请")
    sent = browser.post(f"{newest(browser)}/reply", data={"text": "收到。"})
    assert "回信寄出了" in sent.text
    (file,) = (tmp_path / "replies").iterdir()
    reply = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert (reply["From"], reply["To"]) == ("cards@qinghe.example", "replies+abc@heyue.example")
    assert reply["In-Reply-To"] == "<1.abc@heyue.example>"
    assert reply.get_content().strip() == "收到。"


@pytest.mark.parametrize(
    ("text", "origin", "status"),
    [("", SITE, 422), ("收到。", "http://elsewhere.example", 403), ("收到。", "null", 403)],
)
def test_an_empty_reply_and_another_sites_form_are_refused(
    box: Mailbox, browser: Browser, tmp_path: Path, text: str, origin: str, status: int
) -> None:
    takes(box, "申请")
    answer = browser.post(f"{newest(browser)}/reply", data={"text": text}, headers={"origin": origin})
    assert answer.status_code == status
    assert not list((tmp_path / "replies").iterdir())


@pytest.mark.parametrize("path", ["/mails/1", "/mails/..%2F..%2Fetc", "/elsewhere", "/mails/1/papers/x"])
def test_an_address_that_leads_nowhere_says_so_and_leads_back(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code in (404, 422)
    assert "回到收到的邮件" in answer.text


def test_the_oldest_go_when_there_are_too_many(box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "KEPT_MAX", 2)
    for subject in ("一", "二", "三"):
        takes(box, subject)
    assert [mail.head("Subject") for mail in box.mails()] == ["三", "二"]
