"""Mails to a bank whose channel is e-mail: what is new, the form at the first, the link and the address to answer.

A reply finds its negotiation by a token that is keyed, not guessable: it stands in the address to reply to, in the
envelope's sender (so that a bounce has it) and in the Message-ID. Nothing of the borrower stands in subject or text.
"""

from __future__ import annotations

import hmac
import re
import smtplib
from base64 import b32decode, b32encode
from email.utils import formataddr, parseaddr
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from heyue.banks import outbox
from heyue.banks.models import OutboundMessage
from heyue.clock.business import SHANGHAI
from heyue.dispatch.actions import FOLDER
from heyue.dispatch.mail_links import token_of
from heyue.dispatch.models import Dispatch, MailLink
from heyue.engine.refusal import words
from heyue.vault import keyed_hash
from heyue.vault.files import load

MAC_BYTES = 10
TOKEN_CHARS = 42
PERMANENT = 500
SENDER = words("和约协商平台")
NEWS = {
    "application": words("个性化分期还款协商申请"),
    "negotiation.ended": words("协商结束了"),
    "offer.accepted": words("持卡人接受了条件"),
    "offer.declined": words("持卡人没有接受条件"),
    "offer.countered": words("持卡人还价了"),
    "question.answered": words("持卡人回答了问题"),
    "answer.chased": words("答复期限已过，请尽快答复"),
    "agreement.drawn": words("协议写好了，等持卡人签字"),
    "agreement.signed": words("持卡人签了协议，等银行签署"),
    "instalment.warned": words("持卡人提前说有一期可能还不上"),
    "agreement.lapsed": words("协议没有按时签，失效了"),
    "agreement.completed": words("协议履行完了"),
    "dispute.asked": words("平台就一件异议问贵行一个问题"),
    "dispute.closed": words("平台对一件异议有结论了，或者持卡人撤回了"),
}
"""What each message of the protocol says in one line of a mail."""
TEXT = words(
    "编号 %(number)s：%(news)s。\n\n"
    "请打开下面的链接办理，有效到 %(until)s。打开时，验证码会发到这个邮箱。\n%(link)s\n\n"
    "也可以直接回复这封邮件，附上 PDF 或者图片；回复会存证。\n"
    "链接只打开这一件，请只交给办理这一件的同事。\n"
)
_PLUS = re.compile(rf"\+([a-z2-7]{{{TOKEN_CHARS}}})@", re.IGNORECASE)
_MESSAGE = re.compile(rf"<([0-9a-f]{{32}})\.([a-z2-7]{{{TOKEN_CHARS}}})@", re.IGNORECASE)


class NotTaken(Exception):
    """The mail server did not take a mail; ``final`` when it will not take it later either."""

    def __init__(self, why: str, status: int | None = None, *, final: bool = False) -> None:
        super().__init__(why)
        self.status = status
        self.final = final


def thread_of(dispatch_id: UUID) -> str:
    """Return the token by which a reply finds its negotiation."""
    mac = bytes.fromhex(keyed_hash(str(dispatch_id), "mail-thread"))[:MAC_BYTES]
    return b32encode(dispatch_id.bytes + mac).decode().rstrip("=").lower()


def threaded(token: str) -> UUID | None:
    """Return the negotiation of a token, None for one that is not ours."""
    try:
        raw = b32decode(token.upper() + "=" * (-len(token) % 8))
        found = UUID(bytes=raw[:16])
    except ValueError:
        return None
    return found if hmac.compare_digest(thread_of(found), token.lower()) else None


def addressed(header: str) -> UUID | None:
    """Return the negotiation to which the addresses in a header belong."""
    return next((found for token in _PLUS.findall(header) if (found := threaded(token))), None)


def answered(text: str) -> tuple[UUID, UUID] | None:
    """Return the negotiation and the message whose Message-ID stands in a text."""
    for message_id, token in _MESSAGE.findall(text):
        if found := threaded(token):
            return found, UUID(message_id)
    return None


def reply_address(dispatch_id: UUID) -> str:
    """Return the address to which a bank's reply about this negotiation goes."""
    name, _at, domain = (settings.HEYUE_MAIL_REPLIES or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]).rpartition("@")
    return f"{name}+{thread_of(dispatch_id)}@{domain}"


def compose(message: OutboundMessage, row: Dispatch, link: MailLink) -> EmailMessage:
    """Return the mail that carries a message: the same at every try, its Message-ID too."""
    back = reply_address(row.pk)
    news = _(NEWS.get(message.kind, message.kind))
    text = _(TEXT) % {
        "number": row.number,
        "news": news,
        "until": link.expires_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
        "link": f"{settings.HEYUE_PUBLIC_URL}/desk/by-mail/{token_of(link)}",
    }
    mail = EmailMessage(
        f"【和约】{news} {row.number}",
        text,
        from_email=back,  # the envelope's sender: a bounce comes back with the token
        to=[row.bank.mail_address],
        reply_to=[back],
        headers={
            "From": formataddr((_(SENDER), parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
            "Message-ID": f"<{message.pk.hex}.{thread_of(row.pk)}@{back.rpartition('@')[2]}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    if message.kind == outbox.APPLICATION:
        mail.attach(f"{row.number}.pdf", load(row.borrower_id, FOLDER, row.form_file), "application/pdf")
    return mail


def send(mail: EmailMessage) -> None:
    """Hand a mail to the server. Raises ``NotTaken``, without the server's words: they may name persons."""
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as refused:
        status = max(code for code, _said in refused.recipients.values())
        raise NotTaken("SMTPRecipientsRefused", status, final=status >= PERMANENT) from refused
    except smtplib.SMTPResponseException as refused:
        status = refused.smtp_code
        final = status >= PERMANENT and not isinstance(refused, smtplib.SMTPAuthenticationError)
        raise NotTaken(type(refused).__name__, status, final=final) from refused
    except (smtplib.SMTPException, OSError) as failed:
        raise NotTaken(type(failed).__name__) from failed
