"""One bank's matter told to the borrower: what happened, who must act by when, and the one thing to do."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from heyue import clock
from heyue.agreement import reads as agreements
from heyue.agreement.models import Signature
from heyue.banks.models import Bank
from heyue.clock.business import SHANGHAI
from heyue.disputes import reads as disputes
from heyue.disputes.models import Dispute
from heyue.engine.moves import Actor
from heyue.engine.schedule import build
from heyue.execution import reads as plans
from heyue.faces.borrower.answer import Asking, papers_for
from heyue.faces.borrower.progress_by_telephone import by_telephone, end_link, reached, told_by_telephone
from heyue.faces.borrower.progress_parts import Link, Step, Told
from heyue.faces.borrower.ways import after_refusal, complaint_path
from heyue.faces.shown import day_text, yuan_text
from heyue.identity import reads as people
from heyue.identity.models import Consent
from heyue.journey.days_said import is_chinese
from heyue.journey.matters import Matter, Phase
from heyue.negotiation import reads as negotiations
from heyue.negotiation.actions import GROUNDS
from heyue.negotiation.models import Offer
from heyue.negotiation.reads import Asked
from heyue.policy.load import rule

COUNTS = ("", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十")


@dataclass(frozen=True, slots=True)
class BankStory:
    """Everything that the page shows of one bank."""

    id: str
    bank: Bank
    told: Told
    steps: tuple[Step, ...]
    due_on: date | None
    provisional: bool
    questions: tuple[Asked, ...]
    number: str
    settled: bool
    disputes: tuple[Link, ...] = ()
    asks: tuple[Asking, ...] = ()
    """The bank's questions that wait for an answer, while it can be given."""
    first: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said with all banks of one application, read at once: the page's queries do not grow with the banks."""

    offers: Mapping[UUID, Sequence[Offer]]
    asked: Mapping[UUID, Sequence[Asked]]
    signatures: Mapping[UUID, Sequence[Signature]]
    disputed: Mapping[UUID, Sequence[Dispute]]
    health_banks: Container[UUID] = frozenset()
    """Banks that may see papers about health."""


def heard(actor: Actor, borrower_id: UUID, found: Sequence[Matter]) -> Heard:
    """Read what was offered, asked and signed in these matters of one borrower."""
    ids = [one.id for one in found]
    return Heard(
        negotiations.offers_of(actor, ids),
        negotiations.questions_of(actor, borrower_id, ids),
        agreements.signatures_of(actor, [one.agreement.pk for one in found if one.agreement]),
        disputes.of_matters(actor, ids),
        people.standing_consents(actor, Consent.Purpose.HEALTH.value),
    )


def tell(said: Heard, matter: Matter) -> BankStory:
    """Tell one bank's matter."""
    told = PHASES[matter.phase](matter)
    asked = tuple(said.asked.get(matter.id, ()))
    steps = (*_so_far(said, matter), *_asked(asked), *told.steps, *_promised(matter))
    talking = bool(matter.talk and negotiations.is_talking(matter.talk))
    if talking and not told.act and any(one.row.is_open for one in asked):
        told = replace(told, group=_("有话问你"), alone=_("%(bank)s有一个问题想问你"), urgency=1)
    wait = matter.wait
    return BankStory(
        id=str(matter.id),
        bank=matter.bank,
        told=told,
        steps=steps,
        due_on=wait.due_on if wait and not told.badge else None,
        provisional=bool(wait and wait.provisional),
        questions=asked if talking else (),
        asks=tuple(_asking(said, matter, one) for one in asked if talking and one.row.is_open),
        number=matter.dispatch.number,
        settled=matter.settled,
        disputes=_disputed(said.disputed.get(matter.id, ())),
    )


def in_order(stories: Sequence[BankStory]) -> list[BankStory]:
    """Put what waits for the borrower first; the first that has an act has the page's one primary button."""
    ordered = sorted(stories, key=lambda story: story.told.urgency)
    acting = next((s.id for s in ordered if s.told.act), None)
    return [replace(story, first=story.id == acting) for story in ordered]


