"""What the platform judged of our events: asked for, and where an answer was not taken, the case stands as before it.

Messages cross. The platform judges in the order of its own acts, so that a refusal of ours may find an offer accepted,
a signature an agreement that has lapsed. What it did not take has not happened.
"""

import json
import logging
import sqlite3
import threading
from functools import partial
from typing import Any
from urllib.parse import quote

import httpx

from sandbox_bank import agreements, database, officer, onboarding, signing
from sandbox_bank.bank import Bank, Work
from sandbox_bank.business_clock import machine_now

log = logging.getLogger("sandbox_bank.fates")

ASKED = (*officer.ANSWERS, "counter.refused", "agreement.signed")
ASK_AGAIN_SECONDS, ASK_AGAIN_SECONDS_MAX = 2.0, 3600.0
BATCH_MAX = 50
PLACES = ", ".join("?" * len(ASKED))


def ask_due(bank: Bank, client: httpx.Client, stop: threading.Event) -> bool:
    """Ask once for each fate that is due; whether any was told."""
    now = machine_now().timestamp()
    with database.opened(bank.path) as connection:
        due = connection.execute(
            "SELECT * FROM outbox WHERE state = 'sent' AND fate = '' AND next_attempt_at <= ? AND give_up_at > ?"
            f" AND type IN ({PLACES}) ORDER BY next_attempt_at LIMIT ?",
            (now, now, *ASKED, BATCH_MAX),
        ).fetchall()
        key, keyid = onboarding.private_key(connection), database.setting(connection, "keyid")
    told = False
    for row in due:
        if stop.is_set():
            break
        fate = _asked(bank, client, row, key, keyid)
        if fate in ("taken", "refused"):
            bank.in_one_transaction(partial(learn, event_id=row["id"], fate=fate))
            told = True
        else:
            _later(bank, row, now)
    return told


def _asked(bank: Bank, client: httpx.Client, row: sqlite3.Row, key: Any, keyid: str) -> str:
    """The fate of one event; empty when it cannot be had now."""
    place, event_id = quote(row["negotiation_id"], safe=""), quote(row["id"], safe="")
    url = httpx.URL(f"{bank.platform_url}/v1/negotiations/{place}/events/{event_id}")
    target = signing.Target("GET", url.netloc.decode(), url.raw_path.decode())
    try:
        answer = client.get(url, headers=signing.sign(target, key, keyid, int(machine_now().timestamp())))
        return str(answer.json()["state"]) if answer.status_code == 200 else ""
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return ""


def _later(bank: Bank, row: sqlite3.Row, now: float) -> None:
    wait = min(ASK_AGAIN_SECONDS * 2 ** min(row["asks"], 20), ASK_AGAIN_SECONDS_MAX)
    with database.opened(bank.path) as connection, database.transaction(connection):
        connection.execute(
            "UPDATE outbox SET asks = asks + 1, next_attempt_at = ? WHERE id = ?", (now + wait, row["id"])
        )


def learn(work: Work, event_id: str, fate: str) -> None:
    """Keep what the platform judged of one event, and let the case stand accordingly; told twice, it is done once."""
    if not work.write("UPDATE outbox SET fate = ? WHERE id = ? AND fate = ''", fate, event_id):
        return
    row = work.row("SELECT * FROM outbox WHERE id = ?", event_id)
    if row is None:
        return
    one = officer.case(work, row["negotiation_id"])
    if fate == "refused":
        log.warning("the platform did not take %s of %s", row["type"], row["negotiation_id"])
        if row["type"] == "agreement.signed" and one.state in ("in_force", "completed"):
            agreements.undo(work, json.loads(row["body"])["data"]["agreement_id"])
            officer.become(work, one.negotiation_id, "agreed")
    officer.stand_anew(work, one.negotiation_id)
