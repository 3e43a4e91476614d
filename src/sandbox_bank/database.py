"""The bank's own database: SQLite, one file, everything that must outlive a kill."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BUSY_SECONDS = 20.0

SCHEMA = """
CREATE TABLE IF NOT EXISTS bank (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS customers (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, id_number TEXT NOT NULL UNIQUE, phone TEXT NOT NULL,
  cast_member INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS cards (
  token TEXT PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers(id), last4 TEXT NOT NULL,
  product TEXT NOT NULL, terms TEXT NOT NULL, opening TEXT,
  collection TEXT NOT NULL DEFAULT 'active' CHECK (collection IN ('active','paused','stopped')),
  paused_until TEXT, agreement_id TEXT) STRICT;
CREATE TABLE IF NOT EXISTS activity (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, card TEXT NOT NULL REFERENCES cards(token), date TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('purchase','cash_advance','payment','refund','fee')),
  amount_fen INTEGER NOT NULL CHECK (amount_fen > 0), text TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS activity_of_card ON activity (card, seq);
CREATE TABLE IF NOT EXISTS links (
  link TEXT PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers(id), consent TEXT NOT NULL,
  scopes TEXT NOT NULL, phone TEXT NOT NULL, created_at TEXT NOT NULL, withdrawn_at TEXT) STRICT;
CREATE TABLE IF NOT EXISTS nonces (
  keyid TEXT NOT NULL, nonce TEXT NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY (keyid, nonce)) STRICT;
CREATE TABLE IF NOT EXISTS messages (
  id INTEGER PRIMARY KEY, idempotency_key TEXT NOT NULL UNIQUE, target TEXT NOT NULL, body BLOB NOT NULL,
  headers TEXT NOT NULL, received_at TEXT NOT NULL, received_on TEXT NOT NULL, status INTEGER NOT NULL,
  answer TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('link','application','event','malformed')),
  negotiation_id TEXT, sequence INTEGER,
  state TEXT NOT NULL CHECK (state IN ('waiting','taken','refused')), problem TEXT,
  attempts INTEGER NOT NULL DEFAULT 0, not_before REAL NOT NULL DEFAULT 0) STRICT;
CREATE INDEX IF NOT EXISTS messages_waiting ON messages (state, negotiation_id, sequence);
CREATE TABLE IF NOT EXISTS applications (
  negotiation_id TEXT PRIMARY KEY, number TEXT NOT NULL, customer_id INTEGER REFERENCES customers(id),
  body TEXT NOT NULL, received_on TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN (
    'received','offered','accepted','refused','agreed','in_force','completed','ended')),
  officer TEXT, next_sequence INTEGER NOT NULL DEFAULT 1, counter TEXT) STRICT;
CREATE TABLE IF NOT EXISTS acts (
  id INTEGER PRIMARY KEY, negotiation_id TEXT NOT NULL, name TEXT NOT NULL, parameters TEXT NOT NULL,
  due_on TEXT NOT NULL, done_on TEXT, cancelled INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0, not_before REAL NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS offers (
  offer_id TEXT PRIMARY KEY, negotiation_id TEXT NOT NULL, terms TEXT NOT NULL, waived_fen INTEGER NOT NULL,
  hash TEXT NOT NULL, interest_after_base_date TEXT NOT NULL, valid_until TEXT NOT NULL, made_on TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('made','accepted','declined'))) STRICT;
CREATE TABLE IF NOT EXISTS agreements (
  agreement_id TEXT PRIMARY KEY, negotiation_id TEXT NOT NULL, offer_id TEXT NOT NULL, terms TEXT NOT NULL,
  schedule_hash TEXT NOT NULL, document_sha256 TEXT NOT NULL, document BLOB NOT NULL, drawn_on TEXT NOT NULL,
  holder_signed_at TEXT, in_force_on TEXT, completed_on TEXT, down_payment_fen INTEGER NOT NULL,
  down_payment_paid_fen INTEGER NOT NULL DEFAULT 0, auto_pay INTEGER NOT NULL DEFAULT 1) STRICT;
CREATE TABLE IF NOT EXISTS instalments (
  agreement_id TEXT NOT NULL REFERENCES agreements(agreement_id), period INTEGER NOT NULL, due_on TEXT NOT NULL,
  payment_fen INTEGER NOT NULL, principal_fen INTEGER NOT NULL, interest_fen INTEGER NOT NULL,
  balance_fen INTEGER NOT NULL, paid_fen INTEGER NOT NULL DEFAULT 0, charged INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (agreement_id, period)) STRICT;
CREATE TABLE IF NOT EXISTS shares (
  agreement_id TEXT NOT NULL, card TEXT NOT NULL, principal_fen INTEGER NOT NULL, fees_fen INTEGER NOT NULL DEFAULT 0,
  paid_fen INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (agreement_id, card)) STRICT;
CREATE TABLE IF NOT EXISTS payments (
  payment_id TEXT PRIMARY KEY, agreement_id TEXT, card TEXT, period INTEGER, date TEXT NOT NULL,
  amount_fen INTEGER NOT NULL CHECK (amount_fen > 0), text TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS outbox (
  id TEXT PRIMARY KEY, negotiation_id TEXT NOT NULL, sequence INTEGER NOT NULL, type TEXT NOT NULL,
  business_date TEXT NOT NULL, body BLOB NOT NULL, created_at TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending','sent','refused','dead')),
  attempts INTEGER NOT NULL DEFAULT 0, next_attempt_at REAL NOT NULL DEFAULT 0, give_up_at REAL NOT NULL,
  answer TEXT, UNIQUE (negotiation_id, sequence)) STRICT;
CREATE INDEX IF NOT EXISTS outbox_pending ON outbox (state, next_attempt_at);
CREATE TABLE IF NOT EXISTS dispute_questions (
  question_id TEXT PRIMARY KEY, dispute_id TEXT NOT NULL, negotiation_id TEXT NOT NULL, number TEXT NOT NULL,
  kind TEXT NOT NULL, said TEXT NOT NULL, text TEXT NOT NULL, answer_by TEXT NOT NULL,
  position TEXT NOT NULL DEFAULT '', answer TEXT NOT NULL DEFAULT '',
  outcome TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '') STRICT;
CREATE TABLE IF NOT EXISTS engine_answers (question TEXT PRIMARY KEY, answer TEXT NOT NULL) STRICT;
"""


GROWN = (
    ("agreements", "before", "TEXT"),
    ("outbox", "fate", "TEXT NOT NULL DEFAULT ''"),
    ("outbox", "asks", "INTEGER NOT NULL DEFAULT 0"),
)
"""Columns that came later: how the cards were before an agreement, what the platform judged of an event."""


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode; writes go through `transaction`."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def create(path: Path) -> None:
    """Create the file and its tables when they do not exist yet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)  # it holds the private key
    connection = connect(path)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(SCHEMA)
        for table, column, kind in GROWN:
            known = {row["name"] for row in connection.execute(f"PRAGMA table_info({table})")}
            if column not in known:
                connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    finally:
        connection.close()


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection for one piece of work, closed after it."""
    connection = connect(path)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """One IMMEDIATE transaction: all of it, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def setting(connection: sqlite3.Connection, key: str) -> str:
    """One stored fact about the bank itself; `KeyError` when it was never set."""
    row = connection.execute("SELECT value FROM bank WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise KeyError(key)
    return str(row[0])


def as_json(value: Any) -> str:
    """Compact JSON in plain Chinese characters, keys in the order given."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
