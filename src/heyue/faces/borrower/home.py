"""Home: 我的服务 → 信用卡还款, what is owed to whom, what it costs a day, and the one thing to do now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache

from heyue import clock
from heyue.execution.models import Plan
from heyue.faces.borrower.next_acts import raised
from heyue.faces.sessions import borrower_only
from heyue.journey import outline, plans_of_cards
from heyue.journey.told import unread
from heyue.wallet import reads as wallets
from heyue.wallet.models import AccountLink, Card, Statement
from heyue.wallet.reads import BankDebt
from heyue.wallet.statement_reads import draft_count


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card as home lists it, with its newest statement, and the plan that it is paid by, if any."""

    card: Card
    statement: Statement | None
    plan: Plan | None = None

    @property
    def name(self) -> str:
        """The bank's short name and the product, once."""
        short = self.card.bank.short_name
        return self.card.product if self.card.product.startswith(short) else f"{short} {self.card.product}"


@dataclass(frozen=True, slots=True)
class Group:
    """One bank's cards, and where its feed stands."""

    debt: BankDebt
    rows: tuple[CardRow, ...]


@dataclass(frozen=True, slots=True)
class SilentBank:
    """A bank that was asked and has told no card."""

    link: AccountLink

    @property
    def is_asked(self) -> bool:
        """Whether it has not answered yet; else it does not know the borrower, or knows of no card."""
        return wallets.is_asking(self.link)

    @property
    def is_linked(self) -> bool:
        """Whether it knows the borrower."""
        return wallets.is_linked(self.link)


@never_cache
@borrower_only
def home(request: HttpRequest) -> HttpResponse:
    """Show the wallet."""
    debts = wallets.by_bank(request.actor)
    today = clock.today()
    under_way = outline(request.actor)
    planned = plans_of_cards(request.actor, under_way)
    told = {debt.link.pk for debt in debts if debt.link}
    context = {
        "groups": [_group(debt, planned) for debt in debts],
        "total_fen": sum(debt.balance_fen for debt in debts),
        "per_day_fen": sum(debt.per_day_fen for debt in debts),
        "stale": [debt for debt in debts if _is_stale(debt, today)],
        "silent": [SilentBank(link) for link in wallets.links(request.actor) if link.pk not in told],
        "unread": unread(request.actor),
        "drafts": draft_count(request.actor),
        "act": raised(request.actor, under_way, owing_banks(debts), has_cards=bool(debts)),
    }
    return render(request, "borrower/home.html" if debts else "borrower/home_empty.html", context)


def _is_stale(debt: BankDebt, today: date) -> bool:
    """Whether the sums are of an earlier day: the feed is down, or an own card is still to be counted on."""
    link = debt.link
    late = bool(link and (link.down_since or (link.synced_on or today) < today))
    return late or any(card.is_own and card.as_of < today for card in debt.cards)


def open_statement(card: Card, today: date) -> Statement | None:
    """Return the newest statement; of an own card none once its due day is over, for a newer one was cut since."""
    newest = next(iter(card.statements.all()), None)
    return None if newest and card.is_own and newest.due_date < today else newest


def owing_banks(debts: list[BankDebt]) -> frozenset[UUID]:
    """Return the banks with which something is owed."""
    return frozenset(debt.bank.pk for debt in debts if debt.balance_fen > 0)


def _group(debt: BankDebt, planned: Mapping[tuple[UUID, str], Plan]) -> Group:
    bank_id = debt.bank.pk
    return Group(
        debt,
        tuple(
            CardRow(card, open_statement(card, clock.today()), planned.get((bank_id, card.token)))
            for card in debt.cards
        ),
    )


urls = [path("", home, name="home")]
