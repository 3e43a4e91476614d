"""Messages to and from banks that did not arrive or had no effect, each with why, and another try."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from heyue.banks import reads as banks
from heyue.banks.models import InboundMessage, OutboundMessage
from heyue.dispatch import reads as dispatches
from heyue.engine.moves import Role
from heyue.engine.refusal import words
from heyue.faces.desk.page import act, page, posted
from heyue.faces.sessions import staff_only
from heyue.journey import perform
from heyue.journey.desk_acts import send_again

SHOWN_MAX = 200
KINDS = {
    "application": words("申请"),
    "negotiation.ended": words("协商结束"),
    "offer.accepted": words("持卡人接受了条件"),
    "offer.declined": words("持卡人没有接受条件"),
    "offer.countered": words("持卡人还价"),
    "question.answered": words("持卡人的回答"),
    "answer.chased": words("催办函"),
    "agreement.drawn": words("协议文本"),
    "agreement.signed": words("签字"),
    "instalment.warned": words("提前说这期还不上"),
    "agreement.lapsed": words("协议没有按时签，失效了"),
    "agreement.completed": words("履行完毕"),
    "dispute.asked": words("就异议问银行"),
    "dispute.closed": words("异议的结论"),
    "application.received": words("回执"),
    "standstill.answered": words("暂停催收的答复"),
    "officer.assigned": words("指派专员"),
    "question.asked": words("银行的问题"),
    "offer.made": words("银行的条件"),
    "application.accepted": words("银行同意"),
    "application.refused": words("银行不同意"),
    "counter.accepted": words("接受还价"),
    "counter.refused": words("不接受还价"),
    "collection.stopped": words("停止催收"),
    "payment.posted": words("入账"),
    "dispute.answered": words("银行对异议的回答"),
}
STANDING = {
    OutboundMessage.State.WAITING: words("还在试"),
    OutboundMessage.State.DEAD: words("试了72小时，停了"),
    OutboundMessage.State.REFUSED: words("银行拒收"),
}
JUDGED = {
    InboundMessage.State.WAITING: words("等前一条，或者还没处理"),
    InboundMessage.State.REFUSED: words("没有采用"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One message: what, from or to whom, where it stands and why; ``again`` leads to another try."""

    id: UUID
    bank: str
    number: str
    kind: str
    sequence: int
    standing: str
    why: str
    at: Any
    tries: int
    again: bool = False


@staff_only(Role.REVIEWER, Role.OPERATOR)
def messages(request: HttpRequest) -> HttpResponse:
    """List what is stuck, in both directions."""
    out = list(banks.stuck_messages(request.actor)[:SHOWN_MAX])
    come = list(banks.troubled_inbound(request.actor)[:SHOWN_MAX])
    cases = {message.negotiation_id for message in (*out, *come)}
    numbers: dict[UUID | None, str] = dict(
        dispatches.visible(request.actor).filter(pk__in=cases).values_list("pk", "number")
    )
    context = {
        "outbound": [_out(m, numbers.get(m.negotiation_id, "")) for m in out],
        "inbound": [_in(m, numbers.get(m.negotiation_id, "")) for m in come],
    }
    return page(request, "messages.html", context)


@staff_only(Role.REVIEWER, Role.OPERATOR)
@posted("/desk/messages")
def again(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """Have one message tried again."""
    return act(
        request,
        "/desk/messages",
        lambda: perform(request.actor, send_again, message_id=message_id),
        _("放回去了，马上再发一次。"),
    )


def _out(message: OutboundMessage, number: str) -> Line:
    state = OutboundMessage.State(message.delivery)
    return Line(
        id=message.pk,
        bank=message.bank.name,
        number=number,
        kind=_kind(message.kind),
        sequence=message.sequence,
        standing=_(STANDING[state]),
        why=_problem(message.answer) or message.last_error,
        at=message.queued_at,
        tries=message.tries,
        again=state in (OutboundMessage.State.DEAD, OutboundMessage.State.REFUSED),
    )


def _in(message: InboundMessage, number: str) -> Line:
    return Line(
        id=message.pk,
        bank=message.bank.name,
        number=number,
        kind=_kind(message.kind),
        sequence=message.sequence,
        standing=_(JUDGED[InboundMessage.State(message.judgement)]),
        why=_problem(message.problem) or message.last_error,
        at=message.stored_at,
        tries=message.tries,
    )


def _kind(name: str) -> str:
    return _(KINDS[name]) if name in KINDS else name


def _problem(problem: dict[str, Any] | None) -> str:
    """Return the sentence of an RFC 9457 problem, with the places that it names."""
    if not problem:
        return ""
    places = [e.get("pointer", "") if isinstance(e, dict) else str(e) for e in problem.get("errors") or []]
    parts = [str(problem.get("title") or problem.get("type") or ""), str(problem.get("detail") or ""), *places]
    return " ".join(dict.fromkeys(part for part in parts if part))


urls = [
    path("messages", messages, name="desk-messages"),
    path("messages/<uuid:message_id>/again", again),
]
