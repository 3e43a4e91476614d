"""What a debt comes to: pay the minimum, pay a sum of one's own, negotiate, or pay nothing; as lines and a table.

A form with two sliders that is sent as any form is; with script the answer comes while one drags.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise
from math import gcd
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from heyue import clock
from heyue.banks import reads as banks
from heyue.engine.money import round_ratio
from heyue.execution import reads as plans
from heyue.execution.models import Plan
from heyue.faces.borrower.wallet.courses_chart import Way, draw
from heyue.faces.sessions import borrower_only
from heyue.faces.shown import yuan_text
from heyue.journey import plans_of_cards
from heyue.wallet import ahead
from heyue.wallet import reads as wallets
from heyue.wallet.ahead import Course
from heyue.wallet.issuers import is_usual
from heyue.wallet.models import Card
from heyue.wallet.reads import BankDebt

HORIZON_MONTHS = 60
SHOWN_MONTHS = (1, 2, 3, 6, 12, 24, 36, 48, 60)
STEPS_FEN = (50_00, 100_00, 500_00, 1_000_00, 5_000_00)
NOTCHES_MAX = 120
FASTEST_MONTHS = 6
USUAL_PERIODS = 36


@dataclass(frozen=True, slots=True)
class Slider:
    """A range to drag: least, most, step and where it stands."""

    least: int
    most: int
    step: int
    value: int


@dataclass(frozen=True, slots=True)
class Worked:
    """What the sliders come to: the finding, the reason, the ways, the picture and both tables."""

    finding: str
    why: str
    ways: tuple[Way, ...]
    chart: SafeString
    months: int
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    is_estimate: bool


@never_cache
@require_safe
@borrower_only
def of_card(request: HttpRequest, card_id: UUID) -> HttpResponse:
    """Show what one card's debt comes to."""
    card = wallets.card(request.actor, card_id)
    debts = [BankDebt(card.bank, card.link, (card,))]
    plan = plans_of_cards(request.actor).get((card.bank_id, card.token))
    return _shown(request, debts, card, {}, plan)


@never_cache
@require_safe
@borrower_only
def of_all(request: HttpRequest) -> HttpResponse:
    """Show what all debts together come to: paying nothing, the minimum, or as negotiated."""
    debts = [debt for debt in wallets.by_bank(request.actor, with_activity=True) if debt.balance_fen > 0]
    if not debts:
        return redirect("home")
    running = {bank_id: plan for (bank_id, _token), plan in plans_of_cards(request.actor).items()}
    return _shown(request, debts, None, running, None)


def _shown(
    request: HttpRequest,
    debts: list[BankDebt],
    card: Card | None,
    running: Mapping[UUID, Plan],
    plan: Plan | None,
) -> HttpResponse:
    owed_fen = sum(debt.balance_fen for debt in debts)
    menus = _menus_told()
    periods = _periods(request.GET.get("periods", ""), debts, menus)
    pay = _pay(request.GET.get("pay", ""), owed_fen, periods.value)
    context: dict[str, Any] = {"card": card, "plan": plan, "owed_fen": owed_fen, "pay": pay, "periods": periods}
    context["agreed"] = [debt.bank.name for debt in debts if debt.bank.pk in running]
    context["all_agreed"] = len(context["agreed"]) == len(debts)
    if owed_fen > 0:
        context["worked"] = _worked(
            debts, pay.value * 100, periods.value, menus, running, whole=card is None, own_sum=card is not None
        )
    is_part = bool(getattr(request, "htmx", None))
    context["refreshed"] = is_part
    return render(request, "borrower/wallet/worked.html" if is_part else "borrower/wallet/calculator.html", context)


