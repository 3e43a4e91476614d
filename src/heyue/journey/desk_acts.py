"""What the platform's desk does with things that no stage owns: messages that did not reach their bank."""

from __future__ import annotations

from uuid import UUID

from heyue.acts import current, verb
from heyue.banks import outbox
from heyue.engine.moves import Role
from heyue.engine.refusal import NotPermitted


@verb
def send_again(message_id: UUID) -> None:
    """Have a dead or refused message tried again, as the same message. Raises ``NotFound`` for any other."""
    actor = current().actor
    if actor.role not in (Role.REVIEWER, Role.OPERATOR):
        raise NotPermitted()
    outbox.replay(message_id, actor)
