"""Which cards can be negotiated now: something is owed on them, and nothing is open with their bank."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from heyue.engine.refusal import words
from heyue.wallet.models import Card
from heyue.wallet.reads import BankDebt

BANK_BUSY = words("和它已经在谈或在还了，这次先不选。")
NOTHING_OWED = words("没有欠款，不用谈。")
OTHER_CURRENCY = words("外币卡还不能谈。")
CURRENCY = "CNY"


@dataclass(frozen=True, slots=True)
class CardOption:
    """A card as it stands for choice; ``why_not`` is empty where it may be chosen."""

    card: Card
    why_not: str

    @property
    def may_be_chosen(self) -> bool:
        """Whether nothing stands against it."""
        return not self.why_not


@dataclass(frozen=True, slots=True)
class BankOptions:
    """One bank's cards for choice. All that are chosen of one bank form one debt."""

    debt: BankDebt
    cards: tuple[CardOption, ...]

    @property
    def choosable(self) -> tuple[CardOption, ...]:
        """The cards that may be chosen."""
        return tuple(option for option in self.cards if option.may_be_chosen)


def options(debts: Iterable[BankDebt], busy: Collection[UUID]) -> list[BankOptions]:
    """Return every card with the reason against choosing it, in the banks' order."""
    return [
        BankOptions(debt, tuple(CardOption(card, _why_not(card, debt.bank.pk in busy)) for card in debt.cards))
        for debt in debts
    ]


def not_choosable(ids: Iterable[UUID], offered: Sequence[BankOptions]) -> list[UUID]:
    """Return the ids that may not be chosen: not the borrower's, nothing owed, or their bank is busy."""
    free = {option.card.pk for bank in offered for option in bank.choosable}
    return [i for i in ids if i not in free]


def _why_not(card: Card, bank_is_busy: bool) -> str:
    if bank_is_busy:
        return BANK_BUSY
    if card.balance_fen <= 0:
        return NOTHING_OWED
    return OTHER_CURRENCY if card.currency != CURRENCY else ""
