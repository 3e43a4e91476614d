"""Typeset forms and agreements: outside any transaction, then attached in one."""

from __future__ import annotations

import heyue.agreement.typeset as agreement_typeset
import heyue.dispatch.typeset as dispatch_typeset
from heyue.agreement import reads as agreement_reads
from heyue.agreement.actions import attach_document
from heyue.agreement.models import Agreement
from heyue.dispatch import reads as dispatch_reads
from heyue.dispatch.actions import attach_form
from heyue.dispatch.models import Dispatch
from heyue.engine.moves import PLATFORM
from heyue.faces.worker.each import each
from heyue.journey import perform

AT_A_TIME = 2


def typeset_forms() -> int:
    """Make the application forms that are still to be made."""
    return each(dispatch_reads.to_typeset(), _form, limit=AT_A_TIME)


def typeset_agreements() -> int:
    """Make the agreements' documents that are still to be made."""
    return each(agreement_reads.to_typeset(), _agreement, limit=AT_A_TIME)


def _form(row: Dispatch) -> None:
    pdf = dispatch_typeset.form_for(row.pk)
    perform(PLATFORM, attach_form, dispatch_id=row.pk, pdf=pdf)


def _agreement(row: Agreement) -> None:
    pdf = agreement_typeset.document_for(row.pk)
    perform(PLATFORM, attach_document, agreement_id=row.pk, pdf=pdf)