def finding(stories: Sequence[BankStory]) -> str:
    """Say in one line how it stands: 一家同意，一家还价，一家在等."""
    if len(stories) == 1:
        return stories[0].told.alone % {"bank": stories[0].bank.name}
    groups: dict[str, int] = {}
    for story in sorted(stories, key=lambda s: (not s.told.good, s.told.urgency)):
        groups[story.told.group] = groups.get(story.told.group, 0) + 1
    if len(groups) == 1:
        return _("%(count)s家都%(what)s") % {"count": _counted(len(stories)), "what": next(iter(groups))}
    said = [_("%(count)s家%(what)s") % {"count": _counted(n), "what": what} for what, n in groups.items()]
    return _("，").join(said)


def monthly(terms: dict[str, Any]) -> str:
    """Say terms in one phrase: 24期，每月 ¥1,414.63."""
    schedule = build(terms)
    plan = schedule.plan
    said = _("%(periods)s期，每月 %(sum)s") % {
        "periods": plan.periods,
        "sum": yuan_text(schedule.rows[0].payment_fen),
    }
    if plan.down_payment_fen:
        said += _("，先付 %(sum)s") % {"sum": yuan_text(plan.down_payment_fen)}
    return said


def _counted(number: int) -> str:
    return COUNTS[number] if is_chinese() and number < len(COUNTS) else str(number)


# ── what has happened ──────────────────────────────────────────────────────────────────────────────────


def _so_far(said: Heard, matter: Matter) -> Iterator[Step]:
    form, talk = matter.dispatch, matter.talk
    if form.sent_at and not form.received_on:
        yield Step(_("申请送到了它的系统"), _day(form.sent_at))
    if form.received_on:
        yield _received(matter)
    if talk is None:
        return
    if talk.officer_name:
        yield Step(_("专员%(name)s在办") % {"name": talk.officer_name}, None, _number(talk.officer_number))
    offers = said.offers.get(matter.id, ())
    if talk.chased_on and not offers:
        chased = _("过了答复的日子") if form.is_by_telephone else _("过了答复的日子，我们发了催办函")
        yield Step(chased, talk.chased_on)
    for offer in offers:
        yield from _put(offer, form.debt.asked_hash)
    if talk.refusal:
        ground = _(GROUNDS.get(talk.refusal["ground"], ""))
        yield Step(_("没有同意：%(ground)s") % {"ground": ground}, _day(talk.state_since), talk.refusal["text"])
    yield from _agreed(said, matter)


def _received(matter: Matter) -> Step:
    form = matter.dispatch
    if form.receipt_ground:
        return Step(_("它在电话里说收到了申请"), form.received_on, _("这是你记下的，它没有签回执。"))
    return Step(_("收到申请"), form.received_on, _pause(matter))


def _put(offer: Offer, asked_hash: str) -> Iterator[Step]:
    terms = {"terms": monthly(offer.terms)}
    if offer.by == Offer.By.BORROWER:
        yield Step(_("你还价：%(terms)s") % terms, _day(offer.made_at))
        if offer.fate == Offer.Fate.REFUSED:
            yield Step(_("它没有接受你的还价"), None, offer.answer)
    elif offer.hash == asked_hash:
        yield Step(_("同意：%(terms)s") % terms, _day(offer.made_at), _waived(offer))
    else:
        yield Step(_("还价：%(terms)s") % terms, _day(offer.made_at), offer.note)
    if offer.fate == Offer.Fate.DECLINED:
        yield Step(_("你没要这个条件"), None, offer.answer)


def _agreed(said: Heard, matter: Matter) -> Iterator[Step]:
    if matter.agreement is None:
        return
    for signature in said.signatures.get(matter.agreement.pk, ()):
        mine = signature.side == signature.Side.BORROWER
        yield Step(_("你签了协议") if mine else _("银行签了协议，协议生效"), _day(signature.signed_at))
    if matter.agreement.collection_stopped_on:
        yield Step(_("停止催收"), matter.agreement.collection_stopped_on)


def _promised(matter: Matter) -> Iterator[Step]:
    if matter.promised:
        small = _("到日子还没有消息，我们提醒你再打。")
        yield Step(_("它在电话里答应答复"), small=small, mark="wait", due_on=matter.promised.due_on)


