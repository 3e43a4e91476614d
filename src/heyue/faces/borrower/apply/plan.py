"""The plan: what the engine recommends, or one's own number of periods from each bank's menu."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _

from heyue import clock
from heyue.application.actions import chosen_cards, keep_recommendation
from heyue.application.answers import FieldErrors, clean
from heyue.application.cards import not_choosable, options
from heyue.application.comparison import Weighed, weigh, weigh_all
from heyue.application.plan import CUSTOM, Commitment, asked_by, budget_of, by_periods, request_for, short_by_fen
from heyue.banks import reads as banks
from heyue.banks.models import Bank
from heyue.engine.budget import Budget
from heyue.engine.recommend import recommend
from heyue.engine.refusal import Refusal
from heyue.faces.borrower.apply.plan_words import (
    BankMenu,
    MenuEntry,
    Option,
    Pictured,
    Shortage,
    option_of,
    options_of,
    shortages,
    token_rows,
)
from heyue.faces.borrower.apply.steps import Draft, address, first_missing, keep, onward, shown, step_view
from heyue.faces.problems import next_step, sentence
from heyue.journey import busy_banks, commitments, perform
from heyue.wallet import reads as wallets
from heyue.wallet.reads import BankDebt

PERIODS = "periods:"
BEFORE = ("cards", "income", "expenses")


@step_view("plan")
def plan(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Recommend joint plans, let one be chosen or made, and keep the choice."""
    missing = first_missing(draft.answers)
    if missing in BEFORE:
        return redirect(address(missing))
    debts = _debts(draft)
    if not debts:
        return redirect(address("cards"))
    try:
        solved = _solved(draft, debts)
    except Refusal as refusal:
        if refusal.code == "changed-meanwhile":
            return redirect(address("plan"))
        if refusal.code != "no-policy":
            raise
        context = shown(request, draft, heading=sentence(refusal), what_next=next_step(refusal))
        return render(request, "borrower/apply/plan_none.html", context)
    page = _Page(draft, debts, *solved)
    return page.choose(request) if request.method == "POST" else page.show(request, page.kept())


def _debts(draft: Draft) -> list[BankDebt]:
    """Return the debts of the chosen cards, none when one of them cannot be chosen any more."""
    chosen = chosen_cards(draft.answers)
    debts = wallets.by_bank(draft.actor, chosen)
    gone = not_choosable(chosen, options(debts, busy_banks(draft.actor)))
    return [] if gone else debts


def _solved(draft: Draft, debts: list[BankDebt]) -> tuple[dict[str, Any], Budget, list[Commitment]]:
    """Return the recommendation that stands for today's sums, solving it anew where it does not."""
    today = clock.today()
    budget = budget_of(draft.answers)
    running = commitments(draft.actor)
    menus = {debt.bank.pk: menu for debt in debts if (menu := banks.menu(debt.bank.pk, today)) is not None}
    request = request_for(budget, debts, menus, running, today)
    kept = draft.row.recommendation
    if kept and kept["request"] == request:
        return kept, budget, running
    answer = recommend(request)
    perform(
        draft.actor,
        keep_recommendation,
        application_id=draft.row.pk,
        request=request,
        answer=answer,
        affordable_fen=budget.monthly_fen[0],
        savings_fen=budget.savings_fen,
        answers_version=draft.row.answers_version,
    )
    return {"request": request, "answer": answer}, budget, running