def _worked(
    debts: Sequence[BankDebt],
    pay_fen: int,
    periods: int,
    menus: Mapping[UUID, Mapping[str, Any]],
    running: Mapping[UUID, Plan],
    *,
    whole: bool,
    own_sum: bool = True,
) -> Worked | None:
    """Work out every way; None where a bank's terms are not computable.

    What is agreed is paid as agreed in every way: such a card has no minimum and no daily interest any more.
    """
    cards = [card for debt in debts if debt.bank.pk not in running for card in debt.cards]
    agreed = [_agreed(running[debt.bank.pk], debt) for debt in debts if debt.bank.pk in running]
    if not cards:
        return _only_agreed(ahead.joined(agreed, HORIZON_MONTHS))
    minimum = _beside(ahead.at_minimum(cards, HORIZON_MONTHS), agreed)
    fixed = ahead.with_fixed(cards, HORIZON_MONTHS, pay_fen) if own_sum else None
    nothing = _beside(ahead.with_nothing(cards, HORIZON_MONTHS), agreed) if whole else None
    if minimum is None:
        return None
    dealt, is_estimate = _dealt(debts, periods, menus, running)
    ways = [_way("minimum", _("只还最低"), 2, minimum)]
    if fixed is not None:
        ways.append(_way("fixed", _("每月还一样多"), 3, fixed))
    if dealt is not None:
        ways.append(_way("deal", _("谈成分期"), 1, dealt))
    if nothing is not None:
        ways.insert(0, _way("nothing", _("什么都不还"), 4, nothing))
    finding, why = _finding(minimum, dealt)
    return _drawn(finding, why, ways, max(periods, 24), is_estimate=is_estimate)


def _drawn(finding: str, why: str, ways: Sequence[Way], months: int, *, is_estimate: bool = False) -> Worked:
    return Worked(
        finding=finding,
        why=why,
        ways=tuple(ways),
        chart=draw(ways, months, finding),
        months=months,
        rows=tuple(
            (month, tuple(_whole_yuan(way.course.owed_after(month)) for way in ways))
            for month in SHOWN_MONTHS
            if month <= months
        ),
        is_estimate=is_estimate,
    )


def _only_agreed(agreed: Course) -> Worked:
    """Say where the agreements lead when every bank has signed one."""
    why = _("下次一共还 %(sum)s。") % {"sum": yuan_text(agreed.paid_in(1))}
    finding = _("照协议还：%(said)s") % {"said": _said(agreed)}
    return _drawn(finding, why, [_way("deal", _("照协议还"), 1, agreed)], max(agreed.done_in or HORIZON_MONTHS, 24))


def _beside(course: Course | None, agreed: Sequence[Course]) -> Course | None:
    """Add to one way of paying what is paid as agreed whichever way is taken."""
    if course is None or not agreed:
        return course
    return replace(ahead.joined([course, *agreed], HORIZON_MONTHS), first_due_on=course.first_due_on)


def at_a_glance(debt: BankDebt) -> Worked | None:
    """Return for a card's own page what the minimum comes to beside the usual instalments; None without a debt."""
    if debt.balance_fen <= 0:
        return None
    menus = _menus_told()
    periods = _periods("", [debt], menus)
    pay = _pay("", debt.balance_fen, periods.value)
    return _worked([debt], pay.value * 100, periods.value, menus, {}, whole=False, own_sum=False)


def _menus_told() -> dict[UUID, Mapping[str, Any]]:
    """Return the menus that banks have told themselves; what is only usual counts as not known."""
    today = clock.today()
    told = [policy for policy in banks.policies_on(today) if not is_usual(policy, today)]
    return {policy.bank_id: policy.menu for policy in reversed(told)}


def _dealt(
    debts: Sequence[BankDebt], periods: int, menus: Mapping[UUID, Mapping[str, Any]], running: Mapping[UUID, Plan]
) -> tuple[Course | None, bool]:
    """Return all banks' instalments together, what is agreed already as it is agreed; None where one grants none."""
    courses, is_estimate = [], False
    for debt in debts:
        plan = running.get(debt.bank.pk)
        if plan is not None:
            courses.append(_agreed(plan, debt))
            continue
        menu = menus.get(debt.bank.pk)
        offered = ahead.terms_offered(menu, clock.today())
        by_distance = sorted(offered, key=lambda n: (abs(n - periods), n))
        granted = (ahead.in_instalments(debt.cards, menu, n, clock.today()) for n in by_distance)
        deal = next((found for found in granted if found), None)
        if deal is None:
            return None, is_estimate
        is_estimate = is_estimate or not deal.of_menu
        courses.append(deal.course)
    return ahead.joined(courses, HORIZON_MONTHS), is_estimate


