"""An agreement in plain words: the six contents that 第七十条 requires of it, from the same facts as the PDF."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from heyue.agreement.document import AgreementText
from heyue.agreement.models import Agreement
from heyue.documents.plan import PlanRow
from heyue.faces.borrower.clause_words import late_charge_told
from heyue.faces.borrower.offer_told import percent
from heyue.faces.shown import day_text, yuan_text


@dataclass(frozen=True, slots=True)
class Content:
    """One content: its heading, its sentences, its figures."""

    heading: str
    sentences: tuple[str, ...]
    figures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AgreementTold:
    """The agreement's one line, its contents, its rows, where to pay."""

    line: str
    contents: tuple[Content, ...]
    rows: tuple[PlanRow, ...]
    hash: str


def told(row: Agreement, text: AgreementText) -> AgreementTold:
    """Tell an agreement; ``text`` is what its PDF states."""
    plan = text.plan
    line = _("%(periods)s期，每期 %(sum)s，第一期 %(first)s") % {
        "periods": plan.periods,
        "sum": yuan_text(plan.rows[0].payment_fen),
        "first": day_text(plan.first_due_on),
    }
    contents = (_owed(text), _paying(text), _charges(text), _promise(), _breach(text), _other(text))
    return AgreementTold(line, contents, plan.rows, row.schedule_hash)


def _owed(text: AgreementText) -> Content:
    figures = [
        (_("%(product)s 尾号 %(last4)s") % {"product": c.product, "last4": c.last4}, yuan_text(c.total_fen))
        for c in text.debt.cards
    ]
    figures.append((_("合计"), yuan_text(text.debt.balance_fen)))
    if text.plan.waived_fen:
        figures.append((_("减免"), "−" + yuan_text(text.plan.waived_fen)))
    figures.append((_("照协议还的本金"), yuan_text(text.plan.principal_fen)))
    said = _("截至%(on)s的数，币种是%(currency)s。") % {"on": day_text(text.base_on), "currency": text.currency}
    return Content(_("1 欠多少"), (said,), tuple(figures))


def _paying(text: AgreementText) -> Content:
    plan = text.plan
    figures = [(_("期数"), _("%(n)s期，每月一期") % {"n": plan.periods})]
    if plan.down_payment_fen and text.down_payment_due_on:
        figures.append(
            (_("先付（%(on)s前）") % {"on": day_text(text.down_payment_due_on)}, yuan_text(plan.down_payment_fen))
        )
    figures += [
        (_("第一期（%(on)s）") % {"on": day_text(plan.first_due_on)}, yuan_text(plan.rows[0].payment_fen)),
        (_("最后一期（%(on)s）") % {"on": day_text(plan.rows[-1].due_on)}, yuan_text(plan.rows[-1].payment_fen)),
        (_("一共还"), yuan_text(plan.down_payment_fen + plan.total_payment_fen)),
        (_("折合年化"), percent(plan.annualised_simple)),
    ]
    return Content(
        _("2 怎么还"), (_("每月%(day)s日，在银行还：") % {"day": plan.due_day}, *text.where_to_pay), tuple(figures)
    )


def _charges(text: AgreementText) -> Content:
    said = (text.annual_fee.words, text.interest.words, text.other_fees.words)
    charged = text.plan.total_interest_fen
    figures = ((_("计划里的息费"), yuan_text(charged) if charged else _("没有")),)
    return Content(_("3 还款期间还收什么"), said, figures)


def _promise() -> Content:
    return Content(_("4 你要答应的"), (_("全部还清以前，不向任何银行申请信用卡。"),))


def _breach(text: AgreementText) -> Content:
    breach = text.breach
    counted = _("连续") if breach.missed_counted == "in_a_row" else _("累计")
    kept = breach.waiver_after_recall == "kept"
    said = (
        _("晚了有%(days)s天宽限。") % {"days": breach.grace_days},
        _("%(counted)s%(missed)s期没还，银行可以终止协议、要求一次还清，但要提前%(notice)s天告诉你。")
        % {"counted": counted, "missed": breach.missed_before_recall, "notice": breach.notice_days},
        late_charge_told(breach),
        _("已经减免的还算数。") if kept else _("终止以后，减免的会恢复计收。"),
        _("两边都签了，银行停止催收；你不照协议还的除外。"),
    )
    return Content(_("5 各自的责任"), said)


def _other(text: AgreementText) -> Content:
    figures = tuple((c.name, c.number) for c in text.contacts)
    said = (
        _("你可以随时提前还一部分或者全部，银行不收违约金和手续费。"),
        _("签以前的还款记录不变；签了以后照计划还，银行不能再报新的逾期。觉得信用记录有错，可以提异议。"),
    )
    return Content(_("6 其他"), (*said, *text.other_matters), figures)
