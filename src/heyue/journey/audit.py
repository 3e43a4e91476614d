"""The audit view (审计): what was done on the platform, by whom and when, for the operator; never the facts themselves.

A leaf's facts are sealed under their borrower's key and stay closed here: the operator sees that a thing happened and
the commitment by which it can be proved.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from heyue.acts import current, verb
from heyue.application import reads as applications
from heyue.banks.models import Bank
from heyue.dispatch import reads as dispatches
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotPermitted
from heyue.evidence import Subject, append
from heyue.evidence.models import Leaf
from heyue.identity.models import Person
from heyue.journey.words import ACTORS, BORROWER_TO_STAFF, TOLD_TO_STAFF, WORDS

LINES_MAX = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for: a number of a case or an application, the beginning of a kind, a staff number; or nothing.

    ``before`` is the last line of the page before.
    """

    number: str = ""
    kind: str = ""
    staff_number: str = ""
    before: UUID | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One leaf: staff are named, a borrower never is. ``said`` tells its kind, facts left out."""

    id: UUID
    at: datetime
    kind: str
    said: str
    who: str
    bank: str
    commitment: str


@verb
def look(asked: Asked) -> tuple[tuple[Line, ...], UUID | None]:
    """Return one page of the ledger, newest first, and where the next begins; the look itself becomes a leaf.

    Raises ``NotPermitted`` for everybody but the operator.
    """
    actor = current().actor
    if actor.role is not Role.OPERATOR:
        raise NotPermitted()
    rows = list(Leaf.objects.filter(_wanted(actor, asked)).order_by("-id")[: LINES_MAX + 1])
    shown = rows[:LINES_MAX]
    staff = {
        one.pk: f"{one.display_name} {one.staff_number}".strip()
        for one in Person.objects.filter(pk__in={row.actor_id for row in shown if row.actor_id}).exclude(
            role__in=[Role.BORROWER.value, Role.HELPER.value]
        )
    }
    banks = dict(Bank.objects.values_list("pk", "short_name"))
    if asked.number or asked.staff_number:
        facts: dict[str, object] = {"number": asked.number, "staff_number": asked.staff_number, "kind": asked.kind}
        append("audit.looked", Subject("audit", actor.person_id or UUID(int=0)), actor, facts)
    lines = tuple(
        Line(
            id=row.pk,
            at=row.happened_at,
            kind=row.kind,
            said=_said(row.kind, banks.get(row.bank_id, "") if row.bank_id else ""),
            who=(staff.get(row.actor_id) if row.actor_id else None) or _who(row.actor_role),
            bank=banks.get(row.bank_id, "") if row.bank_id else "",
            commitment=row.commitment,
        )
        for row in shown
    )
    return lines, shown[-1].pk if len(rows) > LINES_MAX else None


def _said(kind: str, bank: str) -> str:
    said = TOLD_TO_STAFF.get(kind) or WORDS.get(kind, "")
    return _(said) % defaultdict(lambda: "…", bank=bank or "…") if said else ""


def _who(role: str) -> str:
    return _(BORROWER_TO_STAFF if role == Role.BORROWER else ACTORS.get(Role(role), role))


def _wanted(actor: Actor, asked: Asked) -> Q:
    wanted = Q()
    if asked.number:
        of_cases = dispatches.visible(actor).filter(number=asked.number).values_list("pk", flat=True)
        of_applications = applications.visible(actor).filter(number=asked.number).values_list("pk", flat=True)
        wanted &= Q(negotiation_id__in=list(of_cases)) | Q(application_id__in=list(of_applications))
    if asked.kind:
        wanted &= Q(kind__startswith=asked.kind)
    if asked.staff_number:
        staff = Person.objects.filter(staff_number=asked.staff_number).values_list("pk", flat=True)
        wanted &= Q(actor_id__in=list(staff))
    if asked.before:
        wanted &= Q(pk__lt=asked.before)
    return wanted
