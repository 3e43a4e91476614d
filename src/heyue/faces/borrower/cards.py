"""One card: what is owed and of what it is made, what it costs a day, and how the interest came about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from heyue import clock
from heyue.engine.bad_input import BadInput
from heyue.engine.money import fen, round_ratio
from heyue.engine.refusal import NotFound
from heyue.faces.borrower.home import CardRow, open_statement, owing_banks
from heyue.faces.borrower.next_acts import raised
from heyue.faces.borrower.wallet.calculator import at_a_glance
from heyue.faces.sessions import borrower_only
from heyue.journey import outline, plans_of_cards
from heyue.wallet import reads as wallets
from heyue.wallet.cost import explain
from heyue.wallet.models import Activity, Card
from heyue.wallet.reads import BankDebt
from heyue.wallet.statement_draft import KINDS

LINES_SHOWN = 6
STATEMENTS_SHOWN = 4
ACTIVITY_SHOWN = 20
LINES_MAX = 500
CYCLE_DAYS = 31
"""A statement that is older has a newer one behind it."""
LOWERING = ("payment", "refund", "reward")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of what is owed: its words, its data colour, fen."""

    words: str
    colour: int
    fen: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of interest: from and to, days, on how much, how much. Sums in fen."""

    starts_on: date
    ends_on: date
    days: int
    principal_fen: int
    interest_fen: int


@dataclass(frozen=True, slots=True)
class Posted:
    """One posting: its day, words, fen, and whether it lowers the debt."""

    on: date
    words: str
    fen: int
    lowers: bool
    posting_id: int
    is_typed: bool


@dataclass(frozen=True, slots=True)
class Worked:
    """The newest statement that charged interest, line by line, as the engine finds it."""

    on: date
    lines: tuple[Line, ...]
    interest_fen: int
    charged_fen: int

    @property
    def first(self) -> tuple[Line, ...]:
        """The lines shown at once."""
        return self.lines[:LINES_SHOWN]

    @property
    def rest(self) -> tuple[Line, ...]:
        """The lines folded away."""
        return self.lines[LINES_SHOWN:]

    @property
    def differs_fen(self) -> int:
        """What the bank charged above (or below) what the engine finds."""
        return self.charged_fen - self.interest_fen


@never_cache
@borrower_only
def card(request: HttpRequest, card_id: UUID) -> HttpResponse:
    """Show one own card."""
    found = wallets.card(request.actor, card_id)
    statements = list(found.statements.all())
    parts = _parts(found)
    under_way = outline(request.actor)
    planned = plans_of_cards(request.actor, under_way).get((found.bank_id, found.token))
    context = {
        "card": found,
        "name": CardRow(found, None).name,
        "parts": parts,
        "split": _split(parts),
        "statements": statements[:STATEMENTS_SHOWN],
        "earlier": statements[STATEMENTS_SHOWN:],
        "newest": open_statement(found, clock.today()),
        "is_old": found.is_own and found.stated_on is not None and (clock.today() - found.stated_on).days > CYCLE_DAYS,
        "plan": planned,
        "ahead": None if planned else at_a_glance(BankDebt(found.bank, found.link, (found,))),
        "worked": _worked(found),
        **_rules(found),
        "posted": _posted(list(found.activity.all())),
        "twin": wallets.own_twin(request.actor, found),
        "act": raised(request.actor, under_way, owing_banks(wallets.by_bank(request.actor)), has_cards=True),
    }
    return render(request, "borrower/card.html", context)


@never_cache
@borrower_only
def bill(request: HttpRequest, card_id: UUID, on: str) -> HttpResponse:
    """Show one statement of an own card: its figures, its lines, and how its interest came about."""
    found = wallets.card(request.actor, card_id)
    statements = list(found.statements.all())
    at = next((index for index, one in enumerate(statements) if one.date.isoformat() == on), None)
    if at is None:
        raise NotFound()
    before = statements[at + 1].date if at + 1 < len(statements) else None
    context = {
        "card": found,
        "name": CardRow(found, None).name,
        "statement": statements[at],
        "posted": _posted(wallets.lines_of(found, statements[at].date, before), LINES_MAX),
        "worked": _worked(found, statements[at].date),
        **_rules(found),
    }
    return render(request, "borrower/wallet/bill.html", context)


def _rules(found: Card) -> dict[str, object]:
    """Return how the card's interest is reckoned, in words for its pages."""
    return {
        "rate": _percent(str(found.terms.get("daily_rate", "0"))),
        "is_full_method": found.terms.get("method") == "full",
        "compounds": found.terms.get("compound", True),
    }


