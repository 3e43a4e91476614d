"""Make one bank's form, outside any transaction, and the message that carries it."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from heyue.application.answers import EXPENSE_KINDS, HARDSHIP_KINDS, INCOME_KINDS
from heyue.application.models import Debt, Proof
from heyue.application.proofs import KINDS
from heyue.application.reads import named
from heyue.dispatch.form import ApplicationForm, Hardship, MonthlyBudget, MonthlyLine, ProofItem, Standstill, render
from heyue.dispatch.models import Dispatch
from heyue.dispatch.paper_facts import bank_of, debt_of, holder_of, plan_of
from heyue.engine.money import fen, yuan
from heyue.engine.offer import month_totals
from heyue.engine.schedule import build as schedule
from heyue.identity.models import Consent
from heyue.identity.reads import in_full
from heyue.vault import keyring


def form_for(dispatch_id: UUID) -> bytes:
    """Typeset the application form of one dispatch; the same rows give the same bytes."""
    row = Dispatch.objects.select_related("application__borrower", "bank", "debt").get(pk=dispatch_id)
    return render(_form(row))


def message_for(row: Dispatch, pdf: bytes) -> dict[str, Any]:
    """Return the body of ``POST /v1/applications`` (gateway-v1.md section 3)."""
    application = row.application
    if application.base_date is None:
        raise RuntimeError("a submitted application has a base date")
    full = in_full(application.borrower)
    answers = keyring(row.borrower_id).open_json(application.sealed_answers, "answers")
    budget = budget_of(row, answers)
    return {
        "id": str(row.pk),
        "number": row.number,
        "application_number": application.number,
        "submitted_on": application.base_date.isoformat(),
        "base_date": application.base_date.isoformat(),
        "holder": {"name": full.name, "id_number": full.id_number, "phone": full.phone},
        "debt": {
            "balance": yuan(row.debt.balance_fen),
            "waivable": yuan(row.debt.waivable_fen),
            "currency": "CNY",
            "structure": [_card(c) for c in row.debt.structure],
        },
        "asked": {
            "terms": row.debt.asked_terms,
            "waived": yuan(row.debt.asked_waived_fen),
            "hash": row.debt.asked_hash,
            "interest_after_base_date": row.debt.interest_after,
        },
        "budget": {
            "income": yuan(budget.income_fen),
            "expenses": yuan(budget.expenses_fen),
            "reserve": yuan(budget.reserve_fen),
            "affordable": yuan(budget.affordable_fen),
            "other_banks_monthly": yuan(budget.other_banks_monthly_fen),
        },
        "hardship": {"kind": answers["hardship"]["kind"], "story": hardship_of(row, answers).story},
        "proofs": [proof_by_grant(row, grant) for grant in row.grants.select_related("proof")],
        "form": {
            "sha256": hashlib.sha256(pdf).hexdigest(),
            "media_type": "application/pdf",
            "base64": b64encode(pdf).decode(),
        },
        "standstill": {"requested": True, "until": row.standstill_until.isoformat() if row.standstill_until else None},
    }


def is_allowed(row: Dispatch) -> bool:
    """Whether the borrower's consent to show the application to this bank stands."""
    return Consent.Purpose.APPLICATION in consents_to(row.bank_id, row)


def shown_to(bank_id: UUID, row: Dispatch) -> list[Proof]:
    """Return the proofs that this bank may get, none without the borrower's consent to show it the application.

    Health papers need a consent of their own for it, and a kind that the bank does not need is not shown to it.
    Source: 个人信息保护法 第六、十五、二十九条.
    """
    standing = consents_to(bank_id, row)
    if Consent.Purpose.APPLICATION not in standing:
        return []
    health, needs = Consent.Purpose.HEALTH in standing, row.shown
    to_it = Q(only_for__isnull=True) | Q(only_for_id=bank_id)
    standing_ones = row.application.proofs.filter(to_it, removed_at__isnull=True)
    return [p for p in standing_ones if (health or not p.is_health) and needs.proof(p.kind)]


def consents_to(bank_id: UUID, row: Dispatch) -> set[str]:
    """Return the purposes for which the form's borrower lets this bank see something now."""
    consents = Consent.objects.filter(borrower_id=row.borrower_id, bank_id=bank_id, withdrawn_at__isnull=True)
    return set(consents.values_list("purpose", flat=True))


