"""Plans said in sentences and pictures: what each asks, how it differs, what it leaves, why none is possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from heyue.application.comparison import Against, Weighed, against, against_wish
from heyue.application.plan import CUSTOM, PLAN_WORDS, Commitment
from heyue.banks.models import Bank
from heyue.engine.money import fen
from heyue.engine.offer import month_totals
from heyue.faces.months_chart import Layer, MonthsChart
from heyue.faces.shown import yuan_text

PERMILLE_TO_PERCENT = 10


@dataclass(frozen=True, slots=True)
class Pictured:
    """What every plan's picture needs: the banks by id, what is agreed already, the base date, the wish."""

    banks: Mapping[UUID, Bank]
    running: tuple[Commitment, ...]
    as_of: str
    wish: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Share:
    """One bank's share of what is owed and of what is paid in the first year, as percentages in words."""

    bank: Bank
    owed: str
    paid: str


@dataclass(frozen=True, slots=True)
class Option:
    """A plan as a row of the page."""

    value: str
    title: str
    also: str
    chosen: bool
    weighed: Weighed
    chart: MonthsChart
    sentences: tuple[str, ...]
    warnings: tuple[str, ...]
    shares: tuple[Share, ...]
    spread: str


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One number of periods of a bank's menu, and what it asks."""

    periods: int
    instalment_fen: int
    down_payment_fen: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class BankMenu:
    """A bank's numbers of periods for one's own plan."""

    bank: Bank
    name: str
    entries: tuple[MenuEntry, ...]
    error: str

    @property
    def key(self) -> str:
        """What names the bank's error on the page."""
        return str(self.bank.pk)


@dataclass(frozen=True, slots=True)
class Shortage:
    """Why no plan is possible, and the smallest change that would make one possible."""

    words: str


def options_of(plans: Sequence[Weighed], pictured: Pictured, chosen: str) -> list[Option]:
    """Return the rows of the plans that differ, in our order."""
    return [option_of(one, pictured, chosen=chosen, among=plans) for one in plans]


def option_of(one: Weighed, pictured: Pictured, *, chosen: str = CUSTOM, among: Sequence[Weighed] = ()) -> Option:
    """Return one plan's row."""
    title = plan_title(one.names[:1])
    said = [_difference(one, among), _leaves(one), _pays_at_once(one), _beside_wish(one, pictured.wish)]
    return Option(
        value=one.names[0],
        title=title,
        also=_("也是%(names)s") % {"names": plan_title(one.names[1:])} if one.names[1:] else "",
        chosen=chosen in one.names,
        weighed=one,
        chart=chart_of(one, pictured, title),
        sentences=tuple(words for words in said if words),
        warnings=tuple(_warnings(one)),
        shares=tuple(
            Share(pictured.banks[p.asked.bank_id], _percent(p.owed_permille), _percent(p.paid_permille))
            for p in one.parts
        ),
        spread=_percent(one.spread_permille).removesuffix("%"),
    )


def plan_title(names: Sequence[str]) -> str:
    """Name a plan with all the names it goes by."""
    return _("、").join(_(PLAN_WORDS[name]) for name in names)


def chart_of(one: Weighed, pictured: Pictured, title: str) -> MonthsChart:
    """Stack the plan's instalments on what is agreed already, under what can be paid."""
    as_of = date.fromisoformat(pictured.as_of)
    agreed = [
        Layer(
            _("%(bank)s（已谈成）") % {"bank": pictured.banks[c.bank_id].short_name},
            pictured.banks[c.bank_id].colour,
            month_totals([c.rows], as_of),
        )
        for c in pictured.running
        if c.rows
    ]
    asked = [
        Layer(pictured.banks[p.asked.bank_id].short_name, pictured.banks[p.asked.bank_id].colour, p.months_fen)
        for p in one.parts
    ]
    label = _("%(plan)s：最高的一个月 %(sum)s，%(months)s个月还清") % {
        "plan": title,
        "sum": yuan_text(one.highest_fen),
        "months": one.months,
    }
    return MonthsChart((*agreed, *asked), one.affordable_fen, label, low=True)


def shortages(because: Sequence[Mapping[str, Any]], pictured: Pictured, short_by_fen: int) -> list[Shortage]:
    """Say each constraint that keeps every plan out, with its smallest change.

    ``short_by_fen`` is what the household lacks before it can pay anything at all; an addition fills it first.
    """
    return [Shortage(_shortage(one, pictured, short_by_fen)) for one in because]


