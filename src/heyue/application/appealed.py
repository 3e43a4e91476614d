"""What an appeal against the preliminary review does to its application: proofs added, waiting again, upheld."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from heyue.acts import current, move, verb
from heyue.application.actions import keep_proof
from heyue.application.models import Application
from heyue.application.proofs import HEALTH_KINDS, PROOFS_EVER_MAX, PROOFS_MAX, StoredProof, discard
from heyue.application.states import UNDER_REVIEW, Event, State
from heyue.engine.moves import Role
from heyue.engine.refusal import NotFound, Refusal, words
from heyue.identity.actions import give_consent, withdraw_consent
from heyue.identity.models import Consent, Person
from heyue.identity.reads import standing_consents

IN_THE_WAY = (State.DRAFT, State.RETURNED, *UNDER_REVIEW)


def rejected(application_id: UUID, busy: frozenset[UUID]) -> Application:
    """Lock the borrower's own rejected application.

    Raises ``NotFound``, ``Refusal``: ``not-rejected``, and what ``refuse_doubled`` does.
    """
    actor = current().actor
    if actor.role is not Role.BORROWER:
        raise NotFound()
    Person.objects.select_for_update().get(pk=actor.me)  # an application that is begun at once waits for this
    mine = Application.objects.select_for_update().filter(borrower_id=actor.me)
    row = mine.filter(pk=application_id).first()
    if row is None:
        raise NotFound()
    if row.state != State.REJECTED:
        raise Refusal("not-rejected", words("这份申请现在不用申诉。"), next_step=words("看看它到了哪一步。"))
    refuse_doubled(row, busy)
    return row


def is_doubled(row: Application, busy: frozenset[UUID]) -> bool:
    """Whether it cannot go to its banks beside what else runs: a newer application, or a bank that is ``busy``.

    A newer one is in the way whichever its banks are: its plan was made without this one's.
    """
    return _is_another_on_its_way(row) or _busy_bank(row, busy) is not None


def refuse_doubled(row: Application, busy: frozenset[UUID]) -> None:
    """Raise ``applied-anew`` where a newer application is under way, ``bank-busy`` for one of its banks."""
    if _is_another_on_its_way(row):
        raise Refusal(
            "applied-anew",
            words("已经另外有一份申请在填、在审或者在银行那里，两份不能一起办。"),
            next_step=words("想申诉，先撤回新的那一份。"),
        )
    if name := _busy_bank(row, busy):
        raise Refusal(
            "bank-busy",
            words("和%(bank)s已经在谈或在还了，这份申请不能再送给它。"),
            next_step=words("想和别家谈，另外申请，不选它的卡。"),
            params={"bank": name},
        )


def _is_another_on_its_way(row: Application) -> bool:
    others = Application.objects.filter(borrower_id=row.borrower_id).exclude(pk=row.pk)
    newer = Q(state=State.PASSED, started_at__gt=row.started_at)
    return others.filter(Q(state__in=IN_THE_WAY) | newer).exists()


def _busy_bank(row: Application, busy: frozenset[UUID]) -> str | None:
    return row.debts.filter(bank_id__in=busy).values_list("bank__name", flat=True).first() if busy else None


@verb
def add_to_rejected(
    application_id: UUID, stored: Sequence[StoredProof], health_banks: frozenset[UUID] | None = None
) -> tuple[UUID, ...]:
    """Add proofs that come with an appeal; their ids. A file that is there already is not kept twice.

    ``health_banks``: which of its banks may see papers about health, where one is among them (None: as consented).
    """
    row = _locked(application_id)
    if health_banks is not None and any(one.kind in HEALTH_KINDS for one in stored):
        _consent_to_health(row, health_banks)
    kept = []
    standing = row.proofs.filter(removed_at__isnull=True)
    for one in stored:
        same = standing.filter(sha256=one.sha256, kind=one.kind).first()
        if same:
            transaction.on_commit(partial(discard, one.file))
        kept.append(same.pk if same else keep_proof(row, one))
    if standing.count() > PROOFS_MAX or row.proofs.count() > PROOFS_EVER_MAX:
        raise Refusal("too-many-proofs", words("材料一共最多 30 份。挑最要紧的传"), field="papers", status=422)
    return tuple(kept)


@verb
def mark_appealed(application_id: UUID, said: str) -> None:
    """The borrower appealed: it waits for another reviewer's word."""
    move(_locked(application_id), Event.APPEALED, {"words": said})


@verb
def mark_upheld(application_id: UUID, words_back: str) -> None:
    """The rejection stands after the appeal; the borrower sees the new reason."""
    row = _locked(application_id)
    move(row, Event.UPHELD, {"words": words_back})
    row.words_back = words_back
    row.save(update_fields=["words_back"])


def _consent_to_health(row: Application, wanted: frozenset[UUID]) -> None:
    """Give or withdraw the separate consent of each of its banks as it is ticked."""
    purpose = Consent.Purpose.HEALTH.value
    given = standing_consents(current().actor, purpose)
    for bank_id in row.debts.values_list("bank_id", flat=True):
        if (bank_id in wanted) != (bank_id in given):
            (give_consent if bank_id in wanted else withdraw_consent)(bank_id, purpose)


def _locked(application_id: UUID) -> Application:
    row = Application.objects.select_for_update().filter(pk=application_id).first()
    if row is None:
        raise NotFound()
    return row
