"""Who reaches which rows of a matter: the one place where permission on rows is written (数据权限)."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from heyue.acts.act import current
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound

Row = TypeVar("Row", bound=Model)


def seen_by(actor: Actor, rows: QuerySet[Row]) -> QuerySet[Row]:
    """Keep the rows that a person may see: one's own, the helped one's, one's bank's, or all at the
    platform's desk.

    The rows have ``borrower_id`` and ``bank_id``. The clock and the worker are no readers and see none.
    """
    if actor.role == Role.BORROWER and actor.person_id:
        return rows.filter(borrower_id=actor.person_id)
    if actor.role == Role.HELPER and actor.helps:
        return rows.filter(borrower_id=actor.helps)
    if actor.role in (Role.OFFICER, Role.BANK) and actor.bank_id:
        ours = rows.filter(bank_id=actor.bank_id)
        return ours.filter(**{_matter_of(rows): actor.matter}) if actor.matter else ours
    return rows if actor.role in (Role.REVIEWER, Role.OPERATOR) else rows.none()


def _matter_of(rows: QuerySet[Row]) -> str:
    """Return the column that says which negotiation a row is of: a form and its talk carry its id themselves."""
    columns = {column.attname for column in rows.model._meta.concrete_fields}
    return "negotiation_id" if "negotiation_id" in columns else "pk"


def locked(rows: QuerySet[Row], row_id: UUID) -> Row:
    """Lock one row for the open act's actor; the clock and the worker reach all. Raises ``NotFound``."""
    actor = current().actor
    within = rows if actor.role in (Role.CLOCK, Role.PLATFORM) else seen_by(actor, rows)
    row = within.select_for_update(of=("self",)).filter(pk=row_id).first()
    if row is None:
        raise NotFound()
    return row