def _form(row: Dispatch) -> ApplicationForm:
    application = row.application
    if application.submitted_at is None or application.declared_true_at is None:
        raise RuntimeError("a submitted application says when it was declared true and sent")
    ring = keyring(row.borrower_id)
    answers = ring.open_json(application.sealed_answers, "answers")
    shown = {p.pk for p in shown_to(row.bank_id, row)}
    proofs = tuple(
        ProofItem(name, _(KINDS[proof.kind]), proof.pages, proof.size_bytes, proof.sha256)
        for proof, name in named(ring, application.proofs.filter(pk__in=shown))
    )
    return ApplicationForm(
        number=row.number,
        application_number=application.number,
        bank=bank_of(row.bank),
        holder=holder_of(application.borrower),
        base_on=_base_date(row),
        submitted_at=application.submitted_at,
        declared_at=application.declared_true_at,
        debt=debt_of(row.debt),
        budget=budget_of(row, answers),
        hardship=hardship_of(row, answers),
        asked=plan_of(row.debt.asked_terms, row.debt.asked_waived_fen, row.debt.interest_after),
        standstill=Standstill(row.standstill_until),
        proofs=proofs,
    )


def budget_of(row: Dispatch, answers: dict[str, Any]) -> MonthlyBudget:
    """Return the monthly budget as the form states it: line by line where the bank needs that. Sums in fen."""
    spent = answers["expenses"]
    income = _lines(answers["income"]["items"], INCOME_KINDS)
    expenses = _lines(spent["items"], EXPENSE_KINDS)
    income_fen = sum(line.amount_fen for line in income)
    expenses_fen = sum(line.amount_fen for line in expenses)
    reserve_fen = fen(spent["reserve"])
    others = Debt.objects.filter(application_id=row.application_id).exclude(pk=row.debt_id)
    if not row.shown.budget_lines:
        income = (MonthlyLine(_("合计"), income_fen),)
        expenses = (MonthlyLine(_("合计"), expenses_fen),)
    months = month_totals([schedule(debt.asked_terms).rows for debt in others], _base_date(row))
    return MonthlyBudget(
        income=income,
        expenses=expenses,
        income_fen=income_fen,
        expenses_fen=expenses_fen,
        reserve_fen=reserve_fen,
        affordable_fen=max(0, income_fen - expenses_fen - reserve_fen),
        other_banks_monthly_fen=max(months, default=0),
        savings_fen=fen(spent["savings"]),
    )


def _base_date(row: Dispatch) -> date:
    if row.application.base_date is None:
        raise RuntimeError("a submitted application has a base date")
    return row.application.base_date


def hardship_of(row: Dispatch, answers: dict[str, Any]) -> Hardship:
    """Return what happened, as the form states it: in the borrower's words where the bank needs them."""
    hardship = answers["hardship"]
    story = hardship["story"] if row.shown.hardship_story else ""
    return Hardship(_(HARDSHIP_KINDS[hardship["kind"]]), story)


def _lines(items: list[dict[str, str]], kinds: dict[str, str]) -> tuple[MonthlyLine, ...]:
    return tuple(MonthlyLine(_(kinds[i["kind"]]), fen(i["monthly"])) for i in items)


def _card(card: dict[str, Any]) -> dict[str, Any]:
    sums = {name: yuan(card[f"{name}_fen"]) for name in ("principal", "interest", "fee", "balance")}
    return {
        "card": card["card"],
        "last4": card["last4"],
        "product": card["product"],
        **sums,
        "days_overdue": card["days_overdue"],
    }


def proof_by_grant(row: Dispatch, grant: Any) -> dict[str, Any]:
    """Return how a bank is told of a proof: what it is, and where it is fetched under its grant."""
    proof: Proof = grant.proof
    return {
        "id": str(proof.pk),
        "kind": proof.kind,
        "name": keyring(row.borrower_id).open_text(proof.sealed_name, "proof-name"),
        "sha256": proof.sha256,
        "media_type": proof.media_type,
        "bytes": proof.size_bytes,
        "grant": f"{settings.HEYUE_PUBLIC_URL}/v1/proofs/{grant.pk}",
    }
