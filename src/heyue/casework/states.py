"""What a second officer of the bank decides (复核): an answer over the bank's limit, and a change of its policy."""

from __future__ import annotations

from enum import StrEnum

from heyue.engine.moves import Move, Role, StateTable, from_each

OFFICER = (Role.OFFICER,)


class State(StrEnum):
    """Where an answer over the limit stands."""

    AWAITING_APPROVAL = "awaiting-approval"
    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


class Event(StrEnum):
    """What may happen to it."""

    APPROVED = "approved"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


TABLE = StateTable(
    "offer-draft",
    State.AWAITING_APPROVAL,
    frozenset({State.APPROVED, State.RETURNED, State.WITHDRAWN}),
    (
        Move(State.AWAITING_APPROVAL, Event.APPROVED, State.APPROVED, OFFICER),
        Move(State.AWAITING_APPROVAL, Event.RETURNED, State.RETURNED, OFFICER),
        Move(State.AWAITING_APPROVAL, Event.WITHDRAWN, State.WITHDRAWN, OFFICER),
    ),
)


class PolicyState(StrEnum):
    """Where a change of policy stands."""

    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting-approval"
    APPROVED = "approved"
    DROPPED = "dropped"


class PolicyEvent(StrEnum):
    """What may happen to it."""

    CHANGED = "changed"
    SENT = "sent"
    APPROVED = "approved"
    RETURNED = "returned"
    DROPPED = "dropped"


OPEN_POLICY = (PolicyState.DRAFT, PolicyState.AWAITING_APPROVAL)

POLICY_TABLE = StateTable(
    "policy-draft",
    PolicyState.DRAFT,
    frozenset({PolicyState.APPROVED, PolicyState.DROPPED}),
    (
        Move(PolicyState.DRAFT, PolicyEvent.CHANGED, PolicyState.DRAFT, OFFICER),
        Move(PolicyState.DRAFT, PolicyEvent.SENT, PolicyState.AWAITING_APPROVAL, OFFICER),
        Move(PolicyState.AWAITING_APPROVAL, PolicyEvent.APPROVED, PolicyState.APPROVED, OFFICER),
        Move(PolicyState.AWAITING_APPROVAL, PolicyEvent.RETURNED, PolicyState.DRAFT, OFFICER),
        *from_each(OPEN_POLICY, PolicyEvent.DROPPED, PolicyState.DROPPED, OFFICER),
    ),
)
