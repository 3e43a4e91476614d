"""What may be seen of people: one's own in full, others' masked, and what a bank's papers need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from heyue.banks.models import Bank
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound
from heyue.identity import codes
from heyue.identity.models import Consent, OneTimeCode, Person
from heyue.vault import keyed_hash, keyring, mask_id_number, mask_name, mask_phone
from heyue.vault.sealing import ERASED


@dataclass(frozen=True, slots=True)
class Full:
    """A person's name, identity number and phone in clear; empty where not told yet."""

    name: str
    id_number: str
    phone: str


@dataclass(frozen=True, slots=True)
class Masked:
    """The same as shown to others (张*, 110101********1234, 138****5678)."""

    name: str
    id_number: str
    phone: str


@dataclass(frozen=True, slots=True)
class ShownAs:
    """How the one who is signed in is shown on a page. ``mark`` tells persons apart and names nobody."""

    name: str
    mark: str
    staff_number: str
    bank_name: str


def account(person_id: UUID) -> Person:
    """Return the person that a session is opened for, after a sign-in verb has said who it is."""
    return Person.objects.get(pk=person_id, is_active=True)


@contextmanager
def in_the_language_of(person: Person) -> Iterator[None]:
    """Word what is written to a person (a text message, an e-mail) in the language of their pages."""
    chosen = person.language if person.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    with override(chosen):
        yield


def is_known_phone(phone: str) -> bool:
    """Whether a borrower has signed in with this number before."""
    return Person.objects.filter(login=codes.phone_hash(phone)).exists()


def is_known_login(login: str) -> bool:
    """Whether somebody of the staff has this account name."""
    return Person.objects.filter(login=login.strip().lower()).exists()


def person(actor: Actor) -> Person:
    """Return the actor's own row. Raises ``NotFound`` for a machine."""
    found = Person.objects.filter(pk=actor.person_id, is_active=True).first() if actor.person_id else None
    if found is None:
        raise NotFound()
    return found


def in_full(person: Person) -> Full:
    """Open a person's particulars, for papers and messages that go to a bank and for the person alone."""
    ring = keyring(person.pk)
    return Full(
        ring.open_text(person.sealed_name, "name"),
        ring.open_text(person.sealed_id_number, "id-number"),
        ring.open_text(person.sealed_phone, "phone"),
    )


def own(actor: Actor) -> Full:
    """Return the actor's own particulars in clear."""
    return in_full(person(actor))


def masked(person: Person) -> Masked:
    """Return a person's particulars as others see them; of one who was erased only that."""
    if person.erased_at:
        return Masked(_(ERASED), "", "")
    full = in_full(person)
    return Masked(mask_name(full.name), mask_id_number(full.id_number), mask_phone(full.phone))


def shown_as(actor: Actor | None) -> ShownAs | None:
    """Return how the actor is shown on a page, None when nobody is signed in or the account has ended."""
    if actor is None or actor.person_id is None:
        return None
    found = Person.objects.select_related("bank").filter(pk=actor.person_id, is_active=True).first()
    return shown(found) if found else None


def shown(found: Person) -> ShownAs:
    """Return how an account is shown on a page."""
    name = found.display_name
    if found.role == Role.BORROWER.value and found.sealed_name:
        name = mask_name(keyring(found.pk).open_text(found.sealed_name, "name"))
    bank_name = found.bank.name if found.bank else ""
    return ShownAs(name, mark(found.pk), found.staff_number, bank_name)


def mark(person_id: UUID) -> str:
    """Return a mark by which a browser's person is known again, without saying who it is."""
    return keyed_hash(str(person_id), "mark")[:24]


def seconds_until_resend(purpose: OneTimeCode.Purpose, phone: str) -> int:
    """Return how long to wait before another code may be sent to this phone, 0 when it may be now."""
    return codes.seconds_until_resend(purpose, phone)


def next_step_of_joining(borrower: Person) -> str | None:
    """Return what a borrower must do before anything else: ``privacy``, ``identity`` or None."""
    if borrower.privacy_read_at is None:
        return "privacy"
    return "identity" if borrower.id_number_hash is None else None


def consents(actor: Actor) -> QuerySet[Consent]:
    """Return a borrower's consents, withdrawn ones too, the newest first."""
    if actor.role is not Role.BORROWER:
        return Consent.objects.none()
    return Consent.objects.filter(borrower_id=actor.person_id).select_related("bank").order_by("-given_at", "-id")


def standing_consents(actor: Actor, purpose: str) -> set[UUID]:
    """Return the banks that a borrower's consent to this purpose stands for."""
    standing = consents(actor).filter(purpose=purpose, withdrawn_at__isnull=True)
    return set(standing.values_list("bank_id", flat=True))


def banks_with_a_feed(actor: Actor) -> QuerySet[Bank]:
    """Return the banks that a borrower can bind cards of: those that speak the gateway protocol."""
    if actor.role is not Role.BORROWER:
        return Bank.objects.none()
    return Bank.objects.exclude(base_url="").order_by("colour", "name")


def staff(bank_id: UUID | None = None) -> QuerySet[Person]:
    """Return the platform's reviewers, or the officers of one bank, by staff number."""
    serving = Person.objects.filter(is_active=True).order_by("staff_number", "login")
    if bank_id is None:
        return serving.filter(role=Role.REVIEWER.value)
    return serving.filter(role=Role.OFFICER.value, bank_id=bank_id)
