"""The machine's own time, for whoever stands without Django: the gateway's clients and its conformance kit."""

from __future__ import annotations

from datetime import UTC, datetime


def machine_now() -> datetime:
    """Return the machine's instant in UTC: for signatures, codes, sessions, nonces, retries and leases."""
    return datetime.now(UTC)
