"""A bank joins by its onboarding facts: again without harm, with a new key, a new menu, a new address."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from heyue import clock
from heyue.banks import reads, sandbox_clock
from heyue.banks.actions import join, retire_key
from heyue.banks.models import Bank, BankKey, BankPolicy, SandboxControl
from heyue.engine.moves import Actor, Role
from heyue.engine.refusal import NotFound, Refusal
from heyue.evidence.models import Leaf
from heyue.faces.worker import days
from protocol.gateway_peer import move_clock_to, onboarding

pytestmark = pytest.mark.django_db
KEY, OTHER_KEY = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
MONDAY = date(2026, 11, 16)


def facts(**more: Any) -> dict[str, Any]:
    return onboarding("donghu", KEY) | more


def refusal_of(**more: Any) -> Refusal:
    with pytest.raises(Refusal) as refused:
        join(facts(**more))
    return refused.value


def test_a_bank_joins_with_its_key_and_menu() -> None:
    bank = join(facts())
    assert (bank.slug, bank.base_url, bank.joined_on) == ("donghu", "http://donghu.example", clock.today())
    signatory = reads.signatory("donghu-1")
    assert signatory is not None
    assert (signatory.id, signatory.slug) == (bank.pk, "donghu")
    assert signatory.key.public_bytes_raw() == KEY.public_key().public_bytes_raw()
    assert reads.menu(bank.pk, clock.today()) == {"method": "interest_free", "periods": [12]}
    assert Leaf.objects.filter(kind="bank.joined", bank_id=bank.pk).count() == 1


def test_banks_get_colours_of_their_own() -> None:
    colours = [join(onboarding(slug, Ed25519PrivateKey.generate())).colour for slug in ("a", "b", "c")]
    assert colours == [1, 2, 3]


def test_joining_again_brings_up_to_date_what_differs() -> None:
    join(facts())
    bank = join(facts(hotline="95500", base_url="http://new.example"))
    assert Bank.objects.count() == 1
    assert (bank.hotline, bank.base_url) == ("95500", "http://new.example")
    assert Leaf.objects.filter(kind="bank.changed").count() == 1


def test_unknown_facts_are_ignored() -> None:
    join(facts(bank_id="x", demo_people=[{"name": "林晓"}]))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slug": "Dong Hu"}, "slug"),
        ({"name": ""}, "name"),
        ({"seal": "东湖"}, "seal"),
        ({"base_url": "ftp://x"}, "base_url"),
        ({"public_key": "AAAA"}, "public_key"),
        ({"public_key": "not base64"}, "public_key"),
    ],
)
def test_facts_that_are_missing_or_wrong_are_named(change: dict[str, Any], field: str) -> None:
    refused = refusal_of(**change)
    assert refused.code == "onboarding-incomplete"
    assert field in str(refused)
    assert not Bank.objects.exists()


@pytest.mark.parametrize(("mail_address", "channel"), [("cards@qinghe.example", "email"), ("", "phone")])
def test_a_bank_without_a_system_joins_without_a_key(mail_address: str, channel: str) -> None:
    told = facts(mail_address=mail_address)
    for name in ("keyid", "public_key", "base_url"):
        told.pop(name)
    bank = join(told)
    assert (bank.channel, bank.mail_address) == (channel, mail_address)
    assert not BankKey.objects.exists()
    assert join(facts()).channel == channel


@pytest.mark.parametrize("missing", ["keyid", "public_key"])
def test_a_bank_with_a_system_joins_with_its_key_alone(missing: str) -> None:
    told = facts()
    told.pop(missing)
    with pytest.raises(Refusal) as refused:
        join(told)
    assert (refused.value.code, "public_key" in str(refused.value)) == ("onboarding-incomplete", True)


def test_a_key_under_a_new_name_stands_beside_the_old_one_until_that_is_retired() -> None:
    join(facts())
    join(facts(keyid="donghu-2", public_key=onboarding("x", OTHER_KEY)["public_key"]))
    assert reads.signatory("donghu-1")
    assert reads.signatory("donghu-2")
    retire_key("donghu-1")
    assert reads.signatory("donghu-1") is None
    assert reads.signatory("donghu-2")
    with pytest.raises(NotFound):
        retire_key("donghu-1")


def test_a_key_name_means_one_key_of_one_bank() -> None:
    join(facts())
    assert refusal_of(public_key=onboarding("x", OTHER_KEY)["public_key"]).code == "key-changed"
    with pytest.raises(Refusal, match="已经属于另一家银行"):
        join(onboarding("nanshan", OTHER_KEY, keyid="donghu-1"))
    assert BankKey.objects.count() == 1
    assert not Bank.objects.filter(slug="nanshan").exists()


def test_a_new_menu_takes_effect_today_and_the_old_one_stays_for_its_days() -> None:
    move_clock_to(MONDAY)
    bank = join(facts())
    move_clock_to(MONDAY + timedelta(days=3))
    join(facts(policy={"periods": [24]}))
    assert reads.menu(bank.pk, MONDAY) == {"method": "interest_free", "periods": [12]}
    assert reads.menu(bank.pk, MONDAY + timedelta(days=2)) == {"method": "interest_free", "periods": [12]}
    assert reads.menu(bank.pk, MONDAY + timedelta(days=3)) == {"periods": [24]}
    assert reads.menu(bank.pk, MONDAY - timedelta(days=1)) is None
    join(facts(policy={"periods": [36]}))
    assert reads.menu(bank.pk, clock.today()) == {"periods": [36]}
    assert BankPolicy.objects.count() == 2


def test_a_banks_own_people_see_their_bank_only() -> None:
    donghu, nanshan = join(facts()), join(onboarding("nanshan", OTHER_KEY))
    officer = Actor(Role.OFFICER, bank_id=donghu.pk)
    assert [bank.pk for bank in reads.banks(officer)] == [donghu.pk]
    with pytest.raises(NotFound):
        reads.bank(officer, nanshan.pk)
    assert {bank.pk for bank in reads.banks(Actor(Role.BORROWER))} == {donghu.pk, nanshan.pk}


# ── the sandbox banks' day ─────────────────────────────────────────────────────────────────────────────


class Told:
    """What the control address was told, and what it answers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.status, self.days = 200, []
        monkeypatch.setattr(sandbox_clock.httpx, "post", self.post)

    def post(self, url: str, **request: Any) -> Any:
        import httpx

        if self.status == 0:
            raise httpx.ConnectError("nobody there")
        assert url == "http://control.example/control/clock"
        assert request["headers"] == {"authorization": "Bearer secret"}
        self.days.append(request["json"]["today"])
        return httpx.Response(self.status)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    move_clock_to(MONDAY)
    join(facts(control_url="http://control.example/", control_token="secret"))
    return Told(monkeypatch)