def _asking(said: Heard, matter: Matter, one: Asked) -> Asking:
    given = matter.bank.pk in said.health_banks
    return Asking(one.row, one.question, papers_for(one.row, matter.dispatch, health_given=given))


def _asked(questions: Sequence[Asked]) -> Iterator[Step]:
    for asked in questions:
        if not asked.row.wants_answer:
            yield Step(_("它留言：%(words)s") % {"words": asked.question}, _day(asked.row.asked_at))
        elif asked.row.answered_at:
            small = _("你答：%(answer)s") % {"answer": asked.answer}
            yield Step(_("它问：%(question)s") % {"question": asked.question}, _day(asked.row.asked_at), small)
        else:
            yield Step(_("它问：%(question)s") % {"question": asked.question}, _day(asked.row.asked_at), mark="here")


def _disputed(rows: Sequence[Dispute]) -> tuple[Link, ...]:
    said = {
        Dispute.Against.BANK.value: _("异议：%(what)s · %(standing)s"),
        Dispute.Against.PLATFORM.value: _("对和约平台的异议：%(what)s · %(standing)s"),
    }
    return tuple(
        Link(
            said[row.against] % {"what": _(disputes.KINDS[row.kind]), "standing": _(disputes.standing(row))},
            f"/disputes/{row.pk}",
        )
        for row in rows
    )


def _pause(matter: Matter) -> str:
    if matter.paused:
        until = matter.dispatch.standstill_until
        return _("先暂停催收，到%(day)s") % {"day": day_text(until)} if until else ""
    if matter.pause_refused:
        return _("没有同意先暂停催收：%(reason)s") % {"reason": matter.dispatch.standstill_reason}
    return "" if matter.settled or matter.agreement else _("请它先暂停催收，还没答")


def _waived(offer: Offer) -> str:
    return _("免 %(sum)s。") % {"sum": yuan_text(offer.waived_fen)} if offer.waived_fen else ""


def _number(staff_number: str) -> str:
    return _("工号 %(number)s") % {"number": staff_number} if staff_number else ""


def _day(at: datetime | None) -> date | None:
    return at.astimezone(SHANGHAI).date() if at else None


# ── what each phase means ──────────────────────────────────────────────────────────────────────────────


def _preparing(m: Matter) -> Told:
    step = Step(_("正在写给它的申请表，写好就送"), small=by_telephone(m), mark="wait")
    return Told(_("在等"), _("申请正在送给%(bank)s"), badge=_("正在送"), steps=(step,), **reached(m))


def _on_the_way(m: Matter) -> Told:
    told = by_telephone(m)
    small = told or _("没有回执，我们换个方式找它，也会告诉你。")
    step = Step(_("等它确认收到"), small=small, mark="here" if told else "wait", due_on=_due(m))
    return Told(_("在等"), _("等%(bank)s确认收到"), steps=(step,), urgency=2 if told else 5, **reached(m))


def _unreceived(m: Matter) -> Told:
    small = by_telephone(m) or _("系统还在接着送，我们也在换个方式找它。你可以打电话问它收到没有。")
    step = Step(_("到了日子，还没确认收到"), small=small, mark="here")
    may = reached(m) or {"may_call": True}
    return Told(_("没回执"), _("%(bank)s还没确认收到"), badge=_("还没回执"), steps=(step,), urgency=3, **may)


def _awaiting(m: Matter) -> Told:
    if m.talk and m.talk.told:
        return told_by_telephone(m, m.talk.told)
    days = rule("FIRST-ANSWER", clock.today()).value
    small = (
        _("银行一般在%(days)s个工作日内答复。到日子还没答复，我们提醒你打电话催，并告诉你怎么办。")
        if m.dispatch.is_by_telephone
        else _("银行一般在%(days)s个工作日内答复。到日子还没答复，我们发催办函，并告诉你怎么办。")
    ) % {"days": days}
    step = Step(_("等它答复"), small=small, mark="wait", due_on=_due(m))
    return Told(_("在等"), _("等%(bank)s答复"), steps=(step,), may_call=True, links=end_link(m))


