"""The review: everything on one page, what is missing, the consents and the declaration, and handing in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _

from heyue import clock
from heyue.application import reads
from heyue.application.actions import chosen_cards, submit
from heyue.application.answers import (
    EXPENSE_KINDS,
    HARDSHIP_KINDS,
    INCOME_KINDS,
    STORY_CHARS_MAX,
    longest_term,
    part_version,
)
from heyue.application.checks import Finding, before_submission
from heyue.application.comparison import Weighed, weigh
from heyue.application.models import Proof
from heyue.application.plan import asked_by, budget_of
from heyue.application.proofs import KINDS
from heyue.application.submission import NotComplete, NotConfirmed, digest_of_needs, sums_are_current
from heyue.banks import reads as banks
from heyue.banks.models import Bank
from heyue.engine.money import fen
from heyue.engine.refusal import Refusal
from heyue.faces.borrower.apply.amounts import (
    Amount,
    ExpenseFields,
    all_questions,
    as_typed,
    expense_fields,
    income_fields,
)
from heyue.faces.borrower.apply.plan_words import Pictured, option_of
from heyue.faces.borrower.apply.steps import PROGRESS, TO_REVIEW, Draft, address, first_missing, shown, step_view
from heyue.faces.months_chart import MonthsChart
from heyue.faces.problems import sentence
from heyue.faces.shown import yuan_text
from heyue.identity import reads as people
from heyue.identity.models import Consent
from heyue.journey import busy_banks, commitments, perform
from heyue.journey.disclosed import asked_for
from heyue.wallet import reads as wallets
from heyue.wallet.reads import BankDebt

HEALTH = Consent.Purpose.HEALTH.value
EDITED_HERE = ("income", "expenses", "hardship", "wish")
VERSION_CHARS_MAX = 9


@dataclass(frozen=True, slots=True)
class Line:
    """A row of words and a value."""

    label: str
    value: str
    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A finding in words, with the step where it can be mended."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class ToConsent:
    """One bank's consent box as the borrower left it."""

    bank: Bank
    ticked: bool
    error: str
    shown: str
    seen: str


@dataclass(frozen=True, slots=True)
class ChosenPlan:
    """The chosen plan as the review lists it."""

    title: str
    banks: tuple[Line, ...]
    weighed: Weighed
    chart: MonthsChart
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InPlace:
    """What stands in the forms that mend an answer on this very page, and the version of each that was seen."""

    income: tuple[Amount, ...]
    expenses: ExpenseFields
    hardship: Mapping[str, str]
    wish: Mapping[str, str]
    kinds: tuple[tuple[str, str], ...]
    versions: Mapping[str, str]
    story_chars_max: int
    periods_max: int

    @classmethod
    def of(cls, draft: Draft) -> InPlace:
        """Fill the forms with what was kept."""
        kept = {part: as_typed(draft.answers.get(part, {})) for part in EDITED_HERE}
        return cls(
            income=income_fields(kept["income"], {}, "in-"),
            expenses=expense_fields(kept["expenses"], {}, draft.answers, "out-"),
            hardship=kept["hardship"],
            wish=kept["wish"],
            kinds=tuple((kind, _(label)) for kind, label in HARDSHIP_KINDS.items()),
            versions={part: part_version(draft.answers, part) for part in EDITED_HERE},
            story_chars_max=STORY_CHARS_MAX,
            periods_max=longest_term(),
        )


