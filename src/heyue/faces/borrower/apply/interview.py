"""The five questions that are plain forms: cards, income, expenses, hardship, wish."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from heyue.application.actions import chosen_cards
from heyue.application.answers import HARDSHIP_KINDS, STORY_CHARS_MAX, clean, longest_term
from heyue.application.cards import BankOptions, not_choosable, options
from heyue.application.plan import budget_of
from heyue.engine.money import fen, yuan
from heyue.engine.refusal import words
from heyue.faces.borrower.apply.amounts import amounts, as_typed, expense_fields, grouped, income_fields
from heyue.faces.borrower.apply.steps import Draft, keep, onward, shown, step_view
from heyue.faces.shown import yuan_text
from heyue.journey import busy_banks
from heyue.wallet import reads as wallets


@step_view("cards")
def cards(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Choose the cards to negotiate; all that are chosen of one bank form one debt."""
    offered = options(wallets.by_bank(draft.actor), busy_banks(draft.actor))
    chosen = set(request.POST.getlist("ids")) if request.method == "POST" else _chosen(draft, offered)
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _refused(chosen, offered) or keep(request, draft, {"ids": sorted(chosen)})
        if not errors:
            return onward(draft)
    context = shown(request, draft, offered=offered, chosen=chosen, error=errors.get("ids", ""))
    return render(request, "borrower/apply/cards.html", context)


@step_view("income")
def income(request: HttpRequest, draft: Draft) -> HttpResponse:
    """What comes in every month."""
    values, errors = _typed_or_kept(request, draft)
    if request.method == "POST" and not errors:
        return onward(draft)
    context = shown(
        request,
        draft,
        amounts=income_fields(values, errors),
        total_fen=_kept_sum(draft, "income"),
        amiss=bool(errors),
    )
    return render(request, "borrower/apply/income.html", context)


@step_view("expenses")
def expenses(request: HttpRequest, draft: Draft) -> HttpResponse:
    """What must be spent every month, who is fed from it, what is kept back, what is saved."""
    values, errors = _typed_or_kept(request, draft)
    if request.method == "POST" and not errors:
        _say_what_is_left(request, draft, values)
        return onward(draft)
    context = shown(
        request,
        draft,
        f=expense_fields(values, errors, draft.answers),
        income_fen=_kept_sum(draft, "income"),
        total_fen=_kept_sum(draft, "expenses"),
        left_fen=budget_of(draft.answers).monthly_fen[0],
        amiss=bool(errors),
    )
    return render(request, "borrower/apply/expenses.html", context)


@step_view("hardship")
def hardship(request: HttpRequest, draft: Draft) -> HttpResponse:
    """What happened, of which kind and in the borrower's own words."""
    values, errors = _typed_or_kept(request, draft)
    if request.method == "POST" and not errors:
        return onward(draft)
    context = shown(
        request,
        draft,
        kinds=[(kind, _(label)) for kind, label in HARDSHIP_KINDS.items()],
        chosen=values.get("kind", ""),
        story=values.get("story", ""),
        story_chars_max=STORY_CHARS_MAX,
        kind_error=errors.get("kind", ""),
        story_error=errors.get("story", ""),
        amiss=bool(errors),
    )
    return render(request, "borrower/apply/hardship.html", context)


@step_view("wish")
def wish(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The term and the instalment wished for."""
    values, errors = _typed_or_kept(request, draft)
    if request.method == "POST" and not errors:
        return onward(draft)
    proposed = request.method != "POST" and not values
    if proposed:
        values = _proposed_wish(draft)
    monthly = {"monthly": words("每月一共想还")}
    hint = {"monthly": words("几家银行加在一起")}
    context = shown(
        request,
        draft,
        periods=values.get("periods", ""),
        periods_error=errors.get("periods", ""),
        periods_max=longest_term(),
        monthly=amounts(monthly, hint, values, errors)[0],
        proposed=proposed and bool(values),
        affordable_fen=budget_of(draft.answers).monthly_fen[0],
        amiss=bool(errors),
    )
    return render(request, "borrower/apply/wish.html", context)


def _typed_or_kept(request: HttpRequest, draft: Draft) -> tuple[dict[str, str], dict[str, str]]:
    """Return what stands in the fields and, after a post, what is wrong with it (nothing: it was saved)."""
    if request.method != "POST":
        return as_typed(draft.part()), {}
    values = {name: request.POST.get(name, "") for name in request.POST}
    return values, keep(request, draft, values)


def _chosen(draft: Draft, offered: list[BankOptions]) -> set[str]:
    """Return the cards that were chosen; before the first choice every card that may be, as most people want."""
    if part := draft.part():
        return set(part["ids"])
    return {str(option.card.pk) for bank in offered for option in bank.choosable}


def _proposed_wish(draft: Draft) -> dict[str, str]:
    """Return a wish to begin with: all that can be paid each month, for as many months as that takes."""
    monthly_fen = budget_of(draft.answers).monthly_fen[0]
    owed_fen = sum(debt.balance_fen for debt in wallets.by_bank(draft.actor, chosen_cards(draft.answers)))
    if not monthly_fen or not owed_fen:
        return {}
    months = min(longest_term(), -(-owed_fen // monthly_fen))
    return {"periods": str(months), "monthly": grouped(yuan(monthly_fen))}


def _kept_sum(draft: Draft, part: str) -> int:
    return sum(fen(item["monthly"]) for item in draft.answers.get(part, {}).get("items", []))


def _refused(chosen: Iterable[str], offered: list[BankOptions]) -> dict[str, str]:
    known = {str(option.card.pk): option.card.pk for bank in offered for option in bank.cards}
    refused = [known.get(i, UUID(int=0)) for i in chosen]
    if not_choosable(refused, offered):
        return {"ids": _("选的卡里有现在不能谈的，已经去掉了。看一看再继续。")}
    return {}


def _say_what_is_left(request: HttpRequest, draft: Draft, values: Mapping[str, str]) -> None:
    left_fen = budget_of(draft.answers | {"expenses": clean("expenses", values)}).monthly_fen[0]
    if left_fen:
        messages.success(request, _("记下了。你家每月能拿出 %(sum)s 还款。") % {"sum": yuan_text(left_fen)})
    else:
        messages.warning(request, _("按这些数，每月没有余钱还款。数字没填错的话，接着往下填，我们一起想办法。"))


urls = [
    path("apply/cards", cards, name="apply-cards"),
    path("apply/income", income, name="apply-income"),
    path("apply/expenses", expenses, name="apply-expenses"),
    path("apply/hardship", hardship, name="apply-hardship"),
    path("apply/wish", wish, name="apply-wish"),
]
