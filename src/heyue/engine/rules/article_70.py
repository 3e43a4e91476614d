"""商业银行信用卡业务监督管理办法 第七十条: the term, the contents and the effects of a personalised agreement."""

from collections.abc import Iterator, Sequence
from typing import Any

from heyue.engine.money import yuan
from heyue.engine.months import months_between
from heyue.engine.rules.agreement import Agreement
from heyue.engine.rules.facts import Household
from heyue.engine.rules.law import Said


def may_negotiate(household: Household, applies: Any) -> Iterator[Said]:
    """The bank may agree where the debt exceeds the ability to pay and the will is there (CC-70-1)."""
    if not applies:
        return
    if household.asked_fen <= household.affordable_fen:
        asked, affordable = yuan(household.asked_fen), yuan(household.affordable_fen)
        yield "warning", f"每月要还的 {asked} 元没有超出能拿出的 {affordable} 元，银行可能认为不符合协商的条件"
    if not household.willing:
        yield "error", "没有还款意愿"


def term_within_limit(agreement: Agreement, limit_months: Any) -> Iterator[Said]:
    """At most five years: the limit in months is the record's value (CC-70-2)."""
    periods = agreement.schedule.plan.periods
    if periods > limit_months:
        yield "error", f"期限 {periods} 期，超过最长的 {limit_months} 个月"
        return
    months = months_between(agreement.signed_on, agreement.schedule.rows[-1].due_on)
    if months > limit_months:
        yield "warning", f"从签订到最后一期有 {months} 个月，超过最长的 {limit_months} 个月"


def states_its_contents(agreement: Agreement, contents: Sequence[str]) -> Iterator[Said]:
    """The six contents that an agreement states at least; the record names them (CC-70-3)."""
    for name in contents:
        for words in _CONTENTS[name](agreement):
            yield "error", words


def stops_collection(agreement: Agreement, applies: Any) -> Iterator[Said]:
    """Collection stops by law once signed; an agreement had better say so (CC-70-4)."""
    if applies and not agreement.collection_stops:
        yield "warning", "没有写明签订后停止催收，法定效力不受影响，写明更清楚"


def keeps_the_recording(agreement: Agreement, until: Any) -> Iterator[Said]:
    """The recording of an oral agreement is kept at least until the debt is settled (CC-70-5)."""
    if until and agreement.oral and not agreement.recording_kept_until_settled:
        yield "error", "口头协议没有写明录音至少保存到欠款结清"


def _balance_structure_currency(agreement: Agreement) -> Iterator[str]:
    if not agreement.structure_fen:
        yield "没有写明欠款的结构"
    elif sum(agreement.structure_fen) != agreement.balance_fen:
        total = yuan(sum(agreement.structure_fen))
        yield f"欠款结构合计 {total} 元，和欠款余额 {yuan(agreement.balance_fen)} 元对不上"
    if agreement.currency is None:
        yield "没有写明币种"


def _cycle_method_currency_dates_amounts(agreement: Agreement) -> Iterator[str]:
    principal_fen = agreement.balance_fen - agreement.waived_fen
    if agreement.schedule.plan.principal_fen != principal_fen:
        stated = yuan(agreement.schedule.plan.principal_fen)
        yield f"分期的本金 {stated} 元，不等于欠款减去减免后的 {yuan(principal_fen)} 元"
    if agreement.schedule_hash is not None and agreement.schedule_hash != agreement.schedule.hash:
        yield "方案哈希和所写的还款计划不一致"


def _charges_during_plan(agreement: Agreement) -> Iterator[str]:
    if agreement.charges_during_plan is None:
        yield "没有写明分期期间是否计收年费、利息和其他费用"


def _no_new_card_promise(agreement: Agreement) -> Iterator[str]:
    if not agreement.no_new_card_promise:
        yield "没有写明还清之前不向任何银行申请信用卡的承诺"


def _rights_duties_breach(agreement: Agreement) -> Iterator[str]:
    if not agreement.rights_duties_breach:
        yield "没有写明双方的权利义务和违约责任"


def _other_matters(agreement: Agreement) -> Iterator[str]:
    if not agreement.other_matters:
        yield "没有写明其他有关事项，没有的也要写无"


_CONTENTS = {
    "balance_structure_currency": _balance_structure_currency,
    "cycle_method_currency_dates_amounts": _cycle_method_currency_dates_amounts,
    "charges_during_plan": _charges_during_plan,
    "no_new_card_promise": _no_new_card_promise,
    "rights_duties_breach": _rights_duties_breach,
    "other_matters": _other_matters,
}

JUDGES = (
    ("CC-70-2", term_within_limit),
    ("CC-70-3", states_its_contents),
    ("CC-70-4", stops_collection),
    ("CC-70-5", keeps_the_recording),
)