def _overdue(m: Matter) -> Told:
    complain = bool(m.talk and m.talk.complain_from)
    small = (
        _("催过了，还是没有答复。可以投诉，往下看怎么做。")
        if complain
        else _("现在可以打电话催。再过几个工作日还没答复，就可以投诉。")
    )
    return Told(
        _("过了日子没答复"),
        _("%(bank)s过了日子没答复"),
        badge=_("过了答复的日子"),
        steps=(Step(_("轮到它答复，它还没答"), small=small, mark="here", due_on=_due(m)),),
        act=Link(_("打电话，照着说"), f"/n/{m.id}/call"),
        ways=complaint_path(m.bank),
        ways_heading=_("投诉怎么走") if complain else _("电话打了也没用？先看看投诉怎么走"),
        ways_open=complain,
        links=end_link(m),
        urgency=2,
    )


def _offered(m: Matter) -> Told:
    step = Step(_("轮到你拿主意"), mark="here", due_on=_due(m))
    act = Link(_("看看这个还价"), f"/n/{m.id}/offer")
    return Told(_("还价"), _("%(bank)s还价了"), steps=(step,), act=act, links=end_link(m), urgency=1)


def _countered(m: Matter) -> Told:
    late = bool(m.talk and m.talk.chased_on)
    small = _("过了答复的日子，我们发了催办函。你也可以打电话催。") if late else _("它答复以前，不用你做什么。")
    complain = bool(m.talk and m.talk.complain_from)
    return Told(
        _("在看你的还价"),
        _("等%(bank)s答复你的还价"),
        steps=(Step(_("等它答复你的还价"), small=small, mark="here" if late else "wait", due_on=_due(m)),),
        may_call=True,
        ways=complaint_path(m.bank) if complain else (),
        ways_heading=_("投诉怎么走"),
        links=(Link(_("看看两边的条件"), f"/n/{m.id}/offer"), *end_link(m)),
        urgency=3 if late else 4,
    )


def _offer_expired(m: Matter) -> Told:
    small = _("提一个你付得起的条件，请它再答复。过了日子没有提，这次协商就结束，可以用今天的欠款再申请。")
    return _nothing_up(m, _("条件过期"), _("%(bank)s的条件过期了"), Step(_("它的条件过期了"), small=small), urgency=2)


def _offer_declined(m: Matter) -> Told:
    small = _("它可以再出一个条件，你也可以提一个。过了日子都没有，这次协商就结束，可以用今天的欠款再申请。")
    here = Step(_("等它再出条件，或者你提一个"), small=small)
    return _nothing_up(m, _("没要它的条件"), _("你没要%(bank)s的条件"), here, urgency=3)


def _nothing_up(m: Matter, group: str, alone: str, here: Step, urgency: int) -> Told:
    """No terms lie on the table: she may put some forward until a day, after which the talk ends."""
    return Told(
        group,
        alone,
        badge=group,
        steps=(replace(here, mark="here", due_on=_due(m)),),
        act=Link(_("提一个条件"), f"/n/{m.id}/offer"),
        links=end_link(m),
        may_call=True,
        urgency=urgency,
    )


def _drawing(m: Matter) -> Told:
    step = Step(_("条件谈好了，正在写协议"), small=_("一般几秒钟，写好了请你看。"), mark="wait")
    return Told(_("同意"), _("和%(bank)s谈好了"), badge=_("谈好了"), good=True, steps=(step,), urgency=4)


def _to_sign(m: Matter) -> Told:
    small = _("先看清楚再签，签完它就停止催收。")
    step = Step(_("协议写好了，等你签"), small=small, mark="here", due_on=_due(m))
    act = Link(_("看协议"), f"/agreement/{m.agreement.pk}") if m.agreement else None
    return Told(_("等你签"), _("和%(bank)s的协议等你签"), steps=(step,), act=act, urgency=0)


def _bank_signs(m: Matter) -> Told:
    step = Step(_("等它签字"), small=_("它签了，协议就生效，催收就停。"), mark="wait", due_on=_due(m))
    return Told(_("同意"), _("等%(bank)s签字"), steps=(step,), links=_agreement_link(m), urgency=4)


def _running(m: Matter) -> Told:
    plan = m.plan
    links = (Link(_("看还款计划"), f"/plan/{plan.pk}"),) if plan else ()
    return Told(
        _("在还"), _("%(bank)s在按计划还"), badge=_("按计划在还"), good=True, links=(*links, *_agreement_link(m))
    )


