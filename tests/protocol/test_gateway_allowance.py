"""What a bank may call, how often, in which version; its negotiations page by page; the platform's keys."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from heyue import clock
from heyue.banks.actions import join, retire_key
from heyue.banks.models import Bank, BankKey, InboundMessage
from heyue.banks.reads import in_use
from heyue.engine.refusal import NotFound
from heyue.gateway import sm2
from heyue.gateway.signing import Signer
from protocol.gateway_peer import BankPeer, code_of, matter, onboarding, tell_bank
from sandbox_bank import national
from sandbox_bank import signing as banks

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("heyue.faces.bank.urls"),
    pytest.mark.filterwarnings("ignore:Using only a label", "ignore:No directory at"),
]
KEY = "platform-1=" + b64encode(bytes(range(32))).decode()


@pytest.fixture
def bank() -> BankPeer:
    return BankPeer("donghu")


def listed(bank: BankPeer, query: str = "") -> dict[str, Any]:
    return json.loads(bank.get(f"/v1/negotiations{query}").content)


# ── scopes, version, quota ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        ("events", "/v1/negotiations/0197a3c0-5b8e-7c3a-9d54-2f6f0f6f1c11/events/x"),
        ("proofs", "/v1/proofs/0197a3c0-5b8e-7c3a-9d54-2f6f0f6f1c11"),
        ("negotiations", "/v1/negotiations"),
    ],
)
def test_what_is_not_opened_to_a_bank_is_refused(bank: BankPeer, scope: str, path: str) -> None:
    others = [one for one in Bank.Scope.values if one != scope]
    join(onboarding("donghu", bank.key, scopes=others))
    answer = bank.get(path)
    assert (answer.status_code, code_of(answer)) == (403, "scope-missing")
    join(onboarding("donghu", bank.key, scopes=[scope]))
    assert bank.get(path).status_code in (200, 404)


def test_joining_again_without_telling_scopes_leaves_them(bank: BankPeer) -> None:
    join(onboarding("donghu", bank.key, scopes=["events"], requests_per_minute=7))
    row = join(onboarding("donghu", bank.key))
    assert (row.scopes, row.requests_per_minute) == (["events"], 7)


def test_every_answer_tells_the_version_and_what_is_left(bank: BankPeer) -> None:
    first, second = bank.get("/v1/negotiations"), bank.get("/v1/negotiations")
    assert first["Heyue-Protocol"] == "1"
    assert first["RateLimit-Policy"] == '"minute";q=2400;w=60'
    assert first["RateLimit"].startswith('"minute";r=2399;t=')
    assert second["RateLimit"].startswith('"minute";r=2398;t=')
    unsigned = Client().get("/v1/negotiations")
    assert unsigned["Heyue-Protocol"] == "1"
    assert not unsigned.has_header("RateLimit")


def test_a_minute_that_is_over_is_counted_no_more(bank: BankPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    Bank.objects.update(requests_per_minute=1)
    assert bank.get("/v1/negotiations").status_code == 200
    assert bank.get("/v1/negotiations").status_code == 429
    later = clock.machine_now() + timedelta(seconds=61)
    monkeypatch.setattr("heyue.banks.nonces.clock.machine_now", lambda: later)
    assert bank.get("/v1/negotiations").status_code == 200


def test_another_version_is_not_understood(bank: BankPeer) -> None:
    headers = bank.signed("GET", "/v1/negotiations")
    assert bank.raw("GET", "/v1/negotiations", b"", headers | {"heyue-protocol": "1"}).status_code == 200
    answer = bank.raw("GET", "/v1/negotiations", b"", headers | {"heyue-protocol": "2"})
    assert (answer.status_code, code_of(answer)) == (400, "version-unknown")


def test_a_body_of_another_type_is_not_stored(bank: BankPeer) -> None:
    row = matter(bank.bank)
    event = bank.event(row.pk, "officer.assigned", 1)
    answer = bank.post(f"/v1/negotiations/{row.pk}/events", json.dumps(event).encode(), event["id"], "text/plain")
    assert (answer.status_code, code_of(answer)) == (415, "media-type")
    assert not InboundMessage.objects.exists()


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/v1/negotiations"), ("PUT", "/v1/keys")])
def test_a_method_that_is_not_there_is_told_so(bank: BankPeer, method: str, path: str) -> None:
    answer = bank.raw(method, path, b"", bank.signed(method, path))
    assert (answer.status_code, code_of(answer)) == (405, "no-such-operation")
    assert answer["Allow"] == "GET"


# ── paging ─────────────────────────────────────────────────────────────────────────────────────────────


def test_negotiations_come_page_by_page_each_once(bank: BankPeer) -> None:
    rows = [matter(bank.bank) for _ in range(5)]
    found, query, pages = [], "?limit=2", 0
    while True:
        page = listed(bank, query)
        found += [one["id"] for one in page["negotiations"]]
        pages += 1
        if page["next"] is None:
            break
        query = f"?limit=2&after={page['next']}"
    assert (found, pages) == ([str(row.pk) for row in rows], 3)


def test_a_bank_lists_its_own_only(bank: BankPeer) -> None:
    matter(BankPeer("nanshan").bank)
    assert listed(bank) == {"negotiations": [], "next": None}


def test_a_line_tells_where_both_counts_stand(bank: BankPeer) -> None:
    row = matter(bank.bank)
    bank.send(bank.event(row.pk, "officer.assigned", 1))
    bank.send(bank.event(row.pk, "question.asked", 2))
    tell_bank(row, "question.answered")
    (line,) = listed(bank)["negotiations"]
    assert (line["number"], line["next_sequence"], line["sent_sequence"]) == (row.number, "3", "1")


@pytest.mark.parametrize("query", ["?after=x", "?after=%00", "?limit=0", "?limit=201", "?limit=-1", "?limit=%D9%A3"])
def test_a_page_that_is_none_is_pointed_at(bank: BankPeer, query: str) -> None:
    answer = bank.get(f"/v1/negotiations{query}")
    assert (answer.status_code, code_of(answer)) == (422, "malformed")


def test_a_page_costs_the_same_however_long(bank: BankPeer, django_assert_num_queries: Any) -> None:
    matter(bank.bank)
    with django_assert_num_queries(8):
        listed(bank)
    for _ in range(6):
        matter(bank.bank)
    with django_assert_num_queries(8):
        listed(bank)


# ── keys ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_platform_tells_its_key_and_the_one_that_follows(settings: Any) -> None:
    settings.HEYUE_SIGNING_KEY = KEY
    following = Signer("platform-2", Signer.read(KEY).key)
    settings.HEYUE_SIGNING_KEY_NEXT = KEY.replace("platform-1", "platform-2")
    told = json.loads(Client().get("/v1/keys").content)["keys"]
    assert [one["keyid"] for one in told] == ["platform-1", "platform-2"]
    assert told[1] == {"keyid": "platform-2", "alg": "ed25519", "public_key": following.public_text}


def test_an_old_key_overlaps_with_the_new_one_until_its_time(bank: BankPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    retire_key("donghu-1", at=clock.machine_now() + timedelta(seconds=60))
    assert bank.get("/v1/negotiations").status_code == 200
    later = clock.machine_now() + timedelta(seconds=90)
    monkeypatch.setattr("heyue.banks.reads.clock.machine_now", lambda: later)
    answer = bank.get("/v1/negotiations")
    assert (answer.status_code, code_of(answer)) == (401, "unknown-key")


def test_a_key_that_was_to_end_later_is_ended_at_once_when_it_is_stolen(bank: BankPeer) -> None:
    retire_key("donghu-1", at=clock.machine_now() + timedelta(days=7))
    assert BankKey.objects.filter(in_use(), bank=bank.bank).exists(), "until then the bank is not without a key"
    retire_key("donghu-1")
    assert not BankKey.objects.filter(in_use(), bank=bank.bank).exists()
    assert code_of(bank.get("/v1/negotiations")) == "unknown-key"
    with pytest.raises(NotFound):
        retire_key("donghu-1")


def test_a_bank_signs_with_sm2_where_that_is_switched_on(bank: BankPeer, settings: Any) -> None:
    bank.key = national.Sm2PrivateKey.generate()  # type: ignore[assignment]
    bank.keyid = "donghu-sm2"
    join(onboarding("donghu", bank.key, keyid=bank.keyid))
    assert len(bytes(BankKey.objects.get(keyid="donghu-sm2").public_key)) == sm2.PUBLIC_BYTES
    assert code_of(bank.get("/v1/negotiations")) == "signature-invalid"
    settings.HEYUE_SM2 = True
    assert bank.get("/v1/negotiations").status_code == 200
    row = matter(bank.bank)
    assert bank.send(bank.event(row.pk, "officer.assigned", 1)).status_code == 202
    assert banks.alg_of(bank.key) == "sm2-sm3"