def _posted(postings: Iterable[Activity], most: int = ACTIVITY_SHOWN) -> list[Posted]:
    """Return the newest postings with the words of their kind."""
    newest = sorted(postings, key=lambda a: (a.date, a.seq), reverse=True)[:most]
    kinds = {kind: _(said) for kind, said in KINDS.items()}
    return [
        Posted(
            a.date, a.text or kinds.get(a.kind, a.kind), a.amount_fen, a.kind in LOWERING, a.pk, a.statement_on is None
        )
        for a in newest
    ]


def _parts(found: Card) -> list[Part]:
    parts = [
        Part(_("本金：你花掉的钱"), 1, found.principal_fen),
        Part(_("利息：已经出账的"), 2, found.interest_fen),
        Part(_("违约金和费用：不再生利息"), 4, found.fee_fen),
    ]
    return [part for part in parts if part.fen or part.colour == 1]


def _split(parts: list[Part]) -> SafeString:
    """Draw the parts as one bar, in yuan."""
    whole = sum(part.fen for part in parts)
    if whole <= 0:
        return format_html("")
    gap, at, rects, said = max(round_ratio(whole, 30_000), 1), 0, [], []
    for part in parts:
        width = round_ratio(part.fen, 100)
        rects.append((part.colour, at, max(width - gap, 1)))
        share = round_ratio(part.fen * 1000, whole)
        said.append(f"{part.words.partition('：')[0]} {share // 10}.{share % 10}%")
        at += width
    return format_html(
        '<svg class="split" viewBox="0 0 {} 10" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        max(at, 1),
        _("，").join(said),
        format_html_join("", '<rect class="k{}" x="{}" width="{}" height="10"/>', rects),
    )


def _worked(found: Card, wanted: date | None = None) -> Worked | None:
    """Return a statement with interest (the newest unless one is ``wanted``), recomputed; None where there is none or
    the bank's terms are not computable."""
    try:
        answer = explain(found)
    except BadInput:
        return None
    charged = {statement.date: statement.interest_fen for statement in found.statements.all()}
    for statement in reversed(answer["statements"]):
        on = date.fromisoformat(statement["date"])
        if fen(statement["interest"]) and on in charged and wanted in (None, on):
            return Worked(on, _lines(statement), fen(statement["interest"]), charged[on])
    return None


def _lines(statement: dict[str, Any]) -> tuple[Line, ...]:
    return tuple(
        Line(
            date.fromisoformat(line["from"]),
            date.fromisoformat(line["to"]),
            line["days"],
            fen(line["principal"]),
            fen(line["interest"]),
        )
        for line in statement["lines"]
    )


def _percent(rate: str) -> str:
    """Write a decimal rate as a percentage without needless zeros: 0.0005 is 0.05%."""
    whole, _dot, places = rate.partition(".")
    digits = (whole + places.ljust(2, "0"))[: len(whole) + 2].lstrip("0") or "0"
    rest = places[2:].rstrip("0")
    return digits + (f".{rest}" if rest else "") + "%"


urls = [
    path("cards/<uuid:card_id>", card, name="card"),
    path("cards/<uuid:card_id>/bills/<str:on>", bill, name="card-bill"),
]
