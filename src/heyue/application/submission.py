"""What handing in needs and fixes: nothing missing, every tick made, the sums and the plan as of the base date."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import rfc8785

from heyue.application.checks import Finding, before_submission
from heyue.application.models import Application, Debt
from heyue.application.plan import AskedTerms
from heyue.banks.models import Bank
from heyue.banks.needs import needs_of
from heyue.engine.money import yuan
from heyue.engine.refusal import Refusal, words
from heyue.wallet.models import Card
from heyue.wallet.reads import BankDebt


class NotComplete(Refusal):
    """Something is missing; ``findings`` say what, all at once, each with its part."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(
            "not-complete",
            words("还差 %(count)s 项，填好就能提交。"),
            status=422,
            params={"count": len(findings)},
        )
        self.findings = findings


class NotConfirmed(Refusal):
    """A tick is missing: the declaration, or the consent for a bank; ``errors`` names each field, all at once."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(
            "not-confirmed",
            words("还有要你确认的，看一看再打勾。"),
            article="个人信息保护法 第二十三条",
            field=next(iter(errors)),
            status=422,
        )
        self.errors = dict(errors)


def sums_are_current(row: Application, debts: list[BankDebt], today: date) -> bool:
    """Whether the kept recommendation was made today and with the sums that stand now."""
    if not row.recommendation:
        return False
    request = row.recommendation["request"]
    then = {d["id"]: d["balance"] for d in request["debts"]}
    now = {str(d.bank.pk): yuan(d.balance_fen) for d in debts}
    return request["as_of"] == today.isoformat() and then == now


def refuse_busy(debts: list[BankDebt], busy: frozenset[UUID]) -> None:
    """Refuse a bank with which something is open already."""
    for debt in debts:
        if debt.bank.pk in busy:
            raise Refusal(
                "bank-busy",
                words("和%(bank)s已经在谈或在还了，这次先不选它的卡。"),
                field="ids",
                params={"bank": debt.bank.name},
            )


def refuse_incomplete(row: Application, answers: dict[str, Any], debts: list[BankDebt], today: date) -> None:
    """Raise ``NotComplete`` with everything that is missing."""
    kinds = list(row.proofs.filter(removed_at__isnull=True).values_list("kind", flat=True))
    findings = before_submission(answers, kinds, sums_are_current(row, debts, today))
    stops = [f for f in findings if f.severity == "stop"]
    if stops:
        raise NotComplete(stops)


def refuse_other_needs(debts: list[BankDebt], needs_seen: Mapping[UUID, str] | None) -> None:
    """Refuse a consent to something else than what the banks need now; ``needs_seen`` has what was read, by bank."""
    if needs_seen is not None and any(needs_seen.get(debt.bank.pk) != digest_of_needs(debt.bank) for debt in debts):
        raise Refusal("changed-meanwhile", words("银行要看的内容刚刚改了，下面是最新的。看一遍再交。"))


def digest_of_needs(bank: Bank) -> str:
    """Return a short digest of what a bank needs today, by which a page says what stood on it."""
    return hashlib.sha256(rfc8785.dumps(needs_of(bank).kept())).hexdigest()[:16]


def refuse_unconfirmed(declared_true: bool, debts: list[BankDebt], bank_ids: set[UUID]) -> None:
    """Raise ``NotConfirmed`` with every tick that is missing."""
    errors = {
        f"bank:{debt.bank.pk}": words("要交给它，需要你同意；不想交给它，就回去不选它的卡")
        for debt in debts
        if debt.bank.pk not in bank_ids
    }
    if not declared_true:
        errors["declared_true"] = words("请确认填的都是真的，材料没有改过")
    if errors:
        raise NotConfirmed(errors)


def fix_debts(row: Application, debts: list[BankDebt], asked: list[AskedTerms]) -> None:
    """Write each bank's debt as it stands, card by card, with what is asked of the bank."""
    by_id = {a.bank_id: a for a in asked}
    row.debts.all().delete()
    for debt in debts:
        wish = by_id[debt.bank.pk]
        Debt.objects.create(
            application=row,
            borrower_id=row.borrower_id,
            bank=debt.bank,
            balance_fen=debt.balance_fen,
            waivable_fen=min(debt.waivable_fen, debt.balance_fen),
            days_overdue=debt.days_overdue,
            structure=[
                {
                    "card": c.token,
                    "last4": c.last4,
                    "product": c.product,
                    **_parts(c),
                    "balance_fen": c.balance_fen,
                    "days_overdue": c.days_overdue,
                }
                for c in debt.cards
            ],
            asked_terms=wish.terms,
            asked_hash=wish.hash,
            asked_waived_fen=wish.waived_fen,
            asked_instalment_fen=wish.instalment_fen,
            agreed_needs=needs_of(debt.bank).kept(),
        )


def _parts(card: Card) -> dict[str, int]:
    """Return what a card's balance is made of, in fen; what was overpaid comes off the principal first."""
    parts, credit_fen = {}, card.credit_fen
    for name in ("principal", "interest", "fee"):
        part_fen: int = getattr(card, f"{name}_fen")
        taken_fen = min(credit_fen, part_fen)
        credit_fen -= taken_fen
        parts[f"{name}_fen"] = part_fen - taken_fen
    return parts


def declared(row: Application, answers: dict[str, Any], base_date: date) -> dict[str, object]:
    """Return what the borrower declared to be true, by digests: no later change of it goes unseen."""
    proofs = row.proofs.filter(removed_at__isnull=True)
    return {
        "base_date": base_date.isoformat(),
        "debts": [
            {"bank": str(d.bank_id), "balance_fen": d.balance_fen, "hash": d.asked_hash} for d in row.debts.all()
        ],
        "answers_sha256": hashlib.sha256(rfc8785.dumps(answers)).hexdigest(),
        "proofs_sha256": sorted(proofs.values_list("sha256", flat=True)),
    }
