"""Verbs of people: sign in, read the notice, say who one is, consent, change the phone, sign by code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

import uuid6
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from heyue import clock
from heyue.acts import Fact, current, verb
from heyue.banks.models import Bank
from heyue.engine.moves import Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal, words
from heyue.evidence import Subject, append
from heyue.identity import codes, id_number, phone_number
from heyue.identity.models import Consent, ErasureRequest, Person
from heyue.notices import text
from heyue.vault import keyed_hash, keyring, mask_phone

_NAME = re.compile(r"[\u3400-\u9fff\U00020000-\U000323af]([\u3400-\u9fff\U00020000-\U000323af·]{0,28}"
                   r"[\u3400-\u9fff\U00020000-\U000323af])")  # fmt: skip


@dataclass(frozen=True, slots=True)
class SignedIn(Fact):
    """Somebody is who they say; ``first_time`` when the account was made just now."""

    person_id: UUID
    first_time: bool = False


@dataclass(frozen=True, slots=True)
class CodeSent(Fact):
    """A code is on its way."""

    code_id: UUID


# ── signing in ─────────────────────────────────────────────────────────────────────────────────────────


@verb
def ask_sign_in_code(phone: str, asked_from: str) -> tuple[CodeSent, ...]:
    """Send a sign-in code; the answer is the same whether the phone has an account or not."""
    number = phone_number.parse(phone)
    known = _by_phone(number)
    owner = known.pk if known else codes.owner_of_unknown(number)
    return (CodeSent(codes.ask(codes.Purpose.SIGN_IN, number, asked_from, owner_id=owner).pk),)


@verb
def sign_in_with_code(phone: str, code: str) -> tuple[SignedIn, ...]:
    """Check the code and return who it is; the first use of a phone creates the account."""
    number = phone_number.parse(phone)
    codes.check(codes.Purpose.SIGN_IN, number, code)
    person = _by_phone(number)
    if person is not None:
        return (SignedIn(person.pk),)
    person = _create_borrower(number)
    _leaf(person, "joined")
    return (SignedIn(person.pk, first_time=True),)


# ── joining ────────────────────────────────────────────────────────────────────────────────────────────


@verb
def read_privacy_notice() -> None:
    """The borrower confirms having read the privacy notice; the first time counts."""
    person = _borrower()
    if person.privacy_read_at is None:
        person.privacy_read_at = clock.now()
        person.save(update_fields=["privacy_read_at"])
        _leaf(person, "privacy-read")


@verb
def tell_identity(name: str, id_number: str, known: bool = False) -> None:
    """The borrower says who he or she is: checked, sealed, and one account for one person.

    A mistyped name may be mended until a bank knows the holder by it (``known``): papers name nobody else then.
    Raises ``Refusal``: ``name-shape``, those of ``id_number.parse``, ``identity-elsewhere`` when the
    number belongs to another account, ``identity-told`` when another number, or a known name, was told before.
    """
    person = _borrower()
    name = parse_name(name)
    number = parse_id_number(id_number)
    hashed = keyed_hash(number, "id-number")
    if person.id_number_hash and person.id_number_hash != hashed:
        raise Refusal(
            "identity-told",
            words("这个账户已经登记了另一个身份证号。"),
            next_step=words("每个人用自己的手机号登录。"),
            field="id_number",
        )
    ring = keyring(person.pk)
    if known and ring.open_text(person.sealed_name, "name") not in ("", name):
        raise Refusal(
            "identity-told",
            words("银行已经按登记的名字认出了你，这里不能再改名字。"),
            next_step=words("改过名的，请先到银行改。"),
            field="name",
        )
    elsewhere = _identity_elsewhere()
    if Person.objects.filter(id_number_hash=hashed).exclude(pk=person.pk).exists():
        raise elsewhere
    person.sealed_name = ring.seal(name, "name")
    person.sealed_id_number = ring.seal(number, "id-number")
    person.id_number_hash = hashed
    try:
        with transaction.atomic():
            person.save(update_fields=["sealed_name", "sealed_id_number", "id_number_hash"])
    except IntegrityError:
        raise elsewhere from None
    _leaf(person, "identity-told", {"id_number_hash": hashed})


@verb
def set_large_text(large: bool) -> None:
    """Remember 大字 with the account."""
    person = _person()
    person.large_text = large
    person.save(update_fields=["large_text"])


@verb
def set_language(language: str) -> None:
    """Remember the language of the pages with the account, and of what is written to the person."""
    person = _person()
    person.language = language
    person.save(update_fields=["language"])


@verb
def set_theme(theme: str) -> None:
    """Remember light, dark or the phone's own (system) with the account."""
    person = _person()
    person.theme = theme
    person.save(update_fields=["theme"])


