"""The verbs of people: done, refused, by a stranger, twice."""

from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher

import build
import cast as stage
from cast import LIN_ID, LIN_NAME, LIN_PHONE, PASSWORD, ZHAO_ID, Cast
from heyue.engine.moves import PLATFORM, Actor, Role
from heyue.engine.refusal import NotFound, NotPermitted, Refusal
from heyue.evidence.models import Leaf
from heyue.identity import actions, reads, staff
from heyue.identity.models import Consent, Person
from heyue.journey import perform
from heyue.notices.models import TextMessage
from heyue.vault import keyring

NEW_PHONE = "13700009999"
pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return stage.assemble()


def refused(because: str, /, actor: Actor, do: Any, **values: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        perform(actor, do, **values)
    assert caught.value.code == because
    return caught.value


def leaves(actor: Actor) -> list[str]:
    return list(Leaf.objects.filter(borrower_id=actor.person_id).order_by("id").values_list("kind", flat=True))


# ── joining ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_use_of_a_phone_makes_the_account_and_the_second_finds_it() -> None:
    first = build.newcomer(LIN_PHONE)
    again = build.newcomer("+86 138 0000 5678".replace(" ", "")[3:])
    assert first == again
    assert Person.objects.count() == 1


def test_the_way_in_is_the_notice_then_the_identity() -> None:
    lin = build.newcomer(LIN_PHONE)
    assert reads.next_step_of_joining(reads.person(lin)) == "privacy"
    perform(lin, actions.read_privacy_notice)
    assert reads.next_step_of_joining(reads.person(lin)) == "identity"
    perform(lin, actions.tell_identity, name=LIN_NAME, id_number=LIN_ID)
    assert reads.next_step_of_joining(reads.person(lin)) is None
    assert leaves(lin) == ["person.joined", "person.privacy-read", "person.identity-told"]


def test_the_notice_read_twice_counts_from_the_first_time(cast: Cast) -> None:
    first = cast.lin_person.privacy_read_at
    perform(cast.lin, actions.read_privacy_notice)
    assert cast.lin_person.privacy_read_at == first
    assert leaves(cast.lin).count("person.privacy-read") == 1


def test_particulars_are_sealed_and_open_to_their_owner(cast: Cast) -> None:
    assert reads.own(cast.lin) == reads.Full(LIN_NAME, LIN_ID, LIN_PHONE)
    row = Person.objects.values().get(pk=cast.lin.person_id)
    written = " ".join(bytes(v).hex() if isinstance(v, bytes | memoryview) else str(v) for v in row.values())
    for secret in (LIN_NAME, LIN_ID, LIN_PHONE):
        assert secret not in written
        assert secret.encode().hex() not in written


def test_others_see_masks(cast: Cast) -> None:
    assert reads.masked(cast.lin_person) == reads.Masked("林*", "110101********7619", "138****5678")


def test_identity_told_twice_alike_is_no_matter_and_another_one_is_refused(cast: Cast) -> None:
    perform(cast.lin, actions.tell_identity, name=LIN_NAME, id_number=LIN_ID)
    refused("identity-told", cast.lin, actions.tell_identity, name=LIN_NAME, id_number="11010519491231002X")


def test_a_name_is_mended_until_a_bank_knows_it(cast: Cast) -> None:
    perform(cast.lin, actions.tell_identity, name="林小", id_number=LIN_ID)
    assert reads.own(cast.lin).name == "林小"
    told = {"id_number": LIN_ID, "known": True}
    refused("identity-told", cast.lin, actions.tell_identity, name="王五", **told)
    perform(cast.lin, actions.tell_identity, name="林小", **told)
    assert reads.own(cast.lin).name == "林小"


def test_one_identity_has_one_account(cast: Cast) -> None:
    other = build.newcomer(NEW_PHONE)
    said = refused("identity-elsewhere", other, actions.tell_identity, name="赵一鸣", id_number=ZHAO_ID)
    assert said.field == "id_number"
    assert said.next_step


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.OFFICER, Role.BANK, Role.CLOCK])
def test_nobody_but_a_borrower_tells_an_identity(cast: Cast, role: Role) -> None:
    actor = Actor(role, cast.lin.person_id)
    with pytest.raises(NotPermitted):
        perform(actor, actions.tell_identity, name=LIN_NAME, id_number=LIN_ID)


