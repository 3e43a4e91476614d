"""The memory of signed requests: a nonce works once, and one key may sign only so many in its lifetime."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from heyue import clock
from heyue.banks.models import SeenNonce
from heyue.gateway.problems import Problem
from heyue.gateway.signing import Verified

LIVE_MAX = 12_000
"""Requests of one key within the five minutes that a signature lives: forty a second."""


def remember(verified: Verified) -> None:
    """Remember a nonce. Raises ``Problem``: 401 ``nonce-replayed``, 429 ``rate-limited``."""
    live = SeenNonce.objects.filter(keyid=verified.keyid, expires_at__gt=clock.machine_now())
    if live[:LIVE_MAX].count() >= LIVE_MAX:
        raise Problem("rate-limited", 429, "too many requests of this key; come again in a minute")
    try:
        with transaction.atomic():
            SeenNonce.objects.create(keyid=verified.keyid, nonce=verified.nonce, expires_at=verified.expires_at)
    except IntegrityError:
        raise Problem("nonce-replayed", 401, "the nonce was seen before") from None


def forget_expired() -> int:
    """Forget the nonces whose signatures have expired and return how many there were."""
    gone, _ = SeenNonce.objects.filter(expires_at__lt=clock.machine_now()).delete()
    return gone
