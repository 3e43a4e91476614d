"""Reconciliation: the statement's own arithmetic as the proof of what was read.

Rows sum to new balance less old; the printed formula holds; as many rows as lines that look like rows. What does not
hold is said in fen. A sum is certain (100) only when it stands in a check that holds and none fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from heyue.wallet.statement_files.layout import Layout
from heyue.wallet.statement_files.result import PROVED, Account, Check, Found, Proof, Row, Standing, Statement

ROWS = "rows"
BALANCE = "balance"
FORMULA = "formula"
DOUBTFUL = 50  # sums of an account whose checks do not hold


def prove(statement: Statement, layout: Layout, lines_like_rows: int) -> Proof:
    """Make every check that the statement's figures allow."""
    checks: list[Check] = []
    if statement.rows_available and lines_like_rows:
        checks.append(Check(ROWS, "", lines_like_rows, len(statement.rows)))
    for currency, account in statement.accounts.items():
        rows = [row for row in statement.rows if row.currency == currency]
        checks += _of_account(account, rows, layout, statement.rows_available)
    if not checks:
        return Proof(Standing.UNPROVED)
    if any(check.difference for check in checks):
        return Proof(Standing.DIFFERS, tuple(checks))
    told = {check.name for check in checks if check.currency == "CNY"}
    whole = BALANCE in told or {"charges", "credits"} <= told
    return Proof(Standing.PROVED if whole else Standing.UNPROVED, tuple(checks))


def with_proof(statement: Statement, proof: Proof, layout: Layout, most: int) -> Statement:
    """The statement with its proof; proved sums become certain, differing ones doubtful."""
    if proof.standing is not Standing.PROVED or most < PROVED:
        doubtful = {check.currency for check in proof.differing}
        accounts = {
            currency: _weighed(account, DOUBTFUL) if currency in doubtful else account
            for currency, account in statement.accounts.items()
        }
        rows = tuple(
            replace(row, amount=replace(row.amount, confidence=min(row.amount.confidence, DOUBTFUL)))
            if row.currency in doubtful
            else row
            for row in statement.rows
        )
        return replace(statement, proof=proof, accounts=accounts, rows=rows)
    names = {currency: _proved_names(proof, layout, currency) for currency in statement.accounts}
    proved = {currency for currency, found in names.items() if found}
    accounts = {currency: _certain(account, names[currency]) for currency, account in statement.accounts.items()}
    rows = tuple(
        replace(row, amount=replace(row.amount, confidence=PROVED)) if row.currency in proved else row
        for row in statement.rows
    )
    return replace(statement, proof=proof, accounts=accounts, rows=rows)


def _proved_names(proof: Proof, layout: Layout, currency: str) -> frozenset[str]:
    told = {check.name for check in proof.checks if check.currency == currency}
    found = {"new_balance", "previous_balance"} if BALANCE in told else set()
    for side, names in layout.totals.items():
        if side in told and len(names) == 1:
            found |= set(names)
    return frozenset(found)


def _of_account(account: Account, rows: list[Row], layout: Layout, rows_available: bool) -> list[Check]:
    checks = []
    new, previous = account.fen("new_balance"), account.fen("previous_balance")
    moved = sum(row.amount.value for row in rows)
    if new is not None and previous is not None and rows_available:
        checks.append(Check(BALANCE, account.currency, new - previous, moved))
    if layout.formula and new is not None and all(account.fen(name) is not None for name in layout.formula):
        reckoned = sum(sign * (account.fen(name) or 0) for name, sign in layout.formula.items())
        checks.append(Check(FORMULA, account.currency, new, reckoned))
    if rows_available:
        checks += _of_totals(account, rows, layout.totals)
    return checks


def _of_totals(account: Account, rows: list[Row], totals: Mapping[str, tuple[str, ...]]) -> list[Check]:
    """What the charges and the credits sum to, where the statement prints it."""
    sides = {
        "charges": sum(row.amount.value for row in rows if row.amount.value > 0),
        "credits": -sum(row.amount.value for row in rows if row.amount.value < 0),
    }
    checks = []
    for side, reckoned in sides.items():
        names = totals.get(side, ())
        printed = [account.fen(name) for name in names]
        if names and all(one is not None for one in printed):
            checks.append(Check(side, account.currency, sum(abs(one) for one in printed if one is not None), reckoned))
    return checks


def _certain(account: Account, names: frozenset[str]) -> Account:
    """Certain are the sums that a check holds by themselves; of several added up, each might be another's."""
    return Account(
        account.currency,
        {name: replace(one, confidence=PROVED) if name in names else one for name, one in account.sums.items()},
    )


def _weighed(account: Account, most: int) -> Account:
    def _less(found: Found[int]) -> Found[int]:
        return replace(found, confidence=min(found.confidence, most))

    return Account(account.currency, {name: _less(one) for name, one in account.sums.items()})
