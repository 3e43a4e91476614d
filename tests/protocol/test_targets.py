"""A bank's address leads out, never back inside: when it is set, and when it is connected to."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from heyue.banks.actions import join
from heyue.engine.refusal import Refusal
from heyue.gateway import targets
from heyue.gateway.targets import Allowed, NotAllowed, check
from protocol.gateway_peer import onboarding

NOTHING = Allowed()


def resolves(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every name lead to these addresses."""
    told = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in addresses]
    monkeypatch.setattr("heyue.gateway.targets.socket.getaddrinfo", lambda *_, **__: told)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "[::1]", "[fe80::1]", "[fc00::1]", "[::ffff:10.0.0.1]", "[::]",
        "[2002:7f00:1::]", "[64:ff9b::7f00:1]",
    ],
)  # fmt: skip
def test_an_address_inside_is_refused(address: str) -> None:
    with pytest.raises(NotAllowed):
        check(f"https://{address}/", NOTHING)


def test_a_public_address_is_taken_by_https_only() -> None:
    check("https://93.184.215.14/", NOTHING)
    with pytest.raises(NotAllowed, match="https"):
        check("http://93.184.215.14/", NOTHING)


@pytest.mark.parametrize("url", ["ftp://93.184.215.14/", "https://", "https://a:b@93.184.215.14/", "https://[x/"])
def test_what_is_no_plain_address_is_refused(url: str) -> None:
    with pytest.raises(NotAllowed):
        check(url, NOTHING)


def test_a_name_with_one_address_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    resolves(monkeypatch, "93.184.215.14", "10.0.0.7")
    with pytest.raises(NotAllowed):
        check("https://bank.test/", NOTHING)


def test_the_operator_lets_networks_and_names_through(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = Allowed.read("10.1.0.0/16, gateway.internal, .bank.test")
    check("http://10.1.2.3:8080/", allowed)
    check("http://gateway.internal/", allowed)
    check("http://a.bank.test/", allowed)
    for url in ("http://10.2.0.1/", "http://xgateway.internal/"):
        resolves(monkeypatch, "10.2.0.1")
        with pytest.raises(NotAllowed):
            check(url, allowed)


def test_a_list_that_is_none_is_said_so() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/99"):
        Allowed.read("10.0.0.0/99")


@pytest.fixture
def inside() -> Any:
    """A server on this machine, as an attacker would like to reach; gives its port and what it heard."""
    heard: list[str] = []

    class Quiet(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.headers["host"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.server_address[1], heard
    server.shutdown()
    server.server_close()


def test_a_name_that_was_pointed_inside_later_is_not_connected_to(
    inside: tuple[int, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, heard = inside
    resolves(monkeypatch, "127.0.0.1")
    with (
        httpx.Client(transport=targets.transport(NOTHING)) as client,
        pytest.raises(httpx.ConnectError, match="not allowed"),
    ):
        client.get(f"http://bank.test:{port}/")
    assert heard == []


def test_the_demo_reaches_its_own_banks(inside: tuple[int, list[str]]) -> None:
    port, heard = inside
    with httpx.Client(transport=targets.transport(Allowed.read("127.0.0.0/8"))) as client:
        assert client.get(f"http://127.0.0.1:{port}/").status_code == 204
    assert heard == [f"127.0.0.1:{port}"]


@pytest.mark.django_db
def test_a_bank_cannot_join_with_an_address_inside(settings: Any) -> None:
    settings.HEYUE_BANK_ADDRESSES = ""
    with pytest.raises(Refusal) as refused:
        join(onboarding("donghu", Ed25519PrivateKey.generate(), base_url="https://169.254.169.254/"))
    assert (refused.value.code, refused.value.field) == ("address-not-allowed", "base_url")
