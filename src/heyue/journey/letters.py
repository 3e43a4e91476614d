"""Ready letters filled from a case: chase the bank, complain, object to a credit record, stop unlawful collection.

Deadlines, articles and numbers come from the dated records, so a letter of today cites what holds today. A stranger
gets the same letters with blanks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from heyue import clock
from heyue.clock.business import SHANGHAI
from heyue.dispatch.models import Dispatch
from heyue.documents.letter import BLANK, Letter
from heyue.engine.money import yuan
from heyue.engine.moves import Actor
from heyue.engine.refusal import words
from heyue.engine.schedule import build
from heyue.identity import reads as people
from heyue.journey.matters import Matter, Phase, matter
from heyue.negotiation import reads as negotiations
from heyue.negotiation.telephone import CALL_RESULTS
from heyue.policy.load import Record, rule

CALLS_MAX = 5
UNANSWERED = (Phase.PREPARING, Phase.ON_THE_WAY, Phase.UNRECEIVED, Phase.AWAITING, Phase.OVERDUE)


class LetterKind(StrEnum):
    """What a letter is for."""

    CHASE = "chase"
    COMPLAINT_TO_BANK = "complaint-to-bank"
    COMPLAINT_TO_REGULATOR = "complaint-to-regulator"
    STOP_COLLECTION = "stop-collection"
    CREDIT_OBJECTION = "credit-objection"


NAMES: dict[LetterKind, str] = {
    LetterKind.CHASE: words("催银行答复"),
    LetterKind.COMPLAINT_TO_BANK: words("向银行投诉"),
    LetterKind.COMPLAINT_TO_REGULATOR: words("向金融监管部门投诉"),
    LetterKind.STOP_COLLECTION: words("要求停止不当催收"),
    LetterKind.CREDIT_OBJECTION: words("对信用记录提出异议"),
}
WHEN: dict[LetterKind, str] = {
    LetterKind.CHASE: words("过了答复的日子还没消息时，寄给银行或当面交"),
    LetterKind.COMPLAINT_TO_BANK: words("催过没用时，交给银行的消费者权益保护部门"),
    LetterKind.COMPLAINT_TO_REGULATOR: words("银行不处理或者处理得不对时，交给当地金融监管局"),
    LetterKind.STOP_COLLECTION: words("半夜打电话、骚扰家人、辱骂恐吓时"),
    LetterKind.CREDIT_OBJECTION: words("信用报告写错了，或者照协议还着仍被报逾期时"),
}


@dataclass(frozen=True, slots=True)
class Case:
    """What a letter says of the case; a blank is filled in by hand."""

    name: str = BLANK
    id_number: str = BLANK
    phone: str = BLANK
    bank: str = f"{BLANK}银行"
    cards: str = BLANK
    number: str = BLANK
    owed: str = BLANK
    base_on: str = BLANK
    sent_on: str = BLANK
    received: str = f"贵行于{BLANK}收到"
    terms: str = BLANK
    answer: str = f"贵行{BLANK}。"
    overdue: bool = True
    calls: tuple[str, ...] = ()
    dated_on: date | None = None


def blank() -> Case:
    """Return a case that is filled in by hand."""
    return Case()


def of_matter(actor: Actor, negotiation_id: UUID) -> Case:
    """Return what is known of one bank's matter, for its borrower alone. Raises ``NotFound``."""
    one = matter(actor, negotiation_id)
    form, own = one.dispatch, people.own(actor)
    plan = build(form.debt.asked_terms)
    return Case(
        name=own.name,
        id_number=own.id_number,
        phone=own.phone,
        bank=one.bank.name,
        cards="、".join(card["last4"] for card in form.debt.structure),
        number=form.number,
        owed=yuan(form.debt.balance_fen),
        base_on=_day(form.application.base_date),
        sent_on=_day(form.sent_at.astimezone(SHANGHAI).date() if form.sent_at else None),
        received=_received(form),
        terms=f"{len(plan.rows)}期、每期{yuan(plan.rows[0].payment_fen)}元",
        answer=_answer(one),
        overdue=one.phase in (Phase.OVERDUE, Phase.UNRECEIVED),
        calls=_calls(actor, one),
        dated_on=clock.today(),
    )


def write(kind: LetterKind, case: Case) -> Letter:
    """Write a letter about a case."""
    title, addressee, paragraphs, asks, enclosed = _WRITERS[kind](case)
    return Letter(
        title=title,
        addressee=addressee,
        paragraphs=paragraphs,
        asks=asks,
        enclosed=enclosed,
        signs=case.name,
        phone=case.phone,
        dated_on=case.dated_on,
        number="" if case.number == BLANK else case.number,
    )


_Parts = tuple[str, str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]


def _chase(case: Case) -> _Parts:
    days = rule("FIRST-ANSWER", clock.today())
    return (
        "关于尽快答复协商还款申请的函",
        f"{case.bank}信用卡中心",
        (
            _who(case),
            f"我于{case.sent_on}向贵行提交了个性化分期还款的协商申请（编号{case.number}），{case.received}。"
            + (
                f"申请一般在收到后{days.value}个工作日内答复，现在已经过了这个时间，我还没有收到答复。"
                if case.overdue
                else "我想知道现在审到哪一步，还要多久。"
            ),
            f"我请求的方案是{case.terms}。我有还款意愿，也愿意补充材料、配合核实。",
            *_of_calls(case),
        ),
        ("尽快书面答复是否同意协商，不同意的写明理由和依据；", "答复以前暂停催收，并告知经办人和联系方式。"),
        ("协商还款申请表",),
    )


