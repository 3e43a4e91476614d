"""An officer sees a borrower's particulars in clear, for a reason that the borrower can read."""

from __future__ import annotations

from uuid import UUID

from heyue.acts import current, note, verb
from heyue.dispatch import reads
from heyue.evidence import Subject
from heyue.identity.reads import Full
from heyue.identity.unmasking import open_for_staff


@verb
def unmask(dispatch_id: UUID, reason: str) -> Full:
    """Return the particulars of a case that the actor may see. Raises ``NotFound``, ``reason-missing``."""
    row = reads.dispatch(current().actor, dispatch_id)
    person = row.application.borrower
    subject = Subject("person", person.pk, row.borrower_id, row.bank_id, row.application_id, row.pk)
    return open_for_staff(person, subject, reason)


@verb
def record_paper(dispatch_id: UUID, number: str) -> None:
    """Record that an officer opened a paper that names the borrower in full. Raises ``NotFound``."""
    note(reads.dispatch(current().actor, dispatch_id), "paper-opened", {"number": number})
