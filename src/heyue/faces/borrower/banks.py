"""Binding cards bank by bank: what is asked for and why, a consent of its own for each, and the answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from heyue.banks.models import Bank
from heyue.engine.moves import Actor
from heyue.engine.refusal import Refusal
from heyue.faces.sessions import borrower_only
from heyue.identity import actions as identity
from heyue.identity import reads as people
from heyue.identity.models import Consent
from heyue.journey import busy_banks, perform
from heyue.wallet import actions as wallet
from heyue.wallet import reads as wallets
from heyue.wallet.models import AccountLink

POLL_SECONDS = 1
POLL_SECONDS_DOWN = 5


@dataclass(frozen=True, slots=True)
class Bound:
    """One bank that was asked: its link, how many cards it told, whether a negotiation with it is open."""

    link: AccountLink
    cards: int
    busy: bool

    @property
    def bank(self) -> Bank:
        """The bank."""
        return self.link.bank

    @property
    def is_asked(self) -> bool:
        """Whether the bank has not answered yet."""
        return wallets.is_asking(self.link)

    @property
    def is_linked(self) -> bool:
        """Whether the bank knows the borrower."""
        return wallets.is_linked(self.link)


@never_cache
@borrower_only
def banks(request: HttpRequest) -> HttpResponse:
    """Show every bank: those asked with what they answered, the others with what they would be asked."""
    context = _standing(request.actor)
    context["ticked"] = set()
    return render(request, "borrower/banks.html", context)


@never_cache
@borrower_only
def answers(request: HttpRequest) -> HttpResponse:
    """Show the banks' answers alone: the part of the page that refreshes while one is being asked."""
    return render(request, "borrower/banks_answers.html", _standing(request.actor) | {"refreshed": True})


@require_POST
@borrower_only
def ask(request: HttpRequest) -> HttpResponse:
    """Take the consents that were ticked and ask those banks."""
    ticked = set(request.POST.getlist("bank"))
    wanted = [bank for bank in people.banks_with_a_feed(request.actor) if str(bank.pk) in ticked]
    if not wanted:
        context = _standing(request.actor) | {"ticked": ticked, "nothing_ticked": True}
        return render(request, "borrower/banks.html", context)
    for bank in wanted:
        perform(request.actor, identity.give_consent, bank_id=bank.pk, purpose=Consent.Purpose.ACCOUNTS.value)
        perform(request.actor, wallet.ask_bank, bank_id=bank.pk)
    return redirect("banks")


@require_POST
@borrower_only
def ask_again(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """Ask a bank once more that did not know the borrower."""
    _once(request.actor, wallet.ask_again, link_id)
    return redirect("banks")


@require_POST
@borrower_only
def sync(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """Read a bound bank's feed again."""
    if _once(request.actor, wallet.sync_now, link_id):
        messages.success(request, _("正在重新对账，一般几秒钟。"))
    return redirect("banks")


@require_POST
@borrower_only
def unbind(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """Unbind a bank and withdraw the consent to its feed."""
    if _once(request.actor, wallet.unbind, link_id):
        messages.success(request, _("已经解绑，同意也收回了。我们不再查这家银行。"))
    return redirect("banks")


def _once(actor: Actor, verb: Callable[..., object], link_id: UUID) -> bool:
    """Do it and return True; return False where a first tap or another tab has done it already."""
    try:
        perform(actor, verb, link_id=link_id)
    except Refusal as refusal:
        if refusal.code != "not-possible-now":
            raise
        return False
    return True


def _standing(actor: Actor) -> dict[str, object]:
    counts: dict[UUID, int] = {}  # of the cards that banks told; own ones have no link
    for card in wallets.cards(actor):
        if card.link_id:
            counts[card.link_id] = counts.get(card.link_id, 0) + 1
    busy = busy_banks(actor)
    bound = [Bound(link, counts.get(link.pk, 0), link.bank_id in busy) for link in wallets.links(actor)]
    asked = {one.link.bank_id for one in bound}
    asking = [one for one in bound if one.is_asked]
    poll = POLL_SECONDS_DOWN if asking and all(one.link.down_since for one in asking) else POLL_SECONDS
    return {
        "bound": bound,
        "others": [bank for bank in people.banks_with_a_feed(actor) if bank.pk not in asked],
        "poll_seconds": poll if asking else 0,
        "has_cards": bool(counts),
        "known": wallets.is_known(actor),
        "card_count": sum(counts.values()),
    }


urls = [
    path("banks", banks, name="banks"),
    path("banks/answers", answers, name="banks-answers"),
    path("banks/ask", ask, name="banks-ask"),
    path("banks/<uuid:link_id>/ask-again", ask_again, name="banks-ask-again"),
    path("banks/<uuid:link_id>/sync", sync, name="banks-sync"),
    path("banks/<uuid:link_id>/unbind", unbind, name="banks-unbind"),
]