# ── consent ────────────────────────────────────────────────────────────────────────────────────────────


@verb
def give_consent(bank_id: UUID, purpose: str) -> UUID:
    """Consent to one purpose for one bank and return the consent's id; given twice it stays one.

    Raises ``Refusal("erasure-asked")`` while one's own request to be erased is open.
    Source: 个人信息保护法 第二十九条 (separate consent).
    """
    person = _borrower()
    if not Bank.objects.filter(pk=bank_id).exists():
        raise NotFound()
    standing = _standing(person, bank_id, purpose)
    if standing is not None:
        return standing.pk
    if ErasureRequest.objects.filter(borrower=person, taken_back_at__isnull=True, done_at__isnull=True).exists():
        raise Refusal(
            "erasure-asked",
            words("你请求了删除资料，新的同意现在给不了。"),
            next_step=words("想接着用，先在“我的资料”里收回删除。"),
        )
    consent = Consent(borrower=person, bank_id=bank_id, purpose=Consent.Purpose(purpose).value, given_at=clock.now())
    consent.save(force_insert=True)
    _leaf(person, "consent-given", {"bank": str(bank_id), "purpose": consent.purpose}, bank_id=bank_id)
    return consent.pk


@verb
def withdraw_consent(bank_id: UUID, purpose: str) -> None:
    """Withdraw a standing consent. Raises ``NotFound`` where none stands."""
    person = _borrower()
    consent = _standing(person, bank_id, purpose)
    if consent is None:
        raise NotFound()
    consent.withdrawn_at = clock.now()
    consent.save(update_fields=["withdrawn_at"])
    _leaf(person, "consent-withdrawn", {"bank": str(bank_id), "purpose": consent.purpose}, bank_id=bank_id)


# ── another phone ──────────────────────────────────────────────────────────────────────────────────────


@verb
def ask_change_phone(phone: str, asked_from: str) -> tuple[CodeSent, ...]:
    """Send a code to the borrower's new phone. Raises ``Refusal``: ``phone-same``, ``phone-taken``."""
    person = _borrower()
    number = phone_number.parse(phone)
    _refuse_taken(person, number)
    purpose = codes.Purpose.CHANGE_PHONE
    sent = codes.ask(purpose, number, asked_from, owner_id=person.pk, bound_to=str(person.pk))
    return (CodeSent(sent.pk),)


@verb
def change_phone(phone: str, code: str) -> None:
    """Put the new phone in the place of the old one, which is told; every other session ends.

    An account that the new phone opened but never used is given up.
    """
    person = _borrower()
    number = phone_number.parse(phone)
    codes.check(codes.Purpose.CHANGE_PHONE, number, code, bound_to=str(person.pk))
    other = _refuse_taken(person, number)
    if other is not None:
        _give_up(other)
    old = keyring(person.pk).open_text(person.sealed_phone, "phone")
    person.login = codes.phone_hash(number)
    person.sealed_phone = keyring(person.pk).seal(number, "phone")
    person.set_unusable_password()
    person.save(update_fields=["login", "sealed_phone", "password"])
    said = words("【和约】你的账户换成了手机号 %(phone)s。不是你换的，马上用原来的手机号联系我们。")
    text(person.pk, old, _(said) % {"phone": mask_phone(number)})
    _leaf(person, "phone-changed")


# ── signing ────────────────────────────────────────────────────────────────────────────────────────────


@verb
def ask_signing_code(document_sha256: str) -> tuple[CodeSent, ...]:
    """Send a code that signs the document of this digest, and no other (电子签名法 第十三条)."""
    person = _borrower()
    number = keyring(person.pk).open_text(person.sealed_phone, "phone")
    purpose, bound_to = codes.Purpose.SIGN_DOCUMENT, _signing_bond(person, document_sha256)
    sent = codes.ask(purpose, number, f"person:{person.pk}", owner_id=person.pk, bound_to=bound_to)
    return (CodeSent(sent.pk),)