def _behind(m: Matter) -> Told:
    small = _("还了的话，银行报来就会消掉。没还上，越早打电话越有办法。")
    late = plans.late_count(m.plan) if m.plan else 1
    said = _("有一期还没收到") if late == 1 else _("有%(n)s期还没收到") % {"n": late}
    step = Step(said, small=small, mark="here")
    act = Link(_("看看怎么办"), f"/plan/{m.plan.pk}") if m.plan else None
    badge = _("有一期没收到") if late == 1 else _("有%(n)s期没收到") % {"n": late}
    return Told(
        badge,
        _("%(bank)s有一期没收到") if late == 1 else _("%(bank)s有几期没收到"),
        badge=badge,
        steps=(step,),
        act=act,
        urgency=1,
    )


def _completed(m: Matter) -> Told:
    links = (Link(_("看还款计划"), f"/plan/{m.plan.pk}"),) if m.plan else ()
    step = Step(_("全部还清了"), m.plan.completed_on if m.plan else None)
    return Told(
        _("还清了"), _("%(bank)s全部还清了"), badge=_("还清了"), good=True, steps=(step,), links=links, urgency=7
    )


def _refused(m: Matter) -> Told:
    rule_said = (m.talk.refusal or {}).get("rule", "") if m.talk else ""
    step = (Step(_("它说的依据：%(rule)s") % {"rule": rule_said}),) if rule_said else ()
    return Told(
        _("没同意"),
        _("%(bank)s没有同意"),
        badge=_("没有同意"),
        steps=step,
        ways=after_refusal(m.bank),
        ways_heading=_("还可以这样做"),
        ways_open=True,
        declined=True,
        urgency=4,
    )


def _ended(m: Matter) -> Told:
    step = Step(_("你结束了和它的协商"), _day(m.talk.state_since) if m.talk else None)
    return Told(_("你不谈了"), _("和%(bank)s不谈了"), badge=_("已结束"), steps=(step,), links=_again_link(m), urgency=8)


def _lapsed(m: Matter) -> Told:
    small = _("欠款数也旧了。想接着谈，可以用今天的欠款再申请，填过的都还在。")
    on = _day(m.talk.state_since) if m.talk else None
    step = Step(_("到日子没有再提条件，这次协商结束了"), on, small)
    return Told(
        _("到期结束了"),
        _("和%(bank)s的这次协商到期结束了"),
        badge=_("已结束"),
        steps=(step,),
        links=_again_link(m),
        urgency=4,
    )


def _stopped(m: Matter) -> Told:
    return Told(_("你不谈了"), _("没有送给%(bank)s"), badge=_("没有送"), urgency=8)


def _due(m: Matter) -> date | None:
    return m.wait.due_on if m.wait else None


def _again_link(m: Matter) -> tuple[Link, ...]:
    return (Link(_("用今天的欠款再申请"), f"/apply?previous={m.dispatch.application_id}"),)


def _agreement_link(m: Matter) -> tuple[Link, ...]:
    return (Link(_("看协议"), f"/agreement/{m.agreement.pk}"),) if m.agreement else ()


PHASES: dict[Phase, Callable[[Matter], Told]] = {
    Phase.PREPARING: _preparing,
    Phase.ON_THE_WAY: _on_the_way,
    Phase.UNRECEIVED: _unreceived,
    Phase.STOPPED: _stopped,
    Phase.AWAITING: _awaiting,
    Phase.OVERDUE: _overdue,
    Phase.OFFERED: _offered,
    Phase.COUNTERED: _countered,
    Phase.OFFER_EXPIRED: _offer_expired,
    Phase.OFFER_DECLINED: _offer_declined,
    Phase.DRAWING: _drawing,
    Phase.TO_SIGN: _to_sign,
    Phase.BANK_SIGNS: _bank_signs,
    Phase.RUNNING: _running,
    Phase.BEHIND: _behind,
    Phase.COMPLETED: _completed,
    Phase.REFUSED: _refused,
    Phase.ENDED: _ended,
    Phase.LAPSED: _lapsed,
}
