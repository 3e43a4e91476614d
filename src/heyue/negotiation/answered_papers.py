"""Papers that come with the borrower's answer to a bank's question: kept as proofs, shown to that bank alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from heyue.acts import current
from heyue.application.actions import keep_proof
from heyue.application.models import Application
from heyue.application.proofs import HEALTH_KINDS, KINDS, PROOFS_EVER_MAX, StoredProof, check_number, discard
from heyue.dispatch.actions import grant_papers
from heyue.dispatch.models import Dispatch
from heyue.dispatch.typeset import is_allowed, proof_by_grant
from heyue.engine.refusal import Refusal, words
from heyue.identity.actions import give_consent
from heyue.identity.models import Consent
from heyue.identity.reads import standing_consents


def kinds_for(row: Dispatch) -> dict[str, str]:
    """Return the kinds of papers that a bank may be shown, with their words (message ids)."""
    return {kind: said for kind, said in KINDS.items() if row.shown.proof(kind)}


def take_papers(row: Dispatch, stored: Sequence[StoredProof], *, health_agreed: bool) -> list[dict[str, Any]]:
    """Keep papers as proofs for this bank alone and grant them to it; how each is told to the bank.

    A paper that the bank may see already is not kept twice. Raises ``Refusal``: ``too-many-papers``,
    ``paper-not-agreed``, ``consent-missing``, ``health-not-agreed`` (the separate consent for papers about health).
    Source: 个人信息保护法 第六、二十九条.
    """
    check_number(stored)
    if not is_allowed(row):
        raise Refusal(
            "consent-missing", words("你收回了给这家银行看申请的同意，材料不能给它。"), field="papers", status=422
        )
    if any(not row.shown.proof(one.kind) for one in stored):
        raise Refusal("paper-not-agreed", words("这类材料，你没有同意给这家银行看。"), field="papers", status=422)
    if any(one.kind in HEALTH_KINDS for one in stored):
        _agree_to_health(row, health_agreed)
    application = Application.objects.select_for_update().get(pk=row.application_id)
    if application.proofs.count() + len(stored) > PROOFS_EVER_MAX:
        raise Refusal("too-many-proofs", words("这份申请传过的材料太多了，不能再传。"), field="papers", status=422)
    return [proof_by_grant(row, grant) for grant in grant_papers(row, [_kept(application, row, one) for one in stored])]


def said_with(text: str, stored: Sequence[StoredProof]) -> str:
    """Return the answer with the kinds of its papers named, so that words alone tell that papers came."""
    if not stored:
        return text
    kinds = _("、").join(dict.fromkeys(_(KINDS[one.kind]) for one in stored))
    return text + _("（附材料：%(kinds)s）") % {"kinds": kinds}


def _kept(application: Application, row: Dispatch, one: StoredProof) -> Any:
    standing = application.proofs.filter(sha256=one.sha256, kind=one.kind, removed_at__isnull=True)
    same = standing.filter(only_for__in=[row.bank_id]).first() or standing.filter(only_for__isnull=True).first()
    if same:
        transaction.on_commit(partial(discard, one.file))
        return same.pk
    return keep_proof(application, one, only_for=row.bank_id)


def _agree_to_health(row: Dispatch, agreed: bool) -> None:
    purpose = Consent.Purpose.HEALTH.value
    if row.bank_id in standing_consents(current().actor, purpose):
        return
    if not agreed:
        said = words("病历、医疗票据要你单独同意，才能给银行看。同意就勾上下面这一格。")
        raise Refusal("health-not-agreed", said, field="health", status=422)
    give_consent(row.bank_id, purpose)
