"""Whether a bank's own store is as strict as the kit needs it: ``check`` it in a test, on an empty database."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from heyue.gateway.server.store import LONG_AGO, Conflict, Key, Link, Message, Outgoing, Store, Transaction

NOW = LONG_AGO + timedelta(days=1)
SOON = NOW + timedelta(minutes=1, microseconds=1)
LATER = SOON + timedelta(minutes=1)
AT_ONCE = 4
PATIENCE_SECONDS = 5.0


class NotAsAsked(AssertionError):
    """The store does not do what ``Transaction`` says."""


def check(store: Store) -> None:
    """Try what the kit relies on. Raises ``NotAsAsked`` saying what does not hold; rows are left behind."""
    for one in (_nonces, _rows, _rolled_back, _turns, _lines, _claims, _too_late, _late_claims, _reads, _at_once):
        one(store)


def message(negotiation_id: str, sequence: int | None, **more: Any) -> Message:
    """Return a message to try with."""
    kind: Any = "application" if sequence == 0 else "event"
    given = {"negotiation_id": negotiation_id, "sequence": sequence, "fate": "waiting", **more}
    return Message(str(uuid.uuid4()), kind, "/v1/x", b"\x00{}", {"signature": "sig1=:x:"}, NOW, 202, b"{}", **given)


def outgoing(negotiation_id: str, sequence: int, **more: Any) -> Outgoing:
    """Return an event to try with."""
    given = {"since": NOW, "next_at": NOW, **more}
    return Outgoing(str(uuid.uuid4()), negotiation_id, sequence, "offer.made", b"{}", **given)


def _nonces(store: Store) -> None:
    nonce = uuid.uuid4().hex
    with store.transaction() as t:
        _must(t.remember_nonce("k", nonce, SOON), "a nonce is new at first")
    with store.transaction() as t:
        _must(not t.remember_nonce("k", nonce, SOON), "a nonce that is kept is not new")
        _must(t.remember_nonce("other", nonce, SOON), "another key may use the same nonce")
        t.forget_nonces(SOON + timedelta(seconds=1))
        _must(t.remember_nonce("k", nonce, SOON), "a nonce that was forgotten is new")


def _rows(store: Store) -> None:
    place = str(uuid.uuid4())
    came, told = message(place, 0), outgoing(place, 1)
    link = Link(str(uuid.uuid4()), "c-1", {"scopes": ["accounts"]}, NOW)
    key = Key(f"k-{place}", "AAAA")
    with store.transaction() as t:
        t.add_message(came)
        t.add_outgoing(told)
        t.save_link(link)
        t.save_key(key)
    judged = replace(came, fate="refused", problem={"title": "内容"}, attempts=2, not_before=SOON)
    fared = replace(told, delivery="dead", problem={"title": "x"}, attempts=3, next_at=SOON, since=SOON)
    with store.transaction() as t:
        _must(t.message(came.key) == came and t.messages(place) == [came], "a message comes back as it was kept")
        _must(t.outgoing(place) == [told], "an event comes back as it was kept")
        _must(t.link(link.ref) == link and key in t.platform_keys(), "links and keys come back")
        _must(t.save_message(judged, came), "what nobody else wrote is written, and told so")
        _must(t.save_outgoing(fared, told), "how an event fares is written, and told so")
        t.save_link(replace(link, ended_at=NOW))
        t.save_key(replace(key, retired_at=NOW))
    with store.transaction() as t:
        _must(t.message(came.key) == judged, "what became of a message is written")
        _must(t.outgoing(place) == [fared] and fared in t.troubled_outgoing(), "how an event fares is written")
        _must(t.link(link.ref) == replace(link, ended_at=NOW), "a link that ended is written anew, not twice")
        _must(replace(key, retired_at=NOW) in t.platform_keys(), "a key that ended is written anew, not twice")
    same_key, same_place = replace(message(place, 1), key=came.key), message(place, 0)
    _conflicts(store, lambda t: t.add_message(same_key), "a message's key is taken once")
    _conflicts(store, lambda t: t.add_message(same_place), "a message's place is taken once")
    _conflicts(store, lambda t: t.add_outgoing(outgoing(place, 1)), "an event's place is taken once")


def _rolled_back(store: Store) -> None:
    came = message(str(uuid.uuid4()), 0)
    try:
        with store.transaction() as t:
            t.add_message(came)
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    with store.transaction() as t:
        _must(t.message(came.key) is None, "what a transaction wrote that raised is not there")


def _turns(store: Store) -> None:
    place = str(uuid.uuid4())
    first, second, later = message(place, 0), message(place, 1), message(place, 3)
    with store.transaction() as t:
        for row in (later, second, first, message(place, None, fate="refused")):
            t.add_message(row)
    for wanted in (first, second):
        with store.transaction() as t:
            _must(t.next_message(NOW) == wanted, "the lowest of a negotiation's messages is next")
            t.save_message(replace(wanted, not_before=SOON), wanted)
            _must(t.next_message(NOW) is None, "what was put off waits, and what comes after it too")
            _must(t.next_message(SOON) == replace(wanted, not_before=SOON), "what was put off comes when it is time")
            t.save_message(replace(wanted, fate="taken"), wanted)
    with store.transaction() as t:
        _must(t.next_message(NOW) is None, "what came early waits for the one before it")
        _must(later in t.early_messages(), "what came early is told")
        t.add_message(message(place, 2, fate="refused"))
        _must(t.next_message(NOW) == later, "one that was refused at once has its place")
        t.save_message(replace(later, fate="taken"), later)


def _lines(store: Store) -> None:
    place = str(uuid.uuid4())
    events = [outgoing(place, number) for number in (1, 2)]
    with store.transaction() as t:
        _must(t.last_sequence(place) == 0, "a bank's first event is its first")
        for event in events:
            t.add_outgoing(event)
        _must(t.last_sequence(place) == 2, "the last sequence is the highest")
    first = events[0]
    for delivery, reason in (("dead", "a dead letter holds back"), ("pending", "one on its way holds back")):
        before, first = first, replace(first, delivery=delivery, next_at=SOON)  # type: ignore[arg-type]
        with store.transaction() as t:
            t.save_outgoing(first, before)
            _must(_mine(t.claim_outgoing(NOW, SOON, 100), place) == [], f"{reason} what comes after it")
    with store.transaction() as t:
        t.save_outgoing(replace(first, delivery="refused"), first)
        _must(_mine(t.claim_outgoing(NOW, SOON, 100), place) == [2], "a refused one does not hold back")
        _settle(t, place)


def _claims(store: Store) -> None:
    place = str(uuid.uuid4())
    with store.transaction() as t:
        t.add_outgoing(outgoing(place, 1))
    with store.transaction() as t:
        _must(_mine(t.claim_outgoing(NOW, SOON, 100), place) == [1], "what is due is given")
    with store.transaction() as t:
        _must(_mine(t.claim_outgoing(NOW, SOON, 100), place) == [], "what was claimed is not given again")
        claimed = t.claim_outgoing(SOON, LATER, 100)
        _must(_mine(claimed, place) == [1], "until its claim has run out")
        _must(all(one.next_at == LATER for one in claimed), "what is claimed comes back with its claim")
        _settle(t, place)


def _too_late(store: Store) -> None:
    """A process whose transaction was rolled back comes late with why; another judged the message meanwhile."""
    place = str(uuid.uuid4())
    came = message(place, 0)
    with store.transaction() as t:
        t.add_message(came)
    failed = replace(came, attempts=1, not_before=SOON)
    taken = replace(failed, fate="taken")
    written: list[bool] = []

    def fail() -> None:
        with store.transaction() as t:
            told = t.save_message(failed, came)
        written.append(told)

    _together(fail)
    _must(written.count(True) == 1, "of those who read the same, one writes")
    with store.transaction() as t:
        _must(t.message(came.key) == failed, "what the one wrote is there")
        _must(t.save_message(taken, failed), "who read what is there may write")
    with store.transaction() as t:
        _must(not t.save_message(failed, failed), "a failure is not written over a judgement")
        _must(not t.save_message(replace(came, fate="refused"), came), "nor is another judgement")
        _must(t.message(came.key) == taken, "the first judgement stays")


def _late_claims(store: Store) -> None:
    """A process whose request outlived its claim comes late with how the event fared; another has claimed it."""
    place = str(uuid.uuid4())
    told = outgoing(place, 1)
    with store.transaction() as t:
        t.add_outgoing(told)
        old = next(one for one in t.claim_outgoing(NOW, SOON, 100) if one.id == told.id)
    with store.transaction() as t:
        new = next(one for one in t.claim_outgoing(SOON, LATER, 100) if one.id == told.id)
        _must(not t.save_outgoing(replace(old, attempts=1), old), "an old claim does not write")
        _must(t.outgoing(place) == [new], "nor change anything")
        refused = replace(new, delivery="refused")
        _must(t.save_outgoing(refused, new), "the claim that stands does")
    with store.transaction() as t:
        _must(not t.save_outgoing(replace(new, attempts=1), new), "and once")
        _must(t.outgoing(place) == [refused], "what became of an event stays")


def _reads(store: Store) -> None:
    """Who reads does not wait while another is in the midst of a transaction."""
    came = message(str(uuid.uuid4()), 0, fate="taken")
    seen: list[Message | None] = []

    def read() -> None:
        with store.reading() as t:
            seen.append(t.message(came.key))

    reader = threading.Thread(target=read, daemon=True)
    with store.transaction() as t:
        t.add_message(came)
        reader.start()
        reader.join(PATIENCE_SECONDS)
        meanwhile = [*seen]
    reader.join()
    _must(meanwhile == [None], "who reads waits for nobody who writes, and sees nothing unfinished")
    with store.reading() as t:
        _must(t.message(came.key) == came, "what is finished is read")


def _at_once(store: Store) -> None:
    """Several threads take what is next; each message is taken once."""
    rows = [message(str(uuid.uuid4()), 0) for _ in range(3 * AT_ONCE)]
    with store.transaction() as t:
        for row in rows:
            t.add_message(row)
    taken: list[str] = []

    def take() -> None:
        while True:
            with store.transaction() as t:
                one = t.next_message(NOW)
                if one is None:
                    return
                t.save_message(replace(one, fate="taken"), one)
            taken.append(one.key)

    _together(take)
    _must(sorted(taken) == sorted(row.key for row in rows), "each message is given to one process, and none is lost")


def _together(act: Callable[[], None]) -> None:
    threads = [threading.Thread(target=act) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _settle(transaction: Transaction, negotiation_id: str) -> None:
    """Leave nothing on its way."""
    for event in transaction.outgoing(negotiation_id):
        transaction.save_outgoing(replace(event, delivery="taken"), event)


def _mine(events: Iterable[Outgoing], negotiation_id: str) -> list[int]:
    return [event.sequence for event in events if event.negotiation_id == negotiation_id]


def _conflicts(store: Store, act: Callable[[Any], None], why: str) -> None:
    try:
        with store.transaction() as t:
            act(t)
    except Conflict:
        return
    raise NotAsAsked(why)


def _must(holds: object, why: str) -> None:
    if not holds:
        raise NotAsAsked(why)
