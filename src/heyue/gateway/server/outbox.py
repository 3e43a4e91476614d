"""The bank's events on their way: written with the act that they tell of, sent in order until the platform has them."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from heyue.gateway import wire
from heyue.gateway.line import Refused, Unreachable
from heyue.gateway.problems import Problem
from heyue.gateway.server import trouble
from heyue.gateway.server.setting import Setting
from heyue.gateway.server.store import Message, Outgoing, Transaction
from heyue.gateway.values import instant_text

WAIT_MAX = timedelta(hours=1)
GIVE_UP = timedelta(hours=72)
CLAIMED = timedelta(minutes=2)
BATCH = 4
DOUBLINGS_MAX = 12
JITTER_PER_MILLE = 200
log = logging.getLogger("heyue.gateway.server")

Refusal = Callable[[Transaction, Outgoing], None]


def put(setting: Setting, transaction: Transaction, negotiation_id: str, name: str, data: Mapping[str, Any]) -> str:
    """Write the next event of a negotiation and return its id.

    Raises ``ValueError`` for data that is not of its shape: that is no refusal of what the platform sent.
    """
    sequence, now = transaction.last_sequence(negotiation_id) + 1, setting.now()
    try:
        event = setting.client.event(name, negotiation_id, sequence, setting.today(), dict(data))
    except Problem as problem:
        raise ValueError(f"{name}: {'; '.join(' '.join(one) for one in problem.errors)}") from problem
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    transaction.add_outgoing(Outgoing(event["id"], negotiation_id, sequence, name, body, since=now, next_at=now))
    return str(event["id"])


def receipt(setting: Setting, transaction: Transaction, message: Message) -> None:
    """Sign for an application in the transaction that stores it."""
    application = wire.Application.model_validate_json(message.body)
    told = {
        "application_number": application.number,
        "form_sha256": application.form.sha256,
        "received_at": instant_text(message.stored_at),
        "received_on": setting.today().isoformat(),
    }
    put(setting, transaction, application.id, "application.received", told)


class Sender:
    """Sends what is due and looks after what was sent. ``refused`` is told, in its transaction, what is refused."""

    def __init__(self, setting: Setting, refused: Refusal) -> None:
        self._setting, self._refused = setting, refused

    def send_due(self) -> bool:
        """Try each event that is due once; whether there was any."""
        now = self._setting.now()
        until = now + CLAIMED
        with self._setting.store.transaction() as transaction:
            due = transaction.claim_outgoing(now, until, BATCH)
        for event in due:
            if self._setting.now() >= until:
                break  # those before it took so long that it may be another's by now
            try:
                self._note(event, self._sent(event) if event.delivery == "pending" else self._looked(event))
            except Exception as error:
                # Its claim runs out and it comes again; the others go on.
                trouble.tell(error, "event %s %s could not be seen to", event.name, event.id)
        return bool(due)

    def _sent(self, event: Outgoing) -> Outgoing:
        now = self._setting.now()
        try:
            self._setting.client.send(json.loads(event.body))
        except Refused as refused:
            return replace(event, delivery="refused", problem=refused.problem)
        except Unreachable as away:
            wait = max(self._wait(event.attempts), away.retry_after or timedelta())
            log.warning("event %s %s was not taken yet: %s", event.name, event.id, away)
            dead = now - event.since >= GIVE_UP
            later = self._setting.now() + wait
            return replace(event, delivery="dead" if dead else "pending", attempts=event.attempts + 1, next_at=later)
        return replace(event, delivery="sent", attempts=0, next_at=now + self._wait(0))

    def _looked(self, event: Outgoing) -> Outgoing:
        """Ask what became of an event that the platform stored."""
        try:
            fate = self._setting.client.became(json.loads(event.body))
        except (Refused, Unreachable, Problem) as error:
            log.warning("what became of event %s %s is not known yet: %s", event.name, event.id, error)
        else:
            if fate.state != "waiting":
                return replace(event, delivery=fate.state, problem=fate.problem)
        later = self._setting.now() + self._wait(event.attempts)
        return replace(event, attempts=event.attempts + 1, next_at=later)

    def _note(self, claimed: Outgoing, event: Outgoing) -> None:
        """Write how an event fared, while the claim stands: a request may outlive it."""
        with self._setting.store.transaction() as transaction:
            if not transaction.save_outgoing(event, claimed):
                log.info("event %s %s was seen to by another process meanwhile", event.name, event.id)
            elif event.delivery == "refused":
                log.error("event %s %s was refused: %s", event.name, event.id, (event.problem or {}).get("type"))
                self._refused(transaction, event)

    def _wait(self, attempts: int) -> timedelta:
        """Return the back-off: it doubles to an hour, with a jitter of a fifth."""
        wait = min(timedelta(seconds=self._setting.retry_seconds * 2 ** min(attempts, DOUBLINGS_MAX)), WAIT_MAX)
        return wait * (1000 - JITTER_PER_MILLE + secrets.randbelow(2 * JITTER_PER_MILLE + 1)) / 1000
