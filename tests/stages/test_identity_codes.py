"""One-time codes: who may ask, how often, what they are good for, and that every wrong try counts."""

from datetime import timedelta
from typing import Any

import pytest

import build
from heyue import clock
from heyue.engine.refusal import Refusal
from heyue.identity import actions, codes
from heyue.identity.models import OneTimeCode
from heyue.journey import perform
from heyue.notices.models import TextMessage
from heyue.vault import keyring

PHONE = "13800005678"
DOCUMENT = "ab" * 32
pytestmark = pytest.mark.django_db


class MovableClock:
    """The machine's clock, moved by hand."""

    def __init__(self) -> None:
        self.now = clock.machine_now()

    def __call__(self) -> Any:
        return self.now

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> MovableClock:
    moved = MovableClock()
    monkeypatch.setattr(clock, "machine_now", moved)
    return moved


def ask(phone: str = PHONE, asked_from: str = "192.0.2.1") -> None:
    perform(build.SOMEBODY, actions.ask_sign_in_code, phone=phone, asked_from=asked_from)


def sign_in(code: str, phone: str = PHONE) -> actions.SignedIn:
    (who,) = perform(build.SOMEBODY, actions.sign_in_with_code, phone=phone, code=code)
    return who


def refused(because: str, do: Any, /, *args: Any, **kwargs: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        do(*args, **kwargs)
    assert caught.value.code == because
    return caught.value


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_code_has_six_digits_and_signs_in_once() -> None:
    ask()
    code = build.last_code(PHONE)
    assert len(code) == 6
    assert sign_in(code).first_time
    refused("no-code", sign_in, code)


def test_a_code_is_taken_with_spaces_and_wide_digits() -> None:
    ask()
    code = build.last_code(PHONE)
    typed = f" {code[:3]} {code[3:]} ".translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert sign_in(typed).person_id


def test_no_row_holds_the_code_or_the_phone() -> None:
    ask()
    code, row = build.last_code(PHONE), OneTimeCode.objects.get()
    kept = " ".join(str(value) for value in vars(row).values())
    assert PHONE not in kept
    assert row.code_hash != code
    assert "192.0.2.1" not in kept


def test_a_text_message_not_sent_in_time_is_not_sent_at_all() -> None:
    ask()
    row, message = OneTimeCode.objects.get(), TextMessage.objects.get()
    assert message.good_until == row.expires_at
    assert keyring(message.owner_id).open_text(message.sealed_phone, "sms-phone") == PHONE


def test_a_code_is_good_for_five_minutes(time: MovableClock) -> None:
    ask()
    code = build.last_code(PHONE)
    time.pass_by(minutes=5)
    refused("code-expired", sign_in, code)


def test_a_code_is_still_good_a_second_before(time: MovableClock) -> None:
    ask()
    time.pass_by(minutes=4, seconds=59)
    assert sign_in(build.last_code(PHONE)).first_time


def test_each_wrong_try_counts_though_its_act_is_refused() -> None:
    ask()
    code = build.last_code(PHONE)
    left = [refused("code-wrong", sign_in, wrong(code)).params.get("left") for _ in range(4)]
    assert left == [4, 3, 2, 1]
    assert OneTimeCode.objects.get().wrong_tries == 4


def test_a_code_with_a_digit_missing_costs_no_try() -> None:
    ask()
    code = build.last_code(PHONE)
    for _ in range(7):
        refused("code-length", sign_in, code[:5])
    assert sign_in(code).person_id


def test_after_five_wrong_tries_the_right_code_is_spent_too() -> None:
    ask()
    code = build.last_code(PHONE)
    for _ in range(5):
        refused("code-wrong", sign_in, wrong(code))
    refused("code-spent", sign_in, code)


def test_a_second_code_within_a_minute_is_refused_with_the_seconds_to_wait(time: MovableClock) -> None:
    ask()
    time.pass_by(seconds=20)
    assert refused("code-too-soon", ask).params["seconds"] in (40, 41)
    assert OneTimeCode.objects.count() == 1


def test_a_newer_code_takes_the_place_of_the_older(time: MovableClock) -> None:
    ask()
    older = build.last_code(PHONE)
    time.pass_by(seconds=61)
    ask()
    newer = build.last_code(PHONE)
    if older != newer:
        refused("code-wrong", sign_in, older)
    assert sign_in(newer).first_time


def test_five_codes_an_hour_for_a_phone(time: MovableClock) -> None:
    for _ in range(5):
        ask()
        time.pass_by(seconds=61)
    refused("codes-too-many", ask)
    time.pass_by(minutes=56)
    ask()


def test_thirty_codes_an_hour_for_an_address() -> None:
    for n in range(30):
        ask(phone=f"139{n:08d}")
    refused("codes-too-many", ask, phone="13700000000")
    ask(phone="13700000000", asked_from="198.51.100.7")


def test_a_code_for_one_phone_is_none_for_another() -> None:
    ask()
    refused("no-code", sign_in, build.last_code(PHONE), phone="13900001234")


def test_a_signing_code_signs_its_document_alone() -> None:
    lin = build.newcomer(PHONE)
    perform(lin, actions.ask_signing_code, document_sha256=DOCUMENT)
    code = build.last_code(PHONE)
    refused("no-code", perform, lin, actions.check_signing_code, document_sha256="cd" * 32, code=code)
    code_id = perform(lin, actions.check_signing_code, document_sha256=DOCUMENT, code=code)
    assert OneTimeCode.objects.get(pk=code_id).purpose == OneTimeCode.Purpose.SIGN_DOCUMENT
    refused("no-code", perform, lin, actions.check_signing_code, document_sha256=DOCUMENT, code=code)


def test_a_sign_in_code_signs_nothing() -> None:
    lin = build.newcomer(PHONE)
    ask()
    code = build.last_code(PHONE)
    refused("no-code", perform, lin, actions.check_signing_code, document_sha256=DOCUMENT, code=code)


def test_a_stranger_cannot_sign_with_anothers_code() -> None:
    lin, zhao = build.newcomer(PHONE), build.newcomer("13900001234")
    perform(lin, actions.ask_signing_code, document_sha256=DOCUMENT)
    refused("no-code", perform, zhao, actions.check_signing_code, document_sha256=DOCUMENT, code=build.last_code(PHONE))


def test_a_document_is_named_by_its_digest() -> None:
    lin = build.newcomer(PHONE)
    with pytest.raises(ValueError, match="SHA-256"):
        perform(lin, actions.ask_signing_code, document_sha256="agreement.pdf")


def test_how_long_to_wait_is_told_before_asking(time: MovableClock) -> None:
    sign_in_code = OneTimeCode.Purpose.SIGN_IN
    assert codes.seconds_until_resend(sign_in_code, PHONE) == 0
    ask()
    assert 59 <= codes.seconds_until_resend(sign_in_code, PHONE) <= 61
    time.pass_by(seconds=60)
    assert codes.seconds_until_resend(sign_in_code, PHONE) == 0


def test_codes_that_were_used_do_not_count_against_their_phone() -> None:
    for _ in range(8):
        ask()
        sign_in(build.last_code(PHONE))


def test_another_document_does_not_wait_for_the_first_ones_minute() -> None:
    lin = build.newcomer(PHONE)
    perform(lin, actions.ask_signing_code, document_sha256=DOCUMENT)
    perform(lin, actions.ask_signing_code, document_sha256="cd" * 32)
    refused("code-too-soon", perform, lin, actions.ask_signing_code, document_sha256=DOCUMENT)
