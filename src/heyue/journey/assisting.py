"""What a helper (帮手) may do: answer a bank's question, fill in a part of the application. Nothing else has a verb.

Each act stands in the ledger as the helper's, and the borrower is told of it at once.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from heyue.acts import current, note, verb
from heyue.application import actions as application
from heyue.application import reads as applications
from heyue.engine.refusal import NotPermitted
from heyue.identity import assistance
from heyue.identity.models import Assistance
from heyue.negotiation import borrower_acts
from heyue.notices import NoticeKind, tell

FILLABLE = ("income", "expenses", "hardship")
"""Parts that tell of the household; which cards, what is wished and which plan stay the borrower's own choice."""


@verb
def answer(negotiation_id: UUID, question_id: UUID, text: str) -> None:
    """Answer a bank's question in the borrower's place; the bank reads that a helper wrote it.

    Raises ``NotPermitted``, and what ``borrower_acts.answer`` raises.
    """
    row = _helping(Assistance.Scope.MESSAGES)
    said = text.strip()
    mark = _("（公开登记的帮手%(name)s代答）") % {"name": assistance.helpers_name(row)}
    borrower_acts.answer(negotiation_id, question_id, mark + said if said else "")
    tell(row.borrower_id, NoticeKind.HELPER_ANSWERED, "negotiation", negotiation_id)


@verb
def fill_in(application_id: UUID, part: str, values: dict[str, Any], version: str | None = None) -> None:
    """Fill in one part of the borrower's draft, already cleaned; the borrower hands it in.

    ``version`` is the part's that the helper saw (``application.answers.part_version``). Raises ``NotPermitted``, and
    ``Refusal("answered-elsewhere")`` where the borrower has saved something else meanwhile.
    """
    row = _helping(Assistance.Scope.FILL)
    if part not in FILLABLE:
        raise NotPermitted()
    application.save_answers(application_id, part, values, version)
    note(applications.application(current().actor, application_id), "filled-by-helper", {"part": part})
    tell(row.borrower_id, NoticeKind.HELPER_FILLED, "application", application_id)


def _helping(scope: str) -> Assistance:
    row = assistance.still_helps()
    if scope not in row.scopes:
        raise NotPermitted()
    return row
