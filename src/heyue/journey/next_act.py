"""The one thing a borrower should do now, over all stages: the most urgent first, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from django.utils.translation import gettext as _

from heyue import clock
from heyue.agreement import reads as agreements
from heyue.agreement.states import State as AgreementState
from heyue.application import reads as applications
from heyue.application.states import State as ApplicationState
from heyue.deadlines import WaitKind, open_waits
from heyue.dispatch import reads as dispatches
from heyue.dispatch.states import ON_THE_WAY
from heyue.disputes import reads as disputes
from heyue.disputes.models import Dispute
from heyue.disputes.states import OPEN as DISPUTED
from heyue.engine.money import yuan
from heyue.engine.moves import Actor
from heyue.execution import reads as plans
from heyue.execution.states import InstalmentState
from heyue.execution.states import State as PlanState
from heyue.journey.matters import matters
from heyue.journey.outline import Matter, Outline, outline
from heyue.negotiation import reads as negotiations
from heyue.negotiation.states import TALKING, State

SOON_DAYS = 7


class Kind(StrEnum):
    """What is to be done; the face knows on which page."""

    LATE = "late"
    SIGN = "sign"
    OFFER = "offer"
    CALL = "call"
    SUPPLY = "supply"
    QUESTION = "question"
    DISPUTE = "dispute"
    PAY = "pay"
    GO_ON = "go-on"
    AGAIN = "again"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class NextAct:
    """One act: its kind and subject, the finding as a heading, the reason, the button, the last day."""

    kind: Kind
    subject_id: UUID
    heading: str
    why: str
    label: str
    due_on: date | None = None


def next_act(actor: Actor, under_way: Outline | None = None) -> NextAct | None:
    """Return the first thing to do, or None when everything waits for others (or nothing has begun)."""
    return next(_acts(actor, under_way or outline(actor)), None)


def _acts(actor: Actor, under_way: Outline) -> Iterator[NextAct]:
    """Yield acts in the order of urgency; none is looked up of which the outline says that there is none, or when an
    earlier one is found.
    """
    has = under_way.has
    is_paying = bool(under_way.banks(Matter.PLAN, but=frozenset({PlanState.COMPLETED})))
    if is_paying:
        yield from _late(actor)
    if has(Matter.AGREEMENT, AgreementState.AWAITING_BORROWER):
        yield from _to_sign(actor)
    if has(Matter.NEGOTIATION, *TALKING):
        yield from _to_decide(actor)
    if has(Matter.DISPUTE, *DISPUTED):
        yield from _to_explain(actor)
    if has(Matter.APPLICATION, ApplicationState.RETURNED):
        yield from _to_supply(actor)
    if has(Matter.NEGOTIATION, State.OVERDUE):
        yield from _to_call(actor)
    if has(Matter.DISPATCH, *ON_THE_WAY):
        yield from _to_reach(actor)
    if is_paying:
        yield from _to_pay(actor)
    if has(Matter.APPLICATION):
        yield from _unfinished(actor)


def _late(actor: Actor) -> Iterator[NextAct]:
    late = plans.upcoming(actor).filter(state=InstalmentState.LATE.value)
    for row in late[:1]:
        count = late.filter(plan_id=row.plan_id).count()
        said = _("%(bank)s第 %(period)s 期还没收到") if count == 1 else _("%(bank)s有 %(n)s 期还没收到")
        yield NextAct(
            Kind.LATE,
            row.plan_id,
            said % {"bank": row.plan.bank.name, "period": row.period, "n": count},
            _("%(which)s应还 ¥%(amount)s。还不上，越早和银行说，越有办法。")
            % {"which": _("最早的一期") if count > 1 else "", "amount": yuan(row.amount_fen)},
            _("看看怎么办"),
            row.due_on,
        )


def _to_sign(actor: Actor) -> Iterator[NextAct]:
    for row in agreements.visible(actor).filter(state=AgreementState.AWAITING_BORROWER.value)[:1]:
        yield NextAct(
            Kind.SIGN,
            row.pk,
            _("和%(bank)s的协议写好了，等你签") % {"bank": row.bank.name},
            _("签完银行就停止催收。不着急，先看清楚。"),
            _("看协议"),
            row.sign_by,
        )


def _to_decide(actor: Actor) -> Iterator[NextAct]:
    open_talks = negotiations.visible(actor)
    for row in open_talks.filter(state=State.OFFERED.value)[:1]:
        yield NextAct(
            Kind.OFFER,
            row.pk,
            _("%(bank)s还价了，等你拿主意") % {"bank": row.bank.name},
            _("它的条件和你能拿出的，已经并排算好了。"),
            _("看看这个还价"),
            row.offer.valid_until if row.offer else None,
        )
    for row in open_talks.filter(state=State.OFFER_EXPIRED.value)[:1]:
        waits = open_waits([row.pk]).get(row.pk, [])
        yield NextAct(
            Kind.OFFER,
            row.pk,
            _("%(bank)s的条件过期了") % {"bank": row.bank.name},
            _("可以提一个你付得起的条件，请它再答复。"),
            _("提一个条件"),
            next((wait.due_on for wait in waits if wait.kind == WaitKind.ASK_AGAIN), None),
        )
    unanswered = open_talks.filter(questions__wants_answer=True, questions__answered_at__isnull=True)
    for row in unanswered.filter(state__in=[s.value for s in TALKING]).distinct()[:1]:
        yield NextAct(
            Kind.QUESTION,
            row.application_id,
            _("%(bank)s有一个问题想问你") % {"bank": row.bank.name},
            _("答了，它才好往下办。"),
            _("去回答"),
        )


def _to_explain(actor: Actor) -> Iterator[NextAct]:
    for row in disputes.asks_borrower(actor)[:1]:
        ours = row.against == Dispute.Against.PLATFORM
        yield NextAct(
            Kind.DISPUTE,
            row.pk,
            _("你对和约平台提的异议，有一个问题想问你")
            if ours
            else _("你对%(bank)s提的异议，有一个问题想问你") % {"bank": row.bank.name},
            _("答了，才好往下查。"),
            _("去回答"),
        )


def _to_supply(actor: Actor) -> Iterator[NextAct]:
    for row in applications.visible(actor).filter(state=ApplicationState.RETURNED.value)[:1]:
        waits = open_waits([row.pk]).get(row.pk, [])
        yield NextAct(
            Kind.SUPPLY,
            row.pk,
            _("初审请你补一点材料"),
            row.words_back,
            _("去补"),
            waits[0].due_on if waits else None,
        )


def _to_call(actor: Actor) -> Iterator[NextAct]:
    for row in negotiations.visible(actor).filter(state=State.OVERDUE.value)[:1]:
        waits = [w for w in open_waits([row.pk]).get(row.pk, []) if w.kind == WaitKind.CHASED_ANSWER]
        yield NextAct(
            Kind.CALL,
            row.pk,
            _("%(bank)s过了日子还没答复，可以打电话催它") % {"bank": row.bank.name},
            _("它只能打电话找。电话里说什么，都写好了。")
            if row.dispatch.is_by_telephone
            else _("催办函已经发了。电话里说什么，都写好了。"),
            _("打电话，照着说"),
            waits[0].due_on if waits else None,
        )


def _to_reach(actor: Actor) -> Iterator[NextAct]:
    """Yield the first bank that has no way but the telephone and has not said that it has the application."""
    for row in dispatches.by_telephone(actor)[:1]:
        yield NextAct(
            Kind.CALL,
            row.pk,
            _("%(bank)s只能打电话找，申请表写好了") % {"bank": row.bank.name},
            _("打过去问交到哪里，记下工号。它说收到了，答复的日子就从那天算。"),
            _("打电话，照着说"),
        )


def _to_pay(actor: Actor) -> Iterator[NextAct]:
    for row in plans.upcoming(actor)[:1]:
        if (row.due_on - clock.today()).days <= SOON_DAYS:
            yield NextAct(
                Kind.PAY,
                row.plan_id,
                _("下一笔：%(bank)s ¥%(amount)s") % {"bank": row.plan.bank.name, "amount": yuan(row.amount_fen)},
                _("在银行还，和约不经手钱。怎么还写在里面。"),
                _("看怎么还"),
                row.due_on,
            )


def _unfinished(actor: Actor) -> Iterator[NextAct]:
    newest = applications.latest(actor)
    if newest is None:
        return
    if newest.state == ApplicationState.DRAFT:
        yield NextAct(
            Kind.GO_ON,
            newest.pk,
            _("申请填到一半，接着填"),
            _("你填的都在，换个手机也在。"),
            _("接着填"),
        )
    if newest.state == ApplicationState.SUBMITTED:
        yield NextAct(
            Kind.WAIT,
            newest.pk,
            _("申请交上去了，初审正在看"),
            _("你不用做什么，有消息会告诉你。"),
            _("看到哪一步了"),
        )
    if newest.state == ApplicationState.APPEALED:
        yield NextAct(
            Kind.WAIT,
            newest.pk,
            _("申诉交上去了，另一位初审员正在看"),
            _("你不用做什么，有结果会告诉你。"),
            _("看到哪一步了"),
        )
    if newest.state == ApplicationState.PASSED and _is_talked_about(actor, newest.pk):
        yield NextAct(
            Kind.WAIT,
            newest.pk,
            _("正在和银行谈，眼下不用你做什么"),
            _("轮到你的时候，这里会写明做什么、最晚哪天。"),
            _("看到哪一步了"),
        )
    if newest.state == ApplicationState.REJECTED:
        yield NextAct(
            Kind.AGAIN, newest.pk, _("上次没有通过初审，改好可以再交"), newest.words_back, _("用上次填的再申请")
        )


def _is_talked_about(actor: Actor, application_id: UUID) -> bool:
    """Whether some bank's answer or signature is still to come; before the forms are made, all are."""
    found = matters(actor, application_id)
    return not found or any(not one.settled for one in found)