class _Page:
    """One showing of the plans: what was recommended, and what the borrower chose or looks at."""

    def __init__(
        self,
        draft: Draft,
        debts: list[BankDebt],
        recommendation: dict[str, Any],
        budget: Budget,
        running: list[Commitment],
    ) -> None:
        self.draft = draft
        self.debts = debts
        self.recommendation = recommendation
        self.budget = budget
        self.running = running
        known: dict[Any, Bank] = {bank.pk: bank for bank in banks.banks(draft.actor)}
        self.pictured = Pictured(known, tuple(running), self._day(), draft.answers.get("wish"))

    def kept(self) -> dict[str, Any]:
        """Return the choice that was kept, as it stands in the form."""
        part = self.draft.part()
        return {"name": part.get("name", ""), "periods": dict(part.get("periods", {}))}

    def choose(self, request: HttpRequest) -> HttpResponse:
        """Keep the plan that was chosen; an own one is shown with its months first."""
        values: dict[str, Any] = {name: request.POST.get(name, "") for name in request.POST}
        form = {"name": values.get("name", ""), "periods": _periods(values)}
        looks = "look" in values
        if looks:
            values["name"] = form["name"] = CUSTOM
        errors = self._refused(values, form)
        if errors:
            return self.show(request, form, errors)
        if form["name"] == CUSTOM and (looks or values.get("seen") != _signature(form["periods"])):
            return self.show(request, form, seen_now=True)
        errors = keep(request, self.draft, _for_cleaning(values, form))
        return self.show(request, form, errors) if errors else onward(self.draft)

    def show(
        self,
        request: HttpRequest,
        form: Mapping[str, Any],
        errors: Mapping[str, str] | None = None,
        *,
        seen_now: bool = False,
    ) -> HttpResponse:
        """Draw the page."""
        errors = errors or {}
        weighed = weigh_all(self.recommendation, self.budget, self.running)
        proposed = _proposed(weighed) if request.method != "POST" and not form["name"] else ""
        found: list[Option] = options_of(weighed, self.pictured, form["name"] or proposed)
        own = self._own(form)
        answer = self.recommendation["answer"]
        lacks_fen = short_by_fen(self.budget, self.running, date.fromisoformat(self.pictured.as_of))
        short: list[Shortage] = shortages(answer["infeasible_because"], self.pictured, lacks_fen)
        context = shown(
            request,
            self.draft,
            options=found,
            own=option_of(own, self.pictured) if own else None,
            own_chosen=form["name"] == CUSTOM,
            seen=_signature(form["periods"]) if own else "",
            seen_now=seen_now,
            menus=self._menus(form["periods"], errors),
            feasible=answer["feasible"],
            shortages=short,
            short_by_fen=lacks_fen,
            tokens=token_rows(answer["token_payments"], self.pictured),
            affordable_fen=self.budget.monthly_fen[0],
            running=self.running,
            bank_count=len(self.debts),
            proposed=bool(proposed),
            error=_(errors["name"]) if "name" in errors else "",
        )
        return render(request, "borrower/apply/plan.html", context)

    def _own(self, form: Mapping[str, Any]) -> Weighed | None:
        if not form["periods"]:
            return None
        try:
            asked = asked_by(self.recommendation, {"name": CUSTOM, "periods": _whole(form["periods"])})
        except Refusal:
            return None
        return weigh(asked, [CUSTOM], self.recommendation["request"], self.budget, self.running)

    def _menus(self, periods: Mapping[str, Any], errors: Mapping[str, str]) -> list[BankMenu]:
        found = []
        for debt in self.debts:
            bank_id = str(debt.bank.pk)
            name = f"{PERIODS}{bank_id}"
            entries = tuple(
                MenuEntry(count, asked.instalment_fen, asked.down_payment_fen, str(periods.get(bank_id)) == str(count))
                for count, asked in by_periods(self.recommendation["request"], bank_id).items()
            )
            found.append(BankMenu(debt.bank, name, entries, _(errors[name]) if name in errors else ""))
        return found

    def _refused(self, values: Mapping[str, Any], form: Mapping[str, Any]) -> dict[str, str]:
        try:
            part = clean("plan", _for_cleaning(values, form))
            asked_by(self.recommendation, part)
        except FieldErrors as wrong:
            return wrong.errors
        except Refusal as refusal:
            return {refusal.field: refusal.message}
        return {}

    def _day(self) -> str:
        return str(self.recommendation["request"]["as_of"])


def _proposed(plans: list[Weighed]) -> str:
    """Return the plan to begin with: our first, the lightest a month; empty where none is possible."""
    return plans[0].names[0] if plans else ""


def _periods(values: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(PERIODS): value for name, value in values.items() if name.startswith(PERIODS) and value}


def _for_cleaning(values: Mapping[str, Any], form: Mapping[str, Any]) -> dict[str, Any]:
    """Own periods count only where the own plan is chosen."""
    return dict(values) if form["name"] == CUSTOM else {"name": form["name"]}


def _whole(periods: Mapping[str, Any]) -> dict[str, int]:
    return {bank: int(count) for bank, count in periods.items() if str(count).isdecimal() and len(str(count)) < 4}


def _signature(periods: Mapping[str, Any]) -> str:
    return ",".join(f"{bank}={count}" for bank, count in sorted(periods.items()))


urls = [path("apply/plan", plan, name="apply-plan")]
