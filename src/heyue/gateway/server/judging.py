"""Judging what was stored: one message after another, each negotiation in its order, each handler in a transaction."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from heyue.engine.refusal import Refusal
from heyue.gateway import events, wire
from heyue.gateway.problems import as_json
from heyue.gateway.server import trouble
from heyue.gateway.server.checks import check
from heyue.gateway.server.negotiation import Negotiation
from heyue.gateway.server.setting import Setting
from heyue.gateway.server.store import Conflict, Message, Outgoing, Transaction

PUT_OFF_MAX = timedelta(minutes=1)
DOUBLINGS_MAX = 6
log = logging.getLogger("heyue.gateway.server")


@dataclass(frozen=True, slots=True)
class Gap:
    """Events that wait for one that has not come: ``missing`` is its number, ``held`` are theirs.

    The platform sends it until it is taken; where it gave up, its operator sends it again.
    """

    negotiation_id: str
    missing: int
    held: tuple[int, ...]


class Judge:
    """Hands messages to the bank's handlers."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting

    def judge_next(self) -> bool:
        """Judge one message whose turn has come; whether there was one.

        A handler that raises ``Refusal`` has the event refused. Any other error leaves it waiting: it is tried again,
        a second later at first and each minute at last, while other negotiations go on.
        """
        message: Message | None = None
        try:
            with self._setting.store.transaction() as transaction:
                message = transaction.next_message(self._setting.now())
                if message is None:
                    return False
                self._hand_over(transaction, message)
                if not transaction.save_message(replace(message, fate="taken"), message):
                    raise Conflict("another process judged it meanwhile")
        except Refusal as refusal:
            self._save(message, fate="refused", problem=as_json(refusal))
        except Exception as error:
            if message is None:
                raise
            trouble.tell(error, "%s %s could not be judged yet", message.name, message.key)
            wait = min(timedelta(seconds=2 ** min(message.attempts, DOUBLINGS_MAX)), PUT_OFF_MAX)
            self._save(message, attempts=message.attempts + 1, not_before=self._setting.now() + wait)
        return True

    def _hand_over(self, transaction: Transaction, message: Message) -> None:
        assert message.negotiation_id is not None  # noqa: S101 - only what has a place has a turn
        negotiation = Negotiation(self._setting, transaction, message.negotiation_id)
        handlers = self._setting.handlers
        if message.kind == "application":
            if handlers.application is None:
                raise RuntimeError("the bank has no handler for applications")
            handlers.application(negotiation, negotiation.application)
            return
        event = events.FROM_PLATFORM[message.name].model_validate(_data(message))
        check(negotiation, event)
        handle = handlers.events.get(message.name)
        if handle:
            handle(negotiation, event)

    def _save(self, message: Message | None, **told: Any) -> None:
        """Write why a message was not taken: the lock went with the transaction, so another may have judged it."""
        if message is not None:
            with self._setting.store.transaction() as transaction:
                written = transaction.save_message(replace(message, **told), message)
            if not written:
                log.info("%s %s was judged by another process meanwhile", message.name, message.key)

    def refused(self, transaction: Transaction, event: Outgoing) -> None:
        """Tell the bank that an event of its own was refused."""
        handle = self._setting.handlers.refused
        if handle:
            handle(Negotiation(self._setting, transaction, event.negotiation_id), event.name, event.problem or {})

    def gaps(self) -> list[Gap]:
        """Return where events wait for one that has not come."""
        with self._setting.store.reading() as transaction:
            early = transaction.early_messages()
            found: dict[str, list[int]] = {}
            for message in early:
                found.setdefault(message.negotiation_id or "", []).append(message.sequence or 0)
            return [Gap(place, _first_missing(transaction, place), tuple(held)) for place, held in found.items()]


def _first_missing(transaction: Transaction, negotiation_id: str) -> int:
    here = {message.sequence for message in transaction.messages(negotiation_id)}
    return next(number for number in range(len(here) + 1) if number not in here)


def _data(message: Message) -> Any:
    return wire.shaped(wire.Envelope, json.loads(message.body)).data