def _agreed(plan: Plan, debt: BankDebt) -> Course:
    """The open instalments of a plan; what its fees come to on top of the balance is what it costs."""
    payments = [row.payment_fen for row in plans.open_rows(plan)]
    left = [sum(payments[index:]) for index in range(1, len(payments) + 1)]
    return Course((debt.balance_fen, *left), tuple(payments))


def _way(key: str, words: str, colour: int, course: Course) -> Way:
    return Way(key, words, colour, course, _said(course), course.paid_in(1))


def _whole_yuan(fen: int) -> str:
    """Write a sum that lies ahead in whole yuan: its fen are nobody's promise."""
    return f"¥{round_ratio(fen, 100):,}"


def _said(course: Course) -> str:
    """Say in one sentence how it ends."""
    if course.done_in is not None and course.cost_fen < 0:
        return _("%(n)s个月还清，少还 %(sum)s") % {"n": course.done_in, "sum": yuan_text(-course.cost_fen)}
    if course.done_in is not None:
        return _("%(n)s个月还清，多付 %(sum)s") % {"n": course.done_in, "sum": yuan_text(course.cost_fen)}
    if course.grows:
        return _("不够付利息和违约金，越欠越多")
    left = {"years": HORIZON_MONTHS // 12, "left": yuan_text(course.owed_fen[-1]), "sum": yuan_text(course.cost_fen)}
    return _("%(years)s年后还欠 %(left)s，多付 %(sum)s") % left


def _finding(minimum: Course, dealt: Course | None) -> tuple[str, str]:
    """Say what paying the minimum comes to, and what negotiating would."""
    first_fen = minimum.paid_in(1)
    if dealt is None:
        return _said_of_minimum(minimum), _("欠得不多，银行一般不给分期。")
    why = _("按谈成的分期，每月还 %(sum)s。") % {"sum": yuan_text(dealt.paid_in(1))}
    if minimum.first_due_on and first_fen > dealt.paid_in(1):
        told = {"month": minimum.first_due_on.month, "sum": yuan_text(first_fen)}
        return _("只还最低，%(month)s月一次要 %(sum)s") % told, why
    return _said_of_minimum(minimum), why


def _said_of_minimum(minimum: Course) -> str:
    return _("只还最低：%(said)s") % {"said": _said(minimum)}


def _periods(typed: str, debts: Sequence[BankDebt], menus: Mapping[UUID, Mapping[str, Any]]) -> Slider:
    """Return the slider of periods: those that the banks' menus have."""
    offered = sorted({n for debt in debts for n in ahead.terms_offered(menus.get(debt.bank.pk), clock.today())})
    if not offered:
        offered = [USUAL_PERIODS]
    step = reduce(gcd, (b - a for a, b in pairwise(offered)), 0) or 1
    wanted = int(typed) if typed.isdecimal() and len(typed) <= 3 else USUAL_PERIODS
    return Slider(offered[0], offered[-1], step, min(offered, key=lambda n: (abs(n - wanted), n)))


def _pay(typed: str, owed_fen: int, periods: int) -> Slider:
    """Return the slider of one's own monthly sum in whole yuan, from almost nothing to done within months."""
    most_fen = max(owed_fen // FASTEST_MONTHS, STEPS_FEN[0] * 2)
    step_fen = next((step for step in STEPS_FEN if most_fen // step <= NOTCHES_MAX), STEPS_FEN[-1])
    most = (most_fen // step_fen + 1) * step_fen // 100
    step = step_fen // 100
    usual = round_ratio(owed_fen, periods * step_fen) * step
    wanted = int(typed) if typed.isdecimal() and len(typed) <= 9 else usual
    return Slider(step, most, step, min(max(round_ratio(wanted, step) * step, step), most))


urls = [
    path("cards/<uuid:card_id>/cost", of_card, name="card-cost"),
    path("debt", of_all, name="debt"),
]