def at_once() -> None:
    SandboxControl.objects.update(next_try_at=clock.machine_now(), leased_until=None)


def test_a_sandbox_bank_is_told_each_day_once(told: Told) -> None:
    days.tell_the_day()
    days.tell_the_day()
    move_clock_to(MONDAY + timedelta(days=9))
    days.tell_the_day()
    assert told.days == ["2026-11-16", "2026-11-25"]


@pytest.mark.parametrize("trouble", [0, 500, 503, 429])
def test_a_sandbox_bank_that_is_down_is_told_when_it_is_back(told: Told, trouble: int) -> None:
    told.status = trouble
    for _ in range(9):
        at_once()
        days.tell_the_day()
    control = SandboxControl.objects.get()
    assert control.told_on is None
    assert control.last_error
    assert control.next_try_at - clock.machine_now() < timedelta(seconds=20), "somebody waits for the day to turn"
    told.status = 200
    at_once()
    days.tell_the_day()
    assert SandboxControl.objects.get().told_on == MONDAY


def test_a_sandbox_bank_that_refuses_the_day_holds_up_nothing(told: Told) -> None:
    told.status = 422
    days.tell_the_day()
    assert SandboxControl.objects.get().told_on == MONDAY
    assert Bank.objects.filter(sandbox_clock.in_step("keys__bank")).exists()


def test_a_bank_whose_control_address_changed_is_told_anew(told: Told) -> None:
    days.tell_the_day()
    join(facts(control_url="http://control.example", control_token="secret"))
    days.tell_the_day()
    assert told.days == ["2026-11-16", "2026-11-16"]


def test_where_time_is_real_nobody_is_told(told: Told, settings: Any) -> None:
    settings.HEYUE_CLOCK_HELD = False
    assert days.tell_the_day() == 0
    assert told.days == []
