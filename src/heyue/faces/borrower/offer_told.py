"""An offer told to the borrower: the finding first, then the three columns, then why the bank may refuse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from heyue import clock
from heyue.engine.money import round_ratio
from heyue.faces.borrower.offer_chart import with_others
from heyue.faces.months_chart import MonthsChart
from heyue.faces.shown import month, yuan_text
from heyue.journey.weighing import Terms, Weighed
from heyue.negotiation import reads as negotiations
from heyue.policy.load import rule

HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Column:
    """One set of terms in the table; ``pick`` marks our advice."""

    name: str
    terms: Terms
    pick: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: its name, and a cell for each column with whether that column is our advice."""

    name: str
    cells: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart with its caption and its finding; ``good`` when every month lies under the line."""

    words: str
    finding: str
    good: bool
    chart: MonthsChart


@dataclass(frozen=True, slots=True)
class OfferTold:
    """Everything in words that the offer's page shows."""

    heading: str
    advice: str
    over: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    pictures: tuple[Picture, ...]
    objections: tuple[str, ...]


def told(seen: Weighed) -> OfferTold:
    """Tell a weighed offer."""
    columns = tuple(_columns(seen))
    return OfferTold(
        heading=heading(seen),
        advice=_advice(seen),
        over=over_words(seen.offered) if seen.offered else "",
        columns=columns,
        lines=_lines(columns),
        pictures=tuple(picture(seen, column.terms, column.name) for column in columns[1:]),
        objections=tuple(_objections(seen)),
    )


def heading(seen: Weighed) -> str:
    """Say the finding about what lies on the table."""
    bank = seen.talk.bank.short_name
    if seen.counter:
        return _("你的还价在%(bank)s那里，等它答复") % {"bank": bank}
    if seen.base_is_old and not seen.stands:
        return _("欠款数旧了，要和%(bank)s重新来") % {"bank": bank}
    if negotiations.is_declined(seen.talk):
        return _("你没要%(bank)s的条件，等它再出，或者你提") % {"bank": bank}
    if seen.offered is None or not seen.stands:
        return _("%(bank)s的条件过期了，轮到你提") % {"bank": bank}
    return finding(seen.offered, _("按%(bank)s的条件") % {"bank": bank})


def finding(terms: Terms, by: str) -> str:
    """Say whether terms can be borne. Two findings are kept apart: 第n个月付不出, and 超出能拿出."""
    fails = terms.view.fails_in_month
    if fails == 0:
        return _("%(by)s，手头的钱不够先付的") % {"by": by}
    if fails is not None:
        return _("%(by)s，第%(n)s个月就付不出") % {"by": by, "n": fails}
    if terms.view.over_budget:
        return _("%(by)s，每月超出能拿出 %(sum)s") % {"by": by, "sum": yuan_text(terms.view.over_by_fen)}
    return _("%(by)s，每月还能剩 %(sum)s") % {"by": by, "sum": yuan_text(terms.spare_fen)}


def over_words(terms: Terms) -> str:
    """Say by how much and for how long the months are over what can be paid, and what the savings bear."""
    months = terms.view.over_budget
    if not months:
        return ""
    said = _("有%(count)s个月超出能拿出的，最多超 %(sum)s。") % {
        "count": len(months),
        "sum": yuan_text(terms.view.over_by_fen),
    }
    fails = terms.view.fails_in_month
    if fails is None:
        return said + _("手头的钱垫得住，但会用掉一部分。")
    if fails == 0:
        return said
    return said + _("手头的钱垫到第%(n)s个月就不够了。") % {"n": fails}


def picture(seen: Weighed, terms: Terms, name: str) -> Picture:
    """Return the months of one set of terms with all other banks."""
    heaviest = max((m.total_fen for m in terms.view.months), default=0)
    words = _("%(name)s：每月 %(sum)s") % {"name": name, "sum": yuan_text(heaviest)}
    over = terms.view.over_by_fen
    said = (
        _("超出 %(sum)s") % {"sum": yuan_text(over)}
        if over
        else _("还剩 %(sum)s") % {"sum": yuan_text(terms.spare_fen)}
    )
    return Picture(words, said, not over, with_others(seen.talk.bank, terms, seen.others, seen.affordable_fen, words))


def short(terms: Terms) -> str:
    """Say terms on a button: 48期 × ¥787.85."""
    return _("%(periods)s期 × %(sum)s") % {
        "periods": terms.schedule.plan.periods,
        "sum": yuan_text(terms.schedule.rows[0].payment_fen),
    }


def phrase(terms: Terms) -> str:
    """Say terms in one phrase: 48期，每月 ¥787.85."""
    said = _("%(periods)s期，每月 %(sum)s") % {
        "periods": terms.schedule.plan.periods,
        "sum": yuan_text(terms.schedule.rows[0].payment_fen),
    }
    down = terms.schedule.plan.down_payment_fen
    return said + (_("，先付 %(sum)s") % {"sum": yuan_text(down)} if down else "")


