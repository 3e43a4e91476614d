"""What the applicant declared, line by line, beside the papers that can bear it out and the automatic findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from heyue.application import reads as applications
from heyue.application.answers import EXPENSE_KINDS, HARDSHIP_KINDS, INCOME_KINDS
from heyue.application.models import Debt, Proof
from heyue.application.plan import budget_of
from heyue.application.proofs import KINDS
from heyue.engine.money import fen
from heyue.engine.moves import Actor
from heyue.engine.refusal import words
from heyue.identity.reads import masked
from heyue.review.models import Review

LAST_SHOWN = 4
BORNE_OUT_BY: dict[str, tuple[str, ...]] = {
    "income": ("income", "bank-flow"),
    "benefit": ("hardship", "bank-flow"),
    "medical": ("medical",),
    "job-loss": ("unemployment", "hardship"),
    "income-cut": ("income", "bank-flow"),
    "illness": ("medical",),
    "business": ("business",),
    "family": ("family",),
}
"""Kinds of paper that can bear out a line; a kind of income without its own entry takes ``income``."""
PLACES: dict[str, str] = {
    "cards": words("欠款"),
    "income": words("每月收入"),
    "expenses": words("每月支出"),
    "hardship": words("困难原因"),
    "wish": words("希望"),
    "plan": words("方案"),
    "proofs": words("材料"),
}


@dataclass(frozen=True, slots=True)
class Paper:
    """One standing proof as the desk lists it. ``kind`` is a message id."""

    proof: Proof
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Line:
    """One declared value: its part of the interview, what it is (a message id), fen or words, its papers.

    ``of_bank`` names the bank whose own figure it is.
    """

    part: str
    what: str
    amount_fen: int | None
    said: str
    papers: tuple[Paper, ...]
    of_bank: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One automatic finding with the place it is about; ``message`` and ``place`` are message ids."""

    message: str
    part: str
    place: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that a reviewer compares. Sums in fen."""

    lines: tuple[Line, ...]
    findings: tuple[Finding, ...]
    papers: tuple[Paper, ...]
    income_fen: int
    expenses_fen: int
    affordable_fen: int
    story: str
    debts: tuple[Debt, ...]

    @property
    def parts_to_look_at(self) -> frozenset[str]:
        """The parts that a finding is about."""
        return frozenset(finding.part for finding in self.findings)


def compare(actor: Actor, review: Review) -> Comparison:
    """Lay the declared values of a review beside the papers. Raises ``NotFound`` where it may not be seen."""
    application = applications.application(actor, review.application_id)
    answers = applications.answers(actor, application)
    papers = tuple(Paper(proof, name, KINDS[proof.kind]) for proof, name in applications.proofs(actor, application))
    debts = tuple(application.debts.all())
    income = _items("income", answers, INCOME_KINDS, papers)
    expenses = _items("expenses", answers, EXPENSE_KINDS, papers)
    return Comparison(
        lines=(*_identity(review, papers), *income, *expenses, *_hardship(answers, papers), *_debts(debts)),
        findings=findings_of(review.findings),
        papers=papers,
        income_fen=_sum(answers, "income"),
        expenses_fen=_sum(answers, "expenses"),
        affordable_fen=budget_of(answers).monthly_fen[0],
        story=answers.get("hardship", {}).get("story", ""),
        debts=debts,
    )


def findings_of(kept: Iterable[Mapping[str, str]]) -> tuple[Finding, ...]:
    """Return automatic findings as they were kept with a review or an appeal."""
    return tuple(Finding(f["message"], f["part"], PLACES[f["part"]]) for f in kept)


def _sum(answers: Mapping[str, Any], part: str) -> int:
    return sum(fen(item["monthly"]) for item in answers.get(part, {}).get("items", []))


def _of(kinds: Iterable[str], papers: Iterable[Paper]) -> tuple[Paper, ...]:
    wanted = tuple(kinds)
    return tuple(paper for paper in papers if paper.proof.kind in wanted)


def _identity(review: Review, papers: tuple[Paper, ...]) -> list[Line]:
    shown = masked(review.borrower)
    said = f"{shown.name} · …{shown.id_number[-LAST_SHOWN:]}"
    return [Line("identity", words("姓名、证件号"), None, said, _of(("identity",), papers))]


def _items(part: str, answers: Mapping[str, Any], names: Mapping[str, str], papers: tuple[Paper, ...]) -> list[Line]:
    by_default = BORNE_OUT_BY.get(part, ())
    return [
        Line(
            part, names[item["kind"]], fen(item["monthly"]), "", _of(BORNE_OUT_BY.get(item["kind"], by_default), papers)
        )
        for item in answers.get(part, {}).get("items", [])
    ]


def _hardship(answers: Mapping[str, Any], papers: tuple[Paper, ...]) -> list[Line]:
    kind = answers.get("hardship", {}).get("kind", "")
    if kind not in HARDSHIP_KINDS:
        return []
    return [Line("hardship", words("困难原因"), None, HARDSHIP_KINDS[kind], _of(BORNE_OUT_BY.get(kind, ()), papers))]


def _debts(debts: tuple[Debt, ...]) -> list[Line]:
    return [Line("cards", words("%(bank)s欠款"), debt.balance_fen, "", (), debt.bank.name) for debt in debts]
