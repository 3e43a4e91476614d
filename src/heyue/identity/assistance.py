"""A helper (帮手): one whom a borrower asks openly, who accepts by the own code and acts as the own person.

A helper never signs, accepts an offer or hands in; every act is told to the borrower, and banks see that one helps.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from heyue import clock
from heyue.acts import current, verb
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal, words
from heyue.evidence import Subject, append
from heyue.identity import codes, phone_number
from heyue.identity.actions import CodeSent, parse_name
from heyue.identity.models import Assistance, Person
from heyue.notices import text
from heyue.policy.load import rule
from heyue.vault import keyring, mask_name, mask_phone

STANDING_MAX = 3
ASKED_OF_A_PHONE_MAX = 2
ASKED_BY_ONE_MAX = 6
ASKED_WITHIN = timedelta(days=1)
"""Each invitation is a text message to somebody who did not ask for it."""
Scope = Assistance.Scope
SCOPES: dict[str, str] = {
    Scope.SEE: words("看进度和还款"),
    Scope.FILL: words("帮着填申请"),
    Scope.MESSAGES: words("看银行的问题、代为回答"),
}
INVITATION = words("【和约】有人请你当帮手，登录 %(url)s 看看是谁。不认识就不用管。和约不收费，也没有代理人。")


@dataclass(frozen=True, slots=True)
class Help:
    """One assistance as it is shown: whose name and phone (masked), for what, until when, accepted or not."""

    row: Assistance
    name: str
    phone: str
    scopes: tuple[str, ...]
    accepted: bool


# ── the borrower's side ──────────────────────────────────────────────────────────────────────────────────


@verb
def invite(name: str, phone: str, scopes: frozenset[str], ends_on: date) -> UUID:
    """Ask somebody to help until a day; the phone is told. Seeing is part of every scope.

    Raises ``Refusal`` on the fields ``name``, ``phone``, ``scopes``, ``ends_on``.
    """
    person = _person()
    said = parse_name(name)
    number = phone_number.parse(phone)
    if codes.phone_hash(number) == person.login:
        raise Refusal("own-phone", words("这是你自己的手机号。填帮手的。"), field="phone", status=422)
    if not scopes or not scopes <= set(SCOPES):
        raise Refusal("scopes", words("选一样帮手能做的事"), field="scopes", status=422)
    today, last = current().today, latest_day()
    if not today <= ends_on <= last:
        raise Refusal(
            "helper-until",
            words("填今天到 %(last)s 之间的日子"),
            field="ends_on",
            status=422,
            params={"last": last.isoformat()},
        )
    standing = _standing().filter(borrower=person)
    if standing.filter(phone_hash=codes.phone_hash(number)).exists():
        raise Refusal("helper-there", words("已经请过这个人了。"), field="phone", status=422)
    if standing.count() >= STANDING_MAX:
        raise Refusal("helpers-many", words("最多三个帮手，先结束一个。"), field="phone", status=422)
    _refuse_too_often(person, codes.phone_hash(number))
    # One that ran out keeps no other from being asked anew.
    Assistance.objects.filter(borrower=person, ended_at__isnull=True, ends_on__lt=today).update(ended_at=clock.now())
    ring = keyring(person.pk)
    row = Assistance.objects.create(
        borrower=person,
        sealed_name=ring.seal(said, "helper-name"),
        sealed_phone=ring.seal(number, "helper-phone"),
        phone_hash=codes.phone_hash(number),
        scopes=sorted(scopes | {Scope.SEE.value}),
        ends_on=ends_on,
        asked_at=clock.now(),
    )
    text(person.pk, number, INVITATION % {"url": f"{settings.HEYUE_PUBLIC_URL}/helping"})
    _leaf(row, "helper-asked", {"scopes": row.scopes, "until": ends_on.isoformat()})
    return row.pk


@verb
def end(assistance_id: UUID) -> None:
    """End it at once, by the borrower or by the helper; ended twice it stays ended. Raises ``NotFound``."""
    me = _person()
    row = Assistance.objects.select_for_update().filter(pk=assistance_id).first()
    is_asked = row is not None and row.helper_id is None and me.login == row.phone_hash
    if row is None or (me.pk not in (row.borrower_id, row.helper_id) and not is_asked):
        raise NotFound()
    if row.ended_at is None:
        row.ended_at = clock.now()
        row.save(update_fields=["ended_at"])
        _leaf(row, "helper-ended")


def latest_day() -> date:
    """Return the last day until which help can be asked for today. Source: operator's HELPER-DAYS."""
    return clock.today() + timedelta(days=int(rule("HELPER-DAYS", clock.today()).value))


def own(actor: Actor) -> list[Help]:
    """Return whom a borrower asked to help and whose help stands, masked as others are shown."""
    if actor.role is not Role.BORROWER or actor.person_id is None:
        return []
    return _shown(_standing().filter(borrower_id=actor.person_id))


def copy_of(actor: Actor) -> list[dict[str, object]]:
    """Return whom a borrower asked to help, ended help too, in clear, for the copy of one's own data."""
    if actor.role is not Role.BORROWER or actor.person_id is None:
        return []
    ring = keyring(actor.person_id)
    return [
        {
            "name": ring.open_text(row.sealed_name, "helper-name"),
            "phone": ring.open_text(row.sealed_phone, "helper-phone"),
            "scopes": row.scopes,
            "until": row.ends_on,
            "asked_at": row.asked_at,
            "accepted_at": row.accepted_at,
            "ended_at": row.ended_at,
        }
        for row in Assistance.objects.filter(borrower_id=actor.person_id)
    ]


