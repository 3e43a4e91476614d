"""Erasure (删除): asked for by the borrower, carried out by an operator when nothing is open any more.

What was sealed becomes unreadable by deleting its key; leaves of the ledger stay as digests, which name nobody.
Source: 个人信息保护法 第四十七条 (deletion; what must still be kept is stored and protected, nothing else).
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from heyue import clock
from heyue.acts import current, verb
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal, words
from heyue.evidence import Subject, append
from heyue.identity.models import Assistance, Consent, ErasureRequest, OneTimeCode, Person
from heyue.notices.models import MailMessage, Notice, NoticeChoice, TextMessage
from heyue.vault import erase


@verb
def ask_erasure(open_matters: bool) -> UUID:
    """Keep the wish; every standing consent is withdrawn at once. Asked twice it stays one request.

    ``open_matters``: whether a form, a talk, an agreement or a plan is still open (``journey.busy_banks``): the data
    is needed for it. Raises ``Refusal("matters-open")``.
    """
    person = _borrower()
    _refuse_open(open_matters)
    standing = _open().filter(borrower=person).first()
    if standing is not None:
        return standing.pk
    row = ErasureRequest.objects.create(borrower=person, asked_at=clock.now())
    for consent in Consent.objects.filter(borrower=person, withdrawn_at__isnull=True):
        consent.withdrawn_at = clock.now()
        consent.save(update_fields=["withdrawn_at"])
        facts: dict[str, object] = {"bank": str(consent.bank_id), "purpose": consent.purpose}
        _leaf(person, "consent-withdrawn", facts, consent.bank_id)
    _leaf(person, "erasure-asked")
    return row.pk


@verb
def take_back_erasure() -> None:
    """Take the wish back while nothing was erased yet. Raises ``NotFound`` where there is none."""
    person = _borrower()
    row = _open().select_for_update().filter(borrower=person).first()
    if row is None:
        raise NotFound()
    row.taken_back_at = clock.now()
    row.save(update_fields=["taken_back_at"])
    _leaf(person, "erasure-taken-back")


@verb
def carry_out(request_id: UUID, open_matters: bool) -> None:
    """Erase a borrower who asked for it: key, particulars, notices, messages, codes; the account ends. Operators only.

    Raises ``NotFound``, ``Refusal("matters-open")``.
    """
    if current().actor.role is not Role.OPERATOR:
        raise NotPermitted()
    row = _open().select_for_update().filter(pk=request_id).first()
    if row is None:
        raise NotFound()
    _refuse_open(open_matters)
    person = Person.objects.select_for_update().get(pk=row.borrower_id)
    _leaf(person, "erased")
    OneTimeCode.objects.filter(phone_hash=person.login).delete()
    Notice.objects.filter(person_id=person.pk).delete()
    NoticeChoice.objects.filter(person_id=person.pk).delete()
    TextMessage.objects.filter(owner_id=person.pk).delete()
    MailMessage.objects.filter(owner_id=person.pk).delete()
    mine = Q(borrower=person) | Q(helper=person) | Q(phone_hash=person.login)
    Assistance.objects.filter(mine, ended_at__isnull=True).update(ended_at=clock.now())
    Assistance.objects.filter(phone_hash=person.login).update(phone_hash="")
    person.login = f"erased:{person.pk}"
    person.display_name = ""
    person.sealed_phone = person.sealed_name = person.sealed_id_number = person.id_number_hash = None
    person.is_active = False
    person.erased_at = clock.now()
    person.set_unusable_password()
    person.save()
    row.done_at = clock.now()
    row.save(update_fields=["done_at"])
    erase(person.pk)


def asked(actor: Actor) -> ErasureRequest | None:
    """Return the borrower's own open request, None where there is none."""
    return _open().filter(borrower_id=actor.me).first() if actor.role is Role.BORROWER else None


def requests(actor: Actor) -> QuerySet[ErasureRequest]:
    """Return the open requests for the operator, the oldest first."""
    return _open().select_related("borrower") if actor.role is Role.OPERATOR else ErasureRequest.objects.none()


def _open() -> QuerySet[ErasureRequest]:
    return ErasureRequest.objects.filter(taken_back_at__isnull=True, done_at__isnull=True)


def _refuse_open(open_matters: bool) -> None:
    if open_matters:
        raise Refusal(
            "matters-open",
            words("还有银行在谈，或者计划还没还完，这些资料现在还要用。"),
            next_step=words("先结束协商，或者还完最后一期，再来删除。"),
        )


def _borrower() -> Person:
    actor = current().actor
    found = Person.objects.select_for_update().filter(pk=actor.me, is_active=True).first()
    if actor.role is not Role.BORROWER or found is None:
        raise NotPermitted()
    return found


def _leaf(person: Person, what: str, facts: dict[str, object] | None = None, bank_id: UUID | None = None) -> None:
    subject = Subject("person", person.pk, borrower_id=person.pk, bank_id=bank_id)
    append(f"person.{what}", subject, current().actor, facts)
