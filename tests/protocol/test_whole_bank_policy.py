"""The bank that newcomers copy agrees to nothing that its policy does not hold, whoever proposes it."""

from __future__ import annotations

import importlib.util
from base64 import b64encode
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from heyue.gateway import events, wire
from heyue.gateway.server import hash_of
from heyue.gateway.signing import Signer
from protocol.server_kit import application

FILE = Path(__file__).parents[2] / "docs" / "protocol" / "examples" / "whole_bank.py"
LIN = {"name": "林晓", "id_number": "110101199003074477", "phone": "13800005678"}
GOOD: dict[str, Any] = {"principal": "28400.00", "down_payment": "0.00", "periods": 24, "method": "interest_free",
                        "first_due": "2026-12-18", "due_day": 18}  # fmt: skip
BAD: list[dict[str, Any]] = [
    {"principal": "1.00"},
    {"principal": "29600.00"},
    {"down_payment": "100.00"},
    {"periods": 61},
    {"method": "equal_instalment", "annual_rate": "0.05"},
    {"first_due": "2028-12-18"},
    {"first_due": "2026-11-16", "due_day": 16},
]


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    key = Ed25519PrivateKey.generate()
    told = {"BANK_KEY": "xiling-1=" + b64encode(key.private_bytes_raw()).decode(), "BANK_TODAY": "2026-11-16"}
    platform = {"PLATFORM_URL": "https://p.example", "PLATFORM_KEY": f"p-1={Signer('p-1', key).public_text}"}
    for name, value in {**told, **platform, "BANK_DB": str(tmp_path / "xiling.sqlite")}.items():
        monkeypatch.setenv(name, value)
    spec = importlib.util.spec_from_file_location("whole_bank_read", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Heard:
    """Stands where a negotiation does, and keeps the names of what is said."""

    asked_hash_stands = True

    def __init__(self, transaction: Any, asked: wire.Application) -> None:
        self.transaction, self.application, self.said = transaction, asked, []  # type: ignore[var-annotated]

    def __getattr__(self, name: str) -> Any:
        return lambda *what: self.said.append((name, *what))


def asked(holder: dict[str, Any] = LIN, **terms: Any) -> wire.Application:
    told: Any = application("0197a3c0-1111-7c3a-9d54-2f6f0f6f1c11")
    card = told["debt"]["structure"][0] | {"card": "xl-4410", "last4": "4410"}
    wanted = told["asked"] | {"terms": GOOD | terms, "waived": "1200.00"}
    whole = told | {"holder": holder, "debt": told["debt"] | {"structure": [card]}, "asked": wanted}
    return wire.Application.model_validate(whole)


def answer(bank: ModuleType, given: wire.Application) -> list[Any]:
    with bank.store.transaction() as transaction:
        heard = Heard(transaction, given)
        bank.applied(heard, given)
    return heard.said


def test_what_the_policy_holds_is_accepted(bank: ModuleType) -> None:
    assert answer(bank, asked())[-1] == ("accept", date(2026, 12, 1))


@pytest.mark.parametrize("holder", [LIN | {"name": "别人"}, LIN | {"id_number": "11010119900307450X"}])
def test_another_persons_card_is_not_negotiated(bank: ModuleType, holder: dict[str, Any]) -> None:
    (said,) = answer(bank, asked(holder))
    assert said[:2] == ("refuse", "not-eligible")


@pytest.mark.parametrize("bad", BAD)
def test_what_is_asked_beyond_the_policy_is_answered_by_an_offer_within_it(
    bank: ModuleType, bad: dict[str, Any]
) -> None:
    given = asked(**bad)
    name, terms, waived_fen, valid_until, _ = answer(bank, given)[-1]
    assert name == "offer"
    assert bank.fits(terms, waived_fen, given.debt)
    assert len(hash_of(terms)) == 64
    assert date(2026, 11, 16) <= valid_until < terms.first_due


BEYOND = [{"terms": GOOD | one} for one in BAD]
BEYOND += [{"waived": "1300.00"}, {"interest_after_base_date": "added"}]


@pytest.mark.parametrize(
    ("change", "said"), [({}, "accept_counter"), *[(change, "refuse_counter") for change in BEYOND]]
)
def test_a_counter_is_held_against_the_same_policy(bank: ModuleType, change: dict[str, Any], said: str) -> None:
    told = {"counter_id": "c-1", "offer_id": "o-1", "terms": GOOD, "waived": "1200.00", "hash": "0" * 64,
            "interest_after_base_date": "waived"}  # fmt: skip
    heard = Heard(None, asked())
    bank.countered(heard, events.OfferCountered.model_validate(told | change))
    assert [one[0] for one in heard.said] == [said]
