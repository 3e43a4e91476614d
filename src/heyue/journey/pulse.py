"""The pulse of an application: a short mark that changes with anything that its pages show."""

from __future__ import annotations

from uuid import UUID

from heyue import clock, evidence
from heyue.application import reads as applications
from heyue.engine.moves import Actor
from heyue.engine.refusal import NotFound


def pulse(actor: Actor, application_id: UUID) -> str:
    """Return the mark of a visible application: its newest leaf and the business day. Raises ``NotFound``.

    Every change writes a leaf in its own transaction, so a mark that stands says that nothing has changed.
    """
    if not applications.visible(actor).filter(pk=application_id).exists():
        raise NotFound()
    newest = evidence.timeline(application_id=application_id).values_list("pk", flat=True).first()
    return f"{newest or 0}-{clock.today():%Y%m%d}"
