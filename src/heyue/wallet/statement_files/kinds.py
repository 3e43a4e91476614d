"""What a row is: by its section's heading and the words of its description, the direction of its sum beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from heyue.wallet.statement_files.plain_text import squeezed
from heyue.wallet.statement_files.result import EXACT, GUESSED, INFERRED, Kind

SECTIONS = {
    "还款": Kind.PAYMENT, "退款": Kind.REFUND, "退货": Kind.REFUND, "费用": Kind.FEE, "分期": Kind.INSTALMENT,
    "消费": Kind.PURCHASE, "利息": Kind.INTEREST, "取现": Kind.CASH_ADVANCE, "转出": Kind.INTERNAL,
}  # fmt: skip
_WALLETS = re.compile(r"^(财付通|支付宝|微信|微信支付|银联|云闪付|网银|手机银行)(支付|转账|还款)?$")
_INSTALMENT_NUMBER = re.compile(
    r"第 ?(?P<a>\d{1,2}) ?/ ?\d{1,2} ?期|\((?P<b>\d{3})/\d{3}\)|第 ?(?P<c>\d{1,2}) ?期 ?共|本金 ?\d{2}-(?P<d>\d{2}) ?期"
    r"|/(?P<e>\d{1,2})/\d{1,2}期"
)


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: Kind
    side: str
    pattern: re.Pattern[str]


def kind_of(
    description: str, amount_fen: int, section: str, own: Mapping[str, Kind], *, name_pays: bool
) -> tuple[Kind, int]:
    """The kind and how sure it is.

    ``own`` holds words of this layout. ``name_pays``: at this issuer a credit with nothing but a person's name or a
    payment company's is a payment (BOC); elsewhere it is taken for a refund and said to be a guess.
    """
    bare = squeezed(description)
    for word, kind in own.items():
        if word in bare:
            return kind, EXACT
    under = SECTIONS.get(squeezed(section).removesuffix("Installment"))
    side = "credit" if amount_fen < 0 else "charge"
    for rule in _rules():
        if rule.side in ("any", side) and rule.pattern.search(bare):
            return _weighed(rule.kind, under, amount_fen)
    if under is not None:
        return (Kind.REFUND, INFERRED) if under is Kind.PURCHASE and amount_fen < 0 else (under, EXACT)
    if amount_fen >= 0:
        return Kind.PURCHASE, INFERRED
    is_name = re.fullmatch(r"[\u4e00-\u9fff·]{2,4}", bare) is not None or _WALLETS.match(bare) is not None
    if name_pays and is_name:
        return Kind.PAYMENT, INFERRED
    return Kind.REFUND, GUESSED


def instalment_number(description: str) -> int:
    """Which instalment of how many a row is (the first number meant), 0 when it is none."""
    found = _INSTALMENT_NUMBER.search(squeezed(description))
    return int(next(group for group in found.groups() if group)) if found else 0


def _weighed(by_word: Kind, under: Kind | None, amount_fen: int) -> tuple[Kind, int]:
    """The word and the section together; a section says more than a merchant's name, less than a word of its own."""
    if under is None or under is by_word:
        return by_word, INFERRED if under is None else EXACT
    named = (Kind.FEE, Kind.INTEREST, Kind.INSTALMENT, Kind.CASH_ADVANCE)
    if under is Kind.PURCHASE and amount_fen and by_word in named:
        # 消费 with 年费 in a merchant's name is still a purchase.
        return Kind.PURCHASE, INFERRED
    if under is Kind.PAYMENT and by_word not in (Kind.REWARD, Kind.INTERNAL, Kind.REFUND):
        return Kind.PAYMENT, EXACT
    if under is Kind.REFUND and amount_fen < 0 and by_word is Kind.PAYMENT:
        return Kind.REFUND, EXACT
    return by_word, INFERRED


@cache
def _rules() -> tuple[_Rule, ...]:
    text = (files("heyue.wallet.statement_files") / "words.yaml").read_text(encoding="utf-8")
    return tuple(
        _Rule(
            Kind(entry["kind"]),
            entry["side"],
            re.compile(entry.get("matches") or "|".join(re.escape(squeezed(word)) for word in entry["words"])),
        )
        for entry in yaml.safe_load(text)
    )
