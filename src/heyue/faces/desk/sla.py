"""The board of answers: by bank what is open and how it kept its days; who owes what by when; what is late."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from heyue import clock
from heyue.banks.models import Bank
from heyue.deadlines import RULES
from heyue.engine.moves import Role
from heyue.engine.refusal import words
from heyue.faces.desk.page import page
from heyue.faces.sessions import staff_only
from heyue.faces.shown import day_text
from heyue.journey.board import BankLine, Board, Case, Late, board
from heyue.policy.load import Record, rule
from heyue.review import reads as reviews

PERCENT = 100
CHANNELS = {
    Bank.Channel.API: words("系统直连"),
    Bank.Channel.EMAIL: words("邮件"),
    Bank.Channel.PHONE: words("电话"),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One piece of a bank's bar, in cases."""

    tone: str
    at: int
    width: int


@dataclass(frozen=True, slots=True)
class Line:
    """One bank's row."""

    line: BankLine
    channel: str
    bars: tuple[Bar, ...]
    share: str


@dataclass(frozen=True, slots=True)
class LateLine:
    """One late case: what was done, what is to be done today, by which rule."""

    late: Late
    done: str
    today: str
    rule: str
    address: str


@staff_only(Role.REVIEWER, Role.OPERATOR)
def sla(request: HttpRequest) -> HttpResponse:
    """Show the board."""
    found = board(request.actor)
    own = {r.application_id: r.pk for r in reviews.visible(request.actor)} if _reviews(request) else {}
    span = max((line.open for line in found.banks), default=0) or 1
    context = {
        "board": found,
        "lines": [_line(line) for line in found.banks],
        "span": span,
        "waiting": [(one, _address(own, one.case)) for one in found.waiting],
        "late": [_late(one, own) for one in found.late],
        "heading": _heading(found),
        "opened": sum(line.open for line in found.banks),
    }
    return page(request, "sla.html", context)


def _reviews(request: HttpRequest) -> bool:
    return request.actor.role is Role.REVIEWER  # type: ignore[attr-defined]


def _address(own: dict[UUID, UUID], case: Case) -> str:
    return f"/desk/reviews/{own[case.application_id]}" if case.application_id in own else ""


def _heading(found: Board) -> str:
    opened = sum(line.open for line in found.banks)
    late = sum(1 for one in found.late if one.by_bank)
    if not opened and not late:
        return _("没有在等银行的事。")
    if not late:
        return _("%(open)s件在等银行，都在期限里。") % {"open": opened}
    return _("%(open)s件在等银行，%(late)s件过了期限。") % {"open": opened, "late": late}


def _line(line: BankLine) -> Line:
    bars, at = [], 0
    for tone, width in (("s0", line.later), ("s1", line.soon), ("s2", line.now)):
        if width:
            bars.append(Bar(tone, at, width))
        at += width
    share = f"{line.kept * PERCENT // line.ended}%" if line.ended else ""
    return Line(line, _(CHANNELS[Bank.Channel(line.bank.channel)]), tuple(bars), share)


def _late(one: Late, own: dict[UUID, UUID]) -> LateLine:
    if one.of_dispute:
        record = rule(RULES[one.of_dispute].rule_id or "", clock.today())
        ask_else = _("打它的热线问，或者凭手上的材料下结论")
        return LateLine(one, "", ask_else if one.by_bank else _("给异议下结论"), _source(record), "/desk/disputes")
    if not one.by_bank:
        return LateLine(one, "", _("去初审"), _source(rule("REVIEW-DAYS", clock.today())), _address(own, one.case))
    if one.complain_from:
        record = rule("COMPLAINT", clock.today())
        today = _("持卡人可以投诉，银行%(n)s天内须有决定") % {"n": record.value}
    else:
        record = rule("CHASED-ANSWER", clock.today())
        until = day_text(one.open_until) if one.open_until else ""
        today = _("等到 %(day)s，再不答复就可以投诉") % {"day": until} if until else _("换一个渠道找银行")
    done = _("催办函 %(day)s") % {"day": day_text(one.chased_on)} if one.chased_on else _("还没催")
    return LateLine(one, done, today, _source(record), _address(own, one.case))


def _source(record: Record) -> str:
    return _("%(source)s · %(grade)s") % {"source": record.source, "grade": record.grade}


urls = [path("sla", sla, name="desk-sla")]
