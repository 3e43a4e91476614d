"""The kinds of notice and their words. ``%(bank)s`` and the like are filled from the notice's params."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from heyue.engine.refusal import words


class NoticeKind(StrEnum):
    """What somebody is told."""

    REVIEW_PASSED = "review-passed"
    MORE_ASKED = "more-asked"
    REVIEW_REJECTED = "review-rejected"
    APPEAL_PASSED = "appeal-passed"
    APPEAL_MORE_ASKED = "appeal-more-asked"
    APPEAL_UPHELD = "appeal-upheld"
    BANK_RECEIVED = "bank-received"
    NO_RECEIPT = "no-receipt"
    OFFER_MADE = "offer-made"
    BANK_ACCEPTED = "bank-accepted"
    BANK_REFUSED = "bank-refused"
    BANK_ASKS = "bank-asks"
    BANK_WROTE = "bank-wrote"
    COUNTER_REFUSED = "counter-refused"
    WHAT_TO_DO_NOW = "what-to-do-now"
    COMPLAIN_NOW = "complain-now"
    PROMISE_BROKEN = "promise-broken"
    OFFER_EXPIRED = "offer-expired"
    TALK_LAPSED = "talk-lapsed"
    SIGN_NOW = "sign-now"
    AGREEMENT_IN_FORCE = "agreement-in-force"
    AGREEMENT_LAPSED = "agreement-lapsed"
    BANK_SIGNS_LATE = "bank-signs-late"
    COLLECTION_STOPPED = "collection-stopped"
    INSTALMENT_COMES = "instalment-comes"
    INSTALMENT_LATE = "instalment-late"
    PAYMENT_MATCHED = "payment-matched"
    PAYMENT_UNMATCHED = "payment-unmatched"
    PLAN_COMPLETED = "plan-completed"
    DISPUTE_ASKED = "dispute-asked"
    DISPUTE_DECIDED = "dispute-decided"
    HELPER_ANSWERED = "helper-answered"
    HELPER_FILLED = "helper-filled"


WORDS: dict[NoticeKind, str] = {
    NoticeKind.REVIEW_PASSED: words("初审通过了，正在把申请送到各家银行"),
    NoticeKind.MORE_ASKED: words("初审请你补一点材料"),
    NoticeKind.REVIEW_REJECTED: words("这次申请没有通过初审，原因写在里面，改好可以再交"),
    NoticeKind.APPEAL_PASSED: words("你的申诉有道理，初审改为通过，正在把申请送到各家银行"),
    NoticeKind.APPEAL_MORE_ASKED: words("你的申诉看过了，请你补一点材料，补好就接着办"),
    NoticeKind.APPEAL_UPHELD: words("你的申诉看过了，决定没有变，理由和还能走的路写在里面"),
    NoticeKind.BANK_RECEIVED: words("%(bank)s收到了申请，最晚 %(due)s 答复"),
    NoticeKind.NO_RECEIPT: words("%(bank)s还没确认收到申请，我们换个方式找它"),
    NoticeKind.OFFER_MADE: words("%(bank)s还价了，等你拿主意"),
    NoticeKind.BANK_ACCEPTED: words("%(bank)s同意了你的方案"),
    NoticeKind.BANK_REFUSED: words("%(bank)s没有同意，看看它的理由和你还能做什么"),
    NoticeKind.BANK_ASKS: words("%(bank)s有一个问题想问你"),
    NoticeKind.BANK_WROTE: words("%(bank)s给你留了言"),
    NoticeKind.COUNTER_REFUSED: words("%(bank)s没有接受你的还价"),
    NoticeKind.WHAT_TO_DO_NOW: words("%(bank)s过了答复的日子，现在可以打电话催它"),
    NoticeKind.COMPLAIN_NOW: words("催过以后%(bank)s还是没有答复，可以投诉了"),
    NoticeKind.PROMISE_BROKEN: words("%(bank)s在电话里答应的日子过了，还没有消息，可以再打一次"),
    NoticeKind.OFFER_EXPIRED: words("%(bank)s的条件过期了，最晚 %(due)s 再提一个，过了就结束这次协商"),
    NoticeKind.TALK_LAPSED: words("和%(bank)s的这次协商结束了，可以用今天的欠款再申请"),
    NoticeKind.SIGN_NOW: words("和%(bank)s的协议写好了，等你签"),
    NoticeKind.AGREEMENT_IN_FORCE: words("和%(bank)s的协议生效了"),
    NoticeKind.AGREEMENT_LAPSED: words("和%(bank)s的协议没有按时签，条件失效了"),
    NoticeKind.BANK_SIGNS_LATE: words("%(bank)s还没有签协议，我们在催"),
    NoticeKind.COLLECTION_STOPPED: words("%(bank)s停止催收了"),
    NoticeKind.INSTALMENT_COMES: words("%(bank)s第 %(period)s 期 ¥%(amount)s，%(due)s 到期"),
    NoticeKind.INSTALMENT_LATE: words("%(bank)s这一期还没收到，越早说越有办法"),
    NoticeKind.PAYMENT_MATCHED: words("%(bank)s收到了你的第 %(period)s 期还款"),
    NoticeKind.PAYMENT_UNMATCHED: words("%(bank)s收到一笔 ¥%(amount)s，对不上哪一期，请看一下"),
    NoticeKind.PLAN_COMPLETED: words("%(bank)s的欠款全部还清了"),
    NoticeKind.DISPUTE_ASKED: words("你对%(bank)s提的异议，有一个问题想问你"),
    NoticeKind.DISPUTE_DECIDED: words("你对%(bank)s提的异议有结果了"),
    NoticeKind.HELPER_ANSWERED: words("你的帮手替你回答了银行的问题"),
    NoticeKind.HELPER_FILLED: words("你的帮手帮你填了申请，交以前看一遍"),
}

WITHOUT_BANK: dict[NoticeKind, str] = {
    NoticeKind.DISPUTE_ASKED: words("你对和约平台提的异议，有一个问题想问你"),
    NoticeKind.DISPUTE_DECIDED: words("你对和约平台提的异议有结果了"),
}
"""What a notice says where it names no bank: of a dispute with the platform."""


def words_of(kind: NoticeKind, params: Mapping[str, str]) -> str:
    """Return the words of a notice as a message id."""
    return WORDS[kind] if "bank" in params else WITHOUT_BANK.get(kind, WORDS[kind])


YOUR_TURN = words("【和约】有一件事等你办，登录看看。")
NEWS = words("【和约】有新进展，登录看看。")
BY_TEXT: dict[NoticeKind, str] = {
    NoticeKind.MORE_ASKED: YOUR_TURN,
    NoticeKind.REVIEW_REJECTED: YOUR_TURN,
    NoticeKind.APPEAL_PASSED: NEWS,
    NoticeKind.APPEAL_MORE_ASKED: YOUR_TURN,
    NoticeKind.APPEAL_UPHELD: YOUR_TURN,
    NoticeKind.DISPUTE_ASKED: YOUR_TURN,
    NoticeKind.DISPUTE_DECIDED: NEWS,
    NoticeKind.NO_RECEIPT: NEWS,
    NoticeKind.OFFER_MADE: YOUR_TURN,
    NoticeKind.BANK_ACCEPTED: NEWS,
    NoticeKind.BANK_REFUSED: YOUR_TURN,
    NoticeKind.BANK_ASKS: YOUR_TURN,
    NoticeKind.BANK_WROTE: NEWS,
    NoticeKind.COUNTER_REFUSED: YOUR_TURN,
    NoticeKind.WHAT_TO_DO_NOW: YOUR_TURN,
    NoticeKind.COMPLAIN_NOW: YOUR_TURN,
    NoticeKind.PROMISE_BROKEN: YOUR_TURN,
    NoticeKind.OFFER_EXPIRED: YOUR_TURN,
    NoticeKind.TALK_LAPSED: YOUR_TURN,
    NoticeKind.SIGN_NOW: YOUR_TURN,
    NoticeKind.AGREEMENT_IN_FORCE: NEWS,
    NoticeKind.AGREEMENT_LAPSED: YOUR_TURN,
    NoticeKind.INSTALMENT_LATE: YOUR_TURN,
    NoticeKind.PAYMENT_UNMATCHED: YOUR_TURN,
    NoticeKind.PLAN_COMPLETED: NEWS,
}
"""What also goes out as a text message. It names no bank and no debt: others may read the phone's screen."""