@step_view("review")
def review(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Show everything; a post hands it in."""
    if request.method != "POST":
        missing = first_missing(draft.answers)
        nothing_yet = missing == "cards"
        return redirect(address(missing)) if nothing_yet else render(*_page(request, draft))
    try:
        perform(
            draft.actor,
            submit,
            application_id=draft.row.pk,
            declared_true="declared_true" in request.POST,
            bank_ids=_ids(request.POST.getlist("bank")),
            busy=busy_banks(draft.actor),
            answers_version=_version_declared(request),
            needs_seen=_needs_seen(request),
        )
    except NotConfirmed as refusal:
        return render(*_page(request, draft, refusal.errors))
    except NotComplete:
        return render(*_page(request, draft))
    except Refusal as refusal:
        if refusal.code == "already-submitted":
            raise
        if refusal.code == "changed-meanwhile":
            messages.warning(request, sentence(refusal))
            return redirect(address(TO_REVIEW))
        return render(*_page(request, draft, {}, refusal))
    return HttpResponseRedirect(PROGRESS)


def _version_declared(request: HttpRequest) -> int | None:
    """Return the version of the answers that stood on the page that was declared true."""
    seen = request.POST.get("answers_version", "")
    return int(seen) if seen.isdecimal() and len(seen) <= VERSION_CHARS_MAX else None


def _needs_seen(request: HttpRequest) -> dict[UUID, str] | None:
    """Return what the page said that each bank is shown, None where it said nothing of it."""
    told = [one.partition(":") for one in request.POST.getlist("seen")]
    return {bank_id: seen for one, _colon, seen in told for bank_id in _ids([one])} or None


def _page(
    request: HttpRequest, draft: Draft, errors: Mapping[str, str] | None = None, refused: Refusal | None = None
) -> tuple[HttpRequest, str, dict[str, object]]:
    errors = errors or {}
    debts = wallets.by_bank(draft.actor, chosen_cards(draft.answers))
    sent = reads.proofs(draft.actor, draft.row)
    findings = _findings(draft, debts, [proof.kind for proof, _name in sent])
    stops = [_found(one) for one in findings if one.severity == "stop"]
    if refused is not None:
        stops.insert(0, Found(sentence(refused), f"{address('cards')}?back={TO_REVIEW}"))
    hardship = draft.answers.get("hardship")
    wish = draft.answers.get("wish")
    context = shown(
        request,
        draft,
        stops=stops,
        looks=_looks(draft, findings),
        edit=InPlace.of(draft),
        holder=people.masked(people.person(draft.actor)),
        debts=debts,
        owed_fen=sum(debt.balance_fen for debt in debts),
        budget=_budget(draft.answers),
        lines=_lines(draft.answers),
        hardship={"kind": _(HARDSHIP_KINDS[hardship["kind"]]), "story": hardship["story"]} if hardship else None,
        wish={"periods": wish["periods"], "monthly_fen": fen(wish["monthly"])} if wish else None,
        plan=_plan(draft, debts),
        proofs=_proofs([proof for proof, _name in sent]),
        health_seen=_health(draft, debts, [proof for proof, _name in sent]),
        consents=_consents(request, debts, errors),
        declared="declared_true" in request.POST,
        declared_error=_(errors["declared_true"]) if "declared_true" in errors else "",
    )
    return request, "borrower/apply/review.html", context


def _findings(draft: Draft, debts: list[BankDebt], kinds: list[str]) -> list[Finding]:
    return before_submission(draft.answers, kinds, sums_are_current(draft.row, debts, clock.today()))


def _found(one: Finding) -> Found:
    return Found(_(one.message), f"{address(one.part)}?back={TO_REVIEW}")


def _looks(draft: Draft, findings: list[Finding]) -> list[Found]:
    """Return what is worth a look; our questions about the budget say more than the reviewer's finding does."""
    asked = [Found(said, f"{address('expenses')}?back={TO_REVIEW}") for said in all_questions(draft.answers)]
    found = [_found(one) for one in findings if one.severity != "stop" and one.code != "expenses-left-out"]
    return [*found, *asked]


def _budget(answers: Mapping[str, Any]) -> list[Line]:
    spent = answers.get("expenses", {})
    budget = budget_of(answers)
    income_fen = sum(fen(item["monthly"]) for item in answers.get("income", {}).get("items", []))
    expenses_fen = sum(fen(item["monthly"]) for item in spent.get("items", []))
    short_fen = sum(reason.amount_fen for reason in budget.reasons if reason.code == "shortfall")
    return [
        Line(_("收入"), yuan_text(income_fen)),
        Line(_("必须花的"), yuan_text(-expenses_fen)),
        Line(_("留作应急"), yuan_text(-fen(spent.get("reserve", "0.00")))),
        *([Line(_("收入不够的部分"), f"+{yuan_text(short_fen)}")] if short_fen else []),
        Line(_("每月能拿出"), yuan_text(budget.monthly_fen[0]), is_sum=True),
        Line(_("手头的积蓄"), yuan_text(budget.savings_fen)),
        Line(_("要养活的人"), _("%(n)s人") % {"n": spent.get("dependants", 0)}),
    ]


def _lines(answers: Mapping[str, Any]) -> list[Line]:
    income = [
        Line(_(INCOME_KINDS[item["kind"]]), yuan_text(fen(item["monthly"])))
        for item in answers.get("income", {}).get("items", [])
    ]
    expenses = [
        Line(_(EXPENSE_KINDS[item["kind"]]), yuan_text(-fen(item["monthly"])))
        for item in answers.get("expenses", {}).get("items", [])
    ]
    return income + expenses


def _plan(draft: Draft, debts: Sequence[BankDebt]) -> ChosenPlan | None:
    part = draft.answers.get("plan")
    known = {debt.bank.pk: debt.bank for debt in debts}
    recommendation = draft.row.recommendation
    if not part or not recommendation:
        return None
    if {str(bank_id) for bank_id in known} != {debt["id"] for debt in recommendation["request"]["debts"]}:
        return None
    try:
        asked = asked_by(recommendation, part)
    except Refusal:
        return None
    request = recommendation["request"]
    running = commitments(draft.actor)
    one = weigh(asked, [part["name"]], request, budget_of(draft.answers), running)
    every_bank = {bank.pk: bank for bank in banks.banks(draft.actor)}
    option = option_of(one, Pictured(every_bank, tuple(running), request["as_of"], None))
    return ChosenPlan(
        title=option.title,
        banks=tuple(
            Line(
                _("%(bank)s %(n)s期，每月") % {"bank": known[p.asked.bank_id].short_name, "n": len(p.rows)},
                yuan_text(p.asked.instalment_fen),
            )
            for p in one.parts
        ),
        weighed=one,
        chart=option.chart,
        warnings=option.warnings,
    )


def _proofs(sent: Sequence[Proof]) -> list[Line]:
    pages: Counter[str] = Counter()
    for proof in sent:
        pages[proof.kind] += proof.pages
    lines = [Line(_(KINDS[kind]), _("%(n)s页") % {"n": count}) for kind, count in pages.items()]
    return [*lines, Line(_("合计"), _("%(n)s页") % {"n": pages.total()}, is_sum=True)] if lines else []


def _health(draft: Draft, debts: Sequence[BankDebt], sent: Sequence[Proof]) -> str:
    if not any(proof.is_health for proof in sent):
        return ""
    given = people.standing_consents(draft.actor, HEALTH)
    names = [debt.bank.short_name for debt in debts if debt.bank.pk in given]
    if not names:
        return _("病历、医疗票据不给任何银行看。")
    return _("病历、医疗票据只给%(banks)s看。") % {"banks": _("、").join(names)}


def _consents(request: HttpRequest, debts: Sequence[BankDebt], errors: Mapping[str, str]) -> list[ToConsent]:
    ticked = set(request.POST.getlist("bank"))
    return [
        ToConsent(
            debt.bank,
            str(debt.bank.pk) in ticked,
            _(errors[f"bank:{debt.bank.pk}"]) if f"bank:{debt.bank.pk}" in errors else "",
            _("、").join(asked_for(debt.bank)),
            digest_of_needs(debt.bank),
        )
        for debt in debts
    ]


def _ids(typed: Sequence[str]) -> set[UUID]:
    found = set()
    for text in typed:
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return found


urls = [path("apply/review", review, name="apply-review")]
