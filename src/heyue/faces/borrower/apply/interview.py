"""The five questions that are plain forms: cards, income, expenses, hardship, wish."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _

from heyue.application.answers import (
    EXPENSE_KINDS,
    HARDSHIP_KINDS,
    INCOME_KINDS,
    STORY_CHARS_MAX,
    clean,
    longest_term,
)
from heyue.application.cards import BankOptions, not_choosable, options
from heyue.application.plan import budget_of
from heyue.engine.money import fen
from heyue.engine.refusal import words
from heyue.faces.borrower.apply.steps import Draft, keep, onward, shown, step_view
from heyue.faces.shown import yuan_text
from heyue.journey import busy_banks
from heyue.wallet import reads as wallets

INCOME_HINTS = {
    "wage": words("打到卡里的数，不是合同上的"),
    "side": words("时多时少，按这几个月平均"),
    "business": words("去掉进货、房租以后剩的"),
    "benefit": words("每月固定领到的"),
    "family": words("说好每月给的才算"),
}
EXPENSE_HINTS = {
    "housing": words("没有填 0"),
    "food": words("一家人的"),
    "medical": words("复查、常备药，没有填 0"),
    "children": words("学费按月摊"),
    "other_debt": words("车贷、网贷、向人借的"),
}
SELDOM = ("elders", "insurance", "other_debt", "other")


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum to type in: its name in the form, words, what stands in it, and what is wrong with it."""

    name: str
    label: str
    hint: str
    value: str
    error: str


@step_view("cards")
def cards(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Choose the cards to negotiate; all that are chosen of one bank form one debt."""
    offered = options(wallets.by_bank(draft.actor), busy_banks(draft.actor))
    chosen = set(request.POST.getlist("ids") if request.method == "POST" else draft.part().get("ids", []))
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
        amounts=_amounts(INCOME_KINDS, INCOME_HINTS, values, errors),
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
    often = {kind: label for kind, label in EXPENSE_KINDS.items() if kind not in SELDOM}
    seldom = {kind: EXPENSE_KINDS[kind] for kind in SELDOM}
    kept_back = {"reserve": words("每月留作应急")}
    saved = {"savings": words("手头的积蓄")}
    reserve_hint = {"reserve": words("生病、人情，谁都会有，留一点才还得下去")}
    savings_hint = {"savings": words("要付首付时才用得上，没有填 0")}
    context = shown(
        request,
        draft,
        often=_amounts(often, EXPENSE_HINTS, values, errors),
        seldom=_amounts(seldom, EXPENSE_HINTS, values, errors),
        seldom_open=any(values.get(kind) or errors.get(kind) for kind in SELDOM),
        reserve=_amounts(kept_back, reserve_hint, values, errors)[0],
        savings=_amounts(saved, savings_hint, values, errors)[0],
        dependants=values.get("dependants", ""),
        dependants_error=errors.get("dependants", ""),
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
    monthly = {"monthly": words("每月一共想还")}
    hint = {"monthly": words("几家银行加在一起")}
    context = shown(
        request,
        draft,
        periods=values.get("periods", ""),
        periods_error=errors.get("periods", ""),
        periods_max=longest_term(),
        monthly=_amounts(monthly, hint, values, errors)[0],
        affordable_fen=budget_of(draft.answers).monthly_fen[0],
        amiss=bool(errors),
    )
    return render(request, "borrower/apply/wish.html", context)


def _typed_or_kept(request: HttpRequest, draft: Draft) -> tuple[dict[str, str], dict[str, str]]:
    """Return what stands in the fields and, after a post, what is wrong with it (nothing: it was saved)."""
    if request.method != "POST":
        return _as_typed(draft.part()), {}
    values = {name: request.POST.get(name, "") for name in request.POST}
    return values, keep(request, draft, values)


def _as_typed(part: Mapping[str, Any]) -> dict[str, str]:
    """Return a kept part as it stands in the form's fields."""
    found = {name: str(value) for name, value in part.items() if name != "items"}
    found.update({item["kind"]: item["monthly"] for item in part.get("items", [])})
    sums = {"reserve", "savings", "monthly", *(item["kind"] for item in part.get("items", []))}
    return {name: _grouped(value) if name in sums else value for name, value in found.items()}


def _grouped(text: str) -> str:
    whole, _dot, places = text.partition(".")
    return f"{int(whole):,}" + (f".{places}" if places.strip("0") else "")


def _amounts(
    labels: Mapping[str, str], hints: Mapping[str, str], values: Mapping[str, str], errors: Mapping[str, str]
) -> list[Amount]:
    return [
        Amount(
            name,
            _(label),
            _(hints[name]) if name in hints else "",
            values.get(name, ""),
            _(errors[name]) if name in errors else "",
        )
        for name, label in labels.items()
    ]


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
