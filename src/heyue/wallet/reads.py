"""What each actor may see of a wallet: a borrower the own one, the worker what is due for syncing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from django.db.models import Exists, Min, OuterRef, Prefetch, Q, QuerySet

from heyue import clock
from heyue.banks.models import Bank
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound
from heyue.wallet.models import AccountLink, Activity, Card, Statement
from heyue.wallet.states import State


def links(actor: Actor) -> QuerySet[AccountLink]:
    """Return the standing links of the borrower, with their banks."""
    if actor.role != Role.BORROWER:
        return AccountLink.objects.none()
    return (
        AccountLink.objects.filter(borrower_id=actor.person_id)
        .exclude(state=State.UNBOUND)
        .select_related("bank", "consent")
        .order_by("bank__colour")
    )


def is_asking(link: AccountLink) -> bool:
    """Whether the bank has not answered yet, or its feed has not been read for the first time."""
    return link.state == State.ASKING or (link.state == State.LINKED and link.synced_at is None)


def is_linked(link: AccountLink) -> bool:
    """Whether the bank knows the borrower and its feed has been read."""
    return link.state == State.LINKED and link.synced_at is not None


def is_known(actor: Actor) -> bool:
    """Whether a bank knows the borrower by what he or she told."""
    return links(actor).filter(state=State.LINKED).exists()


def cards(actor: Actor) -> QuerySet[Card]:
    """Return the borrower's cards with bank, link and statements (newest first): those that linked banks list, and
    the own ones of which no linked bank tells. Where a bank tells of the same card, the bank's word stands."""
    if actor.role != Role.BORROWER:
        return Card.objects.none()
    told = Card.objects.filter(link__state=State.LINKED, listed=True)
    same = told.filter(borrower=OuterRef("borrower"), bank=OuterRef("bank"), last4=OuterRef("last4"))
    by_feed = Q(link__state=State.LINKED, listed=True)
    return (
        Card.objects.filter(by_feed | (Q(link__isnull=True) & ~Exists(same)), borrower_id=actor.person_id)
        .select_related("bank", "link")
        .prefetch_related(Prefetch("statements", Statement.objects.order_by("-date")))
        .order_by("bank__colour", "last4")
    )


def card(actor: Actor, card_id: UUID) -> Card:
    """Return one own card. Raises ``NotFound``."""
    found = cards(actor).filter(pk=card_id).first()
    if found is None:
        raise NotFound()
    return found


def lines_of(one: Card, on: date, before: date | None) -> list[Activity]:
    """Return the postings of the statement of ``on``: those it came with, or those since the one ``before`` it."""
    since = before or date.min
    if one.is_own:
        return list(one.activity.filter(statement_on=on))
    return list(one.activity.filter(date__lte=on, date__gt=since))


def own_twin(actor: Actor, told: Card) -> Card | None:
    """Return the card that the borrower brought and whose bank tells of it now too, None where there is none."""
    own = Card.objects.filter(borrower_id=actor.person_id, link__isnull=True, bank_id=told.bank_id, last4=told.last4)
    return None if told.is_own else own.first()


def own_cards(actor: Actor) -> QuerySet[Card]:
    """Return all cards that the borrower brought, those too that a bank's feed tells of by now."""
    if actor.role != Role.BORROWER:
        return Card.objects.none()
    return Card.objects.filter(borrower_id=actor.person_id, link__isnull=True).prefetch_related("statements")


def own_card(actor: Actor, card_id: UUID) -> Card:
    """Return one card that the borrower brought, to be changed. Raises ``NotFound``."""
    found = card(actor, card_id)
    if not found.is_own:
        raise NotFound()
    return found


def to_recount() -> QuerySet[Card]:
    """Return the own cards whose sums are of an earlier day: interest has come on since."""
    return Card.objects.filter(link__isnull=True, as_of__lt=clock.today()).order_by("pk")


@dataclass(frozen=True, slots=True)
class BankDebt:
    """A borrower's cards of one bank taken together; ``link`` is None where no feed tells of it. Sums in fen."""

    bank: Bank
    link: AccountLink | None
    cards: tuple[Card, ...]

    @property
    def balance_fen(self) -> int:
        return sum(c.balance_fen for c in self.cards)

    @property
    def per_day_fen(self) -> int:
        return sum(c.per_day_fen for c in self.cards)

    @property
    def waivable_fen(self) -> int:
        return sum(c.waivable_fen for c in self.cards)

    @property
    def days_overdue(self) -> int:
        return max((c.days_overdue for c in self.cards), default=0)


def by_bank(actor: Actor, only: set[UUID] | None = None, *, with_activity: bool = False) -> list[BankDebt]:
    """Return the borrower's cards grouped by bank; ``only`` keeps the cards with these ids.

    ``with_activity`` brings all postings along, for whoever reckons with every card.
    """
    groups: dict[UUID, list[Card]] = {}
    found = cards(actor)
    for one in found.prefetch_related("activity") if with_activity else found:
        if only is None or one.pk in only:
            groups.setdefault(one.bank_id, []).append(one)
    return [
        BankDebt(group[0].bank, next((one.link for one in group if one.link), None), tuple(group))
        for group in groups.values()
    ]


def to_sync() -> QuerySet[AccountLink]:
    """Return the links that the worker should ask or read now: new ones, stale ones, all on a new day."""
    at = clock.machine_now()
    asking = Q(state=State.ASKING)
    stale = Q(state=State.LINKED) & (Q(next_try_at__lte=at) | Q(synced_on__lt=clock.today()))
    withdrawn = Q(state=State.UNBOUND) & ~Q(link_ref="")
    return AccountLink.objects.filter(asking | stale | withdrawn).select_related("bank", "consent")


def next_call(link: AccountLink) -> Literal["ask", "read", "end"]:
    """Return what the worker has to ask the bank: for the link, for its feed, or to forget it."""
    if link.state == State.UNBOUND:
        return "end"
    return "ask" if link.state == State.ASKING else "read"


def known_through(borrower_id: UUID, bank_id: UUID) -> date | None:
    """Return the business day up to which the bank's feed is known, or None where it is not bound."""
    found = Card.objects.filter(borrower_id=borrower_id, bank_id=bank_id, link__state=State.LINKED, listed=True)
    day: date | None = found.aggregate(day=Min("as_of"))["day"]
    return day
