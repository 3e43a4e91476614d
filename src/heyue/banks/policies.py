"""A bank's policy changes from a day on: what stood before keeps the days that it stood (政策生效日)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from heyue import clock
from heyue.banks.limits import Limits
from heyue.banks.models import BankPolicy
from heyue.banks.reads import policies_on
from heyue.engine.refusal import Refusal, words

EDITED_SOURCE = "银行在工作台改的政策"


def take_effect(bank_id: UUID, menu: dict[str, Any], limits: Limits, effective_from: date) -> BankPolicy:
    """Add a policy from a day to come on, in the caller's transaction; no past day gets another one.

    Raises ``Refusal``: ``effective-past``, ``day-taken``.
    """
    must_be_to_come(effective_from)
    standing = policies_on(effective_from).filter(bank_id=bank_id).select_for_update().first()
    if standing and standing.effective_from == effective_from:
        raise Refusal("day-taken", words("这一天已经有一版政策生效，换一天。"), field="effective_from", status=422)
    new = BankPolicy(
        bank_id=bank_id,
        menu=menu,
        limits=limits.model_dump(),
        effective_from=effective_from,
        source=EDITED_SOURCE,
        breach=standing.breach if standing else {},
        effective_to=standing.effective_to if standing else None,
    )
    if standing:
        standing.effective_to = effective_from - timedelta(days=1)
        standing.save(update_fields=["effective_to"])
    new.save(force_insert=True)
    return new


def must_be_to_come(effective_from: date) -> None:
    """Refuse a day that has begun: what was computed on it must be found again. Raises ``Refusal``."""
    if effective_from <= clock.today():
        raise Refusal("effective-past", words("生效日要在今天以后。"), field="effective_from", status=422)


def history(bank_id: UUID) -> list[BankPolicy]:
    """Return every policy of a bank, the latest first."""
    return list(BankPolicy.objects.filter(bank_id=bank_id).order_by("-effective_from", "-id"))