def helping(borrower_id: UUID) -> list[Help]:
    """Return who helps a borrower now, for the banks' and the platform's desks: accepted ones only."""
    return _shown(_standing().filter(borrower_id=borrower_id, accepted_at__isnull=False))


def _shown(rows: QuerySet[Assistance]) -> list[Help]:
    found = []
    for row in rows:
        ring = keyring(row.borrower_id)
        name = mask_name(ring.open_text(row.sealed_name, "helper-name"))
        phone = mask_phone(ring.open_text(row.sealed_phone, "helper-phone"))
        found.append(Help(row, name, phone, tuple(SCOPES[scope] for scope in row.scopes), row.accepted_at is not None))
    return found


# ── the helper's side ────────────────────────────────────────────────────────────────────────────────────


@verb
def ask_accept_code(assistance_id: UUID, asked_from: str) -> tuple[CodeSent, ...]:
    """Send the helper's own phone the code by which the help is accepted. Raises ``NotFound``, codes' refusals."""
    person, row = _asked_of_me(assistance_id)
    number = keyring(person.pk).open_text(person.sealed_phone, "phone")
    sent = codes.ask(codes.Purpose.HELP, number, asked_from, owner_id=person.pk, bound_to=str(row.pk))
    return (CodeSent(sent.pk),)


@verb
def accept(assistance_id: UUID, code: str) -> None:
    """Accept by the code that was sent to the own phone. Raises ``NotFound``, codes' refusals."""
    person, row = _asked_of_me(assistance_id)
    number = keyring(person.pk).open_text(person.sealed_phone, "phone")
    codes.check(codes.Purpose.HELP, number, code, bound_to=str(row.pk))
    row.helper = person
    row.accepted_at = clock.now()
    row.save(update_fields=["helper", "accepted_at"])
    _leaf(row, "helper-accepted", {"scopes": row.scopes, "until": row.ends_on.isoformat()})


def asked_of(actor: Actor) -> list[tuple[Assistance, str]]:
    """Return the standing help that this person was asked for or gives, each with the borrower's masked name."""
    me = Person.objects.filter(pk=actor.me, is_active=True).first()
    if me is None or actor.role is not Role.BORROWER:
        return []
    # A number may have changed hands since its former holder accepted.
    rows = _standing().filter(phone_hash=me.login, helper__isnull=True) | _standing().filter(helper=me)
    return [(row, _name_of(row.borrower)) for row in rows.distinct().select_related("borrower")]


def helper(actor: Actor, assistance_id: UUID) -> tuple[Actor, str]:
    """Return the actor as whom a person helps, and the borrower's masked name. Raises ``NotFound`` once it ended."""
    row = _standing().select_related("borrower").filter(pk=assistance_id, helper_id=actor.me).first()
    if row is None or row.accepted_at is None or actor.role is not Role.BORROWER:
        raise NotFound()
    acting = Actor(Role.HELPER, actor.person_id, helps=row.borrower_id, scopes=frozenset(row.scopes))
    return acting, _name_of(row.borrower)


def still_helps() -> Assistance:
    """Return the assistance of the open act's helper, locked, so that one just ended permits nothing more.

    Raises ``NotPermitted``.
    """
    actor = current().actor
    found = _standing().select_for_update(of=("self",)).filter(helper_id=actor.me, borrower_id=actor.helps)
    row = found.filter(accepted_at__isnull=False).first()
    if actor.role is not Role.HELPER or row is None or not actor.scopes <= set(row.scopes):
        raise NotPermitted()
    return row


def helpers_name(row: Assistance) -> str:
    """Return the helper's name, masked."""
    return mask_name(keyring(row.borrower_id).open_text(row.sealed_name, "helper-name"))


def _refuse_too_often(person: Person, phone_hash: str) -> None:
    """Count the invitations of a day, ended ones too: asking and ending in turn floods nobody's phone."""
    lately = Assistance.objects.filter(asked_at__gt=clock.now() - ASKED_WITHIN)
    of_phone, by_one = lately.filter(phone_hash=phone_hash).count(), lately.filter(borrower=person).count()
    if of_phone >= ASKED_OF_A_PHONE_MAX or by_one >= ASKED_BY_ONE_MAX:
        raise Refusal("helpers-asked-often", words("今天请得太多次了，明天再请。"), field="phone", status=429)


def _standing() -> QuerySet[Assistance]:
    return Assistance.objects.filter(ended_at__isnull=True, ends_on__gte=clock.today(), borrower__is_active=True)


def _asked_of_me(assistance_id: UUID) -> tuple[Person, Assistance]:
    person = _person()
    found = _standing().select_for_update(of=("self",)).filter(pk=assistance_id, accepted_at__isnull=True)
    row = found.filter(phone_hash=person.login).first()
    if row is None:
        raise NotFound()
    return person, row


def _person() -> Person:
    actor = current().actor
    found = Person.objects.select_for_update().filter(pk=actor.me, is_active=True).first()
    if actor.role is not Role.BORROWER or found is None:
        raise NotPermitted()
    return found


def _name_of(borrower: Person) -> str:
    return mask_name(keyring(borrower.pk).open_text(borrower.sealed_name, "name"))


def _leaf(row: Assistance, what: str, facts: dict[str, object] | None = None) -> None:
    """Write it as the one who did it: the helper's own account is not the borrower whom it concerns."""
    actor = current().actor
    if actor.person_id != row.borrower_id:
        actor = Actor(Role.HELPER, actor.person_id, helps=row.borrower_id)
    append(f"person.{what}", Subject("assistance", row.pk, borrower_id=row.borrower_id), actor, facts)
