"""One-time codes (验证码) for signing in, signing a document and changing the phone: the one place.

Six digits from the system's randomness, good for five minutes and five wrong tries, kept as keyed hashes
only, bound to a purpose, a phone and what they are for. A new code takes the place of the one before.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import uuid6
from django.utils.translation import gettext as _

from heyue import clock
from heyue.engine.refusal import CountedRefusal, Refusal, words
from heyue.identity.models import OneTimeCode
from heyue.notices import text
from heyue.notices.mail import mail
from heyue.vault import hold, keyed_hash

DIGITS = 6
GOOD_FOR = timedelta(minutes=5)
WRONG_TRIES_MAX = 5
RESEND_AFTER = timedelta(seconds=60)
LIMIT_SPAN = timedelta(hours=1)
PER_PHONE_MAX = 5
PER_ADDRESS_MAX = 30

Purpose = OneTimeCode.Purpose

WORDS: dict[str, str] = {
    Purpose.SIGN_IN: words("【和约】登录验证码 %(code)s，5分钟内有效。别告诉任何人，和约的人也不会问你要。"),
    Purpose.SIGN_DOCUMENT: words("【和约】签字验证码 %(code)s，5分钟内有效。填了就等于你签了字，别告诉任何人。"),
    Purpose.CHANGE_PHONE: words("【和约】换手机号的验证码 %(code)s，5分钟内有效。不是你在换，就不用管它。"),
    Purpose.HELP: words("【和约】答应当帮手的验证码 %(code)s，5分钟内有效。你不认识请你帮忙的人，就不用管它。"),
    Purpose.OPEN_LINK: words("打开协商链接的验证码 %(code)s，5分钟内有效。只给办理这一件的同事。"),
    Purpose.SEAL_BY_MAIL: words(
        "代表银行签署协议的验证码 %(code)s，5分钟内有效。填了就等于银行签了字，只给有权签的人。"
    ),
}


def phone_hash(phone: str) -> str:
    """Return the keyed hash by which a phone number is known."""
    return keyed_hash(phone, "phone")


def address_hash(address: str) -> str:
    """Return the keyed hash of a network address; the address itself is not kept."""
    return keyed_hash(address, "asked-from")


def owner_of_unknown(phone: str) -> UUID:
    """Return the owner of messages to a phone that has no account yet."""
    return UUID(phone_hash(phone)[:32])


def _by_text(owner_id: UUID, phone: str, said: str, good_until: datetime) -> None:
    text(owner_id, phone, said, good_until=good_until)


def by_mail(owner_id: UUID, address: str, said: str, good_until: datetime) -> None:
    """Queue a code as an e-mail; one that comes late is refused like any other."""
    mail(owner_id, address, _("【和约】验证码"), said)


def ask(
    purpose: OneTimeCode.Purpose,
    phone: str,
    asked_from: str,
    *,
    owner_id: UUID,
    bound_to: str = "",
    send: Callable[[UUID, str, str, datetime], None] = _by_text,
) -> OneTimeCode:
    """Make a code and queue the message that carries it: a text, or by ``send`` an e-mail (``phone``: its address).

    Raises ``Refusal``: ``code-too-soon`` within a minute of the last one for the same thing,
    ``codes-too-many`` past five unused ones an hour for a phone or thirty for an address.
    """
    at = clock.machine_now()
    hashed, address = phone_hash(phone), address_hash(asked_from)
    hold(owner_id)  # taps at once come one after the other: the second is too soon
    _refuse_too_soon(purpose, hashed, bound_to)
    _refuse_too_many(hashed, address)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    row = OneTimeCode(
        id=uuid6.uuid7(),
        purpose=purpose,
        phone_hash=hashed,
        bound_to=bound_to,
        asked_from=address,
        sent_at=at,
        expires_at=at + GOOD_FOR,
    )
    row.code_hash = _code_hash(row, code)
    row.save(force_insert=True)
    # Worded as the page on which it was asked for.
    send(owner_id, phone, _(WORDS[purpose]) % {"code": code}, row.expires_at)
    return row


def check(purpose: OneTimeCode.Purpose, phone: str, code: str, *, bound_to: str = "") -> OneTimeCode:
    """Spend the newest code of this purpose, phone and binding, and return it.

    Raises ``Refusal`` on the field ``code``: ``no-code``, ``code-expired``, ``code-spent``; and
    ``CountedRefusal("code-wrong")``, whose act is committed so that the try counts: check a code before
    anything else is written.
    """
    row = _newest(purpose, phone_hash(phone), bound_to)
    if row is None or row.used_at is not None:
        raise _refused("no-code", words("这个验证码用不了。"))
    if row.wrong_tries >= WRONG_TRIES_MAX:
        raise _refused("code-spent", words("输错了5次，这个验证码作废了。"))
    if clock.machine_now() >= row.expires_at:
        raise _refused("code-expired", words("验证码过了5分钟，不能用了。"))
    if len(_digits(code)) != DIGITS:
        raise _refused("code-length", words("验证码是6位数字，再看一眼短信。"))
    if not hmac.compare_digest(row.code_hash, _code_hash(row, _digits(code))):
        _count_wrong(row)
    row.used_at = clock.machine_now()
    row.save(update_fields=["used_at"])
    return row


def seconds_until_resend(purpose: OneTimeCode.Purpose, phone: str) -> int:
    """Return how long to wait before another code may be asked for, 0 when it may be now."""
    last = OneTimeCode.objects.filter(purpose=purpose, phone_hash=phone_hash(phone)).order_by("-sent_at").first()
    if last is None or last.used_at is not None:
        return 0
    left = last.sent_at + RESEND_AFTER - clock.machine_now()
    return max(int(left.total_seconds()) + 1, 0) if left > timedelta() else 0


def _count_wrong(row: OneTimeCode) -> None:
    row.wrong_tries += 1
    row.save(update_fields=["wrong_tries"])
    left = WRONG_TRIES_MAX - row.wrong_tries
    if left == 0:
        raise CountedRefusal(
            "code-wrong",
            words("输错了5次，这个验证码作废了。"),
            next_step=words("重新要一个。"),
            field="code",
            status=422,
        )
    raise CountedRefusal(
        "code-wrong",
        words("验证码不对，还可以试%(left)s次。"),
        next_step=words("看看是不是最新的那条短信。"),
        field="code",
        status=422,
        params={"left": left},
    )


def _refuse_too_soon(purpose: str, hashed: str, bound_to: str) -> None:
    last = _newest(purpose, hashed, bound_to)
    wait = last.sent_at + RESEND_AFTER - clock.machine_now() if last and last.used_at is None else timedelta()
    if wait > timedelta():
        raise Refusal(
            "code-too-soon",
            words("验证码刚发过，可能还在路上。"),
            next_step=words("过%(seconds)s秒可以再要一个。"),
            field="phone",
            status=429,
            params={"seconds": int(wait.total_seconds()) + 1},
        )


def _refuse_too_many(hashed: str, address: str) -> None:
    """Count the codes of the last hour that nobody used: who used one has the phone in hand."""
    unused = OneTimeCode.objects.filter(sent_at__gt=clock.machine_now() - LIMIT_SPAN, used_at__isnull=True)
    of_phone = unused.filter(phone_hash=hashed).count()
    of_address = unused.filter(asked_from=address).count()
    if of_phone >= PER_PHONE_MAX or of_address >= PER_ADDRESS_MAX:
        raise Refusal(
            "codes-too-many",
            words("这一小时要了太多次验证码。"),
            next_step=words("过一个小时再来，你填过的都在。"),
            field="phone",
            status=429,
        )


def _newest(purpose: str, hashed: str, bound_to: str) -> OneTimeCode | None:
    """Return the newest code, held until the act ends: two requests at once come one after the other."""
    return (
        OneTimeCode.objects.select_for_update()
        .filter(purpose=purpose, phone_hash=hashed, bound_to=bound_to)
        .order_by("-sent_at")
        .first()
    )


def _code_hash(row: OneTimeCode, code: str) -> str:
    return keyed_hash("|".join((str(row.id), row.purpose, row.phone_hash, row.bound_to, code)), "one-time-code")


def _digits(code: str) -> str:
    wide = str.maketrans("０１２３４５６７８９", "0123456789")
    return "".join(c for c in code.translate(wide) if not c.isspace() and c != "-")


def _refused(code: str, message: str) -> Refusal:
    return Refusal(code, message, next_step=words("重新要一个。"), field="code", status=422)
