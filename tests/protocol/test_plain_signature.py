"""What is read by patterns is read as the library reads it, or left to the library."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from heyue.gateway import plain_signature, signing
from heyue.gateway.problems import Problem
from protocol.test_signing import BANK_KEYS, BODY, KEY, NOW, SIGNER, URL, by_bank, by_platform, changed

pytestmark = pytest.mark.filterwarnings("ignore:Using only a label")
PLAIN_URLS = (URL, "http://127.0.0.1:8101/v1/negotiations?after=AZejwFuOfDqdVC9vD28cEQ&limit=50")
KEYS = {**BANK_KEYS, "platform-1": KEY.public_key()}


def both(request: signing.Incoming, at: Any = NOW) -> tuple[Any, Any]:
    """What either reader says: verified, or the refusal's code; None where the pattern leaves it to the library."""
    wanted = signing.covered(request.url, has_body=bool(request.body))
    said: list[Any] = []
    for reader in (signing._verified_plainly, signing._verified):
        try:
            said.append(reader(request, wanted, KEYS.get, at, False))
        except Problem as problem:
            said.append((problem.status, problem.code))
    return said[0], said[1]


@pytest.mark.parametrize("url", PLAIN_URLS)
def test_what_either_kit_signs_is_plain(url: str) -> None:
    body = BODY if url == URL else b""
    ours = by_platform("POST" if body else "GET", url, body)
    for request in (
        by_bank("POST" if body else "GET", url, body),
        signing.Incoming(ours.method, url, dict(ours.headers), body),
    ):
        plainly, fully = both(request)
        assert plainly == fully
        assert plainly.nonce


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:80/v1/keys",
        "https://Gateway.example.cn/v1/keys",
        "https://gateway.example.cn/v1/a%2Fb",
        "https://gateway.example.cn/v1/keys?x=%E5%85%83",
        "https://gateway.example.cn",
        "http://gateway.example.cn:65536/v1/keys",
        "http://gateway.example.cn:100000/v1/keys",
    ],
)
def test_an_address_that_could_be_written_otherwise_is_left_to_the_library(url: str) -> None:
    plainly, fully = both(by_bank("GET", url))
    assert plainly is None
    assert fully is not None


@given(data=st.data())
def test_a_signature_written_otherwise_or_changed_never_says_more_than_the_library(data: st.DataObject) -> None:
    request = by_bank("POST", URL, BODY)
    name = data.draw(st.sampled_from(sorted(request.headers)))
    text = request.headers[name]
    at = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(at, min(at + 3, len(text))))
    put = data.draw(st.text(st.sampled_from('";=() :,\\\t09az\x7f元'), max_size=3))
    tampered = changed(request, headers=request.headers | {name: text[:at] + put + text[end:]})
    plainly, fully = both(tampered)
    assert plainly is None or plainly == fully


@pytest.mark.parametrize("method", ["get", "Post"])
def test_a_method_in_small_letters_is_the_librarys_to_refuse(method: str) -> None:
    plainly, fully = both(by_bank(method, URL))
    assert plainly is None
    assert fully == (401, "signature-invalid")


HOSTS = ("bank.example", "a.b:8443", "a.b:443", "A.b", "1.2.3.4", "-x-", "..", "x:65535", "x:65536", "x.", "x:0")
PATHS = ("/v1/x", "/", "/v1//x", "/v1/a;b=c", "/v1/a%20b", "/v1/@:!$&'()*+,;=~", "/v1/./..", "//x")
QUERIES = ("", "?", "?a=b", "?a=%20", "?a=b&c=.~-_", "?a=b?c")


@settings(max_examples=200)
@given(data=st.data())
def test_what_is_signed_over_an_odd_target_is_read_alike_or_left(data: st.DataObject) -> None:
    """The signature is good over the words as they stand, so that only the reading of the target can differ."""
    method = data.draw(st.sampled_from(("GET", "POST", "M-SEARCH", "get", "Post")))
    parts = [st.sampled_from(("http://", "https://")), *map(st.sampled_from, (HOSTS, PATHS, QUERIES))]
    url = "".join(data.draw(part) for part in parts)
    body = data.draw(st.sampled_from((b"", BODY)))
    request = by_bank(method, url, body)
    if data.draw(st.booleans()):
        request = changed(request, body=body + b" ") if body else request
    plainly, fully = both(request)
    assert plainly is None or plainly == fully


def test_each_parameter_stands_once_and_no_other() -> None:
    told = ';created=1;expires=2;nonce="n";keyid="k";alg="ed25519"'
    assert plain_signature._parameters(told) == {
        "created": 1,
        "expires": 2,
        "nonce": "n",
        "keyid": "k",
        "alg": "ed25519",
    }
    for bad in (told + ";created=1", told + ';tag="t"', told[10:], told + " ", told.replace("=1", '="1"'),
                told.replace("=1", "=01"), told.replace('"n"', '"n\\""')):  # fmt: skip
        assert plain_signature._parameters(bad) is None


def test_times_and_keys_are_refused_as_the_library_would() -> None:
    request = by_bank("POST", URL, BODY)
    for at in (NOW - timedelta(minutes=2), NOW + timedelta(minutes=6)):
        plainly, fully = both(request, at)
        assert plainly == fully
        assert plainly[0] == 401
    stranger = signing.Signer("stranger", Ed25519PrivateKey.generate())
    sent = by_platform("POST", URL, BODY)
    stranger.sign(sent, NOW)
    plainly, fully = both(signing.Incoming("POST", URL, dict(sent.headers), BODY))
    assert plainly == fully == (401, "unknown-key")
    assert SIGNER.keyid in KEYS
