"""Where a review, a form, a negotiation or an agreement stands, in a few words as staff are told."""

from __future__ import annotations

from django.utils.translation import gettext as _

from heyue.agreement.models import Agreement
from heyue.agreement.states import State as AgreementState
from heyue.dispatch.models import Dispatch
from heyue.dispatch.states import State as DispatchState
from heyue.disputes.models import Dispute
from heyue.disputes.states import State as DisputeState
from heyue.engine.refusal import words
from heyue.execution.models import Plan
from heyue.execution.states import State as PlanState
from heyue.negotiation.models import Negotiation
from heyue.negotiation.states import State
from heyue.review.models import Appeal, Review
from heyue.review.states import AppealState
from heyue.review.states import State as ReviewState

REVIEW = {
    ReviewState.WAITING: words("等初审"),
    ReviewState.IN_HAND: words("在看"),
    ReviewState.MORE_ASKED: words("等持卡人补充"),
    ReviewState.PASSED: words("已通过"),
    ReviewState.REJECTED: words("已退回"),
    ReviewState.DROPPED: words("持卡人撤回了"),
}
APPEAL = {
    AppealState.WAITING: words("等人接手"),
    AppealState.IN_HAND: words("在看"),
    AppealState.UPHELD: words("维持退回"),
    AppealState.MORE_ASKED: words("改为请补材料"),
    AppealState.PASSED: words("改为通过"),
    AppealState.DROPPED: words("持卡人撤回了"),
}
DISPUTE = {
    DisputeState.WAITING: words("等人接手"),
    DisputeState.IN_HAND: words("在查"),
    DisputeState.UPHELD: words("成立"),
    DisputeState.PARTLY_UPHELD: words("部分成立"),
    DisputeState.NOT_UPHELD: words("不成立"),
    DisputeState.WITHDRAWN: words("持卡人撤回了"),
}
DISPATCH = {
    DispatchState.QUEUED: words("申请表在排版"),
    DispatchState.READY: words("在送银行"),
    DispatchState.SENT: words("等回执"),
    DispatchState.UNRECEIVED: words("没有回执"),
    DispatchState.RECEIVED: words("银行收到了"),
    DispatchState.STOPPED: words("不再送了"),
}
TALK = {
    State.AWAITING_FIRST_ANSWER: words("等首次答复"),
    State.OVERDUE: words("超期，已催办"),
    State.OFFERED: words("等持卡人拿主意"),
    State.COUNTERED: words("持卡人还价了"),
    State.OFFER_EXPIRED: words("条件过期了"),
    State.OFFER_DECLINED: words("持卡人没要这个条件"),
    State.AGREED: words("谈成了"),
    State.REFUSED: words("婉拒了"),
    State.ENDED: words("持卡人结束了"),
    State.LAPSED: words("没再提条件，到期结束"),
    State.CONCLUDED: words("办完了"),
}
AGREEMENT = {
    AgreementState.DRAWING: words("协议在排版"),
    AgreementState.AWAITING_BORROWER: words("等持卡人签字"),
    AgreementState.AWAITING_BANK: words("持卡人签了，等银行系统签字"),
    AgreementState.IN_FORCE: words("两边都签了，已生效"),
    AgreementState.COMPLETED: words("履行完了"),
    AgreementState.LAPSED: words("没有按时签，失效了"),
    AgreementState.CANCELLED: words("持卡人取消了"),
}
PLAN = {
    PlanState.RUNNING: words("按期在还"),
    PlanState.BEHIND: words("有一期没收到"),
    PlanState.COMPLETED: words("全部还清"),
}


def review_words(row: Review) -> str:
    """Say where a review stands."""
    return _(REVIEW[ReviewState(row.state)])


def appeal_words(row: Appeal) -> str:
    """Say where an appeal stands."""
    return _(APPEAL[AppealState(row.state)])


def dispute_words(row: Dispute) -> str:
    """Say where a dispute stands."""
    return _(DISPUTE[DisputeState(row.state)])


def dispatch_words(row: Dispatch) -> str:
    """Say where a form stands on its way."""
    return _(DISPATCH[DispatchState(row.state)])


def talk_words(row: Negotiation) -> str:
    """Say where a negotiation stands."""
    return _(TALK[State(row.state)])


def agreement_words(row: Agreement) -> str:
    """Say where an agreement stands."""
    return _(AGREEMENT[AgreementState(row.state)])


def plan_words(row: Plan) -> str:
    """Say how a plan is kept."""
    return _(PLAN[PlanState(row.state)])


def case_words(
    row: Dispatch, talk: Negotiation | None, agreement: Agreement | None = None, plan: Plan | None = None
) -> str:
    """Say where one bank's case stands, by the latest stage that it has come to."""
    if talk is None:
        return dispatch_words(row)
    if agreement is None or talk.state != State.AGREED:
        return talk_words(talk)
    return plan_words(plan) if plan else agreement_words(agreement)
