"""Text as printed by many systems, brought to one form, and what must not be shown masked.

Full width becomes half (￥ ： （）), every kind of blank one blank, zero-width signs and controls go.
"""

from __future__ import annotations

import re
import unicodedata

_BLANKS = re.compile(r"\s+")
_DASHES = str.maketrans({"—": "-", "–": "-", "―": "-", "−": "-", "‐": "-", "‑": "-", "～": "~", "帐": "账"})
_KEPT_CONTROLS = frozenset("\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85")


def plain(text: str) -> str:
    """One form: NFKC, one blank for any run of them, no zero-width sign, one kind of dash."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    shown = "".join(
        " " if c in _KEPT_CONTROLS else c
        for c in unicodedata.normalize("NFKC", text)
        if c in _KEPT_CONTROLS or unicodedata.category(c) not in ("Cf", "Cc", "Cs")
    )
    return _BLANKS.sub(" ", shown.translate(_DASHES)).strip()


def squeezed(text: str) -> str:
    """Plain text without any blank."""
    return _BLANKS.sub("", plain(text))


_CARD_NUMBER = re.compile(r"(?<![\d.,])(?:\d{13,19}|\d{4}(?:[ -]\d{4}){2,3}(?:[ -]\d{1,3})?)(?![\d.,]?\d)")
_PHONE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
_PAYER_TAIL = re.compile(r"(付款尾号|付款卡号|对方尾号|原绑定卡)\s*[:：]?\s*\d{3,4}")
_PAYER_NAME = re.compile(
    r"(银联入账|转账还款|支付宝还款|财付通还款|卡卡转账|转账|支付宝|财付通|微信)([\s:：\-]+)([\u4e00-\u9fff·]{2,4})(?=[/\s,，;；(（]|$)"
)
_NO_NAME = re.compile(r"还款|转账|入账|自动|信用卡|充值|提现|退款|返|银行|公司|支付|消费|代付|理财")


def masked(text: str) -> str:
    """Without whole card, identity and telephone numbers and without the payer's tail."""

    def _number(match: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", match[0])
        return f"****{digits[-4:]}"

    text = _PAYER_TAIL.sub(lambda m: f"{m[1]}:****", _CARD_NUMBER.sub(_number, text))
    return _PHONE.sub(r"\1****\2", text)


def masked_payer(text: str) -> str:
    """The description of a payment without the name of the person who paid."""

    def _name(match: re.Match[str]) -> str:
        return match[0] if _NO_NAME.search(match[3]) else f"{match[1]}{match[2]}{match[3][0]}*"

    text = _PAYER_NAME.sub(_name, masked(text))
    if re.fullmatch(r"[\u4e00-\u9fff·]{2,4}", text) and not _NO_NAME.search(text):
        return text[0] + "*"
    return text


def inert(text: str) -> str:
    """A text that a spreadsheet program will not run as a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
