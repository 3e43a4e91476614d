"""The words of a call, filled with this case's figures."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from heyue.engine.moves import Actor
from heyue.engine.schedule import build
from heyue.faces.borrower.progress_told import monthly
from heyue.faces.shown import day_text, yuan_text
from heyue.journey.matters import Matter, Phase
from heyue.journey.weighing import most_for, weighed
from heyue.negotiation import reads as negotiations


@dataclass(frozen=True, slots=True)
class Guide:
    """What to open with, what to ask, what not to promise."""

    opening: str
    questions: tuple[str, ...]
    do_not: tuple[str, ...]


def guide(actor: Actor, one: Matter, name: str) -> Guide:
    """Write the guide of one bank's matter for its borrower."""
    return Guide(_opening(one, name), tuple(_questions(actor, one)), tuple(_do_not(actor, one)))


def _opening(one: Matter, name: str) -> str:
    form = one.dispatch
    cards = "、".join(card["last4"] for card in form.debt.structure)
    if one.talk is None and form.is_by_telephone:
        return _(
            "“你好，我叫%(name)s，卡号尾号 %(cards)s。"
            "我想协商还款，申请表写好了，编号 %(number)s。请问交到哪里？收到没有？”"
        ) % {
            "name": name,
            "cards": cards,
            "number": form.number,
        }
    said = _("“你好，我叫%(name)s，卡号尾号 %(cards)s。%(on)s我交了协商还款申请，编号 %(number)s，") % {
        "name": name,
        "cards": cards,
        "on": day_text(form.application.base_date or form.queued_at),
        "number": form.number,
    }
    if one.phase == Phase.UNRECEIVED:
        return said + _("想问收到没有。没收到的话，往哪里交？”")
    if one.phase == Phase.OVERDUE and form.received_on:
        return said + _("你们%(on)s收到的，答复的日子已经过了，想问什么时候能答复。”") % {
            "on": day_text(form.received_on)
        }
    return said + _("想问审到哪一步了。”")


def _questions(actor: Actor, one: Matter) -> list[str]:
    found = []
    wanted = _wanted(actor, one)
    if wanted:
        found.append(_("“能按%(terms)s还吗？”") % {"terms": wanted})
    waived = one.dispatch.debt.asked_waived_fen
    if waived:
        found.append(_("“息费 %(sum)s 能减免吗？”") % {"sum": yuan_text(waived)})
    if not one.paused:
        found.append(_("“谈好以前，能先停止催收吗？”"))
    found.append(_("“哪天给我答复？您的工号是多少？”"))
    return found


def _wanted(actor: Actor, one: Matter) -> str:
    """What to ask for: the counter-offer on the table or advised, else what the application asked."""
    if one.talk and negotiations.is_talking(one.talk) and one.talk.offer_id:
        seen = weighed(actor, one.id)
        if seen.counter:
            return monthly(seen.counter.terms)
        if seen.suggested and seen.suggested.choice:
            return monthly(seen.suggested.choice.plan.as_terms())
    return monthly(one.dispatch.debt.asked_terms)


def _do_not(actor: Actor, one: Matter) -> list[str]:
    most_fen = most_for(actor, one.id) if one.talk else build(one.dispatch.debt.asked_terms).rows[0].payment_fen
    return [
        _("当天先还一笔。可以说：“我要先算一下，再回您。”"),
        _("每月超过 %(sum)s。别家也要还，给%(bank)s的最多这么多。")
        % {"sum": yuan_text(most_fen), "bank": one.bank.short_name},
        _("借别的钱来还，或者交“手续费”“保证金”。"),
        _("把验证码、密码告诉对方。银行不会问。"),
    ]
