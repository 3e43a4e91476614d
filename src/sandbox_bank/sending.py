"""The loop behind the outbox: what is due is sent, then the fates of what was sent are asked for."""

import logging
import threading

import httpx

from sandbox_bank import fates, outbox
from sandbox_bank.bank import Bank

log = logging.getLogger("sandbox_bank.sending")

SEND_SECONDS_MAX = 15.0
POLL_SECONDS = 0.5


def send_loop(bank: Bank, stop: threading.Event) -> None:
    """Send and ask until told to stop; one bad row never stops the others."""
    with httpx.Client(timeout=SEND_SECONDS_MAX, trust_env=False) as client:
        while not stop.is_set():
            bank.send_wake.clear()
            busy = False
            if bank.faults.kind not in ("silent", "down"):
                try:
                    busy = outbox.send_due(bank, client, stop)
                    busy |= fates.ask_due(bank, client, stop)
                except Exception:
                    log.exception("sending stumbled; it goes on")
            if not busy:
                bank.send_wake.wait(POLL_SECONDS)