def test_an_account_that_has_ended_does_nothing(cast: Cast) -> None:
    Person.objects.filter(pk=cast.lin.person_id).update(is_active=False)
    with pytest.raises(NotPermitted):
        perform(cast.lin, actions.read_privacy_notice)


def test_the_size_of_the_text_is_remembered(cast: Cast) -> None:
    perform(cast.lin, actions.set_large_text, large=True)
    assert cast.lin_person.large_text


# ── consent ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_consent_given_twice_is_one(cast: Cast) -> None:
    values = {"bank_id": cast.bank_a.pk, "purpose": "accounts"}
    assert perform(cast.lin, actions.give_consent, **values) == perform(cast.lin, actions.give_consent, **values)
    assert Consent.objects.count() == 1


def test_consents_of_banks_and_purposes_stand_apart(cast: Cast) -> None:
    perform(cast.lin, actions.give_consent, bank_id=cast.bank_a.pk, purpose="accounts")
    perform(cast.lin, actions.give_consent, bank_id=cast.bank_b.pk, purpose="health")
    assert reads.standing_consents(cast.lin, "accounts") == {cast.bank_a.pk}
    assert reads.standing_consents(cast.lin, "health") == {cast.bank_b.pk}
    assert reads.standing_consents(cast.zhao, "accounts") == set()


def test_a_consent_withdrawn_stays_with_its_date_and_can_be_given_anew(cast: Cast) -> None:
    values = {"bank_id": cast.bank_a.pk, "purpose": "accounts"}
    first = perform(cast.lin, actions.give_consent, **values)
    perform(cast.lin, actions.withdraw_consent, **values)
    assert Consent.objects.get(pk=first).withdrawn_at is not None
    assert reads.standing_consents(cast.lin, "accounts") == set()
    assert perform(cast.lin, actions.give_consent, **values) != first
    assert leaves(cast.lin)[-3:] == ["person.consent-given", "person.consent-withdrawn", "person.consent-given"]


def test_what_was_not_given_cannot_be_withdrawn_nor_anothers(cast: Cast) -> None:
    values = {"bank_id": cast.bank_a.pk, "purpose": "accounts"}
    perform(cast.lin, actions.give_consent, **values)
    with pytest.raises(NotFound):
        perform(cast.zhao, actions.withdraw_consent, **values)
    perform(cast.lin, actions.withdraw_consent, **values)
    with pytest.raises(NotFound):
        perform(cast.lin, actions.withdraw_consent, **values)


def test_a_consent_is_for_a_bank_that_exists_and_by_a_borrower(cast: Cast) -> None:
    with pytest.raises(NotFound):
        perform(cast.lin, actions.give_consent, bank_id=cast.lin.person_id, purpose="accounts")
    with pytest.raises(NotPermitted):
        perform(cast.officer_a, actions.give_consent, bank_id=cast.bank_a.pk, purpose="accounts")


# ── another phone ──────────────────────────────────────────────────────────────────────────────────────


def change_phone(actor: Actor, phone: str = NEW_PHONE) -> None:
    perform(actor, actions.ask_change_phone, phone=phone, asked_from="192.0.2.1")
    perform(actor, actions.change_phone, phone=phone, code=build.last_code(phone))


def test_another_phone_signs_in_to_the_same_account_and_the_old_one_is_told(cast: Cast) -> None:
    before = cast.lin_person.get_session_auth_hash()
    change_phone(cast.lin)
    assert build.newcomer(NEW_PHONE) == cast.lin
    assert reads.own(cast.lin).phone == NEW_PHONE
    assert cast.lin_person.get_session_auth_hash() != before
    told = TextMessage.objects.filter(owner_id=cast.lin.person_id).order_by("-id")
    opened = [keyring(m.owner_id).open_text(m.sealed_phone, "sms-phone") for m in told]
    assert LIN_PHONE in opened
    assert build.newcomer(LIN_PHONE) != cast.lin


def test_the_same_phone_and_a_used_one_are_refused(cast: Cast) -> None:
    refused("phone-same", cast.lin, actions.ask_change_phone, phone=LIN_PHONE, asked_from="192.0.2.1")
    refused("phone-taken", cast.lin, actions.ask_change_phone, phone=stage.ZHAO_PHONE, asked_from="192.0.2.1")