def _columns(seen: Weighed) -> Sequence[Column]:
    columns = [Column(_("你要的"), seen.asked)]
    if seen.offered:
        columns.append(Column(_("银行给的"), seen.offered, pick=seen.accept_is_advised))
    if seen.counter and seen.on_table:
        columns.append(Column(_("你的还价"), seen.on_table))
    elif seen.suggested and not seen.accept_is_advised:
        columns.append(Column(_("建议还价"), seen.suggested, pick=True))
    elif seen.suggested and seen.saves_fen:
        columns.append(Column(_("还能更省"), seen.suggested))
    elif seen.closest and not seen.accept_is_advised:
        columns.append(Column(_("最接近的"), seen.closest))
    return columns


def _lines(columns: Sequence[Column]) -> tuple[Line, ...]:
    def line(name: str, cell: object) -> Line:
        return Line(name, tuple((cell(c.terms), c.pick) for c in columns))  # type: ignore[operator]

    return (
        line(_("每月"), lambda t: yuan_text(t.schedule.rows[0].payment_fen)),
        line(_("期数"), lambda t: _("%(n)s期") % {"n": t.schedule.plan.periods}),
        line(_("先付"), lambda t: _sum(t.schedule.plan.down_payment_fen)),
        line(_("减免"), lambda t: _sum(t.waived_fen)),
        line(_("月费率"), _rate),
        line(_("折合年化"), lambda t: percent(t.view.annualised_rate_simple)),
        line(_("一共还"), lambda t: yuan_text(t.view.total_cost_fen)),
        line(_("还清"), lambda t: month(t.schedule.rows[-1].due_on)),
    )


def percent(text: str) -> str:
    """Write a rate like 0.067112 as 6.71%, half up."""
    whole, _dot, places = text.partition(".")
    millionths = int(whole) * 10**6 + int(places.ljust(6, "0")[:6])
    hundredths = round_ratio(millionths, HUNDRED)
    return f"{hundredths // HUNDRED}.{hundredths % HUNDRED:02d}%"


def _rate(terms: Terms) -> str:
    plan = terms.schedule.plan
    hundredths = round_ratio(plan.rate_per_month.numerator * 10_000, plan.rate_per_month.denominator)
    return f"{hundredths // HUNDRED}.{hundredths % HUNDRED:02d}%"


def _sum(fen: int) -> str:
    return yuan_text(fen) if fen else _("没有")


def _advice(seen: Weighed) -> str:
    if seen.base_is_old and not seen.stands:
        return _("结束这次协商，用今天的欠款再申请。填过的都还在，不用从头填。")
    if seen.counter and seen.on_table:
        return _("你还的是 %(terms)s。它答复以前，不用你做什么。") % {"terms": phrase(seen.on_table)}
    if seen.accept_is_advised and seen.suggested and seen.saves_fen:
        return _("这个条件付得起，可以接受。也可以还价：%(terms)s，一共少付 %(sum)s。") % {
            "terms": phrase(seen.suggested),
            "sum": yuan_text(seen.saves_fen),
        }
    if seen.accept_is_advised:
        return _("这个条件付得起，它能给的里面也没有更省的。可以接受。")
    if seen.suggested:
        return _("建议还价：%(terms)s。几家加起来，每月还能剩 %(sum)s。") % {
            "terms": phrase(seen.suggested),
            "sum": yuan_text(seen.suggested.spare_fen),
        }
    if seen.closest:
        return _("它能给的条件里，没有一个是现在付得起的。最接近的是 %(terms)s，还差 %(sum)s。") % {
            "terms": phrase(seen.closest),
            "sum": yuan_text(seen.closest.view.over_by_fen),
        }
    return _("不知道这家银行还能给什么条件，可以打电话问。")


def _objections(seen: Weighed) -> Iterator[str]:
    """Say why the bank may refuse the suggested counter-offer, each with words to use."""
    if not (seen.suggested and seen.offered and seen.stands) or seen.accept_is_advised:
        return
    yield _on_its_total(seen.suggested, seen.offered)
    mine, its = seen.suggested.schedule.plan, seen.offered.schedule.plan
    less_at_once_fen = its.down_payment_fen - mine.down_payment_fen
    if less_at_once_fen > 0:
        yield _("它想先多收 %(sum)s。可以这样说：手头要留一点应急，先少付 %(sum)s，从第一期起按月还，一期不少。") % {
            "sum": yuan_text(less_at_once_fen)
        }
    more_waived_fen = seen.suggested.waived_fen - seen.offered.waived_fen
    if more_waived_fen > 0:
        yield _("它要多免 %(sum)s 的息费。可以这样说：这些息费是困难的时候滚出来的，免了我才还得上本金。") % {
            "sum": yuan_text(more_waived_fen)
        }


def _on_its_total(mine: Terms, its: Terms) -> str:
    limit = rule("CC-70-2", clock.today())
    more = mine.view.total_cost_fen - its.view.total_cost_fen
    facts = {
        "mine": mine.schedule.plan.periods,
        "its": its.schedule.plan.periods,
        "total": yuan_text(mine.view.total_cost_fen),
        "more": yuan_text(abs(more)),
        "limit": limit.value,
        "source": f"{limit.source} {limit.article}",
    }
    if more > 0:
        said = _("它想早一点收回。可以这样说：%(mine)s期它一共收 %(total)s，比%(its)s期多 %(more)s，")
    else:
        said = _("它会少收 %(more)s。可以这样说：%(mine)s期一共 %(total)s，")
    return (said + _("每月都在你付得起的范围里，断供的可能小得多。法规允许最长%(limit)s期，依据：%(source)s。")) % facts
