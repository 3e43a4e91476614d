"""What each bank was told of a borrower, field by field: by the card link, the form, papers, answers, agreements.

It says what went out, not what the bank did with it; what a bank got stays with it under its own duties.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from heyue.acts import current, verb
from heyue.agreement import reads as agreements
from heyue.application.proofs import KINDS
from heyue.banks.models import Bank
from heyue.banks.needs import Needs, needs_of
from heyue.clock.business import SHANGHAI
from heyue.dispatch import reads as dispatches
from heyue.dispatch.models import Dispatch, ProofGrant
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted
from heyue.execution import reads as plans
from heyue.identity import actions as identity
from heyue.identity import reads as people
from heyue.identity.models import Consent
from heyue.negotiation.models import Question
from heyue.wallet import actions as wallet
from heyue.wallet import reads as wallets


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One thing that went to a bank: by what, which fields, since which day (None: not dated)."""

    by: str
    fields: tuple[str, ...]
    on: date | None


def to_banks(actor: Actor) -> dict[UUID, list[Disclosure]]:
    """Return what each bank was told, by bank. The queries do not grow with the banks. Raises ``NotFound``."""
    if actor.role is not Role.BORROWER:
        raise NotFound()
    found: dict[UUID, list[Disclosure]] = {}
    for bank_id, disclosure in (*_links(actor), *_forms(actor), *_agreements(actor), *_words(actor)):
        found.setdefault(bank_id, []).append(disclosure)
    return found


def _links(actor: Actor) -> Iterator[tuple[UUID, Disclosure]]:
    fields = (_("姓名"), _("身份证号"), _("手机号"))
    for consent in people.consents(actor).filter(purpose=Consent.Purpose.ACCOUNTS):
        yield consent.bank_id, Disclosure(_("绑卡时，让它认出你"), fields, _day(consent.given_at))


def _forms(actor: Actor) -> Iterator[tuple[UUID, Disclosure]]:
    sent = dispatches.visible(actor).filter(sent_at__isnull=False) | dispatches.visible(actor).filter(
        received_on__isnull=False
    )
    grants = Prefetch("grants", ProofGrant.objects.select_related("proof").order_by("id"))
    for row in sent.distinct().prefetch_related(grants):
        yield (
            row.bank_id,
            Disclosure(_("申请表 %(number)s") % {"number": row.number}, _form_fields(row.shown), _sent_on(row)),
        )
        papers = tuple(dict.fromkeys(_(KINDS[grant.proof.kind]) for grant in row.grants.all()))
        if papers:
            yield row.bank_id, Disclosure(_("随申请表可以看的材料"), papers, _sent_on(row))


def _form_fields(needs: Needs) -> tuple[str, ...]:
    return (
        _("姓名"),
        _("身份证号"),
        _("手机号"),
        _("在它家每张卡欠多少"),
        _("每月收入和支出") if needs.budget_lines else _("每月收入和支出的合计"),
        _("积蓄"),
        _("别家每月一共要还多少（不写是哪家）"),
        _("遇到的困难") if needs.hardship_story else _("遇到的是哪一类困难"),
        _("想怎么还"),
        _("材料清单和指纹"),
    )


def asked_for(bank: Bank) -> tuple[str, ...]:
    """Return what of an application the bank is to be shown as it declares today, in the words of its consent."""
    needs = needs_of(bank)
    shown = [
        _("收支") if needs.budget_lines else _("收支（只要合计）"),
        _("困难") if needs.hardship_story else _("困难（只要哪一类）"),
        _("想要的方案"),
    ]
    kinds = _("、").join(_(KINDS[kind]) for kind in KINDS if needs.proof(kind))
    if needs.proof_kinds is None:
        shown.append(_("交的材料"))
    elif kinds:
        shown.append(_("交的材料（只要%(kinds)s）") % {"kinds": kinds})
    return tuple(shown)


def _agreements(actor: Actor) -> Iterator[tuple[UUID, Disclosure]]:
    fields = (_("姓名"), _("身份证号"), _("手机号"), _("还款计划"), _("签署时间"))
    for row in agreements.visible(actor).exclude(file=""):
        yield row.bank_id, Disclosure(_("协议 %(number)s") % {"number": row.number}, fields, _day(row.drawn_at))
    for warned in plans.all_warnings(actor):
        said = _("提前说第%(n)s期还不上") % {"n": warned.period}
        yield warned.bank_id, Disclosure(said, (_("能还多少"), _("你写的原因")), _day(warned.warned_at))


def _words(actor: Actor) -> Iterator[tuple[UUID, Disclosure]]:
    answered = Question.objects.filter(borrower_id=actor.me, answered_at__isnull=False)
    for question in answered.select_related("negotiation").order_by("answered_at"):
        yield question.negotiation.bank_id, Disclosure(_("你回答它的话"), (), _day(question.answered_at))


def _sent_on(row: Dispatch) -> date | None:
    return _day(row.sent_at) if row.sent_at else row.received_on


def _day(at: datetime | None) -> date | None:
    return at.astimezone(SHANGHAI).date() if at else None


@verb
def stop(bank: Bank, *, feed: bool) -> None:
    """Stop telling a bank more: no paper is shown to it any more; with ``feed`` its accounts are not read either.

    What it got it keeps; what is being talked about goes on. Stopped twice it stays stopped.
    """
    actor = current().actor
    if actor.role is not Role.BORROWER:
        raise NotPermitted()
    for purpose in (Consent.Purpose.HEALTH, Consent.Purpose.APPLICATION):
        if bank.pk in people.standing_consents(actor, purpose):
            identity.withdraw_consent(bank.pk, purpose)
    if feed:
        for link in wallets.links(actor):
            if link.bank_id == bank.pk:
                wallet.unbind(link.pk)
