"""Signatures both ways between the platform's code and the sandbox bank's own, and what each refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from heyue.gateway import signing
from heyue.gateway.problems import Problem
from sandbox_bank import signing as banks

pytestmark = pytest.mark.filterwarnings("ignore:Using only a label")
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
BANK_KEYS = {"bank-1": KEY.public_key()}
SIGNER = signing.Signer("platform-1", KEY)
BODY = '{"单位":"元"}'.encode()
URL = "https://gateway.example.cn:8443/v1/negotiations/n-1/events"
HEADERS = {"content-type": "application/cloudevents+json", "idempotency-key": "k-1"}


def by_platform(method: str, url: str, body: bytes = b"", at: datetime = NOW) -> httpx.Request:
    request = httpx.Request(method, url, content=body or None, headers=HEADERS if body else None)
    SIGNER.sign(request, at)
    return request


def bank_reads(request: httpx.Request, at: datetime = NOW) -> banks.Verified:
    parts = urlsplit(str(request.url))
    target = banks.Target(request.method, parts.netloc, parts.path, parts.query)
    keys = {SIGNER.keyid: KEY.public_key()}
    return banks.verify(target, dict(request.headers), request.content, keys, int(at.timestamp()))


def by_bank(method: str, url: str, body: bytes = b"", at: datetime = NOW) -> signing.Incoming:
    parts = urlsplit(url)
    target = banks.Target(method, parts.netloc, parts.path, parts.query)
    headers = banks.sign(target, KEY, "bank-1", int(at.timestamp()), body, HEADERS if body else {})
    return signing.Incoming(method, url, headers, body)


def platform_reads(
    request: signing.Incoming, at: datetime = NOW, keys: dict[str, Ed25519PublicKey] | None = None
) -> signing.Verified:
    return signing.verify(request, (BANK_KEYS if keys is None else keys).get, at)


def refusal_of(
    request: signing.Incoming, at: datetime = NOW, keys: dict[str, Ed25519PublicKey] | None = None
) -> tuple[int, str]:
    with pytest.raises(Problem) as refused:
        platform_reads(request, at, keys)
    return refused.value.status, refused.value.code


def changed(request: signing.Incoming, **parts: Any) -> signing.Incoming:
    return signing.Incoming(**{**request.__dict__, **parts})


@pytest.mark.parametrize(
    ("method", "url", "body"),
    [
        ("POST", URL, BODY),
        ("GET", "http://127.0.0.1:8101/v1/account-links/a%2Fb/cards", b""),
        ("GET", "http://127.0.0.1:8101/v1/account-links/l/activity?after=0&x=%E5%85%83", b""),
        ("DELETE", "http://127.0.0.1:8101/v1/account-links/l", b""),
        ("GET", "https://BANK.example.cn/", b""),
    ],
)
def test_each_side_verifies_what_the_other_signed(method: str, url: str, body: bytes) -> None:
    assert bank_reads(by_platform(method, url, body)).keyid == "platform-1"
    assert platform_reads(by_bank(method, url, body)).keyid == "bank-1"


def test_both_sides_cover_the_same_components_in_the_same_order() -> None:
    ours = by_platform("POST", URL, BODY).headers["signature-input"]
    theirs = by_bank("POST", URL, BODY).headers["signature-input"]
    order = 'sig1=("@method" "@authority" "@path" "content-digest" "content-type" "idempotency-key");'
    assert ours.startswith(order)
    assert theirs.startswith(order)


def test_a_query_is_covered_where_there_is_one() -> None:
    assert '"@path" "@query")' in by_platform("GET", "https://b.example/v1/x?after=3").headers["signature-input"]


def test_each_signature_has_a_nonce_of_its_own() -> None:
    first, second = (bank_reads(by_platform("GET", URL)).nonce for _ in range(2))
    assert first != second


def test_signing_again_replaces_the_signature_and_keeps_the_rest() -> None:
    request = by_platform("POST", URL, BODY)
    before = dict(request.headers)
    SIGNER.sign(request, NOW + timedelta(seconds=40))
    bank_reads(request, NOW + timedelta(seconds=41))
    assert request.headers["idempotency-key"] == before["idempotency-key"]
    assert request.headers["content-digest"] == before["content-digest"]
    assert request.headers["signature"] != before["signature"]


@pytest.mark.parametrize("absent", ["signature", "signature-input"])
def test_a_request_without_signature_is_told_so(absent: str) -> None:
    request = by_bank("POST", URL, BODY)
    headers = {name: value for name, value in request.headers.items() if name != absent}
    assert refusal_of(changed(request, headers=headers)) == (401, "signature-missing")


@pytest.mark.parametrize(
    "tampering",
    [
        {"method": "PUT"},
        {"url": "https://elsewhere.example.cn:8443/v1/negotiations/n-1/events"},
        {"url": "https://gateway.example.cn:8443/v1/negotiations/n-2/events"},
        {"url": URL + "?again=1"},
        {"body": b""},
    ],
)
def test_a_request_that_was_changed_on_its_way_does_not_verify(tampering: dict[str, Any]) -> None:
    assert refusal_of(changed(by_bank("POST", URL, BODY), **tampering)) == (401, "signature-invalid")


@pytest.mark.parametrize("name", ["content-type", "idempotency-key", "content-digest"])
def test_a_covered_header_that_was_changed_or_dropped_does_not_verify(name: str) -> None:
    request = by_bank("POST", URL, BODY)
    other = {**request.headers, name: banks.content_digest(b"other") if name == "content-digest" else "other"}
    assert refusal_of(changed(request, headers=other)) == (401, "signature-invalid")
    dropped = {n: v for n, v in request.headers.items() if n != name}
    assert refusal_of(changed(request, headers=dropped)) == (401, "signature-invalid")


def test_a_body_that_differs_from_its_signed_digest_is_a_bad_request() -> None:
    assert refusal_of(changed(by_bank("POST", URL, BODY), body=BODY + b" ")) == (400, "digest-mismatch")


def test_a_digest_of_another_kind_alone_is_not_enough() -> None:
    target = banks.Target("POST", "gateway.example.cn:8443", "/v1/negotiations/n-1/events")
    headers = {**HEADERS, "content-digest": "sha-512=:AAAA:"}
    params = banks.sign(target, KEY, "bank-1", int(NOW.timestamp()), BODY, HEADERS)["signature-input"][5:]
    base = banks.signature_base(target, banks.covered(target, True), headers, params)
    signature = banks.byte_sequence(KEY.sign(base))
    headers |= {"signature-input": f"sig1={params}", "signature": f"sig1={signature}"}
    assert refusal_of(signing.Incoming("POST", URL, headers, BODY)) == (400, "digest-mismatch")


def test_another_key_under_a_known_name_does_not_verify() -> None:
    keys = {"bank-1": Ed25519PrivateKey.generate().public_key()}
    assert refusal_of(by_bank("GET", URL), keys=keys) == (401, "signature-invalid")


def test_a_key_that_is_not_known_is_told_so() -> None:
    assert refusal_of(by_bank("GET", URL), keys={}) == (401, "unknown-key")


@pytest.mark.parametrize(
    ("seconds", "outcome"),
    [
        (-61, (401, "signature-invalid")),
        (-60, None),
        (0, None),
        (299, None),
        (300, (401, "signature-expired")),
        (86400, (401, "signature-expired")),
    ],
)
def test_a_signature_lives_five_minutes_and_may_come_a_minute_early(
    seconds: int, outcome: tuple[int, str] | None
) -> None:
    request, read_at = by_bank("GET", URL), NOW + timedelta(seconds=seconds)
    if outcome:
        assert refusal_of(request, read_at) == outcome
    else:
        assert platform_reads(request, read_at).expires_at == NOW + timedelta(seconds=300)


def resigned(**parameters: str) -> signing.Incoming:
    """A GET whose signature parameters are these, correctly signed."""
    at = int(NOW.timestamp())
    given = {
        "created": str(at),
        "expires": str(at + 300),
        "nonce": '"bm9uY2Utbm9uY2Utbm9uY2Ux"',
        "keyid": '"bank-1"',
        "alg": '"ed25519"',
    } | parameters
    params = '("@method" "@authority" "@path")' + "".join(f";{n}={v}" for n, v in given.items() if v)
    target = banks.Target("GET", "gateway.example.cn:8443", "/v1/negotiations/n-1/events")
    base = banks.signature_base(target, ("@method", "@authority", "@path"), {}, params)
    signature = f"sig1={banks.byte_sequence(KEY.sign(base))}"
    return signing.Incoming("GET", URL, {"signature-input": f"sig1={params}", "signature": signature})


def test_parameters_may_stand_in_any_order() -> None:
    assert platform_reads(resigned()).keyid == "bank-1"


@pytest.mark.parametrize(
    "parameters",
    [
        {"created": ""},
        {"expires": ""},
        {"nonce": ""},
        {"keyid": ""},
        {"alg": ""},
        {"alg": '"rsa-pss-sha512"'},
        {"nonce": '"short"'},
        {"nonce": "42"},
        {"expires": str(int(NOW.timestamp()) + 301)},
        {"expires": str(int(NOW.timestamp()))},
        {"created": '"now"'},
    ],
)
def test_parameters_that_are_missing_or_out_of_bounds_are_refused(parameters: dict[str, str]) -> None:
    assert refusal_of(resigned(**parameters)) == (401, "signature-invalid")


@pytest.mark.parametrize(
    ("signature_input", "signature"),
    [
        ("nonsense", "sig1=:AAAA:"),
        ("sig1=()", "sig1=:AAAA:"),
        ('sig1=("@method");created=1', "nonsense"),
        ('sig2=("@method" "@authority" "@path")', "sig2=:AAAA:"),
        ("sig1=" + "(" * 2000, "sig1=:AAAA:"),
    ],
)
def test_headers_that_are_no_signature_are_refused_without_a_stumble(signature_input: str, signature: str) -> None:
    headers = {"signature-input": signature_input, "signature": signature}
    assert refusal_of(signing.Incoming("GET", URL, headers)) == (401, "signature-invalid")


def test_a_second_signature_beside_ours_does_no_harm() -> None:
    request = by_bank("GET", URL)
    both = {
        "signature-input": f'{request.headers["signature-input"]}, proxy=("@method");created=1;keyid="p"',
        "signature": f"{request.headers['signature']}, proxy=:AAAA:",
    }
    assert platform_reads(changed(request, headers=both)).keyid == "bank-1"


def test_a_signing_key_is_read_from_one_line_of_settings() -> None:
    from base64 import b64encode

    signer = signing.Signer.read("platform-1=" + b64encode(bytes(range(32))).decode())
    assert signer.keyid == "platform-1"
    assert signing.public_key(signer.public_text).public_bytes_raw() == KEY.public_key().public_bytes_raw()
    for bad in ("", "platform-1", "=AAAA", "platform-1=AAAA", "platform-1=not base64"):
        with pytest.raises(ValueError, match=r".+"):
            signing.Signer.read(bad)
