"""The banks' telephone book: search, call, hours; joined banks first, and those whose cards one has before all."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache

from heyue import clock
from heyue.application import reads as applications
from heyue.banks import reads as banks
from heyue.banks.models import Bank
from heyue.engine.moves import Actor
from heyue.faces.sessions import borrower_only
from heyue.journey.matters import matters
from heyue.policy import load as policy
from heyue.policy.load import rule

QUERY_CHARS_MAX = 20


@dataclass(frozen=True, slots=True)
class Number:
    """One number to call: whose, which, as it is dialled; ``call`` leads to the call guide of an open matter."""

    name: str
    number: str
    hours: str = ""
    also: str = ""
    bank: Bank | None = None
    call: UUID | None = None

    @property
    def dialled(self) -> str:
        """The number as a ``tel:`` link wants it."""
        return dialled(self.number)

    @property
    def also_dialled(self) -> str:
        """The second number likewise."""
        return dialled(self.also)

    def holds(self, query: str) -> bool:
        """Whether the name or a number holds what is looked for."""
        digits = dialled(query)
        numbers = (self.dialled, self.also_dialled)
        return query in self.name or bool(digits and any(digits in number for number in numbers))


def dialled(number: str) -> str:
    """Return the digits of a number."""
    return "".join(c for c in number if c.isdigit() or c == "+")


@never_cache
@borrower_only
def directory(request: HttpRequest) -> HttpResponse:
    """Show the numbers, all or those that the search finds."""
    query = request.GET.get("q", "").strip()[:QUERY_CHARS_MAX]
    today = clock.today()
    here = _joined(request.actor)
    known = {one.name for one in here}
    listed = policy.banks(today)
    others = [one for one in map(_listed, listed) if one.name not in known]
    context = {
        "query": query,
        "here": [one for one in here if not query or one.holds(query)],
        "others": [one for one in others if not query or one.holds(query)],
        "source": listed[0].source,
        "complaints": (
            Number(rule("REGULATOR-HOTLINE", today).title, str(rule("REGULATOR-HOTLINE", today).value)),
            Number(rule("CENTRAL-BANK-HOTLINE", today).title, str(rule("CENTRAL-BANK-HOTLINE", today).value)),
            Number(rule("UNIONPAY-HOTLINE", today).title, str(rule("UNIONPAY-HOTLINE", today).value)),
        ),
    }
    return render(request, "borrower/directory/page.html", context)


def _joined(actor: Actor) -> list[Number]:
    """Return the banks that take part or are negotiated with, those with an open matter first, each with its guide."""
    row = applications.latest(actor)
    open_with = {one.bank.pk: one.id for one in (matters(actor, row.pk) if row else [])}
    found = [
        Number(bank.name, bank.hotline, bank.hotline_hours, bank=bank, call=open_with.get(bank.pk))
        for bank in banks.banks(actor)
        if bank.channel != Bank.Channel.PHONE or bank.pk in open_with
    ]
    return sorted(found, key=lambda one: one.call is None)


def _listed(entry: policy.Bank) -> Number:
    """A bank of the published list: the card line first, where it has one of its own."""
    if entry.card_hotline:
        return Number(entry.name, entry.card_hotline, also=entry.hotline)
    return Number(entry.name, entry.hotline)


urls = [path("banks/directory", directory, name="directory")]
