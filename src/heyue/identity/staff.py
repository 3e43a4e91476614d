"""Staff of the platform and of banks: an account by the operator, a login name and a password to sign in.

Wrong passwords are counted apart from the borrowers' codes: five in a quarter of an hour for one login
from one address, twenty in an hour for one login.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from uuid import UUID

import uuid6
from django.contrib.auth.hashers import check_password, make_password

from heyue import clock
from heyue.acts import current, verb
from heyue.engine.moves import Role
from heyue.engine.refusal import CountedRefusal, NotPermitted, Refusal, words
from heyue.evidence import Subject, append
from heyue.identity.actions import SignedIn
from heyue.identity.codes import address_hash
from heyue.identity.models import Person, WrongPassword
from heyue.vault import keyed_hash

STAFF = (Role.REVIEWER, Role.OFFICER, Role.OPERATOR)
PASSWORD_CHARS_MIN = 10
PASSWORD_CHARS_MAX = 200
HERE_MAX, HERE_SPAN = 5, timedelta(minutes=15)
ANYWHERE_MAX, ANYWHERE_SPAN = 20, timedelta(hours=1)


@verb
def staff_sign_in(login: str, password: str, asked_from: str) -> tuple[SignedIn, ...]:
    """Check login and password of staff and return who it is.

    Raises ``Refusal("passwords-too-many")`` past the limits, ``CountedRefusal("password-wrong")`` with one
    sentence for an unknown login and a wrong password.
    """
    login = login.strip().lower()
    hashed, address = keyed_hash(login, "staff-login"), address_hash(asked_from)
    person = (
        Person.objects.select_for_update()
        .filter(login=login, role__in=[r.value for r in STAFF], is_active=True)
        .first()
    )
    # Counted while the account is held: guesses made at once are counted one after the other.
    _refuse_too_many(hashed, address)
    # An unknown login costs the same time as a wrong password.
    against = person.password if person else _nobodys()
    right = check_password(password[:PASSWORD_CHARS_MAX], against)
    if person is None or not right:
        WrongPassword.objects.create(login_hash=hashed, asked_from=address, at=clock.machine_now())
        raise CountedRefusal(
            "password-wrong",
            words("账号或密码不对。"),
            next_step=words("再看一遍，注意大小写。"),
            field="password",
            status=422,
        )
    return (SignedIn(person.pk),)


@verb
def add_staff(
    role: Role, login: str, password: str, display_name: str, staff_number: str = "", bank_id: UUID | None = None
) -> UUID:
    """Add an account for staff; the operator's act. Returns the person's id. An officer belongs to a bank."""
    if current().actor.role not in (Role.OPERATOR, Role.PLATFORM):
        raise NotPermitted()
    login = login.strip().lower()
    if role not in STAFF or len(password) < PASSWORD_CHARS_MIN or (role is Role.OFFICER) != (bank_id is not None):
        raise ValueError("staff needs a staff role, a password of ten characters or more, an officer a bank")
    if Person.objects.filter(login=login).exists():
        raise Refusal("login-taken", words("这个账号已经有人用了。"), field="login")
    person = Person(
        id=uuid6.uuid7(),
        role=role.value,
        login=login,
        display_name=display_name,
        staff_number=staff_number,
        bank_id=bank_id,
        created_at=clock.now(),
    )
    person.set_password(password)
    person.save(force_insert=True)
    subject = Subject("person", person.pk, bank_id=bank_id)
    append("person.staff-added", subject, current().actor, {"role": role.value})
    return person.pk


@cache
def _nobodys() -> str:
    """Return a password's hash that nobody has, made once: making it at each try would tell by its time."""
    return make_password("nobody", salt="nobody")


def _refuse_too_many(hashed: str, address: str) -> None:
    at = clock.machine_now()
    tries = WrongPassword.objects.filter(login_hash=hashed)
    here = tries.filter(asked_from=address, at__gt=at - HERE_SPAN).count()
    anywhere = tries.filter(at__gt=at - ANYWHERE_SPAN).count()
    if here >= HERE_MAX or anywhere >= ANYWHERE_MAX:
        raise Refusal(
            "passwords-too-many",
            words("密码输错太多次，先停一停。"),
            next_step=words("过15分钟再试，或者请管理员重设。"),
            field="password",
            status=429,
        )
