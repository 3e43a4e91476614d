"""The evidence timeline in words: each leaf a person may see, what it says, who did it, when."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from heyue import evidence
from heyue.application import reads as applications
from heyue.banks.models import Bank
from heyue.dispatch import reads as dispatches
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound
from heyue.evidence.models import Leaf
from heyue.journey.words import ACTORS, BORROWER_TO_STAFF, DIGESTS, PURPOSES, TOLD_TO_STAFF, WITHOUT_BANK, WORDS

ENTRIES_MAX = 400
_CODE = re.compile(r"[a-z]+(-[a-z]+)*")
"""A reason given as a code says what the leaf's own words say already."""
_DIGEST = re.compile(r"[\w ]+ [0-9a-f]{64}")
DAYS = ("until", "base_date")
"""Facts of a leaf that are days and stand in its words."""
HIDDEN_FROM_BANKS = (
    "negotiation.call-recorded",
    "negotiation.recording-kept",
    "negotiation.promise-broken",
    "negotiation.answer-told",
    "dispatch.receipt-told",
    "dispatch.call-recorded",
    "dispatch.recording-kept",
    "dispatch.promise-broken",
    "account-link.",
    "dispute.borrower-asked",
    "dispute.borrower-answered",
    "consent.",
    "person.",
)
"""The borrower's own notes, and what lies between the borrower and the platform."""
REPEATED = (
    "account-link.synced",
    "instalment.",
    "review.passed",
    "review.rejected",
    "review.more-asked",
    "review.appealed",
    "review.overturned",
    "review.reopened",
    "appeal.begun",
    "appeal.upheld",
)
"""Kinds that say nothing a person needs twice: each reading of a feed; a row's change beside its plan's; a decision
of the review beside the application's own."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline; ``commitment`` is what the ledger keeps of it for ever."""

    at: datetime
    kind: str
    who: str
    words: str
    detail: str
    bank: Bank | None
    commitment: str

    @property
    def is_digest(self) -> bool:
        """Whether the detail is a digest, which a person need not read."""
        return bool(_DIGEST.fullmatch(self.detail))


def of_borrower(actor: Actor, bank_id: UUID | None = None) -> list[Entry]:
    """Return everything that happened in a borrower's own matters, newest first, by option of one bank."""
    if actor.role != Role.BORROWER or actor.person_id is None:
        raise NotFound()
    leaves = evidence.timeline(borrower_id=actor.person_id)
    return _told(actor, leaves.filter(bank_id=bank_id) if bank_id else leaves)


def of_application(actor: Actor, application_id: UUID) -> list[Entry]:
    """Return what happened in one application with all its banks, for its borrower, reviewers, operators."""
    applications.application(actor, application_id)
    return _told(actor, evidence.timeline(application_id=application_id))


def of_negotiation(actor: Actor, negotiation_id: UUID) -> list[Entry]:
    """Return what happened with one bank; banks do not see the borrower's own notes."""
    dispatches.dispatch(actor, negotiation_id)
    entries = _told(actor, evidence.timeline(negotiation_id=negotiation_id))
    if actor.role in (Role.OFFICER, Role.BANK):
        return [e for e in entries if not e.kind.startswith(HIDDEN_FROM_BANKS)]
    return entries


def _told(reader: Actor, leaves: QuerySet[Leaf]) -> list[Entry]:
    for kind in REPEATED:
        leaves = leaves.exclude(kind__startswith=kind)
    rows = list(leaves[:ENTRIES_MAX])
    banks = {bank.pk: bank for bank in Bank.objects.filter(pk__in={leaf.bank_id for leaf in rows if leaf.bank_id})}
    return [
        _entry(reader, leaf, facts, banks.get(leaf.bank_id) if leaf.bank_id else None)
        for leaf, facts in zip(rows, evidence.facts_of(rows), strict=True)
    ]


def _entry(reader: Actor, leaf: Leaf, facts: dict[str, object], bank: Bank | None) -> Entry:
    message = WORDS.get(leaf.kind, "")
    if reader.role != Role.BORROWER:
        message = TOLD_TO_STAFF.get(leaf.kind, message)
    if bank is None:
        message = WITHOUT_BANK.get(leaf.kind, message)
    places = {**_places(facts), "bank": bank.short_name if bank else ""}
    try:
        words = _(message) % places if message else leaf.kind
    except KeyError:  # the facts were erased with their owner
        words = _(message) % defaultdict(lambda: "…", places)
    return Entry(
        at=leaf.happened_at,
        kind=leaf.kind,
        who=_who(reader, leaf, bank),
        words=words,
        detail=_detail(facts),
        bank=bank,
        commitment=leaf.commitment,
    )


def _who(reader: Actor, leaf: Leaf, bank: Bank | None) -> str:
    if leaf.actor_role in (Role.BANK, Role.OFFICER) and bank:
        return bank.name
    if leaf.actor_role == Role.BORROWER and reader.role != Role.BORROWER:
        return _(BORROWER_TO_STAFF)
    return _(ACTORS.get(Role(leaf.actor_role), ""))


def _places(facts: dict[str, object]) -> dict[str, str]:
    """Turn facts into what a sentence can hold: fen as yuan, days as they are spoken."""
    shown: dict[str, str] = {}
    for name, value in facts.items():
        if name.endswith("_fen") and isinstance(value, int):
            shown[name.removesuffix("_fen")] = f"{value // 100:,}.{value % 100:02}"
        elif name == "purpose":
            shown[name] = _(PURPOSES[str(value)]) if value in PURPOSES else str(value)
        elif name in DAYS and value:
            shown[name] = _spoken(date.fromisoformat(str(value)))
        else:
            shown[name] = str(value)
    return shown


def _spoken(on: date) -> str:
    return _("%(year)s年%(month)s月%(day)s日") % {"year": on.year, "month": on.month, "day": on.day}


def _detail(facts: dict[str, object]) -> str:
    for name, label in DIGESTS.items():
        if value := facts.get(name):
            return f"{_(label)} {value}"
    said = str(facts.get("text") or facts.get("words") or facts.get("reason") or "")
    return "" if _CODE.fullmatch(said) else said
