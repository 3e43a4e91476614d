"""An offer put to the test, told to the borrower: which terms hurt, and what bad months would do to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from heyue import clock
from heyue.engine.money import fen
from heyue.engine.offer_terms import Hurt
from heyue.faces.borrower.offer_told import percent
from heyue.faces.shown import yuan_text
from heyue.journey.weighing import Terms, Weighed, tried_by_bad_months
from heyue.negotiation.bad_turns import BadTurn
from heyue.policy.load import rule

TENTHS = 10


@dataclass(frozen=True, slots=True)
class Cell:
    """How one set of terms bears one turn; ``good`` when it is borne, ``pick`` marks our advice."""

    words: str
    good: bool
    pick: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """One line of the table: the turn, and how each set of terms bears it."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Tested:
    """The table of bad months with its columns' names (and whether each is our advice), and where it is from."""

    columns: tuple[tuple[str, bool], ...]
    turns: tuple[Turn, ...]
    source: str


def hurts(seen: Weighed) -> tuple[str, ...]:
    """Say which terms of the bank's offer hurt; months over what can be paid have a sentence of their own."""
    if seen.offered is None:
        return ()
    return tuple(words for hurt in seen.hurts if (words := _hurt(hurt, seen, seen.offered)))


def tested(seen: Weighed, columns: tuple[tuple[str, Terms, bool], ...]) -> Tested:
    """Try each set of terms (its name, the terms, whether it is our advice) by each turn."""
    tried = [tried_by_bad_months(seen, terms) for _name, terms, _pick in columns]
    record = rule("STRESS-SHOCKS", clock.today())
    return Tested(
        columns=tuple((name, pick) for name, _terms, pick in columns),
        turns=tuple(_turns(columns, tried)),
        source=record.source,
    )


def _turns(columns: tuple[tuple[str, Terms, bool], ...], tried: list[tuple[BadTurn, ...]]) -> Iterator[Turn]:
    yield Turn(_("什么意外也没有"), tuple(_unhurt(terms, pick) for _name, terms, pick in columns))
    for at, first in enumerate(tried[0] if tried else ()):
        cells = [_borne(turns[at], terms, pick) for turns, (_name, terms, pick) in zip(tried, columns, strict=True)]
        yield Turn(_named(first), tuple(cells))


def _unhurt(terms: Terms, pick: bool) -> Cell:
    fails = terms.view.fails_in_month
    if fails is None:
        return Cell(_("撑得住"), True, pick)
    return Cell(_("先付的就不够") if fails == 0 else _("第%(n)s个月付不出") % {"n": fails}, False, pick)


def _borne(turn: BadTurn, terms: Terms, pick: bool) -> Cell:
    if terms.view.fails_in_month is not None:
        return _unhurt(terms, pick)
    if turn.is_borne:
        return Cell(_("撑得住"), True, pick)
    return Cell(_("最多差 %(sum)s") % {"sum": yuan_text(turn.missing_fen)}, False, pick)


def _named(turn: BadTurn) -> str:
    assumed = turn.assumed
    match turn.name:
        case "income_drop":
            share = int(Decimal(str(assumed["ratio"])) * TENTHS)
            return _("收入少%(share)s成，连着%(n)s个月") % {"share": share, "n": assumed["months"]}
        case "job_loss":
            return _("没了工作，%(n)s个月没有收入") % {"n": assumed["months"]}
    return _("看病一次花 %(sum)s") % {"sum": yuan_text(fen(str(assumed["most"])))}


def _hurt(hurt: Hurt, seen: Weighed, offered: Terms) -> str:
    plan = offered.schedule.plan
    by = {"sum": yuan_text(hurt.amount_fen), "periods": plan.periods}
    match hurt.code:
        case "down_payment_above_savings":
            return _("先付的比手头的多 %(sum)s。") % by
        case "waives_less":
            most = yuan_text(offered.waived_fen + hurt.amount_fen)
            return _("它最多能免 %(most)s，这次少免了 %(sum)s。") % (by | {"most": most})
        case "rate_above_menu":
            rate = percent(offered.view.annualised_rate_simple)
            return _("折合年化 %(rate)s，它自己的条件里有更低的。") % {"rate": rate}
        case "shorter_than_menu" if not offered.view.fits:
            longest = max(choice.periods for choice in seen.menu)
            return _("只给%(periods)s期，它最长能给%(longest)s期。") % (by | {"longest": longest})
        case "dearer_than_counter" if seen.saves_fen:
            return _("比你付得起的里面最省的，一共多付 %(sum)s。") % {"sum": yuan_text(seen.saves_fen)}
        case "longer_than_counter" if seen.suggested:
            months = plan.periods - seen.suggested.schedule.plan.periods
            return _("比你付得起的里面最省的，多还%(n)s个月。") % {"n": months} if months > 0 else ""
    return ""