def test_an_account_that_the_new_phone_opened_but_never_used_is_given_up(cast: Cast) -> None:
    empty = build.newcomer(NEW_PHONE)
    change_phone(cast.lin)
    assert build.newcomer(NEW_PHONE) == cast.lin
    assert not Person.objects.get(pk=empty.person_id).is_active


def test_a_code_asked_by_one_changes_nothing_for_another(cast: Cast) -> None:
    perform(cast.lin, actions.ask_change_phone, phone=NEW_PHONE, asked_from="192.0.2.1")
    refused("no-code", cast.zhao, actions.change_phone, phone=NEW_PHONE, code=build.last_code(NEW_PHONE))


# ── staff ──────────────────────────────────────────────────────────────────────────────────────────────


def staff_signs_in(login: str, password: str, asked_from: str = "192.0.2.1") -> Any:
    (who,) = perform(Actor(Role.OFFICER), staff.staff_sign_in, login=login, password=password, asked_from=asked_from)
    return who.person_id


def test_staff_sign_in_with_login_and_password(cast: Cast) -> None:
    assert staff_signs_in(" Wang ", PASSWORD) == cast.officer_a.person_id


@pytest.mark.parametrize(("login", "password"), [("wang", "wrong"), ("nobody", PASSWORD), ("wang", ""), ("", "")])
def test_a_wrong_login_and_a_wrong_password_sound_alike(cast: Cast, login: str, password: str) -> None:
    with pytest.raises(Refusal) as caught:
        staff_signs_in(login, password)
    assert caught.value.code == "password-wrong"


def test_a_borrower_does_not_sign_in_at_the_desk(cast: Cast) -> None:
    with pytest.raises(Refusal) as caught:
        staff_signs_in(cast.lin_person.login, "")
    assert caught.value.code == "password-wrong"


def test_an_unknown_login_costs_as_many_hashes_as_a_known_one(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(salt)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    counts = {}
    for login in ("nobody-before", "wang", "nobody"):
        hashed.clear()
        with pytest.raises(Refusal):
            staff_signs_in(login, "wrong")
        counts[login] = len(hashed)
    assert counts["nobody"] == counts["wang"] == 1


def test_after_five_wrong_passwords_the_right_one_waits_but_not_from_elsewhere(cast: Cast) -> None:
    for _ in range(5):
        with pytest.raises(Refusal):
            staff_signs_in("wang", "wrong")
    with pytest.raises(Refusal) as caught:
        staff_signs_in("wang", PASSWORD)
    assert caught.value.code == "passwords-too-many"
    assert staff_signs_in("wang", PASSWORD, asked_from="198.51.100.7") == cast.officer_a.person_id
    assert staff_signs_in("lu", PASSWORD) == cast.officer_b.person_id


def test_staff_is_added_by_the_operator_alone(cast: Cast) -> None:
    values: dict[str, Any] = {"role": Role.REVIEWER, "login": "li", "password": PASSWORD, "display_name": "李"}
    with pytest.raises(NotPermitted):
        perform(cast.reviewer, staff.add_staff, **values)
    perform(cast.operator, staff.add_staff, **values)
    refused("login-taken", cast.operator, staff.add_staff, **values)


def test_an_officer_has_a_bank_and_a_reviewer_has_none(cast: Cast) -> None:
    values: dict[str, Any] = {"login": "li", "password": PASSWORD, "display_name": "李"}
    with pytest.raises(ValueError, match="officer"):
        perform(PLATFORM, staff.add_staff, role=Role.OFFICER, **values)
    with pytest.raises(ValueError, match="officer"):
        perform(PLATFORM, staff.add_staff, role=Role.REVIEWER, bank_id=cast.bank_a.pk, **values)


def test_who_is_signed_in_is_shown_masked_for_borrowers_and_by_name_for_staff(cast: Cast) -> None:
    lin, wang = reads.shown_as(cast.lin), reads.shown_as(cast.officer_a)
    assert lin is not None
    assert lin.name == "林*"
    assert wang is not None
    assert (wang.name, wang.staff_number, wang.bank_name) == ("王立", "A-0101", "东湖银行")
    assert reads.shown_as(None) is None
