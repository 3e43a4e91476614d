"""Home: 我的服务 → 信用卡还款, what is owed to whom, what it costs a day, and the one thing to do now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from heyue import clock, journey
from heyue.engine.moves import Actor
from heyue.faces.sessions import borrower_only
from heyue.wallet import reads as wallets
from heyue.wallet.models import Card, Statement
from heyue.wallet.reads import BankDebt


@dataclass(frozen=True, slots=True)
class CardRow:
    """A card as home lists it, with its newest statement."""

    card: Card
    statement: Statement | None

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
class FirstStep:
    """The raised thing to do where no later stage has one."""

    heading: str
    why: str
    label: str
    address: str
    due_on: date | None = None


@never_cache
@borrower_only
def home(request: HttpRequest) -> HttpResponse:
    """Show the wallet."""
    debts = wallets.by_bank(request.actor)
    today = clock.today()
    context = {
        "groups": [_group(debt) for debt in debts],
        "total_fen": sum(debt.balance_fen for debt in debts),
        "per_day_fen": sum(debt.per_day_fen for debt in debts),
        "stale": [debt for debt in debts if debt.link.down_since or (debt.link.synced_on or today) < today],
        "empty_links": [link for link in wallets.links(request.actor) if link.pk not in {d.link.pk for d in debts}],
        "act": next_act(request.actor, bool(debts)),
    }
    return render(request, "borrower/home.html" if debts else "borrower/home_empty.html", context)


WHERE = {
    journey.Kind.LATE: "/plan/{}",
    journey.Kind.SIGN: "/agreement/{}",
    journey.Kind.OFFER: "/n/{}/offer",
    journey.Kind.CALL: "/n/{}/call",
    journey.Kind.SUPPLY: "/apply",
    journey.Kind.QUESTION: "/progress/{}",
    journey.Kind.PAY: "/plan/{}",
    journey.Kind.GO_ON: "/apply",
    journey.Kind.AGAIN: "/apply",
    journey.Kind.WAIT: "/progress/{}",
}


def next_act(actor: Actor, has_cards: bool) -> FirstStep:
    """Return the one thing to do now: what the journey says, else the first step to it."""
    said = journey.next_act(actor)
    if said is not None:
        return FirstStep(said.heading, said.why, said.label, WHERE[said.kind].format(said.subject_id), said.due_on)
    if has_cards:
        return FirstStep(
            _("算一个你还得起的月供，和银行谈"),
            _("填一次收入和支出，一起发给所有银行。不收一分钱。"),
            _("去协商"),
            "/apply",
        )
    return FirstStep(
        _("先把卡加进来"),
        _("同意哪家银行，我们就去问哪家。卡和账单它自己会报来，不用你抄。"),
        _("添加银行卡"),
        "/banks",
    )


def _group(debt: BankDebt) -> Group:
    return Group(debt, tuple(CardRow(card, next(iter(card.statements.all()), None)) for card in debt.cards))


urls = [path("", home, name="home")]
