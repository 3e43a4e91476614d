"""The platform's keys as the bank holds them: told at onboarding, followed when they change, with an overlap."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from heyue.gateway.line import Refused, Unreachable
from heyue.gateway.server.store import Key, Store
from heyue.gateway.signing import PublicKey, public_key
from heyue.gateway.wire import KeyTold

OVERLAP = timedelta(minutes=10)
"""How long a key that the platform tells no more still counts: longer than any signature lives."""
LOOK_AGAIN = timedelta(minutes=1)
"""How soon an unknown key's name makes us ask the platform again."""
FOLLOW_EVERY = timedelta(hours=1)
log = logging.getLogger("heyue.gateway.server")


class PlatformKeys:
    """Looks keys up by name. ``given`` are those of onboarding, base64 by name; ``ask`` is the platform's own list.

    A name that is not known makes it ask the platform, at most once a minute; so a key that was changed is found
    when it first signs. Raises ``ValueError`` where a name was given another key before.
    """

    def __init__(
        self,
        given: Mapping[str, str],
        store: Store,
        now: Callable[[], datetime],
        ask: Callable[[], Iterable[KeyTold]] | None,
    ) -> None:
        self._store, self._now, self._ask = store, now, ask
        self._lock = threading.Lock()
        self._asked_at: datetime | None = None
        for text in given.values():
            public_key(text)
        with store.transaction() as transaction:
            known = {key.keyid: key for key in transaction.platform_keys()}
            for keyid, text in given.items():
                if keyid not in known:
                    transaction.save_key(Key(keyid, text))
                elif known[keyid].public_key != text:
                    raise ValueError(f"the platform's key {keyid} is kept with another public key")

    def find(self, keyid: str) -> PublicKey | None:
        """Return the key of a name, while it counts."""
        return self._standing(keyid) or (self._standing(keyid) if self.follow(LOOK_AGAIN) else None)

    def follow(self, every: timedelta = FOLLOW_EVERY) -> bool:
        """Ask the platform for its keys unless that was done of late; whether it was asked now.

        New ones count from now on; what is told no more ends after ``OVERLAP``. Without an answer all stays.
        """
        with self._lock:
            now = self._now()
            if self._ask is None or (self._asked_at and now - self._asked_at < every):
                return False
            self._asked_at = now
        try:
            told = {key.keyid: key.public_key for key in self._ask()}
            for text in told.values():
                public_key(text)
        except (Unreachable, Refused, ValueError) as error:
            log.warning("the platform's keys could not be asked for: %s", error)
            return True
        if told:
            self._take(told, now)
        return True

    def _standing(self, keyid: str) -> PublicKey | None:
        now = self._now()
        with self._store.reading() as transaction:  # before anybody is known: a stranger takes no lock
            for key in transaction.platform_keys():
                if key.keyid == keyid and (key.retired_at is None or key.retired_at > now):
                    return public_key(key.public_key)
        return None

    def _take(self, told: Mapping[str, str], now: datetime) -> None:
        with self._store.reading() as transaction:
            kept = transaction.platform_keys()
        for key in kept:
            if told.get(key.keyid, key.public_key) != key.public_key:
                log.error("the platform tells another key under the name %s; the one we know stays", key.keyid)
        if not _changed(told, kept, now):
            return
        with self._store.transaction() as transaction:
            for key in _changed(told, transaction.platform_keys(), now):
                log.info("the platform's key %s %s", key.keyid, "ends" if key.retired_at else "counts from now on")
                transaction.save_key(key)


def _changed(told: Mapping[str, str], kept: Iterable[Key], now: datetime) -> list[Key]:
    """Return the keys that are new, that are told again, and that are told no more, as they are to be kept."""
    known = {key.keyid: key for key in kept}
    new = [Key(keyid, text) for keyid, text in told.items() if keyid not in known]
    back = [one for one in known.values() if one.retired_at and told.get(one.keyid) == one.public_key]
    gone = [one for one in known.values() if one.retired_at is None and one.keyid not in told]
    return [
        *new,
        *(replace(one, retired_at=None) for one in back),
        *(replace(one, retired_at=now + OVERLAP) for one in gone),
    ]


def may_follow(url: str) -> bool:
    """Whether keys told at an address can be believed: under TLS, or from this machine itself."""
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return True
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
