"""Events for the platform: rows written with the act that they tell of, sent by a thread until they are taken."""

import logging
import random
import threading
import uuid
from typing import Any
from urllib.parse import quote

import httpx

from sandbox_bank import database, onboarding, signing
from sandbox_bank.bank import Bank, Work
from sandbox_bank.business_clock import instant, machine_now
from sandbox_bank.database import as_json

log = logging.getLogger("sandbox_bank.outbox")

MEDIA_TYPE = "application/cloudevents+json"
RETRY_SECONDS_MAX = 3600.0
GIVE_UP_SECONDS = 72 * 3600.0
BATCH_MAX = 50
ANSWER_CHARACTERS_MAX = 2000


def put(work: Work, negotiation_id: str, name: str, data: dict[str, Any]) -> str:
    """Write one event of a negotiation in the act's own transaction, next in sequence; gives its id."""
    event_id, now = str(uuid.uuid4()), machine_now()
    last = work.row("SELECT max(sequence) FROM outbox WHERE negotiation_id = ?", negotiation_id)
    sequence = ((last[0] if last else None) or 0) + 1
    if sequence > 1 and "leaves-gaps" in work.bank.wrongs:
        sequence += 1
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": f"urn:heyue:bank:{work.bank.profile.slug}",
        "type": f"heyue.{name}.v1",
        "subject": negotiation_id,
        "time": instant(now),
        "businessdate": work.today.isoformat(),
        "sequence": str(sequence),
        "datacontenttype": "application/json",
        "data": data,
    }
    work.write(
        "INSERT INTO outbox (id, negotiation_id, sequence, type, business_date, body, created_at, give_up_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(event_id, negotiation_id, sequence, name, work.today.isoformat(), as_json(event).encode()),
        *(instant(now), now.timestamp() + GIVE_UP_SECONDS),
    )
    return event_id


def send_again(work: Work) -> int:
    """Make refused and dead events pending again; gives their number."""
    return work.write(
        "UPDATE outbox SET state = 'pending', fate = '', next_attempt_at = 0, give_up_at = ?"
        " WHERE state IN ('refused', 'dead')",
        machine_now().timestamp() + GIVE_UP_SECONDS,
    )


def send_due(bank: Bank, client: httpx.Client, stop: threading.Event) -> bool:
    """Try each event that is due once; whether there was any."""
    now = machine_now().timestamp()
    with database.opened(bank.path) as connection:
        due = connection.execute(
            "SELECT * FROM outbox WHERE state = 'pending' AND next_attempt_at <= ?"
            " ORDER BY business_date, rowid LIMIT ?",
            (now, BATCH_MAX),
        ).fetchall()
        key, keyid = onboarding.private_key(connection), database.setting(connection, "keyid")
    for row in due:
        if stop.is_set():
            break
        status, answer = _post(bank, client, row["negotiation_id"], row["id"], row["body"], key, keyid)
        _note(bank, row, status, answer)
    return bool(due)


def _post(
    bank: Bank, client: httpx.Client, negotiation_id: str, event_id: str, body: bytes, key: Any, keyid: str
) -> tuple[int | None, str]:
    """Send once, with a fresh signature; status `None` for a network error."""
    url = httpx.URL(f"{bank.platform_url}/v1/negotiations/{quote(negotiation_id, safe='')}/events")
    target = signing.Target("POST", url.netloc.decode(), url.raw_path.decode())
    headers = {"content-type": MEDIA_TYPE, "idempotency-key": event_id}
    signed = signing.sign(target, key, keyid, int(machine_now().timestamp()), body, headers)
    try:
        response = client.post(url, content=body, headers=signed)
    except httpx.HTTPError as error:
        return None, f"{type(error).__name__}: {error}"
    return response.status_code, response.text[:ANSWER_CHARACTERS_MAX]


def _note(bank: Bank, row: Any, status: int | None, answer: str) -> None:
    """Keep what became of one attempt: taken, final refusal, or another attempt later."""
    now, attempts = machine_now().timestamp(), row["attempts"] + 1
    state = "pending"
    if status is not None and 200 <= status < 300:
        state = "sent"
    elif status is not None and status < 500 and status not in (408, 429):
        state = "pending" if "never-gives-up" in bank.wrongs else "refused"
    elif "gives-up" in bank.wrongs or now >= row["give_up_at"]:
        state = "dead"
    delay = min(bank.retry_seconds * 2 ** min(attempts - 1, 20), RETRY_SECONDS_MAX) * random.uniform(0.8, 1.2)
    if state != "sent":
        log.warning("event %s %s (%s): %s %s", row["type"], row["id"], state, status, answer[:200])
    with database.opened(bank.path) as connection, database.transaction(connection):
        connection.execute(
            "UPDATE outbox SET state = ?, attempts = ?, next_attempt_at = ?, answer = ? WHERE id = ?",
            (state, attempts, now + delay, f"{status or ''} {answer}".strip(), row["id"]),
        )
