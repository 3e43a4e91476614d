"""The SM2/SM3 suite: the standard's own example, two libraries against each other, and the switch."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from heyue.gateway import signing, sm2
from heyue.gateway.problems import Problem
from sandbox_bank import national
from sandbox_bank import signing as banks

pytestmark = pytest.mark.filterwarnings("ignore:Using only a label")
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
URL, PATH = "https://gateway.example.cn/v1/negotiations/n/events", "/v1/negotiations/n/events"
HEADERS = {"content-type": "application/cloudevents+json", "idempotency-key": "k-1"}
BODY = '{"单位":"元"}'.encode()
PLATFORM = signing.Signer("platform-sm2", sm2.Sm2PrivateKey.generate())
BANK = national.Sm2PrivateKey.generate()
TARGET = banks.Target("POST", "gateway.example.cn", PATH)

# GB/T 32918.5-2017, A.2: the recommended curve's signature example.
EXAMPLE_KEY = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
EXAMPLE_SIGNATURE = bytes.fromhex(
    "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
    "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
)


def by_bank(key: Any = BANK, **changes: Any) -> signing.Incoming:
    headers = banks.sign(TARGET, key, "bank-sm2", int(NOW.timestamp()), BODY, HEADERS)
    told = {"method": "POST", "url": URL, "headers": headers, "body": BODY}
    return signing.Incoming(**{**told, **changes})


def key_of_bank(keyid: str) -> Any:
    return signing.public_key(banks.public_text(BANK)) if keyid == "bank-sm2" else None


def code_of(request: signing.Incoming, *, national_on: bool = True) -> str:
    with pytest.raises(Problem) as refused:
        signing.verify(request, key_of_bank, NOW, national=national_on)
    return refused.value.code


def test_both_libraries_verify_the_standards_example() -> None:
    sm2.Sm2PublicKey(EXAMPLE_KEY).verify(EXAMPLE_SIGNATURE, b"message digest")
    assert national.Sm2PublicKey(EXAMPLE_KEY).stands(EXAMPLE_SIGNATURE, b"message digest")


def test_neither_takes_another_message_for_it() -> None:
    with pytest.raises(ValueError, match="does not verify"):
        sm2.Sm2PublicKey(EXAMPLE_KEY).verify(EXAMPLE_SIGNATURE, b"message digesT")
    assert not national.Sm2PublicKey(EXAMPLE_KEY).stands(EXAMPLE_SIGNATURE, b"message digesT")


def test_the_bank_verifies_what_the_platform_signed_with_sm2() -> None:
    request = httpx.Request("POST", URL, content=BODY, headers=HEADERS)
    PLATFORM.sign(request, NOW)
    assert request.headers["content-digest"].startswith("sm3=:")
    keys = {PLATFORM.keyid: banks.public_key(PLATFORM.public_text)}
    assert banks.verify(TARGET, dict(request.headers), BODY, keys, int(NOW.timestamp())).keyid == "platform-sm2"


def test_the_platform_verifies_what_the_bank_signed_with_sm2() -> None:
    assert signing.verify(by_bank(), key_of_bank, NOW, national=True).keyid == "bank-sm2"


def test_numbers_that_begin_with_zeros_keep_their_32_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gmalg.SM2.sign", lambda *_: (b"\x05" * 31, b"\x07" * 30))
    monkeypatch.setattr("gmalg.SM2.generate_keypair", lambda *_: (b"\x05" * 31, b"\x04" + b"\x07" * 64))
    assert BANK.sign(b"message") == b"\0" + b"\x05" * 31 + b"\0\0" + b"\x07" * 30
    assert national.Sm2PrivateKey.generate().d == b"\0" + b"\x05" * 31


def test_where_it_is_not_switched_on_a_good_signature_is_refused() -> None:
    assert code_of(by_bank(), national_on=False) == "signature-invalid"


def test_a_tampered_body_or_path_is_refused() -> None:
    assert code_of(by_bank(body=BODY + b" ")) == "digest-mismatch"
    assert code_of(by_bank(url=URL + "x")) == "signature-invalid"


def test_a_key_signs_by_its_own_suite_only() -> None:
    assert code_of(by_bank(Ed25519PrivateKey.generate())) == "signature-invalid"


def test_a_private_key_is_read_as_it_was_written() -> None:
    key = PLATFORM.key
    assert isinstance(key, sm2.Sm2PrivateKey)
    read = signing.Signer.read(f"platform-sm2={key.private_text()}")
    assert (read.alg, read.public_text) == ("sm2-sm3", PLATFORM.public_text)
    assert key.d.hex() not in repr(key) + repr(read)


@pytest.mark.parametrize("signature", [b"", b"\0" * 64, b"\xff" * 64, b"\0" * 63])
def test_what_is_no_signature_is_refused_without_a_stumble(signature: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        sm2.Sm2PublicKey(EXAMPLE_KEY).verify(signature, b"m")
    assert not national.Sm2PublicKey(EXAMPLE_KEY).stands(signature, b"m")
