"""The outline of all that a borrower has under way (概况): which matters, in which states, with which banks.

A page for a borrower needs perhaps two of a dozen reads of the stages; the outline says which, for the price of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet, UUIDField, Value

from heyue.acts.scope import seen_by
from heyue.agreement.models import Agreement
from heyue.application.models import Application
from heyue.dispatch.models import Dispatch
from heyue.disputes.models import Dispute
from heyue.engine.moves import Actor, Role
from heyue.execution.models import Plan
from heyue.negotiation.models import Negotiation
from heyue.rows import Prepared


class Matter(StrEnum):
    """What may be under way."""

    APPLICATION = "application"
    DISPATCH = "dispatch"
    NEGOTIATION = "negotiation"
    AGREEMENT = "agreement"
    PLAN = "plan"
    DISPUTE = "dispute"


_ROWS: dict[Matter, type[Model]] = {
    Matter.DISPATCH: Dispatch,
    Matter.NEGOTIATION: Negotiation,
    Matter.AGREEMENT: Agreement,
    Matter.PLAN: Plan,
    Matter.DISPUTE: Dispute,
}


@dataclass(frozen=True, slots=True)
class Outline:
    """Every matter's kind, state and bank, each once; an application is with no one bank."""

    lines: frozenset[tuple[str, str, UUID | None]]

    def has(self, matter: Matter, *states: str) -> bool:
        """Whether there is such a matter in one of these states; none named: in whatever state."""
        return any(kind == matter and (not states or state in states) for kind, state, _bank in self.lines)

    def banks(self, matter: Matter, *, but: frozenset[str]) -> frozenset[UUID]:
        """Return the banks with which there is such a matter in any state but these."""
        return frozenset(bank for kind, state, bank in self.lines if kind == matter and bank and state not in but)


def outline(actor: Actor) -> Outline:
    """Return the outline of the borrower who acts, or is helped; of any other actor it is empty."""
    whose = {Role.BORROWER: actor.person_id, Role.HELPER: actor.helps}.get(actor.role)
    return Outline(frozenset(_ALL.every(whose)) if whose else frozenset())


def _all(borrower_id: UUID) -> QuerySet[Any, tuple[Any, ...]]:
    own = Application.objects.order_by().filter(borrower_id=borrower_id)
    whole = own.values_list(Value(Matter.APPLICATION.value), "state", Value(None, UUIDField()))
    borrower = Actor(Role.BORROWER, borrower_id)
    others = (
        seen_by(borrower, model._default_manager.order_by()).values_list(Value(matter.value), "state", "bank_id")
        for matter, model in _ROWS.items()
    )
    return whole.union(*others)


_ALL = Prepared(_all, UUID)
