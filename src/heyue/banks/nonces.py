"""The memory of signed requests: a nonce works once, and a bank may make only so many requests a minute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from heyue import clock
from heyue.banks.models import Bank, RequestCount, SeenNonce
from heyue.banks.reads import Signatory
from heyue.gateway.problems import Problem
from heyue.gateway.signing import Verified
from heyue.rows import insert_once

WINDOW_SECONDS = 60


class TooMany(Problem):
    """The bank's requests of this minute are used up; ``quota`` says until when."""

    def __init__(self, quota: Quota) -> None:
        super().__init__("rate-limited", 429, f"at most {quota.limit} requests in {WINDOW_SECONDS} s")
        self.quota = quota


@dataclass(frozen=True, slots=True)
class Quota:
    """What a bank may ask in a minute, how much of it is left, and in how many seconds the next one begins."""

    limit: int
    left: int
    reset_seconds: int


@contextmanager
def remembered(verified: Verified, bank: Bank | Signatory) -> Iterator[Quota]:
    """Remember a nonce, count the request, and carry it out in the same transaction: one commit for all.

    A ``Problem`` of what is carried out is an answer, so nonce and count stay and it is raised afterwards; after any
    other exception nothing of the request is left, so the same request may come again. Raises ``Problem``: 401
    ``nonce-replayed``, 429 ``rate-limited``.
    """
    answered: Problem | None = None
    with transaction.atomic():
        quota = remember(verified, bank)
        try:
            yield quota
        except Problem as problem:
            answered = problem
    if answered is not None:
        raise answered


def remember(verified: Verified, bank: Bank | Signatory) -> Quota:
    """Remember a nonce and count the request in the caller's transaction. Raises ``Problem`` as ``remembered`` does."""
    now = int(clock.machine_now().timestamp())
    reset = WINDOW_SECONDS - now % WINDOW_SECONDS
    if not insert_once(SeenNonce(keyid=verified.keyid, nonce=verified.nonce, expires_at=verified.expires_at)):
        raise Problem("nonce-replayed", 401, "the nonce was seen before")
    used = _count(bank.id, now // WINDOW_SECONDS)
    if used > bank.requests_per_minute:
        raise TooMany(Quota(bank.requests_per_minute, 0, reset))
    return Quota(bank.requests_per_minute, bank.requests_per_minute - used, reset)


def forget_expired() -> int:
    """Forget the nonces whose signatures have expired and return how many there were."""
    gone, _ = SeenNonce.objects.filter(expires_at__lt=clock.machine_now()).delete()
    return gone


def _count(bank_id: UUID, minute: int) -> int:
    """Count one request and return the minute's number: one statement, so that none is lost between two processes."""
    table = connection.ops.quote_name(RequestCount._meta.db_table)
    sql = (
        f"INSERT INTO {table} (bank_id, minute, used) VALUES (%s, %s, 1) "  # noqa: S608 - the table's own name
        f"ON CONFLICT (bank_id) DO UPDATE SET "
        f"used = CASE WHEN {table}.minute = excluded.minute THEN {table}.used + 1 ELSE 1 END, "
        f"minute = excluded.minute RETURNING used"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [RequestCount._meta.pk.get_db_prep_value(bank_id, connection), minute])
        return int(cursor.fetchone()[0])
