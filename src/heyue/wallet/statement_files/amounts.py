"""Sums of money as statements print them, read to whole fen without a float.

Four minus forms: ``-900.00``, ``￥- 900.00``, ``-￥900.00``, ``(存入)900.00``; the word in brackets may also
follow, and ``存款/CRED`` says that the bank owes. What is not wholly a sum is no sum: nothing is guessed from a part.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from heyue.wallet.statement_files.plain_text import plain, squeezed

SUM_CHARS_MAX = 60
_SYMBOLS = {"¥": "CNY", "$": "USD", "US$": "USD", "HK$": "HKD", "€": "EUR", "£": "GBP", "RMB": "CNY", "元": "CNY"}
NAMED_CURRENCIES = {
    "人民币": "CNY", "人民币元": "CNY", "美元": "USD", "港币": "HKD", "港元": "HKD", "欧元": "EUR", "英镑": "GBP",
    "日元": "JPY", "澳大利亚元": "AUD", "澳元": "AUD", "加拿大元": "CAD", "新加坡元": "SGD", "瑞士法郎": "CHF",
}  # fmt: skip
_SYMBOL = r"(?:US\$|HK\$|[¥$€£]|[A-Z]{3}|人民币元?/?)"
_MARK = r"\(?(?:存入|存款|支出|欠款)\)?(?:/(?:CRED|DEBT|CREDIT))?"
_SUM = re.compile(
    rf"(?P<mark>{_MARK})?(?P<minus>[-+])?(?P<symbol>{_SYMBOL})?(?P<after>[-+])?"
    r"(?P<whole>[0-9]{1,3}(?:,[0-9]{3}){1,4}|[0-9]{1,12})(?:\.(?P<part>[0-9]{1,2}))?"
    rf"(?P<unit>/?[A-Z]{{3}}|元)?(?P<end>{_MARK})?(?P<place>\([A-Z]{{2,3}}\))?"
)
_PARTED_DIGITS = re.compile(r"\d \d")  # two numbers, or one torn apart: neither is read
_NOTHING = frozenset({"---", "--", "-", "无欠款", "无", "您本期无需还款", "本期无需还款", "无需还款"})
_WITHOUT = re.compile(rf"(?:{_SYMBOL})?(?:-{{1,3}})")


@dataclass(frozen=True, slots=True)
class Money:
    """A sum in fen with the sign as printed; its currency, its direction mark and its country where it has them."""

    fen: int
    currency: str = ""
    mark: str = ""  # "credit" (存入, 存款), "debit" (支出, 欠款) or none
    place: str = ""

    @property
    def signed_fen(self) -> int:
        """A charge above 0: the mark in brackets decides over the sign."""
        if self.mark == "credit":
            return -abs(self.fen)
        return abs(self.fen) if self.mark == "debit" else self.fen


def read_money(text: str) -> Money | None:
    """Read a cell that is a sum and nothing else, or None."""
    if len(text) > SUM_CHARS_MAX or _PARTED_DIGITS.search(plain(text)):
        return None
    found = _SUM.fullmatch(squeezed(text))
    if found is None or (found["minus"] and found["after"]):
        return None
    fen = int(found["whole"].replace(",", "")) * 100 + int((found["part"] or "").ljust(2, "0"))
    if "-" in (found["minus"], found["after"]):
        fen = -fen
    symbol = found["symbol"] or found["unit"] or ""
    mark = found["mark"] or found["end"] or ""
    return Money(fen, currency_of(symbol), _direction(mark), (found["place"] or "").strip("()"))


def is_nothing(text: str) -> bool:
    """Whether a cell says that there is no such sum (``---``, ``$---``, ``无欠款``)."""
    bare = squeezed(text)
    return bare in _NOTHING or _WITHOUT.fullmatch(bare) is not None


def currency_of(text: str) -> str:
    """The ISO code of a symbol, code or Chinese name; empty when it is none."""
    bare = squeezed(text).strip("/-")
    if bare in _SYMBOLS:
        return _SYMBOLS[bare]
    for name, code in NAMED_CURRENCIES.items():
        if bare.startswith(name):
            return code
    found = re.fullmatch(r"\(?([A-Z]{3})\)?", bare)
    return _SYMBOLS.get(found[1], found[1]) if found else ""


def _direction(mark: str) -> str:
    if "存" in mark:
        return "credit"
    return "debit" if mark else ""
