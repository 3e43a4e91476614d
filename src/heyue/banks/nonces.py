"""The memory of signed requests: a nonce works once, and a bank may make only so many requests a minute."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from heyue import clock
from heyue.banks.models import RequestCount, SeenNonce
from heyue.banks.reads import Signatory
from heyue.engine.refusal import Refusal
from heyue.gateway.problems import Problem
from heyue.gateway.signing import Verified
from heyue.rows import insert_once, one_writer

WINDOW_SECONDS = 60


class TooMany(Problem):
    """The bank's requests of this minute are used up."""

    def __init__(self, limit: int) -> None:
        super().__init__("rate-limited", 429, f"at most {limit} requests in {WINDOW_SECONDS} s")


@dataclass(frozen=True, slots=True)
class Quota:
    """What a bank may ask in a minute, how much of it is left, and in how many seconds the next one begins."""

    limit: int
    left: int
    reset_seconds: int


@contextmanager
def remembered(verified: Verified, bank: Signatory, tell: Callable[[Quota], None]) -> Iterator[None]:
    """Remember a nonce, carry the request out, and count it, in the same transaction: one commit for all.

    A ``Refusal`` of what is carried out is an answer: all that was half-written goes, nonce and count are written by
    themselves, and it is raised afterwards. After any other exception nothing of the request is left, so the same
    request may come again. However many come at once, one nonce is committed once. ``tell`` hears what is left of the
    minute. Raises ``Problem``: 401 ``nonce-replayed``, 429 ``rate-limited``.
    """
    now = int(clock.machine_now().timestamp())
    minute, reset_seconds = now // WINDOW_SECONDS, WINDOW_SECONDS - now % WINDOW_SECONDS

    def count(used: int) -> None:
        tell(Quota(bank.requests_per_minute, max(0, bank.requests_per_minute - used), reset_seconds))
        if used > bank.requests_per_minute:
            raise TooMany(bank.requests_per_minute)

    count(bank.requests_in(minute) + 1)  # as far as is known, before any work is done for nothing
    refused: Refusal | None = None
    with one_writer(), transaction.atomic():
        _spend(verified)
        try:
            yield
        except Refusal as refusal:
            refused = refusal
            transaction.set_rollback(True)
        else:
            count(_count(bank.id, minute))
    if refused is not None:
        with one_writer(), transaction.atomic():
            _spend(verified)
            count(_count(bank.id, minute))
        raise refused


def _spend(verified: Verified) -> None:
    """Remember a nonce in the caller's transaction. Raises ``Problem`` 401 ``nonce-replayed``."""
    if not insert_once(SeenNonce(keyid=verified.keyid, nonce=verified.nonce, expires_at=verified.expires_at)):
        raise Problem("nonce-replayed", 401, "the nonce was seen before")


def forget_expired() -> int:
    """Forget the nonces whose signatures have expired and return how many there were."""
    gone, _ = SeenNonce.objects.filter(expires_at__lt=clock.machine_now()).delete()
    return gone


def _count(bank_id: UUID, minute: int) -> int:
    """Count one request and return the minute's number: one statement, so that none is lost between two processes.

    It stands last in its transaction. The row stays locked until the commit, and a bank's requests wait for one another
    no longer than that.
    """
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
