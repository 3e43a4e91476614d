"""The lines to the banks: one client for each address, kept open between messages."""

from __future__ import annotations

from heyue import clock
from heyue.banks.models import Bank
from heyue.banks.reads import platform_signer, targets_allowed
from heyue.gateway import targets
from heyue.gateway.client import BankClient

SECONDS_MAX = 10.0
FEED_SECONDS_MAX = 30.0
"""A bank works out every card's figures before it answers for its feed."""


class BankCalls:
    """Clients by address, made when first needed; ``seconds_max`` is how long a bank may take."""

    def __init__(self, seconds_max: float = SECONDS_MAX) -> None:
        self._seconds_max = seconds_max
        self._clients: dict[str, BankClient] = {}

    def to(self, bank: Bank) -> BankClient:
        """Return the client for a bank."""
        if bank.base_url not in self._clients:
            signer = platform_signer()
            self._clients[bank.base_url] = BankClient(
                bank.base_url,
                signer,
                self._seconds_max,
                now=clock.machine_now,
                transport=targets.transport(targets_allowed()),
            )
        return self._clients[bank.base_url]

    def close(self) -> None:
        """Hang up."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()
