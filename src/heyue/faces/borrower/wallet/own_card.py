"""A card by hand: three ways to add one, the form, payments since, and taking it out again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from heyue import clock
from heyue.engine.money import fen
from heyue.engine.refusal import Refusal
from heyue.faces.borrower.wallet.fields import AmountField, DayField, MonthDayField, TailField
from heyue.faces.problems import field_error
from heyue.faces.sessions import borrower_only
from heyue.journey import busy_banks, perform
from heyue.wallet import own_cards
from heyue.wallet import reads as wallets
from heyue.wallet.issuers import issuers
from heyue.wallet.models import Card
from heyue.wallet.own_cards import PRODUCT_CHARS_MAX, Stated

TEN_THOUSANDTHS_MAX = Decimal(100)
POSTING_KINDS = (("payment", lazy("我还了")), ("purchase", lazy("又花了")))


class CardForm(forms.Form):
    """What one knows of a card from its last statement or the bank's app."""

    bank = forms.ChoiceField(label=lazy("哪家银行"), error_messages={"required": lazy("先选银行。")})
    last4 = TailField(label=lazy("卡号最后4位"))
    product = forms.CharField(label=lazy("卡的名字（可以不填）"), required=False, max_length=PRODUCT_CHARS_MAX)
    balance = AmountField(label=lazy("一共欠多少"))
    interest = AmountField(label=lazy("其中利息（知道就填）"), required=False)
    fees = AmountField(label=lazy("其中违约金和费用（知道就填）"), required=False)
    stated_on = DayField(label=lazy("这是哪天的数"))
    statement_day = MonthDayField(label=lazy("每月几号出账单"))
    due_day = MonthDayField(label=lazy("每月几号是最后还款日"))
    overdue_since = DayField(label=lazy("从哪天起没还上（没逾期不填）"), required=False)
    rate = forms.DecimalField(
        label=lazy("日利率，万分之几"),
        required=False,
        min_value=Decimal(0),
        max_value=TEN_THOUSANDTHS_MAX,
        decimal_places=3,
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"invalid": lazy("填数字，多数卡是 5。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bank"].choices = [  # type: ignore[attr-defined]
            ("", _("选一家")),
            *((one.slug, one.name) for one in issuers(clock.today())),
        ]

    def stated(self) -> Stated:
        """Return what was typed; the form must be valid."""
        typed = self.cleaned_data
        rate = typed["rate"]
        return Stated(
            bank=typed["bank"],
            last4=typed["last4"],
            product=typed["product"] or _("信用卡"),
            stated_on=typed["stated_on"],
            balance_fen=typed["balance"],
            interest_fen=typed["interest"] or 0,
            fee_fen=typed["fees"] or 0,
            statement_day=typed["statement_day"],
            due_day=typed["due_day"],
            overdue_since=typed["overdue_since"],
            daily_rate=f"{rate / 10_000:f}" if rate is not None else "",
        )


class PostingForm(forms.Form):
    """A payment or a purchase since the last statement."""

    kind = forms.ChoiceField(choices=POSTING_KINDS, initial="payment")
    on = DayField(label=lazy("哪天"))
    amount = AmountField(label=lazy("多少钱"))


NAMES = {"interest_fen": "interest", "fee_fen": "fees"}


@never_cache
@borrower_only
def add(request: HttpRequest) -> HttpResponse:
    """Show the three ways to bring a card."""
    return render(request, "borrower/wallet/add.html", {"has_feed": wallets.links(request.actor).exists()})


@never_cache
@borrower_only
def add_by_hand(request: HttpRequest) -> HttpResponse:
    """Add a card by hand."""
    form = CardForm(request.POST or None, initial={"stated_on": clock.today(), "rate": "5"})
    if request.method == "POST" and form.is_valid():
        try:
            card_id = perform(request.actor, own_cards.add_card, stated=form.stated())
        except Refusal as refusal:
            _at_its_field(form, refusal)
        else:
            messages.success(request, _("加好了。以后每天的利息会自己算。"))
            return redirect("card", card_id)
    return render(request, "borrower/wallet/card_form.html", {"form": form, "card": None})


@never_cache
@borrower_only
def change(request: HttpRequest, card_id: UUID) -> HttpResponse:
    """Mend what was said of an own card."""
    card = wallets.own_card(request.actor, card_id)
    form = CardForm(request.POST or None, initial=_as_said(card))
    if request.method == "POST" and form.is_valid():
        try:
            perform(request.actor, own_cards.change_card, card_id=card.pk, stated=form.stated())
        except Refusal as refusal:
            _at_its_field(form, refusal)
        else:
            messages.success(request, _("改好了，重新算过了。"))
            return redirect("card", card.pk)
    return render(request, "borrower/wallet/card_form.html", {"form": form, "card": card})


@never_cache
@borrower_only
def remove(request: HttpRequest, card_id: UUID) -> HttpResponse:
    """Ask once more, then take an own card out."""
    card = wallets.own_card(request.actor, card_id)
    if request.method == "POST":
        perform(request.actor, own_cards.remove_card, card_id=card.pk)
        messages.success(request, _("这张卡和它的账单都删掉了。"))
        return redirect("home")
    busy = card.bank_id in busy_banks(request.actor)
    return render(request, "borrower/wallet/remove.html", {"card": card, "busy": busy})


@never_cache
@borrower_only
def post(request: HttpRequest, card_id: UUID) -> HttpResponse:
    """Note a payment or a purchase since the last statement."""
    card = wallets.own_card(request.actor, card_id)
    form = PostingForm(request.POST or None, initial={"on": clock.today()})
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            perform(
                request.actor,
                own_cards.post,
                card_id=card.pk,
                on=typed["on"],
                kind=typed["kind"],
                amount_fen=typed["amount"],
            )
        except Refusal as refusal:
            _at_its_field(form, refusal)
        else:
            messages.success(request, _("记下了，欠款重新算过了。"))
            return redirect("card", card.pk)
    return render(request, "borrower/wallet/posting.html", {"form": form, "card": card})


@require_POST
@borrower_only
def unpost(request: HttpRequest, card_id: UUID, posting_id: int) -> HttpResponse:
    """Take back a posting that was typed."""
    perform(request.actor, own_cards.unpost, card_id=card_id, posting_id=posting_id)
    messages.success(request, _("删掉了，欠款重新算过了。"))
    return redirect("card", card_id)


def _at_its_field(form: forms.Form, refusal: Refusal) -> None:
    refusal.field = NAMES.get(refusal.field, refusal.field)
    field_error(form, refusal)


def _as_said(card: Card) -> dict[str, object]:
    opening = card.opening or {}
    interest_fen, fee_fen = fen(opening.get("interest", "0")), fen(opening.get("fee", "0"))
    due_day = card.terms.get("due_day", 1)
    return {
        "bank": card.bank.slug,
        "last4": card.last4,
        "product": card.product,
        "balance": card.balance_fen,
        "interest": card.interest_fen or interest_fen,
        "fees": card.fee_fen or fee_fen,
        "stated_on": card.as_of,
        "statement_day": card.terms.get("statement_day", 1),
        "due_day": due_day,
        "overdue_since": card.overdue_since,
        "rate": f"{(Decimal(str(card.terms.get('daily_rate', '0'))) * 10_000).normalize():f}",
    }


urls = [
    path("cards/add", add, name="card-add"),
    path("cards/add/by-hand", add_by_hand, name="card-add-by-hand"),
    path("cards/<uuid:card_id>/change", change, name="card-change"),
    path("cards/<uuid:card_id>/remove", remove, name="card-remove"),
    path("cards/<uuid:card_id>/posting", post, name="card-post"),
    path("cards/<uuid:card_id>/posting/<int:posting_id>/remove", unpost, name="card-unpost"),
]