def _complaint_to_bank(case: Case) -> _Parts:
    clear, complex_ = rule("COMPLAINT", clock.today()), rule("COMPLAINT-COMPLEX", clock.today())
    return (
        "投诉信",
        f"{case.bank}消费者权益保护部门",
        (
            _who(case),
            f"我于{case.sent_on}提交了协商还款申请（编号{case.number}），{case.received}。{case.answer}",
            f"{_cited(rule('CC-70-1', clock.today()))}规定，{rule('CC-70-1', clock.today()).title}。"
            f"我欠款{case.owed}元（{case.base_on}的数），超出我的还款能力，我仍愿意还款，请求的方案是{case.terms}。",
            *_of_calls(case),
        ),
        (
            "就我的协商申请作出书面答复，不同意的写明理由和依据；",
            f"按{clear.source}，事实清楚的在{clear.value}日内作出处理决定，情况复杂的最长不超过{complex_.value}日；",
            "处理期间暂停催收。",
        ),
        ("协商还款申请表", "通话记录（如有）"),
    )


def _complaint_to_regulator(case: Case) -> _Parts:
    clear = rule("COMPLAINT", clock.today())
    return (
        "金融消费投诉书",
        f"国家金融监督管理总局{BLANK}监管局",
        (
            _who(case) + f"被投诉人：{case.bank}。",
            f"我于{case.sent_on}向{case.bank}提交了协商还款申请（编号{case.number}），"
            + f"{case.received}。{case.answer}".replace("贵行", "该行"),
            f"我于{BLANK}向该行投诉（投诉编号{BLANK}），该行{BLANK}。按{clear.source}，"
            f"事实清楚的投诉应当在{clear.value}日内作出处理决定。",
            *_of_calls(case),
        ),
        (
            f"依法督促{case.bank}处理我的投诉并书面答复；",
            "如有违规，依法查处；",
            "愿意接受金融消费纠纷调解。",
        ),
        ("协商还款申请表", "向银行投诉的凭证", "通话记录（如有）"),
    )


def _stop_collection(case: Case) -> _Parts:
    conduct, time = rule("CC-68-CONDUCT", clock.today()), rule("COLLECT-TIME", clock.today())
    kept = rule("CC-68", clock.today())
    return (
        "要求停止不当催收的函",
        f"{case.bank}信用卡中心",
        (
            _who(case),
            f"贵行或者贵行委托的机构，在{BLANK}（日期、时间）用{BLANK}（号码）联系了{BLANK}（谁），说了{BLANK}。",
            f"{_cited(conduct)}规定，{conduct.title}。"
            f"{time.value['quiet_from']}到次日{time.value['quiet_until']}之间也不应当催收（{time.source}）。",
        ),
        (
            "立即停止上述行为，只和我本人联系；",
            f"保存这些通话的录音（{_cited(kept)}：至少保存{kept.value}年），并告知处理结果。",
        ),
        ("通话记录、短信截图（如有）",),
    )


def _credit_objection(case: Case) -> _Parts:
    credit = rule("CREDIT", clock.today())
    return (
        "征信异议申请",
        f"{case.bank}信用卡中心",
        (
            _who(case),
            f"我在{BLANK}查询的信用报告里，贵行报送的信用卡（尾号{case.cards}）写着“{BLANK}”，和事实不符。"
            f"事实是：{BLANK}。",
        ),
        (
            f"按{credit.source}{credit.article}，在{credit.value['objection_days']}日内核查、处理，并书面答复；",
            "确有错误、遗漏的，向征信机构更正。",
        ),
        ("信用报告", "还款协议和还款凭证（如有）", "身份证复印件"),
    )


_WRITERS: dict[LetterKind, Callable[[Case], _Parts]] = {
    LetterKind.CHASE: _chase,
    LetterKind.COMPLAINT_TO_BANK: _complaint_to_bank,
    LetterKind.COMPLAINT_TO_REGULATOR: _complaint_to_regulator,
    LetterKind.STOP_COLLECTION: _stop_collection,
    LetterKind.CREDIT_OBJECTION: _credit_objection,
}


def _who(case: Case) -> str:
    return (
        f"我是{case.bank}信用卡持卡人{case.name}，身份证号{case.id_number}，卡号尾号{case.cards}，"
        f"联系电话{case.phone}。"
    )


def _answer(one: Matter) -> str:
    if one.talk and one.talk.refusal:
        said = str(one.talk.refusal.get("text", "")).rstrip("。")
        return f"贵行答复不同意，理由是：{said or BLANK}。我对这个答复有异议。"
    return "贵行至今没有答复。" if one.phase in UNANSWERED else f"贵行的答复是：{BLANK}。我对这个答复有异议。"


def _received(form: Dispatch) -> str:
    if not form.received_on:
        return "我还没有收到贵行的回执"
    how = "在电话里说已经收到" if form.receipt_ground else "收到"
    return f"贵行于{_day(form.received_on)}{how}"


def _of_calls(case: Case) -> tuple[str, ...]:
    return ("我打过的电话：" + "；".join(case.calls) + "。",) if case.calls else ()


def _calls(actor: Actor, one: Matter) -> tuple[str, ...]:
    """Tell the newest calls in one line each: when, whom, what came of it."""
    found = negotiations.calls(actor, one.id)[:CALLS_MAX]
    return tuple(
        f"{_day(c.row.called_at.astimezone(SHANGHAI).date())}"
        + (f"，工号{c.staff}" if c.staff else "")
        + f"，{CALL_RESULTS.get(c.row.result, CALL_RESULTS['other'])}"
        for c in found
    )


def _cited(record: Record) -> str:
    return f"{record.source}{'' if record.article in ('无', '条号待核', '全文') else record.article}"


def _day(on: date | None) -> str:
    return f"{on.year}年{on.month}月{on.day}日" if on else BLANK
