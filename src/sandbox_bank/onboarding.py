"""Opening the bank: its database, key pair and portfolio, and what the platform must know of it."""

import base64
import hashlib
import secrets
import sqlite3
import uuid
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sandbox_bank import database, national, portfolio, signing
from sandbox_bank.profile import Profile, load

CONTROL_TOKEN_BYTES = 24


def open_bank(path: Path, name: str, today: date, alg: str = signing.ED25519, slug: str = "") -> dict[str, Any]:
    """Create the bank unless it exists, and give its onboarding facts; `ValueError` for another bank's file.

    It has the habits of the profile `name`, and is known as `slug`, by default as its profile is.
    """
    slug = slug or name
    profile = load(name, slug)
    database.create(path)
    with database.opened(path) as connection, database.transaction(connection):
        if not connection.execute("SELECT 1 FROM bank WHERE key = 'slug'").fetchone():
            connection.execute("INSERT INTO bank VALUES ('profile', ?)", (name,))
            _found(connection, profile, today, alg)
        elif database.setting(connection, "slug") != slug:
            raise ValueError(f"{path} belongs to {database.setting(connection, 'slug')}, not to {slug}")
        return facts(connection, profile)


def _found(connection: sqlite3.Connection, profile: Profile, today: date, alg: str) -> None:
    key = national.Sm2PrivateKey.generate() if alg == signing.SM2_SM3 else Ed25519PrivateKey.generate()
    fingerprint = hashlib.sha256(base64.b64decode(signing.public_text(key))).hexdigest()[:12]
    values = {
        "slug": profile.slug,
        "bank_id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:heyue:bank:{profile.slug}")),
        "today": today.isoformat(),
        "keyid": f"{profile.slug}-{fingerprint}",
        "private_key": _private_text(key),
        "control_token": secrets.token_urlsafe(CONTROL_TOKEN_BYTES),
    }
    connection.executemany("INSERT INTO bank VALUES (?, ?)", values.items())
    portfolio.seed(connection, profile, today)


def profile_of(connection: sqlite3.Connection) -> Profile:
    """The profile of the bank in this file; `KeyError` where there is none."""
    slug = database.setting(connection, "slug")
    named = connection.execute("SELECT value FROM bank WHERE key = 'profile'").fetchone()
    return load(str(named[0]) if named else slug, slug)


def _private_text(key: signing.PrivateKey) -> str:
    return key.text() if isinstance(key, national.Sm2PrivateKey) else base64.b64encode(key.private_bytes_raw()).decode()


def private_key(connection: sqlite3.Connection) -> signing.PrivateKey:
    """The bank's signing key."""
    raw = base64.b64decode(database.setting(connection, "private_key"))
    if len(raw) > national.PUBLIC_BYTES:
        return national.Sm2PrivateKey.read(raw)
    return Ed25519PrivateKey.from_private_bytes(raw)


def facts(connection: sqlite3.Connection, profile: Profile) -> dict[str, Any]:
    """What onboarding hands over: names, key, policy, the control address's token, and the cast to try it with."""
    people = connection.execute("SELECT name, id_number, phone FROM customers WHERE cast_member = 1 ORDER BY id")
    return {
        "bank_id": database.setting(connection, "bank_id"),
        "slug": profile.slug,
        "name": profile.name,
        "short_name": profile.short_name,
        "seal": profile.seal,
        "hotline": profile.hotline,
        "keyid": database.setting(connection, "keyid"),
        "public_key": signing.public_text(private_key(connection)),
        "pay_instructions": profile.pay_instructions,
        "policy": profile.policy,
        "control_token": database.setting(connection, "control_token"),
        "demo_people": [dict(person) for person in people],
    }
