"""Where a bank's address may lead: out to the internet, never back inside (SSRF), unless the operator allows it.

Checked when an address is set and again each time a connection is made, on the very addresses that are connected to,
so that a name which is later pointed inside leads nowhere.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

import httpcore
import httpx

Address = IPv4Address | IPv6Address
_NAT64 = IPv6Network("64:ff9b::/96")


class NotAllowed(Exception):
    """The address leads where no bank is."""


@dataclass(frozen=True)
class Allowed:
    """What the operator lets through besides public addresses: networks, and names (``.example`` with all below)."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    names: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str) -> Allowed:
        """Read a list like ``10.1.0.0/16,gateway.bank.internal,.example``. Raises ``ValueError``."""
        networks, names = [], []
        for entry in (one.strip().lower() for one in text.split(",")):
            if "/" in entry:
                networks.append(ip_network(entry))
            elif entry:
                names.append(entry)
        return cls(tuple(networks), tuple(names))

    def name(self, host: str) -> bool:
        """Whether the operator trusts a name wherever it leads."""
        return any(host == name or (name.startswith(".") and host.endswith(name)) for name in self.names)

    def address(self, address: Address) -> bool:
        """Whether an address is public, or one that the operator allows."""
        plain = _plain(address)
        if any(plain.version == network.version and plain in network for network in self.networks):
            return True
        return plain.is_global and not plain.is_multicast and not plain.is_reserved


def check(url: str, allowed: Allowed) -> None:
    """Check an address that is to be kept. A name that does not resolve now is judged when it is connected to.

    Raises ``NotAllowed``. Plain HTTP is for addresses that the operator allows.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise NotAllowed("not an address") from error
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        raise NotAllowed("an address is https://host, without a user")
    if allowed.name(host):
        return
    try:
        found = _resolved(host, port or 443)
    except OSError:
        found = []
    if any(not allowed.address(one) for one in found):
        raise NotAllowed("the address is not a public one")
    if parts.scheme == "http" and not (found and all(_inside(one, allowed) for one in found)):
        raise NotAllowed("a public address is reached by https only")


class Guarded(httpcore.SyncBackend):
    """Connects only to addresses that are allowed; what was checked is what is connected to."""

    def __init__(self, allowed: Allowed) -> None:
        super().__init__()
        self._allowed = allowed

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve, check every address, connect to the first. Raises ``httpcore.ConnectError``."""
        target = host
        if not self._allowed.name(host.lower()):
            try:
                found = _resolved(host, port)
            except OSError as error:
                raise httpcore.ConnectError(str(error)) from error
            if not found or any(not self._allowed.address(one) for one in found):
                raise httpcore.ConnectError("the address is not allowed")
            target = str(found[0])
        return super().connect_tcp(target, port, timeout, local_address, socket_options)


def transport(allowed: Allowed) -> httpx.HTTPTransport:
    """Return a transport that connects only where it may."""
    made = httpx.HTTPTransport(trust_env=False)
    made._pool = httpcore.ConnectionPool(  # httpx has no parameter for the backend
        ssl_context=ssl.create_default_context(), network_backend=Guarded(allowed)
    )
    return made


def _resolved(host: str, port: int) -> list[Address]:
    told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(str(one[4][0]).partition("%")[0]) for one in told))


def _plain(address: Address) -> Address:
    """Return the IPv4 address inside an IPv6 one, where there is one."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address.sixtofour:
            return address.sixtofour
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _inside(address: Address, allowed: Allowed) -> bool:
    plain = _plain(address)
    return any(plain.version == network.version and plain in network for network in allowed.networks)