def token_rows(payments: Sequence[Mapping[str, str]], pictured: Pictured) -> list[tuple[Bank, int]]:
    """Return what could be paid to each bank for now."""
    return [(pictured.banks[UUID(p["id"])], fen(p["monthly"])) for p in payments if fen(p["monthly"])]


def _shortage(one: Mapping[str, Any], pictured: Pictured, short_by_fen: int) -> str:
    change = one["smallest_change"]
    match one["constraint"]:
        case "savings":
            return _("积蓄再多 %(sum)s，就够最低的首付。") % {"sum": yuan_text(fen(change))}
        case "monthly_affordable":
            return _("每月再多拿出 %(sum)s，就有可行的方案。") % {"sum": yuan_text(fen(change) + short_by_fen)}
        case "longer_term":
            return _("银行如果肯放长到 %(periods)s 期，就有可行的方案。") % {"periods": change}
        case "larger_waiver":
            return _("银行如果肯多减免一些违约金和利息，就有可行的方案。")
        case "menu":
            bank = pictured.banks[UUID(one["debt"])].name
            return _("%(bank)s现在的条件里，没有适合这笔欠款的。") % {"bank": bank}
    return str(one["message"])


def _difference(one: Weighed, among: Sequence[Weighed]) -> str:
    """Say in one sentence what the plan costs more or less than the first one; of the first, than the cheapest."""
    others = [other for other in among if other is not one]
    if not others:
        return ""
    other = among[0] if one is not among[0] else min(others, key=lambda o: o.total_fen)
    differs = against(one, other)
    parts = [_cost(differs), _monthly(differs), _months(differs)]
    said = _("，").join(part for part in parts if part)
    return _("比“%(plan)s”%(differs)s。") % {"plan": plan_title(other.names[:1]), "differs": said} if said else ""


def _cost(differs: Against) -> str:
    if differs.cost_fen < 0:
        return _("一共少花 %(sum)s") % {"sum": yuan_text(-differs.cost_fen)}
    if differs.cost_fen > 0:
        return _("一共多花 %(sum)s") % {"sum": yuan_text(differs.cost_fen)}
    return _("一共花的一样多")


def _monthly(differs: Against) -> str:
    if differs.monthly_fen < 0:
        return _("最高的一个月少还 %(sum)s") % {"sum": yuan_text(-differs.monthly_fen)}
    if differs.monthly_fen > 0:
        return _("最高的一个月多还 %(sum)s") % {"sum": yuan_text(differs.monthly_fen)}
    return ""


def _months(differs: Against) -> str:
    if differs.months < 0:
        return _("早%(n)s个月还清") % {"n": -differs.months}
    if differs.months > 0:
        return _("晚%(n)s个月还清") % {"n": differs.months}
    return ""


def _leaves(one: Weighed) -> str:
    if one.over_by_fen:
        return ""
    if one.left_fen:
        return _("每月至少还剩 %(sum)s 应急。") % {"sum": yuan_text(one.left_fen)}
    return _("每月能拿出的都用上了，没有剩的。")


def _pays_at_once(one: Weighed) -> str:
    if one.down_payment_fen:
        return _("先付 %(sum)s，从积蓄里出。") % {"sum": yuan_text(one.down_payment_fen)}
    return ""


def _beside_wish(one: Weighed, wish: Mapping[str, Any] | None) -> str:
    if not wish:
        return ""
    differs = against_wish(one, wish)
    parts = []
    if differs.monthly_fen:
        more = _("每月多 %(sum)s") if differs.monthly_fen > 0 else _("每月少 %(sum)s")
        parts.append(more % {"sum": yuan_text(abs(differs.monthly_fen))})
    if differs.months:
        longer = _("多%(n)s期") if differs.months > 0 else _("少%(n)s期")
        parts.append(longer % {"n": abs(differs.months)})
    if not parts:
        return _("和你希望的一样。")
    return _("比你希望的%(differs)s。") % {"differs": _("，").join(parts)}


def _warnings(one: Weighed) -> list[str]:
    found = []
    if one.over_by_fen:
        found.append(_("超出能拿出：最高的一个月多出 %(sum)s。") % {"sum": yuan_text(one.over_by_fen)})
    if one.savings_missing_fen:
        found.append(
            _("先付的 %(down)s 超过积蓄，还差 %(sum)s。")
            % {"down": yuan_text(one.down_payment_fen), "sum": yuan_text(one.savings_missing_fen)}
        )
    return found


def _percent(permille: int) -> str:
    whole, tenth = divmod(permille, PERMILLE_TO_PERCENT)
    return f"{whole}.{tenth}%"