@verb
def check_signing_code(document_sha256: str, code: str) -> UUID:
    """Spend the code that signs this document and return its id.

    Call it before the act writes anything else: a wrong try is committed (``CountedRefusal``).
    """
    person = _borrower()
    number = keyring(person.pk).open_text(person.sealed_phone, "phone")
    spent = codes.check(codes.Purpose.SIGN_DOCUMENT, number, code, bound_to=_signing_bond(person, document_sha256))
    _leaf(person, "signing-code-given", {"document_sha256": document_sha256, "code_id": str(spent.pk)})
    return spent.pk


# ── within ─────────────────────────────────────────────────────────────────────────────────────────────


def parse_name(text: str) -> str:
    """Return a name as on the identity card, spaces taken out and the dot of long names made one kind.

    Raises ``Refusal("name-shape")`` on the field ``name``.
    """
    name = re.sub(r"\s", "", text).translate(str.maketrans("•・．‧∙", "·····"))
    if not _NAME.fullmatch(name):
        raise Refusal(
            "name-shape",
            words("写身份证上的名字，2 到 30 个汉字。"),
            next_step=words("名字里的点用 ·。"),
            field="name",
            status=422,
        )
    return name


def parse_id_number(text: str) -> str:
    """Return an identity number that passes every check on the business day. Raises as ``id_number.parse``."""
    return id_number.parse(text, clock.today()).number


def _person() -> Person:
    person_id = current().actor.person_id
    found = Person.objects.select_for_update().filter(is_active=True)
    person = found.filter(pk=person_id).first() if person_id else None
    if person is None:
        raise NotPermitted()
    return person


def _borrower() -> Person:
    if current().actor.role is not Role.BORROWER:
        raise NotPermitted()
    return _person()


def _by_phone(number: str) -> Person | None:
    return Person.objects.filter(login=codes.phone_hash(number), role=Role.BORROWER.value, is_active=True).first()


def _create_borrower(number: str) -> Person:
    person = Person(id=uuid6.uuid7(), role=Role.BORROWER.value, login=codes.phone_hash(number), created_at=clock.now())
    person.sealed_phone = keyring(person.pk).seal(number, "phone")
    person.set_unusable_password()
    person.save(force_insert=True)
    return person


def _refuse_taken(person: Person, number: str) -> Person | None:
    """Return the unused account that stands on this phone, None when there is none."""
    if person.login == codes.phone_hash(number):
        raise Refusal("phone-same", words("现在用的就是这个手机号。"), next_step=words("填新的号码。"), field="phone")
    other = _by_phone(number)
    if other is not None and other.id_number_hash is not None:
        raise Refusal(
            "phone-taken",
            words("这个手机号已经有一个账户。"),
            next_step=words("换一个号码，或者用它登录。"),
            field="phone",
        )
    return other


def _give_up(person: Person) -> None:
    person.login = f"left:{person.pk}"
    person.is_active = False
    person.save(update_fields=["login", "is_active"])
    _leaf(person, "given-up")


def _identity_elsewhere() -> Refusal:
    return Refusal(
        "identity-elsewhere",
        words("这个身份证号在另一个手机号下登记过。"),
        next_step=words("用那个手机号登录，在“安全”里可以换成现在的号码。"),
        field="id_number",
    )


def _standing(person: Person, bank_id: UUID, purpose: str) -> Consent | None:
    return (
        Consent.objects.select_for_update()
        .filter(borrower=person, bank_id=bank_id, purpose=purpose, withdrawn_at__isnull=True)
        .first()
    )


def _signing_bond(person: Person, document_sha256: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", document_sha256):
        raise ValueError("a document is named by the SHA-256 of its bytes, in hex")
    return keyed_hash(f"{person.pk}|{document_sha256}", "signing")


def _leaf(person: Person, what: str, facts: dict[str, object] | None = None, *, bank_id: UUID | None = None) -> None:
    subject = Subject("person", person.pk, borrower_id=person.pk, bank_id=bank_id)
    append(f"person.{what}", subject, current().actor, facts)
