"""The same thing in two files: a wallet's payment and a card's row, a statement by mail and as a PDF."""

from __future__ import annotations

from collections.abc import Sequence

from heyue.wallet.statement_files.result import Row, Statement

DAYS_APART_MOST = 3


def matches(card_rows: Sequence[Row], wallet_rows: Sequence[Row]) -> dict[int, int]:
    """Pair rows of a card with rows of a wallet: same tail, same sum, at most three days apart, nearest first.

    Positions of card rows to positions of wallet rows; each is used once.
    """
    near = sorted(
        (abs((card.post_date.value - wallet.post_date.value).days), card.position, wallet.position)
        for card in card_rows
        for wallet in wallet_rows
        if card.amount.value == wallet.amount.value
        and card.currency == wallet.currency
        and card.tail is not None
        and wallet.tail is not None
        and card.tail.value == wallet.tail.value
        and abs((card.post_date.value - wallet.post_date.value).days) <= DAYS_APART_MOST
    )
    found: dict[int, int] = {}
    used: set[int] = set()
    for _, card, wallet in near:
        if card not in found and wallet not in used:
            found[card] = wallet
            used.add(wallet)
    return found


def same_statement(one: Statement, other: Statement) -> bool:
    """Whether two readings are of one statement, also where only one of the files names the card."""
    if one.identity == other.identity:
        return True
    if one.issuer.value != other.issuer.value or one.statement_date is None or other.statement_date is None:
        return False
    tails, others = {card.value for card in one.cards}, {card.value for card in other.cards}
    balances = [
        {currency: account.fen("new_balance") for currency, account in statement.accounts.items()}
        for statement in (one, other)
    ]
    shared = set(balances[0]) & set(balances[1])
    return (
        one.statement_date.value == other.statement_date.value
        and (not tails or not others or bool(tails & others))
        and bool(shared)
        and all(balances[0][currency] == balances[1][currency] for currency in shared)
    )
